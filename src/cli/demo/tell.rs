//! How the demo speaks: a story for people, or one JSON document.

use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, Write};

use crate::sim::Counts;

/// So many characters of a text somebody wrote are shown.
const SHOWN_CHARS: usize = 60;

/// Where the story goes.
#[derive(Debug)]
pub(super) struct Tell {
    is_silent: bool,
    /// Nobody reads any more, as with `| head`: the demo goes on for its exit code.
    is_unheard: Cell<bool>,
}

impl Tell {
    /// A story on stdout.
    pub(super) fn aloud() -> Tell {
        Tell { is_silent: false, is_unheard: Cell::new(false) }
    }

    /// No story: only a document in the end.
    pub(super) fn silently() -> Tell {
        Tell { is_silent: true, is_unheard: Cell::new(false) }
    }

    /// One line of the story.
    pub(super) fn line(&self, text: &str) {
        if !self.is_silent {
            self.put(text);
        }
    }

    /// The beginning of a chapter.
    pub(super) fn chapter(&self, text: &str) {
        self.line("");
        self.line(text);
    }

    /// Something that was expected, and whether it is so.
    pub(super) fn checked(&self, holds: bool, text: &str) {
        self.line(&format!("  {}  {text}", if holds { "ok  " } else { "FAIL" }));
    }

    /// The one document.
    pub(super) fn document(&self, document: &serde_json::Value) {
        if self.is_silent {
            self.put(&format!("{document:#}"));
        }
    }

    fn put(&self, text: &str) {
        if !self.is_unheard.get() {
            let mut out = io::stdout().lock();
            let put = writeln!(out, "{text}").and_then(|()| out.flush());
            self.is_unheard.set(put.is_err());
        }
    }
}

/// A text somebody wrote, short and on one line, with nothing in it that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS).map(harmless).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

fn harmless(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        // Marks that turn the direction of whatever follows them on the line.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    }
}

/// `1 page`, `2 pages`.
pub(super) fn number<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { many })
}

/// What one side counted, for a line.
pub(super) fn requests(counts: &Counts) -> String {
    let Counts { reads, not_modified, writes, limited } = counts;
    let mut text = number(*reads, "read", "reads");
    if *not_modified > 0 {
        text += &format!(" ({not_modified} answered \"304 not modified\", which is free)");
    }
    text += &format!(", {}", number(*writes, "write", "writes"));
    if *limited > 0 {
        text += &format!(", {limited} refused by a rate limit");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_steer_the_terminal_and_stays_on_its_line() {
        assert_eq!(quoted("a\n\u{1b}[31mred\u{202e}"), "\"a \u{FFFD}[31mred\u{FFFD}\"");
        assert_eq!(quoted(&"x".repeat(61)).chars().count(), 63);
        assert_eq!(quoted("שלום"), "\"שלום\"");
    }

    #[test]
    fn what_did_not_happen_is_not_mentioned() {
        let quiet = Counts { reads: 1, ..Counts::default() };
        assert_eq!(requests(&quiet), "1 read, 0 writes");
        let busy = Counts { reads: 3, not_modified: 1, writes: 2, limited: 4 };
        let text = requests(&busy);
        assert!(
            text.contains("(1 answered") && text.ends_with("4 refused by a rate limit"),
            "{text}"
        );
    }
}
