//! Where a simulation plays: the world, a tandem with its database file, and the ends a process can come to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use secrecy::SecretString;
use tandem::config::{Config, Env};
use tandem::engine::{Halt, Mode, Order, Report, Scope, Services, Unwatched, run_cycle};
use tandem::github::{self, Auth, GithubDialect};
use tandem::model::Side;
use tandem::notion::{self, NotionDialect};
use tandem::remote::{Channel, Pace, Patience};
use tandem::sim::github::{NewRepo, Permission};
use tandem::sim::notion::{Capabilities, Type};
use tandem::sim::{Fuse, FusedTransport, Setup, World};
use tandem::store::Store;

use crate::oracle::Oracle;
use crate::people;
use crate::snapshot::{BOT, Scene};
use crate::watch::{Stage, WatchedTransport};

/// tandem's token on both sides, and a word that must never be logged (I17).
pub const TOKEN: &str = "sesame-4711";

/// Every field mapped. What a simulation varies stands in capitals.
const CONFIG: &str = r#"
[github]
token = "env:G"
[notion]
token = "env:N"
[safety]
brake_floor = FLOOR
[users]
octocat = "ann@example.com"
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "SOURCE"
conflict = "CONFLICT"
on_page_trashed = "TRASHED"
on_issue_deleted = "DELETED"
[sync.fields]
url = "GitHub"
number = "Number"
title = "Name"
body = BODY
labels = "Labels"
assignees = "Assignees"
milestone = "Milestone"
type = "Type"
repository = "Repository"
author = "Author"
created = "Created"
updated = "Updated"
closed = "Closed"
[sync.fields.state]
property = "Status"
open = ["To do", "In progress", "In review"]
completed = ["Done"]
not_planned = ["Won't do"]
duplicate = ["Duplicate"]
"#;

/// What a config says that a simulation varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub conflict: &'static str,
    pub on_page_trashed: &'static str,
    pub on_issue_deleted: &'static str,
    pub has_bodies: bool,
    /// Only where there are bodies.
    pub uploads_images: bool,
    pub brake_floor: u32,
}

/// A world, and a tandem between its sides.
pub struct Place {
    pub stage: Stage,
    pub terms: Terms,
    config: Config,
    dir: tempfile::TempDir,
    /// A database file for every life of the database.
    lives: u32,
    store: Option<Store>,
    services: Services,
    fuse: Fuse,
}

/// How a cycle ended.
pub enum Ended {
    Report(Box<Report>),
    /// The process died in it.
    Killed,
}

impl Place {
    pub fn new(setup: Setup, terms: Terms) -> Place {
        let world = World::new(setup);
        let scene = people_the(&world);
        let dir = scratch_dir();
        let path = dir.path().join("tandem-0.db");
        let oracle = Arc::new(Mutex::new(Oracle::new(&world, scene, terms)));
        let config = parse(&config_of(terms, scene));
        let fuse = Fuse::endless();
        let stage = Stage { world, scene, oracle, crowd: Arc::default() };
        let services = connect(&stage, &config, &fuse);
        let mut place = Place { stage, terms, config, dir, lives: 0, store: None, services, fuse };
        place.open(&path);
        place
    }

    /// A new process on the same database, which lives for so many effects.
    pub fn restart(&mut self, effects: u64) {
        let path = self.path();
        self.open(&path);
        self.fuse = Fuse::after(effects);
        self.services = connect(&self.stage, &self.config, &self.fuse);
        let fuse = self.fuse.clone();
        self.store().ask_before_commits(move || fuse.allows()).unwrap();
    }

    /// The same world and database under another config.
    pub fn reconfigure(&mut self, terms: Terms) {
        self.terms = terms;
        self.config = parse(&config_of(terms, self.stage.scene));
        self.oracle().starts_anew(terms);
        self.restart(u64::MAX);
    }

    /// Every property has its own name again.
    pub fn tidy(&self) {
        people::tidy(&self.stage.world, self.stage.scene);
    }

    /// The database file is lost.
    pub fn lose_database(&mut self) {
        self.lives += 1;
        self.oracle().loses_the_database();
        self.restart(u64::MAX);
    }

    /// One cycle, to its end or that of the process.
    pub async fn cycle(&mut self, scope: Scope, mode: Mode) -> Ended {
        self.oracle().begin_cycle(scope, mode);
        let let_go = self.released();
        let halt = Halt::default();
        let order = Order { scope, mode, halt: &halt, progress: &Unwatched };
        let ended = {
            // A dry run works on a copy, as the command line has it (I15).
            let copy = match mode {
                Mode::PlanOnly => Some(Store::open_scratch(&self.path()).unwrap()),
                Mode::Execute => None,
            };
            let store = copy.as_ref().unwrap_or(self.store());
            let mut run =
                std::pin::pin!(run_cycle(&self.services, store, &self.config.syncs[0], &order));
            tokio::select! {
                biased;
                () = self.fuse.burnt() => Ended::Killed,
                report = &mut run => match report {
                    Ok(report) => Ended::Report(Box::new(report)),
                    // A commit that was not to be.
                    Err(_) if self.fuse.is_burnt() => Ended::Killed,
                    Err(error) => panic!("the database failed: {error}"),
                },
            }
        };
        let report = match &ended {
            Ended::Report(report) => Some(&**report),
            Ended::Killed => None,
        };
        let is_released = let_go.is_some() && self.released().is_none();
        self.oracle().end_cycle(report, is_released);
        if matches!(ended, Ended::Killed) {
            self.restart(u64::MAX);
        }
        ended
    }

