//! What changed between two sequences.

use std::hash::{BuildHasher as _, Hash};
use std::ops::Range;

use foldhash::fast::FixedState;
use gix_imara_diff::{Algorithm, Diff, InternedInput, TokenSource};

/// So long a stretch is compared token by token: of longer ones of which little is the same, that would take seconds.
const MAX_COMPARED: usize = 8_192;
/// Of longer ones the pieces are compared first, and then what differs between those that are the same.
const PIECE: Range<usize> = 16..64;

/// A stretch that changed: what stood there, and what stands there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    /// In the first sequence.
    pub(super) before: Range<usize>,
    /// In the second.
    pub(super) after: Range<usize>,
}

impl Hunk {
    fn moved_by(&self, before: usize, after: usize) -> Hunk {
        let moved = |range: &Range<usize>, by: usize| range.start + by..range.end + by;
        Hunk { before: moved(&self.before, before), after: moved(&self.after, after) }
    }
}

/// The stretches that differ, in order; what lies between them is the same.
pub(super) fn hunks<T: Hash + Eq>(before: &[T], after: &[T]) -> Vec<Hunk> {
    // Most edits are small: what is the same around them is only compared, not hashed.
    let (front, back) = same_ends(before, after);
    let old = &before[front..before.len() - back];
    let new = &after[front..after.len() - back];
    let hunks = if old.len().max(new.len()) <= MAX_COMPARED {
        compared(old, new)
    } else {
        compared_by_pieces(old, new)
    };
    hunks.iter().map(|hunk| hunk.moved_by(front, front)).collect()
}

/// Token by token.
fn compared<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<Hunk> {
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let input = InternedInput::new(Slice(old), Slice(new));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    let hunk =
        |hunk: gix_imara_diff::Hunk| Hunk { before: range(hunk.before), after: range(hunk.after) };
    diff.hunks().map(hunk).collect()
}

/// Piece by piece, and what differs token by token where it is not too long.
fn compared_by_pieces<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<Hunk> {
    let (old_pieces, new_pieces) = (pieces(old), pieces(new));
    let bounds = |pieces: &[&[T]]| -> Vec<usize> {
        let ends = pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (old_bounds, new_bounds) = (bounds(&old_pieces), bounds(&new_pieces));
    let mut hunks = Vec::new();
    for piece in compared(&old_pieces, &new_pieces) {
        let range = |bounds: &[usize], at: &Range<usize>| -> Range<usize> {
            bounds[at.start]..bounds[at.end]
        };
        let (before, after) = (range(&old_bounds, &piece.before), range(&new_bounds, &piece.after));
        if before.len().max(after.len()) > MAX_COMPARED {
            hunks.push(Hunk { before, after });
            continue;
        }
        let inside = compared(&old[before.clone()], &new[after.clone()]);
        hunks.extend(inside.iter().map(|hunk| hunk.moved_by(before.start, after.start)));
    }
    hunks
}

/// Cuts a sequence where its own tokens say: what is the same behind an edit is soon cut alike again.
fn pieces<T: Hash>(tokens: &[T]) -> Vec<&[T]> {
    let hasher = FixedState::default();
    let hashes: Vec<u64> = tokens.windows(2).map(|pair| hasher.hash_one(pair)).collect();
    let mut pieces = Vec::new();
    let mut rest = tokens;
    while rest.len() > PIECE.end {
        let start = tokens.len() - rest.len();
        let near = &hashes[start + PIECE.start..start + PIECE.end];
        let least = near.iter().enumerate().min_by_key(|(_, hash)| **hash);
        let (piece, behind) = rest.split_at(least.map_or(PIECE.end, |(at, _)| PIECE.start + at));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The second sequence, out of the first and what differs.
    fn patched(before: &[u16], after: &[u16], hunks: &[Hunk]) -> Vec<u16> {
        let mut out = Vec::new();
        let mut at = 0;
        for hunk in hunks {
            out.extend(&before[at..hunk.before.start]);
            assert_eq!(out.len(), hunk.after.start);
            out.extend(&after[hunk.after.clone()]);
            at = hunk.before.end;
        }
        out.extend(&before[at..]);
        out
    }

    fn long(len: usize, kinds: u16, seed: u64) -> Vec<u16> {
        let hasher = FixedState::default();
        (0..len).map(|i| hasher.hash_one((i, seed)) as u16 % kinds).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_lies_between_the_stretches_that_differ_is_the_same(
            len in 0usize..20_000,
            kinds in 1u16..300,
            cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..40, 0usize..40), 0..6),
            other in any::<bool>(),
        ) {
            let before = long(len, kinds, 1);
            let mut after = if other { long(len, kinds, 2) } else { before.clone() };
            for (at, removed, added) in cuts {
                let at = at.index(after.len() + 1);
                let end = (at + removed).min(after.len());
                after.splice(at..end, long(added, 999, 3));
            }
            prop_assert_eq!(patched(&before, &after, &hunks(&before, &after)), after);
        }
    }

    #[test]
    fn two_edits_far_apart_in_a_very_long_text_stay_two_small_ones_also_where_it_repeats_itself() {
        for before in [long(40_000, 500, 1), [7, 1, 4, 1, 9, 9].repeat(5_000), vec![3; 30_000]] {
            let mut after = before.clone();
            after.insert(before.len() - 100, 1_000);
            after.insert(100, 1_001);
            let hunks = hunks(&before, &after);
            let touched: usize =
                hunks.iter().map(|hunk| hunk.before.len() + hunk.after.len()).sum();
            assert!(touched < 200, "{touched} of {}", before.len());
        }
    }
}
