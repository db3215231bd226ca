//! Words in GitHub's spelling: marks, escapes, and what keeps text from Notion quiet (I16).

use super::guard::{follows_gh, guarded, guarded_end, html, is_in_address, starts_address, target};
use crate::body::place::Place;
use crate::body::refs::{self, DEFUSED};
use crate::body::source::Spelling;
use crate::body::tree::{Atom, Style, Token};

/// Spells words. Line breaks are `\n`; what its container begins a line with is the caller's.
pub(in crate::body) fn spell(tokens: &[Token], spelling: Spelling, place: &Place) -> String {
    if spelling == Spelling::Literal {
        return crate::body::tree::plain(tokens);
    }
    let speller = Speller { spelling, place };
    let text = speller.marks(tokens, &[], Around::default());
    match spelling {
        Spelling::Lines => text.split('\n').map(guarded).collect::<Vec<_>>().join("\n"),
        Spelling::Line => guarded_end(text),
        Spelling::Cell | Spelling::Html | Spelling::Literal => text,
    }
}

/// Spells plain text that stands between other text.
pub(in crate::body) fn escape(
    text: &str,
    style: &Style,
    spelling: Spelling,
    place: &Place,
) -> String {
    let speller = Speller { spelling, place };
    if spelling == Spelling::Literal {
        text.to_owned()
    } else if style.code {
        if spelling == Spelling::Cell { text.replace('|', "\\|") } else { text.to_owned() }
    } else {
        // What stands before it in the text may be an address.
        speller.plain(text, style.link.is_some(), true)
    }
}

/// The marks, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Link,
    Strike,
    Bold,
    Italic,
    Code,
}

impl Mark {
    const ALL: [Mark; 5] = [Mark::Link, Mark::Strike, Mark::Bold, Mark::Italic, Mark::Code];
}

/// The characters next to a text, which decide what a mark there means.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    before: Option<char>,
    after: Option<char>,
}

struct Speller<'p> {
    spelling: Spelling,
    place: &'p Place,
}

