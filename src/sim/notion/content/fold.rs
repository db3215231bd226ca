//! From a row of blocks and loose tags to a tree.

use std::collections::BTreeMap;

use super::block::{Attributes, Block, Content, Kind, MAX_DEPTH, Run, What, joined};
use super::tags::{self, Form, Holds, Tag};

/// What stands among the blocks of one container while a text is read.
#[derive(Debug)]
pub(super) enum Item {
    Block(Block),
    Open { tag: Tag, padded: bool },
    Close { name: String, padded: bool },
    Void(Tag),
}

/// A tag that waits for its end.
struct Frame {
    tag: Tag,
    padded: bool,
    blocks: Vec<Block>,
}

/// Puts what stands between tags into them. A tag that never ends holds nothing; an end without a start is a text.
pub(super) fn fold(items: Vec<Item>, depth: usize, warnings: &mut Vec<String>) -> Vec<Block> {
    let mut fold =
        Fold { done: Vec::new(), open: Vec::new(), names: BTreeMap::new(), lists: 0, warnings };
    for item in items {
        match item {
            Item::Block(block) => fold.top().push(block),
            Item::Void(tag) => {
                let blocks = fold.build(&tag, Vec::new(), false);
                fold.top().extend(blocks);
            }
            Item::Open { tag, padded } => {
                if depth + fold.levels() >= MAX_DEPTH {
                    fold.warnings.push("Tags nested too deep became text.".to_owned());
                    let text = tags::write(&tag.name, &tag.attributes, tag.form);
                    fold.top().push(Block::of(Kind::Paragraph, vec![Run::plain(text)]));
                } else {
                    *fold.names.entry(tag.name.clone()).or_default() += 1;
                    fold.lists += usize::from(is_list(&tag));
                    fold.open.push(Frame { tag, padded, blocks: Vec::new() });
                }
            }
            Item::Close { name, padded } => fold.close(&name, padded),
        }
    }
    while !fold.open.is_empty() {
        fold.give_up();
    }
    fold.done
}

struct Fold<'w> {
    done: Vec<Block>,
    open: Vec<Frame>,
    names: BTreeMap<String, usize>,
    /// How many of the open tags are lists.
    lists: usize,
    warnings: &'w mut Vec<String>,
}

impl Fold<'_> {
    fn top(&mut self) -> &mut Vec<Block> {
        match self.open.last_mut() {
            Some(frame) => &mut frame.blocks,
            None => &mut self.done,
        }
    }

    /// How deep the next block would stand; lists are no blocks, only their items are.
    fn levels(&self) -> usize {
        self.open.len() - self.lists
    }

    fn pop(&mut self) -> Option<Frame> {
        let frame = self.open.pop()?;
        self.lists -= usize::from(is_list(&frame.tag));
        if let Some(count) = self.names.get_mut(&frame.tag.name) {
            *count -= 1;
        }
        Some(frame)
    }

    /// The innermost tag turned out to have no end.
    fn give_up(&mut self) {
        let Some(frame) = self.pop() else { return };
        self.warnings.push(format!("<{}> is never closed.", frame.tag.name));
        let blocks = self.build(&frame.tag, Vec::new(), false);
        self.top().extend(blocks);
        self.top().extend(frame.blocks);
    }

    fn close(&mut self, name: &str, padded: bool) {
        if self.names.get(name).is_none_or(|open| *open == 0) {
            self.warnings.push(format!("</{name}> closes nothing."));
            let text = vec![Run::plain(format!("</{name}>"))];
            self.top().push(Block::of(Kind::Paragraph, text));
            return;
        }
        while self.open.last().is_some_and(|frame| frame.tag.name != name) {
            self.give_up();
        }
        let Some(mut frame) = self.pop() else { return };
        if padded && minds_padding(&frame.tag) && !frame.blocks.is_empty() {
            frame.blocks.push(stray());
        }
        let blocks = self.build(&frame.tag, frame.blocks, frame.padded);
        self.top().extend(blocks);
    }

    /// The block of a tag. What it cannot hold follows it.
    fn build(&mut self, tag: &Tag, mut inside: Vec<Block>, padded: bool) -> Vec<Block> {
        let Some(known) = tags::block_tag(&tag.name) else { return inside };
        let attributes = self.attributes(tag, known.attributes);
        let mut content = Content { kind: known.kind.clone(), attributes, text: Vec::new() };
        read_into_kind(&mut content);
        let takes_title = !padded && inside.first().is_some_and(|first| is_title(first, tag.form));
        let (children, after) = match known.holds {
            Holds::Nothing => (Vec::new(), inside),
            Holds::Blocks => (inside, Vec::new()),
            Holds::Titled => {
                if takes_title {
                    content.text = inside.remove(0).content.text;
                } else if padded && minds_padding(tag) {
                    inside.insert(0, stray());
                }
                (inside, Vec::new())
            }
            Holds::Text | Holds::Raw => {
                let texts = inside.iter().take_while(|block| is_title(block, tag.form)).count();
                let after = inside.split_off(texts);
                content.text = on_lines(inside);
                (Vec::new(), after)
            }
        };
        let mut blocks = match tag.name.as_str() {
            "ul" => children,
            "tr" => vec![Block::new(content, children.into_iter().map(cell).collect())],
            "table" => {
                let (rows, others) = children.into_iter().partition(is_of_table);
                let mut blocks = vec![Block::new(content, rows)];
                blocks.extend::<Vec<Block>>(others);
                blocks
            }
            "ol" => children.into_iter().map(|child| numbered(child, &content)).collect(),
            _ => vec![Block::new(content, children)],
        };
        blocks.extend(after);
        blocks
    }

    fn attributes(&mut self, tag: &Tag, known: &[&str]) -> Attributes {
        let mut kept = Attributes::new();
        for (key, value) in &tag.attributes {
            let is_known = known.contains(&key.as_str());
            if !is_known || (key == "color" && !tags::is_color(value)) {
                self.warnings.push(format!("<{}> has no {key} \"{value}\".", tag.name));
            } else {
                kept.insert(key.clone(), value.clone());
            }
        }
        kept
    }
}

