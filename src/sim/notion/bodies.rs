//! The content of pages as one connection is shown it, and what becomes of a text it sends back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::content::{
    Adoption, Attributes, Block, BlockId, Kind, LongText, Parsed, Run, What, count, parse, render,
};
use super::errors::{Outcome, Refusal};
use super::ids::{PageId, UserId};
use super::state::State;

/// Where files that Notion keeps are read from; what follows is the workspace, the file and its name.
const HOSTED: &str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/";
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
    hidden: BTreeMap<String, (Why, Block)>,
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
            let why = match block.content.kind {
                _ if *left < size => Some(Why::TooMany),
                Kind::Unknown => Some(Why::NoForm),
                Kind::Page if !self.may_see_sub_page(block, bot) => Some(Why::NotShared),
                _ => None,
            };
            *left = left.saturating_sub(size);
            if let Some(why) = why {
                visible.push(shown.behind_unknown(page, block, why));
                continue;
            }
            let mut copy = Block { children: Vec::new(), ..block.clone() };
            self.sign(&mut copy.content.attributes);
            copy.children = if is_whole {
                block.children.clone()
            } else {
                self.hide(page, &block.children, bot, left, shown)
            };
            visible.push(copy);
        }
        visible
    }

    fn may_see_sub_page(&self, block: &Block, bot: UserId) -> bool {
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
        let Parsed { blocks, warnings } = parse(text, &self.options.rendering, &self.emojis);
        let old = self.content(rewrite.page).to_vec();
        let mut resolver = Resolver {
            hidden: shown.hidden.clone(),
            known: protected(&old),
            made: Vec::new(),
            made_databases: 0,
            uploads: Vec::new(),
            warnings,
            parent: rewrite.page,
            now: rewrite.now,
            missing_upload: None,
            state: self,
        };
        let new = resolver.blocks(blocks);
        let Resolver { hidden, made, made_databases, warnings, uploads, missing_upload, .. } =
            resolver;
        if let Some(address) = missing_upload {
            return Err(Refusal::validation(format!(
                "{address} is no file upload that can be attached."
            )));
        }
        if rewrite.is_request {
            self.check_limits(&new)?;
        }
        let lost = self.check_deletions(rewrite, &old, &new, &hidden)?;
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
        unused: &BTreeMap<String, (Why, Block)>,
    ) -> Outcome<Vec<PageId>> {
        if unused.values().any(|(why, _)| *why == Why::TooMany) {
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
        self.hidden.insert(url.clone(), (why, block.clone()));
        let mut unknown = Block::of(Kind::Unknown, Vec::new());
        unknown.content.attributes =
            Attributes::from([("url".to_owned(), url), ("alt".to_owned(), alt)]);
        unknown
    }
}

/// The pages and databases among blocks, by address: what must not vanish unasked.
fn protected(blocks: &[Block]) -> BTreeSet<String> {
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

/// Brings what was parsed together with what there is: pages, people, files, and what stands behind `<unknown>`.
struct Resolver<'s> {
    state: &'s mut State,
    hidden: BTreeMap<String, (Why, Block)>,
    /// Addresses of the pages and databases this page already holds.
    known: BTreeSet<String>,
    made: Vec<(PageId, SubPage)>,
    made_databases: usize,
    uploads: Vec<uuid::Uuid>,
    warnings: Vec<String>,
    parent: PageId,
    now: DateTime<Utc>,
    /// The address of an upload that cannot be attached.
    missing_upload: Option<String>,
}

impl Resolver<'_> {
    fn blocks(&mut self, blocks: Vec<Block>) -> Vec<Block> {
        blocks.into_iter().filter_map(|block| self.block(block)).collect()
    }

    fn block(&mut self, mut block: Block) -> Option<Block> {
        block.children = self.blocks(std::mem::take(&mut block.children));
        for run in &mut block.content.text {
            self.run(run);
        }
        match block.content.kind {
            Kind::Unknown => return self.unknown(&block),
            Kind::Page => self.page(&mut block),
            Kind::Database => self.database(&mut block),
            _ => self.source(&mut block.content.attributes),
        }
        Some(block)
    }

    fn unknown(&mut self, block: &Block) -> Option<Block> {
        let url = block.content.attribute("url").unwrap_or_default();
        let found = self.hidden.remove(url).map(|(_, hidden)| hidden);
        if found.is_none() {
            self.warnings.push("An <unknown> tag stands for nothing on this page.".to_owned());
        }
        found
    }

    fn page(&mut self, block: &mut Block) {
        let Some(url) = block.content.attribute("url").map(str::to_owned) else {
            let id = PageId(self.state.fresh_uuid());
            let title = block.content.words();
            let sub_page = SubPage {
                title,
                parent: self.parent,
                hidden_from: BTreeSet::new(),
                in_trash: false,
            };
            self.made.push((id, sub_page));
            block.content.attributes.insert("url".to_owned(), page_url(id));
            return;
        };
        let title =
            page_of(&url).and_then(|id| self.state.sub_pages.get(&id)).map(|page| &page.title);
        match title {
            Some(title) if self.known.contains(&url) => {
                block.content.text =
                    if title.is_empty() { Vec::new() } else { vec![Run::plain(title.clone())] };
            }
            Some(_) | None if self.known.contains(&url) => {}
            Some(_) | None => {
                self.warnings.push("A page of elsewhere became a mention.".to_owned());
                let mention = Attributes::from([("url".to_owned(), url)]);
                let what = What::Mention(mention, block.content.words());
                *block = Block::of(Kind::Paragraph, vec![Run { what, look: Default::default() }]);
            }
        }
    }

    fn database(&mut self, block: &mut Block) {
        if block.content.attribute("url").is_none_or(|url| !self.known.contains(url)) {
            self.made_databases += 1;
            let id = PageId(self.state.fresh_uuid());
            block.content.attributes.insert("url".to_owned(), page_url(id));
        }
    }

    fn source(&mut self, attributes: &mut Attributes) {
        let Some(source) = attributes.get_mut("source") else { return };
        let hosted = format!("{HOSTED}{}/", self.state.workspace);
        if source.starts_with(&hosted) {
            source.truncate(source.find('?').unwrap_or(source.len()));
        } else if let Some(id) = source.strip_prefix("file-upload://") {
            let upload = id.parse::<PageId>().ok().map(|id| id.0);
            let ready = upload.and_then(|id| Some((id, self.state.upload_name(id, self.now)?)));
            match ready {
                Some((id, name)) => {
                    *source = format!("{hosted}{id}/{name}");
                    self.uploads.push(id);
                }
                None => self.missing_upload = Some(source.clone()),
            }
        }
    }

    fn run(&mut self, run: &mut Run) {
        let What::Mention(attributes, label) = &mut run.what else { return };
        let url = attributes.get("url").map(String::as_str).unwrap_or_default();
        let named = match url.strip_prefix("user://") {
            Some(id) => {
                id.parse().ok().and_then(|id| Some(self.state.users.get(&id)?.name.clone()))
            }
            None => Some(match page_of(url) {
                Some(id) => self.title_of(id).unwrap_or_else(|| label.clone()),
                None => label.clone(),
            }),
        };
        match named {
            Some(name) => *label = name,
            None => {
                self.warnings.push("Somebody who is not here was mentioned.".to_owned());
                run.what = What::Text(std::mem::take(label));
            }
        }
    }

    fn title_of(&self, id: PageId) -> Option<String> {
        let row = self.state.pages.get(&id);
        row.map(|row| self.state.title_text(&row.current))
            .or_else(|| self.state.sub_pages.get(&id).map(|page| page.title.clone()))
    }
}
