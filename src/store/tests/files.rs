//! The file itself: made, opened again, refused with a remedy, never rebuilt.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{issue, new_pair, write};
use crate::store::{Lock, Store, StoreError, migrations};

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    (directory, path)
}

/// A closed database with `pairs` pairs.
fn database(path: &Path, pairs: u64) {
    let store = Store::open(path).unwrap();
    write(&store, |tx| {
        let sync = tx.ensure_sync("app")?;
        for number in 1..=pairs {
            tx.insert_pair(&new_pair(sync, &format!("acme/app#{number}"), number))?;
        }
        Ok(())
    });
}

/// Opening fails, says where and what to do, and leaves every byte as it was.
fn refusal(path: &Path) -> StoreError {
    let before = fs::read(path).unwrap();
    let error = Store::open(path).unwrap_err();
    assert!(error.to_string().contains(&path.canonicalize().unwrap().display().to_string()));
    assert_eq!(fs::read(path).unwrap(), before, "the file was changed");
    error
}

fn schema(connection: &Connection) -> Vec<String> {
    let sql = "SELECT type || ' ' || name FROM sqlite_schema
               WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
    let mut select = connection.prepare(sql).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn version(connection: &Connection) -> u32 {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn a_new_database_is_up_to_date_and_private() {
    let (_directory, path) = directory();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.run(|connection| Ok(version(connection))).unwrap(), migrations::newest());
    #[cfg(unix)]
    for name in ["tandem.db", "tandem.db-wal"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn every_commit_is_durable_and_every_reference_checked() {
    let (_directory, path) = directory();
    let store = Store::open(&path).unwrap();
    let pragma = |name: &str| {
        store
            .run(|connection| {
                connection
                    .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            })
            .unwrap()
    };
    assert_eq!(pragma("synchronous"), 2.into());
    assert_eq!(pragma("foreign_keys"), 1.into());
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
}

#[test]
fn what_was_written_is_there_when_the_file_is_opened_again() {
    let (_directory, path) = directory();
    database(&path, 3);
    let store = Store::open(&path).unwrap();
    let sync = store.sync_id("app").unwrap().unwrap();
    assert_eq!(store.count_pairs(sync).unwrap().linked, 3);
    store.check_integrity().unwrap();
}

#[test]
fn an_empty_file_becomes_a_database() {
    let (_directory, path) = directory();
    fs::write(&path, "").unwrap();
    Store::open(&path).unwrap();
}

#[test]
fn migration_1_makes_every_table() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..1]).unwrap();
    assert_eq!(version(&connection), 1);
    insta::assert_snapshot!(schema(&connection).join("\n"), @r"
    index cycle_sync
    index history_item
    index history_page
    index history_pair
    index hold_pair
    index pair_issue
    index pair_issue_id
    index pair_page
    index pair_sync
    table base
    table brake
    table cache
    table cursor
    table cycle
    table history
    table history_size
    table hold
    table in_flight
    table intent
    table pair
    table pending
    table release
    table sync
    trigger history_grows
    trigger history_never_changes
    trigger history_shrinks
    ");
}

#[test]
fn a_write_in_flight_before_migration_3_is_one_whose_other_side_is_not_known() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..2]).unwrap();
    let before = "PRAGMA foreign_keys = OFF;
                  INSERT INTO in_flight VALUES (1, 'github', 'body', '\"a\"', '\"b\"')";
    connection.execute_batch(before).unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..3]).unwrap();
    assert_eq!(version(&connection), 3);
    let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<String>>(0);
    let other = connection.query_row("SELECT other_value FROM in_flight", [], read).unwrap();
    assert_eq!(other, None);
}

