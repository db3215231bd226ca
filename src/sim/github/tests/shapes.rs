//! Our answers have the keys of the recorded ones.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::*;

/// A file of recordings; `None`, loudly, where they are not at hand.
fn recorded(name: &str) -> Option<Value> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/github-recorded").join(name);
    let read = std::fs::read_to_string(&path).ok().map(|text| serde_json::from_str(&text).unwrap());
    if read.is_none() {
        let _ = writeln!(io::stderr(), "SKIPPED: no recordings at {}", path.display());
    }
    read
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

/// Every key of the recording that we lack, and every key of ours that it lacks, nested objects included.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    let (theirs_keys, ours_keys) = (keys(theirs), keys(ours));
    found.extend(theirs_keys.difference(&ours_keys).map(|key| format!("we lack {path}.{key}")));
    found
        .extend(ours_keys.difference(&theirs_keys).map(|key| format!("only we have {path}.{key}")));
    for key in theirs_keys.intersection(&ours_keys) {
        differences(&format!("{path}.{key}"), &theirs[key], &ours[key], found);
    }
    if let (Some(theirs), Some(ours)) = (theirs.as_array(), ours.as_array())
        && let (Some(theirs), Some(ours)) = (theirs.first(), ours.first())
    {
        differences(&format!("{path}[]"), theirs, ours, found);
    }
}

fn assert_same_keys(what: &str, theirs: &Value, ours: &Value, allowed: &[&str]) {
    let mut found = Vec::new();
    differences(what, theirs, ours, &mut found);
    found.retain(|difference| !allowed.contains(&difference.as_str()));
    assert!(found.is_empty(), "{found:#?}");
}

/// A closed issue with everything on it.
fn full_hub() -> Hub {
    let mut hub = Hub::new();
    hub.send(
        "POST",
        "/repos/acme/app/milestones",
        &json!({"title": "v1", "due_on": "2026-07-01T12:00:00Z"}),
    );
    hub.send(
        "POST",
        ISSUES,
        &json!({"title": "t", "body": "b", "labels": ["bug"], "assignees": ["paul"], "milestone": 1, "type": "Bug"}),
    );
    hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"state": "closed"}));
    hub
}

/// The newest recording of a request whose path ends so.
fn exchange<'a>(recordings: &'a Value, group: &str, method: &str, path_end: &str) -> &'a Value {
    let exchanges = recordings[group].as_array().unwrap();
    let is_meant =
        |one: &&Value| one["method"] == method && one["path"].as_str().unwrap().ends_with(path_end);
    exchanges.iter().find(is_meant).unwrap_or_else(|| panic!("no {method} {path_end} in {group}"))
}

#[test]
fn an_issue_has_exactly_the_recorded_keys() {
    let Some(recordings) = recorded("pygithub-replay.json") else { return };
    let theirs = &exchange(&recordings, "Issue", "GET", "/issues/28")["response_body"];
    let ours = full_hub().get(&format!("{ISSUES}/1")).json;
    assert_same_keys("issue", theirs, &ours, &[]);
}

#[test]
fn a_row_of_the_issue_list_has_the_recorded_keys_and_what_came_since() {
    let Some(recordings) = recorded("octokit-fixtures.json") else { return };
    let exchanges = recordings["paginate-issues"].as_array().unwrap();
    let list = exchanges.iter().find(|one| one["method"] == "get").unwrap();
    let ours = full_hub().get(&format!("{ISSUES}?state=all")).json;
    let missing: Vec<_> = keys(&list["response"][0]).difference(&keys(&ours[0])).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
    let since_2022: Vec<_> =
        keys(&ours[0]).difference(&keys(&list["response"][0])).cloned().collect();
    assert_eq!(since_2022, ["issue_dependencies_summary", "sub_issues_summary", "type"]);
}

#[test]
fn labels_milestones_and_types_have_exactly_the_documented_keys() {
    let Some(examples) = recorded("openapi-examples.json") else { return };
    let mut hub = full_hub();
    let newer = ["only we have milestone.creator.user_view_type"];
    assert_same_keys("label", &examples["label"], &hub.get("/repos/acme/app/labels/bug").json, &[]);
    assert_same_keys(
        "milestone",
        &examples["milestone"],
        &hub.get("/repos/acme/app/milestones/1").json,
        &newer,
    );
    let types = hub.get("/repos/acme/app/issue-types").json;
    let newer = ["only we have type[].color", "only we have type[].is_enabled"];
    assert_same_keys("type", &examples["issue-type-items"], &types, &newer);
}

