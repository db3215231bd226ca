//! Stories about lists that are minutes behind.

use std::time::Duration;

use http::Method;
use tandem::model::Side;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::PageId;
use tandem::sim::{Fault, Planned, Setup};

use crate::recovery::dies_of;
use crate::stage::Stage;

fn behind(secs: u64, conflict: &str) -> Stage {
    let mut setup = Setup::default();
    setup.github.list_lag = Duration::from_secs(secs);
    setup.notion.list_lag = Duration::from_secs(secs.min(100));
    let fields = format!("conflict = \"{conflict}\"\n[sync.fields]");
    Stage::with(setup, |text| *text = text.replace("[sync.fields]", &fields))
}

#[tokio::test(start_paused = true)]
async fn what_a_late_list_does_not_show_yet_is_in_the_history_before_it_is_written_over() {
    let stage = behind(300, "notion");
    let number = stage.issue("first");
    stage.wait(400).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "second"));
    stage.wait(400).await;
    // The list shows `second` for another five minutes.
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "third"));
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "from Notion", ann, now));
    stage.wait(110).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "from Notion");
    let history = stage.history();
    assert!(history.iter().any(|(_, _, lost)| lost.contains("third")), "{history:?}");
    stage.wait(1_000).await;
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_from_before_our_own_write_takes_nothing_back() {
    let stage = behind(300, "newest");
    let number = stage.issue("old");
    stage.wait(400).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "bug"));
    stage.wait(310).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "new", ann, now));
    stage.wait(110).await;
    stage.good_cycle().await;
    for _ in 0..4 {
        stage.wait(60).await;
        let cost = stage.cost().await;
        assert_eq!((cost.github.writes, cost.notion.writes), (0, 0));
        assert_eq!(stage.mirrored(number, |page| page.title()), "new");
        assert_eq!(stage.shows(number, |issue| issue.title.clone()), "new");
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn names_added_behind_a_late_list_are_not_lost() {
    let stage = behind(300, "newest");
    let number = stage.issue("one");
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "a"));
    stage.wait(400).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.comment(repo, number, "so that the list shows it"));
    stage.wait(310).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "b"));
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["a", "c"], ann, now));
    stage.wait(110).await;
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.good_cycle().await;
    let names = ["a", "b", "c"].map(str::to_owned).into();
    assert_eq!(stage.shows(number, |issue| issue.labels.clone()), names);
    assert_eq!(stage.mirrored(number, |page| page.options("Labels")), names);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_whose_write_waits_for_many_others_is_looked_at_when_its_turn_has_come() {
    let stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"notion\"\n[sync.fields]");
        *text = text.replace("[[sync]]", "[safety]\nbrake_floor = 1000\n[[sync]]");
    });
    let numbers: Vec<u64> = (0..30).map(|n| stage.issue(&format!("Issue {n}"))).collect();
    stage.good_cycle().await;
    stage.wait(3_600).await;
    stage.good_cycle().await;
    for number in &numbers {
        let (page, title) = (stage.page_of(*number), format!("Notion's {number}"));
        stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
    }
    let meanwhile = async {
        stage.wait(4).await;
        // One write a second: most of them still wait, none of these for its answer.
        for number in &numbers[8..] {
            let title = format!("octocat{number}");
            stage.on_github(|octocat, repo| octocat.set_title(repo, *number, &title));
        }
    };
    tokio::join!(stage.good_cycle(), meanwhile);
    stage.wait(3_600).await;
    stage.converge(1).await;
    let history = stage.history();
    for number in &numbers[8..] {
        let typed = format!("\"octocat{number}\"");
        assert!(history.iter().any(|(_, _, lost)| lost.contains(&typed)), "{typed}: {history:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_found_only_while_writing_is_left_to_the_next_cycle_and_its_brake() {
    let stage = Stage::configured(|text| {
        let labels = "labels = { property = \"Labels\", direction = \"to_github\" }";
        *text = text
            .replace("labels = \"Labels\"", labels)
            .replace("[sync.fields]", "on_issue_deleted = \"trash\"\n[sync.fields]");
    });
    let numbers: Vec<u64> = (0..4)
        .map(|n| {
            stage.seed(NewIssue {
                title: format!("Deleted {n}"),
                labels: vec!["bug".to_owned()],
                ..NewIssue::default()
            })
        })
        .collect();
    stage.wait(400).await;
    stage.good_cycle().await;
    stage.wait(1200).await;
    stage.good_cycle().await;
    let pages: Vec<_> = numbers.iter().map(|number| stage.page_of(*number)).collect();
    let trashed = || {
        let is_trashed = |page: &&PageId| stage.page_shows(**page, |page| page.in_trash());
        pages.iter().filter(is_trashed).count()
    };
    // The list shows the labels, which are to be put right, and not the deletions.
    for number in &numbers {
        stage.on_github(|octocat, repo| octocat.add_label(repo, *number, "typed over"));
    }
    stage.wait(60).await;
    stage.world.inject(Planned::once(Side::GitHub, Fault::Stale).on(Method::GET, "/issues?"));
    for number in &numbers {
        stage.on_github(|octocat, repo| octocat.delete_issue(repo, *number));
    }
    let report = stage.cycle().await;
    assert_eq!((report.counts.seen.github, report.failed.len()), (4, 4), "{report:#?}");
    assert_eq!(report.problems, [], "a decision that waits is no outage");
    assert_eq!(trashed(), 0, "no brake has seen it");
    stage.wait(120).await;
    stage.cycle().await;
    assert_eq!(trashed(), 4);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_listed_as_it_was_before_a_write_found_done_after_a_crash_undoes_no_edit() {
    let mut stage = behind(300, "newest");
    let (number, other) = (stage.issue("old"), stage.issue("another"));
    stage.wait(400).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "so that lists show it"));
    stage.wait(310).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "new", ann, now));
    stage.on_github(|octocat, repo| octocat.comment(repo, other, "so that the list is another"));
    stage.wait(110).await;
    let patch = Planned::once(Side::GitHub, Fault::CommitThenHang).on(Method::PATCH, "/issues/");
    assert!(dies_of(&mut stage, patch).await);
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "new");
    stage.wait(200).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.seen.github, 2, "the list shows the issue as it was: {report:#?}");
    assert_eq!(stage.page_shows(page, |page| page.title()), "new");
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "new");
    stage.assert_in_step();
    stage.converge(0).await;
}

