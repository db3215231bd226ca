//! Texts in the making: tokens and where each of them stands, brought into the one form that both dialects share.

use std::ops::Range;
use std::sync::Arc;

use super::place::Place;
use super::refs::{self, DEFUSED};
use super::source::Word;
use super::tree::{Atom, Style, Token, is_blank, is_word, pieces, plain};

/// Tokens and, beside them, where they stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// What is seen.
    pub(super) tokens: Vec<Token>,
    /// Where it stands.
    pub(super) at: Vec<Word>,
}

impl Words {
    /// Adds one token.
    pub(super) fn push(&mut self, token: Token, at: Range<usize>, raw: bool) {
        self.tokens.push(token);
        self.at.push(Word { at, raw });
    }

    /// Adds a line break.
    pub(super) fn line_break(&mut self, at: Range<usize>) {
        self.push(Token::line_break(), at, false);
    }

    /// Adds text that stands at `start` exactly as it is shown.
    pub(super) fn exact(&mut self, text: &str, style: &Style, start: usize, raw: bool) {
        if self.is_empty() {
            // Cells and items of one letter come in thousands: they need no room for more.
            let tokens = text.len().min(4);
            self.tokens.reserve_exact(tokens);
            self.at.reserve_exact(tokens);
        }
        let mut at = start;
        for piece in pieces(text) {
            let end = at + piece.len();
            self.push(Token::text(piece, style), at..end, raw);
            at = end;
        }
    }

    /// Adds text that stands for `range` as a whole: an entity, an emoji code, a mention.
    pub(super) fn unit(&mut self, text: &str, style: &Style, range: &Range<usize>, raw: bool) {
        for piece in pieces(text) {
            self.push(Token::text(piece, style), range.clone(), raw);
        }
    }

