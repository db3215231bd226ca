//! A repository of issues with bodies, a database for them, and the built binary between the two.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tandem::model::Side;
use tandem::sim::agreement::{StateWords, Terms, Verdict, What, judge};
use tandem::sim::github::{IssueView, NewIssue, NewRepo, Permission, RepoId};
use tandem::sim::notion::{Capabilities, DataSourceId, PageId, Type, UserId};
use tandem::sim::{Served, Setup, World, github, notion, serve};
use tandem::store::Store;

/// tandem's token on both sides.
pub const TOKEN: &str = "ours";

/// The stand-ins behind loopback, a config that joins them, and a directory for the database.
pub struct Place {
    pub world: Arc<World>,
    pub repo: RepoId,
    pub table: DataSourceId,
    pub ann: UserId,
    pub dir: tempfile::TempDir,
    pub served: Served,
}

/// How a run ended and what it said.
pub struct Told {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Told {
    /// All of it, for messages.
    pub fn all(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.stdout, self.stderr)
    }

    /// Ended with that code, having said all of these.
    #[track_caller]
    pub fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.all());
        for word in words {
            assert!(self.all().contains(word), "no `{word}` in {}", self.all());
        }
    }
}

impl From<Output> for Told {
    fn from(output: Output) -> Told {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        let told = Told { code, stdout: text(&output.stdout), stderr: text(&output.stderr) };
        // A bug is no answer to bad surroundings.
        assert!(!told.all().contains("this is a bug in tandem"), "{}", told.all());
        told
    }
}

/// Servers that do not slow a test down by their limits.
pub fn setup() -> Setup {
    Setup {
        github: github::Options::raised(),
        notion: notion::Options::raised(),
        ..Setup::default()
    }
}

