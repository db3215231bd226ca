//! Reading the properties of a page write: every refusal comes before anything changes (notion-api.md §3, §5.3).

use chrono_tz::Tz;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use uuid::Uuid;

use super::errors::{Outcome, Refusal};
use super::ids::{ChoiceId, DataSourceId, PageId, PropertyId, UserId};
use super::options::CaseRule;
use super::richtext;
use super::routes::Caller;
use super::schema::{Choice, Kind, Property, fold};
use super::shape::Path;
use super::state::{DataSource, Page, State};
use super::time::Moment;
use super::value::{DateValue, Value};

/// Elements a multi-select, people or relation value may have.
const ELEMENTS: usize = 100;
/// UTF-16 units an option name may have (the commonly reported figure).
const CHOICE_UNITS: usize = 100;
const URL_UNITS: usize = 2000;

/// A page write that was found good.
pub(super) struct Written {
    values: Vec<(PropertyId, Option<Value>)>,
    new_choices: Vec<(PropertyId, Choice)>,
    rng: ChaCha8Rng,
}

impl Written {
    /// Makes the options the write brought into being.
    pub(super) fn make_choices(&self, state: &mut State, source: DataSourceId) {
        state.rng = self.rng.clone();
        if self.new_choices.is_empty() {
            return;
        }
        let Some(source) = state.sources.get_mut(&source) else { return };
        source.revision += 1;
        for (id, choice) in &self.new_choices {
            if let Some(choices) =
                source.schema.get_mut(id).and_then(|property| property.kind.choices_mut())
            {
                choices.push(choice.clone());
            }
        }
    }

    /// Puts the values on the page; what was not sent stays.
    pub(super) fn apply(self, page: &mut Page) {
        for (id, value) in self.values {
            match value {
                Some(value) if !value.is_empty() => page.values.insert(id, value),
                Some(_) | None => page.values.remove(&id),
            };
        }
    }
}

struct Reader<'a> {
    state: &'a State,
    caller: &'a Caller,
    source: &'a DataSource,
    new_choices: Vec<(PropertyId, Choice)>,
    rng: ChaCha8Rng,
    people: usize,
}

/// Reads `body.properties`.
pub(super) fn read(
    state: &State,
    caller: &Caller,
    source: &DataSource,
    path: &Path<'_>,
    properties: &Map<String, Json>,
) -> Outcome<Written> {
    let mut reader = Reader {
        state,
        caller,
        source,
        new_choices: Vec::new(),
        rng: state.rng.clone(),
        people: 0,
    };
    let mut values = Vec::with_capacity(properties.len());
    for (key, value) in properties {
        let property = source
            .schema
            .find(key)
            .ok_or_else(|| Refusal::validation(format!("{key} is not a property that exists.")))?;
        values.push((property.id.clone(), reader.property(&path.key(key), property, value)?));
    }
    Ok(Written { values, new_choices: reader.new_choices, rng: reader.rng })
}

