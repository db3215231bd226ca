//! Filling a repository: made-up issues, and real ones from files.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::issues::{blank, put_new};
use super::people::Unknown;
use super::repo::Repo;
use super::state::{
    Comment, Event, Happened, Ids, IssueType, Permission, RepoId, State, fold, whole_second,
};

/// An issue to seed. What it names and the world lacks is made: labels, milestone, type, accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewIssue {
    /// Its number; the next free one when absent.
    pub number: Option<u64>,
    /// Its id; a new one when absent.
    pub id: Option<u64>,
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: Option<String>,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Why; for an open one `reopened` or nothing.
    pub state_reason: Option<String>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// The logins of its assignees; they become collaborators.
    pub assignees: Vec<String>,
    /// The title of its milestone.
    pub milestone: Option<String>,
    /// The name of its type.
    pub issue_type: Option<String>,
    /// Who opened it; a deleted account when absent.
    pub author: Option<String>,
    /// When it was opened; now when absent.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed; as `created_at` when absent.
    pub updated_at: Option<DateTime<Utc>>,
    /// When it was closed; as `updated_at` when absent.
    pub closed_at: Option<DateTime<Utc>>,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
    /// Its comments.
    pub comments: Vec<String>,
}

/// Why a line of an issues file could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not an issue as GitHub's REST API writes them.
    #[error("this line is not an issue: {0}")]
    Shape(#[from] serde_json::Error),
    /// The repository is not there.
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

/// One line of an issues file. A key that the source did not carry is null.
#[derive(Debug, Deserialize)]
struct Line {
    number: u64,
    id: Option<u64>,
    title: String,
    body: Option<String>,
    state: Option<String>,
    state_reason: Option<String>,
    #[serde(default)]
    labels: Vec<Named>,
    #[serde(default)]
    assignees: Vec<Account>,
    milestone: Option<Titled>,
    user: Option<Account>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    /// GitHub writes an object or nothing, the files write a truth value.
    #[serde(default)]
    pull_request: Value,
    #[serde(default, rename = "type")]
    issue_type: Option<TypeName>,
    /// GitHub writes their number, the files write them all.
    #[serde(default)]
    comments: Value,
    #[serde(default)]
    timeline: Vec<LineEvent>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    color: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Titled {
    title: String,
    state: Option<String>,
    description: Option<String>,
}

/// GitHub writes an object, the files write a name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TypeName {
    Name(String),
    Object(Named),
}

#[derive(Debug, Deserialize)]
struct LineComment {
    body: Option<String>,
    user: Option<Account>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct LineEvent {
    event: String,
    created_at: Option<DateTime<Utc>>,
    actor: Option<String>,
    label: Option<OneOrName>,
    assignee: Option<OneOrName>,
    milestone: Option<OneOrName>,
    rename: Option<Rename>,
    state_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Rename {
    from: String,
    to: String,
}

/// What an event names: a plain name in the files, an object in GitHub's own lists.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrName {
    Name(String),
    Object(serde_json::Map<String, Value>),
}

impl OneOrName {
    fn into_name(self) -> Option<String> {
        match self {
            OneOrName::Name(name) => Some(name),
            OneOrName::Object(object) => ["name", "login", "title"].iter().find_map(|key| {
                object.get(*key).and_then(|value| value.as_str()).map(ToOwned::to_owned)
            }),
        }
    }
}

impl LineEvent {
    fn happened(&mut self) -> Happened {
        let color = || "ededed".to_owned();
        let name = |one: &mut Option<OneOrName>| {
            one.take().and_then(OneOrName::into_name).unwrap_or_default()
        };
        match self.event.as_str() {
            "renamed" => match self.rename.take() {
                Some(Rename { from, to }) => Happened::Renamed { from, to },
                None => Happened::Other("renamed".to_owned()),
            },
            "closed" => Happened::Closed { reason: self.state_reason.take() },
            "reopened" => Happened::Reopened,
            "labeled" => Happened::Labeled { name: name(&mut self.label), color: color() },
            "unlabeled" => Happened::Unlabeled { name: name(&mut self.label), color: color() },
            "assigned" => Happened::Assigned { login: name(&mut self.assignee) },
            "unassigned" => Happened::Unassigned { login: name(&mut self.assignee) },
            "milestoned" => Happened::Milestoned { title: name(&mut self.milestone) },
            "demilestoned" => Happened::Demilestoned { title: name(&mut self.milestone) },
            other => Happened::Other(other.to_owned()),
        }
    }
}

impl State {
    /// Puts an issue into a repository as if it had always been there; its number.
    ///
    /// # Errors
    /// When there is no such repository, or the number is taken.
    pub fn seed_issue(
        &mut self,
        repo: RepoId,
        new: &NewIssue,
        now: DateTime<Utc>,
    ) -> Result<u64, Unknown> {
        if let Some(number) = new.number {
            let known = self.repo_mut(repo)?;
            if known.issue(number).is_some() || known.gone.contains_key(&number) {
                return Err(Unknown::new("free issue number", number));
            }
        }
        let author = new.author.as_deref().map(|login| self.ensure_user(login));
        let assignees: Vec<String> =
            new.assignees.iter().map(|login| self.ensure_user(login)).collect();
        let maker = author.clone().unwrap_or_else(|| "ghost".to_owned());
        let next_number = self.repo_mut(repo)?.next_number;
        let issue = blank(self, repo, &new.title, &maker, now);
        let mut issue = issue.ok_or_else(|| Unknown::new("repository", repo.0))?;
        let known = self.repos.get_mut(&repo).ok_or_else(|| Unknown::new("repository", repo.0))?;
        if let Some(number) = new.number {
            known.next_number = next_number.max(number.saturating_add(1));
            issue.number = number;
        }
        for login in &assignees {
            known.permissions.entry(fold(login)).or_insert(Permission::Triage);
        }
        let created_at = whole_second(new.created_at.unwrap_or(now));
        let updated_at = whole_second(new.updated_at.unwrap_or(created_at));
        if let Some(id) = new.id {
            issue.id = id;
        }
        issue.body = new.body.clone();
        issue.author = author;
        issue.created_at = created_at;
        issue.updated_at = updated_at;
        issue.is_closed = new.is_closed;
        issue.state_reason = new.state_reason.clone();
        issue.closed_at = new.is_closed.then(|| whole_second(new.closed_at.unwrap_or(updated_at)));
        issue.is_pull_request = new.is_pull_request;
        issue.assignees = assignees;
        issue.labels =
            new.labels.iter().map(|name| known.ensure_label(&mut self.ids, name)).collect();
        issue.milestone =
            new.milestone.as_deref().map(|title| match known.milestone_titled(title) {
                Some(milestone) => milestone.number,
                None => known.add_milestone(&mut self.ids, title, &maker, created_at),
            });
        issue.issue_type = new
            .issue_type
            .as_deref()
            .map(|name| ensure_type(known, &mut self.ids, name, created_at));
        for body in &new.comments {
            let id = self.ids.next();
            let author = issue.author.clone();
            issue.comments.push(Comment {
                id,
                author: author.clone(),
                body: body.clone(),
                created_at,
                updated_at: created_at,
            });
            let what = Happened::Commented { comment: id };
            issue.timeline.push(Event { id: self.ids.next(), actor: author, at: created_at, what });
        }
        let number = issue.number;
        put_new(self, repo, Some(issue), now);
        if let Some(known) = self.repos.get_mut(&repo) {
            // It has always been there, so no list lags behind it.
            known.lagging.remove(&number);
        }
        Ok(number)
    }

    /// Imports one line of an issues file (JSON, GitHub's issue shape); its number. A label's colour, a
    /// milestone's state, comments and the timeline come along.
    ///
    /// # Errors
    /// When the line is no issue, its number is taken, or the repository is not there.
    pub fn import(
        &mut self,
        repo: RepoId,
        line: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, ImportError> {
        let line: Line = serde_json::from_str(line)?;
        let new = NewIssue {
            number: Some(line.number),
            id: line.id,
            title: line.title,
            body: line.body,
            is_closed: line.state.as_deref() == Some("closed"),
            state_reason: line.state_reason,
            labels: line.labels.iter().map(|label| label.name.clone()).collect(),
            assignees: line.assignees.into_iter().map(|account| account.login).collect(),
            milestone: line.milestone.as_ref().map(|milestone| milestone.title.clone()),
            issue_type: line.issue_type.map(|name| match name {
                TypeName::Name(name) | TypeName::Object(Named { name, .. }) => name,
            }),
            author: line.user.map(|account| account.login).filter(|login| login != "ghost"),
            created_at: line.created_at,
            updated_at: line.updated_at,
            closed_at: line.closed_at,
            is_pull_request: line.pull_request.is_object()
                || line.pull_request == Value::Bool(true),
            comments: Vec::new(),
        };
        let number = self.seed_issue(repo, &new, now)?;
        self.import_details(repo, number, &line.labels, line.milestone.as_ref())?;
        let comments = match line.comments {
            all @ Value::Array(_) => serde_json::from_value(all)?,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Vec::new(),
        };
        self.import_past(repo, number, comments, line.timeline)?;
        Ok(number)
    }

    fn import_details(
        &mut self,
        repo: RepoId,
        number: u64,
        labels: &[Named],
        milestone: Option<&Titled>,
    ) -> Result<(), Unknown> {
        let known = self.repo_mut(repo)?;
        for named in labels {
            let id = known.label_names.get(&fold(&named.name)).copied();
            if let Some(label) = id.and_then(|id| known.labels.get_mut(&id)) {
                label.color = named.color.clone().unwrap_or_else(|| label.color.clone());
                label.description = named.description.clone();
            }
        }
        let of_issue = known.issue(number).and_then(|issue| issue.milestone);
        let stored = of_issue.and_then(|number| known.milestones.get_mut(&number));
        if let (Some(stored), Some(line)) = (stored, milestone) {
            stored.is_closed = line.state.as_deref() == Some("closed");
            stored.closed_at = stored.is_closed.then_some(stored.updated_at);
            stored.description = line.description.clone();
        }
        Ok(())
    }

    fn import_past(
        &mut self,
        repo: RepoId,
        number: u64,
        comments: Vec<LineComment>,
        events: Vec<LineEvent>,
    ) -> Result<(), Unknown> {
        let mut issue =
            self.repo_mut(repo)?.take_issue(number).ok_or_else(|| Unknown::new("issue", number))?;
        for comment in comments {
            let id = self.ids.next();
            let created_at = comment.created_at.unwrap_or(issue.created_at);
            let author = comment.user.map(|account| account.login).filter(|login| login != "ghost");
            let author = author.map(|login| self.ensure_user(&login));
            let what = Happened::Commented { comment: id };
            issue.timeline.push(Event {
                id: self.ids.next(),
                actor: author.clone(),
                at: created_at,
                what,
            });
            issue.comments.push(Comment {
                id,
                author,
                body: comment.body.unwrap_or_default(),
                created_at,
                updated_at: comment.updated_at.unwrap_or(created_at),
            });
        }
        for mut event in events {
            let what = event.happened();
            let actor =
                event.actor.filter(|login| login != "ghost").map(|login| self.ensure_user(&login));
            let at = event.created_at.unwrap_or(issue.created_at);
            issue.timeline.push(Event { id: self.ids.next(), actor, at, what });
        }
        issue.timeline.sort_by_key(|event| event.at);
        self.repo_mut(repo)?.put_issue(issue);
        Ok(())
    }
}

fn ensure_type(repo: &mut Repo, ids: &mut Ids, name: &str, created_at: DateTime<Utc>) -> u64 {
    if let Some(known) = repo.type_named(name) {
        return known.id;
    }
    let id = ids.next();
    repo.types.push(IssueType { id, name: name.to_owned(), created_at });
    id
}
