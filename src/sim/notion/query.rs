//! Querying a data source (notion-api.md §4.4).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use rand::Rng;
use serde_json::{Map, Value as Json, json};

use super::cursors::Place;
use super::errors::Outcome;
use super::filter::Filter;
use super::ids::{DataSourceId, PageId};
use super::objects::{page_size, start_cursor};
use super::options::Paging;
use super::render::{self, Viewer};
use super::routes::{Caller, QueryString, path_id};
use super::shape::Path;
use super::sort::{Key, Order};
use super::state::{Page, State};

/// A row in its place among the results.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ordered {
    pub(super) keys: Vec<Key>,
    /// Decides between equals, and alone when nothing was sorted.
    pub(super) shuffled: u64,
    pub(super) id: PageId,
}

/// The last results, so that reading them page by page does not sort them again for each.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    of: u64,
    revision: u64,
    lag: Duration,
    /// When the results also depend on the time of asking.
    at: Option<DateTime<Utc>>,
    rows: Arc<Vec<Ordered>>,
}

/// Which rows a query is about, besides its filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shelf {
    trashed: bool,
    archived: bool,
    /// `result_type: data_source`, which only wikis have.
    nothing: bool,
}

impl Shelf {
    fn holds(self, page: &Page) -> bool {
        !self.nothing
            && page.in_trash == self.trashed
            && (self.trashed || page.is_archived == self.archived)
    }
}

struct Asked {
    filter: Option<Filter>,
    order: Order,
    shelf: Shelf,
    /// Digest of what makes the list, and so what a cursor is bound to.
    of: u64,
}

pub(super) fn query(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    query.only(&["filter_properties", "filter_properties[]"])?;
    let root = Path::Root("body");
    let mut known =
        vec!["filter", "sorts", "start_cursor", "page_size", "result_type", "is_archived"];
    if state.options.query_takes_in_trash {
        known.push("in_trash");
    }
    root.only(body, &known)?;
    let id = path_id("data_source_id", raw)?;
    let source = state
        .visible_source(DataSourceId(id), caller.bot)
        .filter(|source| !source.in_trash)
        .ok_or_else(|| caller.not_found("data source", id))?;
    caller.may_read()?;
    let size = page_size(&root, body.get("page_size"))?;
    let asked = read(state, caller, source.id, &root, body)?;
    let only = render::only(&source.schema, &query.filter_properties())?;
    let source = source.id;
    let place = match start_cursor(&root, body)? {
        None => None,
        Some(cursor) => Some(state.cursors.find(cursor, asked.of)?),
    };
    let rows = results(state, now, source, &asked);
    Ok(page_of(state, now, caller, &asked, &rows, place, size, only.as_deref()))
}

fn read(
    state: &State,
    caller: &Caller,
    source: DataSourceId,
    root: &Path<'_>,
    body: &Map<String, Json>,
) -> Outcome<Asked> {
    let flag = |key: &str| match body.get(key) {
        None => Ok(false),
        value @ Some(_) => root.key(key).boolean(value),
    };
    let nothing = match body.get("result_type") {
        None => false,
        value @ Some(_) => match root.key("result_type").string(value)? {
            "page" => false,
            "data_source" => true,
            other => {
                return Err(root
                    .key("result_type")
                    .refuse("`\"page\"` or `\"data_source\"`", other));
            }
        },
    };
    let shelf = Shelf { trashed: flag("in_trash")?, archived: flag("is_archived")?, nothing };
    let schema = match state.sources.get(&source) {
        Some(source) => &source.schema,
        None => return Err(caller.not_found("data source", source.0)),
    };
    let filter = match body.get("filter") {
        None => None,
        Some(filter) => Some(Filter::read(&state.options, schema, &root.key("filter"), filter, 0)?),
    };
    let order = Order::read(schema, &root.key("sorts"), body.get("sorts"))?;
    let mut hasher = DefaultHasher::new();
    (source, caller.bot, caller.version, shelf).hash(&mut hasher);
    body.get("filter").map(Json::to_string).hash(&mut hasher);
    body.get("sorts").map(Json::to_string).hash(&mut hasher);
    Ok(Asked { filter, order, shelf, of: hasher.finish() })
}

/// All rows that match, in order.
fn results(
    state: &mut State,
    now: DateTime<Utc>,
    source: DataSourceId,
    asked: &Asked,
) -> Arc<Vec<Ordered>> {
    let lag = state.list_lag();
    let Some(source) = state.sources.get(&source) else { return Arc::default() };
    let revision = source.revision;
    let depends_on_now =
        lag > Duration::zero() || asked.filter.as_ref().is_some_and(Filter::is_relative);
    let at = depends_on_now.then_some(now);
    if let Some(known) = &state.remembered
        && known.of == asked.of
        && known.revision == revision
        && known.lag == lag
        && known.at == at
    {
        return Arc::clone(&known.rows);
    }
    let mut rows: Vec<Ordered> = source
        .rows
        .iter()
        .filter_map(|id| state.pages.get(id)?.listed(now, lag))
        .filter(|page| asked.shelf.holds(page))
        .filter(|page| asked.filter.as_ref().is_none_or(|filter| filter.holds(state, now, page)))
        .map(|page| Ordered {
            keys: asked.order.keys(state, page),
            shuffled: state.shuffled(page.id.0),
            id: page.id,
        })
        .collect();
    rows.sort_by(|a, b| asked.order.compare(a, b));
    let rows = Arc::new(rows);
    state.remembered =
        Some(Remembered { of: asked.of, revision, lag, at, rows: Arc::clone(&rows) });
    rows
}

/// How many rows the page shall hold: a full one, or what pleases the server.
fn rows_in_page(state: &mut State, size: usize) -> usize {
    if state.options.short_pages { state.rng.random_range(0..=size) } else { size }
}

#[allow(clippy::too_many_arguments)]
fn page_of(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    asked: &Asked,
    rows: &[Ordered],
    place: Option<Place>,
    size: usize,
    only: Option<&[super::ids::PropertyId]>,
) -> Json {
    let cap = state.options.query_cap;
    let place = place.unwrap_or(Place { of: asked.of, given: 0, last: None });
    let start = match (&place.last, state.options.paging) {
        (Some(last), Paging::AfterRow) => rows
            .partition_point(|row| asked.order.compare(row, last) != std::cmp::Ordering::Greater),
        (Some(_), Paging::ByPosition) | (None, _) => place.given,
    };
    let left = cap.saturating_sub(place.given).min(rows.len().saturating_sub(start));
    let taken = rows_in_page(state, size).min(left);
    let shown = rows.get(start..start + taken).unwrap_or_default();
    let lag = state.list_lag();
    let viewer = Viewer { state, caller };
    let results: Vec<Json> = shown
        .iter()
        .filter_map(|row| {
            let page = state.pages.get(&row.id)?.listed(now, lag)?;
            Some(viewer.page(page, state.sources.get(&page.source)?, only))
        })
        .collect();
    let capped = place.given + rows.len().saturating_sub(start) > cap;
    let last = shown.last().cloned().or(place.last);
    let next = (taken < left).then(|| {
        let name = state.fresh_uuid();
        state.cursors.remember(name, Place { of: asked.of, given: place.given + taken, last })
    });
    let mut list = json!({
        "object": "list", "results": results, "has_more": next.is_some(), "next_cursor": next,
        "type": "page_or_data_source", "page_or_data_source": {},
    });
    if capped {
        list["request_status"] =
            json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
    }
    list
}
