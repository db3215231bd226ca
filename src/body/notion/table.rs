//! Tables, with pipes or with tags.

use std::ops::Range;

use super::blocks::Reader;
use super::flow::{Flow, Found, closing};
use super::lines::Line;
use super::scan::code_span;
use super::starts::start;
use super::tag::{Form, Tag};
use crate::body::source::{Mark, Spelling};
use crate::body::tree::{Block, Kind};

/// A table has at most so many columns; what lies beyond is not shown (I14).
const MAX_COLUMNS: usize = 200;

impl Reader<'_> {
    /// Whether this line is the head of a table with pipes: the line below says so.
    pub(super) fn is_head(&self, flow: &Flow) -> bool {
        let line = |at: usize| flow.lines.get(at).map(|line| line.trimmed(self.text));
        let (Some(head), Some(below)) = (line(flow.at), line(flow.at + 1)) else { return false };
        let below = self.slice(&below);
        self.slice(&head).contains('|')
            && is_delimiter(below)
            && cells(self.slice(&head)).len() == cells(below).len()
    }

    /// Reads a table with pipes; false when there is none here.
    pub(super) fn pipes(&mut self, flow: &mut Flow, found: &mut Found) -> bool {
        if !self.is_head(flow) {
            return false;
        }
        let Some(first) = flow.line() else { return false };
        let mut rows = Filled::default();
        let mut columns = None;
        while let Some(line) = flow.line() {
            let at = line.trimmed(self.text);
            let shown = self.slice(&at);
            let is_row = columns.is_none() || !shown.is_empty() && start(shown).is_none();
            if !is_row || flow.closes(shown) {
                break;
            }
            let mut cells = cells(shown);
            let columns = *columns.get_or_insert(cells.len().min(MAX_COLUMNS));
            cells.resize(columns, shown.len()..shown.len());
            let cells = cells.into_iter().map(|cell| {
                let line = at.start + cell.start..at.start + cell.end;
                [line]
            });
            let span = line.start..line.end;
            self.row(flow, span, cells, Spelling::Cell, &mut rows);
            // The line below the head is no row.
            flow.at += if rows.cells.len() == 1 { 2 } else { 1 };
        }
        self.rows(flow, first.start..flow.end(self.text), rows, found);
        true
    }

    /// Reads a table with tags; false when nothing closes it.
    pub(super) fn table(
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
        let ends =
            |line: &str| closing(line) == Some("table") || line.trim_end().ends_with("</table>");
        let last =
            if ends(first.of(self.text)) { Some(flow.at) } else { self.close(flow, "table", ends) };
        let Some(last) = last else { return false };
        let mut lines = flow.lines.get(flow.at..=last).unwrap_or_default().to_vec();
        if let Some(line) = lines.first_mut() {
            line.start = at + tag.len;
        }
        let mut scan = Rows::default();
        for line in &lines {
            scan.line(self.text, *line);
        }
        let mut rows = Filled::default();
        for row in scan.rows {
            self.row(flow, row.span, row.cells.into_iter(), Spelling::Html, &mut rows);
        }
        let end = flow.lines.get(last).map_or(first.end, |line| line.end);
        flow.at = last + 1;
        self.rows(flow, first.start..end, rows, found);
        true
    }

    fn row(
        &mut self,
        flow: &Flow,
        span: Range<usize>,
        cells: impl ExactSizeIterator<Item = impl AsRef<[Range<usize>]>>,
        spelling: Spelling,
        rows: &mut Filled,
    ) {
        let mut row = Vec::with_capacity(cells.len());
        let mut mark = self.mark(flow, span.clone(), span.end..span.end);
        mark.spelling = spelling;
        mark.children.reserve_exact(cells.len());
        for lines in cells {
            let lines = lines.as_ref();
            let text = match (lines.first(), lines.last()) {
                (Some(first), Some(last)) => first.start..last.end,
                (None, _) | (_, None) => span.end..span.end,
            };
            let read = self.inline(lines, spelling);
            row.push(Block::new(Kind::Cell, read.words.tokens));
            let words = read.words.at;
            mark.children.push(Mark { words, spelling, ..self.mark(flow, text.clone(), text) });
        }
        rows.push(row, mark);
    }

    fn rows(&mut self, flow: &Flow, span: Range<usize>, mut rows: Filled, found: &mut Found) {
        let columns = rows.cells.iter().map(Vec::len).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        for (row, mark) in rows.cells.iter_mut().zip(&mut rows.marks) {
            while row.len() < columns {
                row.push(Block::new(Kind::Cell, Vec::new()));
                let at = mark.span.end..mark.span.end;
                let cell = Mark { spelling: mark.spelling, ..self.mark(flow, at.clone(), at) };
                mark.children.push(cell);
            }
        }
        let mark = self.mark(flow, span.clone(), span.end..span.end);
        let mut table = Block::new(Kind::Table, Vec::new());
        let row = |cells: Vec<Block>| Block {
            children: cells.into(),
            ..Block::new(Kind::Row, Vec::new())
        };
        table.children = rows.cells.into_iter().map(row).collect();
        found.push(table, Mark { children: rows.marks, ..mark });
    }
}

