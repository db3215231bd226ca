//! PURE: the page's content and the issue's body as one thing in two dialects (DESIGN §3, Body).
//!
//! Both texts are read into one tree of what a reader sees, with where each word of it stands ([`tree`], [`source`]).
//! An edit is what the tree of one side lost or gained ([`pairing`], [`became`], [`moved`], [`merge`]); it is spliced into the
//! other side's own text and read back ([`splice`]). [`lens`] puts these together. [`beside`] knows an edit again that arrived.

mod became;
mod beside;
mod dialect;
mod diff;
mod github;
mod images;
mod language;
mod lens;
mod limits;
mod lines;
mod meant;
mod merge;
mod moved;
mod notion;
mod pairing;
mod place;
mod refs;
mod reread;
mod shared;
mod source;
mod splice;
#[cfg(test)]
mod tests;
mod tree;
mod updates;
mod weave;
mod words;

pub use beside::{is_in_issue, is_in_page, is_somebody_elses};
pub use images::{NewImage, new_images, upload_name};
pub use lens::{How, Input, Outcome, reconcile, to_github, to_notion};
pub use limits::GITHUB_LIMIT;
pub use meant::as_meant;
pub use place::Place;
pub use updates::{Update, updates};
