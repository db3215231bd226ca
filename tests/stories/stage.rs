//! The stage of every story: the world behind the transport seam, a paused clock, tandem's engine and its database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tandem::config::{Config, Env};
use tandem::engine::{Halt, Mode, Order, Report, Scope, Services, Unwatched, run_cycle};
use tandem::github::{self, Auth, GithubDialect};
use tandem::model::{Side, Sides};
use tandem::notion::{self, NotionDialect};
use tandem::remote::{Channel, Pace, Patience};
use tandem::sim::github::{NewIssue, NewRepo, Permission, Person, RepoId};
use tandem::sim::notion::{Capabilities, DataSourceId, PageId, PageView, Plain, Type, UserId};
use tandem::sim::{Counts, Setup, World, WorldTransport};
use tandem::store::Store;

/// tandem's token on both sides.
pub const TOKEN: &str = "ours";

/// Past the longest settle window of either server, and past the first retries of what was refused.
pub const LONG_SECS: u64 = 20 * 60;

/// Every field mapped; the parts in capitals are filled in.
pub const CONFIG: &str = r#"
[github]
token = "env:G"
[notion]
token = "env:N"
[users]
octocat = "ann@example.com"
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "SOURCE"
[sync.fields]
url = "GitHub"
number = "Number"
title = "Name"
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

