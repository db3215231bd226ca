//! Creating and changing: validation, silent drops, what follows from a change.

use super::super::{BodyLimit, EmptyBody};
use super::*;

fn event_names(hub: &Hub, number: u64) -> Vec<String> {
    hub.state.events(hub.repo, number).into_iter().map(|event| event.name).collect()
}

#[test]
fn a_created_issue_comes_back_whole_with_its_place() {
    let mut hub = Hub::new();
    hub.send("POST", "/repos/acme/app/milestones", &json!({"title": "v1"}));
    let got = hub.send(
        "POST",
        ISSUES,
        &json!({"title": "Broken", "body": "line\r\nline", "labels": ["bug"], "assignees": ["PAUL"],
                "milestone": 1, "type": "bug"}),
    );
    assert_eq!(got.status, 201);
    assert_eq!(got.header("location"), Some("http://api.github.test/repos/acme/app/issues/1"));
    let issue = &got.json;
    assert_eq!((&issue["title"], &issue["body"]), (&json!("Broken"), &json!("line\r\nline")));
    assert_eq!((names(&issue["labels"]), logins(&issue["assignees"])), (vec!["bug"], vec!["paul"]));
    assert_eq!(
        (&issue["milestone"]["title"], &issue["type"]["name"]),
        (&json!("v1"), &json!("Bug"))
    );
    assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("open"), &Value::Null));
    assert_eq!(issue["html_url"], "https://github.com/acme/app/issues/1");
    assert_eq!(issue["created_at"], "2026-01-05T09:00:00Z");
    assert_eq!(event_names(&hub, 1), ["labeled", "assigned", "milestoned", "issue_type_added"]);
}

#[test]
fn titles_are_one_trimmed_line_of_at_most_256_characters() {
    let mut hub = Hub::new();
    let title = |hub: &mut Hub, title: &str| hub.send("POST", ISSUES, &json!({ "title": title }));
    assert_eq!(title(&mut hub, "  two\r\nlines \n").json["title"], "two lines");
    assert_eq!(title(&mut hub, &"🦀".repeat(256)).status, 201);
    let long = title(&mut hub, &"a".repeat(257));
    assert_eq!((long.status, long.code()), (422, "custom"));
    let empty = title(&mut hub, " \n ");
    assert_eq!((empty.status, empty.code()), (422, "missing_field"));
    assert_eq!(hub.send("POST", ISSUES, &json!({"title": 7})).json["title"], "7");
    assert_eq!(hub.send("POST", ISSUES, &json!({"title": ["x"]})).status, 422);

    hub.state.options.max_title_chars = 1_024;
    hub.state.options.trims_titles = false;
    assert_eq!(title(&mut hub, &"a".repeat(1_024)).status, 201);
    assert_eq!(title(&mut hub, " x ").json["title"], " x ");
}

#[test]
fn bodies_end_at_65536_counted_either_way() {
    let mut hub = Hub::new();
    let body =
        |hub: &mut Hub, body: &str| hub.send("POST", ISSUES, &json!({"title": "x", "body": body}));
    assert_eq!(body(&mut hub, &"ä".repeat(65_536)).status, 201);
    let long = body(&mut hub, &"a".repeat(65_537));
    assert_eq!(
        (long.status, long.code(), &long.json["errors"][0]["field"]),
        (422, "custom", &json!("body"))
    );
    hub.state.options.body_limit = BodyLimit::Bytes;
    assert_eq!(body(&mut hub, &"ä".repeat(65_536)).status, 422);
}

#[test]
fn a_cleared_body_reads_as_the_switch_says() {
    for (rule, after_null, after_empty) in [
        (EmptyBody::Null, Value::Null, Value::Null),
        (EmptyBody::Empty, json!(""), json!("")),
        (EmptyBody::AsSent, Value::Null, json!("")),
    ] {
        let mut hub = Hub::with(Options { empty_body: rule, ..Options::default() });
        hub.send("POST", ISSUES, &json!({"title": "x", "body": "text"}));
        for (sent, read) in [(Value::Null, after_null), (json!(""), after_empty)] {
            let got = hub.send("PATCH", &format!("{ISSUES}/1"), &json!({ "body": sent }));
            assert_eq!(got.json["body"], read, "{rule:?}");
        }
    }
}

