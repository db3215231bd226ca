//! The tree both dialects are read into: what a reader sees, without how it is spelled. Its blocks are Notion's, because
//! that is the coarser model; nothing in it is known to one side only.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;
use smol_str::SmolStr;

use super::diff::same_ends;
use super::shared::Shared;

/// So many levels of blocks are told apart; what lies deeper is shown as its own source (I14).
pub(super) const MAX_DEPTH: usize = 24;

/// A block, its text, and what it contains.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Block {
    /// What it is.
    pub(super) kind: Kind,
    /// Its own text: a paragraph, an item's first line, a toggle's title, lines of code, a caption.
    pub(super) text: Shared<Token>,
    /// The blocks inside it.
    pub(super) children: Shared<Block>,
}

/// What a block is, with all that both sides can show of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Plain text.
    Paragraph,
    /// Level 1 to 4: Notion has no more.
    Heading(u8),
    /// An item with a bullet.
    Bullet,
    /// An item with a number; which one is the list's business.
    Number,
    /// An item to tick.
    Todo {
        /// Ticked.
        done: bool,
    },
    /// A quotation; its first paragraph is its text.
    Quote,
    /// GitHub's alert, Notion's callout; its first paragraph is its text.
    Callout(Tone),
    /// Folds its children away; as a heading when it has a level.
    Toggle(Option<u8>),
    /// Code; line breaks are [`Atom::Break`].
    Code {
        /// Notion's canonical name, `plain text` when there is none.
        language: String,
    },
    /// A display formula in LaTeX, as text.
    Equation,
    /// A line across.
    Divider,
    /// An image by its address; its text is the caption.
    Image {
        /// Absolute.
        url: String,
    },
    /// Its children are rows, the first of them is the head.
    Table,
    /// Its children are cells.
    Row,
    /// One cell.
    Cell,
}

/// GitHub's five alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tone {
    /// `[!NOTE]`
    Note,
    /// `[!TIP]`
    Tip,
    /// `[!IMPORTANT]`
    Important,
    /// `[!WARNING]`
    Warning,
    /// `[!CAUTION]`
    Caution,
}

/// The smallest thing an edit replaces: a word, a blank, a sign, a line break, a formula.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Token {
    /// What is seen.
    pub(super) atom: Atom,
    /// How it looks and where it leads.
    pub(super) style: Style,
}

/// What a token shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    /// A word, one run of blanks, or a single sign; never empty, never with a line break.
    Text(SmolStr),
    /// A line break inside the block.
    Break,
    /// An inline formula in LaTeX.
    Math(Arc<str>),
}

/// How a token looks and where it leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Bold.
    pub(super) bold: bool,
    /// Italic.
    pub(super) italic: bool,
    /// Struck through.
    pub(super) strike: bool,
    /// Inline code.
    pub(super) code: bool,
    /// An absolute address.
    pub(super) link: Option<Arc<str>>,
}

/// Digests are made of every token: the plain look, which most have, is one byte of them.
impl Hash for Style {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let marks = [self.bold, self.italic, self.strike, self.code, self.link.is_some()];
        state.write_u8(marks.into_iter().fold(0, |bits, mark| bits << 1 | u8::from(mark)));
        if let Some(link) = &self.link {
            link.hash(state);
        }
    }
}

impl Block {
    /// A block with text and nothing inside.
    pub(super) fn new(kind: Kind, text: impl Into<Shared<Token>>) -> Block {
        Block { kind, text: text.into(), children: Shared::default() }
    }

    /// Takes the text of its first paragraph, from what is to be inside it, for its own where neither side can tell the
    /// two apart; says whether it did.
    pub(super) fn hoist(&mut self, children: &mut Vec<Block>) -> bool {
        let takes = self.kind.is_item() || matches!(self.kind, Kind::Quote | Kind::Callout(_));
        let is_text = |first: &Block| first.kind == Kind::Paragraph && first.children.is_empty();
        let hoists = takes && self.text.is_empty() && children.first().is_some_and(is_text);
        if hoists {
            self.text = children.remove(0).text;
        }
        hoists
    }

    /// The same for equal blocks, whatever contains them.
    pub(super) fn digest(&self) -> u64 {
        digest_of(self)
    }

