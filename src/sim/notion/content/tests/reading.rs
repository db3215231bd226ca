//! What each form of the dialect is read as (notion-api.md §6.3.1).

use super::super::{LoneNewline, Rendering, outline, parse};
use super::read;

fn reads(text: &str, wanted: &str) {
    assert_eq!(outline(&read(text)), wanted, "{text}");
}

fn warns(text: &str) -> Vec<String> {
    parse(text, &Rendering::default(), &[]).warnings
}

#[test]
fn commonmark_is_read_as_commonmark() {
    reads("a\n\nb", "paragraph \"a\"\nparagraph \"b\"\n");
    reads("a\\\nb", "paragraph \"a\\nb\"\n");
    reads("# a\n\nb\n=\n\n###### c", "heading 1 \"a\"\nheading 1 \"b\"\nheading 4 \"c\"\n");
    reads("> a\n>\n> b", "quote \"a\"\n  paragraph \"b\"\n");
    reads("1. a\n   - b\n\n2. c", "numbered \"a\"\n  bulleted \"b\"\nnumbered \"c\"\n");
    reads("- [x] a\n- [ ] b\n- c", "done \"a\"\nto-do \"b\"\nbulleted \"c\"\n");
    reads("***", "divider\n");
    reads(
        "*a* **b** ~~c~~ `d`",
        "paragraph italic \"a\" \" \" bold \"b\" \" \" strike \"c\" \" \" code \"d\"\n",
    );
    reads("[a](https://b.c/)", "paragraph link(https://b.c/) \"a\"\n");
    reads(
        "| a | b |\n| - | - |\n| c | d\\|e |",
        "table header-row=true\n  row\n    cell \"a\"\n    cell \"b\"\n  row\n    cell \"c\"\n    cell \"d|e\"\n",
    );
}

#[test]
fn a_lone_newline_is_what_the_switch_says() {
    let read = |lone_newline| {
        outline(&parse("a\nb", &Rendering { lone_newline, ..Rendering::default() }, &[]).blocks)
    };
    assert_eq!(read(LoneNewline::Blank), "paragraph \"a b\"\n");
    assert_eq!(read(LoneNewline::Break), "paragraph \"a\\nb\"\n");
}

#[test]
fn a_tag_holds_its_title_and_after_a_blank_line_its_children() {
    reads(
        "<toggle heading=\"h2\" color=\"blue_bg\">\nTitle\n\n- child\n</toggle>\n\nafter",
        "toggle heading 2 color=blue_bg \"Title\"\n  bulleted \"child\"\nparagraph \"after\"\n",
    );
    reads(
        "<callout icon=\"💡\">\n<p />\n\nchild\n</callout>",
        "callout icon=💡\n  paragraph \"child\"\n",
    );
    reads("<quote color=\"red\">one line</quote>", "quote color=red \"one line\"\n");
    reads("<p>  edges </p>", "paragraph \"  edges \"\n");
    reads("<p />", "paragraph\n");
    reads(
        "<ol type=\"a\">\n<li color=\"red\">\none\n\n- in it\n</li>\n<li>two</li>\n</ol>",
        "numbered color=red type=a \"one\"\n  bulleted \"in it\"\nnumbered type=a \"two\"\n",
    );
    reads("<todo checked=\"true\" color=\"red\">done</todo>", "done color=red \"done\"\n");
    reads(
        "<columns>\n<column ratio=\"30\">\na\n</column>\n<column>\nb\n\nc\n</column>\n</columns>",
        "columns\n  column ratio=30\n    paragraph \"a\"\n  column\n    paragraph \"b\"\n    paragraph \"c\"\n",
    );
    reads(
        "<synced-block url=\"https://a.b\">\ntext\n</synced-block>",
        "synced-block url=https://a.b\n  paragraph \"text\"\n",
    );
}

#[test]
fn tags_stand_in_lists_and_lists_in_tags() {
    reads(
        "- a\n\n  <callout>\n  Mind\n\n  - b\n  </callout>\n- c",
        "bulleted \"a\"\n  callout \"Mind\"\n    bulleted \"b\"\nbulleted \"c\"\n",
    );
    reads("- a\n\t- b\n\t\t- c", "bulleted \"a\"\n  bulleted \"b\"\n    bulleted \"c\"\n");
    reads("<ul>\n<li>\n<p />\n\n1. x\n</li>\n</ul>", "bulleted\n  numbered \"x\"\n");
}

