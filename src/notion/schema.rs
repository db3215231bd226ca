//! Which field lives in which property: the config meets the real schema. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::codec::{plain, quoted};
use super::shapes::RawSource;
use crate::config::{StateOptions, SyncConfig};
use crate::model::{
    DataSourceId, Direction, Field, FieldMapping, Mapping, PropertyId, PropertyKind, StateMapping,
    Users,
};

/// So many hexadecimal digits of a fingerprint are kept.
const FINGERPRINT_CHARS: usize = 16;
/// From this likeness on, a name is offered as the one that was meant.
const LIKELY: f64 = 0.7;

/// A data source and its schema, as cached in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSource {
    /// Its id.
    pub id: DataSourceId,
    /// Its title.
    pub title: String,
    /// Its properties, in the order of their names.
    pub properties: Vec<Property>,
}

/// A property of a data source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// Its id, which survives renames.
    pub id: PropertyId,
    /// Its present name.
    pub name: String,
    /// Its type.
    #[serde(serialize_with = "kind_to_text", deserialize_with = "kind_from_text")]
    pub kind: PropertyKind,
    /// Names of its options, when its type has any.
    pub options: Vec<String>,
}

impl DataSource {
    pub(super) fn from_raw(raw: RawSource) -> Option<DataSource> {
        let properties = raw.properties?.into_iter().map(|(name, property)| {
            let options =
                property.rest.get(&property.kind).and_then(|of_kind| of_kind.get("options"));
            let names = options.and_then(Json::as_array).into_iter().flatten();
            let names = names.filter_map(|option| option.get("name")?.as_str().map(str::to_owned));
            let options = names.collect();
            let kind = PropertyKind::from_api(&property.kind);
            Property { id: PropertyId(property.id), name, kind, options }
        });
        let properties = properties.collect();
        Some(DataSource { id: DataSourceId(raw.id), title: plain(&raw.title), properties })
    }

    /// The property of that id.
    #[must_use]
    pub fn property(&self, id: &PropertyId) -> Option<&Property> {
        self.properties.iter().find(|property| property.id == *id)
    }

    fn named(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let likeness = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
        let names = self
            .properties
            .iter()
            .map(|property| (likeness(&property.name), property.name.as_str()));
        let best = names.filter(|(like, _)| *like >= LIKELY).max_by(|a, b| a.0.total_cmp(&b.0));
        best.map(|(_, name)| name)
    }
}

fn kind_to_text<S: Serializer>(kind: &PropertyKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_api())
}

fn kind_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PropertyKind, D::Error> {
    String::deserialize(deserializer).map(|name| PropertyKind::from_api(&name))
}

/// Property ids by field, from earlier runs.
pub type Remembered = BTreeMap<Field, PropertyId>;

/// Why a sync cannot run with its config and this data source (exit code 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: Field,
    /// Sync, field, property, what there is instead, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Finds each field's property: by name, else by the id it had in an earlier run (so a rename in Notion breaks nothing).
pub fn resolve(
    sync: &SyncConfig,
    source: &DataSource,
    remembered: &Remembered,
    users: &Users,
) -> Result<Mapping, Vec<Problem>> {
    let mut mapping =
        Mapping { source: Some(source.id), users: users.clone(), ..Mapping::default() };
    let mut problems = Vec::new();
    for (field, config) in &sync.fields {
        let case = Case {
            sync,
            source,
            field: *field,
            name: &config.property,
            known: remembered.get(field),
        };
        match case.place(config.direction, users) {
            Ok(place) => {
                mapping.fields.insert(*field, place);
            }
            Err(Trouble::Held(message)) => {
                mapping.broken.insert(*field, message);
            }
            Err(Trouble::Problem(message)) => problems.push(Problem { field: *field, message }),
        }
    }
    if let Some(body) = sync.body {
        mapping.body = body.options;
        mapping.fields.insert(Field::Body, content(sync, body.direction));
    }
    problems.extend(shared_properties(sync, &mapping));
    if let Some(place) = mapping.fields.get(&Field::State) {
        mapping.state = Some(state_mapping(sync, &place.kind));
    }
    if problems.is_empty() { Ok(mapping) } else { Err(problems) }
}

/// The place of the body: no property, so that nothing can be missing.
fn content(sync: &SyncConfig, direction: Direction) -> FieldMapping {
    FieldMapping {
        direction,
        property: PropertyId(String::new()),
        property_name: "the page's content".to_owned(),
        kind: PropertyKind::Content,
        fingerprint: sync.mapping_digest(Field::Body, &[]),
    }
}

/// What keeps a field from being mapped.
enum Trouble {
    /// Holds this field; the others go on.
    Held(String),
    /// Stops the sync.
    Problem(String),
}

/// One field on its way to its property.
struct Case<'a> {
    sync: &'a SyncConfig,
    source: &'a DataSource,
    field: Field,
    name: &'a str,
    known: Option<&'a PropertyId>,
}

