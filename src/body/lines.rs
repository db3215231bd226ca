//! Lines of a text, and what each of them begins with inside its container.

use std::ops::Range;

use smol_str::SmolStr;

/// Where the line around `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// Where the line around `at` ends, without its line end.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find(['\n', '\r']).map_or(text.len(), |end| at + end)
}

/// Where the next line begins.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    let rest = text.get(end..).unwrap_or_default();
    end + if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) }
}

/// What the other lines of a block that begins at `at` begin with: the signs of quotations stay, those of items
/// become blanks.
pub(super) fn prefix_of(text: &str, at: usize) -> SmolStr {
    let before = text.get(line_start(text, at)..at).unwrap_or_default();
    before.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect()
}

/// A range without the white space at its end, nor lines of which only a container's signs are left.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let mut end = range.end;
    loop {
        let shown = text.get(range.start..end).unwrap_or_default();
        end = range.start + shown.trim_end().len();
        // No further back than the range goes: there may be thousands of ranges in a line.
        let shown = text.get(range.start..end).unwrap_or_default();
        let last = shown.rfind(['\n', '\r']).map_or(range.start, |at| range.start + at + 1);
        let line = text.get(last..end).unwrap_or_default();
        let is_empty = !line.is_empty() && line.chars().all(|c| c == '>' || c.is_whitespace());
        if last <= range.start || !is_empty {
            return range.start..end;
        }
        end = last;
    }
}

/// The line end that a text uses most where it is used at all.
pub(super) fn line_ending(text: &str) -> &'static str {
    let all = text.bytes().filter(|b| *b == b'\n').count();
    let with_return = text.matches("\r\n").count();
    if with_return * 2 > all { "\r\n" } else { "\n" }
}
