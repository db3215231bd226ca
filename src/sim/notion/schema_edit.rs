//! Editing the schema of a data source through the API (notion-api.md §4.2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::choices::edit_choices;
use super::errors::{Outcome, Refusal};
use super::ids::{ChoiceId, DataSourceId, PropertyId};
use super::pages::{picture, trash_key};
use super::render::Viewer;
use super::richtext;
use super::routes::{Caller, path_id};
use super::schema::{Group, Kind, Property, Schema, StatusKind};
use super::shape::Path;
use super::state::{DataSource, Page, State};
use super::value::Value;

const ROOT: Path<'_> = Path::Root("body");

/// The groups every status property has; they are edited in Notion's windows only.
pub(super) const GROUPS: [&str; 3] = ["To-do", "In progress", "Complete"];

pub(super) fn edit(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    raw: &str,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    let trash_key = trash_key(caller.version);
    ROOT.only(body, &["title", "icon", "properties", "in_trash", trash_key])?;
    let id = DataSourceId(path_id("data_source_id", raw)?);
    let known = state
        .visible_source(id, caller.bot)
        .cloned()
        .ok_or_else(|| caller.not_found("data source", id.0))?;
    caller.may_update()?;
    let mut source = known.clone();
    if body.contains_key("title") {
        source.title = richtext::parse(&ROOT.key("title"), body.get("title"), false)?;
    }
    if let Some(icon) = picture("icon", body.get("icon"))? {
        source.icon = icon;
    }
    for key in ["in_trash", trash_key] {
        if body.contains_key(key) {
            source.in_trash = ROOT.key(key).boolean(body.get(key))?;
        }
    }
    if body.contains_key("properties") {
        let path = ROOT.key("properties");
        for (key, change) in path.object(body.get("properties"))? {
            edit_property(state, &mut source.schema, &path.key(key), key, change)?;
        }
    }
    (source.edited_at, source.edited_by) = (now, caller.bot);
    Ok(commit(state, now, caller, known, source))
}

fn commit(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    known: DataSource,
    source: DataSource,
) -> Json {
    let (id, schema) = (source.id, source.schema.clone());
    state.sources.insert(id, source);
    if schema != known.schema {
        state.schema_changed(id, &known.schema, now);
    }
    match state.sources.get(&id) {
        Some(source) if caller.capabilities.read => Viewer { state, caller }.data_source(source),
        Some(_) | None => json!({ "object": "data_source", "id": id.to_string() }),
    }
}

impl State {
    /// Takes from the pages what the schema no longer has, and gives them what it newly counts.
    pub(super) fn schema_changed(&mut self, id: DataSourceId, before: &Schema, now: DateTime<Utc>) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        source.revision += 1;
        let schema = source.schema.clone();
        let is_new = |property: &&Property| {
            matches!(property.kind, Kind::UniqueId { .. })
                && before.get(&property.id).is_none_or(|old| old.kind.name() != "unique_id")
        };
        let numbered: Vec<PropertyId> =
            schema.0.iter().filter(is_new).map(|property| property.id.clone()).collect();
        let gone = before.0.iter().any(|old| match schema.get(&old.id) {
            None => true,
            Some(new) => {
                new.kind.name() != old.kind.name()
                    || old.kind.choices().iter().any(|choice| new.kind.choice(&choice.id).is_none())
            }
        });
        if gone {
            self.sweep(id, now, |page| forget(page, before, &schema));
        }
        if !numbered.is_empty() {
            self.number_rows(id, &numbered);
        }
        if self.options.schema_edit_bumps_pages {
            self.sweep(id, now, |page| page.edited_at = now);
        }
    }

    /// Rows that were there before get numbers in the order of their creation.
    fn number_rows(&mut self, id: DataSourceId, properties: &[PropertyId]) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        source.next_number = 1;
        for id in &source.rows {
            let Some(row) = self.pages.get_mut(id) else { continue };
            for property in properties {
                Arc::make_mut(&mut row.current)
                    .values
                    .insert(property.clone(), Value::UniqueId(source.next_number));
            }
            source.next_number += 1;
        }
    }
}

fn forget(page: &mut Page, before: &Schema, schema: &Schema) {
    page.values.retain(|id, _| match (before.get(id), schema.get(id)) {
        (Some(old), Some(new)) => old.kind.name() == new.kind.name(),
        (_, None) => false,
        (None, Some(_)) => true,
    });
    let still = |id: &PropertyId, choice: &ChoiceId| {
        schema.get(id).is_some_and(|property| property.kind.choice(choice).is_some())
    };
    for (id, value) in &mut page.values {
        if let Value::Choices(choices) = value {
            choices.retain(|choice| still(id, choice));
        }
    }
    page.values.retain(|id, value| match value {
        Value::Choice(choice) => still(id, choice),
        Value::Text(_)
        | Value::Number(_)
        | Value::Url(_)
        | Value::Choices(_)
        | Value::Checkbox(_)
        | Value::People(_)
        | Value::Date(_)
        | Value::Relation(_)
        | Value::UniqueId(_) => !value.is_empty(),
    });
}

