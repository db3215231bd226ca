//! What became of a base's blocks on one side, told so that both sides' edits can be put together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::pairing::{Fate, pair};
use super::tree::Block;

/// What became of a base's blocks on one side.
pub(super) struct Became {
    /// For each block of the base, where it is now.
    pub(super) now: Vec<Option<usize>>,
    /// For each gap, before the block of that number, what was put there.
    pub(super) added: Vec<Vec<usize>>,
}

impl Became {
    pub(super) fn of(base: &[Block], now: &[Block]) -> Became {
        let mut became =
            Became { now: vec![None; base.len()], added: vec![Vec::new(); base.len() + 1] };
        let mut gap = 0;
        for fate in pair(base, now) {
            match fate {
                Fate::Kept(i, j) | Fate::Changed(i, j) => {
                    became.now[i] = Some(j);
                    gap = i + 1;
                }
                Fate::Removed(i) => gap = i + 1,
                Fate::Added(j) => became.added[gap].push(j),
            }
        }
        became
    }

    /// Between blocks that this side removed, one place is as good as another: what it put among them goes where the other
    /// side put the same, else it would come twice.
    pub(super) fn gather(&mut self, now: &[Block], other: &Became, there: &[Block]) {
        let mut start = 0;
        while start < self.now.len() {
            let end = start + self.now[start..].iter().take_while(|now| now.is_none()).count();
            if end > start {
                self.gather_in(start..=end, now, other, there);
            }
            start = end + 1;
        }
    }

    fn gather_in(
        &mut self,
        gaps: RangeInclusive<usize>,
        now: &[Block],
        other: &Became,
        there: &[Block],
    ) {
        let mut places = BTreeMap::<u64, BTreeSet<usize>>::new();
        for gap in gaps.clone() {
            for k in &other.added[gap] {
                places.entry(there[*k].digest()).or_default().insert(gap);
            }
        }
        let mut first = *gaps.start();
        let mut before = Vec::new();
        let mut mine = Vec::new();
        for gap in gaps.filter(|_| !places.is_empty()) {
            mine.extend(self.added[gap].drain(..).map(|j| (gap, j)));
        }
        for (gap, j) in mine {
            before.push((gap, j));
            let same = places.get(&now[j].digest());
            if let Some(place) = same.and_then(|places| places.range(first..).next()) {
                // Its order among our own stays.
                first = *place;
                self.added[first].extend(before.drain(..).map(|(_, j)| j));
            }
        }
        for (gap, j) in before {
            self.added[gap.max(first)].push(j);
        }
    }

    /// What both sides show already is one edit, however each side's blocks were paired with the base: else a merge of
    /// which one half has arrived would be made once more. `now` is an edit of an old block here and a new block there.
    pub(super) fn agree(
        &mut self,
        base: &[Block],
        now: &[Block],
        other: &mut Became,
        there: &[Block],
    ) {
        let mut new_there: BTreeSet<u64> =
            other.added.iter().flatten().map(|k| there[*k].digest()).collect();
        if new_there.is_empty() {
            return;
        }
        for (i, block) in base.iter().enumerate() {
            let Some(j) = self.now[i].filter(|j| now[*j] != *block) else { continue };
            let is_it = |k: &usize| there[*k] == now[j];
            if !new_there.contains(&now[j].digest()) || !other.added.iter().flatten().any(is_it) {
                continue;
            }
            let near = (i..=i + 1).find_map(|gap| {
                let at = other.added[gap].iter().position(is_it)?;
                Some((gap, at))
            });
            match (other.now[i], near) {
                (Some(k), Some((gap, at))) if there[k] != *block => {
                    let same = other.added[gap].remove(at);
                    other.now[i] = Some(same);
                    let gap = &mut other.added[if k < same { i } else { i + 1 }];
                    new_there.insert(there[k].digest());
                    gap.push(k);
                    gap.sort_unstable();
                }
                (None, Some((gap, at))) => other.take_for(i, gap, at),
                (Some(_), Some((gap, _))) => {
                    self.now[i] = None;
                    let gap = &mut self.added[gap];
                    gap.push(j);
                    gap.sort_unstable();
                }
                // The other side has it elsewhere, and there it stays.
                (Some(_) | None, None) => self.now[i] = None,
            }
        }
    }

    /// What was put into that gap beside block `i` is what became of it; what stands around it there stays around it.
    fn take_for(&mut self, i: usize, gap: usize, at: usize) {
        let mut above = std::mem::take(&mut self.added[gap]);
        let mut below = above.split_off(at + 1);
        self.now[i] = above.pop();
        if gap == i {
            below.append(&mut self.added[i + 1]);
        } else {
            self.added[i].append(&mut above);
            above = std::mem::take(&mut self.added[i]);
        }
        self.added[i] = above;
        self.added[i + 1] = below;
    }

    pub(super) fn version<'b>(&self, i: usize, now: &'b [Block]) -> Option<&'b Block> {
        self.now[i].and_then(|j| now.get(j))
    }
}
