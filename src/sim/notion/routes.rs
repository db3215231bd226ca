//! From a request to the function that serves it, with the checks that come before any of them.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::errors::{Outcome, Refusal};
use super::ids::UserId;
use super::shape::Path;
use super::state::{Capabilities, State};
use super::{blocks, markdown, objects, pages, query, schema_edit, tasks, uploads};
use crate::model::Side;
use crate::sim::operation;

/// Bytes a request body may hold (notion-api.md §3).
const BODY_BYTES: usize = 500 * 1024;

/// Which dated API the caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Version {
    /// The last one with `archived`.
    V2025_09_03,
    /// `in_trash` only.
    V2026_03_11,
}

/// Who asks, and how.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) bot: UserId,
    pub(super) name: String,
    pub(super) capabilities: Capabilities,
    pub(super) personal: bool,
    pub(super) version: Version,
}

impl Caller {
    pub(super) fn not_found(&self, kind: &str, id: Uuid) -> Refusal {
        self.unknown(kind, &id.to_string())
    }

    pub(super) fn unknown(&self, kind: &str, id: &str) -> Refusal {
        Refusal::not_found(kind, id, &self.name, self.bot.0)
    }

    pub(super) fn may_read(&self) -> Outcome<()> {
        if self.capabilities.read { Ok(()) } else { Err(Refusal::restricted("read content")) }
    }

    pub(super) fn may_update(&self) -> Outcome<()> {
        if self.capabilities.update { Ok(()) } else { Err(Refusal::restricted("update content")) }
    }

    pub(super) fn may_insert(&self) -> Outcome<()> {
        if self.capabilities.insert { Ok(()) } else { Err(Refusal::restricted("insert content")) }
    }
}

/// The query string, decoded, in order.
pub(super) struct QueryString(Vec<(String, String)>);

impl QueryString {
    fn parse(raw: Option<&str>) -> QueryString {
        QueryString(
            url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned().collect(),
        )
    }

    pub(super) fn first(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// `filter_properties`, with or without brackets, any number of times.
    pub(super) fn filter_properties(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, _)| name == "filter_properties" || name == "filter_properties[]")
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(super) fn only(&self, known: &[&str]) -> Outcome<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, value)) => Err(Path::Root("query")
                .key(name)
                .refuse("not present", format_args!("\"{value}\""))),
            None => Ok(()),
        }
    }
}

/// An id from the path, with or without dashes.
pub(super) fn path_id(name: &'static str, raw: &str) -> Outcome<Uuid> {
    raw.parse::<UserId>()
        .map(|id| id.0)
        .map_err(|_| Path::Root("path").key(name).refuse("a valid uuid", format_args!("\"{raw}\"")))
}

enum Route {
    Me,
    Users,
    User(String),
    Database(String),
    DataSource(String),
    EditDataSource(String),
    Query(String),
    CreatePage,
    Page(String),
    EditPage(String),
    PropertyItem(String, String),
    Children(String),
    Search,
    Markdown(String),
    WriteMarkdown(String),
    Task(String),
    CreateUpload,
    Upload(String),
    SendUpload(String),
}

