//! GitHub's blocks: from the parser's events to the common tree.

use std::ops::Range;

use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};
use smol_str::{SmolStr, format_smolstr};

use super::fold::{Node, fold, verbatim};
use super::inline::{self, Inline};
use super::{images, literal};
use crate::body::language;
use crate::body::lines::{line_end, line_start, prefix_of, trimmed};
use crate::body::place::Place;
use crate::body::source::{Hold, Mark, Reading, Room, Spelling, Word};
use crate::body::tree::{Block, Kind, MAX_DEPTH, Tone};
use crate::body::words::Words;

/// Reads a body as GitHub shows it. The marker is no part of it.
pub(in crate::body) fn read(text: &str, place: &Place) -> Reading {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    // A mark of byte order is no part of the first line.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let at = |range: Range<usize>| range.start + start..range.end + start;
    let parser = Parser::new_ext(text.get(start..).unwrap_or_default(), options);
    let definitions = parser.reference_definitions().iter();
    let hidden: Vec<_> = definitions.map(|(_, definition)| at(definition.span.clone())).collect();
    let events = parser.into_offset_iter().map(|(event, range)| (event, at(range)));
    let events: Vec<_> = events.collect();
    let mut reader = Reader { text, place, events: &events, at: 0, hidden };
    let nodes = reader.children(0);
    let (blocks, marks) = reader.folded(nodes, 0);
    let mut hidden = reader.hidden;
    hidden.sort_by_key(|range| range.start);
    Reading { blocks, marks, hidden }
}

type Spanned<'e> = (Event<'e>, Range<usize>);

struct Reader<'s, 'e> {
    text: &'s str,
    place: &'s Place,
    events: &'e [Spanned<'e>],
    at: usize,
    hidden: Vec<Range<usize>>,
}

