//! Everything this Notion remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;
use uuid::Uuid;

use super::bodies::{Body, Effects, SubPage};
use super::cursors::Cursors;
use super::ids::{ChoiceId, DataSourceId, DatabaseId, PageId, PropertyId, UserId};
use super::limits::{Limits, Window};
use super::options::Options;
use super::query::Remembered;
use super::richtext::RichText;
use super::schema::Schema;
use super::tasks::Task;
use super::uploads::Upload;
use super::value::Value;

/// One workspace with its databases, people and connections.
#[derive(Clone)]
pub struct State {
    /// Budgets and switches; may be changed at any time.
    pub options: Options,
    pub(super) rng: ChaCha8Rng,
    pub(super) salt: u64,
    pub(super) workspace: Uuid,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) databases: BTreeMap<DatabaseId, Database>,
    pub(super) sources: BTreeMap<DataSourceId, DataSource>,
    pub(super) pages: BTreeMap<PageId, Row>,
    pub(super) cursors: Cursors,
    pub(super) remembered: Option<Remembered>,
    pub(super) limits: Limits,
    pub(super) strays: Vec<String>,
    /// The content of pages, and of pages below them.
    pub(super) bodies: BTreeMap<PageId, Body>,
    pub(super) sub_pages: BTreeMap<PageId, SubPage>,
    pub(super) effects: Effects,
    pub(super) body_reads: u64,
    pub(super) body_writes: u64,
    /// How many signed URLs were made.
    pub(super) signatures: u64,
    /// The names of the workspace's own emojis.
    pub(super) emojis: Vec<String>,
    pub(super) tasks: BTreeMap<String, Task>,
    pub(super) uploads: BTreeMap<Uuid, Upload>,
}

/// A person or a bot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) name: String,
    /// `None` for a bot.
    pub(super) email: Option<String>,
}

/// A connection with its token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) bot: UserId,
    pub(super) name: String,
    pub(super) capabilities: Capabilities,
    /// A person's own token: it acts as that person and may not list users.
    pub(super) personal: bool,
    pub(super) blocked: bool,
    pub(super) window: Window,
}

/// What a connection was allowed to do when it was set up (notion-api.md §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Read content.
    pub read: bool,
    /// Update content.
    pub update: bool,
    /// Insert content.
    pub insert: bool,
    /// What it learns about people.
    pub users: UserInfo,
}

/// What a connection learns about people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserInfo {
    /// Ids only; the user endpoints answer 403.
    Nothing,
    /// Names, but no e-mail addresses.
    WithoutEmail,
    /// Names and e-mail addresses.
    WithEmail,
}

impl Capabilities {
    /// Everything tandem asks for.
    #[must_use]
    pub fn full() -> Capabilities {
        Capabilities { read: true, update: true, insert: true, users: UserInfo::WithEmail }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Database {
    pub(super) id: DatabaseId,
    pub(super) title: Vec<RichText>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) edited_at: DateTime<Utc>,
    pub(super) sources: Vec<DataSourceId>,
}

#[derive(Debug, Clone)]
pub(super) struct DataSource {
    pub(super) id: DataSourceId,
    pub(super) database: DatabaseId,
    pub(super) title: Vec<RichText>,
    pub(super) icon: Json,
    pub(super) schema: Schema,
    pub(super) created_at: DateTime<Utc>,
    pub(super) created_by: UserId,
    pub(super) edited_at: DateTime<Utc>,
    pub(super) edited_by: UserId,
    pub(super) in_trash: bool,
    /// The connections (by bot) it is shared with.
    pub(super) shared_with: BTreeSet<UserId>,
    pub(super) rows: Vec<PageId>,
    pub(super) next_number: u64,
    /// Moves with every change of a row or of the schema, so that remembered results can be told stale.
    pub(super) revision: u64,
}

/// A page as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) id: PageId,
    pub(super) source: DataSourceId,
    pub(super) created_at: DateTime<Utc>,
    pub(super) created_by: UserId,
    pub(super) edited_at: DateTime<Utc>,
    pub(super) edited_by: UserId,
    pub(super) in_trash: bool,
    pub(super) is_archived: bool,
    pub(super) is_locked: bool,
    pub(super) icon: Json,
    pub(super) cover: Json,
    pub(super) values: BTreeMap<PropertyId, Value>,
}