    /// Lets the plan go that the brake stopped: a person's own process, beside tandem's.
    pub fn release(&self, digest: &str) {
        let released = Store::open(&self.path()).unwrap().transaction(|tx| {
            let sync = tx.ensure_sync("app")?;
            tx.put_release(sync, digest)
        });
        released.unwrap();
    }

    /// The plan that a person let go and no cycle has spent.
    fn released(&self) -> Option<String> {
        let store = self.store();
        store.sync_id("app").unwrap().and_then(|sync| store.released(sync).unwrap())
    }

    /// How many effects the process had so far.
    pub fn effects(&self) -> u64 {
        self.fuse.effects()
    }

    pub fn oracle(&self) -> MutexGuard<'_, Oracle> {
        self.stage.oracle.lock().unwrap()
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(format!("tandem-{}.db", self.lives))
    }

    /// What the last process had open is closed first, as its end would.
    fn open(&mut self, path: &Path) {
        self.store = None;
        self.store = Some(Store::open(path).unwrap());
        self.oracle().reads(path);
    }
}

/// In memory where there is a file system for that: the simulation is about order, and a disk only makes it slow.
fn scratch_dir() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

fn people_the(world: &World) -> Scene {
    let repo = world.github(|github, now| {
        let types = vec!["Bug".to_owned(), "Feature".to_owned()];
        let repo = github.add_repo("acme/app", &NewRepo { types, ..NewRepo::default() }, now);
        for login in [BOT, "octocat", "hubot"] {
            github.set_permission(repo, login, Permission::Push).unwrap();
        }
        github.add_token(TOKEN, BOT);
        repo
    });
    world.notion(|notion, now| {
        let bot = notion.add_token(TOKEN, "tandem", Capabilities::full());
        let ann = notion.add_user("Ann", "ann@example.com");
        let (_, table) = notion.add_data_source("Tasks", &properties(), ann, now);
        notion.share(table, TOKEN).unwrap();
        Scene { repo, table, bot, ann }
    })
}

fn properties() -> Vec<(&'static str, Type)> {
    let statuses = Type::status(
        &["To do"],
        &["In progress", "In review", "Blocked"],
        &["Done", "Won't do", "Duplicate"],
    );
    vec![
        ("Name", Type::Title),
        ("GitHub", Type::Url),
        ("Number", Type::Number),
        ("Status", statuses),
        ("Labels", Type::multi_select([])),
        ("Assignees", Type::People),
        ("Milestone", Type::select([])),
        ("Type", Type::select([])),
        ("Repository", Type::select([])),
        ("Author", Type::RichText),
        ("Created", Type::Date),
        ("Updated", Type::Date),
        ("Closed", Type::Date),
    ]
}

fn config_of(terms: Terms, scene: Scene) -> String {
    let body = match (terms.has_bodies, terms.uploads_images) {
        (true, true) => "{ upload_images = true }",
        (true, false) => "true",
        (false, _) => "false",
    };
    CONFIG
        .replace("SOURCE", &scene.table.to_string())
        .replace("FLOOR", &terms.brake_floor.to_string())
        .replace("CONFLICT", terms.conflict)
        .replace("TRASHED", terms.on_page_trashed)
        .replace("DELETED", terms.on_issue_deleted)
        .replace("BODY", body)
}

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("config.toml"), &Env::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn connect(stage: &Stage, config: &Config, fuse: &Fuse) -> Services {
    let line = |side| {
        let watched = WatchedTransport::new(stage, side);
        Arc::new(FusedTransport::new(watched, fuse.clone()))
    };
    let patience = Patience::endless();
    let github =
        Channel::new(line(Side::GitHub), Arc::new(GithubDialect), Pace::github(), patience.clone());
    let pace = Pace::notion(config.notion.requests_per_minute);
    let notion = Channel::new(line(Side::Notion), Arc::new(NotionDialect), pace, patience);
    let token = SecretString::from(TOKEN);
    Services {
        github: github::Reader::new(&config.github.api_url, Auth::Token(token.clone()), github)
            .unwrap(),
        notion: notion::Reader::new(&config.notion.api_url, token, notion),
        users: config.users.clone(),
        safety: config.safety,
    }
}
