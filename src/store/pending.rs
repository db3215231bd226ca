//! Pending items: to be looked at again although no cursor names them (I9).

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::db::Access;
use super::sql::{Micros, SideKey, Text, time};
use super::{Db, StoreError, SyncId, Tx};
use crate::model::{ItemRef, Side};

/// An item to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The sync it belongs to.
    pub sync: SyncId,
    /// The item.
    pub item: ItemRef,
    /// Why, for people.
    pub reason: String,
    /// Whether it merely waits (exit code 0) or failed (exit code 3).
    pub waits: bool,
    /// When to look, by the clock of `side`; `None`: when it shows up by itself.
    pub due: Option<DateTime<Utc>>,
    /// Whose clock.
    pub side: Side,
    /// How often it was tried.
    pub attempts: u32,
}

impl<A: Access> Db<A> {
    /// Every pending item of a sync, in the order of their names.
    pub fn pending(&self, sync: SyncId) -> Result<Vec<Pending>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT sync, item, reason, waits, due, side, attempts FROM pending
                     WHERE sync = ?1 ORDER BY item",
                )?
                .query_map([sync], read)?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// Records an item as pending; one of the same name is replaced.
    pub fn put_pending(&self, pending: &Pending) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO pending (sync, item, reason, waits, due, side, attempts)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    pending.sync,
                    Text(&pending.item),
                    pending.reason,
                    pending.waits,
                    pending.due.map(Micros),
                    SideKey(pending.side),
                    pending.attempts,
                ])?;
            Ok(())
        })
    }

    /// Forgets that an item is pending.
    pub fn drop_pending(&self, sync: SyncId, item: &ItemRef) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("DELETE FROM pending WHERE sync = ?1 AND item = ?2")?
                .execute(params![sync, Text(item)])?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Pending> {
    let Text(item) = row.get(1)?;
    let SideKey(side) = row.get(5)?;
    Ok(Pending {
        sync: row.get(0)?,
        item,
        reason: row.get(2)?,
        waits: row.get(3)?,
        due: time(row, 4)?,
        side,
        attempts: row.get(6)?,
    })
}
