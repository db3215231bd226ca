//! The way out: one HTTP client for both sides.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use ::http::Uri;
use bytes::BytesMut;
use futures::future::{BoxFuture, FutureExt};

use super::{Request, Response, Transport, TransportError};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Longer than any silence that the channel sits out, so that the channel's own limit is the one that strikes.
const READ_WITHIN: Duration = Duration::from_secs(90);
/// Both services close idle connections within minutes; a request on one that is just being closed is lost unclear.
const IDLE_FOR: Duration = Duration::from_secs(30);
/// An HTTP/2 connection that died without a word is noticed by a ping, not by every request timing out on it.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_WITHIN: Duration = Duration::from_secs(10);
/// The largest answer taken, unpacked (I14). A listing of 100 issues with full bodies is some 7 MiB.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Requests over the network: no retry, no redirect; TLS with the system's roots; the system's proxy, except to
/// this very machine.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    /// For the loopback stand-ins of the demo and the tests, which no proxy can reach.
    near: reqwest::Client,
    largest: usize,
}

/// The HTTP client could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot set up HTTPS: {0}; install the CA certificates (package `ca-certificates`), or set SSL_CERT_FILE to a PEM file"
)]
pub struct NoTransport(String);

impl HttpTransport {
    /// A client with connections of its own; make one and share it.
    ///
    /// # Errors
    /// When the system has no usable CA certificates.
    pub fn new() -> Result<HttpTransport, NoTransport> {
        HttpTransport::with(READ_WITHIN, LARGEST_ANSWER)
    }

    fn with(read_within: Duration, largest: usize) -> Result<HttpTransport, NoTransport> {
        let client = builder(read_within).build().map_err(no_transport)?;
        let near = builder(read_within).no_proxy().build().map_err(no_transport)?;
        Ok(HttpTransport { client, near, largest })
    }

    fn client_for(&self, uri: &Uri) -> &reqwest::Client {
        if is_this_machine(uri) { &self.near } else { &self.client }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let client = self.client_for(request.uri()).clone();
        let largest = self.largest;
        async move {
            let request = reqwest::Request::try_from(request).map_err(not_sent)?;
            let answer = client.execute(request).await.map_err(classify)?;
            whole(answer, largest).await
        }
        .boxed()
    }
}

fn builder(read_within: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .gzip(true)
        .connect_timeout(CONNECT_WITHIN)
        .read_timeout(read_within)
        .pool_idle_timeout(IDLE_FOR)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_WITHIN)
        .tcp_keepalive(PING_EVERY)
}

/// Reads an answer to its end, which must come before `largest` bytes.
async fn whole(mut answer: reqwest::Response, largest: usize) -> Result<Response, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(unclear)? {
        if body.len() + chunk.len() > largest {
            let what = format!("the answer is too large: over {largest} bytes");
            return Err(TransportError::Unclear(what));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// A connection that was never made carried nothing; after that nobody can tell.
fn classify(error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() { not_sent(error) } else { unclear(error) }
}

fn not_sent(error: reqwest::Error) -> TransportError {
    TransportError::NotSent(words(error))
}

fn unclear(error: reqwest::Error) -> TransportError {
    TransportError::Unclear(words(error))
}

fn no_transport(error: reqwest::Error) -> NoTransport {
    NoTransport(words(error))
}

/// The error and its causes, which say what really happened, without the address (I17).
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}

fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
