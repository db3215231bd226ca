//! What a page is made of: a tree of blocks with rich text (notion-api.md §6.3.1).

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How deep blocks may stand in each other; what is deeper is flattened.
pub(in crate::sim::notion) const MAX_DEPTH: usize = 48;

/// A block's id. It survives edits of other blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub(in crate::sim::notion) Uuid);

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl BlockId {
    /// Of a block that was parsed and has no place on a page yet.
    pub(in crate::sim::notion) const NONE: BlockId = BlockId(Uuid::nil());
}

/// Attributes of a block or of an inline object, by the name they have in a tag.
pub type Attributes = BTreeMap<String, String>;

/// One block with what stands in it.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// What it says, without its children.
    pub content: Content,
    /// The blocks inside it.
    pub children: Vec<Block>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its own content last changed.
    pub edited_at: DateTime<Utc>,
}

/// What one block says by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Content {
    /// What kind of block it is.
    pub kind: Kind,
    /// Colour, icon, source and the like.
    pub attributes: Attributes,
    /// Its words; of code and of equations one plain run.
    pub text: Vec<Run>,
}

/// The kinds of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A paragraph.
    Paragraph,
    /// A heading of level 1 to 4.
    Heading(u8),
    /// A toggle, or a toggle heading of that level.
    Toggle(Option<u8>),
    /// An item of a bulleted list.
    Bulleted,
    /// An item of a numbered list.
    Numbered,
    /// A to-do, ticked or not.
    ToDo(bool),
    /// A quote.
    Quote,
    /// A callout; its icon is an attribute.
    Callout,
    /// Code; its `language` is an attribute.
    Code,
    /// A displayed equation.
    Equation,
    /// A line.
    Divider,
    /// A table; its children are rows (and its columns' looks).
    Table,
    /// A row of a table; its children are cells.
    Row,
    /// A cell of a row.
    Cell,
    /// An image.
    Image,
    /// A page below this one; its `url` says which.
    Page,
    /// A database on this page; its `url` says which.
    Database,
    /// Something the dialect does not show, or the connection may not see; `url` and `alt` are attributes.
    Unknown,
    /// Any other block that has a tag of its own: `bookmark`, `columns`, `synced-block`, ...
    Tagged(&'static str),
}

impl Kind {
    /// The name the blocks API has for it.
    pub(in crate::sim::notion) fn api_type(&self) -> String {
        let name = match self {
            Kind::Paragraph => "paragraph",
            Kind::Heading(level) => return format!("heading_{level}"),
            Kind::Toggle(Some(level)) => return format!("heading_{level}"),
            Kind::Toggle(None) => "toggle",
            Kind::Bulleted => "bulleted_list_item",
            Kind::Numbered => "numbered_list_item",
            Kind::ToDo(_) => "to_do",
            Kind::Quote => "quote",
            Kind::Callout => "callout",
            Kind::Code => "code",
            Kind::Equation => "equation",
            Kind::Divider => "divider",
            Kind::Table => "table",
            Kind::Row | Kind::Cell => "table_row",
            Kind::Image => "image",
            Kind::Page => "child_page",
            Kind::Database => "child_database",
            Kind::Unknown => "unsupported",
            Kind::Tagged("columns") => "column_list",
            Kind::Tagged("table-of-contents") => "table_of_contents",
            Kind::Tagged("synced-block" | "synced-block-reference") => "synced_block",
            Kind::Tagged("meeting-notes") => "meeting_notes",
            Kind::Tagged(
                name @ ("column" | "tab" | "file" | "pdf" | "audio" | "video" | "bookmark"
                | "embed"),
            ) => name,
            Kind::Tagged(_) => "unsupported",
        };
        name.to_owned()
    }
}

/// One run of rich text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// What it is.
    pub what: What,
    /// How it looks.
    pub look: Look,
}

/// What a run of rich text is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// Words; a newline is a line break inside the block.
    Text(String),
    /// An inline equation.
    Equation(String),
    /// A mention of a person, a page, a database or an agent: attributes (`url`, `type`) and the label.
    Mention(Attributes, String),
    /// A mention of a date.
    Date(Attributes),
    /// A custom emoji of the workspace, by name.
    Emoji(String),
    /// A citation of a URL.
    Citation(String),
}

/// How a run looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Look {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Underlined.
    pub underline: bool,
    /// Code.
    pub code: bool,
    /// A colour of text or background.
    pub color: Option<String>,
    /// The comment threads on these words.
    pub discussions: Option<String>,
    /// Where a click leads.
    pub link: Option<String>,
}

impl Run {
    /// Words without any look.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Run {
        Run { what: What::Text(text.into()), look: Look::default() }
    }

    /// The words a person reads.
    #[must_use]
    pub fn words(&self) -> &str {
        match &self.what {
            What::Text(text)
            | What::Equation(text)
            | What::Mention(_, text)
            | What::Emoji(text)
            | What::Citation(text) => text,
            What::Date(attributes) => attributes.get("start").map_or("", String::as_str),
        }
    }
}

impl Content {
    /// A block of this kind with these words.
    #[must_use]
    pub fn new(kind: Kind, text: Vec<Run>) -> Content {
        Content { kind, attributes: Attributes::new(), text }
    }

    /// An attribute, if it has it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The words a person reads.
    #[must_use]
    pub fn words(&self) -> String {
        self.text.iter().map(Run::words).collect()
    }
}

impl Block {
    /// A block that has no place on a page yet.
    #[must_use]
    pub fn new(content: Content, children: Vec<Block>) -> Block {
        Block {
            id: BlockId::NONE,
            content,
            children,
            created_at: DateTime::UNIX_EPOCH,
            edited_at: DateTime::UNIX_EPOCH,
        }
    }

    /// A block of this kind with these words and nothing in it.
    #[must_use]
    pub fn of(kind: Kind, text: Vec<Run>) -> Block {
        Block::new(Content::new(kind, text), Vec::new())
    }

    /// Whether it says the same, whatever its id.
    #[must_use]
    pub fn says_the_same(&self, other: &Block) -> bool {
        self.content == other.content && say_the_same(&self.children, &other.children)
    }
}

/// Whether two lists of blocks say the same, whatever their ids.
pub(in crate::sim::notion) fn say_the_same(left: &[Block], right: &[Block]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| left.says_the_same(right))
}

/// How many blocks there are, at any depth.
pub(in crate::sim::notion) fn count(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| 1 + count(&block.children)).sum()
}

/// Joins neighbours of one look and drops what is empty: the one form in which rich text is kept.
pub(in crate::sim::notion) fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match (&run.what, joined.last_mut()) {
            (What::Text(text), _) if text.is_empty() => {}
            (What::Text(text), Some(Run { what: What::Text(before), look }))
                if *look == run.look =>
            {
                before.push_str(text);
            }
            (
                What::Text(_)
                | What::Equation(_)
                | What::Mention(_, _)
                | What::Date(_)
                | What::Emoji(_)
                | What::Citation(_),
                _,
            ) => joined.push(run),
        }
    }
    joined
}
