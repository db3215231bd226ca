//! Bodies: the issue's text and the page's content, edited on both sides.

mod conflicts;
mod cost;
mod images;
mod making;
mod marker;
mod trouble;
mod typing;

use std::collections::BTreeSet;

use tandem::model::Side;
use tandem::sim::Setup;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::PageId;

use crate::stage::Stage;

/// Three paragraphs, with the line ends of GitHub's own editor.
const BODY: &str = "First, the words.\r\n\r\nSecond, more of them.\r\n\r\nThird, the last.";

pub fn with_bodies(text: &mut String) {
    *text = text.replace("title = \"Name\"\n", "title = \"Name\"\nbody = true\n");
}

fn under(lines: &'static str) -> impl FnOnce(&mut String) {
    move |text| {
        with_bodies(text);
        *text = text.replace("[sync.fields]\n", &format!("{lines}\n[sync.fields]\n"));
    }
}

fn flowing(direction: &'static str) -> impl FnOnce(&mut String) {
    move |text| {
        with_bodies(text);
        let one_way = format!("body = {{ direction = \"{direction}\" }}\n");
        *text = text.replace("body = true\n", &one_way);
    }
}

fn stage() -> Stage {
    Stage::configured(with_bodies)
}

/// An issue with this body, and its page, which was read long ago.
async fn paired(stage: &Stage, body: &str) -> (u64, PageId) {
    let number = issue(stage, "The one", body);
    stage.good_cycle().await;
    stage.wait(600).await;
    let report = stage.full_cycle().await;
    assert_eq!(report.held, []);
    stage.wait(600).await;
    stage.good_cycle().await;
    (number, stage.page_of(number))
}

fn issue(stage: &Stage, title: &str, body: &str) -> u64 {
    stage.seed(NewIssue {
        title: title.to_owned(),
        body: Some(body.to_owned()),
        ..NewIssue::default()
    })
}

/// The body as GitHub has it.
pub fn source(stage: &Stage, number: u64) -> String {
    stage.shows(number, |issue| issue.body.clone().unwrap_or_default())
}

/// What the page says, one line per block.
pub fn says(stage: &Stage, page: PageId) -> Vec<String> {
    stage
        .world
        .notion(|notion, _| notion.blocks(page).iter().map(|block| block.content.words()).collect())
}

pub fn on_github(stage: &Stage, number: u64, from: &str, to: &str) {
    let body = source(stage, number);
    assert!(body.contains(from), "{body:?}");
    let body = body.replace(from, to);
    stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some(&body)));
}

pub fn in_notion(stage: &Stage, page: PageId, from: &str, to: &str) {
    stage.on_notion(|notion, ann, now| {
        let said = |block: &&tandem::sim::notion::Block| block.content.words().contains(from);
        let block = notion.blocks(page).iter().find(said).unwrap().id;
        notion.change_words(page, block, from, to, ann, now)
    });
}

/// Readings and writings of page contents so far.
fn traffic(stage: &Stage) -> (u64, u64) {
    stage.world.notion(|notion, _| (notion.body_reads(), notion.body_writes()))
}

/// Every body that was replaced on that side, newest first.
fn lost(stage: &Stage, side: Side) -> Vec<String> {
    let rows = stage.history().into_iter();
    let of = rows.filter(|(at, field, _)| *at == side && field == "body");
    of.map(|(_, _, lost)| {
        let value: tandem::model::Value = serde_json::from_str(&lost).unwrap();
        match value {
            tandem::model::Value::Body(text) => text.0,
            other => panic!("{other:?}"),
        }
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn an_edit_on_github_reaches_the_page_and_every_other_block_stays_what_it_was() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    let ids = |stage: &Stage| -> BTreeSet<_> {
        stage.world.notion(|notion, _| notion.block_ids(page).into_iter().collect())
    };
    let before = ids(&stage);
    assert_eq!(before.len(), 3);
    on_github(&stage, number, "more of them", "fewer of them");
    stage.good_cycle().await;
    let now = ["First, the words.", "Second, fewer of them.", "Third, the last."];
    assert_eq!(says(&stage, page), now);
    assert!(ids(&stage).intersection(&before).count() >= 2, "untouched blocks keep their ids");
    stage.converge(0).await;
    assert!(lost(&stage, Side::Notion)[0].contains("more of them"));
}

#[tokio::test(start_paused = true)]
async fn an_edit_on_the_page_reaches_github_and_no_other_byte_changes() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    in_notion(&stage, page, "Second", "Next");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("Second", "Next"));
    stage.converge(0).await;
    assert_eq!(lost(&stage, Side::GitHub), [BODY]);
}

