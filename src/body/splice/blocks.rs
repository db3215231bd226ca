//! Blocks of one container: which stay, which change in place, which go and which come.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::known::Known;
use super::lines::{set, with_marker};
use super::text::Retext;
use super::{Boldness, Edit, Path, own};
use crate::body::dialect::Dialect;
use crate::body::lines::prefix_of;
use crate::body::pairing::{Fate, pair};
use crate::body::source::{Hold, Mark};
use crate::body::tree::{Block, Kind};

/// One attempt at carrying a tree into a text.
pub(super) struct Attempt<'t> {
    pub(super) dialect: Dialect<'t>,
    pub(super) text: &'t Known<'t>,
    boldness: &'t BTreeMap<Path, Boldness>,
    /// Source of what goes: of blocks that show the same, that is the one that comes again elsewhere.
    pub(super) gone: BTreeMap<u64, Range<usize>>,
    pub(super) edits: Vec<Edit>,
    changed: Vec<Path>,
}

/// What an attempt would write.
pub(super) struct Attempted<'t> {
    pub(super) edits: Vec<Edit>,
    /// Paths, in the target, of what was changed in place.
    pub(super) changed: Vec<Path>,
    /// What the text is to show afterwards, without stand-ins.
    pub(super) meant: Vec<Cow<'t, Block>>,
    /// For each block of `meant` its number in the target.
    origins: Vec<usize>,
}

impl Attempted<'_> {
    /// A stretch of `meant` as a stretch of the target.
    pub(super) fn targets(&self, meant: Range<usize>, len: usize) -> Range<usize> {
        let at = |i: usize| self.origins.get(i).copied();
        let start = at(meant.start).or_else(|| at(meant.start.checked_sub(1)?)).unwrap_or(0);
        let end = meant.end.checked_sub(1).and_then(at).map_or(len, |last| last + 1);
        start..end.max(start)
    }
}

/// The blocks of one container, as they are and as they are to be.
pub(super) struct Container<'c> {
    pub(super) parent: Option<(&'c Block, &'c Mark)>,
    pub(super) old: &'c [Block],
    pub(super) marks: &'c [Mark],
    pub(super) new: &'c [Block],
    path: &'c [usize],
    /// Whether any two of its items have an empty line between them, once somebody asked.
    pub(super) is_loose: OnceCell<bool>,
}

