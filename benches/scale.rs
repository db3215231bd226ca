//! What 100,000 pairs cost in time and memory (DESIGN §6): `cargo bench`, with `TANDEM_BENCH_PAIRS` for another number.
//!
//! One issue and its page are brought into step in the stand-ins; then servers that show as many copies of the two as
//! asked for, each with its own number and title, stand before tandem. Every part runs in a process of its own, so that
//! its peak of memory is its own. The clock is paused: nothing waits for a rate budget.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it stands"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Response as HttpResponse;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tandem::config::{Config, Env};
use tandem::engine::{Halt, Mode, Order, Report, Scope, Services, Unwatched, run_cycle};
use tandem::github::{self, Auth, GithubDialect};
use tandem::merge::{Content, PairInput, Presence, plan_pair};
use tandem::model::{Field, Fields, Observed, RepoName, Side, Sides, Users, Value};
use tandem::notion::{self, NotionDialect, Remembered};
use tandem::remote::{Channel, Pace, Patience, Request, Response, Transport, TransportError};
use tandem::sim::github::{NewIssue, NewRepo, Permission};
use tandem::sim::notion::{Capabilities, Type};
use tandem::sim::{Setup, World, WorldTransport};
use tandem::store::Store;

const TOKEN: &str = "ours";
/// The number, id and title of the one issue, told apart from anything else in its JSON.
const NUMBER: &str = "424242";
const ID: &str = "979797979";
const TITLE: &str = "The title of the one issue";
const PER_PAGE: usize = 100;
/// One paragraph of the body, which says the same in both dialects.
const BODY: &str = "Some words of a paragraph.\n\n";
const BODY_BYTES: usize = 1_024;

const CONFIG: &str = r#"
[github]
token = "env:G"
[notion]
token = "env:N"
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
milestone = "Milestone"
repository = "Repository"
author = "Author"
created = "Created"
updated = "Updated"
[sync.fields.state]
property = "Status"
open = ["To do"]
completed = ["Done"]
"#;

fn main() {
    let pairs =
        std::env::var("TANDEM_BENCH_PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    // What `cargo test --benches` asks of a benchmark is that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    match std::env::var("TANDEM_BENCH_PART") {
        Ok(part) => run_part(&part, pairs),
        Err(_) => run_all(pairs),
    }
}

/// Every part in a process of its own, on one database file.
fn run_all(pairs: usize) {
    let dir = tempfile::tempdir().unwrap();
    for (part, pairs) in [
        ("pure planning", pairs),
        ("adopting all", pairs),
        ("full scan", pairs),
        ("idle", pairs),
        ("planning, all titles changed", pairs),
        ("adopting all", 1_000),
        ("full scan", 1_000),
        ("idle", 1_000),
    ] {
        let ended = std::process::Command::new(std::env::current_exe().unwrap())
            .env("TANDEM_BENCH_PART", part)
            .env("TANDEM_BENCH_PAIRS", pairs.to_string())
            .env("TANDEM_BENCH_FILE", dir.path().join(format!("{pairs}.db")))
            .status()
            .unwrap();
        assert!(ended.success(), "{part}");
    }
}

fn run_part(part: &str, pairs: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut bench = Bench::new(pairs).await;
        match part {
            "pure planning" => bench.plan_pure().await,
            "planning, all titles changed" => bench.plan_all_changed().await,
            _ => bench.cycle(part).await,
        }
    });
}

struct Bench {
    pairs: usize,
    config: Config,
    rows: Arc<Rows>,
    world: Arc<World>,
    services: Services,
}

