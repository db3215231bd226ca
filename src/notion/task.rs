//! Large writes, which Notion carries out on its own time (notion-api §6.2, Async).

use std::time::Duration;

use http::StatusCode;
use http::header::DATE;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::time::sleep;

use super::NotionDialect;
use super::wire::{self, Wire};
use crate::clock;
use crate::model::Side;
use crate::remote::{Dialect, Kind, RemoteError, Response, Verdict};

/// From so many characters on a write is sent as a task: longer ones were seen to time out (notion-api §6.4, 8).
const LARGE_CHARS: usize = 8_000;
/// How long a task is waited for (I14). After that nobody knows, and a later run looks again.
const FINISHED_WITHIN: Duration = Duration::from_secs(120);
/// The pause between two looks, where the task does not say.
const LOOK_AGAIN_AFTER_SECS: u64 = 2;
/// The longest pause between two looks, whatever the task says.
const LONGEST_PAUSE_SECS: u64 = 30;

/// Whether a request that carries these texts is sent as a task.
pub(super) fn is_large<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    texts.into_iter().map(|text| text.chars().count()).sum::<usize>() > LARGE_CHARS
}

/// A request on its way, as Notion shows it.
#[derive(Deserialize)]
struct Task {
    #[serde(default)]
    id: String,
    #[serde(default)]
    status: String,
    poll_after_seconds: Option<u64>,
    #[serde(default)]
    result: Json,
    #[serde(default)]
    error: Json,
}

/// The answer to a write: itself, or, when Notion made it a task, what came of that.
pub(super) async fn awaited(
    wire: &Wire,
    kind: Kind,
    answer: Response,
) -> Result<Response, RemoteError> {
    if answer.status() != StatusCode::ACCEPTED {
        return Ok(answer);
    }
    let until = clock::monotonic() + FINISHED_WITHIN;
    let mut answer = answer;
    loop {
        let task: Task = wire::parse(&answer, "a task").map_err(lost)?;
        // Else it is `queued`, `running`, `retrying`, or whatever may be added.
        if task.status == "succeeded" {
            return Ok(in_place_of(&answer, StatusCode::OK, &task.result));
        } else if task.status == "failed" {
            return Err(failure(kind, &answer, &task.error));
        }
        if clock::monotonic() >= until {
            return Err(unclear("Notion is still at it".to_owned()));
        }
        let secs = task.poll_after_seconds.unwrap_or(LOOK_AGAIN_AFTER_SECS);
        sleep(Duration::from_secs(secs.clamp(1, LONGEST_PAUSE_SECS))).await;
        answer = look(wire, &task.id).await.map_err(lost)?;
    }
}

async fn look(wire: &Wire, id: &str) -> Result<Response, RemoteError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.is_empty() || !id.chars().all(fits) {
        return Err(wire::nonsense("a task without an id".to_owned()));
    }
    wire.get(&format!("async_tasks/{id}")).await
}

/// What a request that was no task would have been answered.
fn in_place_of(answer: &Response, status: StatusCode, body: &Json) -> Response {
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    if let Some(date) = answer.headers().get(DATE) {
        response.headers_mut().insert(DATE, date.clone());
    }
    response
}

/// A task's failure means what the same answer to a request means.
fn failure(kind: Kind, answer: &Response, error: &Json) -> RemoteError {
    let status = error.get("status").and_then(Json::as_u64).and_then(|status| {
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok())
    });
    let Some(status) = status.filter(|status| !status.is_success()) else {
        return unclear("the task failed without a reason".to_owned());
    };
    match NotionDialect.judge(kind, &in_place_of(answer, status, error)) {
        Verdict::Error(error) => error,
        Verdict::Limited { wait, why } => RemoteError::Limited {
            side: Side::Notion,
            wait: wait.unwrap_or_default(),
            what: why,
            may_wait: true,
        },
        Verdict::Failed { what } => unclear(what),
        Verdict::Answer => unclear("the task failed without a reason".to_owned()),
    }
}

/// The request was taken; only its outcome is out of sight.
fn lost(error: RemoteError) -> RemoteError {
    unclear(format!("what became of the task is not shown: {error}"))
}

fn unclear(what: String) -> RemoteError {
    RemoteError::Unclear { side: Side::Notion, what, made: None }
}
