//! One new item: sent once under an intent, paired from the answer (DESIGN §3, Creates).

use super::adopt::new_pair;
use super::case::Case;
use super::commit::finish_in;
use super::fresh::{Making, Source};
use super::ground::Ground;
use super::hands::Hands;
use super::holds;
use super::images::with_uploads;
use super::lost;
use super::new_body::NewBody;
use super::settle::settle;
use super::sight::Sight;
use super::trouble::Trouble;
use super::write::in_flight;
use crate::merge::FreshPlan;
use crate::model::{Change, Field, Issue, ItemRef, Page, Side, Sides, State, Value};
use crate::remote::{Refusal, RemoteError, Written};
use crate::sabotage::{Bug, planted};
use crate::store::{StoreError, Tx};

/// Makes the partner of one item, and brings the new pair into step. Its intent is written already.
pub(super) async fn make(
    ground: &Ground<'_>,
    hands: &Hands,
    making: Making,
) -> Result<(), Trouble> {
    let FreshPlan::Create { on, repository, values, holds } = &making.plan else { return Ok(()) };
    let item = making.source.item();
    let made = match (&making.source, repository) {
        (Source::Issue(issue), _) => {
            let sent = with_uploads(ground, hands, &issue.at, values).await;
            let made = hands.notion.create(&ground.source, &ground.mapping, &sent).await;
            // The base shows the images by their addresses: those of uploads are Notion's until they are read.
            made.map(|made| Birth::page((**issue).clone(), made, NewBody::sent(values, holds)))
        }
        (Source::Page(page), Some(repository)) => {
            match NewBody::read(ground, page.id, repository).await {
                Ok(body) => {
                    let values = body.added_to(values);
                    let create =
                        hands.github.create(repository, &ground.mapping, &values, making.uuid);
                    create.await.map(|made| Birth::issue((**page).clone(), made, body))
                }
                Err(error) => Err(error),
            }
        }
        (Source::Page(_), None) => return Ok(()),
    };
    match made {
        Ok(birth) => {
            let mut case = birth.record(ground, &making)?;
            let plan = case.plan_with(ground, None);
            if plan.writes() || plan.needs_body || !plan.needs_times.is_empty() {
                settle(ground, hands, &mut case, &plan).await?;
            }
            Ok(())
        }
        Err(error) => Err(give_up(ground, &making, &item, *on, error)?),
    }
}

/// Keeps the intent when the item may have been made; else forgets it, and holds what was refused.
fn give_up(
    ground: &Ground<'_>,
    making: &Making,
    item: &ItemRef,
    on: Side,
    error: RemoteError,
) -> Result<Trouble, Trouble> {
    let (perhaps_made, refused) = match &error {
        RemoteError::Unclear { .. } | RemoteError::Nonsense { .. } => {
            (!planted(Bug::IntentForgotten), false)
        }
        RemoteError::Refused { .. } => (false, true),
        RemoteError::Transient { .. }
        | RemoteError::Limited { .. }
        | RemoteError::Auth { .. }
        | RemoteError::Gone { .. }
        | RemoteError::Moved { .. }
        | RemoteError::Missing { .. } => (false, false),
    };
    let attempts = making.attempts.saturating_add(1);
    ground.store.transaction(|tx| {
        if perhaps_made {
            lost::note_lost(tx, ground, item)?;
        } else {
            tx.drop_intent(ground.sync, making.uuid)?;
        }
        if refused {
            tx.put_hold(&holds::item(ground, item, on, attempts, &error.to_string()))?;
        }
        Ok(())
    })?;
    Ok(Trouble::remote(&item.to_string(), error))
}

/// The side that was made has a state which nobody wanted, so that there is no conflict: the other side is taken to have changed
/// since, as in `half_made`.
fn put_born_state(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &mut Case,
    on: Side,
) -> Result<(), StoreError> {
    let Some(born) = case.value(on, Field::State) else { return Ok(()) };
    let Some(fingerprint) = ground.fingerprint(Field::State) else { return Ok(()) };
    let both = Sides { github: born.clone(), notion: born };
    tx.put_base(case.id(), Field::State, both.as_ref(), fingerprint)?;
    case.bases.insert(Field::State, both);
    Ok(())
}

/// A new pair, as the answer to its creation shows it.
struct Birth {
    issue: Issue,
    page: Page,
    on: Side,
    refused: Vec<Refusal>,
    body: NewBody,
}

impl Birth {
    fn page(issue: Issue, made: Written<Page>, body: NewBody) -> Birth {
        Birth { issue, page: made.observed, on: Side::Notion, refused: made.refused, body }
    }

    fn issue(page: Page, made: Written<Issue>, body: NewBody) -> Birth {
        Birth { issue: made.observed, page, on: Side::GitHub, refused: made.refused, body }
    }

    /// Pair, base and holds in one transaction, which also ends the intent.
    fn record(self, ground: &Ground<'_>, making: &Making) -> Result<Case, Trouble> {
        let source = making.source.item();
        let (at, page, born) = (self.issue.at.clone(), self.page.id, self.issue.created);
        if self.on == Side::GitHub && ground.store.pair_by_issue(ground.sync, &at)?.is_some() {
            let error = lost::note_unpairable(ground, page, &at)?;
            return Err(Trouble::remote(&source.to_string(), error));
        }
        let new = new_pair(ground, &self.issue, &self.page);
        let at = match self.on {
            Side::GitHub => self.issue.updated,
            Side::Notion => self.page.edited,
        };
        let case = ground.store.transaction(|tx| {
            let id = tx.insert_pair(&new)?;
            let pair = tx.pair(id)?.ok_or(StoreError::NoSuchPair(id))?;
            let (issue, page) = match self.on {
                Side::GitHub => (Sight::here(self.issue), Sight::listed(self.page)),
                Side::Notion => (Sight::listed(self.issue), Sight::here(self.page)),
            };
            let mut case = Case::new(pair, issue, page);
            case.pair.own[self.on] = Some(at);
            tx.set_own_write(id, self.on, at)?;
            self.body.settle(ground, &mut case, self.on, &self.refused);
            for refusal in self.refused.iter().filter(|it| it.field != Field::Body) {
                let value = case.value(self.on.other(), refusal.field);
                let field = Some(refusal.field);
                let row = holds::refused(ground, &case, self.on, field, value, &refusal.reason);
                case.holds.push(row);
            }
            let refused = std::mem::take(&mut case.holds);
            refused.iter().try_for_each(|row| tx.put_hold(row))?;
            // It may have been closed all the same: then that is what its page said, and no edit of anybody's.
            let closing = refused.iter().filter(|row| row.field == Some(Field::State));
            let closing = closing.filter_map(|row| {
                let to = row.value.clone().filter(|_| self.on == Side::GitHub)?;
                Some(Change { field: Field::State, from: Value::State(State::Open), to })
            });
            let closing: Vec<Change> = closing.collect();
            tx.put_in_flight(&in_flight(id, Side::GitHub, Some(born), &closing, None))?;
            if refused.iter().any(|row| row.field == Some(Field::State)) {
                put_born_state(tx, ground, &mut case, self.on)?;
            }
            case.holds = refused;
            let plan = case.plan_with(ground, None);
            finish_in(tx, ground, &mut case, &plan)?;
            tx.drop_intent(ground.sync, making.uuid)?;
            tx.drop_pending(ground.sync, &source)?;
            tx.drop_hold(ground.sync, &source, None)?;
            Ok(case)
        })?;
        Ok(case)
    }
}
