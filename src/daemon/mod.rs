//! The daemon: when a cycle runs, what a signal does to it, and what the service manager hears.
//!
//! It knows no adapter, no store and no command line: whoever starts it hands in a [`Worker`] that can run a cycle, a
//! source of [`Signal`]s, a [`Notifier`] and a wall clock. So every story of a year is told in tests in a moment.
//!
//! - Cycles never overlap: there is one loop, and it waits for the cycle it started.
//! - Ticks that come while a cycle runs, or while the machine sleeps, are one tick.
//! - Nothing but a signal ends it. After an outage it tries again at the next tick.

mod agenda;
mod notify;
mod run;
mod signals;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use notify::{News, Notifier, Systemd};
pub use run::run;
pub use signals::{ProcessSignals, Signal, Signals};

use crate::config;
use crate::engine::{Halt, Scope};

/// How long a cycle may go on after it was asked to halt, before it is dropped. Dropping it loses nothing: what it had in
/// hand is in history, in-flight and intent rows, and the next cycle settles it first (I2, I3, I4). Longer than most
/// requests take and than anything the store does; `TimeoutStopSec` of the service must be longer still.
pub const GRACE: Duration = Duration::from_secs(20);

/// What runs cycles.
pub trait Worker {
    /// When to run; asked again after every cycle and every reload.
    fn timetable(&self) -> &config::Daemon;

    /// Runs one cycle of everything there is, and says how it went, in one line for people. Whatever goes wrong is in
    /// that line and in the logs; nothing that goes wrong ends the daemon. When `halt` is asked it returns once the
    /// steps in hand are done. It may be dropped at any await.
    fn cycle(&mut self, scope: Scope, halt: &Halt) -> impl Future<Output = String>;

    /// Reads the config again. An `Err` says what is wrong with the new one, and the old one stays in use, whole.
    ///
    /// # Errors
    /// When the new config cannot be used.
    fn reload(&mut self) -> Result<(), String>;
}

/// What the daemon is told about the time before it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// Compare everything in the first cycle, whatever the timetable says.
    pub full: bool,
    /// When the last cycle of an earlier process began, by our own clock: a full scan that was due since then is made up
    /// for by the first cycle. `None` when there was none.
    pub last_cycle: Option<DateTime<Utc>>,
}

/// How the daemon ended: always by a signal, always with exit code 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No cycle was running, or it finished what it had in hand.
    Orderly,
    /// The cycle was dropped: it took longer than [`GRACE`], or a second signal came.
    CutShort,
}
