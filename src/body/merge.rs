//! Two edits of one body put together: by block, inside a block by line and then by word (DESIGN §3, Body).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;

use super::pairing::{Fate, pair};
use super::shared::Shared;
use super::tree::{Atom, Block, Kind, Token};
use super::weave::{by_line, by_word};
use crate::model::{Side, Sides};

/// Two people who write so many words in a paragraph hardly write the same ones.
const ENOUGH_WORDS: usize = 3;

/// Both sides changed the same words, and nobody said who wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overlap;

/// Puts the edits of both sides together. `winner` decides what overlaps, and then `overlapped` is set.
pub(super) struct Merger {
    /// Who wins what overlaps.
    pub(super) winner: Option<Side>,
    /// Whether anything did.
    pub(super) overlapped: bool,
}

impl Merger {
    /// Merges blocks side by side.
    pub(super) fn blocks<'b>(
        &mut self,
        base: &[Block],
        now: Sides<&'b [Block]>,
    ) -> Result<Cow<'b, [Block]>, Overlap> {
        if now.github == now.notion || now.notion == base {
            return Ok(Cow::Borrowed(now.github));
        }
        if now.github == base {
            return Ok(Cow::Borrowed(now.notion));
        }
        let mut github = Became::of(base, now.github);
        let mut notion = Became::of(base, now.notion);
        github.gather(now.github, &notion, now.notion);
        notion.gather(now.notion, &github, now.github);
        github.agree(base, now.github, &mut notion, now.notion);
        notion.agree(base, now.notion, &mut github, now.github);
        github.agree_beside(base, now.github, &mut notion, now.notion);
        notion.agree_beside(base, now.notion, &mut github, now.github);
        let come_twice = come_twice(base, &github, &notion, now);
        let moved = Sides {
            github: Moved::of(base, (&github, now.github), (&notion, now.notion)),
            notion: Moved::of(base, (&notion, now.notion), (&github, now.github)),
        };
        let mut out = Vec::new();
        for i in 0..=base.len() {
            let versions = |i: usize| Sides {
                github: github.version(i, now.github),
                notion: notion.version(i, now.notion),
            };
            let come = Sides {
                github: moved.github.followed(&github.added[i], now.github, |i| versions(i).notion),
                notion: moved.notion.followed(&notion.added[i], now.notion, |i| versions(i).github),
            };
            self.added(&come, &come_twice, &mut out);
            let follows = moved.github.from.contains(&i) || moved.notion.from.contains(&i);
            if let Some(block) = base.get(i).filter(|_| !follows) {
                out.extend(self.block(block, versions(i))?);
            }
        }
        Ok(Cow::Owned(out))
    }

    /// What both sides put into one gap: GitHub's first, and what both put there once, behind what either has before it.
    fn added(&self, come: &Sides<Vec<&Block>>, come_twice: &BTreeSet<u64>, out: &mut Vec<Block>) {
        let favoured = self.winner.unwrap_or(Side::GitHub);
        // Most often only one side puts something there, and then nobody asks what is the same.
        if let ([], only) | (only, []) = (&come.github[..], &come.notion[..])
            && come_twice.is_empty()
        {
            return out.extend(only.iter().copied().cloned());
        }
        let here = |side: Side| -> Vec<(u64, &Block)> {
            let blocks = come[side].iter().map(|block| (block.digest(), *block));
            blocks.filter(|(it, _)| side == favoured || !come_twice.contains(it)).collect()
        };
        let (github, notion) = (here(Side::GitHub), here(Side::Notion));
        let both: BTreeSet<u64> = github.iter().map(|(digest, _)| *digest).collect();
        let mut places = BTreeMap::<u64, VecDeque<usize>>::new();
        for (at, (digest, _)) in notion.iter().enumerate() {
            places.entry(*digest).or_default().push_back(at);
        }
        let own = |blocks: &[(u64, &Block)]| -> Vec<Block> {
            let own = blocks.iter().filter(|(digest, _)| !both.contains(digest));
            own.map(|(_, block)| (*block).clone()).collect()
        };
        let mut reached = 0;
        for (digest, block) in &github {
            let next = |places: &mut VecDeque<usize>| {
                while places.front().is_some_and(|at| *at < reached) {
                    places.pop_front();
                }
                places.pop_front()
            };
            if let Some(at) = places.get_mut(digest).and_then(next) {
                out.extend(own(&notion[reached..at]));
                reached = at + 1;
            }
            out.push((*block).clone());
        }
        out.extend(own(&notion[reached..]));
    }

    fn block(
        &mut self,
        base: &Block,
        now: Sides<Option<&Block>>,
    ) -> Result<Option<Block>, Overlap> {
        let same = |block: &Block| block == base;
        match (now.github, now.notion) {
            (None, None) => Ok(None),
            (Some(github), None) => self.or_removed(github, same(github), Side::GitHub),
            (None, Some(notion)) => self.or_removed(notion, same(notion), Side::Notion),
            (Some(github), Some(notion)) if same(github) => Ok(Some(notion.clone())),
            (Some(github), Some(notion)) if same(notion) || github == notion => {
                Ok(Some(github.clone()))
            }
            (Some(github), Some(notion)) => {
                let kind =
                    self.kind(&base.kind, Sides { github: &github.kind, notion: &notion.kind })?;
                let text =
                    self.text(&base.text, Sides { github: &github.text, notion: &notion.text })?;
                let children = self.blocks(
                    &base.children,
                    Sides { github: &github.children, notion: &notion.children },
                )?;
                Ok(Some(Block { kind, text, children: children.into_owned().into() }))
            }
        }
    }

    /// The other side removed what this one has, changed or not.
    fn or_removed(
        &mut self,
        block: &Block,
        is_same: bool,
        side: Side,
    ) -> Result<Option<Block>, Overlap> {
        if is_same {
            return Ok(None);
        }
        Ok((self.decided()? == side).then(|| block.clone()))
    }

    fn decided(&mut self) -> Result<Side, Overlap> {
        self.overlapped = true;
        self.winner.ok_or(Overlap)
    }

    fn kind(&mut self, base: &Kind, now: Sides<&Kind>) -> Result<Kind, Overlap> {
        if now.github == base || now.github == now.notion {
            Ok(now.notion.clone())
        } else if now.notion == base {
            Ok(now.github.clone())
        } else {
            Ok(now[self.decided()?].clone())
        }
    }

    fn text(
        &mut self,
        base: &Shared<Token>,
        now: Sides<&Shared<Token>>,
    ) -> Result<Shared<Token>, Overlap> {
        if now.github == base || now.github == now.notion {
            return Ok(now.notion.clone());
        }
        if now.notion == base {
            return Ok(now.github.clone());
        }
        let tokens = now.map(|text| &**text);
        match by_line(base, tokens).or_else(|| by_word(base, tokens)) {
            Some(text) => Ok(text.into()),
            // A sentence of which one half is from each would be nobody's: the winner's text stands as a whole.
            None => Ok(now[self.decided()?].clone()),
        }
    }
}