impl Speller<'_> {
    /// Tokens with their marks; those in `done` stand around them already. The mark that goes furthest is outside.
    fn marks(&self, tokens: &[Token], done: &[Mark], around: Around) -> String {
        let mut text = String::new();
        let mut at = 0;
        while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
            let (mark, len) = outermost(rest, done);
            let (run, tail) = rest.split_at(len);
            let before = text.chars().next_back().or(around.before);
            let after = first_char(tail, done).or(around.after);
            self.run(run, mark, done, Around { before, after }, &mut text);
            at += len;
        }
        text
    }

    fn run(
        &self,
        tokens: &[Token],
        mark: Option<Mark>,
        done: &[Mark],
        around: Around,
        out: &mut String,
    ) {
        let Some(mark) = mark else { return self.flat(tokens, out) };
        let done: Vec<Mark> = done.iter().copied().chain([mark]).collect();
        match mark {
            Mark::Link => {
                let inner = Around { before: Some('['), after: Some(']') };
                let words = self.marks(tokens, &done, inner);
                let url = tokens.iter().find_map(|token| token.style.link.as_deref());
                self.link(&words, url.unwrap_or_default(), out);
            }
            Mark::Strike => self.wrap(&self.marks(tokens, &done, around), "~~", "s", around, out),
            Mark::Bold => self.wrap(&self.marks(tokens, &done, around), "**", "b", around, out),
            Mark::Italic => self.wrap(&self.marks(tokens, &done, around), "*", "i", around, out),
            Mark::Code => self.code(tokens, out),
        }
    }

    /// Puts marks around words. What stands next to them is respelled where the marks would not count there otherwise.
    fn wrap(&self, words: &str, sign: &str, tag: &str, around: Around, out: &mut String) {
        if self.spelling == Spelling::Html {
            out.push_str(&format!("<{tag}>{words}</{tag}>"));
            return;
        }
        let first = words.chars().next();
        let last = words.chars().next_back();
        if first.is_some_and(is_sign)
            && around.before.is_some_and(|c| !is_sign(c) && !c.is_whitespace())
        {
            entity_at_end(out);
        }
        out.push_str(sign);
        match last {
            // The word after the mark is not ours to respell, the sign before it is.
            Some(last)
                if is_sign(last)
                    && around.after.is_some_and(|c| !is_sign(c) && !c.is_whitespace()) =>
            {
                out.push_str(words);
                out.push_str(sign);
                out.push(ENTITY_NEXT);
            }
            Some(_) | None => {
                out.push_str(words);
                out.push_str(sign);
            }
        }
    }

    fn link(&self, words: &str, url: &str, out: &mut String) {
        let quiet = self.place.quiet(url);
        let url = quiet.as_deref().unwrap_or(url);
        if self.spelling == Spelling::Html {
            let url = url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            out.push_str(&format!("<a href=\"{url}\">{words}</a>"));
        } else {
            if out.ends_with('!') {
                out.pop();
                out.push_str("\\!");
            }
            out.push_str(&format!("[{words}]({})", target(url, self.spelling)));
        }
    }

    fn code(&self, tokens: &[Token], out: &mut String) {
        for (i, line) in tokens.split(|token| token.atom == Atom::Break).enumerate() {
            if i > 0 {
                out.push_str(self.line_break());
            }
            let text = crate::body::tree::plain(line);
            if text.is_empty() {
                continue;
            }
            if self.spelling == Spelling::Html {
                out.push_str(&format!("<code>{}</code>", html(&text)));
                continue;
            }
            let fence = "`".repeat(longest_run(&text, '`') + 1);
            let edge = |c: Option<char>| c == Some('`');
            let blank_edges =
                text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty();
            let pad = if edge(text.chars().next()) || edge(text.chars().next_back()) || blank_edges
            {
                " "
            } else {
                ""
            };
            let text =
                if self.spelling == Spelling::Cell { text.replace('|', "\\|") } else { text };
            out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
        }
    }

    fn line_break(&self) -> &'static str {
        match self.spelling {
            Spelling::Lines | Spelling::Literal => "\n",
            Spelling::Line | Spelling::Cell | Spelling::Html => "<br>",
        }
    }

    /// Tokens without marks.
    fn flat(&self, tokens: &[Token], out: &mut String) {
        let mut plain = String::new();
        let in_link = tokens.iter().any(|token| token.style.link.is_some());
        for (i, token) in tokens.iter().enumerate() {
            let follows_break = i > 0 && tokens[i - 1].atom == Atom::Break;
            match &token.atom {
                Atom::Text(text) => plain.push_str(text),
                Atom::Break => {
                    self.say(&std::mem::take(&mut plain), in_link, out);
                    // An empty line would end the paragraph.
                    out.push_str(if follows_break { "<br>" } else { self.line_break() });
                }
                Atom::Math(tex) => {
                    self.say(&std::mem::take(&mut plain), in_link, out);
                    let tex = if self.spelling == Spelling::Cell {
                        tex.replace('|', "\\|")
                    } else {
                        tex.to_string()
                    };
                    out.push_str(&format!("${tex}$"));
                }
            }
        }
        self.say(&plain, in_link, out);
    }

    /// Adds plain text, whose first character may have to be respelled because of a mark before it.
    fn say(&self, text: &str, in_link: bool, out: &mut String) {
        if text.is_empty() {
            return;
        }
        if out.ends_with(ENTITY_NEXT) {
            out.pop();
            let first = text.chars().next().unwrap_or(' ');
            out.push_str(&format!("&#{};", first as u32));
            out.push_str(&self.plain(&text[first.len_utf8()..], in_link, false));
        } else {
            let in_address = text.contains('<') && is_in_address(out);
            out.push_str(&self.plain(text, in_link, in_address));
        }
    }

    /// Text that is no mark, no reference and no HTML, whatever it says. `in_address`: it may go on with an address.
    fn plain(&self, text: &str, in_link: bool, in_address: bool) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        let mut at = 0;
        let found = if in_link { Vec::new() } else { refs::find(text, self.place) };
        for hit in found {
            let shown = &text[hit.at.clone()];
            let is_address = shown.contains("://");
            let is_mail = !is_address && hit.link.starts_with("mailto:");
            if !is_address && !is_mail {
                continue;
            }
            self.quietly(&text[at..hit.at.start], in_address, &mut out);
            if is_address {
                self.address(shown, &mut out);
            } else {
                self.escaped(shown, in_address, &mut out);
            }
            at = hit.at.end;
        }
        self.quietly(&text[at..], in_address, &mut out);
        out
    }

    fn address(&self, shown: &str, out: &mut String) {
        let quiet = self.place.quiet(shown);
        let url = quiet.as_deref().unwrap_or(shown);
        let risky = |c: char| {
            matches!(c, '*' | '_' | '~' | '[' | ']' | '`' | '$' | '|' | '\\' | '&' | '<' | '>')
        };
        if self.spelling == Spelling::Html {
            out.push_str(&html(url));
        } else if url.contains(['<', '>']) {
            self.escaped(shown, false, out);
        } else if url.contains(risky) && self.spelling != Spelling::Cell {
            out.push_str(&format!("<{url}>"));
        } else if url.contains(risky) {
            self.escaped(url, false, out);
        } else {
            out.push_str(url);
        }
    }

    /// Text with what would call somebody or leave a trace made harmless (I16).
    fn quietly(&self, text: &str, in_address: bool, out: &mut String) {
        let mut quiet = String::with_capacity(text.len());
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == '#' && next.is_some_and(|c| c.is_ascii_digit())
                || c.is_ascii_digit() && follows_gh(&text[..at])
            {
                quiet.push(DEFUSED);
            }
            quiet.push(c);
            if c == '@' && next.is_some_and(|c| c.is_ascii_alphanumeric()) {
                quiet.push(DEFUSED);
            }
        }
        self.escaped(&quiet, in_address, out);
    }

    fn escaped(&self, text: &str, in_address: bool, out: &mut String) {
        if self.spelling == Spelling::Html {
            out.push_str(&html(text));
            return;
        }
        let mut before = out.chars().next_back();
        // Whether an address goes on here matters to a `<` alone, and is found out by a look back at all of the text.
        let goes_on = || in_address && !out.contains(char::is_whitespace);
        let mut in_address = text.contains('<') && (goes_on() || is_in_address(out));
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let is_mark = match c {
                '\\' => next.is_none_or(|c| c.is_ascii_punctuation()),
                '`' | '*' | '[' | ']' | '~' | '$' => true,
                '_' => {
                    !(before.is_some_and(char::is_alphanumeric)
                        && next.is_some_and(char::is_alphanumeric))
                }
                '<' => next.is_none_or(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
                '|' => self.spelling == Spelling::Cell,
                _ => false,
            };
            in_address = !c.is_whitespace() && (in_address || starts_address(out, c));
            if c == '&' && next.is_none_or(|c| c.is_ascii_alphanumeric() || c == '#') {
                out.push_str("&amp;");
            } else if c == '<' && is_mark && in_address {
                // GitHub takes all that follows an address for a part of it, backslashes too, up to a `<`.
                out.push_str("&lt;");
            } else {
                if is_mark {
                    out.push('\\');
                }
                out.push(c);
            }
            before = Some(c);
        }
    }
}

