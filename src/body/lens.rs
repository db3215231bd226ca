//! The lens: an edit on one side becomes the same edit on the other, and nothing else changes (DESIGN §3, Body).

use std::borrow::Cow;

use super::dialect::Dialect;
use super::images;
use super::limits::fits;
use super::merge::{Merger, Overlap};
use super::place::Place;
use super::reread::reread;
use super::source::Reading;
use super::splice::{self, Refused, Spliced};
use super::tree::{Block, has_words, share, words_in};
use crate::model::{Side, Sides};

/// All that decides the bodies of one pair; every text is in its own side's dialect, without the marker.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Both as last agreed.
    pub base: Option<Sides<&'a str>>,
    /// Both as they are now.
    pub now: Sides<&'a str>,
    /// The only side whose edits count, when there is only one.
    pub source: Option<Side>,
    /// Who wins what overlaps, once that is decided.
    pub winner: Option<Side>,
    /// Where the body lives.
    pub place: &'a Place,
}

/// What is to be done about the bodies of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// In step, and the base says so.
    Nothing,
    /// In step in meaning; the base becomes what both are now.
    Agree,
    /// Write.
    Write {
        /// The whole new text of each side that gets one: its present text with the edits spliced in.
        to: Sides<Option<String>>,
        /// Why.
        how: How,
    },
    /// Both sides changed the same words, and nobody has decided who wins.
    Overlap,
    /// Nothing can be written until somebody edits one of the sides.
    Hold {
        /// The side that cannot take the edit.
        side: Side,
        /// What, where and what to do.
        reason: String,
    },
}

/// Why a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It follows the side whose edits alone count.
    OneWay(Side),
    /// Only that side was edited, or has a body at all.
    OnlyChanged(Side),
    /// Both were edited, in different places: both edits are kept.
    Merged,
    /// Both edited the same words, and that side's stand.
    Won(Side),
    /// What was edited on that side is a mere stand-in: it is put back.
    PutBack(Side),
}

/// The Notion markdown that shows a GitHub body.
///
/// # Errors
/// The reason why it cannot be carried, for people.
pub fn to_notion(github: &str, place: &Place) -> Result<String, String> {
    anew(Side::Notion, github, place)
}

/// The GitHub markdown that shows a Notion body; it calls nobody and leaves no trace elsewhere (I16).
///
/// # Errors
/// The reason why it cannot be carried, for people.
pub fn to_github(notion: &str, place: &Place) -> Result<String, String> {
    anew(Side::GitHub, notion, place)
}

fn anew(side: Side, source: &str, place: &Place) -> Result<String, String> {
    let from = Dialect { side: side.other(), place }.read(source);
    splice::anew(Dialect { side, place }, &from.blocks).map_err(|refused| match refused {
        Refused::TooLong(reason) => reason,
        Refused::Unlike => cannot_show(side),
    })
}

/// Merges the bodies of one pair. A pure function of its input (I10).
#[must_use]
pub fn reconcile(input: &Input<'_>) -> Outcome {
    let unchanged = |base: Sides<&str>| base == input.now;
    if input.base.is_some_and(unchanged) {
        return Outcome::Nothing;
    }
    let place = images::with_uploads(input);
    let input = &Input { place: &place, ..*input };
    let lens = Lens { input, now: both(input.now, input.place) };
    if lens.now.github.blocks == lens.now.notion.blocks {
        return Outcome::Agree;
    }
    let decided = match input.base {
        None => lens.without_base(),
        Some(base) => lens.with_base(base),
    };
    match decided {
        Ok(outcome) => outcome,
        Err(Stop::Overlap) => Outcome::Overlap,
        Err(Stop::Hold(side, reason)) => Outcome::Hold { side, reason },
    }
}

fn both(texts: Sides<&str>, place: &Place) -> Sides<Reading> {
    let read = |side: Side| Dialect { side, place }.read(texts[side]);
    let (github, mut notion) = (read(Side::GitHub), read(Side::Notion));
    // All that follows is comparing: what is the same is compared to the letter once.
    share(&github.blocks, &mut notion.blocks);
    Sides { github, notion }
}

/// Why nothing can be decided or written.
enum Stop {
    Overlap,
    Hold(Side, String),
}

