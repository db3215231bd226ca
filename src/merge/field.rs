//! Three-way merge of one field (DESIGN §3): change is found per side against that side's own base
//! with `==`; agreement is asked with [`Value::means_same`].

use super::rule::Rule;
use super::sets::merge_sets;
use crate::model::{
    ConflictPolicy, Direction, Field, Interval, NameSet, Observed, Policy, Side, Sides, Value,
};

/// When that very field last changed on each side, in that server's time; `None` is unknown.
pub type FieldTimes = Sides<Option<Interval>>;

/// What is known about when the field changed. Asking costs requests, so it is done only on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Nobody asked yet.
    NotAsked,
    /// Asked; this is all the servers can tell.
    Known(FieldTimes),
}

/// All that decides one field.
#[derive(Debug, Clone, Copy)]
pub struct FieldInput<'a> {
    /// Which field: for messages, and because an empty value of GitHub's own fields is as good as any.
    pub field: Field,
    /// Which way it flows.
    pub direction: Direction,
    /// Who wins a conflict.
    pub policy: &'a Policy,
    /// What both sides showed when they last agreed.
    pub base: Option<Sides<&'a Value>>,
    /// What they show now; `None` is a side that does not have the field at all.
    pub now: Sides<Option<&'a Observed>>,
    /// When it changed, as far as known.
    pub times: Times,
}

/// What is to be done about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldOutcome {
    /// In step, and the base says so.
    Nothing,
    /// In step, but the base does not say so: it becomes what both show now.
    Agree,
    /// Write.
    Write {
        /// The new value of each side that gets one; never what that side shows already.
        to: Sides<Option<Value>>,
        /// The rule that decided.
        why: Rule,
        /// Whether an edit of one side loses against an edit of the other.
        conflict: bool,
    },
    /// Only the times of the edits can decide, and they have not been asked for.
    NeedsTimes,
    /// Nothing may be written until the reason is gone.
    Hold {
        /// The side the reason lies on.
        side: Side,
        /// What, where and what to do, naming the value.
        reason: String,
    },
}

/// Merges one field. A pure function of its input (I10), symmetric in the sides (I11).
#[must_use]
pub fn merge_field(input: &FieldInput<'_>) -> FieldOutcome {
    let (github, notion) = match (input.now.github, input.now.notion) {
        (None, None) => return FieldOutcome::Nothing,
        (Some(shown), None) => return lacking(input.field, Side::Notion, shown),
        (None, Some(shown)) => return lacking(input.field, Side::GitHub, shown),
        (Some(github), Some(notion)) => (github, notion),
    };
    let now = match (github, notion) {
        (Observed::Value(github), Observed::Value(notion)) => Sides { github, notion },
        (Observed::Value(value), Observed::Unreadable(message)) => {
            return unreadable(input.direction, Side::Notion, message, value);
        }
        (Observed::Unreadable(message), Observed::Value(value)) => {
            return unreadable(input.direction, Side::GitHub, message, value);
        }
        (Observed::Unreadable(github), Observed::Unreadable(notion)) => {
            let side = input.direction.source().unwrap_or(input.policy.tie);
            let reason = Sides { github, notion }[side].clone();
            return FieldOutcome::Hold { side, reason };
        }
    };
    match input.direction.source() {
        Some(source) => follow(input.field, source, input.base, now),
        None => two_way(input, now),
    }
}

/// One side cannot hold the field at all (issue types on a user's repository, say).
fn lacking(field: Field, side: Side, shown: &Observed) -> FieldOutcome {
    let other = side.other();
    match shown {
        Observed::Value(value) if value.is_empty() => FieldOutcome::Nothing,
        Observed::Value(value) => FieldOutcome::Hold {
            side,
            reason: format!(
                "{side} has no {field} here, but {other} shows {value}; empty it on {other} or leave the field out of the mapping"
            ),
        },
        Observed::Unreadable(message) => {
            FieldOutcome::Hold { side: other, reason: message.clone() }
        }
    }
}

/// `side` shows what has no meaning. It is never written over, unless it is the end of a one-way
/// field: then it is an edit that does not count there.
fn unreadable(direction: Direction, side: Side, message: &str, value: &Value) -> FieldOutcome {
    match direction.source() {
        Some(source) if source != side => write_one(side, value, Rule::PutRight(source), false),
        Some(_) | None => FieldOutcome::Hold { side, reason: message.to_owned() },
    }
}

/// A one-way field follows its source; what was typed over it on the other side is put right.
fn follow(
    field: Field,
    source: Side,
    base: Option<Sides<&Value>>,
    now: Sides<&Value>,
) -> FieldOutcome {
    let target = source.other();
    // A field mapped lately to an empty source: re-baselining deletes nothing (I13). What is GitHub's own to give has
    // no other meaning than GitHub's, empty or not.
    if base.is_none() && now[source].is_empty() && !field.is_githubs_own() {
        return FieldOutcome::Nothing;
    }
    let (why, changed) = match base {
        None => (Rule::OneWay(source), true),
        Some(base) if now[source] != base[source] => (Rule::OneWay(source), true),
        Some(base) => (Rule::PutRight(source), now[target] != base[target]),
    };
    if !changed {
        FieldOutcome::Nothing
    } else if now.github.means_same(now.notion) {
        FieldOutcome::Agree
    } else {
        write_one(target, now[source], why, false)
    }
}

