//! The loop.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until};

use super::agenda::{Agenda, Due};
use super::{Ended, GRACE, News, Notifier, Signal, Signals, Start, Worker};
use crate::clock::monotonic;
use crate::engine::{Halt, Scope};

/// Longest sleep before the wall clock is read again. Our own sleep stands still while the machine is suspended, and the
/// wall clock may be set at any time: a tick is late by at most this.
const SLICE: Duration = Duration::from_secs(60);

/// What closing the database after the last step may take.
const CLOSING: Duration = Duration::from_secs(5);

/// Runs cycles until a signal ends it. The config is read and the store open when this is called: the first thing it does
/// is to say that the service is ready.
pub async fn run<W: Worker>(
    worker: &mut W,
    signals: impl Signals,
    notifier: impl Notifier,
    now: impl Fn() -> DateTime<Utc>,
    start: Start,
) -> Ended {
    let mut daemon = Daemon {
        agenda: Agenda::new(start, now()),
        worker,
        outside: Outside::new(signals, notifier),
        now,
        halt: Halt::default(),
        said: "started".to_owned(),
        refused: false,
    };
    daemon.tell_ready();
    let ended = daemon.live().await;
    match ended {
        Ended::Orderly => tracing::info!("ended"),
        Ended::CutShort => {
            tracing::warn!("ended in the middle of a cycle; the next one settles what was in hand")
        }
    }
    ended
}

struct Daemon<'w, W, S, N, C> {
    worker: &'w mut W,
    outside: Outside<S, N>,
    now: C,
    agenda: Agenda,
    halt: Halt,
    /// How the last cycle or reload went.
    said: String,
    /// Whether the config file on disk is not the one in use.
    refused: bool,
}

/// Why a wait is over.
enum Wake {
    Due(Scope),
    Signal(Signal),
}

/// What a cycle left to do.
enum After {
    Cycle { status: String, reload: bool },
    Stop(Ended),
}

