//! Pairs that a complete listing lacks.

use std::collections::btree_map::Entry;

use super::case::Case;
use super::due;
use super::ground::Ground;
use super::index::Index;
use super::observe::Observation;
use super::trouble::Trouble;
use crate::model::Side;
use crate::store::PairId;

/// Adds the pairs a complete listing lacks: they are read directly before anything is concluded (I7). Says whether
/// there were more than `limit` new ones (I14); what is held or pending already is looked at anyway and does not count,
/// so that cycle by cycle all get their turn.
pub(super) fn missing(
    ground: &Ground<'_>,
    seen: &mut Observation,
    index: &Index,
    limit: usize,
) -> Result<(Vec<(PairId, Side)>, bool), Trouble> {
    let mut missing = Vec::new();
    let attention = due::attention(ground, &[])?;
    let mut news = 0;
    let known = ground.store.count_pairs(ground.sync)?.linked;
    for side in Side::BOTH {
        // The brake stops at a side that lists nothing at all; each pair is read once somebody has released that, so
        // that the brake can show what would become of them.
        let is_braked = seen.empty == Some(side)
            && known > ground.services.safety.brake_floor
            && ground.store.released(ground.sync)?.is_none();
        if is_braked {
            continue;
        }
        for id in index.not_seen(side) {
            let Some(pair) = ground.store.pair(id)? else { continue };
            let is_listed = side == Side::Notion || !seen.unseen.contains(&pair.issue.repo);
            if !ground.covers(&pair.issue.repo) || !is_listed {
                continue;
            }
            if !attention.contains_key(&id) {
                if news >= limit {
                    return Ok((missing, true));
                }
                news += 1;
            }
            if let Entry::Vacant(case) = seen.cases.entry(id) {
                case.insert(Case::load(ground, pair)?);
            }
            missing.push((id, side));
        }
    }
    Ok((missing, false))
}
