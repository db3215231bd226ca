//! From a request to an answer: what every endpoint has in common.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use sha2::{Digest, Sha256};

use super::call::{Call, Version, address, sent_token};
use super::errors::{Answer, Refusal};
use super::images;
use super::limits::Cost;
use super::routes::{self, Route};
use super::state::State;
use crate::model::Side;
use crate::sim::operation;

/// Answers one request.
pub fn handle(state: &mut State, now: DateTime<Utc>, request: &Request<Bytes>) -> Response<Bytes> {
    if request.headers().get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        return without_user_agent();
    }
    if let Some(image) = images::answer(request, now) {
        return image;
    }
    let (base, path) = address(state, request);
    let Some(path) = path else {
        return stray(state, request, Refusal::not_found()).into_response();
    };
    let (login, answer) = match Call::read(state, now, request, base, path) {
        Ok(call) => (Some(call.login.clone()), admit_and_answer(state, &call, request)),
        Err(refusal) => (None, Err(refusal)),
    };
    let mut response = answer.unwrap_or_else(Refusal::into_response);
    response = images::with_html(request, now, response);
    if *request.method() == Method::GET && response.status() == StatusCode::OK {
        response = conditional(request, response);
    }
    if let Some(login) = &login {
        pay(state, login, now, request, &response);
    }
    // A secondary limit without Retry-After was seen without any header that tells about limits (§6.3).
    if state.options.limits.headers && !is_bare_limit(&response) {
        let spending =
            login.as_ref().and_then(|login| state.spending.get(login)).cloned().unwrap_or_default();
        spending.write_headers(&state.options.limits, now, response.headers_mut());
    }
    write_common_headers(state, request, response.headers_mut());
    response
}

fn is_bare_limit(response: &Response<Bytes>) -> bool {
    matches!(response.status().as_u16(), 403 | 429)
        && !response.headers().contains_key(header::RETRY_AFTER)
        && String::from_utf8_lossy(response.body()).contains("secondary rate limit")
}

/// Notes a request that no served route was meant for.
fn stray(state: &mut State, request: &Request<Bytes>, refusal: Refusal) -> Refusal {
    state.strays.push(format!("{} {}", request.method(), request.uri()));
    refusal
}

fn admit_and_answer(state: &mut State, call: &Call<'_>, request: &Request<Bytes>) -> Answer {
    let route = routes::parse(&call.path);
    let cost = cost(call, route.as_ref());
    let spending = state.spending.entry(call.login.clone()).or_default();
    spending.admit(&state.options.limits, cost, call.now)?;
    let operation = operation(Side::GitHub, call.method, &call.path);
    match route
        .filter(|_| operation.is_some())
        .and_then(|route| routes::endpoint(call.method, route))
    {
        Some(endpoint) => routes::answer(state, call, endpoint),
        None => Err(stray(state, request, Refusal::not_found())),
    }
}

fn cost(call: &Call<'_>, route: Option<&Route>) -> Cost {
    let creates =
        *call.method == Method::POST && route.is_some_and(Route::holds_what_can_be_created);
    Cost {
        // A question is a question, whatever its method (§6.2).
        points: if call.method.is_safe() || route == Some(&Route::GraphQl) { 1 } else { 5 },
        creates,
        is_free: matches!(route, Some(Route::RateLimit)),
    }
}

/// A 304, a refusal by a limit and `GET /rate_limit` are free on the hourly budget (§5, §6.1).
fn pay(
    state: &mut State,
    login: &str,
    now: DateTime<Utc>,
    request: &Request<Bytes>,
    response: &Response<Bytes>,
) {
    let limited = matches!(response.status().as_u16(), 403 | 429)
        && String::from_utf8_lossy(response.body()).contains("rate limit");
    let is_free = response.status() == StatusCode::NOT_MODIFIED
        || limited
        || request.uri().path().ends_with("/rate_limit");
    if !is_free {
        state.spending.entry(login.to_owned()).or_default().pay(now);
    }
}

/// ETags are bound to URL, token and Accept (§5). A 304 has no body, `Link` or `Content-Type`.
fn conditional(request: &Request<Bytes>, mut response: Response<Bytes>) -> Response<Bytes> {
    let mut hash = Sha256::new();
    let accept = request.headers().get(header::ACCEPT).map_or(&b""[..], |accept| accept.as_bytes());
    for part in [
        request.uri().to_string().as_bytes(),
        sent_token(request).unwrap_or_default().as_bytes(),
        accept,
        response.headers().get(header::LINK).map_or(&b""[..], |link| link.as_bytes()),
        response.body(),
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let opaque = format!("\"{}\"", hex::encode(hash.finalize()));
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().any(|sent| {
        let sent = sent.to_str().unwrap_or_default();
        sent.split(',').any(|tag| tag.trim().trim_start_matches("W/") == opaque)
    });
    if known {
        response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("W/{opaque}")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=60, s-maxage=60"),
    );
    response
}

fn write_common_headers(state: &State, request: &Request<Bytes>, headers: &mut HeaderMap) {
    let version = Version::read(state, request).unwrap_or(Version::V2022);
    headers.insert("x-github-api-version-selected", HeaderValue::from_static(version.as_str()));
    headers.insert("x-github-media-type", HeaderValue::from_static("github.v3; format=json"));
    headers.insert(
        "x-github-request-id",
        HeaderValue::from_static("0683:13C7:1074B74:2631A8B:62D63574"),
    );
}

fn without_user_agent() -> Response<Bytes> {
    let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
