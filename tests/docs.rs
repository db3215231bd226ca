//! The documents say what is so: their configs parse, their commands exist, their messages and their demo are the tool's
//! own, and what they point to is there.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clap::Parser;
use tandem::cli::{Cli, Exit};
use tandem::config::{Config, Env};
use tandem::model::{ConflictPolicy, CreatePolicy, Field, PropertyKind, Side};

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if found == language {
                blocks.push(inside.join("\n"));
            }
        }
    }
    blocks
}

/// What stands between backticks outside of fenced blocks, line by line.
fn spans(text: &str) -> Vec<String> {
    let mut in_block = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    });
    prose.flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// The rows of the table under a heading, as cells.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, below) = text.split_once(&format!("{heading}\n")).unwrap();
    let rows = below.lines().take_while(|line| !line.starts_with('#'));
    let rows = rows.filter(|line| line.starts_with("| ")).skip(1);
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// Our own command in a line of shell, if there is one: without `sudo`, variables and redirections.
fn our_command(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next().unwrap_or_default().split('>').next().unwrap_or_default();
    let line = line
        .trim()
        .replace("cargo run --release -- ", "tandem ")
        .replace("cargo run -- ", "tandem ");
    let line = line.replace("[ITEM]", "acme/app#7");
    let mut words =
        line.split_whitespace().skip_while(|word| *word == "sudo" || word.contains('='));
    (words.next()?.rsplit('/').next() == Some("tandem"))
        .then(|| std::iter::once("tandem").chain(words).map(str::to_owned).collect())
}

#[test]
fn every_config_in_the_readme_is_one() {
    let configs = blocks(&read("README.md"), "toml");
    assert!(!configs.is_empty());
    for text in configs {
        let parsed = Config::parse(&text, Path::new("README.md"), &Env::default());
        assert!(parsed.is_ok(), "{}", parsed.unwrap_err());
    }
}

#[test]
fn the_defaults_the_readme_names_are_the_defaults() {
    let readme = read("README.md");
    let text = blocks(&readme, "toml").remove(0);
    let config = Config::parse(&text, Path::new("README.md"), &Env::default()).unwrap();
    let sync = &config.syncs[0];
    assert_eq!((config.safety.brake_percent, config.safety.brake_floor), (30, 10));
    assert!(readme.contains("more than 30 % of the pairs (and in more than 10)"));
    assert_eq!(config.safety.max_wait, Duration::from_secs(120));
    assert!(readme.contains("`safety.max_wait` in all (2 minutes)"));
    assert_eq!(sync.settle, Duration::from_secs(120));
    assert!(readme.contains("`settle` (2 minutes, by Notion's clock)"));
    assert_eq!((sync.conflict, sync.tie), (ConflictPolicy::Newest, Side::GitHub));
    assert_eq!(sync.create, CreatePolicy::Both);
    assert_eq!(config.notion.requests_per_minute, 180);
}

#[test]
fn every_command_in_the_documents_is_understood() {
    let mut seen = BTreeSet::new();
    for name in DOCUMENTS {
        let text = read(name);
        let mut lines: Vec<String> = spans(&text);
        for language in ["sh", "crontab"] {
            let inside = blocks(&text, language);
            lines.extend(inside.iter().flat_map(|block| block.lines()).map(|line| {
                // The five fields of a crontab.
                let is_cron = line.starts_with(|c: char| c == '*' || c.is_ascii_digit());
                if is_cron {
                    line.splitn(6, ' ').last().unwrap().to_owned()
                } else {
                    line.to_owned()
                }
            }));
        }
        for command in lines.iter().filter_map(|line| our_command(line)) {
            let understood = Cli::try_parse_from(&command);
            assert!(understood.is_ok(), "{name}: {command:?}: {}", understood.unwrap_err());
            seen.extend(command.get(1).cloned());
        }
    }
    for command in ["run", "plan", "release", "status", "history", "check", "demo"] {
        assert!(seen.contains(command), "no document shows `tandem {command}`");
    }
}

