//! Listings: opaque cursors, short answers, the cap at 10,000, stale cursors, failing servers (notion-api §4.4).

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use super::dialect::{auth, is_refused_value, is_server_failure};
use super::reader::Reader;
use super::shapes::{List, RawPage};
use super::wire::{self, Wire, nonsense};
use crate::model::{DataSourceId, Mapping, Page, PageId};
use crate::remote::{Channel, Listed, RemoteError, Trail};

/// Rows per answer, at most and when the server fails at more.
const PAGE_SIZE: usize = 100;
const SMALLEST_PAGE_SIZE: usize = 25;
/// So many answers one listing may take: two million rows in full ones (I14).
const MAX_ANSWERS: usize = 20_000;
/// So many answers in a row may hold no row, though more are to follow.
const MAX_EMPTY_ANSWERS: usize = 50;
/// So many times a listing by edit time is gone through when pages are edited meanwhile.
const MAX_PASSES: usize = 3;
/// So many cursors in a row may turn stale without a step forward.
const MAX_STALE_CURSORS: usize = 3;

/// What to list and in which order. Both orders are by time, so that a listing can go on where another one ended.
#[derive(Debug, Clone)]
pub(super) struct Query {
    filter: Option<Json>,
    by: &'static str,
    descending: bool,
    bound: Option<DateTime<Utc>>,
}

impl Query {
    pub(super) fn edited_since(since: DateTime<Utc>) -> Query {
        let bound = since.duration_trunc(TimeDelta::minutes(1)).unwrap_or(since);
        Query { filter: None, by: "last_edited_time", descending: false, bound: Some(bound) }
    }

    pub(super) fn oldest_first() -> Query {
        Query { filter: None, by: "created_time", descending: false, bound: None }
    }

    pub(super) fn newest_first(filter: Json) -> Query {
        Query { filter: Some(filter), by: "created_time", descending: true, bound: None }
    }

    fn time_of(&self, row: &RawPage) -> Option<DateTime<Utc>> {
        if self.by == "created_time" { row.created_time } else { row.last_edited_time }
    }

    /// Whether an edit moves a row to another place.
    fn moves(&self) -> bool {
        self.by == "last_edited_time"
    }

    /// Whether `a` comes later in the listing than `b`.
    fn is_past(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> bool {
        if self.descending { a < b } else { a > b }
    }

    fn body(&self, page_size: usize, cursor: Option<&str>) -> Json {
        let direction = if self.descending { "descending" } else { "ascending" };
        let mut body = json!({
            "sorts": [{"timestamp": self.by, "direction": direction}],
            "page_size": page_size,
        });
        if let Some(filter) = self.whole_filter() {
            body["filter"] = filter;
        }
        if let Some(cursor) = cursor {
            body["start_cursor"] = json!(cursor);
        }
        body
    }

    fn whole_filter(&self) -> Option<Json> {
        let bound = self.bound.map(|at| {
            let condition = if self.descending { "on_or_before" } else { "on_or_after" };
            let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            json!({"timestamp": self.by, (self.by): {(condition): at}})
        });
        let (filter, bound) = match (self.filter.clone(), bound) {
            (Some(filter), Some(bound)) => (filter, bound),
            (filter, bound) => return filter.or(bound),
        };
        // Two levels are the deepest there may be (notion-api §3): an `and` takes the bound in.
        match filter.get("and").and_then(Json::as_array) {
            Some(all) => Some(json!({"and": all.iter().chain([&bound]).collect::<Vec<_>>()})),
            None => Some(json!({"and": [filter, bound]})),
        }
    }
}

/// Rows of a data source as Notion sends them, each once, or again when it was edited meanwhile.
pub(super) struct Rows {
    wire: Wire,
    source: DataSourceId,
    query: Query,
    page_size: usize,
    cursor: Option<String>,
    trail: Trail,
    /// The time of the row furthest down the listing.
    reached: Option<DateTime<Utc>>,
    /// Rows handed out, and their edit times.
    seen: BTreeMap<PageId, DateTime<Utc>>,
    answers: usize,
    empty: usize,
    stale: usize,
    pass: Pass,
    done: bool,
}

/// One way through a listing.
struct Pass {
    number: usize,
    /// Where it begins.
    bound: Option<DateTime<Utc>>,
    /// The server's clock at its first answer.
    began: Option<DateTime<Utc>>,
    answers: usize,
    /// Whether it has brought anything that was not handed out before.
    has_news: bool,
}

impl Rows {
    pub(super) fn new(wire: Wire, source: DataSourceId, query: Query) -> Rows {
        let pass = Pass { number: 1, bound: query.bound, began: None, answers: 0, has_news: false };
        Rows {
            wire,
            source,
            query,
            pass,
            page_size: PAGE_SIZE,
            cursor: None,
            trail: Trail::default(),
            reached: None,
            seen: BTreeMap::new(),
            answers: 0,
            empty: 0,
            stale: 0,
            done: false,
        }
    }

