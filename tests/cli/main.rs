//! The command line as a user has it: the built binary, over loopback, against the stand-ins.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]
#![allow(unreachable_pub, reason = "the stage is shared by the files of this test")]

mod check;
mod commands;
mod stage;
mod trouble;
