//! The plan of one pair: plain data that can be printed, guarded and then executed.

use super::rule::Rule;
use crate::model::{Change, Field, Side, Sides, Value};

/// What one cycle would do to one pair. Empty when it is in step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairPlan {
    /// In the order of execution.
    pub steps: Vec<Step>,
    /// What is set aside; the rest of the pair goes on.
    pub holds: Vec<FieldHold>,
    /// Conflicts that only the times of the edits can decide: ask for them and plan again.
    pub needs_times: Vec<Field>,
    /// Sides that were not looked at and have no base for some field, so that nothing can be said
    /// about it: read them and plan again.
    pub needs_look: Vec<Side>,
    /// The page's content has to be read before anything can be said about the body: read it and plan again.
    pub needs_body: bool,
}

impl PairPlan {
    /// Whether there is nothing to do, to report or to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
            && self.holds.is_empty()
            && self.needs_times.is_empty()
            && self.needs_look.is_empty()
            && !self.needs_body
    }

    /// Whether executing it would send anything.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Write { .. } | Step::RestorePage | Step::CloseIssue | Step::TrashPage => true,
            Step::Agree(_) | Step::Unlink { .. } => false,
        })
    }
}

/// One step of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Both sides already agree on these fields: their base becomes what both show.
    Agree(Vec<Field>),
    /// One write to one side, whatever the number of fields.
    Write {
        /// Where to.
        side: Side,
        /// What, in the order of fields; never empty.
        changes: Vec<Planned>,
    },
    /// Takes the page out of the trash, because an edit of the issue beats its deletion.
    RestorePage,
    /// Closes the issue as not planned, because its page was trashed.
    CloseIssue,
    /// Trashes the page, because its issue was deleted.
    TrashPage,
    /// The two are no longer a pair; remembered, so that neither gets a new partner.
    Unlink {
        /// Why, for history and people.
        why: String,
        /// Which of the two is confirmed gone.
        gone: Sides<bool>,
    },
}

/// One value to be written, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The value, and the one it replaces.
    pub change: Change,
    /// The rule that decided.
    pub why: Rule,
    /// Whether an edit of the side written to loses.
    pub conflict: bool,
    /// Whether people may edit the field on both sides.
    pub two_way: bool,
}

/// What is set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHold {
    /// The field; `None` is the whole item.
    pub field: Option<Field>,
    /// The side the reason lies on.
    pub side: Side,
    /// What that side shows, when it can be read.
    pub value: Option<Value>,
    /// What, where and what to do.
    pub reason: String,
}
