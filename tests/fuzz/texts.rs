//! Nasty texts: made of fragments by a small grammar, or from kept ones by mutation.

use crate::laws::EDITED;

/// A generator of numbers that is the same for ever (splitmix64).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn of(seed: u64) -> Rng {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// The last place up to `at` where a text can be cut.
pub(crate) fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What either side may hold.
const COMMON: &[&str] = &[
    "a",
    "word",
    "two words",
    "Ünï",
    "文字列",
    "🎉",
    "👩‍👩‍👧",
    "1",
    "12.",
    "-",
    "+",
    "*",
    "**",
    "***",
    "_",
    "__",
    "~",
    "~~",
    "`",
    "``",
    "```",
    "~~~",
    "```rust\nlet a;\n```",
    "```\n\n  x\n\n```",
    "$",
    "$$",
    "$a$",
    "$`a`$",
    "$$\na\n$$",
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "[a](https://x.org)",
    "![b](https://x.org/c.png)",
    "[](x)",
    "[a b](<https://x.org/y z>)",
    "<",
    ">",
    "<b>",
    "</b>",
    "<br>",
    "<br />",
    "<p>",
    "</p>",
    "&",
    "&amp;",
    "&lt;",
    "&#35;",
    "&nbsp;",
    "&copy",
    "\\",
    "\\*",
    "\\[",
    "\\\n",
    "  \n",
    "|",
    "||",
    "| a | b |",
    "| - | - |",
    "|-|",
    "a|b\n-|-\nc|d",
    ":",
    ":tada:",
    ":x",
    "!",
    "#",
    "# ",
    "## h",
    "####### x",
    "# h #",
    "===",
    "---",
    "***",
    "- ",
    "* ",
    "1. ",
    "7) ",
    "- [ ] ",
    "- [x] ",
    "- a\n  - b",
    "1. a\n   1. b",
    "> ",
    ">",
    "> a\nb",
    "\t",
    "    ",
    "  ",
    " ",
    "\u{a0}",
    "\u{200b}",
    "\u{2028}",
    "\u{feff}",
    "\u{7}",
    "\u{0}",
    "\u{b}",
    "\u{c}",
    "\u{e}",
    "\u{85}",
    "\u{f8ff}",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "\n\n\n",
    "@octocat",
    "@a/b",
    "#12",
    "GH-3",
    "o/r#5",
    "0a1b2c3d4",
    "https://x.org/a_b?c=d&e",
    "www.x.org",
    "me@x.org",
    "<https://x.org>",
    "https://github.com/o/r/issues/5",
    "https://redirect.github.com/o/r/issues/5",
    "@\u{200b}octocat",
    "\u{200b}#12",
    "<!-- c -->",
    "<!--",
    "-->",
    "**b**",
    "*i*",
    "***bi***",
    "_i_",
    "~~s~~",
    "`c`",
    "`` c` ``",
    "**a *b* c**",
    "*a **b** c*",
    "a**b**c",
    "**a **b",
    "**\u{a0}a**",
    "\"",
    "'",
    "…",
];

/// What is GitHub's alone.
const GITHUB: &[&str] = &[
    "<details>\n<summary>a</summary>\n\nb\n\n</details>",
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<details><summary><h2>t</h2></summary>",
    "<summary>a <b>b</b> &amp; <code>c</code></summary>",
    "> [!NOTE]\n> a",
    "> [!WARNING]",
    "[^1]",
    "[^1]: note",
    "[^a b]: x",
    "[r]: https://x.org",
    "[r]: /x 'title'",
    "[a][r]",
    "[r]",
    "<img src=\"x.png\" alt=\"y\">",
    "<img src=x>",
    "<div>",
    "<div>\nx\n</div>",
    "<pre>\na\n\nb\n</pre>",
    "<kbd>x</kbd>",
    "<a name=\"x\"></a>",
    "<script>",
    "<?php ?>",
    "<![CDATA[ x ]]>",
    "<!DOCTYPE html>",
    "---\nfront: matter\n---",
    "```math\na\n```",
    "```suggestion\na\n```",
    "![a][r]",
    "[![a](https://x.org/b.png)](https://y.org)",
    "<page url=\"https://www.notion.so/x\">a</page>",
    "<mention url=\"user://11111111-2222-3333-4444-555555555555\" />",
    "<unknown />",
];

