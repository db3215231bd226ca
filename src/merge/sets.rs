//! Three-way merge of a set: order-free and conflict-free.

use crate::model::{NameSet, Sides};

/// What each side shall hold: `(base ∪ added) ∖ removed`, each side measured against its own base.
/// Every side keeps its own spellings.
///
/// A name is removed only when both bases held it and one side no longer does; so where the two
/// bases disagree about a name (an agreement that never was), it stays rather than getting lost.
pub(super) fn merge_sets(base: Sides<&NameSet>, now: Sides<&NameSet>) -> Sides<NameSet> {
    let kept = |own: &NameSet, other: &NameSet| -> NameSet {
        let removed_there: NameSet = own
            .iter()
            .filter(|(key, _)| {
                !other.contains(key) && base.github.contains(key) && base.notion.contains(key)
            })
            .map(|(_, name)| name)
            .collect();
        own.minus(&removed_there)
    };
    let github = kept(now.github, now.notion);
    let notion = kept(now.notion, now.github);
    Sides { github: github.plus(&notion), notion: notion.plus(&github) }
}

/// What of two sets is agreed on, name by name: what both sides hold or both lack. Where they differ, each base stays
/// as it was, so that the difference is still somebody's edit (I1).
#[must_use]
pub fn agreed_sets(base: Sides<&NameSet>, now: Sides<&NameSet>) -> Sides<NameSet> {
    let differing = now.github.minus(now.notion).plus(&now.notion.minus(now.github));
    let of = |own: &NameSet, base: &NameSet| -> NameSet {
        own.minus(&differing).plus(&base.minus(&base.minus(&differing)))
    };
    Sides { github: of(now.github, base.github), notion: of(now.notion, base.notion) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> NameSet {
        names.iter().copied().collect()
    }

    #[test]
    fn additions_and_removals_of_both_sides_apply() {
        let base = set(&["bug", "old", "keep"]);
        let github = set(&["bug", "keep", "new on github"]);
        let notion = set(&["old", "keep", "new on notion"]);
        let merged = merge_sets(
            Sides { github: &base, notion: &base },
            Sides { github: &github, notion: &notion },
        );
        let expected = set(&["keep", "new on github", "new on notion"]);
        assert_eq!(merged.github, expected);
        assert_eq!(merged.notion, expected);
    }

    #[test]
    fn after_one_of_two_writes_the_rest_of_the_merge_is_still_to_be_done() {
        let base = set(&["a", "b", "c"]);
        let (github, notion) = (set(&["c", "from github", "n"]), set(&["a", "c", "n"]));
        let now = Sides { github: &github, notion: &notion };
        let agreed = agreed_sets(Sides { github: &base, notion: &base }, now);
        assert_eq!(agreed.github, set(&["a", "c", "n"]));
        let merged = merge_sets(agreed.as_ref(), now);
        assert_eq!(merged.github, github);
        assert_eq!(merged.notion, github);
    }

    #[test]
    fn each_side_keeps_its_own_spelling() {
        let base = set(&[]);
        let merged = merge_sets(
            Sides { github: &base, notion: &base },
            Sides { github: &set(&["Bug", "a, b"]), notion: &set(&["bug"]) },
        );
        assert_eq!(merged.github.names().collect::<Vec<_>>(), ["a, b", "Bug"]);
        assert_eq!(merged.notion.names().collect::<Vec<_>>(), ["a, b", "bug"]);
    }

    #[test]
    fn a_name_the_two_bases_disagree_about_is_not_lost() {
        let merged = merge_sets(
            Sides { github: &set(&["x"]), notion: &set(&[]) },
            Sides { github: &set(&["x"]), notion: &set(&["y"]) },
        );
        assert_eq!(merged.github, set(&["x", "y"]));
        assert_eq!(merged.notion, set(&["x", "y"]));
    }
}
