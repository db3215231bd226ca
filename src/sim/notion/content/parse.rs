//! From Notion's markdown to blocks. CommonMark is read by `comrak`; the tags are ours (see `lines`).

use comrak::nodes::{Node, NodeCodeBlock, NodeValue};
use comrak::{Arena, Options};

use super::block::{Attributes, Block, Content, Kind, MAX_DEPTH, Run, What, joined};
use super::fold::{Item, fold};
use super::inline::{Piece, Source, pieces};
use super::languages;
use super::lines::{self, MARK, Mark, Prepared};
use super::rendering::Rendering;
use super::tags::{Form, Tag};

/// What reading a text gave.
#[derive(Debug)]
pub(in crate::sim::notion) struct Parsed {
    /// The blocks, still without ids.
    pub(in crate::sim::notion) blocks: Vec<Block>,
    /// What was changed or ignored.
    pub(in crate::sim::notion) warnings: Vec<String>,
}

/// Reads a text; `emojis` are the workspace's own.
pub(in crate::sim::notion) fn parse(
    text: &str,
    rendering: &Rendering,
    emojis: &[String],
) -> Parsed {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(lines::is_ours, "\u{FFFD}");
    let mut reader = Reader { rendering, emojis, options: options(), warnings: Vec::new() };
    let items = reader.text(&text, 0);
    let blocks = fold(items, 0, &mut reader.warnings);
    Parsed { blocks, warnings: reader.warnings }
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.math_dollars = true;
    options.parse.escaped_char_spans = true;
    options
}

struct Reader<'r> {
    rendering: &'r Rendering,
    emojis: &'r [String],
    options: Options<'static>,
    warnings: Vec<String>,
}

/// Stands before and after a single line, so that it is a paragraph whatever it looks like, and keeps its blanks.
const EDGE: char = '\u{FDD4}';

