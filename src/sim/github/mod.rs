//! GitHub, as strict as its documentation says.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// GitHub's limits and switches.
#[derive(Debug, Clone, Default)]
pub struct Options {}

/// Everything on GitHub.
#[derive(Debug, Clone)]
pub struct State {}

impl State {
    /// An empty GitHub.
    #[must_use]
    pub fn new(_options: Options, _seed: u64) -> State {
        State {}
    }
}

/// Answers one request.
pub fn handle(
    _state: &mut State,
    _now: DateTime<Utc>,
    _request: &http::Request<Bytes>,
) -> http::Response<Bytes> {
    http::Response::new(Bytes::new())
}
