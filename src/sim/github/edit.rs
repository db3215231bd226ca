//! One change of one issue, with everything that follows from it: time, timeline, list lag.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::options::{EmptyBody, Options};
use super::repo::Repo;
use super::state::{
    Comment, Event, Happened, Ids, Issue, Lagging, RepoId, State, fold, whole_second,
};

/// An issue in the hands of somebody who may change it.
pub(super) struct Edit<'a> {
    pub(super) issue: &'a mut Issue,
    /// The repository, with this issue taken out.
    pub(super) repo: &'a mut Repo,
    pub(super) ids: &'a mut Ids,
    pub(super) options: &'a Options,
    by: Option<String>,
    at: DateTime<Utc>,
    changed: bool,
}

impl State {
    /// Hands out an issue for a change. Afterwards its time is moved, when something changed.
    pub(super) fn edit<T>(
        &mut self,
        repo: RepoId,
        number: u64,
        by: Option<&str>,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Edit<'_>) -> T,
    ) -> Option<T> {
        let repo = self.repos.get_mut(&repo)?;
        let before =
            (!self.options.list_lag.is_zero()).then(|| repo.issue(number).cloned()).flatten();
        let mut issue = repo.take_issue(number)?;
        let mut edit = Edit {
            issue: &mut issue,
            repo,
            ids: &mut self.ids,
            options: &self.options,
            by: by.map(ToOwned::to_owned),
            at: whole_second(now),
            changed: false,
        };
        let result = change(&mut edit);
        if edit.changed {
            edit.issue.updated_at = edit.issue.updated_at.max(edit.at);
            if before.is_some() {
                lag_behind(repo, number, before, now, self.options.list_lag);
            }
        }
        repo.put_issue(issue);
        Some(result)
    }
}

/// From now on until the lag is over, lists show the earlier version (`None`: nothing).
pub(super) fn lag_behind(
    repo: &mut Repo,
    number: u64,
    version: Option<Issue>,
    now: DateTime<Utc>,
    lag: Duration,
) {
    if lag.is_zero() {
        return;
    }
    let until = TimeDelta::from_std(lag)
        .ok()
        .and_then(|lag| now.checked_add_signed(lag))
        .unwrap_or(DateTime::<Utc>::MAX_UTC);
    let versions = repo.lagging.entry(number).or_default();
    versions.retain(|old| old.until > now);
    versions.push(Lagging { until, version });
}

