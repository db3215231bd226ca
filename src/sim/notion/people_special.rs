//! What people put on pages besides text, and what a test may ask about it afterwards.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::bodies::{SubPage, page_url};
use super::content::{Attributes, Block, BlockId, Kind, Run, joined};
use super::ids::{PageId, UserId};
use super::people::Unknown;
use super::state::State;

impl State {
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
}
