//! Load: thousands of pairs, a tenth of them edited on each side in every cycle, and limits for minutes. Nothing is lost,
//! what waits is told, memory stays bounded (DESIGN §6; I2, I5, I6, I9, I14). `TANDEM_LOAD_PAIRS=10000` for more pairs.
#![cfg(feature = "sim")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where it stands, and tells what it measured"
)]

#[path = "stories/agreement.rs"]
#[allow(dead_code, unreachable_pub, reason = "the stage of the stories needs it")]
mod agreement;
#[path = "stories/stage.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the stage of the stories, of which a part is needed here"
)]
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tandem::engine::{Halt, Mode, Order, ProblemKind, Report, Scope, Unwatched, run_cycle};
use tandem::model::{Side, Sides};
use tandem::remote::Patience;
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Counts, Fault, LimitKind, Planned, Setup};
use tandem::store::{Store, SyncId};

use stage::{Stage, connect, since};

const PAIRS: u64 = 1_000;
/// Titles that both people change at the same time, of a hundred edits.
const CONFLICTS_PERCENT: u64 = 5;
/// What memory may grow by from the first import to the end, for each pair: the stand-ins live in the same process, and
/// keep every event, every version of a page and every request.
const MAX_GROWTH_KIB_PER_PAIR: u64 = 10;

/// A stage with many pairs and a database file.
struct Load {
    stage: Stage,
    _dir: tempfile::TempDir,
    rng: ChaCha8Rng,
    pairs: u64,
    pages: BTreeMap<u64, PageId>,
    words: u64,
    /// Titles that somebody typed and no person took away again.
    owed: BTreeSet<String>,
}

/// Whom a round of edits touched.
#[derive(Default)]
struct Edited {
    github: BTreeSet<u64>,
    notion: BTreeSet<u64>,
    /// How often somebody closed or reopened in Notion: the closing time then follows by a write of its own.
    states: u64,
    /// How often a label in Notion: GitHub answers with the labels alone, so that the issue is read once more.
    labels: u64,
}

/// What somebody does to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Title,
    State,
    Label,
}

impl Edited {
    fn all(&self) -> BTreeSet<u64> {
        self.github.union(&self.notion).copied().collect()
    }
}

impl Load {
    /// Every issue gets its page.
    async fn imported(pairs: u64) -> Load {
        let dir = tempfile::tempdir().unwrap();
        let mut stage = Stage::with(Setup::default(), |text| {
            *text = text.replace("[[sync]]", "[safety]\nbrake_percent = 100\n[[sync]]");
        });
        stage.store = Store::open(&dir.path().join("tandem.db")).unwrap();
        for n in 1..=pairs {
            stage.issue(&format!("first{n} title"));
        }
        let report = stage.good_cycle().await;
        assert_eq!(report.counts.created, Sides { github: 0, notion: pairs });
        // N writes, a page of a list for every hundred on each side, and a few more (§6).
        let made = stage.world.counts();
        assert_eq!((made.github.writes, made.notion.writes), (0, pairs), "one write per issue");
        let reads = made.github.reads + made.notion.reads;
        assert!(reads <= 2 * pairs.div_ceil(100) + 12, "{reads} reads for {pairs} issues");
        // Past the overlap with which lists are read.
        stage.wait(20 * 60).await;
        stage.good_cycle().await;
        let pages = stage.world.notion(|notion, _| {
            let all = notion.pages(stage.table);
            let number = |url: &str| url.rsplit('/').next()?.parse().ok();
            let named =
                all.iter().map(|page| (number(&page.url("GitHub").unwrap()).unwrap(), page.id()));
            named.collect()
        });
        let rng = ChaCha8Rng::seed_from_u64(pairs);
        let owed = BTreeSet::new();
        Load { stage, _dir: dir, rng, pairs, pages, words: 0, owed }
    }