impl<W: Worker, S: Signals, N: Notifier, C: Fn() -> DateTime<Utc>> Daemon<'_, W, S, N, C> {
    async fn live(&mut self) -> Ended {
        loop {
            match self.wait().await {
                Wake::Due(scope) => match self.cycle(scope).await {
                    After::Cycle { status, reload } => {
                        self.said = status;
                        if reload {
                            self.reload();
                        }
                    }
                    After::Stop(ended) => return ended,
                },
                Wake::Signal(Signal::Reload) => self.reload(),
                Wake::Signal(Signal::Stop) => {
                    self.outside.stopping("ending", CLOSING);
                    return Ended::Orderly;
                }
            }
        }
    }

    /// Waits for a signal or for something due; a signal that is there already comes first.
    async fn wait(&mut self) -> Wake {
        let mut announced = None;
        loop {
            let now = (self.now)();
            let due = self.agenda.look(self.worker.timetable(), now);
            if announced != Some(due) {
                self.announce(due);
                announced = Some(due);
            }
            tokio::select! {
                biased;
                signal = self.outside.signal() => return Wake::Signal(signal),
                scope = pause(due, now) => if let Some(scope) = scope {
                    return Wake::Due(scope);
                }
            }
        }
    }

    /// Runs one cycle. A reload waits for its end; a stop asks it to halt, and drops it when it takes too long.
    async fn cycle(&mut self, scope: Scope) -> After {
        let began = (self.now)();
        self.agenda.begin(began);
        let doing = self.doing(scope, began);
        let Daemon { worker, outside, halt, .. } = self;
        outside.tell(News::Status(&doing));
        let mut cycle = pin!(worker.cycle(scope, halt));
        let mut reload = false;
        let mut grace_ends: Option<Instant> = None;
        loop {
            tokio::select! {
                biased;
                signal = outside.signal() => match (signal, grace_ends) {
                    (Signal::Stop, None) => {
                        halt.ask();
                        grace_ends = Some(monotonic() + GRACE);
                        outside.stopping("finishing the steps in hand, then ending", GRACE + CLOSING);
                    }
                    (Signal::Stop, Some(_)) => return After::Stop(Ended::CutShort),
                    (Signal::Reload, None) => {
                        reload = true;
                        tracing::info!("the config is read again when this cycle is done");
                        outside.tell(News::Status(&format!("{doing}; then the config is read again")));
                    }
                    (Signal::Reload, Some(_)) => tracing::info!("the config is not read again: we are ending"),
                },
                () = until(grace_ends) => return After::Stop(Ended::CutShort),
                status = &mut cycle => return match grace_ends {
                    None => After::Cycle { status, reload },
                    Some(_) => After::Stop(Ended::Orderly),
                },
            }
        }
    }

    /// Told to systemd from here and not when the signal comes: between the two may lie an import of hours, and systemd
    /// gives a reload no longer than a start.
    fn reload(&mut self) {
        self.outside.tell(News::Reloading);
        match self.worker.reload() {
            Ok(()) => {
                tracing::info!("the config was read again");
                self.refused = false;
                self.said = "the config was read again".to_owned();
            }
            Err(problem) => {
                tracing::error!("the new config is refused, the old one stays in use: {problem}");
                self.refused = true;
            }
        }
        self.tell_ready();
    }

    /// Started, or done with a reload.
    fn tell_ready(&mut self) {
        let timetable = self.worker.timetable();
        match &timetable.full_scan {
            Some(full_scan) => tracing::info!(
                "cycles at {}; everything is compared at {full_scan}",
                timetable.schedule
            ),
            None => tracing::info!("cycles at {}; no full scans", timetable.schedule),
        }
        let status = self.status(&self.said);
        self.outside.tell(News::Ready(&status));
    }

    /// Says when the next cycle is.
    fn announce(&mut self, due: Due) {
        let next = match due {
            Due::Now(_) => return,
            Due::At(at) => {
                let local = at.with_timezone(&self.worker.timetable().schedule.zone());
                format!("next cycle at {}", local.format("%Y-%m-%d %H:%M:%S %Z"))
            }
            Due::Never => {
                let schedule = &self.worker.timetable().schedule;
                tracing::warn!(
                    "there is no next cycle: the years of the schedule {schedule} are over"
                );
                format!("no next cycle: the years of the schedule {schedule} are over")
            }
        };
        let status = self.status(&format!("{}; {next}", self.said));
        self.outside.tell(News::Status(&status));
    }

    fn doing(&self, scope: Scope, began: DateTime<Utc>) -> String {
        let what = match scope {
            Scope::Changes => "looking for changes",
            Scope::Everything => "comparing everything",
        };
        let local = began.with_timezone(&self.worker.timetable().schedule.zone());
        self.status(&format!("{what} since {}", local.format("%Y-%m-%d %H:%M:%S %Z")))
    }

    fn status(&self, what: &str) -> String {
        if self.refused {
            format!("{what} (the config file was refused, an older one is in use: see the log)")
        } else {
            what.to_owned()
        }
    }
}

/// Waits for what is due, at most a slice; `None`: look again.
async fn pause(due: Due, now: DateTime<Utc>) -> Option<Scope> {
    let rest = match due {
        Due::Now(scope) => return Some(scope),
        Due::At(at) => (at - now).to_std().unwrap_or_default(),
        Due::Never => SLICE,
    };
    sleep(rest.min(SLICE)).await;
    None
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

/// Everybody the loop talks to besides its worker.
struct Outside<S, N> {
    signals: S,
    notifier: N,
    watchdog: Option<Interval>,
}

impl<S: Signals, N: Notifier> Outside<S, N> {
    fn new(signals: S, notifier: N) -> Outside<S, N> {
        // Twice per limit, as sd_watchdog_enabled(3) asks for.
        let watchdog = notifier.watchdog().map(|limit| limit / 2).filter(|half| !half.is_zero());
        let watchdog = watchdog.map(|half| {
            let mut ticks = interval(half);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Outside { signals, notifier, watchdog }
    }

    fn tell(&mut self, news: News<'_>) {
        self.notifier.tell(news);
    }

    fn stopping(&mut self, status: &str, within: Duration) {
        tracing::info!("{status}");
        self.tell(News::Stopping { status, within });
    }

    /// The next signal. The watchdog is fed from here and from nowhere else, so a ping means that the loop is turning:
    /// that it would notice a signal and that neither it nor the cycle it drives sits on the thread.
    async fn signal(&mut self) -> Signal {
        loop {
            tokio::select! {
                biased;
                signal = self.signals.next() => return signal,
                () = beat(self.watchdog.as_mut()) => self.notifier.tell(News::Alive),
            }
        }
    }
}

async fn beat(watchdog: Option<&mut Interval>) {
    match watchdog {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => pending().await,
    }
}
