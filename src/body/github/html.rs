//! The little HTML that is more than text: comments, line breaks, images, and what folds.

use std::ops::Range;

/// What an HTML tag inside a text is to a reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Not shown.
    Comment,
    /// `<br>`
    LineBreak,
    /// `<img>`
    Image {
        /// As written.
        source: String,
        /// The `alt` text.
        description: String,
    },
    /// Everything else.
    Other,
}

/// What one tag is.
pub(super) fn inline(html: &str) -> Piece {
    let html = html.trim();
    if html.starts_with("<!--") {
        return Piece::Comment;
    }
    match name(html).as_str() {
        "br" => Piece::LineBreak,
        "img" => match attribute(html, "src") {
            Some(source) if !source.is_empty() => {
                Piece::Image { source, description: attribute(html, "alt").unwrap_or_default() }
            }
            Some(_) | None => Piece::Other,
        },
        _ => Piece::Other,
    }
}

/// Where a link's opening tag leads, as written.
pub(super) fn link(html: &str) -> Option<String> {
    if name(html) == "a" { attribute(html, "href") } else { None }
}

/// The name of an opening tag, in small letters.
fn name(html: &str) -> String {
    let rest = html.strip_prefix('<').unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    rest[..end].to_ascii_lowercase()
}

/// The value of an attribute, with its entities resolved.
fn attribute(html: &str, wanted: &str) -> Option<String> {
    let mut rest = html.get(1..)?.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        if end == 0 {
            return None;
        }
        let (key, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let Some(value) = tail.strip_prefix('=').map(str::trim_start) else {
            rest = tail;
            continue;
        };
        let (value, after) = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split_once(quote)?,
            _ => value.split_at(value.find(|c: char| c.is_whitespace() || c == '>')?),
        };
        if key.eq_ignore_ascii_case(wanted) {
            return Some(unescape(value));
        }
        rest = after;
    }
}

/// Resolves entities, as in an attribute or inside a tag.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    entities(text).into_iter().map(|(shown, _)| shown).collect()
}

/// The text in parts, each with where it stands: an entity is one part.
pub(super) fn entities(text: &str) -> Vec<(String, Range<usize>)> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find('&') {
        let amp = at + found;
        let end = text[amp..].bytes().take(MAX_ENTITY_BYTES).position(|b| b == b';');
        let resolved = end.and_then(|end| {
            let entity = text.get(amp..=amp + end)?;
            Some((resolve(entity)?, amp + end + 1))
        });
        match resolved {
            Some((shown, end)) => {
                if start < amp {
                    parts.push((text[start..amp].to_owned(), start..amp));
                }
                parts.push((shown, amp..end));
                (start, at) = (end, end);
            }
            None => at = amp + 1,
        }
    }
    if start < text.len() {
        parts.push((text[start..].to_owned(), start..text.len()));
    }
    parts
}

const MAX_ENTITY_BYTES: usize = 34;

/// One entity as the markdown parser knows it.
fn resolve(entity: &str) -> Option<String> {
    let mut events = pulldown_cmark::Parser::new(entity);
    let shown = events.find_map(|event| match event {
        pulldown_cmark::Event::Text(text) => Some(text.to_string()),
        _ => None,
    })?;
    (shown != entity && shown != "&")
        .then_some(shown)
        .or_else(|| (entity == "&amp;").then(|| "&".to_owned()))
}

/// What a line of an HTML block does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `<details>`
    Opens,
    /// `<summary>...</summary>`, with where its inside stands in the line.
    Title(Range<usize>),
    /// Both on one line.
    OpensWithTitle(Range<usize>),
    /// `</details>`
    Closes,
    /// Nothing to see.
    Blank,
    /// Anything else.
    Other,
}

/// What a line of an HTML block does.
pub(super) fn line(line: &str) -> Line {
    let text = line.trim();
    let lead = line.len() - line.trim_start().len();
    if text.is_empty() {
        return Line::Blank;
    }
    if text.eq_ignore_ascii_case("</details>") {
        return Line::Closes;
    }
    let lower = text.to_ascii_lowercase();
    let opened = if lower.starts_with("<details>") {
        Some("<details>".len())
    } else if lower.starts_with("<details ") {
        lower.find('>').map(|end| end + 1)
    } else {
        None
    };
    let after = opened.unwrap_or(0);
    let rest = &text[after..];
    let blanks = rest.len() - rest.trim_start().len();
    if rest.trim().is_empty() {
        return if opened.is_some() { Line::Opens } else { Line::Other };
    }
    match (title(rest.trim_start()), opened) {
        (Some(inner), opened) => {
            let shift = lead + after + blanks;
            let inner = inner.start + shift..inner.end + shift;
            if opened.is_some() { Line::OpensWithTitle(inner) } else { Line::Title(inner) }
        }
        (None, _) => Line::Other,
    }
}

/// The inside of `<summary>...</summary>` when that is all there is.
fn title(text: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("<summary") || !lower.ends_with("</summary>") {
        return None;
    }
    let start = lower.find('>')? + 1;
    let end = lower.len() - "</summary>".len();
    (start <= end && !lower[start..end].contains("summary>")).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_found_by_its_address_whatever_else_the_tag_says() {
        let image = |source: &str, description: &str| Piece::Image {
            source: source.to_owned(),
            description: description.to_owned(),
        };
        assert_eq!(
            inline(r#"<img width="1280" alt="A &amp; B" src="https://x/y?a=1&amp;b=2" />"#),
            image("https://x/y?a=1&b=2", "A & B")
        );
        assert_eq!(inline("<IMG src=x.png>"), image("x.png", ""));
        assert_eq!(inline("<img alt=x>"), Piece::Other);
        assert_eq!(inline("<img"), Piece::Other);
        assert_eq!(inline("<br/>"), Piece::LineBreak);
        assert_eq!(inline("<!-- x -->"), Piece::Comment);
        assert_eq!(inline("<kbd>"), Piece::Other);
    }

    #[test]
    fn a_fold_is_told_by_its_lines() {
        assert_eq!(line("<details open>\n"), Line::Opens);
        assert_eq!(line("  <summary>Log</summary>"), Line::Title(11..14));
        assert_eq!(line("<details><summary>Log</summary>"), Line::OpensWithTitle(18..21));
        assert_eq!(line("</details>"), Line::Closes);
        assert_eq!(line("<div>"), Line::Other);
        assert_eq!(line("<summary>a"), Line::Other);
    }

    #[test]
    fn entities_are_units_and_a_lone_ampersand_is_itself() {
        let parts = entities("a &amp; b & c &nope; &#35;");
        let shown: String = parts.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(shown, "a & b & c &nope; #");
    }
}
