//! The tree both dialects are read into: what a reader sees, without how it is spelled. Its blocks are Notion's, because
//! that is the coarser model; nothing in it is known to one side only.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;
use smol_str::SmolStr;

/// So many levels of blocks are told apart; what lies deeper is shown as its own source (I14).
pub(super) const MAX_DEPTH: usize = 24;

/// A block, its text, and what it contains.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Block {
    /// What it is.
    pub(super) kind: Kind,
    /// Its own text: a paragraph, an item's first line, a toggle's title, lines of code, a caption.
    pub(super) text: Vec<Token>,
    /// The blocks inside it.
    pub(super) children: Vec<Block>,
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
    Math(SmolStr),
}

/// How a token looks and where it leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
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

impl Block {
    /// A block with text and nothing inside.
    pub(super) fn new(kind: Kind, text: Vec<Token>) -> Block {
        Block { kind, text, children: Vec::new() }
    }

    /// Whether its first paragraph counts as its text, because neither side can tell the two apart.
    pub(super) fn hoists(&self) -> bool {
        let takes = self.kind.is_item() || matches!(self.kind, Kind::Quote | Kind::Callout(_));
        let first = self.children.first();
        takes
            && self.text.is_empty()
            && first.is_some_and(|first| first.kind == Kind::Paragraph && first.children.is_empty())
    }

    /// The same for equal blocks, whatever contains them.
    pub(super) fn digest(&self) -> u64 {
        let inside = self.children.iter().map(Block::digest);
        digest_of_parts(&self.kind, &self.text, inside)
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
            Atom::Text(text) => text.chars().all(is_blank),
            Atom::Break | Atom::Math(_) => false,
        }
    }
}

/// What separates words and may be collapsed: not the no-break space, which people type on purpose.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{2028}' | '\u{2029}')
}

/// The digest of a block whose children's are known.
pub(super) fn digest_of_parts(
    kind: &Kind,
    text: &[Token],
    children: impl Iterator<Item = u64>,
) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    (kind, text).hash(&mut hasher);
    children.for_each(|child| hasher.write_u64(child));
    hasher.finish()
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
            Atom::Text(words) | Atom::Math(words) => text.push_str(words),
            Atom::Break => text.push('\n'),
        }
    }
    text
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
pub(super) fn is_word(text: &str) -> bool {
    text.chars().all(|c| Class::of(c) == Class::Word)
}
