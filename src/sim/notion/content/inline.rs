//! From one inline text to runs, and to what cannot stand inside a text.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{Node, NodeValue};

use super::block::{Attributes, Look, Run, What};
use super::fold::Item;
use super::lines::{self, GUARD, MENTION, Prepared};
use super::rendering::{LoneNewline, Rendering};
use super::tags::{self, Form, Tag};

/// What an inline text consists of.
#[derive(Debug)]
pub(super) enum Piece {
    Run(Run),
    Image { url: String, caption: Vec<Run> },
    Item(Item),
}

/// What reading an inline text needs to know.
pub(super) struct Source<'s> {
    pub(super) prepared: &'s Prepared,
    pub(super) rendering: &'s Rendering,
    pub(super) emojis: &'s [String],
}

/// Stands before a character that was escaped, so that it is taken for nothing else.
const ESCAPED: char = '\u{FDD3}';
/// How many inline tags may be open at once.
const OPEN_TAGS: usize = 32;
/// UTF-16 units of a URL (notion-api.md §3).
const URL_UNITS: usize = 2000;

/// Reads what stands below a paragraph, a heading or a cell.
pub(super) fn pieces<'a>(
    node: Node<'a>,
    source: &Source<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Piece> {
    let mut reader = Inline {
        source,
        warnings,
        pieces: Vec::new(),
        marks: Marks::default(),
        tags: Vec::new(),
        links: Vec::new(),
        images: Vec::new(),
        text: String::new(),
        look: Look::default(),
        is_escaped: false,
    };
    for edge in node.traverse().skip(1) {
        match edge {
            NodeEdge::Start(node) => reader.start(node),
            NodeEdge::End(node) => reader.end(node),
        }
    }
    reader.flush();
    reader.pieces
}

/// How many emphases of a kind are open.
#[derive(Default)]
struct Marks {
    bold: usize,
    italic: usize,
    strike: usize,
}

struct Inline<'s, 'w> {
    source: &'s Source<'s>,
    warnings: &'w mut Vec<String>,
    pieces: Vec<Piece>,
    marks: Marks,
    tags: Vec<Tag>,
    links: Vec<Option<String>>,
    /// Where images began among the pieces.
    images: Vec<usize>,
    /// Words of the look in hand, not yet a run.
    text: String,
    look: Look,
    is_escaped: bool,
}

impl Inline<'_, '_> {
    fn start(&mut self, node: Node<'_>) {
        let data = node.data();
        match &data.value {
            NodeValue::Text(text) => {
                if self.is_escaped {
                    self.text.push(ESCAPED);
                }
                self.text.push_str(text);
            }
            NodeValue::Escaped => self.is_escaped = true,
            NodeValue::SoftBreak => self.text.push(match self.source.rendering.lone_newline {
                LoneNewline::Blank => ' ',
                LoneNewline::Break => '\n',
            }),
            NodeValue::LineBreak => self.text.push('\n'),
            NodeValue::Code(code) => {
                let literal = self.source.prepared.restored(&code.literal);
                let look = Look { code: true, ..self.current() };
                self.run(What::Text(literal), look);
            }
            NodeValue::Math(math) if math.display_math || !math.dollar_math => {
                // Only on lines of its own is `$$` an equation.
                let literal = self.source.prepared.restored(&math.literal);
                self.text.push_str(&format!("$${literal}$$"));
            }
            NodeValue::Math(math) => {
                let literal = self.source.prepared.restored(&math.literal);
                let look = self.current();
                self.run(What::Equation(literal), look);
            }
            NodeValue::HtmlInline(html) => self.html(html),
            NodeValue::Strong => self.change(|inline| inline.marks.bold += 1),
            NodeValue::Emph => self.change(|inline| inline.marks.italic += 1),
            NodeValue::Strikethrough => self.change(|inline| inline.marks.strike += 1),
            NodeValue::Link(link) => {
                let url = self.target(&link.url);
                self.change(|inline| inline.links.push(url));
            }
            NodeValue::Image(_) => {
                self.flush();
                self.images.push(self.pieces.len());
            }
            // Blocks do not stand in inlines, and nothing else is switched on.
            _ => {}
        }
    }

