//! One property into one canonical value, and back. The law of every pair: decoding what was encoded gives the value.

mod date;
mod labels;
mod number;
mod option;
mod people;
mod state;
mod text;
mod url;

use serde_json::Value as Json;

use super::shapes::Shown;
use crate::model::{
    Field, FieldMapping, Mapping, Name, NotionUserId, Observed, PropertyKind, Value,
};

pub(super) use people::unmapped;
pub(super) use state::quoted;
pub(super) use text::{SHOWN_AT_MOST, is_mention, plain};

/// Longest array Notion takes (notion-api §3).
const MAX_ITEMS: usize = 100;

/// Why a value cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Notion could never hold it.
    Value(String),
    /// The schema we know has no place for it; a newer schema may.
    Schema(String),
}

impl Unfit {
    pub(super) fn into_reason(self) -> String {
        match self {
            Unfit::Value(reason) | Unfit::Schema(reason) => reason,
        }
    }
}

/// What encoding needs to know besides the value.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// The field.
    pub field: Field,
    /// Where it lives.
    pub place: &'a FieldMapping,
    /// The mapping it belongs to.
    pub mapping: &'a Mapping,
    /// Options the property has, in the schema's spelling.
    pub options: &'a [String],
    /// People nobody mapped, who stay; `None` when they could not be read.
    pub kept: Option<&'a [NotionUserId]>,
}

/// The canonical value a property shows.
pub(super) fn decode(
    field: Field,
    place: &FieldMapping,
    mapping: &Mapping,
    content: &Shown,
) -> Observed {
    let read = match content {
        Shown::Text(items) if !text::is_whole(items) => {
            Err("a piece of text in a form tandem does not know".to_owned())
        }
        Shown::Text(items) => Ok(named(field, plain(items))),
        Shown::Number(number) => number::decode(number.as_ref()),
        Shown::Url(url) => Ok(url::decode(url.as_deref())),
        Shown::Option(option) if field == Field::State => {
            state::decode(option.as_ref(), place, mapping)
        }
        Shown::Option(option) => {
            Ok(named(field, option.as_ref().map(|option| option.name.clone()).unwrap_or_default()))
        }
        Shown::Options(options) => Ok(labels::decode(options)),
        Shown::Checkbox(ticked) => Ok(state::ticked(*ticked)),
        Shown::People(people) => Ok(people::decode(people, &mapping.users)),
        Shown::Date(date) => date::decode(date.as_ref()),
    };
    match read {
        Ok(value) => Observed::Value(value),
        Err(reason) => Observed::Unreadable(reason),
    }
}

/// The payload that makes a property show the value.
pub(super) fn encode(target: Target<'_>, value: &Value) -> Result<Json, Unfit> {
    match &target.place.kind {
        PropertyKind::Title | PropertyKind::RichText => {
            text::encode(&unnamed(value)?).map_err(Unfit::Value)
        }
        PropertyKind::Number => number::encode(value).map_err(Unfit::Value),
        PropertyKind::Url => url::encode(&unnamed(value)?).map_err(Unfit::Value),
        PropertyKind::Select | PropertyKind::Status if target.field == Field::State => {
            state::encode(target, value)
        }
        PropertyKind::Select => {
            option::encode(&unnamed(value)?, target.options).map_err(Unfit::Value)
        }
        PropertyKind::MultiSelect => labels::encode(value, target.options).map_err(Unfit::Value),
        PropertyKind::Checkbox => state::tick(value).map_err(Unfit::Value),
        PropertyKind::People => {
            people::encode(value, &target.mapping.users, target.kept).map_err(Unfit::Value)
        }
        PropertyKind::Date => date::encode(value).map_err(Unfit::Value),
        PropertyKind::Status => Err(Unfit::Value(format!(
            "the property `{}` has become a status, whose options are never made on the fly",
            target.place.property_name
        ))),
        PropertyKind::Content => Err(Unfit::Value("the page's content is no property".to_owned())),
        PropertyKind::Other(kind) => {
            Err(Unfit::Value(format!("no field can live in a property of type {kind}")))
        }
    }
}

/// A text as the field has it: milestones and types are names, and no text is no name.
fn named(field: Field, text: String) -> Value {
    match field {
        Field::Milestone | Field::Type => {
            let name = text.trim();
            Value::Name((!name.is_empty()).then(|| Name(name.to_owned())))
        }
        Field::Url
        | Field::Number
        | Field::Title
        | Field::Body
        | Field::State
        | Field::Labels
        | Field::Assignees
        | Field::Repository
        | Field::Author
        | Field::Created
        | Field::Updated
        | Field::Closed => Value::Text(text),
    }
}

fn unnamed(value: &Value) -> Result<String, Unfit> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Name(name) => Ok(name.as_ref().map(|name| name.0.clone()).unwrap_or_default()),
        Value::Body(_) | Value::Number(_) | Value::State(_) | Value::Names(_) | Value::Time(_) => {
            Err(Unfit::Value(wrong_kind(value, "a text")))
        }
    }
}

fn wrong_kind(value: &Value, expected: &str) -> String {
    format!("{value} is not {expected}")
}

#[cfg(test)]
mod tests;
