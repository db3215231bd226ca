//! The tags of Notion's dialect: which there are, what they hold, and how one is read and written.

use super::block::{Attributes, Kind};

/// A tag as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) form: Form,
}

/// Which of the three forms a tag has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Open,
    Close,
    Void,
}

/// What may stand between a block's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing: it closes itself.
    Nothing,
    /// One text: a caption, a name.
    Text,
    /// A title, then blocks.
    Titled,
    /// Blocks only.
    Blocks,
    /// Letters that are nobody's markup.
    Raw,
}

/// One tag that makes a block.
pub(super) struct BlockTag {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) holds: Holds,
    pub(super) attributes: &'static [&'static str],
}

const fn tag(
    name: &'static str,
    kind: Kind,
    holds: Holds,
    attributes: &'static [&'static str],
) -> BlockTag {
    BlockTag { name, kind, holds, attributes }
}

const fn other(name: &'static str, holds: Holds, attributes: &'static [&'static str]) -> BlockTag {
    tag(name, Kind::Tagged(name), holds, attributes)
}

const MEDIA: &[&str] = &["source", "color"];

/// Every tag that makes a block (notion-api.md §6.3.1).
const BLOCK_TAGS: &[BlockTag] = &[
    tag("p", Kind::Paragraph, Holds::Titled, &["color"]),
    tag("h1", Kind::Heading(1), Holds::Titled, &["color"]),
    tag("h2", Kind::Heading(2), Holds::Titled, &["color"]),
    tag("h3", Kind::Heading(3), Holds::Titled, &["color"]),
    tag("h4", Kind::Heading(4), Holds::Titled, &["color"]),
    tag("quote", Kind::Quote, Holds::Titled, &["color"]),
    tag("toggle", Kind::Toggle(None), Holds::Titled, &["heading", "color"]),
    tag("callout", Kind::Callout, Holds::Titled, &["icon", "color"]),
    tag("li", Kind::Bulleted, Holds::Titled, &["color"]),
    tag("todo", Kind::ToDo(false), Holds::Titled, &["checked", "color"]),
    tag("equation", Kind::Equation, Holds::Raw, &["color"]),
    tag("image", Kind::Image, Holds::Text, MEDIA),
    tag("page", Kind::Page, Holds::Text, &["url", "color"]),
    tag(
        "database",
        Kind::Database,
        Holds::Text,
        &["url", "data-source-url", "inline", "icon", "wiki", "color"],
    ),
    tag("unknown", Kind::Unknown, Holds::Nothing, &["url", "alt"]),
    tag(
        "table",
        Kind::Table,
        Holds::Blocks,
        &["fit-page-width", "header-row", "header-column", "color"],
    ),
    tag("tr", Kind::Row, Holds::Blocks, &["color"]),
    tag("td", Kind::Cell, Holds::Text, &["color"]),
    tag("th", Kind::Cell, Holds::Text, &["color"]),
    other("colgroup", Holds::Blocks, &[]),
    other("col", Holds::Nothing, &["width", "color"]),
    other("ul", Holds::Blocks, &[]),
    other("ol", Holds::Blocks, &["type"]),
    other("columns", Holds::Blocks, &[]),
    other("column", Holds::Blocks, &["ratio"]),
    other("tabs", Holds::Blocks, &[]),
    other("tab", Holds::Titled, &["icon"]),
    other("table-of-contents", Holds::Nothing, &["color"]),
    other("synced-block", Holds::Blocks, &["url"]),
    other("synced-block-reference", Holds::Blocks, &["url", "notice"]),
    other("file", Holds::Text, MEDIA),
    other("pdf", Holds::Text, MEDIA),
    other("audio", Holds::Text, MEDIA),
    other("video", Holds::Text, MEDIA),
    other("bookmark", Holds::Text, MEDIA),
    other("embed", Holds::Text, MEDIA),
    other("external_object_instance", Holds::Text, &["integration", "url"]),
    other("folder", Holds::Text, &["url"]),
    other("custom-block", Holds::Nothing, &["definition-id", "url"]),
    other("meeting-notes", Holds::Titled, &["attendees", "view-url"]),
    other("meeting-notes-section-notes", Holds::Blocks, &[]),
    other("meeting-notes-section-summary", Holds::Blocks, &[]),
    other("meeting-notes-section-transcript", Holds::Blocks, &[]),
    other("mail", Holds::Titled, &["to", "cc", "bcc", "from", "subject", "attachments"]),
];

/// The tag that makes a block, by name.
pub(super) fn block_tag(name: &str) -> Option<&'static BlockTag> {
    BLOCK_TAGS.iter().find(|tag| tag.name == name)
}

