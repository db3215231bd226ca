//! Intents: a create that may have been sent (I3).

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::db::Access;
use super::sql::{Micros, SideKey, Text};
use super::{Db, StoreError, SyncId, Tx};
use crate::model::{ItemRef, Side};

/// A create, written down before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The identity planted in the new object.
    pub uuid: Uuid,
    /// The sync it belongs to.
    pub sync: SyncId,
    /// Where the new item is to be.
    pub target: Side,
    /// The item it is made from.
    pub source: ItemRef,
    /// When it was written down, by the target server's clock: its object is no older.
    pub at: DateTime<Utc>,
    /// When its outcome was found to be unknown, by the target server's clock: the request was sent no later, however
    /// long it waited for its turn. `None` while it may be under way.
    pub lost: Option<DateTime<Utc>>,
    /// What was surely made, though it cannot be paired: nothing is to be made again.
    pub made: Option<ItemRef>,
}

impl<A: Access> Db<A> {
    /// Every open intent of a sync, the oldest first.
    pub fn intents(&self, sync: SyncId) -> Result<Vec<Intent>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT uuid, sync, target, source, at, lost, made FROM intent
                     WHERE sync = ?1 ORDER BY at, uuid",
                )?
                .query_map([sync], read)?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// Writes an intent down; one with the same uuid in the same sync is replaced (sent again).
    pub fn put_intent(&self, intent: &Intent) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO intent (uuid, sync, target, source, at, lost, made)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    Text(intent.uuid),
                    intent.sync,
                    SideKey(intent.target),
                    Text(&intent.source),
                    Micros(intent.at),
                    intent.lost.map(Micros),
                    intent.made.as_ref().map(Text),
                ])?;
            Ok(())
        })
    }

    /// Forgets an intent: its object was found, or was refused for certain.
    pub fn drop_intent(&self, sync: SyncId, uuid: Uuid) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("DELETE FROM intent WHERE sync = ?1 AND uuid = ?2")?
                .execute(params![sync, Text(uuid)])?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let Text(uuid) = row.get(0)?;
    let SideKey(target) = row.get(2)?;
    let Text(source) = row.get(3)?;
    let Micros(at) = row.get(4)?;
    let lost: Option<Micros> = row.get(5)?;
    let made: Option<Text<ItemRef>> = row.get(6)?;
    Ok(Intent {
        uuid,
        sync: row.get(1)?,
        target,
        source,
        at,
        lost: lost.map(|Micros(at)| at),
        made: made.map(|Text(item)| item),
    })
}
