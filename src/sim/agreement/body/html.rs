//! HTML as both sides show it: the lines of its source, without what is only a mark.

use super::sheet::{Piece, Sheet, drawn, spaced, without_formula_signs};

/// Tags that are only marks around what they hold, or fold it.
const MARKS: [&str; 17] = [
    "details", "summary", "b", "strong", "i", "em", "s", "del", "code", "tt", "h1", "h2", "h3",
    "h4", "h5", "h6", "br",
];

/// What a tag inside a text is.
pub(super) enum Tag {
    /// Not seen.
    Comment,
    /// `<br>`
    LineBreak,
    /// An image: its address and its description.
    Image(String, String),
    /// Shown as it was typed.
    Other,
}

/// What a tag inside a text is.
pub(super) fn tag(html: &str) -> Tag {
    if html.starts_with("<!--") {
        return Tag::Comment;
    }
    match name(html).as_str() {
        "br" => Tag::LineBreak,
        "img" => match attribute(html, "src").filter(|address| !address.is_empty()) {
            Some(address) => Tag::Image(address, attribute(html, "alt").unwrap_or_default()),
            None => Tag::Other,
        },
        _ => Tag::Other,
    }
}

/// Puts the lines of HTML on the sheet.
pub(super) fn lines(sheet: &mut Sheet, depth: &str, source: &str) {
    let source = without_comments(source);
    let mut text = String::new();
    let mut rest = source.as_str();
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        text.push_str(before);
        let end = tail.find('>').map(|end| end + 1);
        let (html, after) = tail.split_at(end.unwrap_or(1));
        rest = after;
        match tag(html) {
            Tag::Image(address, description) => {
                flush(sheet, depth, &mut text);
                let description = Piece { words: description, ..Piece::default() };
                sheet.image(depth, &address, vec![description]);
            }
            Tag::LineBreak => text.push('\n'),
            Tag::Comment | Tag::Other if MARKS.contains(&name(html).as_str()) => {}
            Tag::Comment | Tag::Other => text.push_str(html),
        }
    }
    text.push_str(rest);
    flush(sheet, depth, &mut text);
}

fn flush(sheet: &mut Sheet, depth: &str, text: &mut String) {
    for line in std::mem::take(text).split('\n') {
        let line = spaced(&without_formula_signs(&drawn(&resolved(line))));
        if !line.is_empty() {
            sheet.line(depth, "html", &line);
        }
    }
}

fn without_comments(source: &str) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some((before, inside)) = rest.split_once("<!--") {
        out.push_str(before);
        match inside.split_once("-->") {
            Some((_, after)) => rest = after,
            None => {
                out.push_str("<!--");
                rest = inside;
            }
        }
    }
    out + rest
}

/// The name of an opening or closing tag, in small letters.
fn name(html: &str) -> String {
    let inner = html.strip_prefix('<').unwrap_or_default();
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    inner.chars().take_while(is_name).collect::<String>().to_ascii_lowercase()
}

/// The value of an attribute.
fn attribute(html: &str, wanted: &str) -> Option<String> {
    let inner = html.strip_prefix('<')?.trim_end_matches('>').trim_end_matches('/');
    let (_, mut rest) = inner.split_once(char::is_whitespace)?;
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace())?;
        let (key, tail) = rest.split_at(end);
        let Some(value) = tail.trim_start().strip_prefix('=').map(str::trim_start) else {
            rest = tail;
            continue;
        };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => value.get(1..)?.split_once(quote)?,
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        if key.eq_ignore_ascii_case(wanted) {
            return Some(resolved(value));
        }
        rest = after;
    }
}

/// With the usual entities resolved.
fn resolved(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&nbsp;", " ").replace("&amp;", "&")
}