/// A page, with as much of its past as lists still show.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) current: Arc<Page>,
    /// Oldest first, each with the time from which it was true; empty when lists are not behind.
    past: Vec<(DateTime<Utc>, Option<Arc<Page>>)>,
    /// Accepted writes through the API, the creation included.
    pub(super) writes: u64,
}

impl Row {
    fn new(page: Page, lag: Duration) -> Row {
        let current = Arc::new(page);
        let past = if lag > Duration::zero() {
            vec![(DateTime::<Utc>::MIN_UTC, None), (current.created_at, Some(Arc::clone(&current)))]
        } else {
            Vec::new()
        };
        Row { current, past, writes: 0 }
    }

    fn replace(&mut self, page: Page, now: DateTime<Utc>, lag: Duration) {
        let before = std::mem::replace(&mut self.current, Arc::new(page));
        if lag <= Duration::zero() {
            self.past.clear();
            return;
        }
        if self.past.is_empty() {
            self.past.push((DateTime::<Utc>::MIN_UTC, Some(before)));
        }
        self.past.push((now, Some(Arc::clone(&self.current))));
        let forgotten = self.past.iter().rposition(|(since, _)| *since <= now - lag).unwrap_or(0);
        self.past.drain(..forgotten);
    }

    /// The page as lists show it.
    pub(super) fn listed(&self, now: DateTime<Utc>, lag: Duration) -> Option<&Arc<Page>> {
        if lag <= Duration::zero() || self.past.is_empty() {
            return Some(&self.current);
        }
        self.past
            .iter()
            .rev()
            .find(|(since, _)| *since <= now - lag)
            .and_then(|(_, page)| page.as_ref())
    }
}

