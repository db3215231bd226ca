//! Everything tandem asks Notion; nothing here changes anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::Value as Json;
use url::Url;

use super::complete::complete;
use super::listing::{Pages, Query, Rows};
use super::observe::{Sight, is_anchor_lost, raw_page};
use super::schema::DataSource;
use super::shapes::{List, RawDatabase, RawPage, RawSource, RawUser};
use super::wire::{self, Wire, nonsense};
use super::{NOT_ONE_DATA_SOURCE, dialect};
use crate::model::{DataSourceId, Field, Mapping, NotionUserId, Observed, Page, PageId, Side};
use crate::remote::{Channel, Lookup, RemoteError, Trail};

/// So many answers of 100 people a workspace may take (I14).
const MAX_USER_ANSWERS: usize = 1_000;

/// Whom the token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// The bot's user, or the person's with a personal access token.
    pub id: NotionUserId,
    /// Its name.
    pub name: String,
    /// Whether it is a bot of its own. Behind a personal access token it is the person, and edits of the two cannot be
    /// told apart (notion-api §8).
    pub is_bot: bool,
}

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: NotionUserId,
    /// Shown name; empty when the connection may not see it.
    pub name: String,
    /// E-mail, when the connection may see it.
    pub email: Option<String>,
}

/// Asks Notion. Clones share the line.
#[derive(Clone)]
pub struct Reader {
    pub(super) wire: Wire,
    doubts: Arc<Mutex<BTreeSet<DataSourceId>>>,
    /// Schemas as last read on this line: at least as new as what callers have cached.
    schemas: Arc<Mutex<BTreeMap<DataSourceId, Arc<DataSource>>>>,
}

impl Reader {
    /// A reader over that channel.
    #[must_use]
    pub fn new(api_url: &Url, token: SecretString, channel: Channel) -> Reader {
        Reader {
            wire: Wire::new(api_url, token, channel),
            doubts: Arc::default(),
            schemas: Arc::default(),
        }
    }

    /// Notion's clock, once it has answered anything.
    #[must_use]
    pub fn server_now(&self) -> Option<DateTime<Utc>> {
        self.wire.channel.server_now()
    }

    /// Requests sent so far, each attempt counted.
    #[must_use]
    pub fn requests_sent(&self) -> u64 {
        self.wire.channel.sent()
    }

