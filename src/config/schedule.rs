//! When something runs: a cron expression in a time zone. The expression is evaluated on the wall clock and the wall clock
//! is tied to real time here, because the `cron` crate skips or doubles moments where clocks are changed (crates §4).

use std::fmt;

use chrono::{
    DateTime, Datelike as _, MappedLocalTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _,
    Utc,
};
use chrono_tz::Tz;
use cron::TimeUnitSpec as _;

pub use super::crontab::ScheduleError;
use super::crontab::translate;

/// When something runs. Where clocks are changed, a schedule for certain hours runs once for each moment it names, and
/// one whose moment is skipped runs right after the gap; a schedule for every hour follows real time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    cron: cron::Schedule,
    zone: Tz,
}

/// 1 January 2026 in Unix time: no schedule was written before.
const BEFORE_ANY_SCHEDULE_SECS: i64 = 1_767_225_600;

/// The last year the `cron` crate knows.
const LAST_YEAR: i32 = 2100;

impl Schedule {
    /// Reads an expression: five fields as in crontab, six with seconds in front, seven with a year at the end, or a word
    /// such as `@hourly`.
    ///
    /// # Errors
    /// When a field cannot be read, day of month and weekday are both restricted, or no moment ever matches.
    pub fn parse(text: &str, zone: Tz) -> Result<Schedule, ScheduleError> {
        let cron = translate(text)?.parse().map_err(|_| ScheduleError::Never)?;
        let schedule = Schedule { text: text.trim().to_owned(), cron, zone };
        let start = DateTime::from_timestamp(BEFORE_ANY_SCHEDULE_SECS, 0).unwrap_or_default();
        schedule.next_after(start).ok_or(ScheduleError::Never)?;
        Ok(schedule)
    }

    /// The zone whose wall clock counts.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first moment after `moment` at which it runs; `None` when there is none left (a schedule with a year).
    #[must_use]
    pub fn next_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut after = moment;
        loop {
            let offset = self.offset_at(after);
            let wall = self.wall_match_after(wall_clock(after, offset)?)?;
            let due = wall.and_utc().checked_sub_signed(offset)?;
            match self.clock_change(after, due) {
                Some(change) if self.runs_at_change(change, offset)? => return Some(change),
                Some(change) => after = change,
                None if self.is_second_run(wall, due) => after = due,
                None => return Some(due),
            }
        }
    }

    /// Whether it runs at the moment clocks are changed, either by the new wall clock or to make up for a moment skipped.
    fn runs_at_change(&self, change: DateTime<Utc>, old_offset: TimeDelta) -> Option<bool> {
        let new_wall = wall_clock(change, self.offset_at(change))?;
        let old_wall = wall_clock(change, old_offset)?;
        let skipped_from = if self.follows_real_time() { new_wall } else { old_wall.min(new_wall) };
        let hit = self.wall_match_after(skipped_from.checked_sub_signed(TimeDelta::seconds(1))?);
        Some(hit.is_some_and(|wall| wall <= new_wall && !self.is_second_run(wall, change)))
    }

    /// Whether this moment is the second of two with the same wall clock, and the first has run.
    fn is_second_run(&self, wall: NaiveDateTime, due: DateTime<Utc>) -> bool {
        match self.zone.from_local_datetime(&wall) {
            MappedLocalTime::Ambiguous(one, other) => {
                !self.follows_real_time() && due > one.min(other)
            }
            MappedLocalTime::Single(_) | MappedLocalTime::None => false,
        }
    }

    /// Every hour means every real hour; certain hours are moments of the wall clock.
    fn follows_real_time(&self) -> bool {
        self.cron.hours().is_all()
    }

    fn wall_match_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        if wall.year() > LAST_YEAR {
            return None;
        }
        self.cron.after(&wall.and_utc()).next().map(|hit| hit.naive_utc())
    }

    fn offset_at(&self, moment: DateTime<Utc>) -> TimeDelta {
        let offset = self.zone.offset_from_utc_datetime(&moment.naive_utc());
        TimeDelta::seconds(i64::from(offset.fix().local_minus_utc()))
    }

    /// The first change of clocks after one moment and not after another. No zone changes its clocks twice in a day.
    fn clock_change(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let offset = self.offset_at(after);
        let mut before = after.timestamp();
        let mut changed = before;
        while self.offset_at(at(changed)?) == offset {
            if changed >= until.timestamp() {
                return None;
            }
            before = changed;
            changed = changed.saturating_add(86_400).min(until.timestamp());
        }
        while changed - before > 1 {
            let middle = before + (changed - before) / 2;
            if self.offset_at(at(middle)?) == offset {
                before = middle;
            } else {
                changed = middle;
            }
        }
        at(changed)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.zone)
    }
}

fn wall_clock(moment: DateTime<Utc>, offset: TimeDelta) -> Option<NaiveDateTime> {
    moment.naive_utc().checked_add_signed(offset)
}

