//! What the body lens costs (DESIGN §3, Body): `cargo bench --bench body`, with `TANDEM_BENCH_KB` for another size and
//! `TANDEM_BENCH_SHAPE` for the shapes whose names contain it.
//!
//! Every shape is a body of 64 KB, the most that GitHub holds, made of one thing that parsers dislike; some are ordinary.
//! Each public function is timed on it and on half of it: `ms` for the whole, and after `x` how much more that is than
//! for the half. Twice is linear.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it stands"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tandem::body::{Input, Place, as_meant, reconcile, to_github, to_notion, updates};
use tandem::model::{Side, Sides};

/// A name, and the body of about so many bytes.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("an ordinary comment", ordinary),
    ("one paragraph of words", |n| "some words of text ".repeat(n / 19)),
    ("lines of words", |n| "a line of words\n".repeat(n / 16)),
    ("paragraphs of words", |n| "a few words\n\n".repeat(n / 13)),
    ("one word", |n| "a".repeat(n)),
    ("one word with signs", |n| "a-".repeat(n / 2)),
    ("styled words", |n| "**a** *b* `c` ~~d~~ [e](https://x.org) ".repeat(n / 40)),
    ("links and references", |n| "#12 @octocat o/r#5 https://x.org/a me@x.org ".repeat(n / 44)),
    ("quote signs", |n| ">".repeat(n)),
    ("quotes with text", |n| "> ".repeat(n / 2) + "a"),
    ("quotes, ever deeper", |n| nested(n, |i| format!("{}a\n", "> ".repeat(i)))),
    ("items, ever deeper", |n| nested(n, |i| format!("{}- a\n", "  ".repeat(i)))),
    ("items in one line", |n| "- ".repeat(n / 2) + "a"),
    ("items", |n| "- a\n".repeat(n / 4)),
    ("loose items", |n| "* a\n\n".repeat(n / 5)),
    ("to-dos", |n| "- [ ] a\n- [x] b\n".repeat(n / 16)),
    ("numbers", |n| "1. a\n".repeat(n / 5)),
    ("headings", |n| "# a\n".repeat(n / 4)),
    ("headings by underline", |n| "a\n=\n".repeat(n / 4)),
    ("dividers", |n| "---\n\n".repeat(n / 5)),
    ("folds, ever deeper", |n| "<details>\n\n".repeat(n / 11)),
    ("folds", |n| "<details>\n<summary>a</summary>\n\nb\n\n</details>\n\n".repeat(n / 48)),
    ("definitions", |n| (0..n / 20).map(|i| format!("[x{i}]: https://x.y\n")).collect()),
    ("one definition", |n| "[x]: y\n".repeat(n / 7)),
    ("references to definitions", |n| "[x]: y\n\n".to_owned() + &"[x] ".repeat(n / 4)),
    ("a title of a definition", |n| "[x]: y 'a\n".repeat(n / 10)),
    ("pipes", |n| "|".repeat(n)),
    ("pipes below pipes", |n| table(n / 4, 2)),
    ("a wide table", |n| table(n / 40, 10)),
    ("a long table", |n| table(2, n / 6)),
    ("a wide delimiter", |n| "|".repeat(n / 3) + "\n" + &"|-".repeat(n / 3) + "\n"),
    ("stars", |n| "*".repeat(n)),
    ("stars and letters", |n| "*a ".repeat(n / 3)),
    ("stars that match", |n| "*a **a ".repeat(n / 14) + &"a** a*".repeat(n / 14)),
    ("underscores", |n| "_a __b ".repeat(n / 7)),
    ("tildes", |n| "~a ~~b ".repeat(n / 7)),
    ("brackets", |n| "[".repeat(n)),
    ("brackets that match", |n| "[".repeat(n / 2) + &"]".repeat(n / 2)),
    ("brackets and parentheses", |n| "[a](".repeat(n / 4)),
    ("parentheses", |n| "[a](".to_owned() + &"(".repeat(n)),
    ("images", |n| "![a".repeat(n / 3)),
    ("images in images", |n| "![".repeat(n / 12) + &"](http://a)".repeat(n / 12)),
    ("links in brackets", |n| "[[a](b)".repeat(n / 7)),
    ("images in text", |n| "a ![b](https://x.org/c.png) ".repeat(n / 28)),
    ("images alone", |n| "![b](https://x.org/c.png)\n".repeat(n / 26)),
    ("footnotes", |n| (0..n / 20).map(|i| format!("a[^{i}]\n\n[^{i}]: b\n\n")).collect()),
    ("footnote brackets", |n| "[^".repeat(n / 2)),
    ("backticks", |n| "`".repeat(n)),
    ("backticks of every length", |n| nested(n, |i| format!("{} ", "`".repeat(i)))),
    ("backticks and letters", |n| "`a``b".repeat(n / 5)),
    ("fences", |n| "```\na\n```\n\n".repeat(n / 11)),
    ("open fences", |n| "```a\n\n~~~b\n\n".repeat(n / 12)),
    ("code", |n| "```rust\n".to_owned() + &"let a = b;\n".repeat(n / 11) + "```\n"),
    ("indented code", |n| "    let a = b;\n".repeat(n / 15)),
    ("dollars", |n| "$".repeat(n)),
    ("dollars and letters", |n| "$a ".repeat(n / 3)),
    ("formulas", |n| "$a$ ".repeat(n / 4)),
    ("braces in dollars", |n| "$a{".repeat(n / 3)),
    ("angles", |n| "<".repeat(n)),
    ("angles and letters", |n| "<a ".repeat(n / 3)),
    ("tags", |n| "<a><b></b>".repeat(n / 10)),
    ("open comments", |n| "<!-- ".repeat(n / 5)),
    ("open comments in a text", |n| "a <!-- ".repeat(n / 7)),
    ("comments", |n| "<!-- a -->\n\n".repeat(n / 12)),
    ("comments in a text", |n| "a <!-- b -->".repeat(n / 12)),
    ("processing instructions", |n| "a <?".repeat(n / 4)),
    ("declarations", |n| "a <!A ".repeat(n / 6)),
    ("cdata", |n| "a <![CDATA[".repeat(n / 11)),
    ("open attributes", |n| "a <b c='".repeat(n / 8)),
    ("entities", |n| "&amp;".repeat(n / 5)),
    ("ampersands", |n| "&".repeat(n)),
    ("colons", |n| ":".repeat(n)),
    ("emoji codes", |n| ":tada:".repeat(n / 6)),
    ("open emoji codes", |n| ":tada ".repeat(n / 6)),
    ("emoji", |n| "🎉👩‍👩‍👧".repeat(n / 22)),
    ("characters without blanks", |n| "文字".repeat(n / 6)),
    ("backslashes", |n| "\\".repeat(n)),
    ("escapes", |n| "\\*".repeat(n / 2)),
    ("at signs", |n| "@a".repeat(n / 2)),
    ("number signs", |n| "#1 ".repeat(n / 3)),
    ("addresses without an end", |n| "https://".to_owned() + &"a".repeat(n)),
    ("addresses with signs at the end", |n| "https://a".to_owned() + &"?".repeat(n)),
    ("addresses with brackets", |n| "https://a".to_owned() + &")".repeat(n)),
    ("mails without an end", |n| "a.".repeat(n / 2) + "@"),
    ("line ends", |n| "\n".repeat(n)),
    ("returns", |n| "a\r".repeat(n / 2)),
    ("blanks", |n| " ".repeat(n) + "a"),
    ("blanks between words", |n| "a".to_owned() + &" ".repeat(n) + "b"),
    ("hard breaks", |n| "a\\\n".repeat(n / 3)),
    ("break tags", |n| "a<br />".repeat(n / 7)),
    ("control characters", |n| "\u{1}\u{0}".repeat(n / 2)),
    ("toggles, ever deeper", |n| "<toggle>\na\n\n".repeat(n / 12)),
    ("toggles", |n| "<toggle>\na\n\n\tb\n</toggle>\n".repeat(n / 26)),
    ("toggles, closed", |n| "<toggle>\n".repeat(n / 19) + &"</toggle>\n".repeat(n / 19)),
    ("columns, ever deeper", |n| "<columns><column>".repeat(n / 17)),
    ("callouts", |n| "<callout icon=\"💡\">\na\n</callout>\n\n".repeat(n / 36)),
    ("quote tags", |n| "<quote>\na\n</quote>\n".repeat(n / 19)),
    ("table tags", |n| "<table>\n<tr>\n<td>a</td>\n</tr>\n</table>\n".repeat(n / 41)),
    ("open tables", |n| "<table>\n".repeat(n / 8)),
    ("open cells", |n| "<table>\n".to_owned() + &"<tr><td>".repeat(n / 8) + "\n</table>"),
    ("open files", |n| "<file source=\"a\">\n".repeat(n / 18)),
    ("open equations", |n| "<equation>\n\n$$\n".repeat(n / 15)),
    ("mentions", |n| "<mention url=\"user://1\">a</mention> ".repeat(n / 37)),
    ("open mentions", |n| "<mention url=\"user://1\">a ".repeat(n / 26)),
    ("spans", |n| "<span color=\"red\">a</span>".repeat(n / 26)),
    ("open spans", |n| "<span color=\"red\">a".repeat(n / 19)),
    ("bold tags, ever deeper", |n| "<b>".repeat(n / 7) + &"</b>".repeat(n / 7)),
    ("closing tags", |n| "</toggle>\n".repeat(n / 10)),
    ("unknown blocks", |n| "<unknown url=\"a\" alt=\"b\" />\n".repeat(n / 28)),
];

