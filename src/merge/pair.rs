//! The decision table of one pair.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::body::{BodyInput, Content, merge_body, text_of};
use super::draft::{Decision, Draft};
use super::field::{FieldInput, FieldOutcome, FieldTimes, Times, merge_field};
use super::gone::{plan_both_gone, plan_issue_gone, plan_page_gone};
use super::plan::{FieldHold, PairPlan, Step};
use crate::body::Place;
use crate::model::{
    Bases, Direction, Field, FieldMapping, Fields, Mapping, Observed, OnIssueDeleted,
    OnPageTrashed, Policy, Side, Sides, Value,
};

/// What is known about one side of a pair in this cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence<T> {
    /// Observed.
    Here(T),
    /// A direct read said that it is deleted (410, `in_trash`).
    Gone,
    /// It lives elsewhere now; the text says where.
    Moved(String),
    /// 404 or 403, which proves nothing (I7); the text is the answer.
    Hidden(String),
    /// Not looked at this cycle: taken to show what the base says.
    NotLooked,
}

/// All that decides one pair.
#[derive(Debug, Clone)]
pub struct PairInput<'a> {
    /// What people decided.
    pub policy: &'a Policy,
    /// Which fields, and which way they flow.
    pub mapping: &'a Mapping,
    /// Only bases made under this very mapping (I13).
    pub bases: &'a Bases,
    /// The issue.
    pub github: Presence<&'a Fields>,
    /// The page.
    pub notion: Presence<&'a Fields>,
    /// When fields in conflict changed; of no account unless `times_asked`.
    pub times: &'a BTreeMap<Field, FieldTimes>,
    /// Whether the servers were asked for the times; what is missing then stays unknown.
    pub times_asked: bool,
    /// Held fields whose next try is not due, with the reason: not written, but reported.
    pub resting: &'a BTreeMap<Field, String>,
    /// What is known of the page's content, which is not among the fields of `notion`.
    pub content: Content<'a>,
    /// What references in the body mean; `None` when the issue's address cannot be read.
    pub place: Option<&'a Place>,
}

/// Plans one pair. A pure function of its input (I10).
#[must_use]
pub fn plan_pair(input: &PairInput<'_>) -> PairPlan {
    if let Some(plan) = plan_out_of_reach(input) {
        return plan;
    }
    let issue = seen(input, Side::GitHub);
    let page = seen(input, Side::Notion);
    match (issue, page) {
        (Some(issue), Some(page)) => plan_live(input, &issue, &page),
        (Some(issue), None) => plan_page_gone(input, &issue),
        (None, Some(page)) => plan_issue_gone(input, &page),
        (None, None) => plan_both_gone(),
    }
}

/// A side that is moved or hidden holds the whole pair: nothing may be concluded from it.
fn plan_out_of_reach(input: &PairInput<'_>) -> Option<PairPlan> {
    let presences = Sides { github: &input.github, notion: &input.notion };
    let holds: Vec<FieldHold> = Side::BOTH
        .into_iter()
        .filter_map(|side| {
            let (what, end) = (item_name(side), deletion_of(side.other()));
            let reason = match presences[side] {
                Presence::Moved(to) => format!(
                    "the {what} moved to {to}; move it back, add that place to the sync, or {end} to end the pair"
                ),
                Presence::Hidden(answer) => format!(
                    "{side} does not show the {what} ({answer}), which proves no deletion: give tandem access to it again, or {end} to end the pair"
                ),
                Presence::Here(_) | Presence::Gone | Presence::NotLooked => return None,
            };
            Some(FieldHold { field: None, side, value: None, reason })
        })
        .collect();
    if holds.is_empty() {
        return None;
    }
    // The other one is surely deleted, and nothing is to follow from that: a person's way to end such a pair.
    let gone = Sides {
        github: input.github == Presence::Gone
            && input.policy.on_issue_deleted == OnIssueDeleted::Unlink,
        notion: input.notion == Presence::Gone
            && input.policy.on_page_trashed == OnPageTrashed::Unlink,
    };
    if gone.github || gone.notion {
        let why = "one of the two is deleted, and the other is out of sight".to_owned();
        let steps = vec![Step::Unlink { why, gone }];
        return Some(PairPlan { steps, ..PairPlan::default() });
    }
    Some(PairPlan { holds, ..PairPlan::default() })
}

