//! Writes that an earlier process left in flight: their outcome is read, never guessed (DESIGN §3, Recover).

use super::case::Case;
use super::ground::Ground;
use super::settle::{Hands, Replaced, add_history, shown};
use super::trouble::Trouble;
use crate::model::{Change, Field, Side, Sides, State, Value};
use crate::store::{InFlight, PairId};

/// Settles every in-flight write of the sync; the pairs are planned afresh afterwards.
pub(super) async fn recover(
    ground: &Ground<'_>,
    hands: Option<&Hands>,
) -> Result<Vec<PairId>, Trouble> {
    let open = ground.store.in_flight(ground.sync)?;
    let mut pairs = Vec::new();
    for (id, writes) in open {
        let Some(pair) = ground.store.pair(id)? else { continue };
        // A repository that left the config takes its pairs with it.
        if !ground.covers(&pair.issue.repo) {
            continue;
        }
        pairs.push(id);
        // A dry run leaves them: what it plans is what a cycle would find.
        let Some(hands) = hands else { continue };
        let mut case = Case::load(ground, pair)?;
        for side in Side::BOTH {
            let writes: Vec<&InFlight> = writes.iter().filter(|write| write.side == side).collect();
            if !writes.is_empty()
                && let Err(trouble) = settle_side(ground, hands, &mut case, side, &writes).await
            {
                match trouble {
                    // The rows stay; the pair is tried again.
                    Trouble::Remote { what, error } => {
                        tracing::warn!(pair = %what, %error, "a write of an earlier run is still unclear");
                    }
                    other @ (Trouble::Store(_) | Trouble::Problems(_)) => return Err(other),
                }
            }
        }
    }
    Ok(pairs)
}

async fn settle_side(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    side: Side,
    writes: &[&InFlight],
) -> Result<(), Trouble> {
    case.look(ground, side).await?;
    if side == Side::GitHub {
        complete_reason(ground, hands, case, writes).await?;
    }
    let fields = case.fields(side);
    // What arrived is agreed on: the other side held it when it was sent.
    let arrived: Vec<(&InFlight, &Value)> = writes
        .iter()
        .filter_map(|write| {
            let now = fields.and_then(|fields| shown(fields, write.field))?;
            now.means_same(&write.to).then_some((*write, now))
        })
        .collect();
    ground.store.transaction(|tx| {
        for (write, now) in arrived {
            let Some(fingerprint) = ground.fingerprint(write.field) else { continue };
            // Each side in its own spelling.
            let value = match side {
                Side::GitHub => Sides { github: now, notion: &write.to },
                Side::Notion => Sides { github: &write.to, notion: now },
            };
            tx.put_base(case.id(), write.field, value, fingerprint)?;
        }
        tx.clear_in_flight(case.id(), side)
    })?;
    Ok(())
}

/// A reason is changed by reopening and closing again, as one step: an issue found open in between is closed.
async fn complete_reason(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    writes: &[&InFlight],
) -> Result<(), Trouble> {
    let state = writes.iter().find(|write| write.field == Field::State);
    let Some(InFlight {
        from: Value::State(State::Closed(_)),
        to: to @ Value::State(State::Closed(_)),
        ..
    }) = state
    else {
        return Ok(());
    };
    let Some(issue) = case.github.item().filter(|issue| issue.is_open) else { return Ok(()) };
    let change = Change { field: Field::State, from: Value::State(State::Open), to: to.clone() };
    ground.store.transaction(|tx| {
        let rule = "completes a change of the reason that was interrupted";
        add_history(tx, ground, case, &Replaced::by(&change, Side::GitHub, rule))
    })?;
    let written = hands.github.update(issue, &ground.mapping, &[change]).await;
    let written = written.map_err(|error| Trouble::remote(&case.pair.issue.to_string(), error))?;
    case.github = super::case::Sight::here(written.observed);
    Ok(())
}
