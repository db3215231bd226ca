//! Writes that an earlier process left in flight: their outcome is read, never guessed (DESIGN §3, Recover).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, TimeDelta, Utc};

use super::adopt::OPEN;
use super::case::Case;
use super::content;
use super::ground::Ground;
use super::hands::Hands;
use super::observe::Observation;
use super::replaced::{Replaced, add_history};
use super::settle::shown;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::body::{as_meant, is_in_issue, is_in_page};
use crate::model::{Change, Field, Issue, Page, Side, Sides, State, Value};
use crate::remote::{Lookup, RemoteError};
use crate::sabotage::{Bug, planted};
use crate::store::{BodyRead, InFlight, PairId};

/// What became of the pairs with a write in flight.
#[derive(Default)]
pub(super) struct Recovered {
    /// To be planned afresh.
    pub(super) pairs: Vec<PairId>,
    /// Those whose write is still unclear: nothing is concluded from what they show, because that may be our own write.
    pub(super) unclear: BTreeMap<PairId, RemoteError>,
    /// What was seen of the others, so that it need not be read again.
    pub(super) seen: BTreeMap<PairId, (Sight<Issue>, Sight<Page>)>,
    /// Under which mapping.
    shape: String,
}

/// Settles every in-flight write of the sync; the pairs are planned afresh afterwards.
pub(super) async fn recover(
    ground: &Ground<'_>,
    hands: Option<&Hands>,
) -> Result<Recovered, Trouble> {
    let open = ground.store.in_flight(ground.sync)?;
    let mut recovered = Recovered { shape: ground.shape.clone(), ..Recovered::default() };
    for (id, writes) in open {
        let Some(pair) = ground.store.pair(id)? else { continue };
        // A repository that left the config takes its pairs with it.
        if !ground.covers(&pair.issue.repo) {
            continue;
        }
        recovered.pairs.push(id);
        // A dry run leaves them: what it plans is what a cycle would find.
        let Some(hands) = hands else { continue };
        if planted(Bug::InFlightForgotten) {
            ground.store.transaction(|tx| {
                Side::BOTH.into_iter().try_for_each(|side| tx.clear_in_flight(id, side))
            })?;
            continue;
        }
        let mut case = Case::load(ground, pair)?;
        let mut is_clear = true;
        for side in Side::BOTH {
            let writes: Vec<&InFlight> = writes.iter().filter(|write| write.side == side).collect();
            if !writes.is_empty()
                && let Err(trouble) = settle_side(ground, hands, &mut case, side, &writes).await
            {
                match trouble {
                    // The rows stay; the pair is tried again.
                    Trouble::Remote { what, error } => {
                        // What is nowhere to be seen is told by its hold.
                        if !matches!(error, RemoteError::Missing { .. }) {
                            tracing::warn!(pair = %what, %error, "a write of an earlier run is still unclear");
                        }
                        recovered.unclear.insert(id, error);
                        is_clear = false;
                    }
                    other @ (Trouble::Store(_) | Trouble::Later(_) | Trouble::Problems(_)) => {
                        return Err(other);
                    }
                }
            }
        }
        if is_clear {
            recovered.seen.insert(id, (case.github, case.notion));
        }
    }
    Ok(recovered)
}

impl Recovered {
    /// Adds the pairs to what was seen. What was read of them is not read again: a second answer may be older. Gives back
    /// those that are still unclear.
    pub(super) fn show(
        mut self,
        ground: &Ground<'_>,
        seen: &mut Observation,
    ) -> Result<BTreeMap<PairId, RemoteError>, Trouble> {
        if self.shape != ground.shape {
            self.seen.clear();
        }
        for id in self.pairs {
            let Some(pair) = ground.store.pair(id)? else { continue };
            let case = match seen.cases.entry(id) {
                Entry::Occupied(case) => case.into_mut(),
                Entry::Vacant(vacant) => {
                    vacant.insert(Case { pending: Some(0), ..Case::load(ground, pair)? })
                }
            };
            let (github, notion) = self.seen.remove(&id).unwrap_or_default();
            if !case.is_looked_at(Side::GitHub) {
                case.github = github;
            }
            if !case.is_looked_at(Side::Notion) {
                case.notion = notion;
            }
            let is_seen = |side: Side| case.is_looked_at(side);
            seen.doubtful.retain(|(pair, side)| *pair != id || !is_seen(*side));
        }
        Ok(self.unclear)
    }
}

