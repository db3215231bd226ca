//! The words of one block: what changed is replaced, and what did not keeps its spelling.

use std::ops::Range;

use super::{Boldness, Edit};
use crate::body::dialect::Dialect;
use crate::body::diff::{Hunk, hunks};
use crate::body::refs;
use crate::body::source::{Mark, Spelling, Word};
use crate::body::tree::{Atom, Style, Token, plain};
use crate::model::Side;

/// A block's text, and the one it is to have.
pub(super) struct Retext<'t> {
    pub(super) dialect: Dialect<'t>,
    pub(super) source: &'t str,
    pub(super) line_ending: &'t str,
    pub(super) mark: &'t Mark,
    pub(super) old: &'t [Token],
    pub(super) new: &'t [Token],
    /// What is in the text and not shown.
    pub(super) hidden: &'t [Range<usize>],
}

/// Which places are inside marks, before each token of the text and of the one it is to have.
struct Inside {
    old: Vec<bool>,
    new: Vec<bool>,
}

/// Before each token, whether the words on both sides of that place have marks: found in one go, because a text may be
/// thousands of blanks long.
fn inside_marks(tokens: &[Token]) -> Vec<bool> {
    let is_styled = |token: &Token| token.style != Style::default();
    let mut inside: Vec<bool> = Vec::with_capacity(tokens.len());
    let mut before = false;
    for token in tokens {
        inside.push(before);
        if !is_open(token) {
            before = is_styled(token);
        }
    }
    let mut after = false;
    for (token, inside) in tokens.iter().zip(&mut inside).rev() {
        if !is_open(token) {
            after = is_styled(token);
        }
        *inside &= after;
    }
    inside
}

fn is_inside(inside: &[bool], at: usize) -> bool {
    inside.get(at).copied().unwrap_or(false)
}

