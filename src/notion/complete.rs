//! Notion cuts people and mentions at 25; writing the cut list back would delete the rest (notion-api §3).

use serde::Deserialize;
use serde_json::Value as Json;

use super::codec::{SHOWN_AT_MOST, is_mention};
use super::observe::Sight;
use super::shapes::{List, Shown};
use super::wire::{self, Wire};
use crate::model::{Mapping, PageId, PropertyId};
use crate::remote::{RemoteError, Trail};

/// So many answers of 100 values each one property may take (I14).
const MAX_ANSWERS: usize = 100;

/// Fetches whole what may have been cut off.
pub(super) async fn complete(
    wire: &Wire,
    sight: &mut Sight,
    mapping: &Mapping,
) -> Result<(), RemoteError> {
    for (field, place) in &mapping.fields {
        let Some(shown) = sight.shown.get_mut(field) else { continue };
        let Ok(content) = shown else { continue };
        if may_be_cut(content) {
            let whole = match all_values(wire, sight.id, &place.property).await {
                Ok(values) => whole(content, values),
                Err(error) => Err(error),
            };
            match whole {
                Ok(whole) => *content = whole,
                Err(error) if concerns_the_page(&error) => *shown = Err(error.to_string()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn may_be_cut(content: &Shown) -> bool {
    match content {
        Shown::People(people) => people.len() >= SHOWN_AT_MOST,
        Shown::Text(items) => items.iter().filter(|item| is_mention(item)).count() >= SHOWN_AT_MOST,
        Shown::Number(_)
        | Shown::Url(_)
        | Shown::Option(_)
        | Shown::Options(_)
        | Shown::Checkbox(_)
        | Shown::Date(_) => false,
    }
}

/// One value of a list: an object whose key `type` names the key of the payload.
#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, Json>,
}

async fn all_values(
    wire: &Wire,
    page: PageId,
    property: &PropertyId,
) -> Result<Vec<Json>, RemoteError> {
    let mut values = Vec::new();
    let mut cursor: Option<String> = None;
    let mut trail = Trail::default();
    for _ in 0..MAX_ANSWERS {
        let start = cursor.map(|cursor| format!("&start_cursor={}", wire::encoded(&cursor)));
        let start = start.unwrap_or_default();
        // The id is encoded as Notion gave it; encoding it again would name another property (notion-api §4.2).
        let path = format!("pages/{page}/properties/{}?page_size=100{start}", property.0);
        let list: List<Item> = wire::parse(&wire.get(&path).await?, "the values of a property")?;
        values.extend(list.results.into_iter().filter_map(|mut item| item.rest.remove(&item.kind)));
        match list.next_cursor {
            Some(next) if list.has_more && !trail.is_back_at(&next) => cursor = Some(next),
            Some(_) if list.has_more => break,
            Some(_) | None => return Ok(values),
        }
    }
    Err(wire::nonsense(format!("a property of the page {page} has no end")))
}

/// Whether only this value is out of reach, so that the other pages of a listing can go on (I9).
fn concerns_the_page(error: &RemoteError) -> bool {
    match error {
        RemoteError::Missing { .. }
        | RemoteError::Refused { .. }
        | RemoteError::Nonsense { .. }
        | RemoteError::Gone { .. }
        | RemoteError::Moved { .. } => true,
        RemoteError::Transient { .. }
        | RemoteError::Limited { .. }
        | RemoteError::Unclear { .. }
        | RemoteError::Auth { .. } => false,
    }
}

fn whole(content: &Shown, values: Vec<Json>) -> Result<Shown, RemoteError> {
    let values = Json::Array(values);
    let whole = match content {
        Shown::People(_) => serde_json::from_value(values).map(Shown::People),
        Shown::Text(_) => serde_json::from_value(values).map(Shown::Text),
        Shown::Number(_)
        | Shown::Url(_)
        | Shown::Option(_)
        | Shown::Options(_)
        | Shown::Checkbox(_)
        | Shown::Date(_) => return Ok(content.clone()),
    };
    whole.map_err(|_| {
        wire::nonsense("expected the values of a property, got another shape".to_owned())
    })
}
