//! The stage: a world with a repository full of issues and an empty database, behind two loopback ports, and the
//! config that joins them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::issues::Issues;
use super::place::{self, NoPlace, Place};
use crate::config::{Config, Diagnostics, Env};
use crate::model::{RepoName, Side};
use crate::sim::agreement::{StateWords, Terms, USUAL_PLACES, What};
use crate::sim::github::{ImportError, IssueView, NewRepo, Permission, RepoId};
use crate::sim::notion::{Capabilities, DataSourceId, PageId, Type, UserId};
use crate::sim::{self, Served, Setup, World, github, notion};

/// What the stand-ins take for a token; nobody else knows it.
pub(super) const GITHUB_TOKEN: &str = "demo-token-for-the-github-stand-in";
const NOTION_TOKEN: &str = "demo-token-for-the-notion-stand-in";
/// Who tandem is on GitHub.
const OWN_LOGIN: &str = "tandem-bot";
/// Who edits on GitHub in the story.
pub(super) const DEVELOPER: &str = "mona";
/// Who edits in Notion in the story.
pub(super) const PLANNER: &str = "yuki";
/// The pace when none is asked for: a demo shall take seconds.
const RAISED_PER_MINUTE: u32 = 1_000_000;
/// The types of the organisation.
const TYPES: [&str; 3] = ["Bug", "Feature", "Task"];

pub(super) const OPEN: [&str; 3] = ["To do", "In progress", "In review"];
pub(super) const COMPLETED: &str = "Done";
pub(super) const NOT_PLANNED: &str = "Won't do";
pub(super) const DUPLICATE: &str = "Duplicate";

const URL: &str = "GitHub";

/// Everything the story plays on. The listeners stop and a temporary place goes when this is dropped.
pub(super) struct Stage {
    pub(super) world: Arc<World>,
    pub(super) served: Served,
    pub(super) repo: RepoId,
    pub(super) source: DataSourceId,
    /// The Notion user who edits in the story.
    pub(super) planner: UserId,
    pub(super) terms: Terms,
    pub(super) config: Config,
    pub(super) place: Place,
    /// Issues and pull requests in the beginning.
    pub(super) issues: usize,
    pub(super) pull_requests: usize,
}

