//! What networks and servers do besides answering: no fault doubles an item, loses an edit or stops the rest (I3, I4, I5).

use std::time::Duration;

use http::Method;
use tandem::model::Side;
use tandem::remote::Patience;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, LimitKind, Planned};

use crate::stage::{LONG_SECS, Stage, connect};

/// A pair, an issue without a page, a page without an issue, edits on both sides: a cycle sends every kind of request.
async fn busy() -> Stage {
    let stage = Stage::new();
    for n in 1..=4 {
        stage.seed(NewIssue {
            title: format!("Issue {n}"),
            labels: vec!["bug".to_owned(), "a, b".to_owned()],
            ..NewIssue::default()
        });
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    stage.issue("New on GitHub");
    let _ = stage.page(&[
        ("Name", Plain::Text("New in Notion".to_owned())),
        ("Labels", Plain::Options(vec!["fresh".to_owned()])),
    ]);
    stage.wait(300).await;
    let page = stage.page_of(1);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed in Notion", ann, now));
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["other"], ann, now));
    let page = stage.page_of(3);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Done", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "Typed on GitHub"));
    stage.on_github(|octocat, repo| octocat.add_label(repo, 2, "late, too"));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 4, "Typed on GitHub, too"));
    stage
}

/// After the faults: cycles past the longest window, then everything that was typed is there, once, on both sides.
async fn assert_all_is_well(stage: &Stage, what: &str) {
    stage.world.clear_faults();
    stage.comes_to_rest(what).await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (6, 6), "{what}");
    assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Typed in Notion", "{what}");
    assert_eq!(stage.shows(1, |issue| issue.labels.len()), 1, "{what}");
    assert!(stage.shows(3, |issue| issue.is_closed), "{what}");
    assert_eq!(stage.mirrored(2, |page| page.title()), "Typed on GitHub", "{what}");
    assert_eq!(stage.mirrored(2, |page| page.options("Labels").len()), 3, "{what}");
}

/// How many requests the busy cycle sends to each side.
async fn requests_of_a_busy_cycle() -> [u32; 2] {
    let stage = busy().await;
    let before = stage.world.seen().len();
    stage.good_cycle().await;
    stage.assert_in_step();
    let seen = stage.world.seen();
    Side::BOTH.map(|side| {
        let count = seen[before..].iter().filter(|seen| seen.side == side).count();
        u32::try_from(count).unwrap()
    })
}

