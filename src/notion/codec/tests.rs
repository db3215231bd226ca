use super::*;
use crate::model::{Direction, NameSet, PropertyId, Reason, State, StateMapping};
use proptest::prelude::*;
use serde_json::json;

fn place(kind: PropertyKind) -> FieldMapping {
    FieldMapping {
        direction: Direction::Both,
        property: PropertyId("p".into()),
        property_name: "Status".into(),
        kind,
        fingerprint: String::new(),
    }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn states() -> Mapping {
    let state = StateMapping::Options {
        open: words(&["To do", "In progress"]),
        completed: words(&["Done"]),
        not_planned: words(&["Won't do"]),
        duplicate: vec![],
    };
    Mapping { state: Some(state), ..Mapping::default() }
}

fn send(
    field: Field,
    kind: PropertyKind,
    value: &Value,
    options: &[String],
) -> Result<Json, Unfit> {
    let mapping = states();
    let place = place(kind);
    encode(Target { field, place: &place, mapping: &mapping, options, kept: Some(&[]) }, value)
}

fn read(field: Field, kind: &PropertyKind, payload: Json) -> Observed {
    let content = Shown::parse(kind, payload).unwrap();
    decode(field, &place(kind.clone()), &states(), &content)
}

#[test]
fn every_open_option_means_open_so_moving_between_them_is_no_change() {
    let status = PropertyKind::Status;
    let open = Observed::Value(Value::State(State::Open));
    for shown in
        [json!({"name": "To do"}), json!({"name": "in progress", "color": "blue"}), Json::Null]
    {
        assert_eq!(read(Field::State, &status, shown), open);
    }
}

#[test]
fn a_deleted_or_new_option_is_unreadable_and_named_never_guessed() {
    let Observed::Unreadable(why) =
        read(Field::State, &PropertyKind::Status, json!({"name": "Blocked"}))
    else {
        panic!()
    };
    assert!(why.contains("`Blocked`") && why.contains("[sync.fields.state]"), "{why}");
}

#[test]
fn a_status_is_written_in_the_schemas_spelling_and_only_when_it_exists() {
    let done = Value::State(State::Closed(Reason::Completed));
    let sent = send(Field::State, PropertyKind::Status, &done, &words(&["DONE"]));
    assert_eq!(sent, Ok(json!({"name": "DONE"})));
    let refused = send(Field::State, PropertyKind::Status, &done, &words(&["To do"]));
    assert!(
        matches!(&refused, Err(Unfit::Schema(why)) if why.contains("`Done`") && why.contains("`To do`")),
        "{refused:?}"
    );
    let made = send(Field::State, PropertyKind::Select, &done, &words(&["To do"]));
    assert_eq!(made, Ok(json!({"name": "Done"})));
}

#[test]
fn a_reason_without_an_option_is_written_as_completed() {
    let duplicate = Value::State(State::Closed(Reason::Duplicate));
    let sent = send(Field::State, PropertyKind::Select, &duplicate, &[]);
    assert_eq!(sent, Ok(json!({"name": "Done"})));
}

#[test]
fn a_milestone_kept_as_text_keeps_its_comma_and_its_length() {
    let title = format!("0.2 release, {}", "x".repeat(200));
    let value = Value::Name(Some(Name(title.clone())));
    let sent = send(Field::Milestone, PropertyKind::RichText, &value, &[]).unwrap();
    assert_eq!(sent[0]["text"]["content"], title);
    assert_eq!(read(Field::Milestone, &PropertyKind::RichText, sent), Observed::Value(value));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_not_coerced() {
    for kind in [
        "title",
        "number",
        "url",
        "select",
        "multi_select",
        "status",
        "checkbox",
        "people",
        "date",
        "files",
    ] {
        let kind = PropertyKind::from_api(kind);
        let wrong = match kind {
            PropertyKind::Number => Value::State(State::Open),
            PropertyKind::Title
            | PropertyKind::RichText
            | PropertyKind::Url
            | PropertyKind::Select
            | PropertyKind::MultiSelect
            | PropertyKind::Status
            | PropertyKind::Checkbox
            | PropertyKind::People
            | PropertyKind::Date
            | PropertyKind::Content
            | PropertyKind::Other(_) => Value::Number(1),
        };
        assert!(send(Field::Labels, kind.clone(), &wrong, &[]).is_err(), "{kind:?}");
    }
}

fn canonical() -> impl Strategy<Value = (Field, PropertyKind, Value)> {
    let text = "[^\u{0}]{0,60}";
    let name = || {
        proptest::option::of("\\PC{0,130}").prop_map(|name| {
            let name = name.filter(|name| !name.trim().is_empty());
            Value::Name(name.map(|name| Name(name.trim().to_owned())))
        })
    };
    let state = || {
        prop_oneof![
            Just(State::Open),
            Just(State::Closed(Reason::Completed)),
            Just(State::Closed(Reason::NotPlanned)),
        ]
        .prop_map(Value::State)
    };
    prop_oneof![
        text.prop_map(|t| (Field::Title, PropertyKind::Title, Value::Text(t))),
        name().prop_map(|v| (Field::Milestone, PropertyKind::Select, v)),
        name().prop_map(|v| (Field::Type, PropertyKind::RichText, v)),
        state().prop_map(|v| (Field::State, PropertyKind::Select, v)),
        proptest::bool::ANY.prop_map(|b| (Field::State, PropertyKind::Checkbox, state::ticked(b))),
        "[a-z]{1,20}/[a-z]{1,20}".prop_map(|t| (
            Field::Repository,
            PropertyKind::Select,
            Value::Text(t)
        )),
        proptest::collection::vec("[a-zA-Z0-9-]{1,30}", 0..5).prop_map(|l| (
            Field::Assignees,
            PropertyKind::MultiSelect,
            Value::Names(l.into_iter().collect::<NameSet>())
        )),
    ]
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_value_for_every_field_and_type((field, kind, value) in canonical()) {
        let sent = send(field, kind.clone(), &value, &[]).unwrap();
        prop_assert_eq!(read(field, &kind, sent), Observed::Value(value));
    }

    #[test]
    fn no_payload_of_any_property_makes_decoding_panic(text in "\\PC{0,40}", number in proptest::num::f64::ANY) {
        for payload in [json!(text), json!(number), json!([text]), json!({"name": text}), json!({"start": text, "time_zone": text})] {
            for kind in ["title", "number", "url", "select", "multi_select", "status", "checkbox", "people", "date"] {
                let kind = PropertyKind::from_api(kind);
                if let Some(content) = Shown::parse(&kind, payload.clone()) {
                    let _ = decode(Field::State, &place(kind), &states(), &content);
                }
            }
        }
    }
}
