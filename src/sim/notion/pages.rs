//! Creating, reading and editing pages (notion-api.md §5).

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::bodies::Rewrite;
use super::content::BlockId;
use super::cursors::Place;
use super::errors::{Outcome, Refusal};
use super::ids::{DataSourceId, DatabaseId, PageId, PropertyId, UserId};
use super::markdown;
use super::objects::page_size;
use super::render::{self, Viewer};
use super::richtext;
use super::routes::{Caller, QueryString, Version, path_id};
use super::schema::Kind;
use super::shape::Path;
use super::state::{DataSource, Page, Row, State};
use super::value::Value;
use super::write;

const BODY: Path<'_> = Path::Root("body");

/// A page the caller may see, with its data source.
pub(super) fn find<'a>(
    state: &'a State,
    caller: &Caller,
    raw: &str,
) -> Outcome<(&'a Row, &'a DataSource)> {
    let id = PageId(path_id("page_id", raw)?);
    state
        .pages
        .get(&id)
        .and_then(|row| Some((row, state.visible_source(row.current.source, caller.bot)?)))
        .ok_or_else(|| caller.not_found("page", id.0))
}

pub(super) fn retrieve(
    state: &State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&["filter_properties", "filter_properties[]"])?;
    let (row, source) = find(state, caller, raw)?;
    caller.may_read()?;
    let only = render::only(&source.schema, &query.filter_properties())?;
    Ok(Viewer { state, caller }.page(&row.current, source, only.as_deref()))
}

pub(super) fn create(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    query: &QueryString,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    query.only(&["filter_properties", "filter_properties[]"])?;
    let known = ["parent", "properties", "icon", "cover", "children"];
    let with_content = ["markdown", "markdown_version", "allow_async"];
    match body.get("markdown") {
        None => BODY.only(body, &known)?,
        Some(markdown) => {
            BODY.only(body, &[known.as_slice(), &with_content].concat())?;
            if body.contains_key("children") {
                return Err(BODY
                    .key("children")
                    .refuse("not present beside `markdown`", "defined"));
            }
            BODY.key("markdown").string(Some(markdown))?;
            let version = body.get("markdown_version");
            markdown::only_v2(&BODY, version.map(|version| version.as_str().unwrap_or_default()))?;
        }
    }
    if body.contains_key("children") {
        BODY.key("children").array(body.get("children"), 0)?;
    }
    let source = parent(state, caller, body)?;
    caller.may_insert()?;
    let path = BODY.key("properties");
    let markdown = body.get("markdown").and_then(Json::as_str);
    let (properties, markdown) = match markdown {
        Some(markdown) => with_title(source, path.object(body.get("properties"))?, markdown),
        None => (path.object(body.get("properties"))?.clone(), String::new()),
    };
    let only = render::only(&source.schema, &query.filter_properties())?;
    let written = write::read(state, caller, source, &path, &properties)?;
    let (icon, cover) = (picture("icon", body.get("icon"))?, picture("cover", body.get("cover"))?);
    let source = source.id;
    written.make_choices(state, source);
    let mut page = blank(state, source, caller.bot, now);
    written.apply(&mut page);
    (page.icon, page.cover) = (icon.unwrap_or(Json::Null), cover.unwrap_or(Json::Null));
    let id = page.id;
    let rewrite = Rewrite { page: id, by: caller.bot, now, may_delete: false, is_request: true };
    state.first_content(&rewrite, &markdown)?;
    state.insert_page(page);
    Ok(answer(state, caller, id, only.as_deref()))
}

/// Without a title among the properties, the first line that is a top heading is the title (notion-api.md §6.2).
fn with_title(
    source: &DataSource,
    properties: &Map<String, Json>,
    markdown: &str,
) -> (Map<String, Json>, String) {
    let mut properties = properties.clone();
    let name = source.schema.title().map_or("title", |title| title.name.as_str());
    if properties.contains_key(name) || properties.contains_key("title") {
        return (properties, markdown.to_owned());
    }
    let mut lines = markdown.lines();
    let heading = lines.by_ref().find(|line| !line.trim().is_empty());
    let Some(title) = heading.and_then(|line| line.strip_prefix("# ")) else {
        return (properties, markdown.to_owned());
    };
    let text = json!({ "title": [{ "text": { "content": title.trim() } }] });
    properties.insert(name.to_owned(), text);
    (properties, lines.collect::<Vec<_>>().join("\n"))
}

