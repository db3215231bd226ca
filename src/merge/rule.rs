//! Which rule decided a value: kept in history with the value that lost.

use std::fmt;

use crate::model::Side;

/// Why a value is written. `Display` is the sentence kept in history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// This side alone changed it.
    OnlyChanged(Side),
    /// Both sides changed a set; additions and removals of both apply.
    Merged,
    /// Both sides changed a text in different places; both edits stay.
    BothKept,
    /// On this side only a stand-in for what it cannot show was edited.
    PutBack(Side),
    /// There is no base and this side alone holds anything, so nothing can be lost.
    OnlyHas(Side),
    /// This side is the source of a one-way field and shows something new.
    OneWay(Side),
    /// This side is the source of a one-way field that was typed over on the other.
    PutRight(Side),
    /// Both changed it, this side later.
    Newest(Side),
    /// Both changed it and the times cannot tell; `tie` names this side.
    Tie(Side),
    /// Both changed it; `conflict` names this side.
    Policy(Side),
    /// A new item starts with what this side has.
    Creation(Side),
}

impl Rule {
    /// The rule with the sides exchanged (for I11).
    #[must_use]
    pub fn swap(self) -> Rule {
        match self {
            Rule::OnlyChanged(side) => Rule::OnlyChanged(side.other()),
            Rule::Merged => Rule::Merged,
            Rule::BothKept => Rule::BothKept,
            Rule::PutBack(side) => Rule::PutBack(side.other()),
            Rule::OnlyHas(side) => Rule::OnlyHas(side.other()),
            Rule::OneWay(side) => Rule::OneWay(side.other()),
            Rule::PutRight(side) => Rule::PutRight(side.other()),
            Rule::Newest(side) => Rule::Newest(side.other()),
            Rule::Tie(side) => Rule::Tie(side.other()),
            Rule::Policy(side) => Rule::Policy(side.other()),
            Rule::Creation(side) => Rule::Creation(side.other()),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::OnlyChanged(side) => write!(f, "only {side} changed it"),
            Rule::Merged => f.write_str("both sides changed it: additions and removals merged"),
            Rule::BothKept => f.write_str("both sides changed it in different places: both kept"),
            Rule::PutBack(side) => {
                write!(f, "only a stand-in for what {side} cannot show was edited there: put back")
            }
            Rule::OnlyHas(side) => write!(f, "only {side} has a value"),
            Rule::OneWay(side) => write!(f, "one-way field: {side} decides"),
            Rule::PutRight(side) => {
                write!(f, "one-way field: put right, because {side} decides, not {}", side.other())
            }
            Rule::Newest(side) => write!(f, "newer edit, on {side}"),
            Rule::Tie(side) => write!(f, "tie: `tie = {}` decides", side.as_str()),
            Rule::Policy(side) => write!(f, "conflict: `conflict = {}` decides", side.as_str()),
            Rule::Creation(side) => write!(f, "created from {side}"),
        }
    }
}