impl<'e> Reader<'_, 'e> {
    fn next(&mut self) -> Option<&'e Spanned<'e>> {
        let next = self.events.get(self.at)?;
        self.at += 1;
        Some(next)
    }

    /// Everything up to the end of the container, which is taken too.
    fn children(&mut self, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some((event, range)) = self.next() {
            match event {
                Event::End(_) => break,
                Event::Rule => {
                    let span = trimmed(self.text, range.clone());
                    let mark = self.mark(span, Vec::new(), Spelling::Literal);
                    nodes.push(Node::new(Block::new(Kind::Divider, Vec::new()), mark));
                }
                Event::Start(tag) if is_container(tag) => {
                    if depth >= MAX_DEPTH {
                        self.skip();
                        nodes.push(self.too_deep(range));
                    } else {
                        self.container(tag, range, depth, &mut nodes);
                    }
                }
                _ => {
                    // The text of an item in a tight list has no paragraph around it.
                    self.at -= 1;
                    let inline = self.run();
                    self.paragraph(inline, &mut nodes);
                }
            }
        }
        nodes
    }

    fn container(
        &mut self,
        tag: &Tag<'_>,
        range: &Range<usize>,
        depth: usize,
        nodes: &mut Vec<Node>,
    ) {
        match tag {
            Tag::Paragraph => match self.equation() {
                Some(node) => nodes.push(node),
                None => {
                    let inline = self.run();
                    self.next();
                    self.paragraph(inline, nodes);
                }
            },
            Tag::Heading { level, .. } => {
                let inline = self.run();
                self.next();
                self.heading(*level, inline, range, nodes);
            }
            Tag::BlockQuote(kind) => {
                let inner = self.children(depth + 1);
                let node = self.quote(*kind, inner, range, depth);
                nodes.push(node);
            }
            Tag::CodeBlock(kind) => {
                let node = self.code(kind, range);
                nodes.push(node);
            }
            Tag::HtmlBlock => {
                let lines = self.literal().iter().map(|(_, range)| range.clone());
                nodes.push(Node::Html(lines.collect()));
            }
            Tag::List(start) => self.list(start.is_some(), depth, nodes),
            Tag::FootnoteDefinition(_) => self.footnote(range, depth, nodes),
            Tag::Table(_) => {
                let node = self.table(range);
                nodes.push(node);
            }
            _ => self.skip(),
        }
    }

    /// Passes over the rest of a container.
    fn skip(&mut self) {
        let mut open = 1usize;
        while open > 0 {
            match self.next() {
                Some((Event::Start(_), _)) => open += 1,
                Some((Event::End(_), _)) => open -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Text up to the next block or the end of this one, which stay.
    fn run(&mut self) -> Inline {
        let start = self.at;
        let mut open = 0usize;
        while let Some((event, _)) = self.events.get(self.at) {
            match event {
                Event::Start(tag) if is_container(tag) => break,
                Event::Start(_) => open += 1,
                Event::End(_) if open == 0 => break,
                Event::End(_) => open -= 1,
                Event::Rule => break,
                _ => {}
            }
            self.at += 1;
        }
        let events = self.events.get(start..self.at).unwrap_or_default();
        let inline = inline::read(self.text, self.place, events);
        self.hidden.extend(inline.hidden.iter().cloned());
        inline
    }

    pub(super) fn mark(&self, span: Range<usize>, words: Vec<Word>, spelling: Spelling) -> Mark {
        mark(self.text, span, words, spelling)
    }

    fn paragraph(&mut self, inline: Inline, nodes: &mut Vec<Node>) {
        let Some(span) = inline.span.clone() else { return };
        let span = trimmed(self.text, span);
        if let Some(alone) = images::alone(self.text, self.place, &inline) {
            nodes.extend(alone);
            return;
        }
        let stand_ins = images::stand_ins(self.place, &inline);
        let task = inline.task.clone();
        let text = span.clone();
        let words = inline.words.settle(self.place);
        let block = Block::new(Kind::Paragraph, words.tokens);
        if !block.is_blank() || task.is_some() {
            let part = task.clone().map(|(_, at)| at);
            let mark = Mark { part, text, ..self.mark(span, words.at, Spelling::Lines) };
            nodes.push(Node::Block { block, mark, task: task.map(|(done, _)| done) });
        }
        nodes.extend(stand_ins);
    }

    /// A paragraph that is one formula and nothing else.
    fn equation(&mut self) -> Option<Node> {
        let [(Event::DisplayMath(tex), range), (Event::End(TagEnd::Paragraph), _)] =
            self.events.get(self.at..self.at + 2)?
        else {
            return None;
        };
        self.at += 2;
        let words = literal::formula(self.text, tex, range);
        let block = Block::new(Kind::Equation, words.tokens);
        Some(Node::new(block, self.mark(range.clone(), words.at, Spelling::Literal)))
    }

    fn heading(
        &mut self,
        level: HeadingLevel,
        inline: Inline,
        range: &Range<usize>,
        nodes: &mut Vec<Node>,
    ) {
        let span = trimmed(self.text, range.clone());
        let signs = self.text.get(span.clone()).unwrap_or_default();
        let signs = signs.bytes().take_while(|b| *b == b'#').count();
        let stand_ins = images::stand_ins(self.place, &inline);
        let spelling = if signs > 0 { Spelling::Line } else { Spelling::Lines };
        let text = inline.span.clone().map_or(span.end..span.end, |at| trimmed(self.text, at));
        let words = inline.words.settle(self.place);
        let block = Block::new(Kind::Heading((level as u8).min(4)), words.tokens);
        let part = (signs > 0).then(|| span.start..span.start + signs);
        nodes.push(Node::new(block, Mark { part, text, ..self.mark(span, words.at, spelling) }));
        nodes.extend(stand_ins);
    }

    fn quote(
        &mut self,
        kind: Option<BlockQuoteKind>,
        inner: Vec<Node>,
        range: &Range<usize>,
        depth: usize,
    ) -> Node {
        let kind = kind.map_or(Kind::Quote, |kind| Kind::Callout(tone(kind)));
        // Its last lines may be nothing but its sign.
        let shown = self.text.get(range.clone()).unwrap_or_default();
        let span = range.start..range.start + shown.trim_end().len();
        let prefix = format_smolstr!("{}> ", prefix_of(self.text, span.start));
        let (blocks, marks) = self.folded(inner, depth + 1);
        let first_line = line_end(self.text, span.start);
        let mut block = Block { kind, text: Vec::new(), children: blocks };
        let mut mark = self.mark(span, Vec::new(), Spelling::Lines);
        mark.children = marks;
        mark.text = first_line..first_line;
        mark.prefix = prefix.clone();
        mark.room = Some(Room { at: first_line, prefix });
        self.hoist(&mut block, &mut mark);
        Node::new(block, mark)
    }

    /// A first paragraph is the text of what contains it.
    fn hoist(&self, block: &mut Block, mark: &mut Mark) {
        if block.hoists() {
            let (first, first_mark) = (block.children.remove(0), mark.children.remove(0));
            block.text = first.text;
            mark.text = first_mark.text;
            mark.words = first_mark.words;
            mark.prefix = first_mark.prefix;
            if let Some(room) = &mut mark.room {
                room.at = line_end(self.text, first_mark.span.end);
            }
        }
    }

    fn list(&mut self, is_ordered: bool, depth: usize, nodes: &mut Vec<Node>) {
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let inner = self.children(depth + 1);
                    nodes.push(self.item(is_ordered, inner, range, depth));
                }
                Event::End(_) => break,
                _ => {}
            }
        }
    }

    fn item(
        &mut self,
        is_ordered: bool,
        mut inner: Vec<Node>,
        range: &Range<usize>,
        depth: usize,
    ) -> Node {
        let span = trimmed(self.text, range.clone());
        let task = match inner.first_mut() {
            Some(Node::Block { task, mark, .. }) => {
                task.take().map(|done| (done, mark.part.take()))
            }
            Some(Node::Html(_)) | None => None,
        };
        let kind = match task {
            Some((done, _)) if !is_ordered => Kind::Todo { done },
            Some(_) | None if is_ordered => Kind::Number,
            Some(_) | None => Kind::Bullet,
        };
        let first_is_text = matches!(
            inner.first(),
            Some(Node::Block { block, .. }) if block.kind == Kind::Paragraph
        );
        let prefix = content_prefix(self.text, span.start);
        let (blocks, marks) = self.folded(inner, depth + 1);
        let first_line = line_end(self.text, span.start);
        let mut block = Block { kind, text: Vec::new(), children: blocks };
        let mut mark = self.mark(span, Vec::new(), Spelling::Lines);
        mark.children = marks;
        mark.text = first_line..first_line;
        mark.room = Some(Room { at: first_line, prefix: prefix.clone() });
        if first_is_text {
            self.hoist(&mut block, &mut mark);
        }
        mark.prefix = prefix;
        if let Some((_, Some(part))) = task {
            if block.kind == Kind::Number {
                self.shown_box(&mut block, &mut mark, part);
            } else {
                mark.part = Some(part.start + 1..part.end - 1);
            }
        }
        Node::new(block, mark)
    }

    /// Notion has no numbered items to tick: the box is text there.
    fn shown_box(&self, block: &mut Block, mark: &mut Mark, part: Range<usize>) {
        let mut words = Words::default();
        let shown = self.text.get(part.clone()).unwrap_or_default();
        words.exact(shown, &Default::default(), part.start, true);
        words.exact(" ", &Default::default(), part.end, true);
        words.tokens.append(&mut block.text);
        words.at.append(&mut mark.words);
        let words = words.settle(self.place);
        mark.text = part.start..mark.text.end.max(part.end);
        (block.text, mark.words) = (words.tokens, words.at);
    }

    /// `[^1]: text` is shown as it is written, where it is written.
    fn footnote(&mut self, range: &Range<usize>, depth: usize, nodes: &mut Vec<Node>) {
        let mut inner = self.children(depth + 1).into_iter();
        let shown = self.text.get(range.clone()).unwrap_or_default();
        let label = shown.find("]:").map_or(0, |end| end + 2);
        let mut words = Words::default();
        words.exact(&shown[..label], &Default::default(), range.start, true);
        let first = inner.next();
        let span = range.start..range.start + label;
        let (mut text, mut mark) =
            (Block::new(Kind::Paragraph, Vec::new()), self.mark(span, Vec::new(), Spelling::Lines));
        let mut rest = Vec::new();
        match first {
            Some(Node::Block { mut block, mark: first, .. }) if block.kind == Kind::Paragraph => {
                words.exact(" ", &Default::default(), range.start + label, true);
                words.tokens.append(&mut block.text);
                words.at.extend(first.words);
                mark.span.end = first.span.end;
            }
            Some(other) => rest.push(other),
            None => {}
        }
        let words = words.settle(self.place);
        mark.text = mark.span.clone();
        mark.prefix = format_smolstr!("{}    ", prefix_of(self.text, range.start));
        (text.text, mark.words) = (words.tokens, words.at);
        nodes.push(Node::new(text, mark));
        nodes.extend(rest);
        nodes.extend(inner);
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) -> Node {
        let words = literal::code(self.text, self.literal());
        let mut span = trimmed(self.text, range.clone());
        let prefix = prefix_of(self.text, span.start);
        let (kind, part) = match kind {
            CodeBlockKind::Indented => {
                span.start -= indentation(self.text, span.start);
                (Kind::Code { language: language::PLAIN.to_owned() }, None)
            }
            CodeBlockKind::Fenced(info) => {
                let line = span.start..line_end(self.text, span.start);
                let shown = self.text.get(line.clone()).unwrap_or_default();
                let fence = shown.chars().next().unwrap_or('`');
                let rest = shown.trim_start_matches(fence);
                let blanks = rest.len() - rest.trim_start().len();
                let start = line.start + shown.len() - rest.len() + blanks;
                let part = start..start + rest.trim().len();
                let kind = if info.trim() == "math" {
                    Kind::Equation
                } else {
                    Kind::Code { language: language::canonical(info).to_owned() }
                };
                (kind, Some(part))
            }
        };
        let block = Block::new(kind, words.tokens);
        Node::new(block, Mark { part, prefix, ..self.mark(span, words.at, Spelling::Literal) })
    }

    /// The events up to the end of the block, which is taken too.
    fn literal(&mut self) -> &'e [Spanned<'e>] {
        let start = self.at;
        while let Some((event, _)) = self.next() {
            if let Event::End(_) = event {
                break;
            }
        }
        let end = self.at.saturating_sub(1).max(start);
        self.events.get(start..end).unwrap_or_default()
    }

    fn table(&mut self, range: &Range<usize>) -> Node {
        let mut table = Block::new(Kind::Table, Vec::new());
        let span = trimmed(self.text, range.clone());
        let mut mark = self.mark(span, Vec::new(), Spelling::Literal);
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::TableHead) => {
                    let (row, mut row_mark) = self.row(range);
                    // Its line and the line under it are one.
                    let under = line_end(
                        self.text,
                        crate::body::lines::next_line(self.text, row_mark.span.end),
                    );
                    row_mark.span.end = under;
                    table.children.push(row);
                    mark.children.push(row_mark);
                }
                Event::Start(Tag::TableRow) => {
                    let (row, row_mark) = self.row(range);
                    table.children.push(row);
                    mark.children.push(row_mark);
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Node::new(table, mark)
    }

    fn row(&mut self, range: &Range<usize>) -> (Block, Mark) {
        let mut row = Block::new(Kind::Row, Vec::new());
        let span = trimmed(self.text, range.clone());
        let mut mark = self.mark(span, Vec::new(), Spelling::Literal);
        while let Some((event, range)) = self.next() {
            match event {
                Event::Start(Tag::TableCell) => {
                    let inline = self.run();
                    self.next();
                    let span = inline.span.clone();
                    let words = inline.words.settle(self.place);
                    row.children.push(Block::new(Kind::Cell, words.tokens));
                    let middle = range.start + usize::from(range.len() > 1);
                    let text = span.map_or(middle..middle, |at| trimmed(self.text, at));
                    let cell = mark_in_line(range.clone(), words.at, Spelling::Cell);
                    mark.children.push(Mark { text, ..cell });
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        (row, mark)
    }

    fn too_deep(&self, range: &Range<usize>) -> Node {
        let span = trimmed(self.text, range.clone());
        let mut words = Words::default();
        words.literal(self.text.get(span.clone()).unwrap_or_default(), span.start);
        let block = Block::new(Kind::Code { language: "markdown".to_owned() }, words.tokens);
        let mark = self.mark(span, words.at, Spelling::Literal);
        Node::new(block, mark)
    }

    fn folded(&mut self, nodes: Vec<Node>, depth: usize) -> (Vec<Block>, Vec<Mark>) {
        let mut blocks = Vec::new();
        let mut marks = Vec::new();
        for node in fold(self.text, self.place, nodes, depth, &mut self.hidden) {
            match node {
                Node::Block { block, mark, .. } => {
                    blocks.push(block);
                    marks.push(mark);
                }
                Node::Html(lines) => {
                    let (block, mark) = verbatim(self.text, &lines);
                    blocks.push(block);
                    marks.push(mark);
                }
            }
        }
        (blocks, marks)
    }
}

/// The mark of what is only a part of a line. There may be thousands in one: none looks for where the line begins.
pub(super) fn mark_in_line(span: Range<usize>, words: Vec<Word>, spelling: Spelling) -> Mark {
    let at = around(&words).unwrap_or(span.end..span.end);
    Mark {
        prefix: SmolStr::default(),
        text: at,
        words,
        spelling,
        part: None,
        room: None,
        hold: Hold::Free,
        children: Vec::new(),
        span,
    }
}

/// A mark with what every block has.
pub(super) fn mark(text: &str, span: Range<usize>, words: Vec<Word>, spelling: Spelling) -> Mark {
    Mark { prefix: prefix_of(text, span.start), ..mark_in_line(span, words, spelling) }
}

/// From the first to the last byte of some words.
fn around(words: &[Word]) -> Option<Range<usize>> {
    let start = words.iter().map(|word| word.at.start).min()?;
    let end = words.iter().map(|word| word.at.end).max()?;
    Some(start..end)
}

/// How many bytes before indented code make it code.
fn indentation(text: &str, at: usize) -> usize {
    let before = text.get(line_start(text, at)..at).unwrap_or_default();
    if before.ends_with('\t') {
        return 1;
    }
    before.bytes().rev().take(4).take_while(|b| *b == b' ').count()
}

fn is_container(tag: &Tag<'_>) -> bool {
    match tag {
        Tag::Emphasis
        | Tag::Strong
        | Tag::Strikethrough
        | Tag::Superscript
        | Tag::Subscript
        | Tag::Link { .. }
        | Tag::Image { .. } => false,
        Tag::Paragraph
        | Tag::Heading { .. }
        | Tag::BlockQuote(_)
        | Tag::CodeBlock(_)
        | Tag::HtmlBlock
        | Tag::List(_)
        | Tag::Item
        | Tag::FootnoteDefinition(_)
        | Tag::DefinitionList
        | Tag::DefinitionListTitle
        | Tag::DefinitionListDefinition
        | Tag::Table(_)
        | Tag::TableHead
        | Tag::TableRow
        | Tag::TableCell
        | Tag::MetadataBlock(_) => true,
    }
}

fn tone(kind: BlockQuoteKind) -> Tone {
    match kind {
        BlockQuoteKind::Note => Tone::Note,
        BlockQuoteKind::Tip => Tone::Tip,
        BlockQuoteKind::Important => Tone::Important,
        BlockQuoteKind::Warning => Tone::Warning,
        BlockQuoteKind::Caution => Tone::Caution,
    }
}

/// What the lines of an item's content begin with.
fn content_prefix(text: &str, item: usize) -> SmolStr {
    let line = text.get(item..line_end(text, item)).unwrap_or_default();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marker = digits + 1;
    let rest = line.get(marker..).unwrap_or_default();
    let column =
        text.get(line_start(text, item)..item).unwrap_or_default().chars().count() + marker;
    let mut width = 0;
    for c in rest.chars() {
        match c {
            ' ' => width += 1,
            '\t' => width += 4 - (column + width) % 4,
            _ => break,
        }
    }
    let width = if rest.trim().is_empty() || width > 4 || width == 0 { 1 } else { width };
    let blanks = std::iter::repeat_n(' ', marker + width);
    prefix_of(text, item).chars().chain(blanks).collect()
}
