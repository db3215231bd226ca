//! What may become of an answer on its way: structure, bytes, headers and status, by chance.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value as Json;
use tandem::remote::{Request, Response};

use crate::texts::Rng;

/// How an answer may be spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// So that whoever looks can see it: nothing of it may be taken for a value.
    Visibly,
    /// In any way, lies among them.
    Anyhow,
}

/// Keys that may well be null or missing: without them an answer says something else, but is none the worse.
const MAY_BE_MISSING: &[&str] = &[
    "body",
    "state_reason",
    "closed_at",
    "user",
    "type",
    "milestone",
    "select",
    "status",
    "date",
    "url",
    "number",
    "person",
    "email",
    "data",
    "repository",
    "issue",
    "lastEditedAt",
    "name",
    "time_zone",
    "truncated",
    "unknown_block_ids",
];
/// Keys that are read; a document has many more.
const READ: &[&str] = &[
    "title",
    "html_url",
    "state",
    "labels",
    "assignees",
    "milestone",
    "number",
    "id",
    "name",
    "login",
    "created_at",
    "updated_at",
    "event",
    "errors",
    "message",
    "code",
    "results",
    "has_more",
    "next_cursor",
    "properties",
    "plain_text",
    "text",
    "content",
    "people",
    "multi_select",
    "created_time",
    "last_edited_time",
    "in_trash",
    "parent",
    "data_source_id",
    "object",
    "markdown",
    "body",
    "closed_at",
    "url",
    "select",
    "status",
    "rich_text",
    "start",
];
const JUNK: &str = "{\"zqjunk\":[1]}";
/// Stands in a document where raw text is to be put.
const HOLE: &str = "\u{f8ff}hole";

/// Values of every kind, as they stand in JSON or do not.
const RAW: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "18446744073709551616",
    "9007199254740993",
    "1.5",
    "-0",
    "\"\"",
    "\" \"",
    "\"zqlie\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\u202e\\n\"",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "NaN",
    "\"1979-05-27\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "\"+275760-09-13T00:00:00Z\"",
    "\"-262143-01-01T00:00:00Z\"",
    "\"0000-00-00T00:00:00Z\"",
    "\"2026-01-05T09:00:60Z\"",
    "\"00000000-0000-0000-0000-000000000000\"",
    "\"https://github.com/acme/app/issues/1\"",
    "\"https://evil.example/acme/app/issues/1\"",
    "\"open\"",
    "\"closed\"",
    "\"acme/app\"",
    "\"../..\"",
    "\"%2e%2e\"",
    "\"a b\"",
    "\"💥\"",
];
const STATUSES: &[u16] = &[
    200, 201, 202, 204, 206, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 410,
    411, 412, 413, 415, 418, 421, 422, 426, 429, 431, 451, 499, 500, 501, 502, 503, 504, 520, 529,
    599, 999,
];
/// Those that claim nothing that could be believed and is not so.
const FAILURES: &[u16] =
    &[400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529, 599];
const HEADERS: &[(&str, &[&str])] = &[
    (
        "date",
        &[
            "",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "soon",
            "Mon, 05 Jan 2026 09:00:00 -1200",
        ],
    ),
    (
        "retry-after",
        &[
            "",
            "0",
            "-5",
            "18446744073709551615",
            "99999999999999999999",
            "1.5",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ],
    ),
    ("x-ratelimit-remaining", &["0", "-1", "x"]),
    (
        "x-ratelimit-reset",
        &["0", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "x"],
    ),
    (
        "link",
        &[
            "",
            "<>; rel=\"next\"",
            "<",
            "<https://evil.example/x>; rel=\"next\"",
            "<//x>; rel=next",
            "</repos/acme/app/issues?page=2>; rel=\"next\"",
            "<https://api.github.com/%>; rel=\"next\"",
            "<http://[::1]/>;rel=next",
        ],
    ),
    ("etag", &["", "\"", "W/\"x\"", "\u{e9}"]),
    ("content-type", &["", "text/html", "application/json", "x"]),
    (
        "location",
        &[
            "",
            "x",
            "https://evil.example/",
            "https://api.github.com/repositories/1/issues/1",
            "https://api.github.com/repos/acme/app/issues/2",
            "//",
        ],
    ),
];

