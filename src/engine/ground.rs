//! What one cycle of one sync stands on: its schema, mapping, people and policies, as remembered or freshly read.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::order::Scope;
use super::people;
use super::properties::Properties;
use super::report::Problem;
use super::trouble::Trouble;
use crate::config::{Safety, StateFilter, SyncConfig, UserLink};
use crate::model::{
    Field, Fields, Mapping, NameSet, NotionUserId, Observed, OnIssueDeleted, Page, Policy,
    RepoName, Side, Users,
};
use crate::notion::{self, DataSource, Remembered, resolve};
use crate::sabotage::{Bug, planted};
use crate::store::{CycleId, Digest, Store, StoreError, SyncId, Tx};
use crate::{github, merge};

const SCHEMA: &str = "schema";
const PROPERTIES: &str = "properties";
const PEOPLE: &str = "people";
const SHAPE: &str = "shape";
const SOURCE: &str = "source";
const OWED: &str = "owed";
const US: &str = "us";

/// What a cycle reaches out with.
#[derive(Clone)]
pub struct Services {
    /// GitHub, for asking.
    pub github: github::Reader,
    /// Notion, for asking.
    pub notion: notion::Reader,
    /// Who is who.
    pub users: Vec<UserLink>,
    /// The brake's limits.
    pub safety: Safety,
}

impl Services {
    /// The clock of that side, once it has answered anything.
    pub(super) fn server_now(&self, side: Side) -> Option<chrono::DateTime<chrono::Utc>> {
        match side {
            Side::GitHub => self.github.server_now(),
            Side::Notion => self.notion.server_now(),
        }
    }

    /// Requests sent to each side so far.
    pub(super) fn requests_sent(&self) -> crate::model::Sides<u64> {
        crate::model::Sides {
            github: self.github.requests_sent(),
            notion: self.notion.requests_sent(),
        }
    }
}

/// What one cycle of one sync stands on.
pub(super) struct Ground<'a> {
    pub(super) services: &'a Services,
    pub(super) store: &'a Store,
    pub(super) config: &'a SyncConfig,
    pub(super) sync: SyncId,
    pub(super) cycle: CycleId,
    pub(super) source: DataSource,
    pub(super) mapping: Mapping,
    pub(super) policy: Policy,
    pub(super) filter: merge::Filter,
    /// Of everything that gives values their meaning: what was recorded under another one is void (I13).
    pub(super) shape: String,
    /// Whom our token belongs to; asked only where bodies are kept in step.
    us: Option<Us>,
    users: Users,
}

/// Whom our token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Us {
    id: NotionUserId,
    /// A personal access token's edits and those of its person look alike (notion-api §8).
    is_bot: bool,
}

