//! The content of pages as one connection is shown it, and what becomes of a text it sends back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::content::{
    Adoption, Attributes, Block, BlockId, Kind, LongText, Parsed, Run, What, count, parse, render,
};
use super::errors::{Outcome, Refusal};
use super::ids::{PageId, UserId};
use super::resolve::{Resolved, resolve};
use super::state::State;

/// Where files that Notion keeps are read from; what follows is the workspace, the file and its name.
pub(super) const HOSTED: &str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/";
/// UTF-16 units one run of text may hold, and one equation (notion-api.md §3).
const TEXT_UNITS: usize = 2000;
const EQUATION_UNITS: usize = 1000;

/// What a page holds besides its properties.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) blocks: Vec<Block>,
    /// Its content comes from another service, and the API may not write it.
    pub(super) is_synced: bool,
    /// What people said about blocks, by the block.
    pub(super) comments: Vec<(BlockId, String)>,
}

/// A page below a page.
#[derive(Debug, Clone)]
pub(super) struct SubPage {
    pub(super) title: String,
    pub(super) parent: PageId,
    /// Connections (by bot) that may not see it.
    pub(super) hidden_from: BTreeSet<UserId>,
    pub(super) in_trash: bool,
}

/// What writes through the API brought about besides the text itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Effects {
    pub(super) notified: Vec<(PageId, UserId)>,
    pub(super) made_pages: Vec<PageId>,
    pub(super) made_databases: usize,
}

/// A page's content as one connection is shown it.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) is_truncated: bool,
    pub(super) unknown: Vec<BlockId>,
    /// What stands behind each `<unknown>`, by its URL.
    hidden: BTreeMap<String, Hidden>,
}

/// What stands behind an `<unknown>`.
#[derive(Debug, Clone)]
pub(super) struct Hidden {
    why: Why,
    pub(super) block: Block,
}

/// Why a block is shown as `<unknown>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The page has too many blocks.
    TooMany,
    /// The connection may not see it.
    NotShared,
    /// The dialect has no form for it.
    NoForm,
}

/// Whose text is written, and how far it may go.
pub(super) struct Rewrite {
    pub(super) page: PageId,
    pub(super) by: UserId,
    pub(super) now: DateTime<Utc>,
    pub(super) may_delete: bool,
    /// Through the API: limits hold, and who is mentioned is notified.
    pub(super) is_request: bool,
}

/// The address of a page.
pub(super) fn page_url(id: PageId) -> String {
    format!("https://app.notion.com/p/{}", id.0.simple())
}

/// The page an address leads to: its last 32 hexadecimal digits.
pub(super) fn page_of(url: &str) -> Option<PageId> {
    let path = url.split(['?', '#']).next()?;
    let bare: String = path.chars().filter(|c| *c != '-').collect();
    bare.get(bare.len().checked_sub(32)?..)?.parse().ok()
}

impl State {
    /// The blocks of a page or of a page below one.
    pub(super) fn content(&self, page: PageId) -> &[Block] {
        self.bodies.get(&page).map_or(&[], |body| &body.blocks)
    }

    /// Writes the content out for one connection. Signed URLs differ every time.
    pub(super) fn shown(&mut self, page: PageId, blocks: &[Block], bot: UserId) -> Shown {
        self.signatures += 1;
        let mut shown = Shown::default();
        let mut left = self.options.records_shown;
        let visible = self.hide(page, blocks, bot, &mut left, &mut shown);
        shown.text = render(&visible, &self.options.rendering);
        shown
    }

    fn hide(
        &self,
        page: PageId,
        blocks: &[Block],
        bot: UserId,
        left: &mut usize,
        shown: &mut Shown,
    ) -> Vec<Block> {
        let mut visible = Vec::with_capacity(blocks.len());
        for block in blocks {
            let is_whole = matches!(block.content.kind, Kind::Table);
            let size = if is_whole { count(std::slice::from_ref(block)) } else { 1 };
            let why = if *left < size {
                Some(Why::TooMany)
            } else if block.content.kind == Kind::Unknown {
                Some(Why::NoForm)
            } else {
                (!self.may_see_sub_page(block, bot)).then_some(Why::NotShared)
            };
            *left = left.saturating_sub(size);
            if let Some(why) = why {
                visible.push(shown.behind_unknown(page, block, why));
                continue;
            }
            let children = if is_whole {
                block.children.clone()
            } else {
                self.hide(page, &block.children, bot, left, shown)
            };
            let mut copy = Block::new(block.content.clone(), children);
            self.sign(&mut copy.content.attributes);
            visible.push(copy);
        }
        visible
    }

