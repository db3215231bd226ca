//! What the adapters hold: one side, reached politely and never more often than is safe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::header::DATE;
use tokio::time::{Instant, sleep_until, timeout};

use super::gate::Closed;
use super::quiet::heard_without;
use super::token::without_token;
use super::{
    Dialect, Kind, Pace, Patience, RemoteError, Request, Response, Transport, TransportError,
    Verdict,
};
use crate::clock;

/// How long one request waits for its answer (DESIGN §3, Attempts).
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How often a read or a write is sent at most in a run.
const SENDS: u32 = 5;
/// The pause before the second send; it doubles each time.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// One side, for reading. Clones share the pace, the patience and the server's clock.
#[derive(Clone)]
pub struct Channel(Arc<Line>);

/// One side, for changing it; there is none without a [`Permit`].
#[derive(Clone)]
pub struct WriteChannel(Channel);

/// Whoever holds it may change the world. Only `engine::execute` mints one (I15).
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// Grants the right to change things.
    #[must_use]
    pub fn grant() -> Permit {
        Permit(())
    }
}

struct Line {
    transport: Arc<dyn Transport>,
    dialect: Arc<dyn Dialect>,
    pace: Pace,
    patience: Patience,
    /// The last `Date` and when it came.
    server_clock: Mutex<Option<(DateTime<Utc>, Instant)>>,
    sent: AtomicU64,
}

/// What came of one send.
enum Outcome {
    Answer(Response),
    /// Surely not carried out, because of limits: the gate is closed, and the next send waits there.
    Limited(Closed),
    /// Surely without effect, because of a failure: to be sent again after a backoff.
    Failed(String),
    Final(RemoteError),
}

impl Channel {
    /// A channel over that transport; answers are read in that dialect.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        dialect: Arc<dyn Dialect>,
        pace: Pace,
        patience: Patience,
    ) -> Channel {
        let server_clock = Mutex::new(None);
        let sent = AtomicU64::new(0);
        Channel(Arc::new(Line { transport, dialect, pace, patience, server_clock, sent }))
    }

    /// Sends a request that changes nothing (a GET, or a POST that only asks), up to five times.
    pub async fn read(&self, request: Request) -> Result<Response, RemoteError> {
        self.0.exchange(Kind::Read, &request).await
    }

    /// The same side, for changing it.
    #[must_use]
    pub fn writing(&self, _: &Permit) -> WriteChannel {
        WriteChannel(self.clone())
    }

    /// The server's clock, never ours: its last `Date` plus the time since. At most a second and the way of one
    /// answer behind the truth. `None` before the first answer.
    #[must_use]
    pub fn server_now(&self) -> Option<DateTime<Utc>> {
        let (date, came) = (*self.0.server_clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = clock::monotonic().saturating_duration_since(came);
        date.checked_add_signed(chrono::Duration::from_std(since).ok()?)
    }

    /// When the server says it gave this answer.
    #[must_use]
    pub fn date_of(response: &Response) -> Option<DateTime<Utc>> {
        let date = response.headers().get(DATE)?.to_str().ok()?;
        DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
    }

    /// How many requests were sent so far, repeats included.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }
}

impl WriteChannel {
    /// Sends a request that may be repeated where it was surely not carried out: doing it twice is doing it once.
    pub async fn write(&self, request: Request) -> Result<Response, RemoteError> {
        self.0.0.exchange(Kind::Write, &request).await
    }

    /// Sends a request that makes something: once, whatever comes of it (DESIGN §3, Creates).
    pub async fn create(&self, request: Request) -> Result<Response, RemoteError> {
        self.0.0.exchange(Kind::Create, &request).await
    }
}

impl Line {
    async fn exchange(&self, kind: Kind, request: &Request) -> Result<Response, RemoteError> {
        self.refuse_dot_segments(request)?;
        let sends = match kind {
            Kind::Read | Kind::Write => SENDS,
            Kind::Create => 1,
        };
        let mut backoff = FIRST_BACKOFF;
        let mut attempt = 1;
        loop {
            let last = attempt == sends;
            match self.send(kind, request, attempt).await? {
                Outcome::Answer(response) => return Ok(response),
                Outcome::Final(error) => return Err(error),
                Outcome::Limited(closed) if last => {
                    let until = clock::monotonic() + closed.wait;
                    let may_wait = kind == Kind::Create && self.patience.fits(until);
                    return Err(self.limited(closed, may_wait));
                }
                Outcome::Limited(_) => {}
                Outcome::Failed(what) if last => return Err(self.transient(what, attempt)),
                Outcome::Failed(what) => {
                    let until = clock::monotonic() + backoff;
                    if !self.patience.sit_out(until) {
                        return Err(self.transient(what, attempt));
                    }
                    sleep_until(until).await;
                    backoff *= 2;
                }
            }
            attempt += 1;
        }
    }

