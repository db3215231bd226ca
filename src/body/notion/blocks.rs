//! The blocks of a text, line by line: tolerant of every layout that Notion's documents leave open (notion-api §6.3.1).

use std::ops::Range;

use smol_str::{SmolStr, format_smolstr};

use super::flow::{Flow, Found, Level, hoist};
use super::inline::{self, Inline};
use super::lines::{Line, split};
use super::starts::{self, Heading, Marker, Start, start};
use super::tag::{Form, Tag};
use crate::body::place::Place;
use crate::body::reread::cuts;
use crate::body::source::{Hold, Mark, Reading, Room, Spelling};
use crate::body::tree::{Block, Kind};

/// Reads Notion's markdown, v2.
pub(in crate::body) fn read(text: &str, place: &Place) -> Reading {
    let mut reader =
        Reader { text, place, hidden: Vec::new(), indent: None, reach: 0, starts: Vec::new() };
    let mut flow = Flow::new(split(text), SmolStr::default());
    let mut found = Found::default();
    reader.flow(&mut flow, Level::TOP, &mut found);
    reader.may_cut(text.len(), &found);
    let cuts = cuts(text, reader.starts);
    let Found { blocks, marks } = found;
    Reading { blocks, marks, hidden: reader.hidden, cuts, has_names: false }
}

/// What is told apart while one text is read.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) place: &'a Place,
    /// What has no place in the tree.
    pub(super) hidden: Vec<Range<usize>>,
    /// What the children of the last item that had some are indented by.
    indent: Option<String>,
    /// How far it was looked ahead; the end of all where what was looked for is nowhere.
    pub(super) reach: usize,
    /// Where the text's own blocks begin that nobody looked beyond before, and how many blocks are before them.
    starts: Vec<(usize, usize)>,
}

