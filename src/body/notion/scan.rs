//! The text of one block made flat: on one line, without the prefixes of its lines, and with a single sign for
//! everything that the CommonMark parser must not look into.

use std::ops::Range;

use super::mention;
use super::tag::{Form, Tag};
use crate::body::place::Place;

/// Stands for a line break. White space, so that emphasis beside it works as beside a line's edge.
pub(super) const BREAK: char = '\u{b}';
/// Stands for a thing with insides of its own.
pub(super) const THING: char = '\u{e}';
/// Keeps every block construct from beginning at the start of the text.
const GUARD: &str = "x ";

/// A text made flat, and where its parts came from.
#[derive(Debug)]
pub(super) struct Flat {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// A part of a flat text.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it begins in the flat text.
    at: usize,
    /// Where it stands in the source.
    pub(super) source: Range<usize>,
    pub(super) shows: Shows,
}

/// What a part of a flat text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shows {
    /// Itself, byte for byte.
    Same,
    /// A line break.
    Break,
    /// A pipe that was escaped for the table's sake.
    Pipe,
    /// A formula.
    Math(String),
    /// A person, a page, a date: text, and where it leads.
    Mention { text: String, link: Option<String> },
}

impl Flat {
    /// The flat text of what stands at `lines` of `text`. In a cell, `\|` is a pipe wherever it stands.
    pub(super) fn of(text: &str, lines: &[Range<usize>], in_cell: bool, place: &Place) -> Flat {
        let mut flat = Flat { text: GUARD.to_owned(), pieces: Vec::new() };
        for (i, line) in lines.iter().enumerate() {
            let raw = text.get(line.clone()).unwrap_or_default();
            let next = lines.get(i + 1);
            let end = line.start + if next.is_some() { before_break(raw) } else { trimmed(raw) };
            Scan { text, end, in_cell, flat: &mut flat, no_close: false }.run(line.start, place);
            if let Some(next) = next {
                flat.push(end..next.start.max(end), Shows::Break);
            }
        }
        flat
    }

    /// Where the shown text begins.
    pub(super) fn start(&self) -> usize {
        GUARD.len()
    }

    /// Whether there is nothing to parse: one line of words, as most cells and items are.
    pub(super) fn is_plain(&self) -> bool {
        Marks::but_for_formulas(&self.text) == Marks::None
            && self.pieces.iter().all(|piece| piece.shows == Shows::Same)
    }

    fn push(&mut self, source: Range<usize>, shows: Shows) {
        let at = self.text.len();
        let sign = match &shows {
            Shows::Same => return,
            Shows::Break => BREAK,
            Shows::Pipe => '|',
            Shows::Math(_) | Shows::Mention { .. } => THING,
        };
        self.text.push(sign);
        self.pieces.push(Piece { at, source, shows });
    }

    fn push_same(&mut self, text: &str, start: usize) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        // Our own signs typed by someone else are control characters like others, which nobody sees.
        self.text
            .extend(text.chars().map(|c| if matches!(c, BREAK | THING) { '\u{1}' } else { c }));
        self.pieces.push(Piece { at, source: start..start + text.len(), shows: Shows::Same });
    }

    /// The parts that a range of the flat text covers, each with its own range in it.
    pub(super) fn pieces(
        &self,
        range: &Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, &Piece)> {
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        let end = range.end;
        let start = range.start;
        self.pieces
            .get(first..)
            .unwrap_or_default()
            .iter()
            .enumerate()
            .take_while(move |(_, piece)| piece.at < end)
            .map(move |(i, piece)| {
                let next = self.pieces.get(first + i + 1).map_or(self.text.len(), |next| next.at);
                (piece.at.max(start)..next.min(end), piece)
            })
            .filter(|(range, _)| !range.is_empty())
    }

    /// Where a range of the flat text stands in the source.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        let mut source: Option<Range<usize>> = None;
        for (part, piece) in self.pieces(range) {
            let at = piece.part(&part);
            source = Some(source.map_or(at.clone(), |known| known.start..at.end));
        }
        source.unwrap_or(0..0)
    }
}

impl Piece {
    /// Where a part of it stands in the source: what is not itself has no parts.
    pub(super) fn part(&self, range: &Range<usize>) -> Range<usize> {
        match self.shows {
            Shows::Same => {
                let start = self.source.start + (range.start - self.at);
                start..start + range.len()
            }
            Shows::Break | Shows::Pipe | Shows::Math(_) | Shows::Mention { .. } => {
                self.source.clone()
            }
        }
    }
}

/// What in a text may be more than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Marks {
    /// Nothing: most lines need no look at their parts.
    None,
    /// Signs that a backslash makes text.
    Escapes,
    /// What the CommonMark parser looks into, or one of our own signs.
    Others,
}

impl Marks {
    /// The most that is in a line.
    pub(super) fn of(line: &str) -> Marks {
        if line.contains('$') { Marks::Others } else { Marks::but_for_formulas(line) }
    }

