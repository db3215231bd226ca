//! Cursors: opaque, and bound to the query that gave them out (notion-api.md §4.4).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::errors::{Outcome, Refusal};
use super::query::Ordered;

/// Cursors remembered at most; older ones become invalid, as stale cursors do.
const KEPT: usize = 20_000;

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Which list: a digest of everything that makes it.
    pub(super) of: u64,
    /// Rows given out before.
    pub(super) given: usize,
    /// The last of them.
    pub(super) last: Option<Ordered>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Cursors {
    places: BTreeMap<Uuid, (u64, Place)>,
    by_age: BTreeMap<u64, Uuid>,
    next: u64,
}

impl Cursors {
    pub(super) fn remember(&mut self, id: Uuid, place: Place) -> String {
        self.places.insert(id, (self.next, place));
        self.by_age.insert(self.next, id);
        self.next += 1;
        if self.places.len() > KEPT
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.places.remove(&oldest);
        }
        id.to_string()
    }

    /// The place of a cursor, if it belongs to this list.
    pub(super) fn find(&self, cursor: &str, of: u64) -> Outcome<Place> {
        Uuid::parse_str(cursor)
            .ok()
            .and_then(|id| self.places.get(&id))
            .filter(|(_, place)| place.of == of)
            .map(|(_, place)| place.clone())
            .ok_or_else(|| {
                Refusal::validation(
                    "The start_cursor provided is invalid: it belongs to another query.",
                )
            })
    }
}
