//! The adapter against the world, in process, under a paused clock.

mod body;
mod creating;
mod dialogue;
mod labels;
mod law;
mod reading;
mod recorded;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use secrecy::SecretString;
use url::Url;

use super::{Auth, GithubDialect, Reader, Writer};
use crate::model::{
    BodyOptions, Change, Direction, Field, FieldMapping, Issue, IssueNumber, IssueRef, Login,
    Mapping, Name, NotionUserId, Observed, PropertyId, PropertyKind, Reason, RepoName, Side, State,
    StateMapping, Value,
};
use crate::remote::{Channel, Lookup, Pace, Patience, Permit, Written};
use crate::sim::github::{NewIssue, NewRepo, Permission, RepoId};
use crate::sim::{Setup, World, WorldTransport};

const TOKEN: &str = "ghp_ours";

/// A world with the repository `acme/app`, where `tandem-bot` may push.
struct Stage {
    world: Arc<World>,
    repo: RepoId,
    reader: Reader,
    mapping: Mapping,
}

impl Stage {
    fn new() -> Stage {
        Stage::with(Setup::default())
    }

    fn with(setup: Setup) -> Stage {
        let api = format!("https://api.github.com{}", setup.github.base_path);
        let world = World::new(setup);
        let repo = world.github(|github, now| {
            let types = vec!["Bug".to_owned(), "Feature".to_owned()];
            let new = NewRepo { types, ..NewRepo::default() };
            let repo = github.add_repo("acme/app", &new, now);
            github.set_permission(repo, "tandem-bot", Permission::Push).unwrap();
            github.set_permission(repo, "octocat", Permission::Push).unwrap();
            github.set_permission(repo, "hubot", Permission::Push).unwrap();
            github.add_token(TOKEN, "tandem-bot");
            repo
        });
        let reader = reader_of(&world, &api, Auth::Token(SecretString::from(TOKEN)));
        Stage { world, repo, reader, mapping: mapping(PropertyKind::MultiSelect) }
    }

    fn writer(&self) -> Writer {
        Writer::new(&self.reader, &Permit::grant())
    }

    /// An issue as octocat opened it.
    fn seed(&self, new: NewIssue) -> IssueRef {
        let new = NewIssue { author: new.author.or_else(|| Some("octocat".to_owned())), ..new };
        let seeded = self.world.github(|github, now| github.seed_issue(self.repo, &new, now));
        at(seeded.unwrap())
    }

    fn titled(&self, title: &str) -> IssueRef {
        self.seed(NewIssue { title: title.to_owned(), ..NewIssue::default() })
    }

    async fn read(&self, at: &IssueRef) -> Issue {
        match self.reader.issue(at, &self.mapping).await.unwrap() {
            Lookup::Found(issue) => issue,
            other => panic!("{at}: {other:?}"),
        }
    }

    /// Sets fields from what they are now, in one update.
    async fn set(&self, at: &IssueRef, wanted: &[(Field, Value)]) -> Written<Issue> {
        self.set_by(&self.writer(), at, wanted).await
    }

    async fn set_by(
        &self,
        writer: &Writer,
        at: &IssueRef,
        wanted: &[(Field, Value)],
    ) -> Written<Issue> {
        let issue = self.read(at).await;
        let changes: Vec<Change> = wanted
            .iter()
            .map(|(field, to)| Change {
                field: *field,
                from: value(&issue, *field),
                to: to.clone(),
            })
            .collect();
        self.world.clear_seen();
        writer.update(&issue, &self.mapping, &changes).await.unwrap()
    }

    /// The requests since the last look, without the host.
    fn asked(&self) -> Vec<String> {
        let seen = self.world.seen();
        self.world.clear_seen();
        seen.iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }

    fn github(&self, number: u64) -> crate::sim::github::IssueView {
        self.world.github(|github, _| github.issue(self.repo, number)).unwrap()
    }

    /// GitHub's clock, as its objects show it.
    fn now(&self) -> DateTime<Utc> {
        self.world.now(Side::GitHub).trunc_subsecs(0)
    }

    /// Somebody does something, a while later.
    fn later<T>(
        &self,
        login: &str,
        act: impl FnOnce(&mut crate::sim::github::Person<'_>, RepoId) -> T,
    ) -> T {
        self.world.advance(Duration::from_secs(90));
        self.world.github(|github, now| act(&mut github.by(login, now), self.repo))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let strays = self.world.github(|github, _| github.strays.clone());
            assert!(strays.is_empty(), "requests GitHub does not serve: {strays:?}");
        }
    }
}

fn reader_of(world: &Arc<World>, api: &str, auth: Auth) -> Reader {
    let transport = Arc::new(WorldTransport::new(world, Side::GitHub));
    let channel =
        Channel::new(transport, Arc::new(GithubDialect), Pace::github(), Patience::endless());
    Reader::new(&Url::parse(api).unwrap(), auth, channel).unwrap()
}

fn at(number: u64) -> IssueRef {
    IssueRef { repo: acme(), number: IssueNumber(number) }
}

fn acme() -> RepoName {
    "acme/app".parse().unwrap()
}

fn value(issue: &Issue, field: Field) -> Value {
    match &issue.fields[&field] {
        Observed::Value(value) => value.clone(),
        Observed::Unreadable(why) => panic!("{field}: {why}"),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn names(names: &[&str]) -> Value {
    Value::Names(names.iter().copied().collect())
}

fn name(name: &str) -> Value {
    Value::Name(Some(Name(name.to_owned())))
}

fn closed(reason: Reason) -> Value {
    Value::State(State::Closed(reason))
}

/// Every field mapped, every reason told apart.
fn mapping(assignees: PropertyKind) -> Mapping {
    let kind = |field| match field {
        Field::Assignees => assignees.clone(),
        other => PropertyKind::accepted_by(other).first().cloned().unwrap(),
    };
    let field = |field: Field| {
        let mapped = FieldMapping {
            direction: Direction::Both,
            property: PropertyId(field.to_string()),
            property_name: field.to_string(),
            kind: kind(field),
            fingerprint: String::new(),
        };
        (field, mapped)
    };
    let options = |name: &str| vec![name.to_owned()];
    Mapping {
        source: None,
        fields: Field::ALL.into_iter().map(field).collect(),
        broken: BTreeMap::new(),
        body: BodyOptions::default(),
        state: Some(StateMapping::Options {
            open: options("To do"),
            completed: options("Done"),
            not_planned: options("Won't do"),
            duplicate: options("Duplicate"),
        }),
        users: crate::model::Users::default(),
    }
}

fn person(id: u128) -> NotionUserId {
    NotionUserId(uuid::Uuid::from_u128(id))
}

fn login(login: &str) -> Login {
    Login(login.to_owned())
}
