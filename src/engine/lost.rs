//! Creates whose outcome is unknown, or that cannot be paired: nothing is made again while what they made may still
//! appear (I3).

use chrono::{DateTime, TimeDelta, Utc};

use super::ground::Ground;
use super::holds;
use super::trouble::Trouble;
use crate::model::{IssueRef, ItemRef, PageId, Side, Sides};
use crate::remote::RemoteError;
use crate::sabotage::{Bug, planted};
use crate::store::{Intent, Pending, StoreError, Tx};

/// How long an object that was perhaps made may take to appear in a listing (DESIGN §3, Creates).
fn window(target: Side) -> TimeDelta {
    match target {
        Side::GitHub => TimeDelta::minutes(15),
        Side::Notion => TimeDelta::minutes(2),
    }
}

/// From when on a listing without the object proves that there is none. Measured from when the answer was known to be
/// lost: the request may have waited long for its turn after its intent was written down.
fn over_at(intent: &Intent) -> Option<DateTime<Utc>> {
    intent.lost?.checked_add_signed(window(intent.target))
}

/// Whether a listing that began then is late enough to show what the intent made.
pub(super) fn is_over(intent: &Intent, started: Sides<Option<DateTime<Utc>>>) -> bool {
    planted(Bug::CreateRepeated)
        || over_at(intent).is_some_and(|over| started[intent.target].is_some_and(|at| at >= over))
}

/// An item whose partner was perhaps made: it may still appear in a listing.
pub(super) fn unclear(ground: &Ground<'_>, intent: &Intent) -> Pending {
    Pending {
        sync: ground.sync,
        item: intent.source.clone(),
        reason: "an earlier attempt to make its partner may still appear".to_owned(),
        waits: true,
        due: over_at(intent),
        side: intent.target,
        attempts: 0,
    }
}

/// So often a page is looked for that the marker of one of our issues names and Notion does not show, before its issue gets
/// another.
const LOOKS: u32 = 3;

/// An issue made for a page that Notion does not show now, in whose words `why`; `None` once it was looked for often enough. Only
/// an empty database does not know the two as a pair.
pub(super) fn looked_for_again(
    ground: &Ground<'_>,
    issue: &IssueRef,
    page: PageId,
    why: &str,
) -> Result<Option<Pending>, Trouble> {
    let item = ItemRef::Issue(issue.clone());
    let known = ground.store.pending(ground.sync)?;
    let before = known.iter().find(|pending| pending.item == item);
    let now = ground.services.server_now(Side::Notion);
    if let Some(waiting) = before.filter(|before| before.due > now) {
        return Ok(Some(waiting.clone()));
    }
    let attempts = before.map_or(0, |pending| pending.attempts).saturating_add(1);
    let due = now.map(|now| holds::next_try(now, attempts));
    Ok((attempts < LOOKS).then(|| Pending {
        sync: ground.sync,
        item,
        reason: format!(
            "Notion does not show page {page}, which it was made for ({why}); give tandem access to it, or it gets another page"
        ),
        waits: true,
        due,
        side: Side::Notion,
        attempts,
    }))
}

/// Intents that an earlier process left: it sent nothing after both sides were listed now. Nor was anything lost later
/// than now: a server misdated an answer.
pub(super) fn date(
    ground: &Ground<'_>,
    started: Sides<Option<DateTime<Utc>>>,
) -> Result<(), Trouble> {
    ground.store.transaction(|tx| {
        for intent in tx.intents(ground.sync)? {
            let Some(now) = started[intent.target] else { continue };
            if intent.lost.is_none_or(|lost| lost > now) {
                tx.put_intent(&Intent { lost: Some(now), ..intent })?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// The answer to a create is lost now.
pub(super) fn note_lost(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    source: &ItemRef,
) -> Result<(), StoreError> {
    for intent in tx.intents(ground.sync)?.into_iter().filter(|intent| intent.source == *source) {
        let lost = ground.services.server_now(intent.target);
        tx.put_intent(&Intent { lost, ..intent })?;
    }
    Ok(())
}

/// Why a page gets no second issue.
pub(super) fn unpairable(made: &ItemRef) -> String {
    format!(
        "{made} was made for it and has a name that another issue had before: trash that one's page and start with an empty database file (keep the old one: it holds the history), and the two are paired"
    )
}

/// An issue was made for the page, and its name belongs to another pair: both are held, and nothing is made again.
pub(super) fn note_unpairable(
    ground: &Ground<'_>,
    page: PageId,
    issue: &IssueRef,
) -> Result<RemoteError, Trouble> {
    let (source, made) = (ItemRef::Page(page), ItemRef::Issue(issue.clone()));
    let reason = unpairable(&made);
    ground.store.transaction(|tx| {
        let known = tx.intents(ground.sync)?.into_iter().find(|intent| intent.source == source);
        let intent = known.unwrap_or_else(|| Intent {
            uuid: page.0,
            sync: ground.sync,
            target: Side::GitHub,
            source: source.clone(),
            at: ground.services.server_now(Side::GitHub).unwrap_or(DateTime::<Utc>::MAX_UTC),
            lost: None,
            made: None,
        });
        tx.put_intent(&Intent { made: Some(made.clone()), ..intent })?;
        tx.put_hold(&holds::item(ground, &source, Side::GitHub, 1, &reason))?;
        tx.drop_pending(ground.sync, &source)
    })?;
    Ok(RemoteError::Refused {
        side: Side::GitHub,
        status: 200,
        code: "name_used_before".to_owned(),
        what: reason,
        fields: Vec::new(),
    })
}
