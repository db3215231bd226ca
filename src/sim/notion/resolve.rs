//! What a text that was sent stands for on this page: its pages, people, files, and what is behind `<unknown>`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::bodies::{HOSTED, Hidden, Rewrite, SubPage, page_of, page_url, protected};
use super::content::{Attributes, Block, Kind, Look, Run, What};
use super::errors::{Outcome, Refusal};
use super::ids::PageId;
use super::state::State;

/// What a text came to.
pub(super) struct Resolved {
    pub(super) blocks: Vec<Block>,
    /// What stood behind an `<unknown>` that the text does not hold any more.
    pub(super) unused: BTreeMap<String, Hidden>,
    pub(super) made: Vec<(PageId, SubPage)>,
    pub(super) made_databases: usize,
    pub(super) uploads: Vec<Uuid>,
    pub(super) warnings: Vec<String>,
}

/// Resolves what was parsed; nothing is changed yet.
pub(super) fn resolve(
    state: &mut State,
    rewrite: &Rewrite,
    hidden: BTreeMap<String, Hidden>,
    parsed: Vec<Block>,
) -> Outcome<Resolved> {
    let known = protected(state.content(rewrite.page));
    let mut resolver = Resolver {
        state,
        hidden,
        known,
        made: Vec::new(),
        made_databases: 0,
        uploads: Vec::new(),
        warnings: Vec::new(),
        parent: rewrite.page,
        now: rewrite.now,
        missing_upload: None,
    };
    let blocks = resolver.blocks(parsed);
    let Resolver { hidden, made, made_databases, uploads, warnings, missing_upload, .. } = resolver;
    if let Some(address) = missing_upload {
        return Err(Refusal::validation(format!(
            "{address} is no file upload that can be attached."
        )));
    }
    Ok(Resolved { blocks, unused: hidden, made, made_databases, uploads, warnings })
}

/// Brings what was parsed together with what there is: pages, people, files, and what stands behind `<unknown>`.
struct Resolver<'s> {
    state: &'s mut State,
    hidden: BTreeMap<String, Hidden>,
    /// Addresses of the pages and databases this page already holds.
    known: BTreeSet<String>,
    made: Vec<(PageId, SubPage)>,
    made_databases: usize,
    uploads: Vec<Uuid>,
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
        if block.content.kind == Kind::Unknown {
            return self.unknown(&block);
        }
        if block.content.kind == Kind::Page {
            self.page(&mut block);
        } else if block.content.kind == Kind::Database {
            self.database(&mut block);
        }
        self.source(&mut block.content.attributes);
        Some(block)
    }

    fn unknown(&mut self, block: &Block) -> Option<Block> {
        let url = block.content.attribute("url").unwrap_or_default();
        let found = self.hidden.remove(url).map(|hidden| hidden.block);
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
                *block = Block::of(Kind::Paragraph, vec![Run { what, look: Look::default() }]);
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
