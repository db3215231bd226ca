//! Images that people attach to issues: only those see them who may see the repository. The HTML of a body shows each under
//! an address that is good for minutes, whoever asks.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The media type that asks for a body as markdown, text and HTML.
const FULL: &[u8] = b"application/vnd.github.full+json";
const ATTACHED: &str = "https://github.com/user-attachments/assets/";
const HOST: &str = "private-user-images.githubusercontent.com";
const GOOD_FOR_MINUTES: i64 = 5;
/// What every image here holds.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Adds the HTML of the body to an issue, where it was asked for: no more of it than the images.
pub(super) fn with_html(
    request: &Request<Bytes>,
    now: DateTime<Utc>,
    response: Response<Bytes>,
) -> Response<Bytes> {
    let asked = request.headers().get(header::ACCEPT).is_some_and(|kind| kind.as_bytes() == FULL);
    if !asked || response.status() != StatusCode::OK {
        return response;
    }
    response.map(|bytes| {
        let mut object: Json = serde_json::from_slice(&bytes).unwrap_or_default();
        let Some(body) = object.get("body").map(|body| body.as_str().unwrap_or_default()) else {
            return bytes;
        };
        let images: Vec<String> = attachments(body).map(|name| image(name, now)).collect();
        object["body_html"] = format!("<p dir=\"auto\">{}</p>", images.join("<br>")).into();
        Bytes::from(object.to_string())
    })
}

fn attachments(body: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_hexdigit() || c == '-';
    body.split(ATTACHED).skip(1).map(move |rest| {
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    })
}

fn image(name: &str, now: DateTime<Utc>) -> String {
    let until = (now + TimeDelta::minutes(GOOD_FOR_MINUTES)).timestamp();
    let path = format!("/1/2-{name}.png");
    let key = key(&path, until);
    format!("<img src=\"https://{HOST}{path}?jwt={key}&amp;until={until}\" alt=\"image\">")
}

fn key(path: &str, until: i64) -> String {
    hex::encode(Sha256::digest(format!("{path} until {until}")))
}

/// Answers a request to the host of the images; `None` when it is for another. It is none of the API: a token sent
/// there was given away, and is refused.
pub(super) fn answer(request: &Request<Bytes>, now: DateTime<Utc>) -> Option<Response<Bytes>> {
    (request.uri().host() == Some(HOST)).then(|| {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let value = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query);
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let until = value("until").and_then(|until| until.parse().ok()).unwrap_or(0);
        let is_key = value("jwt") == Some(key(request.uri().path(), until));
        let is_fine = request.method() == Method::GET
            && !request.headers().contains_key(header::AUTHORIZATION)
            && is_key
            && now.timestamp() < until;
        let mut response = Response::new(Bytes::new());
        if is_fine {
            *response.body_mut() = Bytes::from_static(PNG);
            let kind = header::HeaderValue::from_static("image/png");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        } else {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        response
    })
}
