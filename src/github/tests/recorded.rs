//! Answers real servers gave (`../shared/data/github-recorded`), where they are at hand.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::Value as Json;

use super::*;
use crate::github::{codec, wire};
use crate::remote::{Dialect, Kind, RemoteError, Verdict};

fn recorded(name: &str) -> Option<Json> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/github-recorded");
    let path = folder.join(name);
    let read = std::fs::read_to_string(&path).ok().map(|text| serde_json::from_str(&text).unwrap());
    if read.is_none() {
        let _ = writeln!(io::stderr(), "SKIPPED: no recordings at {}", path.display());
    }
    read
}

/// Every issue anywhere in a recording.
fn issues(json: &Json, found: &mut Vec<Json>) {
    match json {
        Json::Object(object) => {
            if ["number", "html_url", "title", "state", "created_at", "labels"]
                .iter()
                .all(|key| object.contains_key(*key))
            {
                found.push(json.clone());
            }
            object.values().for_each(|inner| issues(inner, found));
        }
        Json::Array(array) => array.iter().for_each(|inner| issues(inner, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn every_recorded_issue_can_be_read_and_says_what_it_said() {
    let mapping = mapping(PropertyKind::MultiSelect);
    for file in [
        "pygithub-replay.json",
        "octokit-fixtures.json",
        "openapi-examples.json",
        "webhooks.json",
        "issue-webhook-lifecycle.json",
    ] {
        let Some(recording) = recorded(file) else { continue };
        let mut found = Vec::new();
        issues(&recording, &mut found);
        assert!(!found.is_empty(), "{file}");
        for json in found {
            let row: wire::Issue = serde_json::from_value(json.clone()).unwrap();
            let issue = codec::issue(&row, &mapping, crate::model::RepoId(0)).unwrap();
            assert_eq!(value(&issue, Field::Title), text(json["title"].as_str().unwrap()));
            assert_eq!(
                value(&issue, Field::Number),
                Value::Number(json["number"].as_u64().unwrap())
            );
            assert_eq!(issue.is_open, json["state"] == "open");
            assert_eq!(issue.labels.len(), json["labels"].as_array().unwrap().len());
            let closed = value(&issue, Field::Closed);
            assert_eq!(closed.is_empty(), json["closed_at"].is_null(), "{closed}");
        }
    }
}

#[test]
fn every_recorded_refusal_is_understood() {
    let Some(recording) = recorded("pygithub-replay.json") else { return };
    let exchanges = recording.as_object().unwrap().values().flat_map(|it| it.as_array().unwrap());
    let mut judged = 0;
    for exchange in exchanges {
        let status = u16::try_from(exchange["status"].as_u64().unwrap()).unwrap();
        let body = match &exchange["response_body"] {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut response = http::Response::builder().status(status);
        for (name, value) in exchange["response_headers"].as_object().unwrap() {
            response = response.header(name.as_str(), value.as_str().unwrap_or_default());
        }
        let response = response.body(bytes::Bytes::from(body.clone())).unwrap();
        let verdict = GithubDialect.judge(Kind::Read, &response);
        let is_right = match status {
            200..=299 | 304 => verdict == Verdict::Answer,
            401 => matches!(verdict, Verdict::Error(RemoteError::Auth { .. })),
            403 if body.contains("User Agent") => {
                matches!(verdict, Verdict::Error(RemoteError::Refused { .. }))
            }
            403 => matches!(verdict, Verdict::Limited { .. }),
            404 => matches!(verdict, Verdict::Error(RemoteError::Missing { .. })),
            400..=499 => matches!(verdict, Verdict::Error(RemoteError::Refused { .. })),
            _ => matches!(verdict, Verdict::Failed { .. }),
        };
        assert!(is_right, "{status} {body}: {verdict:?}");
        judged += 1;
    }
    assert!(judged > 50, "{judged}");
}
