//! Two ways of never sending too much: an even rate (governor) and a count over the last hour.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::Add;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::clock;

/// Two requests do not take equally long to arrive: what is spread over this much more than a window when sent is
/// still spread over the window when it arrives.
const ARRIVAL_SKEW: Duration = Duration::from_millis(500);

/// An even rate with a small burst. governor's own waiting runs on a clock of its own, which a paused tokio clock
/// does not move; so this only tells when, and the caller sleeps.
#[derive(Debug)]
pub(super) struct Rate(RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Tick>>);

impl Rate {
    /// Lets at most `most` through in *any* span of `window`, of which `burst` may go at once.
    ///
    /// A burst of b and then one every t lets `b - 1 + ceil(window / t)` through in the worst window; t is the least
    /// for which that is `most`. (governor's `per_minute(180)` lets 359 through: a full burst and a full rate.)
    pub(super) fn at_most(most: NonZeroU32, window: Duration, burst: NonZeroU32) -> Rate {
        let burst = burst.min(most);
        let evenly = most.get() - burst.get() + 1;
        Rate::with((window + ARRIVAL_SKEW) / evenly, burst)
    }

    /// One at a time, `period` apart.
    pub(super) fn every(period: Duration) -> Rate {
        Rate::with(period, NonZeroU32::MIN)
    }

    fn with(period: Duration, burst: NonZeroU32) -> Rate {
        // Only a period of zero makes no quota, and that would be a rate without a limit: slow is the safe reading.
        let quota = Quota::with_period(period).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        Rate(RateLimiter::direct_with_clock(quota.allow_burst(burst), TokioClock))
    }

    /// Takes a place now, or says when to ask again.
    pub(super) fn take(&self) -> Result<(), Instant> {
        self.0.check().map_err(|not_until| not_until.earliest_possible().0)
    }
}

/// At most so many in any span, all of them at once if need be: the times of the last ones are remembered.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    span: Duration,
    taken: VecDeque<Instant>,
}

impl Window {
    pub(super) fn at_most(most: usize, span: Duration) -> Window {
        Window { most, span, taken: VecDeque::new() }
    }

    /// When the next place is free; a moment that has passed means now.
    pub(super) fn free_at(&self) -> Option<Instant> {
        let oldest = self.taken.len().checked_sub(self.most)?;
        self.taken.get(oldest).map(|taken| *taken + self.span)
    }

    /// Takes a place.
    pub(super) fn take(&mut self) {
        self.taken.push_back(clock::monotonic());
        while self.taken.len() > self.most {
            self.taken.pop_front();
        }
    }
}

#[derive(Debug, Clone)]
struct TokioClock;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tick(Instant);

impl Clock for TokioClock {
    type Instant = Tick;

    fn now(&self) -> Tick {
        Tick(clock::monotonic())
    }
}

impl Add<Nanos> for Tick {
    type Output = Tick;

    fn add(self, nanos: Nanos) -> Tick {
        Tick(self.0 + Duration::from(nanos))
    }
}

impl Reference for Tick {
    fn duration_since(&self, earlier: Tick) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, nanos: Nanos) -> Tick {
        Tick(self.0.checked_sub(nanos.into()).unwrap_or(self.0))
    }
}
