//! Both sides edited the same field: who wins, and where the loser's value is found.

use tandem::model::{Field, Side};
use tandem::sim::notion::Plain;

use crate::stage::Stage;

fn titles(stage: &Stage, number: u64) -> (String, String) {
    let github = stage.shows(number, |issue| issue.title.clone());
    (github, stage.mirrored(number, |page| page.title()))
}

fn both(title: &str) -> (String, String) {
    (title.to_owned(), title.to_owned())
}

fn on_github(stage: &Stage, number: u64, title: &str) {
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, title));
}

fn in_notion(stage: &Stage, number: u64, title: &str) {
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, title, ann, now));
}

/// The newest row of the history of that side and field: what was lost, and the rule.
fn last_loss(stage: &Stage, side: Side, field: Field) -> (String, String) {
    let mut found = None;
    stage
        .store
        .history(None, |_, entry| {
            if found.is_none() && entry.side == side && entry.field == field.as_str() {
                found = Some((entry.lost.to_string(), entry.rule));
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    found.unwrap_or_default()
}

async fn with_one_issue(edit: impl FnOnce(&mut String)) -> (Stage, u64) {
    let stage = Stage::configured(edit);
    let number = stage.issue("Base");
    stage.good_cycle().await;
    stage.wait(600).await;
    (stage, number)
}

fn under(lines: &'static str) -> impl FnOnce(&mut String) {
    move |text| *text = text.replace("[sync.fields]\n", &format!("{lines}\n[sync.fields]\n"))
}

#[tokio::test(start_paused = true)]
async fn the_newer_edit_wins_and_the_older_one_is_in_the_history() {
    let (stage, number) = with_one_issue(|_| {}).await;
    on_github(&stage, number, "Older, GitHub");
    stage.wait(120).await;
    in_notion(&stage, number, "Newer, Notion");
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("Newer, Notion"));
    let (lost, rule) = last_loss(&stage, Side::GitHub, Field::Title);
    assert!(lost.contains("Older, GitHub") && rule.contains("newer edit, on Notion"), "{rule}");
    stage.converge(1).await;
    stage.wait(300).await;
    in_notion(&stage, number, "Older, Notion");
    stage.wait(120).await;
    on_github(&stage, number, "Newer, GitHub");
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("Newer, GitHub"));
    let (lost, rule) = last_loss(&stage, Side::Notion, Field::Title);
    assert!(lost.contains("Older, Notion") && rule.contains("newer edit, on GitHub"), "{rule}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn two_edits_within_one_minute_are_a_tie_that_the_config_decides() {
    for (lines, winner) in [("", "From GitHub"), ("tie = \"notion\"", "From Notion")] {
        let (stage, number) = with_one_issue(under(lines)).await;
        on_github(&stage, number, "From GitHub");
        in_notion(&stage, number, "From Notion");
        stage.good_cycle().await;
        assert_eq!(titles(&stage, number), both(winner), "{lines}");
        let history = stage.history();
        assert_eq!(history.iter().filter(|(_, field, _)| field == "title").count(), 1);
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_one_side_wins_whatever_the_times() {
    for (lines, winner) in
        [("conflict = \"github\"", "From GitHub"), ("conflict = \"notion\"", "From Notion")]
    {
        let (stage, number) = with_one_issue(under(lines)).await;
        let late = winner == "From Notion";
        if late {
            in_notion(&stage, number, "From Notion");
        } else {
            on_github(&stage, number, "From GitHub");
        }
        stage.wait(300).await;
        if late {
            on_github(&stage, number, "From GitHub");
        } else {
            in_notion(&stage, number, "From Notion");
        }
        stage.good_cycle().await;
        assert_eq!(titles(&stage, number), both(winner), "{lines}");
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_conflict_writes_nothing_lets_the_rest_go_and_ends_by_itself() {
    let (stage, number) = with_one_issue(under("conflict = \"hold\"")).await;
    on_github(&stage, number, "From GitHub");
    in_notion(&stage, number, "From Notion");
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert!(report.held[0].reason.contains("From GitHub"), "{:#?}", report.held);
    assert!(report.held[0].reason.contains("From Notion"), "{:#?}", report.held);
    assert_eq!(titles(&stage, number), ("From GitHub".to_owned(), "From Notion".to_owned()));
    assert!(stage.mirrored(number, |page| page.options("Labels").contains("bug")));
    for _ in 0..3 {
        stage.wait(900).await;
        assert_eq!(stage.cycle().await.held.len(), 1, "still held");
        stage.converge(0).await;
    }
    stage.full_cycle().await;
    stage.converge(0).await;
    // Made alike by hand.
    in_notion(&stage, number, "From GitHub");
    stage.good_cycle().await;
    stage.converge(0).await;
    // Another one, ended by putting one side back.
    stage.wait(600).await;
    on_github(&stage, number, "Again GitHub");
    in_notion(&stage, number, "Again Notion");
    assert_eq!(stage.cycle().await.held.len(), 1);
    stage.wait(600).await;
    on_github(&stage, number, "From GitHub");
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("Again Notion"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_held_conflict_ends_with_a_policy_that_decides() {
    let (mut stage, number) = with_one_issue(under("conflict = \"hold\"")).await;
    on_github(&stage, number, "From GitHub");
    in_notion(&stage, number, "From Notion");
    assert_eq!(stage.cycle().await.held.len(), 1);
    stage.reconfigure(under("conflict = \"notion\""));
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("From Notion"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn edits_of_different_fields_do_not_conflict() {
    let (stage, number) = with_one_issue(|_| {}).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v1")));
    in_notion(&stage, number, "Titled in Notion");
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| {
        notion.set(page, "Assignees", &Plain::People(vec![ann]), ann, now)
    });
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("Titled in Notion"));
    assert!(stage.mirrored(number, |page| page.options("Labels").contains("bug")));
    assert_eq!(stage.mirrored(number, |page| page.option("Milestone")).as_deref(), Some("v1"));
    assert!(stage.shows(number, |issue| issue.assignees.contains("octocat")));
    let lost: Vec<String> = stage.history().into_iter().map(|(_, _, lost)| lost).collect();
    assert!(!lost.iter().any(|lost| lost.contains("Titled") || lost.contains("bug")), "{lost:?}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_time_of_that_very_field_counts_not_that_of_the_issue() {
    let (stage, number) = with_one_issue(|_| {}).await;
    on_github(&stage, number, "Older, GitHub");
    stage.wait(120).await;
    in_notion(&stage, number, "Newer, Notion");
    stage.wait(120).await;
    // The issue is edited last, its title is not.
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.on_github(|octocat, repo| octocat.comment(repo, number, "me too"));
    stage.good_cycle().await;
    assert_eq!(titles(&stage, number), both("Newer, Notion"));
    assert!(stage.mirrored(number, |page| page.options("Labels").contains("bug")));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_time_that_is_our_own_last_write_says_nothing_about_the_edit() {
    for (lines, winner) in [("", "From GitHub"), ("tie = \"notion\"", "From Notion")] {
        let (stage, number) = with_one_issue(under(lines)).await;
        // To the beginning of a minute, so that all of this is within one of Notion's.
        let now = stage.world.now(Side::Notion).timestamp();
        stage.wait(u64::try_from(60 - now.rem_euclid(60)).unwrap()).await;
        on_github(&stage, number, "First");
        stage.good_cycle().await;
        assert_eq!(titles(&stage, number), both("First"));
        // Ann edits in the minute of our own write, octocat many minutes earlier by GitHub's account of it.
        in_notion(&stage, number, "From Notion");
        stage.wait(600).await;
        on_github(&stage, number, "From GitHub");
        stage.good_cycle().await;
        assert_eq!(titles(&stage, number), both(winner), "{lines}");
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn closing_on_github_and_moving_to_another_closed_option_in_notion_is_decided_by_time() {
    let (stage, number) = with_one_issue(|_| {}).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.wait(180).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    stage.good_cycle().await;
    let reason = stage.shows(number, |issue| issue.state_reason.clone());
    assert_eq!(reason.as_deref(), Some("not_planned"));
    assert!(stage.shows(number, |issue| issue.is_closed));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn both_sides_typing_the_same_is_no_conflict_and_writes_nothing() {
    let (stage, number) = with_one_issue(|_| {}).await;
    on_github(&stage, number, "The same");
    in_notion(&stage, number, "The same");
    let page = stage.page_of(number);
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v1, final")));
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Milestone", "V1‚ Final", ann, now));
    let before = stage.world.counts();
    stage.good_cycle().await;
    let after = stage.world.counts();
    assert_eq!(after.github.writes, before.github.writes);
    assert!(stage.history().iter().all(|(_, field, _)| field != "title" && field != "milestone"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn emptied_on_one_side_and_changed_on_the_other_is_a_conflict_like_any_other() {
    let (stage, number) = with_one_issue(|_| {}).await;
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v1")));
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v2")));
    stage.wait(120).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set(page, "Milestone", &Plain::Empty, ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.milestone.clone()), None);
    let (lost, _) = last_loss(&stage, Side::GitHub, Field::Milestone);
    assert!(lost.contains("v2"), "{lost}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_arrives_between_observing_and_writing_is_not_written_over_unseen() {
    use http::Method;
    use tandem::sim::{Fault, Planned};
    let (stage, number) = with_one_issue(|_| {}).await;
    in_notion(&stage, number, "From Notion");
    // The listing of Notion is slow to come, and meanwhile octocat renames the issue.
    stage.world.inject(
        Planned::once(Side::Notion, Fault::Slow(std::time::Duration::from_secs(30)))
            .on(Method::POST, "/query"),
    );
    let cycle = stage.cycle();
    let edit = async {
        stage.wait(10).await;
        on_github(&stage, number, "From GitHub, meanwhile");
    };
    let (report, ()) = tokio::join!(cycle, edit);
    assert_eq!(report.problems, []);
    stage.converge(2).await;
    let (github, notion) = titles(&stage, number);
    assert_eq!(github, notion);
    let shown_or_kept = |title: &str| {
        github == title || stage.history().iter().any(|(_, _, lost)| lost.contains(title))
    };
    assert!(shown_or_kept("From Notion") && shown_or_kept("From GitHub, meanwhile"));
}
