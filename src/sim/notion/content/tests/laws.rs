//! Under every switch: what is given out is read as the very blocks it was written from.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::block::joined;
use super::super::{Attributes, Block, Content, Kind, Look, Rendering, Run, What};
use super::super::{outline, parse, render, say_the_same};

/// Letters that mean something somewhere, among some that do not.
const LETTERS: &str = "aab bc dZ09 \t.,:;!?#*_`~[](){}<>/\\|-+=&^$@'\"%éß中👍\u{a0}";
/// Pieces that mean something as a whole.
const PIECES: [&str; 34] = [
    "<page>",
    "</page>",
    "<b>",
    "</b>",
    "<br />",
    "<details>",
    "<!-- x -->",
    "- ",
    "1. ",
    "12) ",
    "# ",
    "## a #",
    "> ",
    "---",
    "===",
    "```",
    "~~~",
    "    ",
    "| a | b |",
    "| - | - |",
    "[x] ",
    "[^1]: a",
    "[a]: b",
    "&amp;",
    "&#35;",
    "https://example.com/a_b",
    "http://x.y",
    ":parrot:",
    "$$",
    "$x$",
    "![a](https://b.c)",
    "**",
    "__",
    "\\",
];

fn words() -> impl Strategy<Value = String> {
    let letters: Vec<char> = LETTERS.chars().collect();
    let letter = prop::sample::select(letters).prop_map(String::from);
    let piece = prop::sample::select(&PIECES[..]).prop_map(str::to_owned);
    let word = "[a-z]{1,5}".prop_map(|word| format!(" {word}"));
    let part = prop_oneof![6 => letter, 2 => piece, 3 => word, 1 => Just("\n".to_owned())];
    vec(part, 1..12).prop_map(|parts| parts.concat())
}

fn code_words() -> impl Strategy<Value = String> {
    words().prop_map(|words| words.replace('\n', " "))
}

fn url() -> impl Strategy<Value = String> {
    prop::sample::select(
        &[
            "https://example.com/a",
            "https://example.com/a_b*c(d)?e=f&amp;g=h&copy;#i",
            "mailto:a@b.c",
            "https://example.com/a b>c\\d",
        ][..],
    )
    .prop_map(str::to_owned)
}

fn color() -> impl Strategy<Value = Option<String>> {
    option::weighted(0.15, prop::sample::select(&["red", "blue_bg"][..]).prop_map(str::to_owned))
}

fn look() -> impl Strategy<Value = Look> {
    let flag = || prop::bool::weighted(0.15);
    (flag(), flag(), flag(), flag(), color(), option::weighted(0.15, url()), flag()).prop_map(
        |(bold, italic, strike, underline, color, link, threads)| Look {
            bold,
            italic,
            strike,
            underline,
            code: false,
            color,
            discussions: threads.then(|| "discussion://1".to_owned()),
            link,
        },
    )
}

fn run() -> impl Strategy<Value = Run> {
    let text = words().prop_map(What::Text);
    let object = prop_oneof![
        "[a-z]{1,3}(\\^2)?".prop_map(What::Equation),
        "[a-z*&_>]{0,5}".prop_map(|label| {
            What::Mention(Attributes::from([("url".to_owned(), "user://1".to_owned())]), label)
        }),
        Just(What::Date(Attributes::from([("start".to_owned(), "2026-01-05".to_owned())]))),
        Just(What::Emoji("parrot".to_owned())),
        Just(What::Citation("https://example.com/a".to_owned())),
    ];
    let plain = text.prop_map(|what| Run { what, look: Look::default() });
    let looked = (words().prop_map(What::Text), look()).prop_map(|(what, look)| Run { what, look });
    let special = (object, look()).prop_map(|(what, look)| Run { what, look });
    let code = (code_words(), look()).prop_map(|(words, look)| Run {
        what: What::Text(words),
        look: Look { code: true, ..look },
    });
    prop_oneof![4 => plain, 4 => looked, 1 => special, 1 => code]
}

fn text() -> impl Strategy<Value = Vec<Run>> {
    vec(run(), 0..4).prop_map(|runs| {
        let mut runs = joined(runs);
        // A line break has no look of code, and two links side by side are two.
        runs.dedup_by(|a, b| a.look.code && b.look.code);
        runs
    })
}

fn with(mut block: Block, attributes: Vec<(&str, Option<String>)>) -> Block {
    for (key, value) in attributes {
        if let Some(value) = value {
            block.content.attributes.insert(key.to_owned(), value);
        }
    }
    block
}

fn code() -> impl Strategy<Value = Block> {
    let language = prop::sample::select(&["rust", "plain text", "c++"][..]);
    (words(), language).prop_map(|(words, language)| {
        let block = Block::of(Kind::Code, joined(vec![Run::plain(words)]));
        with(block, vec![("language", Some(language.to_owned()))])
    })
}

fn table() -> impl Strategy<Value = Block> {
    let flag = || prop::bool::weighted(0.2);
    (1..4_usize, 1..4_usize, flag(), flag()).prop_flat_map(|(width, height, plain, column)| {
        vec(vec((text(), color()), width), height).prop_map(move |rows| {
            let cell = |(text, color): (Vec<Run>, Option<String>)| {
                with(Block::of(Kind::Cell, text), vec![("color", color.filter(|_| column))])
            };
            let row = |cells: Vec<_>| {
                Block::new(Content::new(Kind::Row, vec![]), cells.into_iter().map(cell).collect())
            };
            let table =
                Block::new(Content::new(Kind::Table, vec![]), rows.into_iter().map(row).collect());
            let yes = |on: bool| on.then(|| "true".to_owned());
            with(table, vec![("header-row", yes(!plain)), ("header-column", yes(column))])
        })
    })
}

