//! One pair, brought into step: plan, one write, take the answer as the new observation, plan again.

use super::case::Case;
use super::commit::finish;
use super::ending::{close, restore, trash, unlink};
use super::ground::Ground;
use super::hands::Hands;
use super::holds;
use super::images::upload_new;
use super::trouble::Trouble;
use super::write::write;
use super::write_content::write_content;
use crate::merge::{PairPlan, Planned, Step};
use crate::model::{Field, Fields, Observed, Side, Sides, Value};

/// So many steps one pair may take in a cycle: a look and a write per side, and what they lead to (I14). Two bodies that
/// change each other in turn are held before that, so that they do not write on in the next cycle.
const MAX_ROUNDS: usize = 5 * MAX_BODIES as usize + 10;

/// So many bodies one side may get in a cycle: a merge that does not come to rest is a fault of ours, and must not write on for
/// ever (I6). Twice is enough for what somebody typed in between.
const MAX_BODIES: u32 = 3;

/// In so many cycles in a row a pair may have got too many bodies before its body is held.
const RESTLESS_CYCLES: u32 = 2;

/// What was done to one pair.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) updated: Sides<bool>,
    pub(super) unlinked: bool,
}

/// Works on one pair until nothing is left to do. `guarded` is the plan the brake has seen: closing and trashing happen
/// only if they were part of it (I8).
pub(super) async fn settle(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    guarded: &PairPlan,
) -> Result<Done, Trouble> {
    let mut done = Done::default();
    let mut turn = None;
    let mut bodies = Sides::<u32>::default();
    for _ in 0..MAX_ROUNDS {
        let plan = case.plan(ground).await?;
        let Some(step) = plan.steps.iter().find(|step| !matches!(step, Step::Agree(_))) else {
            finish(ground, case, &plan)?;
            return Ok(done);
        };
        match step {
            Step::Agree(_) => {}
            Step::Write { side: Side::GitHub, .. } if turn.is_none() => {
                turn = Some(hands.github_turn.lock().await);
            }
            Step::Write { side: Side::Notion, changes } if is_body_alone(changes) => {
                let body = changes.first().map(|planned| planned.change.clone());
                let has_waited = match &body {
                    Some(body) => upload_new(ground, hands, case, &body.from, &body.to).await,
                    None => false,
                };
                if has_waited || case.is_content_stale() {
                    case.read_content(ground).await?;
                } else if bodies.notion >= MAX_BODIES {
                    wait_or_hold(ground, case, Side::Notion)?;
                } else {
                    let is_written = write_content(ground, hands, case, &plan).await?;
                    bodies.notion += u32::from(is_written);
                    done.updated.notion |= is_written;
                }
            }
            Step::Write { side, .. } if case.is_stale(*side) => case.look(ground, *side).await?,
            Step::Write { side: Side::GitHub, changes }
                if has_body(changes) && bodies.github >= MAX_BODIES =>
            {
                wait_or_hold(ground, case, Side::GitHub)?;
            }
            Step::Write { side, changes } => {
                let is_written = write(ground, hands, case, *side, changes, &plan).await?;
                if *side == Side::GitHub && has_body(changes) {
                    bodies.github += u32::from(is_written);
                }
                done.updated[*side] |= is_written;
                turn = None;
            }
            Step::RestorePage => restore(ground, hands, case).await?,
            Step::CloseIssue | Step::TrashPage if !guarded.steps.contains(step) => {
                // Only the next cycle's brake may let it go.
                let reason = "a deletion was found only now; the next cycle decides on it";
                return Err(Trouble::Later(reason.to_owned()));
            }
            // An edit that no listing has shown yet beats the deletion.
            Step::CloseIssue if case.is_stale(Side::GitHub) => {
                case.look(ground, Side::GitHub).await?;
            }
            Step::TrashPage if case.is_stale(Side::Notion) => {
                case.look(ground, Side::Notion).await?;
            }
            Step::CloseIssue => {
                close(ground, hands, case).await?;
                done.updated.github = true;
                done.unlinked = unlink(ground, case, &plan)?;
                return Ok(done);
            }
            Step::TrashPage => {
                trash(ground, hands, case).await?;
                done.updated.notion = true;
                done.unlinked = unlink(ground, case, &plan)?;
                return Ok(done);
            }
            Step::Unlink { .. } => match unseen_side(case) {
                Some(side) => case.look(ground, side).await?,
                None => {
                    done.unlinked = unlink(ground, case, &plan)?;
                    return Ok(done);
                }
            },
        }
    }
    Err(Trouble::Later(format!("the pair does not come to rest after {MAX_ROUNDS} steps")))
}

fn has_body(changes: &[Planned]) -> bool {
    changes.iter().any(|planned| planned.change.field == Field::Body)
}

/// Somebody who types all the while has the pair wait for the next cycle. One that comes to rest in none is held.
fn wait_or_hold(ground: &Ground<'_>, case: &mut Case, side: Side) -> Result<(), Trouble> {
    if case.pending.unwrap_or(0) < RESTLESS_CYCLES {
        let reason = "both bodies were changed again while they were put together";
        return Err(Trouble::Later(reason.to_owned()));
    }
    let reason = "the two bodies do not come to rest: each is changed to agree with the other, and they differ again; make both the same";
    let shown = case.known_body().cloned();
    let row = holds::body(ground, case, side, shown, reason);
    case.holds.retain(|hold| hold.by_person || hold.field != Some(Field::Body));
    case.holds.push(row);
    case.is_hold_new = true;
    Ok(())
}

/// The page's content has a request of its own, after that for the properties.
fn is_body_alone(changes: &[Planned]) -> bool {
    changes.iter().all(|planned| planned.change.field == Field::Body)
}

fn unseen_side(case: &Case) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| !case.is_looked_at(*side))
}

/// What a side shows for a field, for recovery.
pub(super) fn shown(fields: &Fields, field: Field) -> Option<&Value> {
    fields.get(&field).and_then(Observed::value)
}
