//! Our own edit of a text told from what somebody typed beside it, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::meant::{as_meant, has_words_typed};

/// So many pairs of lines are compared by what they mean (I14); where more differ, nobody typed that within seconds.
const MAX_COMPARED: usize = 2_500;

/// Whether what a page shows other than was meant is not of Notion's making: all that was meant is there, and more or in another
/// order, or a line that was not touched is another now, or there are words that nobody sent. Then somebody typed between our
/// looking and our writing, and the answer is the first to show it.
#[must_use]
pub fn is_somebody_elses(page_was: &str, meant: &str, shown: &str) -> bool {
    let Beside { missing, .. } = Beside::of(meant, shown, notion_spells);
    let before: BTreeSet<&str> = lines(page_was).into_iter().collect();
    // Nothing of what was meant is lost, and yet it is not the same: there is more, or it stands elsewhere.
    let is_all_there = missing.is_empty() && lines(shown) != lines(meant);
    is_all_there
        || missing.iter().any(|line| before.contains(line))
        || has_words_typed(page_was, meant, shown)
}

/// Whether the edit that makes `to` of `from` is in the `shown` issue body, whatever else is another there: every line that was to
/// come has come, and every line that was to go has gone. An edit that only moves lines cannot be told so.
#[must_use]
pub fn is_in_issue(from: &str, to: &str, shown: &str) -> bool {
    Beside::of(to, shown, |_, _| false).has(from, to)
}

/// The same for a page, whose lines Notion may spell in its own way.
#[must_use]
pub fn is_in_page(from: &str, to: &str, shown: &str) -> bool {
    Beside::of(to, shown, notion_spells).has(from, to)
}

/// What a text shows besides what was meant.
struct Beside<'t> {
    /// Lines that were meant, and are not there.
    missing: Vec<&'t str>,
    /// Lines that are there, and were not meant.
    more: Vec<&'t str>,
}

impl<'t> Beside<'t> {
    fn of(meant: &'t str, shown: &'t str, is_same: impl Fn(&str, &str) -> bool) -> Beside<'t> {
        let mut more = lines(shown);
        let mut missing = Vec::new();
        for line in lines(meant) {
            match more.iter().position(|shown| *shown == line) {
                Some(at) => drop(more.swap_remove(at)),
                None => missing.push(line),
            }
        }
        if missing.len() * more.len() <= MAX_COMPARED {
            missing.retain(|line| {
                let at = more.iter().position(|shown| is_same(line, shown));
                at.map(|at| more.swap_remove(at)).is_none()
            });
        }
        Beside { missing, more }
    }

    fn has(&self, from: &str, to: &str) -> bool {
        let (came, went) = (without(to, from), without(from, to));
        let is_edit = !(came.is_empty() && went.is_empty());
        is_edit
            && !self.missing.iter().any(|line| came.contains(line))
            && !self.more.iter().any(|line| went.contains(line))
    }
}

/// The lines of `text` that `other` does not have, or not so often.
fn without<'t>(text: &'t str, other: &str) -> BTreeSet<&'t str> {
    let mut known = BTreeMap::<&str, usize>::new();
    for line in lines(other) {
        *known.entry(line).or_default() += 1;
    }
    let mut more = lines(text);
    more.retain(|line| match known.get_mut(line) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        Some(0) | None => true,
    });
    more.into_iter().collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect()
}

fn notion_spells(meant: &str, shown: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    indent(meant) == indent(shown) && as_meant(meant, shown).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_that_came_between_is_told_from_what_notion_made_of_ours() {
        let before = "One.\n\nTwo.\n\nThree.";
        let meant = "One.\n\n2 of them.\n\nThree.";
        for (shown, is_somebodys) in [
            ("One.\n\n2 of them.\n\nThree.\n\nFour.", true),
            ("One.\n\n2 of them\\.\n\nThree.\n\nFour.", true),
            ("One.\n\n2 of them.\n\n3.", true),
            ("One.\n\nNobody knows.\n\nThree.", true),
            ("One.\n\n2 oft hem.\n\nThree.", false),
            ("One.\n\n2 of them.", true),
            ("2 of them.\n\nOne.\n\nThree.", true),
            ("- First of all\\\n  One.\n\n2 of them.\n\nThree.", true),
            ("One.\n\n2 of.\n\nThree.", false),
            ("One.\n\n\t2 of them.\n\nThree.", false),
            ("One.\n\nThree.", false),
            (meant, false),
        ] {
            assert_eq!(is_somebody_elses(before, meant, shown), is_somebodys, "{shown:?}");
        }
        assert!(is_somebody_elses("", "One.", "One.\nTwo."));
        assert!(!is_somebody_elses("", "One. Two.", "One."));
        assert!(is_somebody_elses("", "It began so.", "Nobody knows how."));
        // Spelled otherwise: an address, composed letters, large ones.
        assert!(!is_somebody_elses("", "https://a.example/Käse", "https://a.example/K%C3%A4se"));
        assert!(!is_somebody_elses("", "Ka\u{308}se, Bro\u{308}tchen.", "Käse, Brötchen."));
        assert!(!is_somebody_elses("", "so it began", "SO IT BEGAN"));
    }

    #[test]
    fn an_edit_that_arrived_is_known_whatever_was_typed_beside_it() {
        let (from, to) = ("One.\r\n\r\nTwo.\r\n\r\nThree.", "One.\n\n2 of them.\n\nThree.");
        for (shown, is_in) in [
            (to, true),
            ("One.\n\n2 of them.\n\n3.", true),
            ("2 of them.\n\nAnd more.\n\nOne.\n\nThree.", true),
            (from, false),
            ("One.\n\nTwo.\n\n2 of them.\n\nThree.", false),
            ("One.\n\n2 of us.\n\nThree.", false),
            ("One.\n\nThree.", false),
            ("", false),
        ] {
            assert_eq!(is_in_issue(from, to, shown), is_in, "{shown:?}");
            assert_eq!(is_in_page(from, to, shown), is_in, "{shown:?}");
        }
        // In another spelling only where there may be one.
        assert!(is_in_page(from, to, "One.\n\n2 of them\\.\n\nThree.\n\nFour."));
        assert!(!is_in_issue(from, to, "One.\n\n2 of them\\.\n\nThree.\n\nFour."));
        // One more of what is there already, and one less.
        assert!(!is_in_issue("+1", "+1\n\n+1", "+1\n\nMore."));
        assert!(is_in_issue("+1", "+1\n\n+1", "+1\n\nMore.\n\n+1"));
        assert!(!is_in_issue("+1\n\n+1", "+1", "+1\n\n+1\n\nMore."));
        assert!(is_in_issue("+1\n\n+1", "+1", "+1\n\nMore."));
        // What only moved may have been moved by anybody.
        assert!(!is_in_issue("One.\n\nTwo.", "Two.\n\nOne.", "Two.\n\nOne."));
    }
}