/// What is Notion's alone.
const NOTION: &[&str] = &[
    "<toggle>\nt\n\nb\n</toggle>",
    "<toggle heading=\"h2\">",
    "<toggle>",
    "</toggle>",
    "<callout icon=\"💡\" color=\"green_bg\">\na\n\nb\n</callout>",
    "<callout>",
    "</callout>",
    "<quote>\na\n\nb\n</quote>",
    "<quote>",
    "</quote>",
    "<p />",
    "<p>\na\n\n- b\n</p>",
    "<ul>\n<li>\na\n</li>\n</ul>",
    "<ol>",
    "</ol>",
    "<li>",
    "</li>",
    "<todo checked=\"true\">\n<p />\n</todo>",
    "<todo checked=\"false\">",
    "</todo>",
    "<columns>\n<column>\na\n</column>\n<column>\nb\n</column>\n</columns>",
    "<columns>",
    "<column>",
    "</column>",
    "</columns>",
    "<synced-block url=\"x\">\na\n</synced-block>",
    "<synced-block-reference url=\"x\">\na\n</synced-block-reference>",
    "<page url=\"https://www.notion.so/x\">a</page>",
    "<database url=\"https://www.notion.so/x\" inline=\"true\">d</database>",
    "<bookmark url=\"https://x.org\">c</bookmark>",
    "<file source=\"https://file.notion.so/f/x.pdf\">f</file>",
    "<file source=\"file://x\">",
    "<image source=\"https://x.org/a.png\">\nc\n</image>",
    "![c](https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png)",
    "<pdf source=\"x\" />",
    "<embed url=\"https://x.org\" />",
    "<unknown url=\"x\" alt=\"bookmark\" />",
    "<table_of_contents/>",
    "<table-of-contents />",
    "<breadcrumb />",
    "<table header-row=\"true\">\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n</table>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</tr>",
    "</table>",
    "<equation>\na\n</equation>",
    "<equation>",
    "<mention url=\"user://11111111-2222-3333-4444-555555555555\">o</mention>",
    "<mention url=\"user://x\" />",
    "<mention url=\"https://www.notion.so/x\">p</mention>",
    "<date start=\"2026-01-05\" end=\"2026-02-01\" />",
    "<span color=\"red\">r</span>",
    "<span color=\"red\">",
    "</span>",
    "<u>",
    "</u>",
    "<i>",
    "</i>",
    "<s>",
    "</s>",
    "\\<page>",
    "{color=\"red\"}",
    "[^https://x.org]",
    "<tabs>\n<tab>\nt\n</tab>\n</tabs>",
    "# h {toggle=\"true\"}",
];

/// How fragments follow each other.
const BETWEEN: &[&str] = &["", "", " ", " ", "\n", "\n\n", "\n\n", "\r\n", "\r\n\r\n"];

/// What all lines of a part may begin with.
const PREFIXES: &[&str] = &["> ", ">", "- ", "  ", "    ", "\t", "1. ", "* ", "   ", "| "];

/// Texts to start from.
pub(crate) struct Texts {
    github: Vec<String>,
    notion: Vec<String>,
}

impl Texts {
    /// The kept ones.
    pub(crate) fn load() -> Texts {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
        let mut paths: Vec<_> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let of = |end: &str| -> Vec<String> {
            let paths = paths.iter().filter(|path| path.to_string_lossy().ends_with(end));
            paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
        };
        let texts = Texts { github: of(".github.md"), notion: of(".notion.md") };
        assert!(!texts.github.is_empty() && !texts.notion.is_empty(), "the seeds are missing");
        texts
    }

    /// A text as it may stand in an issue.
    pub(crate) fn github(&self, rng: &mut Rng) -> String {
        self.text(&self.github, GITHUB, rng)
    }

