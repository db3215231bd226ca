//! The database file is gone: the url property and the marker rebuild every pair (DESIGN §3).

use http::Method;
use tandem::engine::{Mode, Scope};
use tandem::model::Side;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, Planned};

use crate::stage::{LONG_SECS, Stage, TOKEN, properties};

async fn in_step(count: usize) -> Stage {
    let stage = Stage::new();
    for n in 1..=count {
        stage.seed(NewIssue {
            title: format!("Issue {n}"),
            labels: vec!["bug".to_owned(), "a, b".to_owned()],
            milestone: Some("v1".to_owned()),
            is_closed: n % 3 == 0,
            state_reason: (n % 3 == 0).then(|| "not_planned".to_owned()),
            ..NewIssue::default()
        });
    }
    let _ = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.wait(300).await;
    stage.good_cycle().await;
    let page = stage.page_of(1);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "In review", ann, now));
    stage.wait(1200).await;
    stage.good_cycle().await;
    stage.assert_in_step();
    stage
}

#[tokio::test(start_paused = true)]
async fn what_is_in_step_is_found_again_without_one_write() {
    let mut stage = in_step(12).await;
    stage.lose_database();
    let before = stage.world.counts();
    let report = stage.good_cycle().await;
    let after = stage.world.counts();
    assert_eq!(report.counts.adopted, 13, "{report:#?}");
    for side in Side::BOTH {
        assert_eq!(after[side].writes, before[side].writes, "{side}");
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (13, 13));
    let page = stage.page_of(1);
    assert_eq!(stage.page_shows(page, |page| page.option("Status")).as_deref(), Some("In review"));
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_edited_meanwhile_is_decided_by_the_policy_and_the_loser_kept() {
    let mut stage = in_step(12).await;
    let page = stage.page_of(2);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann", ann, now));
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, 4, "By octocat"));
    stage.lose_database();
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "By Ann");
    assert_eq!(stage.mirrored(4, |page| page.title()), "By octocat");
    let lost = stage.history();
    for title in ["Issue 2", "Issue 4"] {
        assert!(lost.iter().any(|(_, _, value)| value.contains(title)), "{title}: {lost:?}");
    }
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_without_its_url_that_is_not_shown_for_a_while_gets_no_second_issue() {
    // Not shown, or refused.
    for status in [404, 400] {
        let mut stage = in_step(3).await;
        let page = stage.page_of(4);
        stage.on_notion(|notion, ann, now| notion.set(page, "GitHub", &Plain::Empty, ann, now));
        stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
        stage.lose_database();
        stage.wait(LONG_SECS).await;
        let hidden = Planned::once(Side::Notion, Fault::Refuse(status)).on(Method::GET, "/pages/");
        stage.world.inject(hidden.times(9));
        stage.good_cycle().await;
        stage.world.clear_faults();
        assert_eq!((stage.count_issues(), stage.count_pages()), (4, 3), "it lies in the trash");
        stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
        for _ in 0..3 {
            stage.wait(LONG_SECS).await;
            stage.good_cycle().await;
        }
        assert_eq!((stage.count_issues(), stage.count_pages()), (4, 4));
        assert_eq!(stage.page_of(4), page);
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_whose_page_is_gone_for_good_gets_another_after_three_looks() {
    let mut stage = in_step(1).await;
    let page = stage.page_of(2);
    stage.lose_database();
    stage.on_notion(|notion, _, _| notion.delete_forever(page));
    let mut told = String::new();
    for _ in 0..2 {
        let report = stage.good_cycle().await;
        assert_eq!(stage.count_pages(), 1, "not at the first look, nor at the second");
        told.clone_from(&report.pending[0].reason);
        stage.wait(LONG_SECS).await;
    }
    assert!(told.contains(&page.to_string()), "{told}");
    stage.good_cycle().await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 2));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_made_from_a_page_that_never_got_its_url_is_found_by_its_marker() {
    let mut stage = in_step(3).await;
    let page = stage.page_of(4);
    stage.on_notion(|notion, ann, now| notion.set(page, "GitHub", &Plain::Empty, ann, now));
    stage.lose_database();
    stage.wait(600).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.adopted, 4, "{report:#?}");
    assert_eq!(report.counts.created.github, 0);
    assert_eq!(stage.page_of(4), page, "the url is put back");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_marker_that_somebody_else_typed_claims_no_page() {
    let mut stage = in_step(3).await;
    let page = stage.page(&[("Name", Plain::Text("Waiting".to_owned()))]);
    let body = format!("Hello\n\n<!-- tandem:{page} -->");
    stage.on_github(|octocat, repo| octocat.open_issue(repo, "Thief", Some(&body)));
    stage.lose_database();
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (6, 6));
    assert_eq!(stage.page_shows(page, |page| page.title()), "Waiting");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_of_ours_whose_page_is_in_another_table_now_gets_one_of_its_own_at_once() {
    let stage = Stage::new();
    let there = stage.world.notion(|notion, now| {
        let (_, table) = notion.add_data_source("Elsewhere", &properties(), stage.ann, now);
        notion.share(table, TOKEN).unwrap();
        notion.add_page(table, &[], stage.ann, now).unwrap()
    });
    let marked = format!("Words.\n\n<!-- tandem:{there} -->");
    let number = stage.world.github(|github, now| {
        github.by("tandem-bot", now).open_issue(stage.repo, "Made before", Some(&marked)).unwrap()
    });
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.title()), "Made before");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn of_two_pages_with_one_url_the_older_is_the_partner_and_the_other_is_held() {
    let mut stage = in_step(3).await;
    let page = stage.page_of(2);
    stage.wait(600).await;
    let copy = stage.on_notion(|notion, ann, now| notion.duplicate_page(page, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(copy, "A copy", ann, now));
    stage.lose_database();
    stage.wait(600).await;
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.held[0].item, copy.to_string());
    assert_eq!(stage.page_shows(page, |page| page.title()), "Issue 2");
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Issue 2");
    assert_eq!(stage.count_issues(), 4);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_loss_in_the_middle_of_an_import_doubles_nothing() {
    use tandem::sim::{Fault, Planned};
    let mut stage = Stage::new();
    for n in 1..=9 {
        stage.issue(&format!("Issue {n}"));
    }
    for n in 1..=4 {
        let _ = stage.page(&[("Name", Plain::Text(format!("Page {n}")))]);
    }
    stage.wait(300).await;
    let hang = |side: Side, path: &str, after: u32| {
        Planned::once(side, Fault::CommitThenHang)
            .on(http::Method::POST, path)
            .after(after)
            .times(99)
    };
    stage.world.inject(hang(Side::Notion, "/v1/pages", 3));
    stage.world.inject(hang(Side::GitHub, "/issues", 1));
    let cycle = stage.cycle();
    assert!(tokio::time::timeout(std::time::Duration::from_secs(20), cycle).await.is_err());
    stage.world.clear_faults();
    stage.lose_database();
    for _ in 0..3 {
        stage.wait(1200).await;
        stage.good_cycle().await;
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (13, 13));
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_plan_after_the_loss_writes_nothing_anywhere() {
    let mut stage = in_step(5).await;
    stage.lose_database();
    let before = stage.world.counts();
    let report = stage.run(Scope::Changes, Mode::PlanOnly).await;
    assert_eq!(report.problems, []);
    assert_eq!(report.plan, []);
    let after = stage.world.counts();
    for side in Side::BOTH {
        assert_eq!(after[side].writes, before[side].writes, "{side}");
    }
}