/// So many bytes GitHub's longest body has at least.
const DEFAULT_KB: usize = 64;
/// Slower than this on one such body is a fault.
const LIMIT: Duration = Duration::from_millis(50);
/// So often everything is measured.
const ROUNDS: usize = 3;

/// How long each function takes.
type Times = [Duration; 8];

fn main() {
    // What `cargo test --benches` asks of a benchmark is that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let kb = std::env::var("TANDEM_BENCH_KB").ok().and_then(|n| n.parse().ok());
    let bytes = kb.unwrap_or(DEFAULT_KB) * 1_000;
    let wanted = std::env::var("TANDEM_BENCH_SHAPE").unwrap_or_default();
    println!(
        "{:<33}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}",
        "ms",
        "to_notion",
        "to_github",
        "edit GitHub",
        "edit Notion",
        "both",
        "turned",
        "updates",
        "as_meant"
    );
    let shapes: Vec<&Shape> = SHAPES.iter().filter(|(name, _)| name.contains(&wanted)).collect();
    // What else a machine does lasts longer than one measurement: each is made again when all the others are.
    let rounds: Vec<Vec<(Times, Times)>> = (0..ROUNDS)
        .map(|_| {
            let both = |(_, shape): &&Shape| (times(&shape(bytes / 2)), times(&shape(bytes)));
            shapes.iter().map(both).collect()
        })
        .collect();
    let mut slow = Vec::new();
    for (at, (name, _)) in shapes.iter().enumerate() {
        let half = shortest(rounds.iter().map(|round| round[at].0));
        let whole = shortest(rounds.iter().map(|round| round[at].1));
        let cell = |i: usize| {
            let ratio = whole[i].as_secs_f64() / half[i].as_secs_f64().max(1e-5);
            format!("{:>8.1} x{ratio:<4.1}", whole[i].as_secs_f64() * 1e3)
        };
        let cells: Vec<String> = (0..whole.len()).map(cell).collect();
        println!("{name:<33}{}", cells.join(""));
        if whole.iter().any(|time| *time > LIMIT) {
            slow.push(*name);
        }
    }
    println!(
        "over {} ms: {}",
        LIMIT.as_millis(),
        if slow.is_empty() { "none".to_owned() } else { slow.join(", ") }
    );
}

