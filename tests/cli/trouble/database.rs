//! A database file that cannot be used.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use rusqlite::Connection;
use tandem::store::Lock;

use crate::stage::{Stage, Told};

/// A pair in step.
async fn in_step() -> Stage {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    stage.transcript(&[("--once", 0)]);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tandem_has_it() {
    let stage = in_step().await;
    let _other = Lock::take(&stage.database()).unwrap();
    let lines = [("check", 0), ("--once", 6), ("--once --json", 6)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_has_it_locked() {
    let stage = in_step().await;
    let stranger = Connection::open(stage.database()).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    insta::assert_snapshot!(stage.transcript(&[("--once", 1), ("--once --json", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_damaged() {
    let stage = Stage::new().await;
    std::fs::write(stage.database(), "a letter and no database at all. ".repeat(200)).unwrap();
    insta::assert_snapshot!(stage.transcript(&[("check", 1), ("--once", 1), ("--once --json", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_tandem_wrote_it() {
    let stage = in_step().await;
    let newer = Connection::open(stage.database()).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    insta::assert_snapshot!(stage.transcript(&[("check", 1), ("--once", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_wrote_it() {
    let stage = Stage::new().await;
    let other = Connection::open(stage.database()).unwrap();
    other.execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    drop(other);
    insta::assert_snapshot!(stage.transcript(&[("check", 1), ("--once", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_directory_is_not_there_or_it_is_one() {
    let stage = Stage::new().await;
    stage.edit_config("/tandem.db", "/nowhere/tandem.db");
    let missing = stage.transcript(&[("check", 1), ("--once", 1)]);
    stage.edit_config("/nowhere/tandem.db", "");
    let directory = stage.transcript(&[("check", 1), ("--once", 1)]);
    insta::assert_snapshot!(format!("{missing}\n\n{directory}"));
}

/// SQLite's log is `/dev/full`, so the very first write finds no room: ENOSPC, as on a full disk. The database has the
/// mode of that device first, because SQLite, when root, gives its log the mode of the database.
#[tokio::test(flavor = "multi_thread")]
async fn its_disk_is_full() {
    let stage = in_step().await;
    let mode = std::fs::metadata("/dev/full").unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(stage.database(), Permissions::from_mode(mode)).unwrap();
    symlink("/dev/full", stage.database().with_extension("db-wal")).unwrap();
    let writes = stage.writes();
    insta::assert_snapshot!(stage.transcript(&[("--once", 1), ("--once --json", 1)]));
    assert_eq!(stage.writes(), writes);
}

/// A limit on the size of files, as a quota has: EFBIG in the middle of a cycle, and not ENOSPC.
#[tokio::test(flavor = "multi_thread")]
async fn it_may_not_grow() {
    let stage = Stage::new().await;
    stage.transcript(&[("--once", 0)]);
    let titles: Vec<String> = (1..=100).map(|n| format!("Issue {n} {}", "x".repeat(200))).collect();
    stage.seed(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let tandem = stage.command(&[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" --once"]);
    limited.arg(tandem.get_program()).current_dir(stage.dir.path());
    limited.envs(tandem.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let told = Told::from(limited.output().unwrap());
    assert_eq!(told.code, 1, "{}", told.all());
    assert!(told.stdout.contains("is the disk full"), "{}", told.all());
    stage.transcript(&[("--once", 0)]);
    assert_eq!(stage.world.notion(|notion, _| notion.pages(stage.tasks.1).len()), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_results() {
    let stage = in_step().await;
    for line in ["--once", "check", "status", "history", "--once --json"] {
        let mut command = stage.command(&line.split(' ').collect::<Vec<_>>());
        let full = std::fs::File::create("/dev/full").unwrap();
        let told = Told::from(command.stdout(full).output().unwrap());
        assert_eq!(told.code, 1, "{line}: {}", told.all());
        assert!(told.stderr.contains("stdout: No space left"), "{line}: {}", told.all());
    }
}
