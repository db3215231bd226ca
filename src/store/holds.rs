//! Holds: a field, a pair or an item without a pair, set aside with the reason.

use chrono::{DateTime, Utc};
use rusqlite::{Params, Row, params};

use super::db::Access;
use super::sql::{Json, Micros, SideKey, Text, time};
use super::{Db, PairId, StoreError, SyncId, Tx};
use crate::model::{Field, ItemRef, Side, Value};

/// What is set aside. Tandem's own hold and a person's may lie on the same thing; neither
/// replaces the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// The sync it belongs to.
    pub sync: SyncId,
    /// The item.
    pub item: ItemRef,
    /// Its pair, when it has one.
    pub pair: Option<PairId>,
    /// The field; `None`: the whole item.
    pub field: Option<Field>,
    /// The side that refuses, or whose value it is.
    pub side: Side,
    /// The value that cannot be written.
    pub value: Option<Value>,
    /// Why, for people.
    pub reason: String,
    /// Of value, mapping and schema: another one means try at once.
    pub digest: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When to try again, by the clock of `side`.
    pub next_try: Option<DateTime<Utc>>,
    /// Since when it is held.
    pub since: DateTime<Utc>,
    /// Made with `tandem hold`: only `tandem release` ends it.
    pub by_person: bool,
}

const COLUMNS: &str =
    "sync, item, pair, field, side, value, reason, digest, attempts, next_try, since, by_person";

impl<A: Access> Db<A> {
    /// Every hold of a sync, in the order of their items.
    pub fn holds(&self, sync: SyncId) -> Result<Vec<HoldRow>, StoreError> {
        self.many_holds("sync = ?1 ORDER BY item, field, by_person", [sync])
    }

    /// The holds of a pair.
    pub fn holds_of(&self, pair: PairId) -> Result<Vec<HoldRow>, StoreError> {
        self.many_holds("pair = ?1 ORDER BY item, field, by_person", [pair])
    }

    fn many_holds(&self, which: &str, key: impl Params) -> Result<Vec<HoldRow>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM hold WHERE {which}"))?
                .query_map(key, read)?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// Records a hold. One that is there already is updated, and keeps its `since`.
    pub fn put_hold(&self, hold: &HoldRow) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO hold (sync, item, pair, field, side, value, reason, digest,
                       attempts, next_try, since, by_person)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                     ON CONFLICT (sync, item, field, by_person) DO UPDATE SET
                       pair = excluded.pair, side = excluded.side, value = excluded.value,
                       reason = excluded.reason, digest = excluded.digest,
                       attempts = excluded.attempts, next_try = excluded.next_try",
                )?
                .execute(params![
                    hold.sync,
                    Text(&hold.item),
                    hold.pair,
                    key(hold.field),
                    SideKey(hold.side),
                    hold.value.as_ref().map(Json),
                    hold.reason,
                    hold.digest,
                    hold.attempts,
                    hold.next_try.map(Micros),
                    Micros(hold.since),
                    hold.by_person,
                ])?;
            Ok(())
        })
    }

    /// Ends tandem's own hold of a field, or of the whole item.
    pub fn drop_hold(
        &self,
        sync: SyncId,
        item: &ItemRef,
        field: Option<Field>,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "DELETE FROM hold
                     WHERE sync = ?1 AND item = ?2 AND field = ?3 AND by_person = 0",
                )?
                .execute(params![sync, Text(item), key(field)])?;
            Ok(())
        })
    }

    /// Ends every hold of tandem's own on a pair.
    pub fn drop_holds_of(&self, pair: PairId) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("DELETE FROM hold WHERE pair = ?1 AND by_person = 0")?
                .execute([pair])?;
            Ok(())
        })
    }

    /// Ends a person's hold; whether there was one.
    pub fn release_hold(
        &self,
        sync: SyncId,
        item: &ItemRef,
        field: Option<Field>,
    ) -> Result<bool, StoreError> {
        self.run(|connection| {
            let ended = connection
                .prepare_cached(
                    "DELETE FROM hold
                     WHERE sync = ?1 AND item = ?2 AND field = ?3 AND by_person = 1",
                )?
                .execute(params![sync, Text(item), key(field)])?;
            Ok(ended > 0)
        })
    }
}

/// The whole item has no field; NULL could not be part of the key.
fn key(field: Option<Field>) -> &'static str {
    field.map_or("", Field::as_str)
}

fn read(row: &Row<'_>) -> rusqlite::Result<HoldRow> {
    let Text(item) = row.get(1)?;
    let whole_item = row.get_ref(3)?.as_str()?.is_empty();
    let field: Option<Text<Field>> = if whole_item { None } else { Some(row.get(3)?) };
    let SideKey(side) = row.get(4)?;
    let value: Option<Json<Value>> = row.get(5)?;
    let Micros(since) = row.get(10)?;
    Ok(HoldRow {
        sync: row.get(0)?,
        item,
        pair: row.get(2)?,
        field: field.map(|Text(field)| field),
        side,
        value: value.map(|Json(value)| value),
        reason: row.get(6)?,
        digest: row.get(7)?,
        attempts: row.get(8)?,
        next_try: time(row, 9)?,
        since,
        by_person: row.get(11)?,
    })
}
