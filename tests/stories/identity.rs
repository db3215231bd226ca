//! Who is who: names that are used again, two claims on one item, and creates and writes whose outcome is found out late.
//! An edit is never written to a stranger, and nothing is there twice.

use std::time::Duration;

use http::Method;
use tandem::model::Side;
use tandem::sim::github::{NewIssue, NewRepo, Permission, RepoId};
use tandem::sim::notion::{PageId, Plain};
use tandem::sim::{Fault, LimitKind, Planned, Setup};

use crate::recovery::dies_of;
use crate::stage::Stage;

const LONG_SECS: u64 = 20 * 60;

fn add_repo(stage: &Stage, name: &str) -> RepoId {
    stage.world.github(|github, now| {
        let repo = github.add_repo(name, &NewRepo::default(), now);
        for login in ["tandem-bot", "octocat"] {
            github.set_permission(repo, login, Permission::Push).unwrap();
        }
        repo
    })
}

fn seed_in(stage: &Stage, repo: RepoId, new: NewIssue) -> u64 {
    let new = NewIssue { author: new.author.or_else(|| Some("octocat".to_owned())), ..new };
    stage.world.github(|github, now| github.seed_issue(repo, &new, now).unwrap())
}

fn titled(title: &str) -> NewIssue {
    NewIssue { title: title.to_owned(), ..NewIssue::default() }
}

fn title_in(stage: &Stage, repo: RepoId, number: u64) -> String {
    stage.world.github(|github, _| github.issue(repo, number).unwrap().title)
}

fn set_title(stage: &Stage, page: PageId, title: &str) {
    stage.on_notion(|notion, ann, now| notion.set_title(page, title, ann, now));
}

