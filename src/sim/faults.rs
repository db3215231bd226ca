//! Faults on demand: what networks and servers do besides answering.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Response, StatusCode};
use serde_json::json;

use crate::model::Side;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused with this 4xx status; no effect.
    Refuse(u16),
    /// Refused because of a rate limit; no effect.
    Limited {
        /// The `Retry-After` header; `None` leaves the header out. GitHub's primary limit never has that
        /// header: there it is how far away `x-ratelimit-reset` is, 60 seconds when `None`.
        retry_after_secs: Option<u64>,
        /// Which of the forms the refusal takes.
        kind: LimitKind,
    },
    /// This 5xx status in the server's own JSON; no effect.
    ServerError(u16),
    /// The effect happens, the answer is this 5xx status.
    CommitThenServerError(u16),
    /// The effect happens, the connection closes without an answer.
    CommitThenReset,
    /// The effect happens, no answer ever comes.
    CommitThenHang,
    /// No answer ever comes, and the effect happens this much later.
    CommitLater(Duration),
    /// The connection closes without an answer; no effect.
    Reset,
    /// No answer ever comes; no effect.
    Hang,
    /// The effect happens, the body of the answer is cut in half.
    TruncatedBody,
    /// A proxy's HTML page with this status; no effect.
    HtmlBody(u16),
    /// 200 with JSON that means nothing; no effect.
    Garbage,
    /// A list without its last rows, though it says that it is complete. Meets reads only.
    ShortList,
    /// A read answered from the state before the last write request (at the earliest: the moment of
    /// [`inject`](super::World::inject)). Meets reads only.
    Stale,
    /// The right answer, late.
    Slow(Duration),
}

/// The forms in which the two services say "not now" (github-api §6.3, notion-api §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// GitHub: 403 with `x-ratelimit-remaining: 0`. Notion: 429 `rate_limited`.
    Primary403,
    /// GitHub: 429 with `x-ratelimit-remaining: 0`. Notion: 429 `rate_limited`.
    Primary429,
    /// GitHub: 403 "secondary rate limit"; without `retry_after_secs` there is no header at all.
    /// Notion: 429 `rate_limited`.
    Secondary403,
    /// GitHub: 429 "secondary rate limit"; without `retry_after_secs` there is no header at all.
    /// Notion: 429 `rate_limited`.
    Secondary429,
    /// Notion: 529 `service_overload`. GitHub: 503.
    Overloaded,
    /// Notion: 429 with the reason `public_api_request_blocked`. GitHub: as `Secondary403`.
    Blocked,
}

/// Which requests a fault is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Only this method; `None` is any.
    pub method: Option<Method>,
    /// Only paths (with query) that contain this text; `None` is any.
    pub path_part: Option<String>,
}

/// A fault waiting for its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The service that fails.
    pub side: Side,
    /// The requests it fails on.
    pub matching: Matching,
    /// How many matching requests pass first.
    pub skip: u32,
    /// How many matching requests then fail.
    pub times: u32,
    /// What happens to them.
    pub fault: Fault,
}

impl Planned {
    /// The fault for the next request to that side, once.
    #[must_use]
    pub fn once(side: Side, fault: Fault) -> Planned {
        Planned { side, matching: Matching::default(), skip: 0, times: 1, fault }
    }

    /// Only for requests with this method and this text in their path.
    #[must_use]
    pub fn on(mut self, method: Method, path_part: &str) -> Planned {
        self.matching = Matching { method: Some(method), path_part: Some(path_part.to_owned()) };
        self
    }

    /// Lets `count` matching requests pass first.
    #[must_use]
    pub fn after(mut self, count: u32) -> Planned {
        self.skip = count;
        self
    }

    /// Fails `count` matching requests instead of one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Planned {
        self.times = count;
        self
    }

    fn is_for(&self, side: Side, method: &Method, path: &str, mutating: bool) -> bool {
        self.side == side
            && !(matches!(self.fault, Fault::Stale | Fault::ShortList) && mutating)
            && self.matching.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.matching.path_part.as_deref().is_none_or(|part| path.contains(part))
    }
}

/// Takes the fault that meets this request, if any: the oldest one that matches and is not still passing.
pub(super) fn take(
    planned: &mut Vec<Planned>,
    side: Side,
    method: &Method,
    path: &str,
    mutating: bool,
) -> Option<Fault> {
    let mut met = None;
    for plan in planned.iter_mut().filter(|plan| plan.is_for(side, method, path, mutating)) {
        if plan.skip > 0 {
            plan.skip -= 1;
        } else if met.is_none() && plan.times > 0 {
            plan.times -= 1;
            met = Some(plan.fault);
        }
    }
    planned.retain(|plan| plan.times > 0);
    met
}

/// The answer of a server that refuses or breaks with `status`, in that side's own JSON.
pub(super) fn error(side: Side, status: u16) -> Response<Bytes> {
    match side {
        Side::GitHub => github_error(status, github_message(status)),
        Side::Notion => {
            notion_error(status, notion_code(status), "The request could not be served.")
        }
    }
}

