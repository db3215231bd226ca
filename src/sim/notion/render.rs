//! Objects as one caller may see them.

use serde_json::{Map, Value as Json, json};

use super::ids::{PageId, PropertyId, UserId};
use super::richtext::{self, Mentioned, RichText};
use super::routes::{Caller, Version};
use super::schema::{Kind, Property, Schema};
use super::state::{DataSource, Database, Page, State, User, UserInfo};
use super::time;
use super::value::{self, Value};

/// How many people, related pages and mentions a page object shows (notion-api.md §3).
pub(super) const SHOWN: usize = 25;

/// One caller's view of the workspace.
pub(super) struct Viewer<'a> {
    pub(super) state: &'a State,
    pub(super) caller: &'a Caller,
}

/// A view without a caller: for filters, sorting and inspection, where only the words count.
pub(super) struct Words<'a>(pub(super) &'a State);

impl Mentioned for Words<'_> {
    fn user_name(&self, id: UserId) -> String {
        self.0.users.get(&id).map(|user| user.name.clone()).unwrap_or_default()
    }

    fn page_title(&self, id: PageId) -> String {
        // Only its own words: two titles may mention each other.
        let Some(row) = self.0.pages.get(&id) else { return String::new() };
        self.0
            .title_runs(&row.current)
            .iter()
            .filter_map(|run| match &run.content {
                richtext::Content::Text { content, .. } => Some(content.as_str()),
                richtext::Content::User(_)
                | richtext::Content::Page(_)
                | richtext::Content::Date { .. }
                | richtext::Content::Equation(_) => None,
            })
            .collect()
    }

    fn user_object(&self, id: UserId) -> Json {
        partial_user(id)
    }
}

impl Mentioned for Viewer<'_> {
    fn user_name(&self, id: UserId) -> String {
        Words(self.state).user_name(id)
    }

    fn page_title(&self, id: PageId) -> String {
        Words(self.state).page_title(id)
    }

    fn user_object(&self, id: UserId) -> Json {
        self.user(id)
    }
}

impl State {
    pub(super) fn title_runs<'a>(&'a self, page: &'a Page) -> &'a [RichText] {
        match page.values.get(&PropertyId::title()) {
            Some(Value::Text(runs)) => runs,
            Some(_) | None => &[],
        }
    }

    pub(super) fn title_text(&self, page: &Page) -> String {
        richtext::plain_text(self.title_runs(page), &Words(self))
    }
}

pub(super) fn partial_user(id: UserId) -> Json {
    json!({ "object": "user", "id": id.to_string() })
}

