//! A page as Notion sends it into a page as tandem sees it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::shapes::{RawPage, Shown, property_id, property_value};
use super::{ANCHOR_LOST, codec, dialect, wire};
use crate::model::{
    Field, FieldMapping, Mapping, NotionUserId, Observed, Page, PageId, Side, Value,
};
use crate::remote::RemoteError;

/// What a page shows of the mapped fields, before what Notion cut off is fetched.
pub(super) struct Sight {
    pub id: PageId,
    /// Readable ones; what is unreadable has its reason.
    pub shown: BTreeMap<Field, Result<Shown, String>>,
    /// Whether the page contradicts the schema we know: a property gone, renamed, or of another type.
    pub contradicts: bool,
    url: String,
    created: DateTime<Utc>,
    edited: DateTime<Utc>,
    last_editor: Option<NotionUserId>,
    in_trash: bool,
}

impl Sight {
    /// Reads the mapped properties, found by id whatever they are called now.
    pub(super) fn of(raw: RawPage, mapping: &Mapping) -> Result<Sight, RemoteError> {
        let (Some(created), Some(edited), Some(properties)) =
            (raw.created_time, raw.last_edited_time, raw.properties)
        else {
            // A partial page is what a connection without read access gets (notion-api §4).
            return Err(dialect::auth(
                "pages come without their properties; tick the capability `read content` in the connection's settings".to_owned(),
            ));
        };
        let by_id: BTreeMap<String, (&str, &serde_json::value::RawValue)> = properties
            .iter()
            .filter_map(|(name, raw)| Some((property_id(raw)?, (name.as_str(), raw.as_ref()))))
            .collect();
        let mut contradicts = false;
        let mut shown = BTreeMap::new();
        // The page's content is not among its properties.
        for (field, place) in mapping.fields.iter().filter(|(_, place)| place.is_property()) {
            let found = by_id.get(&place.property.0);
            let content = found.and_then(|(_, raw)| property_value(raw));
            let fits = content.as_ref().is_some_and(|value| value.kind == place.kind);
            contradicts |= !fits || found.is_some_and(|(name, _)| *name != place.property_name);
            let content = match content {
                Some(value) if fits => {
                    Shown::parse(&value.kind, value.payload).ok_or_else(|| strange(place))
                }
                Some(value) => Err(retyped(place, value.kind.as_api())),
                None => Err(gone(place)),
            };
            shown.insert(*field, content);
        }
        if let Some(Err(why)) = shown.get(&Field::Url) {
            return Err(anchor_lost(why));
        }
        Ok(Sight {
            id: PageId(raw.id),
            shown,
            contradicts,
            url: raw.url.unwrap_or_default(),
            created,
            edited,
            last_editor: raw.last_edited_by.and_then(|editor| editor.id),
            in_trash: raw.in_trash.unwrap_or(false),
        })
    }

    /// Decodes what is shown.
    pub(super) fn into_page(self, mapping: &Mapping) -> Page {
        let mut unmapped_people = Vec::new();
        if let Some(Ok(Shown::People(people))) = self.shown.get(&Field::Assignees) {
            unmapped_people = codec::unmapped(people, &mapping.users);
        }
        let mut fields = BTreeMap::new();
        for (field, place) in &mapping.fields {
            let observed = match self.shown.get(field) {
                Some(Ok(content)) => codec::decode(*field, place, mapping, content),
                Some(Err(why)) => Observed::Unreadable(why.clone()),
                None => continue,
            };
            fields.insert(*field, observed);
        }
        let text = |field: Field| match fields.get(&field)?.value()? {
            Value::Text(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Names(_)
            | Value::Name(_)
            | Value::Time(_) => None,
        };
        Page {
            id: self.id,
            url: self.url,
            created: self.created,
            edited: self.edited,
            last_editor: self.last_editor,
            in_trash: self.in_trash,
            anchor: text(Field::Url),
            repository: text(Field::Repository),
            fields,
            unmapped_people,
        }
    }
}

/// Without its anchor a page looks like a new one, and would get a second issue: nothing may be concluded from it.
fn anchor_lost(why: &str) -> RemoteError {
    RemoteError::Refused {
        side: Side::Notion,
        status: 200,
        code: ANCHOR_LOST.to_owned(),
        what: format!("{why}; it holds the address by which a page's issue is known"),
        fields: Vec::new(),
    }
}

fn gone(place: &FieldMapping) -> String {
    format!(
        "the property `{}` is gone from the page; restore it, or map the field to another",
        place.property_name
    )
}

fn retyped(place: &FieldMapping, kind: &str) -> String {
    format!(
        "the property `{}` is of type {kind} now and was {}; change it back, or map the field to another",
        place.property_name,
        place.kind.as_api()
    )
}

fn strange(place: &FieldMapping) -> String {
    format!("the property `{}` holds something in a form tandem does not know", place.property_name)
}

/// Whether an error says that the page has lost its anchor.
pub(super) fn is_anchor_lost(error: &RemoteError) -> bool {
    matches!(error, RemoteError::Refused { code, .. } if code == ANCHOR_LOST)
}

/// Reads one page out of an answer.
pub(super) fn raw_page(response: &crate::remote::Response) -> Result<RawPage, RemoteError> {
    wire::parse(response, "a page")
}
