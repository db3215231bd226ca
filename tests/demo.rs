//! `tandem demo`, as a user runs it: the built binary, with nothing but loopback.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::io::{self, Write as _};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

fn demo(args: &[&str]) -> Output {
    // No token, no config, no home: nothing of the machine is needed.
    Command::new(env!("CARGO_BIN_EXE_tandem"))
        .arg("demo")
        .args(args)
        .env_clear()
        .env("TMPDIR", std::env::temp_dir())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The document of a demo that went well.
fn document(args: &[&str]) -> Json {
    let output = demo(args);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}{}", text(&output.stderr));
    serde_json::from_str(&stdout).unwrap()
}

fn cycle<'a>(document: &'a Json, purpose: &str) -> &'a Json {
    let cycles = document["cycles"].as_array().unwrap();
    cycles.iter().find(|cycle| cycle["purpose"] == purpose).unwrap()
}

fn writes(cycle: &Json) -> u64 {
    cycle["github"]["writes"].as_u64().unwrap() + cycle["notion"]["writes"].as_u64().unwrap()
}

/// What must be true of every demo, whatever it began with.
fn holds(document: &Json) {
    let issues = document["issues"].as_u64().unwrap();
    let import = cycle(document, "import");
    assert_eq!(import["github"]["writes"], 0, "{document:#}");
    assert_eq!(import["notion"]["writes"].as_u64().unwrap(), issues, "one write for each page");
    for quiet in ["nothing happened", "still nothing", "compare everything"] {
        assert_eq!(writes(cycle(document, quiet)), 0, "{quiet}");
    }
    // What costs nothing: one read of each side, GitHub's answered 304.
    let idle = cycle(document, "still nothing");
    assert_eq!((&idle["github"]["reads"], &idle["notion"]["reads"]), (&1.into(), &1.into()));
    assert_eq!(idle["github"]["not_modified"], 1);
    assert!(document["edits"].as_array().unwrap().len() >= 10);
    assert_eq!(document["agreement"]["differences"], Json::Array(Vec::new()));
}

#[test]
fn the_demo_tells_a_story_in_which_every_claim_holds() {
    let output = demo(&[]);
    let story = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{story}{}", text(&output.stderr));
    assert!(story.ends_with("Everything held.\n"), "{story}");
    for part in [
        "54 issues and 54 pages",
        "look-alike",
        "in its own spelling",
        "an option of 100",
        "who is not in [users]",
        "compared everything: 0 writes",
        "acme/app has no issue type `Epic`",
        "a property for each of 13 fields, and a page's content for the body",
        "changed, and in them only the box and the word",
        "the very same blocks",
        "changed, no other byte",
        "and quietly",
    ] {
        assert!(story.contains(part), "{part}: {story}");
    }
    assert!(!story.contains("FAIL"), "{story}");
}

#[test]
fn the_demo_as_a_document_has_the_stand_ins_own_counts() {
    holds(&document(&["--json"]));
}

#[test]
fn what_is_kept_is_a_config_and_a_database_that_a_second_demo_does_not_touch() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kept");
    let kept = document(&["--json", "--keep", path.to_str().unwrap()]);
    let config = PathBuf::from(kept["kept"].as_str().unwrap());
    assert!(config.is_file() && path.join("tandem.db").is_file());
    let log = std::fs::read_to_string(path.join("tandem.log")).unwrap();
    assert!(log.contains("request") && log.contains("item=acme/app#"), "{log}");
    assert!(!log.contains("demo-token"), "a token in the log (I17)");
    let before = std::fs::read(path.join("tandem.db")).unwrap();
    let again = demo(&["--keep", path.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stdout));
    assert!(text(&again.stderr).contains("--keep"), "{}", text(&again.stderr));
    assert_eq!(std::fs::read(path.join("tandem.db")).unwrap(), before);
}

#[test]
fn a_file_that_holds_no_issues_ends_with_2_and_names_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("issues.jsonl");
    std::fs::write(&path, "{\"number\": 1, \"title\": \"fine\"}\n<html>\n").unwrap();
    let output = demo(&["--issues", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.contains("issues.jsonl, line 2"), "{message}");
    let output = demo(&["--json", "--issues", path.to_str().unwrap()]);
    let document: Json = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(document["exit"], 2);
}

#[test]
fn with_serve_the_stand_ins_go_on_and_check_finds_nothing_wrong() {
    let mut serving = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(["demo", "--serve"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let config = lines.map_while(Result::ok).find_map(|line| {
        let config = line.trim().strip_prefix("tandem check --config ")?;
        Some(config.to_owned())
    });
    let config = config.unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(["check", "--config", &config])
        .output()
        .unwrap();
    serving.kill().unwrap();
    serving.wait().unwrap();
    std::fs::remove_dir_all(Path::new(&config).parent().unwrap()).unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stdout));
}

#[test]
fn real_issues_of_every_shape_arrive_whole_and_the_second_cycle_writes_nothing() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(entries) = std::fs::read_dir(&dir) else {
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: {} is not there, so no real issues were tried",
            dir.display()
        );
        return;
    };
    let is_issues = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("issues-") && name.ends_with(".jsonl.gz")
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(is_issues).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no issues", dir.display());
    for file in files {
        holds(&document(&["--json", "--issues", file.to_str().unwrap()]));
    }
}
