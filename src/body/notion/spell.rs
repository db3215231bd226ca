//! Tokens as Notion's markdown, with marks where they work and tags where they would not.

use std::ops::Range;

use super::escape::{Around, EDGE, address, escape_into};
use super::tag::quoted;
use crate::body::place::Place;
use crate::body::refs;
use crate::body::source::Spelling;
use crate::body::tree::{Atom, Token, plain};

/// A formula has at most so many UTF-16 units (notion-api §3).
const FORMULA_LIMIT: usize = 1_000;

/// Tokens that go anywhere in a text.
pub(in crate::body) fn spell(tokens: &[Token], spelling: Spelling, place: &Place) -> String {
    spelled(tokens, spelling, place, None)
}

/// Tokens that are a whole text.
pub(super) fn whole(tokens: &[Token], spelling: Spelling, place: &Place) -> String {
    spelled(tokens, spelling, place, Some(EDGE))
}

fn spelled(tokens: &[Token], spelling: Spelling, place: &Place, edge: Option<char>) -> String {
    let mut speller = Speller { out: String::new(), spelling, place, edge, line: 0, shown: None };
    if spelling == Spelling::Literal {
        return plain(tokens);
    }
    speller.run(tokens, Layer::Link, edge);
    speller.out
}

/// Whether a formula can be written in a line of text.
fn is_inline_math(formula: &str) -> bool {
    let backslashes = formula.len() - formula.trim_end_matches('\\').len();
    !formula.is_empty()
        && !formula.contains(['$', '\n', '\r'])
        && !formula.starts_with(char::is_whitespace)
        && !formula.ends_with(char::is_whitespace)
        && !formula.contains(char::is_control)
        && backslashes.is_multiple_of(2)
        && formula.encode_utf16().count() <= FORMULA_LIMIT
}

/// What wraps tokens, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Link,
    Bold,
    Italic,
    Strike,
    Leaf,
}

impl Layer {
    fn inner(self) -> Layer {
        match self {
            Layer::Link => Layer::Bold,
            Layer::Bold => Layer::Italic,
            Layer::Italic => Layer::Strike,
            Layer::Strike | Layer::Leaf => Layer::Leaf,
        }
    }

    /// Whether two tokens are wrapped alike.
    fn joins(self, left: &Token, right: &Token) -> bool {
        match self {
            Layer::Link => left.style.link == right.style.link,
            Layer::Bold => left.style.bold == right.style.bold,
            Layer::Italic => left.style.italic == right.style.italic,
            Layer::Strike => left.style.strike == right.style.strike,
            Layer::Leaf => left.style.code == right.style.code,
        }
    }

    fn wraps(self, token: &Token) -> bool {
        match self {
            Layer::Link => token.style.link.is_some(),
            Layer::Bold => token.style.bold,
            Layer::Italic => token.style.italic,
            Layer::Strike => token.style.strike,
            Layer::Leaf => token.style.code,
        }
    }

    /// The mark and the name of the tag.
    fn spelling(self) -> (&'static str, &'static str) {
        match self {
            Layer::Bold => ("**", "b"),
            Layer::Italic => ("*", "i"),
            Layer::Strike => ("~~", "s"),
            Layer::Link | Layer::Leaf => ("", ""),
        }
    }
}

struct Speller<'a> {
    out: String,
    spelling: Spelling,
    place: &'a Place,
    /// What stands before the first token and after the last, when it is known.
    edge: Option<char>,
    /// Where the line being written begins.
    line: usize,
    /// The last sign that was shown, whatever it was written with.
    shown: Option<char>,
}

