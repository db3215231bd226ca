//! A tree carried into a text: only what differs is written, and everything else stays, byte for byte.
//!
//! An attempt changes as little as it can. It is read back, and where the reading is not what was meant, the blocks
//! in question are written more boldly, until it is; a text that cannot be made to show the tree is left alone.

mod blocks;
mod known;
mod lines;
mod stretches;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use self::blocks::Attempt;
use self::known::Known;
use super::dialect::Dialect;
use super::diff::same_ends;
use super::limits::fits;
use super::reread::{Reread, parts_of, reread};
use super::source::{Hold, Mark, Reading};
use super::tree::{Block, share};

/// A text after a tree was carried into it.
#[derive(Debug, Clone)]
pub(super) struct Spliced {
    /// The new text.
    pub(super) text: String,
    /// What it shows now: the tree that was meant, but for what can only be put back.
    pub(super) blocks: Vec<Block>,
}

/// How boldly a block is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Boldness {
    /// Only the words that changed.
    #[default]
    Words,
    /// With the marks around them.
    Marks,
    /// The whole text.
    Text,
    /// The whole block.
    Block,
}

impl Boldness {
    fn more(self) -> Option<Boldness> {
        match self {
            Boldness::Words => Some(Boldness::Marks),
            Boldness::Marks => Some(Boldness::Text),
            Boldness::Text => Some(Boldness::Block),
            Boldness::Block => None,
        }
    }
}

/// Where a block is in a tree: the number of its ancestor at each level, and its own.
type Path = Vec<usize>;

/// A replacement in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    at: Range<usize>,
    with: String,
}

/// So many attempts are made (I14).
const MAX_ATTEMPTS: usize = 12;

/// Why a tree is not carried into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// The side does not take a text that long; the reason, for people.
    TooLong(String),
    /// No attempt reads back as what was meant.
    Unlike,
}

/// A text that shows `target`, written from nothing.
pub(super) fn anew(dialect: Dialect<'_>, target: &[Block]) -> Result<String, Refused> {
    let (text, _) = carried(dialect, "", &Reading::default(), target)?;
    Ok(text)
}

/// Carries `target` into a text that was read already.
pub(super) fn splice(
    dialect: Dialect<'_>,
    text: &str,
    reading: &Reading,
    target: &[Block],
) -> Result<Spliced, Refused> {
    if reading.blocks == target {
        return Ok(Spliced { text: text.to_owned(), blocks: reading.blocks.clone() });
    }
    let (text, shown) = carried(dialect, text, reading, target)?;
    let mut blocks = shown.blocks();
    share(target, &mut blocks);
    Ok(Spliced { text, blocks })
}

/// The new text, and what it shows.
fn carried<'r>(
    dialect: Dialect<'_>,
    text: &str,
    reading: &'r Reading,
    target: &[Block],
) -> Result<(String, Reread<'r>), Refused> {
    let known = Known::new(text, reading);
    let mut boldness: BTreeMap<Path, Boldness> = BTreeMap::new();
    for _ in 0..MAX_ATTEMPTS {
        let mut attempt = Attempt::new(dialect, &known, &boldness).make(target);
        let Some(new) = applied(text, std::mem::take(&mut attempt.edits)) else {
            let changed = attempt.changed;
            if !bolder(&mut boldness, &changed, 0..target.len()) {
                return Err(Refused::Unlike);
            }
            continue;
        };
        // What is too long is not read first.
        fits(dialect.side, &new).map_err(Refused::TooLong)?;
        let shown = reread(dialect, &new, text, reading);
        let Some(wrong) = difference(&shown, &attempt.meant) else {
            // Nothing that is not shown may be lost by what is.
            if !holds_all(shown.hidden(), parts_of(text, &reading.hidden)) {
                return Err(Refused::Unlike);
            }
            return Ok((new, shown));
        };
        let wrong = attempt.targets(wrong, target.len());
        let changed = attempt.changed;
        if !bolder(&mut boldness, &changed, wrong) {
            return Err(Refused::Unlike);
        }
    }
    Err(Refused::Unlike)
}

/// Where what a text shows, without stand-ins, differs from what was meant, in the latter; `None` when it does not.
fn difference(shown: &Reread<'_>, meant: &[Cow<'_, Block>]) -> Option<Range<usize>> {
    let mut own: Vec<Cow<'_, Block>> = Vec::with_capacity(meant.len());
    for (blocks, marks) in shown.parts() {
        own.extend(without_stand_ins(blocks, marks));
    }
    let shown = own;
    let (front, back) = same_ends(&shown, meant);
    if front == shown.len() && front == meant.len() {
        return None;
    }
    Some(front..meant.len() - back)
}

/// Whether among some parts are all the others, each as often.
fn holds_all(parts: &[String], others: impl Iterator<Item = String>) -> bool {
    let mut left = BTreeMap::<&str, usize>::new();
    for part in parts {
        *left.entry(part).or_default() += 1;
    }
    let mut others = others;
    others.all(|part| {
        let one =
            left.get_mut(part.as_str()).and_then(|count| Some((count.checked_sub(1)?, count)));
        one.map(|(fewer, count)| *count = fewer).is_some()
    })
}

/// Writes the changed blocks in a stretch more boldly; false when there is nothing bolder.
fn bolder(boldness: &mut BTreeMap<Path, Boldness>, changed: &[Path], wrong: Range<usize>) -> bool {
    let near = |path: &&Path| {
        path.first()
            .is_some_and(|first| (wrong.start.saturating_sub(1)..=wrong.end).contains(first))
    };
    let mut any = false;
    for path in changed.iter().filter(near) {
        let present = boldness.get(path).copied().unwrap_or_default();
        if let Some(more) = present.more() {
            boldness.insert(path.clone(), more);
            any = true;
        } else if path.len() > 1 {
            let parent = path[..path.len() - 1].to_vec();
            any |= boldness.insert(parent, Boldness::Block) != Some(Boldness::Block);
        }
    }
    any
}

fn has_stand_in(marks: &[Mark]) -> bool {
    marks.iter().any(|mark| mark.hold == Hold::StandIn || has_stand_in(&mark.children))
}

/// The blocks that have a source of their own.
fn without_stand_ins<'b>(blocks: &'b [Block], marks: &[Mark]) -> Vec<Cow<'b, Block>> {
    let own_source = blocks.iter().zip(marks).filter(|(_, mark)| mark.hold != Hold::StandIn);
    own_source.map(|(block, mark)| own(block, mark)).collect()
}

/// A block without the stand-ins inside it.
fn own<'b>(block: &'b Block, mark: &Mark) -> Cow<'b, Block> {
    if !has_stand_in(&mark.children) {
        return Cow::Borrowed(block);
    }
    let children = without_stand_ins(&block.children, &mark.children);
    Cow::Owned(Block {
        kind: block.kind.clone(),
        text: block.text.clone(),
        children: children.into_iter().map(Cow::into_owned).collect(),
    })
}

/// The text after some edits; `None` when they run into each other.
fn applied(text: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.at.start)?);
        out.push_str(&edit.with);
        at = edit.at.end;
        text.get(edit.at)?;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_comments_that_say_the_same_neither_may_be_lost() {
        let all = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        let (one, two) = (all(&["<!-- a -->"]), all(&["<!-- a -->", "<!-- a -->"]));
        assert!(holds_all(&two, two.iter().cloned()));
        assert!(holds_all(&two, one.iter().cloned()));
        assert!(!holds_all(&one, two.iter().cloned()));
        assert!(!holds_all(&all(&["<!-- b -->"]), one.iter().cloned()));
    }
}