/// Spoils an answer and says how.
pub(crate) fn spoil(
    response: &mut Response,
    request: &Request,
    manner: Manner,
    rng: &mut Rng,
) -> String {
    match (manner, rng.below(12)) {
        (_, 0..6) => structure(response, manner, rng),
        (Manner::Visibly, 6 | 7) | (Manner::Anyhow, 6) => cut(response, rng),
        (Manner::Visibly, _) => failure(response, request, rng),
        (Manner::Anyhow, 7) => bytes(response, rng),
        (Manner::Anyhow, 8) => echo(response, request, rng),
        (Manner::Anyhow, 9) => {
            let status = *rng.pick(&STATUSES.iter().collect::<Vec<_>>());
            set_status(response, status);
            format!("status {status}")
        }
        (Manner::Anyhow, _) => headers(response, rng),
    }
}

fn set_status(response: &mut Response, status: u16) {
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
}

/// Ends in the middle, so that no part of it is a document.
fn cut(response: &mut Response, rng: &mut Rng) -> String {
    let len = response.body().len();
    let at = rng.below(len.max(1));
    // Behind the last bracket nothing is missing.
    let body = response.body().slice(..at.min(len.saturating_sub(1)));
    *response.body_mut() = body;
    format!("cut at byte {at} of {len}")
}

/// A status that leaves open what was done, over whatever body there is.
fn failure(response: &mut Response, request: &Request, rng: &mut Rng) -> String {
    let is_asking = request.method().is_safe() || request.uri().path().ends_with("/query");
    // A refusal of what was done is a lie.
    let statuses = if is_asking { FAILURES } else { &[408, 500, 502, 503, 504, 599] };
    let status = *rng.pick(&statuses.iter().collect::<Vec<_>>());
    set_status(response, status);
    if rng.one_in(2) {
        let html = "<html><body>zqjunk</body></html>";
        *response.body_mut() = Bytes::from_static(html.as_bytes());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
    format!("status {status}")
}

fn bytes(response: &mut Response, rng: &mut Rng) -> String {
    let mut body = response.body().to_vec();
    let at = rng.below(body.len() + 1);
    let said = match rng.below(5) {
        0 => {
            body.insert(at, u8::try_from(rng.below(256)).unwrap());
            "a byte more"
        }
        1 if at < body.len() => {
            body[at] ^= 1 << rng.below(8);
            "a bit flipped"
        }
        2 => {
            let tail = body.split_off(at);
            body = [tail, body].concat();
            "turned around"
        }
        3 => {
            body = [b"\xef\xbb\xbf".to_vec(), body].concat();
            "a byte order mark"
        }
        _ => {
            body = body[..at].repeat(2);
            "a part twice"
        }
    };
    *response.body_mut() = Bytes::from(body);
    format!("{said}, at {at}")
}

/// An error that quotes what it was asked, as some proxies do.
fn echo(response: &mut Response, request: &Request, rng: &mut Rng) -> String {
    let status = *rng.pick(&STATUSES[11..].iter().collect::<Vec<_>>());
    let asked = String::from_utf8_lossy(request.body());
    let who = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let words = format!("Bad request: {asked} by {}", who.unwrap_or_default());
    let code = rng.pick(&["validation_error", "conflict_error", "unauthorized", "custom", ""]);
    let body = serde_json::json!({
        "object": "error", "status": status, "code": code, "message": words,
        "errors": [{"message": words, "code": code, "field": words, "resource": "Issue"}],
        "additional_data": {"rate_limit_reason": words, "retry_after": words},
    });
    set_status(response, status);
    *response.body_mut() = Bytes::from(body.to_string());
    format!("status {status} with a quotation")
}

fn headers(response: &mut Response, rng: &mut Rng) -> String {
    let (name, values) = *rng.pick(&HEADERS.iter().collect::<Vec<_>>());
    let header = HeaderName::from_static(name);
    if rng.one_in(4) {
        response.headers_mut().remove(header);
        return format!("without the header {name}");
    }
    let value = rng.pick(values);
    response.headers_mut().insert(header, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    if name == "retry-after" || name.starts_with("x-") {
        set_status(response, if rng.one_in(2) { 429 } else { 403 });
    }
    format!("header {name}: {value}")
}

/// A way through a document.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

fn structure(response: &mut Response, manner: Manner, rng: &mut Rng) -> String {
    let Ok(mut json) = serde_json::from_slice::<Json>(response.body()) else {
        return cut(response, rng);
    };
    let mut all = Vec::new();
    ways(&json, &mut Vec::new(), &mut all);
    let is_read = |way: &Vec<Step>| match way.last() {
        Some(Step::Key(key)) => READ.contains(&key.as_str()),
        Some(Step::Index(_)) | None => false,
    };
    let some: Vec<Vec<Step>> = (0..4).map(|_| all[rng.below(all.len())].clone()).collect();
    let Some(way) = some.iter().find(|way| is_read(way)).or(some.first()).cloned() else {
        return String::new();
    };
    let shown = shown(&way);
    let Some(there) = at(&mut json, &way) else { return String::new() };
    let old = there.clone();
    let key = way.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    let is_needed = !key.is_some_and(|key| MAY_BE_MISSING.contains(&key));
    let choice = rng.below(6);
    let said = match (way.split_last(), manner, choice) {
        (Some((Step::Key(key), parent)), _, 0) if manner == Manner::Anyhow || is_needed => {
            if let Some(Json::Object(object)) = at(&mut json, parent) {
                object.remove(key);
            }
            *response.body_mut() = Bytes::from(json.to_string());
            return format!("{shown} dropped");
        }
        (Some((Step::Index(index), parent)), Manner::Anyhow, 0 | 1) => {
            if let Some(Json::Array(items)) = at(&mut json, parent) {
                if choice == 0 { drop(items.remove(*index)) } else { items.insert(*index, old) }
            }
            *response.body_mut() = Bytes::from(json.to_string());
            return format!("{shown} dropped or doubled");
        }
        (Some((Step::Key(key), _)), _, 1) => {
            // Twice the same key, the second time with something that it never holds.
            let key = Json::from(key.as_str());
            format!("{old},{key}:{}", wrong(&old, rng))
        }
        (_, Manner::Visibly, 2) if is_needed && !old.is_null() => "null".to_owned(),
        (_, Manner::Visibly, _) => wrong(&old, rng),
        (_, Manner::Anyhow, 2) => {
            let from = all[rng.below(all.len())].clone();
            at(&mut json, &from).map_or_else(|| "null".to_owned(), |other| other.to_string())
        }
        (_, Manner::Anyhow, 3) => match rng.below(6) {
            0 => format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000)),
            1 => format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100)),
            2 => format!("\"{}\"", "zqlong ".repeat(30_000)),
            _ => wrong(&old, rng),
        },
        (_, Manner::Anyhow, _) => rng.pick(RAW).to_owned(),
    };
    if let Some(there) = at(&mut json, &way) {
        *there = Json::from(HOLE);
    }
    let hole = Json::from(HOLE).to_string();
    *response.body_mut() = Bytes::from(json.to_string().replacen(&hole, &said, 1));
    let said: String = said.chars().take(60).collect();
    format!("{shown} = {said}")
}