#[tokio::test(start_paused = true)]
async fn edits_of_different_blocks_on_both_sides_both_arrive() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "First", "At first");
    in_notion(&stage, page, "the last", "the end");
    stage.good_cycle().await;
    let both = BODY.replace("First", "At first").replace("the last", "the end");
    assert_eq!(source(&stage, number), both);
    let now = ["At first, the words.", "Second, more of them.", "Third, the end."];
    assert_eq!(says(&stage, page), now);
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_and_the_other_fields_of_one_edit_go_together() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "First", "At first");
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another title"));
    stage.good_cycle().await;
    assert_eq!(stage.page_shows(page, |page| page.title()), "Another title");
    assert_eq!(says(&stage, page)[0], "At first, the words.");
    stage.wait(600).await;
    in_notion(&stage, page, "At first", "Finally");
    stage.on_notion(|notion, ann, now| notion.set_title(page, "A third title", ann, now));
    let cost = stage.cost().await;
    assert_eq!(cost.github.writes, 1);
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "A third title");
    assert_eq!(source(&stage, number), BODY.replace("First", "Finally"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_one_way_body_is_put_right_where_it_was_typed_over() {
    let stage = Stage::configured(flowing("to_notion"));
    let (number, page) = paired(&stage, BODY).await;
    in_notion(&stage, page, "Second", "Scribbled");
    stage.good_cycle().await;
    assert_eq!(says(&stage, page)[1], "Second, more of them.");
    assert_eq!(source(&stage, number), BODY);
    assert!(lost(&stage, Side::Notion)[0].contains("Scribbled"));
    stage.converge(0).await;

    let stage = Stage::configured(flowing("to_github"));
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "Second", "Scribbled");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY);
    in_notion(&stage, page, "Second", "Next");
    stage.wait(120).await;
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("Second", "Next"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn bodies_are_left_alone_where_they_are_not_mapped() {
    let stage = Stage::new();
    let number = issue(&stage, "The one", BODY);
    stage.good_cycle().await;
    let page = stage.page_of(number);
    assert_eq!(says(&stage, page), [""; 0]);
    stage.wait(600).await;
    on_github(&stage, number, "First", "At first");
    stage.on_notion(|notion, ann, now| notion.append_content(page, "Only here.", ann, now));
    stage.full_cycle().await;
    assert_eq!(says(&stage, page), ["Only here."]);
    assert_eq!(source(&stage, number), BODY.replace("First", "At first"));
    assert_eq!(traffic(&stage), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn no_body_on_both_sides_is_agreement_whatever_each_calls_it() {
    use tandem::sim::github::{EmptyBody, Options};
    for empty_body in [EmptyBody::Null, EmptyBody::Empty, EmptyBody::AsSent] {
        let github = Options { empty_body, ..Options::default() };
        let stage = Stage::with(Setup { github, ..Setup::default() }, with_bodies);
        let (number, page) = paired(&stage, "").await;
        assert_eq!(says(&stage, page), [""; 0]);
        stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some("Now there is one.")));
        stage.good_cycle().await;
        assert_eq!(says(&stage, page), ["Now there is one."]);
        stage.on_github(|octocat, repo| octocat.set_body(repo, number, None));
        stage.good_cycle().await;
        assert_eq!(says(&stage, page), [""; 0]);
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_within_the_minute_of_a_reading_is_seen_by_a_later_one() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    // To the beginning of a minute of Notion's.
    let secs = stage.world.now(Side::Notion).timestamp().rem_euclid(60);
    stage.wait(61 - secs.unsigned_abs()).await;
    in_notion(&stage, page, "First", "At first");
    stage.wait(5).await;
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("First", "At first"));
    // The page's time stays the same minute.
    in_notion(&stage, page, "Third", "Finally");
    stage.wait(120).await;
    stage.good_cycle().await;
    let both = BODY.replace("First", "At first").replace("Third", "Finally");
    assert_eq!(source(&stage, number), both);
    stage.converge(0).await;
}