#[test]
fn the_table_of_fields_is_that_of_the_code() {
    let rows = table(&read("README.md"), "## Fields");
    for field in Field::ALL {
        let name = format!("`{field}`");
        let row = rows
            .iter()
            .find(|row| row[0].contains(&name))
            .unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(row[1], if field.is_githubs_own() { "to Notion" } else { "both" }, "{name}");
        let accepted: Vec<&str> =
            PropertyKind::accepted_by(field).iter().map(PropertyKind::as_api).collect();
        assert_eq!(row[2], accepted.join(", "), "{name}");
    }
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_code() {
    let rows = table(&read("README.md"), "### Exit codes");
    let told: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let all = [
        Exit::Done,
        Exit::Failed,
        Exit::BadConfig,
        Exit::Held,
        Exit::Braked,
        Exit::NoAccess,
        Exit::InUse,
        Exit::Unreachable,
    ];
    assert_eq!(told, all.map(|exit| exit.code().to_string()));
}

#[test]
fn the_messages_under_troubleshooting_are_the_tools_own() {
    let source = source();
    let rows = table(&read("README.md"), "## Troubleshooting");
    assert!(rows.len() >= 15, "{rows:#?}");
    for row in rows {
        for message in
            spans(&row[0]).into_iter().filter(|span| our_command(span).is_none() && span != "check")
        {
            for part in message.split("...").map(str::trim).filter(|part| !part.is_empty()) {
                assert!(
                    source.contains(part),
                    "README quotes `{part}`, which no message says (any more)"
                );
            }
        }
    }
}

/// All our code, with texts that go on over a line's end in one piece.
fn source() -> String {
    fn gather(dir: &Path, all: &mut String) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, all);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                all.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut all = String::new();
    gather(&root().join("src"), &mut all);
    let mut pieces = all.split("\\\n");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |joined, piece| joined + piece.trim_start())
}

#[test]
fn what_the_readme_shows_of_the_demo_is_what_it_prints() {
    let shown = blocks(&read("README.md"), "text").remove(0);
    let output = Command::new(env!("CARGO_BIN_EXE_tandem")).arg("demo").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut printed_lines = printed.lines();
    for line in shown.lines().filter(|line| *line != "...") {
        // In the same order, too.
        assert!(
            printed_lines.any(|printed| printed == line),
            "README shows {line:?}, and the demo prints\n{printed}"
        );
    }
}

#[test]
fn whatever_the_documents_point_to_is_there() {
    for name in DOCUMENTS {
        let text = read(name);
        let anchors: BTreeSet<String> =
            text.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            match link.strip_prefix('#') {
                Some(wanted) => assert!(anchors.contains(wanted), "{name} links to #{wanted}"),
                None => assert!(
                    link.starts_with("https://") || root().join(link).exists(),
                    "{name} links to {link}"
                ),
            }
        }
        for span in spans(&text) {
            let is_path = ["src/", "tests/", "systemd/", "benches/"]
                .iter()
                .any(|folder| span.starts_with(folder));
            if is_path && !span.contains(['*', ' ']) {
                assert!(root().join(&span).exists(), "{name} names {span}");
            }
        }
    }
}

#[test]
fn the_architecture_names_every_file_of_the_engine_and_no_other() {
    let text = read("ARCHITECTURE.md");
    let (_, below) = text.split_once("## The engine, file by file\n").unwrap();
    let (above_the_table, _) = below.split_once("\n| ").unwrap();
    let rows = table(&text, "## The engine, file by file");
    let mut named: BTreeSet<String> = rows.iter().flat_map(|row| spans(&row[1])).collect();
    let others = spans(above_the_table).into_iter().filter(|span| !span.contains('/'));
    named.extend(others);
    let files = fs::read_dir(root().join("src/engine")).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = files
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|file| file != "mod")
        .collect();
    assert_eq!(named, files);
}

/// As GitHub makes one of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