#[test]
fn blank_lines_that_touch_tags_become_stray_white_space() {
    reads("<callout>\n\nText\n</callout>", "callout\n  paragraph \" \"\n  paragraph \"Text\"\n");
    reads("<callout>\nText\n\n</callout>", "callout \"Text\"\n  paragraph \" \"\n");
    reads("<table>\n<tr>\n<td>\n\na\n\n</td>\n</tr>\n</table>", "table\n  row\n    cell \"a\"\n");
}

#[test]
fn a_styled_table_is_read() {
    reads(
        "<table header-row=\"true\" header-column=\"false\">\n<colgroup><col color=\"red\" /><col /></colgroup>\n<tr><th>a</th><th>**b**</th></tr>\n<tr color=\"gray\">\n<td color=\"blue\">c<br />d</td>\n<td></td>\n</tr>\n</table>",
        "table header-row=true\n  colgroup\n    col color=red\n    col\n  row\n    cell \"a\"\n    cell bold \"b\"\n  row color=gray\n    cell color=blue \"c\\nd\"\n    cell\n",
    );
}

#[test]
fn media_have_captions_and_an_image_stands_alone() {
    reads(
        "<bookmark source=\"https://a.b/?c=d&e=f\">A *b*</bookmark>",
        "bookmark source=https://a.b/?c=d&e=f \"A \" italic \"b\"\n",
    );
    reads("![cap](https://a.b/c.png)", "image source=https://a.b/c.png \"cap\"\n");
    reads(
        "see ![cap](https://a.b/c.png) there",
        "paragraph \"see\"\nimage source=https://a.b/c.png \"cap\"\nparagraph \"there\"\n",
    );
    reads(
        "![](https://a.b/c.png) ![](https://a.b/d.png)",
        "image source=https://a.b/c.png\nimage source=https://a.b/d.png\n",
    );
    reads("![words](/relative.png)", "paragraph \"words\"\n");
    assert_eq!(warns("[words](#anchor)").len(), 1);
}

#[test]
fn mathematics_needs_dollars_in_their_places() {
    reads("$x^2$", "paragraph equation\"x^2\"\n");
    reads("$$\nx\n\ny\n$$", "equation \"x\\n\\ny\"\n");
    reads("$$x$$", "paragraph \"$$x$$\"\n");
    reads("\\$x\\$", "paragraph \"$x$\"\n");
    reads("<equation color=\"red\">\na < b\n</equation>", "equation color=red \"a < b\"\n");
}

#[test]
fn words_have_looks_in_tags() {
    reads(
        "<b> a </b><i>b</i><s>c</s><u>d</u>",
        "paragraph bold \" a \" italic \"b\" strike \"c\" underline \"d\"\n",
    );
    reads(
        "<span color=\"red\">a <span discussion-urls=\"discussion://1\">b</span></span>",
        "paragraph color(red) \"a \" color(red) discussion(discussion://1) \"b\"\n",
    );
    reads("<span color=\"mauve\">a</span>", "paragraph \"a\"\n");
}

#[test]
fn mentions_dates_emojis_and_citations_are_objects() {
    reads(
        "<mention url=\"user://1\">*Ann*</mention>, <mention url=\"user://2\" />",
        "paragraph mention(url=user://1)\"*Ann*\" \", \" mention(url=user://2)\"\"\n",
    );
    reads(
        "<date start=\"2026-01-05\" start-time=\"09:00\" />",
        "paragraph date(start=2026-01-05 start-time=09:00)\n",
    );
    reads(":parrot: :tada: \\:parrot:", "paragraph emoji:parrot \" :tada: :parrot:\"\n");
    reads("a[^https://b.c] [^1]", "paragraph \"a\" citation(https://b.c) \" [^1]\"\n");
    reads(
        "`<mention url=\"user://1\">a</mention>`",
        "paragraph code \"<mention url=\\\"user://1\\\">a</mention>\"\n",
    );
}

