//! What a request would write: which values Notion can take, what they look like there, and what became of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::codec::{self, Target, Unfit};
use super::dialect::shortened;
use super::schema::DataSource;
use super::shapes::Shown;
use crate::model::{Field, FieldMapping, Mapping, NotionUserId, Observed, Page, Value};
use crate::remote::{Refusal, RemoteError};

/// One field of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub field: Field,
    /// The value as it was asked for.
    pub value: Value,
    place: FieldMapping,
    payload: Json,
    /// What the property shall show, decoded from what is sent.
    meant: Value,
}

/// A request on its way: what can be sent, and what cannot.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub parts: Vec<Part>,
    pub refused: Vec<Refusal>,
    /// Whether a newer schema may take what this one does not.
    pub outdated: bool,
}

/// People whom a write of the assignees has to put back; `None` when they could not be read whole.
pub(super) fn kept(page: &Page) -> Option<&[NotionUserId]> {
    match page.fields.get(&Field::Assignees) {
        Some(Observed::Unreadable(_)) => None,
        Some(Observed::Value(_)) | None => Some(&page.unmapped_people),
    }
}

/// What of the values can be sent under this schema.
pub(super) fn draft(
    source: &DataSource,
    mapping: &Mapping,
    values: &BTreeMap<Field, Value>,
    kept: Option<&[NotionUserId]>,
) -> Draft {
    let mut draft = Draft::default();
    for (field, value) in values {
        let Some(place) = mapping.fields.get(field) else {
            let why = mapping.broken.get(field).cloned();
            let reason = why.unwrap_or_else(|| format!("the field `{field}` is not mapped"));
            draft.refused.push(Refusal { field: *field, reason });
            continue;
        };
        let options = source.property(&place.property).map(|property| property.options.as_slice());
        let target =
            Target { field: *field, place, mapping, options: options.unwrap_or_default(), kept };
        match codec::encode(target, value) {
            Ok(payload) => draft.parts.push(part(target, payload, value)),
            Err(unfit) => {
                draft.outdated |= matches!(unfit, Unfit::Schema(_));
                draft.refused.push(Refusal { field: *field, reason: unfit.into_reason() });
            }
        }
    }
    draft
}

fn part(target: Target<'_>, payload: Json, value: &Value) -> Part {
    let kind = &target.place.kind;
    let shown = Shown::parse(kind, payload.clone())
        .map(|content| codec::decode(target.field, target.place, target.mapping, &content));
    let meant = match shown {
        Some(Observed::Value(meant)) => meant,
        Some(Observed::Unreadable(_)) | None => value.clone(),
    };
    Part { field: target.field, value: value.clone(), place: target.place.clone(), payload, meant }
}

impl Part {
    /// Notion's words about this value, and what to do.
    pub(super) fn refusal(&self, error: &RemoteError) -> Refusal {
        let said = match error {
            RemoteError::Refused { what, .. } => what.clone(),
            other => other.to_string(),
        };
        let reason = format!(
            "Notion refuses {} for `{}`: {said}; change the value on GitHub, or the property in Notion",
            shortened(&self.meant.to_string()),
            self.place.property_name
        );
        Refusal { field: self.field, reason }
    }

    /// Whether the page shows what this part meant.
    pub(super) fn is_shown(&self, page: &Page) -> bool {
        let shown = page.fields.get(&self.field).and_then(Observed::value);
        shown.is_some_and(|shown| is_as_meant(&self.meant, shown))
    }
}

/// The `properties` of a request with these parts.
pub(super) fn properties(parts: &[Part]) -> Map<String, Json> {
    // By id, so that a rename meanwhile does not matter (notion-api §5.2).
    let property = |part: &Part| json!({(part.place.kind.as_api()): part.payload});
    parts.iter().map(|part| (part.place.property.0.clone(), property(part))).collect()
}

/// What the answer does not show as it was meant: dropped in silence, or changed.
pub(super) fn not_as_meant(observed: &Page, sent: &[Part]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for part in sent {
        if part.is_shown(observed) {
            continue;
        }
        let shown = match observed.fields.get(&part.field) {
            Some(Observed::Value(value)) => value.to_string(),
            Some(Observed::Unreadable(why)) => why.clone(),
            None => "nothing".to_owned(),
        };
        let reason = format!(
            "Notion took {} for `{}` and shows {}; change the value, or the property in Notion",
            shortened(&part.meant.to_string()),
            part.place.property_name,
            shortened(&shown)
        );
        refusals.push(Refusal { field: part.field, reason });
    }
    refusals
}

fn is_as_meant(meant: &Value, shown: &Value) -> bool {
    match (meant, shown) {
        // Whether a date keeps its seconds is not documented; cut to the minute it is still that moment.
        (Value::Time(Some(meant)), Value::Time(Some(shown))) => {
            meant == shown || (meant.timestamp() / 60) * 60 == shown.timestamp()
        }
        (meant, shown) => meant.means_same(shown),
    }
}
