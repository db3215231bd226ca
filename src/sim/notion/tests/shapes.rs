//! Answers have the shape of recorded real ones (2025-09-03, which is the version that was recorded).

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::super::Options;
use super::Bench;

/// The recorded answers of one file to requests like this, or nothing when the recordings are not here.
fn recorded(file: &str, method: &str, path: &str) -> Vec<Json> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places =
        here.ancestors().skip(1).map(|above| above.join("shared/data/notion-recorded").join(file));
    let Some(text) = places.into_iter().find_map(|place| std::fs::read_to_string(place).ok())
    else {
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: no recorded answers of Notion (../shared/data/notion-recorded/{file})"
        );
        return Vec::new();
    };
    let exchanges: Vec<Json> = serde_json::from_str(&text).unwrap();
    let like = |exchange: &Json| {
        let recorded = exchange["path"].as_str().unwrap().split('?').next().unwrap().to_owned();
        let segments: Vec<&str> =
            recorded.split('/').map(|part| if part.len() >= 32 { "*" } else { part }).collect();
        exchange["notion_version"] == "2025-09-03"
            && exchange["commit_date"].as_str().unwrap() > "2026"
            && exchange["method"] == method
            && segments.join("/") == path
    };
    let found: Vec<Json> = exchanges
        .into_iter()
        .filter(like)
        .map(|exchange| exchange["response_body"].clone())
        .collect();
    assert!(!found.is_empty(), "no recording of {method} {path}");
    found
}

fn bench() -> Bench {
    let mut bench = Bench::with(Options {
        newer_fields: false,
        search_lag: std::time::Duration::ZERO,
        ..Options::raised()
    });
    bench.version = "2025-09-03";
    bench
}

/// Same keys and same JSON types, wherever neither is null; `parent`s are of several kinds and left out.
fn assert_same_shape(at: &str, real: &Json, ours: &Json) {
    match (real, ours) {
        (Json::Object(real), Json::Object(ours)) => {
            let keys = |object: &serde_json::Map<String, Json>| {
                object.keys().cloned().collect::<BTreeSet<_>>()
            };
            assert_eq!(keys(real), keys(ours), "keys at {at}");
            for (key, real) in real {
                if !["parent", "database_parent", "properties"].contains(&key.as_str()) {
                    assert_same_shape(&format!("{at}.{key}"), real, &ours[key]);
                }
            }
        }
        (Json::Array(real), Json::Array(ours)) => {
            if let (Some(real), Some(ours)) = (real.first(), ours.first()) {
                assert_same_shape(&format!("{at}[0]"), real, ours);
            }
        }
        (Json::Null, _) | (_, Json::Null) => {}
        (real, ours) => assert_eq!(
            std::mem::discriminant(real),
            std::mem::discriminant(ours),
            "type at {at}: {real} and {ours}"
        ),
    }
}

#[test]
fn a_page_looks_like_a_real_one() {
    let mut bench = bench();
    let page = bench.titled("Test");
    let read = bench.read(page);
    for real in recorded("pages.json", "GET", "/v1/pages/*") {
        assert_same_shape("page", &real, &read);
        assert_same_shape("title", &real["properties"]["title"], &read["properties"]["Name"]);
    }
    let made =
        bench.create(&json!({ "Name": { "title": [{ "text": { "content": "Test" } }] } })).ok();
    for real in recorded("pages.json", "POST", "/v1/pages") {
        assert_same_shape("page", &real, &made);
    }
    let patched = bench.patch(page, &json!({ "icon": { "emoji": "🔥" } })).ok();
    for real in recorded("pages.json", "PATCH", "/v1/pages/*") {
        let emoji = json!({ "type": "emoji", "emoji": "🔥" });
        assert_eq!(patched["icon"], emoji);
        assert_same_shape("page", &real, &patched);
    }
}

#[test]
fn a_property_item_list_looks_like_a_real_one() {
    let mut bench = bench();
    let page = bench.titled("Test");
    let list = bench.get(&format!("/v1/pages/{page}/properties/title")).ok();
    for real in recorded("pages.json", "GET", "/v1/pages/*/properties/title") {
        assert_same_shape("list", &real, &list);
        assert_eq!(real["property_item"], list["property_item"]);
    }
}

#[test]
fn a_query_and_a_search_look_like_real_ones() {
    let mut bench = bench();
    bench.titled("Test");
    let list = bench.query(&json!({})).ok();
    for real in recorded("data-sources.json", "POST", "/v1/data_sources/*/query") {
        assert_same_shape("list", &real, &list);
        assert_eq!(real["type"], list["type"]);
    }
    let body = json!({ "query": "Test", "filter": { "property": "object", "value": "page" } });
    let list = bench.call("POST", "/v1/search", Some(&body)).ok();
    for real in recorded("search.json", "POST", "/v1/search") {
        assert_same_shape("list", &real, &list);
    }
}

#[test]
fn a_data_source_and_a_database_look_like_real_ones() {
    let mut bench = bench();
    let source = bench.get(&format!("/v1/data_sources/{}", bench.tasks)).ok();
    for real in recorded("data-sources.json", "GET", "/v1/data_sources/*") {
        assert_same_shape("data source", &real, &source);
        assert_same_shape("property", &real["properties"]["Name"], &source["properties"]["Name"]);
    }
    let database = bench.get(&format!("/v1/databases/{}", bench.database)).ok();
    for real in recorded("databases.json", "GET", "/v1/databases/*") {
        assert_same_shape("database", &real, &database);
        let length = |object: &Json| object["created_time"].as_str().unwrap().len();
        assert_eq!(
            length(&real),
            length(&database),
            "databases show milliseconds and a numeric offset"
        );
    }
}

#[test]
fn users_look_like_real_ones() {
    let mut bench = bench();
    let users = bench.get("/v1/users").ok();
    let of = |list: &Json, kind: &str| {
        list["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|user| user["type"] == kind)
            .unwrap()
            .clone()
    };
    for real in recorded("users.json", "GET", "/v1/users") {
        for kind in ["person", "bot"] {
            assert_same_shape(kind, &of(&real, kind), &of(&users, kind));
        }
        assert_eq!((&real["type"], &real["user"]), (&users["type"], &users["user"]));
    }
    let me = bench.get("/v1/users/me").ok();
    for real in recorded("users.json", "GET", "/v1/users/me") {
        assert_same_shape("me", &real, &me);
    }
}

#[test]
fn errors_are_worded_like_real_ones() {
    let mut bench = bench();
    let nil = "00000000-0000-0000-0000-000000000000";
    let missing = bench.get(&format!("/v1/pages/{nil}")).body;
    for real in recorded("errors.json", "GET", "/v1/pages/*") {
        assert_same_shape("error", &real, &missing);
        let ours = missing["message"].as_str().unwrap().replace("tandem", "notion-sdk-py");
        assert_eq!(real["message"], json!(ours));
    }
    let stray = bench.get("/v1/invalid").body;
    for real in recorded("errors.json", "GET", "/v1/invalid") {
        assert_same_shape("error", &real, &stray);
        assert_eq!(real["message"], stray["message"]);
    }
    bench.token = "wrong";
    let wrong = bench.get("/v1/users").body;
    for real in recorded("errors.json", "GET", "/v1/users") {
        assert_same_shape("error", &real, &wrong);
        assert_eq!((&real["code"], &real["message"]), (&wrong["code"], &wrong["message"]));
    }
}
