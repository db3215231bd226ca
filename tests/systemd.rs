//! What we ship for systemd: units that it takes, and a daemon that speaks its language.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where it stands, and says what it leaves out"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tandem::config;
use tandem::daemon::{self, Ended, GRACE, ProcessSignals, Start, Systemd, Worker};
use tandem::engine::{Halt, Scope};

const UNITS: [&str; 3] = ["tandem.service", "tandem-once.service", "tandem-once.timer"];

fn unit(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name)).unwrap()
}

/// Every `key=value` of a unit with that key.
fn values(unit: &str, key: &str) -> Vec<String> {
    let settings = unit.lines().filter_map(|line| line.split_once('='));
    settings.filter(|(found, _)| *found == key).map(|(_, value)| value.to_owned()).collect()
}

/// `systemd-analyze` over copies of the units, whose programs are replaced by one that is here; `None` where it is not
/// installed.
fn analyze(arguments: &[&str], units: &[&str]) -> Option<Output> {
    let dir = tempfile::tempdir().unwrap();
    for name in UNITS {
        let text = unit(name)
            .replace("/usr/local/bin/tandem", env!("CARGO_BIN_EXE_tandem"))
            .replace("/bin/kill", env!("CARGO_BIN_EXE_tandem"));
        fs::write(dir.path().join(name), text).unwrap();
    }
    let paths: Vec<PathBuf> = units.iter().map(|name| dir.path().join(name)).collect();
    let output = Command::new("systemd-analyze").args(arguments).args(paths).output();
    match output {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: systemd-analyze is not installed, so nobody checked the units"
            );
            None
        }
        Err(error) => panic!("systemd-analyze: {error}"),
    }
}

#[test]
fn systemd_takes_our_units_without_a_word() {
    let arguments = ["verify", "--man=no", "--recursive-errors=no"];
    let Some(output) = analyze(&arguments, &UNITS) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    // Units of the machine that ours lean on may have faults of their own.
    let about_ours: Vec<_> = said.lines().filter(|line| line.contains("tandem")).collect();
    assert!(output.status.success() && about_ours.is_empty(), "{said}");
}

#[test]
fn systemd_finds_the_services_well_shut_in() {
    // In tenths; services as they come have 96.
    let arguments = ["security", "--offline=true", "--no-pager", "--threshold=15"];
    for service in &UNITS[..2] {
        let Some(output) = analyze(&arguments, &[service]) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn both_services_are_shut_in_alike_and_share_user_secrets_and_database() {
    let own = ["Description", "Type", "ExecStart", "ExecReload", "WatchdogSec", "WantedBy"];
    let shared = |name| -> BTreeSet<String> {
        let unit = unit(name);
        let settings = unit.lines().filter(|line| !line.starts_with('#') && line.contains('='));
        settings
            .filter(|line| {
                let key = line.split('=').next().unwrap_or_default();
                !own.contains(&key) && !key.starts_with("Restart") || key.starts_with("RestrictA")
            })
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(shared("tandem.service"), shared("tandem-once.service"));
    assert!(shared("tandem.service").contains("StateDirectory=tandem"));
}

#[test]
fn systemd_waits_for_a_stop_longer_than_the_daemon_takes_and_restarts_what_a_restart_may_help() {
    let service = unit("tandem.service");
    let [stop_secs] = &values(&service, "TimeoutStopSec")[..] else { panic!("{service}") };
    assert!(stop_secs.parse::<u64>().unwrap() > GRACE.as_secs() + 10);
    assert_eq!(values(&service, "Restart"), ["on-failure"]);
    assert_eq!(values(&service, "RestartPreventExitStatus"), ["2 6"]);
}

/// A worker that is done at once and has the next cycle on a day that never comes.
struct Idle(config::Daemon);

impl Worker for Idle {
    fn timetable(&self) -> &config::Daemon {
        &self.0
    }

    async fn cycle(&mut self, _: Scope, _: &Halt) -> String {
        "in step".to_owned()
    }

    fn reload(&mut self) -> Result<(), String> {
        Err("line 3".to_owned())
    }
}

#[tokio::test]
#[ignore = "the process that the test below talks to"]
async fn the_other_process() {
    let schedule = config::Schedule::parse("0 0 0 1 1 * 2099", chrono_tz::Tz::UTC).unwrap();
    let mut worker = Idle(config::Daemon { schedule, full_scan: None });
    let signals = ProcessSignals::listen().unwrap();
    let notifier = Systemd::default();
    let now = tandem::clock::now_utc;
    let ended = daemon::run(&mut worker, signals, notifier, now, Start::default()).await;
    assert_eq!(ended, Ended::Orderly);
}

/// The other process, as systemd would run it.
struct Service {
    socket: UnixDatagram,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Service {
    fn start() -> Service {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        // Only a failure ever waits so long.
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "the_other_process"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "100000")
            .env_remove("WATCHDOG_PID")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Service { socket, child, _dir: dir }
    }

    /// Reads messages until one begins so, and gives it.
    fn hear(&self, beginning: &str) -> String {
        loop {
            let mut buffer = [0; 4096];
            let length = self
                .socket
                .recv(&mut buffer)
                .unwrap_or_else(|error| panic!("no {beginning}: {error}"));
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if message.starts_with(beginning) {
                return message;
            }
        }
    }

    /// Sends a real signal; the shell's own `kill` is everywhere.
    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn systemd_hears_ready_status_watchdog_reload_and_stop_and_the_end_is_a_success() {
    let mut service = Service::start();
    assert_eq!(service.hear("READY"), "READY=1\nSTATUS=started\n");
    service.hear("STATUS=looking for changes since ");
    service.hear("STATUS=in step; next cycle at 2099-01-01 00:00:00 UTC\n");
    service.hear("WATCHDOG=1\n");

    service.signal("HUP");
    assert!(service.hear("RELOADING=1\n").contains("\nMONOTONIC_USEC="));
    assert!(service.hear("READY=1\n").contains("the config file was refused"));

    service.signal("TERM");
    assert!(service.hear("STOPPING=1\n").contains("\nEXTEND_TIMEOUT_USEC=5000000\n"));
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn an_interrupt_from_the_keyboard_ends_it_too() {
    let mut service = Service::start();
    service.hear("READY");
    service.signal("INT");
    service.hear("STOPPING=1\n");
    assert!(service.child.wait().unwrap().success());
}
