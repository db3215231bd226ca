//! Plans every pair that was seen, but for those of which nothing can be concluded yet.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::again::retry;
use super::case::Case;
use super::cycle::PARALLEL_READS;
use super::ground::Ground;
use super::observe::Observation;
use super::trouble::Trouble;
use crate::merge::PairPlan;
use crate::remote::RemoteError;
use crate::store::{PairId, Pending};

/// Pairs with a write whose outcome is still unclear are planned by the cycle that knows it. One that is nowhere to be seen
/// is held by its plan, unless the look for that shows it now.
pub(super) fn set_aside(
    ground: &Ground<'_>,
    seen: &mut Observation,
    unclear: &BTreeMap<PairId, RemoteError>,
) {
    for (id, error) in unclear {
        if let Some(case) = seen.cases.get_mut(id)
            && !is_unclear(case, error)
        {
            // Looked at before anything is planned.
            case.pending.get_or_insert(0);
            continue;
        }
        if let Some(case) = seen.cases.remove(id) {
            seen.failed.extend(retry(ground, &case.item(), case.pending, error));
        }
    }
}

/// Whether what the pair shows may be our own write.
fn is_unclear(case: &Case, error: &RemoteError) -> bool {
    !matches!(error, RemoteError::Missing { side, .. } if case.fields(*side).is_none())
}

/// Plans every case. One that cannot be looked at is tried again in the next cycle.
pub(super) async fn plan_cases(
    ground: &Ground<'_>,
    seen: &mut Observation,
    unclear: &BTreeMap<PairId, RemoteError>,
) -> Result<(Vec<(Case, PairPlan)>, Vec<Pending>), Trouble> {
    let cases = std::mem::take(&mut seen.cases).into_values().map(|mut case| async move {
        let plan = case.plan(ground).await;
        (case, plan)
    });
    let mut results = stream::iter(cases).buffered(PARALLEL_READS);
    let (mut planned, mut failed) = (Vec::new(), std::mem::take(&mut seen.failed));
    while let Some((case, plan)) = results.next().await {
        let unclear = unclear.get(&case.id()).filter(|error| is_unclear(&case, error));
        match plan {
            Ok(plan) => match unclear {
                Some(error) => failed.extend(retry(ground, &case.item(), case.pending, error)),
                None => planned.push((case, plan)),
            },
            Err(Trouble::Remote { error, .. }) if !error.stops_the_side() => {
                tracing::warn!(pair = %case.item(), %error, "cannot be looked at; the others go on");
                failed.extend(retry(ground, &case.item(), case.pending, &error));
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok((planned, failed))
}
