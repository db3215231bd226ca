//! What GitHub shows, and how Notion shows it.

use super::{mirrored, place};
use crate::body::to_github;

/// A body, and its Notion markdown.
fn shown(cases: &[(&str, &str)]) {
    for (github, notion) in cases {
        assert_eq!(mirrored(github).notion, *notion, "{github}");
    }
}

#[test]
fn a_newline_is_a_line_break_as_it_is_in_issues() {
    shown(&[
        ("a\nb", "a\\\nb"),
        ("a  \nb", "a\\\nb"),
        ("a<br>b", "a\\\nb"),
        ("a\r\nb\r\n", "a\\\nb"),
    ]);
}

#[test]
fn references_are_links_and_nobody_is_called() {
    let web = "https://github.com";
    shown(&[
        ("#7", &format!("[#7]({web}/acme/app/issues/7)")),
        ("o/r#7", &format!("[o/r#7]({web}/o/r/issues/7)")),
        ("@octocat!", &format!("[@octocat]({web}/octocat)!")),
        ("https://x.y/a_b", "[https://x.y/a_b](https://x.y/a_b)"),
        ("[a](../blob/main/b.md)", &format!("[a]({web}/acme/app/blob/main/b.md)")),
        ("`#7 @octocat`", "`#7 @octocat`"),
        (":tada: :no_such:", "🎉 \\:no_such:"),
    ]);
}

#[test]
fn tags_that_somebody_typed_are_text() {
    for github in [
        "<page url=\"https://www.notion.so/x\">Sub</page>",
        "a <mention url=\"user://1\">Ann</mention> b",
        "<database>x</database>",
        "<unknown url=\"x\" alt=\"y\"/>",
    ] {
        let notion = mirrored(github).notion;
        let bare = notion.replace("\\<", "").replace("&lt;", "");
        assert!(!bare.contains('<') || notion.starts_with("```"), "{notion}");
    }
}

#[test]
fn what_notion_has_is_used_for_what_github_shows() {
    shown(&[
        ("> [!NOTE]\n> a", "<callout icon=\"ℹ️\" color=\"blue_bg\">\na\n</callout>"),
        ("- [ ] a\n- [x] b", "- [ ] a\n- [x] b"),
        ("###### a", "#### a"),
        ("$$\nx^2\n$$", "$$\nx^2\n$$"),
        ("```math\nx^2\n```", "$$\nx^2\n$$"),
        ("```RS,ignore\nx\n```", "```rust\nx\n```"),
        ("![a](https://x.y/z.png)", "![a](https://x.y/z.png)"),
        ("<img width=\"10\" alt=\"a\" src=\"https://x.y/z.png\">", "![a](https://x.y/z.png)"),
        ("text[^1]\n\n[^1]: note", "text\\[^1\\]\n\n\\[^1\\]: note"),
        ("1. [ ] a", "1. \\[ \\] a"),
    ]);
}

#[test]
fn amounts_of_money_are_no_formulas() {
    let notion = mirrored("NT$40,000 - NT$50,000 and $5 or $10").notion;
    assert_eq!(notion, "NT\\$40,000 - NT\\$50,000 and \\$5 or \\$10");
}

#[test]
fn what_notion_writes_is_written_so_that_github_shows_it() {
    let place = place().with_page("https://www.notion.so/p");
    for (notion, github) in [
        (
            "<toggle>\nTitle **b**\n\n- a\n</toggle>",
            "<details>\n<summary>Title <b>b</b></summary>\n\n- a\n\n</details>",
        ),
        ("<callout icon=\"💡\">\na\n</callout>", "> [!TIP]\n> a"),
        ("<columns>\n<column>\na\n</column>\n<column>\nb\n</column>\n</columns>", "a\n\nb"),
        ("<date start=\"2026-01-05\"/>", "2026-01-05"),
        ("<bookmark source=\"https://x.y\">see</bookmark>", "[see](https://x.y)"),
        ("<p color=\"red\">\na\n</p>", "a"),
        ("a\\\nb", "a\nb"),
        ("1\\. a", "1\\. a"),
    ] {
        assert_eq!(to_github(notion, &place).unwrap(), github, "{notion}");
    }
}
