//! A disk that is full or read-only: nothing is sent whose intent or history could not be written (I2, I3), the message
//! names the database and the remedy, and once there is room the next run goes on.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use tandem::store::Store;

use crate::people::People;
use crate::place::{Place, Told, setup};

/// The database's directory becomes a small disk of its own for the rest of the script; what lies on it stays afterwards.
const SMALL_DISK: &str = r#"
mkdir -p "$DISK.kept" && mount --bind "$DISK" "$DISK.kept" &&
mount -t tmpfs -o size="$KIB"k none "$DISK" && cp -a "$DISK.kept/." "$DISK/" || exit 99
"$@"; code=$?
rm -f "$DISK.kept"/*; cp -a "$DISK/." "$DISK.kept/" || exit 99
exit $code
"#;
const READ_ONLY_DISK: &str = r#"
mount --bind "$DISK" "$DISK" && mount -o remount,bind,ro "$DISK" || exit 99
exec "$@"
"#;
const READ_ONLY_FILE: &str = r#"
mount --bind "$DISK/tandem.db" "$DISK/tandem.db" && mount -o remount,bind,ro "$DISK/tandem.db" || exit 99
exec "$@"
"#;

/// Files may not grow beyond so much: EFBIG, as over a quota. In blocks of 512 bytes.
const SMALL_FILES: &str = r#"
trap '' XFSZ; ulimit -f $((KIB * 2)) && exec "$@"
"#;

/// Whether this system lets a process mount something for itself; says so where not.
fn may_mount() -> bool {
    let mount = "mount -t tmpfs none /tmp";
    let may = Command::new("unshare").args(["-rm", "sh", "-c", mount]).output();
    let may = may.is_ok_and(|output| output.status.success());
    if !may {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no mounts of one's own here (`unshare -rm`), so no disk was full or read-only"
        );
    }
    may
}

/// The script in a mount namespace of its own, with tandem and its arguments as `"$@"`.
fn with_mounts(place: &Place, script: &str, kib: u64, args: &[&str]) -> Command {
    let script = format!("exec unshare -rm sh -c '{}' sh \"$@\"", script.replace('\'', "'\\''"));
    let mut command = place.through_shell(&script, args);
    command.env("DISK", place.disk()).env("KIB", kib.to_string());
    command
}

/// Numbers of the issues whose page is there, by the world and by the database (a pair, or an intent to make it).
fn made_and_known(place: &Place) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let number = |text: &str| text.rsplit(['/', '#']).next().and_then(|end| end.parse().ok());
    let made = place.pages().into_iter().filter_map(|(_, _, url)| number(&url?)).collect();
    if !has_tables(place) {
        return (made, BTreeSet::new());
    }
    let connection = Connection::open(place.database()).unwrap();
    let ask = |sql: &str| -> Vec<String> {
        let mut select = connection.prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let pairs = ask("SELECT repo || '#' || number FROM pair");
    let intents = ask("SELECT source FROM intent");
    (made, pairs.iter().chain(&intents).filter_map(|item| number(item)).collect())
}

/// A disk may be too small for the tables themselves.
fn has_tables(place: &Place) -> bool {
    place.database().exists() && Store::open_read_only(&place.database()).is_ok()
}

/// People work while run after run fails for want of room, until there is enough.
async fn room_that_grows(run: impl Fn(&Place, u64) -> Command) {
    let place = Place::new(setup(), 60).await;
    let mut people = People::new(5);
    let (mut failed, mut failed_after_a_write) = (0, 0);
    for kib in [0, 4, 12, 40, 60, 90, 130, 160, 190, 220, 260, 300, 350, 420, 500, 600, 720] {
        people.on_github(&place, false);
        people.in_notion(&place, false);
        let before = place.writes();
        let told = Told::from(run(&place, kib).output().unwrap());
        if told.code != 0 {
            told.assert(1, &["the database ", "/disk/tandem.db", "nothing is lost"]);
            failed += 1;
            failed_after_a_write += u32::from(place.writes() > before);
        }
        let (made, known) = made_and_known(&place);
        let unknown: Vec<_> = made.difference(&known).collect();
        assert!(unknown.is_empty(), "{kib} KiB: pages without intent or pair: {unknown:?}");
        if has_tables(&place) {
            assert_eq!(people.account(&place).lost, Vec::<String>::new(), "{kib} KiB");
        }
        place.settle();
    }
    assert!(
        failed >= 5 && failed_after_a_write >= 2,
        "{failed} failed, {failed_after_a_write} late"
    );
    let verdict = place.comes_to_rest();
    assert_eq!(verdict.issues, 60 + people.new_pages);
    assert_eq!(people.account(&place).lost, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_sooner_or_later_costs_nothing_but_time() {
    if may_mount() {
        room_that_grows(|place, kib| with_mounts(place, SMALL_DISK, kib.max(1), &["--once"])).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_may_grow_no_more_sooner_or_later_cost_nothing_but_time() {
    room_that_grows(|place, kib| {
        let mut command = place.through_shell(SMALL_FILES, &["--once"]);
        command.env("KIB", kib.to_string());
        command
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_on_a_full_disk_says_so_lives_on_and_goes_on_when_there_is_room() {
    if !may_mount() {
        return;
    }
    let place = Place::new(setup(), 60).await;
    let growing = SMALL_DISK.replace(
        "\"$@\"; code=$?",
        "\"$@\" & tandem=$!
        until [ -e \"$DISK.more\" ]; do sleep 0.05; done; mount -o remount,size=64m \"$DISK\" || exit 99
        until [ -e \"$DISK.stop\" ]; do sleep 0.05; done; kill -TERM $tandem; wait $tandem; code=$?",
    );
    let log = place.dir.path().join("log");
    let mut command = with_mounts(&place, &growing, 280, &["run"]);
    let mut child =
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    let until = |what: &str, has_come: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !has_come() {
            let log = std::fs::read_to_string(&log).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until("full", &|| std::fs::read_to_string(&log).unwrap().contains("no room left"));
    let pages = place.pages().len();
    assert!((1..60).contains(&pages), "{pages} pages");
    std::fs::write(place.dir.path().join("disk.more"), "").unwrap();
    until("room again", &|| {
        place.settle();
        place.pages().len() == 60
    });
    std::fs::write(place.dir.path().join("disk.stop"), "").unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}: {}", std::fs::read_to_string(&log).unwrap());
    place.comes_to_rest();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_or_file_is_named_and_nothing_is_sent() {
    if !may_mount() {
        return;
    }
    let place = Place::new(setup(), 3).await;
    let run = |script: &str, args: &[&str]| {
        Told::from(with_mounts(&place, script, 0, args).output().unwrap())
    };
    let words = ["/disk/tandem.db", "writ"];
    run(READ_ONLY_DISK, &["--once"]).assert(1, &words);
    assert_eq!(place.requests(), 0, "without a database");
    place.comes_to_rest();
    place.retitle_issue(1, "Edited");
    let before = place.requests();
    for script in [READ_ONLY_DISK, READ_ONLY_FILE] {
        for args in [&["--once"][..], &["--once", "--json"], &["run"]] {
            run(script, args).assert(1, &words);
        }
    }
    assert_eq!(place.requests(), before);
    place.comes_to_rest();
}
