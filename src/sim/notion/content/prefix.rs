//! What stands before the words of a line, and the fences that make them code.

use super::lines::{BLANKS, trimmed};

/// What a line holds before its words: quote marks, list markers and blanks.
pub(super) struct Prefix<'a> {
    pub(super) words: &'a str,
    pub(super) before: &'a str,
    quotes: usize,
    pub(super) has_marker: bool,
    /// Columns up to the words.
    width: usize,
}

impl<'a> Prefix<'a> {
    pub(super) fn of(line: &'a str) -> Prefix<'a> {
        let mut prefix = Prefix { words: line, before: "", quotes: 0, has_marker: false, width: 0 };
        loop {
            let words = prefix.words.trim_start_matches(BLANKS);
            prefix.take(words);
            if let Some(rest) = words.strip_prefix('>') {
                prefix.quotes += 1;
                prefix.take(rest);
            } else if let Some(rest) = after_marker(words) {
                prefix.has_marker = true;
                prefix.take(rest);
            } else {
                prefix.before = line.get(..line.len() - words.len()).unwrap_or_default();
                return prefix;
            }
        }
    }

    fn take(&mut self, rest: &'a str) {
        let taken = self.words.len() - rest.len();
        for byte in self.words.bytes().take(taken) {
            self.width = if byte == b'\t' { (self.width / 4 + 1) * 4 } else { self.width + 1 };
        }
        self.words = rest;
    }

    /// The prefix of a line that follows, given what stands before its words.
    pub(super) fn following<'b>(&self, continued: &'b str) -> Prefix<'b> {
        let Prefix { quotes, width, .. } = *self;
        Prefix { words: "", before: continued, quotes, has_marker: false, width }
    }

    /// The same place on a following line: list markers became blanks.
    pub(super) fn continued(&self) -> String {
        self.before.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect()
    }
}

fn after_marker(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).take(10).count();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+'])?,
        1..=9 => text.get(digits..)?.strip_prefix(['.', ')'])?,
        _ => return None,
    };
    rest.starts_with(BLANKS).then_some(rest)
}

/// A fence that is open, and what a line must have to stand inside it.
pub(super) struct Fence {
    letter: char,
    length: usize,
    quotes: usize,
    /// Columns a line of a list item must be indented by to belong to it.
    width: usize,
}

impl Fence {
    pub(super) fn opened(prefix: &Prefix<'_>) -> Option<Fence> {
        let letter = prefix.words.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = prefix.words.trim_start_matches(letter);
        let length = prefix.words.len() - info.len();
        let is_fence = length >= 3 && !(letter == '`' && info.contains('`'));
        let width = if prefix.has_marker { prefix.width } else { 0 };
        is_fence.then_some(Fence { letter, length, quotes: prefix.quotes, width })
    }

    /// The words of a line inside it; `None` when the line is outside.
    pub(super) fn inside<'a>(&self, line: &'a str) -> Option<&'a str> {
        let mut words = line;
        for _ in 0..self.quotes {
            words = words.trim_start_matches(BLANKS).strip_prefix('>')?;
        }
        let bare = words.trim_start_matches(BLANKS);
        let prefix_width = line.len() - bare.len();
        let has_tab = line.get(..prefix_width).is_some_and(|before| before.contains('\t'));
        (bare.is_empty() || has_tab || prefix_width >= self.width).then_some(bare)
    }

    pub(super) fn is_closed_by(&self, words: &str) -> bool {
        let rest = words.trim_start_matches(self.letter);
        words.len() - rest.len() >= self.length && trimmed(rest).is_empty()
    }
}