    fn may_see_sub_page(&self, block: &Block, bot: UserId) -> bool {
        if block.content.kind != Kind::Page {
            return true;
        }
        let id = block.content.attribute("url").and_then(page_of);
        let sub_page = id.and_then(|id| self.sub_pages.get(&id));
        sub_page.is_none_or(|sub_page| !sub_page.hidden_from.contains(&bot))
    }

    fn sign(&self, attributes: &mut Attributes) {
        if let Some(source) = attributes.get_mut("source")
            && self.options.signed_urls
            && source.starts_with(HOSTED)
        {
            source.push_str(&format!(
                "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature={:016x}",
                self.signatures.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ));
        }
    }

    /// The address of a file that Notion keeps, without its signature.
    pub(super) fn hosted_url(&mut self, name: &str) -> String {
        let file = self.fresh_uuid();
        format!("{HOSTED}{}/{file}/{name}", self.workspace)
    }

    /// Takes a text for the whole content of a page. What the answer warns of is what was changed or ignored.
    pub(super) fn rewrite(
        &mut self,
        rewrite: &Rewrite,
        shown: &Shown,
        text: &str,
    ) -> Outcome<Vec<String>> {
        let loses = rewrite.is_request && !self.options.loses.is_empty();
        let text = if loses { &text.replace(&self.options.loses, "") } else { text };
        let Parsed { blocks, mut warnings } = parse(text, &self.options.rendering, &self.emojis);
        let old = self.content(rewrite.page).to_vec();
        let resolved = resolve(self, rewrite, shown.hidden.clone(), blocks)?;
        let Resolved { blocks: new, unused, made, made_databases, uploads, .. } = resolved;
        warnings.extend(resolved.warnings);
        if rewrite.is_request {
            self.check_limits(&new)?;
        }
        let lost = self.check_deletions(rewrite, &old, &new, &unused)?;
        if rewrite.is_request {
            self.notify(rewrite.page, &old, &new);
            self.effects.made_pages.extend(made.iter().map(|(id, _)| *id));
            self.effects.made_databases += made_databases;
        }
        for id in lost {
            if let Some(sub_page) = self.sub_pages.get_mut(&id) {
                sub_page.in_trash = true;
            }
        }
        self.sub_pages.extend(made);
        for id in uploads {
            self.attach_upload(id);
        }
        self.put_content(rewrite, old, new);
        Ok(warnings)
    }

