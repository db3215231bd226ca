//! `tandem release --plan DIGEST`: lets go the very plan that the brake stopped (I8).

use serde::Serialize;

use super::output::{Out, print_document};
use super::round::{Outcome, Round};
use super::{Context, Exit, Failure, has_database, plan, render};
use crate::config::{Config, SyncConfig};
use crate::engine::Scope;
use crate::store::{Lock, Store, StoreError};

/// The one document of the command.
#[derive(Debug, Serialize)]
struct Document<'a> {
    exit: u8,
    digest: &'a str,
    released: &'a [String],
}

/// A brake that is on: the sync, and what to release.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    sync: String,
    digest: String,
}

/// Runs the command.
pub(super) async fn run(digest: &str, context: &Context<'_>) -> Result<Exit, Failure> {
    let config = context.config()?;
    let mut shown = recorded(&config)?;
    if shown.iter().all(|brake| brake.digest != digest) {
        // `tandem plan` writes nothing down, so a brake that only it has met is looked for by planning again.
        let round = plan::plan(Scope::Changes, &config, context).await?;
        shown = planned(&round);
        if shown.iter().all(|brake| brake.digest != digest) {
            return Err(no_such_plan(digest, &shown, &round));
        }
    }
    let syncs: Vec<String> =
        shown.into_iter().filter(|brake| brake.digest == digest).map(|brake| brake.sync).collect();
    let store = open_beside_a_daemon(&config)?;
    store.transaction(|tx| {
        for sync in &syncs {
            tx.put_release(tx.ensure_sync(sync)?, digest)?;
        }
        Ok(())
    })?;
    if context.json {
        let exit = Exit::Done;
        let document = Document { exit: exit.code(), digest, released: &syncs };
        return print_document(&document, exit);
    }
    let mut out = Out::stdout();
    for sync in &syncs {
        out.line(format_args!(
            "sync `{sync}`: plan {digest} is released; the next cycle carries it out if it is still the same"
        ));
    }
    out.close(Exit::Done)
}

/// The brakes that the last cycles of the configured syncs left on.
fn recorded(config: &Config) -> Result<Vec<Shown>, StoreError> {
    if !has_database(config) {
        return Ok(Vec::new());
    }
    let store = match Store::open_read_only(&config.database) {
        Ok(store) => store,
        // What an older tandem left on is found by planning.
        Err(StoreError::Older { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut shown = Vec::new();
    for SyncConfig { name, .. } in &config.syncs {
        let Some(sync) = store.sync_id(name)? else { continue };
        if let Some(brake) = store.brake(sync)? {
            shown.push(Shown { sync: name.clone(), digest: brake.digest });
        }
    }
    Ok(shown)
}

/// The brakes that are on in a plan made now.
fn planned(round: &Round) -> Vec<Shown> {
    let brakes = round.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Ran(report) => report
            .brake
            .as_ref()
            .map(|brake| Shown { sync: report.sync.clone(), digest: brake.digest.clone() }),
        Outcome::Broke { .. } | Outcome::Skipped { .. } => None,
    });
    brakes.collect()
}

/// A release is one row in one transaction, which SQLite keeps apart from those of a running daemon; but only whoever
/// has the lock may migrate the file.
fn open_beside_a_daemon(config: &Config) -> Result<Store, StoreError> {
    match Lock::take(&config.database) {
        Ok(_until_opened) => Store::open(&config.database),
        Err(StoreError::InUse { .. }) => {
            Store::open_read_only(&config.database)?;
            Store::open(&config.database)
        }
        Err(error) => Err(error),
    }
}

/// None of the brakes that are on has this digest, which is bad usage, unless a sync could not be planned.
fn no_such_plan(digest: &str, shown: &[Shown], round: &Round) -> Failure {
    let mut message = format!("no brake shows the plan {digest} now");
    if shown.is_empty() {
        message.push_str("; no brake is on");
    }
    for brake in shown {
        let release = render::release_of(&brake.digest);
        message.push_str(&format!("\n  sync `{}`: {release}", brake.sync));
    }
    for outcome in &round.outcomes {
        match outcome {
            Outcome::Ran(report) => {
                for problem in &report.problems {
                    let why = &problem.message;
                    message.push_str(&format!("\n  sync `{}`: no plan: {why}", report.sync));
                }
            }
            Outcome::Broke { sync, error } => {
                message.push_str(&format!("\n  sync `{sync}`: no plan: {error}"));
            }
            Outcome::Skipped { .. } => {}
        }
    }
    message
        .push_str("\n  help: `tandem plan` shows what would be written and the digest to release");
    Failure::new(Exit::BadConfig, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Brake, Report};

    #[test]
    fn a_digest_nobody_shows_is_refused_with_those_that_are_shown() {
        let mut braked = Report::new("app");
        braked.brake = Some(Brake { digest: "aaaa".into(), reasons: vec![] });
        let round = Round { outcomes: vec![Outcome::Ran(Box::new(braked))], halted: false };
        let failure = no_such_plan("bbbb", &planned(&round), &round);
        assert_eq!(failure.exit, Exit::BadConfig);
        insta::assert_snapshot!(failure.message, @r"
        no brake shows the plan bbbb now
          sync `app`: tandem release --plan aaaa
          help: `tandem plan` shows what would be written and the digest to release
        ");
    }
}
