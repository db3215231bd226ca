//! Both sides edited the same words: who wins, and where the loser's whole body is found.

use http::Method;
use tandem::engine::{Mode, Scope};
use tandem::model::Side;
use tandem::sim::{Fault, Planned};

use super::*;

async fn both_edited(stage: &Stage, github_first: bool) -> (u64, PageId) {
    let (number, page) = paired(stage, BODY).await;
    if github_first {
        on_github(stage, number, "more of them", "from GitHub");
        stage.wait(180).await;
        in_notion(stage, page, "more of them", "from Notion");
    } else {
        in_notion(stage, page, "more of them", "from Notion");
        stage.wait(180).await;
        on_github(stage, number, "more of them", "from GitHub");
    }
    (number, page)
}

fn second(stage: &Stage, number: u64, page: PageId) -> (String, String) {
    let github = source(stage, number);
    let github = github.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned();
    (github, says(stage, page)[1].clone())
}

#[tokio::test(start_paused = true)]
async fn the_newer_edit_wins_and_the_older_body_is_in_the_history_whole() {
    let stage = stage();
    let (number, page) = both_edited(&stage, true).await;
    stage.good_cycle().await;
    let from_notion = "Second, from Notion.".to_owned();
    assert_eq!(second(&stage, number, page), (from_notion.clone(), from_notion));
    assert_eq!(lost(&stage, Side::GitHub), [BODY.replace("more of them", "from GitHub")]);
    stage.converge(0).await;

    let stage = super::stage();
    let (number, page) = both_edited(&stage, false).await;
    stage.good_cycle().await;
    let from_github = "Second, from GitHub.".to_owned();
    assert_eq!(second(&stage, number, page), (from_github.clone(), from_github));
    assert!(lost(&stage, Side::Notion)[0].contains("from Notion"));
    stage.converge(0).await;
}

/// A pair that the next two lists show as it is now, and no look before its content is read.
async fn listed_late() -> (Stage, u64, PageId) {
    // Nothing but the body is written.
    let stage = Stage::configured(|text| {
        with_bodies(text);
        *text = text.replace("updated = \"Updated\"\n", "");
    });
    let (number, page) = paired(&stage, BODY).await;
    // A held pair is seen whole: what a list shows of it is not passed over.
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Blocked", ann, now));
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.cycle().await;
    stage.wait(300).await;
    let stale = Planned::once(Side::Notion, Fault::Stale).on(Method::POST, "/query");
    stage.world.inject(stale.times(2));
    (stage, number, page)
}

#[tokio::test(start_paused = true)]
async fn a_page_that_a_late_list_shows_as_we_left_it_is_as_new_as_what_was_typed_there_since() {
    let (stage, number, page) = listed_late().await;
    on_github(&stage, number, "more of them", "from GitHub");
    stage.wait(180).await;
    in_notion(&stage, page, "more of them", "from Notion");
    stage.cycle().await;
    let from_notion = "Second, from Notion.".to_owned();
    assert_eq!(second(&stage, number, page), (from_notion.clone(), from_notion));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_only_a_look_shows_is_planned_with_its_own_times() {
    let (stage, number, page) = listed_late().await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "From GitHub"));
    stage.wait(180).await;
    in_notion(&stage, page, "more of them", "from Notion");
    stage.on_notion(|notion, ann, now| notion.set_title(page, "From Notion", ann, now));
    stage.wait(180).await;
    on_github(&stage, number, "more of them", "from GitHub");
    // What the brake judges and the dry run tells is what is done.
    let told = stage.run(Scope::Changes, Mode::PlanOnly).await.plan;
    let titles = told.iter().filter(|line| line.field == "title");
    assert_eq!(titles.map(|line| line.side).collect::<Vec<_>>(), [Side::GitHub], "{told:#?}");
    stage.cycle().await;
    let from_github = "Second, from GitHub.".to_owned();
    assert_eq!(second(&stage, number, page), (from_github.clone(), from_github));
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "From Notion");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn only_an_edit_of_the_body_is_an_edit_of_the_body() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "more of them", "from GitHub");
    stage.wait(180).await;
    in_notion(&stage, page, "more of them", "from Notion");
    stage.wait(180).await;
    // Moves the issue's `updated_at`, and says nothing about its body.
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.good_cycle().await;
    assert_eq!(second(&stage, number, page).0, "Second, from Notion.");
}

