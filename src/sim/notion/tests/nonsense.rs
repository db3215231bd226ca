//! Whatever is sent, there is an answer, and only an accepted write changes anything.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::Bench;

const WORDS: [&str; 40] = [
    "Name",
    "Notes",
    "GitHub",
    "Number",
    "Type",
    "Labels",
    "Status",
    "Urgent",
    "Assignees",
    "Due",
    "title",
    "rich_text",
    "url",
    "number",
    "select",
    "multi_select",
    "status",
    "checkbox",
    "people",
    "date",
    "name",
    "id",
    "start",
    "end",
    "text",
    "content",
    "options",
    "property",
    "equals",
    "contains",
    "is_empty",
    "and",
    "or",
    "properties",
    "filter",
    "sorts",
    "direction",
    "timestamp",
    "last_edited_time",
    "in_trash",
];

fn anything() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(&WORDS[..]).prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        Just(json!("2026-02-30")),
        Just(json!("2026-01-05T09:00:00.000Z")),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let key = prop_oneof![4 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((key, inner), 0..5).prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nonsense_is_answered_and_a_refusal_changes_nothing(body in anything(), endpoint in 0..5) {
        let mut bench = Bench::new();
        let page = bench.titled("x");
        let before = (bench.read(page)["properties"].clone(), bench.state.schema(bench.tasks).to_vec());
        let (path, body) = match endpoint {
            0 => (format!("/v1/pages/{page}"), body),
            1 => (format!("/v1/pages/{page}"), json!({ "properties": body })),
            2 => (format!("/v1/data_sources/{}", bench.tasks), json!({ "properties": body })),
            3 => (format!("/v1/data_sources/{}/query", bench.tasks), json!({ "filter": body })),
            _ => (format!("/v1/data_sources/{}/query", bench.tasks), body),
        };
        let method = if endpoint < 3 { "PATCH" } else { "POST" };
        let answer = bench.call(method, &path, Some(&body));
        prop_assert!([200, 400, 404].contains(&answer.status), "{} {}", answer.status, answer.body);
        prop_assert!(answer.body["request_id"].is_string());
        if answer.status != 200 || endpoint >= 3 {
            let after = (bench.read(page)["properties"].clone(), bench.state.schema(bench.tasks).to_vec());
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn a_text_of_any_characters_comes_back_as_it_was(text in "\\PC{1,60}") {
        let mut bench = Bench::new();
        let page = bench.made(&json!({ "Notes": super::text(&text) }));
        prop_assert_eq!(&bench.read(page)["properties"]["Notes"]["rich_text"][0]["plain_text"], &json!(text));
    }
}
