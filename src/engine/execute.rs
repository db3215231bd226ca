//! The writes of one cycle, in bounded parallel: a failed pair is recorded and skipped, the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, stream};
use tracing::Instrument as _;
use uuid::Uuid;

use super::again::{again_later, at_fault, retry};
use super::case::Case;
use super::fresh::{Making, Source};
use super::ground::Ground;
use super::hands::Hands;
use super::lost;
use super::make::make;
use super::order::{Halt, Progress};
use super::report::{Counts, Problem};
use super::settle::{Done, settle};
use super::trouble::Trouble;
use crate::merge::{FreshPlan, PairPlan, Step};
use crate::model::{ItemRef, RepoName, Side, Sides};
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

impl Job {
    /// How often it failed before; what failed is recorded, so that leaving it out loses nothing (I9).
    fn attempts(&self) -> u32 {
        match self {
            Job::Pair(case, _) => case.pending.unwrap_or(0),
            Job::Make(making) => making.failures,
        }
    }

    fn item(&self) -> ItemRef {
        match self {
            Job::Pair(case, _) => case.item(),
            Job::Make(making) => making.source.item(),
        }
    }

    /// The repository it would write to.
    fn repository(&self) -> Option<RepoName> {
        match self {
            Job::Pair(case, plan) => {
                let to_github = |step: &Step| match step {
                    Step::Write { side, .. } => *side == Side::GitHub,
                    Step::CloseIssue => true,
                    Step::Agree(_) | Step::RestorePage | Step::TrashPage | Step::Unlink { .. } => {
                        false
                    }
                };
                plan.steps.iter().any(to_github).then(|| case.pair.issue.repo.clone())
            }
            Job::Make(making) => match (&making.source, &making.plan) {
                (Source::Page(_), FreshPlan::Create { repository, .. }) => repository.clone(),
                (Source::Page(_) | Source::Issue(_), _) => None,
            },
        }
    }
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

impl Ran {
    /// What keeps many items from being written is told once.
    fn tell(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Does every job, as far as both sides allow. What failed before comes last, so that it keeps nobody waiting (I9).
pub(super) async fn execute(
    ground: &Ground<'_>,
    hands: &Hands,
    mut jobs: Vec<Job>,
    halt: &Halt,
    progress: &dyn Progress,
) -> Result<Ran, Trouble> {
    jobs.sort_by_key(Job::attempts);
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
                    let span = tracing::info_span!("pair", item = %job.item());
                    crew.work(job).instrument(span).await;
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
            at: chrono::DateTime::UNIX_EPOCH,
            lost: None,
            made: None,
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
    /// Refusals of access in a row, by repository; the others go on.
    denied: BTreeMap<RepoName, u32>,
    /// Repositories that let us write nothing, with their last answer.
    closed: BTreeMap<RepoName, RemoteError>,
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
            // What failed before is recorded, and told as such.
            let is_new = job.attempts() == 0;
            self.with(|state| {
                state.ran.cut_short |= is_new;
                state.ran.counts.not_begun += u64::from(is_new);
            });
            return false;
        }
        if let Some(repo) = job.repository()
            && let Some(error) = self.with(|state| state.closed.get(&repo).cloned())
        {
            let again = retry(self.ground, &job.item(), Some(job.attempts()), &error);
            self.with(|state| state.ran.failed.extend(again));
            return false;
        }
        match job {
            Job::Pair(..) => true,
            Job::Make(making) => {
                // Those that were left out are in a wave too.
                while !self.with(|state| state.unsent.contains(&making.uuid)) {
                    if !self.write_wave() {
                        return false;
                    }
                }
                true
            }
        }
    }

