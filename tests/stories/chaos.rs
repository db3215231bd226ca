//! People, networks and power cuts, drawn from a seed: what happens to a stage in a randomized story.

pub mod bodies;
mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::Method;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tandem::config::SyncConfig;
use tandem::engine::{Halt, Mode, Order, Report, Scope, Services, Unwatched, run_cycle};
use tandem::model::Side;
use tandem::sim::github::{IssueView, Person};
use tandem::sim::notion::{PageId, Plain, Rendering, UserId};
use tandem::sim::{Fault, LimitKind, Planned, Setup};
use tandem::store::Store;

use crate::stage::Stage;

const LABELS: [&str; 6] = ["bug", "p1", "a, b", "Ünïcode 🦀", "needs info", "BUG-ish"];
const MILESTONES: [&str; 3] = ["1.0", "2.0, later", "Ω"];
const TAILS: [&str; 5] = ["", " (é ✓ 🦀)", " a, b", " שלום", " #12 @octocat"];
const CONFLICTS: [&str; 4] = ["newest", "newest", "github", "notion"];
/// The last one is in no list of the config: it holds the field.
const STATUSES: [&str; 7] =
    ["To do", "In progress", "In review", "Done", "Won't do", "Duplicate", "Blocked"];

/// A stage, and all that befalls it.
pub struct Chaos {
    pub stage: Stage,
    pub rng: ChaCha8Rng,
    pub trace: Trace,
    /// Titles that somebody typed and no person took away again: each is to be shown or in the history (I2).
    pub owed: BTreeSet<String>,
    /// Issues whose page, and pages whose issue, somebody took away at some time.
    pub trashed: BTreeSet<PageId>,
    pub deleted: BTreeSet<u64>,
    /// Acts that only a full scan can see: trash, deletions, renamed labels.
    pub quiet_acts: bool,
    /// Whether bodies are kept in step, and people type in them.
    pub has_bodies: bool,
    /// Whether a cycle is running.
    is_racing: bool,
    bob: UserId,
    typed: u32,
}

/// What happened, printed when the story fails.
pub struct Trace {
    pub seed: u64,
    pub lines: Vec<String>,
}

impl Drop for Trace {
    #[allow(clippy::print_stderr, reason = "a failed story tells what led to it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}; again with TANDEM_SEED={}", self.seed, self.seed);
            for line in &self.lines {
                eprintln!("  {line}");
            }
        }
    }
}

fn configure(text: &mut String, conflict: &str, has_bodies: bool) {
    if has_bodies {
        *text = text.replace("title = \"Name\"\n", "title = \"Name\"\nbody = true\n");
    }
    let fields = format!("conflict = \"{conflict}\"\n[sync.fields]");
    *text = text.replace("[[sync]]", "[safety]\nbrake_floor = 1000\n[[sync]]");
    *text = text.replace("[sync.fields]", &fields);
}

/// Titles are told apart by their first word.
fn token(title: &str) -> String {
    title.split_whitespace().next().unwrap_or_default().to_owned()
}

impl Chaos {
    pub fn new(seed: u64) -> Chaos {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut setup = Setup { seed, ..Setup::default() };
        let lag = |rng: &mut ChaCha8Rng, most: u64| match rng.random_bool(0.5) {
            true => Duration::from_secs(rng.random_range(0..most)),
            false => Duration::ZERO,
        };
        setup.github.list_lag = lag(&mut rng, 480);
        setup.notion.list_lag = lag(&mut rng, 100);
        setup.github.pull_request_percent = if rng.random_bool(0.3) { 30 } else { 0 };
        setup.github.identical_patch_bumps = rng.random();
        setup.notion.identical_rewrite_bumps = rng.random();
        setup.notion.short_pages = rng.random();
        setup.notion.merges_text = rng.random();
        if rng.random_bool(0.3) {
            setup.start.notion += chrono::TimeDelta::days(rng.random_range(-900..900));
        }
        let conflict = *CONFLICTS.choose(&mut rng).unwrap();
        let has_bodies = rng.random_bool(0.6);
        setup.notion.rendering = Rendering::drawn(seed);
        let stage = Stage::with(setup, |text| configure(text, conflict, has_bodies));
        let bob = stage.world.notion(|notion, _| notion.add_user("Bob", "bob@example.com"));
        let trace =
            Trace { seed, lines: vec![format!("conflict = {conflict}, bodies: {has_bodies}")] };
        Chaos {
            quiet_acts: rng.random(),
            stage,
            rng,
            trace,
            owed: BTreeSet::new(),
            trashed: BTreeSet::new(),
            deleted: BTreeSet::new(),
            has_bodies,
            is_racing: false,
            bob,
            typed: 0,
        }
    }

