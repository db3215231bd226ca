//! The command line itself, the brake, and pairs that are held or fail.

use http::Method;
use tandem::model::Side;
use tandem::sim::{Fault, Planned};

use crate::stage::Stage;

/// Three pairs in step.
async fn three_pairs(more: &str) -> Stage {
    let stage = Stage::new().await;
    stage.configure("Status", more);
    // One after the other: a plan names pairs in the order in which they were made.
    for title in ["One", "Two", "Three"] {
        stage.seed(&[title]);
        stage.transcript(&[("--once", 0)]);
    }
    stage
}

fn retitle(stage: &Stage, numbers: &[u64]) {
    stage.world.github(|github, now| {
        for number in numbers {
            github.by("octocat", now).set_title(stage.repo, *number, "Another").unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_command_and_an_unknown_flag() {
    let stage = Stage::new().await;
    let lines = [
        ("chekc", 2),
        ("--onec", 2),
        ("--once status", 2),
        ("check --json --verbose", 2),
        ("history seven", 2),
        ("release", 2),
    ];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brake() {
    let stage = three_pairs("[safety]\nbrake_percent = 0\nbrake_floor = 1").await;
    retitle(&stage, &[1, 2]);
    let lines = [("check", 0), ("--once", 4), ("--once --json", 4)];
    insta::assert_snapshot!(stage.transcript(&lines));
    let status = stage.transcript(&[("status", 0)]);
    assert!(status.contains("tandem release --plan "), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_fails() {
    let stage = three_pairs("").await;
    retitle(&stage, &[1]);
    let refused = Planned::once(Side::Notion, Fault::ServerError(500)).on(Method::PATCH, "/pages/");
    stage.world.inject(refused.times(1000));
    insta::assert_snapshot!(stage.transcript(&[("--once", 3), ("--once --json", 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_refused() {
    let stage = three_pairs("").await;
    retitle(&stage, &[1]);
    let refused = Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::PATCH, "/pages/");
    stage.world.inject(refused.times(1000));
    insta::assert_snapshot!(stage.transcript(&[("--once", 3), ("check", 0)]));
    let status = stage.transcript(&[("status", 0)]);
    assert!(status.contains("held     octocat/app#1 title on Notion"), "{status}");
}
