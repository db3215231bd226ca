//! Every construct of both dialects, with what the other side makes of it: a snapshot for people to read.

use tandem::body::{Input, Outcome, Place, reconcile, to_github, to_notion};
use tandem::model::Sides;

/// One body and what it is an example of.
pub struct Sample {
    pub name: &'static str,
    pub text: &'static str,
}

const fn sample(name: &'static str, text: &'static str) -> Sample {
    Sample { name, text }
}

/// As people write on GitHub.
pub const GITHUB: &[Sample] = &[
    sample(
        "a bug report",
        "### What happened?\n\nThe exporter stops after the *first* page, with **no** message.\nIt worked in `2.3.1`.\n\n### Steps\n\n1. `acme export --all`\n2. Wait\n   - about a minute\n   - or longer\n3. Look at `out.csv`\n\n### Expected\n\n- [x] all pages\n- [ ] an error when one is missing\n\n```rust,ignore\nfn main() {\n    println!(\"<page> & *stars*\");\n}\n```\n\ncc @octocat, see #7 and acme/tool#3, since 0a1b2c3d4e :tada:\n",
    ),
    sample(
        "line breaks",
        "one line\nthe next line  \nand one more\\\nand the last\n\nA new paragraph.",
    ),
    sample(
        "headings",
        "# One\n## Two ##\n### Three\n#### Four\n##### Five\n###### Six\n\nUnderlined\n==========\n\nTwice\n-----",
    ),
    sample(
        "marks",
        "*italic* _italic_ **bold** __bold__ ***both*** ~~gone~~ `code` **bold *and italic* and bold** un*frigging*believable",
    ),
    sample(
        "escapes and entities",
        "\\*no stars\\* 2 * 3 * 4, snake_case_name, a < b > c, &lt;b&gt; &amp; &copy; &nbsp;, 1\\. no list, \\# no heading, $5 and $6, [no link], {color=\"red\"}",
    ),
    sample(
        "links",
        "[text](https://example.com \"with a title\"), [relative](../wiki), [by reference][1], <https://example.com/a>, https://example.com/b_c, www.example.com, me@example.com, [**bold** and `code`](https://example.com)\n\n[1]: https://example.com/one\n",
    ),
    sample(
        "images",
        "![A chart](https://example.com/chart.png)\n\nBefore ![inline](https://example.com/i.png) after.\n\n<img width=\"300\" alt=\"Screenshot\" src=\"https://github.com/user-attachments/assets/1-2-3\">\n\n[![badge](https://example.com/badge.svg)](https://example.com/ci)",
    ),
    sample(
        "lists",
        "* a\n* b\n  continued\n  * b1\n    + b1a\n  * b2\n\n    with a paragraph\n* c\n\n7. seven\n8. eight\n\n- loose\n\n- list",
    ),
    sample(
        "tasks",
        "- [ ] open\n- [x] done\n  - [ ] inside\n- [X] done too\n- no task\n1. [ ] numbered",
    ),
    sample(
        "quotes",
        "> A quote\n> of two lines\n>\n> and two paragraphs\n>\n> > and a quote in it\n\n> - with a list\n> - of two",
    ),
    sample(
        "alerts",
        "> [!NOTE]\n> Useful.\n\n> [!TIP]\n> Helpful.\n\n> [!IMPORTANT]\n> Key.\n\n> [!WARNING]\n> Urgent.\n>\n> - with a list\n\n> [!CAUTION]\n> Risky.",
    ),
    sample(
        "code",
        "```js\nconst a = `b`; // <mention url=\"user://1\">\n```\n\n~~~\nno language\n~~~\n\n    indented\n    code\n\n````md\n```\nfence in a fence\n```\n````\n\n``a ` b``",
    ),
    sample(
        "a table",
        "| Name | Value | Note |\n| :--- | ---: | :---: |\n| a | 1 | **bold** |\n| b \\| c | 2 | `x \\| y` |\n| d | | see #7 |",
    ),
    sample(
        "folds",
        "<details>\n<summary>Log of <b>today</b></summary>\n\n```\nerror: 1\n```\n\n- a list\n\n</details>\n\n<details open><summary>Second</summary>\n\nText.\n\n<details>\n<summary>Inside</summary>\n\nDeep.\n\n</details>\n</details>",
    ),
    sample(
        "html",
        "Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, a<br>b, <ins>new</ins>.\n\n<div align=\"center\">\n  <b>Centred</b>\n</div>\n\n<p>A paragraph of HTML.</p>",
    ),
    sample(
        "comments nobody sees",
        "<!-- Please fill in the form -->\n\nText <!-- hidden --> goes on.\n\n<!--\nseveral\n\nlines\n-->",
    ),
    sample(
        "formulas",
        "Inline $a^2 + b^2$ and $`x_1`$.\n\n$$\n\\sum_{i=1}^n i\n$$\n\n```math\ne = mc^2\n```",
    ),
    sample(
        "footnotes",
        "A claim[^1] and another[^note].\n\n[^1]: The proof.\n[^note]: A note\n    of two lines.",
    ),
    sample(
        "references",
        "#12, GH-12, acme/app#12, other/repo#3, @octocat, @acme/team, 0123456789abcdef0123456789abcdef01234567, https://github.com/acme/app/issues/5, https://github.com/other/repo/pull/6, but not in `#12 @octocat`",
    ),
    sample("dividers and front matter", "---\ntitle: x\n---\n\n***\n\n___"),
    sample(
        "text of Notion's own",
        "<page url=\"https://app.notion.com/p/1\">Sub-page</page>\n\n<mention url=\"user://2\">Ann</mention> <unknown url=\"x\" alt=\"y\"/> <callout icon=\"x\">\n\n# Heading {color=\"red\"}\n\n[^https://example.com] :custom: <database url=\"z\"></database>",
    ),
    sample("Windows line ends", "# Title\r\n\r\n- a\r\n- b\r\n\r\nText\r\nmore\r\n"),
    sample(
        "other scripts",
        "标题：导出失败\n\n日本語の**太字**テキスト、العربية, emoji 👩‍👩‍👧 and e\u{301}.",
    ),
    sample("nothing but white space", "   \n\n"),
];

