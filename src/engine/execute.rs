//! The writes of one cycle, in bounded parallel: a failed pair is recorded and skipped, the others go on.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, stream};
use uuid::Uuid;

use super::case::Case;
use super::fresh::{self, Making};
use super::ground::Ground;
use super::make::make;
use super::order::{Halt, Progress};
use super::report::{Counts, Problem};
use super::settle::{Done, Hands, settle};
use super::trouble::Trouble;
use crate::merge::{FreshPlan, PairPlan};
use crate::model::{ItemRef, Side, Sides};
use crate::remote::RemoteError;
use crate::store::{Intent, Pending, StoreError};

/// So many pairs are worked on at once: more than the rate budget can use while answers take a second.
const PARALLEL: usize = 12;
/// The intents of so many creates are written down together: one fsync for all (§6).
const WAVE: usize = 25;
/// So many failures in a row, on one side, are an outage.
const OUTAGE_AFTER: u32 = 3;

/// One piece of work.
pub(super) enum Job {
    /// A pair that is not in step, with the plan the brake has seen.
    Pair(Box<Case>, PairPlan),
    /// A new item.
    Make(Box<Making>),
}

/// What the execution came to.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) counts: Counts,
    pub(super) problems: Vec<Problem>,
    pub(super) failed: Vec<Pending>,
    /// Some jobs were not begun, so that the cursors must not move (I9).
    pub(super) cut_short: bool,
}

/// Does every job, as far as both sides allow.
pub(super) async fn execute(
    ground: &Ground<'_>,
    hands: &Hands,
    jobs: Vec<Job>,
    halt: &Halt,
    progress: &dyn Progress,
) -> Result<Ran, Trouble> {
    let crew = Crew {
        ground,
        hands,
        halt,
        state: Mutex::new(State { intents: intents(ground, &jobs), ..State::default() }),
    };
    progress.begin(&ground.config.name, jobs.len());
    let work = stream::iter(jobs)
        .map(|job| {
            let ready = crew.prepare(&job);
            let crew = &crew;
            async move {
                if ready {
                    crew.work(job).await;
                }
                progress.advance();
            }
        })
        .buffer_unordered(PARALLEL)
        .collect::<()>();
    work.await;
    progress.end();
    crew.end()
}

/// An intent per new item, in the order of the jobs.
fn intents(ground: &Ground<'_>, jobs: &[Job]) -> Vec<Intent> {
    let makings = jobs.iter().filter_map(|job| match job {
        Job::Make(making) => Some(making),
        Job::Pair(..) => None,
    });
    let intents = makings.filter_map(|making| {
        let FreshPlan::Create { on, .. } = &making.plan else { return None };
        Some(Intent {
            uuid: making.uuid,
            sync: ground.sync,
            target: *on,
            source: making.source.item(),
            digest: String::new(),
            at: chrono::DateTime::UNIX_EPOCH,
            missed: false,
        })
    });
    let mut intents: Vec<Intent> = intents.collect();
    // Taken from the end.
    intents.reverse();
    intents
}

struct Crew<'c, 'a> {
    ground: &'c Ground<'a>,
    hands: &'c Hands,
    halt: &'c Halt,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ran: Ran,
    /// Not written down yet, the next one last.
    intents: Vec<Intent>,
    /// Written down, and not sent yet.
    unsent: BTreeSet<Uuid>,
    in_a_row: Sides<u32>,
    stopped: bool,
    broken: Option<StoreError>,
}

impl Crew<'_, '_> {
    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_stopped(&self) -> bool {
        self.halt.is_asked() || self.with(|state| state.stopped || state.broken.is_some())
    }

    /// Writes down the next wave of intents when this job needs one; false when the job is not to be begun.
    fn prepare(&self, job: &Job) -> bool {
        if self.is_stopped() {
            self.with(|state| state.ran.cut_short = true);
            return false;
        }
        match job {
            Job::Pair(..) => true,
            Job::Make(making) => {
                self.with(|state| state.unsent.contains(&making.uuid)) || self.write_wave()
            }
        }
    }

    fn write_wave(&self) -> bool {
        let mut wave: Vec<Intent> = self.with(|state| {
            let rest = state.intents.len().saturating_sub(WAVE);
            state.intents.split_off(rest)
        });
        for intent in &mut wave {
            // Known by now: both sides were listed.
            let now = self.ground.services.server_now(intent.target);
            intent.at = now.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        }
        let written = self
            .ground
            .store
            .transaction(|tx| wave.iter().try_for_each(|intent| tx.put_intent(intent)));
        self.with(|state| match written {
            Ok(()) => {
                state.unsent.extend(wave.iter().map(|intent| intent.uuid));
                true
            }
            Err(error) => {
                state.broken.get_or_insert(error);
                state.ran.cut_short = true;
                false
            }
        })
    }

