//! `tandem run` without `--once`: the daemon's work, on the real database and the real services.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::connect::services;
use super::interrupt;
use super::output::{one_line, print_document};
use super::progress::Watch;
use super::render::{counted, trouble_lines};
use super::round::{Outcome, Round, run_round};
use super::{Context, Exit, Failure};
use crate::clock;
use crate::config::{self, Config};
use crate::daemon::{self, Start, Systemd, Worker};
use crate::engine::{Halt, Mode, Order, Scope, Services};
use crate::model::Side;
use crate::remote::Patience;
use crate::store::{Lock, Store, StoreError};

/// The one document of a daemon, at its end.
#[derive(Debug, Serialize)]
struct Document {
    exit: u8,
}

/// Runs the daemon until a signal ends it.
pub(super) async fn run(scope: Scope, context: &Context<'_>) -> Result<Exit, Failure> {
    let signals = interrupt::listen()?;
    let config = context.config()?;
    let services = services(&config, context.env, &Patience::endless())?;
    let _lock = Lock::take(&config.database)?;
    let store = Store::open(&config.database)?;
    let start = Start { full: scope == Scope::Everything, last_cycle: last_cycle(&store)? };
    let told = Told::default();
    let mut works = Works { context, config, services, store, told };
    daemon::run(&mut works, signals, Systemd::default(), clock::now_utc, start).await;
    if context.json {
        return print_document(&Document { exit: Exit::Done.code() }, Exit::Done);
    }
    Ok(Exit::Done)
}

/// When the last cycle of an earlier process began.
fn last_cycle(store: &Store) -> Result<Option<chrono::DateTime<chrono::Utc>>, StoreError> {
    let mut last = None;
    for (sync, _) in store.syncs()? {
        let cycles = store.last_cycles(sync, 1)?;
        last = last.max(cycles.first().map(|cycle| cycle.started));
    }
    Ok(last)
}

/// What the daemon works with.
struct Works<'a> {
    context: &'a Context<'a>,
    config: Config,
    services: Services,
    store: Store,
    told: Told,
}

impl Worker for Works<'_> {
    fn timetable(&self) -> &config::Daemon {
        &self.config.daemon
    }

    async fn cycle(&mut self, scope: Scope, halt: &Halt) -> String {
        let progress = Watch::new(self.context.screen);
        let order = Order { scope, mode: Mode::Execute, halt, progress: &progress };
        let round = run_round(&self.services, &self.store, &self.config.syncs, &order).await;
        self.told.log(&round);
        status(&round)
    }

    fn reload(&mut self) -> Result<(), String> {
        let context = self.context;
        let config = Config::load(&self.config.path, context.env)
            .map_err(|problems| problems.to_string())?;
        if config.database != self.config.database {
            return Err("another `database` takes a restart".to_owned());
        }
        self.services = services(&config, context.env, &Patience::endless())
            .map_err(|failure| failure.message)?;
        self.config = config;
        Ok(())
    }
}

