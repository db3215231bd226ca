//! Every way Notion says no (notion-api.md §12), with its wording where a real answer was recorded.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

/// An answer other than 200.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) additional_data: Option<Map<String, Json>>,
    pub(super) retry_after_secs: Option<u64>,
}

pub(super) type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code,
            message: message.into(),
            additional_data: None,
            retry_after_secs: None,
        }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Json>) -> Refusal {
        self.additional_data.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    pub(super) fn validation(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "validation_error", message)
    }

    pub(super) fn invalid_url() -> Refusal {
        Refusal::new(400, "invalid_request_url", "Invalid request URL.")
    }

    pub(super) fn unauthorized() -> Refusal {
        Refusal::new(401, "unauthorized", "API token is invalid.")
    }

    pub(super) fn restricted(what: &str) -> Refusal {
        Refusal::new(
            403,
            "restricted_resource",
            format!(
                "Insufficient permissions for this endpoint: the connection lacks the capability to {what}."
            ),
        )
    }

    /// Unknown, unshared and wrong kind of id are one answer, so that nothing can be probed.
    pub(super) fn not_found(
        kind: &str,
        id: &str,
        connection: &str,
        connection_id: Uuid,
    ) -> Refusal {
        Refusal::new(
            404,
            "object_not_found",
            format!(
                "Could not find {kind} with ID: {id}. Make sure the relevant pages and databases are shared \
                 with your integration \"{connection}\"."
            ),
        )
        .with("integration_id", connection_id.to_string())
    }

    pub(super) fn trashed() -> Refusal {
        Refusal::validation(
            "Can't edit block that is archived. You must unarchive the block before editing.",
        )
    }

    /// The body, without its `request_id`.
    pub(super) fn body(&self) -> Json {
        let mut body = json!({
            "object": "error", "status": self.status, "code": self.code, "message": self.message,
        });
        if let (Some(data), Some(object)) = (&self.additional_data, body.as_object_mut()) {
            object.insert("additional_data".to_owned(), Json::Object(data.clone()));
        }
        body
    }
}