impl Place {
    /// So many issues with bodies, and an empty database.
    pub async fn new(setup: Setup, issues: u64) -> Place {
        let world = World::new(setup);
        let repo = world.github(|github, now| {
            let repo = github.add_repo("acme/app", &NewRepo::default(), now);
            for login in ["tandem-bot", "octocat"] {
                github.set_permission(repo, login, Permission::Push).unwrap();
            }
            github.add_token(TOKEN, "tandem-bot");
            for n in 1..=issues {
                github.seed_issue(repo, &issue(n), now).unwrap();
            }
            repo
        });
        let (ann, table) = world.notion(|notion, now| {
            notion.add_token(TOKEN, "tandem", Capabilities::full());
            let ann = notion.add_user("Ann", "ann@example.com");
            let (_, table) = notion.add_data_source("Tasks", &properties(), ann, now);
            notion.share(table, TOKEN).unwrap();
            (ann, table)
        });
        let served = serve(Arc::clone(&world)).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("disk")).unwrap();
        let place = Place { world, repo, table, ann, dir, served };
        place.configure(|_| {});
        place
    }

    /// Writes the config anew, changed by `edit`.
    pub fn configure(&self, edit: impl FnOnce(&mut String)) {
        let mut text = CONFIG
            .replace("DATABASE", &self.database().display().to_string())
            .replace("GITHUB_URL", &self.served.github_url())
            .replace("NOTION_URL", &self.served.notion_url())
            .replace("SOURCE", &self.table.to_string());
        edit(&mut text);
        std::fs::write(self.config(), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    /// The directory that the database has for itself.
    pub fn disk(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    pub fn database(&self) -> PathBuf {
        self.disk().join("tandem.db")
    }

    /// The binary, with its arguments, tokens and config.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(args);
        self.at_home(&mut command);
        command
    }

    /// The binary as the last word of a shell script, which finds it and its arguments in `"$@"`.
    pub fn through_shell(&self, script: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_tandem")]).args(args);
        self.at_home(&mut command);
        command
    }

    fn at_home(&self, command: &mut Command) {
        command
            .current_dir(self.dir.path())
            .env_remove("TANDEM_LOG")
            .env("TANDEM_CONFIG", self.config())
            .env("GITHUB_TOKEN", TOKEN)
            .env("NOTION_TOKEN", TOKEN)
            .stdin(Stdio::null());
    }

    /// Runs it to its end.
    pub fn tandem(&self, args: &[&str]) -> Told {
        self.command(args).output().unwrap().into()
    }

    /// Long enough for every settle window of both servers.
    pub fn settle(&self) {
        self.world.advance_side(Side::Notion, Duration::from_secs(6 * 60));
        self.world.advance_side(Side::GitHub, Duration::from_secs(16 * 60));
    }

    pub fn requests(&self) -> u64 {
        let counts = self.world.counts();
        [counts.github, counts.notion].iter().map(|side| side.reads + side.writes).sum()
    }

    pub fn writes(&self) -> u64 {
        let counts = self.world.counts();
        counts.github.writes + counts.notion.writes
    }

    pub fn issues(&self) -> Vec<IssueView> {
        self.world.github(|github, _| github.issues(self.repo))
    }

    /// Pages outside the trash, with title and url.
    pub fn pages(&self) -> Vec<(PageId, String, Option<String>)> {
        self.world.notion(|notion, _| {
            let pages = notion.pages(self.table);
            let pages = pages.iter().filter(|page| !page.in_trash());
            pages.map(|page| (page.id(), page.title(), page.url("GitHub"))).collect()
        })
    }

    /// Renames an issue.
    pub fn retitle_issue(&self, number: u64, to: &str) {
        self.world
            .github(|github, now| github.by("octocat", now).set_title(self.repo, number, to))
            .unwrap();
    }

    /// Every word of every value in the history, as the command tells it.
    pub fn words_in_history(&self) -> BTreeSet<String> {
        let told = self.tandem(&["history", "--json"]);
        told.assert(0, &[]);
        let document: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        let mut found = BTreeSet::new();
        for entry in document["history"].as_array().unwrap() {
            words_of(&entry["lost"], &mut found);
        }
        found
    }

    /// Left in peace, it comes to rest: at most three cycles past the windows (I5), then no write at all (I6), and the
    /// stand-ins find one page for each issue, one issue for each page, and the same in both.
    pub fn comes_to_rest(&self) -> Verdict {
        let mut last = u64::MAX;
        for _ in 0..4 {
            self.settle();
            let before = self.writes();
            self.tandem(&["--once"]).assert(0, &[]);
            last = self.writes() - before;
        }
        assert_eq!(last, 0, "the last cycle still wrote");
        self.assert_sound();
        let verdict = judge(&self.world, self.table, &self.terms());
        assert_eq!(verdict.differences, [], "{verdict:#?}");
        assert_eq!(verdict.issues, verdict.pages);
        verdict
    }

    /// The file as it lies there is whole.
    pub fn assert_sound(&self) {
        assert_sound(&self.database());
    }

    fn terms(&self) -> Terms {
        let places = [
            (What::Number, "Number"),
            (What::Title, "Name"),
            (What::Labels, "Labels"),
            (What::State, "Status"),
        ];
        let places: BTreeMap<What, String> =
            places.into_iter().map(|(what, name)| (what, name.to_owned())).collect();
        Terms {
            body: true,
            repos: vec![self.repo],
            url: "GitHub".to_owned(),
            places,
            words: StateWords {
                open: vec!["To do".to_owned(), "In progress".to_owned()],
                completed: vec!["Done".to_owned()],
                not_planned: vec!["Won't do".to_owned()],
                duplicate: Vec::new(),
            },
            people: Vec::new(),
            own_login: Some("tandem-bot".to_owned()),
        }
    }
}

/// Opens a copy of a database as the next run would open it, and reads it through.
pub fn assert_sound(database: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.db");
    std::fs::copy(database, &copy).unwrap();
    let log = PathBuf::from(format!("{}-wal", database.display()));
    if log.exists() {
        std::fs::copy(log, dir.path().join("copy.db-wal")).unwrap();
    }
    Store::open(&copy).unwrap().check_integrity().unwrap();
}

/// The words of all strings in a document.
fn words_of(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => {
            into.extend(text.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| words_of(value, into)),
        serde_json::Value::Object(map) => map.values().for_each(|value| words_of(value, into)),
        _ => {}
    }
}

/// The n-th issue.
fn issue(n: u64) -> NewIssue {
    NewIssue {
        title: format!("Issue {n}"),
        author: Some("octocat".to_owned()),
        body: Some(format!(
            "First paragraph of {n}.\r\n\r\n* one\r\n* **two**\r\n\r\nLast of {n}."
        )),
        labels: vec![format!("l{}", n % 7), "a, b".to_owned()],
        ..NewIssue::default()
    }
}

fn properties() -> [(&'static str, Type); 5] {
    [
        ("Name", Type::Title),
        ("GitHub", Type::Url),
        ("Number", Type::Number),
        ("Status", Type::status(&["To do"], &["In progress"], &["Done", "Won't do"])),
        ("Labels", Type::multi_select([])),
    ]
}

/// The brake is for people who make mistakes; the words in capitals are filled in.
const CONFIG: &str = r#"
database = "DATABASE"
[daemon]
schedule = "* * * * * *"
[github]
api_url = "GITHUB_URL"
token = "env:GITHUB_TOKEN"
[notion]
api_url = "NOTION_URL"
token = "env:NOTION_TOKEN"
requests_per_minute = 1000000
[safety]
brake_floor = 100000
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "SOURCE"
[sync.fields]
url = "GitHub"
number = "Number"
title = "Name"
body = true
labels = "Labels"
[sync.fields.state]
property = "Status"
open = ["To do", "In progress"]
completed = ["Done"]
not_planned = ["Won't do"]
"#;
