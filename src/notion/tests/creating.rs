//! Pages made with their bodies.

use serde_json::json;

use super::script::{Line, Script, error, refuses, shows, task};
use super::*;
use crate::model::BodyText;
use crate::remote::{Refusal, RemoteError, Written};

const BODY: &str = "# Steps\n\nOpen the file.\n";
const CREATE: &str = "POST /v1/pages";

fn values(more: &[(Field, Value)]) -> BTreeMap<Field, Value> {
    let mut values = BTreeMap::from([
        (Field::Url, text("https://github.com/acme/app/issues/3")),
        (Field::Title, text("Crash")),
        (Field::Body, body(BODY)),
    ]);
    values.extend(more.iter().cloned());
    values
}

fn body(text: &str) -> Value {
    Value::Body(BodyText(text.to_owned()))
}

async fn make(
    lines: impl IntoIterator<Item = Line>,
    values: &BTreeMap<Field, Value>,
) -> (Arc<Script>, Office, Result<Written<Page>, RemoteError>) {
    let office = Office::open(Options::default()).await;
    let (script, _, writer) = Script::before(Some(&office.world), lines);
    let made = writer.create(&office.source, &office.mapping, values).await;
    (script, office, made)
}

fn lines(script: &Script) -> Vec<(String, bool)> {
    let has_body = |body: &serde_json::Value| body.get("markdown").is_some();
    script.asked().into_iter().map(|asked| (asked.line, has_body(&asked.body))).collect()
}

fn create(with_body: bool) -> (String, bool) {
    (CREATE.to_owned(), with_body)
}

fn refused_body(written: &Written<Page>) -> &str {
    let [Refusal { field: Field::Body, reason }] = written.refused.as_slice() else {
        panic!("{:?}", written.refused)
    };
    reason
}

#[tokio::test(start_paused = true)]
async fn a_page_is_made_with_its_body_in_one_request() {
    let (script, _, made) = make([Line::World], &values(&[])).await;
    assert_eq!(made.unwrap().refused, []);
    let [asked] = script.asked().try_into().unwrap();
    assert_eq!(asked.body["markdown"], BODY);
    assert_eq!(asked.body["markdown_version"], "v2");
    assert_eq!(asked.body.get("allow_async"), None);
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_is_not_mentioned() {
    for empty in ["", " \r\n\t"] {
        let (script, _, made) = make([Line::World], &values(&[(Field::Body, body(empty))])).await;
        assert_eq!(made.unwrap().refused, []);
        let [asked] = script.asked().try_into().unwrap();
        let keys: Vec<_> = asked.body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["parent", "properties"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_notion_will_not_take_does_not_keep_the_page_out() {
    let too_large = Line::Says(413, error(413, "payload_too_large", "too big"));
    for refusal in [refuses("Invalid markdown near \"Open the file.\""), too_large] {
        let (script, office, made) = make([refusal, Line::World], &values(&[])).await;
        let made = made.unwrap();
        let reason = refused_body(&made);
        assert!(reason.contains("GitHub") && !reason.contains("Open the file"), "{reason}");
        office.shows(made.observed.id, |page| assert_eq!(page.title(), "Crash"));
        assert_eq!(lines(&script), [create(true), create(false)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_value_costs_neither_the_page_nor_its_body() {
    let label = (Field::Labels, names(["bug"]));
    let (script, office, made) = make(
        [refuses("bad"), refuses("bad"), Line::World, Line::World, shows(""), shows(BODY)],
        &values(&[label]),
    )
    .await;
    let made = made.unwrap();
    assert_eq!(made.refused, []);
    office.shows(made.observed.id, |page| assert!(page.options("Labels").contains("Bug")));
    let asked = script.asked();
    assert_eq!(asked[2].line, CREATE);
    assert_eq!(asked[5].line, format!("PATCH /v1/pages/{}/markdown", made.observed.id));
    assert_eq!(asked[5].body["replace_content"]["new_str"], BODY);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_added_to_a_page_just_made_is_told_and_the_page_is_kept() {
    let down = Line::Says(500, error(500, "internal_server_error", ""));
    let still_down = || Line::Says(500, error(500, "internal_server_error", ""));
    let lines = [refuses("bad"), refuses("bad"), Line::World, Line::World, down];
    let lines = lines.into_iter().chain((0..5).map(|_| still_down()));
    let (_, _, made) = make(lines, &values(&[(Field::Labels, names(["bug"]))])).await;
    let made = made.unwrap();
    assert!(refused_body(&made).starts_with("not written yet: "), "{:?}", made.refused);
}

#[tokio::test(start_paused = true)]
async fn without_a_title_the_first_heading_of_the_body_does_not_become_one() {
    let mut untitled = values(&[]);
    untitled.remove(&Field::Title);
    let (script, _, made) = make([Line::World, shows(""), shows(BODY)], &untitled).await;
    let made = made.unwrap();
    assert_eq!(made.refused, []);
    let body = (format!("PATCH /v1/pages/{}/markdown", made.observed.id), false);
    let [made, _, written] = lines(&script).try_into().unwrap();
    assert_eq!([made, written], [create(false), body]);
}

#[tokio::test(start_paused = true)]
async fn a_page_with_a_large_body_is_a_task_that_is_waited_for() {
    let large = values(&[(Field::Body, body(&"word ".repeat(2_000)))]);
    let office = Office::open(Options::default()).await;
    let small = values(&[(Field::Body, body(""))]);
    let page = office.writer.create(&office.source, &office.mapping, &small).await.unwrap();
    // What the task ends with is the page as a request of its own would have been answered.
    let page = json!({"object": "page", "id": page.observed.id});
    let ends = |end| [task("queued", json!({})), end];
    let (script, _, writer) = Script::before(
        Some(&office.world),
        ends(task("succeeded", json!({"result": page}))).into_iter().chain([Line::World]),
    );
    let made = writer.create(&office.source, &office.mapping, &large).await.unwrap();
    assert_eq!(made.refused, []);
    assert_eq!(made.observed.anchor.as_deref(), Some("https://github.com/acme/app/issues/3"));
    assert_eq!(script.asked()[0].body["allow_async"], true);

    let why = error(400, "validation_error", "Page too large");
    let (_, _, made) =
        make(ends(task("failed", json!({"error": why}))).into_iter().chain([Line::World]), &large)
            .await;
    assert!(refused_body(&made.unwrap()).contains("Page too large"));

    let (_, _, made) = make(ends(task("failed", json!({}))), &large).await;
    assert!(matches!(made, Err(RemoteError::Unclear { made: None, .. })), "{made:?}");
}

#[tokio::test(start_paused = true)]
async fn a_create_without_an_answer_is_sent_once_body_or_not() {
    let (script, _, made) = make([Line::Breaks], &values(&[])).await;
    assert!(matches!(made, Err(RemoteError::Unclear { .. })), "{made:?}");
    assert_eq!(lines(&script), [create(true)]);
}