/// Somebody edits the page, and a write to it is found done after a crash while the list shows it as it was before that write.
async fn listed_as_before_a_write_found_done(lag_secs: u64, edit_to_write_secs: u64) {
    let mut setup = Setup::default();
    setup.notion.list_lag = Duration::from_secs(lag_secs);
    let mut stage = Stage::with(setup, |_| {});
    let number = stage.issue("old");
    stage.good_cycle().await;
    stage.wait(1_000).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    // At the beginning of one of Notion's minutes.
    let second = stage.world.notion(|_, now| now.timestamp().rem_euclid(60));
    stage.wait(60 - second.unsigned_abs()).await;
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "In review", ann, now));
    stage.wait(edit_to_write_secs).await;
    if edit_to_write_secs > 60 {
        stage.good_cycle().await;
    }
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "new"));
    let patch = Planned::once(Side::Notion, Fault::CommitThenHang).on(Method::PATCH, "/v1/pages/");
    assert!(dies_of(&mut stage, patch).await);
    assert_eq!(stage.page_shows(page, |page| page.title()), "new");
    stage.wait(lag_secs / 3).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.seen.notion, 1, "the list shows the page as it was: {report:#?}");
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "new");
    let undone = (Side::GitHub, "title".to_owned(), "{\"text\":\"new\"}".to_owned());
    assert!(!stage.history().contains(&undone), "nor for a moment: {:?}", stage.history());
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!(stage.page_shows(page, |page| page.title()), "new");
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_listed_as_it_was_before_a_write_found_done_after_a_crash_undoes_no_edit() {
    listed_as_before_a_write_found_done(100, 110).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_listed_as_it_was_in_the_very_minute_of_a_write_found_done_undoes_no_edit() {
    listed_as_before_a_write_found_done(30, 35).await;
}

#[tokio::test(start_paused = true)]
async fn a_trashed_page_that_a_late_list_shows_outside_the_trash_is_not_paired_and_given_up_again()
{
    let stage = Stage::new();
    let number = stage.issue("old");
    stage.good_cycle().await;
    stage.wait(1_000).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "In review", ann, now));
    stage.wait(60).await;
    // The second list from now on shows what is now.
    let stale = Planned::once(Side::Notion, Fault::Stale).on(Method::POST, "/query").after(1);
    stage.world.inject(stale);
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    let report = stage.full_cycle().await;
    assert_eq!(report.counts.unlinked, 1, "{report:#?}");
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.seen.notion, report.counts.unlinked), (1, 0), "{report:#?}");
    assert_eq!(report.counts.pairs, 0);
    // Nor is it forgotten when it is back, and cannot be looked at when a list shows it.
    stage.wait(600).await;
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "new"));
    stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    let refusal = Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::GET, "/v1/pages/");
    stage.world.inject(refusal.times(2));
    for _ in 0..2 {
        let report = stage.cycle().await;
        assert_eq!((report.counts.seen.notion, report.counts.pairs), (1, 0), "{report:#?}");
        stage.wait(600).await;
    }
    stage.good_cycle().await;
    assert_eq!(stage.page_shows(page, |page| page.title()), "new");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_label_of_ours_is_not_taken_back_by_a_list_from_before_where_no_time_is_mapped() {
    let mut setup = tandem::sim::Setup::default();
    setup.github.list_lag = Duration::from_secs(300);
    let stage = Stage::with(setup, |text| *text = text.replace("updated = \"Updated\"\n", ""));
    stage.issue("One");
    stage.wait(600).await;
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(1);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["new"], ann, now));
    stage.wait(120).await;
    stage.good_cycle().await;
    stage.full_cycle().await;
    assert_eq!(stage.shows(1, |issue| issue.labels.len()), 1);
    assert_eq!(stage.mirrored(1, |page| page.options("Labels").len()), 1);
    stage.converge(1).await;
}

