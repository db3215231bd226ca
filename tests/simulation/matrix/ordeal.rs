//! One playing of a scenario: undisturbed, or with the process killed at chosen effects.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tandem::engine::{Mode, Report, Scope};
use tandem::merge::PlanLine;
use tandem::model::Side;
use tandem::sim::{Operation, operation};

use super::deeds::People;
use super::scenarios::{Befalls, Scenario};
use super::told::told;
use crate::end;
use crate::figures::Figures;
use crate::place::{Ended, Place};

/// Past the settle windows of both servers.
const SETTLED_SECS: u64 = 16 * 60;
/// Past the longest retry delay (DESIGN §2, Values).
const RESTED_SECS: u64 = 25 * 3_600;
/// In so many cycles everything is done that there is to do, and the last of them is idle.
const ROUNDS: u32 = 3;
/// So often a person lets a plan go.
const MAX_RELEASES: u32 = 4;

/// What came of one playing.
#[derive(Default)]
pub struct Outcome {
    /// Everything that must not be.
    pub wrong: Vec<String>,
    /// The world at rest.
    pub world: Vec<String>,
    /// How many effects the last process had until nothing was left to do.
    pub effects: u64,
    pub deaths: usize,
    /// Values that were replaced, each in the history before.
    pub replaced: u64,
    /// Every kind of request that asked for a change.
    pub operations: BTreeSet<(Side, Operation)>,
}

/// Plays the scenario; the process dies at these effects, each counted from the beginning of a process.
pub fn play(scenario: &Scenario, kills: &[u64]) -> Outcome {
    let mut ordeal = None;
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime().block_on(async {
            let ordeal = ordeal.insert(Ordeal::new(scenario));
            ordeal.prepare().await;
            ordeal.drive(kills).await;
            ordeal.come_to_rest().await;
        });
    }));
    let mut outcome = ordeal.map(Ordeal::outcome).unwrap_or_default();
    if let Err(panic) = played {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        outcome.wrong.push(format!("it panicked: {}", text.unwrap_or_default()));
    }
    outcome
}

/// What a dry run shows at the moment in which the kills would begin.
pub fn planned(scenario: &Scenario) -> Vec<PlanLine> {
    runtime().block_on(async {
        let mut ordeal = Ordeal::new(scenario);
        ordeal.prepare().await;
        match ordeal.place.cycle(scenario.scope, Mode::PlanOnly).await {
            Ended::Report(report) => report.plan,
            Ended::Killed => Vec::new(),
        }
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

async fn wait(secs: u64) {
    tokio::time::sleep(Duration::from_secs(secs)).await;
}

struct Ordeal<'a> {
    scenario: &'a Scenario,
    place: Place,
    outcome: Outcome,
}

impl Ordeal<'_> {
    fn new(scenario: &Scenario) -> Ordeal<'_> {
        let place = Place::new(scenario.setup.clone(), scenario.terms);
        Ordeal { scenario, place, outcome: Outcome::default() }
    }

    /// Up to the moment in which tandem has something to do.
    async fn prepare(&mut self) {
        let stages = [Some(self.scenario.begins), self.scenario.earlier];
        for deeds in stages.into_iter().flatten() {
            deeds(&People(&self.place));
            // What a page was made with is known once it was read; a full scan reads it.
            for scope in [Scope::Everything, Scope::Everything] {
                wait(SETTLED_SECS).await;
                self.cycle(scope).await;
            }
        }
        wait(SETTLED_SECS).await;
        (self.scenario.acts)(&People(&self.place));
        match self.scenario.befalls {
            Befalls::Nothing => {}
            Befalls::TheDatabaseIsLost => self.place.lose_database(),
            Befalls::OtherTerms(change) => {
                let mut terms = self.place.terms;
                change(&mut terms);
                self.place.reconfigure(terms);
            }
        }
    }

    /// Cycles until nothing is left to do. A process that dies is followed at once by another, which has as many cycles
    /// as the first.
    async fn drive(&mut self, kills: &[u64]) {
        let mut kills = kills.iter();
        self.place.restart(kills.next().copied().unwrap_or(u64::MAX));
        let (mut rounds, mut scope) = (ROUNDS, self.scenario.scope);
        while rounds > 0 {
            let before = self.writes();
            let Some(report) = self.cycle(scope).await else {
                self.outcome.deaths += 1;
                self.place.restart(kills.next().copied().unwrap_or(u64::MAX));
                (rounds, self.outcome.effects) = (ROUNDS, 0);
                continue;
            };
            let is_idle = self.writes() == before && report.pending.is_empty();
            if !is_idle || self.outcome.effects == 0 {
                self.outcome.effects = self.place.effects();
            }
            if rounds == 1 && self.outcome.deaths == 0 && !is_idle {
                self.complain(format!("still at work after {ROUNDS} cycles: {:?}", report.pending));
            }
            (rounds, scope) = (rounds - 1, Scope::Changes);
            wait(SETTLED_SECS).await;
        }
        self.place.restart(u64::MAX);
    }

    /// Past every delay everything agrees, and nothing is written any more (I5, I6).
    async fn come_to_rest(&mut self) {
        wait(RESTED_SECS).await;
        self.cycle(Scope::Everything).await;
        wait(SETTLED_SECS).await;
        let Some(report) = self.cycle(Scope::Changes).await else { return };
        self.outcome.wrong.extend(end::wrong(&self.place, &report, &mut Figures::default()));
        self.outcome.world = told(&self.place, &report);
        for scope in [Scope::Changes, Scope::Everything] {
            let before = self.writes();
            self.cycle(scope).await;
            let written = self.writes() - before;
            if written > 0 {
                self.complain(format!(
                    "I6: {written} requests wrote in a cycle ({scope:?}) in step"
                ));
            }
        }
    }

    /// One cycle; a plan that the brake stops is let go. `None`: the process died.
    async fn cycle(&mut self, scope: Scope) -> Option<Box<Report>> {
        for _ in 0..MAX_RELEASES {
            let Ended::Report(report) = self.place.cycle(scope, Mode::Execute).await else {
                return None;
            };
            let Some(brake) = &report.brake else { return Some(report) };
            self.place.release(&brake.digest);
        }
        self.complain(format!("the brake was released {MAX_RELEASES} times"));
        None
    }

    fn writes(&self) -> u64 {
        let counts = self.place.stage.world.counts();
        counts.github.writes + counts.notion.writes
    }

    fn complain(&mut self, what: String) {
        self.outcome.wrong.push(what);
    }

    fn outcome(self) -> Outcome {
        let mut outcome = self.outcome;
        let mut oracle = match self.place.stage.oracle.lock() {
            Ok(oracle) => oracle,
            Err(poisoned) => poisoned.into_inner(),
        };
        outcome.wrong.append(&mut oracle.wrong);
        outcome.replaced = oracle.replaced;
        drop(oracle);
        let seen = self.place.stage.world.seen();
        let kind = |seen: &tandem::sim::Seen| {
            let path = seen.path.split('?').next().unwrap_or_default();
            Some((seen.side, operation(seen.side, &seen.method, path)?))
        };
        outcome.operations = seen.iter().filter(|seen| seen.mutating).filter_map(kind).collect();
        outcome
    }
}
