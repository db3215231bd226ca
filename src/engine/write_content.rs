//! One write of a page's content: like every write, but with a request of its own whose answer is a new reading.

use chrono::{DateTime, Timelike as _, Utc};

use super::case::Case;
use super::commit::{agree, commit};
use super::content::Reading;
use super::ground::Ground;
use super::hands::Hands;
use super::holds;
use super::images::attached;
use super::replaced::{Replaced, add_history};
use super::sight::Sight;
use super::trouble::Trouble;
use super::write::{BodyArrived, in_flight, is_body_half, refuse};
use crate::body::{is_in_page, is_somebody_elses};
use crate::merge::{PairPlan, Planned, Step};
use crate::model::{Field, Side, Sides, Value};
use crate::notion::{BODY_EDITED_MEANWHILE, BodyWritten, PAGE_IN_TRASH};
use crate::remote::RemoteError;
use crate::store::BodyRead;

/// History and in-flight row, the request, and what came of it; says whether anything was written.
pub(super) async fn write_content(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    plan: &PairPlan,
) -> Result<bool, Trouble> {
    let Some(planned) = planned(plan) else { return Ok(false) };
    let (Value::Body(from), Value::Body(meant)) = (&planned.change.from, &planned.change.to) else {
        return Ok(false);
    };
    let to = &attached(&case.images, from, meant);
    let arrived = BodyArrived::of(ground, case, Side::Notion, plan);
    ground.store.transaction(|tx| {
        let rule = planned.why.to_string();
        add_history(tx, ground, case, &Replaced::by(&planned.change, Side::Notion, &rule))?;
        agree(tx, ground, case, plan)?;
        let now = ground.services.server_now(Side::Notion);
        let change = [&planned.change];
        tx.put_in_flight(&in_flight(case.id(), Side::Notion, now, change, arrived.as_ref()))
    })?;
    match hands.notion.write_body(case.pair.page, &from.0, &to.0).await {
        Ok(written)
            if written.refused.is_some()
                && written.content.markdown != from.0
                && is_somebody_elses(&from.0, &to.0, &written.content.markdown) =>
        {
            // What is shown is somebody's edit besides our own, and the merge tells what to do with it. Ours it must not find
            // once more, as if both sides had typed it.
            let is_there = is_in_page(&from.0, &meant.0, &written.content.markdown);
            let sent = || planned.change.to.clone();
            let base =
                arrived.filter(|_| is_there).map(|arrived| arrived.base(Side::Notion, sent()));
            take(ground, case, Reading::of(written.content), base)?;
            Ok(true)
        }
        Ok(written) => acknowledge(ground, case, &planned.change.from, written, is_body_half(plan)),
        Err(error) if is(&error, BODY_EDITED_MEANWHILE) => {
            // Read and planned again, and never written over blindly.
            case.reading = None;
            nothing_written(ground, case)
        }
        Err(error) if is(&error, PAGE_IN_TRASH) => {
            case.notion = Sight::Gone;
            nothing_written(ground, case)
        }
        Err(error) => Err(refuse(ground, case, Side::Notion, error)?),
    }
}

/// The body on its way to Notion.
fn planned(plan: &PairPlan) -> Option<&Planned> {
    let changes = plan.steps.iter().find_map(|step| match step {
        Step::Write { side: Side::Notion, changes } => Some(changes),
        Step::Write { side: Side::GitHub, .. }
        | Step::Agree(_)
        | Step::RestorePage
        | Step::CloseIssue
        | Step::TrashPage
        | Step::Unlink { .. } => None,
    });
    changes?.iter().find(|planned| planned.change.field == Field::Body)
}

fn is(error: &RemoteError, wanted: &str) -> bool {
    matches!(error, RemoteError::Refused { code, .. } if code == wanted)
}

fn nothing_written(ground: &Ground<'_>, case: &Case) -> Result<bool, Trouble> {
    ground.store.transaction(|tx| tx.clear_in_flight(case.id(), Side::Notion))?;
    Ok(false)
}

/// Takes what the page shows now, and the base that our own write made, where that is seen in it.
fn take(
    ground: &Ground<'_>,
    case: &mut Case,
    reading: Reading,
    base: Option<Sides<Value>>,
) -> Result<(), Trouble> {
    let edited = minute_of(reading.at());
    case.reading = Some(reading);
    ground.store.transaction(|tx| {
        if let (Some(base), Some(fingerprint)) = (base, ground.fingerprint(Field::Body)) {
            tx.put_base(case.id(), Field::Body, base.as_ref(), fingerprint)?;
            case.bases.insert(Field::Body, base);
            // If this cycle comes no further, nothing else says that there is more on the page than we wrote.
            tx.set_body_read(case.id(), BodyRead::Again)?;
            case.pair.body_read = BodyRead::Again;
        }
        tx.set_own_write(case.id(), Side::Notion, edited)?;
        tx.clear_in_flight(case.id(), Side::Notion)
    })?;
    case.pair.own.notion = Some(edited);
    Ok(())
}

/// Takes what the page shows now. Where that is not what was meant, the body is held, and what the page shows is what is
/// known: the same text is not sent again (DESIGN §3, PutGet).
fn acknowledge(
    ground: &Ground<'_>,
    case: &mut Case,
    from: &Value,
    written: BodyWritten,
    is_half: bool,
) -> Result<bool, Trouble> {
    let reading = Reading::of(written.content);
    let (at, is_written) = (reading.at(), reading.body() != from);
    case.reading = Some(reading);
    case.holds.retain(|hold| hold.by_person || hold.field != Some(Field::Body));
    // What was refused as a whole is no agreement.
    let is_settled = !is_half && (is_written || written.refused.is_none());
    ground.store.transaction(|tx| {
        commit(tx, ground, case, if is_settled { &[Field::Body] } else { &[] })?;
        tx.drop_hold(ground.sync, &case.item(), Some(Field::Body))?;
        if let Some(reason) = &written.refused {
            let shown = case.known_body().cloned();
            let row = holds::body(ground, case, Side::Notion, shown, reason);
            tx.put_hold(&row)?;
            case.holds.push(row);
        }
        if is_written {
            // When the page will say that it was edited: to the minute.
            let edited = minute_of(at);
            tx.set_own_write(case.id(), Side::Notion, edited)?;
            case.pair.own.notion = Some(edited);
        }
        case.remember_reading(tx, ground)?;
        tx.clear_in_flight(case.id(), Side::Notion)
    })?;
    Ok(is_written)
}

fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at)
}