async fn settle_side(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    side: Side,
    writes: &[&InFlight],
) -> Result<(), Trouble> {
    case.look(ground, side).await?;
    if case.is_out_of_sight(side) {
        // The rows stay until it is seen again. A list that shows it may show our own write, half done.
        let what = case.item().to_string();
        return Err(Trouble::remote(&what.clone(), RemoteError::Missing { side, what }));
    }
    let halfway = match side {
        Side::GitHub => complete_reason(ground, hands, case, writes).await?,
        Side::Notion => None,
    };
    let reopened = match side {
        Side::GitHub => reopened_since(ground, case, writes).await?,
        Side::Notion => None,
    };
    let fields = case.fields(side);
    let bases = writes.iter().filter_map(|write| {
        let now = fields.and_then(|fields| shown(fields, write.field))?;
        Some((write.field, arrived(write, now, case.bases.get(&write.field), side)?))
    });
    let mut bases: Vec<(Field, Sides<Value>)> = bases.collect();
    let content = match side {
        Side::GitHub => None,
        Side::Notion => arrived_content(ground, case, writes).await?,
    };
    bases.extend(content.map(|base| (Field::Body, base)));
    bases.extend(halfway.or(reopened.clone()).map(|base| (Field::State, base)));
    // A list that is no later may still show what was before our own write.
    let own = written_at(ground, case, side).filter(|_| !bases.is_empty());
    ground.store.transaction(|tx| {
        for (field, base) in &bases {
            let Some(fingerprint) = ground.fingerprint(*field) else { continue };
            tx.put_base(case.id(), *field, base.as_ref(), fingerprint)?;
        }
        if reopened.is_some() {
            tx.drop_hold(ground.sync, &case.item(), Some(Field::State))?;
        }
        // Whatever it shows when it is read next, that is no first reading: its base may be of now. And nobody knows when
        // our write came, and what it hides that was typed before.
        let is_hidden = side == Side::Notion && matches!(case.pair.body_read, BodyRead::At(_));
        if is_hidden || writes.iter().any(|write| write.field == Field::Body) {
            tx.set_body_read(case.id(), BodyRead::Again)?;
        }
        if let Some(at) = own {
            tx.set_own_write(case.id(), side, at)?;
        }
        tx.clear_in_flight(case.id(), side)
    })?;
    Ok(())
}

/// So much before an item's last change our own write is dated where that change may be a person's: a list that shows it as
/// of that same time may still show it as it was before both.
pub(super) const DOUBT: TimeDelta = TimeDelta::milliseconds(1);

/// Up to when the item that was just read shows nothing but what our write left. Whoever changed it last may be a person
/// who came after us, whose edit is not ours and keeps its time; only Notion says who it was.
fn written_at(ground: &Ground<'_>, case: &Case, side: Side) -> Option<DateTime<Utc>> {
    let before = |at: DateTime<Utc>| at.checked_sub_signed(DOUBT);
    match side {
        Side::GitHub => before(case.github.item()?.updated),
        Side::Notion => {
            let page = case.notion.item()?;
            if ground.is_last_editor(page) { Some(page.edited) } else { before(page.edited) }
        }
    }
}

/// The base after a write of which this much is seen to have arrived: the other side held it when it was sent. Of a set
/// that goes for the names which were to be added or taken away; about the others the write says nothing, because the
/// other side may have been waiting for its half of a merge.
fn arrived(
    write: &InFlight,
    now: &Value,
    base: Option<&Sides<Value>>,
    side: Side,
) -> Option<Sides<Value>> {
    let (Value::Names(from), Value::Names(to), Value::Names(now)) = (&write.from, &write.to, now)
    else {
        if let (Value::Body(from), Value::Body(to), Value::Body(shown)) =
            (&write.from, &write.to, now)
        {
            let is_as_sent = now.means_same(&write.to);
            let is_there = is_as_sent || is_in_issue(&from.0, &to.0, &shown.0);
            return body_base(write, is_as_sent.then_some(now)).filter(|_| is_there);
        }
        let mut both = Sides { github: write.to.clone(), notion: write.to.clone() };
        both[side] = now.clone();
        return now.means_same(&write.to).then_some(both);
    };
    let added = to.minus(from);
    let added = added.minus(&added.minus(now));
    let removed = from.minus(to).minus(now);
    let of = |side: Side| match base.map(|base| &base[side]) {
        Some(Value::Names(base)) => Value::Names(base.plus(&added).minus(&removed)),
        Some(
            Value::Text(_)
            | Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Name(_)
            | Value::Time(_),
        )
        | None => Value::Names(added.clone()),
    };
    Some(Sides { github: of(Side::GitHub), notion: of(Side::Notion) })
}

