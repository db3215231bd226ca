//! The one form in which content is given out, and what the switches change about it.

use super::super::{Escaping, Indent, Rendering, render};
use super::read;

const TEXT: &str = "\
- one
\t1. two
\t2. three

\t> quoted
- [x] *four* < 5

| a | b |
| --- | --- |
| c | d |

<callout icon=\"💡\">Mind https://example.com!</callout>

[https://example.com](https://example.com)";

fn written(rendering: &Rendering) -> String {
    render(&read(TEXT), rendering)
}

#[test]
fn the_default_form() {
    assert_eq!(
        written(&Rendering::default()),
        "- one\n\t1. two\n\t2. three\n\n\t> quoted\n- [x] *four* < 5\n\n\
         | a | b |\n| --- | --- |\n| c | d |\n\n\
         <callout icon=\"💡\">\nMind https://example.com!\n</callout>\n\n\
         [https://example.com](https://example.com)"
    );
}

#[test]
fn every_switch_shows() {
    let rendering = Rendering {
        indent: Indent::Four,
        loose_lists: true,
        star_bullets: true,
        counts_up: false,
        escaping: Escaping::Listed,
        entities: true,
        quote_tags: true,
        table_tags: true,
        short_tags: true,
        final_newline: true,
        angle_links: true,
        ..Rendering::default()
    };
    assert_eq!(
        written(&rendering),
        "* one\n\n    1. two\n\n    1. three\n\n    <quote>quoted</quote>\n\n* [x] *four* &lt; 5\n\n\
         <table header-row=\"true\">\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n<tr>\n<td>c</td>\n<td>d</td>\n</tr>\n</table>\n\n\
         <callout icon=\"💡\">Mind https://example.com!</callout>\n\n\
         <https://example.com>\n"
    );
    let everything = Rendering { escaping: Escaping::Everything, ..Rendering::default() };
    assert!(written(&everything).contains("*four* \\< 5"));
    assert!(written(&everything).contains("Mind https\\:\\/\\/example\\.com\\!"));
}

#[test]
fn drawn_renderings_differ_and_a_seed_always_draws_the_same() {
    assert_eq!(Rendering::drawn(7), Rendering::drawn(7));
    let different: std::collections::BTreeSet<String> =
        (0..50).map(|seed| written(&Rendering::drawn(seed))).collect();
    assert!(different.len() > 30, "{}", different.len());
}