impl Reader<'_> {
    fn text(&mut self, text: &str, depth: usize) -> Vec<Item> {
        if depth > MAX_DEPTH {
            return vec![Item::Block(paragraph(text))];
        }
        let prepared = lines::prepare(text);
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, &prepared.text, &self.options);
        self.children(root, &prepared, depth)
    }

    fn children<'a>(&mut self, parent: Node<'a>, prepared: &Prepared, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for node in parent.children() {
            self.node(node, prepared, depth, &mut items);
        }
        items
    }

    fn node<'a>(
        &mut self,
        node: Node<'a>,
        prepared: &Prepared,
        depth: usize,
        items: &mut Vec<Item>,
    ) {
        // A table brings its rows and cells along.
        let levels = if matches!(node.data().value, NodeValue::Table(_)) { 3 } else { 1 };
        if depth + levels > MAX_DEPTH {
            self.warnings.push("Blocks nested too deep were flattened.".to_owned());
            items.push(Item::Block(paragraph(&all_words(node))));
            return;
        }
        let value = node.data().value.clone();
        match value {
            NodeValue::Paragraph => match mark_of(node, prepared) {
                Some(mark) => self.mark(mark.clone(), prepared, items),
                None => self.flow(node, prepared, &Kind::Paragraph, items),
            },
            NodeValue::Heading(heading) => {
                self.flow(node, prepared, &Kind::Heading(heading.level.min(4)), items);
            }
            NodeValue::List(list) => {
                for item in node.children() {
                    let task = match item.data().value {
                        NodeValue::TaskItem(task) => Some(Kind::ToDo(task.symbol.is_some())),
                        _ => None,
                    };
                    let kind = task.unwrap_or(match list.list_type {
                        comrak::nodes::ListType::Ordered => Kind::Numbered,
                        comrak::nodes::ListType::Bullet => Kind::Bulleted,
                    });
                    items.push(Item::Block(self.container(item, kind, prepared, depth)));
                }
            }
            NodeValue::BlockQuote => {
                items.push(Item::Block(self.container(node, Kind::Quote, prepared, depth)));
            }
            NodeValue::CodeBlock(code) => self.code(&code, prepared, depth, items),
            NodeValue::HtmlBlock(html) => {
                items.extend(self.text(&restored(&html.literal, prepared), depth + 1));
            }
            NodeValue::ThematicBreak => {
                items.push(Item::Block(Block::of(Kind::Divider, Vec::new())));
            }
            NodeValue::Table(_) => items.push(Item::Block(self.table(node, prepared))),
            // Nothing else is switched on.
            _ => items
                .push(Item::Block(Block::of(Kind::Paragraph, vec![Run::plain(all_words(node))]))),
        }
    }

    /// A list item or a quote: its first paragraph is its title.
    fn container<'a>(
        &mut self,
        node: Node<'a>,
        kind: Kind,
        prepared: &Prepared,
        depth: usize,
    ) -> Block {
        let items = self.children(node, prepared, depth + 1);
        let mut blocks = fold(items, depth + 1, &mut self.warnings);
        let has_title = blocks.first().is_some_and(is_plain_paragraph)
            && node.first_child().is_some_and(|first| {
                matches!(first.data().value, NodeValue::Paragraph)
                    && mark_of(first, prepared).is_none()
            });
        let text = if has_title { blocks.remove(0).content.text } else { Vec::new() };
        Block::new(Content::new(kind, text), blocks)
    }

    fn code(
        &mut self,
        code: &NodeCodeBlock,
        prepared: &Prepared,
        depth: usize,
        items: &mut Vec<Item>,
    ) {
        let literal = restored(&code.literal, prepared);
        if !code.fenced {
            // "Always fence code, never indent it": an indented text is a text, and its tags are live.
            items.extend(self.text(&literal, depth + 1));
            return;
        }
        let text = literal.strip_suffix('\n').unwrap_or(&literal);
        let mut block = Block::of(Kind::Code, joined(vec![Run::plain(text)]));
        let language = languages::canonical(&code.info).to_owned();
        block.content.attributes.insert("language".to_owned(), language);
        items.push(Item::Block(block));
    }

    fn table<'a>(&mut self, node: Node<'a>, prepared: &Prepared) -> Block {
        let mut rows = Vec::new();
        for row in node.children() {
            let mut cells = Vec::new();
            for cell in row.children() {
                let mut texts = Vec::new();
                for piece in self.pieces(cell, prepared) {
                    match piece {
                        Piece::Run(run) => texts.push(run),
                        Piece::Image { caption, .. } => texts.extend(caption),
                        Piece::Item(_) => {
                            self.warnings.push("A block inside a table cell was left out.".into());
                        }
                    }
                }
                cells.push(Block::of(Kind::Cell, joined(texts)));
            }
            rows.push(Block::new(Content::new(Kind::Row, Vec::new()), cells));
        }
        let mut table = Block::new(Content::new(Kind::Table, Vec::new()), rows);
        table.content.attributes.insert("header-row".to_owned(), "true".to_owned());
        table
    }

    fn mark(&mut self, mark: Mark, prepared: &Prepared, items: &mut Vec<Item>) {
        match mark {
            Mark::Open { tag, padded } => items.push(Item::Open { tag, padded }),
            Mark::Close { name, padded } => items.push(Item::Close { name, padded }),
            Mark::Void(tag) => items.push(Item::Void(tag)),
            Mark::Raw { tag, text } => {
                self.around(tag, vec![Item::Block(paragraph(&text))], items);
            }
            Mark::Line { tag, text } => {
                let inside = self.line(&text, prepared);
                self.around(tag, inside, items);
            }
        }
    }

    fn around(&mut self, tag: Tag, inside: Vec<Item>, items: &mut Vec<Item>) {
        let name = tag.name.clone();
        items.push(Item::Open { tag: Tag { form: Form::Open, ..tag }, padded: false });
        items.extend(inside);
        items.push(Item::Close { name, padded: false });
    }

    /// The text between tags on one line: inline, with the blanks at its ends.
    fn line(&mut self, text: &str, _outer: &Prepared) -> Vec<Item> {
        let mut prepared = Prepared::default();
        prepared.inline(&format!("{EDGE} {text} {EDGE}"));
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, &prepared.text, &self.options);
        let mut items = Vec::new();
        for node in root.children() {
            self.flow(node, &prepared, &Kind::Paragraph, &mut items);
        }
        for item in &mut items {
            if let Item::Block(block) = item {
                unedge(&mut block.content.text);
            }
        }
        items.retain(|item| {
            !matches!(item, Item::Block(block) if block.content.kind == Kind::Paragraph && block.content.text.is_empty())
        });
        items
    }

    fn pieces<'a>(&mut self, node: Node<'a>, prepared: &Prepared) -> Vec<Piece> {
        let source = Source { prepared, rendering: self.rendering, emojis: self.emojis };
        pieces(node, &source, &mut self.warnings)
    }

    /// A paragraph or a heading: images and tags inside it become blocks of their own.
    fn flow<'a>(
        &mut self,
        node: Node<'a>,
        prepared: &Prepared,
        kind: &Kind,
        items: &mut Vec<Item>,
    ) {
        let pieces = self.pieces(node, prepared);
        let mut runs = Vec::new();
        let mut wrote = false;
        let is_alone = pieces.iter().all(|piece| match piece {
            Piece::Run(run) => is_blank(run),
            Piece::Image { .. } | Piece::Item(_) => true,
        });
        let mut flush = |runs: &mut Vec<Run>, items: &mut Vec<Item>| {
            let mut text = joined(std::mem::take(runs));
            if items_split(is_alone, &mut text) {
                return;
            }
            items.push(Item::Block(Block::of(kind.clone(), text)));
            wrote = true;
        };
        let has_blocks = pieces.iter().any(|piece| !matches!(piece, Piece::Run(_)));
        for piece in pieces {
            match piece {
                Piece::Run(run) => runs.push(run),
                Piece::Image { url, caption } => {
                    flush(&mut runs, items);
                    let mut image = Block::of(Kind::Image, joined(caption));
                    image.content.attributes = Attributes::from([("source".to_owned(), url)]);
                    items.push(Item::Block(image));
                }
                Piece::Item(item) => {
                    flush(&mut runs, items);
                    items.push(item);
                }
            }
        }
        if has_blocks {
            flush(&mut runs, items);
        } else {
            items.push(Item::Block(Block::of(kind.clone(), joined(runs))));
        }
    }
}