pub fn properties() -> Vec<(&'static str, Type)> {
    vec![
        ("Name", Type::Title),
        ("GitHub", Type::Url),
        ("Number", Type::Number),
        (
            "Status",
            Type::status(
                &["To do"],
                &["In progress", "In review", "Blocked"],
                &["Done", "Won't do", "Duplicate"],
            ),
        ),
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

/// A world with the repository `acme/app` and the data source `Tasks`, and a tandem between them.
pub struct Stage {
    pub world: Arc<World>,
    pub repo: RepoId,
    pub table: DataSourceId,
    /// Edits in Notion; `octocat` on GitHub.
    pub ann: UserId,
    pub config: Config,
    pub store: Store,
    pub services: Services,
}

impl Stage {
    pub fn new() -> Stage {
        Stage::with(Setup::default(), |_| {})
    }

    /// With another config: `edit` changes the text of [`CONFIG`].
    pub fn configured(edit: impl FnOnce(&mut String)) -> Stage {
        Stage::with(Setup::default(), edit)
    }

    pub fn with(setup: Setup, edit: impl FnOnce(&mut String)) -> Stage {
        let world = World::new(setup);
        let repo = world.github(|github, now| {
            let types = vec!["Bug".to_owned(), "Feature".to_owned()];
            let repo = github.add_repo("acme/app", &NewRepo { types, ..NewRepo::default() }, now);
            for login in ["tandem-bot", "octocat", "hubot"] {
                github.set_permission(repo, login, Permission::Push).unwrap();
            }
            github.add_token(TOKEN, "tandem-bot");
            repo
        });
        let (ann, table) = world.notion(|notion, now| {
            notion.add_token(TOKEN, "tandem", Capabilities::full());
            let ann = notion.add_user("Ann", "ann@example.com");
            let (_, table) = notion.add_data_source("Tasks", &properties(), ann, now);
            notion.share(table, TOKEN).unwrap();
            (ann, table)
        });
        let mut text = CONFIG.replace("SOURCE", &table.to_string());
        edit(&mut text);
        let config = parse(&text);
        let services = connect(&world, &config, Patience::endless());
        let store = Store::open_in_memory().unwrap();
        Stage { world, repo, table, ann, config, store, services }
    }

    /// The same world and database under another config, as after an edit of the file and a restart.
    pub fn reconfigure(&mut self, edit: impl FnOnce(&mut String)) {
        let mut text = CONFIG.replace("SOURCE", &self.table.to_string());
        edit(&mut text);
        self.config = parse(&text);
        self.restart();
    }

    /// A new process on the same database.
    pub fn restart(&mut self) {
        self.services = connect(&self.world, &self.config, Patience::endless());
    }

    /// The database file is lost.
    pub fn lose_database(&mut self) {
        self.store = Store::open_in_memory().unwrap();
        self.restart();
    }

    /// One cycle of the first sync.
    pub async fn cycle(&self) -> Report {
        self.run(Scope::Changes, Mode::Execute).await
    }

    /// One cycle that compares everything.
    pub async fn full_cycle(&self) -> Report {
        self.run(Scope::Everything, Mode::Execute).await
    }

    pub async fn run(&self, scope: Scope, mode: Mode) -> Report {
        self.run_sync(0, scope, mode).await
    }

    /// One cycle of one of several syncs.
    pub async fn run_sync(&self, index: usize, scope: Scope, mode: Mode) -> Report {
        let halt = Halt::default();
        let order = Order { scope, mode, halt: &halt, progress: &Unwatched };
        run_cycle(&self.services, &self.store, &self.config.syncs[index], &order).await.unwrap()
    }

    /// A cycle that must have nothing to complain about.
    pub async fn good_cycle(&self) -> Report {
        let report = self.cycle().await;
        assert_eq!(report.problems, [], "{report:#?}");
        assert_eq!((&report.held[..], &report.failed[..]), (&[][..], &[][..]), "{report:#?}");
        report
    }

    /// What one cycle costs each side.
    pub async fn cost(&self) -> Sides<Counts> {
        let before = self.world.counts();
        let report = self.cycle().await;
        assert_eq!(report.problems, []);
        since(before, self.world.counts())
    }

    /// Cycles until nothing is written any more; fails when that takes more than `at_most` (I5), and checks I6.
    pub async fn converge(&self, at_most: usize) {
        for _ in 0..at_most {
            let cost = self.cost().await;
            if cost.github.writes + cost.notion.writes == 0 {
                return;
            }
        }
        let cost = self.cost().await;
        assert_eq!(
            (cost.github.writes, cost.notion.writes),
            (0, 0),
            "still writing after {at_most} cycles"
        );
    }

    /// Cycles past the longest window, after which nothing is held, failed or pending, both sides agree, and nothing is
    /// left to write (I5, I6).
    pub async fn comes_to_rest(&self, what: &str) {
        for _ in 0..3 {
            self.wait(LONG_SECS).await;
            let report = self.cycle().await;
            assert_eq!(report.problems, [], "{what}");
        }
        let report = self.cycle().await;
        assert_eq!(
            (&report.held[..], &report.failed[..]),
            (&[][..], &[][..]),
            "{what}: {report:#?}"
        );
        assert_eq!(report.pending, [], "{what}");
        self.assert_in_step();
        self.converge(0).await;
    }

    /// Time passes for everybody.
    pub async fn wait(&self, secs: u64) {
        tokio::time::sleep(Duration::from_secs(secs)).await;
    }

    /// An issue that octocat opens.
    pub fn issue(&self, title: &str) -> u64 {
        self.seed(NewIssue { title: title.to_owned(), ..NewIssue::default() })
    }

    pub fn seed(&self, new: NewIssue) -> u64 {
        let new = NewIssue { author: new.author.or_else(|| Some("octocat".to_owned())), ..new };
        self.world.github(|github, now| github.seed_issue(self.repo, &new, now).unwrap())
    }

    /// Somebody acts on GitHub as octocat.
    pub fn on_github<T, E: std::fmt::Debug>(
        &self,
        act: impl FnOnce(&mut Person<'_>, RepoId) -> Result<T, E>,
    ) -> T {
        self.world.github(|github, now| act(&mut github.by("octocat", now), self.repo).unwrap())
    }

    /// A page that Ann makes.
    pub fn page(&self, properties: &[(&str, Plain)]) -> PageId {
        self.world
            .notion(|notion, now| notion.add_page(self.table, properties, self.ann, now).unwrap())
    }

    /// Ann acts in Notion.
    pub fn on_notion<T, E: std::fmt::Debug>(
        &self,
        act: impl FnOnce(
            &mut tandem::sim::notion::State,
            UserId,
            chrono::DateTime<chrono::Utc>,
        ) -> Result<T, E>,
    ) -> T {
        self.world.notion(|notion, now| act(notion, self.ann, now).unwrap())
    }

    /// What the issue shows.
    pub fn shows<T>(
        &self,
        number: u64,
        look: impl FnOnce(&tandem::sim::github::IssueView) -> T,
    ) -> T {
        let view = self.world.github(|github, _| github.issue(self.repo, number).unwrap());
        look(&view)
    }

    /// The page whose url names that issue.
    pub fn page_of(&self, number: u64) -> PageId {
        let url = format!("https://github.com/acme/app/issues/{number}");
        let found: Vec<PageId> = self.world.notion(|notion, _| {
            let pages = notion.pages(self.table);
            let named = pages.iter().filter(|page| page.url("GitHub").as_deref() == Some(&url));
            named.filter(|page| !page.in_trash()).map(PageView::id).collect()
        });
        assert_eq!(found.len(), 1, "pages of #{number}: {found:?}");
        found[0]
    }

    /// What a page shows.
    pub fn page_shows<T>(&self, page: PageId, look: impl FnOnce(PageView<'_>) -> T) -> T {
        self.world.notion(|notion, _| look(notion.page(page).unwrap()))
    }

    /// What the issue's page shows.
    pub fn mirrored<T>(&self, number: u64, look: impl FnOnce(PageView<'_>) -> T) -> T {
        self.page_shows(self.page_of(number), look)
    }

    pub fn count_issues(&self) -> usize {
        self.world.github(|github, _| github.issues(self.repo).len())
    }

    pub fn count_pages(&self) -> usize {
        self.world.notion(|notion, _| {
            notion.pages(self.table).iter().filter(|page| !page.in_trash()).count()
        })
    }

    /// Every value in the history, newest first: side, field and what was lost.
    pub fn history(&self) -> Vec<(Side, String, String)> {
        let mut rows = Vec::new();
        self.store
            .history(None, |_, entry| {
                rows.push((entry.side, entry.field, entry.lost.to_string()));
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        rows
    }
}

pub fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("config.toml"), &Env::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// The adapters over the world in process.
pub fn connect(world: &Arc<World>, config: &Config, patience: Patience) -> Services {
    let line = |side| Arc::new(WorldTransport::new(world, side));
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

/// What the counts grew by.
pub fn since(before: Sides<Counts>, after: Sides<Counts>) -> Sides<Counts> {
    let of = |side: Side| Counts {
        reads: after[side].reads - before[side].reads,
        not_modified: after[side].not_modified - before[side].not_modified,
        writes: after[side].writes - before[side].writes,
        limited: after[side].limited - before[side].limited,
    };
    Sides { github: of(Side::GitHub), notion: of(Side::Notion) }
}

/// A stage with so many issues, each with its page, at rest.
pub async fn paired(stage: Stage, count: usize) -> Stage {
    for n in 1..=count {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    stage.wait(1200).await;
    stage.good_cycle().await;
    stage
}

/// A second repository, in the config or not.
pub fn second_repo(stage: &Stage, name: &str) -> RepoId {
    stage.world.github(|github, now| {
        let types = vec!["Bug".to_owned(), "Feature".to_owned()];
        let repo = github.add_repo(name, &NewRepo { types, ..NewRepo::default() }, now);
        for login in ["tandem-bot", "octocat"] {
            github.set_permission(repo, login, Permission::Push).unwrap();
        }
        repo
    })
}

/// An issue that octocat opens in that repository.
pub fn seed_in(stage: &Stage, repo: RepoId, title: &str) -> u64 {
    let author = Some("octocat".to_owned());
    let new = NewIssue { title: title.to_owned(), author, ..NewIssue::default() };
    stage.world.github(|github, now| github.seed_issue(repo, &new, now).unwrap())
}
