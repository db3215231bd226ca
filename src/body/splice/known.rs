//! A text that was read, and where in it each block stands: what is moved is taken over as it is spelled.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::body::lines::line_ending;
use crate::body::source::{Hold, Mark, Reading};
use crate::body::tree::{Block, Kind, Token};

/// A text that was read.
pub(super) struct Known<'t> {
    pub(super) source: &'t str,
    pub(super) reading: &'t Reading,
    pub(super) line_ending: &'static str,
    /// Where blocks stand, for the outlines that somebody asked for.
    spans: RefCell<HashMap<Outline, Spans, FixedState>>,
}

/// What is told of a block without looking at its words.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Outline {
    kind: Discriminant<Kind>,
    tokens: usize,
    children: usize,
}

/// Where blocks stand, of equal ones the first, by their digests.
type Spans = HashMap<u64, Range<usize>, FixedState>;

impl<'t> Known<'t> {
    pub(super) fn new(source: &'t str, reading: &'t Reading) -> Known<'t> {
        Known { source, reading, line_ending: line_ending(source), spans: RefCell::default() }
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &'t str {
        self.source.get(range.clone()).unwrap_or_default()
    }

    /// Where a block stands in the text, when it is there somewhere.
    pub(super) fn span_of(&self, block: &Block) -> Option<Range<usize>> {
        // A text that is made from nothing has nothing to take over, and digests cost as much as the rest.
        if self.reading.blocks.is_empty() {
            return None;
        }
        let wanted = Outline::of(&block.kind, &block.text, &block.children);
        let mut spans = self.spans.borrow_mut();
        let spans = spans.entry(wanted).or_insert_with(|| {
            let mut spans = Spans::default();
            collect(&self.reading.blocks, &self.reading.marks, wanted, &mut spans);
            spans
        });
        spans.get(&block.digest()).cloned()
    }
}

impl Outline {
    fn of(kind: &Kind, text: &[Token], children: &[Block]) -> Outline {
        Outline { kind: discriminant(kind), tokens: text.len(), children: children.len() }
    }
}

/// Where each block of that outline stands.
fn collect(blocks: &[Block], marks: &[Mark], wanted: Outline, spans: &mut Spans) {
    for (block, mark) in blocks.iter().zip(marks) {
        // Nothing of a table is taken over but the whole: its cells are all it has thousands of.
        if block.kind != Kind::Table {
            collect(&block.children, &mark.children, wanted, spans);
        }
        let is_whole = !matches!(block.kind, Kind::Row | Kind::Cell);
        if mark.hold == Hold::Free
            && is_whole
            && Outline::of(&block.kind, &block.text, &block.children) == wanted
        {
            spans.entry(block.digest()).or_insert_with(|| mark.span.clone());
        }
        let has_title =
            block.kind.is_item() || matches!(block.kind, Kind::Quote | Kind::Callout(_));
        if has_title && Outline::of(&Kind::Paragraph, &block.text, &[]) == wanted {
            // A title may become a paragraph.
            let title = Block::new(Kind::Paragraph, block.text.clone());
            spans.entry(title.digest()).or_insert_with(|| mark.text.clone());
        }
    }
}
