//! What people decided in the config, as far as the pure core needs it.

use serde::{Deserialize, Serialize};

use super::Side;

/// Who wins when both sides changed one scalar field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// The newer edit of that very field; `tie` when the times cannot tell.
    Newest,
    /// GitHub.
    Github,
    /// Notion.
    Notion,
    /// Nobody: the field is held until a person decides.
    Hold,
}

/// Which side may get new partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreatePolicy {
    /// Both.
    Both,
    /// Issues become pages.
    ToNotion,
    /// Pages become issues.
    ToGithub,
    /// Only what is already linked by a url is paired.
    None,
}

impl CreatePolicy {
    /// Whether an unpaired item may get a partner on `side`.
    #[must_use]
    pub fn allows(self, side: Side) -> bool {
        match (self, side) {
            (CreatePolicy::Both, _)
            | (CreatePolicy::ToNotion, Side::Notion)
            | (CreatePolicy::ToGithub, Side::GitHub) => true,
            (CreatePolicy::ToNotion, Side::GitHub)
            | (CreatePolicy::ToGithub, Side::Notion)
            | (CreatePolicy::None, _) => false,
        }
    }
}

/// What a trashed page does to its issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnPageTrashed {
    /// Nothing; the two are no longer a pair.
    Unlink,
    /// The issue is closed as not planned.
    Close,
}

/// What a deleted issue does to its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnIssueDeleted {
    /// Nothing; the two are no longer a pair.
    Unlink,
    /// The page goes to the trash.
    Trash,
}

/// The policies of one sync that decide pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Which side may get new partners.
    pub create: CreatePolicy,
    /// Who wins a conflict.
    pub conflict: ConflictPolicy,
    /// Who wins when the times cannot tell.
    pub tie: Side,
    /// What a trashed page does.
    pub on_page_trashed: OnPageTrashed,
    /// What a deleted issue does.
    pub on_issue_deleted: OnIssueDeleted,
}
