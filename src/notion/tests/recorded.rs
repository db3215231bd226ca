//! What Notion really answered, where recordings are at hand.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::Value as Json;

use super::script::{Line, Script, page_id, shows};
use crate::model::PropertyKind;
use crate::notion::NotionDialect;
use crate::notion::shapes::{RawPage, RawSource, Shown, property_id, property_value};
use crate::remote::{Dialect, Kind, Lookup, Verdict};

fn recordings(name: &str) -> Vec<Json> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/notion-recorded");
    let Ok(text) = std::fs::read_to_string(dir.join(name)) else {
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: there is no {name} among the recordings; this test has tested nothing"
        );
        return Vec::new();
    };
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_property_of_a_recorded_page_has_the_shape_its_type_promises() {
    let mut met = 0;
    for answer in recordings("pages.json") {
        let body = &answer["response_body"];
        if body["object"] != "page" {
            continue;
        }
        let page: RawPage = serde_json::from_value(body.clone()).unwrap();
        assert!(page.created_time.is_some() && page.last_edited_time.is_some());
        for (name, raw) in page.properties.unwrap() {
            assert!(property_id(&raw).is_some(), "{name}");
            let value = property_value(&raw).unwrap();
            let known = !matches!(value.kind, PropertyKind::Other(_));
            assert_eq!(
                Shown::parse(&value.kind, value.payload).is_some(),
                known,
                "{name}: {:?}",
                value.kind
            );
            met += 1;
        }
    }
    println!("{met} recorded properties read");
}

#[test]
fn every_recorded_data_source_is_read() {
    for answer in recordings("data-sources.json") {
        let body = &answer["response_body"];
        if body["object"] == "data_source" {
            let source: RawSource = serde_json::from_value(body.clone()).unwrap();
            assert!(source.properties.is_some());
        }
    }
}

#[test]
fn no_recorded_error_is_taken_for_an_answer() {
    for answer in recordings("errors.json") {
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        let body = bytes::Bytes::from(answer["response_body"].to_string());
        let response = http::Response::builder().status(status).body(body).unwrap();
        let verdict = NotionDialect.judge(Kind::Read, &response);
        let is_notions = answer["response_body"].is_object();
        assert_ne!(verdict, Verdict::Answer);
        assert_eq!(matches!(verdict, Verdict::Error(_)), is_notions, "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_recorded_body_is_read_and_a_recorded_task_is_waited_for() {
    let mut met = 0;
    let pages = recordings("pages.json");
    for answer in pages.iter().filter(|answer| answer["response_body"]["object"] == "page_markdown")
    {
        let body = answer["response_body"].clone();
        let (_, reader, _) = Script::of([Line::Says(200, body.clone())]);
        let Lookup::Found(content) = reader.body(page_id()).await.unwrap() else { panic!() };
        assert_eq!(Some(content.markdown.as_str()), body["markdown"].as_str());
        met += 1;
    }
    let queued = pages.iter().find(|answer| answer["status"] == 202);
    for task in recordings("async-tasks.json") {
        let queued = queued.expect("a task that was looked at was queued before");
        let lines = [queued, &task].map(|answer| {
            let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
            Line::Says(status, answer["response_body"].clone())
        });
        let (_, _, writer) = Script::of([shows("")].into_iter().chain(lines));
        let text = task["response_body"]["result"]["markdown"].as_str().unwrap();
        let written = writer.write_body(page_id(), "", text).await.unwrap();
        assert_eq!((written.content.markdown.as_str(), written.refused), (text, None));
        met += 1;
    }
    println!("{met} recorded bodies read");
}

#[tokio::test(start_paused = true)]
async fn every_recorded_upload_that_arrived_is_taken_as_such() {
    let mut met = 0;
    let uploads = recordings("file-uploads.json");
    let bodies = uploads.iter().map(|answer| &answer["response_body"]);
    for body in bodies.filter(|body| body["status"] == "uploaded") {
        let (_, _, writer) = Script::of([Line::Says(200, body.clone())]);
        let from = url::Url::parse("https://example.com/a.png").unwrap();
        let upload = writer.import_image(&from, "cat").await.unwrap();
        assert_eq!(upload.address(), format!("file-upload://{}", body["id"].as_str().unwrap()));
        met += 1;
    }
    println!("{met} recorded uploads read");
}