impl Route {
    fn of(method: &Method, path: &str) -> Option<Route> {
        let segments: Vec<String> = path
            .strip_prefix("/v1/")?
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned()))
            .collect::<Result<_, _>>()
            .ok()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let id = |text: &str| text.to_owned();
        match (method.as_str(), segments.as_slice()) {
            ("GET", ["users", "me"]) => Some(Route::Me),
            ("GET", ["users"]) => Some(Route::Users),
            ("GET", ["users", user]) => Some(Route::User(id(user))),
            ("GET", ["databases", database]) => Some(Route::Database(id(database))),
            ("GET", ["data_sources", source]) => Some(Route::DataSource(id(source))),
            ("PATCH", ["data_sources", source]) => Some(Route::EditDataSource(id(source))),
            ("POST", ["data_sources", source, "query"]) => Some(Route::Query(id(source))),
            ("POST", ["pages"]) => Some(Route::CreatePage),
            ("GET", ["pages", page]) => Some(Route::Page(id(page))),
            ("PATCH", ["pages", page]) => Some(Route::EditPage(id(page))),
            ("GET", ["pages", page, "properties", property]) => {
                Some(Route::PropertyItem(id(page), id(property)))
            }
            ("GET", ["blocks", block, "children"]) => Some(Route::Children(id(block))),
            ("POST", ["search"]) => Some(Route::Search),
            ("GET", ["pages", page, "markdown"]) => Some(Route::Markdown(id(page))),
            ("PATCH", ["pages", page, "markdown"]) => Some(Route::WriteMarkdown(id(page))),
            ("GET", ["async_tasks", task]) => Some(Route::Task(id(task))),
            ("POST", ["file_uploads"]) => Some(Route::CreateUpload),
            ("GET", ["file_uploads", upload]) => Some(Route::Upload(id(upload))),
            ("POST", ["file_uploads", upload, "send"]) => Some(Route::SendUpload(id(upload))),
            (_, _) => None,
        }
    }

    fn is_write(&self) -> bool {
        match self {
            Route::EditDataSource(_)
            | Route::CreatePage
            | Route::EditPage(_)
            | Route::WriteMarkdown(_)
            | Route::CreateUpload
            | Route::SendUpload(_) => true,
            Route::Query(_)
            | Route::Search
            | Route::Me
            | Route::Users
            | Route::User(_)
            | Route::Database(_)
            | Route::DataSource(_)
            | Route::Page(_)
            | Route::PropertyItem(_, _)
            | Route::Children(_)
            | Route::Markdown(_)
            | Route::Task(_)
            | Route::Upload(_) => false,
        }
    }

    fn has_body(&self) -> bool {
        match self {
            Route::EditDataSource(_)
            | Route::Query(_)
            | Route::CreatePage
            | Route::EditPage(_)
            | Route::Search
            | Route::WriteMarkdown(_)
            | Route::CreateUpload => true,
            Route::Me
            | Route::Users
            | Route::User(_)
            | Route::Database(_)
            | Route::DataSource(_)
            | Route::Page(_)
            | Route::PropertyItem(_, _)
            | Route::Children(_)
            | Route::Markdown(_)
            | Route::Task(_)
            | Route::Upload(_)
            | Route::SendUpload(_) => false,
        }
    }
}

