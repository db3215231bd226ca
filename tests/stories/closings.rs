//! An issue is closed by a request that fails, or whose answer is lost: it ends as people want it.

use http::Method;
use tandem::model::Side;
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Fault, Planned};

use crate::recovery::dies_of;
use crate::stage::{LONG_SECS, Stage};

/// A page that is done already, and that no cycle has seen.
async fn with_a_closed_page(stage: &Stage) -> PageId {
    stage.issue("One");
    stage.good_cycle().await;
    let closed = Plain::Option("Won't do".to_owned());
    let name = Plain::Text("From a page".to_owned());
    let page = stage.page(&[("Name", name), ("Status", closed)]);
    stage.wait(300).await;
    page
}

/// Both say that it will not be done, and nothing is left to write.
async fn assert_closed(stage: &Stage, page: PageId, policy: &str) {
    let reason = stage.shows(2, |issue| issue.state_reason.clone());
    assert_eq!(reason.as_deref(), Some("not_planned"), "{policy}");
    let status = stage.page_shows(page, |page| page.option("Status"));
    assert_eq!(status.as_deref(), Some("Won't do"), "{policy}");
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_page_whose_issue_was_made_but_not_closed_before_the_process_died_is_not_reopened()
{
    for policy in ["newest", "github", "hold"] {
        let conflict = format!("conflict = \"{policy}\"\n[sync.fields]\n");
        let mut stage =
            Stage::configured(|text| *text = text.replace("[sync.fields]\n", &conflict));
        let page = with_a_closed_page(&stage).await;
        let closing = Planned::once(Side::GitHub, Fault::Hang).on(Method::PATCH, "/issues/2");
        assert!(dies_of(&mut stage, closing).await);
        assert!(!stage.shows(2, |issue| issue.is_closed));
        stage.good_cycle().await;
        assert_eq!(stage.page_of(2), page);
        assert_closed(&stage, page, policy).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_somebody_reopened_meanwhile_is_not_closed_for_its_creation() {
    // The process dies of it, or goes on.
    for fault in [Fault::CommitThenHang, Fault::CommitThenReset] {
        let mut stage = Stage::new();
        with_a_closed_page(&stage).await;
        let closing = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/2");
        if fault == Fault::CommitThenHang {
            assert!(dies_of(&mut stage, closing).await);
        } else {
            stage.world.inject(closing);
            stage.cycle().await;
        }
        stage.wait(120).await;
        stage.on_github(|octocat, repo| octocat.reopen(repo, 2));
        stage.good_cycle().await;
        assert!(!stage.shows(2, |issue| issue.is_closed), "{fault:?}");
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_issue_that_could_not_be_closed_at_once_is_closed_later_whoever_wins_conflicts() {
    for policy in ["newest", "github", "notion", "hold"] {
        let conflict = format!("conflict = \"{policy}\"\n[sync.fields]\n");
        let stage = Stage::configured(|text| *text = text.replace("[sync.fields]\n", &conflict));
        let page = with_a_closed_page(&stage).await;
        let refusal = Planned::once(Side::GitHub, Fault::Refuse(422));
        stage.world.inject(refusal.on(Method::PATCH, "/issues/2"));
        stage.cycle().await;
        assert!(!stage.shows(2, |issue| issue.is_closed));
        stage.wait(LONG_SECS).await;
        stage.good_cycle().await;
        assert_closed(&stage, page, policy).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_reopened_after_a_closing_whose_answer_was_lost_stays_open() {
    for fault in [Fault::CommitThenHang, Fault::CommitThenReset] {
        let mut stage = Stage::new();
        let number = stage.issue("One");
        stage.good_cycle().await;
        let page = stage.page_of(number);
        stage.wait(LONG_SECS).await;
        stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
        stage.wait(120).await;
        let closing = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
        if fault == Fault::CommitThenHang {
            assert!(dies_of(&mut stage, closing).await);
        } else {
            stage.world.inject(closing);
            stage.cycle().await;
        }
        assert!(stage.shows(number, |issue| issue.is_closed), "it arrived");
        stage.wait(120).await;
        stage.on_github(|octocat, repo| octocat.reopen(repo, number));
        stage.good_cycle().await;
        assert!(!stage.shows(number, |issue| issue.is_closed), "{fault:?}");
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_somebody_else_closed_and_reopened_is_closed_after_a_closing_that_never_arrived()
 {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"notion\"\n[sync.fields]");
    });
    let number = stage.issue("One");
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.wait(LONG_SECS).await;
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    stage.wait(120).await;
    let closing = Planned::once(Side::GitHub, Fault::Hang).on(Method::PATCH, "/issues/1");
    assert!(dies_of(&mut stage, closing).await);
    stage.wait(60).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.on_github(|octocat, repo| octocat.reopen(repo, number));
    stage.comes_to_rest("closed").await;
    assert!(stage.shows(number, |issue| issue.is_closed), "Ann closed it");
}

#[tokio::test(start_paused = true)]
async fn an_issue_reopened_long_ago_is_closed_after_a_closing_that_never_arrived() {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"notion\"\n[sync.fields]");
    });
    let number = stage.issue("One");
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.on_github(|octocat, repo| octocat.reopen(repo, number));
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.lose_database();
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    stage.wait(LONG_SECS).await;
    let closing = Planned::once(Side::GitHub, Fault::Hang).on(Method::PATCH, "/issues/1");
    assert!(dies_of(&mut stage, closing).await);
    stage.comes_to_rest("closed").await;
    assert!(stage.shows(number, |issue| issue.is_closed), "Ann closed it");
}

#[tokio::test(start_paused = true)]
async fn an_issue_closed_for_its_creation_by_a_request_whose_answer_was_lost_is_no_edit_of_anybody()
{
    let stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"github\"\n[sync.fields]");
    });
    stage.issue("One");
    stage.good_cycle().await;
    let closed = Plain::Option("Done".to_owned());
    let page = stage.page(&[("Name", Plain::Text("From a page".to_owned())), ("Status", closed)]);
    stage.wait(300).await;
    let closing = Planned::once(Side::GitHub, Fault::CommitThenReset);
    stage.world.inject(closing.on(Method::PATCH, "/issues/2").times(9));
    stage.cycle().await;
    stage.world.clear_faults();
    assert!(stage.shows(2, |issue| issue.is_closed));
    stage.wait(120).await;
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    stage.comes_to_rest("closed").await;
    let reason = stage.shows(2, |issue| issue.state_reason.clone());
    assert_eq!(reason.as_deref(), Some("not_planned"), "Ann alone has said anything since");
}