/// The page a write of content is for: one that may be seen and written, and is not in the trash.
pub(super) fn page_to_write(state: &State, caller: &Caller, raw: &str) -> Outcome<PageId> {
    let id = PageId(path_id("page_id", raw)?);
    let is_known = state.pages.contains_key(&id) || state.sub_pages.contains_key(&id);
    if !is_known
        && state.bodies.values().any(|body| markdown::find(&body.blocks, BlockId(id.0)).is_some())
    {
        return Err(Refusal::validation(
            "The id of a block was given where the id of a page is expected.",
        ));
    }
    if !state.may_see_page(id, caller.bot) {
        return Err(caller.not_found("page", id.0));
    }
    caller.may_update()?;
    let in_trash = state.pages.get(&id).is_some_and(|row| row.current.in_trash)
        || state.sub_pages.get(&id).is_some_and(|page| page.in_trash);
    if in_trash { Err(Refusal::trashed()) } else { Ok(id) }
}

/// An empty page as Notion makes it: the default status and the next number are already there.
pub(super) fn blank(
    state: &mut State,
    source: DataSourceId,
    by: UserId,
    now: DateTime<Utc>,
) -> Page {
    let id = PageId(state.fresh_uuid());
    let mut values = BTreeMap::new();
    if let Some(source) = state.sources.get_mut(&source) {
        for property in &source.schema.0 {
            match &property.kind {
                Kind::Status(status) => {
                    if let Some(default) = &status.default {
                        values.insert(property.id.clone(), Value::Choice(default.clone()));
                    }
                }
                Kind::UniqueId { .. } => {
                    values.insert(property.id.clone(), Value::UniqueId(source.next_number));
                    source.next_number += 1;
                }
                Kind::Title
                | Kind::RichText
                | Kind::Number
                | Kind::Url
                | Kind::Select(_)
                | Kind::MultiSelect(_)
                | Kind::Checkbox
                | Kind::People
                | Kind::Date
                | Kind::Relation(_)
                | Kind::CreatedTime
                | Kind::LastEditedTime
                | Kind::CreatedBy
                | Kind::LastEditedBy
                | Kind::Other(_) => {}
            }
        }
    }
    Page {
        id,
        source,
        created_at: now,
        created_by: by,
        edited_at: now,
        edited_by: by,
        in_trash: false,
        is_archived: false,
        is_locked: false,
        icon: Json::Null,
        cover: Json::Null,
        values,
    }
}

pub(super) fn edit(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    query.only(&["filter_properties", "filter_properties[]"])?;
    let trash_key = trash_key(caller.version);
    let known = ["properties", "icon", "cover", "in_trash", trash_key, "is_archived", "is_locked"];
    BODY.only(body, &known)?;
    let flag = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(value) => BODY.key(key).boolean(Some(value)).map(Some),
    };
    let in_trash = flag("in_trash")?.or(flag(trash_key)?);
    let (is_archived, is_locked) = (flag("is_archived")?, flag("is_locked")?);
    let (row, source) = find(state, caller, raw)?;
    caller.may_update()?;
    let mut page = Page::clone(&row.current);
    if page.in_trash && in_trash.is_none() {
        return Err(Refusal::trashed());
    }
    let only = render::only(&source.schema, &query.filter_properties())?;
    let path = BODY.key("properties");
    let written = match body.get("properties") {
        None => None,
        Some(properties) => {
            Some(write::read(state, caller, source, &path, path.object(Some(properties))?)?)
        }
    };
    let (icon, cover) = (picture("icon", body.get("icon"))?, picture("cover", body.get("cover"))?);
    if page.in_trash && in_trash == Some(true) && written.is_some() {
        return Err(Refusal::trashed());
    }
    if let Some(written) = written {
        written.make_choices(state, page.source);
        written.apply(&mut page);
    }
    page.in_trash = in_trash.unwrap_or(page.in_trash);
    page.is_archived = is_archived.unwrap_or(page.is_archived);
    page.is_locked = is_locked.unwrap_or(page.is_locked);
    page.icon = icon.unwrap_or(page.icon);
    page.cover = cover.unwrap_or(page.cover);
    let id = page.id;
    state.edit_page(page, caller.bot, now);
    Ok(answer(state, caller, id, only.as_deref()))
}

/// `archived` was the name of `in_trash` before 2026-03-11, and is refused since (notion-api.md §1).
pub(super) fn trash_key(version: Version) -> &'static str {
    match version {
        Version::V2025_09_03 => "archived",
        Version::V2026_03_11 => "in_trash",
    }
}

/// The answer to an accepted write; counts it, too. Without the capability to read it is only an id.
fn answer(state: &mut State, caller: &Caller, id: PageId, only: Option<&[PropertyId]>) -> Json {
    if let Some(row) = state.pages.get_mut(&id) {
        row.writes += 1;
    }
    let partial = json!({ "object": "page", "id": id.to_string() });
    if !caller.capabilities.read {
        return partial;
    }
    let state = &*state;
    let Some(row) = state.pages.get(&id) else { return partial };
    match state.sources.get(&row.current.source) {
        Some(source) => Viewer { state, caller }.page(&row.current, source, only),
        None => partial,
    }
}