#[test]
fn what_is_no_tag_of_notions_is_text() {
    reads("<details>\n**a**\n</details>", "paragraph \"<details> \" bold \"a\" \" </details>\"\n");
    reads("a <sup>b</sup> <!-- c -->", "paragraph \"a <sup>b</sup> <!-- c -->\"\n");
    reads("\\<page>a\\</page>", "paragraph \"<page>a</page>\"\n");
    reads("&lt;page&gt;", "paragraph \"<page>\"\n");
    reads("2 < 3 > 1", "paragraph \"2 < 3 > 1\"\n");
}

#[test]
fn notions_own_tags_are_live_wherever_they_stand_outside_code() {
    reads(
        "a <page url=\"https://a.b\">P</page> b",
        "paragraph \"a\"\npage url=https://a.b \"P\"\nparagraph \"b\"\n",
    );
    reads("    <page>P</page>", "page \"P\"\n");
    reads("> <page>P</page>", "quote\n  page \"P\"\n");
    reads(
        "a\n<divider>\n<page>P</page>\nb",
        "paragraph \"a <divider>\"\npage \"P\"\nparagraph \"b\"\n",
    );
    reads("```\n<page>P</page>\n```", "code language=plain text \"<page>P</page>\"\n");
    // The item ends, and with it the code that was never closed.
    let shown = outline(&read("- ```\n  <page>P</page>\n<page>Q</page>"));
    assert!(shown.ends_with("\npage \"Q\"\n") && shown.matches("page \"").count() == 1, "{shown}");
    reads("````\n```\n<page>P</page>\n````", "code language=plain text \"```\\n<page>P</page>\"\n");
}

#[test]
fn tags_that_do_not_match_hold_nothing_and_are_warned_of() {
    reads("<callout>\ntext\n\nmore", "callout\nparagraph \"text\"\nparagraph \"more\"\n");
    reads("text\n\n</callout>", "paragraph \"text\"\nparagraph \"</callout>\"\n");
    reads("<callout>\n<toggle>\na\n</callout>", "callout\n  toggle\n  paragraph \"a\"\n");
    assert_eq!(warns("<callout>\n\n</toggle>").len(), 2);
    assert_eq!(warns("<callout shape=\"round\" color=\"mauve\">\na\n</callout>").len(), 2);
}

#[test]
fn languages_of_code_are_rewritten() {
    let language = |info: &str| {
        let blocks = read(&format!("```{info}\nx\n```"));
        blocks[0].content.attribute("language").unwrap().to_owned()
    };
    assert_eq!(
        ["ts", "JavaScript", "", "brainfuck", "plain text", "rust ignore", "C++"].map(language),
        ["typescript", "javascript", "plain text", "plain text", "plain text", "rust", "c++"]
    );
}

#[test]
fn what_is_nested_without_end_is_flattened_and_nothing_breaks() {
    let deep = [
        "> ".repeat(5000),
        "- ".repeat(5000),
        "<toggle>\n".repeat(1250),
        format!("{}x{}", "<toggle>\n".repeat(1250), "\n</toggle>".repeat(1250)),
        "*a **b ".repeat(2000),
        "<b>".repeat(5000),
        "[".repeat(15000),
        "`".repeat(15000),
        "$".repeat(15000),
        "<mention url=\"".repeat(1000),
        "<td>".repeat(3750),
        "</callout>".repeat(1500),
        "<callout></toggle>\n".repeat(750),
        "    <page>\n".repeat(750),
        "> <callout>\n".repeat(750),
        "![".repeat(7500),
        "| a ".repeat(3750) + "\n" + &"| - ".repeat(3750),
        "$$\n".repeat(5000),
        "- $$\n".repeat(2500),
    ];
    for text in deep {
        let blocks = read(&text);
        let start: String = text.chars().take(12).collect();
        assert!(!blocks.is_empty(), "{start}");
        let shown = super::super::render(&blocks, &Rendering::default());
        assert!(shown.len() < 60 * text.len(), "{start} became {} bytes", shown.len());
    }
}
