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
    let input = InternedInput::new(Slice(before), Slice(after));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    let hunk =
        |hunk: imara_diff::Hunk| Hunk { before: range(hunk.before), after: range(hunk.after) };
    diff.hunks().map(hunk).collect()
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