    /// A tenth of the pairs is edited on GitHub and a tenth in Notion; some of them on both sides.
    fn people(&mut self) -> Edited {
        let mut numbers: Vec<u64> = (1..=self.pairs).collect();
        numbers.shuffle(&mut self.rng);
        let tenth = usize::try_from(self.pairs / 10).unwrap();
        let conflicts = usize::try_from(self.pairs / 10 * CONFLICTS_PERCENT / 100).unwrap();
        let mut edited = Edited::default();
        for (n, number) in numbers[..2 * tenth - conflicts].iter().copied().enumerate() {
            let is_conflict = n < conflicts;
            if n < tenth {
                self.on_github(number, is_conflict);
                edited.github.insert(number);
            }
            if n >= tenth || is_conflict {
                let deed = self.in_notion(number, is_conflict);
                edited.states += u64::from(deed == Deed::State);
                edited.labels += u64::from(deed == Deed::Label);
                edited.notion.insert(number);
            }
        }
        edited
    }

    fn word(&mut self) -> String {
        self.words += 1;
        let word = format!("typed{}", self.words);
        self.owed.insert(word.clone());
        word
    }

    /// Somebody takes a title away from one side; what stands on the other side as well is still owed.
    fn displace(&mut self, number: u64, by: Side) {
        let github = self.stage.shows(number, |issue| issue.title.clone());
        let notion = self.stage.page_shows(self.pages[&number], |page| page.title());
        let (here, there) = match by {
            Side::GitHub => (github, notion),
            Side::Notion => (notion, github),
        };
        if here != there {
            self.owed.remove(&here);
        }
    }

    /// Both of a conflict type a title.
    fn deed(&mut self, is_conflict: bool) -> Deed {
        match if is_conflict { 0 } else { self.rng.random_range(0..4) } {
            0 | 1 => Deed::Title,
            2 => Deed::State,
            _ => Deed::Label,
        }
    }

    fn on_github(&mut self, number: u64, is_conflict: bool) {
        match self.deed(is_conflict) {
            Deed::Title => {
                self.displace(number, Side::GitHub);
                let title = self.word();
                self.stage.on_github(|it, repo| it.set_title(repo, number, &title));
            }
            Deed::State => {
                let is_closed = self.stage.shows(number, |issue| issue.is_closed);
                self.stage.on_github(|it, repo| match is_closed {
                    true => it.reopen(repo, number),
                    false => it.close(repo, number, "not_planned"),
                });
            }
            Deed::Label => {
                let label = format!("l{}", self.rng.random_range(0..20));
                let has = self.stage.shows(number, |issue| issue.labels.contains(&label));
                self.stage.on_github(|it, repo| match has {
                    true => it.remove_label(repo, number, &label),
                    false => it.add_label(repo, number, &label),
                });
            }
        }
    }

    fn in_notion(&mut self, number: u64, is_conflict: bool) -> Deed {
        let page = self.pages[&number];
        let deed = self.deed(is_conflict);
        match deed {
            Deed::Title => {
                self.displace(number, Side::Notion);
                let title = self.word();
                self.stage.on_notion(|it, by, now| it.set_title(page, &title, by, now));
            }
            Deed::State => {
                let status = self.stage.page_shows(page, |page| page.option("Status"));
                let to = if status.as_deref() == Some("Done") { "To do" } else { "Done" };
                self.stage.on_notion(|it, by, now| it.set_option(page, "Status", to, by, now));
            }
            Deed::Label => {
                let label = format!("l{}", self.rng.random_range(0..20));
                let mut labels = self.stage.page_shows(page, |page| page.options("Labels"));
                if !labels.remove(&label) {
                    labels.insert(label);
                }
                let labels = Plain::Options(labels.into_iter().collect());
                self.stage.on_notion(|it, by, now| it.set(page, "Labels", &labels, by, now));
            }
        }
        deed
    }

    /// A cycle, what it cost, and how much time went by.
    async fn cycle(&self) -> (Report, Sides<Counts>, Duration) {
        let (before, began) = (self.stage.world.counts(), tokio::time::Instant::now());
        let report = self.stage.cycle().await;
        (report, since(before, self.stage.world.counts()), began.elapsed())
    }

    /// A single run that waits two minutes at most.
    async fn impatient_cycle(&self) -> Report {
        let services = connect(
            &self.stage.world,
            &self.stage.config,
            Patience::at_most(Duration::from_secs(120)),
        );
        let halt = Halt::default();
        let order =
            Order { scope: Scope::Changes, mode: Mode::Execute, halt: &halt, progress: &Unwatched };
        let config = &self.stage.config.syncs[0];
        run_cycle(&services, &self.stage.store, config, &order).await.unwrap()
    }

