//! Which issues the demo begins with: the bundled ones, or a file in GitHub's own shape, one JSON object a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use crate::model::{IssueRef, RepoName};

/// Our own text: a made-up studio's issues, with what is hard to carry over among them.
const SAMPLE: &str = include_str!("sample.jsonl");
/// Assigned in the bundled issues, and no member of the Notion workspace.
const SAMPLE_GUEST: &str = "visiting-potter";
/// Where issues live whose file does not say.
const DEFAULT_REPOSITORY: &str = "acme/app";
/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most a file may hold once unpacked (I14).
const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// The most issues and pull requests a file may hold (I14).
const MAX_ISSUES: usize = 100_000;

/// Issues to begin with.
#[derive(Debug, Clone)]
pub(super) struct Issues {
    /// Where they live.
    pub(super) repository: RepoName,
    /// One JSON object each, in GitHub's shape.
    pub(super) lines: Vec<String>,
    /// The latest time any of them names: the stand-ins' clocks start after it.
    pub(super) newest: Option<DateTime<Utc>>,
    /// Assignees who are members of the Notion workspace, in the order of their folded logins.
    pub(super) members: Vec<String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadFile {
    /// It cannot be read.
    #[error("--issues {path}: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A line is not an issue.
    #[error(
        "--issues {path}, line {line}: not an issue as GitHub's REST API writes them, one JSON object a line: {why}"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing in it.
    #[error("--issues {path}: there is no issue in it")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is too much in it.
    #[error("--issues {path}: more than {MAX_ISSUES} issues or {} MiB; cut it down", MAX_BYTES >> 20)]
    TooMuch {
        /// The file.
        path: PathBuf,
    },
}

/// What of a line has to be known beforehand.
#[derive(Debug, Deserialize)]
struct Glimpse {
    html_url: Option<String>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    assignees: Vec<Account>,
    #[serde(default)]
    timeline: Vec<Happened>,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Happened {
    created_at: Option<DateTime<Utc>>,
}

impl Issues {
    /// The bundled ones.
    pub(super) fn bundled() -> Result<Issues, BadFile> {
        let mut issues = Issues::collect(SAMPLE.as_bytes(), Path::new("(bundled)"))?;
        issues.members.retain(|login| login != SAMPLE_GUEST);
        Ok(issues)
    }

    /// Those of a file, plain or gzipped, whatever its name.
    pub(super) fn read(path: &Path) -> Result<Issues, BadFile> {
        let failed = |error| BadFile::Read { path: path.to_owned(), error };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        if file.fill_buf().map_err(failed)?.starts_with(&GZIP) {
            Issues::collect(BufReader::new(MultiGzDecoder::new(file)), path)
        } else {
            Issues::collect(file, path)
        }
    }

