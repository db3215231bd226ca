//! Lines taken from a text, and put into one.

use std::ops::Range;

use crate::body::lines::{line_end, next_line, prefix_of};
use crate::body::tree::{Block, Kind};

/// The lines of a range without what its container begins each of them with.
pub(super) fn lifted(text: &str, span: &Range<usize>) -> Vec<String> {
    let prefix = prefix_of(text, span.start);
    let mut out = Vec::new();
    let mut at = span.start;
    while at <= span.end {
        let end = line_end(text, at).min(span.end);
        let line = text.get(at..end).unwrap_or_default();
        let line = if out.is_empty() { line } else { without_prefix(line, &prefix) };
        out.push(line.to_owned());
        let next = next_line(text, end);
        if end >= span.end || next <= at || next > span.end {
            break;
        }
        at = next;
    }
    out
}

/// A line without as much of its container's prefix as it has.
fn without_prefix<'l>(line: &'l str, prefix: &str) -> &'l str {
    let mut rest = line;
    for wanted in prefix.chars() {
        match rest.chars().next() {
            Some(c) if c == wanted || (c == ' ' && wanted == '\t') => rest = &rest[c.len_utf8()..],
            Some(_) | None => break,
        }
    }
    rest
}

/// Lines as they stand in a container: all but the first begin with its prefix.
pub(super) fn set(lines: &[String], prefix: &str, line_ending: &str) -> String {
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push_str(line_ending);
            out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
        }
        out.push_str(line);
    }
    out
}

/// An item's lines with the marker of the list they come into: `like` is the source of a neighbour.
pub(super) fn with_marker(lines: Vec<String>, like: &str, comes_after: bool) -> Vec<String> {
    let Some(first) = lines.first() else { return lines };
    let (Some(theirs), Some(ours)) = (marker(like), marker(first)) else { return lines };
    let (new, old) = match (theirs, ours) {
        (Marker::Sign(theirs), Marker::Sign(ours)) if theirs != ours => {
            return replaced(lines, 1, &theirs.to_string());
        }
        (Marker::Number(number, delimiter, _), Marker::Number(_, _, len)) => {
            let number = if comes_after { number.saturating_add(1) } else { number };
            (format!("{number}{delimiter}"), len)
        }
        (Marker::Sign(_) | Marker::Number(..), Marker::Sign(_) | Marker::Number(..)) => {
            return lines;
        }
    };
    replaced(lines, old, &new)
}

/// The lines with another marker of the first one; the others move with its width.
fn replaced(lines: Vec<String>, old_len: usize, new: &str) -> Vec<String> {
    let wider = new.len().saturating_sub(old_len);
    let narrower = old_len.saturating_sub(new.len());
    let mut lines = lines.into_iter();
    let first = lines.next().unwrap_or_default();
    let first = format!("{new}{}", first.get(old_len..).unwrap_or_default());
    let rest = lines.map(|line| {
        if line.is_empty() {
            line
        } else if narrower > 0 && line.bytes().take(narrower).all(|b| b == b' ') {
            line[narrower..].to_owned()
        } else {
            format!("{}{line}", " ".repeat(wider))
        }
    });
    std::iter::once(first).chain(rest).collect()
}

/// The fence that is to close code which nothing closes: it ends where its container does, so that nothing could come
/// after it.
pub(super) fn missing_fence(block: &Block, source: &str) -> Option<String> {
    if !matches!(block.kind, Kind::Code { .. } | Kind::Equation) {
        return None;
    }
    let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
    let sign = first.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let len = first.chars().take_while(|c| *c == sign).count();
    let last = rest.lines().next_back().unwrap_or_default();
    let last = last.trim_start_matches(['>', ' ', '\t']).trim_end();
    let is_closed = last.len() >= len && last.chars().all(|c| c == sign);
    (len >= 3 && !is_closed).then(|| sign.to_string().repeat(len))
}

/// Whether it is code told by nothing but its indentation: two such blocks side by side would be one.
pub(super) fn is_indented_code(block: &Block, source: &str) -> bool {
    matches!(block.kind, Kind::Code { .. }) && source.starts_with([' ', '\t'])
}

enum Marker {
    Sign(char),
    /// Its number, what follows it, and the length of both.
    Number(u64, char, usize),
}

fn marker(line: &str) -> Option<Marker> {
    let first = line.chars().next()?;
    if matches!(first, '-' | '*' | '+') && line[1..].starts_with([' ', '\t']) {
        return Some(Marker::Sign(first));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let number = line.get(..digits)?.parse().ok()?;
    let delimiter = line[digits..].chars().next().filter(|c| matches!(c, '.' | ')'))?;
    Some(Marker::Number(number, delimiter, digits + 1))
}
