//! The only module that reads time.

use tokio::time::Instant;

/// A point on our own monotonic clock, which follows tokio's (so tests can pause it). For pacing, pauses and
/// durations only: whatever is compared with a server's times uses that server's clock (DESIGN §3).
#[must_use]
pub fn monotonic() -> Instant {
    Instant::now()
}
