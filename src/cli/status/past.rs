//! What lies behind: conflicts of late, and the size of the history.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::super::Failure;
use super::super::render::{counted, labelled};
use super::view::ago;
use crate::merge::Rule;
use crate::model::Side;
use crate::store::{HistoryEntry, HistoryId, Store};

/// Conflicts this recent are told.
const LATE: TimeDelta = TimeDelta::days(7);
/// Conflicts told one by one; the others are counted.
const NAMED_CONFLICTS: usize = 10;
/// From here on the size of the history is a warning: it is never pruned by itself (I2).
const LARGE_HISTORY_BYTES: u64 = 1 << 30;

/// Edits that lost against another edit.
#[derive(Debug, Default, Serialize)]
pub(super) struct Conflicts {
    days: i64,
    count: usize,
    latest: Vec<Conflict>,
}

#[derive(Debug, Serialize)]
struct Conflict {
    id: HistoryId,
    at: DateTime<Utc>,
    item: String,
    field: String,
    side: Side,
    rule: String,
}

/// How much history there is.
#[derive(Debug, Default, Serialize)]
pub(super) struct History {
    entries: u64,
    bytes: u64,
    warning: Option<String>,
}

impl Conflicts {
    /// None, before the first cycle.
    pub(super) fn none() -> Conflicts {
        Conflicts { days: LATE.num_days(), ..Conflicts::default() }
    }

    /// The edits that lost against another edit, newest first; older history is not read.
    pub(super) fn read(store: &Store, now: DateTime<Utc>) -> Result<Conflicts, Failure> {
        let mut found = Conflicts::none();
        let rules = conflict_rules();
        store.history(None, |id, entry| {
            if now.signed_duration_since(entry.at) > LATE {
                return ControlFlow::Break(());
            }
            if rules.contains(&entry.rule) {
                found.count += 1;
                if found.latest.len() < NAMED_CONFLICTS {
                    found.latest.push(Conflict::of(id, entry));
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// For people.
    pub(super) fn lines(&self, now: DateTime<Utc>, lines: &mut Vec<String>) {
        let Conflicts { days, count, latest } = self;
        lines.push(format!("conflicts decided in the last {days} days: {count}"));
        lines.extend(latest.iter().map(|conflict| conflict.line(now)));
    }
}

/// What history says where an edit lost against another one.
fn conflict_rules() -> Vec<String> {
    let of_side = |side| [Rule::Newest(side), Rule::Tie(side), Rule::Policy(side)];
    Side::BOTH.into_iter().flat_map(of_side).map(|rule| rule.to_string()).collect()
}

impl Conflict {
    fn of(id: HistoryId, entry: HistoryEntry) -> Conflict {
        let HistoryEntry { at, item, field, side, rule, .. } = entry;
        Conflict { id, at, item: item.to_string(), field, side, rule }
    }

    fn line(&self, now: DateTime<Utc>) -> String {
        let Conflict { id, item, field, side, rule, .. } = self;
        let when = ago(self.at, now);
        labelled("conflict", format!("{item} {field} on {side} lost {when}: {rule} [{id}]"))
    }
}

impl History {
    /// Asks the database.
    pub(super) fn read(store: &Store) -> Result<History, Failure> {
        let size = store.history_size()?;
        let warning = (size.bytes >= LARGE_HISTORY_BYTES).then(|| {
            format!(
                "the history holds {}; it is never pruned by itself: see that the disk has room",
                mebibytes(size.bytes)
            )
        });
        Ok(History { entries: size.rows, bytes: size.bytes, warning })
    }

    /// For people.
    pub(super) fn lines(&self, lines: &mut Vec<String>) {
        let History { entries, bytes, warning } = self;
        lines.push(format!("history: {}, {}", counted(*entries, "value"), mebibytes(*bytes)));
        lines.extend(warning.iter().map(|warning| labelled("warning", warning)));
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xF_FFFF) * 10) >> 20)
}
