//! Blocks of one container: which stay, which change in place, which go and which come.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::lines::{is_indented_code, lifted, missing_fence, set, with_marker};
use super::text::Retext;
use super::{Boldness, Edit, Path};
use crate::body::dialect::Dialect;
use crate::body::lines::{line_end, line_ending, line_start, next_line, prefix_of};
use crate::body::pairing::{Fate, pair};
use crate::body::source::{Hold, Mark, Reading};
use crate::body::tree::{Block, Kind, digest_of_parts};

/// One attempt at carrying a tree into a text.
pub(super) struct Attempt<'t> {
    dialect: Dialect<'t>,
    source: &'t str,
    reading: &'t Reading,
    boldness: &'t BTreeMap<Path, Boldness>,
    line_ending: &'static str,
    /// Source of every block of the text, by what it shows: what is moved is taken over as it is spelled.
    known: HashMap<u64, Range<usize>>,
    /// Source of what goes: of blocks that show the same, that is the one that comes again elsewhere.
    gone: BTreeMap<u64, Range<usize>>,
    edits: Vec<Edit>,
    changed: Vec<Path>,
}

/// What an attempt would write.
pub(super) struct Attempted {
    pub(super) edits: Vec<Edit>,
    /// Paths, in the target, of what was changed in place.
    pub(super) changed: Vec<Path>,
    /// What the text is to show afterwards, without stand-ins.
    pub(super) meant: Vec<Block>,
    /// For each block of `meant` its number in the target.
    origins: Vec<usize>,
}

impl Attempted {
    /// A stretch of `meant` as a stretch of the target.
    pub(super) fn targets(&self, meant: Range<usize>, len: usize) -> Range<usize> {
        let at = |i: usize| self.origins.get(i).copied();
        let start = at(meant.start).or_else(|| at(meant.start.checked_sub(1)?)).unwrap_or(0);
        let end = meant.end.checked_sub(1).and_then(at).map_or(len, |last| last + 1);
        start..end.max(start)
    }
}

/// The blocks of one container, as they are and as they are to be.
struct Container<'c> {
    parent: Option<(&'c Block, &'c Mark)>,
    old: &'c [Block],
    marks: &'c [Mark],
    new: &'c [Block],
    path: &'c [usize],
    /// Whether any two of its items have an empty line between them, once somebody asked.
    is_loose: OnceCell<bool>,
}

