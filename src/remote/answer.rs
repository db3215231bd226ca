//! What answers mean: the questions both adapters answer in the same words.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Kind, RemoteError, Request, Response};
use crate::model::{Field, Side};

/// How one side's answers are to be read.
pub trait Dialect: Send + Sync {
    /// Which side.
    fn side(&self) -> Side;
    /// What one answer to one request of this kind means.
    fn judge(&self, kind: Kind, response: &Response) -> Verdict;
    /// The bodies that a request carries: what an answer quotes of them reaches no message (I17).
    fn bodies(&self, request: &Request) -> Vec<String>;
}

/// What an answer means for sending.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Hand it to the adapter (2xx, 304).
    Answer,
    /// Refused because of load or limits, surely not carried out: wait, then send again.
    Limited {
        /// How long the server asks to wait; `None`: it does not say.
        wait: Option<Duration>,
        /// Its reason, for people.
        why: String,
    },
    /// The server failed. A read is repeated with backoff; a write is unclear.
    Failed {
        /// What it said, for people.
        what: String,
    },
    /// Final.
    Error(RemoteError),
}

/// What a direct read of one object says. Only `Found` and `Gone` are proof of anything (I7).
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup<T> {
    /// Here it is.
    Found(T),
    /// Deleted, and the server says so.
    Gone,
    /// It has moved (a transferred issue); where to, as the server says.
    Moved(String),
    /// Not shown to us, for whatever reason (404, 403); the words of the server.
    Hidden(String),
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// Its items.
    pub items: Vec<T>,
    /// The server's clock when it answered.
    pub at: DateTime<Utc>,
}

/// A value the server would not take; the rest of the write went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: Field,
    /// Why, naming the value, and what to do.
    pub reason: String,
}

/// The result of a write: the object as the server now shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The object, from the answer.
    pub observed: T,
    /// What was left out.
    pub refused: Vec<Refusal>,
}