impl Viewer<'_> {
    fn archived_alias(&self, object: &mut Map<String, Json>, in_trash: bool) {
        match self.caller.version {
            Version::V2025_09_03 => {
                object.insert("archived".to_owned(), Json::Bool(in_trash));
            }
            Version::V2026_03_11 => {}
        }
    }

    fn rich_text<'r>(&self, runs: impl IntoIterator<Item = &'r RichText>) -> Json {
        Json::Array(runs.into_iter().map(|run| richtext::render(run, self)).collect())
    }

    /// A user as far as the caller's capability goes.
    pub(super) fn user(&self, id: UserId) -> Json {
        match (self.state.users.get(&id), self.caller.capabilities.users) {
            (Some(user), UserInfo::WithoutEmail | UserInfo::WithEmail) => self.full_user(user),
            (Some(_), UserInfo::Nothing) | (None, _) => partial_user(id),
        }
    }

    /// A user with everything but what the capability hides.
    pub(super) fn full_user(&self, user: &User) -> Json {
        let mut object = json!({
            "object": "user", "id": user.id.to_string(), "name": user.name, "avatar_url": null,
        });
        let (kind, detail) = match (&user.email, self.caller.capabilities.users) {
            (None, _) => ("bot", self.bot()),
            (Some(email), UserInfo::WithEmail) => {
                ("person", json!({ "email": email, "email_verified": true }))
            }
            (Some(_), UserInfo::WithoutEmail | UserInfo::Nothing) => ("person", json!({})),
        };
        object["type"] = json!(kind);
        object[kind] = detail;
        object
    }

    fn bot(&self) -> Json {
        json!({
            "owner": { "type": "workspace", "workspace": true },
            "workspace_id": self.state.workspace.to_string(),
            "workspace_name": "Acme",
            "workspace_limits": { "max_file_upload_size_in_bytes": 5_242_880 },
        })
    }

    pub(super) fn database(&self, database: &Database) -> Json {
        let sources: Vec<Json> = database
            .sources
            .iter()
            .filter_map(|id| self.state.visible_source(*id, self.caller.bot))
            .map(|source| {
                let name = richtext::plain_text(&source.title, self);
                json!({ "id": source.id.to_string(), "name": name })
            })
            .collect();
        let mut object = json!({
            "object": "database", "id": database.id.to_string(),
            "title": self.rich_text(&database.title), "description": [],
            "parent": { "type": "workspace", "workspace": true },
            "is_inline": false, "in_trash": false, "is_locked": false,
            "created_time": time::with_millis(database.created_at),
            "last_edited_time": time::with_millis(database.edited_at),
            "data_sources": sources, "icon": null, "cover": null,
            "url": format!("https://app.notion.com/p/{}", database.id.0.simple()), "public_url": null,
        });
        if let Some(object) = object.as_object_mut() {
            self.archived_alias(object, false);
            if self.state.options.newer_fields {
                object.insert("database_type".to_owned(), json!("standard"));
            }
        }
        object
    }

    pub(super) fn data_source(&self, source: &DataSource) -> Json {
        let mut object = json!({
            "object": "data_source", "id": source.id.to_string(), "cover": null, "icon": source.icon,
            "created_time": time::minute(source.created_at), "created_by": partial_user(source.created_by),
            "last_edited_time": time::minute(source.edited_at), "last_edited_by": partial_user(source.edited_by),
            "title": self.rich_text(&source.title), "description": [], "is_inline": false,
            "properties": source.schema.render(),
            "parent": { "type": "database_id", "database_id": source.database.to_string() },
            "database_parent": { "type": "workspace", "workspace": true },
            "url": format!("https://app.notion.com/p/{}", source.database.0.simple()), "public_url": null,
            "in_trash": source.in_trash,
        });
        if let Some(object) = object.as_object_mut() {
            self.archived_alias(object, source.in_trash);
        }
        object
    }

    /// A page with all its properties, or with those in `only`.
    pub(super) fn page(
        &self,
        page: &Page,
        source: &DataSource,
        only: Option<&[PropertyId]>,
    ) -> Json {
        let properties: Map<String, Json> = source
            .schema
            .0
            .iter()
            .filter(|property| only.is_none_or(|only| only.contains(&property.id)))
            .map(|property| (property.name.clone(), self.property(page, property)))
            .collect();
        let mut object = json!({
            "object": "page", "id": page.id.to_string(),
            "created_time": time::minute(page.created_at), "last_edited_time": time::minute(page.edited_at),
            "created_by": partial_user(page.created_by), "last_edited_by": partial_user(page.edited_by),
            "cover": page.cover, "icon": page.icon,
            "parent": {
                "type": "data_source_id", "data_source_id": page.source.to_string(),
                "database_id": source.database.to_string(),
            },
            "in_trash": page.in_trash, "is_archived": page.is_archived, "is_locked": page.is_locked,
            "properties": properties, "url": self.page_url(page), "public_url": null,
        });
        if let Some(object) = object.as_object_mut() {
            self.archived_alias(object, page.in_trash);
            if self.state.options.newer_fields {
                object.insert("verification_hint".to_owned(), Json::Null);
            }
        }
        object
    }

    fn page_url(&self, page: &Page) -> String {
        let mut slug = String::new();
        for letter in self.state.title_text(page).chars().take(80) {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        format!("https://app.notion.com/p/{slug}{}", page.id.0.simple())
    }

    fn property(&self, page: &Page, property: &Property) -> Json {
        let kind = property.kind.name();
        let mut object = json!({ "id": property.id.as_str(), "type": kind, kind: self.value(page, property, true) });
        if let (Kind::Relation(_), Some(object)) = (&property.kind, object.as_object_mut()) {
            object.insert(
                "has_more".to_owned(),
                Json::Bool(self.related(page, property).len() > SHOWN),
            );
        }
        object
    }

    /// The pages of a relation; none when the related data source is not shared (notion-api.md §5.3).
    pub(super) fn related<'p>(&self, page: &'p Page, property: &Property) -> &'p [PageId] {
        match (&property.kind, page.values.get(&property.id)) {
            (Kind::Relation(target), Some(Value::Relation(pages)))
                if self.state.visible_source(*target, self.caller.bot).is_some() =>
            {
                pages
            }
            (_, _) => &[],
        }
    }

    /// The value alone; `cut` is how page objects show it, else whole.
    pub(super) fn value(&self, page: &Page, property: &Property, cut: bool) -> Json {
        match &property.kind {
            Kind::CreatedTime => return json!(time::minute(page.created_at)),
            Kind::LastEditedTime => return json!(time::minute(page.edited_at)),
            Kind::CreatedBy => return self.user(page.created_by),
            Kind::LastEditedBy => return self.user(page.edited_by),
            Kind::Other(_) => return json!({}),
            Kind::Relation(_) => {
                let shown = if cut { SHOWN } else { usize::MAX };
                let pages = self.related(page, property).iter().take(shown);
                return pages.map(|id| json!({ "id": id.to_string() })).collect();
            }
            Kind::Title
            | Kind::RichText
            | Kind::Number
            | Kind::Url
            | Kind::Select(_)
            | Kind::MultiSelect(_)
            | Kind::Status(_)
            | Kind::Checkbox
            | Kind::People
            | Kind::Date
            | Kind::UniqueId { .. } => {}
        }
        match page.values.get(&property.id) {
            None => empty(&property.kind),
            Some(Value::Text(runs)) if cut => self.rich_text(cut_mentions(runs)),
            Some(Value::Text(runs)) => self.rich_text(runs),
            Some(Value::Number(number)) => value::number(*number),
            Some(Value::Url(url)) => json!(url),
            Some(Value::Choice(id)) => {
                property.kind.choice(id).map_or(Json::Null, super::schema::Choice::render)
            }
            Some(Value::Choices(ids)) => ids
                .iter()
                .filter_map(|id| property.kind.choice(id))
                .map(super::schema::Choice::render)
                .collect(),
            Some(Value::Checkbox(ticked)) => json!(ticked),
            Some(Value::People(people)) => {
                let shown = if cut && self.state.options.people_cut { SHOWN } else { usize::MAX };
                people.iter().take(shown).map(|id| self.user(*id)).collect()
            }
            Some(Value::Date(date)) => date.render(),
            Some(Value::Relation(_)) => json!([]),
            Some(Value::UniqueId(number)) => {
                let mut value = empty(&property.kind);
                value["number"] = json!(number);
                value
            }
        }
    }
}

