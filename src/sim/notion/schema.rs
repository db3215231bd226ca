//! The schema of a data source: its properties and their options (notion-api.md §4).

use serde_json::{Map, Value as Json, json};

use super::ids::{ChoiceId, DataSourceId, PropertyId};

/// A property of a data source.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Survives renames and changes of type.
    pub id: PropertyId,
    /// Unique within the data source.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a property holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// The title; every data source has exactly one.
    Title,
    /// Text.
    RichText,
    /// A number.
    Number,
    /// A URL.
    Url,
    /// One of some options.
    Select(Vec<Choice>),
    /// Some of some options.
    MultiSelect(Vec<Choice>),
    /// One of some options in groups; options never come into being by a page write.
    Status(StatusKind),
    /// Ticked or not.
    Checkbox,
    /// People and bots.
    People,
    /// A day or a moment, perhaps with an end.
    Date,
    /// Pages of a data source.
    Relation(DataSourceId),
    /// A number Notion gives each page.
    UniqueId {
        /// What stands before the number.
        prefix: Option<String>,
    },
    /// When the page was made.
    CreatedTime,
    /// When it was last edited.
    LastEditedTime,
    /// Who made it.
    CreatedBy,
    /// Who last edited it.
    LastEditedBy,
    /// Any other type, read-only: `formula`, `rollup`, or one that nobody knows yet.
    Other(String),
}

/// An option of a select, multi-select or status property.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Survives renames.
    pub id: ChoiceId,
    /// Unique within the property, case-insensitively.
    pub name: String,
    /// Chosen when the option is made; the API cannot change it.
    pub color: String,
    pub(super) folded: String,
}

/// Options of a status property, their groups and the default.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusKind {
    /// All options.
    pub choices: Vec<Choice>,
    /// Names of the groups, and which options belong to each.
    pub groups: Vec<Group>,
    /// What an empty status turns into.
    pub default: Option<ChoiceId>,
}

/// A group of status options.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub(super) id: String,
    /// As shown.
    pub name: String,
    /// Its options.
    pub choices: Vec<ChoiceId>,
}

impl Choice {
    pub(super) fn new(id: ChoiceId, name: &str, color: &str) -> Choice {
        Choice { id, folded: fold(name), name: name.to_owned(), color: color.to_owned() }
    }

    pub(super) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.folded = fold(name);
    }

    pub(super) fn render(&self) -> Json {
        json!({ "id": &*self.id, "name": self.name, "color": self.color })
    }
}

/// The form in which option names are compared.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