/// URL, token, pace, version, body, and only then the endpoint itself. That the URL comes first was recorded (an
/// unknown URL with a wrong token is 400); the rest of the order is users' observation (notion-api.md §12).
pub(super) fn serve(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request<Bytes>,
) -> Outcome<(u16, Json)> {
    let (method, path) = (request.method(), request.uri().path());
    let route = operation(Side::Notion, method, path).and_then(|_| Route::of(method, path));
    let Some(route) = route else {
        state.strays.push(format!("{} {}", request.method(), request.uri()));
        return Err(Refusal::invalid_url());
    };
    let caller = caller(state, now, request)?;
    let query = QueryString::parse(request.uri().query());
    let body = if route.has_body() { body(request)? } else { Map::new() };
    let is_write = route.is_write();
    let created = matches!(route, Route::CreatePage | Route::CreateUpload);
    let may_wait = match route {
        Route::WriteMarkdown(_) => true,
        Route::CreatePage => body.contains_key("markdown"),
        Route::Me
        | Route::Users
        | Route::User(_)
        | Route::Database(_)
        | Route::DataSource(_)
        | Route::EditDataSource(_)
        | Route::Query(_)
        | Route::Page(_)
        | Route::EditPage(_)
        | Route::PropertyItem(_, _)
        | Route::Children(_)
        | Route::Search
        | Route::Markdown(_)
        | Route::Task(_)
        | Route::CreateUpload
        | Route::Upload(_)
        | Route::SendUpload(_) => false,
    };
    let is_async = may_wait && tasks::is_async(&body)?;
    let outcome = match route {
        Route::Me => objects::me(state, &caller, &query),
        Route::Users => objects::users(state, &caller, &query),
        Route::User(id) => objects::user(state, &caller, &query, &id),
        Route::Database(id) => objects::database(state, &caller, &query, &id),
        Route::DataSource(id) => objects::data_source(state, &caller, &query, &id),
        Route::EditDataSource(id) => schema_edit::edit(state, now, &caller, &id, &body),
        Route::Query(id) => query::query(state, now, &caller, &query, &id, &body),
        Route::CreatePage => pages::create(state, now, &caller, &query, &body),
        Route::Page(id) => pages::retrieve(state, &caller, &query, &id),
        Route::EditPage(id) => pages::edit(state, now, &caller, &query, &id, &body),
        Route::PropertyItem(page, property) => {
            pages::property_item(state, &caller, &query, &page, &property)
        }
        Route::Children(id) => blocks::children(state, &caller, &query, &id),
        Route::Search => objects::search(state, now, &caller, &body),
        Route::Markdown(id) => markdown::retrieve(state, &caller, &query, &id),
        Route::WriteMarkdown(id) => markdown::write(state, now, &caller, &id, &body),
        Route::Task(id) => tasks::retrieve(state, now, &caller, &query, &id),
        Route::CreateUpload => uploads::create(state, now, &caller, &body),
        Route::Upload(id) => uploads::retrieve(state, now, &caller, &query, &id),
        Route::SendUpload(id) => {
            uploads::send(state, now, &caller, &id, content_type(request), request.body())
        }
    };
    if is_async {
        let name = if created { "POST /v1/pages" } else { "PATCH /v1/pages/:page_id/markdown" };
        return Ok((202, tasks::queued(state, now, &caller, name, outcome)));
    }
    let answer = outcome?;
    let answer = if is_write { state.acknowledge(answer, created)? } else { answer };
    Ok((200, answer))
}

fn caller(state: &mut State, now: DateTime<Utc>, request: &Request<Bytes>) -> Outcome<Caller> {
    let secret = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(Refusal::unauthorized)?;
    state.admit(secret, now)?;
    let token = state.tokens.get(secret).ok_or_else(Refusal::unauthorized)?;
    let (bot, name, capabilities, personal) =
        (token.bot, token.name.clone(), token.capabilities, token.personal);
    Ok(Caller { bot, name, capabilities, personal, version: version(request)? })
}

fn version(request: &Request<Bytes>) -> Outcome<Version> {
    let should = "Notion-Version header failed validation: Notion-Version header should be";
    match request.headers().get("Notion-Version").map(|value| value.to_str().unwrap_or_default()) {
        None => Err(Refusal::new(
            400,
            "missing_version",
            format!("{should} defined, instead was `undefined`."),
        )),
        Some("2025-09-03") => Ok(Version::V2025_09_03),
        Some("2026-03-11") => Ok(Version::V2026_03_11),
        Some(other) => Err(Refusal::validation(format!(
            "{should} `\"2026-03-11\"` or `\"2025-09-03\"`, instead was `\"{other}\"`."
        ))),
    }
}

fn content_type(request: &Request<Bytes>) -> &str {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn body(request: &Request<Bytes>) -> Outcome<Map<String, Json>> {
    if request.body().len() > BODY_BYTES {
        return Err(Refusal::new(413, "validation_error", "Payload too large."));
    }
    if request.body().is_empty() {
        return Ok(Map::new());
    }
    let is_json = content_type(request).starts_with("application/json");
    let parsed: Option<Json> =
        if is_json { serde_json::from_slice(request.body()).ok() } else { None };
    let parsed =
        parsed.ok_or_else(|| Refusal::new(400, "invalid_json", "Error parsing JSON body."))?;
    Ok(Path::Root("body").object(Some(&parsed))?.clone())
}
