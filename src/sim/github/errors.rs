//! How GitHub says no (github-api §1.7, §2.7).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// A refusal on its way to becoming an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    message: String,
    errors: Option<Value>,
    location: Option<String>,
    retry_after_secs: Option<i64>,
}

/// What every endpoint returns.
pub(super) type Answer = Result<Response<Bytes>, Refusal>;

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            message: message.into(),
            errors: None,
            location: None,
            retry_after_secs: None,
        }
    }

    pub(super) fn not_found() -> Refusal {
        Refusal::new(404, "Not Found")
    }

    pub(super) fn must_be_admin() -> Refusal {
        Refusal::new(403, "Must have admin rights to Repository.")
    }

    pub(super) fn issues_disabled(status: u16) -> Refusal {
        Refusal::new(status, "Issues has been disabled in this repository.")
    }

    pub(super) fn moved(status: u16, location: String) -> Refusal {
        Refusal { location: Some(location), ..Refusal::new(status, "Moved Permanently") }
    }

    /// A 422 with one entry in `errors`.
    pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Refusal {
        Refusal::validation(json!([{ "resource": resource, "field": field, "code": code }]))
    }

    /// A 422 with one entry that has its own message.
    pub(super) fn custom(resource: &str, field: &str, message: &str) -> Refusal {
        Refusal::validation(
            json!([{ "resource": resource, "code": "custom", "field": field, "message": message }]),
        )
    }

    /// A 422 with one entry that names the value.
    pub(super) fn invalid_value(resource: &str, field: &str, value: &str) -> Refusal {
        Refusal::validation(
            json!([{ "resource": resource, "field": field, "code": "invalid", "value": value }]),
        )
    }

    /// A 422 with these `errors`.
    pub(super) fn validation(errors: Value) -> Refusal {
        Refusal { errors: Some(errors), ..Refusal::new(422, "Validation Failed") }
    }

    /// A 422 for a value of the wrong JSON type.
    pub(super) fn wrong_type(property: &str, expected: &str) -> Refusal {
        Refusal::new(
            422,
            format!(
                "Invalid request.\n\nFor 'properties/{property}', the value is not {expected}."
            ),
        )
    }

    /// A 422 for something GitHub would ignore and a test wants to hear about.
    pub(super) fn unknown_property(name: &str) -> Refusal {
        Refusal::new(422, format!("Invalid request.\n\n\"{name}\" is not a permitted key."))
    }

    pub(super) fn retry_after(mut self, secs: Option<i64>) -> Refusal {
        self.retry_after_secs = secs;
        self
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let mut body = json!({
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest/issues/issues",
            "status": self.status.to_string(),
        });
        if let (Some(errors), Some(object)) = (self.errors, body.as_object_mut()) {
            object.insert("errors".to_owned(), errors);
        }
        if let (Some(location), Some(object)) = (&self.location, body.as_object_mut()) {
            object.insert("url".to_owned(), json!(location));
        }
        let mut response = answer_json(self.status, &body);
        let headers = response.headers_mut();
        if let Some(location) =
            self.location.and_then(|location| HeaderValue::from_str(&location).ok())
        {
            headers.insert(header::LOCATION, location);
        }
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, secs.into());
        }
        response
    }
}

/// An answer with a JSON body.
pub(super) fn answer_json(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// 204: done, and nothing to say.
pub(super) fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
