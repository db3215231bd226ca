//! What both sides were seen to agree on becomes the base (I1), with what is held and no longer waits.

use super::case::Case;
use super::ground::Ground;
use super::holds;
use super::trouble::Trouble;
use crate::merge::{PairPlan, Step, agreed_sets};
use crate::model::{Field, NameSet, Side, Sides, Value};
use crate::store::{BaseRow, StoreError, Tx};

/// Nothing is left to send: commits what agrees, and records what is held.
pub(super) fn finish(ground: &Ground<'_>, case: &mut Case, plan: &PairPlan) -> Result<(), Trouble> {
    ground.store.transaction(|tx| finish_in(tx, ground, case, plan))?;
    Ok(())
}

/// The same inside a transaction; writes nothing when there is nothing to note.
pub(super) fn finish_in(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &mut Case,
    plan: &PairPlan,
) -> Result<(), StoreError> {
    commit(tx, ground, case, &agreed_fields(plan))?;
    let rows = holds::after(ground, case, &plan.holds);
    holds::record(tx, case, &rows)?;
    case.holds = rows;
    case.is_hold_new = false;
    case.remember_reading(tx, ground)?;
    if case.pending.take().is_some() {
        for item in [case.item(), crate::model::ItemRef::Page(case.pair.page)] {
            tx.drop_pending(ground.sync, &item)?;
        }
    }
    Ok(())
}

/// Makes the base of what the plan found in agreement. A write comes with it, whatever becomes of that: what was seen to
/// agree would else be forgotten with a lost answer, and what somebody takes away afterwards would come back.
pub(super) fn agree(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &mut Case,
    plan: &PairPlan,
) -> Result<(), StoreError> {
    let fields = agreed_fields(plan);
    if fields.is_empty() { Ok(()) } else { commit(tx, ground, case, &fields) }
}

fn agreed_fields(plan: &PairPlan) -> Vec<Field> {
    let agreed = plan.steps.iter().filter_map(|step| match step {
        Step::Agree(fields) => Some(fields),
        Step::Write { .. }
        | Step::RestorePage
        | Step::CloseIssue
        | Step::TrashPage
        | Step::Unlink { .. } => None,
    });
    agreed.flatten().copied().collect()
}

/// Makes what both sides show the base of these fields (I1), and notes the title and the digests of sides that agree as a
/// whole.
pub(super) fn commit(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &mut Case,
    fields: &[Field],
) -> Result<(), StoreError> {
    let mut rows = std::collections::BTreeMap::new();
    for field in fields {
        let (Some(github), Some(notion), Some(fingerprint)) = (
            case.value(Side::GitHub, *field),
            case.value(Side::Notion, *field),
            ground.fingerprint(*field),
        ) else {
            continue;
        };
        let value = agreed(case.bases.get(field), Sides { github, notion });
        case.bases.insert(*field, value.clone());
        rows.insert(*field, BaseRow { value, fingerprint: fingerprint.to_owned() });
    }
    if !rows.is_empty() {
        tx.put_bases(case.id(), &rows)?;
    }
    if rows.contains_key(&Field::Body) {
        // Whatever becomes of the rest: else the next reading would be the first of a base that was only sent.
        case.remember_reading(tx, ground)?;
    }
    let title = case.title();
    if title != case.pair.title {
        tx.set_title(case.id(), &title)?;
        case.pair.title = title;
    }
    for side in Side::BOTH {
        if let Some(fields) = case.fields(side)
            && case.agrees(ground, side)
        {
            tx.set_digest(case.id(), side, Some(ground.digest(fields)))?;
        }
    }
    Ok(())
}

/// The base after both sides showed `now`. Of two sets that still differ, because only one side was written yet or a
/// name was refused, what they have in common is agreed on, and nothing else (I1).
fn agreed(base: Option<&Sides<Value>>, now: Sides<Value>) -> Sides<Value> {
    let (Value::Names(github), Value::Names(notion)) = (&now.github, &now.notion) else {
        return now;
    };
    let none = NameSet::default();
    let names = |side: Side| match base.map(|base| &base[side]) {
        Some(Value::Names(names)) => names,
        Some(
            Value::Text(_)
            | Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Name(_)
            | Value::Time(_),
        )
        | None => &none,
    };
    let base = Sides { github: names(Side::GitHub), notion: names(Side::Notion) };
    let agreed = agreed_sets(base, Sides { github, notion });
    Sides { github: Value::Names(agreed.github), notion: Value::Names(agreed.notion) }
}