/// The body's base once a write has arrived, each side in its own spelling: in that of `shown`, where it shows just what was
/// sent. What else it shows, somebody typed since. `None` where the base cannot be told: then the merge tells what arrived.
fn body_base(write: &InFlight, shown: Option<&Value>) -> Option<Sides<Value>> {
    let other = write.other.clone()?;
    let mut base = Sides { github: other.clone(), notion: other };
    base[write.side] = write.half.as_ref().or(shown).unwrap_or(&write.to).clone();
    Some(base)
}

/// The same for a page's content, which is read by a request of its own and shown in Notion's spelling.
async fn arrived_content(
    ground: &Ground<'_>,
    case: &Case,
    writes: &[&InFlight],
) -> Result<Option<Sides<Value>>, Trouble> {
    let body = writes.iter().find(|write| write.field == Field::Body);
    let Some(write @ InFlight { from: Value::Body(from), to: Value::Body(to), other: Some(_), .. }) =
        body
    else {
        return Ok(None);
    };
    let found = content::read(ground, case.pair.page).await;
    let found = found.map_err(|error| Trouble::remote(&case.item().to_string(), error))?;
    let Lookup::Found(reading) = found else { return Ok(None) };
    let shown = reading.body();
    let Value::Body(text) = shown else { return Ok(None) };
    let is_as_meant = as_meant(&to.0, &text.0).is_ok();
    let is_there = is_as_meant || is_in_page(&from.0, &to.0, &text.0);
    Ok(body_base(write, is_as_meant.then_some(shown)).filter(|_| is_there))
}

/// An issue that was to be closed, and that somebody reopened after we had closed it: the closing arrived, whatever became of
/// the answer.
async fn reopened_since(
    ground: &Ground<'_>,
    case: &Case,
    writes: &[&InFlight],
) -> Result<Option<Sides<Value>>, Trouble> {
    let closing = writes.iter().find(|write| write.from == OPEN);
    let Some(InFlight { to, sent_at: Some(sent_at), .. }) = closing else { return Ok(None) };
    if case.github.item().is_none_or(|issue| !issue.is_open) {
        return Ok(None);
    }
    let reader = &ground.services.github;
    let what = |error| Trouble::remote(&case.pair.issue.to_string(), error);
    let us = reader.viewer().await.map_err(what)?;
    let reopened =
        reader.was_reopened_after(&case.pair.issue, &us, *sent_at).await.map_err(what)?;
    Ok(reopened.then(|| Sides { github: to.clone(), notion: to.clone() }))
}

/// A reason is changed by reopening and closing again, as one step: an issue found open in between is closed, unless
/// somebody else reopened it. Where that is refused, the state's base: that the issue is open is no edit of anybody, and what
/// the page says still is one.
async fn complete_reason(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    writes: &[&InFlight],
) -> Result<Option<Sides<Value>>, Trouble> {
    let state = writes.iter().find(|write| write.field == Field::State);
    let Some(InFlight {
        from: Value::State(State::Closed(_)),
        to: to @ Value::State(State::Closed(_)),
        ..
    }) = state
    else {
        return Ok(None);
    };
    let Some(issue) = case.github.item().filter(|issue| issue.is_open) else { return Ok(None) };
    let reader = &ground.services.github;
    let what = |error| Trouble::remote(&case.pair.issue.to_string(), error);
    let by = reader.last_reopened_by(&case.pair.issue).await.map_err(what)?;
    if by.is_some() && by != Some(reader.viewer().await.map_err(what)?) {
        return Ok(None);
    }
    let change = Change { field: Field::State, from: OPEN, to: to.clone() };
    ground.store.transaction(|tx| {
        let rule = "completes a change of the reason that was interrupted";
        add_history(tx, ground, case, &Replaced::by(&change, Side::GitHub, rule))
    })?;
    let written = hands.github.update(issue, &ground.mapping, &[change]).await;
    let written = written.map_err(|error| Trouble::remote(&case.pair.issue.to_string(), error))?;
    case.github = Sight::here(written.observed);
    let is_open = case.github.item().is_some_and(|issue| issue.is_open);
    Ok(is_open.then_some(Sides { github: OPEN, notion: OPEN }))
}