async fn any_fault_at_any_request(faults: &[Fault], times: u32) {
    let counts = requests_of_a_busy_cycle().await;
    for (side, count) in Side::BOTH.into_iter().zip(counts) {
        assert!(count >= 4, "{side}: {count}");
        for fault in faults {
            for nth in 0..count {
                let what = format!("{fault:?} at request {nth} to {side}");
                let stage = busy().await;
                stage.world.inject(Planned::once(side, *fault).after(nth).times(times));
                stage.cycle().await;
                assert_all_is_well(&stage, &what).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_lost_before_or_after_its_effect_at_any_request_loses_and_doubles_nothing() {
    let faults = [Fault::Reset, Fault::CommitThenReset, Fault::TruncatedBody];
    any_fault_at_any_request(&faults, 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_answer_at_all_at_any_request_loses_and_doubles_nothing() {
    any_fault_at_any_request(&[Fault::Hang, Fault::CommitThenHang], 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_server_at_any_request_loses_and_doubles_nothing() {
    let faults = [
        Fault::ServerError(502),
        Fault::CommitThenServerError(504),
        Fault::HtmlBody(502),
        Fault::HtmlBody(200),
    ];
    any_fault_at_any_request(&faults, 1).await;
}

#[tokio::test(start_paused = true)]
async fn nonsense_at_any_request_loses_and_doubles_nothing() {
    any_fault_at_any_request(&[Fault::Garbage], 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_any_form_at_any_request_loses_and_doubles_nothing() {
    let limits = [
        (LimitKind::Primary429, Some(371)),
        (LimitKind::Secondary403, None),
        (LimitKind::Overloaded, Some(3)),
    ];
    let limits = limits.map(|(kind, retry_after_secs)| Fault::Limited { retry_after_secs, kind });
    any_fault_at_any_request(&limits, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_whole_side_that_is_down_for_a_while_loses_and_doubles_nothing() {
    any_fault_at_any_request(&[Fault::Reset, Fault::CommitThenServerError(502)], 40).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_list_at_any_reading_loses_and_doubles_nothing() {
    any_fault_at_any_request(&[Fault::Stale], 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_import_with_one_limited_create_makes_every_page_all_the_same() {
    let stage = Stage::new();
    for n in 1..=60 {
        stage.issue(&format!("Issue {n}"));
    }
    let limit = Fault::Limited { retry_after_secs: Some(5), kind: LimitKind::Secondary429 };
    stage.world.inject(Planned::once(Side::Notion, limit).on(Method::POST, "/v1/pages").after(20));
    let report = stage.cycle().await;
    // The one that was turned away may wait for the next cycle; the others need not.
    assert_eq!(report.problems, [], "{report:#?}");
    assert!(stage.count_pages() >= 59, "only {} pages", stage.count_pages());
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_may_not_wait_as_long_as_notion_asks_ends_early_and_loses_nothing() {
    let mut stage = Stage::new();
    for n in 1..=60 {
        stage.issue(&format!("Issue {n}"));
    }
    let patience = Patience::at_most(Duration::from_secs(120));
    stage.services = connect(&stage.world, &stage.config, patience);
    let limit = Fault::Limited { retry_after_secs: Some(600), kind: LimitKind::Secondary429 };
    stage.world.inject(Planned::once(Side::Notion, limit).on(Method::POST, "/v1/pages").after(20));
    let report = stage.cycle().await;
    assert_eq!(report.problems.len(), 1, "{report:#?}");
    assert!(stage.count_pages() < 60);
    stage.wait(600).await;
    stage.restart();
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_503_that_names_what_it_made_is_an_answer() {
    let stage = Stage::new();
    for n in 1..=5 {
        stage.issue(&format!("Issue {n}"));
    }
    stage.world.notion(|notion, _| notion.commit_then_503(3));
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.notion, 5, "{report:#?}");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn lists_that_come_in_short_or_empty_pieces_miss_nothing() {
    use tandem::sim::Setup;
    use tandem::sim::notion::Options;
    let notion = Options { short_pages: true, query_cap: 200, ..Options::default() };
    let stage = Stage::with(Setup { notion, ..Setup::default() }, |_| {});
    for n in 1..=250 {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    let report = stage.full_cycle().await;
    assert_eq!(report.problems, []);
    assert_eq!(report.counts.unlinked, 0);
    assert_eq!(stage.count_pages(), 250);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn lists_that_lag_minutes_behind_double_nothing_and_lose_nothing() {
    use tandem::sim::Setup;
    for (github_secs, notion_secs) in [(480, 0), (0, 110), (480, 110)] {
        let mut setup = Setup::default();
        setup.github.list_lag = Duration::from_secs(github_secs);
        setup.notion.list_lag = Duration::from_secs(notion_secs);
        let stage = Stage::with(setup, |_| {});
        for n in 1..=4 {
            stage.issue(&format!("Issue {n}"));
        }
        stage.wait(LONG_SECS).await;
        stage.cycle().await;
        stage.cycle().await;
        stage.wait(LONG_SECS).await;
        stage.cycle().await;
        let page = stage.page_of(2);
        for round in 0..6 {
            let title = format!("Round {round}");
            stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
            stage.on_github(|octocat, repo| octocat.set_title(repo, 3, &title));
            if round == 2 {
                stage.page(&[("Name", Plain::Text("New in Notion".to_owned()))]);
                stage.issue("New on GitHub");
            }
            stage.wait(150).await;
            stage.cycle().await;
        }
        for _ in 0..3 {
            stage.wait(LONG_SECS).await;
            stage.cycle().await;
        }
        assert_eq!((stage.count_issues(), stage.count_pages()), (6, 6));
        assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Round 5");
        assert_eq!(stage.mirrored(3, |page| page.title()), "Round 5");
        stage.assert_in_step();
        stage.converge(0).await;
    }
}

/// Pages trashed and issues deleted, with and without edits on the other side, under the policies that act.
async fn deletions() -> Stage {
    let stage = Stage::configured(|text| {
        let policies = "on_page_trashed = \"close\"\non_issue_deleted = \"trash\"\n";
        *text = text.replace("[sync.fields]", &format!("{policies}[sync.fields]"));
    });
    for n in 1..=6 {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    for n in [1, 3] {
        let page = stage.page_of(n);
        stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    }
    let page = stage.page_of(4);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed in Notion", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "Typed on GitHub"));
    for n in [2, 4] {
        stage.on_github(|octocat, repo| octocat.delete_issue(repo, n));
    }
    stage
}

#[tokio::test(start_paused = true)]
async fn no_fault_while_deletions_are_found_out_deletes_closes_or_restores_the_wrong_thing() {
    let counts = {
        let stage = deletions().await;
        let before = stage.world.seen().len();
        stage.full_cycle().await;
        let seen = stage.world.seen();
        Side::BOTH.map(|side| seen[before..].iter().filter(|seen| seen.side == side).count())
    };
    let faults =
        [Fault::Reset, Fault::CommitThenReset, Fault::Garbage, Fault::Refuse(404), Fault::Stale];
    for (side, count) in Side::BOTH.into_iter().zip(counts) {
        assert!(count >= 4, "{side}: {count}");
        for fault in faults {
            for nth in 0..count {
                let what = format!("{fault:?} at request {nth} to {side}");
                let stage = deletions().await;
                let pages: Vec<_> = stage.world.notion(|notion, _| {
                    notion.pages(stage.table).iter().map(|page| page.id()).collect()
                });
                let nth = u32::try_from(nth).unwrap();
                stage.world.inject(Planned::once(side, fault).after(nth));
                stage.full_cycle().await;
                let unharmed = |n: u64| !stage.shows(n, |issue| issue.is_closed);
                assert!(unharmed(3) && unharmed(5) && unharmed(6), "{what}");
                stage.world.clear_faults();
                for _ in 0..3 {
                    stage.wait(LONG_SECS).await;
                    stage.full_cycle().await;
                }
                let report = stage.full_cycle().await;
                assert_eq!(
                    (&report.problems[..], &report.failed[..]),
                    (&[][..], &[][..]),
                    "{what}"
                );
                // Only the page of the deleted issue that Ann edited is told.
                assert_eq!(report.held.len(), 1, "{what}: {report:#?}");
                assert!(stage.shows(1, |issue| issue.is_closed), "{what}");
                assert!(unharmed(3) && unharmed(5) && unharmed(6), "{what}");
                assert_eq!(stage.mirrored(3, |page| page.title()), "Typed on GitHub", "{what}");
                let mut trashed: Vec<String> = pages
                    .iter()
                    .filter(|page| stage.page_shows(**page, |page| page.in_trash()))
                    .map(|page| stage.page_shows(*page, |page| page.title()))
                    .collect();
                trashed.sort();
                assert_eq!(trashed, ["Issue 1", "Issue 2"], "{what}");
                assert_eq!(stage.count_issues(), 4, "{what}");
                stage.converge(0).await;
            }
        }
    }
}

/// Two repositories, an issue that moves from one to the other while both sides are edited.
async fn transfer() -> (Stage, tandem::sim::github::RepoId) {
    let stage = Stage::configured(|text| {
        *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]");
    });
    let lib = stage.world.github(|github, now| {
        use tandem::sim::github::{NewRepo, Permission};
        let lib = github.add_repo("acme/lib", &NewRepo::default(), now);
        for login in ["tandem-bot", "octocat"] {
            github.set_permission(lib, login, Permission::Push).unwrap();
        }
        lib
    });
    for n in 1..=4 {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page_of(2);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Done", ann, now));
    stage.on_github(|octocat, repo| octocat.transfer_issue(repo, 2, lib));
    let page = stage.page_of(3);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed in Notion", ann, now));
    (stage, lib)
}

#[tokio::test(start_paused = true)]
async fn no_fault_during_a_transfer_makes_a_second_page_or_loses_an_edit() {
    for fault in [Fault::Reset, Fault::CommitThenReset, Fault::Garbage, Fault::Refuse(404)] {
        for side in Side::BOTH {
            for nth in 0..7 {
                let what = format!("{fault:?} at request {nth} to {side}");
                let (stage, lib) = transfer().await;
                stage.world.inject(Planned::once(side, fault).after(nth));
                stage.cycle().await;
                stage.world.clear_faults();
                for _ in 0..2 {
                    stage.wait(LONG_SECS).await;
                    stage.cycle().await;
                    stage.full_cycle().await;
                }
                let report = stage.full_cycle().await;
                assert_eq!(
                    (&report.problems[..], &report.failed[..]),
                    (&[][..], &[][..]),
                    "{what}"
                );
                assert_eq!((report.held.len(), stage.count_pages()), (0, 4), "{what}: {report:#?}");
                stage.assert_agreement(&[stage.repo, lib]);
                let view = stage.world.github(|github, _| github.issue(lib, 1).unwrap());
                assert!(view.is_closed, "{what}");
                assert_eq!(
                    stage.shows(3, |issue| issue.title.clone()),
                    "Typed in Notion",
                    "{what}"
                );
                stage.converge(0).await;
            }
        }
    }
}
