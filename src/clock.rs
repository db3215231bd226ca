//! The only module that reads time.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// A point on our own monotonic clock, which follows tokio's (so tests can pause it). For pacing, pauses and
/// durations only: whatever is compared with a server's times uses that server's clock (DESIGN §3).
#[must_use]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// Our own wall clock: for the schedule, for `status` and to date history. Never compared with a server's times.
#[must_use]
pub fn now_utc() -> DateTime<Utc> {
    Utc::now()
}
