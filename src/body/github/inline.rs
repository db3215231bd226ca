//! The text of one block of GitHub's: from the parser's events to words.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::html::{self, Piece};
use crate::body::place::Place;
use crate::body::tree::{Atom, Style, Token};
use crate::body::words::Words;

/// An image in a text, which Notion can only show as a block of its own.
#[derive(Debug, Clone)]
pub(super) struct Image {
    /// Absolute.
    pub(super) url: String,
    /// The tokens of its description.
    pub(super) alt: Range<usize>,
    /// Whether it has a description; else a word stands for it.
    pub(super) is_named: bool,
    /// Whether it leads somewhere else than to itself.
    pub(super) is_linked: bool,
    /// The whole of its source.
    pub(super) at: Range<usize>,
}

/// What one block's text was read into.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// Tokens as they were read, not settled.
    pub(super) words: Words,
    /// Images in it, in order.
    pub(super) images: Vec<Image>,
    /// The box of a to-do: ticked, and where its brackets are.
    pub(super) task: Option<(bool, Range<usize>)>,
    /// What is in it and not shown.
    pub(super) hidden: Vec<Range<usize>>,
    /// From the first to the last byte of it; `None` when there is nothing.
    pub(super) span: Option<Range<usize>>,
}

/// Reads the events of one block's text.
pub(super) fn read<'e>(
    source: &str,
    place: &Place,
    events: impl IntoIterator<Item = (Event<'e>, Range<usize>)>,
) -> Inline {
    let mut reader =
        Reader { source, place, inline: Inline::default(), styles: Vec::new(), image: None };
    for (event, range) in events {
        reader.event(&event, &range);
    }
    reader.inline
}

struct Reader<'s> {
    source: &'s str,
    place: &'s Place,
    inline: Inline,
    /// The last is the present one; without any it is plain.
    styles: Vec<Style>,
    image: Option<Image>,
}

