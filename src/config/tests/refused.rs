//! What is wrong, said with its place and its remedy.

use super::*;

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    insta::assert_snapshot!(refused(
        "databse = \"x\"\nrequests_per_minute = 3\n[notion]\nrequests_per_minuet = 3\ndatabase = 1\n[[sync]]\nrepos = 1\n[sync.filter]\nlabel_any = 1\n[sync.fields]\ntitel = 1\nstate = { open_ = 1 }\nlabels = { prop = 1 }\nzzz = 1\n\"two words\" = 1\n"
    ));
}

#[test]
fn what_comes_in_a_later_version_is_said_to() {
    insta::assert_snapshot!(refused(&format!(
        "daemon.listen = \"x\"\ngithub.webhook_secret = \"x\"\nnotion = {{ oauth = {{ client_id = \"x\" }}, webhook_token = \"x\" }}\n{LEAST}comments = \"C\"\nparent = \"P\"\nblocked_by = \"B\"\n[sync.filter]\npull_requests = true\n"
    )));
}

#[test]
fn bad_services_are_refused() {
    insta::assert_snapshot!(refused(&before_the_sync(
        r#"
database = ""
[daemon]
schedule = "61 * * * *"
timezone = "Europe/Berln"
full_scan = true
[github]
api_url = "https://github.com"
[notion]
api_url = "http://api.notion.com"
requests_per_minute = 0
[safety]
brake_percent = 101
brake_floor = -1
max_wait = 120
"#
    )));
}

#[test]
fn addresses_that_hide_something_are_refused_unseen() {
    let texts = [
        "https://me:hunter2@host/",
        "https://host/?key=hunter2",
        "https://host/#hunter2",
        "me:hunter2@",
    ]
    .map(|url| before_the_sync(&format!("github.api_url = \"{url}\"")));
    let messages = refused_each(texts.iter().map(String::as_str));
    assert!(!messages.contains("hunter2"), "{messages}");
    insta::assert_snapshot!(refused(&texts[0]));
}

#[test]
fn two_ways_to_sign_in_are_one_too_many() {
    insta::assert_snapshot!(refused(&before_the_sync(
        "[github]\ntoken = \"env:A\"\napp = { id = 0, private_key = \"env:K\" }\n"
    )));
}

#[test]
fn bad_users_are_refused() {
    insta::assert_snapshot!(refused(&before_the_sync(
        r#"
[users]
octocat = "octo@example.com"
OctoCat = "other@example.com"
hubot = "OCTO@example.com"
"@me" = "me@example.com"
nobody = "nobody"
robot = "other@EXAMPLE.com"
number = 1
"#
    )));
}

#[test]
fn bad_syncs_are_refused() {
    insta::assert_snapshot!(refused(
        r#"
[[sync]]
name = " app"
repositories = ["acme/app", "ACME/app", "https://github.com/acme/lib", 1]
data_source = "https://www.notion.so/acme/Issues"
create = "to_nation"
conflict = "newset"
tie = "none"
settle = "2"
on_page_trashed = "delete"
on_issue_deleted = true
[sync.filter]
state = "opened"
labels_any = "bug"
labels_all = ["bug", ""]
labels_none = ["Bug"]
since = "yesterday"
notion = { checkbox = true }
[sync.fields]
url = "GitHub"
title = "Name"
"#
    ));
}

#[test]
fn bad_fields_are_refused() {
    insta::assert_snapshot!(refused(&with_fields(
        r#"
number = { property = "Number", direction = "both" }
labels = false
assignees = "Name"
milestone = { direction = "to_notion" }
type = " "
repository = ["Repository"]
author = { property = "Author", direction = "both ways" }
[sync.fields.state]
property = "Status"
open = []
completed = ["Done", "done", "Shipped, at last"]
not_planned = ["Done"]
duplicate = "Duplicate"
"#
    )));
}

#[test]
fn what_is_missing_is_named_with_where_it_belongs() {
    insta::assert_snapshot!(refused_each([
        "",
        "[sync]\nname = \"app\"",
        "sync = []",
        "[[sync]]",
        "[[sync]]\n[sync.fields]\n[sync.fields.state]\nproperty = \"S\"\nnot_planned = [\"N\"]",
    ]));
}

#[test]
fn several_repositories_need_the_field_that_tells_them_apart() {
    let two = LEAST.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]");
    insta::assert_snapshot!(refused(&two));
    parse(&format!("{two}repository = \"Repository\"")).unwrap();
    parse(&two.replace("[sync.fields]", "create = \"to_notion\"\n[sync.fields]")).unwrap();
}

#[test]
fn syncs_that_would_do_the_same_work_twice_are_refused() {
    let other = LEAST.replace("acme/app", "acme/lib");
    insta::assert_snapshot!(refused_each([
        format!("{LEAST}{LEAST}").as_str(),
        format!("{LEAST}{}", other.replace("\"app\"", "\"lib\"")).as_str(),
    ]));
    let elsewhere = LEAST.replace("\"app\"", "\"lib\"").replace("0fe1", "1111");
    parse(&format!("{LEAST}{elsewhere}")).unwrap();
    let told_apart = other.replace("\"app\"", "\"lib\"");
    parse(&format!("{LEAST}repository = \"R\"\n{told_apart}repository = \"R\"")).unwrap();
}

#[test]
fn syntax_errors_are_shown_where_that_is_safe() {
    insta::assert_snapshot!(refused_each([
        "[daemon\nschedule = \"x\"",
        "[daemon]\nschedule = \"* * * * *\ntimezone = UTC\n",
        "[github]\ntoken = hunter2\n",
        "[daemon]\nschedule = \"@daily\"\nschedule = \"@hourly\"\n",
        "just words\n",
    ]));
}

#[test]
fn a_file_that_is_no_text_or_not_there_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let message = |path: &Path| {
        let error = Config::load(path, &Env::default()).unwrap_err();
        error.to_string().replace(dir.path().to_str().unwrap(), "DIR")
    };
    let messages = [
        message(&dir.path().join("missing.toml")),
        message(&file("latin1.toml", b"a = 1\nname = \"caf\xe9\"\n")),
        message(&file("huge.toml", &vec![b'#'; 1024 * 1024 + 1])),
        message(dir.path()),
    ];
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn bad_bodies_are_refused() {
    insta::assert_snapshot!(refused_each(
        [
            "body = \"Content\"\n",
            "body = { property = \"Content\" }\n",
            "body = { direction = \"to_nation\", mentions = \"yes\", upload_images = 1 }\n",
        ]
        .map(with_fields)
        .iter()
        .map(String::as_str)
    ));
}