fn shortest(rounds: impl Iterator<Item = Times>) -> Times {
    let of = |a: Times, b: Times| std::array::from_fn(|i| a[i].min(b[i]));
    rounds.reduce(of).unwrap_or_default()
}

/// The time of each function on one body, which stands on both sides once.
fn times(body: &str) -> Times {
    let place = Place::of_issue("https://github.com/acme/app/issues/12").unwrap();
    let edited = |text: &str, by: &str| format!("{text}\n\nA new paragraph by {by}.\n");
    let notion = to_notion(body, &place).unwrap_or_default();
    let github = to_github(body, &place).unwrap_or_default();
    let carried = |base: Sides<&str>, now: Sides<&str>| {
        time(|| {
            black_box(reconcile(&Input {
                base: Some(base),
                now,
                source: None,
                winner: Some(Side::GitHub),
                place: &place,
            }));
        })
    };
    let ours = Sides { github: body, notion: notion.as_str() };
    let theirs = Sides { github: github.as_str(), notion: body };
    let (new_body, new_notion) = (edited(body, "one"), edited(&notion, "another"));
    // Nearly every word is another one, and stands often in both: what a comparison finds hardest.
    let turned = body.split_inclusive(' ').rev().collect::<String>();
    [
        time(|| drop(black_box(to_notion(body, &place)))),
        time(|| drop(black_box(to_github(body, &place)))),
        carried(ours, Sides { github: &new_body, ..ours }),
        carried(theirs, Sides { notion: &new_body, ..theirs }),
        carried(ours, Sides { github: &new_body, notion: &new_notion }),
        carried(ours, Sides { github: &turned, ..ours }),
        time(|| drop(black_box(updates(&notion, &new_notion)))),
        time(|| drop(black_box(as_meant(body, &new_body)))),
    ]
}