impl Case<'_> {
    fn place(&self, direction: Direction, users: &Users) -> Result<FieldMapping, Trouble> {
        let by_id = || self.known.and_then(|id| self.source.property(id));
        let Some(property) = self.source.named(self.name).or_else(by_id) else {
            return Err(self.missing());
        };
        let accepted = PropertyKind::accepted_by(self.field);
        if !accepted.contains(&property.kind) {
            let accepted: Vec<&str> = accepted.iter().map(PropertyKind::as_api).collect();
            let message = format!(
                "{}: it is of type {}, the field can live in {}; change its type in Notion, or map the field to another property",
                self.of(&property.name),
                property.kind.as_api(),
                accepted.join(" or ")
            );
            return Err(self.held_if_known(message));
        }
        if self.field == Field::State {
            self.check_state(property)?;
        }
        Ok(FieldMapping {
            direction,
            property: property.id.clone(),
            property_name: property.name.clone(),
            kind: property.kind.clone(),
            fingerprint: fingerprint(self.sync, self.field, property, users),
        })
    }

    fn of(&self, property: &str) -> String {
        format!("sync `{}`, field `{}`, property `{property}`", self.sync.name, self.field)
    }

    fn missing(&self) -> Trouble {
        let names: Vec<String> =
            self.source.properties.iter().map(|property| property.name.clone()).collect();
        let hint = self.source.nearest(self.name).map(|name| format!("; did you mean `{name}`?"));
        let there = format!("{} (there is {})", hint.unwrap_or_default(), quoted(&names));
        let of = self.of(self.name);
        if self.known.is_some() {
            self.held_unless_anchor(format!(
                "{of}: it is gone from the data source \"{}\"; restore it in Notion, or map the field to another property{there}",
                self.source.title
            ))
        } else {
            Trouble::Problem(format!(
                "{of}: the data source \"{}\" has no such property{there}",
                self.source.title
            ))
        }
    }

    /// Without the anchor no pair can be known, so nothing may go on.
    fn held_unless_anchor(&self, message: String) -> Trouble {
        if self.field == Field::Url { Trouble::Problem(message) } else { Trouble::Held(message) }
    }

    /// What was right in an earlier run and has changed holds the field; what never was right stops the sync.
    fn held_if_known(&self, message: String) -> Trouble {
        if self.known.is_some() {
            self.held_unless_anchor(message)
        } else {
            Trouble::Problem(message)
        }
    }

    /// Whether the lists of the config fit the type.
    fn check_state(&self, property: &Property) -> Result<(), Trouble> {
        let lists = self.sync.state.as_ref().and_then(|state| state.options.as_ref());
        let trouble =
            |what: &str| self.held_if_known(format!("{}: {what}", self.of(&property.name)));
        match (lists, property.kind == PropertyKind::Checkbox) {
            (Some(_), true) => Err(trouble(
                "a checkbox has no options, ticked means closed; remove `open`, `completed`, `not_planned` and `duplicate`",
            )),
            (None, false) => Err(trouble(&format!(
                "a {} needs to know what its options mean; add `open = [...]` and `completed = [...]` (it has {})",
                property.kind.as_api(),
                quoted(&property.options)
            ))),
            (Some(lists), false) if property.kind == PropertyKind::Status => {
                self.check_options(property, lists)
            }
            (Some(_), false) | (None, true) => Ok(()),
        }
    }

    /// Options of a status are never made on the fly (notion-api §5.3); those of a select are.
    fn check_options(&self, property: &Property, lists: &StateOptions) -> Result<(), Trouble> {
        let there: Vec<String> =
            property.options.iter().map(|option| option.to_lowercase()).collect();
        let all = [&lists.open, &lists.completed, &lists.not_planned, &lists.duplicate];
        let missing: Vec<String> = all
            .into_iter()
            .flatten()
            .filter(|option| !there.contains(&option.to_lowercase()))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Trouble::Held(format!(
            "{}: it has no option {}; add it in Notion, or take it out of [sync.fields.state] (it has {})",
            self.of(&property.name),
            quoted(&missing),
            quoted(&property.options)
        )))
    }
}

fn state_mapping(sync: &SyncConfig, kind: &PropertyKind) -> StateMapping {
    let lists = sync.state.as_ref().and_then(|state| state.options.clone());
    match lists {
        Some(StateOptions { open, completed, not_planned, duplicate })
            if *kind != PropertyKind::Checkbox =>
        {
            StateMapping::Options { open, completed, not_planned, duplicate }
        }
        Some(_) | None => StateMapping::Checkbox,
    }
}

/// A rename can bring two fields to one property, which the config alone cannot see.
fn shared_properties(sync: &SyncConfig, mapping: &Mapping) -> Vec<Problem> {
    let mut first: BTreeMap<&PropertyId, Field> = BTreeMap::new();
    let mut problems = Vec::new();
    for (field, place) in &mapping.fields {
        match first.get(&place.property) {
            Some(other) => problems.push(Problem {
                field: *field,
                message: format!(
                    "sync `{}`: the fields `{other}` and `{field}` are both mapped to the property `{}`; give each its own",
                    sync.name, place.property_name
                ),
            }),
            None => {
                first.insert(&place.property, *field);
            }
        }
    }
    problems
}

/// What gives the field's values their meaning (I13): the property, its type, the lists of the state, the people.
fn fingerprint(sync: &SyncConfig, field: Field, property: &Property, users: &Users) -> String {
    let people: Vec<(String, String)> = match property.kind {
        PropertyKind::People => {
            users.links().map(|(login, user)| (login.key(), user.to_string())).collect()
        }
        PropertyKind::Title
        | PropertyKind::RichText
        | PropertyKind::Number
        | PropertyKind::Url
        | PropertyKind::Select
        | PropertyKind::MultiSelect
        | PropertyKind::Status
        | PropertyKind::Checkbox
        | PropertyKind::Date
        | PropertyKind::Content
        | PropertyKind::Other(_) => Vec::new(),
    };
    let config = sync.mapping_digest(field, &[]);
    let whole = json!([property.id, property.kind.as_api(), config, people]).to_string();
    let mut hex = hex::encode(Sha256::digest(whole));
    hex.truncate(FINGERPRINT_CHARS);
    hex
}

#[cfg(test)]
mod tests;
