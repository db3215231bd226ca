//! A script: everything that happens in one simulation, as data drawn from a seed. Leaving a part out leaves the rest as it
//! was, so that a script that fails can be made small.

use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use http::Method;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tandem::model::Side;
use tandem::sim::notion::{Paging, Rendering};
use tandem::sim::{Fault, LimitKind, Planned, Setup};

use crate::place::Terms;
use crate::scenes;

/// What happens in one simulation.
#[derive(Debug, Clone)]
pub struct Script {
    pub seed: u64,
    pub terms: Terms,
    /// Whether people do what only a full scan can see: trash, deletions, renamed labels.
    pub has_quiet_acts: bool,
    /// What is there before tandem runs for the first time.
    pub before: Vec<Act>,
    /// What goes wrong in the first cycle, which makes most of what is ever made.
    pub opening: Option<Planned>,
    /// After so many effects the process dies in it.
    pub opening_kill: Option<u64>,
    pub rounds: Vec<Round>,
}

/// Some acts, a cycle, a pause.
#[derive(Debug, Clone)]
pub struct Round {
    pub acts: Vec<Act>,
    /// While the cycle runs.
    pub meanwhile: Vec<Act>,
    pub faults: Vec<Planned>,
    /// After so many effects the process dies.
    pub kill: Option<u64>,
    pub cycle: Cycle,
    pub after: After,
    pub pause_secs: u64,
}

/// What kind of cycle it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cycle {
    Changes,
    Everything,
    DryRun,
}

/// What befalls the process between two cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Nothing,
    Restart,
    Reconfigure(&'static str),
    LoseDatabase,
}

/// Something a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// Told apart from all others: what is typed begins with it.
    pub id: u32,
    pub side: Side,
    pub what: What,
    /// Which item, counted round.
    pub item: u32,
    /// Where it is counted: on the other side, this one's partner is meant.
    pub counted_on: Side,
    /// What else is chosen.
    pub pick: u32,
    /// Time that passes before it.
    pub wait_secs: u32,
    /// While a cycle runs: requests that pass before it.
    pub wait_requests: u32,
}

/// The kinds of things people do. A kind that a side does not know is something else there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Make,
    Title,
    State,
    AddLabel,
    RemoveLabel,
    Milestone,
    Assignee,
    Type,
    BodyChange,
    BodyAdd,
    BodyRemove,
    BodyMove,
    Comment,
    /// A value that tandem alone writes.
    Trespass,
    Trash,
    Restore,
    Delete,
    RenameName,
    DeleteName,
    Duplicate,
    /// One status for every page.
    Sweep,
    /// A property gets another name, or its old one back.
    RenameProperty,
}

/// Each kind with how often it happens.
const EVERYDAY: [(What, u32); 14] = [
    (What::Make, 2),
    (What::Title, 6),
    (What::State, 6),
    (What::AddLabel, 5),
    (What::RemoveLabel, 3),
    (What::Milestone, 3),
    (What::Assignee, 3),
    (What::Type, 2),
    (What::BodyChange, 6),
    (What::BodyAdd, 4),
    (What::BodyRemove, 2),
    (What::BodyMove, 1),
    (What::Comment, 1),
    (What::Trespass, 1),
];
const QUIET: [(What, u32); 6] = [
    (What::Trash, 2),
    (What::Restore, 2),
    (What::Delete, 1),
    (What::RenameName, 2),
    (What::DeleteName, 1),
    (What::Duplicate, 1),
];

/// So long a page that was perhaps made is waited for, and a little less.
const WINDOW: Duration = Duration::from_secs(115);
/// About as many as a first cycle has.
const MOST_FIRST_EFFECTS: u64 = 60;
const CONFLICTS: [&str; 5] = ["newest", "newest", "github", "notion", "hold"];

