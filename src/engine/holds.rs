//! Holds: what is set aside, until its reason is gone (DESIGN §2, Values: refused values).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::case::Case;
use super::ground::Ground;
use crate::merge::FieldHold;
use crate::model::{Field, ItemRef, Side, Value};
use crate::sabotage::{Bug, planted};
use crate::store::{HoldRow, PairId, StoreError, Tx};

/// A refused value is tried again after this long, then after twice as long each time ...
const FIRST_TRY_SECS: i64 = 10 * 60;
/// ... but at least daily.
const LONGEST_TRY_SECS: i64 = 24 * 60 * 60;

/// When to try again after so many failed attempts, by the clock of the side that refused.
pub(super) fn next_try(now: DateTime<Utc>, attempts: u32) -> DateTime<Utc> {
    let doublings = attempts.saturating_sub(1).min(16);
    let secs = FIRST_TRY_SECS.saturating_mul(1 << doublings).min(LONGEST_TRY_SECS);
    now.checked_add_signed(TimeDelta::seconds(secs)).unwrap_or(now)
}

/// Fields of a pair that are not tried now, with the reason: refused lately, or held by a person.
pub(super) fn resting(ground: &Ground<'_>, case: &Case) -> BTreeMap<Field, String> {
    let resting = case.holds.iter().filter(|hold| rests(ground, case, hold));
    resting.filter_map(|hold| Some((hold.field?, hold.reason.clone()))).collect()
}

/// Why the whole pair is left alone now: it was refused lately, or is held by a person.
pub(super) fn whole_resting<'a>(ground: &Ground<'_>, case: &'a Case) -> Option<&'a HoldRow> {
    case.holds.iter().find(|hold| hold.field.is_none() && rests(ground, case, hold))
}

fn rests(ground: &Ground<'_>, case: &Case, hold: &HoldRow) -> bool {
    // A body is never sent again unchanged: it rests until one of its two sides changes.
    let rests_for_good = hold.field == Some(Field::Body) && !hold.digest.is_empty();
    let is_due = !rests_for_good
        && !planted(Bug::NeverRetried)
        && hold
            .next_try
            .is_none_or(|at| ground.services.server_now(hold.side).is_some_and(|now| at <= now));
    hold.by_person || (!is_due && hold.digest == digest(ground, case, hold.field, None))
}

/// Of all that could make a second try worth it: both values, the mapping and the schema; for a body, which is not tried
/// again as time goes by, the whole config. `content` is what the page's content shows, where that is not known yet.
fn digest(
    ground: &Ground<'_>,
    case: &Case,
    field: Option<Field>,
    content: Option<&Value>,
) -> String {
    let mut hasher = Sha256::new();
    if field == Some(Field::Body) {
        hasher.update(&ground.shape);
    }
    let places = ground.mapping.fields.iter();
    for (field, place) in places.filter(|(of, _)| field.is_none_or(|field| field == **of)) {
        hasher.update(&place.fingerprint);
        let property = ground.source.property(&place.property);
        hasher.update(serde_json::to_vec(&property).unwrap_or_default());
        for side in Side::BOTH {
            let is_content = (side, *field) == (Side::Notion, Field::Body);
            let given = content.filter(|_| is_content).cloned();
            let value = given.or_else(|| case.value(side, *field));
            hasher.update(serde_json::to_vec(&value).unwrap_or_default());
        }
    }
    let mut hex = hex::encode(hasher.finalize());
    hex.truncate(16);
    hex
}

/// A value, or with no field the whole pair, that `side` refused.
pub(super) fn refused(
    ground: &Ground<'_>,
    case: &Case,
    side: Side,
    field: Option<Field>,
    value: Option<Value>,
    reason: &str,
) -> HoldRow {
    if field == Some(Field::Body) {
        return body(ground, case, side, case.known_body().cloned(), reason);
    }
    let before = case.holds.iter().find(|hold| hold.field == field && !hold.by_person);
    let digest = digest(ground, case, field, None);
    let same = before.filter(|hold| hold.digest == digest);
    let attempts = same.map_or(0, |hold| hold.attempts).saturating_add(1);
    let row = hold(ground, case.item(), Some(case.id()), field, side, reason);
    HoldRow { value, digest, attempts, next_try: later(ground, side, attempts), ..row }
}

/// A body that cannot be carried or was not taken. `content` is what the page's content shows: with it the hold is known
/// by, and it need not be read again.
pub(super) fn body(
    ground: &Ground<'_>,
    case: &Case,
    side: Side,
    content: Option<Value>,
    reason: &str,
) -> HoldRow {
    let field = Some(Field::Body);
    let digest = digest(ground, case, field, content.as_ref());
    let row = hold(ground, case.item(), Some(case.id()), field, side, reason);
    HoldRow { value: content, digest, ..row }
}

