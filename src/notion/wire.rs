//! Requests in Notion's form, and answers read within bounds.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use url::Url;

use super::dialect;
use crate::model::Side;
use crate::remote::{Channel, RemoteError, Request, Response};

/// The newest version there is; a newer one would come with a migration guide (notion-api §1).
const NOTION_VERSION: &str = "2026-03-11";

/// Where Notion is and how to prove who we are.
#[derive(Clone)]
pub(super) struct Wire {
    base: String,
    token: SecretString,
    pub(super) channel: Channel,
}

impl Wire {
    pub(super) fn new(api_url: &Url, token: SecretString, channel: Channel) -> Wire {
        Wire { base: api_url.as_str().trim_end_matches('/').to_owned(), token, channel }
    }

    /// `path` begins after `/v1/` and is encoded already; property ids are as Notion gave them (notion-api §4.2).
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Request, RemoteError> {
        match body {
            Some(body) => self.carrying(method, path, "application/json", body.to_string().into()),
            None => self.bare(method, path, Bytes::new()),
        }
    }

    /// A POST of a form.
    pub(super) fn form(
        &self,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<Request, RemoteError> {
        self.carrying(Method::POST, path, media_type, body)
    }

    fn carrying(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<Request, RemoteError> {
        let media_type = HeaderValue::from_str(media_type)
            .map_err(|error| nonsense(format!("no media type: {error}")))?;
        let mut request = self.bare(method, path, body)?;
        request.headers_mut().insert(CONTENT_TYPE, media_type);
        Ok(request)
    }

    fn bare(&self, method: Method, path: &str, body: Bytes) -> Result<Request, RemoteError> {
        let url = format!("{}/v1/{path}", self.base);
        let uri = Uri::try_from(url)
            .map_err(|error| nonsense(format!("an id that fits no address: {error}")))?;
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization()?);
        headers.insert("notion-version", HeaderValue::from_static(NOTION_VERSION));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Response, RemoteError> {
        self.channel.read(self.request(Method::GET, path, None)?).await
    }

    /// A POST that only asks.
    pub(super) async fn ask(&self, path: &str, body: &Json) -> Result<Response, RemoteError> {
        self.channel.read(self.request(Method::POST, path, Some(body))?).await
    }

    fn authorization(&self) -> Result<HeaderValue, RemoteError> {
        let text = SecretString::from(format!("Bearer {}", self.token.expose_secret()));
        let mut value = HeaderValue::from_str(text.expose_secret()).map_err(|_| {
            dialect::auth("the token holds characters that no token has; copy it again".to_owned())
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Reads an answer. The transport bounds its size, serde_json its depth.
pub(super) fn parse<T: DeserializeOwned>(
    response: &Response,
    expected: &str,
) -> Result<T, RemoteError> {
    serde_json::from_slice(response.body()).map_err(|error| {
        // The position, not the text: an answer may hold what people wrote (I17).
        let (line, column) = (error.line(), error.column());
        let how = match error.classify() {
            serde_json::error::Category::Data => "of an unexpected shape",
            serde_json::error::Category::Eof => "that ends early",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                "that is not JSON"
            }
        };
        nonsense(format!("expected {expected}, got an answer {how} (line {line}, column {column})"))
    })
}

/// An answer that makes no sense.
pub(super) fn nonsense(what: String) -> RemoteError {
    RemoteError::Nonsense { side: Side::Notion, what }
}

/// A text inside an address.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
