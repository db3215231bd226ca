//! The brake (I8): a cycle that would change suspiciously much sends nothing until a person lets that very plan go.

use http::Method;
use tandem::engine::{Mode, Report, Scope};
use tandem::model::Side;
use tandem::sim::notion::{PageId, Plain, Type};
use tandem::sim::{Fault, Planned};

use crate::stage::{LONG_SECS, Stage, paired};

fn retitle_on_github(stage: &Stage, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        stage.on_github(|octocat, repo| octocat.set_title(repo, n, &format!("Changed {n}")));
    }
}

fn set_status(stage: &Stage, pages: &[PageId], status: &str) {
    for page in pages {
        stage.on_notion(|notion, ann, now| notion.set_option(*page, "Status", status, ann, now));
    }
}

fn writes(stage: &Stage) -> u64 {
    let counts = stage.world.counts();
    counts.github.writes + counts.notion.writes
}

fn release(stage: &Stage, report: &Report) {
    let digest = report.brake.as_ref().unwrap().digest.clone();
    stage
        .store
        .transaction(|tx| {
            let sync = tx.ensure_sync("app")?;
            tx.put_release(sync, &digest)
        })
        .unwrap();
}

/// That cycle is braked, and nothing is sent.
async fn assert_braked(stage: &Stage, scope: Scope) -> Report {
    let before = writes(stage);
    let report = stage.run(scope, Mode::Execute).await;
    assert!(report.brake.is_some(), "{report:#?}");
    assert_eq!(writes(stage), before, "the brake is on, and something was sent");
    assert!(!report.plan.is_empty());
    report
}

