//! One edit, and all that it changes on the other side.

use super::mirrored;
use crate::body::{How, Outcome, to_github};
use crate::model::{Side, Sides};

/// A body, what is replaced in Notion by what, and the same body after that.
fn carried(cases: &[(&str, &str, &str, &str)]) {
    for (github, old, new, meant) in cases {
        assert_eq!(mirrored(github).edited_in_notion(old, new), *meant, "{github}");
    }
}

#[test]
fn words_keep_the_spelling_around_them() {
    carried(&[
        ("Click #12 &amp; wait  \nlonger", "wait", "hold on", "Click #12 &amp; hold on  \nlonger"),
        (
            "A [ref][r], **bold *it* text**.\n\n[r]: https://e.com/x\n",
            "text",
            "words",
            "A [ref][r], **bold *it* words**.\n\n[r]: https://e.com/x\n",
        ),
        ("__a__ and _b_ cc @octo :tada:", "and", "or", "__a__ or _b_ cc @octo :tada:"),
        ("Title\n=====\n\ntext", "Title", "New title", "New title\n=====\n\ntext"),
        ("##### deep ##", "deep", "deeper", "##### deeper ##"),
        ("> quoted\nlazily", "lazily", "eagerly", "> quoted\neagerly"),
        ("- a\n  b\n-  c", "b", "B", "- a\n  B\n-  c"),
        (
            "```rust,ignore\nlet x;\n```",
            "let x;",
            "let y;\nlet z;",
            "```rust,ignore\nlet y;\nlet z;\n```",
        ),
        ("    indented\n\n    code", "code", "more", "    indented\n\n    more"),
        (
            "| a | b |\n|---|:-:|\n| 1 | **2** |",
            "**2**",
            "**2** or *3*",
            "| a | b |\n|---|:-:|\n| 1 | **2** or *3* |",
        ),
    ]);
}

#[test]
fn line_ends_are_those_of_the_text_around() {
    carried(&[
        ("a\r\nb\r\n\r\nc\r\n", "b", "B\\\nand more", "a\r\nB\r\nand more\r\n\r\nc\r\n"),
        ("- a\r\n- b\r\n", "- b", "- b\n- c", "- a\r\n- b\r\n- c\r\n"),
    ]);
}

#[test]
fn marks_are_added_and_taken_away_where_they_are() {
    carried(&[
        ("one two three", "two", "**two**", "one **two** three"),
        ("one __two__ three", "**two**", "two", "one two three"),
        ("one **two** three", "two", "two and a half", "one **two and a half** three"),
        ("see `code` here", "`code`", "`more code`", "see `more code` here"),
        ("see [a](https://x.y) b", "https://x.y", "https://x.z", "see [a](https://x.z) b"),
    ]);
}

#[test]
fn items_come_and_go_with_their_lines_and_nobody_elses() {
    carried(&[
        ("* a\n* b\n\ntext", "- b", "- b\n- c", "* a\n* b\n* c\n\ntext"),
        ("* a\n* b\n* c\n", "- b\n", "", "* a\n* c\n"),
        ("9. a\n10. b\n", "1. a\n1. b", "1. a\n1. b\n1. c", "9. a\n10. b\n11. c\n"),
        ("- a\n\n- b\n", "- b", "- b\n- c", "- a\n\n- b\n\n- c\n"),
        ("- [ ] a\n- [X] b\n", "- [ ] a", "- [x] a", "- [x] a\n- [X] b\n"),
        ("- a\n  - b\n", "\t- b", "\t- b\n\t- c", "- a\n  - b\n  - c\n"),
        ("- a\n- z\n", "- a\n", "- a\n\t- b\n", "- a\n  - b\n- z\n"),
        (
            "| a |\n|---|\n| 1 |\n\nend",
            "| 1 |",
            "| 1 |\n| 2 |",
            "| a |\n|---|\n| 1 |\n| 2 |\n\nend",
        ),
    ]);
}

#[test]
fn blocks_get_the_empty_lines_they_need() {
    carried(&[
        ("a\n\nb", "a\n", "a\n\nnew\n", "a\n\nnew\n\nb"),
        ("a\n# b\nc", "c", "c\n\nd", "a\n# b\nc\n\nd"),
        ("a\n***\nb", "---\n\n", "", "a\n\nb"),
        ("text\n- item", "text", "text\n\n> quoted", "text\n\n> quoted\n\n- item"),
        ("> a\n>\n> b\n\nend", "\n\nb\n", "\n\nb\n\nc\n", "> a\n>\n> b\n>\n> c\n\nend"),
    ]);
}

#[test]
fn a_moved_block_keeps_its_lines_unchanged() {
    carried(&[(
        "_one_\ntwo\n\n* a\n* b\n\nend",
        "*one*\\\ntwo\n\n- a\n- b",
        "- a\n- b\n\n*one*\\\ntwo",
        "* a\n* b\n\n_one_\ntwo\n\nend",
    )]);
}

