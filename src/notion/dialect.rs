//! What Notion's answers mean (notion-api §2, §12).

use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde::Deserialize;
use uuid::Uuid;

use crate::model::Side;
use crate::remote::{Dialect, Kind, RemoteError, Request, Response, Verdict};

/// How Notion's answers are to be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotionDialect;

/// Begins the words of a failure that the server itself admitted, as against a line that is down.
const SERVER_FAILED: &str = "the server failed with HTTP ";
/// Longest quotation of a server's words.
const MAX_QUOTE_CHARS: usize = 300;
/// A save that collided with another one may be repeated at once (notion-api §2).
const AFTER_CONFLICT: Duration = Duration::from_secs(1);

impl Dialect for NotionDialect {
    fn side(&self) -> Side {
        Side::Notion
    }

    fn judge(&self, kind: Kind, response: &Response) -> Verdict {
        let status = response.status();
        if status.is_success() {
            return judge_success(response);
        }
        // Edges answer in HTML during outages (notion-api §12): such a page proves nothing, whatever its status.
        let Some(body) = ErrorBody::of(response) else {
            return match status {
                StatusCode::PAYLOAD_TOO_LARGE => Verdict::Error(too_large("")),
                StatusCode::TOO_MANY_REQUESTS => limited(response, &ErrorBody::default(), status),
                _ => failed(status, "an answer that is not JSON"),
            };
        };
        match status.as_u16() {
            429 | 529 if body.text("rate_limit_reason") == Some("public_api_request_blocked") => {
                Verdict::Error(auth(format!(
                    "Notion has blocked this connection; waiting does not help, write to Notion's support ({})",
                    body.words()
                )))
            }
            429 | 529 => limited(response, &body, status),
            401 => Verdict::Error(auth(format!(
                "the token was refused ({}); make a new one under Settings, Connections, and put it where `notion.token` points",
                body.words()
            ))),
            403 => Verdict::Error(forbidden(kind, &body)),
            404 => Verdict::Error(RemoteError::Missing { side: Side::Notion, what: body.words() }),
            408 => failed(status, &body.words()),
            409 if body.code == "conflict_error" => conflict(kind, &body),
            413 => Verdict::Error(too_large(&body.words())),
            503 if kind == Kind::Create && body.committed().is_some() => {
                Verdict::Error(RemoteError::Unclear {
                    side: Side::Notion,
                    what: body.words(),
                    made: body.committed(),
                })
            }
            400..=499 => Verdict::Error(refused(status, body.code.clone(), body.words())),
            500..=599 => failed(status, &body.words()),
            _ => Verdict::Error(RemoteError::Nonsense {
                side: Side::Notion,
                what: format!(
                    "HTTP {status}, which its API never answers; is `notion.api_url` right?"
                ),
            }),
        }
    }

    fn bodies(&self, request: &Request) -> Vec<String> {
        let asked: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let texts = |within: &serde_json::Value| {
            let text = |key: &str| within.get(key)?.as_str().map(str::to_owned);
            ["markdown", "old_str", "new_str"].into_iter().filter_map(text).collect::<Vec<_>>()
        };
        let update = |key: &str| asked.get(key).and_then(serde_json::Value::as_object);
        let commands = ["update_content", "replace_content"].into_iter().filter_map(update);
        let inside = commands.flat_map(serde_json::Map::values).flat_map(|value| match value {
            serde_json::Value::Array(edits) => edits.iter().flat_map(texts).collect(),
            serde_json::Value::String(text) => vec![text.clone()],
            _ => Vec::new(),
        });
        texts(&asked).into_iter().chain(inside).collect()
    }
}

/// Whether the server itself failed at the request, so that a smaller one may succeed (notion-api §14, 6).
pub(super) fn is_server_failure(error: &RemoteError) -> bool {
    matches!(error, RemoteError::Transient { what, .. } if what.starts_with(SERVER_FAILED))
}

/// Whether the request was declined because of what it holds: nothing of it was carried out.
pub(super) fn is_refused_value(error: &RemoteError) -> bool {
    let RemoteError::Refused { status, code, .. } = error else { return false };
    *status == 413
        || (*status == 400 && matches!(code.as_str(), "validation_error" | "invalid_request"))
}

