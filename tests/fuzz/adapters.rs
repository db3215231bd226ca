//! The real adapters over a line on which answers are spoilt: a value or a typed error, in bounded time, and no secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tandem::config::Config;
use tandem::engine::Services;
use tandem::github::{self, Auth, GithubDialect};
use tandem::merge::place_of_issue;
use tandem::model::{
    BodyText, Change, Field, Issue, IssueNumber, IssueRef, Mapping, Name, Observed, Page, Reason,
    RepoName, Side, Sides, State, Users, Value,
};
use tandem::notion::{self, DataSource, NotionDialect, Remembered, resolve};
use tandem::remote::{Channel, Lookup, Pace, Patience, Permit, RemoteError, Transport};
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{Capabilities, Plain};
use tandem::sim::{Setup, World};

use crate::garbage::Manner;
use crate::harness::tally;
use crate::laws::{Law, holds};
use crate::line::{BadLine, hits};
use crate::stage::Stage;
use crate::texts::Rng;

pub(crate) const GITHUB_TOKEN: &str = "ghp_zqtokenzqtokenzqtokenzqtokenzqtoken12";
pub(crate) const NOTION_TOKEN: &str = "ntn_zqtokenzqtokenzqtokenzqtokenzqtokenzq";
/// Stand in every body, and in no other value.
pub(crate) const BODY_WORD: &str = "zqbodyword";
/// What no message may hold.
const SECRETS: [&str; 2] = ["zqtokenzqtoken", BODY_WORD];
/// No message is longer, whatever a server says.
const MAX_MESSAGE_CHARS: usize = 3_000;

/// Which answers of a conversation are spoilt: one number and one seed a line.
pub(crate) fn drawn(rng: &mut Rng, answers: usize) -> String {
    // A conversation may be shorter.
    let lines = (0..=rng.below(3)).map(|_| {
        let last = 1 + rng.below(answers);
        (1 + rng.below(last), rng.next() >> 20)
    });
    lines.map(|(n, seed)| format!("{n} {seed}\n")).collect()
}

/// Does something that waits, under a paused clock.
pub(crate) fn played<T>(story: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap().block_on(story)
}

/// A stage with bodies, with answers in several parts, and with tokens that can be told from other words.
pub(crate) fn stage() -> Stage {
    let mut setup = Setup::default();
    setup.notion.short_pages = true;
    let stage = Stage::with(setup, |text| {
        *text = text.replace("title = \"Name\"\n", "title = \"Name\"\nbody = true\n");
    });
    stage.world.github(|github, _| github.add_token(GITHUB_TOKEN, "tandem-bot"));
    stage.world.notion(|notion, _| {
        notion.add_token(NOTION_TOKEN, "tandem", Capabilities::full());
        notion.share(stage.table, NOTION_TOKEN).unwrap();
    });
    stage
}

/// Both adapters over these lines.
pub(crate) fn connected(config: &Config, line: impl Fn(Side) -> Arc<dyn Transport>) -> Services {
    let patience = Patience::endless();
    let github =
        Channel::new(line(Side::GitHub), Arc::new(GithubDialect), Pace::github(), patience.clone());
    let notion =
        Channel::new(line(Side::Notion), Arc::new(NotionDialect), Pace::notion(600), patience);
    let auth = Auth::Token(SecretString::from(GITHUB_TOKEN));
    let token = SecretString::from(NOTION_TOKEN);
    Services {
        github: github::Reader::new(&config.github.api_url, auth, github).unwrap(),
        notion: notion::Reader::new(&config.notion.api_url, token, notion),
        users: config.users.clone(),
        safety: config.safety,
    }
}

/// The same with answers spoilt, as the lines of each side say.
pub(crate) fn badly_connected(
    world: &Arc<World>,
    config: &Config,
    manner: Manner,
    lines: Sides<&str>,
) -> Services {
    connected(config, |side| Arc::new(BadLine::new(world, side, manner, hits(lines[side]))))
}