    fn end(&mut self, node: Node<'_>) {
        let data = node.data();
        match &data.value {
            NodeValue::Escaped => self.is_escaped = false,
            NodeValue::Strong => self.change(|inline| inline.marks.bold -= 1),
            NodeValue::Emph => self.change(|inline| inline.marks.italic -= 1),
            NodeValue::Strikethrough => self.change(|inline| inline.marks.strike -= 1),
            NodeValue::Link(_) => self.change(|inline| {
                inline.links.pop();
            }),
            NodeValue::Image(image) => {
                self.flush();
                let Some(began) = self.images.pop() else { return };
                let caption = self.pieces.split_off(began.min(self.pieces.len()));
                let caption = caption.into_iter().filter_map(Piece::into_run).collect();
                match self.target(&image.url) {
                    Some(url) => self.pieces.push(Piece::Image { url, caption }),
                    None => self.pieces.extend(caption.into_iter().map(Piece::Run)),
                }
            }
            _ => {}
        }
    }

    /// An absolute URL of bearable length; anything else is shown without a link.
    fn target(&mut self, url: &str) -> Option<String> {
        let url = self.source.prepared.restored(url);
        if url::Url::parse(&url).is_ok() && url.encode_utf16().count() <= URL_UNITS {
            return Some(url);
        }
        self.warnings.push("A link without an absolute URL was left out.".to_owned());
        None
    }

    fn html(&mut self, html: &str) {
        let html = html.replace(GUARD, "");
        let tag = tags::read(&html).filter(|(_, length)| *length == html.len());
        let Some((tag, _)) = tag else { return self.text.push_str(&html) };
        match (tag.name.as_str(), tag.form) {
            ("br", Form::Open | Form::Void) => self.text.push('\n'),
            ("b" | "i" | "s" | "u" | "span", Form::Open) if self.tags.len() < OPEN_TAGS => {
                self.change(|inline| inline.tags.push(tag));
            }
            ("b" | "i" | "s" | "u" | "span", Form::Close) => {
                match self.tags.iter().rposition(|open| open.name == tag.name) {
                    Some(at) => self.change(|inline| {
                        inline.tags.remove(at);
                    }),
                    None => self.text.push_str(&html),
                }
            }
            ("mention", Form::Close) => {}
            ("mention", Form::Void | Form::Open) => {
                let look = self.current();
                self.run(What::Mention(tag.attributes, String::new()), look);
            }
            ("date", Form::Void) if tag.attributes.contains_key("start") => {
                let look = self.current();
                self.run(What::Date(tag.attributes), look);
            }
            (name, form) if tags::block_tag(name).is_some() => {
                self.flush();
                let name = tag.name.clone();
                self.pieces.push(Piece::Item(match form {
                    Form::Open => Item::Open { tag, padded: false },
                    Form::Close => Item::Close { name, padded: false },
                    Form::Void => Item::Void(tag),
                }));
            }
            (_, _) => self.text.push_str(&html),
        }
    }

    fn current(&self) -> Look {
        let mut look = Look {
            bold: self.marks.bold > 0,
            italic: self.marks.italic > 0,
            strike: self.marks.strike > 0,
            link: self.links.last().cloned().flatten(),
            ..Look::default()
        };
        for tag in &self.tags {
            match tag.name.as_str() {
                "b" => look.bold = true,
                "i" => look.italic = true,
                "s" => look.strike = true,
                "u" => look.underline = true,
                _ => {
                    let color = tag.attributes.get("color").filter(|color| tags::is_color(color));
                    look.color = color.cloned().or(look.color);
                    let threads = tag.attributes.get("discussion-urls");
                    look.discussions = threads.cloned().or(look.discussions);
                }
            }
        }
        look
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        self.flush();
        change(self);
        self.look = self.current();
    }

    fn run(&mut self, what: What, look: Look) {
        self.flush();
        self.pieces.push(Piece::Run(Run { what, look }));
    }

