//! New issues.

use http::Method;
use uuid::Uuid;

use super::*;
use crate::github::Newest;
use crate::remote::{Refusal, RemoteError};
use crate::sim::github::Options;
use crate::sim::{Fault, LimitKind, Planned};

const MARKER: Uuid = Uuid::from_u128(0x0fe1_e3ab_5d2d_4e0a_9c0c_7d3c_4d1f_8a11);

fn values<const N: usize>(values: [(Field, Value); N]) -> BTreeMap<Field, Value> {
    let mut values = BTreeMap::from(values);
    values.entry(Field::Title).or_insert_with(|| text("New"));
    values
}

async fn create(
    stage: &Stage,
    values: &BTreeMap<Field, Value>,
) -> Result<Written<Issue>, RemoteError> {
    stage.world.clear_seen();
    stage.writer().create(&acme(), &stage.mapping, values, MARKER).await
}

fn fields(refused: &[Refusal]) -> Vec<Field> {
    refused.iter().map(|refusal| refusal.field).collect()
}

fn on_create(fault: Fault) -> Planned {
    Planned::once(Side::GitHub, fault).on(Method::POST, "/acme/app/issues")
}

async fn issues_made(stage: &Stage) -> usize {
    stage.world.github(|github, _| github.issues(stage.repo).len())
}

