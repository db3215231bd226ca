//! Stories of the loop, on tokio's paused clock and a wall clock that flows with it and can be set.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

use super::{Ended, GRACE, News, Notifier, Signal, Signals, Start, Worker, run};
use crate::config::{self, Schedule};
use crate::engine::{Halt, Scope};

/// When every story begins.
const BEGINNING: &str = "2026-06-01T08:00:30Z";

/// A wall clock that flows with tokio's time and can be set by hand.
#[derive(Clone)]
struct Wall {
    started: Instant,
    set: Rc<Cell<TimeDelta>>,
}

impl Wall {
    fn new() -> Wall {
        Wall { started: Instant::now(), set: Rc::default() }
    }

    fn now(&self) -> DateTime<Utc> {
        let flown = TimeDelta::from_std(self.started.elapsed()).unwrap();
        BEGINNING.parse::<DateTime<Utc>>().unwrap() + flown + self.set.get()
    }

    /// Sets it forward, or back, without any of our own time going by: as seen after a suspend.
    fn set_by(&self, by: TimeDelta) {
        self.set.set(self.set.get() + by);
    }
}

impl Signals for UnboundedReceiver<Signal> {
    async fn next(&mut self) -> Signal {
        self.recv().await.expect("the story ends with a signal")
    }
}

/// Writes down everything it is told, but the pings, which it counts.
#[derive(Clone, Default)]
struct Ear {
    heard: Rc<RefCell<Vec<String>>>,
    pings: Rc<Cell<usize>>,
    watchdog: Option<Duration>,
}

impl Notifier for Ear {
    fn tell(&mut self, news: News<'_>) {
        let line = match news {
            News::Ready(status) => format!("ready: {status}"),
            News::Status(status) => status.to_owned(),
            News::Reloading => "reloading".to_owned(),
            News::Stopping { status, within } => format!("stopping in {within:?}: {status}"),
            News::Alive => return self.pings.set(self.pings.get() + 1),
        };
        self.heard.borrow_mut().push(line);
    }

    fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }
}

/// One cycle of a script.
#[derive(Clone, Copy)]
struct Take {
    secs: u64,
    /// Whether it looks at its halt, as it does every second.
    obeys: bool,
}

/// A worker that plays a script, and says when each cycle began and ended.
struct Player {
    timetable: config::Daemon,
    takes: VecDeque<Take>,
    reloads: VecDeque<Result<config::Daemon, String>>,
    wall: Wall,
    log: Rc<RefCell<Vec<String>>>,
}

/// Notes that a cycle was dropped before its end.
struct Unfinished(Rc<RefCell<Vec<String>>>, bool);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.1 {
            self.0.borrow_mut().push("dropped".to_owned());
        }
    }
}

impl Player {
    fn note(&self, what: &str) {
        self.log.borrow_mut().push(format!("{} {what}", self.wall.now().format("%H:%M:%S")));
    }
}

impl Worker for Player {
    fn timetable(&self) -> &config::Daemon {
        &self.timetable
    }

