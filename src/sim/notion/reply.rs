//! From an outcome to a response with Notion's headers.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::Value as Json;
use uuid::Uuid;

use super::errors::Outcome;

/// The answer of the edge in front of Notion, which is not JSON.
const TOO_LARGE: &str =
    "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n";

pub(super) fn build(outcome: Outcome<(u16, Json)>, request_id: Uuid) -> Response<Bytes> {
    let (status, mut body, retry_after_secs) = match outcome {
        Ok((status, body)) => (status, body, None),
        Err(refusal) if refusal.status == 413 => return too_large(request_id),
        Err(refusal) => (refusal.status, refusal.body(), refusal.retry_after_secs),
    };
    if let Some(object) = body.as_object_mut() {
        object.insert("request_id".to_owned(), Json::String(request_id.to_string()));
    }
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert("x-notion-request-id", id);
    }
    pass_the_edge(headers, request_id);
    if let Some(secs) = retry_after_secs {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

/// Every answer comes through the edge; one without a request id of Notion's was made there.
fn pass_the_edge(headers: &mut HeaderMap, request_id: Uuid) {
    if let Ok(ray) = HeaderValue::from_str(&format!("{:016x}-FRA", request_id.as_u64_pair().1)) {
        headers.insert("cf-ray", ray);
    }
}

fn too_large(request_id: Uuid) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(TOO_LARGE.as_bytes()));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    pass_the_edge(response.headers_mut(), request_id);
    response
}
