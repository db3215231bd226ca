//! The syncs this database has seen, by name.

use rusqlite::OptionalExtension;

use super::db::Access;
use super::{Db, StoreError, SyncId, Tx};

impl<A: Access> Db<A> {
    /// The id of a sync; `None` before its first cycle.
    pub fn sync_id(&self, name: &str) -> Result<Option<SyncId>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT id FROM sync WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })
    }

    /// Every sync with its name, the oldest first.
    pub fn syncs(&self) -> Result<Vec<(SyncId, String)>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT id, name FROM sync ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// The id of a sync, given now if it is new.
    pub fn ensure_sync(&self, name: &str) -> Result<SyncId, StoreError> {
        if let Some(known) = self.sync_id(name)? {
            return Ok(known);
        }
        self.run(|connection| {
            connection.execute("INSERT INTO sync (name) VALUES (?1)", [name])?;
            Ok(SyncId(connection.last_insert_rowid()))
        })
    }
}
