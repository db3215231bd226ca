//! When a sync is stale. By our own clock: it is our schedule that was missed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Schedule;

/// So many runs of the schedule may pass without a fresh cycle ...
const RUNS: usize = 3;
/// ... and then so long, for a cycle that is under way and for timers that start late.
const GRACE: TimeDelta = TimeDelta::minutes(5);

/// From when on a sync is stale whose last fresh cycle ended then: five minutes after the third run of the schedule that
/// followed. `None`: never, because the schedule has no more runs.
pub(super) fn stale_from(fresh: DateTime<Utc>, schedule: &Schedule) -> Option<DateTime<Utc>> {
    let mut run = fresh;
    for _ in 0..RUNS {
        run = schedule.next_after(run)?;
    }
    run.checked_add_signed(GRACE)
}

/// Whether a sync is stale now; one that never had a fresh cycle is.
pub(super) fn is_stale(
    fresh: Option<DateTime<Utc>>,
    schedule: &Schedule,
    now: DateTime<Utc>,
) -> bool {
    fresh.is_none_or(|fresh| stale_from(fresh, schedule).is_some_and(|from| now >= from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn schedule(text: &str) -> Schedule {
        Schedule::parse(text, chrono_tz::Tz::UTC).unwrap()
    }

    #[test]
    fn a_sync_is_stale_five_minutes_after_the_third_missed_run() {
        let every_two_minutes = schedule("*/2 * * * *");
        let fresh = Some(at("2026-11-21T09:00:10Z"));
        assert!(!is_stale(fresh, &every_two_minutes, at("2026-11-21T09:10:59Z")));
        assert!(is_stale(fresh, &every_two_minutes, at("2026-11-21T09:11:00Z")));
        assert!(is_stale(None, &every_two_minutes, at("2026-11-21T09:00:11Z")));
    }

    #[test]
    fn a_night_without_runs_makes_nothing_stale() {
        let working_hours = schedule("0 9-17 * * 1-5");
        let friday_evening = Some(at("2026-11-20T17:00:30Z"));
        assert!(!is_stale(friday_evening, &working_hours, at("2026-11-23T10:30:00Z")));
        assert!(is_stale(friday_evening, &working_hours, at("2026-11-23T11:05:00Z")));
    }

    #[test]
    fn a_schedule_that_is_over_makes_nothing_stale() {
        let once = schedule("0 0 0 1 1 * 2027");
        assert!(!is_stale(Some(at("2027-01-01T00:00:05Z")), &once, at("2030-01-01T00:00:00Z")));
    }

    #[test]
    fn a_clock_set_back_makes_nothing_stale() {
        let every_two_minutes = schedule("*/2 * * * *");
        let fresh = Some(at("2026-11-21T09:00:00Z"));
        assert!(!is_stale(fresh, &every_two_minutes, at("2026-11-21T05:00:00Z")));
    }
}