#[tokio::test(start_paused = true)]
async fn as_many_changes_as_the_floor_pass_and_one_more_is_braked() {
    let stage = paired(Stage::new(), 30).await;
    retitle_on_github(&stage, 1..=10);
    assert_eq!(stage.good_cycle().await.brake, None);
    stage.wait(1200).await;
    retitle_on_github(&stage, 11..=21);
    assert_braked(&stage, Scope::Changes).await;
    for n in 11..=21 {
        assert_eq!(stage.mirrored(n, |page| page.title()), format!("Issue {n}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_of_the_pairs_passes_where_it_is_more_than_the_floor() {
    let stage = paired(Stage::new(), 50).await;
    retitle_on_github(&stage, 1..=15);
    assert_eq!(stage.good_cycle().await.brake, None);
    stage.wait(1200).await;
    retitle_on_github(&stage, 20..=35);
    assert_braked(&stage, Scope::Changes).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_lets_that_very_plan_go_and_is_spent_by_it() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    let report = assert_braked(&stage, Scope::Changes).await;
    stage.wait(600).await;
    let again = assert_braked(&stage, Scope::Changes).await;
    assert_eq!(again.brake, report.brake, "the same plan has the same name");
    release(&stage, &report);
    let report = stage.good_cycle().await;
    assert_eq!((report.brake, report.counts.updated.notion), (None, 12));
    stage.assert_in_step();
    stage.converge(1).await;
    stage.wait(1200).await;
    for n in 1..=12 {
        stage.on_github(|octocat, repo| octocat.set_title(repo, n, &format!("Issue {n}")));
    }
    let back = assert_braked(&stage, Scope::Changes).await;
    release(&stage, &back);
    stage.good_cycle().await;
    stage.wait(1200).await;
    // The first plan once more: its release is spent.
    retitle_on_github(&stage, 1..=12);
    assert_braked(&stage, Scope::Changes).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_of_another_plan_lets_nothing_go() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    let report = assert_braked(&stage, Scope::Changes).await;
    release(&stage, &report);
    stage.on_github(|octocat, repo| octocat.set_title(repo, 3, "Something else"));
    let other = assert_braked(&stage, Scope::Changes).await;
    assert_ne!(other.brake, report.brake);
    release(&stage, &other);
    assert_eq!(stage.good_cycle().await.counts.updated.notion, 12);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_comment_or_a_small_edit_elsewhere_that_changes_no_value_does_not_void_a_release() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    let report = assert_braked(&stage, Scope::Changes).await;
    release(&stage, &report);
    stage.wait(300).await;
    stage.on_github(|octocat, repo| octocat.comment(repo, 3, "What is this?"));
    assert_eq!(stage.good_cycle().await.counts.updated.notion, 12);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_brake_lifts_itself_when_the_plan_is_harmless_again() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    assert_braked(&stage, Scope::Changes).await;
    stage.wait(600).await;
    for n in 1..=12 {
        stage.on_github(|octocat, repo| octocat.set_title(repo, n, &format!("Issue {n}")));
    }
    stage.on_github(|octocat, repo| octocat.set_title(repo, 20, "One change"));
    let report = stage.good_cycle().await;
    // The new title, and twelve new times of the last update.
    assert_eq!((report.brake, report.counts.updated.notion), (None, 13));
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn edits_made_while_the_brake_is_on_are_all_there_after_it() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    assert_braked(&stage, Scope::Changes).await;
    let page = stage.page_of(15);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "By Ann", ann, now));
    stage.issue("New meanwhile");
    for _ in 0..3 {
        stage.wait(3600).await;
        assert_braked(&stage, Scope::Changes).await;
    }
    let report = assert_braked(&stage, Scope::Changes).await;
    release(&stage, &report);
    stage.good_cycle().await;
    assert_eq!(stage.shows(15, |issue| issue.title.clone()), "By Ann");
    assert_eq!(stage.count_pages(), 21);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn creations_and_filled_in_values_do_not_count() {
    let stage = paired(Stage::new(), 20).await;
    for n in 1..=20 {
        stage.on_github(|octocat, repo| octocat.add_label(repo, n, "new"));
        stage.on_github(|octocat, repo| octocat.set_type(repo, n, Some("Bug")));
        stage.issue(&format!("More {n}"));
    }
    assert_eq!(stage.good_cycle().await.brake, None);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn closing_everything_in_notion_at_once_is_braked() {
    let stage = paired(Stage::new(), 14).await;
    for n in 1..=14 {
        let page = stage.page_of(n);
        stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Done", ann, now));
    }
    assert_braked(&stage, Scope::Changes).await;
    assert!((1..=14).all(|n| !stage.shows(n, |issue| issue.is_closed)));
}

/// Somebody closes all 14 in Notion, which is braked, and takes it back.
async fn is_braked_for_a_while(stage: &Stage) {
    let pages: Vec<PageId> = (1..=14).map(|n| stage.page_of(n)).collect();
    set_status(stage, &pages, "Done");
    assert_braked(stage, Scope::Changes).await;
    set_status(stage, &pages, "To do");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_is_found_while_the_brake_is_on_is_brought_into_step_once_it_is_off() {
    let stage = paired(Stage::new(), 14).await;
    stage.wait(LONG_SECS).await;
    let closed = Plain::Option("Won't do".to_owned());
    let page = stage.page(&[("Name", Plain::Text("From a page".to_owned())), ("Status", closed)]);
    stage.wait(300).await;
    let lost = Planned::once(Side::GitHub, Fault::CommitThenReset).on(Method::POST, "/issues");
    stage.world.inject(lost);
    stage.cycle().await;
    // The issue is found, and it cannot be told yet whether somebody wants it open.
    stage.wait(120).await;
    let garbage = Planned::once(Side::GitHub, Fault::Garbage).on(Method::GET, "/timeline");
    stage.world.inject(garbage.times(10));
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    retitle_on_github(&stage, [1]);
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    stage.world.clear_faults();
    is_braked_for_a_while(&stage).await;
    assert_eq!(stage.page_of(15), page);
    assert!(stage.shows(15, |issue| issue.is_closed));
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_held_page_that_gets_its_issue_while_the_brake_is_on_is_compared_once_it_is_off() {
    let stage = paired(Stage::new(), 14).await;
    let number = stage.issue("Hidden");
    let hide = |is_hidden| {
        stage.world.github(|github, _| github.set_hidden(stage.repo, number, is_hidden).unwrap());
    };
    hide(true);
    let url = Plain::Url(format!("https://github.com/acme/app/issues/{number}"));
    let page = stage.page(&[("Name", Plain::Text("By hand".to_owned())), ("GitHub", url)]);
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    stage.wait(LONG_SECS).await;
    // No list shows either of the two any more.
    retitle_on_github(&stage, [1]);
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    retitle_on_github(&stage, [2]);
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    hide(false);
    is_braked_for_a_while(&stage).await;
    assert_eq!(stage.page_of(number), page);
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn trashing_or_deleting_very_much_is_braked_under_every_policy() {
    for policy in ["", "on_page_trashed = \"close\"\non_issue_deleted = \"trash\"\n"] {
        let edit = |text: &mut String| {
            *text = text.replace("[sync.fields]", &format!("{policy}[sync.fields]"));
        };
        let stage = paired(Stage::configured(edit), 30).await;
        for n in 1..=12 {
            let page = stage.page_of(n);
            stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
        }
        let report = assert_braked(&stage, Scope::Everything).await;
        assert_eq!(report.counts.unlinked, 0);
        // Restored: harmless, and nothing was lost.
        for page in stage.world.notion(|notion, _| {
            notion.pages(stage.table).iter().map(|page| page.id()).collect::<Vec<_>>()
        }) {
            stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
        }
        let report = stage.full_cycle().await;
        assert_eq!((report.brake, report.counts.unlinked), (None, 0), "{policy:?}");
        for n in 1..=12 {
            stage.on_github(|octocat, repo| octocat.delete_issue(repo, n));
        }
        assert_braked(&stage, Scope::Everything).await;
        assert_eq!(stage.count_pages(), 30, "{policy:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_side_is_braked_and_reads_no_page_one_by_one() {
    let stage = paired(Stage::new(), 14).await;
    let pages: Vec<_> = (1..=14).map(|n| stage.page_of(n)).collect();
    for page in &pages {
        stage.on_notion(|notion, ann, now| notion.trash_page(*page, ann, now));
    }
    let report = assert_braked_or_empty(&stage).await;
    let reasons = report.brake.unwrap().reasons.join("; ");
    assert!(reasons.contains("lists nothing at all"), "{reasons}");
    for page in pages {
        stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    }
    stage.wait(600).await;
    assert_eq!(stage.full_cycle().await.brake, None);
    stage.assert_in_step();
    stage.converge(1).await;
}

/// Braked, though with nothing to show: nobody knows what became of the pairs.
async fn assert_braked_or_empty(stage: &Stage) -> Report {
    let before = writes(stage);
    let report = stage.full_cycle().await;
    assert!(report.brake.is_some(), "{report:#?}");
    assert_eq!(writes(stage), before);
    report
}

#[tokio::test(start_paused = true)]
async fn a_released_empty_side_does_not_stay_braked_for_ever() {
    let stage = paired(Stage::new(), 14).await;
    for n in 1..=14 {
        let page = stage.page_of(n);
        stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    }
    // However many releases a person has to give: in the end the pairs are unlinked and the sync is alive again.
    for _ in 0..3 {
        let report = stage.full_cycle().await;
        if report.brake.is_none() {
            break;
        }
        release(&stage, &report);
    }
    stage.full_cycle().await;
    let report = stage.full_cycle().await;
    assert_eq!(report.brake, None, "{report:#?}");
    assert_eq!(report.counts.pairs, 0, "{report:#?}");
    assert!((1..=14).all(|n| !stage.shows(n, |issue| issue.is_closed)));
    stage.issue("New after all");
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 1);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_cycle_after_the_loss_of_the_database_that_would_overwrite_much_is_braked() {
    let mut stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=15);
    stage.lose_database();
    let report = assert_braked(&stage, Scope::Changes).await;
    let again = assert_braked(&stage, Scope::Changes).await;
    assert_eq!(again.brake, report.brake);
    release(&stage, &report);
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 20);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_the_cycle_then_does_and_sends_nothing() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=3);
    let page = stage.page_of(5);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Done", ann, now));
    stage.issue("New on GitHub");
    stage.page(&[("Name", Plain::Text("New in Notion".to_owned()))]);
    stage.wait(300).await;
    let before = writes(&stage);
    let plan = stage.run(Scope::Changes, Mode::PlanOnly).await;
    assert_eq!(writes(&stage), before);
    assert_eq!(plan.problems, []);
    let lines: Vec<String> = plan.plan.iter().map(ToString::to_string).collect();
    assert!(lines.len() >= 6, "{lines:#?}");
    let report = stage.good_cycle().await;
    assert_eq!((report.counts.created.github, report.counts.created.notion), (1, 1));
    // The closed issue brings its closing time back.
    assert_eq!((report.counts.updated.github, report.counts.updated.notion), (1, 4), "{lines:#?}");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_the_same_brake_with_the_same_digest() {
    let stage = paired(Stage::new(), 20).await;
    retitle_on_github(&stage, 1..=12);
    let plan = stage.run(Scope::Changes, Mode::PlanOnly).await;
    let report = assert_braked(&stage, Scope::Changes).await;
    assert_eq!(plan.brake, report.brake);
    assert_eq!(plan.plan, report.plan);
    let after = stage.run(Scope::Changes, Mode::PlanOnly).await;
    assert_eq!(after.brake, report.brake);
    release(&stage, &report);
    // A plan spends no release.
    let released = stage.run(Scope::Changes, Mode::PlanOnly).await;
    assert_eq!(released.brake, None);
    assert_eq!(stage.good_cycle().await.counts.updated.notion, 12);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_column_emptied_or_deleted_by_mistake_empties_nothing_on_github() {
    // Emptied for all: braked. Deleted: the field is held and GitHub keeps its values.
    let stage = Stage::new();
    for n in 1..=14 {
        let number = stage.issue(&format!("Issue {n}"));
        stage.on_github(|octocat, repo| octocat.add_label(repo, number, "keep"));
    }
    stage.good_cycle().await;
    stage.wait(1200).await;
    for n in 1..=14 {
        let page = stage.page_of(n);
        stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &[], ann, now));
    }
    assert_braked(&stage, Scope::Changes).await;
    stage.world.notion(|notion, now| notion.delete_property(stage.table, "Labels", now).unwrap());
    let report = stage.full_cycle().await;
    assert_eq!(report.brake, None, "{report:#?}");
    assert!(!report.held.is_empty());
    assert!((1..=14).all(|n| stage.shows(n, |issue| issue.labels.contains("keep"))));
    let labels = Type::multi_select([]);
    stage.world.notion(|notion, now| {
        notion.add_property(stage.table, "Labels", &labels, now).unwrap();
    });
    stage.wait(1200).await;
    for _ in 0..3 {
        stage.full_cycle().await;
    }
    assert!((1..=14).all(|n| stage.shows(n, |issue| issue.labels.contains("keep"))));
}
