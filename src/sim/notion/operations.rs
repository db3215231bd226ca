//! The part of Notion's API that is answered here.

use crate::sim::Operation;

/// What is fixed comes before what varies: `users/me` is no user's id.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/v1/users/me"),
    Operation::new("GET", "/v1/users"),
    Operation::new("GET", "/v1/users/{user_id}"),
    Operation::new("GET", "/v1/databases/{database_id}"),
    Operation::new("GET", "/v1/data_sources/{data_source_id}"),
    Operation::new("PATCH", "/v1/data_sources/{data_source_id}"),
    Operation::new("POST", "/v1/data_sources/{data_source_id}/query"),
    Operation::new("POST", "/v1/pages"),
    Operation::new("GET", "/v1/pages/{page_id}"),
    Operation::new("PATCH", "/v1/pages/{page_id}"),
    Operation::new("GET", "/v1/pages/{page_id}/properties/{property_id}"),
    Operation::new("GET", "/v1/pages/{page_id}/markdown"),
    Operation::new("PATCH", "/v1/pages/{page_id}/markdown"),
    Operation::new("GET", "/v1/async_tasks/{async_task_id}"),
    Operation::new("POST", "/v1/file_uploads"),
    Operation::new("GET", "/v1/file_uploads/{file_upload_id}"),
    Operation::new("POST", "/v1/file_uploads/{file_upload_id}/send"),
    Operation::new("GET", "/v1/blocks/{block_id}/children"),
    Operation::new("POST", "/v1/search"),
];