fn judge_success(response: &Response) -> Verdict {
    let first = response.body().iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        Verdict::Answer
    } else {
        // Nothing a smaller request would help against.
        Verdict::Failed {
            what: format!("HTTP {} with an answer that is not JSON", response.status().as_u16()),
        }
    }
}

fn failed(status: StatusCode, words: &str) -> Verdict {
    Verdict::Failed { what: format!("{SERVER_FAILED}{}: {words}", status.as_u16()) }
}

fn limited(response: &Response, body: &ErrorBody, status: StatusCode) -> Verdict {
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let secs =
        header.or_else(|| body.text("retry_after")).and_then(|text| text.trim().parse().ok());
    let reason = body.text("rate_limit_reason").map(shortened);
    let why = reason.unwrap_or_else(|| format!("HTTP {} {}", status.as_u16(), body.code));
    Verdict::Limited { wait: secs.map(Duration::from_secs), why }
}

fn conflict(kind: Kind, body: &ErrorBody) -> Verdict {
    match kind {
        Kind::Read | Kind::Write => {
            Verdict::Limited { wait: Some(AFTER_CONFLICT), why: body.words() }
        }
        // "While saving" leaves a doubt that only a create cannot afford (I3).
        Kind::Create => Verdict::Error(RemoteError::Unclear {
            side: Side::Notion,
            what: body.words(),
            made: None,
        }),
    }
}

fn forbidden(kind: Kind, body: &ErrorBody) -> RemoteError {
    let words = body.words();
    // The block limit of Free workspaces has the same status and code; only the words tell (notion-api §2).
    if kind != Kind::Read && words.to_lowercase().contains("limit") {
        return refused(StatusCode::FORBIDDEN, body.code.clone(), words);
    }
    let capability = match kind {
        Kind::Read => "read content",
        Kind::Write => "update content",
        Kind::Create => "insert content",
    };
    auth(format!(
        "the connection lacks the capability `{capability}`; tick it in the connection's settings at notion.so/profile/integrations ({words})"
    ))
}

pub(super) fn auth(what: String) -> RemoteError {
    RemoteError::Auth { side: Side::Notion, what }
}

fn too_large(words: &str) -> RemoteError {
    let what = format!("more than Notion takes in one request {words}").trim().to_owned();
    refused(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large".to_owned(), what)
}

fn refused(status: StatusCode, code: String, what: String) -> RemoteError {
    let status = status.as_u16();
    RemoteError::Refused { side: Side::Notion, status, code, what, fields: Vec::new() }
}

/// The body of an error; what is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: String,
    message: String,
    additional_data: serde_json::Map<String, serde_json::Value>,
}

impl ErrorBody {
    fn of(response: &Response) -> Option<ErrorBody> {
        let value: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
        let object = value.as_object()?;
        let text = |key: &str| {
            object.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
        };
        let more = object.get("additional_data").and_then(serde_json::Value::as_object);
        Some(ErrorBody {
            code: text("code"),
            message: text("message"),
            additional_data: more.cloned().unwrap_or_default(),
        })
    }

    fn text(&self, key: &str) -> Option<&str> {
        let value = self.additional_data.get(key)?;
        value.as_str().or_else(|| value.as_array()?.first()?.as_str())
    }

    fn committed(&self) -> Option<Uuid> {
        Uuid::try_parse(self.text("committed_resource_id")?).ok()
    }

    fn words(&self) -> String {
        shortened(if self.message.is_empty() { &self.code } else { &self.message })
    }
}

