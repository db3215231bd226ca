//! PURE: the page's content and the body as one thing in two dialects (DESIGN §3, Body).

mod github;
mod language;
mod lines;
mod place;
mod refs;
#[cfg(test)]
mod scratch;
mod source;
mod tree;
mod words;

pub use place::Place;
