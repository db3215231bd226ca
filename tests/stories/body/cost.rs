//! What bodies cost: readings and writings of page contents, and all requests.

use tandem::sim::notion::Options;

use super::*;
use crate::stage::since;

/// Readings and writings of contents, and all requests to Notion and GitHub, in one cycle.
async fn cycle(stage: &Stage) -> ((u64, u64), (u64, u64), (u64, u64)) {
    let (before, counts) = (traffic(stage), stage.world.counts());
    stage.good_cycle().await;
    let (reads, writes) = traffic(stage);
    let cost = since(counts, stage.world.counts());
    (
        (reads - before.0, writes - before.1),
        (cost.notion.reads, cost.notion.writes),
        (cost.github.reads, cost.github.writes),
    )
}

#[tokio::test(start_paused = true)]
async fn an_import_is_one_write_for_each_issue_and_an_idle_cycle_reads_no_body() {
    let setup = Setup {
        github: tandem::sim::github::Options::raised(),
        notion: Options::raised(),
        ..Setup::default()
    };
    let mut stage = Stage::with(setup, |text| {
        with_bodies(text);
        *text = text.replace("[notion]\n", "[notion]\nrequests_per_minute = 600\n");
    });
    for n in 1..=300 {
        issue(&stage, &format!("Issue {n}"), BODY);
    }
    let (contents, notion, _) = cycle(&stage).await;
    assert_eq!((contents, notion.1), ((0, 300), 300));
    for _ in 0..8 {
        stage.wait(120).await;
        let (contents, notion, github) = cycle(&stage).await;
        assert_eq!((contents, notion.1, github.1), ((0, 0), 0, 0));
    }
    stage.wait(120).await;
    assert_eq!(cycle(&stage).await, ((0, 0), (1, 0), (1, 0)));
    stage.restart();
    stage.wait(120).await;
    assert_eq!(cycle(&stage).await, ((0, 0), (1, 0), (1, 0)));
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_body_is_one_write_and_one_reading() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "First", "At first");
    let (contents, notion, github) = cycle(&stage).await;
    // `updated` is a property, and the content has a request of its own: both are read before they are written over.
    assert_eq!((contents, notion, github.1), ((1, 1), (3, 2), 0));
    for _ in 0..4 {
        stage.wait(120).await;
        assert_eq!(cycle(&stage).await.0, (0, 0), "our own write is no news");
    }
    in_notion(&stage, page, "At first", "Finally");
    stage.wait(120).await;
    let (contents, notion, github) = cycle(&stage).await;
    assert_eq!((contents, notion.1, github.1), ((1, 0), 0, 1));
    for _ in 0..4 {
        stage.wait(120).await;
        let (contents, notion, github) = cycle(&stage).await;
        assert_eq!((contents, notion.1, github.1), ((0, 0), 0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_property_reads_the_body_at_most_once_and_never_after_our_own() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann", ann, now));
    stage.wait(90).await;
    let (contents, ..) = cycle(&stage).await;
    assert_eq!(contents, (1, 0));
    for _ in 0..4 {
        stage.wait(120).await;
        assert_eq!(cycle(&stage).await.0, (0, 0));
    }
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "By octocat"));
    for _ in 0..5 {
        let (contents, ..) = cycle(&stage).await;
        assert_eq!(contents, (0, 0));
        stage.wait(120).await;
    }
}