/// What became of a base's blocks on one side.
struct Became {
    /// For each block of the base, where it is now.
    now: Vec<Option<usize>>,
    /// For each gap, before the block of that number, what was put there.
    added: Vec<Vec<usize>>,
}

impl Became {
    fn of(base: &[Block], now: &[Block]) -> Became {
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
    fn gather(&mut self, now: &[Block], other: &Became, there: &[Block]) {
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
    fn agree(&mut self, base: &[Block], now: &[Block], other: &mut Became, there: &[Block]) {
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

    /// The same where each side seems to have made it of another old block, the other side of one beside it that this side left
    /// as it was: then both made it of this side's. Nothing may stand between the two blocks that would stand on the other side
    /// of it then.
    fn agree_beside(&self, base: &[Block], now: &[Block], other: &mut Became, there: &[Block]) {
        let nearest = |all: &mut dyn Iterator<Item = usize>| -> Vec<Option<usize>> {
            let mut last = None;
            let mut nearest = vec![None; base.len()];
            for i in all {
                nearest[i] = last;
                last = other.now[i].map(|_| i).or(last);
            }
            nearest
        };
        let above = nearest(&mut (0..base.len()));
        let below = nearest(&mut (0..base.len()).rev());
        let mut made = Vec::new();
        for (i, block) in base.iter().enumerate() {
            if other.version(i, there) == Some(block) {
                continue;
            }
            let Some(mine) = self.version(i, now).filter(|mine| *mine != block) else { continue };
            let is_it = |i: &usize| {
                let its = other.version(*i, there);
                its == Some(mine) && self.version(*i, now) == Some(&base[*i])
            };
            let is_next = |beside: &usize| {
                let mut between = i.min(*beside) + 1..=i.max(*beside);
                between.all(|gap| other.added[gap].is_empty())
            };
            let beside = [above[i], below[i]].into_iter().flatten();
            let beside = beside.filter(is_it).find(is_next);
            made.extend(beside.map(|beside| (beside, i)));
        }
        for (beside, i) in made {
            let Some(same) = other.now[beside].take() else { continue };
            // What it was made of instead is new there.
            if let Some(instead) = other.now[i].replace(same) {
                let gap = &mut other.added[if instead < same { i } else { i + 1 }];
                gap.push(instead);
                gap.sort_unstable();
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

    /// What was put there, by its digest: into which gaps.
    fn gaps<'b>(&self, now: &'b [Block]) -> BTreeMap<u64, (Vec<usize>, &'b Block)> {
        let mut gaps = BTreeMap::new();
        for (gap, added) in self.added.iter().enumerate() {
            for block in added.iter().map(|j| &now[*j]) {
                let (all, _) = gaps.entry(block.digest()).or_insert_with(|| (Vec::new(), block));
                all.push(gap);
            }
        }
        gaps
    }

    fn version<'b>(&self, i: usize, now: &'b [Block]) -> Option<&'b Block> {
        self.now[i].and_then(|j| now.get(j))
    }
}

/// Blocks that one side moved, unchanged, and the other did not: what the other did to such a block follows it.
struct Moved {
    /// For each block of that side that came, the block of the base that it was.
    came: BTreeMap<usize, usize>,
    /// The blocks of the base.
    from: BTreeSet<usize>,
}

impl Moved {
    fn of(base: &[Block], side: (&Became, &[Block]), other: (&Became, &[Block])) -> Moved {
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
    fn followed<'b>(
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
fn come_twice(
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