/// Something of another type than what is there.
fn wrong(old: &Json, rng: &mut Rng) -> String {
    let is_time = old.as_str().is_some_and(|text| text.len() > 18 && text.contains("T0"));
    let choices: &[&str] = match old {
        Json::String(_) if is_time => &["\"2026-13-45T99:99:99Z\"", "17", JUNK],
        Json::String(_) => &["17", "[\"zqjunk\"]", JUNK, "true"],
        Json::Number(_) => &["\"zqjunk\"", "[17]", JUNK, "-1.5e300"],
        Json::Bool(_) => &["\"zqjunk\"", "17", JUNK],
        Json::Array(_) => &["\"zqjunk\"", "17", JUNK],
        Json::Object(_) => &["\"zqjunk\"", "17", "[\"zqjunk\"]"],
        Json::Null => &[JUNK, "[[1]]"],
    };
    rng.pick(choices).to_owned()
}

fn ways(json: &Json, so_far: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
    all.push(so_far.clone());
    let inner: Vec<(Step, &Json)> = match json {
        Json::Object(object) => {
            object.iter().map(|(key, it)| (Step::Key(key.clone()), it)).collect()
        }
        Json::Array(items) => {
            items.iter().enumerate().map(|(n, it)| (Step::Index(n), it)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => return,
    };
    for (step, it) in inner {
        so_far.push(step);
        ways(it, so_far, all);
        so_far.pop();
    }
}

fn at<'j>(json: &'j mut Json, way: &[Step]) -> Option<&'j mut Json> {
    way.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get_mut(key),
        Step::Index(index) => json.get_mut(index),
    })
}

fn shown(way: &[Step]) -> String {
    way.iter()
        .map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}
