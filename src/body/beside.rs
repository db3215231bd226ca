//! Our own edit of a text told from what somebody typed beside it, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::meant::{as_meant, has_words_typed};

/// So many pairs of lines are compared by what they mean, and so many bytes (I14); where more differ, it is another text.
const MAX_COMPARED: usize = 2_500;
const MAX_COMPARED_BYTES: usize = 1 << 22;
/// A line of so many words is hardly written by two people at once,
const ENOUGH_WORDS: usize = 3;
/// nor one of so many letters of a script that has no blanks between words.
const ENOUGH_LETTERS: usize = 8;

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

/// Whether the edit that makes `to` of `from` is surely in the `shown` issue body, whatever else is another there, and wherever
/// its lines stand by now: every line that was to come has come, and every line that was to go has gone. At least one has to have
/// come that says enough and stood nowhere before, and what went may stand nowhere else: what two people write every day, or tick
/// in two lists, proves nothing. `false` means that nobody knows.
#[must_use]
pub fn is_in_issue(from: &str, to: &str, shown: &str) -> bool {
    let (from, to, shown) = (bare(from), bare(to), bare(shown));
    Beside::of(&to, &shown, |_, _| false).has(&from, &to)
}

/// The same for a page, whose lines Notion may spell in its own way. What was sent to it in several edits may have arrived in
/// part: an edit that moves lines, too, is not known.
#[must_use]
pub fn is_in_page(from: &str, to: &str, shown: &str) -> bool {
    let (from, to, shown) = (bare(from), bare(to), bare(shown));
    let (came, went) = (without(&to, &from), without(&from, &to));
    let mut before = lines(&from);
    let known: BTreeSet<&str> = before.iter().copied().collect();
    let mut after = lines(&to);
    before.retain(|line| !went.contains(line));
    after.retain(|line| !came.contains(line));
    // What stands there as it was is no other spelling of what was to come.
    let is_same = |meant: &str, shown: &str| !known.contains(shown) && notion_spells(meant, shown);
    before == after && Beside::of(&to, &shown, is_same).has(&from, &to)
}

/// Without the blanks that say in which item a line stands: another may have been put around it.
fn bare(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n")
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
        let mut missing = surplus(meant, shown);
        let mut more = surplus(shown, meant);
        let bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
        let compared = bytes(&missing) * more.len() + bytes(&more) * missing.len();
        if missing.len() * more.len() <= MAX_COMPARED && compared <= MAX_COMPARED_BYTES {
            missing.retain(|line| {
                let at = more.iter().position(|shown| is_same(line, shown));
                at.map(|at| more.swap_remove(at)).is_none()
            });
        }
        Beside { missing, more }
    }

    fn has(&self, from: &str, to: &str) -> bool {
        let (came, went) = (without(to, from), without(from, to));
        let before: BTreeSet<&str> = lines(from).into_iter().collect();
        let has_proof = came.iter().any(|line| says_enough(line) && !before.contains(line));
        let is_elsewhere = |line: &&str| went.contains(line) && has_words(line);
        has_proof
            && !lines(to).iter().any(is_elsewhere)
            && !self.missing.iter().any(|line| came.contains(line))
            && !self.more.iter().any(|line| went.contains(line))
    }
}

fn has_words(line: &str) -> bool {
    line.contains(char::is_alphanumeric)
}

fn says_enough(line: &str) -> bool {
    let words = line.split_whitespace().filter(|word| has_words(word));
    let letters = line.chars().filter(|c| c.is_alphabetic() && is_written_together(*c));
    words.count() >= ENOUGH_WORDS || letters.count() >= ENOUGH_LETTERS
}

/// Thai, Lao and what is like them, and the scripts of East Asia.
fn is_written_together(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{20000}'..)
}

/// The lines of `text` that `other` does not have, or not so often.
fn surplus<'t>(text: &'t str, other: &str) -> Vec<&'t str> {
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
    more
}

fn without<'t>(text: &'t str, other: &str) -> BTreeSet<&'t str> {
    surplus(text, other).into_iter().collect()
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
        // One of the lines stands elsewhere, too, and the other does not.
        let (from, came) = ("So it\nis in two lines.", "And this\nis in two lines.\n\nIt is so.");
        let shown = format!("{from}\n\n{came}\n\nMore.");
        assert!(is_in_issue(from, &format!("{came}\n\n{from}"), &shown));
        // Somebody put an item before it, and now it belongs to that.
        assert!(is_in_page("- a", "It is so.\n- a", "- [ ] b\n\tIt is so.\n- a"));
        // A fence that stands elsewhere, too, is no proof, and no objection.
        let (from, fence) = ("```\na\n```", "```\nlet it = be;\n```\n\n");
        assert!(is_in_issue(
            from,
            &format!("{fence}{from}"),
            &format!("More.\n\n{from}\n\n{fence}")
        ));
        let (from, to) = ("最初の段落。", "最初の段落。\n\n二つ目の段落はここにある。");
        assert!(is_in_issue(from, to, "二つ目の段落はここにある。\n\n最初の段落。\n\nMore."));
    }

    #[test]
    fn what_anybody_may_have_done_proves_no_arrival() {
        let tasks = |linux, windows| format!("## Linux\n{linux}\n\n## Windows\n{windows}");
        let (open, done) = ("- [ ] It is built.", "- [x] It is built.");
        for (from, to, shown) in [
            // Ticked in the other list.
            (tasks(open, open), tasks(done, open), tasks(open, done)),
            (tasks(done, open), tasks(done, done), tasks(done, done) + "\n\nMore."),
            // Too short to be one person's only.
            (tasks("TBD", "None"), tasks("Fixed.", "None"), tasks("Fixed.", "More.")),
            // Deleted by one and typed over by another.
            ("One.\n\nTwo of them.".to_owned(), "One.".to_owned(), "One.\n\nTwo.".to_owned()),
            ("One.\n\nTwo.".to_owned(), "Two.\n\nOne.".to_owned(), "Two.\n\nOne.".to_owned()),
        ] {
            assert!(!is_in_issue(&from, &to, &shown), "{shown:?}");
            assert!(!is_in_page(&from, &to, &shown), "{shown:?}");
        }
        // In code no backslash is a matter of spelling.
        let code = |it: &str| format!("```\ngrep -E \"{it}\" src tests\n```");
        let (from, to) = (code("a\\.b"), code("a.b"));
        assert!(!is_in_page(&from, &to, &from));
        // Of several edits the one that moves a line may be under way still.
        let (from, to) = ("One.\n\nTwo.", "Two.\n\nOne.\n\nThree of them.");
        assert!(is_in_issue(from, to, to));
        assert!(!is_in_page(from, to, to));
    }
}
