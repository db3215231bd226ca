//! Deletions: only what a direct read confirmed counts (I7), and an edit on the other side beats it.

use super::pair::{PairInput, Seen, plan_live};
use super::plan::{FieldHold, PairPlan, Step};
use crate::model::{Field, Observed, OnIssueDeleted, OnPageTrashed, Side, Sides, State, Value};

/// Whether the side that is left holds an edit the other never got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edited {
    Yes,
    No,
    /// None of the fields that could tell has a base: nothing is closed or trashed on a guess (I13).
    Unknown,
}

/// The page is in the trash.
pub(super) fn plan_page_gone(input: &PairInput<'_>, issue: &Seen<'_>) -> PairPlan {
    // A held edit never reaches the page anyway, and stays in the issue: restoring the page for it
    // would bring it back each time a person trashes it.
    let gone = Sides { github: false, notion: true };
    match (edited(input, Side::GitHub, issue, Held::Ignored), input.policy.on_page_trashed) {
        (Edited::Yes, OnPageTrashed::Unlink | OnPageTrashed::Close) => {
            let mut plan = plan_live(input, issue, &Seen::AsInBase);
            plan.steps.insert(0, Step::RestorePage);
            // What the page shows is known once it is restored; the next cycle plans with that.
            plan.needs_look.clear();
            plan.needs_body = false;
            plan
        }
        (Edited::No, OnPageTrashed::Close) => {
            let why = "the page was trashed; `on_page_trashed = close`";
            let close = (!is_closed(input, issue)).then_some(Step::CloseIssue);
            let steps = close.into_iter().chain([unlink(why, gone)]).collect();
            PairPlan { steps, ..PairPlan::default() }
        }
        (Edited::Unknown, OnPageTrashed::Close) => only_unlink(
            "the page was trashed; without a base to compare with, the issue stays open",
            gone,
        ),
        (Edited::No | Edited::Unknown, OnPageTrashed::Unlink) => {
            only_unlink("the page was trashed; the issue stays", gone)
        }
    }
}

/// The issue is deleted.
pub(super) fn plan_issue_gone(input: &PairInput<'_>, page: &Seen<'_>) -> PairPlan {
    let gone = Sides { github: true, notion: false };
    match (edited(input, Side::Notion, page, Held::Counts), input.policy.on_issue_deleted) {
        (Edited::Yes, OnIssueDeleted::Unlink | OnIssueDeleted::Trash) => {
            let why = "the issue was deleted on GitHub while edited in Notion; the page stays";
            let note =
                FieldHold { field: None, side: Side::GitHub, value: None, reason: why.to_owned() };
            PairPlan { steps: vec![unlink(why, gone)], holds: vec![note], ..PairPlan::default() }
        }
        (Edited::No, OnIssueDeleted::Trash) => {
            let why = "the issue was deleted; `on_issue_deleted = trash`";
            let steps = vec![Step::TrashPage, unlink(why, gone)];
            PairPlan { steps, ..PairPlan::default() }
        }
        (Edited::Unknown, OnIssueDeleted::Trash) => only_unlink(
            "the issue was deleted; without a base to compare with, the page stays",
            gone,
        ),
        (Edited::No | Edited::Unknown, OnIssueDeleted::Unlink) => {
            only_unlink("the issue was deleted; the page stays", gone)
        }
    }
}

/// Nothing is left to keep in step.
pub(super) fn plan_both_gone() -> PairPlan {
    only_unlink("the issue and the page are both deleted", Sides { github: true, notion: true })
}

fn unlink(why: &str, gone: Sides<bool>) -> Step {
    Step::Unlink { why: why.to_owned(), gone }
}

fn only_unlink(why: &str, gone: Sides<bool>) -> PairPlan {
    PairPlan { steps: vec![unlink(why, gone)], ..PairPlan::default() }
}

/// Whether held and unreadable values count as edits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Counts,
    Ignored,
}

/// Compares what people may edit on `side` with its base.
fn edited(input: &PairInput<'_>, side: Side, seen: &Seen<'_>, held: Held) -> Edited {
    let telling = input.mapping.fields.iter().filter(|(field, mapping)| {
        !field.is_githubs_own() && mapping.direction.source().is_none_or(|source| source == side)
    });
    let differs: Vec<Option<bool>> =
        telling.map(|(field, _)| differs(input, side, seen, held, *field)).collect();
    if differs.contains(&Some(true)) {
        Edited::Yes
    } else if differs.is_empty() || differs.contains(&Some(false)) {
        Edited::No
    } else {
        Edited::Unknown
    }
}

/// Whether one field holds an edit; `None` when it has no base.
fn differs(
    input: &PairInput<'_>,
    side: Side,
    seen: &Seen<'_>,
    held: Held,
    field: Field,
) -> Option<bool> {
    let base = input.bases.get(&field)?;
    if (side, field) == (Side::Notion, Field::Body) {
        return Some(input.content.value().is_some_and(|content| *content != base.notion));
    }
    Some(match seen.shows(side, field, input.bases).as_deref() {
        None => false,
        Some(Observed::Unreadable(_)) => held == Held::Counts,
        Some(Observed::Value(value)) => {
            let rests = held == Held::Ignored && input.resting.contains_key(&field);
            *value != base[side] && !rests
        }
    })
}

/// Whether the issue is known to be closed; then it keeps the reason it was closed for.
fn is_closed(input: &PairInput<'_>, issue: &Seen<'_>) -> bool {
    let shown = issue.shows(Side::GitHub, Field::State, input.bases);
    let value = shown.as_deref().and_then(Observed::value);
    matches!(value, Some(Value::State(State::Closed(_))))
}