    /// Adds text to the letter, with its line breaks, whose bytes stand at `start`.
    pub(super) fn literal(&mut self, text: &str, start: usize) {
        let mut at = start;
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.line_break(at..at + 1);
                at += 1;
            }
            self.exact(line, &Style::default(), at, true);
            at += line.len();
        }
    }

    /// Whether nothing is seen.
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Brings running text into the form both dialects share: one blank between words, none at the edges of lines,
    /// no style on blanks that nobody sees, no link that says where it leads, emoji instead of their codes.
    pub(super) fn settle(self, place: &Place) -> Words {
        if self.is_one_word() {
            return self;
        }
        self.without_controls()
            .undefused()
            .with_emoji()
            .with_true_formulas()
            .with_single_blanks()
            .without_telling_links(place)
            .with_joined_words()
    }

    /// Whether it is one word that leads nowhere: all that most cells and many items say, and in its form already.
    fn is_one_word(&self) -> bool {
        match self.tokens.as_slice() {
            [Token { atom: Atom::Text(text), style }] => is_word(text) && style.link.is_none(),
            _ => false,
        }
    }

    /// Only those of which the predicate is true.
    fn keep(mut self, keeps: impl Fn(usize, &[Token]) -> bool) -> Words {
        if (0..self.tokens.len()).all(|i| keeps(i, &self.tokens)) {
            return self;
        }
        let kept: Vec<bool> = (0..self.tokens.len()).map(|i| keeps(i, &self.tokens)).collect();
        let (mut tokens, mut at) = (kept.iter(), kept.iter());
        self.tokens.retain(|_| tokens.next() == Some(&true));
        self.at.retain(|_| at.next() == Some(&true));
        self
    }

    /// Whether any token's text is of that kind: most passes have nothing to do in most texts.
    fn has_text(&self, is: impl Fn(&str) -> bool) -> bool {
        self.tokens.iter().any(|token| matches!(&token.atom, Atom::Text(text) if is(text)))
    }

    /// Control characters and marks of byte order are seen nowhere, and Notion may refuse them (data-hazards, 5).
    pub(super) fn without_controls(self) -> Words {
        self.keep(|i, tokens| match &tokens[i].atom {
            Atom::Text(text) => {
                !text.chars().all(|c| (c.is_control() || c == '\u{feff}') && !is_blank(c))
            }
            Atom::Break | Atom::Math(_) => true,
        })
    }

    /// Where a word was read in two parts (an entity inside, say), it is one.
    fn with_joined_words(self) -> Words {
        if !(1..self.tokens.len()).any(|i| self.goes_on(i)) {
            return self;
        }
        let mut words = Words::default();
        let mut start = 0;
        while let (Some(token), Some(at)) = (self.tokens.get(start), self.at.get(start)) {
            let parts = (start + 1..self.tokens.len()).take_while(|i| self.goes_on(*i)).count();
            let run = start..start + 1 + parts;
            let range = |range: Range<usize>, word: &Word| {
                range.start.min(word.at.start)..range.end.max(word.at.end)
            };
            let at_all = self.at[run.clone()].iter().fold(at.at.clone(), range);
            let atom = match &token.atom {
                Atom::Text(_) if parts > 0 => Atom::Text(plain(&self.tokens[run.clone()]).into()),
                Atom::Text(_) | Atom::Break | Atom::Math(_) => token.atom.clone(),
            };
            words.push(Token { atom, style: token.style.clone() }, at_all, at.raw);
            start = run.end;
        }
        words
    }

    /// Whether a token is one word, or one blank, with the token before it.
    fn goes_on(&self, i: usize) -> bool {
        let (before, this) = (&self.tokens[i - 1], &self.tokens[i]);
        let (Atom::Text(left), Atom::Text(right)) = (&before.atom, &this.atom) else {
            return false;
        };
        let is_one = is_word(left) && is_word(right) || before.is_blank() && this.is_blank();
        is_one && before.style == this.style && self.at[i - 1].raw == self.at[i].raw
    }

    fn with_single_blanks(mut self) -> Words {
        let tokens = &mut self.tokens;
        // Seen from the end and from the start, because what stands on both sides of a blank decides about it.
        for i in 0..tokens.len() {
            if !tokens[i].is_blank() || tokens[i].style.code {
                continue;
            }
            let own = tokens[i].style.link.clone();
            let has = |at: Option<&Token>| at.is_some_and(|token| token.style.link == own);
            let is_inside =
                has(i.checked_sub(1).and_then(|at| tokens.get(at))) && has(tokens.get(i + 1));
            let link = own.filter(|_| is_inside);
            let style = Style { link, ..Style::default() };
            tokens[i] = Token { atom: Atom::Text(" ".into()), style };
        }
        self.keep(|i, tokens| {
            let visible = |token: &Token| !token.is_blank() || token.style.code;
            visible(&tokens[i]) || i == 0 || visible(&tokens[i - 1])
        })
        .without_blanks_at_edges()
        .without_outer_breaks()
    }

    /// Neither side shows white space at the edge of a line, whatever kind it is.
    fn without_blanks_at_edges(self) -> Words {
        let is_space = |token: &Token| match &token.atom {
            Atom::Text(text) => !token.style.code && text.chars().all(char::is_whitespace),
            Atom::Break | Atom::Math(_) => false,
        };
        if !self.tokens.iter().any(is_space) {
            return self;
        }
        let mut keep = vec![true; self.tokens.len()];
        let mut sweep = |order: &mut dyn Iterator<Item = usize>| {
            let mut at_edge = true;
            for i in order {
                let token = &self.tokens[i];
                if at_edge && is_space(token) {
                    keep[i] = false;
                } else {
                    at_edge = token.atom == Atom::Break;
                }
            }
        };
        sweep(&mut (0..self.tokens.len()));
        sweep(&mut (0..self.tokens.len()).rev());
        self.keep(|i, _| keep[i])
    }

    pub(super) fn without_outer_breaks(self) -> Words {
        let is_break = |token: &Token| token.atom == Atom::Break;
        let first = self.tokens.iter().position(|token| !is_break(token));
        let last = self.tokens.iter().rposition(|token| !is_break(token));
        match (first, last) {
            (Some(first), Some(last)) => self.keep(|i, _| i >= first && i <= last),
            (None, _) | (_, None) => Words::default(),
        }
    }

    /// What kept `@login`, `#12` and addresses from being references on GitHub is no part of the text (I16).
    fn undefused(self) -> Words {
        if !self.has_text(|text| text == "redirect" || text.starts_with(DEFUSED)) {
            return self;
        }
        let mut words = Words::default();
        let mut reach: Option<usize> = None;
        for (i, (token, mut at)) in
            self.tokens.iter().cloned().zip(self.at.iter().cloned()).enumerate()
        {
            if let Some(start) = reach.take() {
                at.at.start = start;
            }
            match defuses(&self.tokens, i) {
                Defuses::Before => {
                    if let Some(before) = words.at.last_mut() {
                        before.at.end = at.at.end;
                    }
                }
                Defuses::After => reach = Some(at.at.start),
                Defuses::Nothing => words.push(token, at.at, at.raw),
            }
        }
        words
    }

    /// `:tada:` is what it shows, on both sides.
    fn with_emoji(self) -> Words {
        if !(0..self.tokens.len()).any(|i| emoji_at(&self.tokens, i).is_some()) {
            return self;
        }
        let mut words = Words::default();
        let mut i = 0;
        while let Some(token) = self.tokens.get(i) {
            match emoji_at(&self.tokens, i) {
                Some((shown, len)) => {
                    let end =
                        self.at.get(i + len - 1).map_or(self.at[i].at.end, |last| last.at.end);
                    words.unit(shown, &token.style, &(self.at[i].at.start..end), false);
                    i += len;
                }
                None => {
                    words.push(token.clone(), self.at[i].at.clone(), self.at[i].raw);
                    i += 1;
                }
            }
        }
        words
    }

    /// A formula that only one of the sides would take for one is text: amounts of money, mostly.
    fn with_true_formulas(self) -> Words {
        if !self.tokens.iter().any(|token| matches!(token.atom, Atom::Math(_))) {
            return self;
        }
        let mut words = Words::default();
        let word_at = |i: Option<usize>, first: bool| {
            let token = i.and_then(|i| self.tokens.get(i));
            token.is_some_and(|token| match &token.atom {
                Atom::Text(text) => {
                    let c = if first { text.chars().next() } else { text.chars().next_back() };
                    token.style.code
                        || c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '$' | '\\'))
                }
                Atom::Math(_) => true,
                Atom::Break => false,
            })
        };
        for (i, (token, at)) in self.tokens.iter().zip(&self.at).enumerate() {
            match &token.atom {
                Atom::Math(tex)
                    if !is_formula(tex)
                        || word_at(i.checked_sub(1), false)
                        || word_at(Some(i + 1), true) =>
                {
                    words.unit(&format!("${tex}$"), &token.style, &at.at, false);
                }
                Atom::Math(_) | Atom::Text(_) | Atom::Break => {
                    words.push(token.clone(), at.at.clone(), at.raw)
                }
            }
        }
        words
    }

    /// Whether text becomes a link by itself is up to each side (notion-api §6.3.1): a link that leads where its text
    /// says is no more than the text.
    fn without_telling_links(mut self, place: &Place) -> Words {
        let mut start = 0;
        while start < self.tokens.len() {
            let Some(link) = self.tokens[start].style.link.clone() else {
                start += 1;
                continue;
            };
            let run = self.tokens[start..].iter();
            let len = run.take_while(|token| token.style.link.as_ref() == Some(&link)).count();
            let end = start + len.max(1);
            if says_itself(&self.tokens[start..end], &link, place) {
                for token in &mut self.tokens[start..end] {
                    token.style.link = None;
                }
            }
            start = end;
        }
        self
    }
}

