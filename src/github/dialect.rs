//! What GitHub's answers mean (github-api §6.3, §2.7).

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::wire::ErrorBody;
use crate::model::Side;
use crate::remote::{Channel, Dialect, Kind, RemoteError, Request, Response, Verdict};

/// Longest piece of a server's own words in a message.
const MAX_WORDS_CHARS: usize = 300;

/// What a 401 says to people. The client recognises it: an installation's token may merely be old.
pub(super) const BAD_CREDENTIALS: &str = "the token was refused (401): it is wrong, expired or revoked; \
     make a new one and put it where `github.token` points (or check `github.app`)";

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
            let (status, words) = (status.as_u16(), ErrorBody::read(response.body()).all_words());
            let words =
                if words.is_empty() { String::new() } else { format!(": {}", shortened(&words)) };
            return Verdict::Failed { what: format!("HTTP {status}{words}") };
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

    fn bodies(&self, request: &Request) -> Vec<String> {
        let asked: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let body = asked.get("body").and_then(serde_json::Value::as_str);
        body.map(str::to_owned).into_iter().collect()
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
    if lower.contains("archived") {
        return refused_with(
            response,
            "; unarchive the repository, or take it out of `repositories`",
        );
    }
    if !names_rights(&lower) {
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
            "{words}; give its account the role Triage or Write there, and the token `Issues: read and write` (fine-grained) or the scope `repo` (classic)"
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
    refused_with(response, "")
}

fn refused_with(response: &Response, remedy: &str) -> Verdict {
    let body = ErrorBody::read(response.body());
    Verdict::Error(RemoteError::Refused {
        side: Side::GitHub,
        status: response.status().as_u16(),
        code: body.code().unwrap_or_default(),
        what: said(response) + remedy,
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
    let words = words.trim_end_matches('.');
    if words.is_empty() { format!("status {}", response.status()) } else { shortened(words) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "Mon, 05 Jan 2026 09:00:00 GMT";
    /// 90 s after `NOW`.
    const RESET: &str = "1767603690";

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let mut response = http::Response::builder().status(status).header("date", NOW);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    fn message(message: &str) -> String {
        serde_json::json!({ "message": message }).to_string()
    }

    fn judge(response: &Response) -> Verdict {
        GithubDialect.judge(Kind::Write, response)
    }

    fn error(response: &Response) -> RemoteError {
        match judge(response) {
            Verdict::Error(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_form_of_a_limit_is_a_limit_with_the_wait_it_names() {
        let primary = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", RESET)];
        let exceeded = message("API rate limit exceeded for user ID 1.");
        let secondary =
            message("You have exceeded a secondary rate limit. Please wait a few minutes.");
        let abuse = message("You have triggered an abuse detection mechanism.");
        let spam = r#"{"message":"Validation Failed","errors":[{"resource":"Issue","code":"custom","field":"title","message":"was submitted too quickly"}]}"#;
        let seconds = |secs| Some(Duration::from_secs(secs));
        for (response, expected) in [
            (answer(403, &primary, &exceeded), seconds(90)),
            (answer(429, &primary, &exceeded), seconds(90)),
            (answer(403, &[("retry-after", "7")], &secondary), seconds(7)),
            (answer(429, &[("retry-after", "3700")], "{}"), seconds(3_700)),
            (answer(403, &[], &secondary), None),
            (answer(429, &[], "{}"), None),
            (answer(429, &[], "<html>slow down</html>"), None),
            (answer(403, &[], &abuse), None),
            (answer(422, &[], spam), None),
            (
                answer(422, &[], &message("Validation failed, or the endpoint has been spammed.")),
                None,
            ),
        ] {
            let Verdict::Limited { wait, .. } = judge(&response) else { panic!("{response:?}") };
            assert_eq!(wait, expected, "{response:?}");
        }
    }

    #[test]
    fn a_reset_that_has_passed_is_waited_for_a_second() {
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "12")];
        let verdict = judge(&answer(403, &headers, &message("API rate limit exceeded")));
        assert!(
            matches!(verdict, Verdict::Limited { wait: Some(wait), .. } if wait.as_secs() == 1)
        );
    }

    #[test]
    fn the_last_request_of_the_hour_may_be_refused_for_lack_of_rights() {
        let headers = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", RESET),
            ("x-accepted-github-permissions", "issues=write"),
        ];
        let words = message("Resource not accessible by personal access token");
        let RemoteError::Auth { what, .. } = error(&answer(403, &headers, &words)) else {
            panic!()
        };
        assert!(what.contains("`issues=write`"), "{what}");
    }

    #[test]
    fn a_lack_of_rights_names_the_remedy_even_when_github_does_not() {
        let words = message("Must have admin rights to Repository.");
        let RemoteError::Auth { what, .. } = error(&answer(403, &[], &words)) else { panic!() };
        assert!(what.contains("Issues: read and write"), "{what}");
    }

    #[test]
    fn an_archived_repository_is_no_matter_of_rights() {
        let words = message("Repository was archived so is read-only.");
        assert!(matches!(
            error(&answer(403, &[], &words)),
            RemoteError::Refused { status: 403, .. }
        ));
    }

    #[test]
    fn only_a_410_that_speaks_of_deletion_is_a_deletion() {
        let deleted = message("This issue was deleted");
        let disabled = message("Issues are disabled for this repo");
        assert!(matches!(error(&answer(410, &[], &deleted)), RemoteError::Gone { .. }));
        assert!(matches!(
            error(&answer(410, &[], &disabled)),
            RemoteError::Refused { status: 410, .. }
        ));
    }

    #[test]
    fn a_422_names_its_fields_and_a_refused_label_means_the_labels() {
        let body = r#"{"message":"Validation Failed","errors":[
            {"resource":"Issue","code":"invalid","field":"assignees","value":"nobody"},
            {"resource":"Label","code":"invalid","field":"name","value":"x"}]}"#;
        let RemoteError::Refused { status, code, what, fields, .. } =
            error(&answer(422, &[], body))
        else {
            panic!()
        };
        assert_eq!(
            (status, code.as_str(), fields),
            (422, "invalid", vec!["assignees".to_owned(), "labels".to_owned()])
        );
        assert_eq!(what, "Validation Failed; assignees is invalid; name is invalid");
    }

    #[test]
    fn the_other_statuses_mean_what_they_mean() {
        let moved =
            answer(301, &[("location", "https://api.github.com/repositories/1/issues/2")], "{}");
        assert!(
            matches!(error(&moved), RemoteError::Moved { to, .. } if to.ends_with("/issues/2"))
        );
        assert!(matches!(error(&answer(307, &[], "")), RemoteError::Moved { .. }));
        assert!(matches!(error(&answer(401, &[], "{}")), RemoteError::Auth { .. }));
        assert!(matches!(error(&answer(404, &[], "{}")), RemoteError::Missing { .. }));
        assert!(matches!(error(&answer(451, &[], "{}")), RemoteError::Refused { .. }));
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(judge(&answer(status, &[], "<html>")), Verdict::Failed { .. }));
        }
        for status in [200, 201, 204, 304] {
            assert_eq!(judge(&answer(status, &[], "")), Verdict::Answer);
        }
    }

    #[test]
    fn a_page_of_html_with_200_is_nonsense_to_a_read_and_leaves_a_write_unclear() {
        let html =
            answer(200, &[("content-type", "text/html; charset=utf-8")], "<html>login</html>");
        let read = GithubDialect.judge(Kind::Read, &html);
        assert!(matches!(read, Verdict::Error(RemoteError::Nonsense { .. })));
        assert!(matches!(error(&html), RemoteError::Unclear { .. }));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_judged_and_never_quoted_at_length(
            status in 100_u16..600, body in "\\PC{0,700}", words in "\\PC{0,700}"
        ) {
            for body in [body, message(&words)] {
                let verdict = judge(&answer(status, &[("retry-after", &words)], &body));
                if let Verdict::Error(error) = &verdict {
                    prop_assert!(error.to_string().chars().count() < 600);
                }
            }
        }
    }
}
