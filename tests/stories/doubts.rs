//! What no documentation settles about the two services: whichever way it is, everything arrives and comes to rest.

use std::time::Duration;

use tandem::sim::Setup;
use tandem::sim::github::{self, Bumps, EmptyBody, Links, NewIssue, UnknownValues};
use tandem::sim::notion::{self, CaseRule, Paging, Plain};

use crate::body::{in_notion, on_github, says, source, with_bodies};
use crate::stage::Stage;

fn labels(stage: &Stage, number: u64) -> Vec<String> {
    stage.shows(number, |issue| issue.labels.iter().cloned().collect())
}

/// Whatever may move GitHub's times does, or does not.
fn all(moves: bool) -> Bumps {
    Bumps {
        comment_edited: moves,
        comment_deleted: moves,
        reaction: moves,
        mentioned_elsewhere: moves,
        label_renamed: moves,
        milestone_renamed: moves,
    }
}

/// A life with every field in it: import, edits both ways, a new page, the trash and back, other names for what is known, a
/// full scan, a lost database.
async fn live(setup: Setup, what: &str) {
    let mut stage = Stage::with(setup, with_bodies);
    let numbers: Vec<u64> = (0..3)
        .map(|n| {
            stage.seed(NewIssue {
                title: format!("Issue {n}"),
                body: Some("First.\r\n\r\nSecond.\r\n\r\nThird.".to_owned()),
                labels: vec!["Bug".to_owned(), "a, b".to_owned()],
                assignees: vec!["octocat".to_owned()],
                milestone: Some(format!("v{n}")),
                issue_type: Some("Bug".to_owned()),
                is_closed: n == 2,
                state_reason: (n == 2).then(|| "completed".to_owned()),
                ..NewIssue::default()
            })
        })
        .collect();
    stage.good_cycle().await;
    stage.converge(1).await;
    stage.wait(600).await;
    let [first, second, third] = numbers[..] else { unreachable!() };
    stage.on_github(|octocat, repo| {
        octocat.set_title(repo, first, "Retitled on GitHub")?;
        octocat.add_label(repo, first, "new")?;
        octocat.remove_label(repo, first, "Bug")?;
        octocat.set_milestone(repo, first, None)?;
        octocat.set_type(repo, first, Some("Feature"))?;
        octocat.unassign(repo, first, "octocat")?;
        octocat.react(repo, second)?;
        octocat.mention_elsewhere(repo, second)?;
        let comment = octocat.comment(repo, second, "hm")?;
        octocat.edit_comment(repo, second, comment, "hm, hm")?;
        octocat.delete_comment(repo, second, comment)?;
        octocat.close(repo, first, "duplicate")
    });
    on_github(&stage, first, "First", "At first");
    let pages = [stage.page_of(second), stage.page_of(third), stage.page_of(first)];
    stage.on_notion(|notion, ann, now| {
        notion.set_title(pages[0], " Retitled in Notion ", ann, now)?;
        notion.set_options(pages[0], "Labels", &["a‚ b", "from notion"], ann, now)?;
        notion.set_option(pages[0], "Milestone", "v0", ann, now)?;
        notion.set_option(pages[0], "Type", "Feature", ann, now)?;
        notion.set_people(pages[0], "Assignees", &[], ann, now)?;
        notion.set_option(pages[0], "Status", "Won't do", ann, now)?;
        notion.set_option(pages[1], "Status", "In review", ann, now)?;
        notion.touch_page(pages[2], ann, now)
    });
    in_notion(&stage, pages[1], "Second", "Secondly");
    in_notion(&stage, pages[2], "Third", "Finally");
    let _ = stage.page(&[
        ("Name", Plain::Text("Born in Notion".to_owned())),
        ("Labels", Plain::Options(vec!["Bug".to_owned()])),
        ("Status", Plain::Option("Done".to_owned())),
    ]);
    stage.wait(1200).await;
    stage.good_cycle().await;
    stage.wait(1200).await;
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(first, |page| page.title()), "Retitled on GitHub", "{what}");
    assert_eq!(stage.mirrored(first, |page| page.option("Milestone")), None, "{what}");
    assert_eq!(stage.mirrored(first, |page| page.people("Assignees")), [], "{what}");
    assert_eq!(stage.mirrored(first, |page| page.options("Labels").len()), 2, "{what}");
    assert_eq!(labels(&stage, first), ["a, b", "new"], "{what}");
    assert_eq!(labels(&stage, second), ["a, b", "from notion"], "{what}");
    let shown = stage.shows(second, |issue| {
        (issue.title.clone(), issue.milestone.clone(), issue.issue_type.clone(), issue.is_closed)
    });
    let some = |text: &str| Some(text.to_owned());
    let meant = ("Retitled in Notion".to_owned(), some("v0"), some("Feature"), true);
    assert_eq!(shown, meant, "{what}");
    assert!(!stage.shows(third, |issue| issue.is_closed), "{what}");
    assert_eq!(says(&stage, pages[2]), ["At first.", "Second.", "Finally."], "{what}");
    assert_eq!(source(&stage, first), "At first.\r\n\r\nSecond.\r\n\r\nFinally.", "{what}");
    assert_eq!(source(&stage, third), "First.\r\n\r\nSecondly.\r\n\r\nThird.", "{what}");
    assert_eq!((stage.count_issues(), stage.count_pages()), (4, 4), "{what}");
    assert!(stage.shows(4, |issue| issue.is_closed), "{what}");
    stage.on_github(|octocat, repo| {
        octocat.rename_label(repo, "new", "newer")?;
        octocat.rename_milestone(repo, "v0", "v0.1")
    });
    stage.on_notion(|notion, ann, now| notion.trash_page(pages[1], ann, now));
    stage.wait(600).await;
    assert_eq!(stage.full_cycle().await.counts.unlinked, 1, "{what}");
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, third, "Meanwhile"));
    stage.on_notion(|notion, ann, now| notion.restore_page(pages[1], ann, now));
    stage.wait(600).await;
    stage.full_cycle().await;
    stage.converge(1).await;
    assert_eq!(stage.mirrored(third, |page| page.title()), "Meanwhile", "{what}");
    assert_eq!(stage.mirrored(second, |page| page.option("Milestone")), some("v0.1"), "{what}");
    assert!(stage.mirrored(first, |page| page.options("Labels").contains("newer")), "{what}");
    stage.lose_database();
    stage.cycle().await;
    stage.good_cycle().await;
    stage.converge(1).await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (4, 4), "{what}");
    assert_eq!(labels(&stage, second), ["a, b", "from notion"], "{what}");
    assert_eq!(stage.mirrored(third, |page| page.option("Status")), some("In review"), "{what}");
}

