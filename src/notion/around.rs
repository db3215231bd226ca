//! Edits that leave the files alone which Notion hosts: it knows them only with a signature that is another at each read.

use std::collections::BTreeSet;

use super::files::hosted_files;
use crate::body::Update;

/// The same edits, with those that reach over a hosted file made before and behind it wherever that is unambiguous.
pub(super) fn around_files(from: &str, updates: Vec<Update>) -> Vec<Update> {
    let files: BTreeSet<&str> = hosted_files(from).into_iter().collect();
    if !updates.iter().any(|update| has_any(&update.old, &files)) {
        return updates;
    }
    let mut text = from.to_owned();
    let mut around = Vec::new();
    for update in updates {
        let parts = if has_any(&update.old, &files) { parts(&text, &update) } else { None };
        text = text.replacen(&update.old, &update.new, 1);
        around.extend(parts.unwrap_or_else(|| vec![update]));
    }
    around
}

/// Whether the text holds one of these files.
pub(super) fn has_any(text: &str, files: &BTreeSet<&str>) -> bool {
    hosted_files(text).iter().any(|file| files.contains(file))
}

/// What changes between the files, if they are the same ones before and after and each change can be found in the text.
fn parts(text: &str, update: &Update) -> Option<Vec<Update>> {
    let files = hosted_files(&update.old);
    if files != hosted_files(&update.new) {
        return None;
    }
    let pairs = split_at(&update.old, &files)?.into_iter().zip(split_at(&update.new, &files)?);
    let mut text = text.to_owned();
    let mut parts = Vec::new();
    for (old, new) in pairs.filter(|(old, new)| old != new) {
        if old.is_empty() || text.matches(old).count() != 1 {
            return None;
        }
        text = text.replacen(old, new, 1);
        parts.push(Update { old: old.to_owned(), new: new.to_owned() });
    }
    Some(parts)
}

/// The text before, between and after the files, which stand in it in that order.
fn split_at<'a>(text: &'a str, files: &[&str]) -> Option<Vec<&'a str>> {
    let mut pieces = Vec::with_capacity(files.len() + 1);
    let mut rest = text;
    for file in files {
        let (before, after) = rest.split_once(file)?;
        pieces.push(before);
        rest = after;
    }
    pieces.push(rest);
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "https://file.notion.so/f/1.png";

    fn update(old: &str, new: &str) -> Update {
        Update { old: old.to_owned(), new: new.to_owned() }
    }

    fn applied(from: &str, updates: &[Update]) -> String {
        updates.iter().fold(from.to_owned(), |text, update| {
            assert_eq!(text.matches(&update.old).count(), 1, "{update:?} in {text:?}");
            text.replacen(&update.old, &update.new, 1)
        })
    }

    #[test]
    fn words_on_both_sides_of_a_file_change_without_it() {
        let from = format!("Before\n\n![a]({FILE})\n\nAfter");
        let to = format!("Earlier\n\n![b]({FILE})\n\nLater");
        let around = around_files(&from, vec![update(&from, &to)]);
        let parts =
            [update("Before\n\n![a](", "Earlier\n\n![b]("), update(")\n\nAfter", ")\n\nLater")];
        assert_eq!(around, parts);
        assert_eq!(applied(&from, &around), to);
    }

    #[test]
    fn where_that_is_ambiguous_or_the_file_goes_the_edit_stays_whole() {
        let from = format!("![a]({FILE})\n\n![a]({FILE}x)");
        let caption = update(&format!("![a]({FILE})"), &format!("![b]({FILE})"));
        assert_eq!(around_files(&from, vec![caption.clone()]), [caption]);
        let gone = update(&format!("![a]({FILE})\n"), "gone\n");
        assert_eq!(around_files(&from, vec![gone.clone()]), [gone]);
        let elsewhere = update("x)", "y)");
        assert_eq!(around_files("x)", vec![elsewhere.clone()]), [elsewhere]);
    }

    proptest! {
        #[test]
        fn the_text_becomes_what_it_was_to_become(
            old in prop::collection::vec("[a-c]{1,4}", 1..5), new in prop::collection::vec("[a-c]{0,4}", 1..5),
            end in "[d-f]{0,4}",
        ) {
            let (old, new) = (old.join(&format!(" {FILE} ")), new.join(&format!(" {FILE} ")));
            let (from, to) = (format!("{old}{end}"), format!("{new}{end}"));
            let around = around_files(&from, vec![update(&old, &new)]);
            prop_assert_eq!(applied(&from, &around), to);
        }
    }
}
