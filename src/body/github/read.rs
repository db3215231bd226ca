//! GitHub's blocks: from the parser's events to the common tree.

use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag};
use smol_str::format_smolstr;

use super::fold::{Node, fold, verbatim};
use super::inline::{self, Inline};
use super::marks::mark;
use super::{images, literal};
use crate::body::lines::{line_end, prefix_of, trimmed};
use crate::body::place::Place;
use crate::body::reread::cuts;
use crate::body::source::{Cut, Mark, Reading, Room, Spelling, Word};
use crate::body::tree::{Block, Kind, MAX_DEPTH, Tone};

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
    let events = Events { parser: parser.into_offset_iter(), start }.peekable();
    let mut reader = Reader {
        text,
        place,
        events,
        has_names: !hidden.is_empty(),
        hidden,
        starts: Vec::new(),
        is_open: false,
        open_fold: None,
    };
    let nodes = reader.children(0);
    let (blocks, marks) = reader.folded(nodes, 0);
    let (cuts, has_names) = (reader.cuts(&marks), reader.has_names);
    let mut hidden = reader.hidden;
    hidden.sort_by_key(|range| range.start);
    Reading { blocks, marks, hidden, cuts, has_names }
}

/// What the parser finds, with where it stands in the whole text.
struct Events<'s> {
    parser: OffsetIter<'s>,
    start: usize,
}

/// Something the parser found, and where.
pub(super) type Spanned<'s> = (Event<'s>, Range<usize>);

impl<'s> Iterator for Events<'s> {
    type Item = Spanned<'s>;

    fn next(&mut self) -> Option<Spanned<'s>> {
        let (event, at) = self.parser.next()?;
        Some((event, at.start + self.start..at.end + self.start))
    }
}

/// A text on its way into a tree.
pub(super) struct Reader<'s> {
    pub(super) text: &'s str,
    pub(super) place: &'s Place,
    events: Peekable<Events<'s>>,
    hidden: Vec<Range<usize>>,
    /// Whether there is a definition or a footnote.
    has_names: bool,
    /// Where the parser's outermost blocks begin.
    starts: Vec<usize>,
    /// Whether the last of them may go on over an empty line.
    is_open: bool,
    /// Where the first `<details>` begins that is never closed.
    open_fold: Option<usize>,
}