impl Reader<'_> {
    fn property(
        &mut self,
        path: &Path<'_>,
        property: &Property,
        value: &Json,
    ) -> Outcome<Option<Value>> {
        let kind = property.kind.name();
        let object = path.object(Some(value))?;
        if !object.contains_key(kind) {
            return Err(Refusal::validation(format!(
                "{} is expected to be {kind}.",
                property.name
            )));
        }
        path.only(object, &[kind, "type", "id", "name", "has_more"])?;
        if object.get("type").is_some_and(|given| given != kind) {
            return Err(Refusal::validation(format!(
                "{} is expected to be {kind}.",
                property.name
            )));
        }
        let value = object.get(kind);
        let path = path.key(kind);
        match &property.kind {
            Kind::Title | Kind::RichText => {
                let mut runs = richtext::parse(&path, value, self.state.options.merges_text)?;
                if self.state.options.trims && property.kind == Kind::Title {
                    richtext::trim(&mut runs);
                }
                Ok(Some(Value::Text(runs)))
            }
            Kind::Checkbox => path.boolean(value).map(|ticked| Some(Value::Checkbox(ticked))),
            Kind::MultiSelect(_) => self.choices(&path, property, value).map(Some),
            Kind::People => self.people(&path, value).map(Some),
            Kind::Relation(_) => self.relation(&path, property, value).map(Some),
            Kind::Status(status) if value == Some(&Json::Null) => {
                Ok(status.default.clone().map(Value::Choice))
            }
            Kind::Number | Kind::Url | Kind::Date | Kind::Select(_)
                if value == Some(&Json::Null) =>
            {
                Ok(None)
            }
            Kind::Number => path.number(value).map(|number| Some(Value::Number(number))),
            Kind::Url => {
                path.filled_string(value, URL_UNITS).map(|url| Some(Value::Url(url.to_owned())))
            }
            Kind::Date => self.date(&path, value).map(Some),
            Kind::Select(_) => {
                self.choice(&path, property, value).map(|id| Some(Value::Choice(id)))
            }
            Kind::Status(_) => {
                self.status(&path, property, value).map(|id| Some(Value::Choice(id)))
            }
            Kind::UniqueId { .. }
            | Kind::CreatedTime
            | Kind::LastEditedTime
            | Kind::CreatedBy
            | Kind::LastEditedBy
            | Kind::Other(_) => Err(Refusal::validation(format!(
                "{path} can't be written: the property \"{}\" of type {kind} is read-only.",
                property.name
            ))),
        }
    }

    fn choices(
        &mut self,
        path: &Path<'_>,
        property: &Property,
        value: Option<&Json>,
    ) -> Outcome<Value> {
        let mut ids: Vec<ChoiceId> = Vec::new();
        for (index, item) in path.array(value, ELEMENTS)?.iter().enumerate() {
            let id = self.choice(&path.at(index), property, Some(item))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Value::Choices(ids))
    }

    /// An option by id or name; an unknown name comes into being.
    fn choice(
        &mut self,
        path: &Path<'_>,
        property: &Property,
        value: Option<&Json>,
    ) -> Outcome<ChoiceId> {
        let name = match asked(path, property, value)? {
            Asked::Known(id) => return Ok(id),
            Asked::Named(name) => name,
        };
        let name = if self.state.options.trims { name.trim() } else { name };
        if name.contains(',') {
            return Err(Refusal::validation(format!(
                "Invalid select option, commas not allowed: {name}"
            )));
        }
        let folded = fold(name);
        let made =
            self.new_choices.iter().filter(|(id, _)| *id == property.id).map(|(_, choice)| choice);
        let alike: Vec<&Choice> = property
            .kind
            .choices()
            .iter()
            .chain(made)
            .filter(|choice| choice.folded == folded)
            .collect();
        if let Some(same) = alike.iter().find(|choice| choice.name == name) {
            return Ok(Arc::clone(&same.id));
        }
        match (alike.first(), self.state.options.case_rule) {
            (Some(similar), CaseRule::Match) => Ok(Arc::clone(&similar.id)),
            (Some(similar), CaseRule::Refuse) => Err(Refusal::validation(format!(
                "Invalid select option, names must be unique regardless of case: {name} (there is {})",
                similar.name
            ))),
            (None, CaseRule::Match | CaseRule::Refuse) => Ok(self.new_choice(property, name)),
        }
    }

    fn new_choice(&mut self, property: &Property, name: &str) -> ChoiceId {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        let id: ChoiceId =
            Arc::from(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string());
        let choice = Choice::new(Arc::clone(&id), name, color(self.rng.next_u32()));
        self.new_choices.push((property.id.clone(), choice));
        id
    }

    fn status(
        &self,
        path: &Path<'_>,
        property: &Property,
        value: Option<&Json>,
    ) -> Outcome<ChoiceId> {
        let name = match asked(path, property, value)? {
            Asked::Known(id) => return Ok(id),
            Asked::Named(name) => name,
        };
        property.kind.choice_named(name).map(|choice| Arc::clone(&choice.id)).ok_or_else(|| {
            Refusal::validation(format!(
                "Invalid status option. Status option \"{name}\" does not exist."
            ))
        })
    }

    fn people(&mut self, path: &Path<'_>, value: Option<&Json>) -> Outcome<Value> {
        let items = path.array(value, ELEMENTS)?;
        self.people += items.len();
        if self.people > ELEMENTS {
            // The limit is per request, not per property (notion-api.md §3).
            return Err(Refusal::validation(format!(
                "body failed validation: people in all properties should be ≤ `{ELEMENTS}`, instead was `{}`.",
                self.people
            )));
        }
        let mut people: Vec<UserId> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = path.at(index);
            let id = UserId(reference(&path, item)?);
            if !self.state.users.contains_key(&id) {
                return Err(Refusal::validation(format!(
                    "{path} refers to a user who does not exist: {id}"
                )));
            }
            if !people.contains(&id) {
                people.push(id);
            }
        }
        Ok(Value::People(people))
    }

    fn relation(
        &self,
        path: &Path<'_>,
        property: &Property,
        value: Option<&Json>,
    ) -> Outcome<Value> {
        let mut pages: Vec<PageId> = Vec::new();
        for (index, item) in path.array(value, ELEMENTS)?.iter().enumerate() {
            let id = PageId(reference(&path.at(index), item)?);
            let row = self.state.pages.get(&id).filter(|row| {
                self.state.visible_source(row.current.source, self.caller.bot).is_some()
            });
            let Some(row) = row else { return Err(self.caller.not_found("page", id.0)) };
            if property.kind != Kind::Relation(row.current.source) {
                return Err(Refusal::validation(format!(
                    "{path} refers to page {id}, which is not in the data source that {} relates {} to.",
                    property.name, self.source.id
                )));
            }
            if !pages.contains(&id) {
                pages.push(id);
            }
        }
        Ok(Value::Relation(pages))
    }

    fn date(&self, path: &Path<'_>, value: Option<&Json>) -> Outcome<Value> {
        let object = path.object(value)?;
        path.only(object, &["start", "end", "time_zone"])?;
        let zone = match object.get("time_zone") {
            None | Some(Json::Null) => None,
            Some(zone) => {
                let path = path.key("time_zone");
                let name = path.string(Some(zone))?;
                Some(name.parse::<Tz>().map_err(|_| path.refuse("a valid IANA time zone", zone))?)
            }
        };
        let moment = |key: &str, value: Option<&Json>| -> Outcome<Moment> {
            let path = path.key(key);
            let text = path.string(value)?;
            let moment = Moment::parse(text, zone).ok_or_else(|| {
                path.refuse("a valid ISO 8601 date string", format_args!("\"{text}\""))
            })?;
            Ok(if self.state.options.dates_keep_seconds {
                moment
            } else {
                moment.without_seconds()
            })
        };
        let start = moment("start", object.get("start"))?;
        let end = match object.get("end") {
            None | Some(Json::Null) => None,
            end @ Some(_) => Some(moment("end", end)?),
        };
        if end.is_some_and(|end| end.begins() < start.begins()) {
            return Err(Refusal::validation(format!(
                "{path}: the end of a date can't be before its start."
            )));
        }
        Ok(Value::Date(DateValue {
            start,
            end,
            time_zone: zone.map(|zone| zone.name().to_owned()),
        }))
    }
}

