//! Issues and repositories that go away, move or close (github-api §2.7).

use super::*;

#[test]
fn a_deleted_issue_is_410_and_in_no_list() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.state.by("ada", hub.now).delete_issue(hub.repo, 1).unwrap();
    let got = hub.get(&format!("{ISSUES}/1"));
    assert_eq!((got.status, &got.json["message"]), (410, &json!("This issue was deleted")));
    assert_eq!(hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"title": "x"})).status, 410);
    assert_eq!(hub.get(&format!("{ISSUES}?state=all")).numbers(), [0u64; 0]);
    assert_eq!(
        hub.send("POST", ISSUES, &json!({"title": "next"})).json["number"],
        2,
        "numbers are not reused"
    );
}

#[test]
fn a_transferred_issue_leads_to_its_new_place() {
    let mut hub = Hub::new();
    let other = hub.state.add_repo("acme/other", &NewRepo::default(), hub.now);
    hub.seed("one");
    let repo = hub.repo;
    let mut ada = hub.state.by("ada", hub.now);
    ada.add_label(repo, 1, "kept").unwrap();
    ada.add_label(repo, 1, "lost").unwrap();
    ada.make_label(other, "Kept").unwrap();
    ada.set_milestone(repo, 1, Some("v1")).unwrap();
    let before = hub.state.issue(repo, 1).unwrap();
    let there = hub.state.by("ada", hub.now).transfer_issue(repo, 1, other).unwrap();
    for method in ["GET", "PATCH"] {
        let got = hub.send(method, &format!("{ISSUES}/1"), &json!({"title": "x"}));
        assert_eq!(got.status, 301);
        assert_eq!(
            got.header("location").unwrap(),
            format!("http://api.github.test/repositories/{}/issues/{there}", other.0)
        );
    }
    let after = hub.state.issue(other, there).unwrap();
    assert_eq!(
        (after.labels.into_iter().collect::<Vec<_>>(), after.milestone),
        (vec!["Kept".to_owned()], None)
    );
    assert_ne!(after.id, before.id);
    hub.state.set_private(other, true).unwrap();
    assert_eq!(
        hub.get(&format!("{ISSUES}/1")).status,
        404,
        "nobody learns of a place they cannot see"
    );
}

#[test]
fn a_discussion_answers_by_the_switch() {
    for status in [404, 410] {
        let mut hub = Hub::with(Options { discussion_status: status, ..Options::default() });
        hub.seed("one");
        hub.state.by("ada", hub.now).convert_to_discussion(hub.repo, 1).unwrap();
        assert_eq!(hub.get(&format!("{ISSUES}/1")).status, status);
        assert!(hub.get(ISSUES).numbers().is_empty());
    }
}

#[test]
fn an_unreadable_issue_is_404_and_comes_back() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.state.set_hidden(hub.repo, 1, true).unwrap();
    assert_eq!(hub.get(&format!("{ISSUES}/1")).status, 404);
    assert!(hub.get(ISSUES).numbers().is_empty());
    hub.state.set_hidden(hub.repo, 1, false).unwrap();
    assert_eq!(hub.get(&format!("{ISSUES}/1")).status, 200);
}

#[test]
fn a_renamed_repository_moves_reads_with_301_and_writes_with_307() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.state.rename_repo(hub.repo, "acme/renamed").unwrap();
    let place = format!("http://api.github.test/repositories/{}", hub.repo.0);
    let read = hub.get(&format!("{ISSUES}/1/labels?per_page=5"));
    assert_eq!((read.status, read.json["message"].as_str()), (301, Some("Moved Permanently")));
    assert_eq!(read.header("location").unwrap(), format!("{place}/issues/1/labels?per_page=5"));
    let write = hub.send("POST", ISSUES, &json!({"title": "x"}));
    assert_eq!(
        (write.status, write.header("location").unwrap()),
        (307, format!("{place}/issues").as_str())
    );
    assert_eq!(
        hub.get(&format!("{place}/issues/1")).json["html_url"],
        "https://github.com/acme/renamed/issues/1"
    );
    assert_eq!(hub.get(&place).json["full_name"], "acme/renamed");

    hub.state.add_repo("acme/app", &NewRepo::default(), hub.now);
    assert!(hub.get(ISSUES).numbers().is_empty(), "a new repository takes the old name over");
}

#[test]
fn an_archived_repository_is_read_only() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.state.set_archived(hub.repo, true).unwrap();
    assert_eq!(hub.get(&format!("{ISSUES}/1")).status, 200);
    assert_eq!(hub.get("/repos/acme/app").json["archived"], true);
    for (method, path) in [
        ("POST", ISSUES.to_owned()),
        ("PATCH", format!("{ISSUES}/1")),
        ("DELETE", format!("{ISSUES}/1/labels")),
    ] {
        let got = hub.send(method, &path, &json!({"title": "x"}));
        assert_eq!(
            (got.status, &got.json["message"]),
            (403, &json!("Repository was archived so is read-only."))
        );
    }
}

#[test]
fn deleted_people_read_as_ghost_or_null() {
    use super::super::DeletedUser;
    for (rule, login) in [(DeletedUser::Ghost, json!("ghost")), (DeletedUser::Null, Value::Null)] {
        let mut hub = Hub::with(Options { deleted_user: rule, ..Options::default() });
        hub.seed("one");
        hub.state.delete_user("olga");
        assert_eq!(hub.get(&format!("{ISSUES}/1")).json["user"]["login"], login);
    }
}

#[test]
fn values_nobody_knows_are_served_on_demand() {
    let mut options = Options::default();
    options.unknown.state_reason = Some("superseded".to_owned());
    options.unknown.author_association = Some("SPONSOR".to_owned());
    options.unknown.event = Some("issue_blessed".to_owned());
    let mut hub = Hub::with(options);
    hub.seed("one");
    let open = hub.get(&format!("{ISSUES}/1")).json;
    assert_eq!(
        (&open["state_reason"], &open["author_association"]),
        (&Value::Null, &json!("SPONSOR"))
    );
    let closed = hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"state": "closed"})).json;
    assert_eq!(closed["state_reason"], "superseded");
    assert_eq!(hub.get(&format!("{ISSUES}/1/timeline")).json[0]["event"], "issue_blessed");
}
