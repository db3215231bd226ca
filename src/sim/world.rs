//! One world with both services in it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use http::{HeaderValue, Request, Response};

use super::clock::{Clock, http_date};
use super::faults::{self, Fault, Planned};
use super::traffic::{Counts, Reply, Seen, is_limit, is_mutating};
use super::{github, notion};
use crate::model::{Side, Sides};

/// The request log keeps this many entries; the oldest go first (I14).
const MAX_SEEN: usize = 200_000;

/// How a world begins.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// What each side's servers take for the present.
    pub start: Sides<DateTime<Utc>>,
    /// GitHub's limits and switches.
    pub github: github::Options,
    /// Notion's limits and switches.
    pub notion: notion::Options,
}

impl Default for Setup {
    fn default() -> Setup {
        let start =
            Utc.with_ymd_and_hms(2026, 1, 5, 9, 0, 0).single().unwrap_or(DateTime::UNIX_EPOCH);
        Setup {
            seed: 1,
            start: Sides { github: start, notion: start },
            github: github::Options::default(),
            notion: notion::Options::default(),
        }
    }
}

/// Both stand-ins, their clocks, the faults in wait and the log of requests.
pub struct World {
    inner: Mutex<Inner>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

struct Inner {
    clock: Clock,
    github: github::State,
    notion: notion::State,
    /// Kept only while a [`Fault::Stale`] is planned: copying a state is not free.
    github_before: Option<Box<github::State>>,
    notion_before: Option<Box<notion::State>>,
    planned: Vec<Planned>,
    /// Requests whose effect is still to come, and when.
    delayed: Vec<(DateTime<Utc>, Side, Request<Bytes>)>,
    late_effects: u64,
    seen: VecDeque<Seen>,
    counts: Sides<Counts>,
}

impl World {
    /// A new, empty world.
    #[must_use]
    pub fn new(setup: Setup) -> Arc<World> {
        Arc::new(World {
            inner: Mutex::new(Inner {
                clock: Clock::new(setup.start),
                github: github::State::new(setup.github, setup.seed),
                notion: notion::State::new(setup.notion, setup.seed),
                github_before: None,
                notion_before: None,
                planned: Vec::new(),
                delayed: Vec::new(),
                late_effects: 0,
                seen: VecDeque::new(),
                counts: Sides::default(),
            }),
        })
    }

    /// Answers one request to that side. Faults are applied here, for both sides alike; every request is
    /// counted and logged.
    pub fn handle(&self, side: Side, request: &Request<Bytes>) -> Reply {
        self.lock().handle(side, request)
    }

    /// Acts of people on GitHub, and looking at what is there.
    pub fn github<T>(&self, act: impl FnOnce(&mut github::State, DateTime<Utc>) -> T) -> T {
        let mut inner = self.lock();
        let now = inner.clock.now(Side::GitHub);
        act(&mut inner.github, now)
    }

    /// Acts of people in Notion, and looking at what is there.
    pub fn notion<T>(&self, act: impl FnOnce(&mut notion::State, DateTime<Utc>) -> T) -> T {
        let mut inner = self.lock();
        let now = inner.clock.now(Side::Notion);
        act(&mut inner.notion, now)
    }

    /// What that side's servers take for the present.
    pub fn now(&self, side: Side) -> DateTime<Utc> {
        self.lock().clock.now(side)
    }

    /// Moves both clocks forward, besides the flow of tokio's time.
    pub fn advance(&self, by: Duration) {
        let mut inner = self.lock();
        for side in Side::BOTH {
            inner.clock.advance(side, by);
        }
    }

    /// Moves one side's clock forward.
    pub fn advance_side(&self, side: Side, by: Duration) {
        self.lock().clock.advance(side, by);
    }

    /// The requests so far, oldest first (at most the last 200,000).
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.iter().cloned().collect()
    }

    /// The last request, if any is remembered.
    pub fn last_seen(&self) -> Option<Seen> {
        self.lock().seen.back().cloned()
    }

    /// Forgets the log and sets the counts to zero.
    pub fn clear_seen(&self) {
        let mut inner = self.lock();
        inner.seen.clear();
        inner.counts = Sides::default();
    }

    /// How many requests reached each side since the start or [`clear_seen`](World::clear_seen).
    pub fn counts(&self) -> Sides<Counts> {
        self.lock().counts
    }

    /// Plans a fault.
    pub fn inject(&self, fault: Planned) {
        let mut inner = self.lock();
        if fault.fault == Fault::Stale {
            inner.remember(fault.side);
        }
        inner.planned.push(fault);
    }

    /// The faults that have not met all their requests yet.
    pub fn planned(&self) -> Vec<Planned> {
        self.lock().planned.clone()
    }

    /// Takes back every planned fault.
    pub fn clear_faults(&self) {
        let mut inner = self.lock();
        inner.planned.clear();
        inner.forget();
    }

    /// What happened late has happened now, so that what follows is told apart from it. Says how many such effects there
    /// were so far.
    pub fn catch_up(&self) -> u64 {
        self.lock().late_effects
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in a test's own closure leaves the world usable for the test's report.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.catch_up();
        inner
    }
}

