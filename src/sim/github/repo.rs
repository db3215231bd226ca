//! A repository and what is in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::state::{
    Gone, Ids, Issue, IssueType, Label, Lagging, Milestone, Permission, RepoId, fold, whole_second,
};

/// A repository.
#[derive(Debug, Clone)]
pub(super) struct Repo {
    pub(super) id: RepoId,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) owner_is_organization: bool,
    pub(super) is_private: bool,
    pub(super) is_archived: bool,
    pub(super) has_issues: bool,
    pub(super) created_at: DateTime<Utc>,
    /// By folded login.
    pub(super) permissions: BTreeMap<String, Permission>,
    pub(super) labels: BTreeMap<u64, Label>,
    /// Folded name to id.
    pub(super) label_names: BTreeMap<String, u64>,
    pub(super) milestones: BTreeMap<u64, Milestone>,
    pub(super) types: Vec<IssueType>,
    pub(super) next_number: u64,
    issues: BTreeMap<u64, Issue>,
    by_updated: BTreeSet<(DateTime<Utc>, u64)>,
    by_created: BTreeSet<(DateTime<Utc>, u64)>,
    /// By milestone number: how many of its issues are open and closed.
    milestone_issues: BTreeMap<u64, (u64, u64)>,
    pub(super) gone: BTreeMap<u64, Gone>,
    /// Issues nobody may read by number or in lists, though they exist.
    pub(super) hidden: BTreeSet<u64>,
    /// Oldest first.
    pub(super) lagging: BTreeMap<u64, Vec<Lagging>>,
}

impl Repo {
    pub(super) fn new(id: RepoId, owner: &str, name: &str, now: DateTime<Utc>) -> Repo {
        Repo {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            owner_is_organization: true,
            is_private: false,
            is_archived: false,
            has_issues: true,
            created_at: whole_second(now),
            permissions: BTreeMap::new(),
            labels: BTreeMap::new(),
            label_names: BTreeMap::new(),
            milestones: BTreeMap::new(),
            types: Vec::new(),
            next_number: 1,
            issues: BTreeMap::new(),
            by_updated: BTreeSet::new(),
            by_created: BTreeSet::new(),
            milestone_issues: BTreeMap::new(),
            gone: BTreeMap::new(),
            hidden: BTreeSet::new(),
            lagging: BTreeMap::new(),
        }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub(super) fn issue(&self, number: u64) -> Option<&Issue> {
        self.issues.get(&number)
    }

    pub(super) fn issues(&self) -> impl DoubleEndedIterator<Item = &Issue> {
        self.issues.values()
    }

    /// Issues by update time, the one longest unchanged first.
    pub(super) fn issues_by_updated(&self) -> &BTreeSet<(DateTime<Utc>, u64)> {
        &self.by_updated
    }

    /// Issues by creation time, oldest first.
    pub(super) fn issues_by_created(&self) -> &BTreeSet<(DateTime<Utc>, u64)> {
        &self.by_created
    }

    pub(super) fn put_issue(&mut self, issue: Issue) {
        self.next_number = self.next_number.max(issue.number.saturating_add(1));
        self.by_updated.insert((issue.updated_at, issue.number));
        self.by_created.insert((issue.created_at, issue.number));
        if let Some(milestone) = issue.milestone {
            let (open, closed) = self.milestone_issues.entry(milestone).or_default();
            *(if issue.is_closed { closed } else { open }) += 1;
        }
        self.issues.insert(issue.number, issue);
    }

    pub(super) fn take_issue(&mut self, number: u64) -> Option<Issue> {
        let issue = self.issues.remove(&number)?;
        self.by_updated.remove(&(issue.updated_at, number));
        self.by_created.remove(&(issue.created_at, number));
        if let Some((open, closed)) =
            issue.milestone.and_then(|number| self.milestone_issues.get_mut(&number))
        {
            *(if issue.is_closed { closed } else { open }) -= 1;
        }
        Some(issue)
    }

    /// How many issues of a milestone are open and closed.
    pub(super) fn issues_of_milestone(&self, number: u64) -> (u64, u64) {
        self.milestone_issues.get(&number).copied().unwrap_or_default()
    }

    pub(super) fn label_named(&self, name: &str) -> Option<&Label> {
        self.label_names.get(&fold(name)).and_then(|id| self.labels.get(id))
    }

    /// The label of that name, made in the colour GitHub gives to labels made in passing (§1.8).
    pub(super) fn ensure_label(&mut self, ids: &mut Ids, name: &str) -> u64 {
        if let Some(label) = self.label_named(name) {
            return label.id;
        }
        self.add_label(ids, name, "ededed", None)
    }

    pub(super) fn add_label(
        &mut self,
        ids: &mut Ids,
        name: &str,
        color: &str,
        description: Option<String>,
    ) -> u64 {
        let id = ids.next();
        self.label_names.insert(fold(name), id);
        let label = Label { id, name: name.to_owned(), color: color.to_owned(), description };
        self.labels.insert(id, label);
        id
    }

    pub(super) fn milestone_titled(&self, title: &str) -> Option<&Milestone> {
        self.milestones.values().find(|milestone| milestone.title == title)
    }

    pub(super) fn add_milestone(
        &mut self,
        ids: &mut Ids,
        title: &str,
        creator: &str,
        now: DateTime<Utc>,
    ) -> u64 {
        let number = self.milestones.last_key_value().map_or(1, |(last, _)| last + 1);
        let now = whole_second(now);
        let milestone = Milestone {
            id: ids.next(),
            number,
            title: title.to_owned(),
            description: None,
            is_closed: false,
            creator: Some(creator.to_owned()),
            created_at: now,
            updated_at: now,
            closed_at: None,
            due_on: None,
        };
        self.milestones.insert(number, milestone);
        number
    }

    pub(super) fn type_named(&self, name: &str) -> Option<&IssueType> {
        let folded = fold(name);
        self.types.iter().find(|issue_type| fold(&issue_type.name) == folded)
    }

    pub(super) fn type_name(&self, id: u64) -> Option<&str> {
        self.types
            .iter()
            .find(|issue_type| issue_type.id == id)
            .map(|issue_type| issue_type.name.as_str())
    }

    pub(super) fn permission(&self, login: &str) -> Permission {
        let given = self.permissions.get(&fold(login)).copied().unwrap_or(Permission::None);
        if self.is_private { given } else { given.max(Permission::Read) }
    }

    /// Collaborators, and whoever commented on the issue (§1.9).
    pub(super) fn is_assignable(&self, issue: Option<&Issue>, login: &str) -> bool {
        let folded = fold(login);
        let collaborates =
            self.permissions.get(&folded).is_some_and(|permission| *permission >= Permission::Read);
        let commented = issue.is_some_and(|issue| {
            issue
                .comments
                .iter()
                .any(|comment| comment.author.as_deref().map(fold).as_ref() == Some(&folded))
        });
        collaborates || commented
    }
}
