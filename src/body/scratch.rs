use super::tree::*;
use super::*;
fn place() -> Place {
    Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
}
pub fn bodies() -> Vec<(String, String)> {
    let mut out = vec![];
    for f in std::fs::read_dir("/tmp/data").unwrap() {
        let p = f.unwrap().path();
        let n = p.file_name().unwrap().to_string_lossy().to_string();
        if n.ends_with(".jsonl") {
            for l in std::fs::read_to_string(&p).unwrap().lines() {
                let v: serde_json::Value = serde_json::from_str(l).unwrap();
                if let Some(b) = v["body"].as_str() {
                    out.push((format!("{n}#{}", v["number"]), b.to_owned()));
                }
                for c in v["comments"].as_array().into_iter().flatten() {
                    if let Some(b) = c["body"].as_str() {
                        out.push((
                            format!("{n}#{} comment {}", v["number"], c["id"]),
                            b.to_owned(),
                        ));
                    }
                }
            }
        } else if n.ends_with(".json") {
            let v: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(&p).unwrap()).unwrap();
            for e in v.as_array().unwrap() {
                out.push((
                    format!("{n} {}", e["example"]),
                    e["markdown"].as_str().unwrap().to_owned(),
                ));
            }
        }
    }
    out.sort();
    out
}
#[test]
fn words_in_bounds() {
    let mut n = 0;
    for (name, b) in bodies() {
        let r = github::read(&b, &place());
        n += 1;
        check(&b, &r.blocks, &r.marks, &name);
    }
    println!("{n} bodies");
}
fn check(t: &str, bs: &[Block], ms: &[source::Mark], name: &str) {
    assert_eq!(bs.len(), ms.len());
    for (b, m) in bs.iter().zip(ms) {
        assert_eq!(b.text.len(), m.words.len(), "{name}");
        assert!(t.get(m.span.clone()).is_some(), "{name} span");
        let mut at = 0;
        for (tok, w) in b.text.iter().zip(&m.words) {
            assert!(t.get(w.at.clone()).is_some(), "{name} word");
            if w.at.start < at {
                if m.hold != source::Hold::StandIn {
                    println!("{name}: order {:?} {:?} {at}", tok, w);
                }
            }
            at = w.at.start;
        }
        check(t, &b.children, &m.children, name);
    }
}
#[test]
fn github_print_read() {
    let (mut n, mut bad) = (0, 0);
    for (name, b) in bodies() {
        let r = github::read(&b, &place());
        for block in &r.blocks {
            n += 1;
            let text = github::print(block, &place(), &|_| None).join("\n");
            let again = github::read(&text, &place());
            let again: Vec<Block> = again
                .blocks
                .iter()
                .zip(&again.marks)
                .filter(|(_, m)| m.hold == source::Hold::Free)
                .map(|(b, _)| b.clone())
                .collect();
            if again != vec![block.clone()] {
                bad += 1;
                if bad <= 25 {
                    println!(
                        "=== {name}\n{text}\n--- was {:?}\n--- now {:?}",
                        short(std::slice::from_ref(block)),
                        short(&again)
                    );
                }
            }
        }
    }
    println!("{n} blocks, {bad} bad");
}
pub fn short(bs: &[Block]) -> String {
    let mut s = String::new();
    for b in bs {
        s += &format!("({:?} ", b.kind);
        for t in &b.text {
            let st = &t.style;
            let m = format!(
                "{}{}{}{}{}",
                if st.bold { "b" } else { "" },
                if st.italic { "i" } else { "" },
                if st.strike { "s" } else { "" },
                if st.code { "c" } else { "" },
                st.link.as_deref().map(|l| format!("<{l}>")).unwrap_or_default()
            );
            match &t.atom {
                Atom::Text(x) => {
                    if m.is_empty() {
                        s += x
                    } else {
                        s += &format!("{m}‹{x}›")
                    }
                }
                Atom::Break => s += "⏎",
                Atom::Math(x) => s += &format!("${x}$"),
            }
        }
        s += &short(&b.children);
        s += ")";
    }
    s
}
pub struct Rng(pub u64);
impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % (n.max(1) as u64)) as usize
    }
}
fn paths(bs: &[Block], ms: &[source::Mark], at: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
    for (i, (b, m)) in bs.iter().zip(ms).enumerate() {
        at.push(i);
        if m.hold == source::Hold::Free {
            out.push(at.clone());
        }
        paths(&b.children, &m.children, at, out);
        at.pop();
    }
}
fn get<'a>(bs: &'a mut Vec<Block>, p: &[usize]) -> &'a mut Vec<Block> {
    if p.len() == 1 { bs } else { get(&mut bs[p[0]].children, &p[1..]) }
}
pub fn normal(bs: &mut [Block]) {
    for b in bs {
        if b.hoists() {
            let f = b.children.remove(0);
            b.text = f.text;
        }
        normal(&mut b.children);
    }
}
pub fn edit(
    blocks: &[Block],
    marks: &[source::Mark],
    rng: &mut Rng,
) -> Option<(String, Vec<Block>)> {
    let mut ps = vec![];
    paths(blocks, marks, &mut vec![], &mut ps);
    if ps.is_empty() {
        return None;
    }
    let mut new = blocks.to_vec();
    for _ in 0..20 {
        let p = ps[rng.below(ps.len())].clone();
        let i = *p.last().unwrap();
        let list = get(&mut new, &p);
        let is_row = matches!(list[i].kind, Kind::Row | Kind::Cell);
        match rng.below(5) {
            0 => {
                let b = &mut list[i];
                let ws: Vec<usize> = (0..b.text.len())
                    .filter(|k| matches!(&b.text[*k].atom,Atom::Text(t) if is_word(t)))
                    .collect();
                if ws.is_empty() {
                    continue;
                }
                let k = ws[rng.below(ws.len())];
                b.text[k].atom = Atom::Text("changed".into());
                return Some((format!("word {p:?}"), new));
            }
            1 => {
                if is_row {
                    continue;
                }
                let para =
                    Block::new(Kind::Paragraph, words_of("A new paragraph, with *stars* and #5."));
                list.insert(i + 1, para);
                // a stand-in follows its owner
                return Some((format!("add {p:?}"), new));
            }
            2 => {
                if let Kind::Todo { done } = &mut list[i].kind {
                    *done = !*done;
                    return Some((format!("tick {p:?}"), new));
                }
            }
            3 => {
                if matches!(list[i].kind, Kind::Cell)
                    || (matches!(list[i].kind, Kind::Row) && i == 0)
                {
                    continue;
                }
                list.remove(i);
                return Some((format!("delete {p:?}"), new));
            }
            _ => {
                if is_row || list.len() < 2 {
                    continue;
                }
                let j = if i + 1 < list.len() { i + 1 } else { i - 1 };
                if list[i] == list[j] {
                    continue;
                }
                list.swap(i, j);
                return Some((format!("swap {p:?}"), new));
            }
        }
    }
    None
}
fn words_of(t: &str) -> Vec<Token> {
    pieces(t).map(|p| Token::text(p, &Style::default())).collect()
}
#[test]
fn github_splice() {
    let d = dialect::Dialect { side: crate::model::Side::GitHub, place: &place() };
    let mut rng = Rng(0x9E3779B97F4A7C15);
    let (mut n, mut bad, mut put) = (0, 0, 0);
    let mut by = std::collections::BTreeMap::new();
    let per: usize = std::env::var("PER").ok().and_then(|v| v.parse().ok()).unwrap_or(2);
    for (name, b) in bodies() {
        let r = github::read(&b, &place());
        for _ in 0..per {
            let Some((what, target)) = edit(&r.blocks, &r.marks, &mut rng) else { continue };
            n += 1;
            let kind = what.split(' ').next().unwrap().to_owned();
            let e = by.entry(kind).or_insert((0, 0));
            e.0 += 1;
            let mut target = target;
            normal(&mut target);
            match splice::splice(d, &b, &target) {
                None => {
                    e.1 += 1;
                    bad += 1;
                    if bad <= 400 {
                        if std::env::var("ALL").is_ok() || name.starts_with("issues") {
                            println!(
                                "=== FAIL {name} {what} {:?}",
                                if b.len() < 900 { &b } else { "" }
                            );
                        }
                    }
                }
                Some(s) => {
                    if s.blocks != target {
                        put += 1;
                    }
                    let changed = similar_lines(&b, &s.text);
                    if changed > 12 && what.starts_with("word") {
                        println!("--- wide {name} {what}: {changed} lines");
                    }
                }
            }
        }
    }
    println!("{n} edits, {bad} failed, {put} put back {by:?}");
}
fn similar_lines(a: &str, b: &str) -> usize {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    diff::hunks(&a, &b).iter().map(|h| h.before.len().max(h.after.len())).sum()
}
pub fn shown(b: &str) -> Vec<Block> {
    github::read(b, &place()).blocks
}
pub fn join(d: &dialect::Dialect<'_>, bs: &[Block]) -> String {
    let mut out = String::new();
    for (i, b) in bs.iter().enumerate() {
        if i > 0 {
            out.push('\n');
            if d.needs_blank_line(&bs[i - 1], b) {
                out.push('\n');
            }
        }
        out += &d.print(b, &|_| None).join("\n");
    }
    out
}
#[test]
fn notion_print_read() {
    let d = dialect::Dialect { side: crate::model::Side::Notion, place: &place() };
    let (mut n, mut bad) = (0, 0);
    for (name, b) in bodies() {
        let t = shown(&b);
        n += 1;
        let text = join(&d, &t);
        let again = d.read(&text).blocks;
        if again != t {
            bad += 1;
            if bad <= 20 {
                let k = t.iter().zip(&again).take_while(|(a, b)| a == b).count();
                println!(
                    "=== {name}\n--- was {}\n--- now {}\n{}",
                    short(&t[k.min(t.len())..(k + 1).min(t.len())])
                        .chars()
                        .take(600)
                        .collect::<String>(),
                    short(&again[k.min(again.len())..(k + 1).min(again.len())])
                        .chars()
                        .take(600)
                        .collect::<String>(),
                    join(&d, &t[k.min(t.len())..(k + 1).min(t.len())])
                        .chars()
                        .take(500)
                        .collect::<String>()
                );
            }
        }
    }
    println!("{n} bodies, {bad} bad");
}
#[test]
fn notion_splice() {
    let d = dialect::Dialect { side: crate::model::Side::Notion, place: &place() };
    let mut rng = Rng(0x9E3779B97F4A7C15);
    let (mut n, mut bad, mut put) = (0, 0, 0);
    let mut by = std::collections::BTreeMap::new();
    let per: usize = std::env::var("PER").ok().and_then(|v| v.parse().ok()).unwrap_or(2);
    for (name, b) in bodies() {
        let t = shown(&b);
        let text = join(&d, &t);
        let r = d.read(&text);
        for _ in 0..per {
            let Some((what, mut target)) = edit(&r.blocks, &r.marks, &mut rng) else { continue };
            n += 1;
            normal(&mut target);
            let kind = what.split(' ').next().unwrap().to_owned();
            let e = by.entry(kind).or_insert((0, 0));
            e.0 += 1;
            match splice::splice(d, &text, &target) {
                None => {
                    e.1 += 1;
                    bad += 1;
                    if bad <= 40 {
                        println!(
                            "=== FAIL {name} {what} {:?}",
                            if text.len() < 600 { &text } else { "" }
                        );
                    }
                }
                Some(s) => {
                    if s.blocks != target {
                        put += 1;
                    }
                    let changed = similar_lines(&text, &s.text);
                    if changed > 12 && what.starts_with("word") {
                        println!("--- wide {name} {what}: {changed} lines");
                    }
                }
            }
        }
    }
    println!("{n} edits, {bad} failed, {put} put back {by:?}");
}
use crate::model::{Side, Sides};
#[test]
fn lens_two_way() {
    let p = place();
    let mut rng = Rng(0xDEADBEEFCAFE1234);
    let mut st = std::collections::BTreeMap::<String, usize>::new();
    let dn = dialect::Dialect { side: Side::Notion, place: &p };
    let dg = dialect::Dialect { side: Side::GitHub, place: &p };
    let mut slow = vec![];
    for (name, g0) in bodies() {
        let t = std::time::Instant::now();
        let n0 = match to_notion(&g0, &p) {
            Ok(n) => n,
            Err(e) => {
                *st.entry(format!("to_notion: {}", &e[..40])).or_default() += 1;
                continue;
            }
        };
        let el = t.elapsed().as_millis();
        if el > 30 {
            slow.push((el, name.clone(), g0.len()));
        }
        let base = Sides { github: g0.as_str(), notion: n0.as_str() };
        assert_eq!(
            reconcile(&Input {
                base: Some(base),
                now: base,
                source: None,
                winner: None,
                place: &p
            }),
            Outcome::Nothing
        );
        assert_eq!(
            reconcile(&Input { base: None, now: base, source: None, winner: None, place: &p }),
            Outcome::Agree,
            "{name}"
        );
        let rg = dg.read(&g0);
        let rn = dn.read(&n0);
        let (Some((wg, mut tg)), Some((wn, mut tn))) =
            (edit(&rg.blocks, &rg.marks, &mut rng), edit(&rn.blocks, &rn.marks, &mut rng))
        else {
            continue;
        };
        normal(&mut tg);
        normal(&mut tn);
        let (Some(g1), Some(n1)) = (splice::splice(dg, &g0, &tg), splice::splice(dn, &n0, &tn))
        else {
            *st.entry("edit impossible".into()).or_default() += 1;
            continue;
        };
        let out = reconcile(&Input {
            base: Some(base),
            now: Sides { github: &g1.text, notion: &n1.text },
            source: None,
            winner: None,
            place: &p,
        });
        let top = |w: &str| {
            w.split('[').nth(1).unwrap().split([',', ']']).next().unwrap().parse::<usize>().unwrap()
        };
        let far = top(&wg).abs_diff(top(&wn)) > 1;
        let k = match &out {
            Outcome::Nothing => "nothing".to_owned(),
            Outcome::Agree => "agree".into(),
            Outcome::Overlap => format!("overlap far={far}"),
            Outcome::Hold { .. } => format!("hold far={far}"),
            Outcome::Write { how, to } => {
                let g2 = to.github.clone().unwrap_or(g1.text.clone());
                let n2 = to.notion.clone().unwrap_or(n1.text.clone());
                let same = dg.read(&g2).blocks == dn.read(&n2).blocks;
                format!("{how:?} same={same} far={far}")
            }
        };
        if (k.starts_with("hold") || k.starts_with("overlap far=true") || k.contains("same=false"))
            && st.get(&k).copied().unwrap_or(0) < 8
        {
            println!("{k}: {name} G {wg} N {wn}");
        }
        *st.entry(k).or_default() += 1;
    }
    slow.sort();
    println!("{st:#?}\nslow {:?}", slow.iter().rev().take(8).collect::<Vec<_>>());
}
fn carry(g0: &str, f: &dyn Fn(&str) -> String) {
    let p = place();
    let n0 = to_notion(g0, &p).unwrap();
    let n1 = f(&n0);
    assert_ne!(n0, n1, "{n0}");
    println!("--- G0\n{}\n--- N0\n{n0}\n--- N1\n{n1}", g0.replace('\r', "␍"));
    match reconcile(&Input {
        base: Some(Sides { github: g0, notion: &n0 }),
        now: Sides { github: g0, notion: &n1 },
        source: None,
        winner: None,
        place: &p,
    }) {
        Outcome::Write { to, how } => println!(
            "--- {how:?} G1\n{}\n--- N2 {:?}",
            to.github.clone().unwrap_or("(unchanged)".into()).replace('\r', "␍"),
            to.notion
        ),
        o => println!("--- {o:?}"),
    }
    println!("================");
}
#[test]
fn eye() {
    let r = |a: &'static str, b: &'static str| move |n: &str| n.replacen(a, b, 1);
    carry(
        "Steps:\r\n\r\n1. *Open* `app`\r\n2. Click #12 &amp; wait  \r\n   longer\r\n3. Done <!-- keep -->\r\n\r\n[x]: http://a.b\r\n",
        &r("wait", "hold on"),
    );
    carry(
        "Steps:\r\n\r\n1. *Open* `app`\r\n2. Click #12 &amp; wait  \r\n   longer\r\n3. Done <!-- keep -->\r\n",
        &r("Done", "Done @octocat with #13 and https://github.com/o/r/issues/5"),
    );
    carry("- [ ] a\n- [x] b\n", &r("[ ]", "[x]"));
    carry("- [ ] a\n- [x] b\n", &r("- [x] b", "- [x] b\n- [ ] c"));
    carry("* a\n* b\n\ntext", &r("- b", "- b\n- c"));
    carry("9. a\n10. b\n\ntext", &|n: &str| n.replacen("b\n", "b\n11. c *x*\\\n    more\n", 1));
    carry("Look ![shot](https://x.y/a.png) here\n\nend", &|n: &str| {
        n.replace("![shot](https://x.y/a.png)\n\n", "")
    });
    carry("Look ![shot](https://x.y/a.png) here\n\nend", &r("here", "there"));
    carry(
        "<details>\n<summary>Log &amp; more</summary>\n\n- a\n- b\n\n</details>\n\nend",
        &r("- b", "- B"),
    );
    carry(
        "<details>\n<summary>Log &amp; more</summary>\n\n- a\n- b\n\n</details>\n\nend",
        &r("Log", "The log"),
    );
    carry(
        "> [!WARNING]\n> Careful\n\n| a | b |\n|---|:-:|\n| 1 | **2** |\n\nend",
        &r("**2**", "**2** or *3*"),
    );
    carry(
        "> [!WARNING]\n> Careful\n\n| a | b |\n|---|:-:|\n| 1 | **2** |\n\nend",
        &r("| 1 | **2** |", "| 1 | **2** |\n| 3 | x\\|y |"),
    );
    carry("> q1\n> q2\n\n<div>raw</div>\n\n##### deep", &r("q2", "q2 and q3"));
    carry("> q1\n> q2\n\n<div>raw</div>\n\n##### deep", &r("raw", "cooked"));
    carry("> q1\n> q2\n\n<div>raw</div>\n\n##### deep", &r("deep", "deeper"));
    carry("A [ref][r] and **bold *it* text**.\n\n[r]: https://e.com/x\n", &r("bold", "bolder"));
    carry("A [ref][r] and **bold *it* text**.\n\n[r]: https://e.com/x\n", &r("text**", "words**"));
    carry("A [ref][r] and **bold *it* text**.\n\n[r]: https://e.com/x\n", &r("A ", "The "));
    carry("text\n\n```rust,ignore\nfn main() {}\n\nlet x;\n```\n", &r("let x;", "let y;\nlet z;"));
    carry("para one\nline two\n\npara two", &|n: &str| {
        let mut v: Vec<&str> = n.split("\n\n").collect();
        v.swap(0, 1);
        v.join("\n\n")
    });
    carry("- a\n  - b\n    - c\n- d", &r("- c", "- c2"));
    carry("- a\n\n  para in a\n- d", &r("para in a", "para in a!\n\n\tsecond"));
}
