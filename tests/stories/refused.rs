//! Refused values: held with reason and value, the rest is sent, tried again later and later, at once when something
//! changes, and over by themselves.

use std::time::Duration;

use http::Method;
use tandem::model::{Field, Side, Sides};
use tandem::sim::github::{NewIssue, Permission};
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, Planned, Setup};

use crate::stage::{LONG_SECS, Stage};

fn unassignable(stage: &Stage, may: bool) {
    let permission = if may { Permission::Triage } else { Permission::None };
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "hubot", permission).unwrap();
    });
}

fn with_bob(setup: Setup) -> (Stage, tandem::sim::notion::UserId) {
    let stage = Stage::with(setup, |text| {
        let line = "octocat = \"ann@example.com\"";
        *text = text.replace(line, &format!("{line}\nhubot = \"bob@example.com\""));
    });
    let bob = stage.world.notion(|notion, _| notion.add_user("Bob", "bob@example.com"));
    unassignable(&stage, false);
    (stage, bob)
}

/// Requests that would change something on GitHub, as minutes since `start`.
async fn tries(stage: &Stage, minutes: u64) -> Vec<u64> {
    let mut tries = Vec::new();
    for minute in 1..=minutes {
        stage.wait(60).await;
        let cost = stage.cost().await;
        assert_eq!(cost.notion.writes, 0);
        if cost.github.writes > 0 {
            tries.push(minute);
        }
    }
    tries
}

#[tokio::test(start_paused = true)]
async fn a_refused_value_is_tried_after_ten_minutes_of_that_server_then_after_twice_as_long() {
    let years_apart = Sides {
        github: "2031-01-05T09:00:00Z".parse().unwrap(),
        notion: "2019-01-05T09:00:00Z".parse().unwrap(),
    };
    for start in [Setup::default().start, years_apart] {
        let (stage, bob) = with_bob(Setup { start, ..Setup::default() });
        let number = stage.issue("For Bob");
        stage.good_cycle().await;
        stage.wait(600).await;
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", &[bob], ann, now));
        let report = stage.cycle().await;
        assert_eq!(report.held.len(), 1, "{:#?}", report.held);
        assert_eq!(report.held[0].value.as_deref(), Some("hubot"));
        let tries = tries(&stage, 180).await;
        let apart: Vec<u64> = tries.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(tries.len(), 4, "{tries:?}");
        assert!((10..=11).contains(&tries[0]), "{tries:?}");
        assert!((20..=21).contains(&apart[0]), "{tries:?}");
        assert!((40..=41).contains(&apart[1]), "{tries:?}");
        assert!((80..=82).contains(&apart[2]), "{tries:?}");
        // Allowed at last: the hold ends by itself, at the latest a day later.
        unassignable(&stage, true);
        stage.wait(161 * 60).await;
        stage.good_cycle().await;
        assert!(stage.shows(number, |issue| issue.assignees.contains("hubot")));
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_value_is_tried_at_least_daily() {
    let (stage, bob) = with_bob(Setup::default());
    let number = stage.issue("For Bob");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", &[bob], ann, now));
    stage.cycle().await;
    for _ in 0..12 {
        stage.wait(25 * 3600).await;
        let cost = stage.cost().await;
        assert!(cost.github.writes > 0, "a day without a try");
    }
    unassignable(&stage, true);
    stage.wait(24 * 3600 + 60).await;
    stage.good_cycle().await;
    assert!(stage.shows(number, |issue| issue.assignees.contains("hubot")));
}

#[tokio::test(start_paused = true)]
async fn a_refused_value_is_tried_at_once_when_it_changes_and_begins_anew_with_ten_minutes() {
    let (stage, bob) = with_bob(Setup::default());
    let number = stage.issue("For Bob");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    let give = |people: &[tandem::sim::notion::UserId]| {
        stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", people, ann, now));
    };
    give(&[bob]);
    stage.cycle().await;
    let _ = tries(&stage, 45).await;
    give(&[bob, stage.ann]);
    let cost = stage.cost().await;
    assert!(cost.github.writes > 0, "at once");
    assert!(stage.shows(number, |issue| issue.assignees.contains("octocat")));
    let again = tries(&stage, 15).await;
    assert!(matches!(again[..], [10..=11]), "{again:?}");
    // Another field of the same pair does not bring the next try forward.
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    let cost = stage.cost().await;
    assert_eq!((cost.github.writes, cost.notion.writes), (0, 1));
    // Taking the value back ends the hold.
    give(&[stage.ann]);
    stage.good_cycle().await;
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn what_github_drops_in_silence_is_noticed_held_and_arrives_with_the_permission() {
    let stage = Stage::new();
    let number = stage.issue("Old");
    stage.good_cycle().await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Read).unwrap();
    });
    let page = stage.page(&[
        ("Name", Plain::Text("New".to_owned())),
        ("Labels", Plain::Options(vec!["bug".to_owned()])),
        ("Milestone", Plain::Option("v1".to_owned())),
        ("Assignees", Plain::People(vec![stage.ann])),
    ]);
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(stage.count_issues(), 2, "{report:#?}");
    let held: Vec<Option<Field>> = report.held.iter().map(|held| held.field).collect();
    assert!(held.contains(&Some(Field::Labels)), "{report:#?}");
    assert!(held.contains(&Some(Field::Assignees)), "{report:#?}");
    assert_eq!(stage.page_of(2), page);
    assert_eq!(stage.page_shows(page, |page| page.options("Labels").len()), 1, "not taken away");
    stage.converge(1).await;
    // What Ann adds meanwhile is not lost either.
    stage.on_notion(|notion, ann, now| {
        notion.set_options(page, "Labels", &["bug", "later"], ann, now)
    });
    stage.cycle().await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Push).unwrap();
    });
    stage.wait(25 * 60).await;
    stage.cycle().await;
    stage.good_cycle().await;
    let labels: Vec<String> = stage.shows(2, |issue| issue.labels.iter().cloned().collect());
    assert_eq!(labels, ["bug", "later"]);
    assert_eq!(stage.shows(2, |issue| issue.milestone.clone()).as_deref(), Some("v1"));
    assert!(stage.shows(2, |issue| issue.assignees.contains("octocat")));
    stage.converge(1).await;
    assert_eq!(stage.mirrored(number, |page| page.title()), "Old");
}

