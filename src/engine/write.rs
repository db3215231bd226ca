//! One write to one side: history and in-flight rows, the request, and what its answer showed (I2, I4).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::case::Case;
use super::commit::{agree, commit};
use super::ground::Ground;
use super::hands::Hands;
use super::holds;
use super::replaced::{Replaced, add_history};
use super::sight::Sight;
use super::trouble::Trouble;
use crate::merge::{PairPlan, Planned, Step};
use crate::model::{Change, Field, Issue, Page, Side, Sides, Value};
use crate::remote::{Refusal, RemoteError, Written};
use crate::sabotage::{Bug, planted};
use crate::store::{HoldRow, InFlight, PairId, StoreError, Tx};

/// A page that was seen so long before our write arrived may have been typed into since. Many writes at once take some
/// seconds each.
const LATE_AFTER: Duration = Duration::from_secs(15);

/// History and in-flight rows, the request, and what came of it; says whether anything was written.
pub(super) async fn write(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    side: Side,
    planned: &[Planned],
    plan: &PairPlan,
) -> Result<bool, Trouble> {
    let planned: Vec<&Planned> = planned
        .iter()
        .filter(|planned| side == Side::GitHub || planned.change.field != Field::Body)
        .collect();
    let is_late = planted(Bug::HistoryAfterSend);
    let arrived = BodyArrived::of(ground, case, side, plan);
    ground.store.transaction(|tx| {
        if !is_late {
            note(tx, ground, case, side, &planned)?;
        }
        if planted(Bug::BaseBeforeAnswer) {
            commit_planned(tx, ground, case, &planned)?;
        }
        agree(tx, ground, case, plan)?;
        let now = ground.services.server_now(side);
        let changes = planned.iter().map(|planned| &planned.change);
        tx.put_in_flight(&in_flight(case.id(), side, now, changes, arrived.as_ref()))
    })?;
    let changes: Vec<Change> = planned.iter().map(|planned| planned.change.clone()).collect();
    let sent = match side {
        Side::GitHub => match case.marked_issue() {
            Some(issue) => {
                let sent = hands.github.update(&issue, &ground.mapping, &changes).await;
                sent.map(Answer::Issue)
            }
            None => return Ok(false),
        },
        Side::Notion => match case.notion.item() {
            Some(page) => {
                let sent =
                    hands.notion.update(page, &ground.source, &ground.mapping, &changes).await;
                sent.map(Answer::Page)
            }
            None => return Ok(false),
        },
    };
    if is_late {
        ground.store.transaction(|tx| note(tx, ground, case, side, &planned))?;
    }
    match sent {
        Ok(answer) => {
            let is_echo = side == Side::GitHub && shows_updated(case);
            let has_waited = case.notion.age().is_some_and(|age| age > LATE_AFTER);
            let is_late = side == Side::Notion && has_waited && ground.mapping.has_body();
            let refused = take(case, answer);
            let (is_body_half, half) = (is_body_half(plan), arrived.and_then(BodyArrived::half));
            let came = Came { refused: &refused, is_echo, is_body_half, half, is_late };
            acknowledge(ground, case, side, &changes, &came)?;
            Ok(refused.len() < changes.len())
        }
        Err(error) => Err(refuse(ground, case, side, error)?),
    }
}

/// Every value that is about to be replaced, into history (I2).
fn note(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &Case,
    side: Side,
    planned: &[&Planned],
) -> Result<(), StoreError> {
    let kept = planned.iter().filter(|planned| !(planned.conflict && planted(Bug::LoserForgotten)));
    for planned in kept {
        let rule = planned.why.to_string();
        add_history(tx, ground, case, &Replaced::by(&planned.change, side, &rule))?;
    }
    Ok(())
}

/// The base as it would be if all of this had been written: what [`Bug::BaseBeforeAnswer`] commits.
fn commit_planned(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &Case,
    planned: &[&Planned],
) -> Result<(), StoreError> {
    for Change { field, to, .. } in planned.iter().map(|planned| &planned.change) {
        let fingerprint = ground.fingerprint(*field).unwrap_or_default();
        tx.put_base(case.id(), *field, Sides { github: to, notion: to }, fingerprint)?;
    }
    Ok(())
}