/// What failed on its way and was not refused: it is sent again as it is, whenever its pair is looked at.
pub(super) fn tried_again(ground: &Ground<'_>, row: HoldRow) -> HoldRow {
    HoldRow { digest: String::new(), next_try: later(ground, row.side, 1), ..row }
}

/// An item that cannot be paired, tried again like a refused value.
pub(super) fn item(
    ground: &Ground<'_>,
    item: &ItemRef,
    side: Side,
    attempts: u32,
    reason: &str,
) -> HoldRow {
    let row = hold(ground, item.clone(), None, None, side, reason);
    HoldRow { attempts, next_try: later(ground, side, attempts), ..row }
}

fn later(ground: &Ground<'_>, side: Side, attempts: u32) -> Option<DateTime<Utc>> {
    ground.services.server_now(side).map(|now| next_try(now, attempts))
}

fn hold(
    ground: &Ground<'_>,
    item: ItemRef,
    pair: Option<PairId>,
    field: Option<Field>,
    side: Side,
    reason: &str,
) -> HoldRow {
    HoldRow {
        sync: ground.sync,
        item,
        pair,
        field,
        side,
        value: None,
        reason: reason.to_owned(),
        digest: String::new(),
        attempts: 0,
        next_try: None,
        since: crate::clock::now_utc(),
        by_person: false,
    }
}

/// The rows that stand after a plan of the whole pair: what the plan holds now, and refused values that rest.
pub(super) fn after(ground: &Ground<'_>, case: &Case, holds: &[FieldHold]) -> Vec<HoldRow> {
    // What is not seen shows no reason to let a value go that was set aside; and a body's hold is where its content is known.
    let is_unseen = Side::BOTH.into_iter().any(|side| case.is_out_of_sight(side));
    let stays = |row: &&HoldRow| is_unseen && row.field.is_some() || rests(ground, case, row);
    let kept = case.holds.iter().filter(stays);
    let mut rows: Vec<HoldRow> = kept.cloned().collect();
    for planned in holds {
        if rows.iter().any(|row| row.field == planned.field && !row.by_person) {
            continue;
        }
        let before = case.holds.iter().find(|row| row.field == planned.field && !row.by_person);
        // Its time came after it was planned to rest: the next cycle tries it.
        if let Some(refused) = before.filter(|row| is_refusal(row) && row.reason == planned.reason)
        {
            rows.push(refused.clone());
            continue;
        }
        let row = hold(
            ground,
            case.item(),
            Some(case.id()),
            planned.field,
            planned.side,
            &planned.reason,
        );
        let since = before.map_or(row.since, |before| before.since);
        if planned.field == Some(Field::Body) {
            let row = body(ground, case, planned.side, planned.value.clone(), &planned.reason);
            rows.push(HoldRow { since, ..row });
            continue;
        }
        let row = HoldRow { value: planned.value.clone(), since, ..row };
        // What is hidden may be back soon. What no request can find out is looked at again daily by the full scan.
        let is_hidden = planned.field.is_none() && case.is_hidden(planned.side);
        rows.push(if is_hidden { looked_for(ground, row, before) } else { row });
    }
    rows
}

/// A pair with a side out of sight. It is planned whenever a list shows the other side; only a look whose time had come counts.
fn looked_for(ground: &Ground<'_>, row: HoldRow, before: Option<&HoldRow>) -> HoldRow {
    let before = before.filter(|before| is_look(before) && before.side == row.side);
    let attempts = before.map_or(0, |before| before.attempts);
    let waits = before.and_then(|before| before.next_try).filter(|at| {
        let now = ground.services.server_now(row.side);
        // What is further away than it can be was misdated once.
        now.is_some_and(|now| now < *at) && later(ground, row.side, attempts) >= Some(*at)
    });
    if waits.is_some() {
        return HoldRow { attempts, next_try: waits, ..row };
    }
    let attempts = attempts.saturating_add(1);
    HoldRow { attempts, next_try: later(ground, row.side, attempts), ..row }
}

/// Whether it is a pair that is to be looked for again, and nothing that was refused.
pub(super) fn is_look(row: &HoldRow) -> bool {
    row.pair.is_some() && row.next_try.is_some() && row.digest.is_empty()
}

/// Whether it was sent and not taken, and has a time to be tried again at.
fn is_refusal(row: &HoldRow) -> bool {
    row.next_try.is_some() && !row.digest.is_empty()
}

/// Brings the recorded holds of a pair to `rows`; writes nothing when they are so already.
pub(super) fn record(tx: &Tx<'_>, case: &Case, rows: &[HoldRow]) -> Result<(), StoreError> {
    if rows == case.holds.as_slice() && !case.is_hold_new {
        return Ok(());
    }
    tx.drop_holds_of(case.id())?;
    for row in rows.iter().filter(|row| !row.by_person) {
        tx.put_hold(row)?;
    }
    Ok(())
}
