//! Calls and codec for Notion: the only place that knows its URLs and JSON shapes.
//!
//! - `dialect` says what an answer means; `wire` builds requests and reads answers within bounds
//! - `shapes` is the JSON as Notion sends it; `codec` turns one property into one canonical value and back
//! - `creating` makes a page with its body, `content` reads the body, `edit` writes it and judges what is shown then
//! - `files` knows the addresses that change at each read, `around` leaves those files alone, `upload` brings images in
//! - `task` waits for large writes
//! - [`Reader`] asks, [`Pages`] lists, [`Writer`] changes what a `draft` says, and `sift` finds what was refused; `schema` ties fields to properties

mod around;
mod codec;
mod complete;
mod content;
mod creating;
mod dialect;
mod draft;
mod edit;
mod files;
mod listing;
mod observe;
mod reader;
mod schema;
mod shapes;
mod sift;
mod task;
mod upload;
mod wire;
mod writer;

#[cfg(test)]
mod tests;

pub use content::{Content, page_url};
pub use dialect::NotionDialect;
pub use edit::BodyWritten;
pub use files::{as_uploaded, stable_files};
pub use listing::Pages;
pub use reader::{Bot, Reader, User};
pub use schema::{DataSource, Problem, Property, Remembered, resolve};
pub use upload::{FileUploadId, Image, MAX_IMAGE_BYTES};
pub use writer::Writer;

/// Code of the [`crate::remote::RemoteError::Refused`] that says: the page is in the trash, nothing was written.
pub const PAGE_IN_TRASH: &str = "page_in_trash";
/// Code of the refusal that says: the page's body is no longer what the write was planned for; read it and plan again.
pub const BODY_EDITED_MEANWHILE: &str = "body_edited_meanwhile";
/// How the reason begins of a value that a new page lacks although nobody refused it.
pub const NOT_WRITTEN_YET: &str = "not written yet: ";
/// Code of the refusal that says: the config names a database with several data sources, or none.
pub const NOT_ONE_DATA_SOURCE: &str = "not_one_data_source";
/// Code of the refusal that says: a page lacks the url property, so the schema has to be resolved again.
pub const ANCHOR_LOST: &str = "anchor_lost";