/// Stands for "the next character becomes an entity"; private, so that no text has it after settling.
const ENTITY_NEXT: char = '\u{f8ff}';

/// The mark that goes furthest from the first token on, and how many tokens it holds; no mark, and how many have none.
fn outermost(tokens: &[Token], done: &[Mark]) -> (Option<Mark>, usize) {
    let is_left = |mark: &Mark| !done.contains(mark);
    let marks = || Mark::ALL.into_iter().filter(is_left);
    let is_plain = |token: &Token| {
        is_open(token) && token.style.link.is_none() || !marks().any(|mark| has(&token.style, mark))
    };
    let plain = tokens.iter().take_while(|token| is_plain(token)).count();
    let Some(first) = tokens.first() else { return (None, 0) };
    if plain > 0 {
        return (None, plain);
    }
    let reach = |mark: Mark| {
        let alike = |token: &Token| same(&token.style, &first.style, mark);
        // Blanks in a link are linked themselves; code holds exactly what it holds.
        let joins = |token: &Token| match mark {
            Mark::Code => false,
            Mark::Link => token.atom == Atom::Break,
            Mark::Strike | Mark::Bold | Mark::Italic => is_open(token),
        };
        let run = tokens.iter().take_while(|token| joins(token) || alike(token));
        let run: Vec<bool> = run.map(is_open).collect();
        run.iter().rposition(|is_open| !is_open).map_or(1, |last| last + 1)
    };
    let marked = marks().filter(|mark| has(&first.style, *mark)).map(|mark| (mark, reach(mark)));
    // The first of equals: the order of the marks is from the outside in.
    let furthest = marked.reduce(|best, next| if next.1 > best.1 { next } else { best });
    furthest.map_or((None, 1), |(mark, len)| (Some(mark), len))
}

/// Whether a token takes the look of its neighbours.
fn is_open(token: &Token) -> bool {
    match &token.atom {
        Atom::Break => true,
        Atom::Text(_) => token.is_blank() && !token.style.code,
        Atom::Math(_) => false,
    }
}

fn has(style: &Style, mark: Mark) -> bool {
    !same(style, &Style::default(), mark)
}

fn same(a: &Style, b: &Style, mark: Mark) -> bool {
    match mark {
        Mark::Link => a.link == b.link,
        Mark::Strike => a.strike == b.strike,
        Mark::Bold => a.bold == b.bold,
        Mark::Italic => a.italic == b.italic,
        Mark::Code => a.code == b.code,
    }
}

/// The first character that will stand for these tokens, as far as it matters to a mark before it.
fn first_char(tokens: &[Token], done: &[Mark]) -> Option<char> {
    let first = tokens.first()?;
    match &first.atom {
        Atom::Break => Some('\n'),
        Atom::Math(_) => Some('$'),
        Atom::Text(_)
            if Mark::ALL.iter().any(|mark| !done.contains(mark) && has(&first.style, *mark)) =>
        {
            Some('*')
        }
        Atom::Text(text) => text.chars().next(),
    }
}

/// What counts as punctuation beside a mark.
fn is_sign(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace()
}

/// Respells the last character, so that it is punctuation to the parser and itself to a reader.
fn entity_at_end(out: &mut String) {
    if let Some(last) = out.pop() {
        out.push_str(&format!("&#{};", last as u32));
    }
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}
