//! `config.example.toml` is valid, whole and true.

use std::collections::BTreeSet;

use super::*;

/// Keys whose line in the example is an example and not the default.
const NO_DEFAULT: [&str; 7] =
    ["app", "hubot", "labels_any", "labels_all", "labels_none", "since", "notion"];

#[test]
fn the_example_is_a_valid_config() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.syncs.len(), 1);
    assert_eq!(config.syncs[0].fields.len() + 1, Field::ALL.len());
    assert!(config.syncs[0].body.is_some());
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
