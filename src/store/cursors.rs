//! Cursors: up to where each side has been read, by that server's clock (I9).

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use super::db::Access;
use super::sql::{Micros, SideKey};
use super::{Db, StoreError, SyncId, Tx};
use crate::model::Side;

/// Up to where a repository or a data source has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Every change before it is reconciled or pending.
    pub at: DateTime<Utc>,
    /// The validator of the last listing, for a free answer when nothing changed.
    pub etag: Option<String>,
}

impl<A: Access> Db<A> {
    /// The cursor of `key`: a repository (compared without case) or a data source.
    pub fn cursor(
        &self,
        sync: SyncId,
        side: Side,
        key: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT at, etag FROM cursor WHERE sync = ?1 AND side = ?2 AND key = ?3",
                )?
                .query_row(params![sync, SideKey(side), key], |row| {
                    let Micros(at) = row.get(0)?;
                    Ok(Cursor { at, etag: row.get(1)? })
                })
                .optional()
        })
    }

    /// Every cursor of a sync with its side and key, GitHub's first.
    pub fn cursors(&self, sync: SyncId) -> Result<Vec<(Side, String, Cursor)>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT side, key, at, etag FROM cursor WHERE sync = ?1 ORDER BY side, key",
                )?
                .query_map([sync], |row| {
                    let SideKey(side) = row.get(0)?;
                    let Micros(at) = row.get(2)?;
                    Ok((side, row.get(1)?, Cursor { at, etag: row.get(3)? }))
                })?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// Moves a cursor, in the transaction that records what is still pending.
    pub fn put_cursor(
        &self,
        sync: SyncId,
        side: Side,
        key: &str,
        cursor: &Cursor,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO cursor (sync, side, key, at, etag)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![sync, SideKey(side), key, Micros(cursor.at), cursor.etag])?;
            Ok(())
        })
    }

    /// Forgets every cursor of a sync, so that its next cycle compares everything.
    pub fn drop_cursors(&self, sync: SyncId) -> Result<(), StoreError> {
        self.run(|connection| {
            connection.prepare_cached("DELETE FROM cursor WHERE sync = ?1")?.execute([sync])?;
            Ok(())
        })
    }
}
