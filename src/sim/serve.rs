//! The world behind two loopback listeners, for the demo and the wire tests.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::traffic::Reply;
use super::world::World;
use crate::model::{Side, Sides};

/// A longer request body is answered 413 without looking at it.
pub const MAX_REQUEST_BODY_BYTES: usize = 2 * 1024 * 1024;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A world that listens; it stops when this is dropped.
#[derive(Debug)]
pub struct Served {
    addresses: Sides<SocketAddr>,
    tasks: Sides<Task>,
}

/// A listener's task, ended with its connections when dropped.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Served {
    /// Where the stand-in for GitHub's API is, without a trailing slash.
    #[must_use]
    pub fn github_url(&self) -> String {
        format!("http://{}", self.addresses.github)
    }

    /// Where the stand-in for Notion's API is, without a trailing slash.
    #[must_use]
    pub fn notion_url(&self) -> String {
        format!("http://{}", self.addresses.notion)
    }

    /// Closes both listeners and every connection.
    pub fn stop(self) {
        drop(self.tasks);
    }
}

/// Listens on two free loopback ports, one per side.
///
/// # Errors
/// When no loopback port can be opened.
pub async fn serve(world: Arc<World>) -> io::Result<Served> {
    let (github_address, github) = listen(Arc::clone(&world), Side::GitHub).await?;
    let (notion_address, notion) = listen(world, Side::Notion).await?;
    Ok(Served {
        addresses: Sides { github: github_address, notion: notion_address },
        tasks: Sides { github, notion },
    })
}

async fn listen(world: Arc<World>, side: Side) -> io::Result<(SocketAddr, Task)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(accept(listener, world, side));
    Ok((address, Task(task.abort_handle())))
}

/// Accepts until aborted; the connections end with it because the set owns them.
async fn accept(listener: TcpListener, world: Arc<World>, side: Side) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Out of file handles, say: the client sees its connection fail, the next one may succeed.
                let Ok((stream, _)) = accepted else { tokio::task::yield_now().await; continue };
                let world = Arc::clone(&world);
                let service = service_fn(move |request| answer(Arc::clone(&world), side, request));
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service);
                // A connection's error is the fault that was asked for, or a client that went away.
                connections.spawn(async move { drop(connection.await) });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// One request. An error here closes the connection without an answer.
async fn answer(
    world: Arc<World>,
    side: Side,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let bytes = match Limited::new(body, MAX_REQUEST_BODY_BYTES).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut response = Response::new(whole(Bytes::from_static(b"Payload Too Large")));
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(response);
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    match world.handle(side, &Request::from_parts(parts, bytes)) {
        Reply::Answer(response) => Ok(response.map(whole)),
        Reply::Delayed(delay, response) => {
            tokio::time::sleep(delay).await;
            Ok(response.map(whole))
        }
        Reply::Truncated(response) => Ok(cut_short(response)),
        Reply::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        Reply::Hang => std::future::pending().await,
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// The body's bytes, then the end of the connection, after announcing one byte more than twice as many.
fn cut_short(response: Response<Bytes>) -> Response<Body> {
    let (mut parts, bytes) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, (bytes.len() * 2 + 1).into());
    let sent = stream::iter([Ok(Frame::data(bytes))]);
    let broken = stream::once(async {
        // Gives the server a chance to send the first part before the connection ends.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::UnexpectedEof))
    });
    Response::from_parts(parts, BodyExt::boxed_unsync(StreamBody::new(sent.chain(broken))))
}