impl Script {
    pub fn draw(seed: u64, cycles: u32) -> Script {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let has_bodies = rng.random_bool(0.7);
        let terms = Terms {
            conflict: CONFLICTS.choose(&mut rng).copied().unwrap_or("newest"),
            on_page_trashed: if rng.random_bool(0.7) { "unlink" } else { "close" },
            on_issue_deleted: if rng.random_bool(0.7) { "unlink" } else { "trash" },
            has_bodies,
            uploads_images: false,
            brake_floor: if rng.random_bool(0.7) { 1_000 } else { 5 },
        };
        let has_quiet_acts = rng.random();
        let mut drawer = Drawer { rng, next: 1, has_quiet_acts };
        let count = drawer.rng.random_range(6..10);
        let mut before: Vec<Act> =
            (0..count).map(|_| drawer.act_of(What::Make, Side::GitHub)).collect();
        let pages = drawer.rng.random_range(0..3);
        before.extend((0..pages).map(|_| drawer.act_of(What::Make, Side::Notion)));
        let mut rounds: Vec<Round> = (0..cycles).map(|_| drawer.round()).collect();
        scenes::put(seed, &mut rounds);
        scenes::rename(seed, &mut rounds);
        scenes::mislead(seed, has_quiet_acts, &mut rounds);
        let (opening, opening_kill) = (opening(seed), opening_kill(seed));
        let mut script =
            Script { seed, terms, has_quiet_acts, before, opening, opening_kill, rounds };
        script.keep_within_the_window();
        script
    }

    /// What is made late and listed late is to be seen in a list before it is made once more (DESIGN §3, Creates): a service that
    /// takes longer is told of, and not promised anything.
    fn keep_within_the_window(&mut self) {
        let latest = WINDOW.saturating_sub(self.setup().notion.list_lag);
        let faults = self.rounds.iter_mut().flat_map(|round| &mut round.faults);
        for planned in faults.chain(&mut self.opening) {
            if let Fault::CommitLater(late) = &mut planned.fault
                && planned.side == Side::Notion
                && planned.matching.method != Some(Method::PATCH)
            {
                *late = latest.min(*late);
            }
        }
    }

    /// The world it plays in.
    pub fn setup(&self) -> Setup {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x57_0F1E1D);
        let mut setup = Setup { seed: self.seed, ..Setup::default() };
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
        setup.notion.rendering = Rendering::drawn(self.seed);
        // The two services and we may be years apart.
        if rng.random_bool(0.4) {
            setup.start.notion += TimeDelta::days(rng.random_range(-900..900));
        }
        if rng.random_bool(0.4) {
            setup.start.github += TimeDelta::days(rng.random_range(-900..900));
        }
        // What no documentation settles.
        setup.notion.trash_bumps_page = rng.random();
        setup.notion.body_write_bumps_page = rng.random();
        setup.notion.updates_atomic = rng.random();
        if rng.random() {
            setup.notion.paging = Paging::ByPosition;
        }
        setup.github.bumps.label_renamed = rng.random();
        setup.github.bumps.milestone_renamed = rng.random();
        setup
    }
}

/// Every other time the answer to one of the first creates is lost.
fn opening(seed: u64) -> Option<Planned> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0BE9_1196);
    let (side, path) = match rng.random_bool(0.5) {
        true => (Side::GitHub, "/issues"),
        false => (Side::Notion, "/pages"),
    };
    let fault = match rng.random_range(0..3) {
        0 => Fault::CommitThenReset,
        1 => Fault::CommitThenServerError(502),
        _ => Fault::CommitLater(Duration::from_secs(rng.random_range(1..90))),
    };
    let planned = Planned::once(side, fault).on(Method::POST, path).after(rng.random_range(0..3));
    rng.random_bool(0.5).then_some(planned)
}

/// In one story of four.
fn opening_kill(seed: u64) -> Option<u64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0_5EED_DEAD);
    let effects = rng.random_range(0..MOST_FIRST_EFFECTS);
    rng.random_bool(0.25).then_some(effects)
}

struct Drawer {
    rng: ChaCha8Rng,
    next: u32,
    has_quiet_acts: bool,
}