impl State {
    /// An empty workspace; everything accidental (ids, orders, windows) follows from the seed.
    #[must_use]
    pub fn new(options: Options, seed: u64) -> State {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let salt = rng.next_u64();
        let workspace = uuid_from(&mut rng);
        State {
            options,
            limits: Limits::default(),
            rng,
            salt,
            workspace,
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            databases: BTreeMap::new(),
            sources: BTreeMap::new(),
            pages: BTreeMap::new(),
            cursors: Cursors::default(),
            remembered: None,
            strays: Vec::new(),
            bodies: BTreeMap::new(),
            sub_pages: BTreeMap::new(),
            effects: Effects::default(),
            body_reads: 0,
            body_writes: 0,
            signatures: 0,
            emojis: Vec::new(),
            tasks: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    /// Requests for something this Notion does not serve; a test that ends with any has a bug to explain.
    #[must_use]
    pub fn strays(&self) -> &[String] {
        &self.strays
    }

    pub(super) fn fresh_uuid(&mut self) -> Uuid {
        uuid_from(&mut self.rng)
    }

    /// Four printable characters, percent-encoded, as Notion makes them.
    pub(super) fn fresh_property_id(&mut self) -> PropertyId {
        loop {
            let raw: Vec<u8> = (0..4)
                .map(|_| b'!' + u8::try_from(self.rng.next_u32() % 94).unwrap_or(0))
                .collect();
            let encoded = percent_encoding::percent_encode(&raw, ENCODE_COMPONENT).to_string();
            let id = PropertyId(Arc::from(encoded));
            if !self.sources.values().any(|source| source.schema.get(&id).is_some()) {
                return id;
            }
        }
    }

    pub(super) fn fresh_choice_id(&mut self) -> ChoiceId {
        Arc::from(self.fresh_uuid().to_string())
    }

    /// A place in the order of what has no order: the same within one workspace, another in the next.
    pub(super) fn shuffled(&self, id: Uuid) -> u64 {
        let (high, low) = id.as_u64_pair();
        let mixed = (high ^ low ^ self.salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    pub(super) fn list_lag(&self) -> Duration {
        Duration::from_std(self.options.list_lag).unwrap_or(Duration::zero())
    }

    pub(super) fn insert_page(&mut self, page: Page) {
        let lag = self.list_lag();
        if let Some(source) = self.sources.get_mut(&page.source) {
            source.rows.push(page.id);
            source.revision += 1;
        }
        self.pages.insert(page.id, Row::new(page, lag));
    }

    /// Replaces a page's content; `last_edited_*` move unless nothing changed, or only where it lies, and the switch says so.
    pub(super) fn edit_page(&mut self, mut page: Page, by: UserId, now: DateTime<Utc>) {
        let lag = self.list_lag();
        let Some(row) = self.pages.get_mut(&page.id) else { return };
        if *row.current == page && !self.options.identical_rewrite_bumps {
            return;
        }
        let moved = Page { in_trash: page.in_trash, ..Page::clone(&row.current) };
        let is_moved_alone = moved == page && moved != *row.current;
        if !is_moved_alone || self.options.trash_bumps_page {
            page.edited_at = now;
            page.edited_by = by;
        }
        let source = page.source;
        row.replace(page, now, lag);
        if let Some(source) = self.sources.get_mut(&source) {
            source.revision += 1;
        }
    }

    /// Moves `last_edited_*` of a page whose content was edited; a page below it has no times of its own here.
    pub(super) fn bump_page(&mut self, id: PageId, by: UserId, now: DateTime<Utc>) {
        let lag = self.list_lag();
        let Some(row) = self.pages.get_mut(&id) else { return };
        let mut page = Page::clone(&row.current);
        (page.edited_at, page.edited_by) = (now, by);
        let source = page.source;
        row.replace(page, now, lag);
        if let Some(source) = self.sources.get_mut(&source) {
            source.revision += 1;
        }
    }

    /// Whether a connection may see a page or a page below one.
    pub(super) fn may_see_page(&self, id: PageId, bot: UserId) -> bool {
        let mut id = id;
        // Pages lie in each other only so deep.
        for _ in 0..64 {
            if let Some(row) = self.pages.get(&id) {
                return self.visible_source(row.current.source, bot).is_some();
            }
            match self.sub_pages.get(&id) {
                Some(page) if !page.hidden_from.contains(&bot) => id = page.parent,
                Some(_) | None => return false,
            }
        }
        false
    }

    /// Counts an accepted write of content.
    pub(super) fn count_body_write(&mut self, id: PageId) {
        self.body_writes += 1;
        if let Some(row) = self.pages.get_mut(&id) {
            row.writes += 1;
        }
    }

    /// Changes many pages because their schema changed, without an editor.
    pub(super) fn sweep(
        &mut self,
        source: DataSourceId,
        now: DateTime<Utc>,
        change: impl Fn(&mut Page),
    ) {
        let lag = self.list_lag();
        let Some(source) = self.sources.get_mut(&source) else { return };
        source.revision += 1;
        for id in &source.rows {
            let Some(row) = self.pages.get_mut(id) else { continue };
            let mut page = Page::clone(&row.current);
            change(&mut page);
            if page == *row.current {
                continue;
            }
            row.replace(page, now, lag);
        }
    }

    /// Nobody sees the rows of a trashed data source, or of one that is not shared.
    pub(super) fn visible_source(&self, id: DataSourceId, bot: UserId) -> Option<&DataSource> {
        self.sources.get(&id).filter(|source| source.shared_with.contains(&bot))
    }
}

/// What JavaScript's `encodeURIComponent` escapes.
const ENCODE_COMPONENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

fn uuid_from(rng: &mut ChaCha8Rng) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
