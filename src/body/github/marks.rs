//! Marks with what every block has.

use std::ops::Range;

use smol_str::SmolStr;

use crate::body::lines::prefix_of;
use crate::body::source::{Hold, Mark, Spelling, Word};

/// The mark of what is only a part of a line. There may be thousands in one: none looks for where the line begins.
pub(super) fn mark_in_line(span: Range<usize>, words: Vec<Word>, spelling: Spelling) -> Mark {
    let at = around(&words).unwrap_or(span.end..span.end);
    Mark {
        prefix: SmolStr::default(),
        text: at,
        words,
        spelling,
        part: None,
        room: None,
        hold: Hold::Free,
        children: Vec::new(),
        span,
    }
}

/// A mark with what every block has.
pub(super) fn mark(text: &str, span: Range<usize>, words: Vec<Word>, spelling: Spelling) -> Mark {
    Mark { prefix: prefix_of(text, span.start), ..mark_in_line(span, words, spelling) }
}

/// From the first to the last byte of some words.
fn around(words: &[Word]) -> Option<Range<usize>> {
    let start = words.iter().map(|word| word.at.start).min()?;
    let end = words.iter().map(|word| word.at.end).max()?;
    Some(start..end)
}
