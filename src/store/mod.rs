//! The database: one SQLite file, and the only place with SQL.
//!
//! Questions are put to a [`Store`] or a [`Tx`]; writing needs a [`Tx`], and what one transaction
//! writes is on the disk, wholly, when [`Store::transaction`] returns. One file here per kind of thing
//! kept. Nothing of SQLite shows outside.

mod base;
mod brake;
mod cache;
mod cursors;
mod cycles;
mod db;
mod error;
mod history;
mod holds;
mod ids;
mod in_flight;
mod intents;
mod lock;
mod migrations;
mod pairs;
mod pending;
mod sql;
mod syncs;
#[cfg(test)]
mod tests;

pub use base::{BaseRow, Digest};
pub use brake::BrakeState;
pub use cursors::Cursor;
pub use cycles::{Cycle, CycleEnd};
pub use db::{Db, Open, Shared, Store, Tx};
pub use error::StoreError;
pub use history::{HistoryEntry, HistorySize};
pub use holds::HoldRow;
pub use ids::{CycleId, HistoryId, PairId, SyncId};
pub use in_flight::InFlight;
pub use intents::Intent;
pub use lock::Lock;
pub use pairs::{BodyRead, Link, NewPair, Outline, Pair, PairCount};
pub use pending::Pending;
