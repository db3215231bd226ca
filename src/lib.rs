//! tandem keeps GitHub issues and a Notion database in step, in both directions.

pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod engine;
pub mod github;
pub mod merge;
pub mod model;
pub mod notion;
pub mod remote;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