/// As people write in Notion.
pub const NOTION: &[Sample] = &[
    sample(
        "plain blocks",
        "# Title\n\nText with **bold**, *italic*, ~~gone~~, `code` and [a link](https://example.com).\n\nA line\\\nand the next.\n\n- a\n\t- b\n- [ ] open\n- [x] done\n\n1. one\n2. two\n\n> a quote\n\n---\n\n```rust\nfn main() {}\n```",
    ),
    sample(
        "callouts",
        "<callout icon=\"💡\" color=\"gray_bg\">\nA tip of Notion's.\n\n- with a list\n</callout>\n\n<callout icon=\"⚠️\">\nA warning.\n</callout>\n\n<callout icon=\"🦄\" color=\"purple_bg\">\nSomething of its own.\n</callout>",
    ),
    sample(
        "toggles",
        "<toggle>\nA toggle\n\nInside.\n\n- a list\n</toggle>\n\n<toggle heading=\"h2\">\nA toggle heading\n\nInside.\n</toggle>",
    ),
    sample(
        "columns",
        "<columns>\n<column>\nLeft.\n</column>\n<column>\nRight.\n</column>\n</columns>",
    ),
    sample(
        "colours and underline",
        "<p color=\"red\">\nA red paragraph.\n</p>\n\n<h2 color=\"blue\">A blue heading</h2>\n\nSome <span color=\"green\">green</span> words and <span underline=\"true\">underlined</span> ones.",
    ),
    sample(
        "synced blocks",
        "<synced-block url=\"https://app.notion.com/p/1#2\">\nSaid in two places.\n</synced-block>",
    ),
    sample("equations", "Euler: $e^{i\\pi} + 1 = 0$.\n\n$$\nx = \\frac{a}{b}\n$$"),
    sample(
        "mentions and dates",
        "Ask <mention url=\"user://0b0b0b0b-0000-0000-0000-000000000001\">Ann</mention> about <mention url=\"https://app.notion.com/p/00000000000000000000000000000001\">the plan</mention> before <date start=\"2026-01-05\"/>.",
    ),
    sample(
        "files and embeds",
        "<file source=\"https://example.com/report.pdf\">The report</file>\n\n<pdf source=\"https://example.com/a.pdf\"></pdf>\n\n<video source=\"https://example.com/v.mp4\">A film</video>\n\n<bookmark source=\"https://example.com/article\">An article</bookmark>\n\n<embed source=\"https://example.com/board\"></embed>\n\n![A chart](https://example.com/chart.png)",
    ),
    sample(
        "sub-pages and databases",
        "Before.\n\n<page url=\"https://app.notion.com/p/00000000000000000000000000000002\">A sub-page</page>\n\n<database url=\"https://app.notion.com/p/00000000000000000000000000000003\">A database</database>\n\n<unknown url=\"https://app.notion.com/p/1#4\" alt=\"breadcrumb\"/>\n\n<table-of-contents/>\n\nAfter.",
    ),
    sample(
        "a table with styles",
        "<table header-row=\"true\" header-column=\"true\">\n<colgroup>\n<col width=\"120\"/>\n<col color=\"red\"/>\n</colgroup>\n<tr color=\"blue_bg\">\n<td>Name</td>\n<td>Value</td>\n</tr>\n<tr>\n<td>a | b</td>\n<td>**1**<br/>2</td>\n</tr>\n</table>",
    ),
    sample(
        "a table without a head",
        "<table>\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n<tr>\n<td>c</td>\n<td>d</td>\n</tr>\n</table>",
    ),
    sample(
        "what GitHub would react to",
        "@octocat and @acme/team, see #12, GH-7, other/repo#3 and https://github.com/other/repo/issues/5 and [that one](https://github.com/other/repo/pull/6).\n\n`@octocat #12 stays`\n\n```\n@octocat #12 stays\n```",
    ),
    sample(
        "text with GitHub's signs",
        "\\<b>no tag\\</b>, \\<!-- tandem:0b0b0b0b-0000-0000-0000-000000000001 -->, \\*stars\\*, \\# no heading, 1\\. no list, \\~\\~no\\~\\~, a | b, \\[x](y), &copy; stays.\n\n\\[!NOTE]",
    ),
    sample(
        "paragraphs that would run together",
        "- a list\n\nA paragraph\n\n- another list\n\n1. numbered\n\n---\n\n1. again\n\n> a quote\n\n> another quote",
    ),
    sample("blocks inside paragraphs", "Parent\n\n\tChild of the paragraph\n\nAfter."),
    sample("empty blocks", "Text\n\n<p/>\n\n<p/>\n\nMore text"),
];

