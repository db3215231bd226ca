//! Pairs whose issue or page is not where it was: read directly before anything is concluded (I7), so that a transferred
//! issue is known before it could be taken for a new one.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::again::retry;
use super::case::Case;
use super::cycle::PARALLEL_READS;
use super::ground::Ground;
use super::observe::Observation;
use super::pairs::is_linked;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::model::{Field, Issue, IssueRef, ItemRef, Observed, Side, Value};
use crate::sabotage::{Bug, planted};
use crate::store::{PairId, Pending};

/// So many pairs of one title are asked where their issue is (I14).
const MAX_NAMESAKES: usize = 8;

/// Reads what complete listings lack. Of the issues seen, those that turn out to be a known pair's are no new ones.
pub(super) async fn look_at_missing(
    ground: &Ground<'_>,
    seen: &mut Observation,
    missing: Vec<(PairId, Side)>,
) -> Result<(), Trouble> {
    let mut looks: BTreeMap<PairId, Vec<Side>> = BTreeMap::new();
    for (pair, side) in missing {
        looks.entry(pair).or_default().push(side);
    }
    let cases: Vec<(Case, Vec<Side>)> = looks
        .into_iter()
        .filter_map(|(id, sides)| Some((seen.cases.remove(&id)?, sides)))
        .collect();
    let looked = cases.into_iter().map(|(mut case, sides)| async move {
        for side in sides {
            if planted(Bug::UnlistedIsDeleted) {
                case.take_for_deleted(side);
            }
            if !case.is_looked_at(side)
                && let Err(trouble) = case.look(ground, side).await
            {
                return (case, Err(trouble));
            }
        }
        (case, Ok(()))
    });
    let mut looked = stream::iter(looked).buffered(PARALLEL_READS);
    while let Some((case, result)) = looked.next().await {
        match result {
            Ok(()) => take_back(seen, case),
            Err(Trouble::Remote { error, .. }) if !error.stops_the_side() => {
                tracing::warn!(pair = %case.item(), %error, "cannot be looked at; the others go on");
                seen.failed.extend(retry(ground, &case.item(), case.pending, &error));
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

/// Between full scans nothing tells that an issue left its repository. One that is unknown here, though it is older than
/// the last listing, may have come from another repository of the sync: its namesakes there are asked.
pub(super) async fn follow_titles(
    ground: &Ground<'_>,
    seen: &mut Observation,
    full: bool,
) -> Result<(), Trouble> {
    if full || ground.config.repositories.len() < 2 {
        return Ok(());
    }
    let mut unknown: Vec<(IssueRef, String)> = Vec::new();
    for issue in seen.issues.values() {
        let cursor = ground.store.cursor(ground.sync, Side::GitHub, issue.at.repo.as_str())?;
        if cursor.is_some_and(|cursor| issue.created < cursor.at)
            && let Some(title) = title_of(issue)
        {
            unknown.push((issue.at.clone(), title.to_owned()));
        }
    }
    for (at, title) in unknown {
        for pair in ground.store.pairs_titled(ground.sync, &title, MAX_NAMESAKES)? {
            if !is_linked(&pair) || pair.issue.repo == at.repo || !ground.covers(&pair.issue.repo) {
                continue;
            }
            let mut case = match seen.cases.remove(&pair.id) {
                Some(case) => case,
                None => Case::load(ground, pair)?,
            };
            if !case.is_looked_at(Side::GitHub) {
                match case.look(ground, Side::GitHub).await {
                    Ok(()) => {}
                    Err(Trouble::Remote { error, .. }) if !error.stops_the_side() => {
                        tracing::warn!(pair = %case.item(), %error, "cannot be looked at");
                        // Neither is known now: both are looked at again.
                        seen.issues.remove(&at);
                        for item in [ItemRef::Issue(at.clone()), case.item()] {
                            seen.failed.extend(retry(ground, &item, case.pending, &error));
                        }
                        continue;
                    }
                    Err(trouble) => return Err(trouble),
                }
            }
            if matches!(case.github, Sight::Hidden(_) | Sight::Moved(_)) {
                // Perhaps this is it; the next full scan decides.
                seen.issues.remove(&at);
                seen.failed.push(perhaps(ground, &at, &case));
            }
            take_back(seen, case);
        }
    }
    Ok(())
}

fn perhaps(ground: &Ground<'_>, at: &IssueRef, case: &Case) -> Pending {
    Pending {
        sync: ground.sync,
        item: ItemRef::Issue(at.clone()),
        reason: format!("may be {}, which is not where it was", case.pair.issue),
        waits: true,
        due: None,
        side: Side::GitHub,
        attempts: 0,
    }
}

/// Puts a case back; its issue, perhaps listed under a new name, has its partner.
fn take_back(seen: &mut Observation, case: Case) {
    if let Some(issue) = case.github.item() {
        seen.issues.remove(&issue.at);
    }
    seen.cases.insert(case.id(), case);
}

fn title_of(issue: &Issue) -> Option<&str> {
    match issue.fields.get(&Field::Title).and_then(Observed::value)? {
        Value::Text(title) => Some(title),
        Value::Body(_)
        | Value::Number(_)
        | Value::State(_)
        | Value::Names(_)
        | Value::Name(_)
        | Value::Time(_) => None,
    }
}
