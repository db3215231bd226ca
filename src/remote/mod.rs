//! Transport (one request in, one response out), pacing, retries and the error taxonomy.
//!
//! Nothing here knows GitHub or Notion: what an answer means is asked of a [`Dialect`].

mod answer;
mod channel;
mod error;
mod gate;
mod http;
mod limiter;
mod pace;
mod patience;
mod quiet;
mod token;
mod trail;

pub use self::http::{HttpTransport, NoTransport};
pub use answer::{Dialect, Listed, Lookup, Refusal, Verdict, Written};
pub use channel::{Channel, Permit, WriteChannel};
pub use error::RemoteError;
pub use pace::{GITHUB_CREATIONS_PER_HOUR, Pace};
pub use patience::Patience;
pub(crate) use quiet::{unquoted, without_bodies};
pub use trail::Trail;

use bytes::Bytes;
use futures::future::BoxFuture;

/// A request, body and all.
pub type Request = ::http::Request<Bytes>;
/// A response, body and all; the transport bounds its size (I14).
pub type Response = ::http::Response<Bytes>;

/// One request in, one response out: the only seam between tandem and the network. No retry, no
/// redirect, no pacing behind it.
pub trait Transport: Send + Sync {
    /// Sends one request once.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request surely never reached the server (name not found, connection refused, TLS refused).
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have been carried out (time-out, reset, cut body).
    #[error("no answer: {0}")]
    Unclear(String),
}

/// What a request does on the server, which decides what may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing: repeated with backoff.
    Read,
    /// Changes something, and doing it twice is doing it once: repeated only where the answer says it was refused.
    Write,
    /// Makes something: sent once a run, never repeated (DESIGN §3, Attempts).
    Create,
}

#[cfg(test)]
mod tests;
