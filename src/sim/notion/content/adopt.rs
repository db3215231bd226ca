//! Which blocks of a new text are the ones that were there before: those keep their ids, and with them their comments.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use gix_imara_diff::{Algorithm, Diff, InternedInput};
use uuid::Uuid;

use super::block::{Block, BlockId};

/// Where new ids come from, when it is, and whether a changed block keeps its id.
pub(in crate::sim::notion) struct Adoption<'f> {
    pub(in crate::sim::notion) fresh: &'f mut dyn FnMut() -> Uuid,
    pub(in crate::sim::notion) now: DateTime<Utc>,
    pub(in crate::sim::notion) changed_keeps_id: bool,
}

impl Adoption<'_> {
    /// The new blocks, with the ids of the old ones they continue.
    pub(in crate::sim::notion) fn adopt(&mut self, old: Vec<Block>, new: Vec<Block>) -> Vec<Block> {
        let partners = partners(&old, &new);
        let mut old: Vec<Option<Block>> = old.into_iter().map(Some).collect();
        let mut take = |at: usize| old.get_mut(at).and_then(Option::take);
        new.into_iter()
            .zip(partners)
            .map(|(block, partner)| match partner {
                None => self.all_new(block),
                Some(Partner::Same(at)) => match take(at) {
                    Some(before) => before,
                    None => self.all_new(block),
                },
                Some(Partner::Continued(at)) => match take(at) {
                    Some(before) => self.continued(before, block),
                    None => self.all_new(block),
                },
            })
            .collect()
    }

    fn continued(&mut self, before: Block, mut block: Block) -> Block {
        let is_own_unchanged = before.content == block.content;
        if is_own_unchanged {
            (block.id, block.created_at, block.edited_at) =
                (before.id, before.created_at, before.edited_at);
        } else if self.changed_keeps_id {
            (block.id, block.created_at, block.edited_at) =
                (before.id, before.created_at, self.now);
        } else {
            self.name(&mut block);
        }
        block.children = self.adopt(before.children, std::mem::take(&mut block.children));
        block
    }

    fn all_new(&mut self, mut block: Block) -> Block {
        self.name(&mut block);
        let children = std::mem::take(&mut block.children);
        block.children = children.into_iter().map(|child| self.all_new(child)).collect();
        block
    }

    fn name(&mut self, block: &mut Block) {
        block.id = BlockId((self.fresh)());
        (block.created_at, block.edited_at) = (self.now, self.now);
    }
}

/// What a new block continues, by its place among the old ones.
#[derive(Clone, Copy)]
enum Partner {
    /// Nothing changed, at any depth.
    Same(usize),
    /// Its words or its children changed.
    Continued(usize),
}

fn digest(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Of a block with everything in it.
fn whole(block: &Block) -> u64 {
    digest((&block.content, block.children.iter().map(whole).collect::<Vec<_>>()))
}

/// The old blocks of one digest, first come first served.
type Waiting = BTreeMap<u64, VecDeque<usize>>;

fn waiting(old: impl Iterator<Item = (usize, u64)>) -> Waiting {
    let mut waiting = Waiting::new();
    for (at, digest) in old {
        waiting.entry(digest).or_default().push_back(at);
    }
    waiting
}

/// First what stayed in its order, then what moved, then in each gap what has the same words, then the same kind.
fn partners(old: &[Block], new: &[Block]) -> Vec<Option<Partner>> {
    let digests = |blocks: &[Block]| blocks.iter().map(whole).collect::<Vec<_>>();
    let (before, after) = (digests(old), digests(new));
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);

    let mut partners: Vec<Option<Partner>> = vec![None; new.len()];
    let mut is_free = vec![false; old.len()];
    let (mut at_old, mut at_new) = (0, 0);
    let mut gaps = Vec::new();
    for hunk in diff.hunks() {
        let range = |range: &std::ops::Range<u32>| range.start as usize..range.end as usize;
        let (left, right) = (range(&hunk.before), range(&hunk.after));
        stayed(&mut partners, at_old, at_new, left.start.saturating_sub(at_old));
        (at_old, at_new) = (left.end, right.end);
        for at in left.clone() {
            is_free.get_mut(at).into_iter().for_each(|free| *free = true);
        }
        gaps.push((left, right));
    }
    stayed(&mut partners, at_old, at_new, old.len().saturating_sub(at_old));

    let free = before.iter().copied().enumerate().filter(|(at, _)| is_free.get(*at) == Some(&true));
    let mut moved = waiting(free);
    for (at, partner) in partners.iter_mut().enumerate().filter(|(_, partner)| partner.is_none()) {
        let found = after.get(at).and_then(|digest| moved.get_mut(digest)?.pop_front());
        if let Some(found) = found {
            is_free.get_mut(found).into_iter().for_each(|free| *free = false);
            *partner = Some(Partner::Same(found));
        }
    }
    let by_words = |block: &Block| digest(&block.content);
    let by_kind = |block: &Block| digest(std::mem::discriminant(&block.content.kind));
    for key in [&by_words as &dyn Fn(&Block) -> u64, &by_kind] {
        for (left, right) in &gaps {
            let free = left.clone().filter(|at| is_free.get(*at) == Some(&true));
            let mut alike = waiting(free.filter_map(|at| Some((at, key(old.get(at)?)))));
            for at in right.clone() {
                let Some(partner @ None) = partners.get_mut(at) else { continue };
                let found = new.get(at).and_then(|block| alike.get_mut(&key(block))?.pop_front());
                if let Some(found) = found {
                    is_free.get_mut(found).into_iter().for_each(|free| *free = false);
                    *partner = Some(Partner::Continued(found));
                }
            }
        }
    }
    partners
}

fn stayed(partners: &mut [Option<Partner>], old: usize, new: usize, length: usize) {
    for (offset, partner) in partners.iter_mut().skip(new).take(length).enumerate() {
        *partner = Some(Partner::Same(old + offset));
    }
}
