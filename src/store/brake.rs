//! The brake that is on, and the plan a person let go (I8).

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use super::db::Access;
use super::sql::{Json, Micros};
use super::{Db, StoreError, SyncId, Tx};

/// Why a sync's plan is not executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrakeState {
    /// Of the plan: what `tandem release --plan` takes.
    pub digest: String,
    /// Why, for people.
    pub reasons: Vec<String>,
    /// Since when, by our clock.
    pub since: DateTime<Utc>,
}

impl<A: Access> Db<A> {
    /// The brake of a sync, when it is on.
    pub fn brake(&self, sync: SyncId) -> Result<Option<BrakeState>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT digest, reasons, since FROM brake WHERE sync = ?1")?
                .query_row([sync], |row| {
                    let Json(reasons) = row.get(1)?;
                    let Micros(since) = row.get(2)?;
                    Ok(BrakeState { digest: row.get(0)?, reasons, since })
                })
                .optional()
        })
    }

    /// The digest of the plan a person let go, until a cycle spends it.
    pub fn released(&self, sync: SyncId) -> Result<Option<String>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT digest FROM release WHERE sync = ?1")?
                .query_row([sync], |row| row.get(0))
                .optional()
        })
    }
}

impl Tx<'_> {
    /// Notes the brake of a sync as on or, with `None`, off. While it stays on, `since` stays.
    pub fn put_brake(&self, sync: SyncId, brake: Option<&BrakeState>) -> Result<(), StoreError> {
        self.run(|connection| {
            match brake {
                None => connection
                    .prepare_cached("DELETE FROM brake WHERE sync = ?1")?
                    .execute([sync])?,
                Some(brake) => connection
                    .prepare_cached(
                        "INSERT INTO brake (sync, digest, reasons, since) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (sync) DO UPDATE SET
                           digest = excluded.digest, reasons = excluded.reasons",
                    )?
                    .execute(params![
                        sync,
                        brake.digest,
                        Json(&brake.reasons),
                        Micros(brake.since)
                    ])?,
            };
            Ok(())
        })
    }

    /// Lets one plan of a sync go; an earlier release that was not spent is void.
    pub fn put_release(&self, sync: SyncId, digest: &str) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO release (sync, digest) VALUES (?1, ?2)")?
                .execute(params![sync, digest])?;
            Ok(())
        })
    }

    /// Spends the release of that very plan; whether there was one.
    pub fn take_release(&self, sync: SyncId, digest: &str) -> Result<bool, StoreError> {
        self.run(|connection| {
            let taken = connection
                .prepare_cached("DELETE FROM release WHERE sync = ?1 AND digest = ?2")?
                .execute(params![sync, digest])?;
            Ok(taken > 0)
        })
    }
}
