//! Words as they must stand in markdown to be read as words.

use super::rendering::{Escaping, Rendering};

/// Where the words stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Line breaks are tags, because the text must stay on one line.
    pub(super) on_one_line: bool,
    /// Between the brackets of a link.
    pub(super) in_link: bool,
    /// Blanks at the ends of the whole text stay as they are.
    pub(super) keeps_edges: bool,
}

/// What the older dialect escapes (notion-api.md §6.3).
const LISTED: &str = "\\*~`$[]<>{}^|";

/// Appends words; `is_last` when nothing of the text follows them.
pub(super) fn escape(
    out: &mut String,
    text: &str,
    place: Place,
    is_last: bool,
    rendering: &Rendering,
) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        let before = out.chars().next_back();
        let at_start = before.is_none_or(|before| before == '\n');
        if letter == '\n' {
            line_break(out, place, is_last && after.is_empty());
        } else if matches!(letter, ' ' | '\t' | '\u{b}' | '\u{c}') {
            let at_end = (is_last && after.is_empty()) || after.starts_with('\n');
            let after_break = at_start || out.ends_with("<br />");
            let is_edge = after_break || at_end;
            let kept = place.keeps_edges && !out.ends_with('\n') && !after.starts_with('\n');
            if is_edge && !kept {
                out.push_str(&format!("&#{};", u32::from(letter)));
            } else {
                out.push(letter);
            }
        } else if letter.is_ascii_digit() && out.ends_with('$') && !out.ends_with("\\$") {
            // A dollar before a digit does not end an equation.
            out.push_str(&format!("&#{};", u32::from(letter)));
        } else if letter == '<'
            && rendering.entities
            && needs(letter, before, after, at_start, is_last, place, rendering)
        {
            out.push_str("&lt;");
        } else {
            if needs(letter, before, after, at_start, is_last, place, rendering) {
                out.push('\\');
            }
            out.push(letter);
        }
        rest = after;
    }
}

fn line_break(out: &mut String, place: Place, is_end: bool) {
    let is_empty_line = out.is_empty() || out.ends_with('\n');
    if place.on_one_line || is_end || is_empty_line || out.ends_with("<br />") {
        out.push_str("<br />");
    } else {
        out.push_str("\\\n");
    }
}

fn needs(
    letter: char,
    before: Option<char>,
    after: &str,
    at_start: bool,
    is_last: bool,
    place: Place,
    rendering: &Rendering,
) -> bool {
    match rendering.escaping {
        Escaping::Everything if letter.is_ascii_punctuation() => return true,
        Escaping::Listed if LISTED.contains(letter) => return true,
        Escaping::Everything | Escaping::Listed | Escaping::Minimal => {}
    }
    let next = after.chars().next();
    let is_blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match letter {
        '\\' => !is_word(next),
        '*' => !(is_blank(before) && is_blank(next)) || at_start,
        '_' => !(is_word(before) && is_word(next)),
        '`' | '~' | '[' | '$' => true,
        ']' => place.in_link,
        '^' => place.in_link && at_start,
        '<' => {
            next.is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
        }
        '&' => next.is_none_or(|next| next == '#' || next.is_ascii_alphanumeric()),
        '!' => next.is_none() && !is_last,
        ':' => {
            before == Some(']')
                || (at_start && next.is_none_or(|next| matches!(next, '-' | '|' | ' ')))
                || is_emoji_like(after)
                || (rendering.links_bare_urls && after.starts_with("//") && !place.in_link)
        }
        '#' => at_start || after.is_empty(),
        '>' | '-' | '+' | '=' | '|' => at_start,
        '(' => before == Some(']'),
        '.' | ')' => ends_a_number(before, next),
        _ => false,
    }
}

/// Whether `:` begins what could be a custom emoji.
fn is_emoji_like(after: &str) -> bool {
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    end.is_some_and(|end| end > 0 && after.get(end..).is_some_and(|rest| rest.starts_with(':')))
}

/// Cheap and careful: any digit before it may have begun the line.
fn ends_a_number(before: Option<char>, next: Option<char>) -> bool {
    before.is_some_and(|before| before.is_ascii_digit())
        && next.is_none_or(|next| next.is_whitespace())
}
