//! The world's clock: the only source of time in the stand-ins.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::model::{Side, Sides};

/// Two server clocks that flow with tokio's time (real or paused) and can be moved forward by hand.
///
/// The sides may be years apart: nothing of ours may compare them with each other (DESIGN §3, "Which clock").
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    base: Sides<DateTime<Utc>>,
}

impl Clock {
    /// Starts both clocks now, at the given times.
    #[must_use]
    pub fn new(start: Sides<DateTime<Utc>>) -> Clock {
        Clock { started: Instant::now(), base: start }
    }

    /// What that side's servers take for the present.
    #[must_use]
    pub fn now(&self, side: Side) -> DateTime<Utc> {
        later(self.base[side], Instant::now().saturating_duration_since(self.started))
    }

    /// Moves one side's clock forward, besides the flow of tokio's time.
    pub fn advance(&mut self, side: Side, by: Duration) {
        self.base[side] = later(self.base[side], by);
    }
}

/// The last second of the year 9999: no service writes a later time.
const END_OF_CALENDAR_SECS: i64 = 253_402_300_799;

/// `time` moved forward, stopping at the end of the calendar.
fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let end = DateTime::from_timestamp(END_OF_CALENDAR_SECS, 0).unwrap_or(time);
    let moved = TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by));
    moved.map_or(end, |moved| moved.min(end))
}

/// A time as HTTP's `Date` header writes it (whole seconds, GMT).
#[must_use]
pub fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