impl<'a> Ground<'a> {
    /// Reads what is remembered, and asks for the rest.
    pub(super) async fn survey(
        services: &'a Services,
        store: &'a Store,
        config: &'a SyncConfig,
        sync: SyncId,
        cycle: CycleId,
        scope: Scope,
    ) -> Result<Ground<'a>, Trouble> {
        let users = people_of(services, store, scope).await?;
        let cached = store.cached(Some(sync), SCHEMA)?;
        let cached: Option<DataSource> = cached
            .and_then(|text| serde_json::from_str(&text).ok())
            .filter(|source: &DataSource| {
                // Another `data_source` in the config is another schema; a database's id is not its data source's.
                store.cached(Some(sync), SOURCE).ok().flatten()
                    == Some(config.data_source.to_string())
                    && !source.properties.is_empty()
            });
        let (source, mapping) = match cached {
            Some(source) => match meet(config, &source, &users, &known_properties(store, sync)?) {
                Ok(mapping) if mapping.broken.is_empty() => (source, mapping),
                // Perhaps it has been put right meanwhile.
                Ok(_) | Err(_) => ask_schema(services, store, config, sync, &users).await?,
            },
            None => ask_schema(services, store, config, sync, &users).await?,
        };
        let shape = shape(config, &mapping);
        let (mut policy, filter) = (config.policy(), filter(config));
        if planted(Bug::TrashInsteadOfUnlink) {
            policy.on_issue_deleted = OnIssueDeleted::Trash;
        }
        let us = if mapping.has_body() { Some(us(services, store).await?) } else { None };
        Ok(Ground {
            services,
            store,
            config,
            sync,
            cycle,
            source,
            mapping,
            policy,
            filter,
            shape,
            us,
            users,
        })
    }

    /// Another token edits under another name: whom ours belongs to is asked again.
    pub(super) fn meet_ourselves(&self, tx: &Tx<'_>, page: &Page) -> Result<(), StoreError> {
        let is_known = self.us.is_none_or(|us| page.last_editor.is_none_or(|it| it == us.id));
        if is_known { Ok(()) } else { tx.drop_cached(None, US) }
    }

    /// Whether the last edit of a page is surely our own write, dated `own`.
    pub(super) fn is_surely_our_edit(&self, own: Option<DateTime<Utc>>, page: &Page) -> bool {
        self.may_be_our_edit(own, page) && self.us.is_some_and(|us| us.is_bot)
    }

    /// Whether nobody else can be told to have edited a page since our own write, dated `own`.
    pub(super) fn may_be_our_edit(&self, own: Option<DateTime<Utc>>, page: &Page) -> bool {
        own == Some(page.edited) && self.is_last_editor(page)
    }

    /// Whether we are who edited a page last, as Notion says.
    pub(super) fn is_last_editor(&self, page: &Page) -> bool {
        self.us.is_some_and(|us| page.last_editor == Some(us.id))
    }

    /// Reads the schema again when an answer contradicted it; says whether anything has another meaning now.
    pub(super) async fn refresh_if_doubted(&mut self) -> Result<bool, Trouble> {
        if !self.services.notion.take_schema_doubt(self.source.id) {
            return Ok(false);
        }
        let (source, mapping) =
            ask_schema(self.services, self.store, self.config, self.sync, &self.users).await?;
        let changed = mapping != self.mapping;
        (self.source, self.mapping) = (source, mapping);
        self.shape = shape(self.config, &self.mapping);
        Ok(changed)
    }

    /// An answer contradicted the schema while writing: the next cycle reads it again.
    pub(super) fn forget_doubted_schema(&self) -> Result<(), Trouble> {
        if self.services.notion.take_schema_doubt(self.source.id) {
            self.store.transaction(|tx| tx.drop_cached(Some(self.sync), SCHEMA))?;
        }
        Ok(())
    }

    /// Whether the sync covers that repository.
    pub(super) fn covers(&self, repo: &RepoName) -> bool {
        self.config.repositories.contains(repo)
    }

    /// Whether everything was compared under this very config and mapping before.
    pub(super) fn is_known_shape(&self) -> Result<bool, Trouble> {
        Ok(self.store.cached(Some(self.sync), SHAPE)?.as_deref() == Some(self.shape.as_str()))
    }

    /// Repositories that were out of sight when everything else was compared: they get a full scan when they are back.
    pub(super) fn owed(&self) -> Result<BTreeSet<RepoName>, StoreError> {
        let names = self.store.cached(Some(self.sync), OWED)?.unwrap_or_default();
        Ok(names.lines().filter_map(|name| name.parse().ok()).collect())
    }

    /// Everything was compared under this config and mapping, but for those repositories.
    pub(super) fn compared_everything(
        &self,
        tx: &Tx<'_>,
        but: &BTreeSet<RepoName>,
    ) -> Result<(), StoreError> {
        let names: Vec<&str> = but.iter().map(RepoName::as_str).collect();
        tx.put_cached(Some(self.sync), SHAPE, &self.shape)?;
        tx.put_cached(Some(self.sync), OWED, &names.join("\n"))
    }

    /// Digest of all that one side shows, under this mapping.
    pub(super) fn digest(&self, fields: &Fields) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.shape.as_bytes());
        for (field, observed) in fields {
            hasher.update([0]);
            hasher.update(field.as_str().as_bytes());
            hasher.update([1]);
            match observed {
                Observed::Value(value) => {
                    hasher.update(serde_json::to_vec(value).unwrap_or_default());
                }
                Observed::Unreadable(message) => {
                    hasher.update([2]);
                    hasher.update(message.as_bytes());
                }
            }
        }
        let bytes = hasher.finalize();
        Digest(bytes.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    /// The fingerprint under which a field's base is made.
    pub(super) fn fingerprint(&self, field: Field) -> Option<&str> {
        self.mapping.fields.get(&field).map(|place| place.fingerprint.as_str())
    }
}

/// Nothing counts as compared until a cycle has compared everything: one that is cut off is made up for by the next.
pub(super) fn compare_everything(store: &Store, sync: SyncId) -> Result<(), StoreError> {
    if store.cached(Some(sync), SHAPE)?.is_none() {
        return Ok(());
    }
    store.transaction(|tx| tx.drop_cached(Some(sync), SHAPE))
}

