//! The config file and the environment, read into a checked [`Config`].
//!
//! Reading goes from the declared to the resolved to the checked: the file is parsed with the place of every value, every
//! section is read with its defaults, and everything that is wrong is collected, so that one run of `tandem check` shows
//! all of it. Secrets are not read here: the config holds [`SecretRef`]s, and no message quotes what may be a token (I17).

mod body;
mod crontab;
mod diagnostics;
mod digest;
mod duration;
mod env;
mod fields;
mod filter;
mod find;
mod reader;
mod redact;
mod schedule;
mod secret;
mod services;
mod source;
mod sync;
#[cfg(test)]
mod tests;
mod users;
mod vocabulary;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub use body::BodyConfig;
pub use diagnostics::{Diagnostic, Diagnostics};
pub use env::Env;
pub use fields::{FieldConfig, StateConfig, StateOptions};
pub use filter::{Filter, StateFilter};
pub use find::{NoConfig, find_config};
pub use schedule::{Schedule, ScheduleError};
pub use secret::{SecretError, SecretRef};
pub use services::{Daemon, GitHub, GitHubAuth, Notion, Safety};
pub use source::Position;
pub use sync::SyncConfig;
pub use users::{NotionUser, UserLink};

use diagnostics::Complaint;
use reader::{Problems, Section};
use source::Source;

/// No config is longer; a larger file is not one.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A config file with nothing wrong in it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from.
    pub path: PathBuf,
    /// The database file. A relative path counts from the current directory.
    pub database: PathBuf,
    /// When the daemon works.
    pub daemon: Daemon,
    /// How to reach GitHub.
    pub github: GitHub,
    /// How to reach Notion.
    pub notion: Notion,
    /// What keeps a cycle from doing too much.
    pub safety: Safety,
    /// Who is who, in the order of the logins.
    pub users: Vec<UserLink>,
    /// The syncs, at least one, in the order of the file.
    pub syncs: Vec<SyncConfig>,
}

impl Config {
    /// Reads and checks a file. Of the environment only the directories that systemd names are used.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn load(path: &Path, env: &Env) -> Result<Config, Diagnostics> {
        let text = read_file(path).map_err(|problem| {
            let nowhere = Diagnostic {
                at: None,
                key: String::new(),
                problem,
                accepted: None,
                hint: None,
                excerpt: None,
            };
            Diagnostics::new(path, vec![nowhere])
        })?;
        Config::parse(&text, path, env)
    }

    /// Reads and checks the text of a file; `path` is what messages call it.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn parse(text: &str, path: &Path, env: &Env) -> Result<Config, Diagnostics> {
        let source = Source::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(Diagnostics::new(path, syntax_errors(source, &errors)));
        }
        let mut problems = Problems::new(source);
        let root = Section::root(&document, &mut problems);
        let database = services::database(&root, env, &mut problems);
        let daemon = services::daemon(&root, &mut problems);
        let github = services::github(&root, &mut problems);
        let notion = services::notion(&root, &mut problems);
        let safety = services::safety(&root, &mut problems);
        let users = users::read(root.entry("users"), &mut problems);
        let syncs = sync::read_all(&root, &mut problems);
        reader::refuse_tokens(document.get_ref(), "", &mut problems);
        match (daemon, github, notion, safety, problems.into_found()) {
            (Some(daemon), Some(github), Some(notion), Some(safety), found) if found.is_empty() => {
                Ok(Config {
                    path: path.to_owned(),
                    database,
                    daemon,
                    github,
                    notion,
                    safety,
                    users,
                    syncs,
                })
            }
            (_, _, _, _, found) => Err(Diagnostics::new(path, found)),
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the config file could not be read: {error}");
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("the config file is larger than 1 MiB, which no config is".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        format!("the config file is not text in UTF-8 (line {line})")
    })
}

/// One problem for each line the parser stumbled over; what follows on the same line is its echo. The parser's own
/// messages are fixed texts; its display would quote the line (crates §7).
fn syntax_errors(source: Source<'_>, errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        let at = source.position(offset);
        if found.iter().any(|there| there.at.is_some_and(|there| there.line == at.line)) {
            continue;
        }
        let is_in_list = error.message().contains("array");
        let mut complaint = Complaint::new(format!("this is not TOML: {}", error.message()));
        if is_in_list {
            complaint =
                complaint.hint("look for a `[` that is not closed, here or in a line above");
        }
        let Complaint { problem, accepted, hint, unseen: _ } = complaint;
        let excerpt = source.syntax_excerpt(offset, vocabulary::is_harmless);
        let key = source.key_of_line(offset, vocabulary::is_known).unwrap_or_default();
        found.push(Diagnostic {
            at: Some(at),
            key: key.to_owned(),
            problem,
            accepted,
            hint,
            excerpt,
        });
        // In a list that is never closed every line that follows is one more mistake.
        if is_in_list {
            break;
        }
    }
    found
}
