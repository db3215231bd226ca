//! Running text: the CommonMark of one block and Notion's inline tags, as tokens that know where they stand.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag as Markup, TagEnd};

use super::mention::is_web;
use super::scan::{Flat, Marks, Shows};
use super::tag::{Form, Tag};
use crate::body::place::Place;
use crate::body::source::{Spelling, Word};
use crate::body::tree::{Atom, Style, Token};
use crate::body::words::Words;

/// So many inline tags may be open at once; more are text (I14).
const MAX_OPEN: usize = 64;

/// A text read.
#[derive(Debug, Default)]
pub(super) struct Inline {
    pub(super) words: Words,
    /// The address, when the text is one image and nothing else; its caption are the words.
    pub(super) image: Option<String>,
}

/// Reads what stands at `lines` of `text`.
pub(super) fn read(
    text: &str,
    lines: &[Range<usize>],
    spelling: Spelling,
    place: &Place,
) -> Inline {
    if let Some(words) = plain(text, lines, spelling) {
        return Inline { words: united(words.settle(place)), image: None };
    }
    let flat = Flat::of(text, lines, spelling == Spelling::Cell, place);
    if flat.is_plain() {
        let mut words = Words::default();
        for line in lines {
            let shown = text.get(line.clone()).unwrap_or_default();
            words.exact(shown, &Style::default(), line.start, false);
        }
        return Inline { words: united(words.settle(place)), image: None };
    }
    read_marks(&flat, place)
}

