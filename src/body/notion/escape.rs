//! Text that stays text: everything that could become a mark, a tag, a formula, a citation or a custom emoji is escaped
//! (notion-api §6.3.1, I16).

use crate::body::source::Spelling;

/// What stands around a text that is to be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Around {
    /// The last sign before it on the line; `None` when it is unknown.
    pub(super) before: Option<char>,
    /// Whether nothing but digits stands before it on the line.
    pub(super) at_start: bool,
    /// The first sign after it; `None` when it is unknown.
    pub(super) after: Option<char>,
}

/// What stands around a text nothing is known about.
pub(super) const ANYWHERE: Around = Around { before: None, at_start: true, after: None };
/// What stands before the start and after the end of a line.
pub(super) const EDGE: char = '\n';

/// A piece of plain text, escaped so that it is safe anywhere, also at the start of a line.
pub(in crate::body) fn escape(text: &str, spelling: Spelling) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text, spelling, ANYWHERE);
    out
}

pub(super) fn escape_into(out: &mut String, text: &str, spelling: Spelling, around: Around) {
    let mut chars = text.char_indices().peekable();
    let mut before = around.before;
    let mut at_start = around.at_start && matches!(spelling, Spelling::Lines);
    let mut is_first = true;
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|(_, c)| *c).or(around.after);
        let is_last = chars.peek().is_none();
        let begins = at_start && (is_first || before.is_none());
        let alone = around.before.is_none() && is_first || around.after.is_none() && is_last;
        let needs = match c {
            '\\' | '*' | '`' | '$' | '[' | ']' | '<' | '~' => true,
            '_' => {
                !(before.is_some_and(char::is_alphanumeric)
                    && after.is_some_and(char::is_alphanumeric))
            }
            '&' => after.is_none_or(|c| c.is_ascii_alphabetic() || c == '#'),
            '!' => after.is_none_or(|c| c == '['),
            '|' => spelling == Spelling::Cell || begins && spelling == Spelling::Lines,
            '#' => begins || spelling == Spelling::Line && is_last,
            '>' | '-' | '+' | '=' => begins,
            '.' | ')' => {
                at_start
                    && (before.is_none() || !begins || around.before.is_none())
                    && follows_digits(text, at, around)
            }
            ':' => {
                alone
                    || is_emoji(text.get(at..).unwrap_or_default())
                    || begins && after == Some('-')
            }
            _ => false,
        };
        if needs {
            out.push('\\');
        }
        out.push(if matches!(c, '\n' | '\r') { ' ' } else { c });
        at_start &= c.is_ascii_digit();
        before = Some(c);
        is_first = false;
    }
}

/// Whether all that stands before the sign on its line may be digits, so that it would begin a list.
fn follows_digits(text: &str, at: usize, around: Around) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.bytes().all(|byte| byte.is_ascii_digit())
        && (!before.is_empty() || around.before != Some(EDGE))
}

/// Whether the text begins with `:name:`, which may be a custom emoji of the workspace.
fn is_emoji(text: &str) -> bool {
    let Some(name) = text.strip_prefix(':') else { return false };
    let len = name
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(byte))
        .count();
    len > 0 && name.as_bytes().get(len) == Some(&b':')
}

/// Where a link may lead in Notion: an absolute address of at most 2,000 UTF-16 units (notion-api §3).
pub(in crate::body) fn address(url: &str, spelling: Spelling) -> Option<String> {
    const LIMIT: usize = 2_000;
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme
        || rest.is_empty()
        || url.chars().any(char::is_control)
        || url.encode_utf16().count() > LIMIT
    {
        return None;
    }
    let is_spaced = url.contains(char::is_whitespace);
    let mut depth = 0_i32;
    let mut balanced = true;
    for c in url.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        balanced &= (0..=8).contains(&depth);
    }
    balanced &= depth == 0;
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        let needs = match c {
            '\\' | '<' | '>' | '`' | '$' | '*' | '[' | ']' => true,
            '(' | ')' => !balanced && !is_spaced,
            '&' => url.contains(';'),
            '|' => spelling == Spelling::Cell,
            _ => false,
        };
        if needs {
            out.push('\\');
        }
        out.push(c);
    }
    Some(if is_spaced { format!("<{out}>") } else { out })
}
