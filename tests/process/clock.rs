//! Our own clock jumps by years, forth and back, and the servers' clocks are years from ours and from each other: nothing
//! is decided by ours but when a cycle runs and what `status` calls stale.
//!
//! A clock that jumps forth between two runs and a database whose dates are all older are the same thing to the second run:
//! so it is the dates that are moved.

use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use tandem::model::Sides;
use tandem::sim::Setup;

use crate::people::People;
use crate::place::{Place, setup};

const YEAR: TimeDelta = TimeDelta::days(365);

/// GitHub is years behind us, Notion years ahead.
async fn years_apart() -> Place {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let start = Sides { github: at("2015-02-28T23:59:30Z"), notion: at("2041-12-31T23:59:58Z") };
    Place::new(Setup { start, ..setup() }, 12).await
}

/// Our clock jumps by so much: all that it dated is now as much further in the past, or in the future.
fn our_clock_jumps(place: &Place, by: TimeDelta) {
    let connection = Connection::open(place.database()).unwrap();
    let guard = "SELECT sql FROM sqlite_schema WHERE name = 'history_never_changes'";
    let guard: String = connection.query_row(guard, [], |row| row.get(0)).unwrap();
    let micros = by.num_microseconds().unwrap();
    let moved = format!(
        "BEGIN; DROP TRIGGER history_never_changes;
         UPDATE history SET at = at - {micros};
         UPDATE cycle SET started = started - {micros}, ended = ended - {micros};
         UPDATE hold SET since = since - {micros};
         UPDATE brake SET since = since - {micros};
         {guard}; COMMIT;"
    );
    connection.execute_batch(&moved).unwrap();
}

/// What `status` says of the only sync, and how it ended.
fn status(place: &Place) -> (i32, serde_json::Value) {
    let told = place.tandem(&["status", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    // For people, too.
    assert_eq!(place.tandem(&["status"]).code, told.code);
    (told.code, document["syncs"][0].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_by_years_between_runs_decides_nothing() {
    let place = years_apart().await;
    let mut people = People::new(11);
    place.tandem(&["--once"]).assert(0, &[]);
    let jumps = [YEAR * 5, -YEAR * 12, TimeDelta::seconds(-1), YEAR, YEAR * 30, -YEAR * 24];
    for by in jumps {
        place.settle();
        place.tandem(&["--once"]).assert(0, &[]);
        our_clock_jumps(&place, by);

        // Only what is called stale depends on it: a clock that went on shows runs that were missed.
        let (code, sync) = status(&place);
        assert_eq!(sync["stale"], by > TimeDelta::zero(), "{by}: {sync}");
        assert_eq!(code, if by > TimeDelta::zero() { 3 } else { 0 });
        place.settle();
        let before = place.writes();
        place.tandem(&["--once"]).assert(0, &[]);
        assert_eq!(place.writes(), before, "{by}: written, although nobody did anything");

        people.on_github(&place, false);
        people.in_notion(&place, false);
        our_clock_jumps(&place, -by);
        place.tandem(&["--once"]).assert(0, &[]);
        let (code, sync) = status(&place);
        assert_eq!((code, &sync["stale"]), (0, &false.into()), "{by}: {sync}");
        let fresh: DateTime<Utc> = sync["last_fresh"].as_str().unwrap().parse().unwrap();
        let age = Utc::now().signed_duration_since(fresh);
        assert!(age >= TimeDelta::zero() && age < TimeDelta::hours(1), "{by}: {fresh}");
    }
    let verdict = place.comes_to_rest();
    assert_eq!(verdict.issues, 12 + people.new_pages);
    assert_eq!(people.account(&place).lost, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_whose_clock_was_set_back_by_years_does_not_wait_for_them() {
    let place = years_apart().await;
    place.tandem(&["--once"]).assert(0, &[]);
    our_clock_jumps(&place, -YEAR * 9);
    place.settle();
    let mut daemon =
        place.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The first cycle comes whatever the clock says; the second only by the schedule.
    for title in ["before its first cycle", "before its second cycle"] {
        place.retitle_issue(1, title);
        let begun = Instant::now();
        while !place.pages().iter().any(|(_, shown, _)| shown == title) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the page is not {title}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    place.comes_to_rest();
}