/// What a person does to have an item deleted.
fn deletion_of(side: Side) -> &'static str {
    match side {
        Side::GitHub => "delete the issue",
        Side::Notion => "trash the page",
    }
}

pub(super) fn item_name(side: Side) -> &'static str {
    match side {
        Side::GitHub => "issue",
        Side::Notion => "page",
    }
}

/// One live side of a pair.
pub(super) enum Seen<'a> {
    /// What it shows.
    Fields(&'a Fields),
    /// Not looked at: it shows what the base says.
    AsInBase,
}

impl Seen<'_> {
    /// What this side, `side`, shows for a field.
    pub(super) fn shows(
        &self,
        side: Side,
        field: Field,
        bases: &Bases,
    ) -> Option<Cow<'_, Observed>> {
        match self {
            Seen::Fields(fields) => fields.get(&field).map(Cow::Borrowed),
            Seen::AsInBase => {
                bases.get(&field).map(|base| Cow::Owned(Observed::Value(base[side].clone())))
            }
        }
    }

    /// Whether it was looked at in this cycle.
    pub(super) fn is_fresh(&self) -> bool {
        match self {
            Seen::Fields(_) => true,
            Seen::AsInBase => false,
        }
    }
}

/// The live side, or `None` when it is gone. (Moved and hidden sides never get here.)
fn seen<'a>(input: &PairInput<'a>, side: Side) -> Option<Seen<'a>> {
    let presence = match side {
        Side::GitHub => &input.github,
        Side::Notion => &input.notion,
    };
    match presence {
        Presence::Here(fields) => Some(Seen::Fields(fields)),
        Presence::NotLooked => Some(Seen::AsInBase),
        Presence::Gone | Presence::Moved(_) | Presence::Hidden(_) => None,
    }
}

/// Both sides live: every field by itself.
pub(super) fn plan_live(input: &PairInput<'_>, issue: &Seen<'_>, page: &Seen<'_>) -> PairPlan {
    let mut draft = Draft::default();
    for (field, reason) in &input.mapping.broken {
        draft.hold(Some(*field), Side::Notion, None, reason.clone());
    }
    if issue.is_fresh() || page.is_fresh() || input.content.is_fresh() {
        for (field, mapping) in &input.mapping.fields {
            let seen = Sides { github: issue, notion: page };
            if *field == Field::Body {
                plan_body(input, mapping, issue, &mut draft);
            } else {
                plan_field(input, *field, mapping, seen, &mut draft);
            }
        }
    } else {
        draft.report_resting(input);
    }
    draft.finish()
}

fn plan_field(
    input: &PairInput<'_>,
    field: Field,
    mapping: &FieldMapping,
    seen: Sides<&Seen<'_>>,
    draft: &mut Draft,
) {
    let base = input.bases.get(&field);
    let now = Sides {
        github: seen.github.shows(Side::GitHub, field, input.bases),
        notion: seen.notion.shows(Side::Notion, field, input.bases),
    };
    if let Some(side) = blind_side(base, seen, &now) {
        draft.needs_look[side] = true;
        draft.rest(field, side, None, input);
        return;
    }
    let outcome = merge_field(&FieldInput {
        field,
        direction: mapping.direction,
        policy: input.policy,
        base: base.map(Sides::as_ref),
        now: Sides { github: now.github.as_deref(), notion: now.notion.as_deref() },
        times: times_of(input, field),
    });
    let both_fresh = seen.github.is_fresh() && seen.notion.is_fresh();
    match outcome {
        FieldOutcome::Nothing => {
            if !both_fresh {
                draft.rest(field, Side::Notion, None, input);
            }
        }
        FieldOutcome::Agree => draft.agree.push(field),
        FieldOutcome::Hold { side, reason } => {
            let value = now[side].as_deref().and_then(Observed::value).cloned();
            draft.hold(Some(field), side, value, reason);
        }
        FieldOutcome::NeedsTimes => {
            if !draft.rest(field, input.policy.tie, None, input) {
                draft.needs_times.push(field);
            }
        }
        FieldOutcome::Write { to, why, conflict } => {
            let two_way = mapping.direction == Direction::Both;
            draft.write(input, field, &now, to, Decision { why, conflict, two_way });
        }
    }
}

