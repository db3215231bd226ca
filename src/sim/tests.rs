//! The frame of the world: clocks, faults, counts, the loopback server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{TimeDelta, TimeZone, Utc};
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::github::{NewRepo, RepoId};
use super::{
    Counts, Fault, LimitKind, MAX_REQUEST_BODY_BYTES, Planned, Reply, Setup, World, operation,
    operations, serve,
};
use crate::model::{Side, Sides};

const ISSUES: &str = "/repos/acme/app/issues";

/// A world with a repository and the token `admin`.
fn world() -> (Arc<World>, RepoId) {
    let world = World::new(Setup::default());
    let repo = world.github(|github, now| {
        github.add_token("admin", "acme");
        github.add_repo("acme/app", &NewRepo::default(), now)
    });
    (world, repo)
}

fn request(method: Method, path: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("user-agent", "tandem")
        .header("authorization", "Bearer admin")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

fn get(world: &World) -> Reply {
    world.handle(Side::GitHub, &request(Method::GET, ISSUES, ""))
}

fn create(world: &World) -> Reply {
    world.handle(Side::GitHub, &request(Method::POST, ISSUES, r#"{"title":"new"}"#))
}

fn count_of_issues(world: &World, repo: RepoId) -> usize {
    world.github(|github, _| github.issues(repo).len())
}

fn answer(reply: Reply) -> Response<Bytes> {
    match reply {
        Reply::Answer(response) => response,
        other => panic!("no plain answer: {other:?}"),
    }
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn the_world_is_deterministic_and_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<World>();
    let run = || {
        let (world, _) = world();
        answer(create(&world)).into_body()
    };
    // The clock flows with real time outside a paused runtime, so only what does not hold a time is compared.
    let without_times = |body: Bytes| {
        let issue: Value = serde_json::from_slice(&body).unwrap();
        (issue["id"].clone(), issue["node_id"].clone(), issue["number"].clone())
    };
    assert_eq!(without_times(run()), without_times(run()));
}

#[tokio::test(start_paused = true)]
async fn both_clocks_flow_with_tokio_time_and_move_by_hand() {
    let early = Utc.with_ymd_and_hms(2020, 2, 29, 23, 59, 0).unwrap();
    let late = Utc.with_ymd_and_hms(2031, 1, 1, 0, 0, 0).unwrap();
    let start = Sides { github: early, notion: late };
    let world = World::new(Setup { start, ..Setup::default() });
    tokio::time::sleep(Duration::from_secs(90)).await;
    world.advance_side(Side::Notion, Duration::from_secs(3_600));
    world.advance(Duration::from_secs(7));
    assert_eq!(world.now(Side::GitHub), early + TimeDelta::seconds(97));
    assert_eq!(world.now(Side::Notion), late + TimeDelta::seconds(3_697));
    world.advance(Duration::MAX);
    assert_eq!(
        answer(get(&world)).status(),
        401,
        "the end of the calendar is not the end of the world"
    );
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_the_date_of_its_side() {
    let (world, _) = world();
    world.advance_side(Side::Notion, Duration::from_secs(86_400));
    let date = |side| {
        let response =
            world.handle(side, &request(Method::GET, "/nowhere", "")).into_answer().unwrap();
        response.headers()["date"].to_str().unwrap().to_owned()
    };
    assert_eq!(date(Side::GitHub), "Mon, 05 Jan 2026 09:00:00 GMT");
    assert_eq!(date(Side::Notion), "Tue, 06 Jan 2026 09:00:00 GMT");
}

#[test]
fn reads_writes_304s_and_limits_are_counted_and_logged() {
    let (world, _) = world();
    let tag = answer(get(&world)).headers()["etag"].clone();
    let mut conditional = request(Method::GET, ISSUES, "");
    conditional.headers_mut().insert("if-none-match", tag);
    world.handle(Side::GitHub, &conditional);
    create(&world);
    world.inject(Planned::once(
        Side::GitHub,
        Fault::Limited { retry_after_secs: None, kind: LimitKind::Secondary403 },
    ));
    create(&world);
    world.handle(Side::Notion, &request(Method::POST, "/v1/data_sources/x/query", "{}"));
    world.handle(Side::Notion, &request(Method::PATCH, "/v1/pages/x", "{}"));

    let counts = world.counts();
    assert_eq!(counts.github, Counts { reads: 2, not_modified: 1, writes: 2, limited: 1 });
    assert_eq!(
        (counts.notion.reads, counts.notion.writes),
        (1, 1),
        "a query by POST asks for no change"
    );
    let seen: Vec<_> =
        world.seen().into_iter().map(|seen| (seen.side, seen.status, seen.mutating)).collect();
    assert_eq!(
        seen[..4],
        [
            (Side::GitHub, Some(200), false),
            (Side::GitHub, Some(304), false),
            (Side::GitHub, Some(201), true),
            (Side::GitHub, Some(403), true),
        ]
    );
    world.clear_seen();
    assert_eq!((world.seen().len(), world.counts()), (0, Sides::default()));
}

#[test]
fn a_fault_meets_the_requests_it_was_planned_for() {
    let (world, _) = world();
    let fault = Planned::once(Side::GitHub, Fault::ServerError(502))
        .on(Method::POST, "/issues")
        .after(1)
        .times(2);
    world.inject(fault);
    assert_eq!(answer(get(&world)).status(), 200, "another method");
    let statuses: Vec<u16> = (0..4).map(|_| answer(create(&world)).status().as_u16()).collect();
    assert_eq!(statuses, [201, 502, 502, 201]);
    assert!(world.planned().is_empty());
    world.inject(Planned::once(Side::Notion, Fault::Reset));
    assert_eq!(answer(get(&world)).status(), 200, "another side");
    world.clear_faults();
    assert!(world.planned().is_empty());
}

#[test]
fn a_fault_before_the_effect_leaves_nothing_and_one_after_it_leaves_the_issue() {
    let limited = Fault::Limited { retry_after_secs: Some(7), kind: LimitKind::Primary429 };
    for (fault, left) in [
        (Fault::Refuse(422), 0),
        (limited, 0),
        (Fault::ServerError(500), 0),
        (Fault::HtmlBody(502), 0),
        (Fault::Garbage, 0),
        (Fault::Reset, 0),
        (Fault::Hang, 0),
        (Fault::CommitThenServerError(502), 1),
        (Fault::CommitThenReset, 1),
        (Fault::CommitThenHang, 1),
        (Fault::TruncatedBody, 1),
        (Fault::Slow(Duration::from_secs(5)), 1),
    ] {
        let (world, repo) = world();
        world.inject(Planned::once(Side::GitHub, fault));
        let reply = create(&world);
        assert_eq!(count_of_issues(&world, repo), left, "{fault:?}");
        assert_eq!(world.seen()[0].fault, Some(fault));
        match (fault, reply) {
            (
                Fault::Refuse(status) | Fault::ServerError(status) | Fault::HtmlBody(status),
                Reply::Answer(got),
            ) => {
                assert_eq!(got.status().as_u16(), status);
            }
            (Fault::CommitThenServerError(status), Reply::Answer(got)) => {
                assert_eq!(got.status().as_u16(), status)
            }
            (Fault::Limited { .. }, Reply::Answer(got)) => {
                assert_eq!(got.status().as_u16(), 429);
                let reset: i64 =
                    got.headers()["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
                assert_eq!(reset, world.seen()[0].at.timestamp() + 7);
                assert_eq!(got.headers()["x-ratelimit-remaining"], "0");
            }
            (Fault::Garbage, Reply::Answer(got)) => assert!(json_of(&got).get("number").is_none()),
            (Fault::TruncatedBody, Reply::Truncated(got)) => {
                assert!(serde_json::from_slice::<Value>(got.body()).is_err());
            }
            (Fault::Slow(planned), Reply::Delayed(delay, got)) => {
                assert_eq!((delay, got.status().as_u16()), (planned, 201));
            }
            (Fault::Reset | Fault::CommitThenReset, Reply::Reset)
            | (Fault::Hang | Fault::CommitThenHang, Reply::Hang) => {}
            (fault, reply) => panic!("{fault:?} gave {reply:?}"),
        }
    }
}

#[test]
fn a_request_that_never_arrived_is_logged_but_not_counted() {
    let (world, _) = world();
    world.inject(Planned::once(Side::GitHub, Fault::Reset));
    create(&world);
    assert_eq!((world.seen().len(), world.counts().github), (1, Counts::default()));
    world.inject(Planned::once(Side::GitHub, Fault::CommitThenReset));
    create(&world);
    assert_eq!(world.counts().github.writes, 1);
}

#[test]
fn a_stale_read_shows_the_world_before_the_last_write_once() {
    let (world, _) = world();
    create(&world);
    world.inject(Planned::once(Side::GitHub, Fault::Stale));
    let rows = |reply| json_of(&answer(reply)).as_array().unwrap().len();
    create(&world);
    create(&world);
    assert_eq!(rows(get(&world)), 2, "the state before the third issue");
    assert_eq!(rows(get(&world)), 3);
}

#[test]
fn every_form_of_a_limit_can_be_asked_for() {
    for (side, kind, status) in [
        (Side::GitHub, LimitKind::Primary403, 403),
        (Side::GitHub, LimitKind::Primary429, 429),
        (Side::GitHub, LimitKind::Secondary403, 403),
        (Side::GitHub, LimitKind::Secondary429, 429),
        (Side::Notion, LimitKind::Secondary429, 429),
        (Side::Notion, LimitKind::Overloaded, 529),
        (Side::Notion, LimitKind::Blocked, 429),
    ] {
        for retry_after_secs in [None, Some(90)] {
            let (world, _) = world();
            world.inject(Planned::once(side, Fault::Limited { retry_after_secs, kind }));
            let got = answer(world.handle(side, &request(Method::GET, ISSUES, "")));
            assert_eq!(got.status().as_u16(), status, "{side} {kind:?}");
            assert_eq!(world.counts()[side].limited, 1, "{side} {kind:?}");
            let exhausted =
                got.headers().get("x-ratelimit-remaining").is_some_and(|left| left == "0");
            assert_eq!(exhausted, matches!(kind, LimitKind::Primary403 | LimitKind::Primary429));
            assert_eq!(
                got.headers().contains_key("retry-after"),
                retry_after_secs.is_some() && !exhausted
            );
            let code = json_of(&got)["code"].clone();
            match (side, kind) {
                (Side::GitHub, _) => assert_eq!(code, Value::Null),
                (Side::Notion, LimitKind::Overloaded) => assert_eq!(code, "service_overload"),
                (Side::Notion, _) => assert_eq!(code, "rate_limited"),
            }
            if status == 429 && side == Side::Notion {
                // The wait is said twice or not at all, and in the body as a text.
                let data = &json_of(&got)["additional_data"];
                assert!(data["rate_limit_reason"].is_string());
                assert_eq!(data["retry_after"].as_str(), retry_after_secs.map(|_| "90"));
            }
        }
    }
}

async fn fetch(
    client: &reqwest::Client,
    base: &str,
    body: Option<Value>,
) -> reqwest::Result<(u16, Value)> {
    let url = format!("{base}{ISSUES}");
    let request = match &body {
        Some(body) => client.post(url).body(body.to_string()),
        None => client.get(url),
    };
    let response = request.header("user-agent", "tandem").bearer_auth("admin").send().await?;
    let status = response.status().as_u16();
    let text = response.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

#[tokio::test]
async fn the_same_world_answers_over_loopback() {
    let (world, repo) = world();
    let served = serve(Arc::clone(&world)).await.unwrap();
    let (github, client) = (served.github_url(), reqwest::Client::new());
    assert_ne!(github, served.notion_url());
    let (status, issue) =
        fetch(&client, &github, Some(json!({"title": "over the wire"}))).await.unwrap();
    assert_eq!((status, &issue["url"]), (201, &json!(format!("{github}{ISSUES}/1"))));
    assert_eq!(world.github(|state, _| state.issue(repo, 1)).unwrap().title, "over the wire");

    served.stop();
    assert!(
        fetch(&reqwest::Client::new(), &github, None).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn faults_of_the_connection_reach_a_real_client() {
    let (world, repo) = world();
    let served = serve(Arc::clone(&world)).await.unwrap();
    let client = reqwest::Client::builder().retry(reqwest::retry::never()).build().unwrap();
    let github = served.github_url();
    for fault in [Fault::Reset, Fault::CommitThenReset, Fault::TruncatedBody] {
        world.inject(Planned::once(Side::GitHub, fault));
        let got = fetch(&client, &github, Some(json!({"title": "x"}))).await;
        assert!(got.is_err(), "{fault:?}: {got:?}");
    }
    assert_eq!(count_of_issues(&world, repo), 2, "two of the three had their effect, each once");

    world.inject(Planned::once(Side::GitHub, Fault::Hang));
    let hung =
        tokio::time::timeout(Duration::from_millis(200), fetch(&client, &github, None)).await;
    assert!(hung.is_err(), "no answer ever comes");
    let (status, _) = fetch(&client, &github, None).await.unwrap();
    assert_eq!(status, 200, "other connections go on");
}

#[tokio::test]
async fn a_body_over_two_mebibytes_is_413() {
    let (world, _) = world();
    let served = serve(Arc::clone(&world)).await.unwrap();
    let body = json!({ "title": "x", "body": "b".repeat(MAX_REQUEST_BODY_BYTES) });
    let response = reqwest::Client::new()
        .post(format!("{}{ISSUES}", served.github_url()))
        .body(body.to_string())
        .send()
        .await;
    // The server may close before the client has sent it all; an answer, when it gets through, is 413.
    if let Ok(response) = response {
        assert_eq!(response.status().as_u16(), 413);
    }
    assert!(world.seen().is_empty(), "the world never saw it");
}

#[test]
fn every_listed_operation_is_served_and_a_request_for_nothing_listed_is_a_stray() {
    let world = World::new(Setup::default());
    world.github(|github, now| {
        github.add_token("admin", "acme");
        github.add_repo("1/1", &NewRepo::default(), now);
    });
    for side in Side::BOTH {
        for listed in operations(side) {
            let segments: Vec<&str> = listed
                .path
                .split('/')
                .map(|segment| if segment.starts_with('{') { "1" } else { segment })
                .collect();
            let (method, path) = (listed.method.parse::<Method>().unwrap(), segments.join("/"));
            assert_eq!(operation(side, &method, &path), Some(*listed));
            world.handle(side, &request(method, &path, ""));
        }
    }
    let strays = |world: &World| {
        (
            world.github(|github, _| github.strays.len()),
            world.notion(|notion, _| notion.strays().len()),
        )
    };
    assert_eq!(strays(&world), (0, 0));
    world.handle(Side::GitHub, &request(Method::DELETE, "/repos/1/1/issues/1", ""));
    world.handle(Side::Notion, &request(Method::DELETE, "/v1/pages/1", ""));
    assert_eq!(strays(&world), (1, 1));
}

#[test]
fn a_repository_by_number_has_the_same_operations() {
    let by_number = operation(Side::GitHub, &Method::GET, "/repositories/7/issues/3/labels");
    assert_eq!(
        by_number.unwrap().path,
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "the links in lists lead there"
    );
    assert_eq!(
        operation(Side::GitHub, &Method::GET, "/repositories/7").unwrap().path,
        "/repos/{owner}/{repo}"
    );
    assert_eq!(operation(Side::GitHub, &Method::GET, "/repositories/7/"), None);
}