impl From<Overlap> for Stop {
    fn from(Overlap: Overlap) -> Stop {
        Stop::Overlap
    }
}

struct Lens<'i> {
    input: &'i Input<'i>,
    now: Sides<Reading>,
}

/// What each side showed when both were last agreed.
type Bases<'b> = Sides<Cow<'b, [Block]>>;

/// What each side is to show.
type Trees<'t> = Sides<Cow<'t, [Block]>>;

impl Lens<'_> {
    fn without_base(&self) -> Result<Outcome, Stop> {
        let is_empty = |side: Side| self.now[side].blocks.is_empty();
        let (winner, how) = match self.input.source {
            Some(source) => (source, How::OneWay(source)),
            None if is_empty(Side::Notion) => (Side::GitHub, How::OnlyChanged(Side::GitHub)),
            None if is_empty(Side::GitHub) => (Side::Notion, How::OnlyChanged(Side::Notion)),
            None => match self.input.winner {
                Some(winner) => (winner, How::Won(winner)),
                None => return Err(Stop::Overlap),
            },
        };
        let tree = Cow::Borrowed(self.now[winner].blocks.as_slice());
        self.write(Sides { github: tree.clone(), notion: tree }, how, None)
    }

    fn with_base(&self, base: Sides<&str>) -> Result<Outcome, Stop> {
        // Most often one side is as it was, and was read already.
        let read = |side: Side| -> Cow<'_, [Block]> {
            if base[side] == self.input.now[side] {
                return Cow::Borrowed(&self.now[side].blocks);
            }
            let dialect = Dialect { side, place: self.input.place };
            let known = (self.input.now[side], &self.now[side]);
            let mut blocks = reread(dialect, base[side], known.0, known.1).blocks();
            share(&self.now[side].blocks, &mut blocks);
            Cow::Owned(blocks)
        };
        let base = &Sides { github: read(Side::GitHub), notion: read(Side::Notion) };
        let changed = |side: Side| self.now[side].blocks != *base[side];
        let (github, notion) = (changed(Side::GitHub), changed(Side::Notion));
        if !github && !notion {
            return Ok(Outcome::Agree);
        }
        if let Some(source) = self.input.source {
            return self.follow(source, base);
        }
        match (github, notion) {
            (true, false) => self.carry(Side::GitHub, base),
            (false, _) => self.carry(Side::Notion, base),
            (true, true) => self.merge(base),
        }
    }

    /// Only one side was edited: the other gets that edit, against what the edited side showed before.
    fn carry(&self, from: Side, base: &Bases<'_>) -> Result<Outcome, Stop> {
        let to = from.other();
        let mut trees = self.trees();
        let mut merger = Merger { winner: Some(from), overlapped: false };
        trees[to] = merger.blocks(&base[from], self.blocks())?;
        self.write(trees, How::OnlyChanged(from), Some(base))
    }

    fn merge(&self, base: &Bases<'_>) -> Result<Outcome, Stop> {
        let mut merger = Merger { winner: self.input.winner, overlapped: false };
        let mut trees = self.trees();
        for to in Side::BOTH {
            trees[to] = merger.blocks(&base[to.other()], self.blocks())?;
        }
        let how = match self.input.winner.filter(|_| merger.overlapped) {
            Some(winner) => How::Won(winner),
            None => How::Merged,
        };
        self.write(trees, how, Some(base))
    }

    /// The other side shows what it would show if only the source had been edited.
    fn follow(&self, source: Side, base: &Bases<'_>) -> Result<Outcome, Stop> {
        let target = source.other();
        let mut now = self.blocks();
        now[target] = &base[target];
        let mut merger = Merger { winner: Some(source), overlapped: false };
        let mut trees = self.trees();
        trees[target] = merger.blocks(&base[source], now)?;
        self.write(trees, How::OneWay(source), Some(base))
    }

    fn blocks(&self) -> Sides<&[Block]> {
        Sides { github: &self.now.github.blocks, notion: &self.now.notion.blocks }
    }

    fn trees(&self) -> Trees<'_> {
        self.blocks().map(Cow::Borrowed)
    }

    /// Splices each side's tree into its text. What one side had to put back goes back to the other, too.
    fn write(&self, meant: Trees<'_>, how: How, base: Option<&Bases<'_>>) -> Result<Outcome, Stop> {
        let mut to: Sides<Option<String>> = Sides { github: None, notion: None };
        let mut shown: Sides<Option<Vec<Block>>> = Sides { github: None, notion: None };
        for side in Side::BOTH {
            if *meant[side] != *self.now[side].blocks {
                let text = self.input.now[side];
                let spliced = self.splice(side, text, &self.now[side], &meant[side])?;
                shown[side] = Some(spliced.blocks);
                to[side] = Some(spliced.text);
            }
        }
        let mut put_back = None;
        for side in Side::BOTH {
            let other = side.other();
            let Some(put) = shown[side].as_deref().filter(|put| *put != &*meant[side]) else {
                continue;
            };
            if self.input.source == Some(other) {
                continue;
            }
            let mut now: Sides<&[Block]> = Sides { github: &[], notion: &[] };
            (now[side], now[other]) = (put, shown[other].as_deref().unwrap_or(&meant[other]));
            let tree =
                Merger { winner: Some(side), overlapped: false }.blocks(&meant[side], now)?;
            if tree != now[other] {
                self.may_put_back(other, &meant[other], &tree, how)?;
                let text = to[other].as_deref().unwrap_or(self.input.now[other]);
                let reading = Dialect { side: other, place: self.input.place }.read(text);
                let spliced = self.splice(other, text, &reading, &tree)?;
                (to[other], shown[other]) = (Some(spliced.text), Some(spliced.blocks));
                put_back = Some(other);
            }
        }
        let shows = |side: Side| shown[side].as_deref().unwrap_or(&meant[side]);
        let was_in_step = || base.is_none_or(|base| base.github == base.notion);
        if self.input.source.is_none()
            && shows(Side::GitHub) != shows(Side::Notion)
            && was_in_step()
        {
            // What only one side can hold stands where the other cannot have it: it would be carried again and again.
            return Err(Stop::Hold(Side::Notion, cannot_carry(Side::Notion)));
        }
        for side in Side::BOTH {
            if to[side].as_deref() == Some(self.input.now[side]) {
                to[side] = None;
            }
        }
        match (&to.github, &to.notion, put_back) {
            (None, None, _) => Ok(Outcome::Agree),
            (None, Some(_), Some(Side::Notion)) => {
                Ok(Outcome::Write { to, how: How::PutBack(Side::Notion) })
            }
            (Some(_), None, Some(Side::GitHub)) => {
                Ok(Outcome::Write { to, how: How::PutBack(Side::GitHub) })
            }
            (_, _, _) => Ok(Outcome::Write { to, how }),
        }
    }

    /// What cannot be shown on one side is put back on the other. Where both were edited that may be what somebody typed
    /// there beside something else: nobody's words go without being told. Those that a conflict decided against are in `meant` no
    /// more.
    fn may_put_back(
        &self,
        on: Side,
        meant: &[Block],
        tree: &[Block],
        how: How,
    ) -> Result<(), Stop> {
        let counts = matches!(how, How::Merged | How::Won(_));
        if !counts || has_words(&words_in(tree), &words_in(meant)) {
            return Ok(());
        }
        Err(Stop::Hold(on.other(), cannot_carry(on.other())))
    }

    fn splice(
        &self,
        side: Side,
        text: &str,
        reading: &Reading,
        tree: &[Block],
    ) -> Result<Spliced, Stop> {
        if side == Side::GitHub {
            // A text that is longer than GitHub takes today cannot be written back (data-hazards, 3).
            fits(side, text).map_err(|reason| Stop::Hold(side, reason))?;
        }
        let dialect = Dialect { side, place: self.input.place };
        splice::splice(dialect, text, reading, tree).map_err(|refused| {
            let reason = match refused {
                Refused::TooLong(reason) => reason,
                Refused::Unlike => cannot_carry(side),
            };
            Stop::Hold(side, reason)
        })
    }
}

fn cannot_show(side: Side) -> String {
    format!(
        "something in the body cannot be written so that {side} shows the same; simplify what is unusual in it (blocks inside blocks, marks inside words), or leave `body` out of the sync"
    )
}

fn cannot_carry(side: Side) -> String {
    format!(
        "the edit cannot be written on {side} without changing other text of the body there; make the same edit on {side} by hand, or undo it"
    )
}