#[test]
fn what_is_not_sent_stays_and_what_is_null_goes() {
    let mut hub = Hub::new();
    hub.send("POST", "/repos/acme/app/milestones", &json!({"title": "v1"}));
    hub.send(
        "POST",
        ISSUES,
        &json!({"title": "x", "body": "b", "labels": ["a"], "assignees": ["paul"], "milestone": 1, "type": "Bug"}),
    );
    let path = format!("{ISSUES}/1");
    let kept = hub.send("PATCH", &path, &json!({"title": "y"})).json;
    assert_eq!(
        (names(&kept["labels"]), &kept["body"], &kept["type"]["name"]),
        (vec!["a"], &json!("b"), &json!("Bug"))
    );
    let cleared = hub
        .send(
            "PATCH",
            &path,
            &json!({"labels": [], "assignees": [], "milestone": null, "type": null}),
        )
        .json;
    assert_eq!((names(&cleared["labels"]).len(), logins(&cleared["assignees"]).len()), (0, 0));
    assert_eq!((&cleared["milestone"], &cleared["type"]), (&Value::Null, &Value::Null));
    assert_eq!(
        event_names(&hub, 1).split_off(4),
        ["renamed", "unlabeled", "unassigned", "demilestoned", "issue_type_removed"]
    );
}

#[test]
fn unknown_milestones_types_and_states_are_422() {
    let mut hub = Hub::new();
    hub.seed("one");
    let path = format!("{ISSUES}/1");
    for body in [
        json!({"milestone": 9}),
        json!({"milestone": "soon"}),
        json!({"type": "Epic"}),
        json!({"state": "done"}),
        json!({"state": "closed", "state_reason": "because"}),
        json!({"labels": "bug"}),
        json!({"labels": [1]}),
        json!({"body": 1}),
    ] {
        assert_eq!(hub.send("PATCH", &path, &body).status, 422, "{body}");
    }
    assert_eq!(
        hub.state.issue(hub.repo, 1).unwrap().updated_at,
        hub.now,
        "a refusal changes nothing"
    );
    assert!(event_names(&hub, 1).is_empty());
}

#[test]
fn a_refused_patch_changes_no_field_at_all() {
    let mut hub = Hub::new();
    hub.seed("one");
    let got = hub.send(
        "PATCH",
        &format!("{ISSUES}/1"),
        &json!({"title": "two", "labels": ["new"], "assignees": ["nobody"]}),
    );
    assert_eq!(got.status, 422);
    assert_eq!(hub.state.issue(hub.repo, 1).unwrap().title, "one");
    assert!(hub.state.labels(hub.repo).is_empty());
}

#[test]
fn an_unassignable_login_fails_a_patch_and_is_ignored_by_the_assignees_endpoint() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.state.add_user("stranger");
    let patched =
        hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"assignees": ["paul", "stranger"]}));
    assert_eq!((patched.status, &patched.json["errors"][0]["field"]), (422, &json!("assignees")));
    let added = hub.send(
        "POST",
        &format!("{ISSUES}/1/assignees"),
        &json!({"assignees": ["paul", "stranger"]}),
    );
    assert_eq!((added.status, logins(&added.json["assignees"])), (201, vec!["paul"]));

    assert_eq!(hub.get(&format!("{ISSUES}/1/assignees/stranger")).status, 404);
    hub.state.by("stranger", hub.now).comment(hub.repo, 1, "me too").unwrap();
    assert_eq!(
        hub.get(&format!("{ISSUES}/1/assignees/stranger")).status,
        204,
        "a commenter can be assigned"
    );
    assert_eq!(hub.get("/repos/acme/app/assignees/stranger").status, 404);
    assert_eq!(hub.get("/repos/acme/app/assignees/paul").status, 204);

    let removed =
        hub.send("DELETE", &format!("{ISSUES}/1/assignees"), &json!({"assignees": ["PAUL"]}));
    assert_eq!((removed.status, logins(&removed.json["assignees"]).len()), (200, 0));
    assert_eq!(hub.send("DELETE", &format!("{ISSUES}/1/assignees"), &no_body()).status, 200);
}

#[test]
fn labels_are_one_whatever_their_case_and_are_made_in_passing() {
    let mut hub = Hub::new();
    hub.seed("one");
    let path = format!("{ISSUES}/1/labels");
    let made =
        hub.send("POST", "/repos/acme/app/labels", &json!({"name": "Bug", "color": "ff0000"}));
    assert_eq!(made.status, 201);
    let again = hub.send("POST", "/repos/acme/app/labels", &json!({"name": "bug"}));
    assert_eq!((again.status, again.code()), (422, "already_exists"));
    let added = hub.send("POST", &path, &json!({"labels": ["BUG", "new, really"]}));
    assert_eq!((added.status, added.names()), (200, vec!["Bug", "new, really"]));
    assert_eq!(added.json[1]["color"], "ededed");
    assert_eq!(hub.send("PUT", &path, &json!(["bug"])).names(), ["Bug"]);
    assert_eq!(hub.send("DELETE", &format!("{path}/bUG"), &no_body()).names(), [""; 0]);
    assert_eq!(hub.send("DELETE", &format!("{path}/bug"), &no_body()).status, 404);
    hub.send("POST", &path, &json!({"labels": ["? 求才/雜項 100%"]}));
    let gone = hub.send(
        "DELETE",
        &format!("{path}/%3F%20%E6%B1%82%E6%89%8D%2F%E9%9B%9C%E9%A0%85%20100%25"),
        &no_body(),
    );
    assert_eq!((gone.status, gone.names().len()), (200, 0));
    assert_eq!(hub.send("DELETE", &path, &no_body()).status, 204);
}

