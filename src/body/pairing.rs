//! Which block of a text became which block of its later state.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::diff::{Hunk, hunks, same_ends};
use super::tree::{Block, Kind};

/// What became of a block, in the order of the later state; what was removed stands where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is the same, down to the last word.
    Kept(usize, usize),
    /// It was changed.
    Changed(usize, usize),
    /// It is gone.
    Removed(usize),
    /// It is new.
    Added(usize),
}

/// So many comparisons of two blocks one stretch may cost; beyond that, blocks are taken in order (I14).
const MAX_COMPARISONS: usize = 4_096;

/// Pairs blocks: equal ones first, then the most alike in between.
pub(super) fn pair(before: &[Block], after: &[Block]) -> Vec<Fate> {
    let (front, back) = same_ends(before, after);
    let (old_end, new_end) = (before.len() - back, after.len() - back);
    let mut fates = Vec::with_capacity(before.len().max(after.len()));
    fates.extend((0..front).map(|i| Fate::Kept(i, i)));
    let changed = pair_changed(&before[front..old_end], &after[front..new_end]);
    fates.extend(changed.into_iter().map(|fate| fate.shifted(front, front)));
    fates.extend((0..back).map(|i| Fate::Kept(old_end + i, new_end + i)));
    fates
}

/// Pairs blocks of which neither the first two are equal nor the last.
fn pair_changed(before: &[Block], after: &[Block]) -> Vec<Fate> {
    if before.is_empty() || after.is_empty() {
        // There is nothing to compare, and digests cost as much as reading.
        let removed = (0..before.len()).map(Fate::Removed);
        return removed.chain((0..after.len()).map(Fate::Added)).collect();
    }
    let digests = |blocks: &[Block]| blocks.iter().map(Block::digest).collect::<Vec<_>>();
    let mut fates = Vec::new();
    let (mut i, mut j) = (0, 0);
    let keep_until = |fates: &mut Vec<Fate>, end: usize, i: &mut usize, j: &mut usize| {
        while *i < end {
            // What stays to the letter is not decided by a digest.
            let is_same = before[*i] == after[*j];
            fates.push(if is_same { Fate::Kept(*i, *j) } else { Fate::Changed(*i, *j) });
            (*i, *j) = (*i + 1, *j + 1);
        }
    };
    let digests = (digests(before), digests(after));
    let hunks: Vec<Hunk> = hunks(&digests.0, &digests.1);
    let moved = moved(&hunks, &digests.0, &digests.1);
    for hunk in hunks {
        keep_until(&mut fates, hunk.before.start, &mut i, &mut j);
        let old = Stretch::of(&before[hunk.before.clone()], i, &moved.0);
        let new = Stretch::of(&after[hunk.after.clone()], j, &moved.1);
        fates.extend(stretch(&old, &new).into_iter().map(|fate| fate.shifted(i, j)));
        (i, j) = (hunk.before.end, hunk.after.end);
    }
    keep_until(&mut fates, before.len(), &mut i, &mut j);
    fates
}

impl Fate {
    fn shifted(self, by_old: usize, by_new: usize) -> Fate {
        match self {
            Fate::Kept(i, j) => Fate::Kept(i + by_old, j + by_new),
            Fate::Changed(i, j) => Fate::Changed(i + by_old, j + by_new),
            Fate::Removed(i) => Fate::Removed(i + by_old),
            Fate::Added(j) => Fate::Added(j + by_new),
        }
    }
}

/// Blocks that stand elsewhere now, unchanged: they are no edits of what happens to resemble them.
fn moved(hunks: &[Hunk], before: &[u64], after: &[u64]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut gone = BTreeMap::<u64, Vec<usize>>::new();
    for i in hunks.iter().flat_map(|hunk| hunk.before.clone()).rev() {
        gone.entry(before[i]).or_default().push(i);
    }
    let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
    for j in hunks.iter().flat_map(|hunk| hunk.after.clone()) {
        if let Some(i) = gone.get_mut(&after[j]).and_then(Vec::pop) {
            from.insert(i);
            to.insert(j);
        }
    }
    (from, to)
}

/// Blocks between equal ones, and which of them moved.
struct Stretch<'b> {
    blocks: &'b [Block],
    moved: Vec<bool>,
}