/// Whom our token belongs to, as remembered. Another token's edits then count as somebody else's, which costs a reading.
async fn us(services: &Services, store: &Store) -> Result<Us, Trouble> {
    let cached = store.cached(None, US)?;
    if let Some(known) = cached.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(known);
    }
    let bot = services.notion.me().await;
    let bot = bot.map_err(|error| Trouble::remote("Notion token", error))?;
    let us = Us { id: bot.id, is_bot: bot.is_bot };
    let text = serde_json::to_string(&us).unwrap_or_default();
    store.transaction(|tx| tx.put_cached(None, US, &text))?;
    Ok(us)
}

/// The people, as remembered for these links or as Notion names them. Whoever was not found is looked for again in each full
/// scan.
async fn people_of(services: &Services, store: &Store, scope: Scope) -> Result<Users, Trouble> {
    let cached = store.cached(None, PEOPLE)?;
    let known = cached.and_then(|text| people::Remembered::read(&text, &services.users));
    if let Some(known) = known.filter(|known| known.is_complete() || scope == Scope::Changes) {
        return Ok(known.users());
    }
    let found = people::find(&services.notion, &services.users).await;
    let found = found.map_err(|error| Trouble::remote("[users]", error))?;
    let text = serde_json::to_string(&found).unwrap_or_default();
    store.transaction(|tx| tx.put_cached(None, PEOPLE, &text))?;
    Ok(found.users())
}

/// The config meets a schema.
fn meet(
    config: &SyncConfig,
    source: &DataSource,
    users: &Users,
    known: &Properties,
) -> Result<Mapping, Vec<notion::Problem>> {
    let mut mapping = resolve(config, source, &known.remembered(config), users)?;
    known.mark_returns(&mut mapping);
    Ok(mapping)
}

/// The property that each field of that sync was found in, whatever its name is now; none before its first cycle.
///
/// # Errors
/// When the database cannot be read.
pub fn remembered(store: &Store, config: &SyncConfig) -> Result<Remembered, StoreError> {
    let Some(sync) = store.sync_id(&config.name)? else { return Ok(Remembered::new()) };
    Ok(known_properties(store, sync)?.remembered(config))
}

fn known_properties(store: &Store, sync: SyncId) -> Result<Properties, StoreError> {
    let text = store.cached(Some(sync), PROPERTIES)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn ask_schema(
    services: &Services,
    store: &Store,
    config: &SyncConfig,
    sync: SyncId,
    users: &Users,
) -> Result<(DataSource, Mapping), Trouble> {
    let what = format!("sync `{}`, data source", config.name);
    let source = services.notion.source(config.data_source).await;
    let source = source.map_err(|error| Trouble::remote(&what, error))?;
    let mut known = known_properties(store, sync)?;
    let mapping = resolve(config, &source, &known.remembered(config), users);
    let mut mapping = mapping.map_err(|problems| {
        Trouble::Problems(
            problems.into_iter().map(|problem| Problem::config(problem.message)).collect(),
        )
    })?;
    known.learn(config, &source, &mapping);
    known.mark_returns(&mut mapping);
    // Whatever was written down before may have to be read under another schema: what it says now counts.
    let _ = services.notion.take_schema_doubt(source.id);
    let text = serde_json::to_string(&source).unwrap_or_default();
    let properties = serde_json::to_string(&known).unwrap_or_default();
    store.transaction(|tx| {
        tx.put_cached(Some(sync), SCHEMA, &text)?;
        tx.put_cached(Some(sync), SOURCE, &config.data_source.to_string())?;
        tx.put_cached(Some(sync), PROPERTIES, &properties)
    })?;
    Ok((source, mapping))
}

/// A digest of config and mapping: another one means comparing everything once.
fn shape(config: &SyncConfig, mapping: &Mapping) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{config:?}"));
    for (field, place) in &mapping.fields {
        hasher.update(format!("{field}={}:{:?};", place.fingerprint, place.direction));
    }
    hasher.update(format!("{:?}", mapping.broken));
    let mut hex = hex::encode(hasher.finalize());
    hex.truncate(16);
    hex
}

fn filter(config: &SyncConfig) -> merge::Filter {
    let names = |labels: &[String]| labels.iter().cloned().collect::<NameSet>();
    let filter = &config.filter;
    merge::Filter {
        state: match filter.state {
            StateFilter::Open => merge::StateFilter::Open,
            StateFilter::Closed => merge::StateFilter::Closed,
            StateFilter::All => merge::StateFilter::All,
        },
        labels_any: names(&filter.labels_any),
        labels_all: names(&filter.labels_all),
        labels_none: names(&filter.labels_none),
        since: filter.since,
    }
}
