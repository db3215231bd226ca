//! What moves or goes out of reach: issues transferred, repositories hidden, renamed, archived or taken out of the
//! config, a data source unshared. None of it is a deletion (I7).

use tandem::sim::Setup;
use tandem::sim::github::{Options, Permission};
use tandem::sim::notion::{PageId, Plain};

use crate::absence::{CLOSE, TRASH, is_trashed, trash, with_policy};
use crate::stage::{Stage, paired, second_repo, seed_in};

fn two_repositories(text: &mut String) {
    *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]");
}

fn page_named(stage: &Stage, title: &str) -> Vec<PageId> {
    stage.world.notion(|notion, _| {
        let pages = notion.pages(stage.table);
        let live = pages.iter().filter(|page| !page.in_trash() && page.title() == title);
        live.map(|page| page.id()).collect()
    })
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
