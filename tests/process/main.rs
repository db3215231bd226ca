//! The built binary and the database file in bad surroundings: killed without warning, cut off from power, on a full or
//! read-only disk, without file handles, behind broken networks, under a clock that jumps.
//!
//! `TANDEM_KILLS=200 cargo test --test process kills -- --nocapture` kills more often and tells its numbers.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]
#![allow(unreachable_pub, reason = "place and people are shared by the files of this test")]

mod people;
mod place;
mod soak;
