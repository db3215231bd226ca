//! Which pair an observed item belongs to, and in a full scan which pairs were not observed at all.

use std::collections::HashMap;

use super::ground::Ground;
use super::trouble::Trouble;
use crate::model::{IssueId, PageId, Side, Sides};
use crate::store::{Outline, PairId};

/// How pairs are found while listing.
pub(super) enum Index {
    /// By asking the store for each item: few changed.
    Lookups,
    /// From an outline of every pair: everything is compared.
    Outlines(Box<Outlines>),
}

/// Every pair of the sync in outline.
pub(super) struct Outlines {
    rows: Vec<Outline>,
    by_issue: HashMap<IssueId, usize>,
    by_page: HashMap<PageId, usize>,
    seen: Sides<Vec<bool>>,
}

impl Index {
    /// Reads the outline of every pair.
    pub(super) fn outlines(ground: &Ground<'_>) -> Result<Index, Trouble> {
        let rows = ground.store.outlines(ground.sync)?;
        let known = rows.iter().enumerate();
        let by_issue = known
            .clone()
            .filter(|(_, row)| row.issue_id.0 != 0)
            .map(|(at, row)| (row.issue_id, at))
            .collect();
        let by_page = known.map(|(at, row)| (row.page, at)).collect();
        let seen = Sides { github: vec![false; rows.len()], notion: vec![false; rows.len()] };
        Ok(Index::Outlines(Box::new(Outlines { rows, by_issue, by_page, seen })))
    }

    /// The outline of an observed item's pair, which from now on counts as seen on that side.
    pub(super) fn mark(
        &mut self,
        side: Side,
        issue: Option<IssueId>,
        page: Option<PageId>,
    ) -> Option<Outline> {
        let Index::Outlines(all) = self else { return None };
        let at = match side {
            Side::GitHub => all.by_issue.get(&issue?),
            Side::Notion => all.by_page.get(&page?),
        };
        let at = *at?;
        *all.seen[side].get_mut(at)? = true;
        all.rows.get(at).cloned()
    }

    /// Linked pairs that were not seen on a side; none without outlines.
    pub(super) fn not_seen(&self, side: Side) -> impl Iterator<Item = PairId> {
        let rows = match self {
            Index::Lookups => None,
            Index::Outlines(all) => Some(all.rows.iter().zip(&all.seen[side])),
        };
        let missing = rows.into_iter().flatten().filter(|(row, seen)| row.is_linked && !**seen);
        missing.map(|(row, _)| row.id)
    }
}
