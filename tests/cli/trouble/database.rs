//! A database file that cannot be used.

use std::process::Command;
use std::time::Duration;

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

/// Runs `tandem --once` where files may grow to so many blocks: EFBIG, as beyond a quota. A full disk proper (ENOSPC)
/// would need a file system of its own, and with it rights that a test should not have.
fn limited_to(stage: &Stage, blocks: u32) -> String {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    stage.transcript_of(&[("--once", 1), ("--once --json", 1)], |args| {
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_tandem")]).args(args);
        stage.at_home(&mut command);
        command
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_room_for_it() {
    let stage = in_step().await;
    let writes = stage.writes();
    insta::assert_snapshot!(limited_to(&stage, 0));
    assert_eq!(stage.writes(), writes);
    stage.transcript(&[("--once", 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_room_ends_in_the_middle_of_a_cycle() {
    let stage = Stage::new().await;
    stage.transcript(&[("--once", 0)]);
    let titles: Vec<String> = (1..=100).map(|n| format!("Issue {n} {}", "x".repeat(200))).collect();
    stage.seed(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    insta::assert_snapshot!(limited_to(&stage, 300));
    // What was perhaps made may appear for two minutes, counted from when a run knows that its answer is lost.
    for _ in 0..2 {
        stage.world.advance(Duration::from_secs(180));
        stage.transcript(&[("--once", 0)]);
    }
    assert_eq!(stage.world.notion(|notion, _| notion.pages(stage.tasks.1).len()), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_results() {
    let stage = in_step().await;
    for line in ["--once", "check", "status", "history --json", "--once --json"] {
        let mut command = stage.command(&line.split(' ').collect::<Vec<_>>());
        let full = std::fs::File::create("/dev/full").unwrap();
        let told = Told::from(command.stdout(full).output().unwrap());
        assert_eq!(told.code, 1, "{line}: {}", told.all());
        assert!(told.stderr.contains("stdout: No space left"), "{line}: {}", told.all());
    }
}
