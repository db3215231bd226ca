//! Acts of people: times, timeline, the switches of §1.11, imports.

use super::super::Bumps;
use super::*;

#[test]
fn every_act_leaves_its_event_and_moves_the_time() {
    let mut hub = Hub::new();
    hub.seed("one");
    let repo = hub.repo;
    type Act = fn(&mut super::super::Person<'_>, RepoId);
    let acts: Vec<(&str, Act)> = vec![
        ("renamed", |p, repo| p.set_title(repo, 1, "two").unwrap()),
        ("labeled", |p, repo| p.add_label(repo, 1, "bug").unwrap()),
        ("unlabeled", |p, repo| p.remove_label(repo, 1, "BUG").unwrap()),
        ("assigned", |p, repo| p.assign(repo, 1, "paul").unwrap()),
        ("unassigned", |p, repo| p.unassign(repo, 1, "paul").unwrap()),
        ("milestoned", |p, repo| p.set_milestone(repo, 1, Some("v1")).unwrap()),
        ("demilestoned", |p, repo| p.set_milestone(repo, 1, None).unwrap()),
        ("issue_type_added", |p, repo| p.set_type(repo, 1, Some("Bug")).unwrap()),
        ("issue_type_changed", |p, repo| p.set_type(repo, 1, Some("Task")).unwrap()),
        ("issue_type_removed", |p, repo| p.set_type(repo, 1, None).unwrap()),
        ("closed", |p, repo| p.close(repo, 1, "duplicate").unwrap()),
        ("reopened", |p, repo| p.reopen(repo, 1).unwrap()),
        ("commented", |p, repo| assert!(p.comment(repo, 1, "hello").is_ok())),
        ("locked", |p, repo| p.lock(repo, 1).unwrap()),
    ];
    for (name, act) in acts {
        hub.later(2);
        act(&mut hub.state.by("mia", hub.now), repo);
        let last = hub.state.events(repo, 1).pop().unwrap();
        assert_eq!(
            (last.name.as_str(), last.actor.as_deref(), last.at),
            (name, Some("mia"), hub.now)
        );
        assert_eq!(hub.state.issue(repo, 1).unwrap().updated_at, hub.now, "{name}");
    }
    let timeline = hub.get(&format!("{ISSUES}/1/timeline?per_page=100")).json;
    let events = hub.get(&format!("{ISSUES}/1/events?per_page=100")).json;
    assert_eq!((timeline.as_array().unwrap().len(), events.as_array().unwrap().len()), (14, 13));
    assert_eq!(timeline[0]["rename"], json!({"from": "one", "to": "two"}));
    assert_eq!(timeline[1]["label"], json!({"name": "bug", "color": "ededed"}));
    assert_eq!(timeline[5]["milestone"], json!({"title": "v1"}));
    assert_eq!(timeline[8]["prev_issue_type"]["name"], "Bug");
}

#[test]
fn a_body_edit_leaves_no_event_but_its_own_time() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.later(3);
    hub.state.by("olga", hub.now).set_body(hub.repo, 1, Some("text")).unwrap();
    let view = hub.state.issue(hub.repo, 1).unwrap();
    assert_eq!((view.body_edited_at, view.updated_at), (Some(hub.now), hub.now));
    assert!(hub.state.events(hub.repo, 1).is_empty());
}

#[test]
fn two_edits_in_one_second_have_one_time() {
    let mut hub = Hub::new();
    hub.seed("one");
    hub.now += TimeDelta::milliseconds(400);
    hub.state.by("olga", hub.now).set_title(hub.repo, 1, "two").unwrap();
    let first = hub.get(&format!("{ISSUES}/1")).json;
    hub.now += TimeDelta::milliseconds(400);
    hub.state.by("olga", hub.now).set_title(hub.repo, 1, "three").unwrap();
    let second = hub.get(&format!("{ISSUES}/1")).json;
    assert_eq!(first["updated_at"], second["updated_at"]);
    assert_ne!(first["title"], second["title"]);
}