#[test]
fn label_limits_have_two_shapes() {
    let mut hub = Hub::new();
    hub.seed("one");
    let long = "l".repeat(51);
    let made = hub.send("POST", "/repos/acme/app/labels", &json!({ "name": long }));
    assert_eq!((made.status, made.code()), (422, "custom"));
    let added = hub.send("POST", &format!("{ISSUES}/1/labels"), &json!({ "labels": [long] }));
    assert_eq!((added.status, added.code()), (422, "invalid"));
    assert_eq!(
        hub.send("POST", "/repos/acme/app/labels", &json!({"name": "x", "color": "#ff0000"}))
            .status,
        422
    );
    let many: Vec<String> = (0..101).map(|n| format!("label {n}")).collect();
    assert_eq!(
        hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"labels": many[..100]})).status,
        200
    );
    assert_eq!(
        hub.send("POST", &format!("{ISSUES}/1/labels"), &json!({"labels": [many[100]]})).status,
        422
    );
    assert_eq!(
        hub.send("POST", &format!("{ISSUES}/1/labels"), &json!({"labels": [many[0]]})).status,
        200
    );
}

#[test]
fn commas_in_labels_and_creation_in_passing_are_switches() {
    let options = Options {
        commas_in_labels: false,
        issue_writes_create_labels: false,
        ..Options::default()
    };
    let mut hub = Hub::with(options);
    hub.seed("one");
    assert_eq!(
        hub.send("POST", &format!("{ISSUES}/1/labels"), &json!({"labels": ["a,b"]})).status,
        422
    );
    assert_eq!(hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"labels": ["new"]})).status, 422);
    assert_eq!(
        hub.send("POST", &format!("{ISSUES}/1/labels"), &json!({"labels": ["new"]})).status,
        200
    );
}

#[test]
fn without_push_labels_assignees_milestone_and_type_are_dropped_without_a_word() {
    let mut hub = Hub::new();
    let body = json!({"title": "x", "labels": ["bug"], "assignees": ["nobody"], "milestone": 9, "type": "Epic"});
    for token in ["reader", "triager"] {
        let got = hub.send_as(token, "POST", ISSUES, &body);
        assert_eq!(got.status, 201);
        let issue = &got.json;
        assert_eq!((names(&issue["labels"]).len(), logins(&issue["assignees"]).len()), (0, 0));
        assert_eq!((&issue["milestone"], &issue["type"]), (&Value::Null, &Value::Null));
    }
    assert!(hub.state.labels(hub.repo).is_empty());
}

#[test]
fn a_reader_edits_only_their_own_issue() {
    let mut hub = Hub::new();
    hub.seed("by olga");
    hub.send_as("reader", "POST", ISSUES, &json!({"title": "by rita"}));
    let rename = json!({"title": "renamed"});
    assert_eq!(hub.send_as("reader", "PATCH", &format!("{ISSUES}/1"), &rename).status, 403);
    assert_eq!(hub.send_as("reader", "PATCH", &format!("{ISSUES}/2"), &rename).status, 200);
    assert_eq!(hub.send_as("triager", "PATCH", &format!("{ISSUES}/1"), &rename).status, 200);
    for (method, path, body) in [
        ("POST", format!("{ISSUES}/1/labels"), json!({"labels": ["x"]})),
        ("POST", format!("{ISSUES}/1/assignees"), json!({"assignees": ["paul"]})),
        ("POST", "/repos/acme/app/labels".to_owned(), json!({"name": "x"})),
        ("POST", "/repos/acme/app/milestones".to_owned(), json!({"title": "x"})),
    ] {
        assert_eq!(hub.send_as("reader", method, &path, &body).status, 403, "{path}");
    }
}

