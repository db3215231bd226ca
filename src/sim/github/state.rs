//! Everything on GitHub, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::limits::Spending;
use super::options::Options;
use super::repo::Repo;

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