#[test]
fn the_unconfirmed_bumps_follow_their_switches() {
    type Act = fn(&mut super::super::Person<'_>, RepoId, u64);
    type Switch = fn(&mut Bumps, bool);
    let acts: [(&str, Act, Switch); 6] = [
        (
            "edit",
            |p, repo, c| p.edit_comment(repo, 1, c, "x").unwrap(),
            |b, on| b.comment_edited = on,
        ),
        (
            "delete",
            |p, repo, c| p.delete_comment(repo, 1, c).unwrap(),
            |b, on| b.comment_deleted = on,
        ),
        ("react", |p, repo, _| p.react(repo, 1).unwrap(), |b, on| b.reaction = on),
        (
            "mention",
            |p, repo, _| p.mention_elsewhere(repo, 1).unwrap(),
            |b, on| b.mentioned_elsewhere = on,
        ),
        (
            "label",
            |p, repo, _| p.rename_label(repo, "bug", "defect").unwrap(),
            |b, on| b.label_renamed = on,
        ),
        (
            "milestone",
            |p, repo, _| p.rename_milestone(repo, "v1", "v2").unwrap(),
            |b, on| b.milestone_renamed = on,
        ),
    ];
    for (name, act, switch) in acts {
        for on in [false, true] {
            let mut options = Options::default();
            switch(&mut options.bumps, on);
            let mut hub = Hub::with(options);
            hub.seed("one");
            let repo = hub.repo;
            let mut olga = hub.state.by("olga", hub.now);
            olga.add_label(repo, 1, "bug").unwrap();
            olga.set_milestone(repo, 1, Some("v1")).unwrap();
            let comment = olga.comment(repo, 1, "first").unwrap();
            hub.later(30);
            act(&mut hub.state.by("olga", hub.now), repo, comment);
            assert_eq!(hub.state.issue(repo, 1).unwrap().updated_at == hub.now, on, "{name} {on}");
        }
    }
}

#[test]
fn a_renamed_label_keeps_its_id_and_old_events_keep_its_name() {
    let mut hub = Hub::new();
    hub.seed("one");
    let repo = hub.repo;
    hub.state.by("olga", hub.now).add_label(repo, 1, "bug").unwrap();
    let id = hub.get(&format!("{ISSUES}/1")).json["labels"][0]["id"].clone();
    hub.state.by("olga", hub.now).rename_label(repo, "bug", "Bug").unwrap();
    hub.state.by("olga", hub.now).rename_label(repo, "bug", "defect").unwrap();
    let label = hub.get(&format!("{ISSUES}/1")).json["labels"][0].clone();
    assert_eq!((&label["id"], &label["name"]), (&id, &json!("defect")));
    assert_eq!(hub.get(&format!("{ISSUES}/1/timeline")).json[0]["label"]["name"], "bug");
    assert_eq!(hub.get("/repos/acme/app/labels/bug").status, 404);
    hub.state.by("olga", hub.now).delete_label(repo, "defect").unwrap();
    assert!(hub.state.issue(repo, 1).unwrap().labels.is_empty());
    assert!(hub.get("/repos/acme/app/labels").names().is_empty());
}

#[test]
fn acts_on_what_is_not_there_say_so() {
    let mut hub = Hub::new();
    let error = hub.state.by("olga", hub.now).set_title(hub.repo, 4, "x").unwrap_err();
    assert_eq!(error.to_string(), "there is no issue `4` in this world");
    hub.seed("one");
    assert!(hub.state.by("olga", hub.now).remove_label(hub.repo, 1, "bug").is_err());
    assert!(hub.state.by("olga", hub.now).set_type(hub.repo, 1, Some("Epic")).is_err());
}

#[test]
fn a_seeded_number_is_kept_and_the_next_one_follows_the_highest() {
    let mut hub = Hub::new();
    let new = NewIssue { number: Some(40), title: "x".to_owned(), ..NewIssue::default() };
    assert_eq!(hub.state.seed_issue(hub.repo, &new, hub.now), Ok(40));
    assert!(hub.state.seed_issue(hub.repo, &new, hub.now).is_err(), "taken");
    assert_eq!(hub.seed("next"), 41);
}

#[test]
fn a_line_of_an_issues_file_becomes_that_issue() {
    let mut hub = Hub::new();
    let line = json!({
        "number": 12, "id": 99, "title": " padded ", "body": "a\r\nb", "state": "closed", "state_reason": null,
        "labels": [{"id": null, "name": "Good, first", "color": "7057ff", "description": "d"}],
        "assignees": [{"login": "zoe"}], "user": {"login": "ghost", "id": 10137},
        "milestone": {"number": 3, "title": "m", "description": null, "state": "closed", "due_on": null},
        "created_at": "2014-03-07T00:19:06Z", "updated_at": null, "closed_at": "2014-03-12T17:40:41Z",
        "pull_request": false, "type": "Feature",
        "comments": [{"id": 1, "body": "hi", "user": {"login": "Max"}, "created_at": "2014-03-08T00:00:00Z"}],
        "timeline": [{"event": "renamed", "created_at": "2014-03-09T00:00:00Z", "actor": "Max",
                      "rename": {"from": "a", "to": "b"}},
                     {"event": "labeled", "created_at": "2014-03-07T01:00:00Z", "actor": "ghost",
                      "label": {"name": "Good, first", "color": "7057ff"}}]
    });
    assert_eq!(hub.state.import(hub.repo, &line.to_string(), hub.now).unwrap(), 12);
    let view = hub.state.issue(hub.repo, 12).unwrap();
    assert_eq!(
        (view.id, view.title.as_str(), view.body.as_deref()),
        (99, " padded ", Some("a\r\nb"))
    );
    assert_eq!((view.author, view.is_closed, view.state_reason), (None, true, None));
    assert_eq!(
        (view.milestone.as_deref(), view.issue_type.as_deref()),
        (Some("m"), Some("Feature"))
    );
    assert_eq!(view.assignees.into_iter().collect::<Vec<_>>(), ["zoe"]);
    assert_eq!(
        view.created_at, view.updated_at,
        "a time the file does not carry is that of the opening"
    );
    let events: Vec<String> =
        hub.state.events(hub.repo, 12).into_iter().map(|event| event.name).collect();
    assert_eq!(events, ["labeled", "commented", "renamed"]);
    assert_eq!(hub.get("/repos/acme/app/labels").json[0]["color"], "7057ff");
    assert_eq!(hub.get("/repos/acme/app/milestones?state=closed").json[0]["title"], "m");
    assert_eq!(hub.get(&format!("{ISSUES}/12")).json["user"]["login"], "ghost");
    assert!(hub.state.import(hub.repo, "{\"number\": 1}", hub.now).is_err());
}
