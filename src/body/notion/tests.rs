//! The laws of the dialect, and the layouts it takes.

use std::sync::Arc;

use proptest::prelude::*;

use super::{print, read};
use crate::body::place::Place;
use crate::body::source::{Mark, Reading};
use crate::body::tree::{Atom, Block, Kind, Style, Token, Tone, plain};
use crate::body::words::Words;

fn place() -> Place {
    Place::of_issue("https://github.com/acme/app/issues/12")
        .unwrap()
        .with_page("https://www.notion.so/page-1")
        .with_people(vec![("octocat".into(), "0a0b".into())], true)
}

fn printed(blocks: &[Block]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        if i > 0 && super::needs_blank_line(&blocks[i - 1], block) {
            lines.push(String::new());
        }
        lines.extend(print(block, &place(), &|_| None));
    }
    lines.join("\n")
}

/// A tree in a few signs, for comparing.
fn sketch(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (i, block) in blocks.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        let name = match &block.kind {
            Kind::Paragraph => "P".to_owned(),
            Kind::Heading(level) => format!("H{level}"),
            Kind::Bullet => "-".to_owned(),
            Kind::Number => "1.".to_owned(),
            Kind::Todo { done } => if *done { "[x]" } else { "[ ]" }.to_owned(),
            Kind::Quote => "Q".to_owned(),
            Kind::Callout(tone) => format!("{tone:?}"),
            Kind::Toggle(None) => "T".to_owned(),
            Kind::Toggle(Some(level)) => format!("T{level}"),
            Kind::Code { language } => format!("code:{language}"),
            Kind::Equation => "$$".to_owned(),
            Kind::Divider => "---".to_owned(),
            Kind::Image { url } => format!("!<{url}>"),
            Kind::Table => "table".to_owned(),
            Kind::Row => "row".to_owned(),
            Kind::Cell => "|".to_owned(),
        };
        out.push_str(&name);
        if !block.text.is_empty() {
            out.push_str(&format!("{:?}", plain(&block.text)));
        }
        if !block.children.is_empty() {
            out.push_str(&format!("({})", sketch(&block.children)));
        }
    }
    out
}

fn check_marks(text: &str, blocks: &[Block], marks: &[Mark], within: &std::ops::Range<usize>) {
    assert_eq!(blocks.len(), marks.len());
    for (block, mark) in blocks.iter().zip(marks) {
        assert!(text.get(mark.span.clone()).is_some(), "span {:?}", mark.span);
        assert!(
            within.start <= mark.span.start && mark.span.end <= within.end,
            "{:?} in {within:?} of {text:?}",
            mark.span
        );
        assert!(text.get(mark.text.clone()).is_some(), "text {:?}", mark.text);
        assert_eq!(block.text.len(), mark.words.len());
        for pair in mark.words.windows(2) {
            assert!(
                pair[0].at == pair[1].at || pair[0].at.end <= pair[1].at.start,
                "{pair:?} {text:?}"
            );
        }
        for (word, token) in mark.words.iter().zip(&block.text) {
            assert!(text.get(word.at.clone()).is_some());
            assert!(
                mark.span.start <= word.at.start && word.at.end <= mark.span.end,
                "{word:?} {:?} {text:?}",
                mark.span
            );
            assert!(!word.at.is_empty(), "{token:?}");
        }
        if let Some(part) = &mark.part {
            assert!(text.get(part.clone()).is_some());
        }
        if let Some(room) = &mark.room {
            assert!(
                text.is_char_boundary(room.at) && mark.span.contains(&room.at)
                    || room.at == mark.span.end
            );
        }
        check_marks(text, &block.children, &mark.children, &mark.span);
    }
}

fn check(text: &str) -> Reading {
    let reading = read(text, &place());
    check_marks(text, &reading.blocks, &reading.marks, &(0..text.len()));
    reading
}