/// The tag a kind is written with.
pub(super) fn tag_of(kind: &Kind) -> Option<&'static BlockTag> {
    let name = match kind {
        Kind::Paragraph => "p",
        Kind::Heading(1) => "h1",
        Kind::Heading(2) => "h2",
        Kind::Heading(3) => "h3",
        Kind::Heading(_) => "h4",
        Kind::Toggle(_) => "toggle",
        Kind::Bulleted | Kind::Numbered => "li",
        Kind::ToDo(_) => "todo",
        Kind::Quote => "quote",
        Kind::Callout => "callout",
        Kind::Equation => "equation",
        Kind::Table => "table",
        Kind::Row => "tr",
        Kind::Cell => "td",
        Kind::Image => "image",
        Kind::Page => "page",
        Kind::Database => "database",
        Kind::Unknown => "unknown",
        Kind::Tagged(name) => name,
        Kind::Code | Kind::Divider => return None,
    };
    block_tag(name)
}

/// The colours of words, blocks and cells.
pub(super) const COLORS: [&str; 9] =
    ["gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

/// Whether Notion has this colour.
pub(super) fn is_color(color: &str) -> bool {
    COLORS.contains(&color.strip_suffix("_bg").unwrap_or(color))
}

/// Reads the tag a text starts with; also how many bytes it takes.
pub(super) fn read(text: &str) -> Option<(Tag, usize)> {
    let mut rest = text.strip_prefix('<')?;
    let closing = rest.starts_with('/');
    rest = rest.strip_prefix('/').unwrap_or(rest);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
    let (name, mut rest) = rest.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Attributes::new();
    loop {
        let before = rest;
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            let form = if closing { Form::Close } else { Form::Open };
            let tag = Tag { name: name.to_owned(), attributes, form };
            return Some((tag, text.len() - after.len()));
        }
        if let Some(after) = rest.strip_prefix("/>") {
            let tag = Tag { name: name.to_owned(), attributes, form: Form::Void };
            return (!closing).then_some((tag, text.len() - after.len()));
        }
        if before.len() == rest.len() || closing {
            return None;
        }
        let (key, value, after) = read_attribute(rest)?;
        attributes.insert(key, value);
        rest = after;
    }
}

fn read_attribute(text: &str) -> Option<(String, String, &str)> {
    let end =
        text.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'' | '<'))?;
    let (key, rest) = text.split_at(end);
    if key.is_empty() {
        return None;
    }
    let Some(rest) = rest.trim_start().strip_prefix('=') else {
        return Some((key.to_owned(), "true".to_owned(), rest));
    };
    let rest = rest.trim_start();
    let (value, rest) = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest.get(1..)?.split_once(quote)?,
        _ => rest.split_at(rest.find(|c: char| {
            c.is_whitespace() || matches!(c, '>' | '"' | '\'' | '<' | '=' | '`')
        })?),
    };
    Some((key.to_owned(), decoded(value), rest))
}

/// Writes a tag; attributes in the order of their names.
pub(super) fn write(name: &str, attributes: &Attributes, form: Form) -> String {
    let mut out = String::from(if form == Form::Close { "</" } else { "<" });
    out.push_str(name);
    for (key, value) in attributes {
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        encode_into(&mut out, value);
        out.push('"');
    }
    out.push_str(if form == Form::Void { " />" } else { ">" });
    out
}

const ENTITIES: [(&str, char); 5] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];

/// The character an entity (without `&`) at the start of a text stands for, and how many bytes it takes.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = text.get(..end)?;
    let found = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        }
        .and_then(char::from_u32),
        None => ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter),
    };
    found.map(|letter| (letter, end + 1))
}

fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match entity(after) {
            Some((letter, bytes)) => {
                out.push(letter);
                rest = after.get(bytes..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// As few entities as possible: a URL keeps its ampersands.
fn encode_into(out: &mut String, value: &str) {
    for (at, letter) in value.char_indices() {
        match letter {
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("&#10;"),
            '&' if value.get(at + 1..).is_some_and(|rest| entity(rest).is_some()) => {
                out.push_str("&amp;");
            }
            other => out.push(other),
        }
    }
}