impl<'b> Stretch<'b> {
    fn of(blocks: &'b [Block], start: usize, moved: &BTreeSet<usize>) -> Stretch<'b> {
        let moved = (0..blocks.len()).map(|i| moved.contains(&(start + i))).collect();
        Stretch { blocks, moved }
    }

    fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Those of a range that did not move.
    fn staying(&self, range: Range<usize>) -> Vec<usize> {
        range.filter(|i| !self.moved[*i]).collect()
    }
}

/// A stretch without equal blocks side by side.
fn stretch(old: &Stretch<'_>, new: &Stretch<'_>) -> Vec<Fate> {
    let comparisons = old.len().saturating_mul(new.len());
    let pairs = if (1..=MAX_COMPARISONS).contains(&comparisons) {
        most_alike(old, new)
    } else {
        Vec::new()
    };
    let mut fates = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (old_end, new_end) in pairs.iter().copied().chain([(old.len(), new.len())]) {
        rest(old, new, i..old_end, j..new_end, &mut fates);
        if old_end < old.len() && new_end < new.len() {
            fates.push(Fate::Changed(old_end, new_end));
        }
        (i, j) = (old_end + 1, new_end + 1);
    }
    fates
}

/// What lies between two pairs. As many blocks of the same kinds as before are those blocks, whatever they say now.
fn rest(
    old: &Stretch<'_>,
    new: &Stretch<'_>,
    from: Range<usize>,
    to: Range<usize>,
    fates: &mut Vec<Fate>,
) {
    let (was, is) = (old.staying(from.clone()), new.staying(to.clone()));
    let same_kinds = was.len() == is.len()
        && was
            .iter()
            .zip(&is)
            .all(|(i, j)| is_same_kind(&old.blocks[*i].kind, &new.blocks[*j].kind));
    let (mut i, mut j) = (from.start, to.start);
    for (old_at, new_at) in was.into_iter().zip(is).filter(|_| same_kinds) {
        fates.extend((i..old_at).map(Fate::Removed));
        fates.extend((j..new_at).map(Fate::Added));
        fates.push(Fate::Changed(old_at, new_at));
        (i, j) = (old_at + 1, new_at + 1);
    }
    fates.extend((i..from.end).map(Fate::Removed));
    fates.extend((j..to.end).map(Fate::Added));
}

fn is_same_kind(a: &Kind, b: &Kind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) || a.is_item() && b.is_item()
}

/// The pairs, in order, that have most in common.
fn most_alike(old: &Stretch<'_>, new: &Stretch<'_>) -> Vec<(usize, usize)> {
    let words = |stretch: &Stretch<'_>| stretch.blocks.iter().map(words).collect::<Vec<_>>();
    let (old_words, new_words) = (words(old), words(new));
    let width = new.len() + 1;
    let mut best = vec![0u32; (old.len() + 1) * width];
    let score = |i: usize, j: usize| {
        let has_moved = old.moved[i] || new.moved[j];
        if !has_moved && is_same_kind(&old.blocks[i].kind, &new.blocks[j].kind) {
            likeness(&old_words[i], &new_words[j])
        } else {
            0
        }
    };
    let mut scores = vec![0u32; old.len() * new.len()];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let alike = score(i, j);
            scores[i * new.len() + j] = alike;
            let with = if alike > 0 { alike + best[(i + 1) * width + j + 1] } else { 0 };
            best[i * width + j] = with.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let alike = scores[i * new.len() + j];
        if alike > 0 && best[i * width + j] == alike + best[(i + 1) * width + j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i * width + j] == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// How often each word and each inner block occurs.
fn words(block: &Block) -> BTreeMap<u64, u32> {
    let mut counts = BTreeMap::new();
    for token in block.text.iter().filter(|token| !token.is_blank()) {
        *counts.entry(super::tree::digest_of(&token.atom)).or_insert(0) += 1;
    }
    for child in &block.children {
        // What contains much is told by what it contains.
        *counts.entry(child.digest()).or_insert(0) += 4;
    }
    counts
}

/// At least this much in a hundred in common makes two blocks one.
const ALIKE: u32 = 30;

/// How much two blocks have in common, in a hundred; 0 when it is too little.
fn likeness(a: &BTreeMap<u64, u32>, b: &BTreeMap<u64, u32>) -> u32 {
    let total: u32 = a.values().chain(b.values()).sum();
    let shared: u32 = a.iter().filter_map(|(word, n)| b.get(word).map(|m| *n.min(m))).sum();
    let alike = (200 * shared).checked_div(total).unwrap_or(0);
    if alike >= ALIKE { alike } else { 0 }
}
