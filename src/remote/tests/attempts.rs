//! What is sent again, how often, and what never is.

use proptest::prelude::*;

use super::*;

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
