//! What can go wrong with the database, named by what a person has to do about it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::PairId;
use crate::model::{IssueRef, PageId};

/// Why the store could not do what was asked. Never holds a stored value (I17).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Written by a later tandem. Nothing was changed in it.
    #[error(
        "the database {} has schema {found}, but this tandem knows only {known}; run the newer tandem that wrote it, or name another file as `database`", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// Opened for reading only, but it must be migrated first.
    #[error(
        "the database {} still has schema {found} (now {known}); run `tandem --once` or start the daemon, which brings it up to date", path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The schema needed.
        known: u32,
    },
    /// A sound SQLite file of another program.
    #[error(
        "{} is a database of another program, not tandem's; nothing was changed in it: name another file as `database`", path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Damaged, or no database at all.
    #[error(
        "the database {} is damaged or no database ({detail}); move it away (keep it: it holds the history), and restore a backup or start without it: every pair is found again by its url property", path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// SQLite's word for it, or what could not be read.
        detail: String,
    },
    /// No room to write.
    #[error("no room left for the database {}; free space on that disk (or raise the quota) and run again: nothing is lost", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// It may be read, not written.
    #[error(
        "the database {} cannot be written; make the file and its directory writable for the user tandem runs as", path.display()
    )]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// It is not there, or may not be opened.
    #[error(
        "cannot open the database {} ({detail}); check that the directory exists and that the user tandem runs as may write in it", path.display()
    )]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// The system's word for it.
        detail: String,
    },
    /// A program that is not tandem holds SQLite's own lock.
    #[error(
        "the database {} is locked by another program (a backup, an open `sqlite3`?); end that program and run again", path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// Another tandem works on it (I12).
    #[error(
        "another tandem{} holds the database {}; stop it, or give this one its own `database`",
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), path.display()
    )]
    InUse {
        /// The database.
        path: PathBuf,
        /// The process that holds it, when it says so.
        pid: Option<u32>,
    },
    /// The issue or the page already has a partner in this sync.
    #[error("{issue} or page {page} already belongs to a pair")]
    AlreadyPaired {
        /// The issue.
        issue: IssueRef,
        /// The page.
        page: PageId,
    },
    /// There is no such pair: a bug, or a pair removed meanwhile.
    #[error("pair {0} is not in the database; run again, and report this if it stays")]
    NoSuchPair(PairId),
    /// The store was asked from inside its own transaction, which would wait for itself.
    #[error(
        "the store was asked from inside its own transaction; this is a bug in tandem, please report it"
    )]
    Nested,
    /// Anything else SQLite or the system says.
    #[error("the database {} failed ({detail}); check the disk it lies on, and run again: nothing is lost", path.display())]
    Other {
        /// The database.
        path: PathBuf,
        /// SQLite's or the system's word for it.
        detail: String,
    },
}

/// Names an error of the system at the file, or at `part` of it, by what has to be done about it.
pub(super) fn of_io(path: &Path, part: &str, error: &std::io::Error) -> StoreError {
    let path = path.to_path_buf();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            StoreError::Full { path }
        }
        _ => StoreError::CannotOpen { path, detail: format!("{part}{error}") },
    }
}

/// Names an error of SQLite by what has to be done about it.
pub(super) fn classify(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    let detail = describe(error);
    match error {
        rusqlite::Error::SqliteFailure(cause, _)
        | rusqlite::Error::SqlInputError { error: cause, .. } => match cause.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                StoreError::Corrupt { path, detail }
            }
            ErrorCode::DiskFull => StoreError::Full { path },
            // Also a quota, or a limit on the size of files: SQLite tells them from a broken disk as little as we do.
            ErrorCode::SystemIoFailure => {
                let detail =
                    format!("{detail}: is the disk full, over a quota, read-only or broken?");
                StoreError::Other { path, detail }
            }
            ErrorCode::ReadOnly => StoreError::ReadOnly { path },
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                StoreError::CannotOpen { path, detail }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy { path },
            _ => StoreError::Other { path, detail },
        },
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => StoreError::Corrupt { path, detail },
        _ => StoreError::Other { path, detail },
    }
}

/// Whether a row was refused because another one has the same key.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|cause| {
        cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            || cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    })
}

/// SQLite's message without the statement, on one line.
fn describe(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string().replace('\n', " "),
    }
}
