//! Which unpaired issues become pages (`[sync.filter]`). Leaving the filter is never a deletion:
//! a pair that exists is not asked.

use chrono::{DateTime, Utc};

use crate::model::{Issue, NameSet};

/// Which issues by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateFilter {
    /// Open ones.
    Open,
    /// Closed ones.
    Closed,
    /// Both.
    #[default]
    All,
}

/// Which issues may become pages. The default lets every issue through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// By state.
    pub state: StateFilter,
    /// At least one of these labels; empty asks nothing.
    pub labels_any: NameSet,
    /// All of these labels.
    pub labels_all: NameSet,
    /// None of these labels.
    pub labels_none: NameSet,
    /// Last changed at or after this moment, as GitHub's own `since` (github-api §2.1).
    pub since: Option<DateTime<Utc>>,
}

impl Filter {
    /// Why the filter excludes an issue; `None` when it lets it through.
    #[must_use]
    pub fn excludes(&self, issue: &Issue) -> Option<String> {
        let state_differs = match self.state {
            StateFilter::Open => !issue.is_open,
            StateFilter::Closed => issue.is_open,
            StateFilter::All => false,
        };
        let has = |names: &NameSet| names.len() - names.minus(&issue.labels).len();
        let key = if state_differs {
            "state"
        } else if !self.labels_any.is_empty() && has(&self.labels_any) == 0 {
            "labels_any"
        } else if has(&self.labels_all) < self.labels_all.len() {
            "labels_all"
        } else if has(&self.labels_none) > 0 {
            "labels_none"
        } else if self.since.is_some_and(|since| issue.updated < since) {
            "since"
        } else {
            return None;
        };
        Some(format!("excluded by `sync.filter.{key}`"))
    }
}