impl Edit<'_> {
    /// Moves the time although nothing we serve changed.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    pub(super) fn record(&mut self, what: Happened) {
        let event = Event { id: self.ids.next(), actor: self.by.clone(), at: self.at, what };
        self.issue.timeline.push(event);
        self.changed = true;
    }

    pub(super) fn set_title(&mut self, title: &str) {
        if self.issue.title != title {
            let from = std::mem::replace(&mut self.issue.title, title.to_owned());
            self.record(Happened::Renamed { from, to: title.to_owned() });
        }
    }

    /// Body edits leave no event in the timeline (§4).
    pub(super) fn set_body(&mut self, body: Option<String>) {
        let body = stored_body(self.options.empty_body, body);
        if self.issue.body != body {
            self.issue.body = body;
            self.issue.body_edited_at = Some(self.at);
            self.changed = true;
        }
    }

    /// Closes, or gives a closed issue another reason where the switch allows it.
    pub(super) fn close(&mut self, reason: Option<&str>) {
        if self.issue.is_closed {
            if let Some(reason) = reason.filter(|_| !self.options.reason_needs_state_change)
                && self.issue.state_reason.as_deref() != Some(reason)
            {
                self.issue.state_reason = Some(reason.to_owned());
                self.changed = true;
            }
            return;
        }
        let reason = reason.unwrap_or("completed").to_owned();
        self.issue.is_closed = true;
        self.issue.closed_at = Some(self.at);
        self.issue.closed_by = self.by.clone();
        // A pull request has no reason.
        self.issue.state_reason = (!self.issue.is_pull_request).then(|| reason.clone());
        self.record(Happened::Closed { reason: Some(reason) });
    }

    pub(super) fn reopen(&mut self) {
        if self.issue.is_closed {
            self.issue.is_closed = false;
            self.issue.closed_at = None;
            self.issue.closed_by = None;
            self.issue.state_reason = (!self.issue.is_pull_request).then(|| "reopened".to_owned());
            self.record(Happened::Reopened);
        }
    }

    /// Adds a label, made when the repository has none of that name.
    pub(super) fn add_label(&mut self, name: &str) {
        let id = self.repo.ensure_label(self.ids, name);
        if self.issue.labels.insert(id)
            && let Some(label) = self.repo.labels.get(&id)
        {
            let what = Happened::Labeled { name: label.name.clone(), color: label.color.clone() };
            self.record(what);
        }
    }

    /// Takes a label off; whether it was there.
    pub(super) fn remove_label(&mut self, name: &str) -> bool {
        let Some(label) = self.repo.label_named(name).cloned() else { return false };
        let was_there = self.issue.labels.remove(&label.id);
        if was_there {
            self.record(Happened::Unlabeled { name: label.name, color: label.color });
        }
        was_there
    }

    pub(super) fn replace_labels(&mut self, names: &[String]) {
        let wanted: Vec<String> = names.iter().map(|name| fold(name)).collect();
        let surplus: Vec<String> = (self.issue.labels.iter())
            .filter_map(|id| self.repo.labels.get(id).map(|label| label.name.clone()))
            .filter(|name| !wanted.contains(&fold(name)))
            .collect();
        for name in surplus {
            self.remove_label(&name);
        }
        for name in names {
            self.add_label(name);
        }
    }

    pub(super) fn set_milestone(&mut self, number: Option<u64>) {
        let title_of = |number: Option<u64>, repo: &Repo| {
            number
                .and_then(|number| repo.milestones.get(&number))
                .map(|milestone| milestone.title.clone())
        };
        if self.issue.milestone == number {
            return;
        }
        let (from, to) = (title_of(self.issue.milestone, self.repo), title_of(number, self.repo));
        self.issue.milestone = number;
        if let Some(title) = from {
            self.record(Happened::Demilestoned { title });
        }
        if let Some(title) = to {
            self.record(Happened::Milestoned { title });
        }
    }

    /// Assigns an account, by its own spelling.
    pub(super) fn assign(&mut self, login: &str) {
        if !self.issue.assignees.iter().any(|assigned| fold(assigned) == fold(login)) {
            self.issue.assignees.push(login.to_owned());
            self.record(Happened::Assigned { login: login.to_owned() });
        }
    }

    pub(super) fn unassign(&mut self, login: &str) {
        let folded = fold(login);
        if let Some(at) = self.issue.assignees.iter().position(|assigned| fold(assigned) == folded)
        {
            let login = self.issue.assignees.remove(at);
            self.record(Happened::Unassigned { login });
        }
    }

    pub(super) fn replace_assignees(&mut self, logins: &[String]) {
        let wanted: Vec<String> = logins.iter().map(|login| fold(login)).collect();
        let surplus: Vec<String> = self
            .issue
            .assignees
            .iter()
            .filter(|login| !wanted.contains(&fold(login)))
            .cloned()
            .collect();
        for login in surplus {
            self.unassign(&login);
        }
        for login in logins {
            self.assign(login);
        }
    }

    pub(super) fn set_type(&mut self, to: Option<u64>) {
        if self.issue.issue_type == to {
            return;
        }
        let name_of = |id: Option<u64>, repo: &Repo| {
            id.and_then(|id| repo.type_name(id)).map(ToOwned::to_owned)
        };
        let (from, to_name) = (name_of(self.issue.issue_type, self.repo), name_of(to, self.repo));
        self.issue.issue_type = to;
        match (from, to_name) {
            (Some(from), Some(to)) => self.record(Happened::TypeChanged { from, to }),
            (None, Some(to)) => self.record(Happened::TypeAdded { to }),
            (Some(from), None) => self.record(Happened::TypeRemoved { from }),
            (None, None) => self.touch(),
        }
    }

    pub(super) fn comment(&mut self, body: &str) -> u64 {
        let id = self.ids.next();
        let comment = Comment {
            id,
            author: self.by.clone(),
            body: body.to_owned(),
            created_at: self.at,
            updated_at: self.at,
        };
        self.issue.comments.push(comment);
        self.record(Happened::Commented { comment: id });
        id
    }
}

/// What is kept of a body that is null or empty (§1.5).
pub(super) fn stored_body(rule: EmptyBody, body: Option<String>) -> Option<String> {
    match (rule, body) {
        (_, Some(text)) if !text.is_empty() => Some(text),
        (EmptyBody::Null, _) | (EmptyBody::AsSent, None) => None,
        (EmptyBody::Empty, _) | (EmptyBody::AsSent, Some(_)) => Some(String::new()),
    }
}