fn parent<'a>(
    state: &'a State,
    caller: &Caller,
    body: &Map<String, Json>,
) -> Outcome<&'a DataSource> {
    let path = BODY.key("parent");
    let parent = path.object(body.get("parent"))?;
    path.only(parent, &["type", "data_source_id", "database_id"])?;
    let id = |key: &str| -> Outcome<uuid::Uuid> {
        let path = path.key(key);
        let text = path.string(parent.get(key))?;
        text.parse::<PageId>()
            .map(|id| id.0)
            .map_err(|_| path.refuse("a valid uuid", format_args!("\"{text}\"")))
    };
    if parent.contains_key("data_source_id") {
        let id = id("data_source_id")?;
        return state
            .visible_source(DataSourceId(id), caller.bot)
            .filter(|source| !source.in_trash)
            .ok_or_else(|| caller.not_found("data source", id));
    }
    let id = id("database_id")?;
    let sources = state.databases.get(&DatabaseId(id)).map(|database| database.sources.as_slice());
    match sources {
        Some([only]) => {
            state.visible_source(*only, caller.bot).ok_or_else(|| caller.not_found("database", id))
        }
        Some([]) | None => Err(caller.not_found("database", id)),
        Some([_, _, ..]) => Err(Refusal::validation(
            "Databases with multiple data sources need a data_source_id as the parent of a page.",
        )),
    }
}

/// An icon or a cover: `None` when not sent, `null` removes it.
pub(super) fn picture(key: &'static str, value: Option<&Json>) -> Outcome<Option<Json>> {
    let path = BODY.key(key);
    match value {
        None => Ok(None),
        Some(Json::Null) => Ok(Some(Json::Null)),
        Some(value) => {
            let object = path.object(Some(value))?;
            path.only(object, &["type", "emoji", "external"])?;
            if let Some(emoji) = object.get("emoji") {
                let emoji = path.key("emoji").filled_string(Some(emoji), 20)?;
                return Ok(Some(json!({ "type": "emoji", "emoji": emoji })));
            }
            let path = path.key("external");
            let url = path
                .key("url")
                .filled_string(path.object(object.get("external"))?.get("url"), 2000)?;
            Ok(Some(json!({ "type": "external", "external": { "url": url } })))
        }
    }
}

/// One property of one page: whole, and in pages where it is an array.
pub(super) fn property_item(
    state: &mut State,
    caller: &Caller,
    query: &QueryString,
    page: &str,
    property: &str,
) -> Outcome<Json> {
    query.only(&["page_size", "start_cursor"])?;
    let (row, source) = find(state, caller, page)?;
    caller.may_read()?;
    let property = source
        .schema
        .find_decoded(property)
        .ok_or_else(|| Refusal::validation(format!("Could not find property with id: {property}")))?
        .clone();
    let page = std::sync::Arc::clone(&row.current);
    let (kind, id) = (property.kind.name().to_owned(), property.id.to_string());
    let viewer = Viewer { state, caller };
    let item = |value: Json| json!({ "object": "property_item", "type": kind, "id": id, kind.as_str(): value });
    let items: Vec<Json> = match (&property.kind, page.values.get(&property.id)) {
        (Kind::Title | Kind::RichText, Some(Value::Text(runs))) => {
            runs.iter().map(|run| item(richtext::render(run, &viewer))).collect()
        }
        (Kind::People, Some(Value::People(people))) => {
            people.iter().map(|id| item(viewer.user(*id))).collect()
        }
        (Kind::Relation(_), _) => viewer
            .related(&page, &property)
            .iter()
            .map(|id| item(json!({ "id": id.to_string() })))
            .collect(),
        (Kind::Title | Kind::RichText | Kind::People, _) => Vec::new(),
        (_, _) => return Ok(item(viewer.value(&page, &property, false))),
    };
    let mut hasher = DefaultHasher::new();
    ("property_item", page.id, &property.id, caller.bot).hash(&mut hasher);
    let of = hasher.finish();
    let given = match query.first("start_cursor") {
        None => 0,
        Some(cursor) => state.cursors.find(cursor, of)?.given,
    };
    let size = page_size(
        &Path::Root("query"),
        query.first("page_size").map(|size| json!(size.parse::<u64>().ok())).as_ref(),
    )?;
    let shown: Vec<&Json> = items.iter().skip(given).take(size).collect();
    let has_more = given + shown.len() < items.len();
    let results = json!(shown);
    let given = given + shown.len();
    let cursor = has_more.then(|| {
        let name = state.fresh_uuid();
        state.cursors.remember(name, Place { of, given, last: None })
    });
    let next_url = cursor.as_ref().map(|cursor| {
        format!("https://api.notion.com/v1/pages/{}/properties/{id}?start_cursor={cursor}", page.id)
    });
    Ok(json!({
        "object": "list", "results": results, "next_cursor": cursor, "has_more": has_more,
        "type": "property_item",
        "property_item": { "id": id, "next_url": next_url, "type": kind, kind.as_str(): {} },
    }))
}