fn at(unix_secs: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(unix_secs, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str, zone: &str) -> Schedule {
        Schedule::parse(text, zone.parse().unwrap()).unwrap()
    }

    /// The next runs after a moment, in the zone's own wall clock.
    fn runs(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = schedule(text, zone);
        let mut moment: DateTime<Utc> = after.parse().unwrap();
        (0..count)
            .map(|_| {
                moment = schedule.next_after(moment).unwrap();
                moment.with_timezone(&schedule.zone()).format("%d %H:%M:%S%z").to_string()
            })
            .collect()
    }

    #[test]
    fn in_utc_it_runs_as_written() {
        assert_eq!(
            runs("*/20 * * * *", "UTC", "2026-03-29T00:39:59.5Z", 3),
            ["29 00:40:00+0000", "29 01:00:00+0000", "29 01:20:00+0000"]
        );
        assert_eq!(runs("0 9 * * 1-5", "UTC", "2026-11-20T09:00:00Z", 1), ["23 09:00:00+0000"]);
        assert_eq!(runs("30 0 9 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1), ["29 09:00:30+0000"]);
    }

    #[test]
    fn a_moment_skipped_in_spring_runs_right_after_the_gap_and_once() {
        assert_eq!(
            runs("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3),
            ["28 02:30:00+0100", "29 03:00:00+0200", "30 02:30:00+0200"]
        );
        assert_eq!(
            runs("*/20 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 4),
            ["29 03:00:00+0200", "29 03:20:00+0200", "29 03:40:00+0200", "30 02:00:00+0200"]
        );
    }

    #[test]
    fn a_moment_repeated_in_autumn_runs_once() {
        assert_eq!(
            runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["25 02:30:00+0200", "26 02:30:00+0100"]
        );
        // Started between the two half past twos: the first one counts.
        assert_eq!(
            runs("30 2 * * *", "Europe/Berlin", "2026-10-25T01:00:00Z", 1),
            ["26 02:30:00+0100"]
        );
        // Exactly at the change, which is two o'clock again.
        assert_eq!(
            runs("0 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["25 02:00:00+0200", "26 02:00:00+0100"]
        );
    }

    #[test]
    fn a_schedule_for_every_hour_follows_real_time() {
        assert_eq!(
            runs("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 5),
            [
                "25 02:30:00+0200",
                "25 02:00:00+0100",
                "25 02:30:00+0100",
                "25 03:00:00+0100",
                "25 03:30:00+0100"
            ]
        );
        assert_eq!(
            runs("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3),
            ["29 01:30:00+0100", "29 03:00:00+0200", "29 03:30:00+0200"]
        );
    }

    #[test]
    fn clocks_that_change_at_midnight_or_by_half_an_hour_are_no_exception() {
        // Havana: 00:00 does not exist on 8 March 2026.
        assert_eq!(
            runs("0 0 * * *", "America/Havana", "2026-03-07T12:00:00Z", 2),
            ["08 01:00:00-0400", "09 00:00:00-0400"]
        );
        // Lord Howe: half an hour, 02:00 to 02:30 on 4 October 2026.
        assert_eq!(
            runs("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 2),
            ["04 02:30:00+1100", "05 02:15:00+1100"]
        );
    }

    #[test]
    fn a_schedule_that_never_runs_is_refused() {
        for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 0 1 1 * 2020", "0 0 0 29 2 * 2027"] {
            assert_eq!(Schedule::parse(text, Tz::UTC), Err(ScheduleError::Never), "{text}");
        }
    }

    #[test]
    fn a_schedule_whose_years_are_over_has_no_next_run() {
        let schedule = schedule("0 0 0 1 1 * 2027", "Europe/Berlin");
        let after: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().unwrap();
        let only = schedule.next_after(after).unwrap();
        assert_eq!(only.to_rfc3339(), "2026-12-31T23:00:00+00:00");
        assert_eq!(schedule.next_after(only), None);
        assert_eq!(schedule.next_after(DateTime::<Utc>::MAX_UTC), None);
        assert_eq!(schedule.next_after(DateTime::<Utc>::MIN_UTC), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn runs_lie_ahead_in_order_and_none_is_left_out(
            secs in 1_767_225_600i64..1_830_297_600,
            gap_secs in 0i64..200_000,
            text in proptest::sample::select(vec!["*/7 * * * *", "30 2 * * *", "*/20 1-3 * * *", "5 0 * * 0", "0 */2 * * *"]),
            zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        ) {
            let schedule = schedule(text, zone);
            let moment = at(secs).unwrap();
            let next = schedule.next_after(moment).unwrap();
            proptest::prop_assert!(next > moment);
            // Asked at any later moment before that run, the answer is the same.
            let between = at((secs + gap_secs).min(next.timestamp() - 1)).unwrap();
            proptest::prop_assert_eq!(schedule.next_after(between).unwrap(), next);
        }

        #[test]
        fn certain_hours_run_once_a_day_the_whole_year(
            hour in 0u32..24, minute in 0u32..60,
            zone in proptest::sample::select(vec!["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/New_York"]),
        ) {
            let schedule = schedule(&format!("{minute} {hour} * * *"), zone);
            let start = schedule.zone().with_ymd_and_hms(2026, 1, 1, 12, 0, 0).unwrap().with_timezone(&Utc);
            let end = schedule.zone().with_ymd_and_hms(2027, 1, 1, 12, 0, 0).unwrap().with_timezone(&Utc);
            let days: Vec<_> = std::iter::successors(schedule.next_after(start), |run| schedule.next_after(*run))
                .take_while(|run| *run <= end)
                .map(|run| run.with_timezone(&schedule.zone()).date_naive())
                .collect();
            proptest::prop_assert_eq!(days.len(), 365);
            proptest::prop_assert!(days.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
