//! The process is killed without warning, again and again, while it imports, carries edits over and people go on working:
//! nothing is made twice, nothing that anybody typed is lost, and the database is whole (I2, I3, I4, I6).

use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::people::People;
use crate::place::{Place, assert_sound, setup};

const ISSUES: u64 = 100;
/// Without `TANDEM_KILLS`.
const KILLS: u64 = 50;
/// Killed runs are never alone: at most so many are started for each kill.
const RUNS_FOR_A_KILL: u64 = 4;
/// Only a failure ever waits so long.
const AT_MOST: Duration = Duration::from_secs(120);

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so many requests, and a little more.
    Requests(u64, Duration),
    /// So long after its start: before its first request, between two, inside a commit.
    Time(Duration),
    /// As soon as its so-many-th commit reaches the write-ahead log: before the commit is on the disk.
    Commit(u64),
}

/// How a run is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Once,
    Daemon,
}

/// What happened, in numbers.
#[derive(Debug, Default)]
struct Numbers {
    kills_after_requests: u64,
    kills_after_a_time: u64,
    kills_in_a_commit: u64,
    killed_daemons: u64,
    ended_in_peace: u64,
    stopped_by_sigterm: u64,
}

impl Numbers {
    fn kills(&self) -> u64 {
        self.kills_after_requests + self.kills_after_a_time + self.kills_in_a_commit
    }

    fn count(&mut self, moment: Moment, mode: Mode) {
        match moment {
            Moment::Requests(..) => self.kills_after_requests += 1,
            Moment::Time(_) => self.kills_after_a_time += 1,
            Moment::Commit(_) => self.kills_in_a_commit += 1,
        }
        self.killed_daemons += u64::from(mode == Mode::Daemon);
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_any_moment_leave_one_page_per_issue_and_every_word_in_force_or_in_the_history() {
    let kills = number("TANDEM_KILLS").unwrap_or(KILLS);
    let place = Place::new(setup(), ISSUES).await;
    let mut people = People::new(number("TANDEM_SEED").unwrap_or(0x5eed));
    let mut numbers = Numbers::default();
    let begun = Instant::now();
    for round in 0..RUNS_FOR_A_KILL * kills {
        if numbers.kills() == kills {
            break;
        }
        people.on_github(&place, false);
        // What is typed in Notion goes to GitHub at its pace of a write a second: no more than the runs carry over.
        if people.up_to(2) == 0 {
            people.in_notion(&place, false);
        }
        let mode = if people.up_to(3) == 0 { Mode::Daemon } else { Mode::Once };
        if mode == Mode::Daemon && people.up_to(8) == 0 {
            stopped_politely(&place, &mut people);
            numbers.stopped_by_sigterm += 1;
        } else {
            let moment = moment(&mut people);
            match life(&place, &mut people, mode, moment) {
                None => numbers.count(moment, mode),
                Some(status) if mode == Mode::Once => {
                    assert!(status.success(), "round {round}: {status}");
                    numbers.ended_in_peace += 1;
                }
                Some(status) => panic!("round {round}: the daemon ended by itself: {status}"),
            }
        }
        quiet(&place);
        if place.database().exists() {
            assert_sound(&place.database());
        }
        place.settle();
    }
    assert_eq!(numbers.kills(), kills, "so many runs were too short to be killed: {numbers:?}");
    assert!(numbers.kills_after_a_time.min(numbers.kills_in_a_commit) > 0, "{numbers:?}");

    let killed_for = begun.elapsed();
    let verdict = place.comes_to_rest();
    assert_eq!(verdict.issues, usize::try_from(ISSUES).unwrap() + people.new_pages);
    let account = people.account(&place);
    assert_eq!(account.lost, Vec::<String>::new(), "typed, and neither shown nor in the history");
    say(&format!(
        "{numbers:?}; {} requests, {} of them writes; {} acts of people, {} pages made by them; {} words owed, {} of them \
         only in the history, {} lost in a race; {} values agree; {} s of kills, {} s to rest",
        place.requests(),
        place.writes(),
        people.acts,
        people.new_pages,
        account.owed,
        account.in_history_only,
        account.lost_in_a_race.len(),
        verdict.values,
        killed_for.as_secs(),
        (begun.elapsed() - killed_for).as_secs(),
    ));
}

#[allow(clippy::print_stderr, reason = "a soak tells its numbers")]
fn say(line: &str) {
    eprintln!("{line}");
}

fn moment(people: &mut People) -> Moment {
    match people.up_to(3) {
        0 => {
            let more = Duration::from_micros(people.up_to(3_000));
            Moment::Requests(1 + people.up_to(25), more)
        }
        1 => Moment::Time(Duration::from_micros(people.up_to(500_000))),
        _ => Moment::Commit(1 + people.up_to(20)),
    }
}

/// Starts a run and kills it at that moment, while people go on; its status when it was faster.
fn life(place: &Place, people: &mut People, mode: Mode, moment: Moment) -> Option<ExitStatus> {
    let (requests, begun) = (place.requests(), Instant::now());
    let mut log = Log::of(place);
    let mut child = start(place, mode);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        let has_come = match moment {
            Moment::Requests(count, _) => place.requests() >= requests + count,
            Moment::Time(time) => begun.elapsed() >= time,
            // A daemon that finds nothing to do commits once a cycle.
            Moment::Commit(nth) => log.changes() >= nth,
        };
        if has_come {
            break;
        }
        assert!(begun.elapsed() < AT_MOST, "the run does nothing: {mode:?} {moment:?}");
        if people.up_to(3_000) == 0 {
            if people.up_to(3) == 0 {
                people.in_notion(place, true)
            } else {
                people.on_github(place, true)
            }
        }
        std::thread::sleep(Duration::from_micros(50));
    }
    if let Moment::Requests(_, more) = moment {
        std::thread::sleep(more);
    }
    child.kill().unwrap();
    // It may have ended in this very moment.
    let status = child.wait().unwrap();
    status.code().map(|_| status)
}

/// A daemon that works for some time and is told to stop: it ends by itself, and well.
fn stopped_politely(place: &Place, people: &mut People) {
    let mut child = start(place, Mode::Daemon);
    std::thread::sleep(Duration::from_millis(1 + people.up_to(1_500)));
    let kill = format!("kill -TERM {}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let status = child.wait().unwrap();
    // Before it listens to signals the system ends it.
    assert!(status.success() || status.code().is_none(), "{status}");
}

fn start(place: &Place, mode: Mode) -> Child {
    let args: &[&str] = match mode {
        Mode::Once => &["run", "--once"],
        Mode::Daemon => &["run"],
    };
    place.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a dead process had sent is still carried out: waits until the stand-ins are done with it, so that nobody types in
/// between.
fn quiet(place: &Place) {
    let mut last = place.requests();
    let mut still = 0;
    while still < 20 {
        std::thread::sleep(Duration::from_millis(1));
        let now = place.requests();
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
}

/// The write-ahead log of the database, as far as its directory entry tells.
struct Log {
    path: std::path::PathBuf,
    last: Option<(u64, SystemTime)>,
    changes: u64,
}

impl Log {
    fn of(place: &Place) -> Log {
        let path = place.disk().join("tandem.db-wal");
        let mut log = Log { path, last: None, changes: 0 };
        log.last = log.look();
        log
    }

    fn look(&self) -> Option<(u64, SystemTime)> {
        let metadata = std::fs::metadata(&self.path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    fn changes(&mut self) -> u64 {
        let now = self.look();
        if now != self.last {
            self.last = now;
            self.changes += 1;
        }
        self.changes
    }
}
