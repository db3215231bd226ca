//! The lines of one container on their way into blocks.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::lines::Line;
use crate::body::source::Mark;
use crate::body::tree::{Block, MAX_DEPTH};

/// How deep a block lies: among blocks, and among all that contains others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    blocks: usize,
    nested: usize,
}

impl Level {
    /// The level of a text's own blocks.
    pub(super) const TOP: Level = Level { blocks: 1, nested: 1 };

    /// Whether it is the level of a text's own blocks.
    pub(super) fn is_top(self) -> bool {
        self.nested == Level::TOP.nested
    }

    /// The level of a block's children.
    pub(super) fn inside(self) -> Option<Level> {
        (self.blocks < MAX_DEPTH)
            .then(|| Level { blocks: self.blocks + 1, ..self })
            .and_then(Level::through)
    }

    /// The level of what a container that is no block contains.
    pub(super) fn through(self) -> Option<Level> {
        (self.nested < 2 * MAX_DEPTH).then(|| Level { nested: self.nested + 1, ..self })
    }
}

/// Blocks and their marks.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) blocks: Vec<Block>,
    pub(super) marks: Vec<Mark>,
}

impl Found {
    pub(super) fn push(&mut self, block: Block, mark: Mark) {
        self.blocks.push(block);
        self.marks.push(mark);
    }
}

/// The lines of one container that are still to be read.
pub(super) struct Flow {
    pub(super) lines: Vec<Line>,
    pub(super) at: usize,
    /// Names of the tags that are open in these lines.
    pub(super) open: Vec<String>,
    /// What is known to be closed nowhere below.
    pub(super) unclosed: BTreeSet<String>,
    /// What every line begins with, outside of the lines.
    pub(super) prefix: SmolStr,
    /// Whether the list that is open counts.
    pub(super) counts: bool,
    /// Whether what is read belongs to another page.
    pub(super) kept: bool,
}

impl Flow {
    pub(super) fn new(lines: Vec<Line>, prefix: SmolStr) -> Flow {
        Flow {
            lines,
            at: 0,
            open: Vec::new(),
            unclosed: BTreeSet::new(),
            prefix,
            counts: false,
            kept: false,
        }
    }

    pub(super) fn line(&self) -> Option<Line> {
        self.lines.get(self.at).copied()
    }

    /// The end of the last line read that is not blank.
    pub(super) fn end(&self, text: &str) -> usize {
        let read = self.lines.get(..self.at).unwrap_or_default();
        read.iter().rev().find(|line| !line.is_blank(text)).map_or(0, |line| line.end)
    }

    pub(super) fn skip_blank(&mut self, text: &str) {
        while self.line().is_some_and(|line| line.is_blank(text)) {
            self.at += 1;
        }
    }

    /// Whether the line closes a tag that is open here.
    pub(super) fn closes(&self, line: &str) -> bool {
        closing(line).is_some_and(|name| self.open.iter().any(|open| open == name))
    }

    /// Where a line ends with the closing of an open tag, the closing becomes a line of its own.
    pub(super) fn split_closing(&mut self, text: &str) {
        let Some(line) = self.line().filter(|_| !self.open.is_empty()) else { return };
        let shown = line.of(text).trim_end_matches([' ', '\t']);
        let Some(at) = shown.rfind("</").filter(|at| *at > 0 && shown.ends_with('>')) else {
            return;
        };
        let (before, close) = shown.split_at(at);
        let is_escaped = (before.len() - before.trim_end_matches('\\').len()) % 2 == 1;
        if is_escaped || before.trim().is_empty() || !self.closes(close) {
            return;
        }
        let middle = line.start + at;
        if let Some(line) = self.lines.get_mut(self.at) {
            let end = line.end;
            line.end = middle;
            self.lines.insert(self.at + 1, Line { start: middle, end });
        }
    }
}

/// The name of the tag that the line closes, when it does nothing else.
pub(super) fn closing(line: &str) -> Option<&str> {
    line.trim_matches([' ', '\t']).strip_prefix("</")?.strip_suffix('>').map(|name| name.trim_end())
}

/// A first paragraph is the text of what contains it, where neither side can tell the two apart.
pub(super) fn hoist(block: &mut Block, children: &mut Vec<Block>, mark: &mut Mark) {
    let is_free = mark.children.first().is_some_and(|child| child.hold == mark.hold);
    if is_free && block.hoist(children) {
        let child = mark.children.remove(0);
        mark.text = child.text;
        mark.words = child.words;
        mark.prefix = child.prefix;
        if let Some(room) = &mut mark.room {
            room.at = room.at.max(child.span.end);
        }
    }
}
