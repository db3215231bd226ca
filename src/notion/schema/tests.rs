use super::*;
use crate::config::{Config, Env};
use crate::model::{Login, NotionUserId};
use std::path::Path;
use uuid::Uuid;

const FIELDS: &str = r#"
url = "GitHub"
title = "Name"
labels = "Labels"
assignees = "Assignees"
[sync.fields.state]
property = "Status"
open = ["To do"]
completed = ["Done"]
"#;

fn sync(fields: &str) -> SyncConfig {
    let text = format!(
        "[github]\ntoken = \"env:G\"\n[notion]\ntoken = \"env:N\"\n[[sync]]\nname = \"app\"\nrepositories = [\"acme/app\"]\ndata_source = \"0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11\"\n[sync.fields]\n{fields}"
    );
    Config::parse(&text, Path::new("config.toml"), &Env::default()).unwrap().syncs.remove(0)
}

fn source(properties: &[(&str, &str, &str)]) -> DataSource {
    let property = |(id, name, kind): &(&str, &str, &str)| Property {
        id: PropertyId((*id).into()),
        name: (*name).into(),
        kind: PropertyKind::from_api(kind),
        options: if *kind == "status" { vec!["to do".into(), "Done".into()] } else { vec![] },
    };
    DataSource {
        id: DataSourceId(Uuid::from_u128(1)),
        title: "Tasks".into(),
        properties: properties.iter().map(property).collect(),
    }
}

const GOOD: [(&str, &str, &str); 5] = [
    ("u", "GitHub", "url"),
    ("title", "Name", "title"),
    ("l", "Labels", "multi_select"),
    ("a", "Assignees", "people"),
    ("s", "Status", "status"),
];