impl Inner {
    /// Lets the effects happen whose time has come.
    fn catch_up(&mut self) {
        while let Some(at) =
            self.delayed.iter().position(|(due, side, _)| *due <= self.clock.now(*side))
        {
            let (due, side, request) = self.delayed.remove(at);
            self.late_effects += 1;
            self.respond(side, due, &request, true);
        }
    }

    fn handle(&mut self, side: Side, request: &Request<Bytes>) -> Reply {
        let now = self.clock.now(side);
        let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        let mutating = is_mutating(side, request.method(), request.uri().path());
        let fault = faults::take(&mut self.planned, side, request.method(), &path, mutating);

        let mut reply = match fault {
            None => Reply::Answer(self.respond(side, now, request, mutating)),
            Some(fault) => self.respond_with(fault, side, now, request, mutating),
        };
        if let Reply::Answer(response) | Reply::Delayed(_, response) | Reply::Truncated(response) =
            &mut reply
            && let Ok(date) = HeaderValue::from_str(&http_date(now))
        {
            response.headers_mut().insert(http::header::DATE, date);
        }
        if !self.planned.iter().any(|plan| plan.fault == Fault::Stale) {
            self.forget();
        }

        self.count(side, mutating, fault, &reply);
        if self.seen.len() == MAX_SEEN {
            self.seen.pop_front();
        }
        let status = reply.status();
        self.seen.push_back(Seen {
            side,
            method: request.method().clone(),
            path,
            status,
            fault,
            mutating,
            at: now,
        });
        reply
    }

    fn respond(
        &mut self,
        side: Side,
        now: DateTime<Utc>,
        request: &Request<Bytes>,
        mutating: bool,
    ) -> Response<Bytes> {
        if mutating
            && self.planned.iter().any(|plan| plan.side == side && plan.fault == Fault::Stale)
        {
            self.remember(side);
        }
        match side {
            Side::GitHub => github::handle(&mut self.github, now, request),
            Side::Notion => notion::handle(&mut self.notion, now, request),
        }
    }

    fn respond_with(
        &mut self,
        fault: Fault,
        side: Side,
        now: DateTime<Utc>,
        request: &Request<Bytes>,
        mutating: bool,
    ) -> Reply {
        match fault {
            Fault::Refuse(status) | Fault::ServerError(status) => {
                Reply::Answer(faults::error(side, status))
            }
            Fault::Limited { retry_after_secs, kind } => {
                Reply::Answer(faults::limited(side, kind, retry_after_secs, now))
            }
            Fault::CommitThenServerError(status) => {
                self.respond(side, now, request, mutating);
                Reply::Answer(faults::error(side, status))
            }
            Fault::CommitThenReset => {
                self.respond(side, now, request, mutating);
                Reply::Reset
            }
            Fault::CommitThenHang => {
                self.respond(side, now, request, mutating);
                Reply::Hang
            }
            Fault::CommitLater(delay) => {
                let delay = TimeDelta::from_std(delay).ok();
                let due = delay.and_then(|delay| now.checked_add_signed(delay));
                let due = due.unwrap_or(DateTime::<Utc>::MAX_UTC);
                self.delayed.push((due, side, request.clone()));
                Reply::Hang
            }
            Fault::Reset => Reply::Reset,
            Fault::Hang => Reply::Hang,
            Fault::TruncatedBody => {
                let mut response = self.respond(side, now, request, mutating);
                let half = response.body().len() / 2;
                if half == 0 {
                    // Nothing to cut: what remains of the fault is the lost connection.
                    return Reply::Reset;
                }
                response.body_mut().truncate(half);
                Reply::Truncated(response)
            }
            Fault::HtmlBody(status) => Reply::Answer(faults::html(status)),
            Fault::Garbage => Reply::Answer(faults::garbage()),
            Fault::ShortList => {
                Reply::Answer(faults::shortened(self.respond(side, now, request, mutating)))
            }
            Fault::Stale => Reply::Answer(self.respond_stale(side, now, request)),
            Fault::Slow(delay) => Reply::Delayed(delay, self.respond(side, now, request, mutating)),
        }
    }

    /// Reads change nothing but rate budgets, and the ones spent here are forgotten with the copy.
    fn respond_stale(
        &mut self,
        side: Side,
        now: DateTime<Utc>,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        match side {
            Side::GitHub => {
                let state = self.github_before.as_deref_mut().unwrap_or(&mut self.github);
                github::handle(state, now, request)
            }
            Side::Notion => {
                let state = self.notion_before.as_deref_mut().unwrap_or(&mut self.notion);
                notion::handle(state, now, request)
            }
        }
    }

    fn remember(&mut self, side: Side) {
        match side {
            Side::GitHub => self.github_before = Some(Box::new(self.github.clone())),
            Side::Notion => self.notion_before = Some(Box::new(self.notion.clone())),
        }
    }

    fn forget(&mut self) {
        self.github_before = None;
        self.notion_before = None;
    }

    fn count(&mut self, side: Side, mutating: bool, fault: Option<Fault>, reply: &Reply) {
        if matches!(fault, Some(Fault::Reset | Fault::Hang)) {
            return;
        }
        let counts = &mut self.counts[side];
        if mutating {
            counts.writes += 1;
        } else {
            counts.reads += 1;
        }
        if let Reply::Answer(response) | Reply::Delayed(_, response) = reply {
            counts.not_modified += u64::from(response.status().as_u16() == 304);
            counts.limited += u64::from(is_limit(response));
        }
    }
}