impl Speller<'_> {
    /// Writes tokens whose outer layers are written already.
    fn run(&mut self, tokens: &[Token], layer: Layer, after: Option<char>) {
        if layer == Layer::Leaf {
            return self.leaves(tokens, after);
        }
        let mut start = 0;
        while start < tokens.len() {
            let range = group(tokens, start, layer);
            let inside = tokens.get(range.clone()).unwrap_or_default();
            let after = tokens.get(range.end).map_or(after, |next| Some(first_sign(next, layer)));
            start = range.end.max(start + 1);
            match inside.first() {
                Some(first) if layer.wraps(first) => match layer {
                    Layer::Link => self.link(inside, after),
                    Layer::Bold | Layer::Italic | Layer::Strike => {
                        self.marked(inside, layer, after)
                    }
                    Layer::Leaf => {}
                },
                _ => self.run(inside, layer.inner(), after),
            }
        }
    }

    fn marked(&mut self, tokens: &[Token], layer: Layer, after: Option<char>) {
        let (mark, name) = layer.spelling();
        let is_apart = |c: Option<char>| {
            c.is_some_and(|c| c.is_whitespace() || "().,;:!?\"'/-<>|]".contains(c))
        };
        // A mention stands like a word in its sentence, not like the sign it ends with.
        let before = self.before().filter(|_| !self.out.ends_with("/>"));
        let holds = tokens.first().is_some_and(|token| holds_mark(token, layer, false))
            && tokens.last().is_some_and(|token| holds_mark(token, layer, true));
        if holds && is_apart(before) && is_apart(after) {
            self.out.push_str(mark);
            self.run(tokens, layer.inner(), mark.chars().next());
            self.out.push_str(mark);
        } else {
            self.out.push_str(&format!("<{name}>"));
            self.run(tokens, layer.inner(), Some('<'));
            self.out.push_str(&format!("</{name}>"));
        }
    }

    fn link(&mut self, tokens: &[Token], after: Option<char>) {
        let url = tokens.first().and_then(|token| token.style.link.clone()).unwrap_or_default();
        let Some(address) = address(&url, self.spelling) else {
            return self.run(tokens, Layer::Bold, after);
        };
        self.out.push('[');
        self.run(tokens, Layer::Bold, Some(']'));
        self.out.push_str(&format!("]({address})"));
    }

    /// The live mention of the person that a link means, when people are to be mentioned.
    fn mention(&self, words: &str, url: &str) -> Option<String> {
        let login = words.strip_prefix('@').filter(|_| self.place.mentions())?;
        let user = self.place.user(login)?;
        let same = self.place.person(user) == Some(login) && self.place.profile(login) == url;
        same.then(|| format!("<mention url=\"{}\" />", quoted(&format!("user://{user}"))))
    }

    fn leaves(&mut self, tokens: &[Token], after: Option<char>) {
        let mut start = 0;
        while let Some(first) = tokens.get(start) {
            let same = |token: &&Token| {
                token.style.code == first.style.code && matches!(token.atom, Atom::Text(_))
            };
            let count = match first.atom {
                Atom::Text(_) => tokens.iter().skip(start).take_while(same).count(),
                Atom::Break | Atom::Math(_) => 1,
            };
            let end = start + count.max(1);
            let inside = tokens.get(start..end).unwrap_or_default();
            let next = tokens.get(end).map_or(after, |next| Some(first_sign(next, Layer::Leaf)));
            match &first.atom {
                Atom::Break => self.line_break(),
                Atom::Math(formula) => self.math(formula, next),
                Atom::Text(_) if first.style.code => self.code(&plain(inside)),
                Atom::Text(_) if first.style.link.is_some() => self.text(&plain(inside), next),
                Atom::Text(_) => self.text_with_references(&plain(inside), next),
            }
            self.shown = plain(inside).chars().next_back();
            start = end;
        }
    }

    fn line_break(&mut self) {
        match self.spelling {
            Spelling::Lines => {
                self.out.push_str("\\\n");
                self.line = self.out.len();
            }
            Spelling::Line | Spelling::Cell | Spelling::Html => self.out.push_str("<br />"),
            Spelling::Literal => self.out.push('\n'),
        }
    }

    fn math(&mut self, formula: &str, after: Option<char>) {
        let apart = !self.out.ends_with('$')
            && after != Some('$')
            && !(self.spelling == Spelling::Cell && formula.contains("\\|"));
        if apart && is_inline_math(formula) {
            let formula = if self.spelling == Spelling::Cell {
                formula.replace('|', "\\|")
            } else {
                formula.to_owned()
            };
            self.out.push_str(&format!("${formula}$"));
        } else {
            self.code(&formula.replace(['\n', '\r'], " "));
        }
    }

    fn code(&mut self, code: &str) {
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        // The shortest fence that is not inside.
        let runs: Vec<usize> = code.split(|c| c != '`').map(str::len).collect();
        let fence = (1..=longest + 1).find(|len| !runs.contains(len)).unwrap_or(longest + 1);
        let fence = "`".repeat(fence);
        let is_blank = code.chars().all(|c| c == ' ');
        let pads = code.starts_with('`')
            || code.ends_with('`')
            || code.starts_with(' ') && code.ends_with(' ') && !is_blank;
        let pad = if pads { " " } else { "" };
        let code = if self.spelling == Spelling::Cell {
            code.replace('|', "\\|")
        } else {
            code.to_owned()
        };
        self.out.push_str(&format!("{fence}{pad}{code}{pad}{fence}"));
    }

    fn text(&mut self, text: &str, after: Option<char>) {
        let line = self.out.get(self.line..).unwrap_or_default();
        let before = self.before();
        let at_start = line.bytes().all(|byte| byte.is_ascii_digit());
        let around = Around { before, at_start, after };
        escape_into(&mut self.out, text, self.spelling, around);
    }

    /// The sign before what comes next, when it is known.
    fn before(&self) -> Option<char> {
        self.out.chars().next_back().or(self.edge)
    }

    /// What GitHub makes a link of becomes one here too, so that it can be followed.
    fn text_with_references(&mut self, text: &str, after: Option<char>) {
        let mut at = 0;
        for found in refs::find(text, self.place) {
            let words = text.get(found.at.clone()).unwrap_or_default();
            let is_inside = self.shown.is_some_and(|c| c.is_alphanumeric() || c == '_');
            if found.at.start == 0 && is_inside {
                continue;
            }
            let written =
                match (self.mention(words, &found.link), address(&found.link, self.spelling)) {
                    (Some(mention), _) => mention,
                    (None, Some(address)) => {
                        let mut label = String::new();
                        let around =
                            Around { before: Some('['), at_start: false, after: Some(']') };
                        escape_into(&mut label, words, self.spelling, around);
                        format!("[{label}]({address})")
                    }
                    (None, None) => continue,
                };
            let first = written.chars().next();
            self.text(text.get(at..found.at.start).unwrap_or_default(), first);
            self.out.push_str(&written);
            at = found.at.end;
        }
        self.text(text.get(at..).unwrap_or_default(), after);
    }
}