    /// A text as it may stand on a page.
    pub(crate) fn notion(&self, rng: &mut Rng) -> String {
        self.text(&self.notion, NOTION, rng)
    }

    fn text(&self, seeds: &[String], own: &[&str], rng: &mut Rng) -> String {
        if rng.one_in(3) {
            let seed = &seeds[rng.below(seeds.len())];
            let from = boundary(seed, rng.below(seed.len()));
            let part = &seed[from..boundary(seed, from + 400)];
            return (0..=rng.below(4)).fold(part.to_owned(), |text, _| self.mutated(&text, rng));
        }
        let mut text = String::new();
        for _ in 0..=rng.below(4) {
            text.push_str(&part(own, rng));
            text.push_str(rng.pick(BETWEEN));
        }
        text
    }

    /// A text after somebody edited it: mostly words, sometimes anything.
    pub(crate) fn edited(&self, text: &str, rng: &mut Rng) -> String {
        if rng.one_in(8) {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        for _ in 0..=rng.below(2) {
            text = if rng.one_in(2) { self.mutated(&text, rng) } else { worded(&text, rng) };
        }
        text
    }

    fn mutated(&self, text: &str, rng: &mut Rng) -> String {
        let place = |rng: &mut Rng| boundary(text, rng.below(text.len() + 1));
        let (a, b) = (place(rng), place(rng));
        let (from, to) = (a.min(b), a.max(b).min(boundary(text, a.min(b) + 60)));
        let (head, part, tail) = (&text[..from], &text[from..to], &text[to..]);
        match rng.below(8) {
            0..3 => {
                let own = if rng.one_in(2) { GITHUB } else { NOTION };
                let fragment = if rng.one_in(3) { rng.pick(own) } else { rng.pick(COMMON) };
                format!("{head}{fragment}{part}{tail}")
            }
            3 => format!("{head}{tail}"),
            4 => format!("{head}{part}{part}{tail}"),
            5 => {
                let all = if rng.one_in(2) { &self.github } else { &self.notion };
                let other = &all[rng.below(all.len())];
                let start = boundary(other, rng.below(other.len()));
                format!("{head}{}{tail}", &other[start..boundary(other, start + 80)])
            }
            6 => format!("{head}{part}"),
            _ => {
                // Often enough to be deep, seldom enough to be quick.
                let times = if rng.one_in(20) { 3_000 } else { 2 + rng.below(30) };
                let part = &part[..boundary(part, 12)];
                format!("{head}{}{tail}", part.repeat(times))
            }
        }
    }
}

/// What people do: a word more, another word, a word less, a paragraph more.
fn worded(text: &str, rng: &mut Rng) -> String {
    let word = rng.pick(&EDITED);
    let words: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| {
            c.is_alphanumeric()
                && !text[..*at].chars().next_back().is_some_and(char::is_alphanumeric)
        })
        .map(|(at, _)| at)
        .collect();
    if words.is_empty() || rng.one_in(5) {
        return format!("{text}\n\n{word}\n");
    }
    let at = words[rng.below(words.len())];
    let (head, tail) = text.split_at(at);
    let end = tail.find(|c: char| !c.is_alphanumeric()).unwrap_or(tail.len());
    match rng.below(3) {
        0 => format!("{head}{word} {tail}"),
        1 => format!("{head}{word}{}", &tail[end..]),
        _ => format!("{head}{}", &tail[end..]),
    }
}

/// Fragments in a row, all in one container at times.
fn part(own: &[&str], rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..=rng.below(8) {
        text.push_str(if rng.one_in(3) { rng.pick(own) } else { rng.pick(COMMON) });
        text.push_str(rng.pick(BETWEEN));
    }
    for _ in 0..rng.below(3) {
        let prefix = rng.pick(PREFIXES);
        let others = if prefix.trim_start().starts_with(['-', '*', '1']) { "  " } else { prefix };
        let lines = text.split('\n').enumerate();
        let lines =
            lines.map(|(i, line)| format!("{}{line}", if i == 0 { prefix } else { others }));
        text = lines.collect::<Vec<_>>().join("\n");
    }
    text
}
