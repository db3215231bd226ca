//! The gate of one side: what `Retry-After` closes.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Patience;
use crate::clock;

/// The pause when the server limits us without saying for how long (github-api §6.3: at least 60 s, then exponential).
const UNSAID: Duration = Duration::from_secs(60);
/// An unsaid pause doubles until it is 32 minutes.
const DOUBLINGS: u32 = 5;
/// "Retry after 0 seconds" would spend every attempt in a moment.
const SHORTEST: Duration = Duration::from_secs(1);
/// A longer pause than a day is asked about again daily.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Open, or closed until some moment; an answer can only move that moment later.
#[derive(Debug)]
pub(super) struct Gate(watch::Sender<State>);

#[derive(Debug, Clone)]
pub(super) struct State {
    /// The last closing, over or not.
    closing: Option<Closing>,
    /// How many unsaid pauses in a row, without an answer in between.
    unsaid: u32,
}

#[derive(Debug, Clone)]
struct Closing {
    at: Instant,
    until: Instant,
    why: String,
    /// It was longer than this run may wait: until it is over every call returns at once.
    given_up: bool,
}

/// How much longer the gate is closed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) wait: Duration,
    pub(super) why: String,
}

impl Gate {
    pub(super) fn open() -> Gate {
        Gate(watch::Sender::new(State { closing: None, unsaid: 0 }))
    }

    /// Closes the gate because the answer to a request sent at `sent_at` said so.
    pub(super) fn close(
        &self,
        asked: Option<Duration>,
        why: String,
        sent_at: Instant,
        patience: &Patience,
    ) -> Closed {
        let now = clock::monotonic();
        let mut wait = Duration::ZERO;
        self.0.send_if_modified(|state| {
            wait = match asked {
                Some(asked) => asked.clamp(SHORTEST, LONGEST),
                None => state.unsaid_wait(sent_at),
            };
            let until = now + wait;
            let current = state.closing.as_ref().filter(|closing| closing.until > now);
            if current.is_some_and(|closing| closing.until >= until) {
                return false;
            }
            let given_up = current.is_some_and(|closing| closing.given_up) || !patience.fits(until);
            state.closing = Some(Closing { at: now, until, why: why.clone(), given_up });
            true
        });
        Closed { wait, why }
    }

    /// A request sent at `sent_at` got a real answer: the next unsaid pause starts small again.
    pub(super) fn answered(&self, sent_at: Instant) {
        self.0.send_if_modified(|state| {
            if state.is_news(sent_at) {
                state.unsaid = 0;
            }
            false
        });
    }

    /// Returns when the gate is open, having paid for the pause.
    pub(super) async fn pass(&self, patience: &Patience) -> Result<(), Closed> {
        let mut watching = self.0.subscribe();
        loop {
            let Some(closing) = watching.borrow_and_update().closed_now() else { return Ok(()) };
            if closing.given_up || !patience.sit_out(closing.until) {
                self.give_up();
                return Err(closing.left());
            }
            tokio::select! {
                () = sleep_until(closing.until) => {}
                _ = watching.changed() => {}
            }
        }
    }

    /// Returns as soon as the gate closes for longer than this run may wait; waits for that for ever.
    pub(super) async fn given_up(&self) -> Closed {
        let mut watching = self.0.subscribe();
        loop {
            let closed = watching.borrow_and_update().closed_now();
            if let Some(closing) = closed.filter(|closing| closing.given_up) {
                return closing.left();
            }
            if watching.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Sees every change of the gate from now on.
    pub(super) fn watch(&self) -> watch::Receiver<State> {
        self.0.subscribe()
    }

    fn give_up(&self) {
        self.0.send_if_modified(|state| match &mut state.closing {
            Some(closing) if !closing.given_up => {
                closing.given_up = true;
                true
            }
            Some(_) | None => false,
        });
    }
}

impl State {
    fn closed_now(&self) -> Option<Closing> {
        self.closing.clone().filter(|closing| closing.until > clock::monotonic())
    }

    /// Whether a request sent then was sent after the gate last closed: of many requests under way when the limit
    /// struck, all are refused, and they are one event.
    fn is_news(&self, sent_at: Instant) -> bool {
        self.closing.as_ref().is_none_or(|closing| sent_at > closing.at)
    }

    fn unsaid_wait(&mut self, sent_at: Instant) -> Duration {
        if self.is_news(sent_at) || self.unsaid == 0 {
            self.unsaid = (self.unsaid + 1).min(DOUBLINGS + 1);
        }
        UNSAID * (1 << (self.unsaid - 1))
    }
}

impl Closing {
    fn left(&self) -> Closed {
        let wait = self.until.saturating_duration_since(clock::monotonic());
        Closed { wait, why: self.why.clone() }
    }
}