impl Bench {
    async fn new(pairs: usize) -> Bench {
        let world = World::new(Setup::default());
        world.github(|github, now| {
            let repo = github.add_repo("acme/app", &NewRepo::default(), now);
            github.set_permission(repo, "tandem-bot", Permission::Push).unwrap();
            github.add_token(TOKEN, "tandem-bot");
            let issue = NewIssue {
                number: NUMBER.parse().ok(),
                id: ID.parse().ok(),
                title: TITLE.to_owned(),
                body: Some(BODY.repeat(BODY_BYTES / BODY.len())),
                labels: vec!["bug".to_owned(), "help wanted".to_owned()],
                milestone: Some("1.0".to_owned()),
                author: Some("octocat".to_owned()),
                ..NewIssue::default()
            };
            github.seed_issue(repo, &issue, now).unwrap();
        });
        let table = world.notion(|notion, now| {
            notion.add_token(TOKEN, "tandem", Capabilities::full());
            let ann = notion.add_user("Ann", "ann@example.com");
            let (_, table) = notion.add_data_source("Tasks", &properties(), ann, now);
            notion.share(table, TOKEN).unwrap();
            table
        });
        let text = CONFIG.replace("SOURCE", &table.to_string());
        let config = Config::parse(&text, Path::new("config.toml"), &Env::default());
        let config = config.unwrap_or_else(|problems| panic!("{problems}"));

        // The one pair, as both services list it.
        let rows = Arc::new(Rows::default());
        let services =
            connect(&world, &config, |side| Arc::new(Copies::recorder(&world, side, &rows)));
        let store = Store::open_in_memory().unwrap();
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            run(&services, &store, &config, Scope::Everything, Mode::Execute).await;
        }
        let services =
            connect(&world, &config, |side| Arc::new(Copies::of(&world, side, &rows, pairs)));
        Bench { pairs, config, rows, world, services }
    }

    /// One cycle on the database file.
    async fn cycle(&mut self, part: &str) {
        let file = std::env::var("TANDEM_BENCH_FILE").unwrap();
        let store = Store::open(Path::new(&file)).unwrap();
        let scope = if part == "idle" { Scope::Changes } else { Scope::Everything };
        if part == "idle" {
            // The cycle after a full scan asks for an etag.
            run(&self.services, &store, &self.config, scope, Mode::Execute).await;
        }
        let began = Instant::now();
        let report = run(&self.services, &store, &self.config, scope, Mode::Execute).await;
        let took = began.elapsed();
        assert_eq!(report.counts.pairs, self.pairs as u64);
        assert_eq!(report.counts.updated, Sides::default(), "{:?}", report.counts);
        self.print(part, took, &report);
    }

    /// Everything differs on GitHub: all of it is decoded, planned and judged by the brake.
    async fn plan_all_changed(&mut self) {
        let file = std::env::var("TANDEM_BENCH_FILE").unwrap();
        let store = Store::open(Path::new(&file)).unwrap();
        self.rows.github.lock().unwrap().retitle("Another title");
        self.services = connect(&self.world, &self.config, |side| {
            Arc::new(Copies::of(&self.world, side, &self.rows, self.pairs))
        });
        let began = Instant::now();
        let report =
            run(&self.services, &store, &self.config, Scope::Everything, Mode::PlanOnly).await;
        let took = began.elapsed();
        assert!(report.brake.is_some(), "{:?}", report.counts);
        assert_eq!(report.plan.len(), self.pairs);
        self.print("planning, all titles changed", took, &report);
    }

    /// The merge alone, over pairs that were observed on both sides; half of them changed.
    async fn plan_pure(&mut self) {
        let sync = &self.config.syncs[0];
        let source = self.services.notion.source(sync.data_source).await.unwrap();
        let mapping =
            notion::resolve(sync, &source, &Remembered::default(), &Users::default()).unwrap();
        let repo = "acme/app".parse::<RepoName>().unwrap();
        let mut issues = self.services.github.all(&repo, &mapping);
        let issue = issues.next().await.unwrap().unwrap().items.remove(0);
        let mut pages = self.services.notion.all(&source, &mapping);
        let page = pages.next().await.unwrap().unwrap().items.remove(0);
        let of =
            |fields: &Fields, field: &Field| fields.get(field).and_then(Observed::value).cloned();
        let bases = mapping.fields.keys().filter_map(|field| {
            let github = of(&issue.fields, field)?;
            Some((*field, Sides { github, notion: of(&page.fields, field)? }))
        });
        let bases = bases.collect();
        let mut changed = issue.fields.clone();
        changed.insert(Field::Title, Observed::Value(Value::Text("Another".to_owned())));
        let policy = sync.policy();
        let none = BTreeMap::new();
        let resting = BTreeMap::new();
        let began = Instant::now();
        let mut writes = 0;
        for n in 0..self.pairs {
            let fields = if n % 2 == 0 { &issue.fields } else { &changed };
            let plan = plan_pair(&PairInput {
                policy: &policy,
                mapping: &mapping,
                bases: &bases,
                github: Presence::Here(fields),
                notion: Presence::Here(&page.fields),
                times: &none,
                times_asked: false,
                resting: &resting,
                content: Content::Unknown,
                place: None,
            });
            writes += usize::from(plan.writes());
        }
        let took = began.elapsed();
        assert_eq!(writes, self.pairs / 2);
        println!("{:>32} {:>7} pairs {:>9.3} s", "pure planning", self.pairs, took.as_secs_f64());
    }

    fn print(&self, part: &str, took: Duration, report: &Report) {
        let requests = report.counts.requests;
        println!(
            "{part:>32} {:>7} pairs {:>9.3} s {:>7} KiB at most; requests: GitHub {}, Notion {}",
            self.pairs,
            took.as_secs_f64(),
            peak_kib().map_or_else(|| "?".to_owned(), |kib| kib.to_string()),
            requests.github,
            requests.notion,
        );
    }
}