impl Kind {
    /// The type's name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Kind::Title => "title",
            Kind::RichText => "rich_text",
            Kind::Number => "number",
            Kind::Url => "url",
            Kind::Select(_) => "select",
            Kind::MultiSelect(_) => "multi_select",
            Kind::Status(_) => "status",
            Kind::Checkbox => "checkbox",
            Kind::People => "people",
            Kind::Date => "date",
            Kind::Relation(_) => "relation",
            Kind::UniqueId { .. } => "unique_id",
            Kind::CreatedTime => "created_time",
            Kind::LastEditedTime => "last_edited_time",
            Kind::CreatedBy => "created_by",
            Kind::LastEditedBy => "last_edited_by",
            Kind::Other(name) => name,
        }
    }

    /// The options, where the type has any.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match self {
            Kind::Select(choices) | Kind::MultiSelect(choices) => choices,
            Kind::Status(status) => &status.choices,
            Kind::Title
            | Kind::RichText
            | Kind::Number
            | Kind::Url
            | Kind::Checkbox
            | Kind::People
            | Kind::Date
            | Kind::Relation(_)
            | Kind::UniqueId { .. }
            | Kind::CreatedTime
            | Kind::LastEditedTime
            | Kind::CreatedBy
            | Kind::LastEditedBy
            | Kind::Other(_) => &[],
        }
    }

    pub(super) fn choices_mut(&mut self) -> Option<&mut Vec<Choice>> {
        match self {
            Kind::Select(choices) | Kind::MultiSelect(choices) => Some(choices),
            Kind::Status(status) => Some(&mut status.choices),
            Kind::Title
            | Kind::RichText
            | Kind::Number
            | Kind::Url
            | Kind::Checkbox
            | Kind::People
            | Kind::Date
            | Kind::Relation(_)
            | Kind::UniqueId { .. }
            | Kind::CreatedTime
            | Kind::LastEditedTime
            | Kind::CreatedBy
            | Kind::LastEditedBy
            | Kind::Other(_) => None,
        }
    }

    /// The option with this id.
    pub(super) fn choice(&self, id: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| &*choice.id == id)
    }

    /// The option with exactly this name.
    pub(super) fn choice_named(&self, name: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| choice.name == name)
    }

    fn config(&self) -> Json {
        match self {
            Kind::Number => json!({ "format": "number" }),
            Kind::Select(choices) | Kind::MultiSelect(choices) => {
                json!({ "options": render_choices(choices) })
            }
            Kind::Status(status) => json!({
                "options": render_choices(&status.choices),
                "groups": status.groups.iter().map(Group::render).collect::<Vec<_>>(),
            }),
            Kind::Relation(source) => json!({
                "data_source_id": source.to_string(), "type": "single_property", "single_property": {},
            }),
            Kind::UniqueId { prefix } => json!({ "prefix": prefix }),
            Kind::Title
            | Kind::RichText
            | Kind::Url
            | Kind::Checkbox
            | Kind::People
            | Kind::Date
            | Kind::CreatedTime
            | Kind::LastEditedTime
            | Kind::CreatedBy
            | Kind::LastEditedBy
            | Kind::Other(_) => json!({}),
        }
    }
}

impl Group {
    fn render(&self) -> Json {
        let ids: Vec<&str> = self.choices.iter().map(|id| &**id).collect();
        let color = match self.name.as_str() {
            "In progress" => "blue",
            "Complete" => "green",
            &_ => "gray",
        };
        json!({ "id": self.id, "name": self.name, "color": color, "option_ids": ids })
    }
}

/// Options in a schema carry a description besides what pages show.
fn render_choices(choices: &[Choice]) -> Vec<Json> {
    choices
        .iter()
        .map(|choice| {
            json!({ "id": &*choice.id, "name": choice.name, "color": choice.color, "description": null })
        })
        .collect()
}

impl Property {
    pub(super) fn render(&self) -> Json {
        json!({
            "id": self.id.as_str(), "name": self.name, "description": null,
            "type": self.kind.name(), self.kind.name(): self.kind.config(),
        })
    }
}

/// The properties of a data source, in the order they were made.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Schema(pub(super) Vec<Property>);

impl Schema {
    pub(super) fn named(&self, name: &str) -> Option<&Property> {
        self.0.iter().find(|property| property.name == name)
    }

    pub(super) fn get(&self, id: &PropertyId) -> Option<&Property> {
        self.0.iter().find(|property| property.id == *id)
    }

    pub(super) fn get_mut(&mut self, id: &PropertyId) -> Option<&mut Property> {
        self.0.iter_mut().find(|property| property.id == *id)
    }

    pub(super) fn title(&self) -> Option<&Property> {
        self.0.iter().find(|property| property.kind == Kind::Title)
    }

    /// By name, or by id as returned or decoded.
    pub(super) fn find(&self, key: &str) -> Option<&Property> {
        self.named(key).or_else(|| {
            self.0
                .iter()
                .find(|property| property.id.as_str() == key || property.id.decoded() == key)
        })
    }

    /// By id only, decoded once: an id that was encoded twice is unknown.
    pub(super) fn find_decoded(&self, id: &str) -> Option<&Property> {
        self.0.iter().find(|property| property.id.decoded() == id)
    }

    pub(super) fn render(&self) -> Json {
        Json::Object(
            self.0
                .iter()
                .map(|property| (property.name.clone(), property.render()))
                .collect::<Map<_, _>>(),
        )
    }
}