    /// False when there is none left, or it cannot be written.
    fn write_wave(&self) -> bool {
        let mut wave: Vec<Intent> = self.with(|state| {
            let rest = state.intents.len().saturating_sub(WAVE);
            state.intents.split_off(rest)
        });
        if wave.is_empty() {
            return false;
        }
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
        let repo = job.repository();
        match job {
            Job::Pair(mut case, plan) => {
                let attempts = case.pending;
                match settle(self.ground, self.hands, &mut case, &plan).await {
                    Ok(done) => self.succeeded(done, repo.as_ref()),
                    Err(Trouble::Remote { what, error }) => {
                        let again = retry(self.ground, &case.item(), attempts, &error);
                        let trouble = Trouble::Remote { what, error };
                        self.failed(&case.item(), repo, again, trouble);
                    }
                    Err(Trouble::Later(reason)) => self.later(&case.item(), attempts, reason),
                    Err(trouble) => self.failed(&case.item(), None, None, trouble),
                }
            }
            Job::Make(making) => {
                self.with(|state| state.unsent.remove(&making.uuid));
                let item = making.source.item();
                let target = making.source.side().other();
                let failures = Some(making.failures);
                match make(self.ground, self.hands, *making).await {
                    Ok(()) => {
                        self.with(|state| state.ran.counts.created[target] += 1);
                        self.succeeded(Done::default(), repo.as_ref());
                    }
                    Err(Trouble::Remote { what, error }) => {
                        let again = self
                            .perhaps_made(&item)
                            .or_else(|| retry(self.ground, &item, failures, &error));
                        self.failed(&item, repo, again, Trouble::Remote { what, error });
                    }
                    Err(Trouble::Later(reason)) => self.later(&item, failures, reason),
                    Err(trouble) => self.failed(&item, None, None, trouble),
                }
            }
        }
    }

    /// What was perhaps made may still appear: that is waiting, not failing.
    fn perhaps_made(&self, item: &ItemRef) -> Option<Pending> {
        let intents = self.ground.store.intents(self.ground.sync).unwrap_or_default();
        let open = intents.iter().find(|intent| intent.source == *item && intent.made.is_none());
        open.map(|intent| lost::unclear(self.ground, intent))
    }

    fn succeeded(&self, done: Done, repo: Option<&RepoName>) {
        self.with(|state| {
            state.in_a_row = Sides::default();
            repo.map(|repo| state.denied.remove(repo));
            for side in Side::BOTH {
                state.ran.counts.updated[side] += u64::from(done.updated[side]);
            }
            state.ran.counts.unlinked += u64::from(done.unlinked);
        });
    }

    /// Nobody's fault: neither side is the worse for it.
    fn later(&self, item: &ItemRef, attempts: Option<u32>, reason: String) {
        tracing::warn!(%item, reason, "waits for the next cycle; the others go on");
        let again = again_later(self.ground, item, attempts, Side::GitHub, reason);
        self.with(|state| state.ran.failed.push(again));
    }

    /// Records a failure where it can be tried again; several in a row on one side are an outage, and several refusals
    /// of access in one repository a matter of that repository alone.
    fn failed(
        &self,
        item: &ItemRef,
        repo: Option<RepoName>,
        again: Option<Pending>,
        trouble: Trouble,
    ) {
        let (what, error) = match trouble {
            Trouble::Remote { what, error } => (what, error),
            Trouble::Store(error) => {
                return self.with(|state| {
                    state.broken.get_or_insert(error);
                });
            }
            Trouble::Later(reason) => return self.later(item, None, reason),
            Trouble::Problems(problems) => {
                return self.with(|state| {
                    state.stopped = true;
                    state.ran.problems.extend(problems);
                });
            }
        };
        tracing::warn!(%item, %error, "failed; the others go on");
        self.with(|state| {
            if matches!(error, RemoteError::Auth { .. }) {
                let sync = format!("sync `{}`", self.ground.config.name);
                state.ran.tell(Problem::remote(&sync, &error));
            }
            if let (Some(repo), RemoteError::Auth { side: Side::GitHub, .. }) = (repo, &error) {
                let denied = state.denied.entry(repo.clone()).or_default();
                *denied += 1;
                if *denied == OUTAGE_AFTER {
                    state.closed.insert(repo, error);
                }
            } else if let Some(side) = at_fault(&error) {
                state.in_a_row[side] += 1;
                if error.stops_the_side() || state.in_a_row[side] >= OUTAGE_AFTER {
                    let is_told = matches!(error, RemoteError::Auth { .. });
                    if !state.stopped && !is_told {
                        state.ran.tell(Problem::remote(&what, &error));
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
