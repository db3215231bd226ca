//! One pair, brought into step: plan, one write, take the answer as the new observation, plan again.

use tokio::sync::Mutex;

use super::case::{Case, Sight};
use super::ground::Ground;
use super::holds;
use super::trouble::Trouble;
use crate::clock;
use crate::merge::{PairPlan, Planned, Step, agreed_sets};
use crate::model::{
    Change, Field, Fields, Issue, Mapping, NameSet, Observed, Page, PageId, Reason, Side, Sides,
    State, Value,
};
use crate::remote::{Permit, Refusal, RemoteError, Written};
use crate::store::{BaseRow, HistoryEntry, HoldRow, InFlight, Link, PairId, StoreError, Tx};
use crate::{github, notion};

/// So many steps one pair may take in a cycle: a look and a write per side, and what they lead to (I14).
const MAX_ROUNDS: usize = 12;

/// What can change something. Only the engine can make these (I15).
pub(super) struct Hands {
    pub(super) github: github::Writer,
    pub(super) notion: notion::Writer,
    /// GitHub takes one write at a time: whoever waits for it waits before looking, not between look and write.
    github_turn: Mutex<()>,
}

impl Hands {
    pub(super) fn new(ground: &Ground<'_>) -> Hands {
        let permit = Permit::grant();
        Hands {
            github: github::Writer::new(&ground.services.github, &permit),
            notion: notion::Writer::new(&ground.services.notion, &permit),
            github_turn: Mutex::new(()),
        }
    }
}

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
    for _ in 0..MAX_ROUNDS {
        let plan = case.plan(ground).await?;
        let Some(step) = plan.steps.iter().find(|step| !matches!(step, Step::Agree(_))) else {
            finish(ground, case, &plan)?;
            return Ok(done);
        };
        match step {
            Step::Agree(_) => {}
            // Refused as a whole, and nothing has changed since.
            Step::Write { .. } if holds::whole_rests(ground, case) => {
                finish(ground, case, &plan)?;
                return Ok(done);
            }
            Step::Write { side: Side::GitHub, .. } if turn.is_none() => {
                turn = Some(hands.github_turn.lock().await);
            }
            Step::Write { side, .. } if case.is_stale(*side) => case.look(ground, *side).await?,
            Step::Write { side, changes } => {
                done.updated[*side] |= write(ground, hands, case, *side, changes).await?;
                turn = None;
            }
            Step::RestorePage => restore(ground, hands, case).await?,
            Step::CloseIssue | Step::TrashPage if !guarded.steps.contains(step) => {
                return Err(not_guarded(case));
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
    Err(Trouble::Remote {
        what: case.item().to_string(),
        error: RemoteError::Nonsense {
            side: Side::Notion,
            what: format!("the pair does not come to rest after {MAX_ROUNDS} steps"),
        },
    })
}

fn unseen_side(case: &Case) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| !case.is_looked_at(*side))
}

/// Only the next cycle's brake may let it go.
fn not_guarded(case: &Case) -> Trouble {
    Trouble::Remote {
        what: case.item().to_string(),
        error: RemoteError::Transient {
            side: Side::Notion,
            what: "a deletion was found only now; the next cycle decides on it".to_owned(),
        },
    }
}

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
    let agreed = plan.steps.iter().filter_map(|step| match step {
        Step::Agree(fields) => Some(fields),
        Step::Write { .. }
        | Step::RestorePage
        | Step::CloseIssue
        | Step::TrashPage
        | Step::Unlink { .. } => None,
    });
    let agreed: Vec<Field> = agreed.flatten().copied().collect();
    commit(tx, ground, case, &agreed)?;
    let rows = holds::after(ground, case, &plan.holds);
    holds::record(tx, case, &rows)?;
    case.holds = rows;
    if case.pending.take().is_some() {
        for item in [case.item(), crate::model::ItemRef::Page(case.pair.page)] {
            tx.drop_pending(ground.sync, &item)?;
        }
    }
    Ok(())
}

/// Makes what both sides show the base of these fields (I1), and notes the title and the digests of sides that agree as a
/// whole.
fn commit(
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
            Value::Text(_) | Value::Number(_) | Value::State(_) | Value::Name(_) | Value::Time(_),
        )
        | None => &none,
    };
    let base = Sides { github: names(Side::GitHub), notion: names(Side::Notion) };
    let agreed = agreed_sets(base, Sides { github, notion });
    Sides { github: Value::Names(agreed.github), notion: Value::Names(agreed.notion) }
}

