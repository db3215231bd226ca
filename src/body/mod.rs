//! PURE: the page's content and the body as one thing in two dialects (DESIGN §3, Body).

mod dialect;
mod diff;
mod github;
mod language;
mod lines;
mod merge;
mod notion;
mod pairing;
mod place;
mod refs;
#[cfg(test)]
mod scratch;
mod source;
mod splice;
mod tree;
mod words;

pub use place::Place;
