//! Notion, as strict as its documentation says.
//!
//! [`handle`] is the whole of it: one request in, one response out, no clock and no I/O. [`State`] is the workspace;
//! its methods are what people do in Notion's own windows, and what a test may look at. The facts are those of
//! Notion's API documentation and of recorded answers; every one they leave open is a switch in [`Options`].
//! Page content is served in the newer dialect of its markdown; comments and views are not served yet.

mod blocks;
mod bodies;
mod choices;
mod content;
mod cursors;
mod errors;
mod filter;
mod ids;
mod inspect;
mod limits;
mod markdown;
mod matching;
mod objects;
mod operations;
mod options;
mod pages;
mod people;
mod people_content;
mod people_moving;
mod people_schema;
mod people_setup;
mod people_special;
mod query;
mod render;
mod reply;
mod resolve;
mod richtext;
mod routes;
mod schema;
mod schema_edit;
mod shape;
mod sort;
mod state;
mod tasks;
mod time;
mod uploads;
mod value;
mod write;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use chrono::{DateTime, Utc};

pub use content::{
    Attributes, Block, BlockId, Content, Escaping, Indent, Kind as BlockKind, LoneNewline,
    LongText, Look, Rendering, Run, What, outline,
};
pub use ids::{DataSourceId, DatabaseId, NotAnId, PageId, PropertyId, UserId};
pub use inspect::PageView;
pub use operations::OPERATIONS;
pub use options::{CaseRule, Options, Paging};
pub use people::{Plain, Unknown};
pub use people_setup::Type;
pub use schema::{Choice, Group, Kind, Property, StatusKind};
pub use state::{Capabilities, State, UserInfo};
pub use time::Moment;

/// Answers one request. Pure: the time is `now`, and everything accidental comes from the state's seed.
pub fn handle(
    state: &mut State,
    now: DateTime<Utc>,
    request: &http::Request<Bytes>,
) -> http::Response<Bytes> {
    let request_id = state.fresh_uuid();
    let outcome = routes::serve(state, now, request);
    reply::build(outcome, request_id)
}
