//! How long one run sits still in all because a server asked it to, or failed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;

/// No pause longer than this is sat out, however patient the run: the caller gets the error and may come back (I14).
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The pauses (closed gates and backoffs) a run may sit out in all (`max_wait`). Clones share one account, so both
/// sides' channels draw on the same run. Pacing is not a pause.
#[derive(Debug, Clone)]
pub struct Patience(Arc<Mutex<Account>>);

#[derive(Debug)]
struct Account {
    /// `None`: endless.
    left: Option<Duration>,
    /// The end of the pauses already paid for. Every pause begins when it is asked for, so what lies before this
    /// moment is paid, and pauses that overlap cost their union.
    paid_until: Option<Instant>,
}

impl Patience {
    /// For one `--once` run: pauses of at most `total` in all.
    #[must_use]
    pub fn at_most(total: Duration) -> Patience {
        Patience::of(Some(total))
    }

    /// For the daemon: any number of pauses of up to an hour each; the attempts bound each request.
    #[must_use]
    pub fn endless() -> Patience {
        Patience::of(None)
    }

    fn of(left: Option<Duration>) -> Patience {
        Patience(Arc::new(Mutex::new(Account { left, paid_until: None })))
    }

    /// Whether a pause from now until then could be sat out.
    pub(super) fn fits(&self, until: Instant) -> bool {
        self.with(|account| account.price(until).is_some())
    }

    /// Pays for a pause from now until then; false when it does not fit, and then nothing is paid.
    pub(super) fn sit_out(&self, until: Instant) -> bool {
        self.with(|account| {
            let Some(price) = account.price(until) else { return false };
            account.left = account.left.map(|left| left.saturating_sub(price));
            account.paid_until = account.paid_until.max(Some(until));
            true
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Account) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Account {
    /// What a pause from now until then costs on top of those already paid; `None` when it does not fit.
    fn price(&self, until: Instant) -> Option<Duration> {
        let now = clock::monotonic();
        if until.saturating_duration_since(now) > LONGEST_PAUSE {
            return None;
        }
        let unpaid_from = self.paid_until.map_or(now, |paid| paid.max(now));
        let price = until.saturating_duration_since(unpaid_from);
        self.left.is_none_or(|left| price <= left).then_some(price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, sleep};

    fn in_secs(secs: u64) -> Instant {
        clock::monotonic() + Duration::from_secs(secs)
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_at_the_same_time_are_paid_once() {
        let patience = Patience::at_most(Duration::from_secs(10));
        assert!((0..100).all(|_| patience.clone().sit_out(in_secs(6))));
        assert!(patience.sit_out(in_secs(10)), "four more seconds are left");
        assert!(!patience.sit_out(in_secs(11)));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_one_after_the_other_add_up() {
        let patience = Patience::at_most(Duration::from_secs(10));
        assert!(patience.sit_out(in_secs(6)));
        sleep(Duration::from_secs(6)).await;
        assert!(!patience.sit_out(in_secs(5)), "only four seconds are left");
        assert!(patience.sit_out(in_secs(4)), "what did not fit was not paid for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_already_paid_for_may_be_joined_when_nothing_is_left() {
        let patience = Patience::at_most(Duration::from_secs(10));
        assert!(patience.sit_out(in_secs(10)));
        advance(Duration::from_secs(3)).await;
        assert!(patience.sit_out(in_secs(7)));
        assert!(!patience.fits(in_secs(8)));
    }

    #[tokio::test(start_paused = true)]
    async fn endless_patience_sits_out_any_number_of_hours_but_no_single_longer_pause() {
        let patience = Patience::endless();
        for _ in 0..100 {
            assert!(patience.sit_out(in_secs(3600)));
            advance(Duration::from_secs(3600)).await;
        }
        assert!(!patience.sit_out(in_secs(3601)));
    }
}
