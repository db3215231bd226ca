//! The process is killed without warning, fifty times, while it imports and carries edits over: nothing is made twice,
//! nothing is lost (I2, I3, I4).
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem::model::Side;
use tandem::sim::agreement::{StateWords, Terms, What, judge};
use tandem::sim::github::{NewIssue, NewRepo, Permission, RepoId};
use tandem::sim::notion::{Capabilities, DataSourceId, Plain, Type, UserId};
use tandem::sim::{Setup, World, github, notion, serve};

const TOKEN: &str = "ours";
const ISSUES: u64 = 400;
const KILLS: usize = 50;
/// A killed run is never alone: at most so many runs are started for all kills.
const MAX_RUNS: usize = 4 * KILLS;

/// A repository full of issues and an empty database.
struct Place {
    world: Arc<World>,
    repo: RepoId,
    table: DataSourceId,
    ann: UserId,
    config: PathBuf,
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let world = World::new(Setup {
            github: github::Options::raised(),
            notion: notion::Options::raised(),
            ..Setup::default()
        });
        let repo = world.github(|github, now| {
            let repo = github.add_repo("acme/app", &NewRepo::default(), now);
            for login in ["tandem-bot", "octocat"] {
                github.set_permission(repo, login, Permission::Push).unwrap();
            }
            github.add_token(TOKEN, "tandem-bot");
            for n in 1..=ISSUES {
                let new = NewIssue {
                    title: format!("Issue {n}"),
                    author: Some("octocat".to_owned()),
                    labels: vec![format!("l{}", n % 7), "a, b".to_owned()],
                    ..NewIssue::default()
                };
                github.seed_issue(repo, &new, now).unwrap();
            }
            repo
        });
        let (ann, table) = world.notion(|notion, now| {
            notion.add_token(TOKEN, "tandem", Capabilities::full());
            let ann = notion.add_user("Ann", "ann@example.com");
            let schema = [
                ("Name", Type::Title),
                ("GitHub", Type::Url),
                ("Number", Type::Number),
                ("Status", Type::status(&["To do"], &["In progress"], &["Done", "Won't do"])),
                ("Labels", Type::multi_select([])),
            ];
            let (_, table) = notion.add_data_source("Tasks", &schema, ann, now);
            notion.share(table, TOKEN).unwrap();
            (ann, table)
        });
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        Place { world, repo, table, ann, config, dir }
    }

    fn write_config(&self, github: &str, notion: &str) {
        let text = format!(
            r#"
database = "{database}"
[github]
api_url = "{github}"
token = "env:GITHUB_TOKEN"
[notion]
api_url = "{notion}"
token = "env:NOTION_TOKEN"
requests_per_minute = 1000000
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "{table}"
[sync.fields]
url = "GitHub"
number = "Number"
title = "Name"
labels = "Labels"
[sync.fields.state]
property = "Status"
open = ["To do", "In progress"]
completed = ["Done"]
not_planned = ["Won't do"]
"#,
            database = self.dir.path().join("tandem.db").display(),
            table = self.table,
        );
        std::fs::write(&self.config, text).unwrap();
    }

    /// People go on working on both sides.
    fn edit(&self, dice: &mut Dice, round: usize) {
        let numbers = [dice.up_to(ISSUES) + 1, dice.up_to(ISSUES) + 1];
        self.world.github(|github, now| {
            let mut octocat = github.by("octocat", now);
            octocat.set_title(self.repo, numbers[0], &format!("Renamed in round {round}")).unwrap();
            octocat.add_label(self.repo, numbers[0], &format!("round {round}")).unwrap();
        });
        self.world.notion(|notion, now| {
            let url = format!("https://github.com/acme/app/issues/{}", numbers[1]);
            let pages = notion.pages(self.table);
            let page = pages.iter().find(|page| page.url("GitHub").as_deref() == Some(&url));
            if let Some(page) = page.map(|page| page.id()) {
                notion.set_title(page, &format!("Typed in round {round}"), self.ann, now).unwrap();
                notion.set_option(page, "Status", "Won't do", self.ann, now).unwrap();
            }
            if round.is_multiple_of(5) {
                let title = Plain::Text(format!("New in round {round}"));
                notion.add_page(self.table, &[("Name", title)], self.ann, now).unwrap();
            }
        });
    }

    /// Long enough for every settle window of both servers.
    fn settle(&self) {
        self.world.advance_side(Side::Notion, Duration::from_secs(6 * 60));
        self.world.advance_side(Side::GitHub, Duration::from_secs(16 * 60));
    }

    fn requests(&self) -> u64 {
        let counts = self.world.counts();
        [counts.github, counts.notion].iter().map(|side| side.reads + side.writes).sum()
    }

    fn writes(&self) -> u64 {
        let counts = self.world.counts();
        counts.github.writes + counts.notion.writes
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
            body: false,
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

fn start(config: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(["run", "--once", "--config"])
        .arg(config)
        .env("GITHUB_TOKEN", TOKEN)
        .env("NOTION_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the run after so many requests and a little more; `None` when it was killed, its status when it was faster.
async fn kill_after(place: &Place, requests: u64, more: Duration) -> Option<ExitStatus> {
    let goal = place.requests() + requests;
    let mut child = start(&place.config);
    let deadline = Instant::now() + Duration::from_secs(60);
    while place.requests() < goal {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        assert!(Instant::now() < deadline, "the run does nothing");
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    tokio::time::sleep(more).await;
    match child.try_wait().unwrap() {
        Some(status) => Some(status),
        None => {
            child.kill().unwrap();
            child.wait().unwrap();
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_at_random_moments_leave_one_page_per_issue_and_every_value_in_step() {
    let place = Place::new();
    let served = serve(Arc::clone(&place.world)).await.unwrap();
    place.write_config(&served.github_url(), &served.notion_url());
    let mut dice = Dice(0x5eed);
    let mut kills = 0;
    for round in 0..MAX_RUNS {
        if kills == KILLS {
            break;
        }
        place.edit(&mut dice, round);
        let more = Duration::from_micros(dice.up_to(3_000));
        match kill_after(&place, 1 + dice.up_to(25), more).await {
            None => kills += 1,
            Some(status) => assert!(status.success(), "round {round}: {status}"),
        }
        place.settle();
    }
    assert_eq!(kills, KILLS, "so many runs were too short to be killed");

    // Left in peace, it comes to rest: at most three cycles past the windows (I5), and then no write at all (I6).
    let mut last = u64::MAX;
    for _ in 0..4 {
        let before = place.writes();
        let status = start(&place.config).wait().unwrap();
        assert!(status.success(), "{status}");
        last = place.writes() - before;
        place.settle();
    }
    assert_eq!(last, 0, "the last cycle still wrote");
    let verdict = judge(&place.world, place.table, &place.terms());
    assert_eq!(verdict.differences, [], "{verdict:#?}");
    assert_eq!(verdict.issues, verdict.pages);
    assert!(verdict.issues as u64 > ISSUES, "pages became issues as well");
    served.stop();
}

/// A fixed sequence, so that every run of the test is the same as far as processes allow.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
