//! The process dies at any moment, or is asked to stop: the next one goes on where it was, and nothing is there twice.

use std::time::Duration;

use http::Method;
use tandem::engine::{Halt, Mode, Order, Progress, Scope, run_cycle};
use tandem::model::Side;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Fault, Planned};

use crate::stage::{LONG_SECS, Stage};

/// Runs a cycle whose process dies when that request to `side` is sent; false when the cycle never came so far.
pub async fn dies_at(stage: &mut Stage, side: Side, nth: u32, fault: Fault) -> bool {
    dies_of(stage, Planned::once(side, fault).after(nth)).await
}

/// The same for any request.
pub async fn dies_of(stage: &mut Stage, fault: Planned) -> bool {
    stage.world.inject(fault);
    let died = async {
        while !stage.world.planned().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let has_died = tokio::select! {
        biased;
        () = died => true,
        _ = stage.cycle() => false,
    };
    stage.world.clear_faults();
    stage.restart();
    has_died
}

fn issues(stage: &Stage, count: usize) {
    for n in 1..=count {
        stage.seed(NewIssue {
            title: format!("Issue {n}"),
            labels: vec!["bug".to_owned(), "a, b".to_owned()],
            milestone: Some("v1".to_owned()),
            ..NewIssue::default()
        });
    }
}

fn pages(stage: &Stage, count: usize) {
    for n in 1..=count {
        let _ = stage.page(&[
            ("Name", Plain::Text(format!("Page {n}"))),
            ("Labels", Plain::Options(vec!["bug".to_owned()])),
            ("Milestone", Plain::Option("v2".to_owned())),
        ]);
    }
}

const DEATHS: [Fault; 2] = [Fault::Hang, Fault::CommitThenHang];

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_request_of_an_import_leaves_exactly_one_partner_each() {
    for side in Side::BOTH {
        for fault in DEATHS {
            for nth in 0.. {
                let mut stage = Stage::new();
                issues(&stage, 4);
                pages(&stage, 3);
                stage.wait(300).await;
                if !dies_at(&mut stage, side, nth, fault).await {
                    assert!(nth > 5, "{side}: {nth} requests only");
                    break;
                }
                let what = format!("{side} {fault:?} at {nth}");
                stage.comes_to_rest(&what).await;
                assert_eq!((stage.count_issues(), stage.count_pages()), (7, 7), "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_request_of_edits_loses_none_of_them() {
    for side in Side::BOTH {
        for fault in DEATHS {
            for nth in 0.. {
                let mut stage = Stage::new();
                issues(&stage, 4);
                stage.good_cycle().await;
                stage.wait(LONG_SECS).await;
                let page = stage.page_of(1);
                stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann", ann, now));
                stage.on_notion(|notion, ann, now| {
                    notion.set_options(page, "Labels", &["c", "d"], ann, now)
                });
                let page = stage.page_of(2);
                stage.on_notion(|notion, ann, now| {
                    notion.set_option(page, "Status", "Won't do", ann, now)
                });
                stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "By octocat"));
                stage.on_github(|octocat, repo| octocat.remove_label(repo, 3, "a, b"));
                stage.on_github(|octocat, repo| octocat.close(repo, 4, "completed"));
                if !dies_at(&mut stage, side, nth, fault).await {
                    assert!(nth > 4, "{side}: {nth} requests only");
                    break;
                }
                let what = format!("{side} {fault:?} at {nth}");
                stage.comes_to_rest(&what).await;
                assert_eq!(stage.shows(1, |issue| issue.title.clone()), "By Ann", "{what}");
                let labels = stage.shows(1, |issue| issue.labels.clone());
                assert_eq!(labels.into_iter().collect::<Vec<_>>(), ["c", "d"], "{what}");
                let reason = stage.shows(2, |issue| issue.state_reason.clone());
                assert_eq!(reason.as_deref(), Some("not_planned"), "{what}");
                assert_eq!(stage.mirrored(3, |page| page.title()), "By octocat", "{what}");
                assert_eq!(stage.mirrored(3, |page| page.options("Labels").len()), 1, "{what}");
                assert!(stage.shows(4, |issue| issue.is_closed), "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_again_and_again_still_gets_through_an_import() {
    let mut stage = Stage::new();
    issues(&stage, 30);
    pages(&stage, 10);
    stage.wait(300).await;
    for round in 0..12 {
        let side = if round % 2 == 0 { Side::GitHub } else { Side::Notion };
        dies_at(&mut stage, side, 5 + round, DEATHS[usize::from(round % 3 == 0)]).await;
        stage.wait(240).await;
    }
    stage.comes_to_rest("after twelve deaths").await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (40, 40));
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_after_a_write_whose_answer_was_lost_is_not_taken_for_it() {
    for fault in DEATHS {
        let mut stage = Stage::new();
        issues(&stage, 2);
        stage.good_cycle().await;
        stage.wait(LONG_SECS).await;
        stage.good_cycle().await;
        stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "By octocat"));
        let patch = Planned::once(Side::Notion, fault).on(Method::PATCH, "/v1/pages");
        stage.world.inject(patch);
        let cut = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
        assert!(cut.is_err());
        stage.restart();
        stage.wait(600).await;
        let page = stage.page_of(1);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann, later", ann, now));
        stage.comes_to_rest(&format!("{fault:?}")).await;
        assert_eq!(stage.shows(1, |issue| issue.title.clone()), "By Ann, later");
        let lost = stage.history();
        let is_kept = |title: &str| lost.iter().any(|(_, _, value)| value.contains(title));
        assert!(is_kept("By octocat"), "{fault:?}: {lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_both_sides_were_seen_to_agree_on_stays_agreed_when_another_answer_is_lost() {
    for fault in [Fault::Reset, Fault::CommitThenReset] {
        let mut stage = Stage::new();
        issues(&stage, 2);
        stage.good_cycle().await;
        stage.wait(LONG_SECS).await;
        stage.good_cycle().await;
        let page = stage.page_of(1);
        stage.on_github(|octocat, repo| octocat.add_label(repo, 1, "urgent"));
        let labels = stage.mirrored(1, |page| page.options("Labels"));
        let labels: Vec<&str> = labels.iter().map(String::as_str).chain(["urgent"]).collect();
        stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &labels, ann, now));
        stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "By octocat"));
        stage.wait(LONG_SECS).await;
        let patch = Planned::once(Side::Notion, fault).on(Method::PATCH, "/v1/pages");
        stage.world.inject(patch.times(9));
        stage.cycle().await;
        stage.world.clear_faults();
        stage.restart();
        stage.on_github(|octocat, repo| octocat.remove_label(repo, 1, "urgent"));
        stage.comes_to_rest(&format!("{fault:?}")).await;
        let labels = stage.shows(1, |issue| issue.labels.clone());
        assert!(!labels.contains("urgent"), "{fault:?}: it was taken away, and not by mistake");
    }
}

/// Two pairs, of which the first was closed long ago, and Ann gives it another reason now.
async fn has_another_reason_in_notion(stage: &Stage) -> PageId {
    issues(stage, 2);
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.close(repo, 1, "completed"));
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page_of(1);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    page
}

/// The process dies when the issue is reopened, to be closed again for the new reason.
async fn dies_halfway(stage: &mut Stage) {
    stage.wait(LONG_SECS).await;
    let patch = Planned::once(Side::GitHub, Fault::CommitThenHang).on(Method::PATCH, "/issues/1");
    stage.world.inject(patch.after(1));
    let _ = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
    assert!(!stage.shows(1, |issue| issue.is_closed), "it is halfway");
    stage.restart();
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_reason_cut_off_in_the_middle_is_completed() {
    for fault in DEATHS {
        for nth in 0..4 {
            let mut stage = Stage::new();
            has_another_reason_in_notion(&stage).await;
            let patch = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
            stage.world.inject(patch.after(nth));
            let _ = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
            stage.world.clear_faults();
            stage.restart();
            let what = format!("{fault:?} at {nth}");
            stage.comes_to_rest(&what).await;
            let shown = stage.shows(1, |issue| (issue.is_closed, issue.state_reason.clone()));
            assert_eq!(shown, (true, Some("not_planned".to_owned())), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_reopened_by_a_person_while_a_lost_reason_change_is_open_stays_open() {
    let mut stage = Stage::new();
    has_another_reason_in_notion(&stage).await;
    let patch = Planned::once(Side::GitHub, Fault::Hang).on(Method::PATCH, "/issues/1");
    stage.world.inject(patch);
    let _ = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
    stage.restart();
    stage.wait(3600).await;
    stage.on_github(|octocat, repo| octocat.reopen(repo, 1));
    stage.comes_to_rest("reopened").await;
    assert!(!stage.shows(1, |issue| issue.is_closed), "the reopening is the later edit");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_reason_cut_off_halfway_is_no_reopening_while_a_list_alone_shows_it() {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"github\"\n[sync.fields]");
    });
    let page = has_another_reason_in_notion(&stage).await;
    dies_halfway(&mut stage).await;
    stage.wait(LONG_SECS).await;
    stage.world.inject(
        Planned::once(Side::GitHub, Fault::Refuse(404)).on(Method::GET, "/issues/1").times(3),
    );
    stage.cycle().await;
    stage.world.clear_faults();
    let status = stage.world.notion(|notion, _| notion.page(page).unwrap().option("Status"));
    assert_eq!(status.as_deref(), Some("Won't do"), "nobody reopened it");
    stage.comes_to_rest("halfway").await;
    let shown = stage.shows(1, |issue| (issue.is_closed, issue.state_reason.clone()));
    assert_eq!(shown, (true, Some("not_planned".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_recovery_has_seen_is_not_read_again_perhaps_as_it_was_before() {
    let mut stage = Stage::new();
    let page = has_another_reason_in_notion(&stage).await;
    dies_halfway(&mut stage).await;
    stage.wait(300).await;
    // Ann wants it open after all, and a comment gives the issue the time of our next write.
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "To do", ann, now));
    stage.on_github(|octocat, repo| octocat.comment(repo, 1, "hm").map(drop));
    // Recovery reads the issue and its timeline, and closes it; whatever is read then is from before.
    let stale = Planned::once(Side::GitHub, Fault::Stale).on(Method::GET, "/issues");
    stage.world.inject(stale.after(2).times(2));
    stage.cycle().await;
    stage.world.clear_faults();
    stage.comes_to_rest("wanted open").await;
    assert!(!stage.shows(1, |issue| issue.is_closed));
    assert_eq!(stage.page_shows(page, |page| page.option("Status")).as_deref(), Some("To do"));
}

#[tokio::test(start_paused = true)]
async fn a_restoration_or_a_closing_whose_answer_is_lost_is_done_once() {
    for close in [false, true] {
        for fault in DEATHS {
            let edit = |text: &mut String| {
                *text = text.replace("[sync.fields]", "on_page_trashed = \"close\"\n[sync.fields]");
            };
            let mut stage = Stage::configured(edit);
            issues(&stage, 3);
            stage.good_cycle().await;
            stage.wait(LONG_SECS).await;
            stage.good_cycle().await;
            let page = stage.page_of(1);
            stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
            if close {
                let patch = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
                stage.world.inject(patch);
            } else {
                stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Needed"));
                let patch = Planned::once(Side::Notion, fault).on(Method::PATCH, "/v1/pages");
                stage.world.inject(patch);
            }
            let _ = tokio::time::timeout(Duration::from_secs(30), stage.full_cycle()).await;
            assert_eq!(stage.world.planned(), [], "the fault met its request");
            stage.restart();
            stage.wait(600).await;
            stage.full_cycle().await;
            stage.wait(600).await;
            stage.full_cycle().await;
            let what = format!("close: {close}, {fault:?}");
            assert_eq!(stage.shows(1, |issue| issue.is_closed), close, "{what}");
            assert_eq!(stage.page_shows(page, |page| page.in_trash()), close, "{what}");
            stage.converge(1).await;
        }
    }
}

/// Asks for the halt after so many pieces of work.
struct HaltAfter(Halt, std::sync::atomic::AtomicUsize);

impl Progress for HaltAfter {
    fn begin(&self, _: &str, _: usize) {}
    fn advance(&self) {
        if self.1.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            self.0.ask();
        }
    }
    fn end(&self) {}
}

#[tokio::test(start_paused = true)]
async fn a_halt_in_the_middle_of_an_import_finishes_what_is_in_hand_and_the_next_cycle_goes_on() {
    let stage = Stage::new();
    issues(&stage, 60);
    pages(&stage, 20);
    stage.wait(300).await;
    for after in [1, 7, 30] {
        let halt = Halt::default();
        let progress = HaltAfter(halt.clone(), after.into());
        let (scope, mode) = (Scope::Changes, Mode::Execute);
        let order = Order { scope, mode, halt: &halt, progress: &progress };
        let before = stage.count_pages() + stage.count_issues();
        let report = run_cycle(&stage.services, &stage.store, &stage.config.syncs[0], &order);
        let report = report.await.unwrap();
        let made = stage.count_pages() + stage.count_issues() - before;
        assert!((after..=after + 12).contains(&made), "{made} after {after}");
        assert_eq!(report.problems, []);
        assert_eq!((&report.failed[..], &report.pending[..]), (&[][..], &[][..]), "{report:#?}");
        let made = report.counts.created;
        assert!(made.github + made.notion >= after as u64);
    }
    stage.good_cycle().await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (80, 80));
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_halt_in_the_middle_of_edits_leaves_the_rest_to_the_next_cycle_however_late_that_comes() {
    let stage = Stage::configured(|text| {
        *text =
            text.replace("[[sync]]", "[safety]\nbrake_percent = 100\nbrake_floor = 100\n[[sync]]");
    });
    issues(&stage, 30);
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    for n in 1..=30 {
        stage.on_github(|octocat, repo| octocat.set_title(repo, n, &format!("Edited {n}")));
    }
    let halt = Halt::default();
    let progress = HaltAfter(halt.clone(), 1.into());
    let (scope, mode) = (Scope::Changes, Mode::Execute);
    let order = Order { scope, mode, halt: &halt, progress: &progress };
    let report = run_cycle(&stage.services, &stage.store, &stage.config.syncs[0], &order);
    let report = report.await.unwrap();
    assert!((1..30).contains(&report.counts.updated.notion), "{report:#?}");
    stage.wait(86_400).await;
    let report = stage.good_cycle().await;
    assert!(!report.full);
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_perhaps_made_is_pending_and_adopted_when_it_appears() {
    let stage = Stage::new();
    stage.issue("One");
    let lost = Planned::once(Side::Notion, Fault::CommitThenReset);
    stage.world.inject(lost.on(Method::POST, "/v1/pages"));
    let report = stage.cycle().await;
    assert_eq!((&report.failed[..], &report.held[..]), (&[][..], &[][..]), "{report:#?}");
    assert_eq!((report.pending.len(), report.problems.len()), (1, 0), "{report:#?}");
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.adopted, report.counts.created.notion), (1, 0), "{report:#?}");
    assert_eq!(report.pending, []);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_surely_not_made_is_made_after_two_minutes_of_notions_clock_and_not_before() {
    let stage = Stage::new();
    stage.issue("One");
    stage.world.inject(Planned::once(Side::Notion, Fault::Reset).on(Method::POST, "/v1/pages"));
    stage.cycle().await;
    for _ in 0..3 {
        stage.wait(30).await;
        let report = stage.good_cycle().await;
        assert_eq!((report.pending.len(), stage.count_pages()), (1, 0), "{report:#?}");
    }
    stage.world.advance_side(Side::GitHub, Duration::from_secs(86_400));
    assert_eq!(stage.good_cycle().await.pending.len(), 1, "GitHub's clock has no say in it");
    stage.wait(60).await;
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.created.notion, report.pending.len()), (1, 0), "{report:#?}");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_surely_not_made_is_made_after_fifteen_minutes_under_the_same_identity() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.wait(300).await;
    stage.world.inject(Planned::once(Side::GitHub, Fault::Reset).on(Method::POST, "/issues"));
    let report = stage.cycle().await;
    assert_eq!((report.pending.len(), report.failed.len()), (1, 0), "{report:#?}");
    for _ in 0..6 {
        stage.wait(120).await;
        let report = stage.good_cycle().await;
        assert_eq!((report.pending.len(), stage.count_issues()), (1, 1), "{report:#?}");
    }
    stage.wait(240).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.github, 1, "{report:#?}");
    let body = stage.shows(2, |issue| issue.body.clone().unwrap());
    assert!(body.contains(&page.to_string()), "{body}");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_perhaps_made_is_found_though_the_token_is_another_accounts_since() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.wait(300).await;
    stage.world.inject(Planned::once(Side::GitHub, Fault::Reset).on(Method::POST, "/issues"));
    stage.cycle().await;
    // What was sent under the account of before, and a copy of its body by somebody else.
    let marked = format!("<!-- tandem:{page} -->");
    for (login, title) in [("tandem-before", "From Notion"), ("octocat", "Copied")] {
        stage.world.github(|github, now| {
            github.by(login, now).open_issue(stage.repo, title, Some(&marked)).unwrap();
        });
        stage.wait(60).await;
    }
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.adopted, report.pending.len()), (0, 1), "ours may still be listed");
    stage.wait(LONG_SECS).await;
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.adopted, report.counts.created.github), (1, 0), "{report:#?}");
    assert_eq!(stage.page_of(2), page);
    assert_eq!(stage.mirrored(3, |page| page.title()), "Copied");
    assert_eq!((stage.count_issues(), stage.count_pages()), (3, 3));
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_lists_show_only_after_eight_minutes_is_adopted_not_doubled() {
    let mut setup = tandem::sim::Setup::default();
    setup.github.list_lag = Duration::from_secs(480);
    let stage = Stage::with(setup, |_| {});
    stage.issue("There already");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.wait(300).await;
    let lost = Planned::once(Side::GitHub, Fault::CommitThenReset);
    stage.world.inject(lost.on(Method::POST, "/issues"));
    stage.cycle().await;
    for _ in 0..10 {
        stage.wait(120).await;
        let report = stage.good_cycle().await;
        assert_eq!(report.counts.created.github, 0);
    }
    assert_eq!(stage.count_issues(), 2);
    assert_eq!(stage.page_of(2), page);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_the_source_while_its_create_is_unclear_arrives_and_a_deleted_source_ends_it() {
    let stage = Stage::new();
    let (edited, deleted) = (stage.issue("One"), stage.issue("Two"));
    let lost = Planned::once(Side::Notion, Fault::Reset).on(Method::POST, "/v1/pages");
    stage.world.inject(lost.times(2));
    stage.cycle().await;
    stage.wait(30).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, edited, "One, edited"));
    stage.on_github(|octocat, repo| octocat.delete_issue(repo, deleted));
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.pending, []);
    assert_eq!(stage.count_pages(), 1);
    assert_eq!(stage.mirrored(edited, |page| page.title()), "One, edited");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn of_two_pages_of_one_issue_the_known_one_stays_the_partner_and_the_copy_is_held() {
    let stage = Stage::new();
    issues(&stage, 2);
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(1);
    let copy = stage.on_notion(|notion, ann, now| notion.duplicate_page(page, ann, now));
    stage.wait(600).await;
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.held[0].item, copy.to_string());
    assert_eq!(stage.count_issues(), 2);
    stage.on_notion(|notion, ann, now| notion.set_title(copy, "A copy", ann, now));
    stage.wait(600).await;
    stage.cycle().await;
    assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Issue 1");
    // Its own issue, once the url is gone.
    stage.on_notion(|notion, ann, now| notion.set(copy, "GitHub", &Plain::Empty, ann, now));
    stage.wait(600).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.github, 1, "{report:#?}");
    assert_eq!(stage.page_of(3), copy);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_found_while_notion_refuses_its_page_gets_no_second_page_nor_the_page_a_second_issue()
 {
    let stage = Stage::new();
    stage.issue("One");
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("From a page".to_owned()))]);
    // Long enough for no later list to show it.
    stage.wait(LONG_SECS).await;
    let lost = Planned::once(Side::GitHub, Fault::CommitThenReset).on(Method::POST, "/issues");
    stage.world.inject(lost);
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    let refusal = Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::GET, "/pages/");
    stage.world.inject(refusal.times(3));
    stage.cycle().await;
    stage.comes_to_rest("refused").await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 2));
    assert_eq!(stage.page_of(2), page);
}