/// Rows that were read, and where they stand.
#[derive(Debug, Default)]
struct Filled {
    cells: Vec<Vec<Block>>,
    marks: Vec<Mark>,
}

impl Filled {
    fn push(&mut self, cells: Vec<Block>, mark: Mark) {
        self.cells.push(cells);
        self.marks.push(mark);
    }
}

/// Whether the line under a head makes it one.
fn is_delimiter(line: &str) -> bool {
    line.contains('-')
        && line.contains('|')
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
        && cells(line).into_iter().all(|cell| {
            let cell = line.get(cell).unwrap_or_default();
            let cell = cell.strip_prefix(':').unwrap_or(cell);
            let cell = cell.strip_suffix(':').unwrap_or(cell);
            !cell.is_empty() && cell.bytes().all(|byte| byte == b'-')
        })
}

/// Where the cells of a row stand, without the blanks around them.
fn cells(line: &str) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let mut start = usize::from(line.starts_with('|'));
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate().skip(start) {
        if byte == b'|' && !escaped {
            cells.push(Line { start, end: at }.trimmed(line));
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    if start < line.len() {
        cells.push(Line { start, end: line.len() }.trimmed(line));
    }
    cells
}

/// The rows of a table with tags, while its lines are read.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    /// Inside a row.
    in_row: bool,
    /// Where the text of the open cell has come to.
    cell: Option<Vec<Range<usize>>>,
}

#[derive(Debug)]
struct Row {
    span: Range<usize>,
    cells: Vec<Vec<Range<usize>>>,
}

impl Rows {
    fn line(&mut self, text: &str, line: Line) {
        let mut at = line.start;
        let mut copied = line.start;
        while at < line.end {
            let rest = text.get(at..line.end).unwrap_or_default();
            let Some(found) = rest.find(['\\', '`', '<']) else { break };
            at += found;
            let rest = text.get(at..line.end).unwrap_or_default();
            if let Some(escaped) = rest.strip_prefix('\\') {
                at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
                continue;
            }
            if rest.starts_with('`') {
                at += code_span(rest).1;
                continue;
            }
            let tag = Tag::parse(rest);
            let Some(tag) =
                tag.filter(|tag| matches!(tag.name.as_str(), "tr" | "td" | "th" | "table"))
            else {
                at += 1;
                continue;
            };
            self.text(text, copied..at);
            self.tag(&tag, line.start.max(at), at + tag.len);
            at += tag.len;
            copied = at;
        }
        self.text(text, copied..line.end);
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        if let Some(cell) = &mut self.cell {
            let at = Line { start: range.start, end: range.end }.trimmed(text);
            if !at.is_empty() {
                cell.push(at);
            }
        }
    }

    fn tag(&mut self, tag: &Tag, start: usize, end: usize) {
        match (tag.name.as_str(), tag.form) {
            ("tr", Form::Open | Form::Alone) => {
                self.finish_cell(start);
                self.rows.push(Row { span: start..end, cells: Vec::new() });
                self.in_row = tag.form == Form::Open;
            }
            ("td" | "th", form) if self.in_row => {
                self.finish_cell(start);
                if form != Form::Close {
                    self.cell = Some(Vec::new());
                    if let Some(row) = self.rows.last_mut() {
                        row.span.end = end;
                    }
                }
                if form == Form::Alone {
                    self.finish_cell(end);
                }
                if let Some(row) = self.rows.last_mut() {
                    row.span.end = row.span.end.max(end);
                }
            }
            (_, Form::Close) => {
                self.finish_cell(start);
                if let Some(row) = self.rows.last_mut().filter(|_| self.in_row && tag.name == "tr")
                {
                    row.span.end = end;
                }
                self.in_row = false;
            }
            _ => {}
        }
    }

    fn finish_cell(&mut self, at: usize) {
        if let (Some(mut cell), Some(row)) = (self.cell.take(), self.rows.last_mut())
            && row.cells.len() < MAX_COLUMNS
        {
            if cell.is_empty() {
                cell.push(at..at);
            }
            row.span.end = row.span.end.max(at);
            row.cells.push(cell);
        }
    }
}