/// So many UTF-16 units a formula may have in Notion (notion-api §3).
const MAX_FORMULA_UNITS: usize = 1_000;

/// Whether both sides can hold a formula in a line of text.
fn is_formula(tex: &str) -> bool {
    let backslashes = tex.len() - tex.trim_end_matches('\\').len();
    !tex.is_empty()
        && tex.trim() == tex
        && !tex.contains('$')
        && !tex.contains(char::is_control)
        && backslashes.is_multiple_of(2)
        && tex.encode_utf16().count() <= MAX_FORMULA_UNITS
}

/// Whether GitHub would make that link of these words by itself.
pub(super) fn says_itself(tokens: &[Token], link: &Arc<str>, place: &Place) -> bool {
    if tokens.iter().any(|token| token.style.code) {
        return false;
    }
    let said = plain(tokens);
    let found = refs::find(&said, place);
    let [only] = found.as_slice() else { return *said == **link };
    let bare = |text: &str| {
        let text =
            text.strip_prefix("https:").or_else(|| text.strip_prefix("http:")).unwrap_or(text);
        text.trim_end_matches('/').to_owned()
    };
    *said == **link || only.at == (0..said.len()) && bare(&only.link) == bare(link)
}

/// What a token is there for.
enum Defuses {
    /// It keeps what stands before it from being a reference.
    Before,
    /// It keeps what comes after it from being one.
    After,
    /// It is text.
    Nothing,
}

