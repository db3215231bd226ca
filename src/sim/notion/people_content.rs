//! What people do with the content of pages, and what they see there.

use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

use super::bodies::{Rewrite, Shown};
use super::content::{Block, BlockId, Kind, Run, What, joined, outline, parse};
use super::ids::{PageId, UserId};
use super::markdown::find;
use super::people::Unknown;
use super::resolve::resolve;
use super::state::State;

impl State {
    /// The blocks of a page (or of a page below one), whole and without lag.
    #[must_use]
    pub fn blocks(&self, page: PageId) -> &[Block] {
        self.content(page)
    }

    /// What a person sees on the page, one line per block.
    #[must_use]
    pub fn outline(&self, page: PageId) -> String {
        outline(self.content(page))
    }

    /// The ids of all blocks of a page from top to bottom, children after their parents.
    #[must_use]
    pub fn block_ids(&self, page: PageId) -> Vec<BlockId> {
        fn walk(blocks: &[Block], ids: &mut Vec<BlockId>) {
            for block in blocks {
                ids.push(block.id);
                walk(&block.children, ids);
            }
        }
        let mut ids = Vec::new();
        walk(self.content(page), &mut ids);
        ids
    }

    /// The first block that says exactly this, at any depth.
    #[must_use]
    pub fn block_saying(&self, page: PageId, words: &str) -> Option<BlockId> {
        fn walk(blocks: &[Block], words: &str) -> Option<BlockId> {
            blocks.iter().find_map(|block| {
                if block.content.words() == words {
                    Some(block.id)
                } else {
                    walk(&block.children, words)
                }
            })
        }
        walk(self.content(page), words)
    }