#[tokio::test(start_paused = true)]
async fn a_new_issue_that_no_list_shows_after_the_process_died_does_not_have_its_body_held() {
    let mut setup = tandem::sim::Setup::default();
    setup.github.list_lag = Duration::from_secs(480);
    let mut stage = Stage::with(setup, |text| {
        *text = text.replace("title = \"Name\"\n", "title = \"Name\"\nbody = true\n");
    });
    stage.issue("One");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let page = stage.page(&[("Name", Plain::Text("From a page".to_owned()))]);
    stage.wait(300).await;
    let url = Planned::once(Side::Notion, Fault::Hang).on(Method::PATCH, "/v1/pages/");
    assert!(dies_of(&mut stage, url).await);
    assert_eq!(stage.count_issues(), 2);
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    assert_eq!(stage.page_of(2), page);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_title_of_ours_that_is_seen_only_at_the_second_look_is_nobodys_edit() {
    for policy in ["newest", "github", "notion"] {
        let stage = Stage::configured(|text| {
            *text =
                text.replace("[sync.fields]", &format!("conflict = \"{policy}\"\n[sync.fields]"));
        });
        issues(&stage, 2);
        stage.good_cycle().await;
        let page = stage.page_of(1);
        stage.wait(LONG_SECS).await;
        stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Ours"));
        let lost = Planned::once(Side::Notion, Fault::CommitThenReset);
        stage.world.inject(lost.on(Method::PATCH, "/pages/"));
        stage.cycle().await;
        // The list of the first cycle shows the page, that of the second does not.
        for title in ["Another", "Theirs"] {
            stage.wait(LONG_SECS).await;
            stage.on_github(|octocat, repo| octocat.set_title(repo, 1, title));
            let hidden = Planned::once(Side::Notion, Fault::Refuse(404));
            stage.world.inject(hidden.on(Method::GET, "/pages/"));
            stage.cycle().await;
        }
        stage.comes_to_rest(policy).await;
        assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Theirs", "{policy}");
        assert_eq!(stage.page_shows(page, |page| page.title()), "Theirs", "{policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_title_of_a_process_that_died_is_nobodys_edit_where_no_list_shows_it() {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"notion\"\n[sync.fields]");
    });
    issues(&stage, 2);
    for _ in 0..3 {
        stage.good_cycle().await;
        stage.wait(LONG_SECS).await;
    }
    // The list after that write shows what was before it.
    let stale = Planned::once(Side::Notion, Fault::Stale).on(Method::POST, "/query");
    stage.world.inject(stale.after(1));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Ours"));
    let lost = Planned::once(Side::Notion, Fault::CommitThenHang).on(Method::PATCH, "/pages/");
    stage.world.inject(lost);
    let cycle = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
    assert!(cycle.is_err(), "it waits for the answer");
    stage.restart();
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Theirs"));
    let hidden = Planned::once(Side::Notion, Fault::Refuse(404)).on(Method::GET, "/pages/");
    stage.world.inject(hidden);
    stage.cycle().await;
    stage.comes_to_rest("died").await;
    assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Theirs");
}
