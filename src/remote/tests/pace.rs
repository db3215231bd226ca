//! How fast requests go out, to Notion and to GitHub.

use super::*;

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