impl<'t> Attempt<'t> {
    pub(super) fn new(
        dialect: Dialect<'t>,
        source: &'t str,
        reading: &'t Reading,
        boldness: &'t BTreeMap<Path, Boldness>,
    ) -> Attempt<'t> {
        let mut known = HashMap::new();
        collect(&reading.blocks, &reading.marks, &mut known);
        Attempt {
            dialect,
            source,
            reading,
            boldness,
            line_ending: line_ending(source),
            known,
            gone: BTreeMap::new(),
            edits: Vec::new(),
            changed: Vec::new(),
        }
    }

    pub(super) fn make(mut self, target: &[Block]) -> Attempted {
        let reading = self.reading;
        let container = Container {
            parent: None,
            old: &reading.blocks,
            marks: &reading.marks,
            new: target,
            path: &[],
            is_loose: OnceCell::new(),
        };
        let (meant, origins) = self.container(&container);
        Attempted { edits: self.edits, changed: self.changed, meant, origins }
    }

    fn container(&mut self, at: &Container<'_>) -> (Vec<Block>, Vec<usize>) {
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
                    let block = if is_same {
                        super::without_stand_ins(&at.old[i..=i], &at.marks[i..=i]).pop()
                    } else {
                        let path: Path = at.path.iter().copied().chain([j]).collect();
                        Some(self.change(&at.old[i], &at.marks[i], &at.new[j], path))
                    };
                    meant.extend(block);
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
    fn stretch(
        &mut self,
        at: &Container<'_>,
        before: Option<usize>,
        after: Option<usize>,
        stretch: &[Fate],
        meant: &mut Vec<Block>,
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
            meant.push(at.new[*j].clone());
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

    fn change(&mut self, old: &Block, mark: &Mark, new: &Block, path: Path) -> Block {
        let boldness = self.boldness.get(&path).copied().unwrap_or_default();
        self.changed.push(path.clone());
        if boldness < Boldness::Block && !is_reshaped(old, new) {
            let (edits, changed) = (self.edits.len(), self.changed.len());
            if let Some(meant) = self.in_place(old, mark, new, &path, boldness) {
                return meant;
            }
            self.edits.truncate(edits);
            self.changed.truncate(changed);
        }
        let lines = self.written(new);
        let lines = with_marker(lines, self.text(&mark.span), false);
        let with = set(&lines, &prefix_of(self.source, mark.span.start), self.line_ending);
        self.edits.push(Edit { at: mark.span.clone(), with });
        new.clone()
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
            let with = self.dialect.part(&old.kind, &new.kind, self.text(&at))?;
            self.edits.push(Edit { at, with });
        }
        if old.text != new.text {
            let retext = Retext {
                dialect: self.dialect,
                source: self.source,
                line_ending: self.line_ending,
                mark,
                old: &old.text,
                new: &new.text,
                hidden: &self.reading.hidden,
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
                    self.change(cell, mark, new, path)
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
            self.container(&at).0
        };
        Some(Block { kind: new.kind.clone(), text: new.text.clone(), children })
    }

    fn text(&self, range: &Range<usize>) -> &'t str {
        self.source.get(range.clone()).unwrap_or_default()
    }

    /// The lines of a block: as they stand in the text, when it is there somewhere; else written anew.
    fn written(&self, block: &Block) -> Vec<String> {
        let reuse = |block: &Block| {
            // A text that is made from nothing has nothing to take over, and digests cost as much as the rest.
            let known = Some(&self.known).filter(|known| !known.is_empty())?;
            let digest = block.digest();
            let span = self.gone.get(&digest).or_else(|| known.get(&digest));
            let span = span?;
            let mut lines = lifted(self.source, span);
            lines.extend(missing_fence(block, self.text(span)));
            Some(lines)
        };
        reuse(block).unwrap_or_else(|| self.dialect.print(block, &reuse))
    }

    /// The lines of blocks that come between two others, separated as they need it.
    fn joined(
        &self,
        at: &Container<'_>,
        added: &[usize],
        like: Option<usize>,
        comes_after: bool,
    ) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (n, j) in added.iter().enumerate() {
            if n > 0 && self.is_apart(at, &at.new[added[n - 1]], &at.new[*j]) {
                lines.push(String::new());
            }
            let block = self.written(&at.new[*j]);
            let like =
                like.filter(|like| at.old[*like].kind.is_item() && at.new[*j].kind.is_item());
            match like {
                Some(like) => {
                    lines.extend(with_marker(block, self.text(&at.marks[like].span), comes_after))
                }
                None => lines.extend(block),
            }
        }
        lines
    }

    /// Whether two neighbours have an empty line between them: where they need one, and in a loose list.
    fn is_apart(&self, at: &Container<'_>, before: &Block, after: &Block) -> bool {
        let is_loose = || {
            at.old.windows(2).zip(at.marks.windows(2)).any(|(blocks, marks)| {
                blocks.iter().all(|block| block.kind.is_item())
                    && has_blank_line(self.text(&(marks[0].span.end..marks[1].span.start)))
            })
        };
        self.dialect.needs_blank_line(before, after)
            || before.kind.is_item() && after.kind.is_item() && *at.is_loose.get_or_init(is_loose)
    }

    fn insert(
        &mut self,
        at: &Container<'_>,
        before: Option<usize>,
        after: Option<usize>,
        added: &[usize],
    ) {
        let (Some(first), Some(last)) = (added.first(), added.last()) else { return };
        let (first, last) = (&at.new[*first], &at.new[*last]);
        let like = before.filter(|i| at.old[*i].kind.is_item()).or(after);
        let lines = self.joined(at, added, like, before.is_some());
        let end = self.line_ending;
        let (place, prefix) = match (before, after, at.parent) {
            (Some(before), _, _) => {
                // Blanks at the end of its last line are that line's.
                let end = at.marks[before].span.end;
                let rest = self.text(&(end..line_end(self.source, end)));
                let place = if rest.trim().is_empty() { end + rest.len() } else { end };
                (place, prefix_of(self.source, at.marks[before].span.start))
            }
            (None, Some(after), _) => {
                let start = at.marks[after].span.start;
                let prefix = prefix_of(self.source, start);
                let mut with = set(&lines, &prefix, end);
                if self.is_apart(at, last, &at.old[after]) {
                    with.push_str(&format!("{end}{}", prefix.trim_end()));
                }
                with.push_str(&format!("{end}{prefix}"));
                self.edits.push(Edit { at: start..start, with });
                return;
            }
            (None, None, Some((_, mark))) => match &mark.room {
                Some(room) => (room.at, room.prefix.clone()),
                None => return,
            },
            (None, None, None) => {
                // What is hidden may be all there is.
                let has_text = !self.source.trim().is_empty();
                let gap = if has_text { format!("{end}{end}") } else { String::new() };
                let place = self.source.trim_end().len();
                let with = format!("{gap}{}", set(&lines, "", end));
                self.edits.push(Edit { at: place..place, with });
                return;
            }
        };
        let apart = match (before, at.parent) {
            (Some(before), _) => self.is_apart(at, &at.old[before], first),
            (None, Some((parent, _))) => !(parent.kind.is_item() && first.kind.is_item()),
            (None, None) => false,
        };
        let mut with = String::new();
        if let Some(before) = before
            && let Some(fence) = missing_fence(&at.old[before], self.text(&at.marks[before].span))
        {
            with.push_str(&format!("{end}{prefix}{fence}"));
        }
        if apart {
            with.push_str(&format!("{end}{}", prefix.trim_end()));
        }
        with.push_str(&format!("{end}{prefix}{}", set(&lines, &prefix, end)));
        if let Some(after) = after {
            let gap = self.text(&(place..at.marks[after].span.start));
            if self.is_apart(at, last, &at.old[after]) && !has_blank_line(gap) {
                with.push_str(&format!("{end}{}", prefix.trim_end()));
            }
        }
        self.edits.push(Edit { at: place..place, with });
    }

    /// Blocks in the place of one that goes: what separates them from their neighbours stays.
    fn replace(
        &mut self,
        at: &Container<'_>,
        removed: usize,
        before: Option<usize>,
        after: Option<usize>,
        added: &[usize],
    ) {
        let (Some(first), Some(last)) = (added.first(), added.last()) else { return };
        let (first, last) = (&at.new[*first], &at.new[*last]);
        let span = at.marks[removed].span.clone();
        let prefix = prefix_of(self.source, span.start);
        let end = self.line_ending;
        let like = before.filter(|i| at.old[*i].kind.is_item());
        let (like, comes_after) = match like {
            Some(like) => (Some(like), true),
            None => (Some(removed).filter(|i| at.old[*i].kind.is_item()).or(after), false),
        };
        let lines = self.joined(at, added, like, comes_after);
        let mut with = String::new();
        if let Some(before) = before
            && self.is_apart(at, &at.old[before], first)
            && !has_blank_line(self.text(&(at.marks[before].span.end..span.start)))
        {
            with.push_str(&format!("{end}{prefix}"));
        }
        with.push_str(&set(&lines, &prefix, end));
        if let Some(after) = after
            && self.is_apart(at, last, &at.old[after])
            && !has_blank_line(self.text(&(span.end..at.marks[after].span.start)))
        {
            with.push_str(&format!("{end}{}", prefix.trim_end()));
        }
        for hidden in self.hidden_in(&span) {
            with.push_str(&format!("{end}{prefix}{hidden}"));
        }
        self.edits.push(Edit { at: span, with });
    }

    /// Takes blocks out, with what separated them from the others.
    fn remove(
        &mut self,
        at: &Container<'_>,
        removed: &[usize],
        before: Option<usize>,
        after: Option<usize>,
    ) {
        let (Some(first), Some(last)) = (removed.first(), removed.last()) else { return };
        let span = at.marks[*first].span.start..at.marks[*last].span.end;
        let whole = match (before, after) {
            (_, Some(after)) => span.start..at.marks[after].span.start,
            (Some(before), None) => at.marks[before].span.end..span.end,
            (None, None) => match at.parent.and_then(|(_, mark)| mark.room.as_ref()) {
                Some(room) if room.at <= span.start => room.at..span.end,
                Some(_) | None => span.clone(),
            },
        };
        if self.hidden_in(&whole).is_empty() {
            let with = self.gap(at, before, after, span.start);
            self.edits.push(Edit { at: whole, with });
            return;
        }
        for i in removed {
            let span = at.marks[*i].span.clone();
            let hidden = self.hidden_in(&span);
            if hidden.is_empty() {
                let lines = line_start(self.source, span.start)..next_line(self.source, span.end);
                self.edits.push(Edit { at: lines, with: String::new() });
            } else {
                let prefix = prefix_of(self.source, span.start);
                self.edits.push(Edit { at: span, with: set(&hidden, &prefix, self.line_ending) });
            }
        }
    }

    /// What two blocks need between them when what separated them goes.
    fn gap(
        &self,
        at: &Container<'_>,
        before: Option<usize>,
        after: Option<usize>,
        start: usize,
    ) -> String {
        let (Some(before), Some(after)) = (before, after) else { return String::new() };
        let is_indented = |i: usize| is_indented_code(&at.old[i], self.text(&at.marks[i].span));
        if is_indented(before) && is_indented(after) {
            let (end, prefix) = (self.line_ending, prefix_of(self.source, start));
            return format!("<!-- -->{end}{}{end}{prefix}", prefix.trim_end());
        }
        let has_gap = has_blank_line(self.text(&(at.marks[before].span.end..start)));
        if has_gap || !self.is_apart(at, &at.old[before], &at.old[after]) {
            return String::new();
        }
        format!("{}{}", self.line_ending, prefix_of(self.source, start))
    }

    fn hidden_in(&self, range: &Range<usize>) -> Vec<String> {
        let inside =
            |hidden: &&Range<usize>| range.start <= hidden.start && hidden.end <= range.end;
        let inside = self.reading.hidden.iter().filter(inside);
        inside.map(|at| self.text(at).trim_end().to_owned()).collect()
    }
}

