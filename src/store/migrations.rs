//! Numbered migrations; `user_version` counts those applied.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;
use super::error::classify;

/// Every migration, in order. One that was released is never edited.
pub(super) const ALL: [&str; 5] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_bodies.sql"),
    include_str!("migrations/0003_other_side.sql"),
    include_str!("migrations/0004_sent_at.sql"),
    include_str!("migrations/0005_half_of_a_merge.sql"),
];

/// What the header of our files says ('tndm'); set by the first migration.
const APPLICATION_ID: i32 = 0x746e_646d;

/// The schema of the file, once it is sure that the file is ours or empty. Changes nothing.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let (found, is_ours) = read_header(connection).map_err(|error| classify(path, &error))?;
    let known = newest();
    if !is_ours {
        return Err(StoreError::NotOurs { path: path.to_path_buf() });
    }
    if found > known {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known });
    }
    Ok(found)
}

/// The newest schema this tandem knows.
pub(super) fn newest() -> u32 {
    u32::try_from(ALL.len()).unwrap_or(u32::MAX)
}

fn read_header(connection: &Connection) -> rusqlite::Result<(u32, bool)> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_empty = found == 0 && id == 0 && tables == 0;
    Ok((found, is_empty || id == APPLICATION_ID))
}

/// Applies what is missing, each in its own transaction: one that fails leaves the file as it was.
pub(super) fn apply(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let done: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (version, sql) in (1u32..).zip(migrations) {
        if version > done {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
