//! One cycle of every sync, one after another. A sync that fails does not stop the others.

use super::Exit;
use crate::config::SyncConfig;
use crate::engine::{Order, Report, Services, run_cycle};
use crate::store::{Cycle, Store, StoreError};

/// Beside the counts of a cycle: what kept it from being whole.
pub(super) const PROBLEMS: &str = "problems";

/// What became of one sync.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its cycle ran.
    Ran(Box<Report>),
    /// The database failed under it.
    Broke {
        /// The sync.
        sync: String,
        /// What failed.
        error: StoreError,
    },
    /// A signal came before its turn.
    Skipped {
        /// The sync.
        sync: String,
    },
}

/// What became of every sync, in the order of the config.
#[derive(Debug)]
pub(super) struct Round {
    /// One for each sync.
    pub(super) outcomes: Vec<Outcome>,
    /// Whether a signal ended it before everything was done.
    pub(super) halted: bool,
}

/// Runs one cycle of every sync: the whole work of `run --once` and `plan`, and of one tick of the daemon.
pub(super) async fn run_round(
    services: &Services,
    store: &Store,
    syncs: &[SyncConfig],
    order: &Order<'_>,
) -> Round {
    let mut outcomes = Vec::with_capacity(syncs.len());
    for sync in syncs {
        let name = sync.name.clone();
        outcomes.push(if order.halt.is_asked() {
            Outcome::Skipped { sync: name }
        } else {
            let ran = run_cycle(services, store, sync, order).await;
            match ran.and_then(|report| note_problems(store, report)) {
                Ok(report) => Outcome::Ran(Box::new(report)),
                Err(error) => Outcome::Broke { sync: name, error },
            }
        });
    }
    Round { outcomes, halted: order.halt.is_asked() }
}

/// Adds to what the database knows of a cycle why it was not whole, so that `status` can tell.
fn note_problems(store: &Store, report: Report) -> Result<Report, StoreError> {
    if report.problems.is_empty() {
        return Ok(report);
    }
    let sync = store.sync_id(&report.sync)?;
    let last = sync.map_or(Ok(Vec::new()), |sync| store.last_cycles(sync, 1))?.pop();
    if let Some(Cycle { id, end: Some(mut end), .. }) = last
        && let Some(counts) = end.counts.as_object_mut()
    {
        let messages = report.problems.iter().map(|problem| problem.message.as_str());
        counts.insert(PROBLEMS.to_owned(), messages.collect());
        store.transaction(|tx| tx.end_cycle(id, &end))?;
    }
    Ok(report)
}

impl Outcome {
    /// What it means for the run.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Outcome::Ran(report) => Exit::of_report(report),
            Outcome::Broke { error, .. } => Exit::of_store(error),
            Outcome::Skipped { .. } => Exit::Failed,
        }
    }

    /// The sync.
    pub(super) fn sync(&self) -> &str {
        match self {
            Outcome::Ran(report) => &report.sync,
            Outcome::Broke { sync, .. } | Outcome::Skipped { sync } => sync,
        }
    }

    /// In one word, for people.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Outcome::Ran(report) => report.outcome(),
            Outcome::Broke { .. } => "failed",
            Outcome::Skipped { .. } => "skipped",
        }
    }
}

impl Round {
    /// What all of it means for the run.
    pub(super) fn exit(&self) -> Exit {
        let start = if self.halted { Exit::Failed } else { Exit::Done };
        self.outcomes.iter().fold(start, |exit, outcome| exit.first(outcome.exit()))
    }
}
