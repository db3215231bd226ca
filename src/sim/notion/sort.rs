//! The order of query results.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::errors::{Outcome, Refusal};
use super::ids::PropertyId;
use super::query::Ordered;
use super::render::Words;
use super::richtext;
use super::schema::{Kind, Schema};
use super::shape::Path;
use super::state::{Page, State};
use super::time;
use super::value::Value;

/// Sort criteria one query may have; the array limit holds (notion-api.md §3).
const CRITERIA: usize = 100;

#[derive(Debug, Clone, PartialEq)]
enum By {
    CreatedTime,
    LastEditedTime,
    Property(PropertyId),
}

/// What a row is sorted by, for one criterion.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Number(f64),
    Text(String),
    Empty,
}

/// All criteria; the first decides, then the next.
pub(super) struct Order(Vec<(By, bool)>);

impl Order {
    pub(super) fn read(schema: &Schema, path: &Path<'_>, sorts: Option<&Json>) -> Outcome<Order> {
        let Some(sorts) = sorts else { return Ok(Order(Vec::new())) };
        let mut criteria = Vec::new();
        for (index, sort) in path.array(Some(sorts), CRITERIA)?.iter().enumerate() {
            let path = path.at(index);
            let sort = path.object(Some(sort))?;
            path.only(sort, &["property", "timestamp", "direction"])?;
            let direction = path.key("direction");
            let descending = match direction.string(sort.get("direction"))? {
                "ascending" => false,
                "descending" => true,
                other => return Err(direction.refuse("`\"ascending\"` or `\"descending\"`", other)),
            };
            criteria.push((by(schema, &path, sort)?, descending));
        }
        Ok(Order(criteria))
    }

    /// Timestamps count as shown, in minutes: rows of one minute come in no order.
    pub(super) fn keys(&self, state: &State, page: &Page) -> Vec<Key> {
        self.0
            .iter()
            .map(|(by, _)| match by {
                By::CreatedTime => instant(page.created_at),
                By::LastEditedTime => instant(page.edited_at),
                By::Property(id) => property_key(state, page, id),
            })
            .collect()
    }

    pub(super) fn compare(&self, a: &Ordered, b: &Ordered) -> Ordering {
        for ((x, y), (_, descending)) in a.keys.iter().zip(&b.keys).zip(&self.0) {
            let order = x.compare(y);
            let order = if *descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        (a.shuffled, a.id).cmp(&(b.shuffled, b.id))
    }
}

impl Key {
    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            (Key::Empty, Key::Empty) => Ordering::Equal,
            (Key::Number(_), Key::Text(_) | Key::Empty) | (Key::Text(_), Key::Empty) => {
                Ordering::Less
            }
            (Key::Text(_) | Key::Empty, Key::Number(_)) | (Key::Empty, Key::Text(_)) => {
                Ordering::Greater
            }
        }
    }
}

fn by(schema: &Schema, path: &Path<'_>, sort: &serde_json::Map<String, Json>) -> Outcome<By> {
    if sort.contains_key("timestamp") {
        let path = path.key("timestamp");
        return match path.string(sort.get("timestamp"))? {
            "created_time" => Ok(By::CreatedTime),
            "last_edited_time" => Ok(By::LastEditedTime),
            other => Err(path.refuse("`\"created_time\"` or `\"last_edited_time\"`", other)),
        };
    }
    let key = path.key("property").string(sort.get("property"))?;
    let property = schema.find(key).ok_or_else(|| {
        Refusal::validation(format!("Could not find sort property with name or id: {key}"))
    })?;
    Ok(match &property.kind {
        Kind::CreatedTime => By::CreatedTime,
        Kind::LastEditedTime => By::LastEditedTime,
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
        | Kind::Relation(_)
        | Kind::UniqueId { .. }
        | Kind::CreatedBy
        | Kind::LastEditedBy
        | Kind::Other(_) => By::Property(property.id.clone()),
    })
}

// Minutes since 1970 and unique numbers are far below 2^53, where `f64` is exact.
#[allow(clippy::cast_precision_loss)]
fn instant(at: chrono::DateTime<chrono::Utc>) -> Key {
    Key::Number(time::to_minute(at).timestamp() as f64)
}

#[allow(clippy::cast_precision_loss)]
fn property_key(state: &State, page: &Page, id: &PropertyId) -> Key {
    let position = |choice: &str| {
        let property = state.sources.get(&page.source).and_then(|source| source.schema.get(id));
        property.and_then(|property| {
            property.kind.choices().iter().position(|known| &*known.id == choice)
        })
    };
    match page.values.get(id) {
        None | Some(Value::People(_) | Value::Relation(_)) => Key::Empty,
        Some(Value::Text(runs)) => {
            Key::Text(richtext::plain_text(runs, &Words(state)).to_lowercase())
        }
        Some(Value::Url(url)) => Key::Text(url.clone()),
        Some(Value::Number(number)) => Key::Number(*number),
        Some(Value::UniqueId(number)) => Key::Number(*number as f64),
        Some(Value::Checkbox(ticked)) => Key::Number(f64::from(u8::from(*ticked))),
        Some(Value::Date(date)) => Key::Number(date.start.begins().timestamp() as f64),
        Some(Value::Choice(choice)) => {
            position(choice).map_or(Key::Empty, |at| Key::Number(at as f64))
        }
        Some(Value::Choices(choices)) => choices
            .first()
            .and_then(|choice| position(choice))
            .map_or(Key::Empty, |at| Key::Number(at as f64)),
    }
}
