//! tandem keeps GitHub issues and a Notion database in step, in both directions.
//!
//! State is merged, events are not replayed: both sides are compared with what they last agreed on (the
//! *base*), field by field, and the difference becomes a plan, which is plain data.
//!
//! - [`model`], [`merge`]: PURE. Values in, values out; no I/O, no clock, no panic
//! - [`body`]: PURE. A page's content and an issue's body as one thing in two dialects
//! - [`store`]: SQLite; all SQL lives here
//! - [`remote`]: one request in, one response out; pacing, retries, what can go wrong at a distance
//! - [`github`], [`notion`]: the two adapters; the only places with URLs and JSON shapes
//! - [`engine`]: the cycle: recover, observe, plan, guard, execute; the only place that orders effects
//! - [`daemon`]: when a cycle runs, and what signals do to it; knows no adapter
//! - [`config`]: file and environment become a checked `Config`, or every problem at its place
//! - [`cli`]: the only place that prints
//! - [`clock`]: the only module that reads time
//! - [`sabotage`]: bugs that the simulation has to catch (feature `sabotage`)
//! - `sim` (feature `sim`): the stand-ins for GitHub and Notion that every test runs against
//!
//! Dependencies point one way; `tests/architecture.rs` holds them to it. `ARCHITECTURE.md` tells how a cycle goes, file by
//! file, and lists the invariants (I1 to I17) that comments cite.

pub mod body;
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
pub mod sabotage;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