fn leaf() -> impl Strategy<Value = Block> {
    let source = || url().prop_map(Some);
    let media = prop::sample::select(&["file", "bookmark", "embed", "video"][..]);
    prop_oneof![
        6 => (text(), color()).prop_map(|(text, color)| {
            with(Block::of(Kind::Paragraph, text), vec![("color", color)])
        }),
        2 => (text(), 1..=4_u8, color()).prop_map(|(text, level, color)| {
            with(Block::of(Kind::Heading(level), text), vec![("color", color)])
        }),
        2 => code(),
        1 => "[a-z^\\\\ ]{1,8}(\n[a-z<*]{1,5})?".prop_map(|text| {
            Block::of(Kind::Equation, vec![Run::plain(text)])
        }),
        1 => Just(Block::of(Kind::Divider, vec![])),
        1 => table(),
        1 => (text(), source()).prop_map(|(text, url)| {
            // A caption stands between brackets, where no link can be.
            let text = text.into_iter().map(|run| Run { look: Look { link: None, ..run.look }, ..run });
            with(Block::of(Kind::Image, joined(text.collect())), vec![("source", url)])
        }),
        1 => (text(), source(), media).prop_map(|(text, url, name)| {
            with(Block::of(Kind::Tagged(name), text), vec![("source", url)])
        }),
        1 => ("[a-zA-Z ]{0,9}", url()).prop_map(|(title, url)| {
            let text = joined(vec![Run::plain(title)]);
            with(Block::of(Kind::Page, text), vec![("url", Some(url))])
        }),
        1 => url().prop_map(|url| {
            with(Block::of(Kind::Unknown, vec![]), vec![("url", Some(url)), ("alt", Some("breadcrumb".to_owned()))])
        }),
        1 => color().prop_map(|color| {
            with(Block::of(Kind::Tagged("table-of-contents"), vec![]), vec![("color", color)])
        }),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let kind = prop_oneof![
            3 => Just(Kind::Bulleted),
            3 => Just(Kind::Numbered),
            2 => any::<bool>().prop_map(Kind::ToDo),
            1 => Just(Kind::Quote),
            1 => Just(Kind::Callout),
            1 => option::of(1..=4_u8).prop_map(Kind::Toggle),
            1 => Just(Kind::Paragraph),
        ];
        let titled = (kind, text(), vec(inner.clone(), 0..4), color()).prop_map(
            |(kind, text, children, color)| {
                with(Block::new(Content::new(kind, text), children), vec![("color", color)])
            },
        );
        let columns = vec(vec(inner, 1..3), 1..3).prop_map(|columns| {
            let column =
                |children| Block::new(Content::new(Kind::Tagged("column"), vec![]), children);
            let columns = columns.into_iter().map(column).collect();
            Block::new(Content::new(Kind::Tagged("columns"), vec![]), columns)
        });
        prop_oneof![8 => titled, 1 => columns]
    })
}

fn page() -> impl Strategy<Value = Vec<Block>> {
    vec(block(), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_given_out_is_read_as_it_was_meant(blocks in page(), seed in 0..1_000_000_u64) {
        let rendering = Rendering::drawn(seed);
        let text = render(&blocks, &rendering);
        let parsed = parse(&text, &rendering, &["parrot".to_owned()]);
        prop_assert!(
            say_the_same(&parsed.blocks, &blocks),
            "{rendering:?}\n---\n{text}\n--- read as\n{}\n--- instead of\n{}", outline(&parsed.blocks), outline(&blocks)
        );
        prop_assert_eq!(parsed.warnings, Vec::<String>::new());
    }

    #[test]
    fn whatever_is_sent_comes_to_rest(text in "(\\PC|\n|\t|[<>*_`$\\\\\\[\\]#|-]|<(page|toggle|li|td|callout|p|b|mention)( url=\"x\")?/?>|</(toggle|li|b|mention)>|- |> ){0,60}", seed in 0..1_000_000_u64) {
        let rendering = Rendering::drawn(seed);
        let first = parse(&text, &rendering, &["parrot".to_owned()]).blocks;
        let shown = render(&first, &rendering);
        let second = parse(&shown, &rendering, &["parrot".to_owned()]).blocks;
        prop_assert!(
            say_the_same(&first, &second),
            "{rendering:?}\n{text}\n--- shown as\n{shown}\n---read as\n{}\n--- instead of\n{}", outline(&second), outline(&first)
        );
    }
}

#[test]
fn code_in_a_link_at_the_start_of_a_line_defines_no_reference() {
    let look = Look { code: true, link: Some("https://a.b/".to_owned()), ..Look::default() };
    let text = vec![Run { what: What::Text("[a]: b".to_owned()), look }];
    let blocks = [Block::of(Kind::Paragraph, text)];
    let shown = render(&blocks, &Rendering::default());
    assert!(say_the_same(&parse(&shown, &Rendering::default(), &[]).blocks, &blocks), "{shown}");
}
