//! What is asked of a server once and read again only when an answer contradicts it: schema, people,
//! who we are, properties by name.

use rusqlite::{OptionalExtension, params};

use super::db::Access;
use super::{Db, StoreError, SyncId, Tx};

/// The scope of what all syncs share.
const SHARED: SyncId = SyncId(0);

impl<A: Access> Db<A> {
    /// What was remembered under `key`, for one sync or, with `None`, for all.
    pub fn cached(&self, sync: Option<SyncId>, key: &str) -> Result<Option<String>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT value FROM cache WHERE scope = ?1 AND key = ?2")?
                .query_row(params![sync.unwrap_or(SHARED), key], |row| row.get(0))
                .optional()
        })
    }
}

impl Tx<'_> {
    /// Remembers `value` under `key`, for one sync or for all.
    pub fn put_cached(
        &self,
        sync: Option<SyncId>,
        key: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO cache (scope, key, value) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![sync.unwrap_or(SHARED), key, value])?;
            Ok(())
        })
    }

    /// Forgets what was remembered under `key`: an answer contradicted it.
    pub fn drop_cached(&self, sync: Option<SyncId>, key: &str) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("DELETE FROM cache WHERE scope = ?1 AND key = ?2")?
                .execute(params![sync.unwrap_or(SHARED), key])?;
            Ok(())
        })
    }
}