impl Drawer {
    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    fn round(&mut self) -> Round {
        // People come back to the same item, and the same field, within minutes.
        let hot = self.rng.random();
        let count = self.rng.random_range(2..6);
        let mut acts: Vec<Act> = Vec::new();
        for _ in 0..count {
            let mut act = self.act(hot);
            if let Some(last) = acts.last().copied().filter(|_| self.chance(0.35)) {
                let (side, counted_on) = (last.side.other(), last.counted_on);
                act = Act { what: last.what, item: last.item, side, counted_on, ..act };
            }
            acts.push(act);
        }
        let meanwhile = match self.chance(0.4) {
            true => (0..self.rng.random_range(1..4)).map(|_| self.act(hot)).collect(),
            false => Vec::new(),
        };
        let faults = match self.chance(0.62) {
            true => (0..self.rng.random_range(1..4)).map(|_| self.fault()).collect(),
            false => Vec::new(),
        };
        let kill = self.chance(0.17).then(|| self.rng.random_range(0..45));
        let cycle = match self.rng.random_range(0..20) {
            // Elsewhere no full scan makes good what the cursors missed (I9).
            0..2 if self.has_quiet_acts => Cycle::Everything,
            2 => Cycle::DryRun,
            _ => Cycle::Changes,
        };
        let after = match self.rng.random_range(0..100) {
            0..8 => After::Restart,
            8..10 => After::Reconfigure(CONFLICTS.choose(&mut self.rng).unwrap_or(&"newest")),
            10..12 => After::LoseDatabase,
            _ => After::Nothing,
        };
        let pause_secs = self.rng.random_range(0..900);
        Round { acts, meanwhile, faults, kill, cycle, after, pause_secs }
    }

    fn act(&mut self, hot: u32) -> Act {
        let quiet = if self.has_quiet_acts { &QUIET[..] } else { &[] };
        let all: Vec<(What, u32)> = EVERYDAY.iter().chain(quiet).copied().collect();
        let what = all.choose_weighted(&mut self.rng, |(_, weight)| *weight);
        let what = what.map_or(What::Title, |(what, _)| *what);
        let side = if self.rng.random() { Side::GitHub } else { Side::Notion };
        let act = self.act_of(what, side);
        match self.chance(0.5) {
            true => Act { item: hot, ..act },
            false => act,
        }
    }

    fn act_of(&mut self, what: What, side: Side) -> Act {
        let id = self.next;
        self.next += 1;
        let wait_secs = if self.chance(0.3) { 0 } else { self.rng.random_range(0..120) };
        let (item, pick) = (self.rng.random(), self.rng.random());
        let wait_requests = self.rng.random_range(0..12);
        Act { id, side, what, item, counted_on: side, pick, wait_secs, wait_requests }
    }

    fn fault(&mut self) -> Planned {
        let side = if self.rng.random() { Side::GitHub } else { Side::Notion };
        let retry_after_secs = self.chance(0.7).then_some(self.rng.random_range(1..200));
        let kinds = [
            LimitKind::Primary403,
            LimitKind::Primary429,
            LimitKind::Secondary403,
            LimitKind::Secondary429,
            LimitKind::Overloaded,
            LimitKind::Blocked,
        ];
        let kind = kinds.choose(&mut self.rng).copied().unwrap_or(LimitKind::Overloaded);
        let status = [500, 502, 503, 504].choose(&mut self.rng).copied().unwrap_or(500);
        let fault = match self.rng.random_range(0..18) {
            0 => {
                let status = [400, 403, 404, 409, 422].choose(&mut self.rng).copied();
                Fault::Refuse(status.unwrap_or(404))
            }
            1 | 2 => Fault::Limited { retry_after_secs, kind },
            3 | 4 => Fault::ServerError(status),
            5 | 6 => Fault::CommitThenServerError(status),
            7 | 8 => Fault::CommitThenReset,
            9 => Fault::CommitThenHang,
            10 => Fault::CommitLater(Duration::from_secs(self.rng.random_range(1..100))),
            11 => Fault::Reset,
            12 => Fault::Hang,
            13 => Fault::TruncatedBody,
            14 => Fault::HtmlBody(status),
            15 => Fault::Garbage,
            // Elsewhere no full scan makes good what a short list hid.
            16 if self.has_quiet_acts => Fault::ShortList,
            _ => Fault::Slow(Duration::from_secs(self.rng.random_range(1..50))),
        };
        // Some outlast every attempt at one request.
        let (skip, times) = (self.rng.random_range(0..8), self.rng.random_range(1..9));
        let mut planned = Planned::once(side, fault).after(skip).times(times);
        if self.chance(0.5) {
            let method = if self.chance(0.5) { Method::POST } else { Method::PATCH };
            let path = match (&method, side) {
                (&Method::POST, Side::Notion) => "/pages",
                _ => "",
            };
            planned = planned.on(method, path).after(skip % 3);
        }
        planned
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Act { id, side, what, item, counted_on, pick, wait_secs, wait_requests } = self;
        write!(
            f,
            "{id}: {side:?} {what:?} item {item} of {counted_on:?} pick {pick} after {wait_secs} s or {wait_requests} requests"
        )
    }
}