/// The body lives beside the fields of its page, and reading it is a request of its own: it is asked for only where what
/// is known of it does not settle the matter.
fn plan_body(input: &PairInput<'_>, mapping: &FieldMapping, issue: &Seen<'_>, draft: &mut Draft) {
    let field = Field::Body;
    if draft.rest(field, Side::Notion, input.content.value().cloned(), input) {
        return;
    }
    let shown = issue.shows(Side::GitHub, field, input.bases);
    let github = shown.as_deref().and_then(Observed::value);
    let (github, notion) = match (github, input.content.value()) {
        (Some(github), Some(notion)) => (github, notion),
        (None, Some(notion)) => {
            draft.needs_look.github |= !notion.is_empty() && !issue.is_fresh();
            return;
        }
        (Some(github), None) => {
            draft.needs_body |= !github.is_empty();
            return;
        }
        (None, None) => return,
    };
    // The issue's address, which tells what references mean, may be known only once it is looked at.
    if input.place.is_none() && !issue.is_fresh() {
        draft.needs_look.github = true;
        return;
    }
    let (Some(text), Some(content)) = (text_of(github), text_of(notion)) else { return };
    let base = input.bases.get(&field);
    let outcome = merge_body(&BodyInput {
        direction: mapping.direction,
        policy: input.policy,
        base: base.and_then(|base| {
            Some(Sides { github: text_of(&base.github)?, notion: text_of(&base.notion)? })
        }),
        now: Sides { github: text, notion: content },
        times: times_of(input, field),
        place: input.place,
    });
    if outcome != FieldOutcome::Nothing && !input.content.is_fresh() {
        draft.needs_body = true;
        return;
    }
    match outcome {
        FieldOutcome::Nothing => {}
        FieldOutcome::Agree => draft.agree.push(field),
        // What Notion shows is remembered with the hold, so that it need not be read again.
        FieldOutcome::Hold { side, reason } => {
            draft.hold(Some(field), side, Some(notion.clone()), reason);
        }
        FieldOutcome::NeedsTimes => draft.needs_times.push(field),
        FieldOutcome::Write { to, why, conflict } => {
            let two_way = mapping.direction == Direction::Both;
            let observed = |value: &Value| Some(Cow::Owned(Observed::Value(value.clone())));
            let now = Sides { github: observed(github), notion: observed(notion) };
            draft.write(input, field, &now, to, Decision { why, conflict, two_way });
        }
    }
}

/// A side that was not looked at and has no base, while the other has something it might have to get.
fn blind_side(
    base: Option<&Sides<Value>>,
    seen: Sides<&Seen<'_>>,
    now: &Sides<Option<Cow<'_, Observed>>>,
) -> Option<Side> {
    let empty = |shown: &Observed| shown.value().is_some_and(Value::is_empty);
    Side::BOTH.into_iter().find(|side| {
        let other = now[side.other()].as_deref();
        base.is_none() && !seen[*side].is_fresh() && other.is_some_and(|shown| !empty(shown))
    })
}

fn times_of(input: &PairInput<'_>, field: Field) -> Times {
    if input.times_asked {
        Times::Known(input.times.get(&field).copied().unwrap_or_default())
    } else {
        Times::NotAsked
    }
}