    /// Turns the words in hand into runs: mentions that were set apart, citations, emojis, bare URLs.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let mut rest = text.as_str();
        let mut plain = String::new();
        while let Some(at) = rest.find(|c| matches!(c, MENTION | '[' | ':' | 'h')) {
            let (before, here) = rest.split_at(at);
            plain.push_str(before);
            let is_free = !plain.ends_with(ESCAPED);
            let last = plain.chars().next_back();
            let found = self.special(here, last).filter(|_| is_free);
            match found {
                Some((what, link, length)) => {
                    self.words(&plain);
                    plain.clear();
                    let look =
                        Look { link: link.or_else(|| self.look.link.clone()), ..self.look.clone() };
                    self.pieces.push(Piece::Run(Run { what, look }));
                    rest = here.get(length..).unwrap_or_default();
                }
                None => {
                    let length = here.chars().next().map_or(0, char::len_utf8);
                    plain.push_str(here.get(..length).unwrap_or_default());
                    rest = here.get(length..).unwrap_or_default();
                }
            }
        }
        plain.push_str(rest);
        self.words(&plain);
    }

    fn words(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !lines::is_ours(*c) || *c == EDGE).collect();
        if !text.is_empty() {
            let look = self.look.clone();
            self.pieces.push(Piece::Run(Run { what: What::Text(text), look }));
        }
    }

    fn special(&self, here: &str, before: Option<char>) -> Option<(What, Option<String>, usize)> {
        match here.chars().next()? {
            MENTION => {
                let (number, _) = here.strip_prefix(MENTION)?.split_once(MENTION)?;
                let raw = self.source.prepared.mentions.get(number.parse::<usize>().ok()?)?;
                let length = number.len() + 2 * MENTION.len_utf8();
                Some((mention(raw)?, None, length))
            }
            '[' => {
                let rest = here.strip_prefix("[^")?;
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '[' | ']'))?;
                let (url, after) = rest.split_at(end);
                let is_url = after.starts_with(']')
                    && url::Url::parse(&url.replace(lines::is_ours, "")).is_ok();
                is_url
                    .then(|| (What::Citation(url.replace(lines::is_ours, "")), None, url.len() + 3))
            }
            ':' => {
                let rest = here.get(1..)?;
                let end =
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))?;
                let name = rest.get(..end)?;
                let is_emoji = rest.get(end..)?.starts_with(':')
                    && self.source.emojis.iter().any(|emoji| emoji == name);
                is_emoji.then(|| (What::Emoji(name.to_owned()), None, end + 2))
            }
            _ => {
                let is_bare = self.source.rendering.links_bare_urls
                    && self.look.link.is_none()
                    && self.images.is_empty()
                    && (here.starts_with("http://") || here.starts_with("https://"))
                    && !before.is_some_and(char::is_alphanumeric);
                let url = is_bare.then(|| bare_url(here)).flatten()?;
                Some((What::Text(url.to_owned()), Some(url.to_owned()), url.len()))
            }
        }
    }
}

/// See `parse`: it is taken off there, where it is known to stand at an end.
const EDGE: char = '\u{FDD4}';

fn bare_url(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '<' || lines::is_ours(c))
        .unwrap_or(text.len());
    let url = text
        .get(..end)?
        .trim_end_matches(['.', ',', ':', ';', '!', '?', '*', '_', '~', '\'', '"', ')', ']']);
    url::Url::parse(url).is_ok().then_some(url)
}

fn mention(raw: &str) -> Option<What> {
    let (tag, length) = tags::read(raw)?;
    let label = raw.get(length..)?.strip_suffix("</mention>")?;
    Some(What::Mention(tag.attributes.into_iter().collect::<Attributes>(), label.to_owned()))
}

impl Piece {
    fn into_run(self) -> Option<Run> {
        match self {
            Piece::Run(run) => Some(run),
            Piece::Image { .. } | Piece::Item(_) => None,
        }
    }
}

impl Prepared {
    /// A single inline text.
    pub(super) fn inline(&mut self, text: &str) {
        self.mentions_apart(text);
    }

    /// A text in which nothing is markup, with what had been set apart in it.
    pub(super) fn restored(&self, text: &str) -> String {
        if !text.contains(lines::is_ours) {
            return text.to_owned();
        }
        let mut out = String::new();
        for (at, part) in text.split(MENTION).enumerate() {
            let mention = part.parse::<usize>().ok().and_then(|number| self.mentions.get(number));
            match mention.filter(|_| at % 2 == 1) {
                Some(raw) => out.push_str(raw),
                None => out.push_str(part),
            }
        }
        self.unmarked(&out)
    }
}