    /// The content a page is made with.
    pub(super) fn first_content(&mut self, rewrite: &Rewrite, text: &str) -> Outcome<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.rewrite(rewrite, &Shown::default(), text)?;
        self.body_writes += 1;
        Ok(())
    }

    /// Puts blocks in the place of a page's content; those that continue old ones keep their ids.
    pub(super) fn put_content(&mut self, rewrite: &Rewrite, old: Vec<Block>, new: Vec<Block>) {
        let changed_keeps_id = self.options.rendering.changed_keeps_id;
        let is_same = super::content::say_the_same(&old, &new);
        let mut fresh = || self.fresh_uuid();
        let mut adoption = Adoption { fresh: &mut fresh, now: rewrite.now, changed_keeps_id };
        let blocks = adoption.adopt(old, new);
        self.bodies.entry(rewrite.page).or_default().blocks = blocks;
        let bumps = match (rewrite.is_request, is_same) {
            (true, true) => {
                self.options.body_write_bumps_page && self.options.identical_rewrite_bumps
            }
            (true, false) => self.options.body_write_bumps_page,
            (false, is_same) => !is_same,
        };
        if bumps {
            self.bump_page(rewrite.page, rewrite.by, rewrite.now);
        }
    }

    fn check_limits(&self, blocks: &[Block]) -> Outcome<()> {
        let too_large = |what: &str, limit: usize, was: usize| {
            Refusal::validation(format!(
                "The page would be too large: {what} should be ≤ `{limit}`, instead was `{was}`."
            ))
        };
        let (mut bytes, mut runs) = (0, 0);
        let mut waiting: Vec<&Block> = blocks.iter().collect();
        while let Some(block) = waiting.pop() {
            waiting.extend(&block.children);
            runs += block.content.text.len();
            for run in &block.content.text {
                bytes += run.words().len();
                self.check_run(run)?;
            }
        }
        if bytes > self.options.page_text_bytes {
            return Err(too_large("its text in bytes", self.options.page_text_bytes, bytes));
        }
        if runs > self.options.page_runs {
            return Err(too_large("its pieces of rich text", self.options.page_runs, runs));
        }
        Ok(())
    }

    fn check_run(&self, run: &Run) -> Outcome<()> {
        let units = run.words().encode_utf16().count();
        let (path, limit) = match &run.what {
            What::Equation(_) => ("equation.expression", EQUATION_UNITS),
            What::Text(_)
            | What::Mention(_, _)
            | What::Date(_)
            | What::Emoji(_)
            | What::Citation(_) => match self.options.rendering.long_text {
                LongText::Refuse => ("text.content", TEXT_UNITS),
                LongText::Split => return Ok(()),
            },
        };
        if units > limit {
            return Err(Refusal::validation(format!(
                "body failed validation: {path}.length should be ≤ `{limit}`, instead was `{units}`."
            )));
        }
        Ok(())
    }

    /// Refuses to lose what may not be lost; the answer is the pages below that go to the trash.
    fn check_deletions(
        &self,
        rewrite: &Rewrite,
        old: &[Block],
        new: &[Block],
        unused: &BTreeMap<String, Hidden>,
    ) -> Outcome<Vec<PageId>> {
        if unused.values().any(|hidden| hidden.why == Why::TooMany) {
            return Err(Refusal::validation(
                "This edit would remove content of the page that was not loaded. Keep every <unknown> tag.",
            )
            .with("limit_kind", "page_record_count"));
        }
        let kept = protected(new);
        let lost: Vec<String> =
            protected(old).into_iter().filter(|url| !kept.contains(url)).collect();
        if !lost.is_empty() && !rewrite.may_delete {
            return Err(Refusal::validation(format!(
                "This edit would delete child pages or databases: {}. Set allow_deleting_content to true to delete \
                 them.",
                lost.join(", ")
            )));
        }
        Ok(lost.iter().filter_map(|url| page_of(url)).collect())
    }

    fn notify(&mut self, page: PageId, old: &[Block], new: &[Block]) {
        let before = mentioned(old);
        for (user, times) in mentioned(new) {
            if times > before.get(&user).copied().unwrap_or(0) {
                self.effects.notified.push((page, user));
            }
        }
    }
}

impl Shown {
    fn behind_unknown(&mut self, page: PageId, block: &Block, why: Why) -> Block {
        let url = match (why, block.content.attribute("url")) {
            (Why::NotShared, Some(url)) => url.to_owned(),
            (Why::TooMany | Why::NoForm | Why::NotShared, _) => {
                format!("{}#{}", page_url(page), block.id.0.simple())
            }
        };
        let alt = match (why, block.content.attribute("alt")) {
            (Why::NoForm, Some(alt)) => alt.to_owned(),
            (Why::TooMany | Why::NoForm | Why::NotShared, _) => block.content.kind.api_type(),
        };
        self.is_truncated |= why != Why::NoForm;
        self.unknown.push(match (why, page_of(&url)) {
            (Why::NotShared, Some(sub_page)) => BlockId(sub_page.0),
            (Why::TooMany | Why::NoForm | Why::NotShared, _) => block.id,
        });
        self.hidden.insert(url.clone(), Hidden { why, block: block.clone() });
        let mut unknown = Block::of(Kind::Unknown, Vec::new());
        unknown.content.attributes =
            Attributes::from([("url".to_owned(), url), ("alt".to_owned(), alt)]);
        unknown
    }
}

/// The pages and databases among blocks, by address: what must not vanish unasked.
pub(super) fn protected(blocks: &[Block]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = waiting.pop() {
        waiting.extend(&block.children);
        if let (Kind::Page | Kind::Database, Some(url)) =
            (&block.content.kind, block.content.attribute("url"))
        {
            found.insert(url.to_owned());
        }
    }
    found
}

/// Who is mentioned how often.
fn mentioned(blocks: &[Block]) -> BTreeMap<UserId, usize> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = waiting.pop() {
        waiting.extend(&block.children);
        for run in &block.content.text {
            if let Some(user) = user_of(run) {
                *found.entry(user).or_default() += 1;
            }
        }
    }
    found
}

fn user_of(run: &Run) -> Option<UserId> {
    match &run.what {
        What::Mention(attributes, _) => {
            attributes.get("url")?.strip_prefix("user://")?.parse().ok()
        }
        What::Text(_) | What::Equation(_) | What::Date(_) | What::Emoji(_) | What::Citation(_) => {
            None
        }
    }
}