/// Everything that is logged meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Does something and listens.
    pub(crate) fn of<T>(&self, act: impl FnOnce() -> T) -> T {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Nothing that was said holds a token or a body (I17).
pub(crate) fn keeps_secrets(said: &str) -> Law {
    let leak = SECRETS.iter().find_map(|secret| said.find(secret));
    match leak {
        Some(at) => Err(format!(
            "no message holds a token or a body: {}",
            said.get(at.saturating_sub(300)..(at + 60).min(said.len())).unwrap_or(said)
        )),
        None => Ok(()),
    }
}

/// What came of the requests of a conversation.
#[derive(Default)]
struct Told {
    errors: String,
    longest: usize,
}

impl Told {
    fn take<T>(&mut self, result: Result<T, RemoteError>) -> Option<T> {
        match result {
            Ok(value) => {
                tally("value");
                Some(value)
            }
            Err(error) => {
                tally(kind(&error));
                let advice = error.advice().unwrap_or_default();
                self.longest = self.longest.max(error.to_string().chars().count());
                writeln!(self.errors, "{error} {advice} {error:?}").unwrap();
                None
            }
        }
    }

    fn look<T>(&mut self, result: Result<Lookup<T>, RemoteError>) -> Option<T> {
        match self.take(result)? {
            Lookup::Found(found) => Some(found),
            Lookup::Gone => None,
            Lookup::Moved(words) | Lookup::Hidden(words) => {
                self.errors.push_str(&words);
                None
            }
        }
    }

    /// Reasons for which values cannot be read or written are messages, too.
    fn reasons<T>(&mut self, written: Option<tandem::remote::Written<T>>) {
        for refusal in written.into_iter().flat_map(|written| written.refused) {
            writeln!(self.errors, "{}", refusal.reason).unwrap();
        }
    }

    fn judged(&self, log: &Log) -> Law {
        keeps_secrets(&self.errors)?;
        keeps_secrets(&log.text())?;
        holds("a message can be read", self.longest <= MAX_MESSAGE_CHARS)
    }
}

fn kind(error: &RemoteError) -> &'static str {
    match error {
        RemoteError::Transient { .. } => "transient",
        RemoteError::Limited { .. } => "limited",
        RemoteError::Unclear { .. } => "unclear",
        RemoteError::Auth { .. } => "auth",
        RemoteError::Gone { .. } => "gone",
        RemoteError::Moved { .. } => "moved",
        RemoteError::Missing { .. } => "missing",
        RemoteError::Refused { .. } => "refused",
        RemoteError::Nonsense { .. } => "nonsense",
    }
}

/// What a conversation is about.
struct Place {
    stage: Stage,
    source: DataSource,
    mapping: Mapping,
    repo: RepoName,
}

impl Place {
    /// Three issues with everything an issue can have, each with its page.
    async fn new() -> Place {
        let stage = stage();
        for n in 1..=3 {
            stage.seed(NewIssue {
                title: format!("Issue {n}"),
                body: Some(format!("The {BODY_WORD} of {n}.\n\n- [ ] a\n- b")),
                labels: vec!["bug".to_owned(), "a, b".to_owned()],
                assignees: vec!["octocat".to_owned(), "hubot".to_owned()],
                milestone: Some("1.0".to_owned()),
                ..NewIssue::default()
            });
        }
        stage.on_github(|person, repo| person.set_type(repo, 1, Some("Bug")));
        stage.on_github(|person, repo| person.close(repo, 2, "not_planned"));
        stage.on_github(|person, repo| person.reopen(repo, 2));
        stage.on_github(|person, repo| person.set_title(repo, 3, "Another title"));
        stage.good_cycle().await;
        let page = stage.page_of(3);
        let people: Vec<_> = (0..30)
            .map(|n| stage.world.notion(|it, _| it.add_user("x", &format!("x{n}@example.com"))))
            .collect();
        stage.on_notion(|it, by, now| it.set(page, "Assignees", &Plain::People(people), by, now));
        let clean = connected(&stage.config, |side| {
            Arc::new(tandem::sim::WorldTransport::new(&stage.world, side))
        });
        let sync = &stage.config.syncs[0];
        let source = clean.notion.source(sync.data_source).await.unwrap();
        let mut users = Users::default();
        users.link(
            tandem::model::Login("octocat".to_owned()),
            stage.ann.to_string().parse().unwrap(),
        );
        let mapping = resolve(sync, &source, &Remembered::default(), &users).unwrap();
        Place { source, mapping, repo: "acme/app".parse().unwrap(), stage }
    }

    fn issue(&self, number: u64) -> IssueRef {
        IssueRef { repo: self.repo.clone(), number: IssueNumber(number) }
    }
}

fn change(fields: &tandem::model::Fields, field: Field, to: Value) -> Option<Change> {
    let Some(Observed::Value(from)) = fields.get(&field) else { return None };
    Some(Change { field, from: from.clone(), to })
}

/// New values for every field that goes to GitHub, and for all that go to Notion.
fn wishes() -> Vec<(Field, Value)> {
    vec![
        (Field::Title, Value::Text("A new title".to_owned())),
        (Field::State, Value::State(State::Closed(Reason::Duplicate))),
        (Field::Labels, Value::Names(["p1", "Ünï"].into_iter().collect())),
        (Field::Assignees, Value::Names(std::iter::empty::<&str>().collect())),
        (Field::Milestone, Value::Name(Some(Name("2.0".to_owned())))),
        (Field::Type, Value::Name(Some(Name("Feature".to_owned())))),
    ]
}

fn body() -> (Field, Value) {
    (Field::Body, Value::Body(BodyText(format!("Another {BODY_WORD}."))))
}

/// All that is asked of GitHub, and told to it.
pub(crate) fn github(lines: &str) -> Law {
    let log = Log::default();
    let told = log.of(|| {
        played(async {
            let place = Place::new().await;
            let (world, config) = (&place.stage.world, &place.stage.config);
            let lines = Sides { github: lines, notion: "" };
            let reader = badly_connected(world, config, Manner::Anyhow, lines).github;
            let mut told = Told::default();
            ask_github(&place, &reader, &mut told).await;
            tell_github(&place, &reader, &mut told).await;
            told
        })
    });
    told.judged(&log)
}