#[test]
fn what_is_not_shown_stays_whatever_happens_around_it() {
    let body = "<!-- template -->\nfirst\n\n<!-- keep -->\n\nsecond <!-- here --> too\n\n[x]: https://x.y\n\nthird";
    let page = mirrored(body);
    assert_eq!(page.notion, "first\n\nsecond too\n\nthird");
    let gone = page.edited_in_notion("second too\n\n", "");
    for hidden in ["<!-- template -->", "<!-- keep -->", "<!-- here -->", "[x]: https://x.y"] {
        assert!(gone.contains(hidden), "{hidden} in\n{gone}");
    }
    assert!(!gone.contains("second"), "{gone}");
}

#[test]
fn what_folds_and_what_warns_is_edited_in_place() {
    let fold = "<details>\n<summary>Log &amp; more</summary>\n\n- a\n- b\n\n</details>\n\nend";
    let alert = "> [!WARNING]\n> Careful\n> now\n\nend";
    carried(&[
        (
            fold,
            "- b",
            "- B",
            "<details>\n<summary>Log &amp; more</summary>\n\n- a\n- B\n\n</details>\n\nend",
        ),
        (
            fold,
            "Log",
            "The log",
            "<details>\n<summary>The log &amp; more</summary>\n\n- a\n- b\n\n</details>\n\nend",
        ),
        (alert, "now", "then", "> [!WARNING]\n> Careful\n> then\n\nend"),
    ]);
}

#[test]
fn html_is_shown_as_it_is_written_and_takes_edits_back() {
    carried(&[
        ("<div>raw</div>\n\nend", "raw", "cooked", "<div>cooked</div>\n\nend"),
        ("press <kbd>x</kbd>", "x", "y", "press <kbd>y</kbd>"),
    ]);
}

#[test]
fn an_image_in_a_text_is_shown_after_it_and_a_removed_stand_in_is_put_back() {
    let page = mirrored("Look ![shot](https://x.y/a.png) here\n\nend");
    let stand_in = "![shot](https://x.y/a.png)\n\n";
    assert!(page.notion.contains(stand_in), "{}", page.notion);
    let without = page.notion.replace(stand_in, "");
    assert_eq!(
        page.reconciled(&page.github, &without),
        Outcome::Write {
            to: Sides { github: None, notion: Some(page.notion.clone()) },
            how: How::PutBack(Side::Notion),
        }
    );
    let edited = page.edited_in_notion("here", "there");
    assert_eq!(edited, "Look ![shot](https://x.y/a.png) there\n\nend");
}

#[test]
fn text_from_notion_calls_nobody_and_leaves_no_trace_elsewhere() {
    let page = mirrored("a\n\nb");
    let text = page.edited_in_notion(
        "b",
        "@octocat saw #13, GH-14 and https://github.com/o/r/issues/5 (`@x #1`)",
    );
    assert_eq!(
        text,
        "a\n\n@\u{200b}octocat saw \u{200b}#13, GH-\u{200b}14 and https://redirect.github.com/o/r/issues/5 (`@x #1`)"
    );
    // That is GitHub's form only: what Notion shows is in step with it.
    let notion = page
        .notion
        .replace('b', "@octocat saw #13, GH-14 and https://github.com/o/r/issues/5 (`@x #1`)");
    assert_eq!(page.reconciled(&text, &notion), Outcome::Agree);
}

#[test]
fn what_was_live_stays_live_when_other_words_change() {
    let page = mirrored("cc @octocat, see #13 and o/r#5: bad");
    assert_eq!(page.edited_in_notion("bad", "good"), "cc @octocat, see #13 and o/r#5: good");
}

#[test]
fn an_edit_on_github_changes_only_that_block_in_notion() {
    let page = mirrored("# Plan\n\n1. *one*\n2. two\n\n> [!TIP]\n> text\n\nend");
    let text = page.edited_on_github("two", "two and #3");
    assert_eq!(
        text,
        page.notion.replace("1. two", "1. two and [#3](https://github.com/acme/app/issues/3)")
    );
}

#[test]
fn colours_and_mentions_that_only_notion_has_survive_an_edit_of_other_words() {
    let page = mirrored("red word here\n\nend");
    let coloured = page.notion.replace("red", "<span color=\"red\">red</span>");
    assert_eq!(page.reconciled(&page.github, &coloured), Outcome::Agree);
    let github = page.github.replace("here", "there");
    let Outcome::Write { to, .. } = page.reconciled(&github, &coloured) else { panic!() };
    assert_eq!(to.notion.unwrap(), "<span color=\"red\">red</span> word there\n\nend");
}