/// Why there is no stage.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoStage {
    /// An issue cannot be put into the world.
    #[error("--issues, issue {0} of the file: {1}")]
    Import(usize, ImportError),
    /// Something of the repository is not there.
    #[error(transparent)]
    GitHub(#[from] github::Unknown),
    /// Something of the workspace is not there.
    #[error(transparent)]
    Notion(#[from] notion::Unknown),
    /// No directory, or no file in it.
    #[error(transparent)]
    Place(#[from] NoPlace),
    /// No loopback port.
    #[error("no port of this machine could be opened for the stand-ins: {0}")]
    Serve(#[from] std::io::Error),
    /// Our own config is refused.
    #[error("{0}")]
    Config(#[from] Diagnostics),
}

impl Stage {
    /// Builds everything.
    pub(super) async fn set(
        issues: &Issues,
        per_minute: Option<u32>,
        place: Place,
    ) -> Result<Stage, NoStage> {
        let world = World::new(setup(issues, per_minute));
        let (repo, pull_requests) = fill_github(&world, issues)?;
        let members = members(issues);
        let Workspace { source, people, planner } = make_database(&world, &members)?;
        let served = sim::serve(Arc::clone(&world)).await?;
        place.write(place::GITHUB_TOKEN, GITHUB_TOKEN)?;
        place.write(place::NOTION_TOKEN, NOTION_TOKEN)?;
        let text = config_text(&served, issues, source, &members, per_minute, &place);
        let path = place.write(place::CONFIG, &text)?;
        let config = Config::load(&path, &Env::default())?;
        let terms = Terms {
            repos: vec![repo],
            url: URL.to_owned(),
            places: USUAL_PLACES.into_iter().map(|(what, name)| (what, name.to_owned())).collect(),
            words: StateWords {
                open: OPEN.map(str::to_owned).to_vec(),
                completed: vec![COMPLETED.to_owned()],
                not_planned: vec![NOT_PLANNED.to_owned()],
                duplicate: vec![DUPLICATE.to_owned()],
            },
            people,
            body: true,
            own_login: Some(OWN_LOGIN.to_owned()),
        };
        Ok(Stage {
            repo,
            source,
            planner,
            terms,
            config,
            place,
            issues: issues.lines.len() - pull_requests,
            pull_requests,
            served,
            world,
        })
    }

    /// The repository's name.
    pub(super) fn repository(&self) -> &str {
        let sync = self.config.syncs.first();
        sync.and_then(|sync| sync.repositories.first()).map_or("", RepoName::as_str)
    }

    /// An issue, named as on the command line.
    pub(super) fn item(&self, number: u64) -> String {
        format!("{}#{number}", self.repository())
    }

    /// The property that shows this.
    pub(super) fn property(&self, what: What) -> &str {
        self.terms.places.get(&what).map_or("", String::as_str)
    }

    /// Every issue that has exactly one page, with that page, by number.
    pub(super) fn pairs(&self) -> Vec<(IssueView, PageId)> {
        let mut pages = BTreeMap::<String, Vec<PageId>>::new();
        self.world.notion(|notion, _| {
            for page in notion.pages(self.source).iter().filter(|page| !page.in_trash()) {
                pages.entry(page.url(URL).unwrap_or_default()).or_default().push(page.id());
            }
        });
        let issues = self.world.github(|github, _| github.issues(self.repo));
        let pair = |issue: IssueView| match pages.get(&issue.url).map(Vec::as_slice) {
            Some([page]) => Some((issue, *page)),
            Some(_) | None => None,
        };
        issues.into_iter().filter_map(pair).collect()
    }

    /// The time on both stand-ins' clocks, for the story.
    pub(super) fn time(&self) -> String {
        self.world.now(Side::GitHub).format("%H:%M").to_string()
    }

    /// Time passes for both services.
    pub(super) fn wait(&self, minutes: u64) {
        self.world.advance(Duration::from_secs(minutes * 60));
    }
}

/// A world whose clocks stand after everything that has happened.
fn setup(issues: &Issues, per_minute: Option<u32>) -> Setup {
    let mut setup = Setup { github: github::Options::raised(), ..Setup::default() };
    setup.notion = match per_minute {
        Some(budget) => {
            notion::Options { requests_per_window: budget, ..notion::Options::default() }
        }
        None => notion::Options::raised(),
    };
    for start in [&mut setup.start.github, &mut setup.start.notion] {
        let after = issues.newest.and_then(|at| at.checked_add_signed(chrono::TimeDelta::hours(1)));
        *start = (*start).max(after.unwrap_or(*start));
    }
    setup
}

/// The repository with its issues, and how many of those are pull requests.
fn fill_github(world: &World, issues: &Issues) -> Result<(RepoId, usize), NoStage> {
    world.github(|github, now| {
        let types = TYPES.map(str::to_owned).to_vec();
        let new = NewRepo { types, ..NewRepo::default() };
        let repo = github.add_repo(issues.repository.as_str(), &new, now);
        github.add_token(GITHUB_TOKEN, OWN_LOGIN);
        for login in [OWN_LOGIN, DEVELOPER, PLANNER] {
            github.set_permission(repo, login, Permission::Push)?;
        }
        for (index, line) in issues.lines.iter().enumerate() {
            github.import(repo, line, now).map_err(|error| NoStage::Import(index + 1, error))?;
        }
        let pull_requests = issues.lines.len() - github.issues(repo).len();
        Ok((repo, pull_requests))
    })
}

/// The logins that are in `[users]`, each with its e-mail address.
fn members(issues: &Issues) -> Vec<(String, String)> {
    let mut logins = issues.members.clone();
    for login in [DEVELOPER, PLANNER] {
        if !logins.iter().any(|known| known.eq_ignore_ascii_case(login)) {
            logins.push(login.to_owned());
        }
    }
    let plain = |login: &String| {
        login.len() < 40 && login.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let address = |login: String| {
        let address = format!("{}@example.com", login.to_lowercase());
        (login, address)
    };
    logins.into_iter().filter(plain).map(address).collect()
}

/// What was made in Notion.
struct Workspace {
    source: DataSourceId,
    people: Vec<(String, UserId)>,
    planner: UserId,
}

/// The database, empty, with a property for every field, and the members of the workspace by login.
fn make_database(world: &World, members: &[(String, String)]) -> Result<Workspace, NoStage> {
    world.notion(|notion, now| {
        let bot = notion.add_token(NOTION_TOKEN, "tandem", Capabilities::full());
        let people = members.iter().map(|(login, address)| {
            let name = if login.eq_ignore_ascii_case(PLANNER) { "Yuki" } else { login };
            (login.clone(), notion.add_user(name, address))
        });
        let people: Vec<(String, UserId)> = people.collect();
        let (in_review, complete) = (&OPEN[1..], [COMPLETED, NOT_PLANNED, DUPLICATE]);
        let schema = [
            ("Name", Type::Title),
            (URL, Type::Url),
            ("Number", Type::Number),
            ("Status", Type::status(&OPEN[..1], in_review, &complete)),
            // Somebody made options before, in a spelling of their own.
            ("Labels", Type::multi_select(["Documentation", "UI"])),
            ("Assignees", Type::People),
            ("Milestone", Type::Select(Vec::new())),
            ("Type", Type::Select(Vec::new())),
            ("Repository", Type::Select(Vec::new())),
            ("Author", Type::RichText),
            ("Created", Type::Date),
            ("Updated", Type::Date),
            ("Closed", Type::Date),
        ];
        let (_, source) = notion.add_data_source("Work", &schema, bot, now);
        notion.share(source, NOTION_TOKEN)?;
        let planner = people.iter().find(|(login, _)| login.eq_ignore_ascii_case(PLANNER));
        let planner = planner.map_or(bot, |(_, person)| *person);
        Ok(Workspace { source, people, planner })
    })
}

fn config_text(
    served: &Served,
    issues: &Issues,
    source: DataSourceId,
    members: &[(String, String)],
    per_minute: Option<u32>,
    place: &Place,
) -> String {
    let toml = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let path = |name: &str| toml(&place.file(name).to_string_lossy());
    let token = |name: &str| toml(&format!("file:{}", place.file(name).to_string_lossy()));
    let lines = |[first, rest @ ..]: [&str; 3]| {
        let rest = rest.map(|word| format!(", {}", toml(word))).concat();
        format!("{}{rest}", toml(first))
    };
    let users: String = members
        .iter()
        .map(|(login, address)| format!("{} = {}\n", toml(login), toml(address)))
        .collect();
    let fields: String = USUAL_PLACES
        .iter()
        .filter(|(what, _)| *what != What::State)
        .map(|(what, property)| format!("{what} = {}\n", toml(property)))
        .collect();
    format!(
        r#"# Written by `tandem demo`. The two services are stand-ins on this machine, there only as long as the demo runs
# (`tandem demo --serve`). What was kept can be looked at any time:
#   tandem status  --config {config}
#   tandem history --config {config}

database = {database}

[github]
api_url = {github}
token = {github_token}

[notion]
api_url = {notion}
token = {notion_token}
requests_per_minute = {per_minute}

[users]
{users}
[[sync]]
name = "demo"
repositories = [{repository}]
data_source = {source}

[sync.fields]
url = {url}
body = true
{fields}
[sync.fields.state]
property = "Status"
open = [{open}]
completed = [{completed}]
not_planned = [{not_planned}]
duplicate = [{duplicate}]
"#,
        config = place.file(place::CONFIG).display(),
        database = path(place::DATABASE),
        github = toml(&served.github_url()),
        github_token = token(place::GITHUB_TOKEN),
        notion = toml(&served.notion_url()),
        notion_token = token(place::NOTION_TOKEN),
        per_minute = per_minute.unwrap_or(RAISED_PER_MINUTE),
        repository = toml(issues.repository.as_str()),
        source = toml(&source.to_string()),
        url = toml(URL),
        open = lines(OPEN),
        completed = toml(COMPLETED),
        not_planned = toml(NOT_PLANNED),
        duplicate = toml(DUPLICATE),
    )
}
