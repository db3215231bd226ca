//! The daily life: import, edits on both sides, new items, nothing to do.

use tandem::sim::github::{NewIssue, NewRepo, Permission};
use tandem::sim::notion::Plain;

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn every_issue_becomes_one_page_and_a_second_cycle_writes_nothing() {
    let stage = Stage::new();
    for n in 1..=7 {
        stage.seed(NewIssue {
            title: format!("Issue {n}"),
            labels: vec!["bug".to_owned(), "a, b".to_owned()],
            ..NewIssue::default()
        });
    }
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.notion, 7);
    assert_eq!(stage.count_pages(), 7);
    assert_eq!(stage.mirrored(3, |page| page.title()), "Issue 3");
    let cost = stage.cost().await;
    assert_eq!((cost.github.writes, cost.notion.writes), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_edit_in_notion_reaches_github_and_an_edit_on_github_reaches_notion() {
    let stage = Stage::new();
    let (first, second) = (stage.issue("First"), stage.issue("Second"));
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(first);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "First, better", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, second, "Second, better"));
    stage.good_cycle().await;
    assert_eq!(stage.shows(first, |issue| issue.title.clone()), "First, better");
    assert_eq!(stage.mirrored(second, |page| page.title()), "Second, better");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_becomes_an_issue_once_it_has_a_title_and_has_settled() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let page = stage.page(&[]);
    let report = stage.good_cycle().await;
    assert_eq!(report.pending.len(), 1, "no title yet");
    stage.on_notion(|notion, ann, now| notion.set_title(page, "From Notion", ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.count_issues(), 1, "not settled yet");
    stage.wait(200).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.github, 1, "{report:#?}");
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "From Notion");
    assert_eq!(stage.page_of(2), page);
    assert_eq!(report.pending, []);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn closing_in_notion_closes_the_issue_and_brings_its_closing_time_back_in_the_same_cycle() {
    let stage = Stage::new();
    let number = stage.issue("To be done");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    stage.good_cycle().await;
    let shown = stage.shows(number, |issue| (issue.is_closed, issue.state_reason.clone()));
    assert_eq!(shown, (true, Some("not_planned".to_owned())));
    assert!(stage.mirrored(number, |page| page.date("Closed")).is_some());
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_with_everything_filled_in_arrives_with_everything() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let _ = stage.page(&[
        ("Name", Plain::Text("Whole".to_owned())),
        ("Labels", Plain::Options(vec!["bug".to_owned()])),
    ]);
    stage.wait(300).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(2, |issue| issue.labels.len()), 1);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_transferred_within_the_sync_keeps_its_page_already_in_the_next_cycle() {
    let mut stage = Stage::new();
    let other = stage.world.github(|github, now| {
        let other = github.add_repo("acme/lib", &NewRepo::default(), now);
        github.set_permission(other, "tandem-bot", Permission::Push).unwrap();
        github.set_permission(other, "octocat", Permission::Push).unwrap();
        other
    });
    stage.reconfigure(|config| {
        *config = config.replace(r#"["acme/app"]"#, r#"["acme/app", "acme/lib"]"#);
    });
    let number = stage.issue("Belongs elsewhere");
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.wait(3_000).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.transfer_issue(repo, number, other));
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 1, "no twin");
    let url = stage.page_shows(page, |page| page.url("GitHub"));
    assert_eq!(url.as_deref(), Some("https://github.com/acme/lib/issues/1"));
    stage.converge(1).await;
}
