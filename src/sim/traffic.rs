//! What goes in and out of the world: requests as they were seen, their counts, and what comes back.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Response};

use super::faults::Fault;
use crate::model::Side;

/// One request as the world saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The service it was sent to.
    pub side: Side,
    /// Its method.
    pub method: Method,
    /// Its path with the query.
    pub path: String,
    /// The status it was answered with; `None` when no answer was sent.
    pub status: Option<u16>,
    /// The fault it met.
    pub fault: Option<Fault>,
    /// Whether it asked for a change (a query POST of Notion does not).
    pub mutating: bool,
    /// When, by that side's clock.
    pub at: DateTime<Utc>,
}

/// How many requests reached a service. `not_modified` and `limited` are parts of the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests that ask for no change.
    pub reads: u64,
    /// Reads answered 304.
    pub not_modified: u64,
    /// Requests that ask for a change, whatever became of them.
    pub writes: u64,
    /// Requests refused by a rate limit or overload.
    pub limited: u64,
}

/// What comes back for one request.
#[derive(Debug)]
pub enum Reply {
    /// The answer.
    Answer(Response<Bytes>),
    /// The answer after this long.
    Delayed(Duration, Response<Bytes>),
    /// An answer whose body (already cut) ends before the announced length.
    Truncated(Response<Bytes>),
    /// The connection closes without an answer.
    Reset,
    /// No answer, ever.
    Hang,
}

impl Reply {
    /// The whole answer, if there is one, however late.
    #[must_use]
    pub fn into_answer(self) -> Option<Response<Bytes>> {
        match self {
            Reply::Answer(response) | Reply::Delayed(_, response) => Some(response),
            Reply::Truncated(_) | Reply::Reset | Reply::Hang => None,
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Reply::Answer(response) | Reply::Delayed(_, response) | Reply::Truncated(response) => {
                Some(response.status().as_u16())
            }
            Reply::Reset | Reply::Hang => None,
        }
    }
}

/// Whether the request asks for a change. Notion reads lists by POST, and GraphQL asks by it.
pub(super) fn is_mutating(side: Side, method: &Method, path: &str) -> bool {
    let only_asks = match side {
        Side::GitHub => path.ends_with("/graphql"),
        Side::Notion => path.ends_with("/query") || path.ends_with("/search"),
    };
    let reads_by_post = method == Method::POST && only_asks;
    !(method.is_safe() || reads_by_post)
}

/// Whether an answer says "not now" (github-api §6.3).
pub(super) fn is_limit(response: &Response<Bytes>) -> bool {
    match response.status().as_u16() {
        429 | 529 => true,
        403 => {
            let text = String::from_utf8_lossy(response.body()).to_lowercase();
            text.contains("rate limit")
        }
        _ => false,
    }
}
