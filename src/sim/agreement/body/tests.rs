use super::*;
use crate::sim::notion::{Capabilities, Type};
use crate::sim::{Setup, World};

const ISSUE: &str = "https://github.com/acme/app/issues/12";

/// What differs between a body and a page with this content in Notion's markdown.
fn compared(body: &str, page: &str) -> Option<(String, String)> {
    let world = World::new(Setup::default());
    world.notion(|notion, now| {
        let bot = notion.add_token("token", "tandem", Capabilities::full());
        let ann = notion.add_user("Ann", "ann@example.com");
        let (_, source) = notion.add_data_source("Work", &[("Name", Type::Title)], bot, now);
        let id = notion.add_page(source, &[], ann, now).unwrap();
        let page = page.replace("ANN", &ann.to_string());
        notion.write_content(id, &page, ann, now).unwrap();
        differs(body, ISSUE, notion.blocks(id), &[("octocat".to_owned(), ann)])
    })
}

/// A body with everything, and the page that shows it.
const BODY: &str = "\
<!-- what nobody sees -->\r
Some *words* here, `code $1`,\r
and a second line :tada:\r
\r
###### Steps\r
\r
1. First\r
2. Second\r
   - inside\r
- [ ] open\r
- [x] done\r
\r
> quoted\r
>\r
> > twice\r
\r
> [!TIP]\r
> A tip.\r
\r
| a | b |\r
| --- | --- |\r
| 1 | x \\| y |\r
\r
```rust,ignore\r
let a = \"<b>\";\r
```\r
\r
Before ![a chart](https://example.com/i.png) after, see #7, @octocat and [the docs](../wiki).\r
\r
<details>\r
<summary>Log of <b>today</b></summary>\r
\r
Inside &amp; more.[^1]\r
\r
</details>\r
\r
[^1]: A note.\r
\r
<p align=\"center\">\r
  <b>Centred</b>\r
</p>\r
\r
Press <kbd>C</kbd>, $a_1 +\r
b$.\r
\r
---\r
\r
<!-- tandem:0b0b0b0b-0000-0000-0000-000000000001 -->\r
";
const PAGE: &str = "\
Some *words* here, `code $1`,\\
and a second line 🎉

#### Steps

1. First
2. Second
\t- inside
- [ ] open
- [x] done

<quote>
quoted

> twice
</quote>

<callout icon=\"💡\" color=\"green_bg\">
A tip.
</callout>

| a | b |
| --- | --- |
| 1 | x \\| y |

```rust
let a = \"<b>\";
```

Before [a chart](https://example.com/i.png) after, see [#7](https://github.com/acme/app/issues/7), <mention url=\"user://ANN\">Ann</mention> and [the docs](https://github.com/acme/app/wiki).

![a chart](https://example.com/i.png)

<toggle>
Log of **today**

Inside & more.\\[^1\\]
</toggle>

\\[^1\\]: A note.

```html
<p align=\"center\">
  <b>Centred</b>
</p>
```

Press \\<kbd>C\\</kbd>, $a_1 + b$.

---
";

#[test]
fn a_page_that_shows_a_body_as_notion_can_says_the_same() {
    assert_eq!(compared(BODY, PAGE), None);
    assert_eq!(compared("", ""), None);
}

#[test]
fn whatever_is_lost_or_changed_on_the_page_is_seen() {
    for (from, to) in [
        ("Some *words* here", "Some *words*"),
        ("`code $1`", "`code 1`"),
        (",\\\nand a", ", and a"),
        (" 🎉", ""),
        ("#### Steps", "### Steps"),
        ("#### Steps", "Steps"),
        ("1. First\n", ""),
        ("1. First\n", "- First\n"),
        ("\t- inside", "- inside"),
        ("- [ ] open", "- [x] open"),
        ("- [ ] open", "- open"),
        ("- [x] done\n", ""),
        ("> twice", "twice"),
        ("💡\" color=\"green", "🛑\" color=\"red"),
        ("A tip.", ""),
        ("| 1 | x \\| y |\n", ""),
        ("x \\| y", "x"),
        ("let a", "let b"),
        ("```rust\nlet a = \"<b>\";\n```\n", ""),
        ("```rust\nlet a = \"<b>\";\n```", "let a = \"\\<b>\";"),
        ("issues/7)", "issues/8)"),
        ("/wiki)", "/wiki/Other)"),
        ("[the docs](https://github.com/acme/app/wiki)", "the docs"),
        ("<mention url=\"user://ANN\">Ann</mention>", "@hubot"),
        ("![a chart](https://example.com/i.png)\n\n", ""),
        ("![a chart](https://example.com/i.png)", "![a chart](https://example.com/j.png)"),
        ("![a chart]", "![]"),
        ("Log of **today**", "Log"),
        ("Inside & more.\\[^1\\]", "Inside & more."),
        ("\\[^1\\]: A note.\n\n", ""),
        ("Centred", "Left"),
        ("\\<kbd>C\\</kbd>", "C"),
        ("$a_1 + b$", "$a_1 + c$"),
        ("---\n", ""),
        ("\n---\n", "\n---\n\nMore.\n"),
        ("#### Steps\n\n1. First\n2. Second", "1. First\n2. Second\n\n#### Steps\n"),
    ] {
        assert!(PAGE.contains(from), "{from}");
        let page = PAGE.replacen(from, to, 1);
        assert!(compared(BODY, &page).is_some(), "{from} -> {to}");
    }
}

#[test]
fn what_keeps_github_quiet_is_no_difference() {
    let body =
        "Ask @\u{200b}octocat, see \u{200b}#12 and [it](https://redirect.github.com/o/r/issues/5).";
    let page = "Ask @octocat, see #12 and [it](https://github.com/o/r/issues/5).";
    assert_eq!(compared(body, page), None);
}

#[test]
fn images_alone_on_their_lines_have_no_text() {
    let body = "![a](https://example.com/1.png)\n<img alt='b' src=https://example.com/2.png>\n";
    let page = "![a](https://example.com/1.png)\n\n![b](https://example.com/2.png)\n";
    assert_eq!(compared(body, page), None);
    assert_eq!(
        compared(
            "* text\n<img src=\"../x.png\">\n",
            "- text\\\n\t[image](https://github.com/acme/app/x.png)\n\n\t![](https://github.com/acme/app/x.png)\n"
        ),
        None
    );
}

#[test]
fn the_first_line_that_differs_is_told() {
    let (github, notion) = compared("One.\n\n- two\n", "One.\n\n- [ ] two\n").unwrap();
    assert_eq!(
        (github.as_str(), notion.as_str()),
        ("line 2 is \".- two\"", "line 2 is \".[ ] two\"")
    );
    let (github, notion) = compared("One.\n\nTwo.", "One.").unwrap();
    assert_eq!((github.as_str(), notion.as_str()), ("line 2 is \" Two.\"", "1 lines"));
}

#[test]
fn no_text_is_too_deep_or_too_odd() {
    for body in
        ["> ".repeat(2_000), "- ".repeat(2_000), "*a **".repeat(2_000), "<img ".repeat(2_000)]
    {
        assert!(compared(&body, "text").is_some());
    }
}