    /// Items on which the two sides do not agree, as the stand-ins see them.
    fn out_of_step(&self) -> BTreeSet<String> {
        let found = self.stage.differences(&[self.stage.repo]);
        let item = |line: &String| line.split([',', ':']).next().unwrap_or_default().to_owned();
        found.iter().map(item).collect()
    }

    fn sync(&self) -> SyncId {
        self.stage.store.sync_id("app").unwrap().unwrap()
    }

    fn cursors(&self) -> Vec<String> {
        let cursors = self.stage.store.cursors(self.sync()).unwrap();
        cursors.iter().map(|(side, of, cursor)| format!("{side} {of} {}", cursor.at)).collect()
    }

    /// Titles that somebody typed, and that neither side shows and the history does not hold (I2).
    fn lost(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        for (_, _, lost) in self.stage.history() {
            let words = lost.split(|c: char| !c.is_ascii_alphanumeric());
            known.extend(words.map(str::to_owned));
        }
        for number in 1..=self.pairs {
            known.insert(self.stage.shows(number, |issue| issue.title.clone()));
            known.insert(self.stage.page_shows(self.pages[&number], |page| page.title()));
        }
        self.owed.difference(&known).cloned().collect()
    }
}

/// What this process holds now, and the most it ever held.
fn memory_kib() -> Option<[u64; 2]> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some([of("VmRSS:")?, of("VmHWM:")?])
}

/// Limited for about so many minutes, a minute at a time.
fn storm(side: Side, kind: LimitKind, minutes: u32) -> Planned {
    Planned::once(side, Fault::Limited { retry_after_secs: Some(60), kind }).times(minutes)
}