/// What an empty property shows.
fn empty(kind: &Kind) -> Json {
    match kind {
        Kind::Title | Kind::RichText | Kind::MultiSelect(_) | Kind::People | Kind::Relation(_) => {
            json!([])
        }
        Kind::Checkbox => json!(false),
        Kind::UniqueId { prefix } => json!({ "prefix": prefix, "number": null }),
        Kind::Number
        | Kind::Url
        | Kind::Select(_)
        | Kind::Status(_)
        | Kind::Date
        | Kind::CreatedTime
        | Kind::LastEditedTime
        | Kind::CreatedBy
        | Kind::LastEditedBy
        | Kind::Other(_) => Json::Null,
    }
}

/// Everything before the 26th mention of a person or a page.
fn cut_mentions(runs: &[RichText]) -> &[RichText] {
    let end = runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.is_counted_mention())
        .nth(SHOWN)
        .map_or(runs.len(), |(index, _)| index);
    runs.get(..end).unwrap_or(runs)
}

/// The ids of `filter_properties`; `None` when all properties are wanted.
pub(super) fn only(
    schema: &Schema,
    wanted: &[&str],
) -> super::errors::Outcome<Option<Vec<PropertyId>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let find = |key: &&str| {
        schema.find(key).map(|property| property.id.clone()).ok_or_else(|| {
            super::errors::Refusal::validation(format!(
                "Could not find property with name or id: {key}"
            ))
        })
    };
    wanted.iter().map(find).collect::<Result<Vec<_>, _>>().map(Some)
}
