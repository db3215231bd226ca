//! The text of the config file: where an offset lies, and what of its line may be quoted.

use std::ops::Range;

use super::redact::{may_hold_token, plain};

/// The longest piece of a line that an error message quotes.
const EXCERPT_CHARS: usize = 100;

/// A place in the file; both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// How much of the marked text a message may quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// The marked text is a key or a section header; its value stays hidden.
    Key,
    /// The marked text is an ordinary value.
    Value,
    /// The marked text is a value that must stay hidden.
    Hidden,
}

/// A quoted piece of a line, with the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) mark_from: usize,
    pub(super) mark_chars: usize,
}

/// The text of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t> {
    text: &'t str,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Source<'t> {
        Source { text }
    }

    /// The text before the offset and from it on; an offset inside a character moves to its beginning.
    fn split(&self, offset: usize) -> (&'t str, &'t str) {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        self.text.split_at(at)
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let (before, _) = self.split(offset);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |part| part.chars().count()) + 1;
        Position { line, column }
    }

    /// What of the span's first line may be quoted: the marked text, the bare key before it, nothing else of the line.
    /// `None` when even that may hold a token.
    pub(super) fn excerpt(&self, span: &Range<usize>, quote: Quote) -> Option<Excerpt> {
        let (before, marked_on) = self.split(span.start);
        let marked =
            self.split(span.end).0.get(before.len()..).unwrap_or("").lines().next().unwrap_or("");
        let lead = lead(before.rsplit('\n').next().unwrap_or(""));
        let body = match quote {
            // A key may be a section too, and an inline table shows all of its values.
            Quote::Key if marked.chars().all(|c| is_bare(c) || "[]. ".contains(c)) => {
                plain(marked, EXCERPT_CHARS)
            }
            Quote::Value if !may_hold_token(marked) => plain(marked, EXCERPT_CHARS),
            Quote::Key | Quote::Value | Quote::Hidden => "…".to_owned(),
        };
        let after = marked_on
            .get(marked.len()..)
            .unwrap_or("")
            .trim_start_matches(['"', '\''])
            .trim_start();
        let tail = match quote {
            Quote::Key if after.starts_with('=') => " = …",
            Quote::Key if after.starts_with('.') && lead.contains('[') => ".…]",
            Quote::Key if after.starts_with("]]") && lead.contains("[[") => "]]",
            Quote::Key if after.starts_with(']') && lead.contains('[') => "]",
            Quote::Key | Quote::Value | Quote::Hidden => "",
        };
        let text = format!("{lead}{body}{tail}");
        (!may_hold_token(&text) && !body.is_empty()).then(|| Excerpt {
            text,
            mark_from: lead.chars().count(),
            mark_chars: body.chars().count(),
        })
    }

    /// The key that the line of an offset begins with, when it is one that is known.
    pub(super) fn key_of_line(
        &self,
        offset: usize,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<&'t str> {
        let start = self.split(offset).0.rfind('\n').map_or(0, |newline| newline + 1);
        let (key, _) = self.text.get(start..)?.lines().next()?.split_once('=')?;
        Some(key.trim()).filter(|key| is_known(key))
    }

    /// The line of a syntax error, as far as it surely holds no secret: it must begin with a key that is known and not
    /// secret, or be a section header.
    pub(super) fn syntax_excerpt(
        &self,
        offset: usize,
        is_harmless_key: impl Fn(&str) -> bool,
    ) -> Option<Excerpt> {
        let (before, after) = self.split(offset);
        let start = before.rsplit('\n').next().unwrap_or("");
        let end = after.lines().next().unwrap_or("");
        let line = format!("{start}{end}");
        let harmless = match line.split_once('=') {
            Some((key, value)) => is_harmless_key(key.trim()) && !speaks_of_secrets(value),
            None => line.starts_with('[') && line.chars().all(|c| is_bare(c) || "[]. ".contains(c)),
        };
        (harmless && !may_hold_token(&line)).then(|| Excerpt {
            text: plain(&line, EXCERPT_CHARS),
            mark_from: start.chars().count().min(EXCERPT_CHARS),
            mark_chars: 1,
        })
    }
}

/// Whether the rest of a broken line might hold another key with its secret.
fn speaks_of_secrets(text: &str) -> bool {
    ["{", "=", "token", "secret", "key", "password"].iter().any(|sign| text.contains(sign))
}

/// The beginning of the line up to the marked text: a bare key and its `=`, or the brackets of a header; anything else
/// may be another value and is left out.
fn lead(text: &str) -> String {
    let key = text.trim_end().strip_suffix('=').unwrap_or(text);
    if key.chars().all(|c| is_bare(c) || "[. \t".contains(c)) {
        plain(text, EXCERPT_CHARS)
    } else {
        "… ".to_owned()
    }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str, marked: &str, quote: Quote) -> Option<String> {
        let start = text.find(marked).unwrap();
        Source::new(text).excerpt(&(start..start + marked.len()), quote).map(|excerpt| excerpt.text)
    }

    #[test]
    fn positions_count_characters_not_bytes() {
        let source = Source::new("ä = 1\nöü = 2\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position("ä = 1\nöü".len()), Position { line: 2, column: 3 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(source.position(1), Position { line: 1, column: 1 });
    }

    #[test]
    fn a_key_is_quoted_without_its_value() {
        assert_eq!(quoted("tokn = \"hunter2\"", "tokn", Quote::Key).unwrap(), "tokn = …");
        assert_eq!(quoted("[githb]", "githb", Quote::Key).unwrap(), "[githb]");
        assert_eq!(quoted("[[synk]]", "synk", Quote::Key).unwrap(), "[[synk]]");
    }

    #[test]
    fn nothing_else_of_the_line_is_quoted() {
        let line = r#"app = { private_key = "hunter2", idd = 1, id = "x" } # hunter3"#;
        assert_eq!(quoted(line, "idd", Quote::Key).unwrap(), "… idd = …");
        assert_eq!(quoted(line, "\"x\"", Quote::Value).unwrap(), "… \"x\"");
        assert_eq!(quoted(line, "\"hunter2\"", Quote::Hidden).unwrap(), "… …");
    }

    #[test]
    fn a_value_that_looks_like_a_token_is_hidden_and_such_a_key_is_not_quoted_at_all() {
        let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        assert_eq!(
            quoted(&format!("name = \"{token}\""), &format!("\"{token}\""), Quote::Value).unwrap(),
            "name = …"
        );
        assert_eq!(quoted(&format!("{token} = 1"), token, Quote::Key), None);
        assert_eq!(quoted(&format!("{token}.name = 1"), "name", Quote::Key), None);
    }
}