/// How it went, in one line.
fn status(round: &Round) -> String {
    let of = |outcome: &Outcome| match outcome {
        Outcome::Ran(report) => {
            let pairs = counted(report.counts.pairs, "pair");
            format!("{}: {}, {pairs}", outcome.sync(), outcome.word())
        }
        Outcome::Broke { .. } | Outcome::Skipped { .. } => {
            format!("{}: {}", outcome.sync(), outcome.word())
        }
    };
    round.outcomes.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// What was logged of each sync's trouble: what lasts for days is said once, not at every tick.
#[derive(Debug, Default)]
struct Told(BTreeMap<String, BTreeSet<String>>);

impl Told {
    fn log(&mut self, round: &Round) {
        for outcome in &round.outcomes {
            let sync = outcome.sync();
            match changes(outcome) {
                Some(changes) => tracing::info!(sync, "{changes}"),
                None => tracing::debug!(sync, outcome = outcome.word(), "nothing was written"),
            }
            for line in self.news(outcome) {
                tracing::warn!(sync, "{line}");
            }
        }
    }

    /// The trouble that is new, or that all of it is over.
    fn news(&mut self, outcome: &Outcome) -> Vec<String> {
        let lines = trouble_lines(outcome).into_iter();
        let lines = lines.map(|line| without_diff(one_line(line.trim())));
        let now: BTreeSet<String> = lines.collect();
        let before = self.0.insert(outcome.sync().to_owned(), now.clone()).unwrap_or_default();
        if now.is_empty() && !before.is_empty() {
            return vec!["nothing is held, failed or out of reach any more".to_owned()];
        }
        now.difference(&before).cloned().collect()
    }
}

/// The reason of a held body may quote it, behind all that is said: that is for `tandem status`, and for no log (I17).
fn without_diff(line: String) -> String {
    let is_body = line.starts_with("held") && line.contains(" body on ");
    match line.split_once('“').filter(|_| is_body) {
        Some((said, _)) => format!("{said}… (`tandem status` shows it)"),
        None => line,
    }
}

/// What was written; `None` when nothing was.
fn changes(outcome: &Outcome) -> Option<String> {
    let Outcome::Ran(report) = outcome else { return None };
    let counts = &report.counts;
    let of = |side: Side| {
        let (created, updated) = (counts.created[side], counts.updated[side]);
        (created + updated > 0).then(|| format!("{side}: {created} created, {updated} updated"))
    };
    let sides: Vec<String> = Side::BOTH.into_iter().filter_map(of).collect();
    (!sides.is_empty()).then(|| sides.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Counts, Problem, ProblemKind, Report};
    use crate::model::Sides;

    fn ran(problem: Option<&str>) -> Outcome {
        let mut report = Report::new("app");
        report.problems.extend(problem.map(|message| Problem {
            kind: ProblemKind::Unreachable,
            message: message.to_owned(),
        }));
        Outcome::Ran(Box::new(report))
    }

    #[test]
    fn an_outage_of_a_night_is_said_once_and_its_end_once() {
        let mut told = Told::default();
        let out = || ran(Some("Notion could not be reached"));
        assert_eq!(told.news(&ran(None)), [""; 0]);
        assert_eq!(told.news(&out()), ["problem  Notion could not be reached"]);
        assert_eq!(told.news(&out()), [""; 0]);
        assert_eq!(told.news(&ran(None)), ["nothing is held, failed or out of reach any more"]);
        assert_eq!(told.news(&ran(None)), [""; 0]);
        assert_eq!(told.news(&out()).len(), 1, "a new one is news");
    }

    #[test]
    fn a_held_body_is_named_in_the_log_and_not_quoted() {
        let mut report = Report::new("app");
        report.held.push(crate::engine::Held {
            item: "acme/app#1".to_owned(),
            field: Some(crate::model::Field::Body),
            side: Side::Notion,
            value: Some("3 lines".to_owned()),
            reason: "Notion shows another: “My secret” was meant, and is not there".to_owned(),
        });
        let [line] = &Told::default().news(&Outcome::Ran(Box::new(report)))[..] else { panic!() };
        assert!(
            line.contains("acme/app#1 body on Notion = 3 lines: Notion shows another"),
            "{line}"
        );
        assert!(!line.contains("secret"), "{line}");
    }

    #[test]
    fn the_status_names_every_sync_and_the_log_only_what_was_written() {
        let mut report = Report::new("lib");
        report.counts =
            Counts { pairs: 12, updated: Sides { github: 0, notion: 3 }, ..Counts::default() };
        let outcome = Outcome::Ran(Box::new(report));
        assert_eq!(changes(&outcome).as_deref(), Some("Notion: 0 created, 3 updated"));
        assert_eq!(changes(&ran(None)), None);
        let round = Round {
            outcomes: vec![outcome, ran(Some("x")), Outcome::Skipped { sync: "late".into() }],
            halted: true,
        };
        assert_eq!(status(&round), "lib: done, 12 pairs; app: incomplete, 0 pairs; late: skipped");
    }
}
