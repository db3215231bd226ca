//! One side of a pair, decoded: identity, times, and a canonical value per field.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Field, IssueId, IssueRef, Login, NotionUserId, PageId, RepoId, Value};

/// What one side shows for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// It can be read.
    Value(Value),
    /// It cannot be given a meaning (a status in no list, say); the message names the value.
    Unreadable(String),
}

impl Observed {
    /// The value, when it can be read.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Observed::Value(value) => Some(value),
            Observed::Unreadable(_) => None,
        }
    }
}

/// What one side shows. A mapped field that is missing here is one that side does not have.
pub type Fields = BTreeMap<Field, Observed>;

/// What both sides showed when they last agreed, per field.
pub type Bases = BTreeMap<Field, super::Sides<Value>>;

/// An issue as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its name.
    pub at: IssueRef,
    /// GitHub's own id.
    pub id: IssueId,
    /// The repository's id, which survives renames; 0 when the answer does not tell.
    pub repo_id: RepoId,
    /// Its web address: the anchor.
    pub html_url: String,
    /// Who opened it.
    pub author: Option<Login>,
    /// When it was opened.
    pub created: DateTime<Utc>,
    /// When GitHub says it last changed: a hint, never a clock (github-api §1.11).
    pub updated: DateTime<Utc>,
    /// Whether it is a pull request, which shares the numbers (github-api §1.4).
    pub is_pull_request: bool,
    /// The uuid in `<!-- tandem:UUID -->` on the last line of its body.
    pub marker: Option<Uuid>,
    /// Canonical values of the mapped fields.
    pub fields: Fields,
    /// Names of all its labels, whether labels are mapped or not (for the filter).
    pub labels: super::NameSet,
    /// Whether it is open, whether state is mapped or not (for the filter).
    pub is_open: bool,
}

/// A page as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its id.
    pub id: PageId,
    /// Its web address, for people.
    pub url: String,
    /// When it was made, to the minute.
    pub created: DateTime<Utc>,
    /// When it was last edited, rounded down to the minute (notion-api §9).
    pub edited: DateTime<Utc>,
    /// Who edited it last; whoever edited before in the same minute is not shown.
    pub last_editor: Option<NotionUserId>,
    /// Whether it is in the trash.
    pub in_trash: bool,
    /// Text of the url property: which issue it says it is.
    pub anchor: Option<String>,
    /// Text of the repository property: where its issue is to be made.
    pub repository: Option<String>,
    /// Canonical values of the mapped fields.
    pub fields: Fields,
    /// People in the assignees property that nobody mapped: every write puts them back.
    pub unmapped_people: Vec<NotionUserId>,
}

/// One value to be written to one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// What that side shows now.
    pub from: Value,
    /// What it shall show.
    pub to: Value,
}
