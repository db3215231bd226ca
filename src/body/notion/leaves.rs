//! Blocks whose text is to the letter: code and formulas.

use std::ops::Range;

use super::blocks::Reader;
use super::flow::{Flow, Found, closing};
use super::lines::Line;
use super::starts::Fence;
use super::tag::{Form, Tag};
use crate::body::language;
use crate::body::source::{Mark, Spelling};
use crate::body::tree::{Block, Kind, Style};
use crate::body::words::Words;

impl Reader<'_> {
    pub(super) fn code(&mut self, flow: &mut Flow, fence: &Fence, at: usize, found: &mut Found) {
        let Some(first) = flow.line() else { return };
        let column = first.indentation(self.text);
        flow.at += 1;
        let mut lines = Vec::new();
        let mut is_closed = false;
        while let Some(line) = flow.line().filter(|_| !is_closed) {
            flow.at += 1;
            is_closed = fence.is_closed_by(line.of(self.text));
            if !is_closed {
                lines.push(line.outdented(self.text, column));
            }
        }
        if !is_closed {
            self.reach = usize::MAX;
            let said = lines.iter().rposition(|line| !line.is_blank(self.text));
            lines.truncate(said.map_or(0, |last| last + 1));
        }
        let end = flow.end(self.text);
        let part = at + fence.info.start..at + fence.info.end;
        let language = language::canonical(self.slice(&part)).to_owned();
        let mark = Mark { part: Some(part), ..self.mark(flow, first.start..end, end..end) };
        self.literal(Kind::Code { language }, &lines, mark, found);
    }

    /// A formula between lines of `$$`; false when nothing closes it.
    pub(super) fn formula(&mut self, flow: &mut Flow, found: &mut Found) -> bool {
        let close = self.close(flow, "$$", |line| line.trim_matches([' ', '\t']) == "$$");
        let (Some(first), Some(close)) = (flow.line(), close) else { return false };
        let lines = flow.lines.get(flow.at + 1..close).unwrap_or_default().to_vec();
        let end = flow.lines.get(close).map_or(first.end, |line| line.end);
        flow.at = close + 1;
        let lines: Vec<Line> = self.indented_like(first, lines);
        let mark = self.mark(flow, first.start..end, end..end);
        self.literal(Kind::Equation, &lines, mark, found);
        true
    }

    /// A formula between tags; false when nothing closes it.
    pub(super) fn equation(
        &mut self,
        flow: &mut Flow,
        tag: &Tag,
        at: usize,
        found: &mut Found,
    ) -> bool {
        let Some(first) = flow.line() else { return false };
        if tag.form == Form::Alone {
            flow.at += 1;
            return true;
        }
        let rest = at + tag.len..first.trimmed(self.text).end;
        let shown = self.slice(&rest);
        if let Some(inner) = shown.strip_suffix("</equation>") {
            let line = Line { start: rest.start, end: rest.start + inner.len() };
            let mark = self.mark(flow, first.start..first.end, line.start..line.start);
            flow.at += 1;
            self.literal(Kind::Equation, &[line], mark, found);
            return true;
        }
        let is_alone = shown.is_empty();
        let close = self.close(flow, "equation", |line| closing(line) == Some("equation"));
        let Some(close) = close.filter(|_| is_alone) else { return false };
        let lines = flow.lines.get(flow.at + 1..close).unwrap_or_default().to_vec();
        let end = flow.lines.get(close).map_or(first.end, |line| line.end);
        flow.at = close + 1;
        let lines = self.indented_like(first, lines);
        let mark = self.mark(flow, first.start..end, end..end);
        self.literal(Kind::Equation, &lines, mark, found);
        true
    }

    /// The number of the line below that closes what begins here; what is not found is not looked for again.
    pub(super) fn close(
        &mut self,
        flow: &mut Flow,
        name: &str,
        closes: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        if flow.unclosed.contains(name) {
            return None;
        }
        let below = flow.lines.get(flow.at + 1..).unwrap_or_default();
        let found = below.iter().position(|line| closes(line.of(self.text)));
        let reach = found.and_then(|at| below.get(at)).map_or(usize::MAX, |line| line.end);
        self.reach = self.reach.max(reach);
        if found.is_none() {
            flow.unclosed.insert(name.to_owned());
        }
        found.map(|at| flow.at + 1 + at)
    }

    fn indented_like(&self, first: Line, lines: Vec<Line>) -> Vec<Line> {
        let column = first.indentation(self.text);
        lines.into_iter().map(|line| line.outdented(self.text, column)).collect()
    }

    fn literal(&mut self, kind: Kind, lines: &[Line], mark: Mark, found: &mut Found) {
        let mut words = Words::default();
        let mut last: Option<usize> = None;
        for line in lines {
            if let Some(end) = last {
                words.line_break(end..line.start.max(end));
            }
            words.exact(line.of(self.text), &Style::default(), line.start, true);
            last = Some(line.end);
        }
        let words = words.without_controls();
        let text: Range<usize> = match (lines.first(), last) {
            (Some(first), Some(end)) => first.start..end.max(first.start),
            (None, _) | (_, None) => mark.text.clone(),
        };
        let mark = Mark { text, words: words.at, spelling: Spelling::Literal, ..mark };
        found.push(Block::new(kind, words.tokens), mark);
    }
}
