//! GitHub: its calls, its JSON, and what its answers mean.
//!
//! octocrab carries authentication and the base address; its service leaf is our
//! [`Channel`](crate::remote::Channel), so pacing, timeouts, retries and redirects stay ours. JSON is
//! read with our own shapes, because octocrab's fail a whole page on one new word (github-api §10.3).
//!
//! * [`Reader`] asks and can change nothing; [`Writer`] needs a [`Permit`](crate::remote::Permit) (I15).
//! * Lists leave pull requests out (github-api §1.4); a direct read returns one, marked as such.

mod body;
mod client;
mod codec;
mod creating;
mod dialect;
mod edited;
mod hand;
mod images;
mod links;
mod outgoing;
mod pages;
mod reader;
mod repository;
mod timeline;
mod vocabulary;
mod wire;
mod writer;

#[cfg(test)]
#[cfg(feature = "sim")]
mod tests;

pub use client::Auth;
pub use dialect::GithubDialect;
pub use images::ImageFile;
pub use pages::{Newest, Pages};
pub use reader::Reader;
pub use repository::Repository;
pub use writer::Writer;