/// An option as a request names it.
enum Asked<'a> {
    /// By the id of one there is.
    Known(ChoiceId),
    /// By a name, which may be new.
    Named(&'a str),
}

fn asked<'a>(path: &Path<'_>, property: &Property, value: Option<&'a Json>) -> Outcome<Asked<'a>> {
    let object = path.object(value)?;
    path.only(object, &["id", "name", "color", "description"])?;
    match object.get("id") {
        Some(id) => known_id(path, property, id).map(Asked::Known),
        None => {
            let name = path.key("name").filled_string(object.get("name"), CHOICE_UNITS)?;
            Ok(Asked::Named(name))
        }
    }
}

fn known_id(path: &Path<'_>, property: &Property, id: &Json) -> Outcome<ChoiceId> {
    let path = path.key("id");
    let id = path.string(Some(id))?;
    property
        .kind
        .choice(id)
        .map(|choice| Arc::clone(&choice.id))
        .ok_or_else(|| path.refuse("the id of an existing option", format_args!("\"{id}\"")))
}

/// The `id` of a user or page reference; what was read with it may come back with it.
fn reference(path: &Path<'_>, item: &Json) -> Outcome<Uuid> {
    let id = path.object(Some(item))?.get("id");
    let path = path.key("id");
    let text = path.string(id)?;
    text.parse::<PageId>()
        .map(|id| id.0)
        .map_err(|_| path.refuse("a valid uuid", format_args!("\"{text}\"")))
}

/// Notion chooses the colour of an option that came into being.
pub(super) fn color(random: u32) -> &'static str {
    match random % 9 {
        0 => "gray",
        1 => "brown",
        2 => "orange",
        3 => "yellow",
        4 => "green",
        5 => "blue",
        6 => "purple",
        7 => "pink",
        8.. => "red",
    }
}
