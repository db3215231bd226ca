//! What has to be looked at although no listing shows it: failed, held or waiting items whose time has come, and the
//! sources of creates whose answer was lost.

use std::collections::{BTreeMap, BTreeSet};

use super::again::retry;
use super::case::Case;
use super::ground::Ground;
use super::holds::is_look;
use super::lost;
use super::observe::Observation;
use super::pairs::{is_linked, pair_of};
use super::trouble::Trouble;
use crate::model::{ItemRef, Side};
use crate::remote::{Lookup, RemoteError};
use crate::sabotage::{Bug, planted};
use crate::store::{HoldRow, PairId};

/// So many pairs out of sight are looked for in one cycle; the others stay due (I14).
const MAX_LOOKS: usize = 50;

/// Pairs that are looked at closely whenever a listing shows them, with how often they failed when they are pending.
pub(super) fn attention(
    ground: &Ground<'_>,
    recovered: &[PairId],
) -> Result<BTreeMap<PairId, Option<u32>>, Trouble> {
    let mut attention: BTreeMap<PairId, Option<u32>> =
        recovered.iter().map(|id| (*id, None)).collect();
    for hold in ground.store.holds(ground.sync)? {
        if let Some(pair) = hold.pair {
            attention.entry(pair).or_insert(None);
        }
    }
    for pending in ground.store.pending(ground.sync)? {
        if let Some(pair) = pair_of(ground, &pending.item)? {
            attention.insert(pair.id, Some(pending.attempts));
        }
    }
    Ok(attention)
}

/// Adds what is due to what was seen; in a full scan that is whatever waits.
pub(super) async fn add(
    ground: &Ground<'_>,
    seen: &mut Observation,
    full: bool,
) -> Result<(), Trouble> {
    let now = |side: Side| ground.services.server_now(side);
    let is_due = |at, side| now(side).is_none_or(|now| at <= now);
    for pending in ground.store.pending(ground.sync)? {
        let due = match pending.due {
            Some(at) => is_due(at, pending.side),
            // What only waits shows up in a listing by itself.
            None => !pending.waits,
        };
        if due || full {
            let added = add_item(ground, seen, &pending.item, Some(pending.attempts)).await;
            if let Some(error) = poison(&pending.item, added)? {
                let attempts = Some(pending.attempts);
                seen.failed.extend(retry(ground, &pending.item, attempts, &error));
            }
        }
    }
    let holds = ground.store.holds(ground.sync)?;
    let is_tried = |hold: &HoldRow| hold.next_try.is_some_and(|at| is_due(at, hold.side));
    let aside = aside(ground, &holds, is_tried);
    for hold in holds.iter().filter(|hold| !hold.by_person) {
        let is_aside = hold.pair.is_some_and(|pair| aside.contains(&pair));
        if is_tried(hold) && !is_aside || full {
            let added = add_item(ground, seen, &hold.item, None).await;
            poison(&hold.item, added)?;
        }
    }
    for intent in ground.store.intents(ground.sync)? {
        let item = match &intent.made {
            // Sent again only after a complete listing without it that began after the window.
            None if planted(Bug::WaitingForgotten) => None,
            None => lost::is_over(&intent, seen.started).then_some(&intent.source),
            // Paired once its name is free.
            Some(made) => pair_of(ground, made)?.is_none().then_some(made),
        };
        if let Some(item) = item {
            let added = add_item(ground, seen, item, None).await;
            poison(item, added)?;
        }
    }
    Ok(())
}

/// Pairs that are held as a whole, of which no value is tried now: what holds them is not due, or more are than one cycle
/// looks for.
fn aside(
    ground: &Ground<'_>,
    holds: &[HoldRow],
    is_tried: impl Fn(&HoldRow) -> bool,
) -> BTreeSet<PairId> {
    let whole = holds.iter().filter(|hold| hold.field.is_none());
    let (tried, resting): (Vec<&HoldRow>, Vec<&HoldRow>) =
        whole.partition(|hold| !hold.by_person && is_tried(hold));
    let looks: Vec<&HoldRow> = tried.into_iter().filter(|hold| is_look(hold)).collect();
    let left = looks.get(MAX_LOOKS..).unwrap_or_default();
    if !left.is_empty() {
        let (sync, left) = (&ground.config.name, left.len());
        tracing::info!(%sync, left, "more pairs are out of sight than one cycle looks for; the next goes on");
    }
    resting.iter().chain(left).filter_map(|hold| hold.pair).collect()
}

/// What kept one item from being read. It stays recorded, and the others go on (I9).
fn poison(item: &ItemRef, added: Result<(), Trouble>) -> Result<Option<RemoteError>, Trouble> {
    match added {
        Ok(()) => Ok(None),
        Err(Trouble::Remote { error, .. }) if !error.stops_the_side() => {
            tracing::warn!(%item, %error, "cannot be looked at; the others go on");
            Ok(Some(error))
        }
        Err(trouble) => Err(trouble),
    }
}

/// Adds one item, unless it was seen already.
async fn add_item(
    ground: &Ground<'_>,
    seen: &mut Observation,
    item: &ItemRef,
    attempts: Option<u32>,
) -> Result<(), Trouble> {
    // A repository that left the config takes its items with it.
    if matches!(item, ItemRef::Issue(at) if !ground.covers(&at.repo)) {
        return Ok(());
    }
    if let Some(pair) = pair_of(ground, item)? {
        if let Some(case) = seen.cases.get_mut(&pair.id) {
            case.pending = case.pending.or(attempts);
        } else if is_linked(&pair) && ground.covers(&pair.issue.repo) {
            let case = Case { pending: attempts, ..Case::load(ground, pair)? };
            seen.cases.insert(case.id(), case);
        } else if !is_linked(&pair) {
            // It failed once in the cycle that gave the pair up.
            ground.store.transaction(|tx| tx.drop_pending(ground.sync, item))?;
        }
        return Ok(());
    }
    let what = |error| Trouble::remote(&item.to_string(), error);
    let is_gone = match item {
        ItemRef::Issue(at) => {
            if seen.issues.contains_key(at) || seen.unseen.contains(&at.repo) {
                return Ok(());
            }
            let found = ground.services.github.issue(at, &ground.mapping).await;
            match found.map_err(what)? {
                Lookup::Found(issue) if !issue.is_pull_request => {
                    seen.issues.insert(issue.at.clone(), issue);
                    false
                }
                Lookup::Found(_) | Lookup::Gone | Lookup::Moved(_) => true,
                Lookup::Hidden(_) => false,
            }
        }
        ItemRef::Page(id) => {
            if seen.pages.contains_key(id) {
                return Ok(());
            }
            let found = ground.services.notion.page(*id, &ground.mapping).await;
            match found.map_err(what)? {
                Lookup::Found(page) if !page.in_trash => {
                    seen.pages.insert(page.id, page);
                    false
                }
                Lookup::Found(_) | Lookup::Gone | Lookup::Moved(_) => true,
                Lookup::Hidden(_) => false,
            }
        }
    };
    if is_gone {
        ground.store.transaction(|tx| {
            for intent in tx.intents(ground.sync)?.iter().filter(|intent| intent.source == *item) {
                tx.drop_intent(ground.sync, intent.uuid)?;
            }
            tx.drop_pending(ground.sync, item)?;
            tx.drop_hold(ground.sync, item, None)
        })?;
    }
    Ok(())
}
