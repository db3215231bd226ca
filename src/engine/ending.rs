//! What becomes of a pair as a whole: a page restored or trashed, an issue closed, the two unlinked.

use super::case::Case;
use super::commit::finish_in;
use super::ground::Ground;
use super::hands::Hands;
use super::replaced::{Replaced, add_history};
use super::sight::Sight;
use super::trouble::Trouble;
use super::write::{Answer, in_flight, refuse, take};
use crate::merge::{PairPlan, Step};
use crate::model::{Change, Field, Mapping, Page, PageId, Reason, Side, Sides, State, Value};
use crate::remote::RemoteError;
use crate::store::{BodyRead, Link};

pub(super) async fn restore(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
) -> Result<(), Trouble> {
    let rule = "an edit of the issue beats its page's deletion";
    note_page(ground, case, ["in the trash", "restored"], rule)?;
    let page = set_in_trash(ground, hands, case.pair.page, false).await?;
    case.pair.own.notion = Some(page.edited);
    // That we edited it last says nothing about what somebody typed before it was trashed.
    let has_body = ground.mapping.has_body();
    ground.store.transaction(|tx| {
        tx.set_own_write(case.id(), Side::Notion, page.edited)?;
        if has_body { tx.set_body_read(case.id(), BodyRead::Again) } else { Ok(()) }
    })?;
    if has_body {
        case.pair.body_read = BodyRead::Again;
    }
    case.notion = Sight::here(page);
    Ok(())
}

pub(super) async fn trash(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
) -> Result<(), Trouble> {
    let rule = "the issue was deleted: `on_issue_deleted = trash`";
    note_page(ground, case, ["here", "in the trash"], rule)?;
    set_in_trash(ground, hands, case.pair.page, true).await?;
    case.notion = Sight::Gone;
    Ok(())
}

/// Writes down what becomes of the page as a whole.
fn note_page(
    ground: &Ground<'_>,
    case: &Case,
    words: [&str; 2],
    rule: &str,
) -> Result<(), Trouble> {
    let [lost, kept] = words.map(|word| Value::Text(word.to_owned()));
    let replaced = Replaced {
        side: Side::Notion,
        what: "page",
        lost: &lost,
        kept: &kept,
        rule: rule.to_owned(),
    };
    ground.store.transaction(|tx| add_history(tx, ground, case, &replaced))?;
    Ok(())
}

async fn set_in_trash(
    ground: &Ground<'_>,
    hands: &Hands,
    page: PageId,
    in_trash: bool,
) -> Result<Page, Trouble> {
    let sent = hands.notion.set_in_trash(page, in_trash, &ground.mapping).await;
    sent.map_err(|error| Trouble::remote(&page.to_string(), error))
}

/// Closes the issue of a trashed page. Closing it twice is closing it once.
pub(super) async fn close(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
) -> Result<(), Trouble> {
    let Some(issue) = case.github.item().filter(|issue| issue.is_open) else { return Ok(()) };
    let change = Change {
        field: Field::State,
        from: Value::State(State::Open),
        to: Value::State(State::Closed(Reason::NotPlanned)),
    };
    ground.store.transaction(|tx| {
        let rule = "the page was trashed: `on_page_trashed = close`";
        add_history(tx, ground, case, &Replaced::by(&change, Side::GitHub, rule))?;
        let now = ground.services.server_now(Side::GitHub);
        tx.put_in_flight(&in_flight(case.id(), Side::GitHub, now, [&change], None))
    })?;
    let mapping = with_state(&ground.mapping);
    let sent = hands.github.update(issue, &mapping, std::slice::from_ref(&change)).await;
    match sent {
        Ok(written) if !written.observed.is_open => {
            take(case, Answer::Issue(written));
            ground.store.transaction(|tx| {
                // Both sides of the base: the page is gone, and the issue shows nothing it does not know.
                if let Some(fingerprint) = ground.fingerprint(Field::State) {
                    let value = Sides { github: &change.to, notion: &change.to };
                    tx.put_base(case.id(), Field::State, value, fingerprint)?;
                }
                tx.clear_in_flight(case.id(), Side::GitHub)
            })?;
            Ok(())
        }
        Ok(written) => {
            let reasons: Vec<String> =
                written.refused.into_iter().map(|refusal| refusal.reason).collect();
            let what = format!("the issue was not closed: {}", reasons.join("; "));
            let error = RemoteError::Refused {
                side: Side::GitHub,
                status: 200,
                code: String::new(),
                what,
                fields: Vec::new(),
            };
            Err(refuse(ground, case, Side::GitHub, error)?)
        }
        Err(error) => Err(refuse(ground, case, Side::GitHub, error)?),
    }
}

/// Closing needs a mapping of the state, whether the sync maps it or not.
fn with_state(mapping: &Mapping) -> Mapping {
    let mut mapping = mapping.clone();
    mapping.state.get_or_insert(crate::model::StateMapping::Checkbox);
    mapping
}

/// The two are no longer a pair; remembered, so that neither gets a new partner.
pub(super) fn unlink(
    ground: &Ground<'_>,
    case: &mut Case,
    plan: &PairPlan,
) -> Result<bool, Trouble> {
    let found = plan.steps.iter().find_map(|step| match step {
        Step::Unlink { why, gone } => Some((why, gone)),
        Step::Agree(_)
        | Step::Write { .. }
        | Step::RestorePage
        | Step::CloseIssue
        | Step::TrashPage => None,
    });
    let Some((why, gone)) = found else { return Ok(false) };
    let side = if gone.github { Side::GitHub } else { Side::Notion };
    let link = Link::Unlinked { why: why.clone(), side };
    ground.store.transaction(|tx| {
        tx.set_link(case.id(), &link)?;
        // Whatever became of a write, nothing is concluded from it any more.
        Side::BOTH.into_iter().try_for_each(|side| tx.clear_in_flight(case.id(), side))?;
        // Nothing of it is tried again.
        case.holds.retain(|hold| hold.by_person);
        case.is_hold_new = true;
        let whole = PairPlan { holds: plan.holds.clone(), ..PairPlan::default() };
        finish_in(tx, ground, case, &whole)?;
        // What the page says was known by its hold.
        tx.set_body_read(case.id(), BodyRead::Again)
    })?;
    (case.pair.link, case.pair.body_read) = (link, BodyRead::Again);
    tracing::info!(pair = %case.item(), why, "unlinked");
    Ok(true)
}