impl<'t> Attempt<'t> {
    pub(super) fn new(
        dialect: Dialect<'t>,
        text: &'t Known<'t>,
        boldness: &'t BTreeMap<Path, Boldness>,
    ) -> Attempt<'t> {
        let gone = BTreeMap::new();
        Attempt { dialect, text, boldness, gone, edits: Vec::new(), changed: Vec::new() }
    }

    pub(super) fn make(mut self, target: &'t [Block]) -> Attempted<'t> {
        let container = Container {
            parent: None,
            old: &self.text.reading.blocks,
            marks: &self.text.reading.marks,
            new: target,
            path: &[],
            is_loose: OnceCell::new(),
        };
        let (meant, origins) = self.container(&container);
        Attempted { edits: self.edits, changed: self.changed, meant, origins }
    }

    fn container<'c>(&mut self, at: &Container<'c>) -> (Vec<Cow<'c, Block>>, Vec<usize>) {
        let fates = self.fates(at);
        for fate in &fates {
            if let Fate::Removed(i) = fate
                && !matches!(at.old[*i].kind, Kind::Row | Kind::Cell)
            {
                self.gone.insert(at.old[*i].digest(), at.marks[*i].span.clone());
            }
        }
        let (mut meant, mut origins) = (Vec::new(), Vec::new());
        let mut stretch: Vec<Fate> = Vec::new();
        let mut before: Option<usize> = None;
        for fate in fates {
            match fate {
                Fate::Removed(_) | Fate::Added(_) => stretch.push(fate),
                Fate::Kept(i, j) | Fate::Changed(i, j) => {
                    self.stretch(at, before, Some(i), &stretch, &mut meant, &mut origins);
                    stretch.clear();
                    if at.marks[i].hold == Hold::StandIn {
                        continue;
                    }
                    let is_same = matches!(fate, Fate::Kept(..)) || at.marks[i].hold == Hold::Kept;
                    meant.push(if is_same {
                        own(&at.old[i], &at.marks[i])
                    } else {
                        let path: Path = at.path.iter().copied().chain([j]).collect();
                        self.change(&at.old[i], &at.marks[i], &at.new[j], path)
                    });
                    origins.push(j);
                    before = Some(i);
                }
            }
        }
        self.stretch(at, before, None, &stretch, &mut meant, &mut origins);
        (meant, origins)
    }

    /// What becomes of the blocks, with what must not go away staying, and stand-ins following what they stand for.
    fn fates(&self, at: &Container<'_>) -> Vec<Fate> {
        let mut owner_stays = at.parent.is_some();
        let mut out = Vec::new();
        for fate in pair(at.old, at.new) {
            let hold = match fate {
                Fate::Kept(i, _) | Fate::Changed(i, _) | Fate::Removed(i) => at.marks[i].hold,
                Fate::Added(_) => Hold::Free,
            };
            match (fate, hold) {
                (Fate::Kept(_, j) | Fate::Changed(_, j), Hold::StandIn) if !owner_stays => {
                    out.push(Fate::Added(j));
                }
                (Fate::Removed(_), Hold::StandIn) => {}
                // It stays, and its place is where it was.
                (Fate::Removed(i), Hold::Kept) => out.push(Fate::Kept(i, out.len())),
                (fate, Hold::Free) => {
                    match fate {
                        Fate::Kept(..) | Fate::Changed(..) => owner_stays = true,
                        Fate::Removed(_) => owner_stays = false,
                        Fate::Added(_) => {}
                    }
                    out.push(fate);
                }
                (fate, Hold::StandIn | Hold::Kept) => out.push(fate),
            }
        }
        out
    }

    /// A stretch between two blocks that stay: blocks that go, and blocks that come in their place.
    fn stretch<'c>(
        &mut self,
        at: &Container<'c>,
        before: Option<usize>,
        after: Option<usize>,
        stretch: &[Fate],
        meant: &mut Vec<Cow<'c, Block>>,
        origins: &mut Vec<usize>,
    ) {
        let removed: Vec<usize> = stretch
            .iter()
            .filter_map(|fate| match fate {
                Fate::Removed(i) => Some(*i),
                Fate::Kept(..) | Fate::Changed(..) | Fate::Added(_) => None,
            })
            .collect();
        let added: Vec<usize> = stretch
            .iter()
            .filter_map(|fate| match fate {
                Fate::Added(j) => Some(*j),
                Fate::Kept(..) | Fate::Changed(..) | Fate::Removed(_) => None,
            })
            .collect();
        for j in &added {
            meant.push(Cow::Borrowed(&at.new[*j]));
            origins.push(*j);
        }
        match (removed.split_first(), added.is_empty()) {
            (None, true) => {}
            (Some(_), true) => self.remove(at, &removed, before, after),
            (None, false) => self.insert(at, before, after, &added),
            (Some((first, rest)), false) => {
                if !rest.is_empty() {
                    self.remove(at, rest, Some(*first), after);
                }
                self.replace(at, *first, before, after, &added);
            }
        }
    }

    fn change<'c>(
        &mut self,
        old: &'c Block,
        mark: &'c Mark,
        new: &'c Block,
        path: Path,
    ) -> Cow<'c, Block> {
        let boldness = self.boldness.get(&path).copied().unwrap_or_default();
        self.changed.push(path.clone());
        if boldness < Boldness::Block && !is_reshaped(old, new) {
            let (edits, changed) = (self.edits.len(), self.changed.len());
            if let Some(meant) = self.in_place(old, mark, new, &path, boldness) {
                return Cow::Owned(meant);
            }
            self.edits.truncate(edits);
            self.changed.truncate(changed);
        }
        let lines = with_marker(self.written(new), self.text.slice(&mark.span), false);
        let prefix = prefix_of(self.text.source, mark.span.start);
        let with = set(&lines, &prefix, self.text.line_ending);
        self.edits.push(Edit { at: mark.span.clone(), with });
        Cow::Borrowed(new)
    }

    /// A block changed piece by piece; `None` when a piece cannot be.
    fn in_place(
        &mut self,
        old: &Block,
        mark: &Mark,
        new: &Block,
        path: &[usize],
        boldness: Boldness,
    ) -> Option<Block> {
        if old.kind != new.kind {
            let at = mark.part.clone()?;
            let with = self.dialect.part(&old.kind, &new.kind, self.text.slice(&at))?;
            self.edits.push(Edit { at, with });
        }
        if old.text != new.text {
            let retext = Retext {
                dialect: self.dialect,
                source: self.text.source,
                line_ending: self.text.line_ending,
                mark,
                old: &old.text,
                new: &new.text,
                hidden: &self.text.reading.hidden,
            };
            let edits = retext.edits(boldness)?;
            self.edits.extend(edits);
        }
        let children = if old.kind == Kind::Row {
            old.children
                .iter()
                .zip(&mark.children)
                .zip(&new.children)
                .enumerate()
                .map(|(i, ((cell, mark), new))| {
                    if cell == new {
                        return cell.clone();
                    }
                    let path: Path = path.iter().copied().chain([i]).collect();
                    self.change(cell, mark, new, path).into_owned()
                })
                .collect()
        } else {
            let at = Container {
                parent: Some((old, mark)),
                old: &old.children,
                marks: &mark.children,
                new: &new.children,
                path,
                is_loose: OnceCell::new(),
            };
            let has_room =
                !old.children.is_empty() || new.children.is_empty() || mark.room.is_some();
            if !has_room {
                return None;
            }
            self.container(&at).0.into_iter().map(Cow::into_owned).collect()
        };
        Some(Block { kind: new.kind.clone(), text: new.text.clone(), children })
    }
}

/// Whether a table changed its columns, or one block became quite another.
fn is_reshaped(old: &Block, new: &Block) -> bool {
    let width = |row: &Block| row.children.len();
    match (&old.kind, &new.kind) {
        (Kind::Table, Kind::Table) => {
            let columns = old.children.first().map(width);
            new.children.first().map(width) != columns
                || new.children.iter().chain(&old.children).any(|row| Some(width(row)) != columns)
        }
        (_, _) => false,
    }
}
