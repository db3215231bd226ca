//! The house rules that a reader of one file cannot see: which room may know which.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::fs;
use std::path::{Path, PathBuf};

/// Rust files under `src/<room>` that are not tests.
fn files(room: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                walk(&path, found);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
    if path.is_dir() {
        walk(&path, &mut found);
    } else {
        found.push(path.with_extension("rs"));
    }
    assert!(!found.is_empty(), "no room {room}");
    found
}

/// The code of a file: without its tests and without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn forbid(rooms: &[&str], words: &[&str]) {
    for room in rooms {
        for path in files(room) {
            let code = code(&path);
            for word in words {
                assert!(!code.contains(word), "{} may not say `{word}`", path.display());
            }
        }
    }
}

#[test]
fn the_pure_rooms_know_nothing_else_of_ours_and_do_nothing() {
    forbid(
        &["model", "merge", "body"],
        &[
            "crate::store",
            "crate::remote",
            "crate::github::",
            "crate::notion::",
            "crate::config",
            "crate::cli",
            "crate::sim",
            "crate::clock",
            "std::fs",
            "std::net",
            "std::env",
            "tokio",
            "Instant::now",
            "Utc::now",
            "SystemTime",
            "panic!",
            ".unwrap()",
            ".expect(",
        ],
    );
}

/// Every room but the stand-ins, without these.
fn all_but(but: &[&'static str]) -> Vec<&'static str> {
    let mut rooms = vec![
        "model", "merge", "body", "config", "clock", "store", "remote", "github", "notion",
        "engine", "daemon", "cli",
    ];
    rooms.retain(|room| !but.contains(room));
    rooms
}

#[test]
fn only_the_store_speaks_sql() {
    forbid(&all_but(&["store"]), &["rusqlite", "SELECT ", "INSERT INTO"]);
}

#[test]
fn only_the_clock_reads_time() {
    forbid(&all_but(&["clock"]), &["Instant::now", "Utc::now", "SystemTime::now", "Local::now"]);
}

#[test]
fn only_the_engine_can_obtain_what_mutates() {
    // `remote` is where a permit is made of.
    forbid(&all_but(&["engine"]), &["Permit::grant("]);
}

#[test]
fn the_adapters_do_not_know_each_other_and_nobody_below_the_command_line_prints() {
    forbid(&["github"], &["crate::notion", "crate::store", "crate::cli"]);
    forbid(&["notion"], &["crate::github", "crate::store", "crate::cli"]);
    forbid(&["remote"], &["crate::github", "crate::notion", "crate::store", "crate::cli"]);
    forbid(&["store"], &["crate::github", "crate::notion", "crate::remote", "crate::cli"]);
    forbid(&["engine"], &["crate::cli", "crate::daemon", "https://", "serde_json::json"]);
    forbid(
        &["daemon"],
        &["crate::store", "crate::github", "crate::notion", "crate::remote", "crate::cli"],
    );
    forbid(&all_but(&["cli"]), &["println!", "eprintln!", "print!("]);
}

#[test]
fn the_stand_ins_judge_bodies_without_the_lens() {
    forbid(&["sim"], &["crate::body", "pulldown_cmark"]);
}

#[test]
fn what_we_ship_does_not_lean_on_the_stand_ins() {
    // The demo, in `cli`, is there to show them.
    forbid(&all_but(&["cli"]), &["crate::sim::"]);
}
