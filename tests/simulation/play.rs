//! A script is played: people act, faults strike, processes die; then everybody stops, and everything has to agree.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tandem::engine::{Mode, Report, Scope};
use tandem::model::Sides;
use tandem::sim::Fault;

use crate::end;
use crate::figures::Figures;
use crate::listen::Listener;
use crate::place::{Ended, Place, Terms};
use crate::script::{After, Cycle, Round, Script};

/// What is on its way when a database is lost cannot be known to an empty one: it is given the time it needs.
const SETTLED_SECS: u64 = 16 * 60;
/// Past the longest retry delay (DESIGN §2, Values).
const RESTED_SECS: u64 = 25 * 3_600;

/// Between the first two cycles.
const OPENING_SECS: u64 = 20;

/// What came of a script.
#[derive(Default)]
pub struct Outcome {
    pub figures: Figures,
    /// Everything that must not be.
    pub wrong: Vec<String>,
    /// What happened, for people.
    pub story: Vec<String>,
    /// Every request, when asked for.
    pub trace: Vec<String>,
}

/// One script of so many is listened to while it plays: that is slow.
const LISTENED: u64 = 16;

/// Plays the script from its beginning. The same script is the same story, to the letter.
pub fn play(script: &Script, keeps_trace: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let mut player = None;
    let listener = Listener::default();
    let mut played = || {
        catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                let player = player.insert(Player::new(script, keeps_trace));
                player.play(script).await;
            });
        }))
    };
    let played = match script.seed.is_multiple_of(LISTENED) {
        true => listener.listen(played),
        false => played(),
    };
    let Some(player) = player else {
        let wrong = vec!["the simulation could not begin".to_owned()];
        return Outcome { wrong, ..Outcome::default() };
    };
    let mut outcome = player.outcome();
    outcome.wrong.extend(listener.leaks());
    if let Err(panic) = played {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        outcome.wrong.push(format!("it panicked: {}", text.unwrap_or_default()));
    }
    outcome
}

struct Player {
    place: Place,
    figures: Figures,
    wrong: Vec<String>,
    was_deceived: bool,
}

impl Player {
    fn new(script: &Script, keeps_trace: bool) -> Player {
        let setup = script.setup();
        let is_trash_listed = setup.notion.trash_bumps_page;
        let lags = Sides { github: setup.github.list_lag, notion: setup.notion.list_lag };
        let place = Place::new(setup, script.terms);
        place.oracle().lags = lags;
        place.oracle().is_trash_listed = is_trash_listed;
        place.oracle().keeps_trace = keeps_trace;
        place.oracle().is_listed = !script.has_quiet_acts;
        let figures = Figures { seeds: 1, ..Figures::default() };
        Player { place, figures, wrong: Vec::new(), was_deceived: false }
    }

    async fn play(&mut self, script: &Script) {
        self.place.stage.say(format!("{:?}", script.terms));
        for act in &script.before {
            self.place.stage.act(act);
        }
        // Every list shows what is there, and pages have settled.
        wait(SETTLED_SECS).await;
        self.opening(script).await;
        for round in &script.rounds {
            self.round(round).await;
            if !self.place.oracle().wrong.is_empty() {
                return;
            }
        }
        self.place.stage.world.clear_faults();
        self.place.tidy();
        self.place.stage.say("people and faults stop".to_owned());
        wait(RESTED_SECS).await;
        let scope = match script.has_quiet_acts || self.was_deceived {
            true => Scope::Everything,
            false => Scope::Changes,
        };
        self.comes_to_rest(scope).await;
    }

    /// The first cycle; when an answer to a create was lost in it, or the process died, the second comes so soon that no list
    /// need show what was made.
    async fn opening(&mut self, script: &Script) {
        if let Some(fault) = &script.opening {
            self.place.stage.say(format!("{fault:?}"));
            self.place.stage.world.inject(fault.clone());
        }
        if let Some(effects) = script.opening_kill {
            self.place.stage.say(format!("the process lives for {effects} effects"));
            self.place.restart(effects);
        }
        let report = self.cycle(Scope::Changes, Mode::Execute).await;
        if report.is_some() && script.opening_kill.is_some() {
            self.place.restart(u64::MAX);
        }
        self.place.stage.world.clear_faults();
        if script.opening.is_some() || script.opening_kill.is_some() {
            wait(OPENING_SECS).await;
            self.cycle(Scope::Changes, Mode::Execute).await;
        }
    }

    async fn round(&mut self, round: &Round) {
        for act in &round.acts {
            wait(u64::from(act.wait_secs)).await;
            self.place.stage.act(act);
        }
        self.place.stage.gather(&round.meanwhile);
        for fault in &round.faults {
            self.place.stage.say(format!("{fault:?}"));
            self.place.stage.world.inject(fault.clone());
            self.was_deceived |= fault.fault == Fault::ShortList;
        }
        let faults = self.faults_met();
        if let Some(effects) = round.kill {
            self.place.stage.say(format!("the process lives for {effects} effects"));
            self.place.restart(effects);
        }
        let (scope, mode) = match round.cycle {
            Cycle::Changes => (Scope::Changes, Mode::Execute),
            Cycle::Everything => (Scope::Everything, Mode::Execute),
            Cycle::DryRun => (Scope::Changes, Mode::PlanOnly),
        };
        let report = self.cycle(scope, mode).await;
        self.figures.cycles += 1;
        self.figures.faulty_cycles += u64::from(self.faults_met() > faults);
        self.figures.killed_cycles += u64::from(report.is_none());
        self.figures.add_pairs(report.as_ref().map(|report| report.counts.pairs));
        if report.is_some() && round.kill.is_some() {
            self.place.restart(u64::MAX);
        }
        self.place.stage.world.clear_faults();
        self.place.stage.gather(&[]);
        if let Some(brake) = report.and_then(|report| report.brake) {
            // Somebody looks at the plan and lets it go.
            self.place.release(&brake.digest);
            self.figures.brakes += 1;
        }
        self.befall(round.after).await;
        wait(round.pause_secs).await;
    }