    /// Whether nothing is seen of it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Paragraph) && self.text.is_empty() && self.children.is_empty()
    }
}

impl Kind {
    /// Whether it is an item of a list.
    pub(super) fn is_item(&self) -> bool {
        match self {
            Kind::Bullet | Kind::Number | Kind::Todo { .. } => true,
            Kind::Paragraph
            | Kind::Heading(_)
            | Kind::Quote
            | Kind::Callout(_)
            | Kind::Toggle(_)
            | Kind::Code { .. }
            | Kind::Equation
            | Kind::Divider
            | Kind::Image { .. }
            | Kind::Table
            | Kind::Row
            | Kind::Cell => false,
        }
    }
}

impl Token {
    /// Text in a style.
    pub(super) fn text(text: &str, style: &Style) -> Token {
        Token { atom: Atom::Text(text.into()), style: style.clone() }
    }

    /// A plain line break.
    pub(super) fn line_break() -> Token {
        Token { atom: Atom::Break, style: Style::default() }
    }

    /// Whether it is a run of blanks.
    pub(super) fn is_blank(&self) -> bool {
        match &self.atom {
            Atom::Text(text) => text.starts_with(is_blank),
            Atom::Break | Atom::Math(_) => false,
        }
    }
}

/// What separates words and may be collapsed: not the no-break space, which people type on purpose.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Lets a tree have in common with another what is the same in both: from then on it is equal at a glance.
pub(super) fn share(from: &[Block], to: &mut [Block]) {
    let (front, back) = same_ends(from, to);
    let (from_end, to_end) = (from.len() - back, to.len() - back);
    to[..front].clone_from_slice(&from[..front]);
    to[to_end..].clone_from_slice(&from[from_end..]);
    if let ([from], [to]) = (&from[front..from_end], &mut to[front..to_end]) {
        if from.text == to.text {
            to.text = from.text.clone();
        }
        let mut children = to.children.to_vec();
        share(&from.children, &mut children);
        to.children = children.into();
    }
}

/// The same for equal values, as long as this process lives.
pub(super) fn digest_of(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// What the tokens say, with line breaks as `\n`.
pub(super) fn plain(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match &token.atom {
            Atom::Text(words) => text.push_str(words),
            Atom::Math(formula) => text.push_str(formula),
            Atom::Break => text.push('\n'),
        }
    }
    text
}

/// How often each word is shown; of Han and the scripts beside it, which have no blanks between words, each character.
pub(super) fn words_in(blocks: &[Block]) -> BTreeMap<SmolStr, usize> {
    let mut words = BTreeMap::new();
    count_words(blocks, &mut words);
    words
}

fn count_words(blocks: &[Block], words: &mut BTreeMap<SmolStr, usize>) {
    for block in blocks {
        for token in block.text.iter() {
            if let Atom::Text(word) = &token.atom
                && word.starts_with(char::is_alphanumeric)
            {
                *words.entry(word.clone()).or_insert(0) += 1;
            }
        }
        count_words(&block.children, words);
    }
}

/// Whether every word is there, as often as it is wanted.
pub(super) fn has_words(
    there: &BTreeMap<SmolStr, usize>,
    wanted: &BTreeMap<SmolStr, usize>,
) -> bool {
    wanted.iter().all(|(word, count)| there.get(word).is_some_and(|there| there >= count))
}

/// Splits text without line breaks into tokens' worth: words, runs of one blank, single signs. Scripts without
/// blanks between words are split by character, so that an edit stays small.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let class = Class::of(first);
        let end = match class {
            Class::Sign => first.len_utf8(),
            Class::Word | Class::Blank => rest
                .char_indices()
                .find(|(_, c)| Class::of(*c) != class)
                .map_or(rest.len(), |(at, _)| at),
        };
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Blank,
    Sign,
}

impl Class {
    fn of(c: char) -> Class {
        if is_blank(c) {
            Class::Blank
        } else if c.is_alphanumeric() && c < '\u{2e80}' {
            Class::Word
        } else {
            Class::Sign
        }
    }
}

/// Whether a piece is a word, so that two of them side by side are one.
pub(super) fn is_word(piece: &str) -> bool {
    piece.starts_with(|c| Class::of(c) == Class::Word)
}