    /// Puts this in the place of the whole content, written in Notion's markdown.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn write_content(
        &mut self,
        page: PageId,
        markdown: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.known_page(page)?;
        let rewrite = Rewrite { page, by, now, may_delete: true, is_request: false };
        // Limits are for requests, and a person may delete: nothing is refused.
        self.rewrite(&rewrite, &Shown::default(), markdown)
            .map(|_| ())
            .map_err(|refusal| Unknown::new("way to write", &refusal.message))
    }

    /// Inserts blocks, written in Notion's markdown, before the block at this place (or at the end).
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn insert_content(
        &mut self,
        page: PageId,
        at: usize,
        markdown: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.known_page(page)?;
        let rewrite = Rewrite { page, by, now, may_delete: true, is_request: false };
        let parsed = parse(markdown, &self.options.rendering, &self.emojis).blocks;
        let resolved = resolve(self, &rewrite, BTreeMap::new(), parsed)
            .map_err(|refusal| Unknown::new("way to write", &refusal.message))?;
        self.sub_pages.extend(resolved.made);
        let parsed = resolved.blocks;
        self.edit_content(page, by, now, |blocks| {
            let at = at.min(blocks.len());
            blocks.splice(at..at, parsed);
            Some(())
        })?
        .ok_or_else(|| Unknown::new("place", &at.to_string()))
    }

    /// Adds blocks, written in Notion's markdown, at the end.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn append_content(
        &mut self,
        page: PageId,
        markdown: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.insert_content(page, usize::MAX, markdown, by, now)
    }

    /// Types other words over some of a block's, everywhere in it; their look stays.
    ///
    /// # Errors
    /// When the page or the block is unknown, or does not say these words.
    pub fn change_words(
        &mut self,
        page: PageId,
        block: BlockId,
        from: &str,
        to: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.edit_block(page, block, by, now, |block| {
            let mut changed = None;
            for run in &mut block.content.text {
                if let What::Text(text) = &mut run.what
                    && text.contains(from)
                {
                    *text = text.replace(from, to);
                    changed = Some(());
                }
            }
            block.content.text = joined(std::mem::take(&mut block.content.text));
            changed
        })
    }

    /// Types plain words in the place of all that a block says.
    ///
    /// # Errors
    /// When the page or the block is unknown.
    pub fn set_words(
        &mut self,
        page: PageId,
        block: BlockId,
        words: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.edit_block(page, block, by, now, |block| {
            block.content.text = joined(vec![Run::plain(words)]);
            Some(())
        })
    }

    /// Ticks a to-do, or takes the tick away.
    ///
    /// # Errors
    /// When the page or the block is unknown, or it is no to-do.
    pub fn tick(
        &mut self,
        page: PageId,
        block: BlockId,
        ticked: bool,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.edit_block(page, block, by, now, |block| {
            let Kind::ToDo(checked) = &mut block.content.kind else { return None };
            *checked = ticked;
            Some(())
        })
    }

    /// Deletes a block with everything in it. A page below this one goes to the trash.
    ///
    /// # Errors
    /// When the page or the block is unknown.
    pub fn delete_block(
        &mut self,
        page: PageId,
        block: BlockId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let gone = find(self.content(page), block).and_then(|block| block.content.attribute("url"));
        let gone = gone.and_then(super::bodies::page_of);
        self.edit_content(page, by, now, |blocks| {
            let (siblings, at) = place_of(blocks, block)?;
            siblings.remove(at);
            Some(())
        })?
        .ok_or_else(|| Unknown::new("block", &block.to_string()))?;
        if let Some(sub_page) = gone.and_then(|id| self.sub_pages.get_mut(&id)) {
            sub_page.in_trash = true;
        }
        Ok(())
    }

    /// Moves a block among its siblings to this place.
    ///
    /// # Errors
    /// When the page or the block is unknown.
    pub fn move_block(
        &mut self,
        page: PageId,
        block: BlockId,
        to: usize,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.edit_content(page, by, now, |blocks| {
            let (siblings, at) = place_of(blocks, block)?;
            let moved = siblings.remove(at);
            siblings.insert(to.min(siblings.len()), moved);
            Some(())
        })?
        .ok_or_else(|| Unknown::new("block", &block.to_string()))
    }

    /// Says something about a block. Who loses the block loses what was said.
    ///
    /// # Errors
    /// When the page or the block is unknown.
    pub fn comment_on(&mut self, page: PageId, block: BlockId, words: &str) -> Result<(), Unknown> {
        let unknown = || Unknown::new("block", &block.to_string());
        find(self.content(page), block).ok_or_else(unknown)?;
        let body = self.bodies.get_mut(&page).ok_or_else(unknown)?;
        body.comments.push((block, words.to_owned()));
        Ok(())
    }

    /// What was said about the blocks that are still there.
    #[must_use]
    pub fn comments_on(&self, page: PageId) -> Vec<(BlockId, &str)> {
        let there: BTreeSet<BlockId> = self.block_ids(page).into_iter().collect();
        let comments = self.bodies.get(&page).map_or(&[][..], |body| &body.comments);
        let open = comments.iter().filter(|(block, _)| there.contains(block));
        open.map(|(block, words)| (*block, words.as_str())).collect()
    }

    /// Gives a page the content of another, in blocks of its own. Pages below stay where they are.
    pub(super) fn duplicate_content(&mut self, from: PageId, to: PageId, now: DateTime<Utc>) {
        let mut blocks = without_pages(self.content(from));
        self.name_new_blocks(&mut blocks, now);
        if !blocks.is_empty() {
            self.bodies.entry(to).or_default().blocks = blocks;
        }
    }

    pub(super) fn known_page(&self, page: PageId) -> Result<(), Unknown> {
        let is_known = self.pages.contains_key(&page) || self.sub_pages.contains_key(&page);
        if is_known { Ok(()) } else { Err(Unknown::new("page", &page.to_string())) }
    }

    /// Edits one block in place: it keeps its id.
    fn edit_block(
        &mut self,
        page: PageId,
        block: BlockId,
        by: UserId,
        now: DateTime<Utc>,
        edit: impl FnOnce(&mut Block) -> Option<()>,
    ) -> Result<(), Unknown> {
        self.edit_content(page, by, now, |blocks| {
            let (siblings, at) = place_of(blocks, block)?;
            let block = siblings.get_mut(at)?;
            edit(block)?;
            block.edited_at = now;
            Some(())
        })?
        .ok_or_else(|| Unknown::new("block that can be so edited", &block.to_string()))
    }

    /// Edits the content in place; blocks without an id get one.
    pub(super) fn edit_content<T>(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
        edit: impl FnOnce(&mut Vec<Block>) -> Option<T>,
    ) -> Result<Option<T>, Unknown> {
        self.known_page(page)?;
        let mut blocks = self.content(page).to_vec();
        let edited = edit(&mut blocks);
        if edited.is_some() {
            self.name_new_blocks(&mut blocks, now);
            self.bodies.entry(page).or_default().blocks = blocks;
            self.bump_page(page, by, now);
        }
        Ok(edited)
    }

    fn name_new_blocks(&mut self, blocks: &mut [Block], now: DateTime<Utc>) {
        for block in blocks {
            if block.id == BlockId::NONE {
                block.id = BlockId(self.fresh_uuid());
                (block.created_at, block.edited_at) = (now, now);
            }
            self.name_new_blocks(&mut block.children, now);
        }
    }
}

fn without_pages(blocks: &[Block]) -> Vec<Block> {
    let stay = |block: &&Block| !matches!(block.content.kind, Kind::Page | Kind::Database);
    let copied = blocks.iter().filter(stay);
    copied.map(|block| Block::new(block.content.clone(), without_pages(&block.children))).collect()
}

/// The siblings of a block, and its place among them.
fn place_of(blocks: &mut Vec<Block>, id: BlockId) -> Option<(&mut Vec<Block>, usize)> {
    if let Some(at) = blocks.iter().position(|block| block.id == id) {
        return Some((blocks, at));
    }
    blocks.iter_mut().find_map(|block| place_of(&mut block.children, id))
}