fn defuses(tokens: &[Token], i: usize) -> Defuses {
    let text = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
        Some(Token { atom: Atom::Text(text), style }) if !style.code => text.as_str(),
        Some(_) | None => "",
    };
    let near = |by: usize| text(i.checked_sub(by));
    let is_zero = |text: &str| text.len() == DEFUSED.len_utf8() && text.starts_with(DEFUSED);
    let this = text(Some(i));
    if is_zero(this) {
        let after_gh = near(1) == "-" && near(2).eq_ignore_ascii_case("gh");
        if near(1) == "@" || after_gh {
            return Defuses::Before;
        }
        if text(Some(i + 1)) == "#" {
            return Defuses::After;
        }
    }
    // `https://redirect.github.com/`
    let is_host = |from: usize| {
        ["github", ".", "com"].iter().enumerate().all(|(n, part)| text(Some(from + n)) == *part)
    };
    if this == "redirect"
        && near(1) == "/"
        && near(2) == "/"
        && text(Some(i + 1)) == "."
        && is_host(i + 2)
    {
        return Defuses::After;
    }
    if this == "." && near(1) == "redirect" && near(2) == "/" && near(3) == "/" && is_host(i + 1) {
        return Defuses::After;
    }
    Defuses::Nothing
}

/// So many tokens the longest code of an emoji may take.
const MAX_CODE_TOKENS: usize = 24;

/// The emoji whose code begins at a token, and how many tokens it takes.
fn emoji_at(tokens: &[Token], i: usize) -> Option<(&'static str, usize)> {
    let first = tokens.get(i)?;
    // Nearly all tokens are something else.
    if !matches!(&first.atom, Atom::Text(text) if text == ":") {
        return None;
    }
    let mut code = String::new();
    for (n, token) in tokens.get(i..)?.iter().take(MAX_CODE_TOKENS).enumerate() {
        let Atom::Text(text) = &token.atom else { return None };
        if token.style != first.style || token.style.code {
            return None;
        }
        match (n, text.as_str()) {
            (0, _) => {}
            (_, ":") => {
                let shown = emojis::get_by_shortcode(&code)?.as_str();
                return Some((shown, n + 1));
            }
            (_, text) => code.push_str(text),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(parts: &[(&str, Style)]) -> Words {
        let mut words = Words::default();
        let mut at = 0;
        for (text, style) in parts {
            words.exact(text, style, at, false);
            at += text.len();
        }
        words.settle(&Place::of_issue("https://github.com/acme/app/issues/12").unwrap())
    }

    #[test]
    fn blanks_are_one_and_have_no_style_of_their_own() {
        let bold = Style { bold: true, ..Style::default() };
        let plainly = Style::default();
        let left =
            words(&[("  a  ", plainly.clone()), ("b ", bold.clone()), ("c\t", plainly.clone())]);
        let right = words(&[("a ", plainly.clone()), ("b", bold), (" c", plainly)]);
        assert_eq!(left.tokens, right.tokens);
        assert_eq!(plain(&left.tokens), "a b c");
    }

    #[test]
    fn a_word_read_in_two_parts_is_one_and_knows_where_both_stand() {
        let read = words(&[("fo", Style::default()), ("o!", Style::default())]);
        assert_eq!(read.tokens.len(), 2);
        assert_eq!(read.at[0].at, 0..3);
    }

    #[test]
    fn a_link_that_says_its_address_is_plain_text() {
        let to = |url: &str| Style { link: Some(url.into()), ..Style::default() };
        for (text, url) in [
            ("https://example.com/a", "https://example.com/a"),
            ("www.example.com", "http://www.example.com"),
            ("me@example.com", "mailto:me@example.com"),
        ] {
            let read = words(&[(text, to(url))]);
            assert!(read.tokens.iter().all(|token| token.style.link.is_none()), "{text}");
        }
        assert!(words(&[("here", to("https://example.com"))]).tokens[0].style.link.is_some());
    }
}