fn two_way(input: &FieldInput<'_>, now: Sides<&Value>) -> FieldOutcome {
    let Some(base) = input.base else { return without_base(input, now) };
    let changed = Sides { github: now.github != base.github, notion: now.notion != base.notion };
    let (sole, why) = match (changed.github, changed.notion) {
        (false, false) => return FieldOutcome::Nothing,
        (true, false) => (Some(Side::GitHub), Rule::OnlyChanged(Side::GitHub)),
        (false, true) => (Some(Side::Notion), Rule::OnlyChanged(Side::Notion)),
        (true, true) => (None, Rule::Merged),
    };
    if now.github.means_same(now.notion) {
        return FieldOutcome::Agree;
    }
    if let Some(outcome) = both_sets(base, now, why) {
        return outcome;
    }
    match sole {
        Some(side) => write_one(side.other(), now[side], why, false),
        None => conflict(input, now),
    }
}

/// The merge of a field that holds a set; `None` when it holds something else.
fn both_sets(base: Sides<&Value>, now: Sides<&Value>, why: Rule) -> Option<FieldOutcome> {
    let (Value::Names(base_github), Value::Names(base_notion)) = (base.github, base.notion) else {
        return None;
    };
    let (Value::Names(github), Value::Names(notion)) = (now.github, now.notion) else {
        return None;
    };
    let merged =
        merge_sets(Sides { github: base_github, notion: base_notion }, Sides { github, notion });
    let to = Sides {
        github: (merged.github != *github).then_some(Value::Names(merged.github)),
        notion: (merged.notion != *notion).then_some(Value::Names(merged.notion)),
    };
    Some(FieldOutcome::Write { to, why, conflict: false })
}

/// No base: equal values are adopted, an empty side is filled (re-baselining deletes nothing, I13),
/// two different sets are put together, two other values are a conflict.
fn without_base(input: &FieldInput<'_>, now: Sides<&Value>) -> FieldOutcome {
    if now.github.means_same(now.notion) {
        return FieldOutcome::Agree;
    }
    match (now.github.is_empty(), now.notion.is_empty()) {
        (false, true) => write_one(Side::Notion, now.github, Rule::OnlyHas(Side::GitHub), false),
        (true, false) => write_one(Side::GitHub, now.notion, Rule::OnlyHas(Side::Notion), false),
        // A set never needs a loser: with nothing to tell removals by, nothing is removed.
        (true, true) | (false, false) => {
            let none = Value::Names(NameSet::default());
            let base = Sides { github: &none, notion: &none };
            both_sets(base, now, Rule::Merged).unwrap_or_else(|| conflict(input, now))
        }
    }
}

/// Both sides hold an edit of their own and only one can stay.
fn conflict(input: &FieldInput<'_>, now: Sides<&Value>) -> FieldOutcome {
    match winner(input.policy, input.times) {
        Winner::Is(side, why) => write_one(side.other(), now[side], why, true),
        Winner::NeedsTimes => FieldOutcome::NeedsTimes,
        Winner::Nobody => FieldOutcome::Hold {
            side: input.policy.tie,
            reason: format!(
                "conflict: GitHub shows {}, Notion shows {}; make both the same, or one as it was",
                now.github, now.notion
            ),
        },
    }
}

/// Who wins a conflict.
pub(super) enum Winner {
    /// This side, by this rule.
    Is(Side, Rule),
    /// Only the times can tell.
    NeedsTimes,
    /// A person has to decide.
    Nobody,
}

/// Asks the conflict policy.
pub(super) fn winner(policy: &Policy, times: Times) -> Winner {
    match policy.conflict {
        ConflictPolicy::Github => Winner::Is(Side::GitHub, Rule::Policy(Side::GitHub)),
        ConflictPolicy::Notion => Winner::Is(Side::Notion, Rule::Policy(Side::Notion)),
        ConflictPolicy::Newest => match times {
            Times::NotAsked => Winner::NeedsTimes,
            Times::Known(times) => {
                let (side, why) = newest(times, policy.tie);
                Winner::Is(side, why)
            }
        },
        ConflictPolicy::Hold => Winner::Nobody,
    }
}

/// Overlapping or unknown times are a tie (DESIGN §3, Conflict by time).
fn newest(times: FieldTimes, tie: Side) -> (Side, Rule) {
    match (times.github, times.notion) {
        (Some(github), Some(notion)) if !github.overlaps(notion) => {
            let side = if github.from > notion.from { Side::GitHub } else { Side::Notion };
            (side, Rule::Newest(side))
        }
        (Some(_) | None, Some(_) | None) => (tie, Rule::Tie(tie)),
    }
}

fn write_one(side: Side, value: &Value, why: Rule, conflict: bool) -> FieldOutcome {
    let mut to = Sides { github: None, notion: None };
    to[side] = Some(value.clone());
    FieldOutcome::Write { to, why, conflict }
}