    pub fn say(&mut self, line: String) {
        let now = self.stage.world.now(Side::GitHub).format("%d %H:%M:%S");
        self.trace.lines.push(format!("{now} {line}"));
    }

    fn pick<'x>(&mut self, from: &[&'x str]) -> &'x str {
        from.choose(&mut self.rng).unwrap()
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    fn title(&mut self) -> String {
        self.typed += 1;
        let tail = self.pick(&TAILS);
        let title = format!("T{}{tail}", self.typed);
        // Neither service offers a conditional write: what is typed between a look and the write that follows it within
        // seconds is beyond what can be promised. Everything else holds for it too.
        if !self.is_racing {
            self.owed.insert(token(&title));
        }
        title
    }

    pub fn issues(&self) -> Vec<IssueView> {
        self.stage.world.github(|github, _| github.issues(self.stage.repo))
    }

    /// Pages with their title, url and whether they are in the trash.
    pub fn pages(&self) -> Vec<(PageId, String, Option<String>, bool)> {
        self.stage.world.notion(|notion, _| {
            let pages = notion.pages(self.stage.table);
            pages.iter().map(|p| (p.id(), p.title(), p.url("GitHub"), p.in_trash())).collect()
        })
    }

    /// How many items show this title.
    pub fn shown(&self) -> BTreeMap<String, usize> {
        let mut shown = BTreeMap::new();
        let mut count = |text: &str| *shown.entry(token(text)).or_insert(0) += 1;
        for issue in self.issues() {
            count(&issue.title);
            let body = bodies::paragraphs(issue.body.as_deref().unwrap_or_default());
            body.iter().for_each(|paragraph| count(paragraph));
        }
        for (page, title, ..) in self.pages() {
            count(&title);
            self.blocks(page).iter().for_each(|(_, words)| count(words));
        }
        shown
    }

    /// Titles that are owed, and neither shown nor in the history (I2).
    pub fn nowhere(&self) -> Vec<String> {
        let (shown, history) = (self.shown(), self.stage.history());
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect()
        };
        // The text of a body is in JSON there.
        let plain = |lost: &str| lost.replace("\\r", " ").replace("\\n", " ");
        let lost: BTreeSet<String> =
            history.iter().flat_map(|(_, _, lost)| words(&plain(lost))).collect();
        let owed = self.owed.iter();
        owed.filter(|title| !shown.contains_key(*title) && !lost.contains(*title))
            .cloned()
            .collect()
    }

    /// A person is about to replace a title: if nobody else shows it, it is that person who took it away.
    fn displace(&mut self, title: &str) {
        let token = token(title);
        if self.shown().get(&token).copied().unwrap_or(0) <= 1 {
            self.owed.remove(&token);
        }
    }

    /// Something goes wrong with a request to come.
    pub fn fault(&mut self) {
        let side = if self.chance(0.5) { Side::GitHub } else { Side::Notion };
        let retry_after_secs = self.chance(0.7).then_some(self.rng.random_range(1..200));
        let kinds = [
            LimitKind::Primary403,
            LimitKind::Primary429,
            LimitKind::Secondary403,
            LimitKind::Secondary429,
            LimitKind::Overloaded,
            LimitKind::Blocked,
        ];
        let kind = *kinds.choose(&mut self.rng).unwrap();
        let status = *[500, 502, 503, 504].choose(&mut self.rng).unwrap();
        let fault = match self.rng.random_range(0..11) {
            0 => Fault::Refuse(*[400, 403, 404, 409, 422].choose(&mut self.rng).unwrap()),
            1 | 2 => Fault::Limited { retry_after_secs, kind },
            3 => Fault::ServerError(status),
            4 => Fault::CommitThenServerError(status),
            5 | 6 => Fault::CommitThenReset,
            7 => Fault::Reset,
            8 => Fault::TruncatedBody,
            9 => Fault::HtmlBody(status),
            10 => Fault::Garbage,
            _ => Fault::Slow(Duration::from_secs(3)),
        };
        let (skip, times) = (self.rng.random_range(0..12), self.rng.random_range(1..4));
        let mut planned = Planned::once(side, fault).after(skip).times(times);
        if self.chance(0.5) {
            let method = if self.chance(0.5) { Method::POST } else { Method::PATCH };
            let path = if method == Method::POST && side == Side::Notion { "/pages" } else { "" };
            planned = planned.on(method, path).after(skip % 3);
        }
        self.say(format!("fault: {planned:?}"));
        self.stage.world.inject(planned);
    }

    /// Runs a cycle while people go on; `None` when the process ended in it, as `dies` says it will.
    async fn run(&mut self, scope: Scope, dies: bool) -> Option<Report> {
        let stage = &mut self.stage;
        let (services, config) = (stage.services.clone(), stage.config.syncs[0].clone());
        // Lent to the cycle, because whoever meddles takes the stage.
        let store = std::mem::replace(&mut stage.store, Store::open_in_memory().unwrap());
        let ended = self.run_with(&services, &store, &config, scope, dies).await;
        self.stage.store = store;
        ended
    }

    async fn run_with(
        &mut self,
        services: &Services,
        store: &Store,
        config: &SyncConfig,
        scope: Scope,
        dies: bool,
    ) -> Option<Report> {
        let halt = Halt::default();
        let order = Order { scope, mode: Mode::Execute, halt: &halt, progress: &Unwatched };
        let mut run = std::pin::pin!(run_cycle(services, store, config, &order));
        let mut meddling = self.rng.random_range(0..6);
        loop {
            tokio::select! {
                biased;
                report = &mut run => return Some(report.unwrap()),
                () = tokio::time::sleep(Duration::from_millis(150)) => {}
            }
            // The request that is never answered was sent: the process ends while it waits.
            let hangs = |plan: &Planned| matches!(plan.fault, Fault::Hang | Fault::CommitThenHang);
            if dies && !self.stage.world.planned().iter().any(hangs) {
                return None;
            }
            if meddling > 0 && self.chance(0.3) {
                meddling -= 1;
                self.is_racing = true;
                self.somebody();
                self.is_racing = false;
            }
        }
    }

    /// Somebody does something somewhere.
    pub fn somebody(&mut self) {
        if self.has_bodies && self.chance(0.3) {
            self.body();
        } else if self.rng.random() {
            self.on_github();
        } else {
            self.in_notion();
        }
    }

    /// A cycle; sometimes the process ends in the middle of one, sometimes the database file is lost.
    pub async fn cycle(&mut self) {
        let dies = self.chance(0.15);
        if dies {
            let side = if self.chance(0.5) { Side::GitHub } else { Side::Notion };
            let fault = if self.chance(0.5) { Fault::CommitThenHang } else { Fault::Hang };
            let skip = self.rng.random_range(0..10);
            self.stage.world.inject(Planned::once(side, fault).after(skip));
        }
        let full = self.chance(0.1);
        let scope = if full { Scope::Everything } else { Scope::Changes };
        let ended = self.run(scope, dies).await;
        match ended {
            Some(report) => {
                let said = format!(
                    "cycle{}: {} created {:?} updated {:?} held {:?} failed {:?} pending {} problems {:?}",
                    if full { " (full)" } else { "" },
                    report.outcome(),
                    report.counts.created,
                    report.counts.updated,
                    report.held.iter().map(|h| (&h.item, h.field, &h.reason)).collect::<Vec<_>>(),
                    report.failed,
                    report.pending.len(),
                    report.problems,
                );
                self.say(said);
                if dies {
                    self.stage.world.clear_faults();
                }
            }
            None => {
                self.say("the process died in a cycle".to_owned());
                self.stage.world.clear_faults();
                self.stage.restart();
            }
        }
        if self.chance(0.1) {
            self.say("restart".to_owned());
            self.stage.restart();
        }
        if self.chance(0.04) {
            let conflict = self.pick(&CONFLICTS);
            self.say(format!("restart with conflict = {conflict}"));
            let has_bodies = self.has_bodies;
            self.stage.reconfigure(|text| configure(text, conflict, has_bodies));
        }
        if self.chance(0.04) {
            // What is on its way cannot be known to an empty database: it is given the time it needs.
            self.stage.wait(16 * 60).await;
            self.say("the database is lost".to_owned());
            // And its history with it.
            assert_eq!(
                self.nowhere(),
                Vec::<String>::new(),
                "typed and neither shown nor in the history"
            );
            let shown = self.shown();
            self.owed.retain(|title| shown.contains_key(title));
            self.stage.lose_database();
        }
    }
}
