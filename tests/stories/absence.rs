//! What is not there: trashed, deleted, moved, hidden. None of it is a deletion unless a direct read says so (I7).

use http::Method;
use tandem::model::Side;
use tandem::sim::github::{NewIssue, NewRepo, Options, Permission, RepoId};
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Fault, Planned, Setup};

use crate::stage::Stage;

const CLOSE: &str = "on_page_trashed = \"close\"\n";
const TRASH: &str = "on_issue_deleted = \"trash\"\n";

/// Puts a line into the sync's own table.
fn with_policy(line: &'static str) -> impl FnOnce(&mut String) {
    move |text| *text = text.replace("[sync.fields]", &format!("{line}[sync.fields]"))
}

fn trash(stage: &Stage, page: PageId) {
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
}

fn is_trashed(stage: &Stage, page: PageId) -> bool {
    stage.page_shows(page, |page| page.in_trash())
}

/// A stage with issues already paired.
async fn paired(stage: Stage, count: usize) -> Stage {
    for n in 1..=count {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    stage.wait(1200).await;
    stage.good_cycle().await;
    stage
}

/// A second repository, in the config or not.
fn second_repo(stage: &Stage, name: &str) -> RepoId {
    stage.world.github(|github, now| {
        let types = vec!["Bug".to_owned(), "Feature".to_owned()];
        let repo = github.add_repo(name, &NewRepo { types, ..NewRepo::default() }, now);
        github.set_permission(repo, "tandem-bot", Permission::Push).unwrap();
        github.set_permission(repo, "octocat", Permission::Push).unwrap();
        repo
    })
}

fn two_repositories(text: &mut String) {
    *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]");
}

fn seed_in(stage: &Stage, repo: RepoId, title: &str) -> u64 {
    let new = NewIssue {
        title: title.to_owned(),
        author: Some("octocat".to_owned()),
        ..NewIssue::default()
    };
    stage.world.github(|github, now| github.seed_issue(repo, &new, now).unwrap())
}

