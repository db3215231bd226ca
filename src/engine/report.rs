//! What one cycle of one sync did or would do: plain data, for the command line and the daemon to show.

use serde::Serialize;

use crate::merge::PlanLine;
use crate::model::{Field, ItemRef, Side, Sides, Value};
use crate::remote::RemoteError;

/// What became of one cycle of one sync.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The sync's name.
    pub sync: String,
    /// Whether everything was compared, or only what changed.
    pub full: bool,
    /// Numbers.
    pub counts: Counts,
    /// What would be written: filled in when nothing was executed (dry run, brake).
    pub plan: Vec<PlanLine>,
    /// Why the whole cycle was stopped before it wrote anything.
    pub brake: Option<Brake>,
    /// What is set aside, each with its reason (exit code 3).
    pub held: Vec<Held>,
    /// Pairs and items that failed in this cycle or an earlier one and are tried again (exit code 3).
    pub failed: Vec<Waiting>,
    /// What merely waits.
    pub pending: Vec<Waiting>,
    /// What kept the cycle from seeing or writing everything.
    pub problems: Vec<Problem>,
}

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub fn new(sync: &str) -> Report {
        Report {
            sync: sync.to_owned(),
            full: false,
            counts: Counts::default(),
            plan: Vec::new(),
            brake: None,
            held: Vec::new(),
            failed: Vec::new(),
            pending: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether both sides were seen whole and nothing stopped the cycle: what `status` counts from.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.problems.is_empty() && self.brake.is_none()
    }

    /// The outcome in one word, for people and for the store.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        if !self.problems.is_empty() {
            "incomplete"
        } else if self.brake.is_some() {
            "braked"
        } else if !self.held.is_empty() || !self.failed.is_empty() {
            "held"
        } else {
            "done"
        }
    }
}

/// The numbers of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Items that were listed or read.
    pub seen: Sides<u64>,
    /// Pairs kept in step at the end of the cycle.
    pub pairs: u64,
    /// Items made on each side.
    pub created: Sides<u64>,
    /// Pairs written to, per side.
    pub updated: Sides<u64>,
    /// Pairs found by their url or marker.
    pub adopted: u64,
    /// Items without a partner that `create` or the filter leaves out, of those seen.
    pub left_out: u64,
    /// Pairs no longer kept in step.
    pub unlinked: u64,
    /// Pairs and new items that were to be written and were not begun, because a side could not be reached any more or
    /// the run was to end: the next cycle finds them again. What failed is not among them.
    pub not_begun: u64,
    /// Requests sent to each side in this cycle, as far as the adapters count them.
    pub requests: Sides<u64>,
}

/// The brake (I8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brake {
    /// What to release.
    pub digest: String,
    /// Each suspicion, for people.
    pub reasons: Vec<String>,
}

/// What is set aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// The item, named as on the command line.
    pub item: String,
    /// The field; `None` is the whole item.
    pub field: Option<Field>,
    /// The side the reason lies on.
    pub side: Side,
    /// The value, for people.
    pub value: Option<String>,
    /// What, where and what to do.
    pub reason: String,
}

impl Held {
    pub(crate) fn new(
        item: &ItemRef,
        field: Option<Field>,
        side: Side,
        value: Option<&Value>,
        reason: &str,
    ) -> Held {
        let value = value.map(ToString::to_string);
        Held { item: item.to_string(), field, side, value, reason: reason.to_owned() }
    }
}

/// An item that is looked at again later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The item, named as on the command line.
    pub item: String,
    /// What for.
    pub reason: String,
}

/// What kind of problem kept a cycle from being whole, for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The config does not fit what is there (exit code 2).
    Config,
    /// Access is refused (exit code 5).
    Access,
    /// Out of reach, nonsense, or limited for too long (exit code 7).
    Unreachable,
}

impl ProblemKind {
    /// The kind of a remote failure.
    #[must_use]
    pub fn of(error: &RemoteError) -> ProblemKind {
        match error {
            RemoteError::Auth { .. } | RemoteError::Missing { .. } => ProblemKind::Access,
            RemoteError::Transient { .. }
            | RemoteError::Limited { .. }
            | RemoteError::Unclear { .. }
            | RemoteError::Nonsense { .. } => ProblemKind::Unreachable,
            RemoteError::Gone { .. } | RemoteError::Moved { .. } | RemoteError::Refused { .. } => {
                ProblemKind::Config
            }
        }
    }
}

/// What kept a cycle from being whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// For the exit code.
    pub kind: ProblemKind,
    /// What, where and what to do.
    pub message: String,
}

impl Problem {
    pub(crate) fn remote(what: &str, error: &RemoteError) -> Problem {
        let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        Problem { kind: ProblemKind::of(error), message: format!("{what}: {error}{advice}") }
    }

    pub(crate) fn limit(message: String) -> Problem {
        Problem { kind: ProblemKind::Unreachable, message }
    }

    pub(crate) fn config(message: String) -> Problem {
        Problem { kind: ProblemKind::Config, message }
    }
}
