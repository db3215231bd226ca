//! How long a run waits in all.

use super::*;

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