#[test]
fn a_write_in_flight_before_migration_4_was_sent_nobody_knows_when() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..3]).unwrap();
    let before = "PRAGMA foreign_keys = OFF;
                  INSERT INTO in_flight VALUES (1, 'github', 'title', '\"a\"', '\"b\"', NULL)";
    connection.execute_batch(before).unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..4]).unwrap();
    assert_eq!(version(&connection), 4);
    let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<i64>>(0);
    let sent_at = connection.query_row("SELECT sent_at FROM in_flight", [], read).unwrap();
    assert_eq!(sent_at, None);
}

#[test]
fn a_write_in_flight_before_migration_5_is_no_half_of_a_merge() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..4]).unwrap();
    let before = "PRAGMA foreign_keys = OFF;
                  INSERT INTO in_flight VALUES (1, 'github', 'body', '\"a\"', '\"b\"', '\"c\"', 7)";
    connection.execute_batch(before).unwrap();
    migrations::apply(&mut connection, &migrations::ALL[..5]).unwrap();
    assert_eq!(version(&connection), 5);
    let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<String>>(0);
    let half = connection.query_row("SELECT half_value FROM in_flight", [], read).unwrap();
    assert_eq!(half, None);
}

#[test]
fn every_table_is_strict() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations::apply(&mut connection, &migrations::ALL).unwrap();
    let sql = "SELECT name FROM pragma_table_list
               WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
    let mut select = connection.prepare(sql).unwrap();
    let loose: Vec<String> =
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(loose.is_empty(), "{loose:?}");
}

#[test]
fn migrating_twice_is_migrating_once_and_a_failed_step_leaves_no_trace() {
    let mut connection = Connection::open_in_memory().unwrap();
    let first = "CREATE TABLE a (x INTEGER) STRICT";
    migrations::apply(&mut connection, &[first]).unwrap();
    migrations::apply(&mut connection, &[first]).unwrap();
    let broken = "CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (y INTEGER) STRICT";
    migrations::apply(&mut connection, &[first, broken]).unwrap_err();
    assert_eq!(version(&connection), 1);
    assert_eq!(schema(&connection), ["table a"]);
    migrations::apply(&mut connection, &[first, "CREATE TABLE b (x INTEGER) STRICT"]).unwrap();
    assert_eq!((version(&connection), schema(&connection).len()), (2, 2));
}

#[test]
fn a_database_of_a_newer_tandem_is_refused_untouched() {
    let (_directory, path) = directory();
    database(&path, 1);
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let known = migrations::newest();
    let error = refusal(&path);
    assert!(
        matches!(error, StoreError::Newer { found: 99, known: k, .. } if k == known),
        "{error}"
    );
    assert!(matches!(Store::open_read_only(&path).unwrap_err(), StoreError::Newer { .. }));
}

#[test]
fn a_database_of_another_program_is_refused_untouched() {
    let (_directory, path) = directory();
    for sql in ["CREATE TABLE bookmarks (url TEXT)", "PRAGMA user_version = 1"] {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        assert!(matches!(refusal(&path), StoreError::NotOurs { .. }), "{sql}");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let (_directory, path) = directory();
    for bytes in [b"database = \"tandem.db\"\n".repeat(50), vec![0x5a; 8192], vec![0; 8192]] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(refusal(&path), StoreError::Corrupt { .. }));
    }
}

#[test]
fn a_file_cut_short_is_refused_untouched() {
    let (_directory, path) = directory();
    database(&path, 500);
    let whole = fs::read(&path).unwrap();
    for part in [100, 5000, whole.len() / 2, whole.len() - 4096] {
        fs::write(&path, &whole[..part]).unwrap();
        assert!(matches!(refusal(&path), StoreError::Corrupt { .. }), "{part} bytes");
    }
}

#[test]
fn a_page_overwritten_in_the_middle_is_found_when_read_or_checked() {
    let (_directory, path) = directory();
    database(&path, 2000);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let store = Store::open(&path).unwrap();
    assert!(matches!(store.check_integrity().unwrap_err(), StoreError::Corrupt { .. }));
}