/// History and in-flight rows, the request, and what came of it; says whether anything was written.
async fn write(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    side: Side,
    planned: &[Planned],
) -> Result<bool, Trouble> {
    ground.store.transaction(|tx| {
        for planned in planned {
            let rule = planned.why.to_string();
            add_history(tx, ground, case, &Replaced::by(&planned.change, side, &rule))?;
        }
        tx.put_in_flight(&in_flight(case.id(), side, planned.iter().map(|planned| &planned.change)))
    })?;
    let changes: Vec<Change> = planned.iter().map(|planned| planned.change.clone()).collect();
    let sent = match side {
        Side::GitHub => match case.github.item() {
            Some(issue) => {
                let sent = hands.github.update(issue, &ground.mapping, &changes).await;
                sent.map(Answer::Issue)
            }
            None => return Ok(false),
        },
        Side::Notion => match case.notion.item() {
            Some(page) => {
                let sent =
                    hands.notion.update(page, &ground.source, &ground.mapping, &changes).await;
                sent.map(Answer::Page)
            }
            None => return Ok(false),
        },
    };
    match sent {
        Ok(answer) => {
            let is_echo = side == Side::GitHub && shows_updated(case);
            let refused = take(case, answer);
            acknowledge(ground, case, side, &changes, &refused, is_echo)?;
            Ok(refused.len() < changes.len())
        }
        Err(error) => Err(refuse(ground, case, side, error)?),
    }
}

/// The answer to a write: the item as it is now.
enum Answer {
    Issue(Written<Issue>),
    Page(Written<Page>),
}

/// Takes the answer as the new observation.
fn take(case: &mut Case, answer: Answer) -> Vec<Refusal> {
    match answer {
        Answer::Issue(written) => {
            case.pair.own.github = Some(written.observed.updated);
            case.github = Sight::here(written.observed);
            written.refused
        }
        Answer::Page(written) => {
            case.pair.own.notion = Some(written.observed.edited);
            case.notion = Sight::here(written.observed);
            written.refused
        }
    }
}

/// Commits what the answer showed; what was refused is held.
fn acknowledge(
    ground: &Ground<'_>,
    case: &mut Case,
    side: Side,
    changes: &[Change],
    refused: &[Refusal],
    is_echo: bool,
) -> Result<(), Trouble> {
    let (mut taken, mut settled): (Vec<Field>, Vec<Field>) = (Vec::new(), Vec::new());
    let mut rows: Vec<HoldRow> = Vec::new();
    for change in changes {
        let Some(refusal) = refused.iter().find(|refusal| refusal.field == change.field) else {
            taken.push(change.field);
            settled.push(change.field);
            continue;
        };
        // Of a set one name may be refused while the others arrive.
        if matches!(change.to, Value::Names(_)) {
            settled.push(change.field);
        }
        let (field, to) = (Some(change.field), Some(change.to.clone()));
        rows.push(holds::refused(ground, case, side, field, to, &refusal.reason));
    }
    // Our own write moves GitHub's `updated`; that alone is no news for Notion.
    let echo = echo(case).filter(|_| is_echo);
    ground.store.transaction(|tx| {
        if let Some((field, value)) = echo {
            let fingerprint = ground.fingerprint(field).unwrap_or_default();
            tx.put_base(case.id(), field, value.as_ref(), fingerprint)?;
            case.bases.insert(field, value);
        }
        commit(tx, ground, case, &settled)?;
        for row in &rows {
            tx.put_hold(row)?;
        }
        // What was refused before and is taken now is no longer held.
        for field in &taken {
            if case.holds.iter().any(|hold| hold.field == Some(*field) && !hold.by_person) {
                tx.drop_hold(ground.sync, &case.item(), Some(*field))?;
            }
        }
        if let Some(at) = case.pair.own[side] {
            tx.set_own_write(case.id(), side, at)?;
        }
        tx.clear_in_flight(case.id(), side)
    })?;
    case.holds.retain(|hold| {
        hold.by_person
            || !(hold.field.is_some_and(|field| taken.contains(&field))
                || rows.iter().any(|row| row.field == hold.field))
    });
    case.holds.extend(rows);
    Ok(())
}

/// Whether the page has been told of the issue's last change. If not, somebody else's change is still on its way to
/// Notion, and our own write must not hide it.
fn shows_updated(case: &Case) -> bool {
    let base = case.bases.get(&Field::Updated).map(|base| &base.github);
    base.is_some() && base == case.value(Side::GitHub, Field::Updated).as_ref()
}

fn echo(case: &Case) -> Option<(Field, Sides<Value>)> {
    let base = case.bases.get(&Field::Updated)?;
    let github = case.value(Side::GitHub, Field::Updated)?;
    Some((Field::Updated, Sides { github, notion: base.notion.clone() }))
}