/// Where each block of a text stands, of equal ones the first; and the digests of these blocks.
fn collect(blocks: &[Block], marks: &[Mark], known: &mut HashMap<u64, Range<usize>>) -> Vec<u64> {
    let one = |(block, mark): (&Block, &Mark)| {
        let inside = collect(&block.children, &mark.children, known);
        let digest = digest_of_parts(&block.kind, &block.text, inside.into_iter());
        let is_whole = !matches!(block.kind, Kind::Row | Kind::Cell);
        if mark.hold == Hold::Free && is_whole {
            known.entry(digest).or_insert_with(|| mark.span.clone());
        }
        if block.kind.is_item() || matches!(block.kind, Kind::Quote | Kind::Callout(_)) {
            // A title may become a paragraph.
            let title = digest_of_parts(&Kind::Paragraph, &block.text, std::iter::empty());
            known.entry(title).or_insert_with(|| mark.text.clone());
        }
        digest
    };
    blocks.iter().zip(marks).map(one).collect()
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

fn has_blank_line(gap: &str) -> bool {
    let mut lines = gap.split('\n');
    lines.next();
    let is_empty = |line: &str| line.chars().all(|c| c == '>' || c.is_whitespace());
    let lines: Vec<&str> = lines.collect();
    lines.split_last().is_some_and(|(_, between)| between.iter().any(|line| is_empty(line)))
}
