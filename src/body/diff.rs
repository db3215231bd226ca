//! What changed between two sequences.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, TokenSource};

/// A stretch that changed: what stood there, and what stands there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    /// In the first sequence.
    pub(super) before: Range<usize>,
    /// In the second.
    pub(super) after: Range<usize>,
}

/// The stretches that differ, in order; what lies between them is the same.
pub(super) fn hunks<T: Hash + Eq>(before: &[T], after: &[T]) -> Vec<Hunk> {
    // Most edits are small: what is the same around them is only compared, not hashed.
    let (front, back) = same_ends(before, after);
    let old = &before[front..before.len() - back];
    let new = &after[front..after.len() - back];
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let input = InternedInput::new(Slice(old), Slice(new));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let range = |range: Range<u32>| range.start as usize + front..range.end as usize + front;
    let hunk =
        |hunk: imara_diff::Hunk| Hunk { before: range(hunk.before), after: range(hunk.after) };
    diff.hunks().map(hunk).collect()
}

/// How much two sequences have in common at their start, and how much of the rest at their end.
pub(super) fn same_ends<A: PartialEq<B>, B>(before: &[A], after: &[B]) -> (usize, usize) {
    let front = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = before[front..].iter().rev().zip(after[front..].iter().rev());
    (front, rest.take_while(|(a, b)| a == b).count())
}

/// A sequence as the library takes it.
struct Slice<'a, T>(&'a [T]);

impl<'a, T: Hash + Eq> TokenSource for Slice<'a, T> {
    type Token = &'a T;
    type Tokenizer = std::slice::Iter<'a, T>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.iter()
    }

    fn estimate_tokens(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}