/// The good schema with one property replaced.
fn with(changed: (&'static str, &'static str, &'static str)) -> DataSource {
    let all: Vec<_> = GOOD.iter().map(|p| if p.0 == changed.0 { changed } else { *p }).collect();
    source(&all)
}

fn without(id: &str) -> DataSource {
    source(&GOOD.into_iter().filter(|p| p.0 != id).collect::<Vec<_>>())
}

fn remembered() -> Remembered {
    let ids = [
        (Field::Url, "u"),
        (Field::Title, "title"),
        (Field::Labels, "l"),
        (Field::Assignees, "a"),
        (Field::State, "s"),
    ];
    ids.into_iter().map(|(field, id)| (field, PropertyId(id.into()))).collect()
}

fn first_run(source: &DataSource) -> Result<Mapping, Vec<Problem>> {
    resolve(&sync(FIELDS), source, &Remembered::new(), &Users::default())
}

fn later_run(source: &DataSource) -> Result<Mapping, Vec<Problem>> {
    resolve(&sync(FIELDS), source, &remembered(), &Users::default())
}

#[test]
fn every_field_finds_its_property_by_name_and_options_without_case() {
    let mapping = first_run(&source(&GOOD)).unwrap();
    assert!(mapping.broken.is_empty());
    assert_eq!(mapping.fields[&Field::Labels].property, PropertyId("l".into()));
    assert!(matches!(mapping.state, Some(StateMapping::Options { .. })));
}

#[test]
fn a_renamed_property_is_known_by_its_id() {
    let mapping = later_run(&with(("l", "Tags", "multi_select"))).unwrap();
    assert_eq!(mapping.fields[&Field::Labels].property_name, "Tags");
    let before = later_run(&source(&GOOD)).unwrap();
    assert_eq!(
        mapping.fields[&Field::Labels].fingerprint,
        before.fields[&Field::Labels].fingerprint
    );
}

#[test]
fn a_property_that_never_existed_is_a_problem_with_the_nearest_name() {
    let problems = first_run(&with(("l", "Label", "multi_select"))).unwrap_err();
    insta::assert_snapshot!(problems[0], @r#"sync `app`, field `labels`, property `Labels`: the data source "Tasks" has no such property; did you mean `Label`? (there is `GitHub`, `Name`, `Label`, `Assignees`, `Status`)"#);
}

#[test]
fn a_property_that_is_gone_or_of_another_type_holds_its_field_only() {
    let gone = later_run(&without("l")).unwrap();
    insta::assert_snapshot!(gone.broken[&Field::Labels], @r#"sync `app`, field `labels`, property `Labels`: it is gone from the data source "Tasks"; restore it in Notion, or map the field to another property (there is `GitHub`, `Name`, `Assignees`, `Status`)"#);
    let retyped = later_run(&with(("l", "Labels", "rich_text"))).unwrap();
    insta::assert_snapshot!(retyped.broken[&Field::Labels], @r#"sync `app`, field `labels`, property `Labels`: it is of type rich_text, the field can live in multi_select; change its type in Notion, or map the field to another property"#);
    assert_eq!(retyped.fields.len(), 4);
}

#[test]
fn a_type_that_never_was_right_is_a_problem() {
    let problems = first_run(&with(("l", "Labels", "rich_text"))).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].field, Field::Labels);
}

#[test]
fn the_anchor_cannot_be_done_without() {
    for broken in [without("u"), with(("u", "GitHub", "rich_text"))] {
        let problems = later_run(&broken).unwrap_err();
        assert_eq!(problems[0].field, Field::Url);
    }
}

#[test]
fn a_status_option_nobody_made_holds_the_state_and_a_select_option_is_made_when_needed() {
    let mut bare = source(&GOOD);
    bare.properties[4].options = vec!["To do".into(), "Finished".into()];
    let mapping = first_run(&bare).unwrap();
    insta::assert_snapshot!(mapping.broken[&Field::State], @r#"sync `app`, field `state`, property `Status`: it has no option `Done`; add it in Notion, or take it out of [sync.fields.state] (it has `To do`, `Finished`)"#);
    assert_eq!(mapping.state, None);
    bare.properties[4].kind = PropertyKind::Select;
    assert!(first_run(&bare).unwrap().broken.is_empty());
}

#[test]
fn lists_for_a_checkbox_and_a_status_without_lists_are_problems_until_they_were_once_right() {
    let checkbox = with(("s", "Status", "checkbox"));
    insta::assert_snapshot!(first_run(&checkbox).unwrap_err()[0], @r#"sync `app`, field `state`, property `Status`: a checkbox has no options, ticked means closed; remove `open`, `completed`, `not_planned` and `duplicate`"#);
    assert!(later_run(&checkbox).unwrap().broken.contains_key(&Field::State));
    let plain = sync("url = \"GitHub\"\ntitle = \"Name\"\nstate = \"Status\"\n");
    let problems =
        resolve(&plain, &source(&GOOD), &Remembered::new(), &Users::default()).unwrap_err();
    insta::assert_snapshot!(problems[0], @r#"sync `app`, field `state`, property `Status`: a status needs to know what its options mean; add `open = [...]` and `completed = [...]` (it has `to do`, `Done`)"#);
    let mapping = resolve(&plain, &checkbox, &Remembered::new(), &Users::default()).unwrap();
    assert_eq!(mapping.state, Some(StateMapping::Checkbox));
}

#[test]
fn two_fields_that_come_to_one_property_by_a_rename_are_a_problem() {
    let known = BTreeMap::from([(Field::Type, PropertyId("m".into()))]);
    let fields = "url = \"GitHub\"\ntitle = \"Name\"\nmilestone = \"Milestone\"\ntype = \"Type\"\n";
    let renamed =
        source(&[("u", "GitHub", "url"), ("title", "Name", "title"), ("m", "Milestone", "select")]);
    let problems = resolve(&sync(fields), &renamed, &known, &Users::default()).unwrap_err();
    assert!(problems[0].message.contains("`milestone` and `type`"), "{}", problems[0]);
}

#[test]
fn a_fingerprint_follows_the_property_the_lists_and_the_people_and_nothing_else() {
    let base = first_run(&source(&GOOD)).unwrap();
    let print = |mapping: &Mapping, field: Field| mapping.fields[&field].fingerprint.clone();
    assert_eq!(print(&base, Field::State).len(), FINGERPRINT_CHARS);

    let other = FIELDS.replace("completed = [\"Done\"]", "completed = [\"Done\", \"To do 2\"]");
    let mut more = source(&GOOD);
    more.properties[4].options.push("To do 2".into());
    let lists = resolve(&sync(&other), &more, &Remembered::new(), &Users::default()).unwrap();
    assert_ne!(print(&lists, Field::State), print(&base, Field::State));
    assert_eq!(print(&lists, Field::Labels), print(&base, Field::Labels));

    let mut users = Users::default();
    users.link(Login("octocat".into()), NotionUserId(Uuid::from_u128(5)));
    let people = resolve(&sync(FIELDS), &source(&GOOD), &Remembered::new(), &users).unwrap();
    assert_ne!(print(&people, Field::Assignees), print(&base, Field::Assignees));
    assert_eq!(print(&people, Field::Labels), print(&base, Field::Labels));

    let moved = first_run(&with(("l", "Labels", "multi_select"))).unwrap();
    assert_eq!(print(&moved, Field::Labels), print(&base, Field::Labels));
}

#[test]
fn every_field_has_a_type_it_can_live_in_and_refuses_the_others() {
    for field in Field::ALL {
        let accepted = PropertyKind::accepted_by(field);
        assert!(!accepted.is_empty());
        assert!(!accepted.contains(&PropertyKind::from_api("formula")), "{field}");
    }
}