/// The answer to a write: the item as it is now.
pub(super) enum Answer {
    Issue(Written<Issue>),
    Page(Written<Page>),
}

/// Takes the answer as the new observation.
pub(super) fn take(case: &mut Case, answer: Answer) -> Vec<Refusal> {
    match answer {
        Answer::Issue(written) => {
            case.pair.own.github = Some(written.observed.updated);
            case.github = Sight::here(written.observed);
            written.refused
        }
        Answer::Page(written) => {
            case.pair.own.notion = Some(written.observed.edited);
            case.notion = Sight::here(written.observed);
            written.refused
        }
    }
}

/// What came of a write.
struct Came<'a> {
    refused: &'a [Refusal],
    /// Whether nobody else's change is still on its way to Notion.
    is_echo: bool,
    /// Whether the other half of a merged body is still to be written.
    is_body_half: bool,
    /// The body's base once this half is there.
    half: Option<Sides<Value>>,
    /// Whether the page had to wait for it, and may show what somebody typed meanwhile.
    is_late: bool,
}

/// Whether the body is written to both sides: then the two agree only after the second write.
pub(super) fn is_body_half(plan: &PairPlan) -> bool {
    let writes_body = |step: &&Step| match step {
        Step::Write { changes, .. } => {
            changes.iter().any(|planned| planned.change.field == Field::Body)
        }
        Step::Agree(_)
        | Step::RestorePage
        | Step::CloseIssue
        | Step::TrashPage
        | Step::Unlink { .. } => false,
    };
    plan.steps.iter().filter(writes_body).count() > 1 && !planted(Bug::HalfMergeAgreed)
}

/// What the body's base is to be once the body that is written to one side is seen to have arrived.
pub(super) struct BodyArrived {
    /// What the other side shows.
    other: Value,
    /// Of half a merge: what this side says without its own edits, which the other side does not say yet.
    half: Option<Value>,
}

impl BodyArrived {
    /// `None` where the other side shows no body, or for a half of which no base can be told.
    pub(super) fn of(
        ground: &Ground<'_>,
        case: &Case,
        side: Side,
        plan: &PairPlan,
    ) -> Option<Self> {
        if !is_body_half(plan) {
            return Some(Self { other: case.value(side.other(), Field::Body)?, half: None });
        }
        match side {
            Side::GitHub => {
                let Sides { github, notion } = case.base_of_other_half(ground)?;
                Some(Self { other: notion, half: Some(github) })
            }
            // GitHub gets its half first, and with that the page's is the whole.
            Side::Notion => None,
        }
    }

    /// That base, where `side` was sent `sent`.
    pub(super) fn base(self, side: Side, sent: Value) -> Sides<Value> {
        let mut base = Sides { github: self.other.clone(), notion: self.other };
        base[side] = self.half.unwrap_or(sent);
        base
    }

    /// The same of the half of a merge that GitHub got.
    fn half(self) -> Option<Sides<Value>> {
        Some(Sides { github: self.half?, notion: self.other })
    }
}

