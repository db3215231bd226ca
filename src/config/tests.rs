//! Stories about whole config files: what is read, what is refused and with which words.

use std::collections::BTreeSet;

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::vocabulary::{self, KINDS};
use super::*;
use crate::model::{Direction, Field};

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The least a config can say.
const LEAST: &str = r#"
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11"
[sync.fields]
url = "GitHub"
title = "Name"
"#;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

fn parse(text: &str) -> Result<Config, Diagnostics> {
    Config::parse(text, Path::new("config.toml"), &Env::default())
}

/// The messages about a file, as a person sees them.
fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

/// The messages about each of several files, one after the other.
fn refused_each<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(refused).collect::<Vec<_>>().join("\n\n--------\n")
}

/// The least config with something put before it.
fn before_the_sync(text: &str) -> String {
    format!("{text}{LEAST}")
}

/// The least config with something added to its `[sync.fields]`, and after it.
fn with_fields(text: &str) -> String {
    format!("{LEAST}{text}")
}

/// The least config with lines added to its `[[sync]]`.
fn with_sync(text: &str) -> String {
    LEAST.replace("[sync.fields]", &format!("{text}\n[sync.fields]"))
}

/// The example with the lines uncommented that begin with `#key = `, for the keys chosen.
fn example_with(chosen: impl Fn(&str) -> bool) -> String {
    let uncommented = |line: &str| {
        let key = line.strip_prefix('#')?.split_once(" = ")?.0;
        (key.chars().all(|c| c.is_ascii_lowercase() || c == '_') && chosen(key))
            .then(|| line[1..].to_owned())
    };
    EXAMPLE
        .lines()
        .map(|line| uncommented(line).unwrap_or_else(|| line.to_owned()) + "\n")
        .collect()
}

/// Keys whose line in the example is an example and not the default.
const NO_DEFAULT: [&str; 7] =
    ["app", "hubot", "labels_any", "labels_all", "labels_none", "since", "notion"];

#[test]
fn the_example_is_a_valid_config() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.syncs.len(), 1);
    assert_eq!(config.syncs[0].fields.len(), Field::ALL.len());
}

#[test]
fn the_example_shows_the_true_defaults() {
    let defaults = example_with(|key| !NO_DEFAULT.contains(&key));
    assert_ne!(defaults, EXAMPLE);
    assert_eq!(
        format!("{:#?}", parse(&defaults).unwrap()),
        format!("{:#?}", parse(EXAMPLE).unwrap())
    );
}

#[test]
fn every_example_in_the_example_can_be_uncommented() {
    let config = parse(&example_with(|key| key != "app")).unwrap();
    assert_eq!(config.syncs[0].filter.labels_any, ["bug", "feature"]);
    assert_eq!(config.syncs[0].filter.since.unwrap().to_rfc3339(), "2024-01-01T00:00:00+00:00");
    assert_eq!(
        config.syncs[0].filter.notion,
        Some(serde_json::json!({ "property": "Publish", "checkbox": { "equals": true } }))
    );
    assert_eq!(config.users.len(), 2);
    let with_app = example_with(|key| key == "app").replace("token = \"env:GITHUB_TOKEN\"", "");
    assert!(matches!(
        parse(&with_app).unwrap().github.auth,
        GitHubAuth::App { id: 1, installation: 2, .. }
    ));
}

