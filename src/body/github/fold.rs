//! HTML blocks: what folds becomes a toggle with what lies between its tags; comments are not shown; the rest is shown
//! as code, to the letter.

use std::ops::Range;

use super::html::{self, Line, Piece};
use super::images;
use super::inline;
use super::marks::mark;
use crate::body::lines::{line_end, prefix_of};
use crate::body::place::Place;
use crate::body::source::{Mark, Room, Spelling};
use crate::body::tree::{Block, Kind, MAX_DEPTH, Style};
use crate::body::words::Words;

/// A block, or lines of HTML that still have to be understood together with what follows.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every node is a block")]
pub(super) enum Node {
    /// A block.
    Block {
        block: Block,
        mark: Mark,
        /// The box at its beginning, when it is an item's first paragraph.
        task: Option<bool>,
    },
    /// Lines of an HTML block.
    Html(Vec<Range<usize>>),
}

impl Node {
    pub(super) fn new(block: Block, mark: Mark) -> Node {
        Node::Block { block, mark, task: None }
    }
}

/// A `<details>` that is still open.
struct Frame {
    start: usize,
    /// The lines of its tags, in case it is never closed.
    tags: Vec<Range<usize>>,
    title: Option<Range<usize>>,
    nodes: Vec<Node>,
}

/// What was put together.
pub(super) struct Folded {
    pub(super) nodes: Vec<Node>,
    /// Where the first `<details>` begins that is never closed.
    pub(super) open: Option<usize>,
}

/// Puts toggles together, and gives HTML its form. Afterwards there is no [`Node::Html`] but what is shown as code.
pub(super) fn fold(
    source: &str,
    place: &Place,
    nodes: Vec<Node>,
    depth: usize,
    hidden: &mut Vec<Range<usize>>,
) -> Folded {
    if !nodes.iter().any(|node| matches!(node, Node::Html(_))) {
        return Folded { nodes, open: None };
    }
    let mut folder = Folder { source, place, depth, frames: Vec::new(), done: Vec::new() };
    for node in nodes {
        match node {
            Node::Block { .. } => folder.put(node),
            Node::Html(lines) => folder.html(lines, hidden),
        }
    }
    let open = folder.frames.first().map(|frame| frame.start);
    let mut nodes = folder.done;
    for frame in folder.frames {
        nodes.push(Node::Html(frame.tags));
        nodes.extend(frame.nodes);
    }
    Folded { nodes, open }
}

struct Folder<'s> {
    source: &'s str,
    place: &'s Place,
    depth: usize,
    frames: Vec<Frame>,
    done: Vec<Node>,
}