fn place() -> Place {
    crate::workspace::place().with_page("https://app.notion.com/p/0a0a").with_people(
        vec![("octocat".to_owned(), "0b0b0b0b-0000-0000-0000-000000000001".to_owned())],
        false,
    )
}

fn beside(
    samples: &[Sample],
    from: &str,
    to: &str,
    carry: impl Fn(&str) -> Result<String, String>,
) -> String {
    let rule = "=".repeat(100);
    let mut page = String::new();
    for Sample { name, text } in samples {
        let carried = carry(text).unwrap_or_else(|reason| format!("(not carried: {reason})"));
        let text = text.replace('\r', "␍");
        page.push_str(&format!(
            "{rule}\n{name}\n{rule}\n{text}\n\n--- {from} above, {to} below ---\n\n{carried}\n\n"
        ));
    }
    page
}

#[test]
fn what_github_has_is_shown_in_notion() {
    insta::assert_snapshot!(
        "github_in_notion",
        beside(GITHUB, "GitHub", "Notion", |text| to_notion(text, &place()))
    );
}

#[test]
fn what_notion_has_is_shown_on_github() {
    insta::assert_snapshot!(
        "notion_on_github",
        beside(NOTION, "Notion", "GitHub", |text| to_github(text, &place()))
    );
}

#[test]
fn an_issue_made_from_a_page_is_in_step_with_it() {
    let place = place();
    for Sample { name, text } in NOTION {
        let github = to_github(text, &place).unwrap();
        let now = Sides { github: github.as_str(), notion: *text };
        let outcome =
            reconcile(&Input { base: None, now, source: None, winner: None, place: &place });
        assert_eq!(outcome, Outcome::Agree, "{name}: {github}");
    }
}