    /// Waits for its turn, sends once, and weighs what comes back.
    async fn send(
        &self,
        kind: Kind,
        request: &Request,
        attempt: u32,
    ) -> Result<Outcome, RemoteError> {
        let turn = self
            .pace
            .turn(kind, &self.patience)
            .await
            .map_err(|closed| self.limited(closed, false))?;
        let sent_at = clock::monotonic();
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = timeout(ANSWER_WITHIN, self.transport.send(request.clone())).await;
        drop(turn);
        let answer = answer.unwrap_or_else(|_| {
            Err(TransportError::Unclear(format!(
                "nothing came within {} s",
                ANSWER_WITHIN.as_secs()
            )))
        });
        self.log(request, attempt, sent_at, &answer);
        Ok(match answer {
            Ok(response) => self.weigh(kind, request, without_token(response, request), sent_at),
            Err(TransportError::NotSent(what)) => Outcome::Failed(what),
            Err(TransportError::Unclear(what)) => self.failed(kind, what),
        })
    }

    fn weigh(
        &self,
        kind: Kind,
        request: &Request,
        response: Response,
        sent_at: Instant,
    ) -> Outcome {
        self.set_server_clock(&response);
        let verdict = self.dialect.judge(kind, &response);
        match heard_without(verdict, || self.dialect.bodies(request)) {
            Verdict::Answer => {
                self.pace.answered(sent_at);
                Outcome::Answer(response)
            }
            Verdict::Error(error) => {
                self.pace.answered(sent_at);
                Outcome::Final(error)
            }
            Verdict::Limited { wait, why } => {
                let closed = self.pace.limited(wait, why, sent_at, &self.patience);
                tracing::warn!(side = %self.dialect.side(), wait_secs = closed.wait.as_secs(), why = closed.why, "limited");
                Outcome::Limited(closed)
            }
            Verdict::Failed { what } => self.failed(kind, what),
        }
    }

    /// The request may have been carried out: that matters only where it changes something.
    fn failed(&self, kind: Kind, what: String) -> Outcome {
        match kind {
            Kind::Read => Outcome::Failed(what),
            Kind::Write | Kind::Create => {
                Outcome::Final(RemoteError::Unclear { side: self.dialect.side(), what, made: None })
            }
        }
    }

    fn set_server_clock(&self, response: &Response) {
        if let Some(date) = Channel::date_of(response) {
            let now = clock::monotonic();
            *self.server_clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, now));
        }
    }

    /// URL parsers resolve `.` and `..`, spelled `%2E` too: removing the label `.` would become removing all labels.
    fn refuse_dot_segments(&self, request: &Request) -> Result<(), RemoteError> {
        let is_dots = |segment: &str| {
            matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
        };
        if !request.uri().path().split('/').any(is_dots) {
            return Ok(());
        }
        Err(RemoteError::Refused {
            side: self.dialect.side(),
            status: 400,
            code: "dot_segment".to_owned(),
            what: "a name of only one or two dots cannot be part of an address; rename it"
                .to_owned(),
            fields: Vec::new(),
        })
    }

    fn limited(&self, closed: Closed, may_wait: bool) -> RemoteError {
        let Closed { wait, why: what } = closed;
        RemoteError::Limited { side: self.dialect.side(), wait, what, may_wait }
    }

    fn transient(&self, what: String, attempts: u32) -> RemoteError {
        let what = if attempts == 1 { what } else { format!("{what} (tried {attempts} times)") };
        RemoteError::Transient { side: self.dialect.side(), what }
    }

    /// The path only: a query may hold what people wrote (I17).
    fn log(
        &self,
        request: &Request,
        attempt: u32,
        sent_at: Instant,
        answer: &Result<Response, TransportError>,
    ) {
        let ms = clock::monotonic().saturating_duration_since(sent_at).as_millis();
        let (side, method, path) = (self.dialect.side(), request.method(), request.uri().path());
        match answer {
            Ok(response) => {
                let status = response.status().as_u16();
                tracing::debug!(%side, %method, path, status, ms, attempt, "request");
            }
            Err(error) => tracing::debug!(%side, %method, path, %error, ms, attempt, "request"),
        }
    }
}
