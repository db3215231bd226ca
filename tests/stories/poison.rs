//! One thing that fails for ever stops nothing else, is tried again, and is told (I9). And clocks that are years apart.

use chrono::{TimeZone, Utc};
use http::Method;
use tandem::model::{Side, Sides};
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, Planned, Setup};

use crate::stage::{Stage, paired};

fn for_ever(side: Side, fault: Fault, method: Method, path: &str) -> Planned {
    Planned::once(side, fault).on(method, path).times(1_000_000)
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_answers_nonsense_for_ever_stops_no_other_and_is_told() {
    for method in [Method::GET, Method::PATCH] {
        let stage = paired(Stage::new(), 6).await;
        stage.world.inject(for_ever(Side::GitHub, Fault::Garbage, method, "/issues/2"));
        for round in 0..6 {
            let page = stage.page_of(2);
            let title = format!("Poisoned {round}");
            stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
            let other = stage.page_of(3);
            let title = format!("Round {round}");
            stage.on_notion(|notion, ann, now| notion.set_title(other, &title, ann, now));
            let report = stage.cycle().await;
            assert_eq!(report.problems, [], "round {round}");
            assert_eq!(report.failed.len() + report.held.len(), 1, "{report:#?}");
            assert_eq!(stage.shows(3, |issue| issue.title.clone()), title);
            stage.wait(300).await;
        }
        stage.world.clear_faults();
        stage.good_cycle().await;
        assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Poisoned 5");
        stage.assert_in_step();
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_poisoned_issues_do_not_starve_the_rest_and_the_cursors_move_on() {
    let stage = paired(Stage::new(), 30).await;
    for n in 1..=9 {
        let path = format!("/issues/{n}");
        stage.world.inject(for_ever(Side::GitHub, Fault::Garbage, Method::PATCH, &path));
        let page = stage.page_of(n);
        let title = format!("Poisoned {n}");
        stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
    }
    // `/issues/2` is a part of `/issues/20` and so on: none of those is written to here.
    for _ in 0..4 {
        stage.wait(300).await;
        stage.cycle().await;
    }
    stage.on_github(|octocat, repo| octocat.set_title(repo, 12, "Goes on"));
    for _ in 0..4 {
        stage.wait(300).await;
        stage.cycle().await;
    }
    assert_eq!(stage.mirrored(12, |page| page.title()), "Goes on");
    stage.wait(3600).await;
    let before = stage.world.counts();
    let report = stage.cycle().await;
    let after = stage.world.counts();
    assert!(after.notion.reads - before.notion.reads < 20, "the listing does not begin anew");
    assert_eq!(report.failed.len(), 9, "{report:#?}");
    stage.world.clear_faults();
    for _ in 0..3 {
        stage.wait(600).await;
        stage.cycle().await;
    }
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_answers_nonsense_for_ever_stops_no_other() {
    let stage = paired(Stage::new(), 6).await;
    let page = stage.page_of(2);
    let path = format!("/v1/pages/{page}");
    for method in [Method::GET, Method::PATCH] {
        stage.world.inject(for_ever(Side::Notion, Fault::Garbage, method, &path));
    }
    for round in 0..4 {
        let title = format!("Round {round}");
        for n in [2, 3] {
            stage.on_github(|octocat, repo| octocat.set_title(repo, n, &title));
        }
        let report = stage.cycle().await;
        assert_eq!(report.problems, []);
        assert_eq!(report.failed.len(), 1, "{report:#?}");
        assert_eq!(stage.mirrored(3, |page| page.title()), title);
        stage.wait(300).await;
    }
    stage.world.clear_faults();
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_page_or_issue_is_held_stops_no_other_and_is_tried_again() {
    let stage = paired(Stage::new(), 6).await;
    let refuse =
        |side, status, path: &str| for_ever(side, Fault::Refuse(status), Method::PATCH, path);
    let page = stage.page_of(2);
    stage.world.inject(refuse(Side::Notion, 400, &format!("/v1/pages/{page}")));
    stage.world.inject(refuse(Side::GitHub, 422, "/issues/4"));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "Refused by Notion"));
    let page = stage.page_of(4);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Refused by GitHub", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "Goes on"));
    let report = stage.cycle().await;
    assert_eq!(report.problems, []);
    assert!(report.held.len() >= 2, "{report:#?}");
    assert_eq!(stage.mirrored(3, |page| page.title()), "Goes on");
    // Held values are not sent in every cycle.
    let before = stage.world.counts();
    for _ in 0..4 {
        stage.wait(60).await;
        stage.cycle().await;
    }
    let after = stage.world.counts();
    let writes = |side: Side| after[side].writes - before[side].writes;
    assert_eq!((writes(Side::GitHub), writes(Side::Notion)), (0, 0));
    stage.world.clear_faults();
    stage.wait(1200).await;
    stage.cycle().await;
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused_for_ever_is_held_and_the_others_are_made() {
    let stage = paired(Stage::new(), 2).await;
    stage.world.inject(for_ever(Side::GitHub, Fault::Refuse(422), Method::POST, "/issues"));
    stage.page(&[("Name", Plain::Text("Refused".to_owned()))]);
    stage.issue("Goes on");
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!((report.held.len(), report.counts.created.notion), (1, 1), "{report:#?}");
    for _ in 0..3 {
        stage.wait(100).await;
        assert_eq!(stage.cycle().await.held.len(), 1);
    }
    stage.world.clear_faults();
    stage.wait(3600).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.github, 1, "{report:#?}");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_that_cannot_be_read_when_it_is_due_keeps_nobody_waiting() {
    let stage = paired(Stage::new(), 3).await;
    let page = stage.page(&[("Name", Plain::Text("Waiting".to_owned()))]);
    stage.good_cycle().await;
    let path = format!("/v1/pages/{page}");
    for fault in [Fault::Garbage, Fault::Refuse(400), Fault::Refuse(404)] {
        stage.world.inject(for_ever(Side::Notion, fault, Method::GET, &path));
        stage.wait(1200).await;
        stage.on_github(|octocat, repo| octocat.set_title(repo, 1, &format!("{fault:?}")));
        let report = stage.cycle().await;
        assert_eq!(report.problems, [], "{fault:?}");
        assert_eq!(stage.mirrored(1, |page| page.title()), format!("{fault:?}"));
        stage.world.clear_faults();
    }
    stage.wait(1200).await;
    stage.full_cycle().await;
    stage.good_cycle().await;
    assert_eq!(stage.page_of(4), page);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_clocks_of_both_services_may_be_years_apart_and_either_side_of_ours() {
    let years =
        [(1999, 2026), (2026, 1999), (2090, 2011), (2011, 2090), (1999, 1999), (2090, 2090)];
    for (github, notion) in years {
        let at = |year| Utc.with_ymd_and_hms(year, 3, 1, 23, 59, 30).unwrap();
        let start = Sides { github: at(github), notion: at(notion) };
        let stage = Stage::with(Setup { start, ..Setup::default() }, |_| {});
        for n in 1..=4 {
            stage.issue(&format!("Issue {n}"));
        }
        let new = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
        stage.cycle().await;
        stage.wait(200).await;
        stage.good_cycle().await;
        assert_eq!(stage.page_of(5), new, "{github} {notion}");
        stage.wait(1200).await;
        let page = stage.page_of(1);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann", ann, now));
        stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "By octocat"));
        // A conflict: who wins means little across such clocks, but both sides agree and the loser is kept.
        let page = stage.page_of(3);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "Ann's three", ann, now));
        stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "Octocat's three"));
        stage.good_cycle().await;
        assert_eq!(stage.shows(1, |issue| issue.title.clone()), "By Ann");
        assert_eq!(stage.mirrored(2, |page| page.title()), "By octocat");
        let lost = stage.history();
        let kept = stage.shows(3, |issue| issue.title.clone());
        let loser = if kept == "Ann's three" { "Octocat's three" } else { "Ann's three" };
        assert!(lost.iter().any(|(_, _, value)| value.contains(loser)), "{lost:?}");
        stage.world.inject(Planned::once(Side::Notion, Fault::Reset).on(Method::POST, "/v1/pages"));
        stage.issue("Perhaps made");
        assert_eq!(stage.cycle().await.pending.len(), 1);
        stage.wait(180).await;
        stage.good_cycle().await;
        stage.assert_in_step();
        stage.converge(1).await;
    }
}
