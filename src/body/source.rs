//! Where the blocks and words of a tree stand in the text they were read from: the same shape as the tree, beside it.

use std::ops::Range;

use smol_str::SmolStr;

use super::tree::Block;

/// A text read: its tree, and for each block of the tree its [`Mark`] at the same place.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// What a reader sees.
    pub(super) blocks: Vec<Block>,
    /// Where it stands; as many as `blocks`, and so at every level.
    pub(super) marks: Vec<Mark>,
    /// What the tree does not show and nothing may remove: comments, definitions, what only Notion has.
    pub(super) hidden: Vec<Range<usize>>,
    /// Where it can be read in parts.
    pub(super) cuts: Vec<Cut>,
    /// Whether something in it has a name by which anything else can mean it: a definition, a footnote.
    pub(super) has_names: bool,
}

/// A place between two of a text's own blocks, or behind the last one, where nothing is open that a line of text after
/// an empty line does not close. What is before it was read without a look at what comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where the last line before it ends that is not empty.
    pub(super) end: usize,
    /// Where what comes after it begins.
    pub(super) next: usize,
    /// How many blocks are before it.
    pub(super) blocks: usize,
}

/// Where a block stands.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// From its first character after what every line of its container begins with, to the end of its last line
    /// without the line end; children included.
    pub(super) span: Range<usize>,
    /// Where its own text stands; empty at the place where text would go.
    pub(super) text: Range<usize>,
    /// One for each token of the block's text.
    pub(super) words: Vec<Word>,
    /// How words are spelled in it.
    pub(super) spelling: Spelling,
    /// What can be changed by itself: the box of a to-do, the signs of a heading, the language of code.
    pub(super) part: Option<Range<usize>>,
    /// Where the first child goes when there is none, and what its lines begin with: `None` when the block has to be
    /// written anew for that.
    pub(super) room: Option<Room>,
    /// What lines of its text after the first begin with.
    pub(super) prefix: SmolStr,
    /// How far it may be changed.
    pub(super) hold: Hold,
    /// Marks of its children.
    pub(super) children: Vec<Mark>,
}

/// Where a child goes.
#[derive(Debug, Clone)]
pub(super) struct Room {
    /// The end of the line after which it goes.
    pub(super) at: usize,
    /// What each of its lines begins with.
    pub(super) prefix: SmolStr,
}

/// Where a token stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes; several tokens with one range are one thing that cannot be changed in part.
    pub(super) at: Range<usize>,
    /// Source that is shown as it is: what replaces it is not escaped.
    pub(super) raw: bool,
}

/// How words are spelled in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Markdown over several lines.
    Lines,
    /// Markdown on one line (a heading).
    Line,
    /// A cell of a table with pipes.
    Cell,
    /// Inside HTML: `<summary>`, or Notion's `<td>`.
    Html,
    /// To the letter.
    Literal,
}

/// How far a block may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is what it shows.
    Free,
    /// It stands for something that cannot be shown, and has no source of its own: edits are put back.
    StandIn,
    /// It stands for something that only this side can hold and that must never be removed or rewritten (I2).
    Kept,
}