/// One pair that no list shows any more.
async fn long_in_step(stage: &Stage) -> (u64, PageId) {
    let number = stage.issue("One");
    stage.wait(400).await;
    stage.good_cycle().await;
    let page = stage.page_of(number);
    stage.wait(1_800).await;
    (number, page)
}

#[tokio::test(start_paused = true)]
async fn an_issue_read_as_it_was_before_our_own_write_is_nobodys_edit() {
    let stage = Stage::new();
    let (number, page) = long_in_step(&stage).await;
    // A replica that does not hear of our write: what is read before it passes.
    let stale = Planned::once(Side::GitHub, Fault::Stale).on(Method::GET, "/issues/1");
    stage.world.inject(stale.after(1));
    for title in ["Ours", "Better"] {
        stage.on_notion(|notion, ann, now| notion.set_title(page, title, ann, now));
        stage.wait(120).await;
        stage.cycle().await;
    }
    assert_eq!(stage.page_shows(page, |page| page.title()), "Better");
    stage.comes_to_rest("read late").await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Better");
}

#[tokio::test(start_paused = true)]
async fn a_label_of_ours_that_is_read_back_as_it_was_before_is_not_taken_off_the_page() {
    let stage = behind(300, "newest");
    let (_, page) = long_in_step(&stage).await;
    // The look before the write passes; what is read after it is from before.
    let stale = Planned::once(Side::GitHub, Fault::Stale).on(Method::GET, "/issues/1");
    stage.world.inject(stale.after(1));
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["bug"], ann, now));
    stage.wait(110).await;
    stage.cycle().await;
    assert_eq!(stage.world.planned(), []);
    for _ in 0..3 {
        stage.full_cycle().await;
        assert_eq!(stage.page_shows(page, |page| page.options("Labels").len()), 1);
        stage.wait(60).await;
    }
    stage.wait(600).await;
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_read_as_it_was_before_our_own_write_is_nobodys_edit() {
    let stage = behind(0, "notion");
    let (number, page) = long_in_step(&stage).await;
    // A replica that does not hear of our write: what is read before it passes.
    let stale = Planned::once(Side::Notion, Fault::Stale).on(Method::GET, "/v1/pages/");
    stage.world.inject(stale.after(1));
    for title in ["Ours", "Better"] {
        stage.on_github(|octocat, repo| octocat.set_title(repo, number, title));
        stage.wait(120).await;
        stage.cycle().await;
    }
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Better");
    stage.comes_to_rest("read late").await;
    assert_eq!(stage.page_shows(page, |page| page.title()), "Better");
}
