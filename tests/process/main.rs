//! The built binary and the database file in bad surroundings: killed without warning, cut off from power, on a full or
//! read-only disk, without file handles, behind broken networks, under a clock that jumps.
//!
//! `TANDEM_KILLS=200 cargo test --test process kills -- --nocapture` kills more often and tells its numbers.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]
#![allow(unreachable_pub, reason = "place and people are shared by the files of this test")]

// The stage of the stories, for what needs a paused clock instead of a process.
#[path = "../stories/agreement.rs"]
mod agreement;
mod clock;
mod disk;
mod files;
mod network;
mod people;
mod place;
mod power_cut;
mod soak;
#[allow(dead_code, reason = "the stories use more of it")]
#[path = "../stories/stage.rs"]
mod stage;