    /// Whether a page seen since the last call contradicts the schema we know, so that it has to be read again:
    /// a mapped property is gone, renamed or of another type, or a state has an option of no list.
    #[must_use]
    pub fn take_schema_doubt(&self, source: DataSourceId) -> bool {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).remove(&source)
    }

    /// Whom the token belongs to.
    pub async fn me(&self) -> Result<Bot, RemoteError> {
        let user: RawUser = wire::parse(&self.wire.get("users/me").await?, "a user")?;
        let (id, is_bot) = (NotionUserId(user.id), user.bot.is_some());
        Ok(Bot { id, name: user.name.unwrap_or_default(), is_bot })
    }

    /// Everybody in the workspace with their e-mail addresses, guests excepted (notion-api §8).
    pub async fn users(&self) -> Result<Vec<User>, RemoteError> {
        let mut users = Vec::new();
        let mut cursor: Option<String> = None;
        let mut trail = Trail::default();
        let mut has_people = false;
        for _ in 0..MAX_USER_ANSWERS {
            let start = cursor.map(|cursor| format!("&start_cursor={}", wire::encoded(&cursor)));
            let path = format!("users?page_size=100{}", start.unwrap_or_default());
            let answer = self.wire.get(&path).await.map_err(without_people)?;
            let list: List<RawUser> = wire::parse(&answer, "a list of users")?;
            has_people |= list.results.iter().any(|user| user.person.is_some());
            users.extend(list.results.into_iter().map(|user| User {
                id: NotionUserId(user.id),
                name: user.name.unwrap_or_default(),
                email: user.person.and_then(|person| person.email),
            }));
            match list.next_cursor {
                Some(next) if list.has_more && !trail.is_back_at(&next) => cursor = Some(next),
                Some(_) if list.has_more => break,
                Some(_) | None if has_people && users.iter().all(|user| user.email.is_none()) => {
                    return Err(without_emails());
                }
                Some(_) | None => return Ok(users),
            }
        }
        Err(nonsense("the list of users has no end".to_owned()))
    }

    /// The data source of that id, or the only one of the database of that id.
    pub async fn source(&self, id: DataSourceId) -> Result<DataSource, RemoteError> {
        let source = self.find_source(id).await?;
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        schemas.insert(source.id, Arc::new(source.clone()));
        Ok(source)
    }

    /// The schema as last read on this line, if it was: newer than, or the same as, what a caller has cached.
    pub(super) fn newest(&self, source: &DataSource) -> Arc<DataSource> {
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(schemas.entry(source.id).or_insert_with(|| Arc::new(source.clone())))
    }

    async fn find_source(&self, id: DataSourceId) -> Result<DataSource, RemoteError> {
        match self.wire.get(&format!("data_sources/{id}")).await {
            Ok(answer) => readable(wire::parse(&answer, "a data source")?),
            Err(RemoteError::Missing { .. }) => {
                let only = self.only_source_of(id).await?;
                let answer = self.wire.get(&format!("data_sources/{only}")).await;
                let answer = answer.map_err(|error| unshared(only, error))?;
                readable(wire::parse(&answer, "a data source")?)
            }
            Err(error) => Err(error),
        }
    }

    async fn only_source_of(&self, id: DataSourceId) -> Result<DataSourceId, RemoteError> {
        let answer = self.wire.get(&format!("databases/{id}")).await;
        let answer = answer.map_err(|error| unshared(id, error))?;
        let database: RawDatabase = wire::parse(&answer, "a database")?;
        if let [only] = database.data_sources.as_slice() {
            return Ok(DataSourceId(only.id));
        }
        let listed = database.data_sources.iter().map(|source| {
            let name = source.name.as_deref().unwrap_or_default();
            format!("`{name}` ({})", DataSourceId(source.id))
        });
        let what = match listed.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => {
                format!("the database {id} has no data source that the connection may see")
            }
            several => format!(
                "the database {id} has several data sources; write the id of one of them as `data_source`: {several}"
            ),
        };
        let code = NOT_ONE_DATA_SOURCE.to_owned();
        Err(RemoteError::Refused {
            side: Side::Notion,
            status: 200,
            code,
            what,
            fields: Vec::new(),
        })
    }

    /// Pages edited at or after that moment, to the minute, oldest edit first.
    #[must_use]
    pub fn changed_since(
        &self,
        source: &DataSource,
        mapping: &Mapping,
        since: DateTime<Utc>,
    ) -> Pages {
        Pages::new(self, source.id, Query::edited_since(since), mapping)
    }

    /// Every page, oldest first.
    #[must_use]
    pub fn all(&self, source: &DataSource, mapping: &Mapping) -> Pages {
        Pages::new(self, source.id, Query::oldest_first(), mapping)
    }

    /// One page. In the trash it is found, with `in_trash`; what is not shown proves nothing (I7).
    pub async fn page(&self, id: PageId, mapping: &Mapping) -> Result<Lookup<Page>, RemoteError> {
        let answer = match self.wire.get(&format!("pages/{id}")).await {
            Ok(answer) => answer,
            Err(RemoteError::Missing { what, .. }) => return Ok(Lookup::Hidden(what)),
            Err(error) => return Err(error),
        };
        let raw = raw_page(&answer)?;
        // A duplicated data source has the very property ids of its original.
        let home = raw.parent.as_ref().and_then(|parent| parent.data_source_id).map(DataSourceId);
        if let (Some(home), Some(ours)) = (home, mapping.source)
            && home != ours
        {
            return Ok(Lookup::Moved(format!("the data source {home}")));
        }
        match self.observe(raw, mapping).await {
            Ok(page) => Ok(Lookup::Found(page)),
            // A page moved into another data source loses its properties; so does every page when one is deleted.
            Err(error) if is_anchor_lost(&error) => {
                Ok(Lookup::Hidden(format!("{error}; was the page moved to another data source?")))
            }
            Err(error) => Err(error),
        }
    }

    /// Which of these pages a filter in Notion's own syntax lets through (`sync.filter.notion`).
    pub async fn matching(
        &self,
        source: &DataSource,
        filter: &Json,
        among: &[PageId],
    ) -> Result<BTreeSet<PageId>, RemoteError> {
        let wanted: BTreeSet<PageId> = among.iter().copied().collect();
        let mut matching = BTreeSet::new();
        if wanted.is_empty() {
            return Ok(matching);
        }
        // Newest first: candidates are mostly new, and all of them found is the end.
        let mut rows = Rows::new(self.wire.clone(), source.id, Query::newest_first(filter.clone()));
        while matching.len() < wanted.len() {
            let Some(listed) = rows.next().await.map_err(|error| bad_filter(filter, error))? else {
                break;
            };
            let ids = listed.items.into_iter().map(|row| PageId(row.id));
            matching.extend(ids.filter(|id| wanted.contains(id)));
        }
        Ok(matching)
    }

    /// Decodes a page, fetching what Notion cut off, and notes what contradicts the schema we know.
    pub(super) async fn observe(
        &self,
        raw: RawPage,
        mapping: &Mapping,
    ) -> Result<Page, RemoteError> {
        let source = raw.parent.as_ref().and_then(|parent| parent.data_source_id).map(DataSourceId);
        let mut sight = Sight::of(raw, mapping).inspect_err(|error| {
            if is_anchor_lost(error) {
                self.doubt(source);
            }
        })?;
        complete(&self.wire, &mut sight, mapping).await?;
        let contradicts = sight.contradicts;
        let page = sight.into_page(mapping);
        if contradicts || matches!(page.fields.get(&Field::State), Some(Observed::Unreadable(_))) {
            self.doubt(source);
        }
        Ok(page)
    }

    /// What an answer contradicts has to be read again (DESIGN §3, Observe).
    pub(super) fn doubt(&self, source: Option<DataSourceId>) {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).extend(source);
    }
}

