//! Stands in for `crate::body` until that is here.

use std::collections::BTreeSet;

/// One targeted edit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Update {
    pub old: String,
    pub new: String,
}

/// One update a line, when both texts have as many lines and each changed one is unique.
pub(super) fn updates(from: &str, to: &str) -> Option<Vec<Update>> {
    let (old, new): (Vec<_>, Vec<_>) = (from.split('\n').collect(), to.split('\n').collect());
    if old.len() != new.len() {
        return None;
    }
    let changed: Vec<_> = old.iter().zip(&new).filter(|(old, new)| old != new).collect();
    let unique: BTreeSet<_> = changed.iter().map(|(old, _)| **old).collect();
    let fits = |old: &str| !old.is_empty() && from.matches(old).count() == 1;
    if unique.len() < changed.len() || !unique.iter().all(|old| fits(old)) {
        return None;
    }
    let update = |(old, new): (&&str, &&str)| Update { old: (*old).into(), new: (*new).into() };
    Some(changed.into_iter().map(update).collect())
}

/// Equal but for the white space at the end.
pub(super) fn as_meant(meant: &str, shown: &str) -> Result<(), String> {
    if meant.trim_end() == shown.trim_end() {
        return Ok(());
    }
    Err(format!("meant {} lines, shown {} lines", meant.lines().count(), shown.lines().count()))
}
