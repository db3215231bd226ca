//! Two edits of one text put together, where each line, or each word, was changed by one side only.

use super::diff::{Hunk, hunks};
use super::tree::{Atom, Token};
use crate::model::Sides;

/// Merges texts of several lines where each line was changed by one side only.
pub(super) fn by_line(base: &[Token], now: Sides<&[Token]>) -> Option<Vec<Token>> {
    let base = lines_of(base);
    if base.len() < 2 {
        return None;
    }
    let (github, notion) = (lines_of(now.github), lines_of(now.notion));
    let merged = weave(&base, &github, &notion)?;
    Some(merged.concat())
}

/// A text in lines, each with the break that ends it.
fn lines_of(tokens: &[Token]) -> Vec<&[Token]> {
    tokens.split_inclusive(|token| token.atom == Atom::Break).collect()
}

/// Merges texts where each word was changed by one side only.
pub(super) fn by_word(base: &[Token], now: Sides<&[Token]>) -> Option<Vec<Token>> {
    weave(base, now.github, now.notion)
}

/// Both sides' changes of one sequence in one; `None` when they meet.
fn weave<T: Clone + Eq + std::hash::Hash>(
    base: &[T],
    github: &[T],
    notion: &[T],
) -> Option<Vec<T>> {
    let (ours, theirs) = (hunks(base, github), hunks(base, notion));
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let (hunk, source) = match (ours.peek(), theirs.peek()) {
            (None, None) => break,
            (Some(our), Some(their)) if same_change(our, their, github, notion) => {
                theirs.next();
                (ours.next()?, github)
            }
            (Some(our), Some(their)) if meet(our, their) => return None,
            (Some(our), Some(their)) if comes_after(our, their) => (theirs.next()?, notion),
            (Some(_), _) => (ours.next()?, github),
            (None, Some(_)) => (theirs.next()?, notion),
        };
        out.extend_from_slice(base.get(at..hunk.before.start)?);
        out.extend_from_slice(source.get(hunk.after.clone())?);
        at = hunk.before.end;
    }
    out.extend_from_slice(base.get(at..)?);
    Some(out)
}

fn same_change<T: Eq>(our: &Hunk, their: &Hunk, github: &[T], notion: &[T]) -> bool {
    our.before == their.before && github.get(our.after.clone()) == notion.get(their.after.clone())
}

fn comes_after(our: &Hunk, their: &Hunk) -> bool {
    (our.before.start, our.before.end) > (their.before.start, their.before.end)
}

/// Whether two changes touch the same words; side by side is not the same, but two insertions in one place are.
fn meet(our: &Hunk, their: &Hunk) -> bool {
    let (a, b) = (&our.before, &their.before);
    if a.is_empty() && b.is_empty() {
        return a.start == b.start;
    }
    a.start < b.end && b.start < a.end
}
