//! How far a long cycle has come: a bar for a person who watches, else a log line from time to time.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tokio::time::Instant;

use super::screen::Screen;
use crate::clock;
use crate::engine::Progress;

/// Between two log lines about one cycle.
const BETWEEN_LINES: Duration = Duration::from_secs(10);
const BAR: &str = "{prefix} {wide_bar} {pos}/{len} {rate}, {eta} left";

/// Shows the progress of one cycle after the other.
pub(super) struct Watch {
    screen: Screen,
    shown: Mutex<Option<Shown>>,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Lines),
}

/// What a log line is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines {
    sync: String,
    total: usize,
    done: usize,
    begun: Instant,
    next: Instant,
}

impl Watch {
    /// Shows on this screen.
    pub(super) fn new(screen: &Screen) -> Watch {
        Watch { screen: screen.clone(), shown: Mutex::new(None) }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Option<Shown>) -> T) -> T {
        f(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Watch {
    fn begin(&self, sync: &str, total: usize) {
        let shown = if self.screen.is_watched() {
            let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX))
                .with_style(style())
                .with_prefix(sync.to_owned());
            Shown::Bar(self.screen.show(bar))
        } else {
            Shown::Lines(Lines::begin(sync, total, clock::monotonic()))
        };
        self.with(|place| *place = Some(shown));
    }

    fn advance(&self) {
        let line = self.with(|place| match place {
            Some(Shown::Bar(bar)) => {
                bar.inc(1);
                None
            }
            Some(Shown::Lines(lines)) => lines.advance(clock::monotonic()),
            None => None,
        });
        if let Some(line) = line {
            tracing::info!("{line}");
        }
    }

    fn end(&self) {
        if let Some(Shown::Bar(bar)) = self.with(Option::take) {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(to, "{:.1}/s", state.per_sec());
    })
}

impl Lines {
    fn begin(sync: &str, total: usize, now: Instant) -> Lines {
        Lines { sync: sync.to_owned(), total, done: 0, begun: now, next: now + BETWEEN_LINES }
    }

    /// One more is done; the line about it, when one is due.
    fn advance(&mut self, now: Instant) -> Option<String> {
        self.done += 1;
        if now < self.next {
            return None;
        }
        self.next = now + BETWEEN_LINES;
        let passed = now.saturating_duration_since(self.begun);
        let left = self.total.saturating_sub(self.done);
        let per_sec = self.done as f64 / passed.as_secs_f64();
        let left_secs = (left as f64 / per_sec).ceil() as u64;
        Some(format!(
            "sync `{}`: {} of {} done, {per_sec:.1} a second, about {} left",
            self.sync,
            self.done,
            self.total,
            spoken(left_secs)
        ))
    }
}

/// A length of time as people say it: its largest unit, and the next.
pub(super) fn spoken(secs: u64) -> String {
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs.div_ceil(60)),
        3_600..86_400 => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
        86_400.. => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_every_ten_seconds_with_rate_and_time_left() {
        let start = clock::monotonic();
        let mut lines = Lines::begin("app", 1_000, start);
        let told: Vec<String> = (1..=100u64)
            .filter_map(|n| lines.advance(start + Duration::from_millis(n * 250)))
            .collect();
        assert_eq!(
            told,
            [
                "sync `app`: 40 of 1000 done, 4.0 a second, about 4 min left",
                "sync `app`: 80 of 1000 done, 4.0 a second, about 4 min left",
            ]
        );
    }

    #[test]
    fn lengths_of_time_are_said_in_their_largest_units() {
        let said: Vec<String> = [0, 59, 60, 61, 3_599, 3_600, 90_000].map(spoken).to_vec();
        assert_eq!(said, ["0 s", "59 s", "1 min", "2 min", "60 min", "1 h 0 min", "1 d 1 h"]);
    }
}