fn edit_property(
    state: &mut State,
    schema: &mut Schema,
    path: &Path<'_>,
    key: &str,
    change: &Json,
) -> Outcome<()> {
    let Some(known) = schema.find(key).cloned() else {
        return add_property(state, schema, path, key, change);
    };
    if change.is_null() {
        if known.kind == Kind::Title {
            return Err(Refusal::validation("The title property can't be deleted."));
        }
        schema.0.retain(|property| property.id != known.id);
        return Ok(());
    }
    let object = path.object(Some(change))?;
    let name = match object.get("name") {
        None => known.name.clone(),
        name @ Some(_) => path.key("name").filled_string(name, 100)?.to_owned(),
    };
    if name != known.name && schema.named(&name).is_some() {
        return Err(Refusal::validation(format!("A property named \"{name}\" exists already.")));
    }
    let kind = match type_of(path, object)? {
        None => known.kind.clone(),
        Some(kind) if kind == known.kind.name() => {
            let mut changed = known.kind.clone();
            edit_choices(state, &mut changed, &path.key(kind), object.get(kind))?;
            changed
        }
        Some(kind) if known.kind == Kind::Title || kind == "title" => {
            return Err(Refusal::validation(format!(
                "{path}: a title can't be changed to or from {kind}."
            )));
        }
        Some(kind) => new_kind(state, &path.key(kind), kind, object.get(kind))?,
    };
    if let Some(property) = schema.get_mut(&known.id) {
        property.name = name;
        property.kind = kind;
    }
    Ok(())
}

fn add_property(
    state: &mut State,
    schema: &mut Schema,
    path: &Path<'_>,
    key: &str,
    change: &Json,
) -> Outcome<()> {
    let object = path.object(Some(change))?;
    let kind = type_of(path, object)?
        .ok_or_else(|| Refusal::validation(format!("{key} is not a property that exists.")))?;
    if kind == "title" {
        return Err(Refusal::validation("A data source can have only one title property."));
    }
    let kind = new_kind(state, &path.key(kind), kind, object.get(kind))?;
    let id = loop {
        let id = state.fresh_property_id();
        if schema.get(&id).is_none() {
            break id;
        }
    };
    schema.0.push(Property { id, name: key.to_owned(), kind });
    Ok(())
}

/// The one key that is a type; the rest may be `name`, `type`, `id` and `description`.
fn type_of<'v>(path: &Path<'_>, object: &'v Map<String, Json>) -> Outcome<Option<&'v str>> {
    let mut kinds =
        object.keys().filter(|key| !["name", "type", "id", "description"].contains(&key.as_str()));
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) if object.get("type").is_some_and(|given| given != kind.as_str()) => {
            Err(path.key(kind).refuse("not present", "a type other than the one in `type`"))
        }
        (kind, None) => Ok(kind.map(String::as_str)),
        (Some(_), Some(second)) => Err(path.key(second).refuse("not present", "a second type")),
        (None, Some(_)) => Ok(None),
    }
}

fn new_kind(
    state: &mut State,
    path: &Path<'_>,
    kind: &str,
    config: Option<&Json>,
) -> Outcome<Kind> {
    let object = path.object(config)?;
    let mut made = match kind {
        "rich_text" => Kind::RichText,
        "number" => Kind::Number,
        "url" => Kind::Url,
        "select" => Kind::Select(Vec::new()),
        "multi_select" => Kind::MultiSelect(Vec::new()),
        "status" => return new_status(state, path, object),
        "checkbox" => Kind::Checkbox,
        "people" => Kind::People,
        "date" => Kind::Date,
        "created_time" => Kind::CreatedTime,
        "last_edited_time" => Kind::LastEditedTime,
        "created_by" => Kind::CreatedBy,
        "last_edited_by" => Kind::LastEditedBy,
        "formula" => Kind::Other("formula".to_owned()),
        "unique_id" => Kind::UniqueId {
            prefix: object.get("prefix").and_then(Json::as_str).map(str::to_owned),
        },
        "relation" => {
            relates_one_way_or_both(path, object)?;
            let path = path.key("data_source_id");
            let id = path.string(object.get("data_source_id"))?;
            let id: DataSourceId =
                id.parse().map_err(|_| path.refuse("a valid uuid", format_args!("\"{id}\"")))?;
            Kind::Relation(id)
        }
        _ => return Err(path.refuse("not present", "a type that can't be created here")),
    };
    edit_choices(state, &mut made, path, config)?;
    Ok(made)
}

/// A relation says whether the other side shows it, too (notion-api.md §4.2).
fn relates_one_way_or_both(path: &Path<'_>, object: &Map<String, Json>) -> Outcome<()> {
    match (object.contains_key("single_property"), object.contains_key("dual_property")) {
        (true, false) | (false, true) => Ok(()),
        (true, true) => Err(path.key("dual_property").refuse("not present", "a second kind")),
        (false, false) => Err(path.key("single_property").refuse("defined", "undefined")),
    }
}

/// `{}` makes Notion's three usual options; the first is the default.
fn new_status(state: &mut State, path: &Path<'_>, object: &Map<String, Json>) -> Outcome<Kind> {
    let usual;
    let list = match object.get("options") {
        Some(list) => list,
        None => {
            usual = json!([
                { "name": "Not started", "group": GROUPS[0] }, { "name": "In progress", "group": GROUPS[1] },
                { "name": "Done", "group": GROUPS[2] },
            ]);
            &usual
        }
    };
    let groups = GROUPS
        .iter()
        .map(|name| Group {
            id: state.fresh_uuid().to_string(),
            name: (*name).to_owned(),
            choices: Vec::new(),
        })
        .collect();
    let mut kind = Kind::Status(StatusKind { choices: Vec::new(), groups, default: None });
    edit_choices(state, &mut kind, path, Some(&json!({ "options": list })))?;
    if let Kind::Status(status) = &mut kind {
        status.default = status.choices.first().map(|choice| Arc::clone(&choice.id));
    }
    Ok(kind)
}
