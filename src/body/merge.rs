//! Two edits of one body put together: by block, inside a block by line and then by word (DESIGN §3, Body).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::became::Became;
use super::moved::{Moved, moved_twice};
use super::shared::Shared;
use super::tree::{Block, Kind, Token};
use super::weave::{by_line, by_word};
use crate::model::{Side, Sides};

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
        let moved_twice = moved_twice(base, &github, &notion, now);
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
            self.added(&come, &moved_twice, &mut out);
            let follows = moved.github.from.contains(&i) || moved.notion.from.contains(&i);
            if let Some(block) = base.get(i).filter(|_| !follows) {
                out.extend(self.block(block, versions(i))?);
            }
        }
        Ok(Cow::Owned(out))
    }

    /// What both sides put into one gap: GitHub's first, and what both put there once, behind what either has before it.
    fn added(&self, come: &Sides<Vec<&Block>>, moved_twice: &BTreeSet<u64>, out: &mut Vec<Block>) {
        let favoured = self.winner.unwrap_or(Side::GitHub);
        // Most often only one side puts something there, and then nobody asks what is the same.
        if let ([], only) | (only, []) = (&come.github[..], &come.notion[..])
            && moved_twice.is_empty()
        {
            return out.extend(only.iter().copied().cloned());
        }
        let here = |side: Side| -> Vec<(u64, &Block)> {
            let blocks = come[side].iter().map(|block| (block.digest(), *block));
            blocks.filter(|(it, _)| side == favoured || !moved_twice.contains(it)).collect()
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