    async fn befall(&mut self, after: After) {
        if after != After::Nothing {
            self.place.stage.say(format!("{after:?}"));
        }
        match after {
            After::Nothing => {}
            After::Restart => self.place.restart(u64::MAX),
            After::Reconfigure(conflict) => {
                let terms = Terms { conflict, ..self.place.terms };
                self.place.reconfigure(terms);
            }
            After::LoseDatabase => {
                wait(SETTLED_SECS).await;
                self.place.tidy();
                self.place.lose_database();
            }
        }
    }

    async fn cycle(&mut self, scope: Scope, mode: Mode) -> Option<Report> {
        match self.place.cycle(scope, mode).await {
            Ended::Report(report) => {
                self.place.stage.say(format!("cycle {scope:?} {mode:?}: {}", told(&report)));
                Some(*report)
            }
            Ended::Killed => {
                self.place.stage.say("the process died in a cycle".to_owned());
                None
            }
        }
    }

    /// Convergence within three cycles (I5), and then silence (I6). What only the daily full scan can see has time until
    /// that.
    async fn comes_to_rest(&mut self, first: Scope) {
        let mut last = None;
        for scope in [first, Scope::Changes, Scope::Changes] {
            last = self.cycle_let_go(scope).await;
            // What was on its way when the last process died is first heard of now, and has its window.
            wait(SETTLED_SECS).await;
        }
        if first == Scope::Changes
            && let Some(report) = &last
        {
            self.wrong.extend(end::wrong_before_the_full_scan(&self.place, report));
            last = self.cycle_let_go(Scope::Everything).await;
        }
        let Some(report) = last else { return };
        self.wrong.extend(end::wrong(&self.place, &report, &mut self.figures));
        for scope in [Scope::Changes, Scope::Everything] {
            let before = self.writes();
            self.cycle(scope, Mode::Execute).await;
            let written = self.writes() - before;
            if written > 0 {
                self.wrong
                    .push(format!("I6: {written} requests wrote in a cycle ({scope:?}) in step"));
            }
        }
    }

    /// A plan that the brake stops waits for a person, who may be needed more than once.
    async fn cycle_let_go(&mut self, scope: Scope) -> Option<Report> {
        let mut report = self.cycle(scope, Mode::Execute).await;
        for _ in 0..3 {
            let Some(brake) = report.as_ref().and_then(|report| report.brake.clone()) else {
                break;
            };
            self.place.release(&brake.digest);
            report = self.cycle(scope, Mode::Execute).await;
        }
        report
    }

    fn writes(&self) -> u64 {
        let counts = self.place.stage.world.counts();
        counts.github.writes + counts.notion.writes
    }

    fn faults_met(&self) -> u64 {
        self.place.oracle().faults_met.values().sum()
    }

    fn outcome(mut self) -> Outcome {
        let mut oracle = match self.place.stage.oracle.lock() {
            Ok(oracle) => oracle,
            Err(poisoned) => poisoned.into_inner(),
        };
        let mut wrong = std::mem::take(&mut oracle.wrong);
        wrong.append(&mut self.wrong);
        let crowd = std::mem::take(&mut *match self.place.stage.crowd.lock() {
            Ok(crowd) => crowd,
            Err(poisoned) => poisoned.into_inner(),
        });
        self.figures.add_acts(crowd.acts);
        self.figures.faults = std::mem::take(&mut oracle.faults_met);
        self.figures.replaced = oracle.replaced;
        self.figures.conflicts = oracle.conflicts;
        let counts = self.place.stage.world.counts();
        self.figures.requests =
            counts.github.reads + counts.github.writes + counts.notion.reads + counts.notion.writes;
        Outcome {
            figures: std::mem::take(&mut self.figures),
            wrong,
            story: crowd.story,
            trace: std::mem::take(&mut oracle.trace),
        }
    }
}

async fn wait(secs: u64) {
    tokio::time::sleep(Duration::from_secs(secs)).await;
}

/// A report on one line.
fn told(report: &Report) -> String {
    let held: Vec<(&str, Option<&str>, &str)> = report
        .held
        .iter()
        .map(|held| (held.item.as_str(), held.field.map(|f| f.as_str()), held.reason.as_str()))
        .collect();
    let mut parts: BTreeMap<&str, String> = BTreeMap::new();
    let mut add = |name, is_empty: bool, text: String| {
        if !is_empty {
            parts.insert(name, text);
        }
    };
    add("held", held.is_empty(), format!("{held:?}"));
    add("failed", report.failed.is_empty(), format!("{:?}", report.failed));
    add("pending", report.pending.is_empty(), format!("{:?}", report.pending));
    add("problems", report.problems.is_empty(), format!("{:?}", report.problems));
    add("brake", report.brake.is_none(), format!("{:?}", report.brake));
    let counts = &report.counts;
    let counts = format!(
        "pairs {} created {:?} updated {:?} unlinked {}",
        counts.pairs, counts.created, counts.updated, counts.unlinked
    );
    format!("{}, {counts} {parts:?}", report.outcome())
}