/// The shortest of some runs: whatever else the machine does makes a run longer, never shorter.
fn time(run: impl Fn()) -> Duration {
    const ENOUGH: Duration = Duration::from_millis(50);
    const MIN_RUNS: u32 = 3;
    let start = Instant::now();
    let mut shortest = Duration::MAX;
    for runs in 1.. {
        let began = Instant::now();
        run();
        shortest = shortest.min(began.elapsed());
        if runs >= MIN_RUNS && start.elapsed() >= ENOUGH {
            break;
        }
    }
    shortest
}

/// Pieces of growing size, up to about so many bytes.
fn nested(bytes: usize, piece: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for i in 0.. {
        let piece = piece(i);
        if out.len() + piece.len() > bytes {
            break;
        }
        out.push_str(&piece);
    }
    out
}

fn table(columns: usize, rows: usize) -> String {
    let columns = columns.max(1);
    let mut out = format!("|{}\n|{}\n", "a|".repeat(columns), "-|".repeat(columns));
    for _ in 2..rows {
        out.push_str(&format!("|{}\n", "b|".repeat(columns)));
    }
    out
}

/// What people write: text with marks and references, lists, code, quotations.
fn ordinary(bytes: usize) -> String {
    const PIECE: &str = "The server *must not* send `early_data` before #123 is done, see \
        [section 4.2](https://tools.ietf.org/html/rfc8446#section-4.2) and what @octocat said.\r\n\r\n\
        > Is this **really** the case?\r\n> I think it isn't; compare https://example.com/a?b=c\r\n\r\n\
        - first item with some words\r\n- second item\r\n  - inside, with `code`\r\n\r\n\
        ```c\r\nstruct {\r\n    uint8 a;\r\n} b;\r\n```\r\n\r\nA last paragraph, which is quite a bit longer \
        than the others, because people do write like this when they explain something to others.\r\n\r\n";
    PIECE.repeat(bytes / PIECE.len() + 1).chars().take(bytes).collect()
}