#[test]
fn every_layout_of_one_text_is_one_tree() {
    for (tree, layouts) in [
        (
            r#"-"a"(-"b"(-"c") -"d")"#,
            &[
                "- a\n\t- b\n\t\t- c\n\t- d",
                "- a\n  - b\n    - c\n  - d\n",
                "* a\n\n    * b\n\n        * c\n\n    * d",
                "+ a\r\n   + b\r\n      + c\r\n   + d\r\n",
                "<ul>\n<li>\na\n\n- b\n\t- c\n- d\n</li>\n</ul>",
                "<ul>\n<li>\na\n\n<ul>\n<li>\nb\n\n- c\n</li>\n<li>d</li>\n</ul>\n</li>\n</ul>",
                "<ul>\n  <li>a\n\n    - b\n      - c\n    - d</li>\n</ul>",
            ][..],
        ),
        (
            r#"1."a"(1."b") 1."c""#,
            &[
                "1. a\n   2. b\n2. c",
                "1) a\n\t1) b\n1) c",
                "<ol type=\"a\">\n<li>\na\n\n1. b\n</li>\n<li>\nc\n</li>\n</ol>",
            ],
        ),
        (
            r#"[ ]"a" [x]"b"([ ])"#,
            &[
                "- [ ] a\n- [x] b\n\t- [ ]",
                "* [ ] a\n\n* [X] b\n\n  <todo checked=\"false\">\n  <p />\n  </todo>",
                "<todo>\na\n</todo>\n<todo checked=\"true\">b\n\n- [ ]\n</todo>",
            ],
        ),
        (
            r#"Q"a\nb""#,
            &[
                "> a\\\n> b",
                "> a\n> b",
                "<quote>\na\\\nb\n</quote>",
                "<quote color=\"blue\">\na<br/>b</quote>",
                ">a  \n>b",
            ],
        ),
        (r#"Q"a\\""#, &["> a\\\\", "<quote>a\\\\</quote>"]),
        (
            r#"Q"a"(P"b")"#,
            &["> a\n>\n> b", "<quote>\na\n\nb\n</quote>", "<quote>\n\na\n\nb\n\n</quote>"],
        ),
        (
            r#"Tip"a"(-"b")"#,
            &[
                "<callout icon=\"💡\">\na\n\n- b\n</callout>",
                "<callout color=\"green_bg\">\n<p />\n\na\n\n- b\n</callout>",
                "<callout icon=\"💡\" color=\"red\">a\n\n- b</callout>",
            ],
        ),
        (
            r#"T2"t"(P"a" T"u"(-"b"))"#,
            &[
                "<toggle heading=\"h2\" color=\"red\">\nt\n\na\n\n<toggle>\nu\n\n- b\n</toggle>\n</toggle>",
                "<toggle heading=\"h2\">\nt\n\n\ta\n\n\t<toggle>\n\tu\n\n\t- b",
            ],
        ),
        (
            r#"H1"a" H2"b" H4"c""#,
            &[
                "# a\n\n## b ##\n\n##### c",
                "a\n===\nb\n---\n<h4>c</h4>",
                "<h1>\na\n</h1>\n<h2 color=\"red\">\nb\n</h2>\n<h4>\nc\n</h4>",
            ],
        ),
        (
            r#"P"a\nb" P"c""#,
            &[
                "a\\\nb\n\nc",
                "a\nb\n\n\nc\n\n",
                "a  \nb\n\n<p>\nc\n</p>\n\n<p />",
                "a<br />b\r\n\r\nc",
            ],
        ),
        (
            r#"code:rust"fn\n\n  x""#,
            &[
                "```rust\nfn\n\n  x\n```",
                "~~~~ rs\nfn\n\n  x\n~~~~",
                "````Rust\r\nfn\r\n\r\n  x\r\n````\r\n",
                "   ```rs\n   fn\n\n     x\n   ```",
            ],
        ),
        (
            r#"-"a"(code:plain text"x\n\ny") -"b""#,
            &[
                "- a\n\n\t```\n\tx\n\n\ty\n\t```\n- b",
                "- a\n  ```plain text\n  x\n\n  y\n  ```\n\n\n- b",
            ],
        ),
        (r#"$$"x\ny""#, &["$$\nx\ny\n$$", "<equation>\nx\ny\n</equation>"]),
        (r#"$$"x""#, &["$$\nx\n$$", "<equation>x</equation>"]),
        (
            r#"!<https://a.example/b.png>"c""#,
            &[
                "![c](https://a.example/b.png)",
                "<image source=\"https://a.example/b.png\" color=\"red\">c</image>",
                "<image source=\"https://a.example/b.png\">\nc\n</image>",
                "<p>\n![c](https://a.example/b.png)\n</p>",
            ],
        ),
        (
            r#"table(row(|"a" |"b|c") row(|"d\ne" |))"#,
            &[
                "| a | b\\|c |\n| --- | :-: |\n| d<br />e |  |",
                "a|b\\|c\n-|-\nd<br>e|",
                "<table fit-page-width=\"true\" header-row=\"true\">\n<colgroup>\n<col width=\"3\" />\n</colgroup>\n<tr color=\"red\">\n<th>a</th>\n<td>b|c</td>\n</tr>\n<tr>\n<td>\n\nd\ne\n\n</td>\n<td></td>\n</tr>\n</table>",
            ],
        ),
        (r#"--- P"a" ---"#, &["---\n\na\n\n---", "***\na\n\n- - -"]),
        (
            r#"P"a" P"b" P"c""#,
            &[
                "<columns>\n<column ratio=\"50\">\na\n</column>\n<column>\nb\n</column>\n</columns>\n\nc",
                "<tabs>\n<tab icon=\"x\">\na\n\nb\n</tab>\n</tabs>\n<table-of-contents />\nc\n<unknown url=\"x\" alt=\"y\"/>",
                "<synced-block url=\"x\">\na\n\nb\n</synced-block>\n\nc\n\n<meeting-notes>\nhidden\n\nhidden\n</meeting-notes>",
            ],
        ),
    ] {
        for layout in layouts {
            let reading = check(layout);
            assert_eq!(sketch(&reading.blocks), tree, "{layout}");
        }
    }
}

#[test]
fn mentions_show_people_pages_and_dates() {
    for (text, shown) in [
        (r#"<mention url="user://0A0B">@Octo *Cat*</mention> x"#, "@octocat x"),
        (r#"<mention url="user://9">@Ann [B]</mention>"#, "@Ann [B]"),
        (r#"<mention url="user://9" />"#, "@someone"),
        (r#"**<mention url="https://www.notion.so/p">A & B</mention>**"#, "A & B"),
        (r#"<date start="2026-01-05" />"#, "2026-01-05"),
        (
            r#"<date start="2026-01-05" start-time="10:00" end="2026-01-06" end-time="11:30" time-zone="UTC" />"#,
            "2026-01-05 10:00 → 2026-01-06 11:30 UTC",
        ),
        (
            r#"`<mention url="user://9" />` \<mention url="user://9" />"#,
            r#"<mention url="user://9" /> <mention url="user://9" />"#,
        ),
        (r#"<mention url="user://9">never closed"#, r#"<mention url="user://9">never closed"#),
    ] {
        let reading = check(text);
        assert_eq!(plain(&reading.blocks[0].text), shown, "{text}");
    }
}

#[test]
fn what_only_notion_holds_is_a_link_that_is_kept() {
    use crate::body::source::Hold;
    let text = "<page url=\"https://www.notion.so/sub\">Sub &amp; page</page>\n\
                <file source=\"https://file.notion.so/f/a.pdf\"></file>\n\n\
                <bookmark source=\"https://example.com/x\" />\n\
                ![shot](https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png)";
    let reading = check(text);
    assert_eq!(
        sketch(&reading.blocks),
        r#"P"Sub & page" P"a.pdf" P"https://example.com/x" P"shot""#
    );
    assert!(reading.marks.iter().all(|mark| mark.hold == Hold::Kept));
    assert_eq!(
        reading.blocks[1].text[0].style.link.as_deref(),
        Some("https://www.notion.so/page-1")
    );
}

#[test]
fn words_stand_where_they_are_shown() {
    let text = "- a **b**\\\n  c &amp; \\*d `e|f` [g](https://x.example) $h$\n";
    let reading = check(text);
    let shown: Vec<(String, &str)> = reading.blocks[0]
        .text
        .iter()
        .zip(&reading.marks[0].words)
        .map(|(token, word)| (plain(std::slice::from_ref(token)), &text[word.at.clone()]))
        .collect();
    let find =
        |shown_as: &str| shown.iter().find(|(shown, _)| shown == shown_as).map(|(_, at)| *at);
    assert_eq!(find("b"), Some("b"));
    assert_eq!(find("\n"), Some("\\\n  "));
    assert_eq!(find("&"), Some("&amp;"));
    assert_eq!(find("*"), Some("\\*"));
    assert_eq!(find("f"), Some("f"));
    assert_eq!(find("h"), Some("$h$"));
}

fn nasty() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "a",
        "word",
        "1",
        "23",
        " ",
        " ",
        "*",
        "**",
        "_",
        "`",
        "``",
        "~~",
        "~",
        "$",
        "[",
        "]",
        "<",
        ">",
        "\\",
        "|",
        "#",
        "-",
        "+",
        ".",
        ":",
        "@",
        "!",
        "&",
        "{",
        "}",
        "(",
        ")",
        "=",
        "^",
        "\"",
        "'",
        "&amp;",
        "<page url=\"x\">",
        "</toggle>",
        "<mention",
        "<br>",
        "<b>",
        "</b>",
        "https://a.example/x_y",
        "www.b.example",
        ":tada:",
        "[^1]",
        "![",
        "](",
        "中文",
        "、",
        "😀",
        "\u{a0}",
        "---",
        "===",
        "1. ",
        "- ",
        "> ",
        "# ",
        "$$",
        "```",
        "| - |",
    ]);
    prop::collection::vec(bits, 1..7).prop_map(|bits| bits.concat())
}

fn tokens() -> impl Strategy<Value = Vec<Token>> {
    let style =
        (any::<[bool; 3]>(), 0..6_u8, 0..4_u8).prop_map(|([bold, italic, strike], code, link)| {
            Style {
                bold,
                italic,
                strike,
                code: code == 0,
                link: match link {
                    0 => Some(Arc::from("https://x.example/a_(b)?c=1&copy;=*$")),
                    1 => Some(Arc::from("https://github.com/octocat")),
                    _ => None,
                },
            }
        });
    let part = (nasty(), prop_oneof![2 => Just(Style::default()), 2 => style], 0..9_u8);
    prop::collection::vec(part, 0..5).prop_map(|parts| {
        let mut words = Words::default();
        for (text, style, how) in parts {
            match how {
                0 => words.line_break(0..0),
                1 => {
                    let atom = Atom::Math("x^2|y".into());
                    // Beside a digit or another formula it is printed as code.
                    words.exact("(", &Style::default(), 0, false);
                    words.push(
                        Token { atom, style: Style { link: None, code: false, ..style } },
                        0..0,
                        false,
                    );
                    words.exact(")", &Style::default(), 0, false);
                }
                2 => words.unit(
                    "@octocat",
                    &Style {
                        link: Some(Arc::from("https://github.com/octocat")),
                        ..Style::default()
                    },
                    &(0..0),
                    false,
                ),
                _ => words.exact(&text, &style, 0, false),
            }
        }
        words.settle(&place()).tokens
    })
}

fn text() -> impl Strategy<Value = Vec<Token>> {
    tokens().prop_filter("no text", |tokens| !tokens.is_empty())
}

fn literal() -> impl Strategy<Value = Vec<Token>> {
    prop::collection::vec(
        prop_oneof![nasty(), Just("  x".to_owned()), Just("\ty".to_owned())],
        1..4,
    )
    .prop_map(|lines| {
        let mut words = Words::default();
        words.literal(&lines.join("\n"), 0);
        words.tokens
    })
}

fn tree() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        4 => text().prop_map(|text| Block::new(Kind::Paragraph, text)),
        2 => (1..=4_u8, tokens()).prop_map(|(level, text)| Block::new(Kind::Heading(level), text)),
        1 => literal().prop_map(|text| Block::new(Kind::Code { language: "rust".into() }, text)),
        1 => literal()
            .prop_filter("fits", |text| plain(text).lines().all(|line| line.trim() != "$$") && !plain(text).trim().is_empty())
            .prop_map(|text| Block::new(Kind::Equation, text)),
        1 => Just(Block::new(Kind::Divider, Vec::new())),
        1 => tokens().prop_map(|text| Block::new(Kind::Image { url: "https://i.example/a.png".into() }, text)),
        1 => (1..4_usize).prop_flat_map(|columns| {
            let cell = tokens().prop_map(|text| Block::new(Kind::Cell, text));
            let row = prop::collection::vec(cell, columns).prop_map(|cells| Block { children: cells.into(), ..Block::new(Kind::Row, vec![]) });
            prop::collection::vec(row, 1..3).prop_map(|rows| Block { children: rows.into(), ..Block::new(Kind::Table, vec![]) })
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let kind = prop_oneof![
            Just(Kind::Paragraph),
            Just(Kind::Bullet),
            Just(Kind::Number),
            any::<bool>().prop_map(|done| Kind::Todo { done }),
            Just(Kind::Quote),
            Just(Kind::Callout(Tone::Warning)),
            Just(Kind::Toggle(None)),
            Just(Kind::Toggle(Some(2))),
            Just(Kind::Heading(3)),
        ];
        (kind, tokens(), prop::collection::vec(inner, 0..4))
            .prop_map(|(kind, text, children)| Block {
                children: children.into(),
                ..Block::new(kind, text)
            })
            .prop_filter("hoisted, and no blank paragraph", |block| {
                !block.clone().hoist(&mut block.children.to_vec()) && !block.is_blank()
            })
    })
}

#[test]
fn a_blank_between_two_links_to_one_place_stays_outside_of_both() {
    for text in
        ["[`*`](https://x.org) [`a`](https://x.org)", "[a](https://x.org) [b](https://x.org)"]
    {
        let blocks = check(text).blocks;
        assert_eq!(check(&printed(&blocks)).blocks, blocks, "{}", printed(&blocks));
        let blank = blocks[0].text.iter().find(|token| token.is_blank()).unwrap();
        assert_eq!(blank.style.link, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_as_the_same_tree(blocks in prop::collection::vec(tree(), 0..4)) {
        let text = printed(&blocks);
        let reading = check(&text);
        prop_assert_eq!(&reading.blocks, &blocks, "\n{}\n{} / {}", text, sketch(&reading.blocks), sketch(&blocks));
    }

    #[test]
    fn nothing_that_anyone_can_type_breaks_the_reader(bits in prop::collection::vec(prop_oneof![nasty(), Just("\n".to_owned()), Just("\n\n\t".to_owned()), Just("\r\n  ".to_owned()),
        prop::sample::select(vec!["<toggle>", "<ul>\n<li>", "</li>", "<table>\n<tr><td>", "</td></tr>\n</table>", "<callout icon=\"x\">", "<p />", "</callout>", "<file source=\"x\">", "</file>", "<todo checked=\"true\">", "```\n", "$$\n", "> ", "\t", "<quote>x", "<synced-block-reference>"]).prop_map(str::to_owned)], 0..40)) {
        check(&bits.concat());
    }

    #[test]
    fn any_string_can_be_read(text in "\\PC*") {
        check(&text);
    }
}