async fn run(
    services: &Services,
    store: &Store,
    config: &Config,
    scope: Scope,
    mode: Mode,
) -> Report {
    let halt = Halt::default();
    let order = Order { scope, mode, halt: &halt, progress: &Unwatched };
    let report = run_cycle(services, store, &config.syncs[0], &order).await.unwrap();
    assert_eq!(report.problems, []);
    report
}

/// The most memory this process ever held, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn properties() -> Vec<(&'static str, Type)> {
    vec![
        ("Name", Type::Title),
        ("GitHub", Type::Url),
        ("Number", Type::Number),
        ("Status", Type::status(&["To do"], &[], &["Done"])),
        ("Labels", Type::multi_select([])),
        ("Milestone", Type::select([])),
        ("Repository", Type::select([])),
        ("Author", Type::RichText),
        ("Created", Type::Date),
        ("Updated", Type::Date),
    ]
}

fn connect(
    world: &Arc<World>,
    config: &Config,
    line: impl Fn(Side) -> Arc<dyn Transport>,
) -> Services {
    let _ = world;
    let patience = Patience::endless();
    let github =
        Channel::new(line(Side::GitHub), Arc::new(GithubDialect), Pace::github(), patience.clone());
    let notion =
        Channel::new(line(Side::Notion), Arc::new(NotionDialect), Pace::notion(180), patience);
    let token = SecretString::from(TOKEN);
    Services {
        github: github::Reader::new(&config.github.api_url, Auth::Token(token.clone()), github)
            .unwrap(),
        notion: notion::Reader::new(&config.notion.api_url, token, notion),
        users: config.users.clone(),
        safety: config.safety,
    }
}

/// How each service lists the one item, cut where the copies differ.
#[derive(Default)]
struct Rows {
    github: Mutex<Row>,
    notion: Mutex<Row>,
}

#[derive(Default, Clone)]
struct Row {
    json: String,
    /// The id of the page, for Notion.
    page: String,
    /// How its content is read, for Notion.
    content: Bytes,
    title: Option<&'static str>,
}

impl Row {
    fn retitle(&mut self, title: &'static str) {
        self.title = Some(title);
    }

    fn copy(&self, n: usize) -> String {
        let mut json = self.json.replace(NUMBER, &(n + 1).to_string());
        json = json.replace(ID, &(1_000_000_000 + n).to_string());
        if !self.page.is_empty() {
            json = json.replace(&self.page, &format!("11111111-1111-4111-8111-{n:012x}"));
        }
        json.replace(TITLE, &format!("{} {n}", self.title.unwrap_or(TITLE)))
    }
}

/// A line to a service that lists many copies of one item; everything else is the world's to answer.
struct Copies {
    side: Side,
    rows: Arc<Rows>,
    /// `None`: the world answers all, and its listings are taken down.
    row: Option<Row>,
    pairs: usize,
    behind: WorldTransport,
}

impl Copies {
    fn recorder(world: &Arc<World>, side: Side, rows: &Arc<Rows>) -> Copies {
        let behind = WorldTransport::new(world, side);
        Copies { side, rows: Arc::clone(rows), row: None, pairs: 0, behind }
    }

    fn of(world: &Arc<World>, side: Side, rows: &Arc<Rows>, pairs: usize) -> Copies {
        let row = match side {
            Side::GitHub => rows.github.lock().unwrap().clone(),
            Side::Notion => rows.notion.lock().unwrap().clone(),
        };
        Copies { row: Some(row), pairs, ..Copies::recorder(world, side, rows) }
    }

    fn is_list(&self, request: &Request) -> bool {
        match self.side {
            Side::GitHub => request.uri().path().ends_with("/issues"),
            Side::Notion => request.uri().path().ends_with("/query"),
        }
    }

