//! `tandem check`: everything that can be known to be wrong before the first cycle, all at once.

use std::path::PathBuf;

use super::Exit;
use super::connect::{ConnectError, Readers, connect};
use crate::config::{Config, Env, NotionUser, SyncConfig, UserLink, find_config};
use crate::model::{NotionUserId, Side, Sides, Users};
use crate::notion::{Remembered, User, resolve};
use crate::remote::{Patience, RemoteError};

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    problems: usize,
    exit: Option<Exit>,
    /// Sides that are out of reach: said once, and not asked again.
    out_of_reach: Sides<bool>,
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
        self.out_of_reach[side] |= Exit::of(error) == Exit::Unreachable;
        self.problem(Exit::of(error), &format!("{what}: {error}"));
    }
}

/// Runs the command.
pub(super) async fn run(path: Option<PathBuf>, env: &Env) -> Exit {
    let config = match find_config(path, env) {
        Ok(path) => Config::load(&path, env).map_err(|problems| problems.to_string()),
        Err(missing) => Err(missing.to_string()),
    };
    let config = match config {
        Ok(config) => config,
        Err(message) => return fail(Exit::BadConfig, &message),
    };
    let patience = Patience::at_most(config.safety.max_wait);
    let readers = match connect(&config, env, &patience) {
        Ok(readers) => readers,
        Err(error @ ConnectError::Secrets(_)) => return fail(Exit::BadConfig, &error.to_string()),
        Err(error @ ConnectError::Transport(_)) => return fail(Exit::Failed, &error.to_string()),
        Err(ConnectError::Remote(error)) => return fail(Exit::of(&error), &error.to_string()),
    };
    let findings = look(&config, &readers).await;
    report(&config, &findings);
    findings.exit.unwrap_or(Exit::Done)
}

#[expect(clippy::print_stderr, reason = "the command line is the one place that prints")]
fn fail(exit: Exit, message: &str) -> Exit {
    eprintln!("{message}");
    exit
}

#[expect(clippy::print_stdout, reason = "the command line is the one place that prints")]
fn report(config: &Config, findings: &Findings) {
    println!("{}", config.path.display());
    for line in &findings.lines {
        println!("  {line}");
    }
    match findings.problems {
        0 => println!("No problem found."),
        1 => println!("1 problem found."),
        n => println!("{n} problems found."),
    }
}

async fn look(config: &Config, readers: &Readers) -> Findings {
    let mut findings = Findings::default();
    match readers.github.viewer().await {
        Ok(login) => findings.good(format!("GitHub token: signed in as {login}")),
        Err(error) => findings.remote(Side::GitHub, "GitHub token", &error),
    }
    match readers.notion.me().await {
        Ok(bot) => findings.good(format!("Notion token: connection \"{}\"", bot.name)),
        Err(error) => findings.remote(Side::Notion, "Notion token", &error),
    }
    let users = people(&config.users, readers, &mut findings).await;
    for sync in &config.syncs {
        look_at_sync(sync, &users, readers, &mut findings).await;
    }
    findings
}

/// Logins tied to Notion users. E-mails are looked up only when the config names one.
async fn people(links: &[UserLink], readers: &Readers, findings: &mut Findings) -> Users {
    let by_email = links.iter().any(|link| matches!(link.notion, NotionUser::Email(_)));
    let known = if by_email && !findings.out_of_reach.notion {
        readers.notion.users().await.unwrap_or_else(|error| {
            findings.remote(Side::Notion, "[users] by e-mail", &error);
            Vec::new()
        })
    } else {
        Vec::new()
    };
    let mut users = Users::default();
    for link in links {
        match find_user(&link.notion, &known) {
            Some(id) => users.link(link.login.clone(), id),
            None if known.is_empty() => {}
            None => findings.problem(
                Exit::BadConfig,
                &format!("[users] {}: no member of the workspace has this e-mail", link.login),
            ),
        }
    }
    users
}

fn find_user(wanted: &NotionUser, known: &[User]) -> Option<NotionUserId> {
    match wanted {
        NotionUser::Id(id) => Some(*id),
        NotionUser::Email(email) => known
            .iter()
            .find(|user| user.email.as_ref().is_some_and(|e| e.eq_ignore_ascii_case(email)))
            .map(|user| user.id),
    }
}

async fn look_at_sync(sync: &SyncConfig, users: &Users, readers: &Readers, out: &mut Findings) {
    for repo in &sync.repositories {
        if out.out_of_reach.github {
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
    if out.out_of_reach.notion {
        return;
    }
    let what = format!("sync `{}`, data source", sync.name);
    let source = match readers.notion.source(sync.data_source).await {
        Ok(source) => source,
        Err(error) => return out.remote(Side::Notion, &what, &error),
    };
    out.good(format!("{what} \"{}\"", source.title));
    match resolve(sync, &source, &Remembered::new(), users) {
        Ok(mapping) => {
            for (field, why) in &mapping.broken {
                out.problem(
                    Exit::BadConfig,
                    &format!("sync `{}`, field {field}: {why}", sync.name),
                );
            }
        }
        Err(problems) => {
            for problem in problems {
                out.problem(Exit::BadConfig, &format!("sync `{}`: {problem}", sync.name));
            }
        }
    }
}