fn readable(raw: RawSource) -> Result<DataSource, RemoteError> {
    if raw.in_trash {
        let id = DataSourceId(raw.id);
        return Err(dialect::auth(format!(
            "the data source {id} is in Notion's trash; restore it"
        )));
    }
    DataSource::from_raw(raw).ok_or_else(|| {
        dialect::auth("the data source comes without its properties; tick the capability `read content` in the connection's settings".to_owned())
    })
}

fn unshared(id: DataSourceId, error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Missing { what, .. } => dialect::auth(format!(
            "the connection sees no data source or database {id}; in Notion open it, ••• > Connections, and add the connection ({what})"
        )),
        other => other,
    }
}

fn without_people(error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Auth { what, .. } if what.contains("capability") => dialect::auth(
            "the connection lacks the capability `read user information`; tick it in the connection's settings at notion.so/profile/integrations, or write user ids instead of e-mails in [users]".to_owned(),
        ),
        other => other,
    }
}

/// Every person has an e-mail address: when none shows one, it is the connection that may not see them.
fn without_emails() -> RemoteError {
    dialect::auth("the connection sees people, but not their e-mail addresses; tick `read user information including email addresses` in its settings at notion.so/profile/integrations, or write user ids instead of e-mails in [users]".to_owned())
}

fn bad_filter(filter: &Json, error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Refused { side, status, code, what, fields } => {
            let what = format!("`sync.filter.notion` is {filter}: {what}");
            RemoteError::Refused { side, status, code, what, fields }
        }
        other => other,
    }
}
