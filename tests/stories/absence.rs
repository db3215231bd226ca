//! What is not there: trashed, deleted, hidden. None of it is a deletion unless a direct read says so (I7).

use http::Method;
use tandem::model::Side;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Fault, Planned, Setup};

use crate::recovery::dies_of;
use crate::stage::{Stage, paired};

pub const CLOSE: &str = "on_page_trashed = \"close\"\n";
pub const TRASH: &str = "on_issue_deleted = \"trash\"\n";

/// Puts a line into the sync's own table.
pub fn with_policy(line: &'static str) -> impl FnOnce(&mut String) {
    move |text| *text = text.replace("[sync.fields]", &format!("{line}[sync.fields]"))
}

pub fn trash(stage: &Stage, page: PageId) {
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
}

pub fn is_trashed(stage: &Stage, page: PageId) -> bool {
    stage.page_shows(page, |page| page.in_trash())
}

/// A pair that no list shows any more.
async fn one_pair() -> (Stage, u64, PageId) {
    let stage = Stage::new();
    let number = stage.issue("One");
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.wait(1_800).await;
    (stage, number, page)
}

#[tokio::test(start_paused = true)]
async fn a_trashed_page_leaves_its_issue_open_and_gets_no_successor() {
    let stage = paired(Stage::new(), 3).await;
    let page = stage.page_of(2);
    trash(&stage, page);
    let report = stage.full_cycle().await;
    assert_eq!(report.counts.unlinked, 1, "{report:#?}");
    assert!(!stage.shows(2, |issue| issue.is_closed));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "Edited later"));
    stage.good_cycle().await;
    stage.full_cycle().await;
    assert_eq!(stage.count_pages(), 2, "the issue got a new page");
    assert!(is_trashed(&stage, page));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_trashed_page_closes_its_issue_where_that_is_the_policy() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 3).await;
    trash(&stage, stage.page_of(2));
    let report = stage.full_cycle().await;
    assert_eq!(report.counts.unlinked, 1, "{report:#?}");
    let shown = stage.shows(2, |issue| (issue.is_closed, issue.state_reason.clone()));
    assert_eq!(shown, (true, Some("not_planned".to_owned())));
    assert!(!stage.shows(1, |issue| issue.is_closed) && !stage.shows(3, |issue| issue.is_closed));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_only_page_of_a_sync_can_be_trashed_too() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 1).await;
    trash(&stage, stage.page_of(1));
    let report = stage.full_cycle().await;
    assert!(stage.shows(1, |issue| issue.is_closed), "{report:#?}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_the_issue_beats_the_deletion_of_its_page_under_both_policies() {
    for policy in ["", CLOSE] {
        let stage = paired(Stage::configured(with_policy(policy)), 3).await;
        let page = stage.page_of(2);
        trash(&stage, page);
        stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "Still needed"));
        let report = stage.good_cycle().await;
        assert!(!is_trashed(&stage, page), "{policy:?}: {report:#?}");
        assert_eq!(stage.mirrored(2, |page| page.title()), "Still needed");
        assert!(!stage.shows(2, |issue| issue.is_closed));
        let note = stage.history().into_iter().find(|(_, field, _)| field == "page");
        assert!(note.is_some(), "the restoration is in the history");
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_whose_deletion_was_found_at_the_second_look_is_not_said_to_fail_for_ever() {
    let stage = paired(Stage::configured(with_policy("conflict = \"hold\"\n")), 3).await;
    // What is held is looked at more than once.
    let page = stage.page_of(1);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Hers", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "His"));
    stage.wait(600).await;
    stage.cycle().await;
    stage.on_github(|octocat, repo| octocat.delete_issue(repo, 1));
    stage.wait(600).await;
    let look = Planned::once(Side::GitHub, Fault::Reset).on(Method::GET, "/issues/1");
    stage.world.inject(look.times(8));
    stage.full_cycle().await;
    stage.world.clear_faults();
    stage.wait(7_200).await;
    let report = stage.cycle().await;
    assert_eq!((&report.failed[..], &report.pending[..]), (&[][..], &[][..]));
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_trashed_again_after_its_restoration_stays_in_the_trash() {
    let stage = paired(Stage::new(), 2).await;
    let page = stage.page_of(1);
    trash(&stage, page);
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Still needed"));
    stage.good_cycle().await;
    assert!(!is_trashed(&stage, page));
    stage.wait(600).await;
    trash(&stage, page);
    for _ in 0..3 {
        stage.full_cycle().await;
        stage.wait(600).await;
    }
    assert!(is_trashed(&stage, page), "restored for ever");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_restored_page_pairs_again_and_what_changed_meanwhile_on_both_sides_arrives() {
    let stage = paired(Stage::new(), 2).await;
    let page = stage.page_of(1);
    trash(&stage, page);
    stage.full_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, 1, "late"));
    stage.good_cycle().await;
    stage.wait(3600).await;
    stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Back", ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Back");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_out_of_the_trash_is_compared_at_once_with_what_became_of_its_issue_meanwhile() {
    for dies in [false, true] {
        let mut stage = paired(Stage::new(), 2).await;
        let page = stage.page_of(1);
        trash(&stage, page);
        stage.full_cycle().await;
        stage.wait(600).await;
        stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Edited meanwhile"));
        stage.good_cycle().await;
        // From now on no list shows that edit any more.
        stage.wait(3600).await;
        stage.good_cycle().await;
        assert!(is_trashed(&stage, page));
        stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
        if dies {
            let look = Planned::once(Side::GitHub, Fault::Hang).on(Method::GET, "/issues/1");
            assert!(dies_of(&mut stage, look).await, "the issue is looked at");
        }
        stage.good_cycle().await;
        assert_eq!(stage.page_shows(page, |page| page.title()), "Edited meanwhile", "{dies}");
        stage.assert_in_step();
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_restored_after_its_issue_was_closed_for_it_reopens_the_issue_or_shows_it_closed() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 2).await;
    let page = stage.page_of(1);
    trash(&stage, page);
    stage.full_cycle().await;
    assert!(stage.shows(1, |issue| issue.is_closed));
    stage.wait(3600).await;
    stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    stage.good_cycle().await;
    stage.converge(2).await;
    stage.assert_in_step();
}