/// Commits what the answer showed; what was refused is held.
fn acknowledge(
    ground: &Ground<'_>,
    case: &mut Case,
    side: Side,
    changes: &[Change],
    came: &Came<'_>,
) -> Result<(), Trouble> {
    let (mut taken, mut settled): (Vec<Field>, Vec<Field>) = (Vec::new(), Vec::new());
    let mut rows: Vec<HoldRow> = Vec::new();
    for change in changes {
        let Some(refusal) = came.refused.iter().find(|refusal| refusal.field == change.field)
        else {
            taken.push(change.field);
            if change.field != Field::Body || !came.is_body_half {
                settled.push(change.field);
            }
            continue;
        };
        // Of a set one name may be refused while the others arrive.
        if matches!(change.to, Value::Names(_)) {
            settled.push(change.field);
        }
        let (field, to) = (Some(change.field), Some(change.to.clone()));
        rows.push(holds::refused(ground, case, side, field, to, &refusal.reason));
    }
    let has_half = side == Side::GitHub && came.is_body_half && taken.contains(&Field::Body);
    let half = came.half.as_ref().filter(|_| has_half);
    // Our own write moves GitHub's `updated`; that alone is no news for Notion.
    let echo = echo(case).filter(|_| came.is_echo);
    ground.store.transaction(|tx| {
        if let Some((field, value)) = echo {
            let fingerprint = ground.fingerprint(field).unwrap_or_default();
            tx.put_base(case.id(), field, value.as_ref(), fingerprint)?;
            case.bases.insert(field, value);
        }
        if let (Some(base), Some(fingerprint)) = (half, ground.fingerprint(Field::Body)) {
            tx.put_base(case.id(), Field::Body, base.as_ref(), fingerprint)?;
            case.bases.insert(Field::Body, base.clone());
            case.remember_reading(tx, ground)?;
        }
        commit(tx, ground, case, &settled)?;
        for row in &rows {
            tx.put_hold(row)?;
        }
        // What was refused before and is taken now is no longer held.
        for field in &taken {
            if case.holds.iter().any(|hold| hold.field == Some(*field) && !hold.by_person) {
                tx.drop_hold(ground.sync, &case.item(), Some(*field))?;
            }
        }
        if let Some(page) = case.notion.item().filter(|_| side == Side::Notion) {
            ground.meet_ourselves(tx, page)?;
        }
        if let Some(at) = case.pair.own[side] {
            tx.set_own_write(case.id(), side, at)?;
        }
        if came.is_late {
            case.doubt_content(tx)?;
        }
        tx.clear_in_flight(case.id(), side)
    })?;
    case.holds.retain(|hold| {
        hold.by_person
            || !(hold.field.is_some_and(|field| taken.contains(&field))
                || rows.iter().any(|row| row.field == hold.field))
    });
    case.holds.extend(rows);
    Ok(())
}

/// Whether the page has been told of the issue's last change. If not, somebody else's change is still on its way to
/// Notion, and our own write must not hide it.
fn shows_updated(case: &Case) -> bool {
    let base = case.bases.get(&Field::Updated).map(|base| &base.github);
    base.is_some() && base == case.value(Side::GitHub, Field::Updated).as_ref()
}

fn echo(case: &Case) -> Option<(Field, Sides<Value>)> {
    let base = case.bases.get(&Field::Updated)?;
    let github = case.value(Side::GitHub, Field::Updated)?;
    Some((Field::Updated, Sides { github, notion: base.notion.clone() }))
}

/// What a failed write leaves behind. In-flight rows stay where something may have been written: the next cycle reads.
pub(super) fn refuse(
    ground: &Ground<'_>,
    case: &mut Case,
    side: Side,
    error: RemoteError,
) -> Result<Trouble, Trouble> {
    let nothing_written = match (&error, side) {
        (RemoteError::Unclear { .. } | RemoteError::Nonsense { .. }, _) => false,
        // A write to GitHub may take several requests, and some of them may have gone through.
        (_, Side::GitHub) => false,
        (_, Side::Notion) => true,
    };
    let hold = match &error {
        RemoteError::Refused { .. } => {
            Some(holds::refused(ground, case, side, None, None, &error.to_string()))
        }
        RemoteError::Transient { .. }
        | RemoteError::Limited { .. }
        | RemoteError::Unclear { .. }
        | RemoteError::Auth { .. }
        | RemoteError::Gone { .. }
        | RemoteError::Moved { .. }
        | RemoteError::Missing { .. }
        | RemoteError::Nonsense { .. } => None,
    };
    ground.store.transaction(|tx| {
        if nothing_written {
            tx.clear_in_flight(case.id(), side)?;
        }
        hold.iter().try_for_each(|hold| tx.put_hold(hold))
    })?;
    Ok(Trouble::remote(&case.item().to_string(), error))
}

/// What is about to be sent, not before `sent_at` of that side's clock.
pub(super) fn in_flight<'c>(
    pair: PairId,
    side: Side,
    sent_at: Option<DateTime<Utc>>,
    changes: impl IntoIterator<Item = &'c Change>,
    arrived: Option<&BodyArrived>,
) -> Vec<InFlight> {
    changes
        .into_iter()
        .map(|change| {
            let arrived = arrived.filter(|_| change.field == Field::Body);
            InFlight {
                pair,
                side,
                field: change.field,
                from: change.from.clone(),
                to: change.to.clone(),
                other: arrived.map(|arrived| arrived.other.clone()),
                half: arrived.and_then(|arrived| arrived.half.clone()),
                sent_at,
            }
        })
        .collect()
}
