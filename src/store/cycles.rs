//! Cycles: when each ran and how it ended, by our own clock.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};

use super::db::Access;
use super::sql::{Json, Micros, limited, time};
use super::{CycleId, Db, StoreError, SyncId, Tx};

/// Cycles remembered per sync (I14): about a day of one every two minutes.
const KEPT_CYCLES: i64 = 1000;

/// One cycle of one sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Its id.
    pub id: CycleId,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How it ended; `None` while it runs, or when the process ended first.
    pub end: Option<CycleEnd>,
}

/// How a cycle ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleEnd {
    /// When.
    pub at: DateTime<Utc>,
    /// In one word, for people.
    pub outcome: String,
    /// Whether both sides were seen whole and nothing stopped it: what `status` counts from.
    pub fresh: bool,
    /// What it did, in numbers.
    pub counts: serde_json::Value,
}

impl<A: Access> Db<A> {
    /// The last `limit` cycles of a sync, newest first.
    pub fn last_cycles(&self, sync: SyncId, limit: usize) -> Result<Vec<Cycle>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, started, ended, outcome, fresh, counts FROM cycle
                     WHERE sync = ?1 ORDER BY id DESC LIMIT ?2",
                )?
                .query_map(params![sync, limited(limit)], read)?
                .collect()
        })
    }

    /// When the last fresh cycle of a sync ended.
    pub fn last_success(&self, sync: SyncId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT ended FROM cycle WHERE sync = ?1 AND fresh = 1
                     ORDER BY id DESC LIMIT 1",
                )?
                .query_row([sync], |row| {
                    let Micros(ended) = row.get(0)?;
                    Ok(ended)
                })
                .optional()
        })
    }
}

impl Tx<'_> {
    /// Notes that a cycle begins.
    pub fn begin_cycle(&self, sync: SyncId, at: DateTime<Utc>) -> Result<CycleId, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("INSERT INTO cycle (sync, started) VALUES (?1, ?2)")?
                .execute(params![sync, Micros(at)])?;
            Ok(CycleId(connection.last_insert_rowid()))
        })
    }

    /// Notes how a cycle ended, and forgets those long past; never the last fresh one.
    pub fn end_cycle(&self, id: CycleId, end: &CycleEnd) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "UPDATE cycle SET ended = ?2, outcome = ?3, fresh = ?4, counts = ?5
                     WHERE id = ?1",
                )?
                .execute(params![id, Micros(end.at), end.outcome, end.fresh, Json(&end.counts)])?;
            connection
                .prepare_cached(
                    "WITH this (sync) AS (SELECT sync FROM cycle WHERE id = ?1)
                     DELETE FROM cycle WHERE sync = (SELECT sync FROM this)
                       AND id <= (SELECT id FROM cycle WHERE sync = (SELECT sync FROM this)
                                  ORDER BY id DESC LIMIT 1 OFFSET ?2)
                       AND id <> (SELECT max(id) FROM cycle
                                  WHERE sync = (SELECT sync FROM this) AND fresh = 1)",
                )?
                .execute(params![id, KEPT_CYCLES])?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Cycle> {
    let Micros(started) = row.get(1)?;
    let end = match time(row, 2)? {
        None => None,
        Some(at) => {
            let Json(counts) = row.get(5)?;
            Some(CycleEnd { at, outcome: row.get(3)?, fresh: row.get(4)?, counts })
        }
    };
    Ok(Cycle { id: row.get(0)?, started, end })
}