fn is_list(tag: &Tag) -> bool {
    matches!(tag.name.as_str(), "ul" | "ol")
}

/// Attributes that are part of the kind.
fn read_into_kind(content: &mut Content) {
    match &content.kind {
        Kind::Toggle(_) => {
            let heading = content.attributes.remove("heading");
            let level = heading.and_then(|heading| heading.strip_prefix('h')?.parse().ok());
            content.kind = Kind::Toggle(level.filter(|level| (1..=4).contains(level)));
        }
        Kind::ToDo(_) => {
            let checked = content.attributes.remove("checked");
            content.kind = Kind::ToDo(checked.as_deref() == Some("true"));
        }
        Kind::Table => {
            for key in ["fit-page-width", "header-row", "header-column"] {
                if content.attribute(key) == Some("false") {
                    content.attributes.remove(key);
                }
            }
        }
        Kind::Paragraph
        | Kind::Heading(_)
        | Kind::Bulleted
        | Kind::Numbered
        | Kind::Quote
        | Kind::Callout
        | Kind::Code
        | Kind::Equation
        | Kind::Divider
        | Kind::Row
        | Kind::Cell
        | Kind::Image
        | Kind::Page
        | Kind::Database
        | Kind::Unknown
        | Kind::Tagged(_) => {}
    }
}

fn is_title(block: &Block, _form: Form) -> bool {
    block.content.kind == Kind::Paragraph
        && block.content.attributes.is_empty()
        && block.children.is_empty()
}

fn numbered(mut child: Block, list: &Content) -> Block {
    if child.content.kind == Kind::Bulleted {
        child.content.kind = Kind::Numbered;
        child.content.attributes.extend(list.attributes.clone());
    }
    child
}

/// A row holds cells and nothing else.
fn cell(block: Block) -> Block {
    if block.content.kind == Kind::Cell {
        return block;
    }
    Block::of(Kind::Cell, block.content.text)
}

/// A table holds rows and the looks of its columns; anything else stands behind it.
fn is_of_table(block: &Block) -> bool {
    matches!(block.content.kind, Kind::Row | Kind::Unknown | Kind::Tagged("colgroup"))
}

/// Several paragraphs where only one text may be.
fn on_lines(blocks: Vec<Block>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for block in blocks {
        if !runs.is_empty() {
            runs.push(Run { what: What::Text("\n".to_owned()), look: Default::default() });
        }
        runs.extend(block.content.text);
    }
    joined(runs)
}

/// Blank lines that touch these tags become stray white space (notion-api.md §6.3.1, "Lines and blank lines").
fn minds_padding(tag: &Tag) -> bool {
    tags::block_tag(&tag.name).is_some_and(|known| known.holds == Holds::Titled)
}

fn stray() -> Block {
    Block::of(Kind::Paragraph, vec![Run::plain(" ")])
}