/// What a failed write leaves behind. In-flight rows stay where something may have been written: the next cycle reads.
fn refuse(
    ground: &Ground<'_>,
    case: &mut Case,
    side: Side,
    error: RemoteError,
) -> Result<Trouble, Trouble> {
    let nothing_written = match (&error, side) {
        (RemoteError::Unclear { .. } | RemoteError::Nonsense { .. }, _) => false,
        // A write to GitHub may take several requests, and some of them may have gone through.
        (_, Side::GitHub) => false,
        (_, Side::Notion) => true,
    };
    let hold = match &error {
        RemoteError::Refused { .. } => {
            Some(holds::refused(ground, case, side, None, None, &error.to_string()))
        }
        RemoteError::Transient { .. }
        | RemoteError::Limited { .. }
        | RemoteError::Unclear { .. }
        | RemoteError::Auth { .. }
        | RemoteError::Gone { .. }
        | RemoteError::Moved { .. }
        | RemoteError::Missing { .. }
        | RemoteError::Nonsense { .. } => None,
    };
    ground.store.transaction(|tx| {
        if nothing_written {
            tx.clear_in_flight(case.id(), side)?;
        }
        hold.iter().try_for_each(|hold| tx.put_hold(hold))
    })?;
    Ok(Trouble::remote(&case.item().to_string(), error))
}

async fn restore(ground: &Ground<'_>, hands: &Hands, case: &mut Case) -> Result<(), Trouble> {
    let rule = "an edit of the issue beats its page's deletion";
    note_page(ground, case, ["in the trash", "restored"], rule)?;
    let page = set_in_trash(ground, hands, case.pair.page, false).await?;
    case.pair.own.notion = Some(page.edited);
    ground.store.transaction(|tx| tx.set_own_write(case.id(), Side::Notion, page.edited))?;
    case.notion = Sight::here(page);
    Ok(())
}

async fn trash(ground: &Ground<'_>, hands: &Hands, case: &mut Case) -> Result<(), Trouble> {
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
async fn close(ground: &Ground<'_>, hands: &Hands, case: &mut Case) -> Result<(), Trouble> {
    let Some(issue) = case.github.item().filter(|issue| issue.is_open) else { return Ok(()) };
    let change = Change {
        field: Field::State,
        from: Value::State(State::Open),
        to: Value::State(State::Closed(Reason::NotPlanned)),
    };
    ground.store.transaction(|tx| {
        let rule = "the page was trashed: `on_page_trashed = close`";
        add_history(tx, ground, case, &Replaced::by(&change, Side::GitHub, rule))?;
        tx.put_in_flight(&in_flight(case.id(), Side::GitHub, [&change]))
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
fn unlink(ground: &Ground<'_>, case: &mut Case, plan: &PairPlan) -> Result<bool, Trouble> {
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
        let whole = PairPlan { holds: plan.holds.clone(), ..PairPlan::default() };
        finish_in(tx, ground, case, &whole)
    })?;
    case.pair.link = link;
    tracing::info!(pair = %case.item(), why, "unlinked");
    Ok(true)
}

fn in_flight<'c>(
    pair: PairId,
    side: Side,
    changes: impl IntoIterator<Item = &'c Change>,
) -> Vec<InFlight> {
    changes
        .into_iter()
        .map(|change| InFlight {
            pair,
            side,
            field: change.field,
            from: change.from.clone(),
            to: change.to.clone(),
        })
        .collect()
}

/// A value about to be replaced.
pub(super) struct Replaced<'v> {
    pub(super) side: Side,
    /// The key of a field, or what else is replaced.
    pub(super) what: &'v str,
    pub(super) lost: &'v Value,
    pub(super) kept: &'v Value,
    pub(super) rule: String,
}

impl<'v> Replaced<'v> {
    pub(super) fn by(change: &'v Change, side: Side, rule: &str) -> Replaced<'v> {
        Replaced {
            side,
            what: change.field.as_str(),
            lost: &change.from,
            kept: &change.to,
            rule: rule.to_owned(),
        }
    }
}

/// Writes down what is about to be replaced (I2).
pub(super) fn add_history(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &Case,
    replaced: &Replaced<'_>,
) -> Result<(), StoreError> {
    let json = |value: &Value| serde_json::to_value(value).unwrap_or_default();
    tx.add_history(&HistoryEntry {
        item: case.item(),
        page: Some(case.pair.page),
        pair: Some(case.id()),
        side: replaced.side,
        field: replaced.what.to_owned(),
        lost: json(replaced.lost),
        kept: Some(json(replaced.kept)),
        rule: replaced.rule.clone(),
        cycle: ground.cycle,
        at: clock::now_utc(),
    })?;
    Ok(())
}

/// What a side shows for a field, for recovery.
pub(super) fn shown(fields: &Fields, field: Field) -> Option<&Value> {
    fields.get(&field).and_then(Observed::value)
}
