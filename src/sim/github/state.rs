//! Everything on GitHub, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::limits::Spending;
use super::options::Options;

/// The numeric id of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoId(pub u64);

/// Everything on GitHub.
#[derive(Debug, Clone)]
pub struct State {
    /// Limits and switches; a test may change them at any time.
    pub options: Options,
    /// Requests that no served route was meant for (`METHOD path`): a test asserts that there are none.
    pub strays: Vec<String>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) repos: BTreeMap<RepoId, Repo>,
    /// Folded `owner/name`, present names only.
    pub(super) names: BTreeMap<String, RepoId>,
    /// Folded `owner/name`, names a repository once had.
    pub(super) old_names: BTreeMap<String, RepoId>,
    pub(super) spending: BTreeMap<String, Spending>,
    pub(super) ids: Ids,
    pub(super) chance: ChaCha8Rng,
}

impl State {
    /// An empty GitHub.
    #[must_use]
    pub fn new(options: Options, seed: u64) -> State {
        State {
            options,
            strays: Vec::new(),
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            repos: BTreeMap::new(),
            names: BTreeMap::new(),
            old_names: BTreeMap::new(),
            spending: BTreeMap::new(),
            ids: Ids::default(),
            chance: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// The account with that login, made when there is none; its login in its own spelling.
    pub(super) fn ensure_user(&mut self, login: &str) -> String {
        let id = 1_000 + self.users.len() as u64;
        let user = self.users.entry(fold(login)).or_insert_with(|| User {
            id,
            login: login.to_owned(),
            is_bot: login.ends_with("[bot]"),
        });
        user.login.clone()
    }

    /// Whether a pull request takes the next number first.
    pub(super) fn pull_request_comes_first(&mut self) -> bool {
        self.options.pull_request_percent > 0
            && self.chance.random_range(0..100) < self.options.pull_request_percent
    }
}

/// Comparison of names is by lower case everywhere on GitHub.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// GitHub's times are whole seconds.
pub(super) fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(0)
}

/// A source of ids, all beyond 32 bits so that nobody gets away with less.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids(u64);

impl Default for Ids {
    fn default() -> Ids {
        Ids(5_000_000_000)
    }
}

impl Ids {
    pub(super) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// An account.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) login: String,
    pub(super) is_bot: bool,
}

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) login: String,
    pub(super) may_write: bool,
}

/// What an account may do in a repository, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing beyond what everybody may.
    None,
    /// Read, open issues, edit their own.
    Read,
    /// Also label, assign, close and edit the issues of others.
    Triage,
    /// Also create labels and milestones.
    Push,
    /// Everything.
    Admin,
}

/// A label of a repository.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) description: Option<String>,
}

/// A milestone of a repository.
#[derive(Debug, Clone)]
pub(super) struct Milestone {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) is_closed: bool,
    pub(super) creator: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) due_on: Option<DateTime<Utc>>,
}

/// An issue type of the organisation that owns a repository.
#[derive(Debug, Clone)]
pub(super) struct IssueType {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
}

/// A comment.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) author: Option<String>,
    pub(super) body: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// One entry of an issue's timeline.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) actor: Option<String>,
    pub(super) at: DateTime<Utc>,
    pub(super) what: Happened,
}

/// What happened to an issue. Names are those of that moment: events are never rewritten (§4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happened {
    Renamed {
        from: String,
        to: String,
    },
    Closed {
        reason: Option<String>,
    },
    Reopened,
    Labeled {
        name: String,
        color: String,
    },
    Unlabeled {
        name: String,
        color: String,
    },
    Assigned {
        login: String,
    },
    Unassigned {
        login: String,
    },
    Milestoned {
        title: String,
    },
    Demilestoned {
        title: String,
    },
    TypeAdded {
        to: String,
    },
    TypeRemoved {
        from: String,
    },
    TypeChanged {
        from: String,
        to: String,
    },
    Commented {
        comment: u64,
    },
    /// Anything else that carries nothing we serve: locked, transferred, subscribed, …
    Other(String),
}

/// An issue or a pull request.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) node_id: String,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) body_edited_at: Option<DateTime<Utc>>,
    pub(super) is_closed: bool,
    pub(super) state_reason: Option<String>,
    pub(super) is_locked: bool,
    pub(super) labels: BTreeSet<u64>,
    pub(super) assignees: Vec<String>,
    pub(super) milestone: Option<u64>,
    pub(super) issue_type: Option<u64>,
    pub(super) author: Option<String>,
    pub(super) author_association: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) closed_by: Option<String>,
    pub(super) is_pull_request: bool,
    pub(super) reactions: u64,
    pub(super) comments: Vec<Comment>,
    pub(super) timeline: Vec<Event>,
}

/// Where an issue went that is no longer here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gone {
    Deleted,
    Transferred { to: RepoId, number: u64 },
    Discussion,
}

/// An issue as lists still show it; `None` when they do not show it yet.
#[derive(Debug, Clone)]
pub(super) struct Lagging {
    pub(super) until: DateTime<Utc>,
    pub(super) version: Option<Issue>,
}

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
        self.next_number = self.next_number.max(issue.number + 1);
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
