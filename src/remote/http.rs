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
    /// `None`: this machine only.
    client: Option<reqwest::Client>,
    /// For plain HTTP to this machine, which no proxy can reach; needs no certificates and trusts none.
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

    /// A client for plain HTTP to this very machine, where the demo's stand-ins are: needs no CA certificates.
    ///
    /// # Errors
    /// When no client can be made at all.
    pub fn loopback() -> Result<HttpTransport, NoTransport> {
        Ok(HttpTransport { client: None, near: near(READ_WITHIN)?, largest: LARGEST_ANSWER })
    }

    fn with(read_within: Duration, largest: usize) -> Result<HttpTransport, NoTransport> {
        let client = builder(read_within).build().map_err(no_transport)?;
        Ok(HttpTransport { client: Some(client), near: near(read_within)?, largest })
    }

    fn client_for(&self, uri: &Uri) -> Option<&reqwest::Client> {
        if is_plain_and_near(uri) { Some(&self.near) } else { self.client.as_ref() }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let client = self.client_for(request.uri()).cloned();
        let largest = self.largest;
        async move {
            let client = client.ok_or_else(|| {
                TransportError::NotSent(
                    "only plain HTTP to this machine is possible here".to_owned(),
                )
            })?;
            let place = place(request.uri());
            let request = reqwest::Request::try_from(request).map_err(not_sent)?;
            let answer = client.execute(request).await.map_err(|error| classify(error, &place))?;
            whole(answer, largest).await
        }
        .boxed()
    }
}

fn near(read_within: Duration) -> Result<reqwest::Client, NoTransport> {
    builder(read_within).no_proxy().tls_certs_only([]).build().map_err(no_transport)
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
fn classify(error: reqwest::Error, place: &str) -> TransportError {
    if error.is_connect() {
        return TransportError::NotSent(format!("no connection to {place}: {}", words(error)));
    }
    if error.is_builder() { not_sent(error) } else { unclear(error) }
}

/// Host and port: no name in it, no path, no query.
fn place(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
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
        if words == "error sending request" || words.starts_with("client error (") {
            // Says nothing that its cause does not.
            words = text;
        } else if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}

fn is_plain_and_near(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let near = host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.is_loopback());
    near && uri.scheme_str() == Some("http")
}

#[cfg(test)]
mod tests;