/// The tokens from `start` on that are wrapped together.
fn group(tokens: &[Token], start: usize, layer: Layer) -> Range<usize> {
    let Some(first) = tokens.get(start) else { return start..start };
    let is_gap = |token: &Token| token.is_blank() && !token.style.code;
    let mut end = start + 1;
    for (i, token) in tokens.iter().enumerate().skip(start + 1) {
        if layer.joins(first, token) {
            if !(layer.wraps(first) && matches!(token.atom, Atom::Break)) {
                end = i + 1;
                continue;
            }
            break;
        }
        // A plain blank between two tokens with one mark is written inside it; but a blank is in a link, or it is not.
        if layer == Layer::Link || !(layer.wraps(first) && is_gap(token)) {
            break;
        }
    }
    start..end
}

/// The first sign that a token is written with when its outer layers are written already.
fn first_sign(token: &Token, layer: Layer) -> char {
    let has = |mark: Layer| mark.wraps(token);
    match layer {
        Layer::Link if has(Layer::Link) => return '[',
        Layer::Link | Layer::Bold if has(Layer::Bold) => return '*',
        Layer::Link | Layer::Bold | Layer::Italic if has(Layer::Italic) => return '*',
        Layer::Link | Layer::Bold | Layer::Italic | Layer::Strike if has(Layer::Strike) => {
            return '~';
        }
        Layer::Link | Layer::Bold | Layer::Italic | Layer::Strike | Layer::Leaf => {}
    }
    match &token.atom {
        Atom::Break => EDGE,
        Atom::Math(_) => '$',
        Atom::Text(_) if token.style.code => '`',
        Atom::Text(text) => text.chars().next().unwrap_or(EDGE),
    }
}

/// Whether a mark beside the token is read as one.
fn holds_mark(token: &Token, layer: Layer, at_end: bool) -> bool {
    match &token.atom {
        Atom::Break => false,
        Atom::Math(_) => true,
        Atom::Text(_) if token.style.code => true,
        Atom::Text(text) => {
            let sign = if at_end { text.chars().next_back() } else { text.chars().next() };
            // An inner mark there is spelled as a tag, beside which any mark is read.
            let is_inner = match layer {
                Layer::Link | Layer::Bold => token.style.italic || token.style.strike,
                Layer::Italic => token.style.strike,
                Layer::Strike | Layer::Leaf => false,
            };
            is_inner || sign.is_some_and(|sign| !sign.is_whitespace() && !"*_~\\".contains(sign))
        }
    }
}
