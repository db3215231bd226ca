//! The rules of sending, told with a scripted server under a paused clock.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::header::{DATE, RETRY_AFTER};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use proptest::prelude::*;
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::model::Side;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What the scripted server does with one request.
#[derive(Debug, Clone)]
enum Reply {
    Status(u16),
    RetryAfter(u64),
    LimitedUnsaid,
    Date(&'static str),
    Unreachable,
    Reset,
    Hang,
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    at: Duration,
    path: String,
    method: ::http::Method,
}

/// Answers from its script, then always 200; every answer takes `latency`.
struct Server {
    script: Mutex<VecDeque<Reply>>,
    latency: Duration,
    start: Instant,
    seen: Mutex<Vec<Seen>>,
    under_way: Arc<Mutex<(usize, usize)>>,
}

impl Server {
    fn new(latency: Duration, script: impl IntoIterator<Item = Reply>) -> Arc<Server> {
        Arc::new(Server {
            script: Mutex::new(script.into_iter().collect()),
            latency,
            start: Instant::now(),
            seen: Mutex::default(),
            under_way: Arc::default(),
        })
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn times(&self) -> Vec<Duration> {
        self.seen().iter().map(|seen| seen.at).collect()
    }

    fn seconds(&self) -> Vec<u64> {
        self.times().iter().map(Duration::as_secs).collect()
    }

    fn most_under_way(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    fn then(&self, reply: Reply) {
        self.script.lock().unwrap().push_back(reply);
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (path, method) = (request.uri().path().to_owned(), request.method().clone());
        self.seen.lock().unwrap().push(Seen { at: self.start.elapsed(), path, method });
        let reply = self.script.lock().unwrap().pop_front().unwrap_or(Reply::Status(200));
        let (latency, under_way) = (self.latency, self.under_way.clone());
        async move {
            {
                let mut count = under_way.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
            }
            sleep(latency).await;
            under_way.lock().unwrap().0 -= 1;
            let answer = ::http::Response::builder();
            let answer = match reply {
                Reply::Status(status) => answer.status(status),
                Reply::RetryAfter(secs) => answer.status(429).header(RETRY_AFTER, secs),
                Reply::LimitedUnsaid => answer.status(429),
                Reply::Date(date) => answer.header(DATE, date),
                Reply::Unreachable => return Err(TransportError::NotSent("refused".to_owned())),
                Reply::Reset => return Err(TransportError::Unclear("reset".to_owned())),
                Reply::Hang => std::future::pending().await,
            };
            Ok(answer.body(Bytes::new()).unwrap())
        }
        .boxed()
    }
}

struct Plain(Side);

impl Dialect for Plain {
    fn side(&self) -> Side {
        self.0
    }

    fn judge(&self, _: Kind, response: &Response) -> Verdict {
        let retry_after = response.headers().get(RETRY_AFTER);
        match response.status().as_u16() {
            200..300 | 304 => Verdict::Answer,
            429 => Verdict::Limited {
                wait: retry_after
                    .map(|secs| Duration::from_secs(secs.to_str().unwrap().parse().unwrap())),
                why: "slow down".to_owned(),
            },
            500.. => Verdict::Failed { what: "oops".to_owned() },
            _ => Verdict::Error(missing()),
        }
    }
}

fn missing() -> RemoteError {
    RemoteError::Missing { side: Side::Notion, what: "the page".to_owned() }
}

fn limited(secs: u64) -> RemoteError {
    let (wait, what) = (Duration::from_secs(secs), "slow down".to_owned());
    RemoteError::Limited { side: Side::Notion, wait, what, may_wait: false }
}

fn unclear(what: &str) -> RemoteError {
    RemoteError::Unclear { side: Side::Notion, what: what.to_owned(), made: None }
}

fn transient(what: &str) -> RemoteError {
    RemoteError::Transient { side: Side::Notion, what: what.to_owned() }
}

fn get(path: &str) -> Request {
    ::http::Request::get(format!("http://host/{path}")).body(Bytes::new()).unwrap()
}

fn post(path: &str) -> Request {
    ::http::Request::post(format!("http://host/{path}")).body(Bytes::new()).unwrap()
}

fn channel_at(server: &Arc<Server>, pace: Pace, patience: Patience) -> Channel {
    Channel::new(server.clone(), Arc::new(Plain(Side::Notion)), pace, patience)
}

/// A server that answers at once, without pacing worth mentioning.
fn scripted(script: impl IntoIterator<Item = Reply>) -> (Arc<Server>, Channel) {
    patiently(Patience::endless(), script)
}

fn patiently(
    patience: Patience,
    script: impl IntoIterator<Item = Reply>,
) -> (Arc<Server>, Channel) {
    let server = Server::new(Duration::ZERO, script);
    let channel = channel_at(&server, Pace::notion(1_000_000), patience);
    (server, channel)
}

fn writer(channel: &Channel) -> WriteChannel {
    channel.writing(&Permit::grant())
}

/// Many reads, asked for at once and in order.
async fn read_all(channel: &Channel, count: usize) -> Vec<Result<Response, RemoteError>> {
    join_all((0..count).map(|n| channel.read(get(&n.to_string())))).await
}

/// The most of these times within any span of that length, however it is placed.
fn most_within(times: &[Duration], span: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (n, time) in times.iter().enumerate() {
        while times[first] + span <= *time {
            first += 1;
        }
        most = most.max(n + 1 - first);
    }
    most
}

/// Runs an ignored test in a process of its own, with these variables set.
pub(super) fn alone(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

// --- Attempts -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_failing_read_is_sent_five_times_with_growing_pauses() {
    let (server, channel) = scripted(vec![Reply::Status(502); 9]);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), transient("oops (tried 5 times)"));
    assert_eq!(server.seconds(), [0, 1, 3, 7, 15]);
    assert_eq!(channel.sent(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_read_succeeds_as_soon_as_the_server_does() {
    let script =
        [Reply::Status(500), Reply::Reset, Reply::Unreachable, Reply::Hang, Reply::Status(304)];
    let (server, channel) = scripted(script);
    assert_eq!(channel.read(get("x")).await.unwrap().status(), 304);
    assert_eq!(server.seconds(), [0, 1, 3, 7, 75], "one minute was spent on the hanging one");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_for_ever_is_out_of_reach_in_the_end() {
    let (server, channel) = scripted(vec![Reply::Hang; 9]);
    let error = channel.read(get("x")).await.unwrap_err();
    assert_eq!(error, transient("nothing came within 60 s (tried 5 times)"));
    assert_eq!(server.seconds(), [0, 61, 123, 187, 255]);
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_is_not_asked_for_again() {
    let (server, channel) = scripted([Reply::Status(404)]);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), missing());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_left_is_sent_again() {
    let (server, channel) = scripted([Reply::Unreachable, Reply::Unreachable]);
    assert!(writer(&channel).write(post("x")).await.is_ok());
    assert_eq!(server.seconds(), [0, 1, 3]);

    let (server, channel) = scripted(vec![Reply::Unreachable; 9]);
    let error = writer(&channel).write(post("x")).await.unwrap_err();
    assert_eq!(error, transient("refused (tried 5 times)"));
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_write_or_create_whose_answer_is_lost_is_unclear_and_not_repeated() {
    let lost = [
        (Reply::Status(500), "oops"),
        (Reply::Reset, "reset"),
        (Reply::Hang, "nothing came within 60 s"),
    ];
    for (reply, what) in lost {
        let (server, channel) = scripted([reply.clone()]);
        assert_eq!(writer(&channel).write(post("x")).await.unwrap_err(), unclear(what));
        assert_eq!(server.seen().len(), 1);

        let (server, channel) = scripted([reply]);
        assert_eq!(writer(&channel).create(post("x")).await.unwrap_err(), unclear(what));
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_never_left_is_reported_as_surely_not_done() {
    let (server, channel) = scripted([Reply::Unreachable]);
    assert_eq!(writer(&channel).create(post("x")).await.unwrap_err(), transient("refused"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_made_of_dots_never_becomes_part_of_an_address() {
    let (server, channel) = scripted([]);
    for path in ["labels/.", "labels/%2e", "labels/%2E%2e", "labels/../x", ".%2E"] {
        let error = writer(&channel).write(post(path)).await.unwrap_err();
        assert!(matches!(error, RemoteError::Refused { .. }), "{path}: {error}");
    }
    assert_eq!(server.seen().len(), 0);
    for path in ["labels/...", "labels/v1.2", "labels/%2e%2ex", "x?q=../"] {
        assert!(channel.read(get(path)).await.is_ok(), "{path}");
    }
}

fn any_reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Status(200)),
        Just(Reply::Status(404)),
        Just(Reply::Status(503)),
        (0..100_000u64).prop_map(Reply::RetryAfter),
        Just(Reply::LimitedUnsaid),
        Just(Reply::Unreachable),
        Just(Reply::Reset),
        Just(Reply::Hang),
    ]
}

/// Whether the reply leaves open that the server did what it was asked.
fn may_have_been_done(reply: &Reply) -> bool {
    match reply {
        Reply::Status(404) | Reply::RetryAfter(_) | Reply::LimitedUnsaid | Reply::Unreachable => {
            false
        }
        Reply::Status(_) | Reply::Date(_) | Reply::Reset | Reply::Hang => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_the_server_does_nothing_is_done_twice(
        script in proptest::collection::vec(any_reply(), 6),
        max_wait in 0..4000u64,
        create: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time().start_paused(true).build().unwrap();
        let (sent, result) = runtime.block_on(async {
            let patience = Patience::at_most(Duration::from_secs(max_wait));
            let (server, channel) = patiently(patience, script.clone());
            let writer = writer(&channel);
            let result = if create { writer.create(post("x")).await } else { writer.write(post("x")).await };
            (server.seen().len(), result)
        });
        let most = if create { 1 } else { 5 };
        prop_assert!((1..=most).contains(&sent));
        let (last, before) = script[..sent].split_last().unwrap();
        prop_assert!(!before.iter().any(may_have_been_done));
        let unclear = matches!(result, Err(RemoteError::Unclear { .. }));
        prop_assert_eq!(result.is_ok() || unclear, may_have_been_done(last));
    }
}

// --- Limits ---------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_also_beyond_a_minute() {
    let (server, channel) = scripted([Reply::RetryAfter(90), Reply::RetryAfter(600)]);
    assert!(channel.read(get("x")).await.is_ok());
    assert_eq!(server.seconds(), [0, 90, 690]);
}

#[tokio::test(start_paused = true)]
async fn a_limited_write_was_surely_refused_and_is_sent_again() {
    let (server, channel) = scripted([Reply::RetryAfter(5)]);
    assert!(writer(&channel).write(post("x")).await.is_ok());
    assert_eq!(server.seconds(), [0, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_limited_create_returns_and_leaves_the_gate_closed_for_others_to_wait_at() {
    let (server, channel) = scripted([Reply::RetryAfter(20)]);
    let error = writer(&channel).create(post("x")).await.unwrap_err();
    assert!(matches!(error, RemoteError::Limited { may_wait: true, .. }), "{error:?}");
    assert!(!error.stops_the_side());
    assert!(channel.read(get("y")).await.is_ok());
    assert_eq!(server.seconds(), [0, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_says_no_time_is_waited_for_ever_longer() {
    let (server, channel) = scripted(vec![Reply::LimitedUnsaid; 5]);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(960));
    assert_eq!(server.seconds(), [0, 60, 180, 420, 900]);

    assert!(channel.read(get("x")).await.is_ok());
    server.then(Reply::LimitedUnsaid);
    assert!(channel.read(get("x")).await.is_ok());
    assert_eq!(server.seconds()[5..], [1860, 1860, 1920], "an answer makes the pause small again");
}

#[tokio::test(start_paused = true)]
async fn many_requests_struck_by_one_limit_are_one_event() {
    let server = Server::new(SECOND, vec![Reply::LimitedUnsaid; 16]);
    let channel = channel_at(&server, Pace::notion(1_000_000), Patience::endless());
    assert!(read_all(&channel, 16).await.iter().all(Result::is_ok));
    assert_eq!(server.seconds()[16..], [61; 16], "the pause was not doubled sixteen times");
}

#[tokio::test(start_paused = true)]
async fn an_answer_moves_the_end_of_a_pause_only_later() {
    let script = [Reply::RetryAfter(30), Reply::RetryAfter(3), Reply::RetryAfter(40)];
    let server = Server::new(SECOND, script);
    let channel = channel_at(&server, Pace::notion(1_000_000), Patience::endless());
    assert!(read_all(&channel, 3).await.iter().all(Result::is_ok));
    assert_eq!(server.seconds(), [0, 0, 0, 41, 41, 41]);
}

#[tokio::test(start_paused = true)]
async fn absurd_times_do_no_harm() {
    let (server, channel) = scripted(vec![Reply::RetryAfter(0); 4]);
    assert!(channel.read(get("x")).await.is_ok());
    assert_eq!(server.seconds(), [0, 1, 2, 3, 4], "the attempts are not spent in a moment");

    server.then(Reply::RetryAfter(u64::MAX));
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(86_400));
    advance(Duration::from_secs(86_400)).await;
    assert!(channel.read(get("x")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_stampedes_when_the_gate_opens() {
    let server = Server::new(Duration::ZERO, [Reply::Status(200), Reply::RetryAfter(7)]);
    let channel = channel_at(&server, Pace::notion(180), Patience::endless());
    assert!(read_all(&channel, 100).await.iter().all(Result::is_ok));
    let after: Vec<_> = server.times().into_iter().filter(|at| *at >= 7 * SECOND).collect();
    assert_eq!(after.len(), 99);
    assert!(most_within(&after, SECOND) <= 5, "{}", most_within(&after, SECOND));
    assert!(most_within(&server.times(), MINUTE) <= 180);
}

// --- Patience -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_the_run_may_wait_sends_everyone_home_at_once() {
    let (server, channel) = patiently(Patience::at_most(2 * MINUTE), [Reply::RetryAfter(150)]);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(150));
    advance(60 * SECOND).await;
    // The rest, 90 s, would fit; but what was given up stays given up until it is over.
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(90));
    assert_eq!(writer(&channel).create(post("x")).await.unwrap_err(), limited(90));
    assert_eq!(server.seen().len(), 1);
    advance(90 * SECOND).await;
    assert!(channel.read(get("x")).await.is_ok());
    assert_eq!(server.seconds(), [0, 150]);
}

#[tokio::test(start_paused = true)]
async fn those_who_already_wait_their_turn_are_sent_home_too() {
    let server = Server::new(Duration::ZERO, vec![Reply::RetryAfter(150)]);
    let channel = channel_at(&server, Pace::notion(1), Patience::at_most(2 * MINUTE));
    for read in read_all(&channel, 50).await {
        assert_eq!(read.unwrap_err(), limited(150));
    }
    assert_eq!(server.times(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_at_one_gate_pay_for_the_pause_once() {
    let (server, channel) = patiently(Patience::at_most(2 * MINUTE), [Reply::RetryAfter(70)]);
    assert!(read_all(&channel, 200).await.iter().all(Result::is_ok));
    assert_eq!(server.times().last().unwrap().as_secs(), 70);

    server.then(Reply::RetryAfter(51));
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(51), "50 s are left");
    server.then(Reply::RetryAfter(50));
    advance(51 * SECOND).await;
    assert!(channel.read(get("x")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn both_sides_draw_on_the_same_patience() {
    let patience = Patience::at_most(MINUTE);
    let (_, github) = patiently(patience.clone(), [Reply::RetryAfter(40)]);
    let (_, notion) = patiently(patience, [Reply::RetryAfter(40)]);
    assert!(github.read(get("x")).await.is_ok());
    assert_eq!(notion.read(get("x")).await.unwrap_err(), limited(40));
}

#[tokio::test(start_paused = true)]
async fn a_backoff_that_does_not_fit_ends_the_attempts() {
    let (server, channel) = patiently(Patience::at_most(5 * SECOND), vec![Reply::Status(500); 9]);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), transient("oops (tried 3 times)"));
    assert_eq!(server.seconds(), [0, 1, 3]);
}

#[tokio::test(start_paused = true)]
async fn the_daemon_waits_long_but_not_for_ever_in_one_call() {
    let script = [Reply::RetryAfter(3600), Reply::RetryAfter(3600), Reply::RetryAfter(3601)];
    let (server, channel) = scripted(script);
    assert_eq!(channel.read(get("x")).await.unwrap_err(), limited(3601));
    assert_eq!(server.seconds(), [0, 3600, 7200]);
}

// --- Pace: Notion ---------------------------------------------------------------------------------------------

/// Reads flat out at that budget; when each was sent.
async fn flat_out(budget: u32, count: usize, latency: Duration) -> Vec<Duration> {
    let server = Server::new(latency, []);
    let channel = channel_at(&server, Pace::notion(budget), Patience::endless());
    assert!(read_all(&channel, count).await.iter().all(Result::is_ok));
    server.times()
}

#[tokio::test(start_paused = true)]
async fn in_any_minute_at_most_the_budget_and_hardly_less() {
    for budget in [1u32, 2, 3, 89, 90, 180, 600, 10_000] {
        let count = (budget as usize * 3).max(6);
        let times = flat_out(budget, count, Duration::from_millis(70)).await;
        let most = most_within(&times, MINUTE);
        assert!(most <= budget as usize, "{most} at {budget} a minute");
        let span = (*times.last().unwrap() - times[0]).as_secs_f64();
        // The burst went at once; everything else at the rate.
        let burst = (budget / 90).max(1);
        let rate = (count - burst as usize) as f64 / span * 60.0;
        assert!(rate >= 0.98 * f64::from(budget), "{rate} at {budget} a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_between_bursts_buys_no_more_than_the_budget() {
    let server = Server::new(Duration::from_millis(70), []);
    let channel = channel_at(&server, Pace::notion(180), Patience::endless());
    for (idle_secs, count) in [(0, 100), (1, 3), (19, 80), (61, 150), (7, 120), (300, 200)] {
        sleep(Duration::from_secs(idle_secs)).await;
        read_all(&channel, count).await;
    }
    assert!(most_within(&server.times(), MINUTE) <= 180);
}

#[tokio::test(start_paused = true)]
async fn a_first_import_takes_hardly_longer_than_its_budget() {
    let times = flat_out(180, 1013, Duration::from_millis(400)).await;
    let ideal = 1013.0 / 180.0 * 60.0;
    assert!(times.last().unwrap().as_secs_f64() < 1.05 * ideal);
    assert!(most_within(&times, MINUTE) <= 180);
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_a_million_a_minute_is_no_brake() {
    let times = flat_out(1_000_000, 12_000, Duration::ZERO).await;
    assert!(times.last().unwrap() < &SECOND, "{:?}", times.last());
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_none_is_a_budget_of_one() {
    assert_eq!(flat_out(0, 2, Duration::ZERO).await.last().unwrap().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn who_asks_first_is_served_first() {
    let server = Server::new(Duration::from_millis(333), []);
    let channel = channel_at(&server, Pace::notion(600), Patience::endless());
    read_all(&channel, 100).await;
    let paths: Vec<_> = server.seen().into_iter().map(|seen| seen.path).collect();
    let asked: Vec<_> = (0..100).map(|n| format!("/{n}")).collect();
    assert_eq!(paths, asked);
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_requests_are_under_way() {
    let server = Server::new(10 * SECOND, []);
    let channel = channel_at(&server, Pace::notion(100_000), Patience::endless());
    read_all(&channel, 100).await;
    assert_eq!(server.most_under_way(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_its_turn_back() {
    let server = Server::new(Duration::ZERO, vec![Reply::Hang; 17]);
    let channel = channel_at(&server, Pace::github(), Patience::endless());
    let writer = writer(&channel);
    {
        let mut calls = join_all((0..40).map(|_| channel.read(get("x"))));
        let mut write = std::pin::pin!(writer.write(post("x")));
        tokio::select! {
            _ = &mut calls => unreachable!("they hang"),
            _ = &mut write => unreachable!("it hangs"),
            () = sleep(5 * SECOND) => {}
        }
    }
    assert_eq!(server.seen().len(), 17);
    assert!(writer.write(post("y")).await.is_ok());
    assert!(read_all(&channel, 30).await.iter().all(Result::is_ok));
    assert!(server.times().last().unwrap() < &(10 * SECOND));
}

// --- Pace: GitHub ---------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn github_is_asked_for_no_more_than_it_publishes() {
    let server = Server::new(Duration::from_millis(30), []);
    let channel = channel_at(&server, Pace::github(), Patience::endless());
    let writer = writer(&channel);
    let writes = join_all((0..200).map(|_| writer.write(post("x"))));
    futures::join!(read_all(&channel, 2000), writes);
    let seen = server.seen();
    assert!(most_within(&server.times(), SECOND) <= 10);
    let points: Vec<_> = seen
        .iter()
        .flat_map(|seen| vec![seen.at; if seen.method == "POST" { 5 } else { 1 }])
        .collect();
    assert!(most_within(&points, MINUTE) <= 900, "{}", most_within(&points, MINUTE));
    let end = server.times().last().unwrap().as_secs();
    assert!(end < 250, "{end} s: reads and writes do not hold each other up");
}

#[tokio::test(start_paused = true)]
async fn github_gets_one_write_at_a_time_and_a_second_in_between() {
    let server = Server::new(Duration::from_millis(300), []);
    let channel = channel_at(&server, Pace::github(), Patience::endless());
    let writer = writer(&channel);
    join_all((0..20).map(|_| writer.write(post("x")))).await;
    assert_eq!(server.most_under_way(), 1);
    let times = server.times();
    assert!(times.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(1300)));
    assert!(times[19] < 28 * SECOND, "{:?}", times[19]);
}

#[tokio::test(start_paused = true)]
async fn github_gets_450_creations_an_hour_and_edits_meanwhile() {
    let server = Server::new(Duration::ZERO, []);
    let channel = channel_at(&server, Pace::github(), Patience::endless());
    let writer = writer(&channel);
    let creates = join_all((0..1000).map(|_| writer.create(post("issue"))));
    let edit = async {
        sleep(HOUR / 2).await;
        let asked = server.start.elapsed();
        assert!(writer.write(post("edit")).await.is_ok());
        server.start.elapsed() - asked
    };
    let (creates, edit_took) = futures::join!(creates, edit);
    assert!(creates.iter().all(Result::is_ok));
    assert!(edit_took <= 2 * SECOND, "{edit_took:?}");
    let seen = server.seen();
    let creations: Vec<_> =
        seen.iter().filter(|seen| seen.path == "/issue").map(|seen| seen.at).collect();
    assert_eq!(most_within(&creations, HOUR), 450, "all that is allowed, and no more");
    assert!(most_within(&creations, MINUTE) <= 80);
    assert!(creations.last().unwrap() < &(2 * HOUR + 2 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_waits_for_its_hour_hears_that_the_side_is_closed() {
    let server = Server::new(Duration::ZERO, []);
    let channel = channel_at(&server, Pace::github(), Patience::at_most(MINUTE));
    let writer = writer(&channel);
    let creates = join_all((0..451).map(|_| writer.create(post("issue"))));
    let edit = async {
        sleep(HOUR / 2).await;
        server.then(Reply::RetryAfter(61));
        writer.write(post("edit")).await
    };
    let (creates, edit) = futures::join!(creates, edit);
    assert_eq!(edit.unwrap_err(), limited(61));
    assert_eq!(creates.into_iter().last().unwrap().unwrap_err(), limited(61));
    assert!(server.start.elapsed() < HOUR / 2 + SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_demo_does_not_space_its_writes_but_sends_one_at_a_time() {
    let server = Server::new(Duration::from_millis(1), []);
    let channel = channel_at(&server, Pace::github_raised(), Patience::endless());
    let writer = writer(&channel);
    join_all((0..1000).map(|_| writer.create(post("x")))).await;
    assert_eq!(server.most_under_way(), 1);
    assert!(server.times().last().unwrap() < &(3 * SECOND), "{:?}", server.times().last());
}

// --- The server's clock, and what may be told -----------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_servers_clock_is_its_last_date_plus_the_time_since() {
    let script = [
        Reply::Status(200),
        Reply::Date("Tue, 01 Mar 2044 08:00:00 GMT"),
        Reply::Date("yesterday"),
        Reply::Date("Mon, 29 Feb 2044 23:59:59 GMT"),
    ];
    let (_, channel) = scripted(script);
    let date = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    assert_eq!(channel.server_now(), None);
    channel.read(get("x")).await.unwrap();
    assert_eq!(channel.server_now(), None, "an answer without a date tells nothing");

    let response = channel.read(get("x")).await.unwrap();
    assert_eq!(Channel::date_of(&response), date("2044-03-01T08:00:00Z"));
    assert_eq!(channel.server_now(), date("2044-03-01T08:00:00Z"));
    advance(90 * SECOND).await;
    assert_eq!(channel.server_now(), date("2044-03-01T08:01:30Z"));

    channel.read(get("x")).await.unwrap();
    let now = channel.server_now().unwrap();
    assert_eq!(
        now - date("2044-03-01T08:01:30Z").unwrap(),
        TimeDelta::zero(),
        "nonsense is no date"
    );

    channel.read(get("x")).await.unwrap();
    assert_eq!(channel.server_now(), date("2044-02-29T23:59:59Z"), "a clock that was set back");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// Alone, because whether a line of the log is wanted is remembered for the whole process, by whoever comes first.
#[test]
fn the_log_tells_what_was_asked_but_no_secret() {
    alone("remote::tests::what_is_logged", &[]);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by the test above"]
async fn what_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let (_, channel) = scripted([Reply::RetryAfter(3), Reply::Reset]);
    let request = ::http::Request::get("http://host/issues?q=hush1")
        .header("authorization", "Bearer hush2")
        .body(Bytes::from_static(b"hush3"))
        .unwrap();
    channel.read(request).await.unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("hush"), "{log}");
    for part in ["side=Notion", "method=GET", "/issues", "status=429", "attempt=3", "wait_secs=3"] {
        assert!(log.contains(part), "{part} in {log}");
    }
}