async fn ask_github(place: &Place, reader: &github::Reader, told: &mut Told) {
    let (repo, mapping) = (&place.repo, &place.mapping);
    told.take(reader.viewer().await);
    told.take(reader.repository(repo).await);
    told.take(reader.missing_permissions(repo).await);
    let newest = told.take(reader.newest(repo, mapping, None).await);
    if let Some(github::Newest::Rows { etag, .. }) = newest {
        told.take(reader.newest(repo, mapping, etag.as_deref()).await);
    }
    let since = "2025-01-01T00:00:00Z".parse().unwrap();
    for mut pages in [reader.all(repo, mapping), reader.changed_since(repo, mapping, since)] {
        while let Some(Some(_)) = told.take(pages.next().await) {}
    }
    for number in [1, 2, 3] {
        let at = place.issue(number);
        if let Some(issue) = told.look(reader.issue(&at, mapping).await) {
            let place = place_of_issue(&issue.html_url, mapping);
            tally(if place.is_some() { "place" } else { "no place" });
        }
        told.take(reader.field_times(&at, since).await);
        told.take(reader.body_edited(&at).await);
        told.take(reader.last_reopened_by(&at).await);
    }
    let address = "https://api.github.com/repos/acme/app/issues/2";
    told.look(reader.issue_at(address, mapping).await);
}

async fn tell_github(place: &Place, reader: &github::Reader, told: &mut Told) {
    let (repo, mapping) = (&place.repo, &place.mapping);
    let writer = github::Writer::new(reader, &Permit::grant());
    let issue: Option<Issue> = told.look(reader.issue(&place.issue(1), mapping).await);
    if let Some(issue) = issue {
        let all = wishes().into_iter().chain([body()]);
        let changes: Vec<Change> =
            all.filter_map(|(field, to)| change(&issue.fields, field, to)).collect();
        let written = told.take(writer.update(&issue, mapping, &changes).await);
        told.reasons(written);
    }
    let values: BTreeMap<Field, Value> = wishes().into_iter().chain([body()]).collect();
    let made = writer.create(repo, mapping, &values, uuid::Uuid::from_u128(7)).await;
    let made = told.take(made);
    told.reasons(made);
}

/// All that is asked of Notion, and told to it.
pub(crate) fn notion(lines: &str) -> Law {
    let log = Log::default();
    let told = log.of(|| {
        played(async {
            let place = Place::new().await;
            let (world, config) = (&place.stage.world, &place.stage.config);
            let lines = Sides { github: "", notion: lines };
            let reader = badly_connected(world, config, Manner::Anyhow, lines).notion;
            let mut told = Told::default();
            ask_notion(&place, &reader, &mut told).await;
            tell_notion(&place, &reader, &mut told).await;
            told
        })
    });
    told.judged(&log)
}

async fn ask_notion(place: &Place, reader: &notion::Reader, told: &mut Told) {
    let (source, mapping) = (&place.source, &place.mapping);
    told.take(reader.me().await);
    told.take(reader.users().await);
    if let Some(source) = told.take(reader.source(source.id).await) {
        let found =
            resolve(&place.stage.config.syncs[0], &source, &Remembered::default(), &mapping.users);
        for problem in found.err().into_iter().flatten() {
            told.errors.push_str(&problem.message);
        }
    }
    let since = "2025-01-01T00:00:00Z".parse().unwrap();
    for mut pages in [reader.all(source, mapping), reader.changed_since(source, mapping, since)] {
        while let Some(Some(_)) = told.take(pages.next().await) {}
    }
    let id = place.stage.page_of(3).to_string().parse().unwrap();
    told.look(reader.page(id, mapping).await);
    told.look(reader.body(id).await);
    let filter = serde_json::json!({"property": "Name", "title": {"is_not_empty": true}});
    told.take(reader.matching(source, &filter, &[id]).await);
}

async fn tell_notion(place: &Place, reader: &notion::Reader, told: &mut Told) {
    let (source, mapping) = (&place.source, &place.mapping);
    let writer = notion::Writer::new(reader, &Permit::grant());
    let id = place.stage.page_of(1).to_string().parse().unwrap();
    let page: Option<Page> = told.look(reader.page(id, mapping).await);
    if let Some(page) = page {
        let changes: Vec<Change> = wishes()
            .into_iter()
            .filter_map(|(field, to)| change(&page.fields, field, to))
            .collect();
        let written = told.take(writer.update(&page, source, mapping, &changes).await);
        told.reasons(written);
    }
    if let Some(shown) = told.look(reader.body(id).await) {
        let to = shown.markdown.replace("of 1", "of another");
        told.take(writer.write_body(id, &shown.markdown, &to).await);
    }
    let url = "https://github.com/acme/app/issues/9".to_owned();
    let own = [(Field::Url, Value::Text(url)), (Field::Number, Value::Number(9))];
    let values: BTreeMap<Field, Value> = wishes().into_iter().chain([body()]).chain(own).collect();
    let made = told.take(writer.create(source, mapping, &values).await);
    told.reasons(made);
    told.take(writer.set_in_trash(id, true, mapping).await);
    told.take(writer.set_in_trash(id, false, mapping).await);
}
