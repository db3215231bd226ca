//! Looking at what is there, for tests and for the demo.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::repo::Repo;
use super::state::{Event, Happened, Issue, RepoId, State};

/// An issue (or pull request) with its names resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueView {
    /// Where a browser finds it.
    pub url: String,
    /// Its id.
    pub id: u64,
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its body, as stored.
    pub body: Option<String>,
    /// When the body was last edited (GraphQL's `lastEditedAt`); never for an unedited one.
    pub body_edited_at: Option<DateTime<Utc>>,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Why it is closed, or that it was reopened.
    pub state_reason: Option<String>,
    /// The names of its labels.
    pub labels: BTreeSet<String>,
    /// The logins of its assignees.
    pub assignees: BTreeSet<String>,
    /// The title of its milestone.
    pub milestone: Option<String>,
    /// The name of its type.
    pub issue_type: Option<String>,
    /// Who opened it; `None` is a deleted account.
    pub author: Option<String>,
    /// The texts of its comments, oldest first.
    pub comments: Vec<String>,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

/// One entry of an issue's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// The name of the event, as in the API.
    pub name: String,
    /// Who did it.
    pub actor: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl State {
    /// An issue or pull request by its number.
    #[must_use]
    pub fn issue(&self, repo: RepoId, number: u64) -> Option<IssueView> {
        let repo = self.repos.get(&repo)?;
        repo.issue(number).map(|issue| self.view(repo, issue))
    }

    /// All issues of a repository by number, without the pull requests.
    #[must_use]
    pub fn issues(&self, repo: RepoId) -> Vec<IssueView> {
        let Some(repo) = self.repos.get(&repo) else { return Vec::new() };
        repo.issues()
            .filter(|issue| !issue.is_pull_request)
            .map(|issue| self.view(repo, issue))
            .collect()
    }

    /// What happened to an issue, oldest first.
    #[must_use]
    pub fn events(&self, repo: RepoId, number: u64) -> Vec<EventView> {
        let issue = self.repos.get(&repo).and_then(|repo| repo.issue(number));
        issue.map(|issue| issue.timeline.iter().map(event_view).collect()).unwrap_or_default()
    }

    /// The names of a repository's labels.
    #[must_use]
    pub fn labels(&self, repo: RepoId) -> BTreeSet<String> {
        let repo = self.repos.get(&repo);
        repo.map(|repo| repo.labels.values().map(|label| label.name.clone()).collect())
            .unwrap_or_default()
    }

    /// The titles of a repository's milestones.
    #[must_use]
    pub fn milestones(&self, repo: RepoId) -> BTreeSet<String> {
        let repo = self.repos.get(&repo);
        repo.map(|repo| repo.milestones.values().map(|one| one.title.clone()).collect())
            .unwrap_or_default()
    }

    fn view(&self, repo: &Repo, issue: &Issue) -> IssueView {
        let kind = if issue.is_pull_request { "pull" } else { "issues" };
        let labels = issue.labels.iter().filter_map(|id| repo.labels.get(id));
        let milestone = issue.milestone.and_then(|number| repo.milestones.get(&number));
        IssueView {
            url: format!("{}/{}/{kind}/{}", self.options.web_url, repo.full_name(), issue.number),
            id: issue.id,
            number: issue.number,
            title: issue.title.clone(),
            body: issue.body.clone(),
            body_edited_at: issue.body_edited_at,
            is_closed: issue.is_closed,
            state_reason: issue.state_reason.clone(),
            labels: labels.map(|label| label.name.clone()).collect(),
            assignees: issue.assignees.iter().cloned().collect(),
            milestone: milestone.map(|milestone| milestone.title.clone()),
            issue_type: issue.issue_type.and_then(|id| repo.type_name(id)).map(ToOwned::to_owned),
            author: issue.author.clone(),
            comments: issue.comments.iter().map(|comment| comment.body.clone()).collect(),
            is_pull_request: issue.is_pull_request,
            created_at: issue.created_at,
            updated_at: issue.updated_at,
            closed_at: issue.closed_at,
        }
    }
}

fn event_view(event: &Event) -> EventView {
    EventView { name: event.what.name().to_owned(), actor: event.actor.clone(), at: event.at }
}

impl Happened {
    /// The name of the event in the API.
    pub(super) fn name(&self) -> &str {
        match self {
            Happened::Renamed { .. } => "renamed",
            Happened::Closed { .. } => "closed",
            Happened::Reopened => "reopened",
            Happened::Labeled { .. } => "labeled",
            Happened::Unlabeled { .. } => "unlabeled",
            Happened::Assigned { .. } => "assigned",
            Happened::Unassigned { .. } => "unassigned",
            Happened::Milestoned { .. } => "milestoned",
            Happened::Demilestoned { .. } => "demilestoned",
            Happened::TypeAdded { .. } => "issue_type_added",
            Happened::TypeRemoved { .. } => "issue_type_removed",
            Happened::TypeChanged { .. } => "issue_type_changed",
            Happened::Commented { .. } => "commented",
            Happened::Other(name) => name,
        }
    }
}