#[tokio::test(start_paused = true)]
async fn a_deleted_issue_leaves_its_page_or_trashes_it_by_policy() {
    for (policy, trashed) in [("", false), (TRASH, true)] {
        let stage = paired(Stage::configured(with_policy(policy)), 3).await;
        let page = stage.page_of(2);
        stage.on_github(|octocat, repo| octocat.delete_issue(repo, 2));
        let report = stage.full_cycle().await;
        assert_eq!(report.counts.unlinked, 1, "{policy:?}: {report:#?}");
        assert_eq!(is_trashed(&stage, page), trashed, "{policy:?}");
        stage.full_cycle().await;
        assert_eq!(stage.count_issues(), 2, "{policy:?}: the page made a new issue");
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_in_notion_keeps_the_page_of_a_deleted_issue_and_says_so() {
    for policy in ["", TRASH] {
        let stage = paired(Stage::configured(with_policy(policy)), 3).await;
        let page = stage.page_of(2);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "Mine", ann, now));
        stage.on_github(|octocat, repo| octocat.delete_issue(repo, 2));
        let report = stage.cycle().await;
        assert_eq!(report.problems, [], "{policy:?}");
        assert!(!is_trashed(&stage, page));
        assert_eq!(stage.page_shows(page, |page| page.title()), "Mine");
        assert_eq!(report.held.len(), 1, "{report:#?}");
        assert!(report.held[0].reason.contains("deleted on GitHub"), "{report:#?}");
        stage.full_cycle().await;
        assert_eq!(stage.count_issues(), 2);
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_hidden_from_us_is_held_until_it_is_shown_again_and_its_edits_arrive_then() {
    for gone_policy in ["", TRASH] {
        let stage = paired(Stage::configured(with_policy(gone_policy)), 3).await;
        let page = stage.page_of(2);
        stage.world.github(|github, _| github.set_hidden(stage.repo, 2, true).unwrap());
        let report = stage.full_cycle().await;
        assert_eq!(report.held.len(), 1, "{report:#?}");
        assert_eq!(report.counts.unlinked, 0);
        assert!(!is_trashed(&stage, page));
        stage.wait(600).await;
        stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed meanwhile", ann, now));
        stage.cycle().await;
        stage.wait(3600).await;
        stage.world.github(|github, _| github.set_hidden(stage.repo, 2, false).unwrap());
        stage.full_cycle().await;
        assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Typed meanwhile");
        assert_eq!(stage.good_cycle().await.held, []);
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_ends_the_pair_of_an_issue_out_of_sight_by_trashing_its_page() {
    let stage = paired(Stage::new(), 3).await;
    let page = stage.page_of(2);
    // What is held of it is not told for ever either.
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Blocked", ann, now));
    assert_eq!(stage.cycle().await.held.len(), 1);
    stage.world.github(|github, _| github.set_hidden(stage.repo, 2, true).unwrap());
    let report = stage.full_cycle().await;
    assert!(report.held.iter().any(|held| held.reason.contains("trash the page")), "{report:#?}");
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    let report = stage.full_cycle().await;
    assert_eq!((report.counts.unlinked, &report.held[..]), (1, &[][..]), "{report:#?}");
    stage.good_cycle().await;
    stage.world.github(|github, _| github.set_hidden(stage.repo, 2, false).unwrap());
    assert!(!stage.shows(2, |issue| issue.is_closed));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_deleted_for_good_is_held_and_its_issue_untouched() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 3).await;
    let page = stage.page_of(2);
    stage.world.notion(|notion, _| notion.delete_forever(page).unwrap());
    let report = stage.full_cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert!(!stage.shows(2, |issue| issue.is_closed));
    assert_eq!(stage.count_pages(), 2, "no second page on a guess");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn pull_requests_get_no_page_and_no_write_even_when_a_page_names_one() {
    let stage = Stage::new();
    stage.issue("An issue");
    stage.seed(NewIssue {
        title: "A change".to_owned(),
        is_pull_request: true,
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 1);
    let url = "https://github.com/acme/app/pull/2".to_owned();
    let by_issue_url = "https://github.com/acme/app/issues/2".to_owned();
    for (title, url) in [("Named", url), ("Named as an issue", by_issue_url)] {
        stage.page(&[("Name", Plain::Text(title.to_owned())), ("GitHub", Plain::Url(url))]);
    }
    stage.wait(600).await;
    stage.cycle().await;
    let report = stage.full_cycle().await;
    assert_eq!(report.problems, []);
    assert_eq!(stage.count_issues(), 1, "no issue for them: {report:#?}");
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "A change");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_not_shown_for_a_moment_is_looked_for_again_without_a_full_scan() {
    let (stage, number, page) = one_pair().await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another title"));
    let hidden = Planned::once(Side::Notion, Fault::Refuse(404)).on(Method::GET, "/pages/");
    stage.world.inject(hidden.times(2));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    // Looked for after ten minutes, and, found nowhere, after twenty more.
    for (secs, requests) in [(300, 0), (360, 1), (900, 0), (360, 1)] {
        stage.wait(secs).await;
        let before = stage.world.counts().notion.reads;
        stage.cycle().await;
        let looks = stage.world.counts().notion.reads - before - 1;
        assert_eq!(looks, requests, "after {secs} s");
    }
    assert_eq!(stage.page_shows(page, |page| page.title()), "Another title");
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_deleted_after_a_write_whose_answer_was_lost_is_given_up_once() {
    let (stage, number, page) = one_pair().await;
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["p1"], ann, now));
    stage.world.inject(Planned::once(Side::GitHub, Fault::Reset).on(Method::POST, "/labels"));
    stage.cycle().await;
    stage.on_github(|octocat, repo| octocat.delete_issue(repo, number));
    stage.wait(300).await;
    // What may be there after all is looked at once more in the same cycle.
    let hidden = Planned::once(Side::GitHub, Fault::Refuse(404)).on(Method::GET, "/issues/1");
    stage.world.inject(hidden);
    assert_eq!(stage.cycle().await.counts.unlinked, 1);
    stage.wait(300).await;
    assert_eq!(stage.cycle().await.counts.unlinked, 0);
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_is_not_shown_is_not_looked_for_the_later_the_oftener_a_list_shows_its_page()
{
    let (stage, number, page) = one_pair().await;
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Another title", ann, now));
    let hidden = Planned::once(Side::GitHub, Fault::Refuse(404)).on(Method::GET, "/issues/1");
    stage.world.inject(hidden.times(4));
    // A list that overlaps with the one before shows the page in each of them.
    for _ in 0..4 {
        let report = stage.cycle().await;
        assert_eq!(report.held.len(), 1, "{report:#?}");
        stage.wait(60).await;
    }
    stage.wait(420).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Another title");
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn of_an_issue_out_of_sight_no_refused_value_is_tried() {
    let (stage, number, page) = one_pair().await;
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Another title", ann, now));
    let refused = Planned::once(Side::GitHub, Fault::Refuse(422)).on(Method::PATCH, "/issues/1");
    stage.world.inject(refused);
    stage.cycle().await;
    stage.world.github(|github, _| github.set_hidden(stage.repo, number, true).unwrap());
    // Its time comes, and the issue is not shown.
    stage.wait(900).await;
    assert_eq!(stage.cycle().await.held.len(), 2);
    for _ in 0..3 {
        stage.wait(120).await;
        let cost = stage.cost().await;
        assert_eq!((cost.github.reads, cost.notion.reads), (1, 1), "the lists alone");
    }
    stage.world.github(|github, _| github.set_hidden(stage.repo, number, false).unwrap());
    stage.comes_to_rest("shown again").await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Another title");
}

#[tokio::test(start_paused = true)]
async fn a_complete_listing_with_gaps_deletes_closes_and_unlinks_nothing() {
    for lag_on_github in [true, false] {
        let day = std::time::Duration::from_secs(86_400);
        let mut setup = Setup::default();
        if lag_on_github {
            setup.github.list_lag = day;
        } else {
            setup.notion.list_lag = day;
        }
        let policies = "on_page_trashed = \"close\"\non_issue_deleted = \"trash\"\n";
        let stage = Stage::with(setup, with_policy(policies));
        if lag_on_github {
            for n in 1..=3 {
                stage.page(&[("Name", Plain::Text(format!("Page {n}")))]);
            }
        } else {
            for n in 1..=3 {
                stage.issue(&format!("Issue {n}"));
            }
        }
        stage.wait(600).await;
        stage.good_cycle().await;
        assert_eq!((stage.count_issues(), stage.count_pages()), (3, 3));
        // What was just made is in no list for a day.
        for _ in 0..2 {
            stage.wait(3600).await;
            let report = stage.full_cycle().await;
            assert_eq!((&report.problems[..], report.counts.unlinked), (&[][..], 0), "{report:#?}");
            assert_eq!((stage.count_issues(), stage.count_pages()), (3, 3));
            assert!((1..=3).all(|n| !stage.shows(n, |issue| issue.is_closed)));
        }
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_scan_that_was_cut_off_is_made_up_for_by_the_next_cycle() {
    let stage = paired(Stage::configured(with_policy(TRASH)), 3).await;
    let page = stage.page_of(2);
    stage.on_github(|octocat, repo| octocat.delete_issue(repo, 2));
    let down = Planned::once(Side::Notion, Fault::ServerError(500));
    stage.world.inject(down.on(Method::POST, "/query").times(50));
    let report = stage.full_cycle().await;
    assert_eq!(report.problems.len(), 1, "{report:#?}");
    stage.world.clear_faults();
    stage.wait(120).await;
    assert!(stage.cycle().await.full);
    assert!(is_trashed(&stage, page));
    stage.wait(120).await;
    assert!(!stage.good_cycle().await.full);
}

#[tokio::test(start_paused = true)]
async fn a_closing_that_is_refused_is_not_asked_for_again_in_every_cycle() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 2).await;
    trash(&stage, stage.page_of(2));
    let refuse = Planned::once(Side::GitHub, Fault::Refuse(400)).on(Method::PATCH, "/issues/2");
    stage.world.inject(refuse.times(100));
    let mut writes = Vec::new();
    for _ in 0..4 {
        let before = stage.world.counts().github.writes;
        let report = stage.full_cycle().await;
        assert_eq!((report.held.len(), report.counts.unlinked), (1, 0), "{report:#?}");
        writes.push(stage.world.counts().github.writes - before);
        stage.wait(60).await;
    }
    assert_eq!(writes, [1, 0, 0, 0]);
    stage.world.clear_faults();
    stage.wait(1200).await;
    assert_eq!(stage.full_cycle().await.counts.unlinked, 1);
    assert!(stage.shows(2, |issue| issue.is_closed));
    stage.converge(1).await;
}