impl Reader<'_> {
    fn event(&mut self, event: &Event<'_>, range: &Range<usize>) {
        if let Event::TaskListMarker(done) = event {
            self.inline.task = Some((*done, range.clone()));
            return;
        }
        let range = &with_empty_label(self.source, event, range);
        let span = self.inline.span.get_or_insert_with(|| range.clone());
        *span = span.start.min(range.start)..span.end.max(range.end);
        match event {
            Event::Text(text) => self.text(text, range),
            Event::Code(text) => self.code(text, range),
            Event::InlineMath(tex) | Event::DisplayMath(tex) => {
                let tex = tex.split_whitespace().collect::<Vec<_>>().join(" ");
                let style = Style { code: false, ..self.style() };
                self.push(Token { atom: Atom::Math(tex.into()), style }, range.clone());
            }
            Event::InlineHtml(html) | Event::Html(html) => self.html(html, range),
            Event::SoftBreak | Event::HardBreak => {
                let end = range.end + prefix_after(self.source, range.end);
                self.inline.words.line_break(range.start..end);
            }
            Event::FootnoteReference(_) => {
                let shown = self.source.get(range.clone()).unwrap_or_default();
                let style = self.style();
                self.inline.words.exact(shown, &style, range.start, true);
            }
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn style(&self) -> Style {
        self.styles.last().cloned().unwrap_or_default()
    }

    fn push(&mut self, token: Token, at: Range<usize>) {
        self.inline.words.push(token, at, false);
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        let style = self.style();
        let words = &mut self.inline.words;
        if self.source.get(range.clone()) != Some(text) {
            words.unit(text, &style, range, false);
            return;
        }
        // A sign that was escaped is its backslash too.
        let escaped = self.source.get(..range.start).is_some_and(|before| before.ends_with('\\'))
            && text.starts_with(|c: char| c.is_ascii_punctuation());
        if escaped {
            if let Some(span) = &mut self.inline.span {
                span.start = span.start.min(range.start - 1);
            }
            words.unit(&text[..1], &style, &(range.start - 1..range.start + 1), false);
            words.exact(&text[1..], &style, range.start + 1, false);
        } else {
            words.exact(text, &style, range.start, false);
        }
    }

    fn code(&mut self, text: &str, range: &Range<usize>) {
        let style = Style { code: true, ..self.style() };
        let shown = self.source.get(range.clone()).unwrap_or_default();
        let fence = shown.bytes().take_while(|b| *b == b'`').count();
        let inner = shown.get(fence..shown.len().saturating_sub(fence)).unwrap_or_default();
        let words = &mut self.inline.words;
        if inner == text {
            words.exact(text, &style, range.start + fence, false);
        } else if inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' ')) == Some(text) {
            words.exact(text, &style, range.start + fence + 1, false);
        } else {
            words.unit(text, &style, range, false);
        }
    }

    fn html(&mut self, html: &str, range: &Range<usize>) {
        match html::inline(html) {
            Piece::Comment => self.inline.hidden.push(range.clone()),
            Piece::LineBreak => self.inline.words.line_break(range.clone()),
            Piece::Image { source, description } => {
                let Some(url) = self.place.absolute(&source) else { return self.shown(range) };
                self.begin_image(&url, range);
                let style = self.style();
                self.inline.words.unit(&description, &style, range, false);
                self.end_image();
            }
            Piece::Other => self.shown(range),
        }
    }

    /// Source that is shown as it is: a tag that somebody typed is text in Notion.
    fn shown(&mut self, range: &Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        let style = self.style();
        let mut at = range.start;
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.inline.words.line_break(at - 1..at);
            }
            let line_text = line.strip_suffix('\r').unwrap_or(line);
            self.inline.words.exact(line_text, &style, at, true);
            at += line.len() + 1;
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        let mut style = self.style();
        match tag {
            Tag::Emphasis => style.italic = true,
            Tag::Strong => style.bold = true,
            Tag::Strikethrough => style.strike = true,
            Tag::Link { dest_url, link_type, .. } => {
                let mail = *link_type == LinkType::Email;
                let target = if mail { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                style.link = self.place.absolute(&target).map(Arc::from).or(style.link);
            }
            Tag::Image { dest_url, .. } => {
                let url = self.place.absolute(dest_url).filter(|url| url.starts_with("http"));
                match url {
                    Some(url) if self.image.is_none() => {
                        self.begin_image(&url, range);
                        return;
                    }
                    Some(_) | None => {}
                }
            }
            _ => {}
        }
        self.styles.push(style);
    }

    fn end(&mut self, tag: &TagEnd) {
        if *tag == TagEnd::Image && self.image.is_some() {
            self.end_image();
        } else {
            self.styles.pop();
        }
    }

    fn begin_image(&mut self, url: &str, range: &Range<usize>) {
        let mut style = self.style();
        let is_linked = style.link.is_some();
        style.link.get_or_insert_with(|| Arc::from(url));
        self.styles.push(style);
        let start = self.inline.words.tokens.len();
        self.image = Some(Image {
            url: url.to_owned(),
            alt: start..start,
            is_named: true,
            is_linked,
            at: range.clone(),
        });
    }

    fn end_image(&mut self) {
        let style = self.style();
        self.styles.pop();
        let Some(mut image) = self.image.take() else { return };
        if self.inline.words.tokens.len() == image.alt.start {
            image.is_named = false;
            self.inline.words.unit("image", &style, &image.at, false);
        }
        image.alt.end = self.inline.words.tokens.len();
        self.inline.images.push(image);
    }
}

/// The range of an event, with the empty brackets of `[text][]`, which the parser leaves out.
fn with_empty_label(source: &str, event: &Event<'_>, range: &Range<usize>) -> Range<usize> {
    const LABEL: &str = "[]";
    let is_collapsed = matches!(
        event,
        Event::Start(
            Tag::Link { link_type: LinkType::Collapsed, .. }
                | Tag::Image { link_type: LinkType::Collapsed, .. }
        )
    );
    let is_after = |at: usize| source.get(at..).is_some_and(|rest| rest.starts_with(LABEL));
    let end = if is_collapsed && is_after(range.end) { range.end + LABEL.len() } else { range.end };
    range.start..end
}

/// How many bytes of a line are its container's: blanks and the signs of quotations.
fn prefix_after(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    rest.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'>')).count()
}
