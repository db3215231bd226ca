//! Answers that say "not now".

use super::*;

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
