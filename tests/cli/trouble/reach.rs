//! A side that cannot be reached, talks nonsense or asks for more patience than there is.

use http::Method;
use tandem::model::Side;
use tandem::sim::{Fault, LimitKind, Planned};

use crate::stage::Stage;

/// With patience for one short pause, so that these tests end soon.
async fn impatient() -> Stage {
    let stage = Stage::new().await;
    stage.configure("Status", "[safety]\nmax_wait = \"1s\"");
    stage.seed(&["One"]);
    stage
}

async fn told_with(side: Side, fault: Fault) -> String {
    let stage = impatient().await;
    stage.world.inject(Planned::once(side, fault).times(1000));
    stage.transcript(&[("check", 7), ("--once", 7)])
}

/// Nobody listens on this port of this machine.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test(flavor = "multi_thread")]
async fn github_is_down() {
    let stage = impatient().await;
    stage.edit_config(&stage.github_url(), NOWHERE);
    let lines = [("check", 7), ("--once", 7), ("--once --json", 7)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_is_down() {
    let stage = impatient().await;
    stage.edit_config(&stage.notion_url(), NOWHERE);
    insta::assert_snapshot!(stage.transcript(&[("check", 7), ("--once", 7), ("plan", 7)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn github_answers_with_a_page_for_browsers() {
    insta::assert_snapshot!(told_with(Side::GitHub, Fault::HtmlBody(200)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_answers_with_a_page_for_browsers() {
    insta::assert_snapshot!(told_with(Side::Notion, Fault::HtmlBody(200)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_answers_with_json_that_means_nothing() {
    insta::assert_snapshot!(told_with(Side::GitHub, Fault::Garbage).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_answers_with_json_that_means_nothing() {
    insta::assert_snapshot!(told_with(Side::Notion, Fault::Garbage).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_fails_by_itself() {
    insta::assert_snapshot!(told_with(Side::GitHub, Fault::ServerError(502)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_limits_us_for_an_hour() {
    let fault = Fault::Limited { retry_after_secs: Some(3600), kind: LimitKind::Secondary403 };
    insta::assert_snapshot!(told_with(Side::GitHub, fault).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_limits_us_for_an_hour() {
    let fault = Fault::Limited { retry_after_secs: Some(3600), kind: LimitKind::Primary429 };
    insta::assert_snapshot!(told_with(Side::Notion, fault).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_does_not_say_whether_it_made_the_page() {
    let stage = impatient().await;
    let fault = Planned::once(Side::Notion, Fault::Reset).on(Method::POST, "/v1/pages");
    stage.world.inject(fault.times(1000));
    insta::assert_snapshot!(stage.transcript(&[("--once", 0)]));
}