    async fn work(&self, job: Job) {
        match job {
            Job::Pair(mut case, plan) => {
                let attempts = case.pending;
                match settle(self.ground, self.hands, &mut case, &plan).await {
                    Ok(done) => self.succeeded(done),
                    Err(Trouble::Remote { what, error }) => {
                        let again = retry(self.ground, &case.item(), attempts, &error);
                        self.failed(&case.item(), again, Trouble::Remote { what, error });
                    }
                    Err(trouble) => self.failed(&case.item(), None, trouble),
                }
            }
            Job::Make(making) => {
                self.with(|state| state.unsent.remove(&making.uuid));
                let item = making.source.item();
                let target = making.source.side().other();
                // What was perhaps made may still appear: that is waiting, not failing.
                let unclear = |error: &RemoteError| match error {
                    RemoteError::Unclear { .. } | RemoteError::Nonsense { .. } => {
                        let since = self.ground.services.server_now(target)?;
                        Some(fresh::unclear(self.ground, &item, target, since))
                    }
                    RemoteError::Transient { .. }
                    | RemoteError::Limited { .. }
                    | RemoteError::Auth { .. }
                    | RemoteError::Gone { .. }
                    | RemoteError::Moved { .. }
                    | RemoteError::Missing { .. }
                    | RemoteError::Refused { .. } => None,
                };
                match make(self.ground, self.hands, *making).await {
                    Ok(()) => self.with(|state| {
                        state.ran.counts.created[target] += 1;
                        state.in_a_row = Sides::default();
                    }),
                    Err(Trouble::Remote { what, error }) => {
                        let again =
                            unclear(&error).or_else(|| retry(self.ground, &item, None, &error));
                        self.failed(&item, again, Trouble::Remote { what, error });
                    }
                    Err(trouble) => self.failed(&item, None, trouble),
                }
            }
        }
    }

    fn succeeded(&self, done: Done) {
        self.with(|state| {
            state.in_a_row = Sides::default();
            for side in Side::BOTH {
                state.ran.counts.updated[side] += u64::from(done.updated[side]);
            }
            state.ran.counts.unlinked += u64::from(done.unlinked);
        });
    }

    /// Records a failure where it can be tried again; several in a row on one side are an outage.
    fn failed(&self, item: &ItemRef, again: Option<Pending>, trouble: Trouble) {
        let (what, error) = match trouble {
            Trouble::Remote { what, error } => (what, error),
            Trouble::Store(error) => {
                return self.with(|state| {
                    state.broken.get_or_insert(error);
                });
            }
            Trouble::Problems(problems) => {
                return self.with(|state| {
                    state.stopped = true;
                    state.ran.problems.extend(problems);
                });
            }
        };
        tracing::warn!(%item, %error, "failed; the others go on");
        self.with(|state| {
            if let Some(side) = at_fault(&error) {
                state.in_a_row[side] += 1;
                if error.stops_the_side() || state.in_a_row[side] >= OUTAGE_AFTER {
                    if !state.stopped {
                        state.ran.problems.push(Problem::remote(&what, &error));
                    }
                    state.stopped = true;
                }
            }
            state.ran.failed.extend(again);
        });
    }

    /// Forgets the intents that were surely never sent.
    fn end(self) -> Result<Ran, Trouble> {
        let ground = self.ground;
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.broken {
            return Err(error.into());
        }
        if !state.unsent.is_empty() {
            ground.store.transaction(|tx| {
                state.unsent.iter().try_for_each(|uuid| tx.drop_intent(ground.sync, *uuid))
            })?;
        }
        Ok(state.ran)
    }
}

/// The side that is perhaps out of reach as a whole.
fn at_fault(error: &RemoteError) -> Option<Side> {
    match error {
        RemoteError::Transient { side, .. }
        | RemoteError::Limited { side, .. }
        | RemoteError::Unclear { side, .. }
        | RemoteError::Auth { side, .. }
        | RemoteError::Nonsense { side, .. } => Some(*side),
        RemoteError::Gone { .. }
        | RemoteError::Moved { .. }
        | RemoteError::Missing { .. }
        | RemoteError::Refused { .. } => None,
    }
}

/// The row that brings a failed item back in the next cycle; what was refused is held instead.
pub(super) fn retry(
    ground: &Ground<'_>,
    item: &ItemRef,
    attempts: Option<u32>,
    error: &RemoteError,
) -> Option<Pending> {
    if matches!(error, RemoteError::Refused { .. }) {
        return None;
    }
    Some(Pending {
        sync: ground.sync,
        item: item.clone(),
        reason: error.to_string(),
        waits: false,
        due: None,
        side: at_fault(error).unwrap_or(Side::GitHub),
        attempts: attempts.unwrap_or(0).saturating_add(1),
    })
}