impl Folder<'_> {
    fn put(&mut self, node: Node) {
        match self.frames.last_mut() {
            Some(frame) => frame.nodes.push(node),
            None => self.done.push(node),
        }
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.source.get(range.clone()).unwrap_or_default()
    }

    fn html(&mut self, lines: Vec<Range<usize>>, hidden: &mut Vec<Range<usize>>) {
        if is_comment(lines.iter().map(|line| self.text(line))) {
            if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
                hidden.push(crate::body::lines::trimmed(self.source, first.start..last.end));
            }
            return;
        }
        if let Some(images) = self.images(&lines) {
            images.into_iter().for_each(|image| self.put(image));
            return;
        }
        let mut others: Vec<Range<usize>> = Vec::new();
        for line in lines {
            let meaning = html::line(self.text(&line));
            let is_structure = self.is_structure(&meaning);
            if is_structure && !others.is_empty() {
                self.put(Node::Html(std::mem::take(&mut others)));
            }
            match meaning {
                Line::Opens if is_structure => self.open(&line, None),
                Line::OpensWithTitle(inner) if is_structure => self.open(&line, Some(inner)),
                Line::Title(inner) if is_structure => {
                    if let Some(frame) = self.frames.last_mut() {
                        frame.title = Some(line.start + inner.start..line.start + inner.end);
                        frame.tags.push(line);
                    }
                }
                Line::Closes if is_structure => self.close(&line),
                Line::Blank if others.is_empty() => {}
                Line::Opens
                | Line::OpensWithTitle(_)
                | Line::Title(_)
                | Line::Closes
                | Line::Blank
                | Line::Other => others.push(line),
            }
        }
        if !others.is_empty() {
            self.put(Node::Html(others));
        }
    }

    /// Whether a line does here what it says.
    fn is_structure(&self, line: &Line) -> bool {
        match line {
            Line::Opens | Line::OpensWithTitle(_) => self.depth + self.frames.len() < MAX_DEPTH,
            Line::Title(_) => self
                .frames
                .last()
                .is_some_and(|frame| frame.title.is_none() && frame.nodes.is_empty()),
            Line::Closes => !self.frames.is_empty(),
            Line::Blank | Line::Other => false,
        }
    }

    fn open(&mut self, line: &Range<usize>, title: Option<Range<usize>>) {
        let title = title.map(|inner| line.start + inner.start..line.start + inner.end);
        let blanks = self.text(line).len() - self.text(line).trim_start().len();
        let start = line.start + blanks;
        self.frames.push(Frame { start, tags: vec![line.clone()], title, nodes: Vec::new() });
    }

    fn close(&mut self, line: &Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let end = line.start + self.text(line).trim_end().len();
        let tags_end = frame.tags.last().map_or(frame.start, |tag| tag.start);
        let room = Room {
            at: line_end(self.source, tags_end),
            prefix: prefix_of(self.source, frame.start),
        };
        let (kind, words, text) = self.title(frame.title, room.at);
        let mut block = Block::new(kind, words.tokens);
        let mut mark = mark(self.source, frame.start..end, words.at, Spelling::Html);
        (mark.text, mark.room) = (text, Some(room));
        let mut children = Vec::with_capacity(frame.nodes.len());
        for node in frame.nodes {
            let (child, child_mark) = match node {
                Node::Block { block, mark, .. } => (block, mark),
                Node::Html(lines) => verbatim(self.source, &lines),
            };
            children.push(child);
            mark.children.push(child_mark);
        }
        block.children = children.into();
        self.put(Node::new(block, mark));
    }

    /// The inside of `<summary>`: text with a little HTML.
    fn title(&self, at: Option<Range<usize>>, none: usize) -> (Kind, Words, Range<usize>) {
        let Some(mut at) = at else { return (Kind::Toggle(None), Words::default(), none..none) };
        let mut level = None;
        let inner = self.text(&at);
        let lower = inner.to_ascii_lowercase();
        for n in 1..=6u8 {
            let (open, close) = (format!("<h{n}>"), format!("</h{n}>"));
            if lower.trim().starts_with(&open) && lower.trim().ends_with(&close) {
                let lead = inner.len() - inner.trim_start().len();
                let tail = inner.len() - inner.trim_end().len();
                at = at.start + lead + open.len()..at.end - tail - close.len();
                level = Some(n.min(4));
                break;
            }
        }
        let words = html_text(self.source, &at, self.place);
        (Kind::Toggle(level), words, at)
    }

    /// Lines that are one `<img>` each.
    fn images(&self, lines: &[Range<usize>]) -> Option<Vec<Node>> {
        let mut events = Vec::new();
        for line in lines {
            let text = self.text(line);
            let shown = text.trim();
            if shown.is_empty() {
                continue;
            }
            let one_tag = shown.bytes().filter(|b| *b == b'<').count() == 1 && shown.ends_with('>');
            if !one_tag || !matches!(html::inline(shown), Piece::Image { .. }) {
                return None;
            }
            let start = line.start + text.len() - text.trim_start().len();
            let range = start..start + shown.len();
            events.push((pulldown_cmark::Event::InlineHtml(shown.into()), range.clone()));
            events.push((pulldown_cmark::Event::SoftBreak, range.end..line.end));
        }
        let inline = inline::read(self.source, self.place, events);
        images::alone(self.source, self.place, &inline)
    }
}

