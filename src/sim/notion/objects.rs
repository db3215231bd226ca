//! Users, databases, data sources and search.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value as Json, json};

use super::cursors::Place;
use super::errors::{Outcome, Refusal};
use super::ids::{DataSourceId, DatabaseId, UserId};
use super::render::Viewer;
use super::richtext;
use super::routes::{Caller, QueryString, path_id};
use super::shape::Path;
use super::state::{State, UserInfo};

/// Elements of one page of any list.
const PAGE: usize = 100;

/// `page_size`: 100 unless said otherwise, never more.
pub(super) fn page_size(path: &Path<'_>, value: Option<&Json>) -> Outcome<usize> {
    let Some(value) = value else { return Ok(PAGE) };
    let path = path.key("page_size");
    let size = value.as_u64().ok_or_else(|| path.refuse("a number", value))?;
    match usize::try_from(size) {
        Ok(size @ 1..=PAGE) => Ok(size),
        Ok(_) | Err(_) => Err(path.refuse("between `1` and `100`", size)),
    }
}

/// `start_cursor` of a body, where there is one.
pub(super) fn start_cursor<'a>(
    path: &Path<'_>,
    body: &'a Map<String, Json>,
) -> Outcome<Option<&'a str>> {
    match body.get("start_cursor") {
        None => Ok(None),
        cursor @ Some(_) => path.key("start_cursor").string(cursor).map(Some),
    }
}

pub(super) fn me(state: &State, caller: &Caller, query: &QueryString) -> Outcome<Json> {
    query.only(&[])?;
    let user = state.users.get(&caller.bot).ok_or_else(Refusal::unauthorized)?;
    Ok(Viewer { state, caller }.full_user(user))
}

fn may_see_users(caller: &Caller) -> Outcome<()> {
    match caller.capabilities.users {
        UserInfo::Nothing => Err(Refusal::restricted("read user information")),
        UserInfo::WithoutEmail | UserInfo::WithEmail => Ok(()),
    }
}

pub(super) fn user(
    state: &State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&[])?;
    let id = path_id("user_id", raw)?;
    may_see_users(caller)?;
    let user = state.users.get(&UserId(id)).ok_or_else(|| caller.not_found("user", id))?;
    Ok(Viewer { state, caller }.full_user(user))
}

pub(super) fn users(state: &mut State, caller: &Caller, query: &QueryString) -> Outcome<Json> {
    query.only(&["page_size", "start_cursor"])?;
    may_see_users(caller)?;
    if caller.personal {
        // notion-api.md §8: not for personal access tokens.
        return Err(Refusal::restricted("list users"));
    }
    let mut ids: Vec<UserId> = state.users.keys().copied().collect();
    ids.sort_by_key(|id| state.shuffled(id.0));
    let viewer = Viewer { state, caller };
    let all: Vec<Json> = ids
        .iter()
        .filter_map(|id| state.users.get(id))
        .map(|user| viewer.full_user(user))
        .collect();
    let size = query.first("page_size").map(|size| json!(size.parse::<u64>().ok()));
    let size = page_size(&Path::Root("query"), size.as_ref())?;
    list(state, &all, size, query.first("start_cursor"), ("users", caller.bot), "user")
}

/// One page of a list that is short enough to be made whole every time.
pub(super) fn list(
    state: &mut State,
    all: &[Json],
    size: usize,
    cursor: Option<&str>,
    identity: impl Hash,
    kind: &str,
) -> Outcome<Json> {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    let of = hasher.finish();
    let given = match cursor {
        None => 0,
        Some(cursor) => state.cursors.find(cursor, of)?.given,
    };
    let results: Vec<&Json> = all.iter().skip(given).take(size).collect();
    let given = given + results.len();
    let next = (given < all.len()).then(|| {
        let name = state.fresh_uuid();
        state.cursors.remember(name, Place { of, given, last: None })
    });
    Ok(json!({
        "object": "list", "results": results, "has_more": next.is_some(), "next_cursor": next,
        "type": kind, kind: {},
    }))
}

pub(super) fn database(
    state: &State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&[])?;
    let id = path_id("database_id", raw)?;
    let database = state
        .databases
        .get(&DatabaseId(id))
        .filter(|database| {
            database.sources.iter().any(|id| state.visible_source(*id, caller.bot).is_some())
        })
        .ok_or_else(|| caller.not_found("database", id))?;
    caller.may_read()?;
    Ok(Viewer { state, caller }.database(database))
}

