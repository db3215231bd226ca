//! A token never reaches an error or a log (I17), not even when a proxy's refusal quotes the request it refused.

use bytes::Bytes;
use http::header::AUTHORIZATION;

use super::{Request, Response};

/// Stands where the token stood.
const CUT: &[u8] = "…".as_bytes();

/// A refusal without the token that the request came with. What went well is read for values, and never quoted.
pub(super) fn without_token(mut response: Response, request: &Request) -> Response {
    let token = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
    let token = token.and_then(|value| value.split(|byte| *byte == b' ').next_back());
    let Some(token) = token.filter(|token| !token.is_empty()) else { return response };
    if response.status().is_success() {
        return response;
    }
    if let Some(body) = without(response.body(), token) {
        *response.body_mut() = Bytes::from(body);
    }
    for value in response.headers_mut().values_mut() {
        let kept = without(value.as_bytes(), token);
        // What remains of a header is one.
        if let Some(Ok(kept)) = kept.map(|kept| http::HeaderValue::from_bytes(&kept)) {
            *value = kept;
        }
    }
    response
}

/// The bytes with the token cut out; `None` where it is not among them.
fn without(bytes: &[u8], token: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(token.len()).position(|window| window == token) {
        let (before, after) = rest.split_at(at);
        kept.extend_from_slice(before);
        kept.extend_from_slice(CUT);
        rest = after.get(token.len()..).unwrap_or_default();
    }
    kept.extend_from_slice(rest);
    (rest.len() < bytes.len()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Response {
        let response = http::Response::builder().status(status).header("location", "/?t=t0k3n");
        response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    fn request(authorization: &str) -> Request {
        let request = http::Request::builder().header(AUTHORIZATION, authorization);
        request.body(Bytes::new()).unwrap()
    }

    #[test]
    fn a_refusal_that_quotes_the_token_is_heard_without_it() {
        let heard = without_token(refusal(400, "t0k3n? bad t0k3n!"), &request("Bearer t0k3n"));
        assert_eq!(heard.body(), "…? bad …!".as_bytes());
        assert_eq!(heard.headers()["location"].as_bytes(), "/?t=…".as_bytes());
        let heard = without_token(refusal(429, "slow down"), &request("Bearer t0k3n"));
        assert_eq!(heard.body(), "slow down".as_bytes());
    }

    #[test]
    fn a_value_is_read_as_it_is() {
        let heard = without_token(refusal(200, "t0k3n"), &request("Bearer t0k3n"));
        assert_eq!(heard.body(), "t0k3n".as_bytes());
        assert_eq!(without_token(refusal(400, "x"), &request("")).body(), "x".as_bytes());
    }
}