#[test]
fn the_example_names_every_key() {
    let all = example_with(|_| true);
    let written: BTreeSet<&str> = all
        .lines()
        .flat_map(|line| line.split(['=', '{', ',', '[', ']', '.']))
        .map(|word| word.trim().trim_start_matches('#'))
        .collect();
    let missing: Vec<_> =
        KINDS.iter().flat_map(|kind| kind.keys).filter(|key| !written.contains(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_short_config_gets_every_default() {
    let config = parse(LEAST).unwrap();
    assert_eq!(config.database, Path::new("./tandem.db"));
    assert_eq!(config.daemon.schedule.to_string(), "*/2 * * * * (UTC)");
    assert_eq!(config.daemon.full_scan.as_ref().unwrap().to_string(), "17 3 * * * (UTC)");
    assert_eq!(config.notion.token, SecretRef::Env("NOTION_TOKEN".to_owned()));
    let sync = &config.syncs[0];
    assert_eq!(sync.settle.as_secs(), 120);
    assert_eq!(sync.fields[&Field::Url].direction, Direction::ToNotion);
    assert_eq!(sync.fields[&Field::Title].direction, Direction::Both);
    assert!(sync.state.is_none());
}

#[test]
fn the_database_goes_where_systemd_says_unless_the_config_says_otherwise() {
    let env = Env::from_iter([("STATE_DIRECTORY", "/var/lib/tandem:/var/lib/other")]);
    let database = |text: &str| Config::parse(text, Path::new("c"), &env).unwrap().database;
    assert_eq!(database(LEAST), Path::new("/var/lib/tandem/tandem.db"));
    assert_eq!(database(&before_the_sync("database = \"here.db\"")), Path::new("here.db"));
}

#[test]
fn addresses_lose_the_slash_at_their_end_and_nothing_else() {
    let github = |url: &str| {
        parse(&before_the_sync(&format!("github.api_url = \"{url}\""))).unwrap().github.api_url
    };
    assert_eq!(github("https://ghe.example/api/v3/").as_str(), "https://ghe.example/api/v3");
    assert_eq!(github("https://api.github.com").as_str(), "https://api.github.com/");
    for local in
        ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1/x", "http://127.9.9.9"]
    {
        assert_eq!(github(local).scheme(), "http", "{local}");
    }
}

#[test]
fn a_database_is_found_by_url_or_id_whatever_view_it_shows() {
    let id = parse(LEAST).unwrap().syncs[0].data_source;
    for text in [
        "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11",
        "https://www.notion.so/acme/Issues-0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11?v=11111111111111111111111111111111",
        "https://www.notion.so/0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11/",
    ] {
        let config = parse(&LEAST.replace("0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11", text)).unwrap();
        assert_eq!(config.syncs[0].data_source, id, "{text}");
    }
}

#[test]
fn a_checkbox_needs_no_lists_and_a_status_has_them() {
    let state = |text: &str| parse(&with_fields(text)).unwrap().syncs.remove(0).state.unwrap();
    assert_eq!(state("state = \"Done?\"").options, None);
    assert_eq!(
        state("state = { property = \"Done?\", direction = \"to_notion\" }").direction,
        Direction::ToNotion
    );
    let options = state("state = { property = \"S\", open = [\"A\", \"B\"], completed = [\"C\"] }")
        .options
        .unwrap();
    assert_eq!((options.open.len(), options.completed.len(), options.duplicate.len()), (2, 1, 0));
}

#[test]
fn what_later_versions_bring_may_be_switched_off_today() {
    parse(&with_fields("body = false\ncomments = false\n[sync.filter]\npull_requests = false"))
        .unwrap();
}

#[test]
fn full_scans_can_be_switched_off() {
    let config = parse(&before_the_sync("[daemon]\nfull_scan = false")).unwrap();
    assert!(config.daemon.full_scan.is_none());
}

#[test]
fn dates_may_be_written_with_or_without_quotes() {
    for since in
        ["2024-01-01", "\"2024-01-01\"", "2024-01-01T00:00:00Z", "\"2024-01-01T02:00:00+02:00\""]
    {
        let config = parse(&with_sync(&format!("filter.since = {since}"))).unwrap();
        assert_eq!(config.syncs[0].filter.since.unwrap().timestamp(), 1_704_067_200, "{since}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    insta::assert_snapshot!(refused(
        "databse = \"x\"\nrequests_per_minute = 3\n[notion]\nrequests_per_minuet = 3\ndatabase = 1\n[[sync]]\nrepos = 1\n[sync.filter]\nlabel_any = 1\n[sync.fields]\ntitel = 1\nstate = { open_ = 1 }\nlabels = { prop = 1 }\nzzz = 1\n\"two words\" = 1\n"
    ));
}

#[test]
fn what_comes_in_a_later_version_is_said_to() {
    insta::assert_snapshot!(refused(&format!(
        "daemon.listen = \"x\"\ngithub.webhook_secret = \"x\"\nnotion = {{ oauth = {{ client_id = \"x\" }}, webhook_token = \"x\" }}\n{LEAST}body = true\ncomments = \"C\"\nparent = \"P\"\nblocked_by = \"B\"\n[sync.filter]\npull_requests = true\n"
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
fn every_known_key_is_read() {
    // A list in a list is wrong everywhere, so every key that is read gives a message.
    let nonsense = "[[[]]]";
    for kind in KINDS {
        for key in kind.keys {
            let (text, path) = match kind.name {
                "" => (format!("{key} = {nonsense}"), (*key).to_owned()),
                "[[sync]]" => (format!("[[sync]]\n{key} = {nonsense}"), format!("sync[0].{key}")),
                section => match section.trim_matches(['[', ']']).strip_prefix("sync.") {
                    Some(part) => (
                        format!("[[sync]]\n[sync.{part}]\n{key} = {nonsense}"),
                        format!("sync[0].{part}.{key}"),
                    ),
                    None => (
                        format!("{section}\n{key} = {nonsense}"),
                        format!("{}.{key}", section.trim_matches(['[', ']'])),
                    ),
                },
            };
            let found = parse(&text).unwrap_err();
            let about_it = found.problems().iter().filter(|problem| problem.key.starts_with(&path));
            assert!(about_it.clone().count() > 0, "{path} is not read:\n{found}");
            assert!(
                about_it.clone().all(|problem| !problem.problem.contains("unknown")),
                "{found}"
            );
        }
    }
}

#[test]
fn a_literal_token_is_refused_without_being_shown_also_under_a_misspelt_key() {
    insta::assert_snapshot!(refused_each([
        before_the_sync(&format!("[github]\ntoken = \"{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[github]\ntokn = \"{TOKEN}\"\n")).as_str(),
        before_the_sync("[notion]\ntoken = \"hunter2\"\n").as_str(),
        before_the_sync(&format!("[notion]\ntoken = \"env:{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[users]\noctocat = \"{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[github]\ntoken = {TOKEN}\n")).as_str(),
    ]));
}

#[test]
fn a_secret_of_any_shape_stays_unseen_in_every_way_to_write_it() {
    let secret = "hunter2xyz";
    let keys = [
        "token",
        "tokn",
        "Token",
        "app",
        "private_key",
        "webhook_secret",
        "oauth",
        "client_secret",
        "my-secret",
    ];
    let forms = [
        "K = \"S\"",
        "K = 'S'",
        "K = \"\"\"\nS\"\"\"",
        "K = S",
        "K = \"S",
        "K = [\"S\"]",
        "K = { x = \"S\" }",
        "K = { private_key = \"S\", x = 1 }",
        "K.x = \"S\"",
        "K.private_key = \"S\"",
        "\"K\" = \"S\"",
        "K \"S\"",
        "K: \"S\"",
        "K = \"env S\"",
        "K = \"env:S S\"",
        "K = \"file:\"S\"\"",
        "K = \"credential:S/S\"",
        "K = \"S\" \"S\"",
        "K = \"S\"\nK = \"S\"",
        "x = \"S\" K = \"S\"",
        "[K]\nx = \"S\"",
        "[[K]]\nx = \"S\"",
        "K = \"\\q S\"",
        "K = \"S\" # S",
        "token = \"env:A\" # S",
        "= \"S\"",
        "K == \"S\"",
        "K = S S",
        "K =\n\"S\"",
        "schedule = \"x\", K = \"S\"",
    ];
    let mut refusals = 0;
    for section in
        ["", "[github]\n", "[notion]\n", "[github.app]\n", "[daemon]\n", "[[sync]]\n", "[users]\n"]
    {
        for key in keys {
            for form in forms {
                let text = format!("{section}{}\n", form.replace('K', key).replace('S', secret));
                let Err(found) = parse(&text) else { continue };
                refusals += 1;
                assert!(!found.to_string().contains(secret), "{text}\n{found}");
                assert!(!format!("{found:?}").contains(secret), "{text}\n{found:?}");
            }
        }
    }
    assert!(refusals > 1_000);
}

#[test]
fn secrets_come_from_where_the_config_says() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("github-token"), "from-file\r\n").unwrap();
    let env = Env::from_iter([
        ("TOKEN", "from-env\n"),
        ("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap()),
    ]);
    let read = |reference: SecretRef| reference.resolve(&env).unwrap().expose_secret().to_owned();
    assert_eq!(read(SecretRef::Env("TOKEN".to_owned())), "from-env");
    assert_eq!(read(SecretRef::File(dir.path().join("github-token"))), "from-file");
    assert_eq!(read(SecretRef::Credential("github-token".to_owned())), "from-file");
}

#[test]
fn a_secret_that_is_not_there_is_named_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        SecretRef::File(path)
    };
    let given =
        Env::from_iter([("EMPTY", " \n"), ("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap())]);
    let message = |reference: &SecretRef, env: &Env| {
        reference.resolve(env).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "DIR")
    };
    let messages = [
        message(&SecretRef::Env("GITHUB_TOKEN".to_owned()), &given),
        message(&SecretRef::Env("EMPTY".to_owned()), &given),
        message(&SecretRef::File(dir.path().join("missing")), &given),
        message(&file("empty", b"\n"), &given),
        message(&file("binary", b"\xff\xfe"), &given),
        message(&file("long", &[b'x'; 70_000]), &given),
        message(&SecretRef::Credential("github-token".to_owned()), &given),
        message(&SecretRef::Credential("github-token".to_owned()), &Env::default()),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn the_digest_of_a_mapping_changes_with_its_meaning_only() {
    let digest = |text: &str, field: Field| {
        let config = parse(text).unwrap();
        config.syncs[0].mapping_digest(field, &config.users)
    };
    let status = |open: &str, completed: &str| {
        with_fields(&format!(
            "state = {{ property = \"S\", open = [{open}], completed = [{completed}] }}"
        ))
    };
    let base = digest(&status("\"A\", \"B\"", "\"C\""), Field::State);
    assert_eq!(base.len(), 16);
    assert_eq!(base, digest(&status("\"b\", \"A\"", "\"C\""), Field::State));
    assert_ne!(base, digest(&status("\"A\"", "\"B\", \"C\""), Field::State));
    assert_ne!(base, digest(&with_fields("state = \"S\""), Field::State));

    let alone = digest(LEAST, Field::Assignees);
    let linked = digest(&before_the_sync("users.octocat = \"o@example.com\""), Field::Assignees);
    assert_ne!(alone, linked);
    assert_eq!(
        linked,
        digest(&before_the_sync("users.OctoCat = \"O@example.com\""), Field::Assignees)
    );
    assert_eq!(
        digest(LEAST, Field::Title),
        digest(&before_the_sync("users.a = \"o@example.com\""), Field::Title)
    );
    assert_ne!(digest(LEAST, Field::Title), digest(LEAST, Field::Labels));
    // Bases made by an earlier version stay valid: this very text is in people's databases.
    assert_eq!(digest(LEAST, Field::Title), "3ccba9597c89953a");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic_and_without_the_token(
        before in proptest::collection::vec(any::<u8>(), 0..60),
        after in "[\\PC\n\"'=\\[\\]{}]{0,40}",
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = [before.as_slice(), TOKEN.as_bytes(), after.as_bytes()].concat();
        std::fs::write(file.path(), bytes).unwrap();
        if let Err(found) = Config::load(file.path(), &Env::default()) {
            prop_assert!(!found.to_string().contains(&TOKEN[8..]), "{}", found);
        }
    }

    #[test]
    fn a_token_dropped_anywhere_into_a_config_is_never_shown(
        at in 0usize..100_000, cut in 0usize..40, uncomment in any::<bool>(),
    ) {
        let text = if uncomment { example_with(|_| true) } else { EXAMPLE.to_owned() };
        let at = at % text.len();
        let at = (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap();
        let end = (at + cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let text = format!("{}{TOKEN}{}", &text[..at], &text[end.max(at)..]);
        match parse(&text) {
            Ok(config) => prop_assert!(!format!("{config:?}").contains(TOKEN), "{}", text),
            Err(found) => prop_assert!(!found.to_string().contains(&TOKEN[8..]), "{}", found),
        }
    }

    #[test]
    fn any_value_under_any_key_is_read_or_refused_without_a_panic(
        kind in proptest::sample::select(KINDS.to_vec()), pick in any::<proptest::sample::Index>(),
        value in proptest::sample::select(vec![
            "1", "-1", "99999999999999999999", "0x10", "1.5", "inf", "nan", "true", "\"\"", "\"x\"", "\"\\u0000\"",
            "[]", "[[]]", "[\"a\", 1]", "{}", "{ a = 1 }", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "'''\n'''",
        ]),
    ) {
        let key = pick.get(kind.keys);
        let section = match kind.name {
            "[sync.filter]" | "[sync.fields]" | "[sync.fields.state]" => format!("[[sync]]\n{}", kind.name),
            name => name.to_owned(),
        };
        drop(parse(&format!("{section}\n{key} = {value}\n")));
        prop_assert!(vocabulary::is_harmless(key) || vocabulary::is_secret(key));
    }
}
