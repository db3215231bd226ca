//! People with their hands on one block: what they did, and how to do the same on another page.

use chrono::{DateTime, Utc};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use tandem::sim::notion::{Block, BlockId, BlockKind, Content, PageId, State, UserId, What};

use crate::workspace::{Workspace, flat, words_of};

/// What somebody in Notion types in the place of a word.
pub const TYPED_IN_NOTION: &str = "Zebrafish";
/// What somebody on GitHub types.
pub const TYPED_ON_GITHUB: &str = "Quaggamussel";
/// The paragraph that somebody in Notion adds.
pub const ADDED_IN_NOTION: &str = "Zebrafish were added, and *this* is no mark.";

/// One edit in Notion.
#[derive(Debug, Clone)]
pub struct Deed {
    pub what: Kind,
    /// What the block said before.
    pub content: Content,
    /// All that is seen of it, what it contains included.
    pub seen: String,
}

/// The kinds of edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    /// After the block.
    Add,
    Tick(bool),
    Delete,
    /// So many places further among its siblings.
    Move(isize),
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Word(_) => "change a word",
            Kind::Add => "add a paragraph",
            Kind::Tick(_) => "tick a task",
            Kind::Delete => "delete a block",
            Kind::Move(_) => "move a block",
        }
    }
}

/// Somebody edits one block of a page at random.
pub fn edits(workspace: &Workspace, page: PageId, rng: &mut ChaCha8Rng) -> Option<Deed> {
    let blocks = workspace.blocks(page);
    for _ in 0..20 {
        let Some((block, deed)) = wish(&blocks, rng) else { continue };
        let id = block.id;
        workspace.act(|notion, by, now| deed.act(notion, page, id, by, now));
        return Some(deed);
    }
    None
}

pub fn wish<'b>(blocks: &'b [Block], rng: &mut ChaCha8Rng) -> Option<(&'b Block, Deed)> {
    let kind = rng.random_range(0..5);
    let all = if kind == 1 { blocks.iter().collect() } else { flat(blocks) };
    let block = *all.choose(rng)?;
    let is_part = matches!(block.content.kind, BlockKind::Row | BlockKind::Cell);
    let what = match (kind, &block.content.kind) {
        (0, _) => Kind::Word(word_of(block, rng)?),
        (1, _) => Kind::Add,
        (2, BlockKind::ToDo(done)) => Kind::Tick(!done),
        (3, _) if !is_part => Kind::Delete,
        (4, _) if !is_part => {
            let siblings = siblings_of(blocks, block.id)?;
            let at = siblings.iter().position(|sibling| sibling.id == block.id)?;
            let to = rng.random_range(0..siblings.len());
            if to == at {
                return None;
            }
            Kind::Move(isize::try_from(to).ok()? - isize::try_from(at).ok()?)
        }
        (_, _) => return None,
    };
    let deed = Deed { what, content: block.content.clone(), seen: seen_of(block) };
    Some((block, deed))
}

fn siblings_of(blocks: &[Block], id: BlockId) -> Option<&[Block]> {
    if blocks.iter().any(|block| block.id == id) {
        return Some(blocks);
    }
    blocks.iter().find_map(|block| siblings_of(&block.children, id))
}

/// All that is seen of a block, links included.
pub fn seen_of(block: &Block) -> String {
    let mut seen = String::new();
    for block in flat(std::slice::from_ref(block)) {
        seen.push_str(&words_of(block));
        seen.push('\n');
        for link in block.content.text.iter().filter_map(|run| run.look.link.as_deref()) {
            seen.push_str(link);
            seen.push('\n');
        }
        for value in block.content.attributes.values() {
            seen.push_str(value);
            seen.push('\n');
        }
    }
    seen
}

/// A word of plain letters that stands once in the block.
fn word_of(block: &Block, rng: &mut ChaCha8Rng) -> Option<String> {
    let all = words_of(block);
    let mut words = Vec::new();
    for run in &block.content.text {
        if let What::Text(text) = &run.what {
            let pieces = text.split(|c: char| !c.is_ascii_alphabetic());
            words.extend(pieces.filter(|word| word.len() >= 3 && all.matches(word).count() == 1));
        }
    }
    words.choose(rng).map(|word| (*word).to_owned())
}

impl Deed {
    /// The same on another page that has that block once; `false` when it has not.
    pub fn again(&self, workspace: &Workspace, page: PageId) -> bool {
        let blocks = workspace.blocks(page);
        let found: Vec<&Block> = flat(&blocks)
            .into_iter()
            .filter(|block| block.content == self.content && seen_of(block) == self.seen)
            .collect();
        let [block] = found[..] else { return false };
        if self.what == Kind::Add && !blocks.iter().any(|other| other.id == block.id) {
            return false;
        }
        workspace.act(|notion, by, now| self.act(notion, page, block.id, by, now));
        true
    }

    fn act(
        &self,
        notion: &mut State,
        page: PageId,
        block: BlockId,
        by: UserId,
        now: DateTime<Utc>,
    ) {
        let place = |notion: &State| {
            let blocks = notion.blocks(page);
            let siblings = siblings_of(blocks, block).unwrap();
            siblings.iter().position(|sibling| sibling.id == block).unwrap()
        };
        match &self.what {
            Kind::Word(word) => {
                notion.change_words(page, block, word, TYPED_IN_NOTION, by, now).unwrap();
            }
            Kind::Add => {
                let at = place(notion) + 1;
                let text = ADDED_IN_NOTION.replace('*', "\\*");
                notion.insert_content(page, at, &text, by, now).unwrap();
            }
            Kind::Tick(done) => notion.tick(page, block, *done, by, now).unwrap(),
            Kind::Delete => notion.delete_block(page, block, by, now).unwrap(),
            Kind::Move(by_places) => {
                let to = place(notion).saturating_add_signed(*by_places);
                notion.move_block(page, block, to, by, now).unwrap();
            }
        }
    }
}