#[tokio::test(start_paused = true)]
async fn two_edits_within_one_minute_are_a_tie_that_the_config_decides() {
    for (lines, winner) in
        [("", "Second, from GitHub."), ("tie = \"notion\"", "Second, from Notion.")]
    {
        let stage = Stage::configured(under(lines));
        let (number, page) = paired(&stage, BODY).await;
        on_github(&stage, number, "more of them", "from GitHub");
        in_notion(&stage, page, "more of them", "from Notion");
        stage.good_cycle().await;
        assert_eq!(second(&stage, number, page), (winner.to_owned(), winner.to_owned()));
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_decides_and_asks_for_no_times() {
    for (lines, winner) in [
        ("conflict = \"github\"", "Second, from GitHub."),
        ("conflict = \"notion\"", "Second, from Notion."),
    ] {
        let stage = Stage::configured(under(lines));
        let (number, page) = both_edited(&stage, winner.contains("Notion")).await;
        stage.world.clear_seen();
        stage.good_cycle().await;
        assert_eq!(second(&stage, number, page), (winner.to_owned(), winner.to_owned()));
        assert!(stage.world.seen().iter().all(|seen| !seen.path.contains("graphql")));
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_is_held_waits_for_a_person_and_reads_no_page_meanwhile() {
    let stage = Stage::configured(under("conflict = \"hold\""));
    let (number, page) = both_edited(&stage, true).await;
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert!(report.held[0].reason.contains("5 lines"), "{}", report.held[0].reason);
    assert!(!format!("{report:?}").contains("from Notion"), "a body is in the report");
    let before = (second(&stage, number, page), traffic(&stage));
    for _ in 0..4 {
        stage.wait(120).await;
        let report = stage.cycle().await;
        assert_eq!(report.held.len(), 1);
    }
    let (reads, writes) = traffic(&stage);
    assert_eq!((second(&stage, number, page), writes), (before.0, before.1.1));
    // Once more when the minute of the edit was over, and never again.
    assert!(reads <= before.1.0 + 1, "{reads} readings, {} before", before.1.0);

    in_notion(&stage, page, "from Notion", "from GitHub");
    stage.good_cycle().await;
    assert_eq!(second(&stage, number, page).1, "Second, from GitHub.");
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn neighbouring_paragraphs_typed_over_on_both_sides_are_each_told_once() {
    let stage = Stage::configured(under("conflict = \"notion\""));
    let body = "T10003 was typed here.\n\nT80 says it in two lines.\n\nT3 began it.";
    let (number, page) = paired(&stage, body).await;
    // What is new on both sides looks more like each other than like what it stands for.
    on_github(&stage, number, "T3 began it.", "T133 was typed here, **boldly**.");
    in_notion(&stage, page, "T80 says it in two lines.", "T132 was typed over it.");
    stage.wait(120).await;
    stage.good_cycle().await;
    let body = body.replace("T3 began it.", "T133 was typed here, **boldly**.");
    let body = body.replace("T80 says it in two lines.", "T132 was typed over it.");
    assert_eq!(source(&stage, number), body);
    assert_eq!(says(&stage, page).len(), 3);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn times_that_are_slow_to_come_are_asked_for_once_and_hold_no_body() {
    let stage = stage();
    let (number, page) = both_edited(&stage, true).await;
    let slow = Fault::Slow(std::time::Duration::from_secs(46));
    stage.world.inject(Planned::once(Side::GitHub, slow).on(Method::POST, "/graphql").times(9));
    stage.good_cycle().await;
    let from_notion = "Second, from Notion.".to_owned();
    assert_eq!(second(&stage, number, page), (from_notion.clone(), from_notion));
    assert_eq!(stage.world.planned()[0].times, 8, "asked more than once");
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_of_ours_in_between_makes_no_tie_of_a_newer_edit() {
    let stage = Stage::configured(|text| {
        with_bodies(text);
        *text = text.replace("[sync.fields]\n", "tie = \"notion\"\n[sync.fields]\n");
    });
    let (number, page) = both_edited(&stage, false).await;
    // The page's properties are written first, and make us its last editor.
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another title"));
    stage.good_cycle().await;
    let from_github = "Second, from GitHub.".to_owned();
    assert_eq!(second(&stage, number, page), (from_github.clone(), from_github));
    stage.converge(0).await;
}