    /// The same where formulas are told apart already. A bracket alone is text: nothing that is made flat defines what it
    /// could refer to.
    fn but_for_formulas(text: &str) -> Marks {
        let mut most = Marks::None;
        let mut before = 0;
        for byte in text.bytes() {
            let leads_on = (before, byte) == (b']', b'(');
            before = byte;
            if leads_on
                || matches!(byte, b'`' | b'*' | b'_' | b'~' | b'<' | b'&' | 0)
                || matches!(char::from(byte), BREAK | THING)
            {
                return Marks::Others;
            }
            if byte == b'\\' {
                most = Marks::Escapes;
            }
        }
        most
    }
}

/// How much of a line stands before what breaks it: an odd backslash, or blanks.
fn before_break(line: &str) -> usize {
    let kept = trimmed(line);
    let bare = line.get(..kept).unwrap_or_default();
    let backslashes = bare.len() - bare.trim_end_matches('\\').len();
    kept - usize::from(kept == line.len() && backslashes % 2 == 1)
}

fn trimmed(line: &str) -> usize {
    line.trim_end_matches([' ', '\t']).len()
}

/// One line on its way into a flat text.
struct Scan<'a> {
    text: &'a str,
    end: usize,
    in_cell: bool,
    flat: &'a mut Flat,
    /// There is no `</mention>` any more.
    no_close: bool,
}

impl Scan<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..self.end).unwrap_or_default()
    }

    fn run(&mut self, start: usize, place: &Place) {
        let (mut at, mut copied) = (start, start);
        // Up to here it is code, where nothing but the cell's escapes means anything.
        let mut code = start;
        while at < self.end {
            let rest = self.rest(at);
            let Some(found) = rest.find(['\\', '`', '<', '$']) else { break };
            at += found;
            let rest = self.rest(at);
            let thing = if self.in_cell && rest.starts_with("\\|") {
                Some((2, Shows::Pipe))
            } else if at < code {
                at += 1;
                continue;
            } else if let Some(escaped) = rest.strip_prefix('\\') {
                at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
                continue;
            } else if rest.starts_with('`') {
                let (run, span) = code_span(rest);
                code = at + span;
                at += run;
                continue;
            } else if rest.starts_with('$') {
                let math = self.math(rest);
                if math.is_none() {
                    // Two of them are not a formula on a line of text.
                    at += rest.len() - rest.trim_start_matches('$').len();
                    continue;
                }
                math
            } else {
                self.mention(at, place)
            };
            let Some((len, shows)) = thing else {
                at += 1;
                continue;
            };
            self.copy(copied, at);
            self.flat.push(at..at + len, shows);
            at += len;
            copied = at;
        }
        self.copy(copied, self.end);
    }

    fn copy(&mut self, from: usize, to: usize) {
        let same = self.text.get(from..to).unwrap_or_default();
        self.flat.push_same(same, from);
    }

    fn math(&self, rest: &str) -> Option<(usize, Shows)> {
        let inner = rest.strip_prefix('$')?;
        let end = dollar(inner)?;
        let after = inner.get(end + 1..)?;
        let inner = inner.get(..end)?;
        let blank = |c: char| c.is_whitespace();
        if inner.is_empty()
            || inner.starts_with(blank)
            || inner.ends_with(blank)
            || after.starts_with('$')
        {
            return None;
        }
        let formula = if self.in_cell { inner.replace("\\|", "|") } else { inner.to_owned() };
        Some((inner.len() + 2, Shows::Math(formula)))
    }

    fn mention(&mut self, at: usize, place: &Place) -> Option<(usize, Shows)> {
        let rest = self.text.get(at..self.end)?;
        if !(rest.starts_with("<mention") || rest.starts_with("<date")) {
            return None;
        }
        let tag = Tag::parse(rest)?;
        let (label, len) = match tag.form {
            Form::Close => return None,
            Form::Alone => ("", tag.len),
            Form::Open if self.no_close => return None,
            Form::Open => {
                let inner = rest.get(tag.len..)?;
                let close = format!("</{}>", tag.name);
                let Some(end) = inner.find(&close) else {
                    self.no_close = true;
                    return None;
                };
                (inner.get(..end)?, tag.len + end + close.len())
            }
        };
        let (text, link) = match tag.name.as_str() {
            "mention" => mention::shown(&tag, label, place),
            "date" => (mention::date(&tag), None),
            _ => return None,
        };
        Some((len, Shows::Mention { text, link }))
    }
}

/// The length of the run of backticks with which the text begins, and of the code span it opens: that of the run when
/// nothing closes it.
pub(super) fn code_span(text: &str) -> (usize, usize) {
    let run = text.bytes().take_while(|byte| *byte == b'`').count();
    let mut at = run;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
        at += found;
        let len = text.bytes().skip(at).take_while(|byte| *byte == b'`').count();
        at += len;
        if len == run {
            return (run, at);
        }
    }
    (run, run)
}

/// Where the next dollar stands that is not escaped.
fn dollar(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let here = byte == b'$' && !escaped;
        escaped = byte == b'\\' && !escaped;
        here
    })
}
