//! What people do with the content of pages, and what they see there.

use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

use super::bodies::{Rewrite, Shown, SubPage, page_url};
use super::content::{Attributes, Block, BlockId, Kind, Run, What, joined, outline};
use super::ids::{PageId, UserId};
use super::markdown::find;
use super::people::Unknown;
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
        let parsed = super::content::parse(markdown, &self.options.rendering, &self.emojis).blocks;
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
        self.edit_block(page, block, by, now, |block| match &mut block.content.kind {
            Kind::ToDo(checked) => {
                *checked = ticked;
                Some(())
            }
            _ => None,
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

    /// Makes a page below this one, at its end.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn add_sub_page(
        &mut self,
        page: PageId,
        title: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<PageId, Unknown> {
        let id = PageId(self.fresh_uuid());
        let mut block = Block::of(Kind::Page, joined(vec![Run::plain(title)]));
        block.content.attributes = Attributes::from([("url".to_owned(), page_url(id))]);
        self.add_block(page, block, by, now)?;
        let sub_page = SubPage {
            title: title.to_owned(),
            parent: page,
            hidden_from: BTreeSet::new(),
            in_trash: false,
        };
        self.sub_pages.insert(id, sub_page);
        Ok(id)
    }

    /// Hides a page below another from a connection, or shows it again.
    ///
    /// # Errors
    /// When the page or the token is unknown.
    pub fn hide_sub_page(
        &mut self,
        sub_page: PageId,
        token: &str,
        hidden: bool,
    ) -> Result<(), Unknown> {
        let bot = self.bot(token).ok_or_else(|| Unknown::new("token", "of that text"))?;
        let page = self
            .sub_pages
            .get_mut(&sub_page)
            .ok_or_else(|| Unknown::new("page below a page", &sub_page.to_string()))?;
        if hidden {
            page.hidden_from.insert(bot);
        } else {
            page.hidden_from.remove(&bot);
        }
        Ok(())
    }

    /// Whether a page below another is there and not in the trash.
    #[must_use]
    pub fn has_sub_page(&self, sub_page: PageId) -> bool {
        self.sub_pages.get(&sub_page).is_some_and(|page| !page.in_trash)
    }

    /// Adds a block the dialect has no form for (`breadcrumb`, `link_preview`), at the end.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn add_unsupported(
        &mut self,
        page: PageId,
        block_type: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<BlockId, Unknown> {
        let mut block = Block::of(Kind::Unknown, Vec::new());
        block.content.attributes = Attributes::from([("alt".to_owned(), block_type.to_owned())]);
        self.add_block(page, block, by, now)
    }

    /// Drops an image into the page, at the end; Notion keeps the file.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn add_hosted_image(
        &mut self,
        page: PageId,
        file_name: &str,
        caption: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<BlockId, Unknown> {
        let source = self.hosted_url(file_name);
        let mut block = Block::of(Kind::Image, joined(vec![Run::plain(caption)]));
        block.content.attributes = Attributes::from([("source".to_owned(), source)]);
        self.add_block(page, block, by, now)
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

    /// Fills the page from another service: the API may not write it any more.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn sync_externally(&mut self, page: PageId, synced: bool) -> Result<(), Unknown> {
        self.known_page(page)?;
        self.bodies.entry(page).or_default().is_synced = synced;
        Ok(())
    }

    /// Adds an emoji of the workspace's own: `:name:` in a text is that emoji from now on.
    pub fn add_custom_emoji(&mut self, name: &str) {
        self.emojis.push(name.to_owned());
    }

    /// Who was notified by mentions that came through the API, and on which page.
    #[must_use]
    pub fn notified(&self) -> &[(PageId, UserId)] {
        &self.effects.notified
    }

    /// The pages below pages that texts sent through the API made.
    #[must_use]
    pub fn pages_made_by_text(&self) -> &[PageId] {
        &self.effects.made_pages
    }

    /// How many databases texts sent through the API made.
    #[must_use]
    pub fn databases_made_by_text(&self) -> usize {
        self.effects.made_databases
    }

    /// Readings of content through the API so far.
    #[must_use]
    pub fn body_reads(&self) -> u64 {
        self.body_reads
    }

    /// Accepted writes of content through the API so far, those of new pages included.
    #[must_use]
    pub fn body_writes(&self) -> u64 {
        self.body_writes
    }

    /// Gives a page the content of another, in blocks of its own. Pages below stay where they are.
    pub(super) fn duplicate_content(&mut self, from: PageId, to: PageId, now: DateTime<Utc>) {
        let mut blocks = without_pages(self.content(from));
        self.name_new_blocks(&mut blocks, now);
        if !blocks.is_empty() {
            self.bodies.entry(to).or_default().blocks = blocks;
        }
    }

    fn known_page(&self, page: PageId) -> Result<(), Unknown> {
        let is_known = self.pages.contains_key(&page) || self.sub_pages.contains_key(&page);
        if is_known { Ok(()) } else { Err(Unknown::new("page", &page.to_string())) }
    }

    fn add_block(
        &mut self,
        page: PageId,
        block: Block,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<BlockId, Unknown> {
        self.edit_content(page, by, now, |blocks| {
            blocks.push(block);
            Some(())
        })?;
        let last = self.content(page).last().map(|block| block.id);
        last.ok_or_else(|| Unknown::new("page", &page.to_string()))
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
    fn edit_content<T>(
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