#[tokio::test(start_paused = true)]
async fn a_tenth_of_all_pairs_edited_on_each_side_in_every_cycle_and_limits_for_minutes() {
    let pairs =
        std::env::var("TANDEM_LOAD_PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(PAIRS);
    let mut load = Load::imported(pairs).await;
    let before = memory_kib();
    load.stage.world.clear_seen();

    a_plain_cycle_costs_what_it_should(&mut load).await;
    a_storm_is_sat_out(&mut load).await;
    a_run_that_may_not_wait_tells_what_waits(&mut load).await;

    // At rest: within three cycles, none of which compares everything (I5), nothing is left to do (I6).
    load.stage.world.clear_faults();
    let mut last = Vec::new();
    for _ in 0..3 {
        load.stage.wait(20 * 60).await;
        let (report, cost, _) = load.cycle().await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        last = [cost.github.writes, cost.notion.writes].to_vec();
    }
    assert_eq!(last, [0, 0], "still writing");
    load.stage.assert_in_step();
    assert_eq!(load.lost(), Vec::<String>::new(), "typed, and neither shown nor in the history");
    let full = load.stage.full_cycle().await;
    assert_eq!(
        full.counts.updated,
        Sides::default(),
        "the full scan finds nothing that was passed over"
    );

    let Some(([then, _], [now, peak])) = before.zip(memory_kib()) else {
        println!("SKIPPED: the memory of this process cannot be seen here");
        return;
    };
    println!("{pairs} pairs: {then} KiB after the import, {now} KiB now, {peak} KiB at most");
    let bound = then + MAX_GROWTH_KIB_PER_PAIR * pairs;
    assert!(peak <= bound, "{peak} KiB at most, and {bound} are allowed");
}

/// Without limits: one write per edited pair and side, one read of what is written over, and the pages of the lists.
async fn a_plain_cycle_costs_what_it_should(load: &mut Load) {
    let edited = load.people();
    load.stage.wait(600).await;
    let (report, cost, took) = load.cycle().await;
    assert_eq!((&report.problems[..], report.counts.not_begun), (&[][..], 0));
    assert_eq!(
        (report.held.len(), report.failed.len()),
        (0, 0),
        "{:?} {:?}",
        report.held,
        report.failed
    );
    assert_eq!(load.out_of_step(), BTreeSet::new());
    assert_eq!(load.lost(), Vec::<String>::new());
    let (github, notion) = (edited.github.len() as u64, edited.notion.len() as u64);
    let both = github + notion - edited.all().len() as u64;
    println!(
        "{} pairs, {github} edited on GitHub, {notion} in Notion, {both} on both: {cost:?} in {took:?}",
        load.pairs
    );
    let states = edited.states;
    assert!(cost.github.writes <= notion, "{cost:?}");
    assert!(cost.notion.writes <= github + states, "{cost:?}, {states}");
    let listed = |count: u64| count.div_ceil(100) + 3;
    // Each conflict asks for the times of its fields, of a timeline and perhaps of the issue.
    let reads = cost.github.reads;
    assert!(reads <= listed(github) + notion + edited.labels + 3 * both, "{reads} reads of GitHub");
    let reads = cost.notion.reads;
    assert!(reads <= 3 * listed(notion) + github + states + 2 * both, "{reads} reads of Notion");
}

/// The daemon waits as long as it takes, and loses nothing.
async fn a_storm_is_sat_out(load: &mut Load) {
    for (github, notion) in [
        (LimitKind::Secondary429, LimitKind::Primary429),
        (LimitKind::Primary403, LimitKind::Overloaded),
        (LimitKind::Secondary403, LimitKind::Secondary429),
    ] {
        load.people();
        load.stage.wait(600).await;
        let inject = |planned| load.stage.world.inject(planned);
        for skip in [3, 40, 120] {
            inject(storm(Side::GitHub, github, 4).after(skip));
            inject(storm(Side::Notion, notion, 4).after(skip));
        }
        let (report, cost, took) = load.cycle().await;
        println!(
            "sat out {} refusals in {took:?}: {}",
            cost.github.limited + cost.notion.limited,
            report.outcome()
        );
        assert!(cost.github.limited + cost.notion.limited >= 8, "{cost:?}");
        assert!(took >= Duration::from_secs(8 * 60), "{took:?}");
        tells_what_waits(load, &report);
        load.stage.wait(600).await;
    }
}

/// A single run ends in the storm: every pair that is not in step yet is told as failed or counted as not begun, no
/// cursor moves, and `status` knows it from the database.
async fn a_run_that_may_not_wait_tells_what_waits(load: &mut Load) {
    for side in Side::BOTH {
        load.people();
        load.stage.wait(600).await;
        let (store, sync) = (&load.stage.store, load.sync());
        let (cursors, fresh) = (load.cursors(), store.last_success(sync).unwrap());
        let long = Fault::Limited { retry_after_secs: Some(1_800), kind: LimitKind::Secondary429 };
        let skip = u32::try_from(load.pairs / 20).unwrap();
        load.stage.world.inject(Planned::once(side, long).after(skip).times(1_000));
        let report = load.impatient_cycle().await;
        load.stage.world.clear_faults();
        assert_eq!(report.outcome(), "incomplete");
        assert!(report.problems.iter().all(|it| it.kind == ProblemKind::Unreachable), "{report:?}");
        assert!(report.problems.iter().any(|it| it.message.contains("limits us")), "{report:?}");
        assert!(report.counts.not_begun > 0, "{:?}", report.counts);
        println!("cut short by {side}: {:?}, {} failed", report.counts, report.failed.len());
        tells_what_waits(load, &report);

        assert_eq!(load.cursors(), cursors, "a cursor moved past what was not done");
        assert_eq!(store.last_success(sync).unwrap(), fresh, "it was no fresh cycle");
        let last = store.last_cycles(sync, 1).unwrap().remove(0).end.unwrap();
        assert_eq!(last.counts["not_begun"], report.counts.not_begun);
        let pending: BTreeSet<String> =
            store.pending(sync).unwrap().iter().map(|pending| pending.item.to_string()).collect();
        let told: BTreeSet<String> = report
            .failed
            .iter()
            .chain(&report.pending)
            .map(|waiting| waiting.item.clone())
            .collect();
        assert_eq!(pending, told, "the database and the report tell the same");
        load.stage.wait(1_800).await;
    }
}

/// What is not in step is what failed and what was not begun, no more and no less.
fn tells_what_waits(load: &Load, report: &Report) {
    let out_of_step = load.out_of_step();
    let failed: BTreeSet<String> = report.failed.iter().map(|failed| failed.item.clone()).collect();
    let open = out_of_step.difference(&failed).count() as u64;
    assert_eq!(
        open,
        report.counts.not_begun,
        "of {} out of step, {} failed",
        out_of_step.len(),
        failed.len()
    );
    assert_eq!(load.lost(), Vec::<String>::new(), "lost in the storm");
}
