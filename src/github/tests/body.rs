//! Bodies: what is written of them, what stays, and when they were edited.

use http::Method;
use uuid::Uuid;

use super::*;
use crate::model::BodyText;
use crate::remote::RemoteError;
use crate::sim::github::{BodyLimit, Options};

const MARKER: Uuid = Uuid::from_u128(0x0fe1_e3ab_5d2d_4e0a_9c0c_7d3c_4d1f_8a11);
const LINE: &str = "<!-- tandem:0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11 -->";

fn body(text: &str) -> Value {
    Value::Body(BodyText(text.to_owned()))
}

fn github(options: Options) -> Setup {
    Setup { github: options, ..Setup::default() }
}

fn with_body(text: &str) -> NewIssue {
    NewIssue { title: "One".to_owned(), body: Some(text.to_owned()), ..NewIssue::default() }
}

async fn create(stage: &Stage, text: &str) -> Result<Written<Issue>, RemoteError> {
    let values =
        BTreeMap::from([(Field::Title, Value::Text("New".to_owned())), (Field::Body, body(text))]);
    stage.world.clear_seen();
    stage.writer().create(&acme(), &stage.mapping, &values, MARKER).await
}

fn stored(stage: &Stage, at: &IssueRef) -> Option<String> {
    stage.github(at.number.0).body
}

#[tokio::test(start_paused = true)]
async fn a_body_is_written_with_the_title_in_one_request_and_to_the_letter() {
    let stage = Stage::new();
    let at = stage.seed(with_body("one\r\ntwo\r\n"));
    assert_eq!(value(&stage.read(&at).await, Field::Body), body("one\r\ntwo\r\n"));
    let new = "one\r\n2\r\n";
    let wanted = [(Field::Title, Value::Text("First".to_owned())), (Field::Body, body(new))];
    let written = stage.set(&at, &wanted).await;
    assert_eq!(written.refused, []);
    assert_eq!(value(&written.observed, Field::Body), body(new));
    assert_eq!(stored(&stage, &at).as_deref(), Some(new));
    let asked = stage.asked();
    assert_eq!(asked.iter().filter(|it| !it.starts_with("GET")).count(), 1, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn the_marker_is_no_part_of_the_body_and_stays_its_last_line() {
    let stage = Stage::new();
    let written = create(&stage, "one\r\ntwo").await.unwrap();
    assert_eq!(written.refused, []);
    let at = written.observed.at.clone();
    assert_eq!(value(&written.observed, Field::Body), body("one\r\ntwo"));
    assert_eq!(stored(&stage, &at).unwrap(), format!("one\r\ntwo\r\n\r\n{LINE}"));
    assert_eq!(written.observed.marker, Some(MARKER));

    let written = stage.set(&at, &[(Field::Body, body("three"))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stored(&stage, &at).unwrap(), format!("three\n\n{LINE}"));
    let written = stage.set(&at, &[(Field::Body, body(""))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stored(&stage, &at).unwrap(), LINE);
}

#[tokio::test(start_paused = true)]
async fn a_marker_that_was_removed_comes_back_with_the_next_write_of_whoever_knows_it() {
    let stage = Stage::new();
    let at = stage.seed(with_body("one"));
    let mut issue = stage.read(&at).await;
    assert_eq!(issue.marker, None);
    issue.marker = Some(MARKER);
    let change = Change { field: Field::Body, from: body("one"), to: body("two") };
    let written = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap();
    assert_eq!(written.refused, []);
    assert_eq!(stored(&stage, &at).unwrap(), format!("two\n\n{LINE}"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_is_named_and_the_rest_is_written() {
    let too_long = "x".repeat(65_600);
    let stage = Stage::new();
    let at = stage.titled("One");
    let wanted = [(Field::Title, text("First")), (Field::Body, body(&too_long))];
    let written = stage.set(&at, &wanted).await;
    let [refusal] = written.refused.as_slice() else { panic!("{:?}", written.refused) };
    assert_eq!(refusal.field, Field::Body);
    assert!(refusal.reason.contains("65600 characters"), "{}", refusal.reason);
    assert_eq!(stage.github(1).title, "First");
}

#[tokio::test(start_paused = true)]
async fn where_github_counts_bytes_its_422_names_the_body_alone() {
    let setup = || github(Options { body_limit: BodyLimit::Bytes, ..Options::default() });
    let long = "ü".repeat(40_000);
    let stage = Stage::with(setup());
    let at = stage.titled("One");
    let wanted = [(Field::Title, text("First")), (Field::Body, body(&long))];
    let written = stage.set(&at, &wanted).await;
    let [refusal] = written.refused.as_slice() else { panic!("{:?}", written.refused) };
    assert_eq!(refusal.field, Field::Body);
    assert!(refusal.reason.contains("too long"), "{}", refusal.reason);
    assert!(!refusal.reason.contains('ü'));
    assert_eq!(stage.github(1).title, "First");

    // Nor does it keep a new issue away.
    let written = create(&stage, &long).await.unwrap();
    let [refusal] = written.refused.as_slice() else { panic!("{:?}", written.refused) };
    assert_eq!(refusal.field, Field::Body);
    assert_eq!(stored(&stage, &written.observed.at).unwrap(), LINE);
}

#[tokio::test(start_paused = true)]
async fn only_graphql_tells_when_a_body_was_edited() {
    for base_path in ["", "/api/v3"] {
        let options = Options { base_path: base_path.to_owned(), ..Options::default() };
        let stage = Stage::with(github(options));
        let at = stage.seed(with_body("one"));
        let opened = stage.now();
        assert_eq!(stage.reader.body_edited(&at).await.unwrap(), Some(opened));
        stage.later("octocat", |it, repo| it.set_title(repo, 1, "First").unwrap());
        assert_eq!(stage.reader.body_edited(&at).await.unwrap(), Some(opened));
        stage.later("octocat", |it, repo| it.set_body(repo, 1, Some("two")).unwrap());
        assert_eq!(stage.reader.body_edited(&at).await.unwrap(), Some(stage.now()));
        let graph = if base_path.is_empty() { "/graphql" } else { "/api/graphql" };
        assert_eq!(stage.asked(), vec![format!("{} {graph}", Method::POST); 3]);

        let unknown = IssueRef { number: IssueNumber(77), ..at };
        assert_eq!(stage.reader.body_edited(&unknown).await.unwrap(), None);
    }
}