/// Cuts the blanks where a text was split around a block; whether nothing is left of it.
fn items_split(is_alone: bool, text: &mut Vec<Run>) -> bool {
    if is_alone {
        return true;
    }
    if let Some(Run { what: What::Text(words), .. }) = text.first_mut() {
        *words = words.trim_start_matches(lines::BLANKS).to_owned();
    }
    if let Some(Run { what: What::Text(words), .. }) = text.last_mut() {
        *words = words.trim_end_matches(lines::BLANKS).to_owned();
    }
    *text = joined(std::mem::take(text));
    text.is_empty()
}

fn paragraph(text: &str) -> Block {
    Block::of(Kind::Paragraph, joined(vec![Run::plain(text)]))
}

fn is_blank(run: &Run) -> bool {
    matches!(&run.what, What::Text(words) if words.trim_matches([' ', '\t', '\n']).is_empty())
}

fn is_plain_paragraph(block: &Block) -> bool {
    block.content.kind == Kind::Paragraph && block.content.attributes.is_empty()
}

fn unedge(text: &mut Vec<Run>) {
    if let Some(Run { what: What::Text(words), .. }) = text.first_mut()
        && let Some(rest) = words.strip_prefix(EDGE)
    {
        *words = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
    }
    if let Some(Run { what: What::Text(words), .. }) = text.last_mut()
        && let Some(rest) = words.strip_suffix(EDGE)
    {
        *words = rest.strip_suffix(' ').unwrap_or(rest).to_owned();
    }
    *text = joined(std::mem::take(text));
}

/// The mark a paragraph stands for.
fn mark_of<'a, 'p>(node: Node<'a>, prepared: &'p Prepared) -> Option<&'p Mark> {
    let only = node.first_child().filter(|first| first.next_sibling().is_none())?;
    match &only.data().value {
        NodeValue::Text(text) => {
            let number = text.strip_prefix(MARK)?.strip_suffix(MARK)?;
            prepared.marks.get(number.parse::<usize>().ok()?)
        }
        _ => None,
    }
}

/// Code in which something was set apart, as it was.
fn restored(literal: &str, prepared: &Prepared) -> String {
    if !literal.contains(lines::is_ours) {
        return literal.to_owned();
    }
    prepared.restored(literal)
}

/// Every word below a node, for what is too deep to be kept as it is.
fn all_words(node: Node<'_>) -> String {
    let mut words = String::new();
    for node in node.descendants() {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::CodeBlock(code) => words.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            NodeValue::Paragraph if !words.is_empty() => words.push(' '),
            _ => {}
        }
    }
    words.replace(lines::is_ours, "")
}

/// Whether an inline text is read as these runs.
pub(super) fn reads_as(text: &str, runs: &[Run], rendering: &Rendering) -> bool {
    let emojis: Vec<String> = runs
        .iter()
        .filter(|run| matches!(run.what, What::Emoji(_)))
        .map(|run| run.words().to_owned())
        .collect();
    let mut reader =
        Reader { rendering, emojis: &emojis, options: options(), warnings: Vec::new() };
    let items = reader.line(text, &Prepared::default());
    matches!(items.as_slice(), [Item::Block(block)] if block.content.text == runs)
}

/// Whether a text is read as this block.
pub(super) fn reads_as_block(text: &str, block: &Block, rendering: &Rendering) -> bool {
    let parsed = parse(text, rendering, &[]);
    matches!(parsed.blocks.as_slice(), [only] if only.says_the_same(block))
}