/// A quotation fit for one line of a log.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_QUOTE_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(&line)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::{Value, json};

    fn answer(status: u16, body: &str) -> Response {
        http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
    }

    fn error(status: u16, code: &str, message: &str, more: Value) -> Response {
        let body = json!({"object": "error", "status": status, "code": code, "message": message,
            "additional_data": more, "request_id": "x", "something_new": [1]});
        answer(status, &body.to_string())
    }

    fn judge(kind: Kind, response: &Response) -> Verdict {
        NotionDialect.judge(kind, response)
    }

    #[test]
    fn a_retry_after_of_more_than_a_minute_is_taken_at_its_word() {
        let mut response = error(429, "rate_limited", "slow down", json!({"retry_after": "7"}));
        response.headers_mut().insert(RETRY_AFTER, "371".parse().unwrap());
        let Verdict::Limited { wait, .. } = judge(Kind::Create, &response) else { panic!() };
        assert_eq!(wait, Some(Duration::from_secs(371)));
    }

    #[test]
    fn without_the_header_the_body_says_how_long() {
        let more = json!({"retry_after": ["12"], "rate_limit_reason": "public_api_space_request_rate_limit"});
        let verdict = judge(Kind::Read, &error(529, "service_overload", "", more));
        let why = "public_api_space_request_rate_limit".to_owned();
        assert_eq!(verdict, Verdict::Limited { wait: Some(Duration::from_secs(12)), why });
    }

    #[test]
    fn a_blocked_connection_is_not_waited_for() {
        let more = json!({"rate_limit_reason": "public_api_request_blocked"});
        let verdict = judge(Kind::Read, &error(429, "rate_limited", "blocked", more));
        assert!(matches!(verdict, Verdict::Error(RemoteError::Auth { .. })), "{verdict:?}");
    }

    #[test]
    fn a_missing_capability_is_named_by_what_was_tried() {
        for (kind, word) in [
            (Kind::Read, "`read content`"),
            (Kind::Write, "`update content`"),
            (Kind::Create, "`insert content`"),
        ] {
            let response =
                error(403, "restricted_resource", "Insufficient permissions.", json!({}));
            let Verdict::Error(RemoteError::Auth { what, .. }) = judge(kind, &response) else {
                panic!()
            };
            assert!(what.contains(word), "{what}");
        }
    }

    #[test]
    fn the_block_limit_of_a_free_workspace_is_a_refusal_in_notions_words() {
        let words = "This workspace has reached its block limit.";
        let verdict = judge(Kind::Create, &error(403, "restricted_resource", words, json!({})));
        let Verdict::Error(RemoteError::Refused { status: 403, what, .. }) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(what, words);
    }

    #[test]
    fn a_503_that_names_what_it_made_says_so_for_a_create_only() {
        let id = Uuid::from_u128(7);
        let response = error(503, "service_unavailable", "", json!({"committed_resource_id": id}));
        let Verdict::Error(RemoteError::Unclear { made, .. }) = judge(Kind::Create, &response)
        else {
            panic!()
        };
        assert_eq!(made, Some(id));
        assert!(matches!(judge(Kind::Write, &response), Verdict::Failed { .. }));
    }

    #[test]
    fn html_is_a_failure_whatever_its_status() {
        for status in [200, 400, 403, 404, 500, 502, 504] {
            let verdict = judge(Kind::Read, &answer(status, "<html>Bad gateway</html>"));
            assert!(matches!(verdict, Verdict::Failed { .. }), "{status}: {verdict:?}");
        }
        let verdict = judge(Kind::Read, &answer(413, "<html>"));
        assert!(matches!(verdict, Verdict::Error(RemoteError::Refused { status: 413, .. })));
    }

    #[test]
    fn a_collision_is_repeated_but_never_for_a_create() {
        let response = error(409, "conflict_error", "Conflict occurred while saving.", json!({}));
        assert!(matches!(judge(Kind::Write, &response), Verdict::Limited { .. }));
        let verdict = judge(Kind::Create, &response);
        assert!(matches!(verdict, Verdict::Error(RemoteError::Unclear { made: None, .. })));
    }

    #[test]
    fn an_error_of_any_shape_gets_a_verdict() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "{\"code\":5,\"additional_data\":3}",
            "{\"message\":null}",
            "\u{0}",
        ] {
            for status in [300, 400, 401, 403, 404, 409, 418, 429, 500, 503, 529] {
                for kind in [Kind::Read, Kind::Write, Kind::Create] {
                    assert_ne!(judge(kind, &answer(status, body)), Verdict::Answer);
                }
            }
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let long = "é".repeat(1000);
        assert_eq!(shortened(&long).chars().count(), MAX_QUOTE_CHARS + 1);
    }
}