#[test]
fn closing_and_reopening_keep_reasons_and_times() {
    let mut hub = Hub::new();
    hub.seed("one");
    let path = format!("{ISSUES}/1");
    hub.later(5);
    let closed =
        hub.send("PATCH", &path, &json!({"state": "closed", "state_reason": "not_planned"})).json;
    assert_eq!(
        (&closed["state_reason"], &closed["closed_at"]),
        (&json!("not_planned"), &json!("2026-01-05T09:00:05Z"))
    );
    assert_eq!(closed["closed_by"]["login"], "ada");
    let open = hub.send("PATCH", &path, &json!({"state": "open"})).json;
    assert_eq!((&open["state_reason"], &open["closed_at"]), (&json!("reopened"), &Value::Null));
    let again = hub.send("PATCH", &path, &json!({"state": "closed"})).json;
    assert_eq!(again["state_reason"], "completed");
    let timeline = hub.get(&format!("{path}/timeline")).json;
    let reasons: Vec<_> =
        timeline.as_array().unwrap().iter().map(|event| event["state_reason"].clone()).collect();
    assert_eq!(reasons, [json!("not_planned"), json!("reopened"), json!("completed")]);
}

#[test]
fn a_reason_alone_changes_nothing_and_on_a_closed_issue_only_by_the_switch() {
    for (needs_change, read) in [(true, "completed"), (false, "duplicate")] {
        let mut hub =
            Hub::with(Options { reason_needs_state_change: needs_change, ..Options::default() });
        hub.seed("one");
        let path = format!("{ISSUES}/1");
        let open = hub.send("PATCH", &path, &json!({"state_reason": "completed"})).json;
        assert_eq!((&open["state"], &open["state_reason"]), (&json!("open"), &Value::Null));
        hub.send("PATCH", &path, &json!({"state": "closed"}));
        let got =
            hub.send("PATCH", &path, &json!({"state": "closed", "state_reason": "duplicate"})).json;
        assert_eq!(got["state_reason"], read);
    }
}

#[test]
fn only_a_change_moves_updated_at_unless_the_switch_says_otherwise() {
    for (bumps, updated) in [(false, "2026-01-05T09:00:00Z"), (true, "2026-01-05T09:00:09Z")] {
        let mut hub = Hub::with(Options { identical_patch_bumps: bumps, ..Options::default() });
        hub.seed("one");
        hub.later(9);
        let got = hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"title": "one", "labels": []}));
        assert_eq!(got.json["updated_at"], updated);
    }
}

#[test]
fn milestones_are_listed_open_first_and_due_at_pacific_midnight() {
    let mut hub = Hub::new();
    let path = "/repos/acme/app/milestones";
    let due =
        hub.send("POST", path, &json!({"title": "v1, really", "due_on": "2026-07-02T06:59:00Z"}));
    assert_eq!((due.status, &due.json["due_on"]), (201, &json!("2026-07-01T07:00:00Z")));
    let again = hub.send("POST", path, &json!({"title": "v1, really"}));
    assert_eq!((again.status, again.code()), (422, "already_exists"));
    hub.send("POST", path, &json!({"title": "v0", "state": "closed"}));
    assert_eq!(hub.get(path).numbers(), [1]);
    assert_eq!(hub.get(&format!("{path}?state=all")).numbers(), [1, 2]);
    hub.send("POST", ISSUES, &json!({"title": "x", "milestone": 1}));
    assert_eq!(hub.get(&format!("{path}/1")).json["open_issues"], 1);
    hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"state": "closed"}));
    let counted = hub.get(&format!("{path}/1")).json;
    assert_eq!((&counted["open_issues"], &counted["closed_issues"]), (&json!(0), &json!(1)));
    assert_eq!(hub.get(&format!("{path}/7")).status, 404);
}

#[test]
fn issue_types_belong_to_organisations() {
    let mut hub = Hub::new();
    assert_eq!(hub.get("/repos/acme/app/issue-types").names(), ["Bug", "Task"]);
    let owned = NewRepo { owned_by_person: true, ..NewRepo::default() };
    hub.state.add_repo("ada/own", &owned, hub.now);
    assert_eq!(hub.get("/repos/ada/own/issue-types").status, 404);
}

#[test]
fn a_duplicate_names_an_issue_that_can_be_read() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.seed("two");
    let id = hub.state.issue(hub.repo, 1).unwrap().id;
    let close = |other: u64| json!({"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": other});
    assert_eq!(hub.send("PATCH", &format!("{ISSUES}/2"), &close(1)).status, 422);
    assert_eq!(
        hub.send("PATCH", &format!("{ISSUES}/2"), &close(id)).json["state_reason"],
        "duplicate"
    );
}