    fn collect(text: impl BufRead, path: &Path) -> Result<Issues, BadFile> {
        let mut text = text.take(MAX_BYTES);
        let mut lines = Vec::new();
        let mut repository = None;
        let mut newest = None;
        let mut members = BTreeMap::new();
        for number in 1.. {
            let mut line = String::new();
            let read = text.read_line(&mut line);
            let read = read.map_err(|error| BadFile::Read { path: path.to_owned(), error })?;
            if text.limit() == 0 || lines.len() == MAX_ISSUES && read > 0 {
                return Err(BadFile::TooMuch { path: path.to_owned() });
            }
            if read == 0 {
                break;
            }
            if line.trim().is_empty() {
                continue;
            }
            let glimpse: Glimpse = serde_json::from_str(&line).map_err(|error| BadFile::Line {
                path: path.to_owned(),
                line: number,
                why: error.to_string(),
            })?;
            newest = newest.max(glimpse.newest());
            repository = repository.or_else(|| {
                glimpse.html_url.as_deref().and_then(IssueRef::from_html_url).map(|at| at.repo)
            });
            for Account { login } in glimpse.assignees {
                members.entry(login.to_lowercase()).or_insert(login);
            }
            lines.push(line);
        }
        if lines.is_empty() {
            return Err(BadFile::Empty { path: path.to_owned() });
        }
        let repository = repository.or_else(|| DEFAULT_REPOSITORY.parse().ok());
        let repository = repository.ok_or_else(|| BadFile::Empty { path: path.to_owned() })?;
        Ok(Issues { repository, lines, newest, members: members.into_values().collect() })
    }
}

impl Glimpse {
    fn newest(&self) -> Option<DateTime<Utc>> {
        let events = self.timeline.iter().map(|event| event.created_at);
        [self.created_at, self.updated_at, self.closed_at].into_iter().chain(events).flatten().max()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn collected(text: &str) -> Result<Issues, BadFile> {
        Issues::collect(text.as_bytes(), Path::new("issues.jsonl"))
    }

    #[test]
    fn the_bundled_issues_can_be_read_and_hold_what_is_hard_to_carry_over() {
        let issues = Issues::bundled().unwrap();
        assert_eq!(issues.repository.as_str(), "acme/app");
        assert!(!issues.members.iter().any(|login| login == SAMPLE_GUEST));
        let lines: Vec<serde_json::Value> =
            issues.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let count = |test: &dyn Fn(&serde_json::Value) -> bool| {
            lines.iter().filter(|line| test(line)).count()
        };
        let label = |line: &serde_json::Value, test: &dyn Fn(&str) -> bool| {
            let labels = line["labels"].as_array().unwrap();
            labels.iter().any(|label| test(label["name"].as_str().unwrap()))
        };
        let is_pull = |line: &serde_json::Value| line.get("pull_request").is_some();
        assert!(count(&|line| !is_pull(line)) >= 50);
        assert!(count(&is_pull) >= 5);
        assert!(count(&|line| label(line, &|name| name.contains(','))) > 0, "a comma");
        assert!(count(&|line| label(line, &|name| name == "Bug")) > 0, "another case");
        assert!(count(&|line| label(line, &|name| name == "bug")) > 0, "another case");
        assert!(count(&|line| label(line, &|name| name.contains('\u{1F525}'))) > 0, "an emoji");
        for reason in ["completed", "not_planned", "duplicate"] {
            assert!(count(&|line| line["state_reason"] == reason) > 0, "{reason}");
        }
        let title = |line: &serde_json::Value, key: &str| {
            line[key]["title"]
                .as_str()
                .or_else(|| line[key].as_str())
                .unwrap_or_default()
                .to_owned()
        };
        assert!(count(&|line| title(line, "milestone").len() > 100) > 0, "a long milestone");
        assert!(
            count(&|line| title(line, "title").contains(|c| ('\u{590}'..'\u{600}').contains(&c)))
                > 0,
            "right to left"
        );
        assert!(count(&|line| line.to_string().contains(SAMPLE_GUEST)) > 0, "a guest");
        assert!(count(&|line| line["user"].is_null()) > 0, "a deleted account");
    }

    #[test]
    fn a_gzipped_file_is_known_by_its_content_not_its_name() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let line = r#"{"number":3,"title":"t","html_url":"https://github.com/o/r/issues/3"}"#;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(line.as_bytes()).unwrap();
        for bytes in [gzip.finish().unwrap(), line.as_bytes().to_vec()] {
            std::fs::write(&path, bytes).unwrap();
            let issues = Issues::read(&path).unwrap();
            assert_eq!(issues.repository.as_str(), "o/r");
            assert_eq!(issues.lines, [line]);
        }
    }

    #[test]
    fn the_repository_the_newest_time_and_the_members_come_from_the_lines() {
        let issues = collected(concat!(
            r#"{"html_url":null,"created_at":"2026-01-01T00:00:00Z","assignees":[{"login":"Mona"}]}"#,
            "\n\n",
            r#"{"html_url":"https://github.com/o/r/pull/3","assignees":[{"login":"mona"},{"login":"Bo"}],"timeline":[{"created_at":"2027-01-01T00:00:00Z"}]}"#,
        ))
        .unwrap();
        assert_eq!(issues.repository.as_str(), "o/r");
        assert_eq!(issues.members, ["Bo", "Mona"]);
        assert_eq!(issues.newest.unwrap().to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(collected("{}").unwrap().repository.as_str(), DEFAULT_REPOSITORY);
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_with_its_line() {
        let error = collected("{}\nnonsense\n").unwrap_err().to_string();
        assert!(error.starts_with("--issues issues.jsonl, line 2: not an issue"), "{error}");
        assert!(matches!(collected("\n \n"), Err(BadFile::Empty { .. })));
        let missing = Issues::read(Path::new("no-such-file")).unwrap_err().to_string();
        assert!(missing.contains("no-such-file"), "{missing}");
    }
}
