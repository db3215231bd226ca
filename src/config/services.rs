//! The sections that describe this machine and the two services: database, daemon, GitHub, Notion, safety.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use url::{Host, Url};

use super::diagnostics::Complaint;
use super::reader::{Entry, Problems, Read, Section};
use super::redact::shown;
use super::schedule::Schedule;
use super::secret::{self, SecretRef};
use super::vocabulary::{self, DAEMON, GITHUB, GITHUB_APP, NOTION, SAFETY};
use super::{Env, duration};

/// When the daemon works.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// When it looks for changes.
    pub schedule: Schedule,
    /// When it compares everything, whatever the cursors say; `None`: never by itself.
    pub full_scan: Option<Schedule>,
}

/// How to reach GitHub.
#[derive(Debug, Clone)]
pub struct GitHub {
    /// The REST API; its path has no slash at the end, except that of an empty path.
    pub api_url: Url,
    /// Who tandem is there.
    pub auth: GitHubAuth,
}

/// Who tandem is on GitHub.
#[derive(Debug, Clone)]
pub enum GitHubAuth {
    /// The owner of a token.
    Token(SecretRef),
    /// An installation of a GitHub App.
    App {
        /// The App's id.
        id: u64,
        /// The installation's id.
        installation: u64,
        /// The App's private key, PEM.
        private_key: SecretRef,
    },
}

/// How to reach Notion.
#[derive(Debug, Clone)]
pub struct Notion {
    /// The API; its path has no slash at the end, except that of an empty path.
    pub api_url: Url,
    /// The token of an internal connection or a person.
    pub token: SecretRef,
    /// How many requests any 60 seconds may hold.
    pub requests_per_minute: u32,
}

/// What keeps a cycle from doing too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Safety {
    /// The share of the known pairs that one cycle may delete, close, trash or overwrite, in percent.
    pub brake_percent: u8,
    /// So many pairs are always allowed.
    pub brake_floor: usize,
    /// The pauses that a single run sits out, in all.
    pub max_wait: Duration,
}

const SCHEDULE_ACCEPTED: &str = "5 fields as in crontab (minute hour day month weekday), such as \"*/2 * * * *\"; or 6 with seconds in front, 7 with a year at the end; or @hourly, @daily, @weekly, @monthly, @yearly";
const ZONE_ACCEPTED: &str = "the name of a time zone, such as \"UTC\" or \"Europe/Berlin\"";
const EVERY_TWO_MINUTES: &str = "*/2 * * * *";
const DAILY_FULL_SCAN: &str = "17 3 * * *";
const GITHUB_API: &str = "https://api.github.com";
const NOTION_API: &str = "https://api.notion.com";
const URL_ACCEPTED: &str = "https://HOST/path; plain http only for this machine (localhost)";
const REQUESTS_ACCEPTED: &str =
    "1 to 1000000 requests a minute (180 on most Notion plans, 600 on Business and Enterprise)";
const PERCENT_ACCEPTED: &str = "0 to 100 percent of the known pairs";
const FLOOR_ACCEPTED: &str = "0 to 1000000 pairs";
const ID_ACCEPTED: &str = "the number GitHub shows for it";

/// The database file: the config's, else systemd's state directory, else the current one.
pub(super) fn database(root: &Section<'_>, env: &Env, problems: &mut Problems<'_>) -> PathBuf {
    // systemd separates several directories by colons; the first is the main one.
    let state = env.get_filled("STATE_DIRECTORY").and_then(|all| all.split(':').next());
    let default = state
        .map_or_else(|| PathBuf::from("./tandem.db"), |dir| PathBuf::from(dir).join("tandem.db"));
    root.read_or("database", default, problems, |entry| {
        let accepted = "the path of a file, such as \"/var/lib/tandem/tandem.db\"";
        match entry.filled_text().map_err(|complaint| complaint.accepted(accepted))? {
            path if path.ends_with('/') => {
                Err(Complaint::new("this is a directory").accepted(accepted))
            }
            path => Ok(PathBuf::from(path)),
        }
    })
}

/// The `[daemon]` section; `None` only when something in it was noted as wrong.
pub(super) fn daemon(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<Daemon> {
    let section = root.sub("daemon", &DAEMON, problems);
    let zone = section.read_or("timezone", Tz::UTC, problems, time_zone);
    let schedule = match section.entry("schedule") {
        Some(_) => section.read("schedule", problems, |entry| schedule(entry, zone)),
        None => Schedule::parse(EVERY_TWO_MINUTES, zone).ok(),
    };
    let full_scan = match section.entry("full_scan") {
        Some(entry) if entry.value.as_bool() == Some(false) => None,
        Some(_) => section.read("full_scan", problems, |entry| schedule_or_off(entry, zone)),
        None => Schedule::parse(DAILY_FULL_SCAN, zone).ok(),
    };
    Some(Daemon { schedule: schedule?, full_scan })
}

fn schedule(entry: &Entry<'_>, zone: Tz) -> Read<Schedule> {
    let text = entry.value.as_str().ok_or_else(|| entry.wrong_type(SCHEDULE_ACCEPTED))?;
    Schedule::parse(text, zone)
        .map_err(|error| Complaint::new(error.to_string()).accepted(SCHEDULE_ACCEPTED))
}

fn schedule_or_off(entry: &Entry<'_>, zone: Tz) -> Read<Schedule> {
    schedule(entry, zone)
        .map_err(|complaint| complaint.accepted(format!("{SCHEDULE_ACCEPTED}; or false for never")))
}

fn time_zone(entry: &Entry<'_>) -> Read<Tz> {
    let text = entry.text()?;
    text.parse().map_err(|_| {
        let complaint =
            Complaint::new(format!("{} is not a time zone", shown(text))).accepted(ZONE_ACCEPTED);
        match vocabulary::nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(near) => complaint.hint(format!("did you mean `{near}`?")),
            None => complaint,
        }
    })
}

