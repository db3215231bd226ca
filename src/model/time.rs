//! Times as servers give them: never a point, always an interval as wide as their rounding.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A half-open stretch of one server's time in which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// First possible moment.
    pub from: DateTime<Utc>,
    /// First impossible moment.
    pub until: DateTime<Utc>,
}

impl Interval {
    /// GitHub's times have one-second precision (github-api §1.2).
    #[must_use]
    pub fn second(at: DateTime<Utc>) -> Interval {
        Interval { from: at, until: later(at, 1) }
    }

    /// Notion rounds edit times down to the minute (notion-api §9).
    #[must_use]
    pub fn minute(at: DateTime<Utc>) -> Interval {
        Interval { from: at, until: later(at, 60) }
    }

    /// Whether the two stretches share a moment, so that neither can be called the newer.
    #[must_use]
    pub fn overlaps(self, other: Interval) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// `secs` after `at`, or `at` itself at the end of representable time.
#[must_use]
pub fn later(at: DateTime<Utc>, secs: i64) -> DateTime<Utc> {
    at.checked_add_signed(TimeDelta::seconds(secs)).unwrap_or(at)
}

/// `secs` before `at`, or `at` itself at the beginning of representable time.
#[must_use]
pub fn earlier(at: DateTime<Utc>, secs: i64) -> DateTime<Utc> {
    at.checked_sub_signed(TimeDelta::seconds(secs)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_inside_a_minute_is_neither_before_nor_after_it() {
        let minute = Interval::minute("2026-01-05T09:10:00Z".parse().unwrap());
        let inside = Interval::second("2026-01-05T09:10:59Z".parse().unwrap());
        let after = Interval::second("2026-01-05T09:11:00Z".parse().unwrap());
        assert!(minute.overlaps(inside) && inside.overlaps(minute));
        assert!(!minute.overlaps(after) && !after.overlaps(minute));
    }
}