impl Retext<'_> {
    /// The edits; `None` when the block has to be written anew.
    pub(super) fn edits(&self, boldness: Boldness) -> Option<Vec<Edit>> {
        let in_place = matches!(self.mark.spelling, Spelling::Cell | Spelling::Html);
        let is_blank = self.old.is_empty() || self.new.is_empty();
        if self.mark.words.len() != self.old.len() || is_blank && !in_place {
            return None;
        }
        if is_blank || boldness == Boldness::Text {
            return Some(vec![self.whole()]);
        }
        let inside = Inside { old: inside_marks(self.old), new: inside_marks(self.new) };
        let mut windows: Vec<Hunk> = Vec::new();
        for hunk in hunks(self.old, self.new) {
            // Within what is written anew already: to widen it once more takes a step for each word.
            let is_covered = |last: &Hunk| {
                hunk.before.end <= last.before.end && hunk.after.end <= last.after.end
            };
            if windows.last().is_some_and(is_covered) {
                continue;
            }
            let window = self.window(hunk, &inside, boldness);
            match windows.last_mut() {
                Some(last)
                    if last.before.end > window.before.start
                        || last.after.end > window.after.start =>
                {
                    last.before.end = window.before.end.max(last.before.end);
                    last.after.end = window.after.end.max(last.after.end);
                }
                Some(_) | None => windows.push(window),
            }
        }
        Some(windows.into_iter().map(|window| self.edit(&window)).collect())
    }

    /// The whole text written anew; what is hidden in it stays, behind it.
    fn whole(&self) -> Edit {
        let mut text = self.dialect.spell(self.new, self.mark.spelling);
        for hidden in self.hidden_in(&self.mark.text) {
            text.push_str(&hidden);
        }
        Edit { at: self.mark.text.clone(), with: self.set(&text) }
    }

    fn hidden_in(&self, range: &Range<usize>) -> Vec<String> {
        let inside =
            |hidden: &&Range<usize>| range.start <= hidden.start && hidden.end <= range.end;
        let inside = self.hidden.iter().filter(inside);
        inside.filter_map(|at| self.source.get(at.clone())).map(str::to_owned).collect()
    }

    fn set(&self, text: &str) -> String {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        super::lines::set(&lines, &self.mark.prefix, self.line_ending)
    }

    /// A change, as far as it can be written by itself.
    fn window(&self, hunk: Hunk, inside: &Inside, boldness: Boldness) -> Hunk {
        if self.mark.spelling == Spelling::Literal
            || boldness == Boldness::Words && self.look(&hunk).is_some()
        {
            return hunk;
        }
        self.widened(hunk, inside)
    }

    /// The one look of all that is replaced and comes, when the source at that place has that look.
    fn look(&self, hunk: &Hunk) -> Option<Style> {
        let old = self.old.get(hunk.before.clone())?;
        let new = self.new.get(hunk.after.clone())?;
        let mut looks =
            old.iter().chain(new).filter(|token| !is_open(token)).map(|token| &token.style);
        let look = looks.next().cloned();
        if looks.any(|other| Some(other) != look.as_ref()) {
            return None;
        }
        // A break inside code is none: on either side code goes on over it as if it were a blank.
        let is_code = look.as_ref().is_some_and(|look| look.code);
        let fits = |token: &Token| match token.atom {
            Atom::Text(_) => true,
            Atom::Break => !is_code,
            Atom::Math(_) => false,
        };
        if !new.iter().all(fits) || !self.is_seamless(hunk) {
            return None;
        }
        if !hunk.before.is_empty() {
            return Some(look.unwrap_or_default());
        }
        let neighbours = [hunk.before.start.checked_sub(1), Some(hunk.before.start)];
        let near = neighbours.into_iter().flatten().filter_map(|i| self.old.get(i));
        let look = look.unwrap_or_default();
        near.into_iter().any(|token| token.style == look).then_some(look)
    }

    /// Whether what is replaced stands together, without marks in between, and is nothing in part.
    fn is_seamless(&self, hunk: &Hunk) -> bool {
        let words = &self.mark.words;
        let Some(inside) = words.get(hunk.before.clone()) else { return false };
        let joined = inside.windows(2).all(|pair| pair[0].at.end == pair[1].at.start);
        let before = hunk.before.start.checked_sub(1).and_then(|i| words.get(i));
        let after = words.get(hunk.before.end);
        let apart = |left: Option<&Word>, right: Option<&Word>| match (left, right) {
            (Some(left), Some(right)) => left.at.end <= right.at.start,
            (_, _) => true,
        };
        joined && apart(before, inside.first().or(after)) && apart(inside.last().or(before), after)
    }

    /// A change widened to where nothing on either side is inside marks.
    fn widened(&self, mut hunk: Hunk, inside: &Inside) -> Hunk {
        let is_safe = |old: usize, new: usize| {
            !is_inside(&inside.old, old) && !is_inside(&inside.new, new) && self.is_apart(old)
        };
        while hunk.before.start > 0
            && hunk.after.start > 0
            && !is_safe(hunk.before.start, hunk.after.start)
        {
            hunk.before.start -= 1;
            hunk.after.start -= 1;
        }
        while hunk.before.end < self.old.len()
            && hunk.after.end < self.new.len()
            && !is_safe(hunk.before.end, hunk.after.end)
        {
            hunk.before.end += 1;
            hunk.after.end += 1;
        }
        hunk
    }

    /// Whether the place before a word is not within what is one thing.
    fn is_apart(&self, at: usize) -> bool {
        let words = &self.mark.words;
        match (at.checked_sub(1).and_then(|i| words.get(i)), words.get(at)) {
            (Some(left), Some(right)) => left.at.end <= right.at.start,
            (_, _) => true,
        }
    }

    fn edit(&self, window: &Hunk) -> Edit {
        let new = self.new.get(window.after.clone()).unwrap_or_default();
        let old = self.mark.words.get(window.before.clone()).unwrap_or_default();
        let is_raw = !old.is_empty() && old.iter().all(|word| word.raw);
        let spelling = self.mark.spelling;
        if spelling == Spelling::Literal {
            let text = plain(new);
            return Edit { at: self.tight(window), with: self.set(&text) };
        }
        if let Some(look) = self.look(window) {
            if self.has_references(window, &look) {
                let text = self.dialect.spell(new, spelling);
                return Edit { at: self.place(window, &look), with: self.set(&text) };
            }
            let mut text = String::new();
            let mut run = String::new();
            for token in new {
                match &token.atom {
                    Atom::Text(words) => run.push_str(words),
                    Atom::Math(formula) => run.push_str(formula),
                    Atom::Break => {
                        text.push_str(&self.spelled(&std::mem::take(&mut run), &look, is_raw));
                        text.push_str(self.dialect.line_break(spelling));
                    }
                }
            }
            text.push_str(&self.spelled(&run, &look, is_raw));
            return Edit { at: self.place(window, &look), with: self.set(&text) };
        }
        let at = self.loose(window);
        let mut text = self.dialect.spell(new, spelling);
        for hidden in self.hidden_in(&at) {
            text.push_str(&hidden);
        }
        Edit { at, with: self.set(&text) }
    }

    /// Whether there is something in the new words that leads somewhere by itself on GitHub, and so needs a link in
    /// Notion.
    fn has_references(&self, window: &Hunk, look: &Style) -> bool {
        if self.dialect.side == Side::GitHub || *look != Style::default() {
            return false;
        }
        let ends_in_word = |token: &Token| match &token.atom {
            Atom::Text(text) => text.ends_with(|c: char| c.is_alphanumeric() || c == '_'),
            Atom::Break | Atom::Math(_) => false,
        };
        let before = window.before.start.checked_sub(1).and_then(|i| self.old.get(i));
        let new = self.new.get(window.after.clone()).unwrap_or_default();
        !before.is_some_and(ends_in_word) && !refs::find(&plain(new), self.dialect.place).is_empty()
    }

    fn spelled(&self, text: &str, look: &Style, is_raw: bool) -> String {
        if is_raw { text.to_owned() } else { self.dialect.escape(text, look, self.mark.spelling) }
    }

    /// From the first to the last byte of the words themselves.
    fn tight(&self, window: &Hunk) -> Range<usize> {
        let words = &self.mark.words;
        match words.get(window.before.clone()) {
            Some([first, .., last]) => first.at.start..last.at.end,
            Some([only]) => only.at.clone(),
            Some([]) | None => {
                let at = match window.before.start.checked_sub(1).and_then(|i| words.get(i)) {
                    Some(before) => before.at.end,
                    None => words.first().map_or(self.mark.text.start, |first| first.at.start),
                };
                at..at
            }
        }
    }

    /// Where words of that look go: inside the marks of the neighbour that has it.
    fn place(&self, window: &Hunk, look: &Style) -> Range<usize> {
        if !window.before.is_empty() {
            return self.tight(window);
        }
        let has_look = |i: usize| self.old.get(i).is_some_and(|token| token.style == *look);
        let at = match window.before.start.checked_sub(1) {
            Some(i) if has_look(i) => self.mark.words[i].at.end,
            Some(_) | None if has_look(window.before.start) => {
                self.mark.words[window.before.start].at.start
            }
            Some(_) | None => return self.tight(window),
        };
        at..at
    }

    /// With the marks around the words: from the end of the word before to the start of the word after.
    fn loose(&self, window: &Hunk) -> Range<usize> {
        let words = &self.mark.words;
        let is_styled =
            |i: usize| self.old.get(i).is_some_and(|token| token.style != Style::default());
        let before = window.before.start.checked_sub(1);
        let first = window.before.start;
        let last = window.before.end.checked_sub(1).filter(|last| *last >= first);
        let start = match before {
            None => self.mark.text.start,
            Some(i) if last.is_some() && is_styled(first) && !is_styled(i) => words[i].at.end,
            Some(i) => words
                .get(first)
                .filter(|_| last.is_some())
                .map_or(words[i].at.end, |word| word.at.start),
        };
        let end = match (last, words.get(window.before.end)) {
            (_, None) => self.mark.text.end,
            (Some(last), Some(next)) if is_styled(last) && !is_styled(window.before.end) => {
                next.at.start
            }
            (Some(last), Some(_)) => words[last].at.end,
            (None, Some(_)) => start,
        };
        start..end.max(start)
    }
}

/// Blanks and line breaks have no look of their own.
fn is_open(token: &Token) -> bool {
    token.atom == Atom::Break || token.is_blank() && !token.style.code
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(kind: u8) -> Token {
        let bold = Style { bold: true, ..Style::default() };
        match kind {
            0 => Token::text("a", &Style::default()),
            1 => Token::text("a", &bold),
            2 => Token::text(" ", &bold),
            _ => Token::line_break(),
        }
    }

    proptest! {
        #[test]
        fn a_place_is_inside_marks_when_the_nearest_words_on_both_sides_have_some(
            kinds in proptest::collection::vec(0u8..4, 0..20),
        ) {
            let tokens: Vec<Token> = kinds.into_iter().map(token).collect();
            let is_bold = |word: Option<&Token>| word.is_some_and(|word| word.style.bold);
            let is_word = |token: &&Token| !is_open(token);
            let inside = inside_marks(&tokens);
            for at in 0..=tokens.len() {
                let before = tokens[..at].iter().rev().find(is_word);
                let after = tokens[at..].iter().find(is_word);
                prop_assert_eq!(is_inside(&inside, at), is_bold(before) && is_bold(after));
            }
        }
    }
}