/// Pairs, whose repository is then renamed out of the sync and followed by a new one under the old name.
async fn a_name_used_again(count: usize) -> (Stage, RepoId, Vec<PageId>) {
    let stage = Stage::new();
    for n in 1..=count {
        stage.issue(&format!("Issue {n}"));
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let pages = (1..=count as u64).map(|n| stage.page_of(n)).collect();
    stage.world.github(|github, _| github.rename_repo(stage.repo, "acme/before").unwrap());
    let again = add_repo(&stage, "acme/app");
    (stage, again, pages)
}

#[tokio::test(start_paused = true)]
async fn an_issue_under_a_name_that_another_had_before_is_a_stranger_to_its_page() {
    let (stage, again, pages) = a_name_used_again(2).await;
    seed_in(&stage, again, titled("A stranger"));
    set_title(&stage, pages[0], "For the old one");
    for _ in 0..3 {
        let report = stage.full_cycle().await;
        assert!(!report.held.is_empty(), "{report:#?}");
        stage.wait(LONG_SECS).await;
    }
    assert_eq!(title_in(&stage, again, 1), "A stranger");
    assert_eq!(stage.page_shows(pages[0], |page| page.title()), "For the old one");
    assert_eq!(stage.count_pages(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_the_message_about_a_name_used_again_says_to_do_helps() {
    let (mut stage, again, pages) = a_name_used_again(1).await;
    seed_in(&stage, again, titled("A stranger"));
    let report = stage.full_cycle().await;
    let told = report.held.iter().find(|held| held.reason.contains("had this name before"));
    let told = told.unwrap_or_else(|| panic!("{report:#?}"));
    assert!(told.reason.contains(&format!("trash the page {}", pages[0])), "{told:#?}");
    stage.on_notion(|notion, ann, now| notion.trash_page(pages[0], ann, now));
    stage.lose_database();
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(1, |page| page.title()), "A stranger");
    assert_ne!(stage.page_of(1), pages[0]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_issue_that_gets_a_name_used_before_is_held_with_its_page_and_made_only_once() {
    let (stage, again, _) = a_name_used_again(1).await;
    let pages = ["One", "Another"]
        .map(|title| stage.page(&[("Name", Plain::Text(title.to_owned()))]).to_string());
    stage.wait(LONG_SECS).await;
    for _ in 0..4 {
        let report = stage.cycle().await;
        assert_eq!(report.problems, [], "{report:#?}");
        let held = report.held.iter().filter(|held| pages.contains(&held.item));
        assert_eq!(held.count(), 1, "{report:#?}");
        stage.wait(LONG_SECS).await;
    }
    stage.full_cycle().await;
    assert_eq!(stage.world.github(|github, _| github.issues(again).len()), 2);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn two_repositories_that_swap_their_names_stop_no_run_and_mix_up_nothing() {
    let stage = Stage::configured(|text| {
        *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]")
    });
    let lib = add_repo(&stage, "acme/lib");
    stage.issue("Of app");
    seed_in(&stage, lib, titled("Of lib"));
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.world.github(|github, _| {
        github.rename_repo(stage.repo, "acme/between").unwrap();
        github.rename_repo(lib, "acme/app").unwrap();
        github.rename_repo(stage.repo, "acme/lib").unwrap();
    });
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "Of app, edited"));
    for _ in 0..3 {
        stage.full_cycle().await;
        stage.wait(LONG_SECS).await;
    }
    assert_eq!(title_in(&stage, stage.repo, 1), "Of app, edited");
    assert_eq!(title_in(&stage, lib, 1), "Of lib");
    assert_eq!(stage.count_pages(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_pages_that_name_one_transferred_issue_by_its_old_and_its_new_name_stop_no_run() {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/lib\"]")
    });
    let lib = add_repo(&stage, "acme/lib");
    let number = stage.issue("Moves");
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let page = stage.page_of(number);
    let copy = stage.on_notion(|notion, ann, now| notion.duplicate_page(page, ann, now));
    stage.on_github(|octocat, repo| octocat.transfer_issue(repo, number, lib));
    stage.wait(LONG_SECS).await;
    stage.full_cycle().await;
    stage.lose_database();
    stage.wait(LONG_SECS).await;
    let report = stage.cycle().await;
    assert_eq!(report.counts.pairs, 1, "{report:#?}");
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(stage.count_pages(), 2);
    assert!([page, copy].iter().any(|page| page.to_string() == report.held[0].item));
}

#[tokio::test(start_paused = true)]
async fn of_two_issues_made_for_one_page_the_other_is_held_and_never_the_page() {
    let mut stage = Stage::new();
    let page = stage.page(&[("Name", Plain::Text("Made twice".to_owned()))]);
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let second = stage.seed(NewIssue {
        body: Some(format!("<!-- tandem:{page} -->")),
        author: Some("tandem-bot".to_owned()),
        ..titled("Made twice")
    });
    stage.lose_database();
    stage.wait(LONG_SECS).await;
    for _ in 0..2 {
        let report = stage.full_cycle().await;
        let held: Vec<&str> = report.held.iter().map(|held| held.item.as_str()).collect();
        assert_eq!(held, [format!("acme/app#{second}")], "{report:#?}");
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_create_lost_after_a_long_wait_for_its_turn_is_not_repeated_while_it_may_still_appear() {
    let mut setup = Setup::default();
    setup.github.list_lag = Duration::from_secs(480);
    let stage = Stage::with(setup, |_| {});
    stage.issue("There already");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    for title in ["First", "Second"] {
        let _ = stage.page(&[("Name", Plain::Text(title.to_owned()))]);
    }
    stage.wait(300).await;
    let create = |fault| Planned::once(Side::GitHub, fault).on(Method::POST, "/issues");
    let retry_after_secs = Some(30 * 60);
    stage.world.inject(create(Fault::Limited { retry_after_secs, kind: LimitKind::Secondary403 }));
    stage.world.inject(create(Fault::CommitThenReset).after(1));
    stage.cycle().await;
    assert_eq!(stage.world.planned(), [], "both creates were sent");
    for _ in 0..20 {
        stage.wait(120).await;
        stage.cycle().await;
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (3, 3));
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_not_shown_for_a_moment_when_its_lost_issue_turns_up_gets_no_second_one() {
    let stage = Stage::new();
    stage.page(&[("Name", Plain::Text("The one".to_owned()))]);
    stage.wait(600).await;
    let lost = Planned::once(Side::GitHub, Fault::CommitThenReset).on(Method::POST, "/issues");
    stage.world.inject(lost);
    stage.cycle().await;
    stage.wait(LONG_SECS).await;
    let hidden = Planned::once(Side::Notion, Fault::Refuse(404)).on(Method::GET, "/pages/");
    stage.world.inject(hidden.times(9));
    stage.cycle().await;
    stage.world.clear_faults();
    assert_eq!((stage.count_issues(), stage.count_pages()), (1, 1));
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    stage.converge(1).await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_page_trashed_while_its_issue_was_being_made_stays_its_partner_and_gets_no_second_issue()
{
    let mut stage = Stage::new();
    stage.issue("There already");
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("Trashed at once".to_owned()))]);
    stage.wait(300).await;
    let create = Planned::once(Side::GitHub, Fault::CommitThenHang).on(Method::POST, "/issues");
    assert!(dies_of(&mut stage, create).await);
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    for _ in 0..2 {
        stage.good_cycle().await;
        stage.wait(LONG_SECS).await;
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 1), "the issue got another page");
    stage.on_github(|octocat, repo| octocat.add_label(repo, 2, "late"));
    stage.good_cycle().await;
    assert!(stage.page_shows(page, |page| page.in_trash()), "it was trashed when they were paired");
    stage.wait(LONG_SECS).await;
    stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    for _ in 0..2 {
        stage.wait(LONG_SECS).await;
        stage.good_cycle().await;
    }
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 2), "the page got another issue");
    assert_eq!(stage.page_of(2), page);
    assert_eq!(stage.mirrored(2, |page| page.options("Labels")), ["late".to_owned()].into());
    stage.assert_in_step();
    stage.converge(0).await;
}

/// Ann retitles a page, the write's answer is lost, then `trouble` and another title; GitHub wins conflicts.
async fn typed_after_a_lost_write(trouble: impl AsyncFnOnce(&Stage)) {
    let stage = Stage::configured(|text| {
        *text = text.replace("[sync.fields]", "conflict = \"github\"\n[sync.fields]");
    });
    let number = stage.issue("One");
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    let page = stage.page_of(number);
    set_title(&stage, page, "Two");
    let lost = Planned::once(Side::GitHub, Fault::CommitThenReset);
    stage.world.inject(lost.on(Method::PATCH, "/issues/1"));
    stage.cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Two");
    stage.wait(120).await;
    trouble(&stage).await;
    for _ in 0..3 {
        stage.wait(LONG_SECS).await;
        stage.full_cycle().await;
    }
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Three");
    assert_eq!(stage.page_shows(page, |page| page.title()), "Three");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_write_that_cannot_be_seen_for_a_while_is_not_taken_for_somebodys_edit() {
    typed_after_a_lost_write(async |stage: &Stage| {
        let hide = |is_hidden| {
            stage.world.github(|github, _| github.set_hidden(stage.repo, 1, is_hidden).unwrap());
        };
        hide(true);
        stage.cycle().await;
        set_title(stage, stage.page_of(1), "Three");
        hide(false);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_write_that_could_not_be_read_back_waits_with_its_pair() {
    typed_after_a_lost_write(async |stage: &Stage| {
        set_title(stage, stage.page_of(1), "Three");
        let down = Planned::once(Side::GitHub, Fault::ServerError(500));
        stage.world.inject(down.on(Method::GET, "/issues/1").times(5));
        stage.cycle().await;
        assert_eq!(stage.world.planned(), []);
    })
    .await;
}
