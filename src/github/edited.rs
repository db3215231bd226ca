//! When a body was last edited, which only GraphQL tells (github-api §4). Asked only when a conflict needs it.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Deserialize;
use serde_json::json;

use super::client::Client;
use super::pages::decode;
use super::reader::about;
use crate::model::{IssueRef, Side};
use crate::remote::RemoteError;

const QUERY: &str = "query($owner: String!, $name: String!, $number: Int!) { \
     repository(owner: $owner, name: $name) { issue(number: $number) { createdAt lastEditedAt } } }";

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    issue: Option<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(rename = "createdAt")]
    created: DateTime<Utc>,
    #[serde(rename = "lastEditedAt", default)]
    edited: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

/// The time of the last edit, or of the creation where there was none. What GitHub does not tell this token is
/// unknown, which makes a conflict a tie.
pub(super) async fn body_edited(
    client: &Client,
    at: &IssueRef,
) -> Result<Option<DateTime<Utc>>, RemoteError> {
    let name = at.to_string();
    let variables =
        json!({ "owner": at.repo.owner(), "name": at.repo.name(), "number": at.number.0 });
    let question = json!({ "query": QUERY, "variables": variables });
    let response = client.ask(&question).await.map_err(|error| about(error, &name))?;
    let answer: Answer = decode(&response, &name)?;
    let issue = answer.data.and_then(|data| data.repository).and_then(|repo| repo.issue);
    if let Some(issue) = issue {
        return Ok(Some(issue.edited.unwrap_or(issue.created).trunc_subsecs(0)));
    }
    let Some(fault) = answer.errors.first() else { return Ok(None) };
    if fault.kind == "RATE_LIMITED" {
        let what = format!("{name}: {}", fault.message);
        return Err(RemoteError::Transient { side: Side::GitHub, what });
    }
    tracing::warn!(issue = %at, kind = fault.kind, "GitHub does not tell when the body was edited");
    Ok(None)
}