    /// The next answer's rows, of which there may be none; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Listed<RawPage>>, RemoteError> {
        while !self.done {
            self.answers += 1;
            if self.answers > MAX_ANSWERS || self.empty > MAX_EMPTY_ANSWERS {
                return Err(nonsense(format!("the listing of {} has no end", self.source)));
            }
            let body = self.query.body(self.page_size, self.cursor.as_deref());
            match self.wire.ask(&format!("data_sources/{}/query", self.source), &body).await {
                Ok(answer) => return self.take(&answer).map(Some),
                Err(error) if is_server_failure(&error) && self.page_size > SMALLEST_PAGE_SIZE => {
                    self.page_size /= 2;
                }
                // A cursor is bound to its query and may die (notion-api §4.4): the rows seen so far say where to go on.
                Err(error) if is_refused_value(&error) && self.cursor.is_some() => {
                    self.stale += 1;
                    if self.stale > MAX_STALE_CURSORS {
                        return Err(error);
                    }
                    self.restart();
                }
                Err(RemoteError::Missing { what, .. }) => {
                    return Err(auth(format!(
                        "the data source {} is not shown to the connection any more; in Notion open it, ••• > Connections, and add the connection again ({what})",
                        self.source
                    )));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn take(&mut self, answer: &crate::remote::Response) -> Result<Listed<RawPage>, RemoteError> {
        let list: List<RawPage> = wire::parse(answer, "a list of pages")?;
        let at = Channel::date_of(answer).or_else(|| self.wire.channel.server_now());
        let at = at.ok_or_else(|| nonsense("an answer without a Date header".to_owned()))?;
        self.pass.began.get_or_insert(at);
        self.pass.answers += 1;
        let (incomplete, has_more) = (list.is_incomplete(), list.has_more);
        self.empty = if list.results.is_empty() { self.empty + 1 } else { 0 };
        let mut items = Vec::new();
        // Wikis list data sources too, and externally synced rows cannot be edited (notion-api §4.4).
        for row in list.results.into_iter().filter(|row| row.object == "page") {
            let (Some(time), Some(edited)) = (self.query.time_of(&row), row.last_edited_time)
            else {
                items.push(row);
                continue;
            };
            if self.reached.is_none_or(|reached| self.query.is_past(time, reached)) {
                self.reached = Some(time);
                self.stale = 0;
            }
            let before = self.seen.insert(PageId(row.id), edited);
            if before.is_none_or(|before| edited > before) {
                items.push(row);
            }
        }
        self.pass.has_news |= !items.is_empty();
        self.go_on(has_more, list.next_cursor, incomplete)?;
        Ok(Listed { items, at })
    }

    fn go_on(
        &mut self,
        has_more: bool,
        next: Option<String>,
        incomplete: bool,
    ) -> Result<(), RemoteError> {
        match next {
            Some(next)
                if has_more
                    && self.cursor.as_ref() != Some(&next)
                    && !self.trail.is_back_at(&next) =>
            {
                self.cursor = Some(next);
            }
            Some(_) | None if has_more => {
                return Err(nonsense(
                    "a list that has more and does not say where, or leads back to where it was"
                        .to_owned(),
                ));
            }
            Some(_) | None if !incomplete => self.end_pass(),
            // The cap (notion-api §4.4): go on from the last time seen, inclusively.
            Some(_) | None => {
                if self.reached.is_none() || self.reached == self.query.bound {
                    return Err(nonsense(format!(
                        "{} has more pages of one minute than a query may list; Notion offers no way to list the rest",
                        self.source
                    )));
                }
                self.restart();
            }
        }
        Ok(())
    }

    /// An edited row moves to the end, and where cursors count rows another one slips into the part already read: what
    /// was edited since the first of several answers is a reason to go through them again, until nothing new comes.
    fn end_pass(&mut self) {
        let began = self.pass.began.and_then(|at| at.duration_trunc(TimeDelta::minutes(1)).ok());
        let disturbed = self.reached.zip(began).is_some_and(|(reached, began)| reached >= began);
        if !self.query.moves()
            || !disturbed
            || self.pass.answers < 2
            || !self.pass.has_news
            || self.pass.number >= MAX_PASSES
        {
            self.done = true;
            return;
        }
        let bound = self.pass.bound;
        self.pass =
            Pass { number: self.pass.number + 1, bound, began: None, answers: 0, has_news: false };
        (self.cursor, self.reached, self.query.bound) = (None, None, bound);
        self.trail = Trail::default();
    }

    fn restart(&mut self) {
        self.cursor = None;
        self.trail = Trail::default();
        self.query.bound = self.reached.or(self.query.bound);
    }
}

/// A listing of pages, one answer at a time.
pub struct Pages {
    rows: Rows,
    reader: Reader,
    mapping: Mapping,
}

impl Pages {
    pub(super) fn new(
        reader: &Reader,
        source: DataSourceId,
        query: Query,
        mapping: &Mapping,
    ) -> Pages {
        let rows = Rows::new(reader.wire.clone(), source, query);
        Pages { rows, reader: reader.clone(), mapping: mapping.clone() }
    }

    /// The next answer's pages with the server's clock at that moment; there may be none in it. `None` at the end.
    /// A page comes once, or again when it was edited meanwhile.
    pub async fn next(&mut self) -> Result<Option<Listed<Page>>, RemoteError> {
        let Some(listed) = self.rows.next().await? else { return Ok(None) };
        let mut items = Vec::with_capacity(listed.items.len());
        for row in listed.items {
            items.push(self.reader.observe(row, &self.mapping).await?);
        }
        Ok(Some(Listed { items, at: listed.at }))
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("query", &self.rows.query).finish_non_exhaustive()
    }
}