impl<'s> Reader<'s> {
    pub(super) fn next(&mut self) -> Option<Spanned<'s>> {
        self.events.next()
    }

    /// Everything up to the end of the container, which is taken too.
    pub(super) fn children(&mut self, depth: usize) -> Vec<Node> {
        // Nodes are large, and most containers have one: room for more is made when there are more.
        let mut nodes = Vec::with_capacity(1);
        loop {
            // The text of an item in a tight list has no paragraph around it.
            if self.events.peek().is_some_and(|(event, _)| !is_block(event)) {
                let inline = self.run(None);
                self.paragraph(inline, &mut nodes);
                continue;
            }
            match self.next() {
                Some((Event::Start(_), range)) if depth >= MAX_DEPTH => {
                    self.skip();
                    nodes.push(self.too_deep(&range));
                }
                Some((Event::Start(tag), range)) => {
                    if depth == 0 {
                        self.starts.push(range.start);
                        self.is_open = matches!(tag, Tag::CodeBlock(_) | Tag::HtmlBlock);
                    }
                    self.container(&tag, &range, depth, &mut nodes);
                }
                Some((Event::Rule, range)) => {
                    if depth == 0 {
                        self.starts.push(range.start);
                        self.is_open = false;
                    }
                    let mark = self.mark(trimmed(self.text, range), Vec::new(), Spelling::Literal);
                    nodes.push(Node::new(Block::new(Kind::Divider, Vec::new()), mark));
                }
                Some(_) | None => return nodes,
            }
        }
    }

    fn container(
        &mut self,
        tag: &Tag<'_>,
        range: &Range<usize>,
        depth: usize,
        nodes: &mut Vec<Node>,
    ) {
        match tag {
            Tag::Paragraph => {
                let is_formula = |(event, _): &Spanned<'_>| matches!(event, Event::DisplayMath(_));
                match self.events.next_if(is_formula) {
                    Some((Event::DisplayMath(tex), range))
                        if self.events.next_if(is_end).is_some() =>
                    {
                        nodes.push(self.equation(&tex, &range));
                    }
                    first => {
                        let inline = self.run(first);
                        self.next();
                        self.paragraph(inline, nodes);
                    }
                }
            }
            Tag::Heading { level, .. } => {
                let inline = self.run(None);
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
                let lines = self.literal().into_iter().map(|(_, range)| range);
                nodes.push(Node::Html(lines.collect()));
            }
            Tag::List(start) => self.list(start.is_some(), depth, nodes),
            Tag::FootnoteDefinition(_) => {
                self.has_names = true;
                self.footnote(range, depth, nodes);
            }
            Tag::Table(columns) => {
                let node = self.table(columns.len(), range);
                nodes.push(node);
            }
            _ => self.skip(),
        }
    }

    /// The cuts of a text with these blocks: between the parser's blocks, where nothing is open that folds.
    fn cuts(&self, marks: &[Mark]) -> Vec<Cut> {
        let end = if self.is_open { None } else { Some(self.text.len()) };
        let starts = self.starts.iter().copied().skip(1).chain(end).map(|start| (start, 0));
        let open = self.open_fold.unwrap_or(usize::MAX);
        let mut blocks = 0;
        let mut all = cuts(self.text, starts.take_while(|(start, _)| *start <= open));
        all.retain_mut(|cut| {
            // What stands for an image stands right behind it.
            let is_before = |mark: &Mark| mark.span.start <= cut.end;
            while marks.get(blocks).is_some_and(is_before) {
                blocks += 1;
            }
            cut.blocks = blocks;
            let last = blocks.checked_sub(1).and_then(|last| marks.get(last));
            last.is_none_or(|last| last.span.end <= cut.next)
        });
        all
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

    /// Text up to the next block or the end of this one, which stay. `first` was taken already.
    pub(super) fn run(&mut self, first: Option<Spanned<'s>>) -> Inline {
        let mut open = 0usize;
        let mut goes_on = |(event, _): &Spanned<'_>| match event {
            Event::End(_) if open > 0 => {
                open -= 1;
                true
            }
            event if is_block(event) => false,
            event => {
                open += usize::from(matches!(event, Event::Start(_)));
                true
            }
        };
        let rest = std::iter::from_fn(|| self.events.next_if(|event| goes_on(event)));
        let inline = inline::read(self.text, self.place, first.into_iter().chain(rest));
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
    fn equation(&self, tex: &str, range: &Range<usize>) -> Node {
        let words = literal::formula(self.text, tex, range);
        let block = Block::new(Kind::Equation, words.tokens);
        Node::new(block, self.mark(range.clone(), words.at, Spelling::Literal))
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
        let (mut children, marks) = self.folded(inner, depth + 1);
        let first_line = line_end(self.text, span.start);
        let mut block = Block::new(kind, Vec::new());
        let mut mark = self.mark(span, Vec::new(), Spelling::Lines);
        mark.children = marks;
        mark.text = first_line..first_line;
        mark.prefix = prefix.clone();
        mark.room = Some(Room { at: first_line, prefix });
        self.hoist(&mut block, &mut children, &mut mark);
        block.children = children.into();
        Node::new(block, mark)
    }

    /// A first paragraph is the text of what contains it.
    pub(super) fn hoist(&self, block: &mut Block, children: &mut Vec<Block>, mark: &mut Mark) {
        if block.hoist(children) {
            let first_mark = mark.children.remove(0);
            self.take_text(first_mark, mark);
        }
    }

    /// The text of what contains it stands where that paragraph stood.
    pub(super) fn take_text(&self, paragraph: Mark, mark: &mut Mark) {
        mark.text = paragraph.text;
        mark.words = paragraph.words;
        mark.prefix = paragraph.prefix;
        if let Some(room) = &mut mark.room {
            room.at = line_end(self.text, paragraph.span.end);
        }
    }

    pub(super) fn folded(&mut self, nodes: Vec<Node>, depth: usize) -> (Vec<Block>, Vec<Mark>) {
        let folded = fold(self.text, self.place, nodes, depth, &mut self.hidden);
        let nodes = folded.nodes;
        if depth == 0 {
            self.open_fold = folded.open;
        }
        let mut blocks = Vec::with_capacity(nodes.len());
        let mut marks = Vec::with_capacity(nodes.len());
        for node in nodes {
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

fn is_end((event, _): &Spanned<'_>) -> bool {
    matches!(event, Event::End(_))
}

/// Whether no text goes on over it: a block begins, or ends.
fn is_block(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => is_container(tag),
        Event::End(_) | Event::Rule => true,
        _ => false,
    }
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
