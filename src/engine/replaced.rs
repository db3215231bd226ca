//! History: every value is written down before it is replaced (I2).

use super::case::Case;
use super::ground::Ground;
use crate::clock;
use crate::model::{Change, Side, Value};
use crate::sabotage::{Bug, planted};
use crate::store::{HistoryEntry, StoreError, Tx};

/// A value about to be replaced.
pub(super) struct Replaced<'v> {
    pub(super) side: Side,
    /// The key of a field, or what else is replaced.
    pub(super) what: &'v str,
    pub(super) lost: &'v Value,
    pub(super) kept: &'v Value,
    pub(super) rule: String,
}

impl<'v> Replaced<'v> {
    pub(super) fn by(change: &'v Change, side: Side, rule: &str) -> Replaced<'v> {
        Replaced {
            side,
            what: change.field.as_str(),
            lost: &change.from,
            kept: &change.to,
            rule: rule.to_owned(),
        }
    }
}

/// Writes down what is about to be replaced (I2).
pub(super) fn add_history(
    tx: &Tx<'_>,
    ground: &Ground<'_>,
    case: &Case,
    replaced: &Replaced<'_>,
) -> Result<(), StoreError> {
    if planted(Bug::NoHistory) {
        return Ok(());
    }
    let json = |value: &Value| serde_json::to_value(value).unwrap_or_default();
    tx.add_history(&HistoryEntry {
        item: case.item(),
        page: Some(case.pair.page),
        pair: Some(case.id()),
        side: replaced.side,
        field: replaced.what.to_owned(),
        lost: json(replaced.lost),
        kept: Some(json(replaced.kept)),
        rule: replaced.rule.clone(),
        cycle: ground.cycle,
        at: clock::now_utc(),
    })?;
    Ok(())
}