/// The answer of a server that is limiting us.
pub(super) fn limited(
    side: Side,
    kind: LimitKind,
    retry_after_secs: Option<u64>,
    now: DateTime<Utc>,
) -> Response<Bytes> {
    let (mut response, has_header) = match side {
        Side::GitHub => {
            let is_primary = matches!(kind, LimitKind::Primary403 | LimitKind::Primary429);
            (github_limited(kind, retry_after_secs, now), !is_primary)
        }
        Side::Notion => (notion_limited(kind, retry_after_secs), true),
    };
    if let Some(secs) = retry_after_secs.filter(|_| has_header) {
        response.headers_mut().insert("retry-after", secs.into());
    }
    response
}

/// The same answer without the second half of its rows, where it has any.
pub(super) fn shortened(mut response: Response<Bytes>) -> Response<Bytes> {
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(response.body()) else {
        return response;
    };
    let rows = match &mut body {
        serde_json::Value::Array(rows) => Some(rows),
        other => other.get_mut("results").and_then(serde_json::Value::as_array_mut),
    };
    if let Some(rows) = rows {
        rows.truncate(rows.len() / 2);
        *response.body_mut() = Bytes::from(body.to_string());
    }
    response
}

/// A proxy's page, as browsers see it.
pub(super) fn html(status: u16) -> Response<Bytes> {
    let body = format!(
        "<html><body><h1>{status}</h1>No server is available to handle this request.</body></html>"
    );
    with_type(status, "text/html", body)
}

/// JSON that parses and means nothing.
pub(super) fn garbage() -> Response<Bytes> {
    with_type(
        200,
        "application/json; charset=utf-8",
        json!({ "unexpected": [null, 7, {}] }).to_string(),
    )
}

fn github_limited(
    kind: LimitKind,
    retry_after_secs: Option<u64>,
    now: DateTime<Utc>,
) -> Response<Bytes> {
    const PRIMARY: &str = "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the request ID.";
    const SECONDARY: &str =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let (status, message, exhausted) = match kind {
        LimitKind::Primary403 => (403, PRIMARY, true),
        LimitKind::Primary429 => (429, PRIMARY, true),
        LimitKind::Secondary403 | LimitKind::Blocked => (403, SECONDARY, false),
        LimitKind::Secondary429 => (429, SECONDARY, false),
        LimitKind::Overloaded => (503, github_message(503), false),
    };
    let mut response = github_error(status, message);
    if exhausted {
        let reset = now.timestamp()
            + retry_after_secs.and_then(|secs| i64::try_from(secs).ok()).unwrap_or(60);
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", 5000.into());
        headers.insert("x-ratelimit-remaining", 0.into());
        headers.insert("x-ratelimit-used", 5000.into());
        headers.insert("x-ratelimit-reset", reset.into());
        headers.insert("x-ratelimit-resource", http::HeaderValue::from_static("core"));
    }
    response
}

fn notion_limited(kind: LimitKind, retry_after_secs: Option<u64>) -> Response<Bytes> {
    let (status, code, reason) = match kind {
        LimitKind::Primary403
        | LimitKind::Primary429
        | LimitKind::Secondary403
        | LimitKind::Secondary429 => (429, "rate_limited", Some("public_api_request_rate_limit")),
        LimitKind::Blocked => (429, "rate_limited", Some("public_api_request_blocked")),
        LimitKind::Overloaded => (529, "service_overload", None),
    };
    let mut body = notion_error_body(
        status,
        code,
        "You have been rate limited. Please try again in a few minutes.",
    );
    if let (Some(reason), Some(object)) = (reason, body.as_object_mut()) {
        // Texts only, and the wait only when the header has it, too (notion-api §2, §12).
        let mut data = json!({ "rate_limit_reason": reason });
        if let Some(secs) = retry_after_secs {
            data["retry_after"] = json!(secs.to_string());
        }
        object.insert("additional_data".to_owned(), data);
    }
    with_type(status, "application/json; charset=utf-8", body.to_string())
}

fn github_message(status: u16) -> &'static str {
    match status {
        401 => "Bad credentials",
        403 => "Resource not accessible by personal access token",
        404 => "Not Found",
        410 => "This issue was deleted",
        422 => "Validation Failed",
        500..=599 => "Server Error",
        _ => "Bad Request",
    }
}

fn notion_code(status: u16) -> &'static str {
    match status {
        401 => "unauthorized",
        403 => "restricted_resource",
        404 => "object_not_found",
        409 => "conflict_error",
        429 => "rate_limited",
        500 => "internal_server_error",
        502 => "bad_gateway",
        503 => "service_unavailable",
        504 => "gateway_timeout",
        529 => "service_overload",
        _ => "validation_error",
    }
}

fn github_error(status: u16, message: &str) -> Response<Bytes> {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    with_type(status, "application/json; charset=utf-8", body.to_string())
}

fn notion_error(status: u16, code: &str, message: &str) -> Response<Bytes> {
    with_type(
        status,
        "application/json; charset=utf-8",
        notion_error_body(status, code, message).to_string(),
    )
}

fn notion_error_body(status: u16, code: &str, message: &str) -> serde_json::Value {
    json!({
        "object": "error",
        "status": status,
        "code": code,
        "message": message,
        "request_id": "00000000-0000-4000-8000-000000000000",
    })
}

fn with_type(status: u16, content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
    response
}
