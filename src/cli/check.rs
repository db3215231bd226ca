//! `tandem check`: everything that can be known to be wrong before the first cycle, all at once.

use serde::Serialize;

use super::connect::{Readers, connect};
use super::output::{Out, print_document};
use super::{Context, Exit, Failure, has_database};
use crate::config::{Config, NotionUser, SyncConfig, UserLink};
use crate::engine::{link_up, remembered};
use crate::model::{Side, Sides, Users};
use crate::notion::{Remembered, resolve};
use crate::remote::{Patience, RemoteError};
use crate::store::{Store, StoreError};

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    problems: usize,
    exit: Option<Exit>,
    /// Sides that are out of reach or refuse the token: said once, and not asked again.
    is_shut: Sides<bool>,
}

impl Findings {
    fn good(&mut self, text: String) {
        self.lines.push(format!("ok       {text}"));
    }

    fn problem(&mut self, exit: Exit, text: &str) {
        self.problems += 1;
        self.lines.push(format!("problem  {text}"));
        self.exit = Some(self.exit.map_or(exit, |so_far| so_far.first(exit)));
    }

    fn remote(&mut self, side: Side, what: &str, error: &RemoteError) {
        self.is_shut[side] |= Exit::of(error) == Exit::Unreachable;
        let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        self.problem(Exit::of(error), &format!("{what}: {error}{advice}"));
    }

    /// Without a token that side refuses everything else, too.
    fn token(&mut self, side: Side, error: &RemoteError) {
        self.remote(side, &format!("{side} token"), error);
        self.is_shut[side] = true;
    }
}

/// The one document of the command.
#[derive(Debug, Serialize)]
struct Document<'a> {
    exit: u8,
    config: String,
    problems: usize,
    findings: &'a [String],
}

/// Runs the command.
pub(super) async fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let config = context.config()?;
    let patience = Patience::at_most(config.safety.max_wait);
    let readers = connect(&config, context.env, &patience)?;
    let findings = look(&config, &readers).await;
    let exit = findings.exit.unwrap_or(Exit::Done);
    if context.json {
        let document = Document {
            exit: exit.code(),
            config: config.path.display().to_string(),
            problems: findings.problems,
            findings: &findings.lines,
        };
        return print_document(&document, exit);
    }
    let mut out = Out::stdout();
    out.line(config.path.display());
    for line in &findings.lines {
        out.line(format_args!("  {line}"));
    }
    match findings.problems {
        0 => out.line("No problem found."),
        1 => out.line("1 problem found."),
        n => out.line(format_args!("{n} problems found.")),
    }
    out.close(exit)
}

async fn look(config: &Config, readers: &Readers) -> Findings {
    let mut findings = Findings::default();
    let store = look_at_database(config, &mut findings);
    match readers.github.viewer().await {
        Ok(login) => findings.good(format!("GitHub token: signed in as {login}")),
        Err(error) => findings.token(Side::GitHub, &error),
    }
    match readers.notion.me().await {
        Ok(bot) => findings.good(format!("Notion token: connection \"{}\"", bot.name)),
        Err(error) => findings.token(Side::Notion, &error),
    }
    let users = people(&config.users, readers, &mut findings).await;
    for sync in &config.syncs {
        let known = store.as_ref().map_or(Ok(Remembered::new()), |store| remembered(store, sync));
        let known = known.unwrap_or_else(|error| {
            findings.problem(Exit::of_store(&error), &error.to_string());
            Remembered::new()
        });
        look_at_sync(sync, &known, &users, readers, &mut findings).await;
    }
    findings
}

/// The database, when there is one that can be read. It is not changed, and not made.
fn look_at_database(config: &Config, findings: &mut Findings) -> Option<Store> {
    let path = config.database.display();
    let opened = if has_database(config) {
        Store::open_read_only(&config.database).map(Some)
    } else {
        // Looks whether there could be one.
        Store::open_scratch(&config.database).map(|_| None)
    };
    match opened {
        Ok(Some(store)) => {
            findings.good(format!("database {path}"));
            Some(store)
        }
        Ok(None) => {
            findings.good(format!("database {path}: the first cycle makes it"));
            None
        }
        Err(StoreError::Older { .. }) => {
            findings.good(format!("database {path}: the next cycle brings it up to date"));
            None
        }
        Err(error) => {
            findings.problem(Exit::of_store(&error), &error.to_string());
            None
        }
    }
}

/// Logins tied to Notion users. E-mails are looked up only when the config names one.
async fn people(links: &[UserLink], readers: &Readers, findings: &mut Findings) -> Users {
    let by_email = links.iter().any(|link| matches!(link.notion, NotionUser::Email(_)));
    let mut members = Vec::new();
    let mut asked = false;
    if by_email && !findings.is_shut.notion {
        match readers.notion.users().await {
            Ok(found) => (members, asked) = (found, true),
            Err(error) => findings.remote(Side::Notion, "[users] by e-mail", &error),
        }
    }
    let (users, unknown) = link_up(links, &members);
    for login in unknown.iter().filter(|_| asked) {
        findings.problem(
            Exit::BadConfig,
            &format!(
                "[users] {login}: no member of the workspace has this e-mail; correct it, or write the person's user id (guests are found by id only)"
            ),
        );
    }
    users
}

async fn look_at_sync(
    sync: &SyncConfig,
    known: &Remembered,
    users: &Users,
    readers: &Readers,
    out: &mut Findings,
) {
    for repo in &sync.repositories {
        if out.is_shut.github {
            break;
        }
        let what = format!("sync `{}`, repository {repo}", sync.name);
        match readers.github.missing_permissions(repo).await {
            Ok(missing) if missing.is_empty() => out.good(what),
            Ok(missing) => {
                for problem in missing {
                    out.problem(Exit::NoAccess, &format!("{what}: {problem}"));
                }
            }
            Err(error) => out.remote(Side::GitHub, &what, &error),
        }
    }
    if out.is_shut.notion {
        return;
    }
    let what = format!("sync `{}`, data source", sync.name);
    let source = match readers.notion.source(sync.data_source).await {
        Ok(source) => source,
        Err(error) => return out.remote(Side::Notion, &what, &error),
    };
    out.good(format!("{what} \"{}\"", source.title));
    match resolve(sync, &source, known, users) {
        // A cycle holds these fields and does the rest.
        Ok(mapping) => mapping.broken.values().for_each(|why| out.problem(Exit::Held, why)),
        Err(problems) => {
            problems.iter().for_each(|problem| out.problem(Exit::BadConfig, &problem.message));
        }
    }
}