#[tokio::test(start_paused = true)]
async fn a_whole_write_refused_holds_the_pair_alone_and_ends_by_itself() {
    let stage = Stage::new();
    let (number, other) = (stage.issue("One"), stage.issue("Other"));
    stage.good_cycle().await;
    stage.wait(600).await;
    for number in [number, other] {
        let page = stage.page_of(number);
        let title = format!("Retitled {number}");
        stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
    }
    stage.world.inject(
        Planned::once(Side::GitHub, Fault::Refuse(422)).on(Method::PATCH, "/issues/1").times(20),
    );
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.problems, []);
    assert_eq!(stage.shows(other, |issue| issue.title.clone()), "Retitled 2");
    stage.world.clear_faults();
    stage.wait(60).await;
    let cost = stage.cost().await;
    assert_eq!(cost.github.writes, 0, "not before its time");
    stage.wait(11 * 60).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Retitled 1");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_time_to_be_tried_again_comes_while_a_slow_cycle_runs_is_not_forgotten() {
    let stage = Stage::new();
    let number = stage.issue("One");
    for title in ["Other", "Slow"] {
        stage.issue(title);
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Retitled", ann, now));
    stage.wait(60).await;
    let refuse = Planned::once(Side::GitHub, Fault::Refuse(409)).on(Method::PATCH, "/issues/1");
    stage.world.inject(refuse);
    assert_eq!(stage.cycle().await.held.len(), 1);
    // Both sides of another pair change, so that it is looked at, which takes a minute.
    stage.wait(9 * 60 + 30).await;
    let slow = stage.page_of(3);
    stage.on_notion(|notion, ann, now| notion.set_title(slow, "Slow, says Ann", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "Slow, says octocat"));
    let hangs = Planned::once(Side::GitHub, Fault::CommitThenHang);
    stage.world.inject(hangs.on(Method::GET, "/issues/3"));
    let before = tokio::time::Instant::now();
    stage.cycle().await;
    assert!(before.elapsed() > Duration::from_secs(31), "it has to outlast the rest");
    stage.world.clear_faults();
    for _ in 0..2 {
        stage.wait(60).await;
        stage.good_cycle().await;
    }
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Retitled");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_refused_by_notion_holds_what_is_refused_and_sends_the_rest() {
    let stage = Stage::new();
    let number = stage.issue("One");
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Retitled"));
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.world.inject(
        Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::PATCH, "/pages/").times(2),
    );
    stage.cycle().await;
    stage.world.clear_faults();
    stage.wait(15 * 60).await;
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.title()), "Retitled");
    assert!(stage.mirrored(number, |page| page.options("Labels").contains("bug")));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_survives_a_restart_and_keeps_its_count() {
    let (mut stage, bob) = with_bob(Setup::default());
    let number = stage.issue("For Bob");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", &[bob], ann, now));
    stage.cycle().await;
    let first = tries(&stage, 12).await;
    assert!(matches!(first[..], [10..=11]), "{first:?}");
    stage.restart();
    let cost = stage.cost().await;
    assert_eq!(cost.github.writes, 0, "a restart tries nothing early");
    let second = tries(&stage, 25).await;
    assert!(matches!(second[..], [18..=20]), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn an_issue_whose_page_notion_refuses_is_held_and_made_once_it_is_taken() {
    let stage = Stage::new();
    stage.issue("Fine");
    stage.good_cycle().await;
    let number = stage.seed(NewIssue { title: "Refused".to_owned(), ..NewIssue::default() });
    stage.world.inject(
        Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::POST, "/v1/pages").times(9),
    );
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.problems, []);
    stage.world.clear_faults();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(stage.cycle().await.held.len(), 1, "not before its time");
    stage.wait(11 * 60).await;
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.title()), "Refused");
    assert_eq!(stage.count_pages(), 2);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_make_labels_and_milestones_holds_those_and_blocks_nothing_else() {
    let stage = Stage::new();
    let (number, other) = (stage.issue("One"), stage.issue("Other"));
    let known = stage.issue("Known");
    stage.on_github(|octocat, repo| octocat.add_label(repo, known, "bug"));
    stage.good_cycle().await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Triage).unwrap();
    });
    stage.wait(600).await;
    let (page, other_page) = (stage.page_of(number), stage.page_of(other));
    stage.on_notion(|notion, ann, now| {
        notion.set_options(page, "Labels", &["bug", "brand new"], ann, now)?;
        notion.set_option(page, "Milestone", "v9", ann, now)?;
        notion.set_title(page, "One, retitled", ann, now)?;
        notion.set_title(other_page, "Other, retitled", ann, now)
    });
    let report = stage.cycle().await;
    assert_eq!(report.problems, [], "{report:#?}");
    assert_eq!(stage.shows(other, |issue| issue.title.clone()), "Other, retitled");
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "One, retitled");
    assert!(!report.held.is_empty(), "{report:#?}");
    stage.converge(1).await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Push).unwrap();
    });
    stage.wait(25 * 60).await;
    stage.cycle().await;
    stage.good_cycle().await;
    let labels: Vec<String> = stage.shows(number, |issue| issue.labels.iter().cloned().collect());
    assert_eq!(labels, ["brand new", "bug"]);
    assert_eq!(stage.shows(number, |issue| issue.milestone.clone()).as_deref(), Some("v9"));
    stage.converge(1).await;
}