pub(super) fn data_source(
    state: &State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&[])?;
    let id = path_id("data_source_id", raw)?;
    let source = state
        .visible_source(DataSourceId(id), caller.bot)
        .ok_or_else(|| caller.not_found("data source", id))?;
    caller.may_read()?;
    Ok(Viewer { state, caller }.data_source(source))
}

/// Titles only, late, and without the trash (notion-api.md §13): unfit for finding changes.
pub(super) fn search(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    let root = Path::Root("body");
    root.only(body, &["query", "filter", "sort", "page_size", "start_cursor"])?;
    caller.may_read()?;
    let words = match body.get("query") {
        None => String::new(),
        words @ Some(_) => root.key("query").string(words)?.to_lowercase(),
    };
    let (with_pages, with_sources) = wanted(&root, body.get("filter"))?;
    let size = page_size(&root, body.get("page_size"))?;
    let cursor = start_cursor(&root, body)?;
    let ascending = match body.get("sort") {
        None => false,
        sort @ Some(_) => is_ascending(&root.key("sort"), sort)?,
    };
    let lag = Duration::from_std(state.options.search_lag).unwrap_or(Duration::zero());
    let viewer = Viewer { state, caller };
    let mut found: Vec<(DateTime<Utc>, u64, Json)> = Vec::new();
    for source in state.sources.values().filter(|source| source.shared_with.contains(&caller.bot)) {
        let title = richtext::plain_text(&source.title, &viewer).to_lowercase();
        if with_sources && !source.in_trash && title.contains(&words) {
            found.push((source.edited_at, state.shuffled(source.id.0), viewer.data_source(source)));
        }
        for row in source.rows.iter().filter(|_| with_pages).filter_map(|id| state.pages.get(id)) {
            let page = &row.current;
            let hidden = page.in_trash || page.is_archived || page.edited_at > now - lag;
            if !hidden && state.title_text(page).to_lowercase().contains(&words) {
                found.push((
                    page.edited_at,
                    state.shuffled(page.id.0),
                    viewer.page(page, source, None),
                ));
            }
        }
    }
    found.sort_by_key(|(edited, shuffled, _)| (*edited, *shuffled));
    if !ascending {
        found.reverse();
    }
    let all: Vec<Json> = found.into_iter().map(|(_, _, object)| object).collect();
    let identity = ("search", caller.bot, words, with_pages, with_sources, ascending);
    list(state, &all, size, cursor, identity, "page_or_data_source")
}

/// The order of what search finds: by the last edit, newest first unless `ascending`; relevance is ours to judge.
fn is_ascending(path: &Path<'_>, sort: Option<&Json>) -> Outcome<bool> {
    let sort = path.object(sort)?;
    if sort.contains_key("property") {
        path.only(sort, &["property"])?;
        let property = path.key("property");
        return match property.string(sort.get("property"))? {
            "relevance" => Ok(false),
            other => Err(property.refuse("`\"relevance\"`", format_args!("\"{other}\""))),
        };
    }
    path.only(sort, &["timestamp", "direction"])?;
    let timestamp = path.key("timestamp");
    match timestamp.string(sort.get("timestamp"))? {
        "last_edited_time" => {}
        other => {
            return Err(timestamp.refuse("`\"last_edited_time\"`", format_args!("\"{other}\"")));
        }
    }
    let direction = path.key("direction");
    match direction.string(sort.get("direction"))? {
        "ascending" => Ok(true),
        "descending" => Ok(false),
        other => {
            Err(direction
                .refuse("`\"ascending\"` or `\"descending\"`", format_args!("\"{other}\"")))
        }
    }
}

/// Whether search looks for pages and for data sources.
fn wanted(root: &Path<'_>, filter: Option<&Json>) -> Outcome<(bool, bool)> {
    let Some(filter) = filter else { return Ok((true, true)) };
    let path = root.key("filter");
    let filter = path.object(Some(filter))?;
    path.only(filter, &["property", "value"])?;
    let property = path.key("property");
    match property.string(filter.get("property"))? {
        "object" => {}
        other => return Err(property.refuse("`\"object\"`", format_args!("\"{other}\""))),
    }
    let value = path.key("value");
    match value.string(filter.get("value"))? {
        "page" => Ok((true, false)),
        "data_source" => Ok((false, true)),
        other => Err(value.refuse("`\"page\"` or `\"data_source\"`", format_args!("\"{other}\""))),
    }
}
