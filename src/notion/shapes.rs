//! JSON as Notion sends it, as far as tandem reads it. Unknown keys, types and enum values pass.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::{NotionUserId, PropertyKind};

/// One answer of a listing.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub results: Vec<T>,
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// Always there (notion-api §3): a list without it may be a part of one, which must not pass for the whole (I9).
    pub has_more: bool,
    /// On every answer of a query that ends at the cap (notion-api §4.4).
    #[serde(default)]
    pub request_status: Option<RequestStatus>,
}

impl<T> List<T> {
    pub(super) fn is_incomplete(&self) -> bool {
        self.request_status.as_ref().is_some_and(|status| status.kind == "incomplete")
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RequestStatus {
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A page, or another thing among rows; without read access only its id (notion-api §4).
#[derive(Debug, Deserialize)]
pub(super) struct RawPage {
    #[serde(default)]
    pub object: String,
    pub id: Uuid,
    pub created_time: Option<DateTime<Utc>>,
    pub last_edited_time: Option<DateTime<Utc>>,
    pub last_edited_by: Option<Editor>,
    pub in_trash: Option<bool>,
    pub url: Option<String>,
    pub parent: Option<Parent>,
    /// Unread until one is asked for: most of a row is not mapped.
    pub properties: Option<BTreeMap<String, Box<RawValue>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Editor {
    pub id: Option<NotionUserId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parent {
    pub data_source_id: Option<Uuid>,
}

/// A user, or a part of one.
#[derive(Debug, Deserialize)]
pub(super) struct RawUser {
    pub id: Uuid,
    pub name: Option<String>,
    pub person: Option<Person>,
    /// Present for bots.
    pub bot: Option<Json>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub email: Option<String>,
}

/// A database: a container of data sources.
#[derive(Debug, Deserialize)]
pub(super) struct RawDatabase {
    #[serde(default)]
    pub data_sources: Vec<SourceRef>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SourceRef {
    pub id: Uuid,
    pub name: Option<String>,
}

/// A data source with its schema.
#[derive(Debug, Deserialize)]
pub(super) struct RawSource {
    pub id: Uuid,
    #[serde(default)]
    pub title: Vec<RichText>,
    #[serde(default)]
    pub in_trash: bool,
    pub properties: Option<BTreeMap<String, RawProperty>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawProperty {
    pub id: String,
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Json>,
}

/// One piece of text. `plain_text` is what it shows; what we send has only `text.content`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct RichText {
    #[serde(rename = "type", default)]
    pub kind: String,
    pub plain_text: Option<String>,
    pub text: Option<TextContent>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct TextContent {
    pub content: String,
}

/// An option by its name; ids are not needed, names are unique.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct OptionName {
    pub name: String,
}

/// A person, a bot or a group.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct UserRef {
    pub id: NotionUserId,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct DateValue {
    pub start: String,
    pub time_zone: Option<String>,
}

/// What a property of a page shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    Text(Vec<RichText>),
    Number(Option<serde_json::Number>),
    Url(Option<String>),
    /// Select and status.
    Option(Option<OptionName>),
    Options(Vec<OptionName>),
    Checkbox(bool),
    People(Vec<UserRef>),
    Date(Option<DateValue>),
}

impl Shown {
    /// Reads the payload of a property of that type; `None` when it has another shape or no field can live there.
    pub(super) fn parse(kind: &PropertyKind, payload: Json) -> Option<Shown> {
        fn read<T: DeserializeOwned>(payload: Json) -> Option<T> {
            serde_json::from_value(payload).ok()
        }
        match kind {
            PropertyKind::Title | PropertyKind::RichText => read(payload).map(Shown::Text),
            PropertyKind::Number => read(payload).map(Shown::Number),
            PropertyKind::Url => read(payload).map(Shown::Url),
            PropertyKind::Select | PropertyKind::Status => read(payload).map(Shown::Option),
            PropertyKind::MultiSelect => read(payload).map(Shown::Options),
            PropertyKind::Checkbox => read(payload).map(Shown::Checkbox),
            PropertyKind::People => read(payload).map(Shown::People),
            PropertyKind::Date => read(payload).map(Shown::Date),
            PropertyKind::Content | PropertyKind::Other(_) => None,
        }
    }
}

/// A property of a page: identity, type and payload.
#[derive(Debug)]
pub(super) struct RawValueOfPage {
    pub kind: PropertyKind,
    pub payload: Json,
}

/// The id of a property of a page, without reading the rest.
pub(super) fn property_id(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    serde_json::from_str::<Head>(raw.get()).ok().map(|head| head.id)
}

/// The type and payload of a property of a page.
pub(super) fn property_value(raw: &RawValue) -> Option<RawValueOfPage> {
    let mut object: serde_json::Map<String, Json> = serde_json::from_str(raw.get()).ok()?;
    let kind = object.get("type")?.as_str()?.to_owned();
    let payload = object.remove(&kind)?;
    Some(RawValueOfPage { kind: PropertyKind::from_api(&kind), payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_notion_may_add_later_is_read_past() {
        let page = json!({
            "object": "page", "id": "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11", "shiny": {"new": true},
            "created_time": "2026-01-05T09:10:00.000Z", "last_edited_time": "2026-01-05T09:10:00+00:00",
            "in_trash": false, "parent": {"type": "galaxy_id", "galaxy_id": 7}, "properties": {
                "A": {"id": "a", "type": "hologram", "hologram": {"deep": [1]}},
                "B": {"id": "b", "type": "title", "title": [
                    {"type": "smell", "smell": {}, "plain_text": "x", "href": null},
                    {"type": "text", "text": {"content": "y", "link": null}, "plain_text": "y", "mood": 1},
                    {"type": "void"}]},
                "C": {"id": "c", "type": "people", "people": [
                    {"object": "group", "id": "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a12", "name": "All"}]},
                "D": {"id": "d", "type": "status"},
                "E": "not even an object"
            }
        });
        let page: RawPage = serde_json::from_str(&page.to_string()).unwrap();
        let properties = page.properties.unwrap();
        let read = |name: &str| property_value(&properties[name]);
        let content =
            |name: &str| read(name).and_then(|value| Shown::parse(&value.kind, value.payload));
        assert_eq!(read("A").unwrap().kind, PropertyKind::Other("hologram".into()));
        assert_eq!(content("A"), None);
        let Some(Shown::Text(items)) = content("B") else { panic!() };
        assert_eq!(items.len(), 3);
        assert!(matches!(content("C"), Some(Shown::People(people)) if people.len() == 1));
        assert!(
            read("D").is_none() && read("E").is_none() && property_id(&properties["E"]).is_none()
        );
    }
}