/// Reads a text that may have marks.
fn read_marks(flat: &Flat, place: &Place) -> Inline {
    let events: Vec<(Event<'_>, Range<usize>)> =
        Parser::new_ext(&flat.text, Options::ENABLE_STRIKETHROUGH).into_offset_iter().collect();
    let tags = live_tags(&events);
    let image = sole_image(&events, flat);
    let mut reader = Reader {
        flat,
        place,
        words: Words::default(),
        styles: Styles::default(),
        links: Vec::new(),
        last: flat.start(),
        sole: image.is_some(),
    };
    for ((event, range), tag) in events.into_iter().zip(tags) {
        reader.event(&event, &range, tag);
    }
    let words = united(united(reader.words).settle(place));
    Inline { words, image }
}

/// The words of a line that is text but for escapes, which are understood here: a parser for each such line takes a third of
/// a long body's time. In a cell they have a meaning of their own.
fn plain(text: &str, lines: &[Range<usize>], spelling: Spelling) -> Option<Words> {
    let [line] = lines else { return lines.is_empty().then(Words::default) };
    let shown = text.get(line.clone())?;
    let is_plain = match Marks::of(shown) {
        Marks::None => true,
        Marks::Escapes => spelling != Spelling::Cell,
        Marks::Others => false,
    };
    is_plain.then(|| {
        let style = Style::default();
        let mut words = Words::default();
        let (mut at, mut copied) = (0, 0);
        while let Some(found) = shown.get(at..).and_then(|rest| rest.find('\\')) {
            let sign = at + found + 1;
            at = sign;
            if shown.as_bytes().get(sign).is_some_and(u8::is_ascii_punctuation) {
                let before = shown.get(copied..sign - 1).unwrap_or_default();
                words.exact(before, &style, line.start + copied, false);
                at = sign + 1;
                let range = line.start + sign - 1..line.start + at;
                words.unit(shown.get(sign..at).unwrap_or_default(), &style, &range, false);
                copied = at;
            }
        }
        let rest = shown.get(copied..).unwrap_or_default();
        words.exact(rest, &style, line.start + copied, false);
        words
    })
}

/// How many marks of each kind are open.
#[derive(Debug, Default)]
struct Styles {
    bold: usize,
    italic: usize,
    strike: usize,
}

/// A link or inline image that is open.
struct Link {
    url: Option<Arc<str>>,
    /// How many tokens were there when it began.
    tokens: usize,
    /// Cannot be changed in part: `<address>`, or an image beside text.
    whole: bool,
}

struct Reader<'a> {
    flat: &'a Flat,
    place: &'a Place,
    words: Words,
    styles: Styles,
    links: Vec<Link>,
    /// Where in the flat text the last leaf ended.
    last: usize,
    /// The text is one image, whose caption is read as text.
    sole: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: &Event<'_>, range: &Range<usize>, tag: Live) {
        match event {
            Event::Start(markup) => self.start(markup, range),
            Event::End(end) => self.end(*end, range),
            Event::Text(text) => self.text(text, range),
            Event::Code(code) => self.code(code, range),
            Event::InlineHtml(_) | Event::Html(_) => self.html(range, tag),
            Event::SoftBreak | Event::HardBreak => {
                let at = self.flat.source(range);
                self.words.line_break(at);
            }
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.unit(text, range)
            }
            Event::Rule | Event::TaskListMarker(_) => {}
        }
        if !matches!(event, Event::Start(_) | Event::End(_)) {
            self.last = self.last.max(range.end);
        }
    }

    fn start(&mut self, markup: &Markup<'_>, range: &Range<usize>) {
        match markup {
            Markup::Strong => self.styles.bold += 1,
            Markup::Emphasis => self.styles.italic += 1,
            Markup::Strikethrough => self.styles.strike += 1,
            Markup::Link { dest_url, link_type, .. } => {
                let url = self.restored(dest_url, range);
                let email = if *link_type == LinkType::Email { "mailto:" } else { "" };
                let url = format!("{email}{url}");
                let whole = matches!(link_type, LinkType::Autolink | LinkType::Email);
                self.open(Some(url), whole);
            }
            Markup::Image { dest_url, .. } if !self.sole => {
                let url = self.restored(dest_url, range);
                self.open(Some(url).filter(|url| is_web(url)), true);
            }
            Markup::Image { .. } => self.open(None, false),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd, range: &Range<usize>) {
        match end {
            TagEnd::Strong => self.styles.bold = self.styles.bold.saturating_sub(1),
            TagEnd::Emphasis => self.styles.italic = self.styles.italic.saturating_sub(1),
            TagEnd::Strikethrough => self.styles.strike = self.styles.strike.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => self.close(range),
            _ => {}
        }
    }

    fn open(&mut self, url: Option<String>, whole: bool) {
        // An image inside a link leads where the link leads.
        let outer = self.links.last().and_then(|link| link.url.clone());
        let url = outer.or(url.filter(|url| !url.is_empty()).map(Arc::from));
        self.links.push(Link { url, tokens: self.words.tokens.len(), whole });
    }

    fn close(&mut self, range: &Range<usize>) {
        let Some(link) = self.links.pop() else { return };
        let at = self.flat.source(range);
        if link.whole
            && self.words.tokens.len() == link.tokens
            && let Some(url) = &link.url
        {
            let style = Style { link: Some(url.clone()), ..Style::default() };
            self.words.unit(url, &style, &at, false);
        }
        let inside = self.words.tokens.get(link.tokens..).unwrap_or_default();
        // A link that says its address is shown as text; text that is changed must take the address along.
        let says = link
            .url
            .as_ref()
            .is_some_and(|url| crate::body::words::says_itself(inside, url, self.place));
        if says {
            for token in self.words.tokens.iter_mut().skip(link.tokens) {
                token.style.link = None;
            }
        }
        if link.whole || says {
            for word in self.words.at.iter_mut().skip(link.tokens) {
                word.at = at.clone();
            }
        }
    }

    fn style(&self) -> Style {
        Style {
            bold: self.styles.bold > 0,
            italic: self.styles.italic > 0,
            strike: self.styles.strike > 0,
            code: false,
            link: self.links.last().and_then(|link| link.url.clone()),
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        let skipped = self.flat.start().saturating_sub(range.start);
        let mut range = range.start + skipped..range.end;
        let text = text.get(skipped..).unwrap_or_default();
        if range.is_empty() || text.is_empty() {
            return;
        }
        let style = self.style();
        if self.flat.text.get(range.clone()) != Some(text) {
            let at = self.flat.source(&range);
            self.words.unit(text, &style, &at, false);
            return;
        }
        let before = range.start - 1;
        if before >= self.last && self.flat.text.as_bytes().get(before) == Some(&b'\\') {
            // What is escaped and its backslash are one.
            let len = text.chars().next().map_or(0, char::len_utf8);
            let at = self.flat.source(&(before..range.start + len));
            self.words.unit(text.get(..len).unwrap_or_default(), &style, &at, false);
            range.start += len;
        }
        self.same(&range, &style, false);
    }

    fn code(&mut self, code: &str, range: &Range<usize>) {
        let style = Style { code: true, ..self.style() };
        let shown = self.flat.text.get(range.clone()).unwrap_or_default();
        let run = shown.bytes().take_while(|byte| *byte == b'`').count();
        let inner = shown.get(run..shown.len().saturating_sub(run)).unwrap_or_default();
        let padding = if inner == code {
            0
        } else if inner.get(1..inner.len().saturating_sub(1)) == Some(code) {
            1
        } else {
            return self.words.unit(code, &style, &self.flat.source(range), false);
        };
        let start = range.start + run + padding;
        self.same(&(start..start + code.len()), &style, true);
    }

    /// Text that stands in the flat text as it is shown, with all that was made flat.
    fn same(&mut self, range: &Range<usize>, style: &Style, is_code: bool) {
        for (part, piece) in self.flat.pieces(range) {
            let shown = self.flat.text.get(part.clone()).unwrap_or_default();
            let at = piece.part(&part);
            match &piece.shows {
                Shows::Same => self.words.exact(shown, style, at.start, is_code),
                Shows::Break => self.words.line_break(at),
                Shows::Pipe => self.words.unit(shown, style, &at, false),
                Shows::Math(formula) => {
                    let atom = Atom::Math(formula.as_str().into());
                    self.words.push(Token { atom, style: style.clone() }, at, false);
                }
                Shows::Mention { text, link } => {
                    let link = style.link.clone().or(link.as_deref().map(Arc::from));
                    self.words.unit(text, &Style { link, ..style.clone() }, &at, false);
                }
            }
        }
    }

    fn unit(&mut self, text: &str, range: &Range<usize>) {
        let (style, at) = (self.style(), self.flat.source(range));
        self.words.unit(text, &style, &at, false);
    }

    fn html(&mut self, range: &Range<usize>, tag: Live) {
        let at = self.flat.source(range);
        match tag {
            Live::Bold(opens) => turn(&mut self.styles.bold, opens),
            Live::Italic(opens) => turn(&mut self.styles.italic, opens),
            Live::Strike(opens) => turn(&mut self.styles.strike, opens),
            Live::Silent => {}
            Live::Break => self.words.line_break(at),
            Live::No => {
                // Changing a word inside a tag that is text could bring another tag to life: it is replaced whole.
                let style = self.style();
                let shown = self.flat.text.get(range.clone()).unwrap_or_default();
                let shown: String = shown.chars().filter(|c| !c.is_control()).collect();
                self.words.unit(&shown, &style, &at, false);
            }
        }
    }

    /// An address without the signs that were put into it.
    fn restored(&self, url: &str, range: &Range<usize>) -> String {
        let signs = url.matches(super::scan::THING).count();
        if signs == 0 {
            return url.to_owned();
        }
        let formulas: Vec<&str> = self
            .flat
            .pieces(range)
            .filter_map(|(_, piece)| match &piece.shows {
                Shows::Math(formula) => Some(formula.as_str()),
                Shows::Same | Shows::Break | Shows::Pipe | Shows::Mention { .. } => None,
            })
            .collect();
        // The address comes last in a link.
        let mut formulas = formulas.iter().skip(formulas.len().saturating_sub(signs));
        let mut restored = String::with_capacity(url.len());
        for c in url.chars() {
            match (c, formulas.len()) {
                (super::scan::THING, 1..) => {
                    let formula = formulas.next().copied().unwrap_or_default();
                    restored.push_str(&format!("${formula}$"));
                }
                (super::scan::THING, 0) => {}
                (c, _) => restored.push(c),
            }
        }
        restored
    }
}

fn turn(count: &mut usize, opens: bool) {
    *count = if opens { *count + 1 } else { count.saturating_sub(1) };
}

/// What an inline tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Live {
    /// Nothing: it is text.
    No,
    Bold(bool),
    Italic(bool),
    Strike(bool),
    /// Nothing that the tree shows: underline, colours.
    Silent,
    Break,
}