#[test]
fn a_value_that_cannot_be_read_is_damage_and_is_not_repeated_in_the_message() {
    let (_directory, path) = directory();
    database(&path, 1);
    let store = Store::open(&path).unwrap();
    let sync = store.sync_id("app").unwrap().unwrap();
    store.run(|connection| connection.execute("UPDATE pair SET page = 'my secret'", [])).unwrap();
    let error = store.pair_by_issue(sync, &issue("acme/app#1")).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn a_full_disk_is_named_and_nothing_half_written_stays() {
    let (_directory, path) = directory();
    database(&path, 1);
    let store = Store::open(&path).unwrap();
    let sync = store.sync_id("app").unwrap().unwrap();
    let limit = |pages: u32| {
        store
            .run(|connection| {
                connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            })
            .unwrap();
    };
    limit(1);
    let fill = || {
        store.transaction(|tx| {
            for number in 2..2000 {
                tx.insert_pair(&new_pair(sync, &format!("acme/app#{number}"), number))?;
            }
            Ok(())
        })
    };
    let error = fill().unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(store.count_pairs(sync).unwrap().linked, 1);
    limit(100_000);
    fill().unwrap();
    assert_eq!(store.count_pairs(sync).unwrap().linked, 1999);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let (directory, _) = directory();
    let missing = directory.path().join("var/tandem.db");
    for error in [
        Store::open(&missing).unwrap_err(),
        Store::open_read_only(&missing).unwrap_err(),
        Lock::take(&missing).unwrap_err(),
        Store::open(Path::new("")).unwrap_err(),
        Store::open(directory.path()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
    }
}

#[cfg(unix)]
fn allow(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Whether permissions mean nothing to this user; says so.
#[cfg(unix)]
fn may_write_everywhere(forbidden: &Path) -> bool {
    let may = fs::File::options().write(true).open(forbidden).is_ok();
    if may {
        let _ = writeln!(io::stderr(), "SKIPPED: this user may write everywhere (root)");
    }
    may
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_named() {
    let (_directory, path) = directory();
    database(&path, 1);
    allow(&path, 0o400);
    if !may_write_everywhere(&path) {
        assert!(matches!(refusal(&path), StoreError::ReadOnly { .. }));
    }
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_is_named() {
    let (directory, path) = directory();
    database(&path, 1);
    let elsewhere = directory.path().join("new.db");
    let forbidden = directory.path().join("forbidden");
    fs::write(&forbidden, "").unwrap();
    allow(&forbidden, 0o400);
    if may_write_everywhere(&forbidden) {
        return;
    }
    allow(directory.path(), 0o500);
    let existing = refusal(&path);
    let (new, lock) = (Store::open(&elsewhere).unwrap_err(), Lock::take(&elsewhere).unwrap_err());
    allow(directory.path(), 0o700);
    assert!(matches!(existing, StoreError::ReadOnly { .. }), "{existing}");
    assert!(matches!(new, StoreError::CannotOpen { .. }), "{new}");
    assert!(matches!(lock, StoreError::CannotOpen { .. }), "{lock}");
}

#[test]
fn a_reader_sees_what_the_writer_committed_and_may_not_write() {
    let (_directory, path) = directory();
    let writer = Store::open(&path).unwrap();
    let reader = Store::open_read_only(&path).unwrap();
    let sync = write(&writer, |tx| {
        let sync = tx.ensure_sync("app")?;
        tx.insert_pair(&new_pair(sync, "acme/app#1", 1))?;
        assert_eq!(reader.sync_id("app")?, None, "seen before it was committed");
        Ok(sync)
    });
    assert!(reader.pair_by_issue(sync, &issue("acme/app#1")).unwrap().is_some());
    let error = reader.transaction(|tx| tx.ensure_sync("other")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn a_reader_makes_no_file_and_migrates_none() {
    let (_directory, path) = directory();
    assert!(matches!(Store::open_read_only(&path).unwrap_err(), StoreError::CannotOpen { .. }));
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    assert!(matches!(
        Store::open_read_only(&path).unwrap_err(),
        StoreError::Older { found: 0, .. }
    ));
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn a_lock_of_another_program_is_named() {
    let (_directory, path) = directory();
    database(&path, 1);
    let store = Store::open(&path).unwrap();
    let stranger = Connection::open(&path).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.transaction(|tx| tx.ensure_sync("other")).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    stranger.execute_batch("ROLLBACK").unwrap();
    write(&store, |tx| tx.ensure_sync("other"));
}

#[test]
fn one_tandem_at_a_time_and_the_other_one_is_told_who() {
    let (_directory, path) = directory();
    let first = Lock::take(&path).unwrap();
    let me = std::process::id();
    let error = Lock::take(&path).unwrap_err();
    assert!(matches!(error, StoreError::InUse { pid: Some(pid), .. } if pid == me), "{error}");
    assert!(error.to_string().contains(&me.to_string()));
    drop(first);
    Lock::take(&path).unwrap();
}

#[test]
fn a_lock_file_with_anything_in_it_is_only_a_lock_file() {
    let (_directory, path) = directory();
    let lock = path.with_file_name("tandem.db.lock");
    fs::write(&lock, "not a number, and long ".repeat(1000)).unwrap();
    let held = fs::File::options().write(true).open(&lock).unwrap();
    held.try_lock().unwrap();
    assert!(matches!(Lock::take(&path).unwrap_err(), StoreError::InUse { pid: None, .. }));
    drop(held);
    let _lock = Lock::take(&path).unwrap();
    assert_eq!(fs::read_to_string(&lock).unwrap(), format!("{}\n", std::process::id()));
}

#[cfg(unix)]
#[test]
fn a_link_is_no_way_around_the_lock() {
    let (directory, path) = directory();
    database(&path, 0);
    let link = directory.path().join("other.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let _lock = Lock::take(&path).unwrap();
    assert!(matches!(Lock::take(&link).unwrap_err(), StoreError::InUse { .. }));
}

#[test]
fn a_scratch_copy_has_everything_and_what_is_written_to_it_never_reaches_the_file() {
    let (directory, path) = directory();
    database(&path, 3);
    let _lock = Lock::take(&path).unwrap();
    let daemon = Store::open(&path).unwrap();
    let sync = daemon.sync_id("app").unwrap().unwrap();
    write(&daemon, |tx| tx.insert_pair(&new_pair(sync, "acme/app#4", 4)));

    let scratch = Store::open_scratch(&path).unwrap();
    assert_eq!(scratch.count_pairs(sync).unwrap().linked, 4, "the daemon's last commit is in it");
    write(&scratch, |tx| tx.insert_pair(&new_pair(sync, "acme/app#5", 5)));
    write(&daemon, |tx| tx.insert_pair(&new_pair(sync, "acme/app#6", 6)));

    assert!(daemon.pair_by_issue(sync, &issue("acme/app#5")).unwrap().is_none());
    assert!(scratch.pair_by_issue(sync, &issue("acme/app#6")).unwrap().is_none());
    drop((scratch, daemon));
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the database and its lock: {names:?}");
}

#[test]
fn a_scratch_copy_of_no_file_is_an_empty_database_and_makes_no_file() {
    let (_directory, path) = directory();
    let scratch = Store::open_scratch(&path).unwrap();
    write(&scratch, |tx| tx.ensure_sync("app"));
    assert_eq!(scratch.syncs().unwrap().len(), 1);
    assert!(!path.exists());
}

#[test]
fn a_scratch_copy_of_a_strangers_file_is_refused() {
    let (_directory, path) = directory();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(Store::open_scratch(&path), Err(StoreError::NotOurs { .. })));
    fs::write(&path, "this is a letter, not a database, and longer than a header".repeat(9))
        .unwrap();
    assert!(matches!(Store::open_scratch(&path), Err(StoreError::Corrupt { .. })));
}
