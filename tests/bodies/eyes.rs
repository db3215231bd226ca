//! What a person reads: on GitHub, by a renderer that is not tandem's, and on the page in Notion.
//!
//! Compared is the sequence of leaf texts from top to bottom (a paragraph, a heading, an item's own text, a cell, a code
//! block, a formula), each reduced to the characters that are seen: no white space, no signs that only one side draws.
//! Allowed to differ, and therefore left out on both sides:
//!
//! * HTML tags and comments: GitHub gives them a meaning that Notion does not have, and tandem shows the tag as text;
//! * descriptions of images that stand alone: GitHub shows the image instead, Notion has them for a caption (of an image
//!   inside a text Notion shows the description there, and the image below);
//! * codes of emoji, which GitHub draws and comrak does not;
//! * the name of an alert ("Note"), for which a callout has an icon;
//! * the box of a task in a numbered list, for which Notion has no block;
//! * dollar signs around formulas, and control characters.

use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};
use tandem::sim::notion::{Block, BlockKind};

use crate::workspace::words_of;

/// What GitHub makes of a body: its leaf texts.
pub fn on_github(body: &str) -> Vec<String> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.alerts = true;
    extension.math_dollars = true;
    options.parse.relaxed_tasklist_matching = false;
    let arena = Arena::new();
    let mut leaves = Vec::new();
    collect(comrak::parse_document(&arena, body, &options), &mut leaves);
    seen(leaves)
}

fn collect<'a>(node: Node<'a>, leaves: &mut Vec<String>) {
    match &node.data.borrow().value {
        NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell => {
            let mut text = String::new();
            node.children().for_each(|child| inline(child, false, &mut text));
            if !text.trim().is_empty()
                || node
                    .descendants()
                    .any(|inner| matches!(inner.data.borrow().value, NodeValue::Link(_)))
            {
                text.clear();
                node.children().for_each(|child| inline(child, true, &mut text));
            }
            leaves.push(text);
        }
        NodeValue::CodeBlock(code) => leaves.push(code.literal.clone()),
        NodeValue::HtmlBlock(html) => leaves.push(html.literal.clone()),
        _ => node.children().for_each(|child| collect(child, leaves)),
    }
}

fn inline<'a>(node: Node<'a>, with_images: bool, text: &mut String) {
    match &node.data.borrow().value {
        NodeValue::Text(words) => text.push_str(words),
        NodeValue::Code(code) => text.push_str(&code.literal),
        NodeValue::Math(math) => text.push_str(&math.literal),
        NodeValue::HtmlInline(html) => text.push_str(html),
        NodeValue::SoftBreak | NodeValue::LineBreak => text.push('\n'),
        NodeValue::Image(_) if !with_images => text.push('\n'),
        _ => node.children().for_each(|child| inline(child, with_images, text)),
    }
}

/// What a page shows: its leaf texts.
pub fn in_notion(blocks: &[Block]) -> Vec<String> {
    let mut leaves = Vec::new();
    for block in crate::workspace::flat(blocks) {
        match block.content.kind {
            BlockKind::Image | BlockKind::Tagged(_) => {}
            _ => leaves.push(words_of(block)),
        }
    }
    seen(leaves)
}

fn seen(leaves: Vec<String>) -> Vec<String> {
    let mut leaves: Vec<String> = leaves.iter().map(|leaf| signs(leaf)).collect();
    leaves.retain(|leaf| !leaf.is_empty());
    leaves
}

fn signs(leaf: &str) -> String {
    let text = without_emoji(&without_tags(leaf));
    let text = text.replace("[ ]", "").replace("[x]", "").replace("[X]", "");
    text.chars().filter(|c| is_seen(*c)).collect()
}

fn is_seen(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, '$' | '\u{200b}' | '\u{200d}' | '\u{fe0f}' | '\u{fffd}')
}

/// Without what looks like a tag or a comment, in whatever text: code that shows a tag loses it on both sides.
pub fn without_tags(text: &str) -> String {
    with_tags_as(text, "")
}

/// With something else in the place of each tag and comment.
pub fn with_tags_as(text: &str, instead: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let len = match tag.strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|end| end + 7),
            None => tag
                .get(1..)
                .filter(|name| {
                    name.starts_with(|c: char| {
                        c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')
                    })
                })
                .and_then(|name| name.find(['<', '>']).filter(|end| name[*end..].starts_with('>')))
                .map(|end| end + 2),
        };
        match len {
            Some(len) => {
                out.push_str(instead);
                rest = &tag[len..];
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out + rest
}

/// Without emoji and without what looks like the code of one.
fn without_emoji(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split(':').peekable();
    let is_code = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'))
    };
    out.push_str(parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        if is_code(part) && emojis::get_by_shortcode(part).is_some() && parts.peek().is_some() {
            out.push_str(parts.next().unwrap_or_default());
        } else {
            out.push(':');
            out.push_str(part);
        }
    }
    out.chars().filter(|c| *c < '\u{2190}' || c.is_alphanumeric()).collect()
}

/// The first difference, for people who read tests.
pub fn first_difference(github: &[String], notion: &[String]) -> String {
    let at = github.iter().zip(notion).take_while(|(a, b)| a == b).count();
    let cut = |leaf: Option<&String>| leaf.map(|leaf| leaf.chars().take(200).collect::<String>());
    format!("leaf {at}: GitHub {:?}, Notion {:?}", cut(github.get(at)), cut(notion.get(at)))
}