    async fn cycle(&mut self, scope: Scope, halt: &Halt) -> String {
        let take = self.takes.pop_front().unwrap_or(Take { secs: 0, obeys: true });
        self.note(match scope {
            Scope::Changes => "changes",
            Scope::Everything => "everything",
        });
        let mut unfinished = Unfinished(Rc::clone(&self.log), true);
        for _ in 0..take.secs {
            if take.obeys && halt.is_asked() {
                self.note("halted");
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        unfinished.1 = false;
        if take.secs > 0 {
            self.note("done");
        }
        "in step".to_owned()
    }

    fn reload(&mut self) -> Result<(), String> {
        self.note("reload");
        let timetable = self.reloads.pop_front().expect("a reload in the script")?;
        self.timetable = timetable;
        Ok(())
    }
}

/// A daemon about to start, and what is seen of it.
struct Stage {
    player: Player,
    signals: UnboundedReceiver<Signal>,
    send: UnboundedSender<Signal>,
    ear: Ear,
    start: Start,
}

/// What was seen of a daemon that ended.
struct Seen {
    ended: Ended,
    log: Vec<String>,
    heard: Vec<String>,
    pings: usize,
    /// On our own clock, from its start to its end.
    lasted: Duration,
}

fn timetable(schedule: &str, full_scan: Option<&str>) -> config::Daemon {
    let parse = |text| Schedule::parse(text, Tz::Europe__Berlin).unwrap();
    config::Daemon { schedule: parse(schedule), full_scan: full_scan.map(parse) }
}

impl Stage {
    fn new(schedule: &str, full_scan: Option<&str>) -> Stage {
        let (send, signals) = unbounded_channel();
        let player = Player {
            timetable: timetable(schedule, full_scan),
            takes: VecDeque::new(),
            reloads: VecDeque::new(),
            wall: Wall::new(),
            log: Rc::default(),
        };
        Stage { player, signals, send, ear: Ear::default(), start: Start::default() }
    }

    /// How long the first cycles last.
    fn takes(mut self, secs: &[u64]) -> Stage {
        self.player.takes = secs.iter().map(|&secs| Take { secs, obeys: true }).collect();
        self
    }

    /// The first cycle never looks at its halt.
    fn stubborn(mut self, secs: u64) -> Stage {
        self.player.takes = VecDeque::from([Take { secs, obeys: false }]);
        self
    }

    fn reloads(mut self, answers: Vec<Result<config::Daemon, String>>) -> Stage {
        self.player.reloads = answers.into();
        self
    }

    /// Plays it: after each pause, in seconds, something happens.
    async fn play(mut self, happenings: Vec<(u64, Happening)>) -> Seen {
        let wall = self.player.wall.clone();
        let log = Rc::clone(&self.player.log);
        let ear = self.ear.clone();
        let started = Instant::now();
        let story = async {
            for (secs, happening) in happenings {
                sleep(Duration::from_secs(secs)).await;
                match happening {
                    Happening::Signal(signal) => self.send.send(signal).unwrap(),
                    Happening::ClockSet(by) => wall.set_by(by),
                }
            }
            std::future::pending().await
        };
        let clock = wall.clone();
        let now = move || clock.now();
        let ended = tokio::select! {
            biased;
            ended = run(&mut self.player, self.signals, self.ear, now, self.start) => ended,
            ended = story => ended,
        };
        let (log, heard) = (log.borrow().clone(), ear.heard.borrow().clone());
        Seen { ended, log, heard, pings: ear.pings.get(), lasted: started.elapsed() }
    }
}

#[derive(Clone, Copy)]
enum Happening {
    Signal(Signal),
    ClockSet(TimeDelta),
}

const STOP: Happening = Happening::Signal(Signal::Stop);
const RELOAD: Happening = Happening::Signal(Signal::Reload);

fn clock_set(by: TimeDelta) -> Happening {
    Happening::ClockSet(by)
}

#[tokio::test(start_paused = true)]
async fn the_first_cycle_runs_at_once_and_the_others_by_the_timetable() {
    let seen = Stage::new("*/2 * * * *", None).play(vec![(240, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:02:00 changes", "08:04:00 changes"]);
    assert_eq!(seen.ended, Ended::Orderly);
}

#[tokio::test(start_paused = true)]
async fn a_timetable_means_the_wall_clock_of_its_zone() {
    let seen = Stage::new("0 13 * * *", None).play(vec![(4 * 3600, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "11:00:00 changes"]);
    assert!(seen.heard.contains(&"in step; next cycle at 2026-06-01 13:00:00 CEST".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn ticks_that_come_during_a_cycle_are_one_and_wait_for_its_end() {
    let seen = Stage::new("*/2 * * * *", None).takes(&[400]).play(vec![(480, STOP)]).await;
    let expected = ["08:00:30 changes", "08:07:10 done", "08:07:10 changes", "08:08:00 changes"];
    assert_eq!(seen.log, expected);
}

#[tokio::test(start_paused = true)]
async fn a_full_scan_comes_at_its_hour_whatever_the_other_schedule_says() {
    let stage = Stage::new("0 * * * *", Some("30 10 * * *"));
    let seen = stage.play(vec![(3600, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:30:00 everything", "09:00:00 changes"]);
}

#[tokio::test(start_paused = true)]
async fn full_scans_missed_during_a_cycle_count_once() {
    let stage = Stage::new("*/2 * * * *", Some("*/5 * * * *")).takes(&[1000]);
    let seen = stage.play(vec![(1050, STOP)]).await;
    let expected = ["08:00:30 changes", "08:17:10 done", "08:17:10 everything", "08:18:00 changes"];
    assert_eq!(seen.log, expected);
}

#[tokio::test(start_paused = true)]
async fn a_full_scan_missed_while_nothing_ran_is_made_up_for_at_the_start() {
    for (last, first) in [
        ("2026-06-01T01:00:00Z", "08:00:30 everything"),
        ("2026-06-01T02:00:00Z", "08:00:30 changes"),
    ] {
        let mut stage = Stage::new("*/2 * * * *", Some("17 3 * * *"));
        stage.start.last_cycle = Some(last.parse().unwrap());
        let seen = stage.play(vec![(1, STOP)]).await;
        assert_eq!(seen.log, [first]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_cycle_alone_compares_everything_when_that_is_asked_for() {
    let mut stage = Stage::new("*/2 * * * *", None);
    stage.start.full = true;
    let seen = stage.play(vec![(91, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 everything", "08:02:00 changes"]);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_for_hours_catches_up_with_one_cycle_within_a_minute() {
    let stage = Stage::new("0 */3 * * *", Some("17 15 * * *"));
    let seen = stage.play(vec![(100, clock_set(TimeDelta::hours(9))), (100, STOP)]).await;
    let [first, caught_up] = &seen.log[..] else { panic!("{:?}", seen.log) };
    assert_eq!(first, "08:00:30 changes");
    assert_eq!(caught_up, "17:02:30 everything");
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_by_years_does_not_stop_the_cycles() {
    let years = clock_set(TimeDelta::days(-3000));
    let seen = Stage::new("*/2 * * * *", None).play(vec![(100, years), (150, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:02:00 changes", "08:04:00 changes"],);
    let told = "in step; next cycle at 2018-03-15 09:04:00 CET".to_owned();
    assert!(seen.heard.contains(&told), "{:?}", seen.heard);
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_cycles_ends_at_once() {
    let seen = Stage::new("0 * * * *", None).play(vec![(10, STOP)]).await;
    assert_eq!((seen.ended, seen.lasted), (Ended::Orderly, Duration::from_secs(10)));
    assert_eq!(seen.heard.last().unwrap(), "stopping in 5s: ending");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_came_before_the_start_begins_nothing() {
    let stage = Stage::new("* * * * *", None);
    stage.send.send(Signal::Stop).unwrap();
    let seen = stage.play(vec![]).await;
    assert_eq!(seen.log, Vec::<String>::new());
    assert_eq!(seen.ended, Ended::Orderly);
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_a_cycle_lets_it_finish_the_step_in_hand() {
    let seen = Stage::new("0 * * * *", None).takes(&[3600]).play(vec![(9, STOP)]).await;
    assert_eq!(seen.ended, Ended::Orderly);
    assert!(seen.lasted <= Duration::from_secs(11), "{:?}", seen.lasted);
    assert_eq!(seen.log.last().unwrap().split_once(' ').unwrap().1, "done");
    let last = seen.heard.last().unwrap();
    assert_eq!(last, "stopping in 25s: finishing the steps in hand, then ending");
}

#[tokio::test(start_paused = true)]
async fn a_cycle_that_does_not_halt_within_the_grace_is_dropped() {
    let seen = Stage::new("0 * * * *", None).stubborn(3600).play(vec![(9, STOP)]).await;
    assert_eq!(seen.ended, Ended::CutShort);
    assert_eq!(seen.lasted, Duration::from_secs(9) + GRACE);
    assert_eq!(seen.log, ["08:00:30 changes", "dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_ends_at_once() {
    let stage = Stage::new("0 * * * *", None).stubborn(3600);
    let seen = stage.play(vec![(9, STOP), (2, RELOAD), (1, STOP)]).await;
    assert_eq!((seen.ended, seen.lasted), (Ended::CutShort, Duration::from_secs(12)));
    assert_eq!(seen.log, ["08:00:30 changes", "dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_reload_brings_its_timetable_at_once() {
    let stage = Stage::new("0 * * * *", None);
    let stage = stage.reloads(vec![Ok(timetable("*/2 * * * *", None))]);
    let seen = stage.play(vec![(60, RELOAD), (60, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:01:30 reload", "08:02:00 changes"]);
    let told = [
        "in step; next cycle at 2026-06-01 11:00:00 CEST",
        "reloading",
        "ready: the config was read again",
        "the config was read again; next cycle at 2026-06-01 10:02:00 CEST",
    ];
    assert_eq!(seen.heard[2..6], told);
}

#[tokio::test(start_paused = true)]
async fn a_reload_during_a_cycle_waits_for_its_end() {
    let stage = Stage::new("*/2 * * * *", None).takes(&[30]);
    let stage = stage.reloads(vec![Ok(timetable("0 * * * *", None))]);
    let seen = stage.play(vec![(9, RELOAD), (1, RELOAD), (600, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:01:00 done", "08:01:00 reload"]);
    assert!(seen.heard[2].ends_with("; then the config is read again"), "{:?}", seen.heard);
}

#[tokio::test(start_paused = true)]
async fn a_bad_new_config_is_refused_and_the_old_timetable_stays() {
    let stage = Stage::new("*/2 * * * *", None);
    let stage = stage.reloads(vec![Err("line 3".to_owned()), Ok(timetable("0 * * * *", None))]);
    let seen = stage.play(vec![(9, RELOAD), (100, RELOAD), (300, STOP)]).await;
    let expected = ["08:00:30 changes", "08:00:39 reload", "08:02:00 changes", "08:02:19 reload"];
    assert_eq!(seen.log, expected);
    let refused = "(the config file was refused, an older one is in use: see the log)";
    assert_eq!(seen.heard[4], format!("ready: in step {refused}"));
    let until_mended = seen.heard[4..].iter().take_while(|line| *line != "reloading");
    assert!(until_mended.clone().all(|line| line.ends_with(refused)), "{:?}", seen.heard);
    assert_eq!(until_mended.count(), 4);
    assert_eq!(seen.heard.iter().filter(|line| line.contains(refused)).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_without_a_next_time_waits_for_a_better_one() {
    let stage = Stage::new("0 0 0 1 2 * 2026", None);
    let stage = stage.reloads(vec![Ok(timetable("*/2 * * * *", None))]);
    let seen = stage.play(vec![(86_400, RELOAD), (1, STOP)]).await;
    assert_eq!(seen.log, ["08:00:30 changes", "08:00:30 reload", "08:00:30 changes"]);
    assert_eq!(
        seen.heard[2],
        "in step; no next cycle: the years of the schedule 0 0 0 1 2 * 2026 (Europe/Berlin) are over",
    );
}

#[tokio::test(start_paused = true)]
async fn the_watchdog_is_fed_twice_per_limit_in_and_between_cycles_and_on_the_way_out() {
    let mut stage = Stage::new("0 * * * *", None).takes(&[3600]);
    stage.ear.watchdog = Some(Duration::from_secs(60));
    let seen = stage.play(vec![(7215, STOP)]).await;
    assert_eq!(seen.pings, 7215 / 30 + 1);

    let mut stage = Stage::new("0 * * * *", None).stubborn(3600);
    stage.ear.watchdog = Some(Duration::from_secs(4));
    let seen = stage.play(vec![(1, STOP)]).await;
    assert_eq!(seen.pings, 21 / 2 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_hangs_does_not_feed_the_watchdog() {
    /// A worker whose cycle keeps the thread for ten limits, and says how many pings went out meanwhile.
    struct Hog {
        timetable: config::Daemon,
        pings: Rc<Cell<usize>>,
    }
    impl Worker for Hog {
        fn timetable(&self) -> &config::Daemon {
            &self.timetable
        }
        async fn cycle(&mut self, _: Scope, _: &Halt) -> String {
            let before = self.pings.get();
            // Time goes by while nothing but this is polled, as under a computation without an await.
            for _ in 0..10 {
                poll_to_the_end(tokio::time::advance(Duration::from_secs(60)));
            }
            format!("{} pings", self.pings.get() - before)
        }
        fn reload(&mut self) -> Result<(), String> {
            Ok(())
        }
    }
    let ear = Ear { watchdog: Some(Duration::from_secs(60)), ..Ear::default() };
    let (send, signals) = unbounded_channel();
    let mut hog = Hog { timetable: timetable("0 * * * *", None), pings: Rc::clone(&ear.pings) };
    let wall = Wall::new();
    let stop = async {
        sleep(Duration::from_secs(1000)).await;
        send.send(Signal::Stop).unwrap();
    };
    let heard = Rc::clone(&ear.heard);
    tokio::join!(run(&mut hog, signals, ear, || wall.now(), Start::default()), stop);
    assert!(heard.borrow()[2].starts_with("0 pings; "), "{:?}", heard.borrow());
}

/// Polls a future until it is ready, without giving way to anything else.
fn poll_to_the_end(future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}
