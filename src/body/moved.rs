//! Blocks that stand elsewhere on one side, or on both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::became::Became;
use super::tree::{Atom, Block, Token};
use crate::model::Sides;

/// Two people who write so many words in a paragraph hardly write the same ones.
const ENOUGH_WORDS: usize = 3;

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

/// Blocks that both sides moved or wrote, each at another place: only one side is followed, so that there are not two. What both
/// wrote to the letter was most likely carried from one to the other, by a write of ours whose answer was lost, and moved since.
pub(super) fn come_twice(
    base: &[Block],
    github: &Became,
    notion: &Became,
    now: Sides<&[Block]>,
) -> BTreeSet<u64> {
    let (by_github, by_notion) = (github.gaps(now.github), notion.gaps(now.notion));
    if by_github.is_empty() || by_notion.is_empty() {
        return BTreeSet::new();
    }
    let gone = (0..base.len()).filter(|i| github.now[*i].is_none() && notion.now[*i].is_none());
    let gone: BTreeSet<u64> = gone.map(|i| base[i].digest()).collect();
    let is_elsewhere = |here: &Vec<usize>, there: &Vec<usize>| {
        here.len() == there.len() && !here.iter().any(|gap| there.contains(gap))
    };
    let known: BTreeSet<u64> = base.iter().map(Block::digest).collect();
    let both = by_github.into_iter().filter_map(|(digest, (here, block))| {
        let (there, _) = by_notion.get(&digest)?;
        let is_new = !known.contains(&digest) && says_enough(block) && is_elsewhere(&here, there);
        (gone.contains(&digest) || is_new).then_some(digest)
    });
    both.collect()
}

/// Whether it has so many words that two people hardly write the same.
fn says_enough(block: &Block) -> bool {
    fn words(block: &Block) -> usize {
        let is_word = |token: &&Token| match &token.atom {
            Atom::Text(text) => text.contains(char::is_alphanumeric),
            Atom::Break | Atom::Math(_) => false,
        };
        let own = block.text.iter().filter(is_word).count();
        own + block.children.iter().map(words).sum::<usize>()
    }
    words(block) >= ENOUGH_WORDS
}
