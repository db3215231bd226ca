//! Blocks that stand elsewhere on one side, or on both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::became::Became;
use super::tree::Block;
use crate::model::Sides;

/// Blocks that one side moved, unchanged, and the other did not: what the other did to such a block follows it.
pub(super) struct Moved {
    /// For each block of that side that came, the block of the base that it was.
    pub(super) came: BTreeMap<usize, usize>,
    /// The blocks of the base.
    pub(super) from: BTreeSet<usize>,
}

impl Moved {
    pub(super) fn of(
        base: &[Block],
        side: (&Became, &[Block]),
        other: (&Became, &[Block]),
    ) -> Moved {
        let ((became, now), (other, there)) = (side, other);
        let mut gone = BTreeMap::<u64, VecDeque<usize>>::new();
        for i in (0..base.len()).filter(|i| became.now[*i].is_none()) {
            gone.entry(base[i].digest()).or_default().push_back(i);
        }
        let mut moved = Moved { came: BTreeMap::new(), from: BTreeSet::new() };
        if gone.is_empty() {
            return moved;
        }
        let elsewhere: BTreeSet<u64> =
            other.added.iter().flatten().map(|j| there[*j].digest()).collect();
        for j in became.added.iter().flatten() {
            let was = gone.get_mut(&now[*j].digest()).and_then(VecDeque::pop_front);
            // What the other side moved, too, is not followed.
            let is_alone =
                |i: &usize| other.now[*i].is_some() || !elsewhere.contains(&base[*i].digest());
            if let Some(i) = was.filter(is_alone) {
                moved.came.insert(*j, i);
                moved.from.insert(i);
            }
        }
        moved
    }

    /// What came into one gap, as the other side has it now; what the other side removed does not come.
    pub(super) fn followed<'b>(
        &self,
        added: &[usize],
        now: &'b [Block],
        other: impl Fn(usize) -> Option<&'b Block>,
    ) -> Vec<&'b Block> {
        let block = |j: &usize| match self.came.get(j) {
            Some(i) => other(*i),
            None => now.get(*j),
        };
        added.iter().filter_map(block).collect()
    }
}

/// Blocks that both sides moved, each to another place: only one of them is followed, so that there are not two.
pub(super) fn moved_twice(
    base: &[Block],
    github: &Became,
    notion: &Became,
    now: Sides<&[Block]>,
) -> BTreeSet<u64> {
    let gone = (0..base.len()).filter(|i| github.now[*i].is_none() && notion.now[*i].is_none());
    let gone: BTreeSet<u64> = gone.map(|i| base[i].digest()).collect();
    if gone.is_empty() {
        return gone;
    }
    let added = |became: &Became, blocks: &[Block]| -> BTreeSet<u64> {
        became.added.iter().flatten().map(|j| blocks[*j].digest()).collect()
    };
    let (by_github, by_notion) = (added(github, now.github), added(notion, now.notion));
    gone.into_iter()
        .filter(|digest| by_github.contains(digest) && by_notion.contains(digest))
        .collect()
}
