//! The stand-ins: one world that answers HTTP requests as GitHub and Notion would.
//!
//! The world is an independent judge of our adapters: it shares no codec with them and takes from the
//! rest of the crate only the words [`Side`](crate::model::Side) and [`Sides`](crate::model::Sides).
//!
//! * [`World`] holds both stand-ins, their clocks, the planned faults and the log of requests.
//! * [`World::handle`] is the one entrance: a request in, a [`Reply`] out. Simulated runs call it in process.
//! * [`Fuse`] ends a process at a chosen one of its effects.
//! * [`agreement`] says whether the two sides hold the same.
//! * [`operations`] is everything they answer; [`operation`] names the one a request is for.
//! * [`serve`] puts the same entrance behind two loopback listeners, for the demo and the wire tests.

pub mod agreement;
pub mod clock;
pub mod faults;
mod fuse;
pub mod github;
pub mod notion;
mod operations;
mod serve;
#[cfg(test)]
mod tests;
mod traffic;
mod transport;
mod world;

pub use faults::{Fault, LimitKind, Matching, Planned};
pub use fuse::{Fuse, FusedTransport};
pub use operations::{Operation, operation, operations};
pub use serve::{MAX_REQUEST_BODY_BYTES, Served, serve};
pub use traffic::{Counts, Reply, Seen};
pub use transport::WorldTransport;
pub use world::{Setup, World};