impl Reader<'_> {
    /// Reads blocks up to the end, or up to the line that closes an open tag.
    pub(super) fn flow(&mut self, flow: &mut Flow, level: Level, found: &mut Found) {
        loop {
            flow.skip_blank(self.text);
            flow.split_closing(self.text);
            let Some(line) = flow.line() else { return };
            if level.is_top() {
                self.may_cut(line.start, found);
            }
            let at = line.trimmed(self.text);
            let shown = self.slice(&at);
            if flow.closes(shown) {
                return;
            }
            let before = flow.at;
            match start(shown) {
                Some(Start::Fence(fence)) => self.code(flow, &fence, at.start, found),
                Some(Start::Dollars) if self.formula(flow, found) => {}
                Some(Start::Heading(heading)) => self.heading(flow, &heading, at.start, found),
                Some(Start::Divider) => self.divider(flow, found),
                Some(Start::Quote) if self.quote(flow, level, found) => {}
                Some(Start::Item(marker)) => self.item(flow, &marker, at.start, level, found),
                Some(Start::Tag(tag)) if self.tag(flow, &tag, at.start, level, found) => {}
                Some(Start::Dollars | Start::Quote | Start::Tag(_)) | None => {
                    if !self.pipes(flow, found) {
                        self.paragraph(flow, found);
                    }
                }
            }
            // Whatever a line is, reading it goes on.
            flow.at = flow.at.max(before + 1);
        }
    }

    fn may_cut(&mut self, at: usize, found: &Found) {
        if self.reach <= at {
            self.starts.push((at, found.blocks.len()));
        }
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn inline(&self, lines: &[Range<usize>], spelling: Spelling) -> Inline {
        inline::read(self.text, lines, spelling, self.place)
    }

    /// A mark with what most blocks have.
    pub(super) fn mark(&self, flow: &Flow, span: Range<usize>, text: Range<usize>) -> Mark {
        Mark {
            span,
            text,
            words: Vec::new(),
            spelling: Spelling::Lines,
            part: None,
            room: None,
            prefix: flow.prefix.clone(),
            hold: if flow.kept { Hold::Kept } else { Hold::Free },
            children: Vec::new(),
        }
    }

    /// The lines of running text from here on: up to a blank line, or one that begins something else.
    pub(super) fn text_lines(&self, flow: &mut Flow, ends: Ends) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        loop {
            flow.split_closing(self.text);
            let Some(line) = flow.line() else { break };
            let at = line.trimmed(self.text);
            let shown = self.slice(&at);
            let goes_on = lines.last().is_some_and(|last| self.slice(last).ends_with('\\'));
            let ended = flow.closes(shown) || begins(shown, ends, goes_on) || self.is_head(flow);
            let is_first = lines.is_empty() && ends != Ends::Title;
            if shown.is_empty() || ended && !is_first {
                break;
            }
            lines.push(at);
            flow.at += 1;
        }
        lines
    }

    fn paragraph(&mut self, flow: &mut Flow, found: &mut Found) {
        let Some(first) = flow.line() else { return };
        let lines = self.text_lines(flow, Ends::Paragraph);
        let (Some(head), Some(tail)) = (lines.first(), lines.last()) else { return };
        let text = head.start..tail.end;
        let level = flow.line().and_then(|line| starts::underline(line.of(self.text)));
        let kind = level.map_or(Kind::Paragraph, Kind::Heading);
        if level.is_some() {
            flow.at += 1;
        }
        let span = first.start..flow.end(self.text);
        let read = self.inline(&lines, Spelling::Lines);
        let mark = self.mark(flow, span, text);
        if let Some(url) = read.image.filter(|_| level.is_none()) {
            return self.image(url, read.words, mark, found);
        }
        if read.words.is_empty() && level.is_none() {
            return;
        }
        let block = Block::new(kind, read.words.tokens);
        found.push(block, Mark { words: read.words.at, ..mark });
    }

    fn heading(&mut self, flow: &mut Flow, heading: &Heading, at: usize, found: &mut Found) {
        let Some(line) = flow.line() else { return };
        flow.at += 1;
        let text = at + heading.text.start..at + heading.text.end;
        let read = self.inline(std::slice::from_ref(&text), Spelling::Line);
        let kind = Kind::Heading(u8::try_from(heading.level.min(4)).unwrap_or(4));
        let mark = self.mark(flow, line.start..line.end, text);
        let part = Some(at..at + heading.level);
        let mark = Mark { words: read.words.at, spelling: Spelling::Line, part, ..mark };
        found.push(Block::new(kind, read.words.tokens), mark);
    }

    fn divider(&mut self, flow: &mut Flow, found: &mut Found) {
        let Some(line) = flow.line() else { return };
        flow.at += 1;
        let mark = self.mark(flow, line.start..line.end, line.end..line.end);
        found.push(Block::new(Kind::Divider, Vec::new()), mark);
    }

    /// A quotation with signs before its lines.
    fn quote(&mut self, flow: &mut Flow, level: Level, found: &mut Found) -> bool {
        let (Some(first), Some(inside)) = (flow.line(), level.inside()) else { return false };
        let mut lines = Vec::new();
        let mut sign = None;
        while let Some(line) = flow.line() {
            let at = line.trimmed(self.text);
            if !self.slice(&at).starts_with('>') {
                break;
            }
            let after = Line { start: at.start + 1, end: line.end };
            let blank = after.of(self.text).starts_with([' ', '\t']);
            let inner = Line { start: after.start + usize::from(blank), end: line.end };
            if sign.is_none() && !inner.is_blank(self.text) {
                sign = Some(self.slice(&(line.start..inner.start)).to_owned());
            }
            lines.push(inner);
            flow.at += 1;
        }
        let sign = sign.filter(|sign| sign.ends_with(' ')).unwrap_or_else(|| "> ".to_owned());
        let at = lines.first().map_or(first.end, |line| line.start);
        let mut inner = Flow::new(lines, format_smolstr!("{}{sign}", flow.prefix));
        inner.kept = flow.kept;
        let mut children = Found::default();
        self.flow(&mut inner, inside, &mut children);
        let mut mark = self.mark(flow, first.start..flow.end(self.text), at..at);
        mark.prefix.clone_from(&inner.prefix);
        let mut block = Block::new(Kind::Quote, Vec::new());
        mark.children = children.marks;
        hoist(&mut block, &mut children.blocks, &mut mark);
        block.children = children.blocks.into();
        found.push(block, mark);
        true
    }

    fn item(
        &mut self,
        flow: &mut Flow,
        marker: &Marker,
        at: usize,
        level: Level,
        found: &mut Found,
    ) {
        let Some(first) = flow.line() else { return };
        let column = first.indentation(self.text);
        let content = Line { start: (at + marker.content).min(first.end), end: first.end };
        let shown = self.slice(&content.trimmed(self.text));
        let inside = level.inside();
        // In the line of the box is text, whatever it looks like; in others another block may begin.
        let begins = marker.tick.is_none() && inside.is_some() && start(shown).is_some();
        let mut lines = Vec::new();
        let mut inner = Vec::new();
        if begins {
            inner.push(content);
            flow.at += 1;
        } else if shown.is_empty() {
            flow.at += 1;
        } else {
            if let Some(line) = flow.lines.get_mut(flow.at) {
                line.start = content.start;
            }
            lines = self.text_lines(flow, Ends::Item);
        }
        let text_end = lines.last().map_or(content.start, |line: &Range<usize>| line.end);
        let text = lines.first().map_or(content.start, |line| line.start)..text_end;
        let own_end = flow.end(self.text);
        let mut prefix =
            format_smolstr!("{}{}", flow.prefix, self.indent.as_deref().unwrap_or("\t"));
        let mut children = Found::default();
        if let Some(inside) = inside {
            let below = self.below(flow, column);
            let given = below.iter().find(|line| !line.is_blank(self.text)).copied();
            let width = if begins { column + marker.content } else { usize::MAX };
            let columns = given.map_or(0, |line| line.indentation(self.text).min(width));
            inner.extend(below.into_iter().map(|line| line.outdented(self.text, columns)));
            if let Some(line) = given {
                let start = line.outdented(self.text, columns).start;
                let indent = self.slice(&(line.start..start)).to_owned();
                prefix = format_smolstr!("{}{indent}", flow.prefix);
                self.indent = Some(indent);
            }
            if !inner.is_empty() {
                let mut inner = Flow::new(inner, prefix.clone());
                inner.kept = flow.kept;
                self.flow(&mut inner, inside, &mut children);
            }
        }
        let read = self.inline(&lines, Spelling::Lines);
        let kind = match (&marker.tick, marker.number) {
            (Some((_, done)), _) => Kind::Todo { done: *done },
            (None, Some(_)) => Kind::Number,
            (None, None) => Kind::Bullet,
        };
        let mut block = Block::new(kind, read.words.tokens);
        let mark = self.mark(flow, first.start..flow.end(self.text), text);
        let mut mark = Mark {
            words: read.words.at,
            part: marker.tick.as_ref().map(|(range, _)| at + range.start..at + range.end),
            room: inside.map(|_| Room { at: own_end, prefix: prefix.clone() }),
            prefix,
            children: children.marks,
            ..mark
        };
        hoist(&mut block, &mut children.blocks, &mut mark);
        block.children = children.blocks.into();
        found.push(block, mark);
    }

    /// Takes the lines that lie deeper than the column, and the blank ones between them.
    fn below(&self, flow: &mut Flow, column: usize) -> Vec<Line> {
        let rest = flow.lines.get(flow.at..).unwrap_or_default();
        let mut taken = 0;
        for (i, line) in rest.iter().enumerate() {
            if line.is_blank(self.text) {
                continue;
            }
            if line.indentation(self.text) < column + 2 {
                break;
            }
            taken = i + 1;
        }
        let lines = rest.get(..taken).unwrap_or_default().to_vec();
        flow.at += taken;
        lines
    }

    /// Reads the text of a tag's title, and where it stands when there is none.
    pub(super) fn title(&mut self, flow: &mut Flow) -> (Vec<Range<usize>>, Range<usize>) {
        let end = flow.end(self.text);
        flow.skip_blank(self.text);
        flow.split_closing(self.text);
        let Some(line) = flow.line() else { return (Vec::new(), end..end) };
        let at = line.trimmed(self.text);
        let shown = self.slice(&at);
        let empty = Tag::parse(shown).filter(|tag| tag.name == "p" && tag.form == Form::Alone);
        if empty.is_some_and(|tag| tag.len == shown.len()) {
            flow.at += 1;
            return (Vec::new(), at);
        }
        let lines = self.text_lines(flow, Ends::Title);
        let text = match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            (None, _) | (_, None) => end..end,
        };
        (lines, text)
    }
}

/// What ends a running text besides a blank line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// What may interrupt a paragraph.
    Paragraph,
    /// Also any list: it is a child.
    Item,
    /// Any block at all, from the first line on.
    Title,
}

/// Whether a line inside running text begins something else.
fn begins(shown: &str, ends: Ends, goes_on: bool) -> bool {
    match start(shown) {
        Some(Start::Item(marker)) => {
            let says = marker.content < shown.len() || marker.tick.is_some();
            // CommonMark lets only such an item interrupt a text; after an item any other is the next, or a child.
            let interrupts = says && matches!(marker.number, None | Some(1));
            match ends {
                Ends::Paragraph => interrupts,
                Ends::Item => interrupts || !goes_on,
                Ends::Title => true,
            }
        }
        Some(_) => true,
        None => ends == Ends::Paragraph && starts::underline(shown).is_some(),
    }
}