    fn is_content(&self, request: &Request) -> bool {
        self.side == Side::Notion && request.uri().path().ends_with("/markdown")
    }

    /// Where in the listing this request is, or `None` when it asks only for what changed.
    fn start(&self, request: &Request) -> Option<usize> {
        match self.side {
            Side::GitHub => {
                let query = request.uri().query().unwrap_or_default();
                let after = query.split('&').find_map(|part| part.strip_prefix("after="));
                Some(after.and_then(|after| after.parse().ok()).unwrap_or(0))
            }
            Side::Notion => {
                let body: Json = serde_json::from_slice(request.body()).unwrap_or_default();
                if body.to_string().contains("last_edited_time\":{") {
                    return None;
                }
                let cursor = body["start_cursor"].as_str();
                Some(cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0))
            }
        }
    }

    fn list(&self, row: &Row, request: &Request) -> Response {
        let response = HttpResponse::builder()
            .header("date", "Tue, 06 Jan 2026 09:00:00 GMT")
            .header("content-type", "application/json; charset=utf-8");
        let start = self.start(request);
        let rows: Vec<String> = match start {
            None => Vec::new(),
            Some(start) => (start..self.pairs.min(start + PER_PAGE)).map(|n| row.copy(n)).collect(),
        };
        let next = start.map(|start| start + PER_PAGE).filter(|next| *next < self.pairs);
        match self.side {
            Side::GitHub if request.headers().contains_key("if-none-match") => {
                response.status(304).header("etag", "\"e\"").body(Bytes::new()).unwrap()
            }
            Side::GitHub => {
                let response = response.header("etag", "\"e\"");
                let response = match next {
                    Some(next) => {
                        let query = request.uri().query().unwrap_or_default();
                        let kept: Vec<&str> =
                            query.split('&').filter(|part| !part.starts_with("after=")).collect();
                        let link = format!(
                            "<https://api.github.com{}?{}&after={next}>; rel=\"next\"",
                            request.uri().path(),
                            kept.join("&")
                        );
                        response.header("link", link)
                    }
                    None => response,
                };
                response.body(Bytes::from(format!("[{}]", rows.join(",")))).unwrap()
            }
            Side::Notion => {
                let next = next.map(|next| next.to_string());
                let tail = json!({"has_more": next.is_some(), "next_cursor": next}).to_string();
                let body = format!(
                    "{{\"object\":\"list\",\"results\":[{}],{}",
                    rows.join(","),
                    tail.trim_start_matches('{')
                );
                response.body(Bytes::from(body)).unwrap()
            }
        }
    }

    fn take_down(rows: &Rows, side: Side, response: &Response) {
        let body: Json = serde_json::from_slice(response.body()).unwrap_or_default();
        match side {
            Side::GitHub => {
                if let Some(row) = body.get(0) {
                    rows.github.lock().unwrap().json = row.to_string();
                }
            }
            Side::Notion => {
                if let Some(row) = body["results"].get(0) {
                    let page = row["id"].as_str().unwrap_or_default().to_owned();
                    let mut known = rows.notion.lock().unwrap();
                    (known.json, known.page) = (row.to_string(), page);
                }
            }
        }
    }
}

impl Transport for Copies {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (is_list, is_content) = (self.is_list(&request), self.is_content(&request));
        if let Some(row) = self.row.as_ref().filter(|_| is_content) {
            let id = request.uri().path().rsplit('/').nth(1).unwrap_or_default();
            let content = String::from_utf8_lossy(&row.content).replace(&row.page, id);
            let response = HttpResponse::builder()
                .header("date", "Tue, 06 Jan 2026 09:00:00 GMT")
                .header("content-type", "application/json; charset=utf-8")
                .body(Bytes::from(content))
                .unwrap();
            return Box::pin(async move { Ok(response) });
        }
        if let Some(row) = self.row.as_ref().filter(|_| is_list) {
            let response = self.list(row, &request);
            return Box::pin(async move { Ok(response) });
        }
        let (rows, side, answer) = (Arc::clone(&self.rows), self.side, self.behind.send(request));
        Box::pin(async move {
            let response = answer.await?;
            if is_list && response.status().is_success() {
                Copies::take_down(&rows, side, &response);
            }
            if is_content && response.status().is_success() {
                rows.notion.lock().unwrap().content = response.body().clone();
            }
            Ok(response)
        })
    }
}
