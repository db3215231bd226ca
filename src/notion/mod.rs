//! Calls and codec for Notion: the only place that knows its URLs and JSON shapes.
//!
//! - `dialect` says what an answer means; `wire` builds requests and reads answers within bounds
//! - `shapes` is the JSON as Notion sends it; `codec` turns one property into one canonical value and back
//! - [`Reader`] asks, [`Pages`] lists, [`Writer`] changes what a `draft` says, and `sift` finds what was refused; `schema` ties fields to properties

mod codec;
mod complete;
mod dialect;
mod draft;
mod listing;
mod observe;
mod reader;
mod schema;
mod shapes;
mod sift;
mod wire;
mod writer;

#[cfg(test)]
mod tests;

pub use dialect::NotionDialect;
pub use listing::Pages;
pub use reader::{Bot, Reader, User};
pub use schema::{DataSource, Problem, Property, Remembered, resolve};
pub use writer::Writer;

/// Code of the [`crate::remote::RemoteError::Refused`] that says: the page is in the trash, nothing was written.
pub const PAGE_IN_TRASH: &str = "page_in_trash";
/// Code of the refusal that says: the config names a database with several data sources, or none.
pub const NOT_ONE_DATA_SOURCE: &str = "not_one_data_source";
/// Code of the refusal that says: a page lacks the url property, so the schema has to be resolved again.
pub const ANCHOR_LOST: &str = "anchor_lost";