#[test]
fn timeline_events_have_the_documented_keys() {
    let Some(examples) = recorded("openapi-examples.json") else { return };
    let mut hub = full_hub();
    hub.state.by("olga", hub.now).set_title(hub.repo, 1, "renamed").unwrap();
    hub.state.by("olga", hub.now).comment(hub.repo, 1, "hello").unwrap();
    let ours = hub.get(&format!("{ISSUES}/1/timeline")).json;
    let one = |list: &Value, name: &str| {
        list.as_array().unwrap().iter().find(|event| event["event"] == name).unwrap().clone()
    };
    for name in ["labeled", "renamed", "commented"] {
        let mut found = Vec::new();
        differences(
            name,
            &one(&examples["timeline-issue-events"], name),
            &one(&ours, name),
            &mut found,
        );
        found.retain(|difference| !difference.ends_with(".user_view_type"));
        assert!(found.is_empty(), "{found:#?}");
    }
    let Some(recordings) = recorded("pygithub-replay.json") else { return };
    let theirs = &exchange(&recordings, "Issue", "GET", "/timeline")["response_body"];
    for name in ["assigned", "closed"] {
        let missing: Vec<_> =
            keys(&one(theirs, name)).difference(&keys(&one(&ours, name))).cloned().collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

#[test]
fn the_recorded_repository_and_user_hold_every_key_of_ours() {
    let Some(recordings) = recorded("pygithub-replay.json") else { return };
    let mut hub = Hub::new();
    let theirs =
        &exchange(&recordings, "Issue", "GET", "/repos/PyGithub/PyGithub")["response_body"];
    let ours = hub.get("/repos/acme/app").json;
    let invented: Vec<_> = keys(&ours).difference(&keys(theirs)).cloned().collect();
    assert!(invented.is_empty(), "{invented:?}");
    let permissions: Vec<_> =
        keys(&ours["permissions"]).difference(&keys(&theirs["permissions"])).cloned().collect();
    assert!(permissions.is_empty(), "{permissions:?}");
    assert_eq!(hub.get("/user").json["login"], "ada");
}

#[test]
fn a_refused_label_is_refused_in_the_recorded_words() {
    let Some(recordings) = recorded("octokit-fixtures.json") else { return };
    let exchanges = recordings["errors"].as_array().unwrap();
    let theirs = exchanges.iter().find(|one| one["status"] == 422).unwrap();
    let ours = Hub::new().send("POST", "/repos/acme/app/labels", &theirs["body"]);
    assert_eq!(ours.status, 422);
    assert_eq!(
        (&ours.json["message"], &ours.json["errors"]),
        (&theirs["response"]["message"], &theirs["response"]["errors"])
    );
}

#[test]
fn a_missing_thing_and_a_wrong_token_are_said_in_the_recorded_words() {
    let Some(recordings) = recorded("pygithub-replay.json") else { return };
    let mut hub = Hub::new();
    let missing = &exchange(&recordings, "Exceptions", "GET", "/Xxx")["response_body"]["message"];
    assert_eq!(&hub.get("/repos/acme/Xxx").json["message"], missing);
    let refused = &exchange(&recordings, "Exceptions", "GET", "/user")["response_body"]["message"];
    assert_eq!(&hub.get_as("wrong", "/user").json["message"], refused);
}

#[test]
fn every_issues_file_can_be_imported_and_listed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let _ = writeln!(io::stderr(), "SKIPPED: no issues files at {}", folder.display());
        return;
    };
    for path in entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
    {
        let mut hub = Hub::with(Options::raised());
        let file = std::io::BufReader::new(flate2::read::GzDecoder::new(
            std::fs::File::open(&path).unwrap(),
        ));
        let mut rows = 0;
        for line in std::io::BufRead::lines(file) {
            hub.state
                .import(hub.repo, &line.unwrap(), hub.now)
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
            rows += 1;
        }
        let mut listed = 0;
        let mut next = Some(format!("{ISSUES}?state=all&per_page=100&sort=updated&direction=asc"));
        while let Some(page) = next {
            let got = hub.get(&page);
            listed += got.numbers().len();
            next = got.link("next");
        }
        assert_eq!(listed, rows, "{path:?}");
    }
}
