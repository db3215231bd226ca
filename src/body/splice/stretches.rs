//! What is written where blocks come and go: their lines, and what separates them from their neighbours.

use std::ops::Range;

use super::Edit;
use super::blocks::{Attempt, Container};
use super::lines::{is_indented_code, lifted, missing_fence, set, with_marker};
use crate::body::lines::{line_end, line_start, next_line, prefix_of};
use crate::body::tree::Block;

impl Attempt<'_> {
    /// The lines of a block: as they stand in the text, when it is there somewhere; else written anew.
    pub(super) fn written(&self, block: &Block) -> Vec<String> {
        let reuse = |block: &Block| {
            let gone = Some(&self.gone).filter(|gone| !gone.is_empty());
            let gone = gone.and_then(|gone| gone.get(&block.digest()).cloned());
            let span = gone.or_else(|| self.text.span_of(block))?;
            let mut lines = lifted(self.text.source, &span);
            lines.extend(missing_fence(block, self.text.slice(&span)));
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
                Some(like) => lines.extend(with_marker(
                    block,
                    self.text.slice(&at.marks[like].span),
                    comes_after,
                )),
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
                    && has_blank_line(self.text.slice(&(marks[0].span.end..marks[1].span.start)))
            })
        };
        self.dialect.needs_blank_line(before, after)
            || before.kind.is_item() && after.kind.is_item() && *at.is_loose.get_or_init(is_loose)
    }

    pub(super) fn insert(
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
        let end = self.text.line_ending;
        let (place, prefix) = match (before, after, at.parent) {
            (Some(before), _, _) => {
                // Blanks at the end of its last line are that line's.
                let end = at.marks[before].span.end;
                let rest = self.text.slice(&(end..line_end(self.text.source, end)));
                let place = if rest.trim().is_empty() { end + rest.len() } else { end };
                (place, prefix_of(self.text.source, at.marks[before].span.start))
            }
            (None, Some(after), _) => {
                let start = at.marks[after].span.start;
                let prefix = prefix_of(self.text.source, start);
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
                let has_text = !self.text.source.trim().is_empty();
                let gap = if has_text { format!("{end}{end}") } else { String::new() };
                let place = self.text.source.trim_end().len();
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
            && let Some(fence) =
                missing_fence(&at.old[before], self.text.slice(&at.marks[before].span))
        {
            with.push_str(&format!("{end}{prefix}{fence}"));
        }
        if apart {
            with.push_str(&format!("{end}{}", prefix.trim_end()));
        }
        with.push_str(&format!("{end}{prefix}{}", set(&lines, &prefix, end)));
        if let Some(after) = after {
            let gap = self.text.slice(&(place..at.marks[after].span.start));
            if self.is_apart(at, last, &at.old[after]) && !has_blank_line(gap) {
                with.push_str(&format!("{end}{}", prefix.trim_end()));
            }
        }
        self.edits.push(Edit { at: place..place, with });
    }

    /// Blocks in the place of one that goes: what separates them from their neighbours stays.
    pub(super) fn replace(
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
        let prefix = prefix_of(self.text.source, span.start);
        let end = self.text.line_ending;
        let like = before.filter(|i| at.old[*i].kind.is_item());
        let (like, comes_after) = match like {
            Some(like) => (Some(like), true),
            None => (Some(removed).filter(|i| at.old[*i].kind.is_item()).or(after), false),
        };
        let lines = self.joined(at, added, like, comes_after);
        let mut with = String::new();
        if let Some(before) = before
            && self.is_apart(at, &at.old[before], first)
            && !has_blank_line(self.text.slice(&(at.marks[before].span.end..span.start)))
        {
            with.push_str(&format!("{end}{prefix}"));
        }
        with.push_str(&set(&lines, &prefix, end));
        if let Some(after) = after
            && self.is_apart(at, last, &at.old[after])
            && !has_blank_line(self.text.slice(&(span.end..at.marks[after].span.start)))
        {
            with.push_str(&format!("{end}{}", prefix.trim_end()));
        }
        for hidden in self.hidden_in(&span) {
            with.push_str(&format!("{end}{prefix}{hidden}"));
        }
        self.edits.push(Edit { at: span, with });
    }

    /// Takes blocks out, with what separated them from the others.
    pub(super) fn remove(
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
                let lines =
                    line_start(self.text.source, span.start)..next_line(self.text.source, span.end);
                self.edits.push(Edit { at: lines, with: String::new() });
            } else {
                let prefix = prefix_of(self.text.source, span.start);
                self.edits
                    .push(Edit { at: span, with: set(&hidden, &prefix, self.text.line_ending) });
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
        let is_indented =
            |i: usize| is_indented_code(&at.old[i], self.text.slice(&at.marks[i].span));
        if is_indented(before) && is_indented(after) {
            let (end, prefix) = (self.text.line_ending, prefix_of(self.text.source, start));
            return format!("<!-- -->{end}{}{end}{prefix}", prefix.trim_end());
        }
        let has_gap = has_blank_line(self.text.slice(&(at.marks[before].span.end..start)));
        if has_gap || !self.is_apart(at, &at.old[before], &at.old[after]) {
            return String::new();
        }
        format!("{}{}", self.text.line_ending, prefix_of(self.text.source, start))
    }

    fn hidden_in(&self, range: &Range<usize>) -> Vec<String> {
        let inside =
            |hidden: &&Range<usize>| range.start <= hidden.start && hidden.end <= range.end;
        let inside = self.text.reading.hidden.iter().filter(inside);
        inside.map(|at| self.text.slice(at).trim_end().to_owned()).collect()
    }
}

fn has_blank_line(gap: &str) -> bool {
    let mut lines = gap.split('\n');
    lines.next();
    let is_empty = |line: &str| line.chars().all(|c| c == '>' || c.is_whitespace());
    let lines: Vec<&str> = lines.collect();
    lines.split_last().is_some_and(|(_, between)| between.iter().any(|line| is_empty(line)))
}
