//! What is read in a way of its own: footnotes, code, tables, and what lies too deep.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use smol_str::format_smolstr;

use super::fold::Node;
use super::literal;
use super::marks::mark_in_line;
use super::read::{Reader, Spanned};
use crate::body::language;
use crate::body::lines::{line_end, line_start, next_line, prefix_of, trimmed};
use crate::body::source::{Mark, Spelling};
use crate::body::tree::{Block, Kind};
use crate::body::words::Words;

impl<'s> Reader<'s> {
    /// `[^1]: text` is shown as it is written, where it is written.
    pub(super) fn footnote(&mut self, range: &Range<usize>, depth: usize, nodes: &mut Vec<Node>) {
        let mut inner = self.children(depth + 1).into_iter();
        let shown = self.text.get(range.clone()).unwrap_or_default();
        let label = shown.find("]:").map_or(0, |end| end + 2);
        let mut words = Words::default();
        words.exact(&shown[..label], &Default::default(), range.start, true);
        let first = inner.next();
        let span = range.start..range.start + label;
        let (mut text, mut mark) =
            (Block::new(Kind::Paragraph, Vec::new()), self.mark(span, Vec::new(), Spelling::Lines));
        let mut rest = Vec::new();
        match first {
            Some(Node::Block { block, mark: first, .. }) if block.kind == Kind::Paragraph => {
                words.exact(" ", &Default::default(), range.start + label, true);
                words.tokens.extend(block.text.iter().cloned());
                words.at.extend(first.words);
                mark.span.end = first.span.end;
            }
            Some(other) => rest.push(other),
            None => {}
        }
        let words = words.settle(self.place);
        mark.text = mark.span.clone();
        mark.prefix = format_smolstr!("{}    ", prefix_of(self.text, range.start));
        (text.text, mark.words) = (words.tokens.into(), words.at);
        nodes.push(Node::new(text, mark));
        nodes.extend(rest);
        nodes.extend(inner);
    }

    pub(super) fn code(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) -> Node {
        let words = literal::code(self.text, &self.literal());
        let mut span = trimmed(self.text, range.clone());
        let prefix = prefix_of(self.text, span.start);
        let (kind, part) = match kind {
            CodeBlockKind::Indented => {
                span.start -= indentation(self.text, span.start);
                (Kind::Code { language: language::PLAIN.to_owned() }, None)
            }
            CodeBlockKind::Fenced(info) => {
                let line = span.start..line_end(self.text, span.start);
                let shown = self.text.get(line.clone()).unwrap_or_default();
                let fence = shown.chars().next().unwrap_or('`');
                let rest = shown.trim_start_matches(fence);
                let blanks = rest.len() - rest.trim_start().len();
                let start = line.start + shown.len() - rest.len() + blanks;
                let part = start..start + rest.trim().len();
                let kind = if info.trim() == "math" {
                    Kind::Equation
                } else {
                    Kind::Code { language: language::canonical(info).to_owned() }
                };
                (kind, Some(part))
            }
        };
        let block = Block::new(kind, words.tokens);
        Node::new(block, Mark { part, prefix, ..self.mark(span, words.at, Spelling::Literal) })
    }

    /// The events up to the end of the block, which is taken too.
    pub(super) fn literal(&mut self) -> Vec<Spanned<'s>> {
        std::iter::from_fn(|| self.next().filter(|(event, _)| !matches!(event, Event::End(_))))
            .collect()
    }

    pub(super) fn table(&mut self, columns: usize, range: &Range<usize>) -> Node {
        let mut rows = Vec::new();
        let span = trimmed(self.text, range.clone());
        let mut mark = self.mark(span, Vec::new(), Spelling::Literal);
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::TableHead) => {
                    let (row, mut row_mark) = self.row(columns, &range);
                    // Its line and the line under it are one.
                    row_mark.span.end =
                        line_end(self.text, next_line(self.text, row_mark.span.end));
                    rows.push(row);
                    mark.children.push(row_mark);
                }
                Event::Start(Tag::TableRow) => {
                    let (row, row_mark) = self.row(columns, &range);
                    rows.push(row);
                    mark.children.push(row_mark);
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        let table = Block { children: rows.into(), ..Block::new(Kind::Table, Vec::new()) };
        Node::new(table, mark)
    }

    fn row(&mut self, columns: usize, range: &Range<usize>) -> (Block, Mark) {
        let mut cells = Vec::with_capacity(columns);
        let span = trimmed(self.text, range.clone());
        let mut mark = self.mark(span, Vec::new(), Spelling::Literal);
        mark.children.reserve_exact(columns);
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::TableCell) => {
                    let inline = self.run(None);
                    self.next();
                    let span = inline.span.clone();
                    let words = inline.words.settle(self.place);
                    cells.push(Block::new(Kind::Cell, words.tokens));
                    let middle = range.start + usize::from(range.len() > 1);
                    let text = span.map_or(middle..middle, |at| trimmed(self.text, at));
                    let cell = mark_in_line(range.clone(), words.at, Spelling::Cell);
                    mark.children.push(Mark { text, ..cell });
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        let row = Block { children: cells.into(), ..Block::new(Kind::Row, Vec::new()) };
        (row, mark)
    }

    pub(super) fn too_deep(&self, range: &Range<usize>) -> Node {
        let span = trimmed(self.text, range.clone());
        let mut words = Words::default();
        words.literal(self.text.get(span.clone()).unwrap_or_default(), span.start);
        let block = Block::new(Kind::Code { language: "markdown".to_owned() }, words.tokens);
        let mark = self.mark(span, words.at, Spelling::Literal);
        Node::new(block, mark)
    }
}

/// How many bytes before indented code make it code.
fn indentation(text: &str, at: usize) -> usize {
    let before = text.get(line_start(text, at)..at).unwrap_or_default();
    if before.ends_with('\t') {
        return 1;
    }
    before.bytes().rev().take(4).take_while(|b| *b == b' ').count()
}
