//! Lists and their items.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};
use smol_str::SmolStr;

use super::fold::Node;
use super::read::Reader;
use crate::body::lines::{line_end, line_start, prefix_of, trimmed};
use crate::body::source::{Mark, Room, Spelling};
use crate::body::tree::{Block, Kind};
use crate::body::words::Words;

impl Reader<'_> {
    pub(super) fn list(&mut self, is_ordered: bool, depth: usize, nodes: &mut Vec<Node>) {
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let inner = self.children(depth + 1);
                    nodes.push(self.item(is_ordered, inner, &range, depth));
                }
                Event::End(_) => break,
                _ => {}
            }
        }
    }

    fn item(
        &mut self,
        is_ordered: bool,
        mut inner: Vec<Node>,
        range: &Range<usize>,
        depth: usize,
    ) -> Node {
        let span = trimmed(self.text, range.clone());
        let task = match inner.first_mut() {
            Some(Node::Block { task, mark, .. }) => {
                task.take().map(|done| (done, mark.part.take()))
            }
            Some(Node::Html(_)) | None => None,
        };
        let kind = match task {
            Some((done, _)) if !is_ordered => Kind::Todo { done },
            Some(_) | None if is_ordered => Kind::Number,
            Some(_) | None => Kind::Bullet,
        };
        let first_is_text = matches!(
            inner.first(),
            Some(Node::Block { block, .. }) if block.kind == Kind::Paragraph
        );
        let prefix = content_prefix(self.text, span.start);
        // Taken out first: most items have nothing else inside, and there are thousands of them.
        let first = first_is_text.then(|| inner.remove(0));
        let (children, marks) = self.folded(inner, depth + 1);
        let first_line = line_end(self.text, span.start);
        let mut block = Block::new(kind, Vec::new());
        let mut mark = self.mark(span, Vec::new(), Spelling::Lines);
        mark.children = marks;
        mark.text = first_line..first_line;
        mark.room = Some(Room { at: first_line, prefix: prefix.clone() });
        if let Some(Node::Block { block: first, mark: first_mark, .. }) = first {
            block.text = first.text;
            self.take_text(first_mark, &mut mark);
        }
        block.children = children.into();
        mark.prefix = prefix;
        if let Some((_, Some(part))) = task {
            if block.kind == Kind::Number {
                self.shown_box(&mut block, &mut mark, part);
            } else {
                mark.part = Some(part.start + 1..part.end - 1);
            }
        }
        Node::new(block, mark)
    }

    /// Notion has no numbered items to tick: the box is text there.
    fn shown_box(&self, block: &mut Block, mark: &mut Mark, part: Range<usize>) {
        let mut words = Words::default();
        let shown = self.text.get(part.clone()).unwrap_or_default();
        words.exact(shown, &Default::default(), part.start, true);
        words.exact(" ", &Default::default(), part.end, true);
        words.tokens.extend(block.text.iter().cloned());
        words.at.append(&mut mark.words);
        let words = words.settle(self.place);
        mark.text = part.start..mark.text.end.max(part.end);
        (block.text, mark.words) = (words.tokens.into(), words.at);
    }
}

/// What the lines of an item's content begin with.
fn content_prefix(text: &str, item: usize) -> SmolStr {
    let line = text.get(item..line_end(text, item)).unwrap_or_default();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marker = digits + 1;
    let rest = line.get(marker..).unwrap_or_default();
    let column =
        text.get(line_start(text, item)..item).unwrap_or_default().chars().count() + marker;
    let mut width = 0;
    for c in rest.chars() {
        match c {
            ' ' => width += 1,
            '\t' => width += 4 - (column + width) % 4,
            _ => break,
        }
    }
    let width = if rest.trim().is_empty() || width > 4 || width == 0 { 1 } else { width };
    let blanks = std::iter::repeat_n(' ', marker + width);
    prefix_of(text, item).chars().chain(blanks).collect()
}
