//! In-flight writes: what was about to be written when the process ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::db::Access;
use super::sql::{Json, Micros, SideKey, Text};
use super::{Db, PairId, StoreError, SyncId, Tx};
use crate::model::{Field, Side, Value};

/// One field about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// The pair.
    pub pair: PairId,
    /// Where it is written.
    pub side: Side,
    /// The field.
    pub field: Field,
    /// What that side showed.
    pub from: Value,
    /// What it shall show.
    pub to: Value,
    /// Of a body: what the other side showed, if there is a base once this has arrived.
    pub other: Option<Value>,
    /// Of half a merged body: what that base says of this side, which is less than what is sent.
    pub half: Option<Value>,
    /// It was not sent before, by that side's clock.
    pub sent_at: Option<DateTime<Utc>>,
}

impl<A: Access> Db<A> {
    /// Every in-flight write of a sync, by pair.
    pub fn in_flight(&self, sync: SyncId) -> Result<BTreeMap<PairId, Vec<InFlight>>, StoreError> {
        // CROSS JOIN: from the few writes to their pairs, never from all pairs to their writes.
        let rows: Vec<InFlight> = self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT pair, side, field, from_value, to_value, other_value, half_value, sent_at
                     FROM in_flight
                     CROSS JOIN pair ON pair.id = in_flight.pair
                     WHERE pair.sync = ?1 ORDER BY pair, side, field",
                )?
                .query_map([sync], read)?
                .collect()
        })?;
        let mut by_pair: BTreeMap<PairId, Vec<InFlight>> = BTreeMap::new();
        for write in rows {
            by_pair.entry(write.pair).or_default().push(write);
        }
        Ok(by_pair)
    }
}

impl Tx<'_> {
    /// Writes down what is about to be written, before it is sent.
    pub fn put_in_flight(&self, writes: &[InFlight]) -> Result<(), StoreError> {
        self.run(|connection| {
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO in_flight
                   (pair, side, field, from_value, to_value, other_value, half_value, sent_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for write in writes {
                insert.execute(params![
                    write.pair,
                    SideKey(write.side),
                    Text(write.field),
                    Json(&write.from),
                    Json(&write.to),
                    write.other.as_ref().map(Json),
                    write.half.as_ref().map(Json),
                    write.sent_at.map(Micros),
                ])?;
            }
            Ok(())
        })
    }

    /// Forgets the in-flight writes to one side of a pair: their outcome is known.
    pub fn clear_in_flight(&self, pair: PairId, side: Side) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("DELETE FROM in_flight WHERE pair = ?1 AND side = ?2")?
                .execute(params![pair, SideKey(side)])?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<InFlight> {
    let SideKey(side) = row.get(1)?;
    let Text(field) = row.get(2)?;
    let Json(from) = row.get(3)?;
    let Json(to) = row.get(4)?;
    let body = |index: usize| -> rusqlite::Result<Option<Value>> {
        Ok(row.get::<_, Option<Json<Value>>>(index)?.map(|Json(value)| value))
    };
    let sent_at = row.get::<_, Option<Micros>>(7)?.map(|Micros(at)| at);
    let (other, half) = (body(5)?, body(6)?);
    Ok(InFlight { pair: row.get(0)?, side, field, from, to, other, half, sent_at })
}
