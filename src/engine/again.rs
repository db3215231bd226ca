//! The rows that bring an item back in the next cycle: it failed, or no list may show it again (I9).

use super::ground::Ground;
use crate::model::{IssueRef, ItemRef, Side};
use crate::remote::RemoteError;
use crate::store::Pending;

/// The side that is perhaps out of reach as a whole.
pub(super) fn at_fault(error: &RemoteError) -> Option<Side> {
    match error {
        // Turned away for a moment: the others wait at the gate.
        RemoteError::Limited { may_wait: true, .. } => None,
        RemoteError::Transient { side, .. }
        | RemoteError::Limited { side, may_wait: false, .. }
        | RemoteError::Unclear { side, .. }
        | RemoteError::Auth { side, .. }
        | RemoteError::Nonsense { side, .. } => Some(*side),
        RemoteError::Gone { .. }
        | RemoteError::Moved { .. }
        | RemoteError::Missing { .. }
        | RemoteError::Refused { .. } => None,
    }
}

/// The row that brings a failed item back in the next cycle.
pub(super) fn retry(
    ground: &Ground<'_>,
    item: &ItemRef,
    attempts: Option<u32>,
    error: &RemoteError,
) -> Option<Pending> {
    // A value that cannot be written is held as a whole; what could only not be read is tried again.
    let is_held = || {
        let holds = ground.store.holds(ground.sync).unwrap_or_default();
        holds.iter().any(|hold| hold.item == *item && hold.field.is_none())
    };
    if matches!(error, RemoteError::Refused { .. }) && is_held() {
        return None;
    }
    let side = at_fault(error).unwrap_or(Side::GitHub);
    Some(again_later(ground, item, attempts, side, error.to_string()))
}

/// An item that failed because of `side`.
pub(super) fn again_later(
    ground: &Ground<'_>,
    item: &ItemRef,
    attempts: Option<u32>,
    side: Side,
    reason: String,
) -> Pending {
    Pending {
        sync: ground.sync,
        item: item.clone(),
        reason,
        waits: false,
        due: None,
        side,
        attempts: attempts.unwrap_or(0).saturating_add(1),
    }
}

/// A pair that no list may show again: if this cycle comes no further, because of the brake or of a power cut, the next one
/// compares the two (I9).
pub(super) fn to_compare(ground: &Ground<'_>, issue: &IssueRef, why: &str) -> Pending {
    Pending {
        sync: ground.sync,
        item: ItemRef::Issue(issue.clone()),
        reason: why.to_owned(),
        waits: false,
        due: None,
        side: Side::GitHub,
        attempts: 0,
    }
}