#[tokio::test(start_paused = true)]
async fn a_new_issue_starts_with_every_value_in_one_request() {
    let stage = Stage::new();
    stage.seed(NewIssue {
        title: "Old".to_owned(),
        labels: vec!["good, first".to_owned()],
        milestone: Some("v1".to_owned()),
        ..NewIssue::default()
    });
    let values = values([
        (Field::Title, text("Crash\non save")),
        (Field::Labels, names(&["good‚ first", "New one"])),
        (Field::Assignees, names(&["hubot"])),
        (Field::Milestone, name("V1")),
        (Field::Type, name("bug")),
        (Field::State, Value::State(State::Open)),
        (Field::Url, text("")),
    ]);
    let written = create(&stage, &values).await.unwrap();
    assert_eq!(written.refused, []);
    let writes: Vec<String> =
        stage.asked().into_iter().filter(|it| !it.starts_with("GET")).collect();
    assert_eq!(writes, ["POST /repos/acme/app/issues"]);
    let issue = stage.github(2);
    assert_eq!(issue.title, "Crash on save");
    assert_eq!(issue.body.as_deref(), Some("<!-- tandem:0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11 -->"));
    assert_eq!(issue.labels, ["good, first".to_owned(), "New one".to_owned()].into());
    assert_eq!(issue.assignees, ["hubot".to_owned()].into());
    assert_eq!(issue.milestone.as_deref(), Some("v1"));
    assert_eq!(issue.issue_type.as_deref(), Some("Bug"));
    assert_eq!(written.observed, stage.read(&at(2)).await);
    assert_eq!(written.observed.marker, Some(MARKER));
    assert_eq!(written.observed.author, Some(login("tandem-bot")));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_says_closed_becomes_a_closed_issue() {
    let stage = Stage::new();
    let written =
        create(&stage, &values([(Field::State, closed(Reason::NotPlanned))])).await.unwrap();
    assert_eq!(written.refused, []);
    assert_eq!(stage.asked(), ["POST /repos/acme/app/issues", "PATCH /repos/acme/app/issues/1"]);
    assert_eq!(stage.github(1).state_reason.as_deref(), Some("not_planned"));
    assert_eq!(value(&written.observed, Field::State), closed(Reason::NotPlanned));
}

#[tokio::test(start_paused = true)]
async fn one_unknown_login_does_not_keep_the_issue_out() {
    let stage = Stage::new();
    let written =
        create(&stage, &values([(Field::Assignees, names(&["hubot", "nobody"]))])).await.unwrap();
    assert_eq!(fields(&written.refused), [Field::Assignees]);
    assert!(written.refused[0].reason.contains("`nobody`"));
    assert_eq!(stage.github(1).assignees, ["hubot".to_owned()].into());
}

#[tokio::test(start_paused = true)]
async fn a_type_nobody_made_is_left_out_and_a_milestone_is_made() {
    let stage = Stage::new();
    let values = values([(Field::Type, name("Epic")), (Field::Milestone, name("v9"))]);
    let written = create(&stage, &values).await.unwrap();
    assert_eq!(fields(&written.refused), [Field::Type]);
    assert_eq!(stage.github(1).milestone.as_deref(), Some("v9"));
}

#[tokio::test(start_paused = true)]
async fn without_a_title_that_fits_nothing_is_made() {
    let stage = Stage::new();
    for title in [" ".to_owned(), "x".repeat(257)] {
        let error = create(&stage, &values([(Field::Title, text(&title))])).await.unwrap_err();
        let RemoteError::Refused { fields, .. } = &error else { panic!("{error}") };
        assert_eq!(fields, &["title"]);
        assert_eq!(stage.asked(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unclear_create_is_sent_once_and_found_again_by_its_marker() {
    for fault in [
        Fault::CommitThenReset,
        Fault::CommitThenServerError(502),
        Fault::CommitThenHang,
        Fault::TruncatedBody,
    ] {
        let stage = Stage::new();
        stage.world.inject(on_create(fault));
        let error = create(&stage, &values([])).await.unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { .. }), "{fault:?}: {error}");
        assert_eq!(stage.asked(), ["POST /repos/acme/app/issues"], "{fault:?}");
        let mut made = stage.reader.all(&acme(), &stage.mapping);
        let page = made.next().await.unwrap().unwrap();
        assert_eq!(page.items[0].marker, Some(MARKER), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_leaves_a_create_unclear() {
    for fault in [Fault::Garbage, Fault::HtmlBody(200), Fault::HtmlBody(502)] {
        let stage = Stage::new();
        stage.world.inject(on_create(fault));
        let error = create(&stage, &values([])).await.unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { .. }), "{fault:?}: {error}");
        assert_eq!(stage.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limited_create_was_not_made_and_is_not_repeated_here() {
    let stage = Stage::new();
    let kind = LimitKind::Secondary403;
    stage.world.inject(on_create(Fault::Limited { retry_after_secs: Some(90), kind }));
    let error = create(&stage, &values([])).await.unwrap_err();
    assert!(matches!(error, RemoteError::Limited { .. }), "{error}");
    assert_eq!((stage.asked().len(), issues_made(&stage).await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_create_hides_no_issue() {
    let stage = Stage::new();
    let on_close =
        Planned::once(Side::GitHub, Fault::ServerError(503)).on(Method::PATCH, "/issues/1");
    stage.world.inject(on_close);
    let written =
        create(&stage, &values([(Field::State, closed(Reason::Completed))])).await.unwrap();
    assert_eq!(fields(&written.refused), [Field::State]);
    assert_eq!(written.observed, stage.read(&at(1)).await);
    assert!(written.observed.is_open);
}

#[tokio::test(start_paused = true)]
async fn new_labels_arrive_whether_or_not_a_create_makes_them() {
    for issue_writes_create_labels in [true, false] {
        let options = Options { issue_writes_create_labels, ..Options::default() };
        let stage = Stage::with(Setup { github: options, ..Setup::default() });
        let written =
            create(&stage, &values([(Field::Labels, names(&["new", "newer"]))])).await.unwrap();
        assert_eq!(written.refused, [], "{issue_writes_create_labels}");
        assert_eq!(stage.github(1).labels.len(), 2);
        assert_eq!(value(&written.observed, Field::Labels), names(&["new", "newer"]));
        assert_eq!(issues_made(&stage).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_422_that_names_nothing_costs_the_extras_and_not_the_issue() {
    let stage = Stage::new();
    stage.world.inject(on_create(Fault::Refuse(422)));
    let values = values([(Field::Labels, names(&["a"])), (Field::Assignees, names(&["hubot"]))]);
    let written = create(&stage, &values).await.unwrap();
    assert_eq!(fields(&written.refused), [Field::Assignees]);
    assert_eq!(issues_made(&stage).await, 1);
    assert_eq!(value(&written.observed, Field::Labels), names(&["a"]));
}

#[tokio::test(start_paused = true)]
async fn a_422_without_extras_is_final() {
    let stage = Stage::new();
    stage.world.inject(on_create(Fault::Refuse(422)));
    let error = create(&stage, &values([])).await.unwrap_err();
    assert!(matches!(error, RemoteError::Refused { status: 422, .. }), "{error}");
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_weak_token_makes_github_drop_from_a_new_issue_is_named() {
    let stage = Stage::new();
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Read).unwrap();
    });
    let values = values([
        (Field::Labels, names(&["bug"])),
        (Field::Assignees, names(&["hubot"])),
        (Field::Type, name("Bug")),
    ]);
    let written = create(&stage, &values).await.unwrap();
    let mut refused = fields(&written.refused);
    refused.sort();
    assert_eq!(refused, [Field::Labels, Field::Assignees, Field::Type], "{:?}", written.refused);
    assert_eq!(issues_made(&stage).await, 1);
}

#[tokio::test(start_paused = true)]
async fn switched_off_issues_are_a_matter_of_access_and_no_deletion() {
    let stage = Stage::new();
    stage.world.github(|github, _| github.set_issues_enabled(stage.repo, false).unwrap());
    let error = create(&stage, &values([])).await.unwrap_err();
    assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
    let error = error.to_string();
    assert!(error.contains("acme/app") && error.contains("switch them on"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_probe_shows_the_new_issue() {
    let stage = Stage::new();
    create(&stage, &values([])).await.unwrap();
    let newest = stage.reader.newest(&acme(), &stage.mapping, None).await.unwrap();
    let Newest::Rows { issues, .. } = newest else { panic!("{newest:?}") };
    assert_eq!(issues[0].marker, Some(MARKER));
}