/// What each event's tag does: a tag without its partner is text.
fn live_tags(events: &[(Event<'_>, Range<usize>)]) -> Vec<Live> {
    let mut live = vec![Live::No; events.len()];
    let mut open: Vec<(usize, String)> = Vec::new();
    for (i, (event, _)) in events.iter().enumerate() {
        let (Event::InlineHtml(html) | Event::Html(html)) = event else { continue };
        let Some(tag) = Tag::parse(html) else { continue };
        match (tag.name.as_str(), tag.form) {
            ("br", Form::Open | Form::Alone) => live[i] = Live::Break,
            ("b" | "i" | "s" | "u" | "span", Form::Open) if open.len() < MAX_OPEN => {
                open.push((i, tag.name));
            }
            ("b" | "i" | "s" | "u" | "span", Form::Close) => {
                let partner = open.iter().rposition(|(_, name)| *name == tag.name);
                if let Some((at, name)) = partner.and_then(|at| open.drain(at..).next()) {
                    let does = |opens| match name.as_str() {
                        "b" => Live::Bold(opens),
                        "i" => Live::Italic(opens),
                        "s" => Live::Strike(opens),
                        _ => Live::Silent,
                    };
                    live[at] = does(true);
                    live[i] = does(false);
                }
            }
            _ => {}
        }
    }
    live
}

/// The address of the image that is all of the text.
fn sole_image(events: &[(Event<'_>, Range<usize>)], flat: &Flat) -> Option<String> {
    let whole = flat.start()..flat.text.len();
    events.iter().find_map(|(event, range)| match event {
        Event::Start(Markup::Image { dest_url, .. }) if *range == whole => {
            Some(dest_url.to_string())
        }
        _ => None,
    })
}

/// Where the ranges of two tokens overlap, both have the range of both: neither can be changed alone.
fn united(mut words: Words) -> Words {
    let at = &mut words.at;
    let mut first = 0;
    for i in 1..at.len() {
        if at[i].at.start < at[i - 1].at.end && at[i].at != at[i - 1].at {
            let range = at[first].at.start.min(at[i].at.start)..at[i - 1].at.end.max(at[i].at.end);
            for word in &mut at[first..=i] {
                *word = Word { at: range.clone(), raw: false };
            }
        } else if at[i].at != at[i - 1].at {
            first = i;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by way of the parser.
    fn parsed(text: &str, place: &Place) -> Words {
        let line = 0..text.len();
        read_marks(&Flat::of(text, std::slice::from_ref(&line), false, place), place).words
    }

    proptest! {
        #[test]
        fn a_line_of_text_and_escapes_is_read_as_the_parser_reads_it(
            text in "[a-b1 \\\\\\[\\](){}!#|.:/@^'>=+é-]{0,24}"
        ) {
            let place = Place::of_issue("https://github.com/acme/app/issues/12").unwrap();
            let line = 0..text.len();
            if let Some(words) = plain(&text, std::slice::from_ref(&line), Spelling::Lines) {
                let words = united(words.settle(&place));
                let meant = parsed(&text, &place);
                prop_assert_eq!(&words.tokens, &meant.tokens, "{:?}", text);
                prop_assert_eq!(&words.at, &meant.at, "{:?}", text);
            }
        }
    }
}
