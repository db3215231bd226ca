//! From one Notion text to another by targeted edits, so that blocks nobody touched keep their ids and comments.

use super::diff::{Hunk, hunks};

/// One edit of `update_content`: its old text occurs exactly once when its turn comes (notion-api §6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What is looked for, to the letter.
    pub old: String,
    /// What stands there afterwards.
    pub new: String,
}

/// The edits that turn one Notion text into another, each seen after those before it; `None` when there is none that is
/// unambiguous, because the page is empty.
#[must_use]
pub fn updates(from: &str, to: &str) -> Option<Vec<Update>> {
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (before, after) = (lines(from), lines(to));
    let mut current = from.to_owned();
    let mut out = Vec::new();
    // How far the present text has moved against the original, at the place reached.
    let (mut old_at, mut old_line) = (0usize, 0usize);
    let mut moved = 0isize;
    for hunk in joined(hunks(&before, &after)) {
        old_at += before.get(old_line..hunk.before.start)?.concat().len();
        let old_len = before.get(hunk.before.clone())?.concat().len();
        let new = after.get(hunk.after.clone())?.concat();
        let start = old_at.checked_add_signed(moved)?;
        let update = unique(&current, start, start + old_len, &new)?;
        current.replace_range(start..start + old_len, &new);
        moved += isize::try_from(new.len()).ok()? - isize::try_from(old_len).ok()?;
        old_at += old_len;
        old_line = hunk.before.end;
        if update.old != update.new {
            out.push(update);
        }
    }
    Some(out)
}

/// So many edits are made at most (I14): each of them is looked for in the whole page.
const MAX_UPDATES: usize = 500;

/// The same changes in fewer stretches, when there are too many: those closest to each other become one.
fn joined(hunks: Vec<Hunk>) -> Vec<Hunk> {
    let gap = |left: &Hunk, right: &Hunk| right.before.start - left.before.end;
    let mut gaps: Vec<usize> = hunks.windows(2).map(|pair| gap(&pair[0], &pair[1])).collect();
    gaps.sort_unstable_by_key(|gap| std::cmp::Reverse(*gap));
    let Some(widest) = gaps.get(MAX_UPDATES - 1).copied() else { return hunks };
    let mut out: Vec<Hunk> = Vec::new();
    for hunk in hunks {
        match out.last_mut() {
            Some(last) if gap(last, &hunk) <= widest => {
                (last.before.end, last.after.end) = (hunk.before.end, hunk.after.end);
            }
            Some(_) | None => out.push(hunk),
        }
    }
    out
}

/// The replacement of a stretch, with as many lines around it as make it the only one of its kind.
fn unique(text: &str, start: usize, end: usize, new: &str) -> Option<Update> {
    let (mut from, mut to) = (start, end);
    let mut lines = 1;
    loop {
        let old = text.get(from..to)?;
        // The line end before what follows is not part of what is looked for.
        let bare = old.strip_suffix('\n').filter(|bare| !bare.is_empty() && new.ends_with('\n'));
        let trimmed = if bare.is_some() { 1 } else { 0 };
        let old = bare.unwrap_or(old);
        if !old.trim().is_empty() && text.find(old) == text.rfind(old) {
            let whole = format!("{}{new}{}", text.get(from..start)?, text.get(end..to)?);
            let new = whole.get(..whole.len() - trimmed)?.to_owned();
            return Some(Update { old: old.to_owned(), new });
        }
        if from == 0 && to == text.len() {
            return None;
        }
        for _ in 0..lines {
            from = text.get(..from.saturating_sub(1))?.rfind('\n').map_or(0, |at| at + 1).min(from);
            to = text.get(to..)?.find('\n').map_or(text.len(), |at| to + at + 1);
        }
        lines *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(from: &str, updates: &[Update]) -> String {
        updates.iter().fold(from.to_owned(), |text, update| {
            assert_eq!(text.matches(&update.old).count(), 1, "{:?} in {text:?}", update.old);
            text.replacen(&update.old, &update.new, 1)
        })
    }

    #[test]
    fn one_changed_line_is_one_edit_of_that_line() {
        let found = updates("a\n\nb\n\nc", "a\n\nB\n\nc").unwrap();
        assert_eq!(found, [Update { old: "b".into(), new: "B".into() }]);
    }

    #[test]
    fn a_line_that_occurs_twice_is_found_by_its_neighbours() {
        let (from, to) = ("x\n\nsame\n\ny\n\nsame\n\nz", "x\n\nsame\n\ny\n\nother\n\nz");
        let found = updates(from, to).unwrap();
        assert_eq!(apply(from, &found), to);
    }

    #[test]
    fn an_empty_page_has_nothing_to_look_for() {
        assert_eq!(updates("", "a"), None);
        assert_eq!(updates("a", "a"), Some(vec![]));
    }

    #[test]
    fn too_many_edits_become_fewer() {
        let text =
            |end: &str| -> String { (0..2_000).map(|i| format!("{i}\n{i}{end}\n")).collect() };
        let (from, to) = (text("a"), text("b"));
        let found = updates(&from, &to).unwrap();
        assert!(found.len() <= MAX_UPDATES);
        assert_eq!(apply(&from, &found), to);
    }

    proptest! {
        #[test]
        fn the_edits_lead_from_one_text_to_the_other(
            from in proptest::collection::vec("[ab]{0,2}", 1..12),
            to in proptest::collection::vec("[ab]{0,2}", 1..12),
        ) {
            let (from, to) = (from.join("\n"), to.join("\n"));
            if let Some(found) = updates(&from, &to) {
                prop_assert_eq!(apply(&from, &found), to);
            }
        }
    }
}