/// The `[github]` section; `None` only when something in it was noted as wrong.
pub(super) fn github(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<GitHub> {
    let section = root.sub("github", &GITHUB, problems);
    let api_url = read_api_url(&section, GITHUB_API, &["github.com", "www.github.com"], problems);
    let token = section.read("token", problems, secret::read);
    let app = section.entry("app").map(|entry| app(&entry, problems));
    let auth = match (section.entry("token"), app) {
        (Some(_), Some(_)) => {
            let complaint =
                Complaint::new("`token` and `app` cannot both be used").accepted("one of them");
            problems.at_key("github.app", &section.key_span("app"), complaint);
            None
        }
        (None, None) => Some(GitHubAuth::Token(SecretRef::Env("GITHUB_TOKEN".to_owned()))),
        (Some(_), None) => token.map(GitHubAuth::Token),
        (None, Some(app)) => app,
    };
    Some(GitHub { api_url: api_url?, auth: auth? })
}

fn app(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<GitHubAuth> {
    let section = Section::of(entry, &GITHUB_APP, problems);
    let number = |entry: &Entry<'_>| entry.number(1..=i64::MAX.unsigned_abs(), ID_ACCEPTED);
    let id = section.require("id", ID_ACCEPTED, problems, number);
    let installation = section.require("installation", ID_ACCEPTED, problems, number);
    let private_key = section.require("private_key", secret::ACCEPTED, problems, secret::read);
    Some(GitHubAuth::App { id: id?, installation: installation?, private_key: private_key? })
}

/// The `[notion]` section; `None` only when something in it was noted as wrong.
pub(super) fn notion(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<Notion> {
    let section = root.sub("notion", &NOTION, problems);
    let web_sites =
        ["notion.so", "www.notion.so", "notion.com", "www.notion.com", "app.notion.com"];
    let api_url = read_api_url(&section, NOTION_API, &web_sites, problems);
    let token =
        section.read_or("token", SecretRef::Env("NOTION_TOKEN".to_owned()), problems, secret::read);
    let per_minute = section.read_or("requests_per_minute", 180, problems, |entry| {
        entry.number(1..=1_000_000, REQUESTS_ACCEPTED)
    });
    Some(Notion { api_url: api_url?, token, requests_per_minute: u32::try_from(per_minute).ok()? })
}

/// The `[safety]` section; `None` only when something in it was noted as wrong.
pub(super) fn safety(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<Safety> {
    let section = root.sub("safety", &SAFETY, problems);
    let percent = section
        .read_or("brake_percent", 30, problems, |entry| entry.number(0..=100, PERCENT_ACCEPTED));
    let floor = section
        .read_or("brake_floor", 10, problems, |entry| entry.number(0..=1_000_000, FLOOR_ACCEPTED));
    let max_wait = section.read_or("max_wait", Duration::from_secs(120), problems, length_of_time);
    Some(Safety {
        brake_percent: u8::try_from(percent).ok()?,
        brake_floor: usize::try_from(floor).ok()?,
        max_wait,
    })
}

/// Reads a length of time.
pub(super) fn length_of_time(entry: &Entry<'_>) -> Read<Duration> {
    match entry.value.as_integer() {
        // A bare number has no unit; the text of it gets the hint with units.
        Some(integer) => duration::parse(integer.as_str()),
        None => duration::parse(
            entry.value.as_str().ok_or_else(|| entry.wrong_type(duration::ACCEPTED))?,
        ),
    }
}

fn read_api_url(
    section: &Section<'_>,
    official: &str,
    web_sites: &[&str],
    problems: &mut Problems<'_>,
) -> Option<Url> {
    match section.entry("api_url") {
        Some(_) => section.read("api_url", problems, |entry| api_url(entry, official, web_sites)),
        None => Url::parse(official).ok(),
    }
}

/// Reads the address of an API. Tokens travel there, so it is encrypted unless it is on this machine.
fn api_url(entry: &Entry<'_>, official: &str, web_sites: &[&str]) -> Read<Url> {
    let refuse = |problem: &str| Complaint::new(problem).accepted(URL_ACCEPTED);
    let text = entry.filled_text()?;
    // What these characters introduce may be a password, even in a URL that cannot be parsed.
    if text.contains(['@', '?', '#']) {
        return Err(refuse(
            "an API's address has no name, password, `?` or `#` in it (it is not shown)",
        )
        .unseen());
    }
    let mut url = Url::parse(text)
        .map_err(|error| refuse(&format!("{} is not a URL: {error}", shown(text))))?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
        "http" => {
            return Err(refuse(
                "this address is not encrypted, and tokens would travel in the open",
            ));
        }
        _ => return Err(refuse("this is not a web address")),
    }
    if let Some(host) = web_sites.iter().find(|host| url.host_str() == Some(host)) {
        let problem = format!("{host} is the web site, not the API");
        return Err(refuse(&problem).hint(format!("write \"{official}\", or leave `api_url` out")));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
