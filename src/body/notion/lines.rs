//! Lines of a text, and the blanks they begin with.

use std::ops::Range;

/// A line without its end, and without what every line of its container begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Line {
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn is_blank(self, text: &str) -> bool {
        self.of(text).bytes().all(is_blank)
    }

    /// Where it stands without blanks at its edges.
    pub(super) fn trimmed(self, text: &str) -> Range<usize> {
        let line = self.of(text);
        let start = self.start + line.len() - line.trim_start_matches([' ', '\t']).len();
        let end = self.end - (line.len() - line.trim_end_matches([' ', '\t']).len());
        start..end.max(start)
    }

    /// How many columns of blanks it begins with; a tab goes to the next multiple of four.
    pub(super) fn indentation(self, text: &str) -> usize {
        let blanks = self.of(text).bytes().take_while(|byte| is_blank(*byte));
        blanks.fold(0, next_column)
    }

    /// Without so many columns of blanks; a tab is never taken in part.
    pub(super) fn outdented(self, text: &str, columns: usize) -> Line {
        let (mut start, mut column) = (self.start, 0);
        for byte in self.of(text).bytes() {
            if column >= columns || !is_blank(byte) {
                break;
            }
            column = next_column(column, byte);
            start += 1;
        }
        Line { start, end: self.end }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn next_column(column: usize, byte: u8) -> usize {
    if byte == b'\t' { column + 4 - column % 4 } else { column + 1 }
}

/// The lines of a text, whichever way they end.
pub(super) fn split(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if matches!(byte, b'\n' | b'\r') {
            lines.push(Line { start, end: at - 1 });
            if *byte == b'\r' && bytes.get(at) == Some(&b'\n') {
                at += 1;
            }
            start = at;
        }
    }
    if start < text.len() {
        lines.push(Line { start, end: text.len() });
    }
    lines
}
