//! The rules of sending, told with a scripted server under a paused clock.

mod attempts;
mod limits;
mod pace;
mod patience;
mod told;

use std::collections::VecDeque;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::header::{DATE, RETRY_AFTER};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::model::Side;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What the scripted server does with one request.
#[derive(Debug, Clone)]
enum Reply {
    Status(u16),
    RetryAfter(u64),
    LimitedUnsaid,
    Date(&'static str),
    Unreachable,
    Reset,
    Hang,
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    at: Duration,
    path: String,
    method: ::http::Method,
}

/// Answers from its script, then always 200; every answer takes `latency`.
struct Server {
    script: Mutex<VecDeque<Reply>>,
    latency: Duration,
    start: Instant,
    seen: Mutex<Vec<Seen>>,
    under_way: Arc<Mutex<(usize, usize)>>,
}

impl Server {
    fn new(latency: Duration, script: impl IntoIterator<Item = Reply>) -> Arc<Server> {
        Arc::new(Server {
            script: Mutex::new(script.into_iter().collect()),
            latency,
            start: Instant::now(),
            seen: Mutex::default(),
            under_way: Arc::default(),
        })
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn times(&self) -> Vec<Duration> {
        self.seen().iter().map(|seen| seen.at).collect()
    }

    fn seconds(&self) -> Vec<u64> {
        self.times().iter().map(Duration::as_secs).collect()
    }

    fn most_under_way(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    fn then(&self, reply: Reply) {
        self.script.lock().unwrap().push_back(reply);
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (path, method) = (request.uri().path().to_owned(), request.method().clone());
        self.seen.lock().unwrap().push(Seen { at: self.start.elapsed(), path, method });
        let reply = self.script.lock().unwrap().pop_front().unwrap_or(Reply::Status(200));
        let (latency, under_way) = (self.latency, self.under_way.clone());
        async move {
            {
                let mut count = under_way.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
            }
            sleep(latency).await;
            under_way.lock().unwrap().0 -= 1;
            let answer = ::http::Response::builder();
            let answer = match reply {
                Reply::Status(status) => answer.status(status),
                Reply::RetryAfter(secs) => answer.status(429).header(RETRY_AFTER, secs),
                Reply::LimitedUnsaid => answer.status(429),
                Reply::Date(date) => answer.header(DATE, date),
                Reply::Unreachable => return Err(TransportError::NotSent("refused".to_owned())),
                Reply::Reset => return Err(TransportError::Unclear("reset".to_owned())),
                Reply::Hang => std::future::pending().await,
            };
            Ok(answer.body(Bytes::new()).unwrap())
        }
        .boxed()
    }
}

struct Plain(Side);

impl Dialect for Plain {
    fn side(&self) -> Side {
        self.0
    }

    fn judge(&self, _: Kind, response: &Response) -> Verdict {
        let retry_after = response.headers().get(RETRY_AFTER);
        match response.status().as_u16() {
            200..300 | 304 => Verdict::Answer,
            429 => Verdict::Limited {
                wait: retry_after
                    .map(|secs| Duration::from_secs(secs.to_str().unwrap().parse().unwrap())),
                why: "slow down".to_owned(),
            },
            500.. => Verdict::Failed { what: "oops".to_owned() },
            _ => Verdict::Error(missing()),
        }
    }

    fn bodies(&self, _: &Request) -> Vec<String> {
        Vec::new()
    }
}

fn missing() -> RemoteError {
    RemoteError::Missing { side: Side::Notion, what: "the page".to_owned() }
}

fn limited(secs: u64) -> RemoteError {
    let (wait, what) = (Duration::from_secs(secs), "slow down".to_owned());
    RemoteError::Limited { side: Side::Notion, wait, what, may_wait: false }
}

fn unclear(what: &str) -> RemoteError {
    RemoteError::Unclear { side: Side::Notion, what: what.to_owned(), made: None }
}

fn transient(what: &str) -> RemoteError {
    RemoteError::Transient { side: Side::Notion, what: what.to_owned() }
}

fn get(path: &str) -> Request {
    ::http::Request::get(format!("http://host/{path}")).body(Bytes::new()).unwrap()
}

fn post(path: &str) -> Request {
    ::http::Request::post(format!("http://host/{path}")).body(Bytes::new()).unwrap()
}

fn channel_at(server: &Arc<Server>, pace: Pace, patience: Patience) -> Channel {
    Channel::new(server.clone(), Arc::new(Plain(Side::Notion)), pace, patience)
}

/// A server that answers at once, without pacing worth mentioning.
fn scripted(script: impl IntoIterator<Item = Reply>) -> (Arc<Server>, Channel) {
    patiently(Patience::endless(), script)
}

fn patiently(
    patience: Patience,
    script: impl IntoIterator<Item = Reply>,
) -> (Arc<Server>, Channel) {
    let server = Server::new(Duration::ZERO, script);
    let channel = channel_at(&server, Pace::notion(1_000_000), patience);
    (server, channel)
}

fn writer(channel: &Channel) -> WriteChannel {
    channel.writing(&Permit::grant())
}

/// Many reads, asked for at once and in order.
async fn read_all(channel: &Channel, count: usize) -> Vec<Result<Response, RemoteError>> {
    join_all((0..count).map(|n| channel.read(get(&n.to_string())))).await
}

/// The most of these times within any span of that length, however it is placed.
fn most_within(times: &[Duration], span: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (n, time) in times.iter().enumerate() {
        while times[first] + span <= *time {
            first += 1;
        }
        most = most.max(n + 1 - first);
    }
    most
}

/// Runs an ignored test in a process of its own, with these variables set.
pub(super) fn alone(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
