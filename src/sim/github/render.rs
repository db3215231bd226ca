//! Objects as GitHub writes them (github-api §1.5, §4).

use chrono::{DateTime, SecondsFormat, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::call::{Call, Version};
use super::options::DeletedUser;
use super::repo::Repo;
use super::state::{
    Comment, Event, Happened, Issue, IssueType, Label, Milestone, Permission, State, fold,
};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Writes objects for one request: its base URL and API version show in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Render<'a> {
    state: &'a State,
    base: &'a str,
    version: Version,
}

/// A time as GitHub writes it: whole seconds and `Z`.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A name as a path segment.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

impl<'a> Render<'a> {
    pub(super) fn new(state: &'a State, call: &'a Call<'_>) -> Render<'a> {
        Render { state, base: &call.base, version: call.version }
    }

    /// The account; what a missing one reads as is a switch.
    pub(super) fn user(&self, login: Option<&str>) -> Value {
        let known = login.and_then(|login| self.state.users.get(&fold(login)));
        match (known, self.state.options.deleted_user) {
            (Some(user), _) => {
                self.account(&user.login, user.id, if user.is_bot { "Bot" } else { "User" })
            }
            (None, DeletedUser::Ghost) => self.account("ghost", 10137, "User"),
            (None, DeletedUser::Null) => Value::Null,
        }
    }

    pub(super) fn account(&self, login: &str, id: u64, kind: &str) -> Value {
        let url = format!("{}/users/{}", self.base, segment(login));
        json!({
            "login": login,
            "id": id,
            "node_id": format!("U_{id}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{}/{login}", self.state.options.web_url),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    pub(super) fn repo_url(&self, repo: &Repo) -> String {
        format!("{}/repos/{}", self.base, repo.full_name())
    }

    fn repo_html_url(&self, repo: &Repo) -> String {
        format!("{}/{}", self.state.options.web_url, repo.full_name())
    }

    pub(super) fn issue_html_url(&self, repo: &Repo, issue: &Issue) -> String {
        let kind = if issue.is_pull_request { "pull" } else { "issues" };
        format!("{}/{kind}/{}", self.repo_html_url(repo), issue.number)
    }

    pub(super) fn repo(&self, repo: &Repo, login: &str) -> Value {
        let permission = repo.permission(login);
        let owner_kind = if repo.owner_is_organization { "Organization" } else { "User" };
        let open = repo.issues().filter(|issue| !issue.is_closed).count();
        json!({
            "id": repo.id.0,
            "node_id": format!("R_{}", repo.id.0),
            "name": repo.name,
            "full_name": repo.full_name(),
            "private": repo.is_private,
            "owner": self.account(&repo.owner, repo.id.0 + 1, owner_kind),
            "html_url": self.repo_html_url(repo),
            "description": null,
            "fork": false,
            "url": self.repo_url(repo),
            "issues_url": format!("{}/issues{{/number}}", self.repo_url(repo)),
            "labels_url": format!("{}/labels{{/name}}", self.repo_url(repo)),
            "milestones_url": format!("{}/milestones{{/number}}", self.repo_url(repo)),
            "created_at": time(repo.created_at),
            "updated_at": time(repo.created_at),
            "pushed_at": time(repo.created_at),
            "has_issues": repo.has_issues,
            "has_projects": true,
            "has_wiki": true,
            "archived": repo.is_archived,
            "disabled": false,
            "visibility": if repo.is_private { "private" } else { "public" },
            "open_issues_count": open,
            "open_issues": open,
            "default_branch": "main",
            "permissions": {
                "admin": permission >= Permission::Admin,
                "maintain": permission >= Permission::Admin,
                "push": permission >= Permission::Push,
                "triage": permission >= Permission::Triage,
                "pull": permission >= Permission::Read,
            },
        })
    }

    pub(super) fn label(&self, repo: &Repo, label: &Label) -> Value {
        json!({
            "id": label.id,
            "node_id": format!("LA_{}", label.id),
            "url": format!("{}/labels/{}", self.repo_url(repo), segment(&label.name)),
            "name": label.name,
            "color": label.color,
            "default": false,
            "description": label.description,
        })
    }

    pub(super) fn labels(&self, repo: &Repo, issue: &Issue) -> Value {
        let labels = issue.labels.iter().filter_map(|id| repo.labels.get(id));
        Value::Array(labels.map(|label| self.label(repo, label)).collect())
    }

    pub(super) fn milestone(&self, repo: &Repo, milestone: &Milestone) -> Value {
        let url = format!("{}/milestones/{}", self.repo_url(repo), milestone.number);
        let (open, closed) = repo.issues_of_milestone(milestone.number);
        json!({
            "url": url,
            "html_url": format!("{}/milestone/{}", self.repo_html_url(repo), milestone.number),
            "labels_url": format!("{url}/labels"),
            "id": milestone.id,
            "node_id": format!("MI_{}", milestone.id),
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(milestone.creator.as_deref()),
            "open_issues": open,
            "closed_issues": closed,
            "state": if milestone.is_closed { "closed" } else { "open" },
            "created_at": time(milestone.created_at),
            "updated_at": time(milestone.updated_at),
            "due_on": milestone.due_on.map(time),
            "closed_at": milestone.closed_at.map(time),
        })
    }

    pub(super) fn issue_type(&self, issue_type: &IssueType) -> Value {
        json!({
            "id": issue_type.id,
            "node_id": format!("IT_{}", issue_type.id),
            "name": issue_type.name,
            "description": null,
            "color": "blue",
            "created_at": time(issue_type.created_at),
            "updated_at": time(issue_type.created_at),
            "is_enabled": true,
        })
    }

    /// An issue as lists show it.
    pub(super) fn issue(&self, repo: &Repo, issue: &Issue) -> Value {
        let url = format!("{}/issues/{}", self.repo_url(repo), issue.number);
        let assignees: Vec<Value> =
            issue.assignees.iter().map(|login| self.user(Some(login))).collect();
        let milestone = issue.milestone.and_then(|number| repo.milestones.get(&number));
        let issue_type =
            issue.issue_type.and_then(|id| repo.types.iter().find(|known| known.id == id));
        let unknown = &self.state.options.unknown;
        let reason = match (&unknown.state_reason, issue.is_closed) {
            (Some(odd), true) => Some(odd.as_str()),
            (Some(_) | None, _) => issue.state_reason.as_deref(),
        };
        let first_assignee = assignees.first().cloned().unwrap_or(Value::Null);
        let mut object = json!({
            "url": url,
            "repository_url": self.repo_url(repo),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": self.issue_html_url(repo, issue),
            "id": issue.id,
            "node_id": issue.node_id,
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.author.as_deref()),
            "labels": self.labels(repo, issue),
            "state": if issue.is_closed { "closed" } else { "open" },
            "locked": issue.is_locked,
            "assignees": assignees,
            "milestone": milestone.map(|milestone| self.milestone(repo, milestone)),
            "comments": issue.comments.len(),
            "created_at": time(issue.created_at),
            "updated_at": time(issue.updated_at),
            "closed_at": issue.closed_at.map(time),
            "author_association": unknown.author_association.as_ref().unwrap_or(&issue.author_association),
            "type": issue_type.map(|issue_type| self.issue_type(issue_type)),
            "active_lock_reason": null,
            "sub_issues_summary": { "total": 0, "completed": 0, "percent_completed": 0 },
            "issue_dependencies_summary":
                { "blocked_by": 0, "total_blocked_by": 0, "blocking": 0, "total_blocking": 0 },
            "body": issue.body,
            "reactions": reactions(&url, issue.reactions),
            "timeline_url": format!("{url}/timeline"),
            "performed_via_github_app": null,
            "state_reason": reason,
        });
        if let Some(object) = object.as_object_mut() {
            if self.version == Version::V2022 {
                object.insert("assignee".to_owned(), first_assignee);
            }
            if issue.is_pull_request {
                self.mark_pull_request(repo, issue, object);
            }
        }
        object
    }

    /// An issue as its own page shows it.
    pub(super) fn whole_issue(&self, repo: &Repo, issue: &Issue) -> Value {
        let mut object = self.issue(repo, issue);
        let closed_by =
            if issue.is_closed { self.user(issue.closed_by.as_deref()) } else { Value::Null };
        if let Some(object) = object.as_object_mut() {
            object.insert("closed_by".to_owned(), closed_by);
        }
        object
    }

    fn mark_pull_request(&self, repo: &Repo, issue: &Issue, object: &mut Map<String, Value>) {
        let html_url = self.issue_html_url(repo, issue);
        object.insert("draft".to_owned(), json!(false));
        object.insert(
            "pull_request".to_owned(),
            json!({
                "url": format!("{}/pulls/{}", self.repo_url(repo), issue.number),
                "html_url": html_url,
                "diff_url": format!("{html_url}.diff"),
                "patch_url": format!("{html_url}.patch"),
                "merged_at": null,
            }),
        );
    }

    /// One entry of a timeline or an event list; `None` for a comment that is gone.
    pub(super) fn event(&self, repo: &Repo, issue: &Issue, event: &Event) -> Option<Value> {
        if let Happened::Commented { comment } = &event.what {
            let comment = issue.comments.iter().find(|known| known.id == *comment)?;
            return Some(self.comment_event(repo, issue, comment));
        }
        let mut object = json!({
            "id": event.id,
            "node_id": format!("EV_{}", event.id),
            "url": format!("{}/issues/events/{}", self.repo_url(repo), event.id),
            "actor": self.user(event.actor.as_deref()),
            "event": event.what.name(),
            "commit_id": null,
            "commit_url": null,
            "created_at": time(event.at),
            "performed_via_github_app": null,
        });
        if let (Some(object), Value::Object(details)) =
            (object.as_object_mut(), self.details(repo, event))
        {
            object.extend(details);
        }
        Some(object)
    }

    /// What an event carries besides who and when. Labels have no id here, milestones nothing but a title (§4).
    fn details(&self, repo: &Repo, event: &Event) -> Value {
        let type_of = |name: &str| repo.type_named(name).map(|known| self.issue_type(known));
        match &event.what {
            Happened::Renamed { from, to } => json!({ "rename": { "from": from, "to": to } }),
            Happened::Closed { reason } => json!({ "state_reason": reason }),
            Happened::Reopened => json!({ "state_reason": "reopened" }),
            Happened::Labeled { name, color } | Happened::Unlabeled { name, color } => {
                json!({ "label": { "name": name, "color": color } })
            }
            Happened::Assigned { login } | Happened::Unassigned { login } => {
                json!({ "assignee": self.user(Some(login)), "assigner": self.user(event.actor.as_deref()) })
            }
            Happened::Milestoned { title } | Happened::Demilestoned { title } => {
                json!({ "milestone": { "title": title } })
            }
            Happened::TypeAdded { to } => json!({ "issue_type": type_of(to) }),
            Happened::TypeRemoved { from } => json!({ "prev_issue_type": type_of(from) }),
            Happened::TypeChanged { from, to } => {
                json!({ "issue_type": type_of(to), "prev_issue_type": type_of(from) })
            }
            Happened::Commented { .. } | Happened::Other(_) => json!({}),
        }
    }

    fn comment_event(&self, repo: &Repo, issue: &Issue, comment: &Comment) -> Value {
        let url = format!("{}/issues/comments/{}", self.repo_url(repo), comment.id);
        let author = self.user(comment.author.as_deref());
        json!({
            "url": url,
            "html_url": format!("{}#issuecomment-{}", self.issue_html_url(repo, issue), comment.id),
            "issue_url": format!("{}/issues/{}", self.repo_url(repo), issue.number),
            "id": comment.id,
            "node_id": format!("IC_{}", comment.id),
            "user": author.clone(),
            "actor": author,
            "created_at": time(comment.created_at),
            "updated_at": time(comment.updated_at),
            "author_association": "NONE",
            "body": comment.body,
            "reactions": reactions(&url, 0),
            "performed_via_github_app": null,
            "event": "commented",
        })
    }
}

fn reactions(url: &str, count: u64) -> Value {
    json!({
        "url": format!("{url}/reactions"),
        "total_count": count,
        "+1": count,
        "-1": 0,
        "laugh": 0,
        "hooray": 0,
        "confused": 0,
        "heart": 0,
        "rocket": 0,
        "eyes": 0,
    })
}