/// Whether the lines are comments and nothing else.
fn is_comment<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let text: String = lines.collect();
    let mut rest = text.trim();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let Some(inside) = rest.strip_prefix("<!--") else { return false };
        let Some((_, after)) = inside.split_once("-->") else { return false };
        rest = after.trim_start();
    }
    true
}

/// HTML that Notion cannot show: its source as code.
pub(super) fn verbatim(source: &str, lines: &[Range<usize>]) -> (Block, Mark) {
    let mut words = Words::default();
    let start = lines.first().map_or(0, |line| line.start);
    let mut end = start;
    for (i, line) in lines.iter().enumerate() {
        let text = source.get(line.clone()).unwrap_or_default();
        let shown = text.trim_end_matches(['\n', '\r']);
        if i > 0 {
            words.line_break(end..line.start);
        }
        words.exact(shown, &Style::default(), line.start, true);
        end = line.start + shown.len();
    }
    let words = words.without_controls().without_outer_breaks();
    let block = Block::new(Kind::Code { language: "html".to_owned() }, words.tokens);
    let mark = mark(source, start..end, words.at, Spelling::Literal);
    (block, mark)
}

/// Text inside HTML: entities are resolved, a few tags are marks, every other tag is text.
fn html_text(source: &str, range: &Range<usize>, place: &Place) -> Words {
    let text = source.get(range.clone()).unwrap_or_default();
    let mut words = Words::default();
    let mut styles: Vec<(&str, Style)> = Vec::new();
    let last_end = text.rfind('>').unwrap_or(0);
    let mut at = 0;
    while at < text.len() {
        let style = styles.last().map(|(_, style)| style.clone()).unwrap_or_default();
        let rest = &text[at..];
        let tag_end = if rest.starts_with('<') && at < last_end {
            rest.find('>').map(|end| end + 1)
        } else {
            None
        };
        let len = match tag_end {
            Some(len) => {
                if !mark_tag(&rest[..len], place, &mut styles) {
                    words.exact(&rest[..len], &style, range.start + at, true);
                }
                len
            }
            None => {
                let from = usize::from(rest.starts_with('<'));
                let len = rest[from..].find('<').map_or(rest.len(), |end| end + from);
                for (shown, part) in html::entities(&rest[..len]) {
                    let part = range.start + at + part.start..range.start + at + part.end;
                    if source.get(part.clone()) == Some(shown.as_str()) {
                        words.exact(&shown.replace(['\n', '\r'], " "), &style, part.start, false);
                    } else {
                        words.unit(&shown, &style, &part, false);
                    }
                }
                len
            }
        };
        at += len;
    }
    words.settle(place)
}

/// Takes a tag that is a mark; says whether it was one.
fn mark_tag(tag: &str, place: &Place, styles: &mut Vec<(&'static str, Style)>) -> bool {
    const MARKS: [(&str, &str); 8] = [
        ("<b>", "</b>"),
        ("<strong>", "</strong>"),
        ("<i>", "</i>"),
        ("<em>", "</em>"),
        ("<s>", "</s>"),
        ("<del>", "</del>"),
        ("<code>", "</code>"),
        ("<tt>", "</tt>"),
    ];
    if let Some(target) = html::link(tag).and_then(|target| place.absolute(&target)) {
        let style = styles.last().map(|(_, style)| style.clone()).unwrap_or_default();
        styles.push(("</a>", Style { link: Some(target.into()), ..style }));
        return true;
    }
    let tag = tag.to_ascii_lowercase();
    if tag == "</a>" && styles.last().is_some_and(|(wanted, _)| *wanted == "</a>") {
        styles.pop();
        return true;
    }
    for (i, (open, close)) in MARKS.into_iter().enumerate() {
        if tag == open {
            let mut style = styles.last().map(|(_, style)| style.clone()).unwrap_or_default();
            match i / 2 {
                0 => style.bold = true,
                1 => style.italic = true,
                2 => style.strike = true,
                _ => style.code = true,
            }
            styles.push((close, style));
            return true;
        }
        if tag == close && styles.last().is_some_and(|(wanted, _)| *wanted == close) {
            styles.pop();
            return true;
        }
    }
    false
}
