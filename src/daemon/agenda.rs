//! Which ticks have come since the last cycle. Pure: it is told the time.

use chrono::{DateTime, Utc};

use super::Start;
use crate::config;
use crate::engine::Scope;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A cycle, at once.
    Now(Scope),
    /// The next cycle, at that time.
    At(DateTime<Utc>),
    /// Nothing, ever again: every schedule has a year, and it is over.
    Never,
}

/// Remembers from when on ticks count.
#[derive(Debug)]
pub(super) struct Agenda {
    /// When the last cycle began.
    last: DateTime<Utc>,
    /// What the first cycle is, which runs whatever the timetable says; `None` once it began.
    first: Option<Scope>,
}

impl Agenda {
    /// The agenda of a daemon that starts now.
    pub(super) fn new(start: Start, now: DateTime<Utc>) -> Agenda {
        let first = if start.full { Scope::Everything } else { Scope::Changes };
        Agenda { last: start.last_cycle.unwrap_or(now), first: Some(first) }
    }

    /// What is due now. However many ticks have come since the last cycle began, they are one cycle; one tick of the full
    /// scan among them, even alone, makes it compare everything.
    pub(super) fn look(&mut self, timetable: &config::Daemon, now: DateTime<Utc>) -> Due {
        // A clock that was set back must not make us wait until it is again where it was, which may be years.
        self.last = self.last.min(now);
        let changes = timetable.schedule.next_after(self.last);
        let full = timetable.full_scan.as_ref().and_then(|scan| scan.next_after(self.last));
        let has_come = |tick: Option<DateTime<Utc>>| tick.is_some_and(|tick| tick <= now);
        if self.first == Some(Scope::Everything) || has_come(full) {
            Due::Now(Scope::Everything)
        } else if self.first.is_some() || has_come(changes) {
            Due::Now(Scope::Changes)
        } else {
            changes.into_iter().chain(full).min().map_or(Due::Never, Due::At)
        }
    }

    /// A cycle begins now: it answers every tick up to here.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.last = now;
        self.first = None;
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::config::Schedule;

    fn timetable(schedule: &str, full_scan: Option<&str>) -> config::Daemon {
        let parse = |text| Schedule::parse(text, Tz::UTC).unwrap();
        config::Daemon { schedule: parse(schedule), full_scan: full_scan.map(parse) }
    }

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-06-01T{text}Z").parse().unwrap()
    }

    /// An agenda whose last cycle began at that time.
    fn since(last: &str) -> Agenda {
        let mut agenda = Agenda::new(Start::default(), time(last));
        agenda.begin(time(last));
        agenda
    }

    #[test]
    fn a_tick_is_due_from_its_very_second_on_and_until_a_cycle_begins() {
        let table = timetable("*/10 * * * *", None);
        let mut agenda = since("08:00:00.25");
        assert_eq!(agenda.look(&table, time("08:00:00.5")), Due::At(time("08:10:00")));
        assert_eq!(agenda.look(&table, time("08:09:59.999")), Due::At(time("08:10:00")));
        assert_eq!(agenda.look(&table, time("08:10:00")), Due::Now(Scope::Changes));
        assert_eq!(agenda.look(&table, time("08:19:00")), Due::Now(Scope::Changes));
        agenda.begin(time("08:19:00"));
        assert_eq!(agenda.look(&table, time("08:19:00")), Due::At(time("08:20:00")));
    }

    #[test]
    fn a_full_scan_is_a_tick_of_its_own() {
        let table = timetable("0 9-17 * * *", Some("17 3 * * *"));
        let mut agenda = since("00:00:00");
        assert_eq!(agenda.look(&table, time("00:00:01")), Due::At(time("03:17:00")));
        assert_eq!(agenda.look(&table, time("03:17:00")), Due::Now(Scope::Everything));
        agenda.begin(time("03:17:00"));
        assert_eq!(agenda.look(&table, time("03:20:00")), Due::At(time("09:00:00")));
    }

    #[test]
    fn a_clock_set_back_moves_the_next_tick_along() {
        let table = timetable("*/10 * * * *", None);
        let mut agenda = since("20:00:00");
        assert_eq!(agenda.look(&table, time("08:01:00")), Due::At(time("08:10:00")));
        assert_eq!(agenda.look(&table, time("08:10:00")), Due::Now(Scope::Changes));
    }

    #[test]
    fn a_schedule_whose_years_are_over_leaves_the_full_scan() {
        let over = "0 0 0 1 2 * 2026";
        assert_eq!(since("08:00:00").look(&timetable(over, None), time("08:01:00")), Due::Never);
        assert_eq!(
            since("08:00:00").look(&timetable(over, Some("17 3 * * *")), time("08:01:00")),
            Due::At(time("03:17:00") + TimeDelta::days(1)),
        );
    }

    proptest! {
        /// Whoever looks at any moments, and whatever the cycles last: every tick is answered by a cycle that begins after
        /// it, a tick of the full scan by one that compares everything, and no cycle begins without a tick.
        #[test]
        fn every_tick_is_answered_and_nothing_else(steps in prop::collection::vec((1_i64..4000, 0_i64..4000), 1..40)) {
            let table = timetable("*/7 * * * *", Some("17 */3 * * *"));
            let full = table.full_scan.as_ref().unwrap();
            let mut agenda = since("00:00:00");
            let (mut now, mut last) = (time("00:00:00"), time("00:00:00"));
            for (wait, length) in steps {
                now += TimeDelta::seconds(wait);
                let ticked = table.schedule.next_after(last).unwrap() <= now;
                let full_ticked = full.next_after(last).unwrap() <= now;
                match agenda.look(&table, now) {
                    Due::Now(scope) => {
                        prop_assert!(ticked || full_ticked);
                        prop_assert_eq!(scope == Scope::Everything, full_ticked);
                        agenda.begin(now);
                        last = now;
                        now += TimeDelta::seconds(length);
                    }
                    Due::At(at) => prop_assert!(!ticked && !full_ticked && at > now),
                    Due::Never => prop_assert!(false, "crontab never ends"),
                }
            }
        }
    }
}