#[tokio::test(start_paused = true)]
async fn whichever_way_notion_is_where_nobody_knows_everything_arrives_and_comes_to_rest() {
    let usual = notion::Options::default;
    let ways: Vec<(&str, notion::Options)> = vec![
        ("as usual", usual()),
        ("rewrites move no time", notion::Options { identical_rewrite_bumps: false, ..usual() }),
        ("schema edits move pages", notion::Options { schema_edit_bumps_pages: true, ..usual() }),
        ("minutes only", notion::Options { dates_keep_seconds: false, ..usual() }),
        ("texts merged", notion::Options { merges_text: true, ..usual() }),
        ("blanks trimmed", notion::Options { trims: true, ..usual() }),
        ("short pages", notion::Options { short_pages: true, ..usual() }),
        ("late lists", notion::Options { list_lag: Duration::from_secs(60), ..usual() }),
        ("documented fields only", notion::Options { newer_fields: false, ..usual() }),
        ("cursors are places", notion::Options { paging: Paging::ByPosition, ..usual() }),
        ("contents one by one", notion::Options { updates_atomic: false, ..usual() }),
        ("contents move no time", notion::Options { body_write_bumps_page: false, ..usual() }),
        ("the trash moves no time", notion::Options { trash_bumps_page: false, ..usual() }),
    ];
    for (what, notion) in ways {
        live(Setup { notion, ..Setup::default() }, what).await;
    }
    for case_rule in [CaseRule::Refuse, CaseRule::Match] {
        let notion = notion::Options { case_rule, ..usual() };
        live(Setup { notion, ..Setup::default() }, "case rule").await;
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_way_github_is_where_nobody_knows_everything_arrives_and_comes_to_rest() {
    let usual = github::Options::default;
    let unknown = UnknownValues {
        state_reason: None,
        author_association: Some("ALIEN".to_owned()),
        event: Some("teleported".to_owned()),
    };
    let ways: Vec<(&str, github::Options)> = vec![
        ("titles kept", github::Options { trims_titles: false, ..usual() }),
        ("longer titles", github::Options { max_title_chars: 1_024, ..usual() }),
        (
            "no new labels with issues",
            github::Options { issue_writes_create_labels: false, ..usual() },
        ),
        ("reasons as they come", github::Options { reason_needs_state_change: false, ..usual() }),
        ("any patch moves the time", github::Options { identical_patch_bumps: true, ..usual() }),
        ("since is exclusive", github::Options { since_is_inclusive: false, ..usual() }),
        ("numbered pages", github::Options { links: Links::Pages, ..usual() }),
        ("late lists", github::Options { list_lag: Duration::from_secs(300), ..usual() }),
        ("pull requests between", github::Options { pull_request_percent: 30, ..usual() }),
        ("unknown words", github::Options { unknown, ..usual() }),
        ("empty bodies", github::Options { empty_body: EmptyBody::Empty, ..usual() }),
        ("everything else moves", github::Options { bumps: all(true), ..usual() }),
        ("nothing else moves", github::Options { bumps: all(false), ..usual() }),
    ];
    for (what, github) in ways {
        live(Setup { github, ..Setup::default() }, what).await;
    }
}
