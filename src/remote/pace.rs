//! How fast one side is asked: its budget, its gate, and who is next.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::gate::{Closed, Gate};
use super::limiter::{Rate, Window};
use super::{Kind, Patience};
use crate::clock;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Requests of one side under way at once.
const IN_FLIGHT: usize = 16;
/// GitHub: 10 calls a second. With one write a second among them that is at most 9 reads of one point and a write of
/// five, 840 points a minute of the 900 allowed, and at most 60 creations a minute of the 80 (github-api §6.2): those
/// two limits need no counting of their own.
const GITHUB_PER_SECOND: u32 = 10;
/// GitHub allows about 500 creations an hour, those made by people included.
pub const GITHUB_CREATIONS_PER_HOUR: usize = 450;
/// Notion: the share of the budget that may go at once, as a divisor. The larger the burst, the slower the rate.
const NOTION_BURST_SHARE: u32 = 90;

/// The pace of one side: who waits is served in the order of asking.
#[derive(Debug)]
pub struct Pace {
    gate: Gate,
    /// Bounds what is under way at once.
    calls: Semaphore,
    /// Where calls queue, so that only the first of them stands at the door: a write waits there for one read, not
    /// for sixteen.
    queue: Mutex<()>,
    /// Writes and creates queue here instead, one at a time.
    mutations: Option<Lane>,
    creations: Option<Mutex<Window>>,
    rate: Option<Rate>,
    /// Whoever is next stands in this door, at the gate and then at the rate, so that nobody overtakes.
    door: Mutex<()>,
}

/// One at a time, each at least `gap` after the end of the one before.
#[derive(Debug)]
struct Lane {
    gap: Duration,
    free_at: Mutex<Option<Instant>>,
}

/// Leave to send one request now; held until its answer is here.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _slot: Slot<'a>,
}

/// What is given back by dropping it.
#[derive(Debug)]
struct Slot<'a> {
    _call: Option<SemaphorePermit<'a>>,
    _mutation: Option<LaneTurn<'a>>,
}

#[derive(Debug)]
struct LaneTurn<'a> {
    gap: Duration,
    free_at: MutexGuard<'a, Option<Instant>>,
}

impl Drop for LaneTurn<'_> {
    fn drop(&mut self) {
        *self.free_at = Some(clock::monotonic() + self.gap);
    }
}

impl Pace {
    /// Notion's budget: at most that many requests in any 60 seconds, wherever its window starts (notion-api §2).
    /// A budget of 0 counts as 1.
    #[must_use]
    pub fn notion(requests_per_minute: u32) -> Pace {
        let budget = NonZeroU32::new(requests_per_minute).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(budget.get() / NOTION_BURST_SHARE).unwrap_or(NonZeroU32::MIN);
        Pace { rate: Some(Rate::at_most(budget, MINUTE, burst)), ..Pace::unlimited() }
    }

    /// GitHub's published secondary limits, with room left for people (github-api §6.2). The hourly primary budget
    /// is the server's to tell.
    #[must_use]
    pub fn github() -> Pace {
        let per_second = NonZeroU32::new(GITHUB_PER_SECOND).unwrap_or(NonZeroU32::MIN);
        Pace {
            rate: Some(Rate::every(SECOND / per_second.get())),
            mutations: Some(Lane::with_gap(SECOND)),
            creations: Some(Mutex::new(Window::at_most(GITHUB_CREATIONS_PER_HOUR, HOUR))),
            ..Pace::unlimited()
        }
    }

    /// GitHub as the demo's stand-in serves it: writes one at a time, but no spacing. What it answers still counts.
    #[must_use]
    pub fn github_raised() -> Pace {
        Pace { mutations: Some(Lane::with_gap(Duration::ZERO)), ..Pace::unlimited() }
    }

    fn unlimited() -> Pace {
        Pace {
            gate: Gate::open(),
            calls: Semaphore::new(IN_FLIGHT),
            queue: Mutex::new(()),
            mutations: None,
            creations: None,
            rate: None,
            door: Mutex::new(()),
        }
    }

    /// Waits for leave to send one request; `Closed` as soon as the side is closed for longer than this run may wait.
    pub(super) async fn turn(&self, kind: Kind, patience: &Patience) -> Result<Turn<'_>, Closed> {
        tokio::select! {
            biased;
            closed = self.gate.given_up() => Err(closed),
            turn = self.line_up(kind, patience) => turn,
        }
    }

    /// The server limits us, says the answer to a request sent at `sent_at`.
    pub(super) fn limited(
        &self,
        asked: Option<Duration>,
        why: String,
        sent_at: Instant,
        patience: &Patience,
    ) -> Closed {
        self.gate.close(asked, why, sent_at, patience)
    }

    /// The server answered a request sent at `sent_at` without limiting us.
    pub(super) fn answered(&self, sent_at: Instant) {
        self.gate.answered(sent_at);
    }

    async fn line_up(&self, kind: Kind, patience: &Patience) -> Result<Turn<'_>, Closed> {
        // Creations wait for their hour before they take the lane, so that they hold up no edit meanwhile.
        let mut hour = self.creation_of_this_hour(kind).await;
        let lane = self.lane(kind);
        let _first = match lane {
            Some(_) => None,
            None => Some(self.queue.lock().await),
        };
        let slot = self.slot(lane).await;
        let _next = self.door.lock().await;
        self.stand_in_the_door(patience).await?;
        if let Some(hour) = &mut hour {
            hour.take();
        }
        Ok(Turn { _slot: slot })
    }

    async fn creation_of_this_hour(&self, kind: Kind) -> Option<MutexGuard<'_, Window>> {
        match kind {
            Kind::Read | Kind::Write => None,
            Kind::Create => {
                let hour = self.creations.as_ref()?.lock().await;
                if let Some(free_at) = hour.free_at() {
                    let wait = free_at.saturating_duration_since(clock::monotonic());
                    tracing::info!(
                        wait_secs = wait.as_secs(),
                        "this hour's share of new objects is used up; waiting for the next, edits go on"
                    );
                    sleep_until(free_at).await;
                }
                Some(hour)
            }
        }
    }

    fn lane(&self, kind: Kind) -> Option<&Lane> {
        match kind {
            Kind::Read => None,
            Kind::Write | Kind::Create => self.mutations.as_ref(),
        }
    }

    async fn slot<'a>(&'a self, lane: Option<&'a Lane>) -> Slot<'a> {
        match lane {
            Some(lane) => Slot { _call: None, _mutation: Some(lane.turn().await) },
            // The semaphore is never closed, so there is always a permit in the end.
            None => Slot { _call: self.calls.acquire().await.ok(), _mutation: None },
        }
    }

    async fn stand_in_the_door(&self, patience: &Patience) -> Result<(), Closed> {
        let mut gate_changes = self.gate.watch();
        loop {
            self.gate.pass(patience).await?;
            let Some(rate) = &self.rate else { return Ok(()) };
            let Err(free_at) = rate.take() else { return Ok(()) };
            tokio::select! {
                () = sleep_until(free_at) => {}
                _ = gate_changes.changed() => {}
            }
        }
    }
}

impl Lane {
    fn with_gap(gap: Duration) -> Lane {
        Lane { gap, free_at: Mutex::new(None) }
    }

    async fn turn(&self) -> LaneTurn<'_> {
        let free_at = self.free_at.lock().await;
        if let Some(free_at) = *free_at {
            sleep_until(free_at).await;
        }
        LaneTurn { gap: self.gap, free_at }
    }
}
