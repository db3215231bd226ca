//! Stories about whole config files: what is read, what is refused and with which words.

mod anything;
mod example;
mod refused;
mod secrets;

use secrecy::ExposeSecret as _;

use super::vocabulary::{self, KINDS};
use super::*;
use crate::model::{Direction, Field};

const EXAMPLE: &str = include_str!("../../../config.example.toml");

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

#[test]
fn bodies_are_switched_on_and_live_in_no_property() {
    let body = |text: &str| parse(&with_fields(text)).unwrap().syncs[0].body;
    assert_eq!(body(""), None);
    assert_eq!(body("body = false\n"), None);
    let on = body("body = true\n").unwrap();
    assert_eq!(on.direction, Direction::Both);
    assert!(!on.options.mentions && !on.options.upload_images);
    let told = "[sync.fields.body]\ndirection = \"to_notion\"\nmentions = true\n";
    let told = body(told).unwrap();
    assert_eq!(told.direction, Direction::ToNotion);
    assert!(told.options.mentions && !told.options.upload_images);
    let config = parse(&with_fields("body = true\n")).unwrap();
    assert!(!config.syncs[0].fields.contains_key(&Field::Body));
}

#[test]
fn other_mentions_give_bodies_another_meaning_and_another_direction_does_not() {
    let digest = |text: &str| {
        let config = parse(&with_fields(text)).unwrap();
        config.syncs[0].mapping_digest(Field::Body, &[])
    };
    let plain = digest("body = true\n");
    assert_eq!(plain, digest("body = { direction = \"to_notion\" }\n"));
    assert_eq!(plain, digest("body = { upload_images = true }\n"));
    assert_ne!(plain, digest("body = { mentions = true }\n"));
}
