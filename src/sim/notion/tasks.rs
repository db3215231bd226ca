//! Writes that answer later: `allow_async` (notion-api.md §6.2).

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value as Json, json};

use super::errors::{Outcome, Refusal};
use super::routes::{Caller, QueryString};
use super::shape::Path;
use super::state::State;

/// How long a finished task can be asked for.
const KEPT_HOURS: i64 = 24;

/// A write whose outcome is told when its time has come.
#[derive(Debug, Clone)]
pub(super) struct Task {
    of: super::ids::UserId,
    operation: &'static str,
    made_at: DateTime<Utc>,
    outcome: Outcome<Json>,
}

/// Whether the caller lets the answer come later.
pub(super) fn is_async(body: &Map<String, Json>) -> Outcome<bool> {
    match body.get("allow_async") {
        None => Ok(false),
        value => Path::Root("body").key("allow_async").boolean(value),
    }
}

/// Keeps an outcome for later; the answer says where to ask for it.
pub(super) fn queued(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    operation: &'static str,
    outcome: Outcome<Json>,
) -> Json {
    // Not an id like any other, as recorded answers show.
    let id = format!("task_{}", state.fresh_uuid().simple());
    let task = Task { of: caller.bot, operation, made_at: now, outcome };
    let answer = shown(&id, &task, now, state.options.async_secs);
    state.tasks.insert(id, task);
    answer
}

/// `GET /async_tasks/{id}`.
pub(super) fn retrieve(
    state: &State,
    now: DateTime<Utc>,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&[])?;
    state
        .tasks
        .get(raw)
        .filter(|task| task.of == caller.bot && now - task.made_at < Duration::hours(KEPT_HOURS))
        .map(|task| shown(raw, task, now, state.options.async_secs))
        .ok_or_else(|| caller.unknown("async task", raw))
}

fn shown(id: &str, task: &Task, now: DateTime<Utc>, secs: u32) -> Json {
    let mut object = json!({
        "object": "async_task", "id": id,
        "created_time": task.made_at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "status_url": format!("https://api.notion.com/v1/async_tasks/{id}"),
        "operation": { "surface": "rest", "name": task.operation },
    });
    if now - task.made_at < Duration::seconds(i64::from(secs)) {
        let is_new = now == task.made_at;
        object["status"] = json!(if is_new { "queued" } else { "running" });
        object["poll_after_seconds"] = json!(secs);
        return object;
    }
    match &task.outcome {
        Ok(result) => {
            let mut result = result.clone();
            // Asynchronous answers never warn (notion-api.md §6.3.1).
            if let Some(result) = result.as_object_mut() {
                result.remove("warnings");
            }
            object["status"] = json!("succeeded");
            object["result"] = result;
        }
        Err(refusal) => {
            object["status"] = json!("failed");
            object["error"] = Refusal::body(refusal);
        }
    }
    object
}