#[test]
fn what_only_notion_can_hold_is_never_removed() {
    let place = super::place().with_page("https://www.notion.so/p1");
    let notion = "text\n\n<page url=\"https://www.notion.so/sub\">Sub</page>\n\nend";
    let github = to_github(notion, &place).unwrap();
    assert_eq!(github, "text\n\n[Sub](https://www.notion.so/sub)\n\nend");
    let page = super::Pair { github: github.clone(), notion: notion.to_owned() };
    let without = "text\n\nend";
    assert_eq!(
        page.reconciled(without, notion),
        Outcome::Write {
            to: Sides { github: Some(github), notion: None },
            how: How::PutBack(Side::GitHub),
        }
    );
}

#[test]
fn a_body_that_is_too_long_for_github_is_shown_and_never_rewritten() {
    let long = format!("first\n\n{}", "long line\n\n".repeat(7_000));
    let page = mirrored(&long);
    let edited = page.notion.replacen("first", "second", 1);
    match page.reconciled(&page.github, &edited) {
        Outcome::Hold { side: Side::GitHub, reason } => {
            assert!(reason.contains("characters"), "{reason}")
        }
        other => panic!("{other:?}"),
    }
    let shorter = page.edited_on_github("first", "second");
    assert!(shorter.starts_with("second"));
}

#[test]
fn nothing_and_blank_are_the_same() {
    let page = mirrored("");
    assert_eq!(page.notion, "");
    assert_eq!(page.reconciled(" \r\n", "\n"), Outcome::Agree);
    assert_eq!(page.reconciled("", "<p />\n\n<p />"), Outcome::Agree);
}

#[test]
fn a_line_break_between_two_pieces_of_code_is_never_put_inside_the_code() {
    let page = mirrored("`a.rb`\n- one\n\n`b.rb`\n- two\n");
    let text = page.edited_on_github("- one\n\n", "");
    assert!(text.starts_with("`a.rb`\\\n`b.rb`\n"), "{text}");
    carried(&[("`a`\n\nend", "`a`", "`a`\\\n`b`", "`a`\n`b`\n\nend")]);
}

#[test]
fn blanks_at_the_end_of_a_line_stay_there_when_a_block_comes_after_it() {
    carried(&[
        ("a  \n\nz", "a\n", "a\n\nnew\n", "a  \n\nnew\n\nz"),
        ("- a\t\n- z", "- a", "- a\n- new", "- a\t\n- new\n- z"),
        ("- a  \n- z", "- a\n", "- a\n\t- b\n- c\n", "- a  \n  - b\n- c\n- z"),
        ("a <!-- hid --> \n\nz", "a\n", "a\n\nnew\n", "a <!-- hid --> \n\nnew\n\nz"),
    ]);
}

#[test]
fn of_two_blocks_that_show_the_same_the_one_that_moves_keeps_its_own_spelling() {
    carried(&[(
        "Same\n---\n\n## Same\n\nend",
        "## Same\n\nend",
        "end\n\n## Same",
        "Same\n---\n\nend\n\n## Same",
    )]);
}

#[test]
fn what_comes_after_code_that_nothing_closes_closes_it() {
    carried(&[
        ("a\n\n```rust\nlet x;", "x;\n```", "x;\n```\n\nnew", "a\n\n```rust\nlet x;\n```\n\nnew"),
        (
            "- a\n  ~~~~\n  code\n- z\n",
            "\tcode\n\t```\n",
            "\tcode\n\t```\n\t- new\n",
            "- a\n  ~~~~\n  code\n  ~~~~\n\n  - new\n- z\n",
        ),
        ("a\n\n```\ncode\n", "a\n\n```\ncode\n```", "```\ncode\n```\n\na", "```\ncode\n```\n\na\n"),
    ]);
}

#[test]
fn two_pieces_of_indented_code_stay_two_when_what_stood_between_them_goes() {
    carried(&[
        ("    one\n\nbetween\n\n    two\n", "between\n\n", "", "    one\n\n<!-- -->\n\n    two\n"),
        (
            "> a\n>\n>     one\n>\n> between\n>\n>     two\n",
            "between\n\n",
            "",
            "> a\n>\n>     one\n>\n> <!-- -->\n>\n>     two\n",
        ),
    ]);
}

#[test]
fn a_link_whose_text_is_its_label_has_its_empty_brackets() {
    let ends = |text: &str| format!("{text}\n\n[ref]: https://e.com/x \"T\"\n");
    for (github, old, new, meant) in [
        ("[ref][]", "https://e.com/x)", "https://e.com/x)\n\nnew", "[ref][]\n\nnew"),
        ("a [ref][] b\n\nz", "[ref]", "[other]", "a [other](https://e.com/x) b\n\nz"),
        ("a [ref][] b\n\nz", "a [ref](https://e.com/x) b\n\n", "", "z"),
    ] {
        assert_eq!(mirrored(&ends(github)).edited_in_notion(old, new), ends(meant), "{github}");
    }
}
