//! What GitHub's answers mean (github-api §6.3, §2.7).

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::wire::ErrorBody;
use crate::model::Side;
use crate::remote::{Channel, Dialect, Kind, RemoteError, Response, Verdict};

/// Longest piece of a server's own words in a message.
const MAX_WORDS_CHARS: usize = 300;

/// What a 401 says to people. The client recognises it: an installation's token may merely be old.
pub(super) const BAD_CREDENTIALS: &str = "the token was refused (401): it is wrong, expired or revoked; \
     make a new one and set it as `github.token` (or check `github.app`)";

/// How GitHub's answers are to be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct GithubDialect;

impl Dialect for GithubDialect {
    fn side(&self) -> Side {
        Side::GitHub
    }

    fn judge(&self, kind: Kind, response: &Response) -> Verdict {
        let status = response.status();
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            // GitHub gives up after 10 s, and may have done it all the same (github-api §11).
            return Verdict::Failed { what: said(response) };
        }
        if status.is_success() {
            return judge_success(kind, response);
        }
        if let Some(limited) = limit(response) {
            return limited;
        }
        match status.as_u16() {
            304 => Verdict::Answer,
            301 | 302 | 307 | 308 => Verdict::Error(moved(response)),
            401 => auth(BAD_CREDENTIALS.to_owned()),
            403 => forbidden(response),
            404 => {
                Verdict::Error(RemoteError::Missing { side: Side::GitHub, what: said(response) })
            }
            410 => gone(response),
            300..=399 => nonsense(format!("status {status}, which is no answer to this request")),
            _ => refused(response),
        }
    }
}

fn judge_success(kind: Kind, response: &Response) -> Verdict {
    let is_html = header(response.headers(), "content-type").is_some_and(|t| t.contains("html"));
    if !is_html {
        return Verdict::Answer;
    }
    let what = format!("status {} with an HTML page instead of JSON", response.status());
    match kind {
        Kind::Read => nonsense(what),
        // Something between us answered; whether GitHub did it nobody knows.
        Kind::Write | Kind::Create => {
            Verdict::Error(RemoteError::Unclear { side: Side::GitHub, what, made: None })
        }
    }
}

/// Whether an answer is one of the many forms of "not now".
fn limit(response: &Response) -> Option<Verdict> {
    let status = response.status().as_u16();
    let body = ErrorBody::read(response.body());
    let text = body.all_words().to_lowercase();
    match status {
        403 | 429 => {
            let headers = response.headers();
            let retry_after = seconds(headers, "retry-after");
            let until_reset = (seconds(headers, "x-ratelimit-remaining") == Some(0))
                .then(|| until_reset(response))
                .flatten();
            // The last request of the hour may be refused for another reason.
            let is_about_rights = status == 403 && retry_after.is_none() && names_rights(&text);
            let names_limit =
                ["secondary rate", "abuse", "rate limit"].iter().any(|w| text.contains(w));
            let is_limit =
                status == 429 || retry_after.is_some() || until_reset.is_some() || names_limit;
            (is_limit && !is_about_rights).then(|| Verdict::Limited {
                wait: retry_after.map(Duration::from_secs).max(until_reset),
                why: said(response),
            })
        }
        // The content limit may surface as 422 (github-api §6.3, unconfirmed).
        422 => {
            let spam = text.contains("submitted too quickly")
                || (text.contains("spammed") && body.fields().is_empty());
            spam.then(|| Verdict::Limited { wait: None, why: said(response) })
        }
        _ => None,
    }
}

/// The reset is an epoch of GitHub's clock, so it is measured against GitHub's `Date`, not ours.
fn until_reset(response: &Response) -> Option<Duration> {
    let reset = i64::try_from(seconds(response.headers(), "x-ratelimit-reset")?).ok()?;
    let now = Channel::date_of(response)?.timestamp();
    let wait = reset.saturating_sub(now).max(1);
    Some(Duration::from_secs(wait.unsigned_abs()))
}

fn names_rights(text: &str) -> bool {
    ["not accessible by", "must have admin rights", "was archived", "saml", "need admin access"]
        .iter()
        .any(|words| text.contains(words))
}

fn moved(response: &Response) -> RemoteError {
    let to = header(response.headers(), "location").unwrap_or_default();
    RemoteError::Moved { what: "it".to_owned(), to: to.to_owned() }
}

fn forbidden(response: &Response) -> Verdict {
    let words = said(response);
    let lower = words.to_lowercase();
    if lower.contains("archived") || !names_rights(&lower) {
        return refused(response);
    }
    let needed = header(response.headers(), "x-accepted-github-permissions")
        .or_else(|| header(response.headers(), "x-accepted-oauth-scopes"))
        .filter(|needed| !needed.trim().is_empty());
    auth(match needed {
        Some(needed) => {
            format!("{words}; the request needs the permission `{needed}`: grant it to the token")
        }
        None => format!(
            "{words}; give the token `Issues: read and write` (fine-grained) or the scope `repo` (classic)"
        ),
    })
}

/// 410 is proof of deletion only where GitHub says so: switched-off issues answer 410 too (github-api §2.7).
fn gone(response: &Response) -> Verdict {
    let body = ErrorBody::read(response.body());
    if body.all_words().to_lowercase().contains("disabled") {
        return refused(response);
    }
    Verdict::Error(RemoteError::Gone { what: "it".to_owned() })
}

fn refused(response: &Response) -> Verdict {
    let body = ErrorBody::read(response.body());
    Verdict::Error(RemoteError::Refused {
        side: Side::GitHub,
        status: response.status().as_u16(),
        code: body.code().unwrap_or_default(),
        what: said(response),
        fields: body.fields(),
    })
}

fn auth(what: String) -> Verdict {
    Verdict::Error(RemoteError::Auth { side: Side::GitHub, what })
}

fn nonsense(what: String) -> Verdict {
    Verdict::Error(RemoteError::Nonsense { side: Side::GitHub, what })
}

/// The server's words, or the status where it has none; never a page of HTML.
fn said(response: &Response) -> String {
    let words = ErrorBody::read(response.body()).all_words();
    if words.is_empty() { format!("status {}", response.status()) } else { shortened(&words) }
}

fn shortened(words: &str) -> String {
    match words.char_indices().nth(MAX_WORDS_CHARS) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
    header(headers, name)?.trim().parse().ok()
}