fn page_named(stage: &Stage, title: &str) -> Vec<PageId> {
    stage.world.notion(|notion, _| {
        let pages = notion.pages(stage.table);
        let live = pages.iter().filter(|page| !page.in_trash() && page.title() == title);
        live.map(|page| page.id()).collect()
    })
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
async fn a_transfer_inside_the_sync_is_followed_whether_or_not_the_id_is_kept() {
    for transfer_keeps_id in [true, false] {
        for full_first in [true, false] {
            let setup = Setup {
                github: Options { transfer_keeps_id, ..Options::default() },
                ..Setup::default()
            };
            let stage = Stage::with(setup, two_repositories);
            let lib = second_repo(&stage, "acme/lib");
            seed_in(&stage, lib, "There first");
            let stage = paired(stage, 3).await;
            let page = stage.page_of(2);
            let there =
                stage.on_github(|octocat, repo| octocat.transfer_issue(repo, 2, lib)).to_string();
            let report = if full_first { stage.full_cycle().await } else { stage.cycle().await };
            assert_eq!(report.problems, [], "{report:#?}");
            stage.full_cycle().await;
            assert_eq!(stage.count_pages(), 4, "keeps id: {transfer_keeps_id}, full: {full_first}");
            let url = stage.page_shows(page, |page| page.url("GitHub").unwrap());
            assert_eq!(url, format!("https://github.com/acme/lib/issues/{there}"));
            stage.on_notion(|notion, ann, now| notion.set_title(page, "Followed", ann, now));
            stage.good_cycle().await;
            stage.assert_agreement(&[stage.repo, lib]);
            stage.converge(1).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_transferred_issue_that_was_edited_before_the_next_cycle_is_never_a_second_pair_in_silence()
 {
    let stage = Stage::configured(two_repositories);
    let lib = second_repo(&stage, "acme/lib");
    let stage = paired(stage, 3).await;
    let there = stage.on_github(|octocat, repo| octocat.transfer_issue(repo, 2, lib));
    stage.on_github(|octocat, _| octocat.set_title(lib, there, "Another title"));
    stage.cycle().await;
    let report = stage.full_cycle().await;
    assert_eq!(report.problems, []);
    let report = stage.full_cycle().await;
    if stage.count_pages() == 3 {
        stage.assert_agreement(&[stage.repo, lib]);
    } else {
        assert_eq!(report.held.len(), 1, "{report:#?}");
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_out_of_the_sync_is_held_and_the_issue_there_never_touched() {
    let stage = Stage::configured(with_policy(TRASH));
    let elsewhere = second_repo(&stage, "acme/elsewhere");
    let stage = paired(stage, 3).await;
    let page = stage.page_of(2);
    let there = stage.on_github(|octocat, repo| octocat.transfer_issue(repo, 2, elsewhere));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "For nobody else", ann, now));
    for _ in 0..2 {
        let report = stage.cycle().await;
        assert_eq!(report.held.len(), 1, "{report:#?}");
        assert!(report.held[0].reason.contains("moved to"), "{report:#?}");
        let report = stage.full_cycle().await;
        assert_eq!(report.held.len(), 1, "{report:#?}");
    }
    let title = stage.world.github(|github, _| github.issue(elsewhere, there).unwrap().title);
    assert_eq!(title, "Issue 2");
    assert!(!is_trashed(&stage, page));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_turned_into_a_discussion_is_no_deletion_unless_github_says_so() {
    for discussion_status in [404, 410] {
        let setup = Setup {
            github: Options { discussion_status, ..Options::default() },
            ..Setup::default()
        };
        let stage = paired(Stage::with(setup, with_policy(TRASH)), 3).await;
        let page = stage.page_of(2);
        stage.on_github(|octocat, repo| octocat.convert_to_discussion(repo, 2));
        let report = stage.full_cycle().await;
        assert_eq!(report.problems, []);
        let held = usize::from(discussion_status == 404);
        assert_eq!(report.held.len(), held, "{discussion_status}: {report:#?}");
        assert_eq!(is_trashed(&stage, page), discussion_status == 410);
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_unshared_data_source_is_named_and_changes_nothing_on_github() {
    let stage = paired(Stage::configured(with_policy(CLOSE)), 3).await;
    stage.world.notion(|notion, _| notion.unshare(stage.table, crate::stage::TOKEN).unwrap());
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Typed meanwhile"));
    for _ in 0..2 {
        let report = stage.full_cycle().await;
        assert_eq!(report.problems.len(), 1, "{report:#?}");
        assert_eq!(report.counts.unlinked, 0);
    }
    assert!((1..=3).all(|n| !stage.shows(n, |issue| issue.is_closed)));
    stage.world.notion(|notion, _| notion.share(stage.table, crate::stage::TOKEN).unwrap());
    stage.good_cycle().await;
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn one_repository_out_of_reach_does_not_keep_the_others_and_loses_nothing() {
    let stage = Stage::configured(two_repositories);
    let lib = second_repo(&stage, "acme/lib");
    seed_in(&stage, lib, "Of the library");
    let stage = paired(stage, 3).await;
    stage.world.github(|github, _| {
        github.set_private(lib, true).unwrap();
        github.set_permission(lib, "tandem-bot", Permission::None).unwrap();
    });
    let of_lib = page_named(&stage, "Of the library")[0];
    stage.on_notion(|notion, ann, now| notion.set_title(of_lib, "Typed meanwhile", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Goes on"));
    let trashed = stage.page_of(3);
    trash(&stage, trashed);
    for _ in 0..2 {
        let report = stage.full_cycle().await;
        assert_eq!(report.problems.len(), 1, "{report:#?}");
        assert!(report.problems[0].message.contains("acme/lib"), "{report:#?}");
        assert!(!is_trashed(&stage, of_lib));
        stage.wait(1200).await;
    }
    assert_eq!(stage.mirrored(1, |page| page.title()), "Goes on");
    let on_lib =
        |stage: &Stage| stage.world.github(|github, _| github.issue(lib, 1).unwrap().title);
    assert_eq!(on_lib(&stage), "Of the library");
    stage.world.github(|github, _| {
        github.set_permission(lib, "tandem-bot", Permission::Push).unwrap();
    });
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(on_lib(&stage), "Typed meanwhile");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_repository_out_of_reach_costs_one_full_scan_and_another_when_it_is_back() {
    let stage = Stage::configured(two_repositories);
    let lib = second_repo(&stage, "acme/lib");
    let permit = |permission| {
        stage.world.github(|github, _| {
            github.set_private(lib, true).unwrap();
            github.set_permission(lib, "tandem-bot", permission).unwrap();
        });
    };
    permit(Permission::None);
    stage.issue("Of app");
    let mut full = Vec::new();
    for _ in 0..3 {
        full.push(stage.cycle().await.full);
        stage.wait(1200).await;
    }
    assert_eq!(full, [true, false, false], "everything that can be seen was compared");
    seed_in(&stage, lib, "Of lib");
    let page = stage.page(&[
        ("Name", Plain::Text("New".to_owned())),
        ("Repository", Plain::Option("acme/app".to_owned())),
    ]);
    stage.wait(1200).await;
    stage.cycle().await;
    stage.wait(1200).await;
    permit(Permission::Push);
    let report = stage.cycle().await;
    assert!(report.full, "{report:#?}");
    assert_eq!(report.problems, []);
    assert!(!stage.good_cycle().await.full);
    assert!(stage.page_shows(page, |page| page.url("GitHub").is_some()), "what waited was made");
    assert_eq!((page_named(&stage, "Of lib").len(), stage.count_pages()), (1, 3));
    stage.converge(1).await;
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

#[tokio::test(start_paused = true)]
async fn many_edits_for_one_repository_that_takes_no_writes_do_not_keep_the_others_waiting() {
    let stage = Stage::configured(|text| {
        two_repositories(text);
        *text = text.replace("[[sync]]", "[safety]\nbrake_percent = 100\n[[sync]]");
    });
    let lib = second_repo(&stage, "acme/lib");
    // Paired first, so that they come first.
    for n in 1..=30 {
        seed_in(&stage, lib, &format!("Library {n}"));
    }
    stage.good_cycle().await;
    let stage = paired(stage, 2).await;
    stage.world.github(|github, _| {
        github.set_permission(lib, "tandem-bot", Permission::Read).unwrap();
    });
    for n in 1..=30 {
        let page = page_named(&stage, &format!("Library {n}"))[0];
        let title = format!("Edited {n}");
        stage.on_notion(|notion, ann, now| notion.set_title(page, &title, ann, now));
    }
    let page = stage.page_of(2);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Goes on", ann, now));
    for _ in 0..3 {
        stage.cycle().await;
        stage.wait(1200).await;
    }
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Goes on");
    let report = stage.cycle().await;
    assert!(!report.failed.is_empty() || !report.held.is_empty(), "{report:#?}");
    stage.world.github(|github, _| {
        github.set_permission(lib, "tandem-bot", Permission::Push).unwrap();
    });
    for _ in 0..3 {
        stage.wait(86_400).await;
        stage.full_cycle().await;
    }
    stage.assert_agreement(&[stage.repo, lib]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_renamed_repository_is_named_with_its_new_name_and_followed_once_the_config_says_so() {
    let mut stage = paired(Stage::new(), 3).await;
    let page = stage.page_of(2);
    stage.world.github(|github, _| github.rename_repo(stage.repo, "acme/product").unwrap());
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed meanwhile", ann, now));
    let report = stage.full_cycle().await;
    assert_eq!(report.problems.len(), 1, "{report:#?}");
    assert_eq!(report.counts.unlinked, 0);
    stage.reconfigure(|text| *text = text.replace("acme/app", "acme/product"));
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 3);
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Typed meanwhile");
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_archived_repository_holds_what_it_cannot_take_and_takes_it_when_it_is_back() {
    let stage = paired(Stage::new(), 3).await;
    stage.world.github(|github, _| github.set_archived(stage.repo, true).unwrap());
    let page = stage.page_of(2);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed meanwhile", ann, now));
    let new = stage.page(&[("Name", Plain::Text("New one".to_owned()))]);
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(report.problems, [], "{report:#?}");
    assert_eq!(report.held.len(), 2, "{report:#?}");
    assert!(report.held.iter().all(|held| held.reason.contains("archived")), "{report:#?}");
    for _ in 0..3 {
        stage.wait(120).await;
        assert_eq!(stage.cycle().await.held.len(), 2);
    }
    stage.world.github(|github, _| github.set_archived(stage.repo, false).unwrap());
    stage.wait(86_400).await;
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(stage.shows(2, |issue| issue.title.clone()), "Typed meanwhile");
    assert_eq!(stage.page_of(4), new);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn leaving_the_filter_is_no_deletion_and_the_pair_stays_in_step() {
    let mut stage = paired(Stage::new(), 3).await;
    stage.reconfigure(|text| text.push_str("[sync.filter]\nlabels_any = [\"mirror\"]\n"));
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 3);
    stage.issue("Not for Notion");
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Still mirrored"));
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(1, |page| page.title()), "Still mirrored");
    assert_eq!(stage.count_pages(), 3);
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, 4, "mirror"));
    stage.good_cycle().await;
    assert_eq!(stage.count_pages(), 4);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_repository_taken_out_of_the_config_is_left_alone_with_its_pages_and_comes_back_whole() {
    let mut stage = Stage::configured(two_repositories);
    let lib = second_repo(&stage, "acme/lib");
    seed_in(&stage, lib, "Of the library");
    stage = paired(stage, 2).await;
    let page = page_named(&stage, "Of the library")[0];
    stage.reconfigure(|_| {});
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed meanwhile", ann, now));
    for _ in 0..2 {
        let report = stage.full_cycle().await;
        assert_eq!((&report.problems[..], &report.held[..]), (&[][..], &[][..]), "{report:#?}");
    }
    assert!(!is_trashed(&stage, page));
    let on_lib =
        |stage: &Stage| stage.world.github(|github, _| github.issue(lib, 1).unwrap().title);
    assert_eq!(on_lib(&stage), "Of the library");
    stage.converge(1).await;
    stage.wait(7200).await;
    stage.reconfigure(two_repositories);
    stage.good_cycle().await;
    assert_eq!(on_lib(&stage), "Typed meanwhile");
    stage.assert_agreement(&[stage.repo, lib]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn what_failed_in_a_repository_is_not_written_after_the_repository_left_the_config() {
    use tandem::model::Side;
    use tandem::sim::{Fault, Planned};
    let mut stage = Stage::configured(two_repositories);
    let lib = second_repo(&stage, "acme/lib");
    seed_in(&stage, lib, "Of the library");
    stage = paired(stage, 2).await;
    let page = page_named(&stage, "Of the library")[0];
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Not for there", ann, now));
    let lost = Planned::once(Side::GitHub, Fault::Reset);
    stage.world.inject(lost.on(http::Method::PATCH, "/issues/1"));
    let report = stage.cycle().await;
    assert_eq!(report.failed.len(), 1, "{report:#?}");
    stage.reconfigure(|_| {});
    stage.wait(600).await;
    let report = stage.cycle().await;
    let report = if report.failed.is_empty() { report } else { stage.full_cycle().await };
    assert_eq!(
        stage.world.github(|github, _| github.issue(lib, 1).unwrap().title),
        "Of the library"
    );
    assert_eq!(report.failed, [], "what is left alone fails no more");
    stage.converge(1).await;
    stage.reconfigure(two_repositories);
    stage.wait(3600).await;
    stage.full_cycle().await;
    stage.converge(2).await;
    assert_eq!(
        stage.world.github(|github, _| github.issue(lib, 1).unwrap().title),
        "Not for there"
    );
    stage.assert_agreement(&[stage.repo, lib]);
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
