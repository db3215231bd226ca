//! Text to the letter: code and formulas.

use std::ops::Range;

use pulldown_cmark::Event;

use crate::body::tree::{Atom, Style};
use crate::body::words::Words;

/// The content of a code block.
pub(super) fn code(source: &str, events: &[(Event<'_>, Range<usize>)]) -> Words {
    let mut words = Words::default();
    for (event, range) in events {
        let (Event::Text(text) | Event::Html(text)) = event else { continue };
        if source.get(range.clone()) == Some(&**text) {
            words.literal(text, range.start);
        } else {
            unit_lines(&mut words, text, range);
        }
    }
    // The newline before the closing fence is no line of its own.
    if words.tokens.last().is_some_and(|token| token.atom == Atom::Break) {
        words.tokens.pop();
        words.at.pop();
    }
    with_prefixes(words)
}

/// The inside of `$$ ... $$`.
pub(super) fn formula(source: &str, tex: &str, range: &Range<usize>) -> Words {
    let mut words = Words::default();
    let start = range.start + 2;
    let inner = source.get(start..range.end.saturating_sub(2)).unwrap_or_default();
    let shown = inner.trim();
    let lead = inner.len() - inner.trim_start().len();
    if inner == tex && !inner.contains('\r') {
        words.literal(shown, start + lead);
    } else {
        unit_lines(&mut words, tex.trim(), range);
    }
    with_prefixes(words)
}

/// Text that does not stand in the source as it is read: line by line, so that line breaks stay apart.
fn unit_lines(words: &mut Words, text: &str, range: &Range<usize>) {
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            words.line_break(range.clone());
        }
        words.unit(line.trim_end_matches('\r'), &Style::default(), range, true);
    }
}

/// A line break is also what its container puts before the next line.
fn with_prefixes(mut words: Words) -> Words {
    for i in 0..words.tokens.len() {
        let next = words.at.get(i + 1).map(|next| next.at.start);
        if words.tokens[i].atom == Atom::Break
            && let Some(next) = next
            && next > words.at[i].at.start
        {
            words.at[i].at.end = next;
        }
    }
    words.without_controls()
}
