//! What the two sides cannot spell alike: names with commas, long names, names in another case, titles of every kind.

use http::Method;
use tandem::model::{Field, Side};
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{Plain, Type};
use tandem::sim::{Fault, Planned};

use crate::stage::Stage;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn labelled(stage: &Stage, title: &str, labels: &[&str]) -> u64 {
    stage.seed(NewIssue { title: title.to_owned(), labels: words(labels), ..NewIssue::default() })
}

fn labels_on_github(stage: &Stage, number: u64) -> Vec<String> {
    stage.shows(number, |issue| issue.labels.iter().cloned().collect())
}

fn labels_in_notion(stage: &Stage, number: u64) -> Vec<String> {
    stage.mirrored(number, |page| page.options("Labels").into_iter().collect())
}

fn choose(stage: &Stage, number: u64, labels: &[&str]) {
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", labels, ann, now));
}

#[tokio::test(start_paused = true)]
async fn a_label_with_a_comma_is_never_sent_as_one_and_comes_back_as_the_same_label() {
    let stage = Stage::new();
    let number = labelled(&stage, "Commas", &["needs: a, b", "plain"]);
    stage.good_cycle().await;
    assert_eq!(labels_in_notion(&stage, number), ["needs: a‚ b", "plain"]);
    stage.wait(600).await;
    // Ann picks the option for another page, and adds one that no repository has.
    let other = stage.issue("Other");
    stage.good_cycle().await;
    choose(&stage, other, &["needs: a‚ b", "x‚ y"]);
    stage.good_cycle().await;
    assert_eq!(labels_on_github(&stage, other), ["needs: a, b", "x‚ y"]);
    assert_eq!(labels_on_github(&stage, number), ["needs: a, b", "plain"]);
    // Taking it away in Notion takes away the very label.
    choose(&stage, number, &["plain"]);
    stage.good_cycle().await;
    assert_eq!(labels_on_github(&stage, number), ["plain"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_milestone_longer_than_an_option_may_be_goes_both_ways_as_the_same_milestone() {
    let stage = Stage::new();
    let long = "0.2 release, detail work, cleanup and performance ".repeat(4).trim().to_owned();
    let twin = format!("{long} and more");
    let first = stage.seed(NewIssue {
        title: "First".to_owned(),
        milestone: Some(long.clone()),
        ..NewIssue::default()
    });
    let second = stage.seed(NewIssue {
        title: "Second".to_owned(),
        milestone: Some(twin.clone()),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    let shown = |number| stage.mirrored(number, |page| page.option("Milestone").unwrap());
    assert_ne!(shown(first), shown(second), "two that begin alike stay two");
    assert!(shown(first).encode_utf16().count() <= 100);
    stage.wait(600).await;
    let (page, option) = (stage.page_of(second), shown(first));
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Milestone", &option, ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(second, |issue| issue.milestone.clone()), Some(long));
    stage.converge(1).await;
    let milestones = stage.world.github(|github, _| github.milestones(stage.repo).len());
    assert_eq!(milestones, 2, "no milestone was made for an option's spelling");
}

#[tokio::test(start_paused = true)]
async fn a_milestone_only_notion_knows_is_made_once_and_emptying_it_takes_the_issues_out() {
    let stage = Stage::new();
    let numbers = [stage.issue("One"), stage.issue("Two"), stage.issue("Three")];
    stage.good_cycle().await;
    stage.wait(600).await;
    for number in numbers {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| {
            notion.set_option(
                page,
                "Milestone",
                "Next, one day".replace(',', "‚").as_str(),
                ann,
                now,
            )
        });
    }
    stage.good_cycle().await;
    let milestones = stage.world.github(|github, _| github.milestones(stage.repo));
    assert_eq!(milestones.len(), 1, "{milestones:?}");
    for number in numbers {
        assert!(stage.shows(number, |issue| issue.milestone.is_some()));
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set(page, "Milestone", &Plain::Empty, ann, now));
    }
    stage.good_cycle().await;
    for number in numbers {
        assert_eq!(stage.shows(number, |issue| issue.milestone.clone()), None);
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn labels_that_differ_only_in_case_are_one_label_whichever_side_had_it_first() {
    let stage = Stage::new();
    let number = labelled(&stage, "Case", &["Bug"]);
    let other = stage.issue("Other");
    stage.good_cycle().await;
    stage.wait(600).await;
    // An option made by hand in another case than a label that comes later.
    stage.world.notion(|notion, now| {
        notion.add_option(stage.table, "Labels", "WONTFIX", now).unwrap();
        notion.add_option(stage.table, "Milestone", "V1", now).unwrap();
    });
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "wontfix"));
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v1")));
    choose(&stage, other, &["Bug"]);
    let report = stage.cycle().await;
    assert_eq!(report.held, []);
    stage.good_cycle().await;
    assert_eq!(labels_in_notion(&stage, number), ["Bug", "WONTFIX"]);
    assert_eq!(stage.mirrored(number, |page| page.option("Milestone")), Some("V1".to_owned()));
    assert_eq!(labels_on_github(&stage, number), ["Bug", "wontfix"]);
    assert_eq!(labels_on_github(&stage, other), ["Bug"]);
    stage.converge(1).await;
    assert_eq!(stage.shows(number, |issue| issue.milestone.clone()), Some("v1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_label_renamed_in_case_only_writes_nothing_and_a_renamed_label_follows() {
    let stage = Stage::new();
    let number = labelled(&stage, "Case", &["Bug", "old name"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.rename_label(repo, "Bug", "bug"));
    stage.on_github(|octocat, repo| octocat.rename_label(repo, "old name", "new name"));
    // A renamed label need not touch its issues: the nightly full scan finds it.
    stage.full_cycle().await;
    stage.good_cycle().await;
    assert_eq!(labels_in_notion(&stage, number), ["Bug", "new name"]);
    assert_eq!(labels_on_github(&stage, number), ["bug", "new name"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn more_labels_than_notion_takes_hold_that_field_until_there_are_fewer() {
    let stage = Stage::new();
    let number = stage.issue("Many");
    stage.world.github(|github, now| {
        let mut octocat = github.by("octocat", now);
        for n in 0..101 {
            octocat.add_label(stage.repo, number, &format!("label {n}")).unwrap();
        }
    });
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert_eq!(report.held[0].field, Some(Field::Labels));
    assert!(report.held[0].value.as_ref().unwrap().contains("label 100"));
    assert_eq!(stage.mirrored(number, |page| page.title()), "Many", "the rest is there");
    stage.wait(60).await;
    stage.on_github(|octocat, repo| octocat.remove_label(repo, number, "label 7"));
    let report = stage.cycle().await;
    assert_eq!(report.held, [], "at once when the value changes");
    assert_eq!(labels_in_notion(&stage, number).len(), 100);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_label_too_long_for_github_is_held_while_the_others_go_and_removals_stay_removed() {
    let stage = Stage::new();
    let number = labelled(&stage, "Long", &["keep"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    let long = "x".repeat(51);
    choose(&stage, number, &["keep", "short", &long]);
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert!(report.held[0].reason.contains("51 characters"), "{:#?}", report.held);
    assert_eq!(labels_on_github(&stage, number), ["keep", "short"]);
    // Somebody takes away on GitHub what came through.
    stage.wait(120).await;
    stage.on_github(|octocat, repo| octocat.remove_label(repo, number, "short"));
    stage.cycle().await;
    assert_eq!(labels_on_github(&stage, number), ["keep"], "an edit must not be undone");
    assert_eq!(labels_in_notion(&stage, number), ["keep", "short", &long], "the field is held");
    // A shorter name ends the hold, and the removal is not forgotten.
    choose(&stage, number, &["keep", "short", "shorter"]);
    stage.good_cycle().await;
    assert_eq!(labels_on_github(&stage, number), ["keep", "shorter"]);
    assert_eq!(labels_in_notion(&stage, number), ["keep", "shorter"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn labels_added_and_removed_on_both_sides_at_once_merge() {
    let stage = Stage::new();
    let number = labelled(&stage, "Sets", &["a", "b", "c"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.remove_label(repo, number, "a"));
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "from github"));
    choose(&stage, number, &["a", "c", "from notion"]);
    stage.good_cycle().await;
    let merged = ["c", "from github", "from notion"];
    assert_eq!(labels_on_github(&stage, number), merged);
    assert_eq!(labels_in_notion(&stage, number), merged);
    stage.converge(1).await;
    // And the base is whole: one removal later is one removal.
    choose(&stage, number, &["c", "from notion"]);
    stage.good_cycle().await;
    assert_eq!(labels_on_github(&stage, number), ["c", "from notion"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_merge_whose_first_half_got_no_answer_loses_nothing_of_the_second_half() {
    let stage = Stage::new();
    let number = labelled(&stage, "Sets", &["a", "b"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "from github"));
    choose(&stage, number, &["b", "from notion"]);
    stage.world.inject(
        Planned::once(Side::GitHub, Fault::CommitThenReset).on(Method::POST, "/labels").times(5),
    );
    let report = stage.cycle().await;
    assert_eq!(report.failed.len(), 1, "{report:#?}");
    stage.world.clear_faults();
    // Meanwhile Ann takes back what she removed.
    stage.wait(120).await;
    choose(&stage, number, &["a", "b", "from notion"]);
    stage.cycle().await;
    stage.good_cycle().await;
    let merged = ["a", "b", "from github", "from notion"];
    assert_eq!(labels_on_github(&stage, number), merged);
    assert_eq!(labels_in_notion(&stage, number), merged);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_merge_cut_off_between_its_two_sides_is_taken_up_where_it_was() {
    let stage = Stage::new();
    let number = labelled(&stage, "Sets", &["a"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "from github"));
    choose(&stage, number, &["a", "from notion"]);
    stage.world.inject(
        Planned::once(Side::GitHub, Fault::CommitThenReset).on(Method::POST, "/labels").times(5),
    );
    stage.cycle().await;
    stage.world.clear_faults();
    stage.cycle().await;
    stage.good_cycle().await;
    let merged = ["a", "from github", "from notion"];
    assert_eq!(labels_on_github(&stage, number), merged);
    assert_eq!(labels_in_notion(&stage, number), merged);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn titles_of_every_kind_arrive_as_they_are_and_come_to_rest() {
    let stage = Stage::new();
    let numbers: Vec<u64> = (1..=6).map(|n| stage.issue(&format!("Plain {n}"))).collect();
    stage.good_cycle().await;
    stage.wait(600).await;
    let typed = [
        ("two\nlines", "two lines"),
        ("  blanks around  ", "blanks around"),
        ("👩‍👩‍👧 family, שלום עולם \u{202e}abc", "👩‍👩‍👧 family, שלום עולם \u{202e}abc"),
        ("double  blank\tand tab", "double  blank\tand tab"),
        ("<b>not bold</b> @octocat #12 `code`", "<b>not bold</b> @octocat #12 `code`"),
        ("cafe\u{301} \u{200b}zero", "cafe\u{301} \u{200b}zero"),
    ];
    for (number, (in_notion, _)) in numbers.iter().zip(typed) {
        let page = stage.page_of(*number);
        stage.on_notion(|notion, ann, now| notion.set_title(page, in_notion, ann, now));
    }
    stage.good_cycle().await;
    for (number, (in_notion, on_github)) in numbers.iter().zip(typed) {
        assert_eq!(stage.shows(*number, |issue| issue.title.clone()), on_github);
        assert_eq!(stage.mirrored(*number, |page| page.title()), in_notion, "not rewritten");
    }
    stage.converge(1).await;
    // The other way round.
    for (number, (_, on_github)) in numbers.iter().rev().zip(typed) {
        stage.on_github(|octocat, repo| octocat.set_title(repo, *number, on_github));
    }
    stage.good_cycle().await;
    for (number, (_, on_github)) in numbers.iter().rev().zip(typed) {
        assert_eq!(stage.mirrored(*number, |page| page.title()), on_github);
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_title_too_long_for_github_is_held_and_the_rest_of_the_pair_goes_on() {
    let stage = Stage::new();
    let number = stage.issue("Short");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    let long = "ab ".repeat(100);
    stage.on_notion(|notion, ann, now| notion.set_title(page, &long, ann, now));
    choose(&stage, number, &["bug"]);
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert!(report.held[0].reason.contains("256"), "{:#?}", report.held);
    assert_eq!(report.held[0].side, Side::GitHub);
    assert_eq!(labels_on_github(&stage, number), ["bug"]);
    stage.converge(1).await;
    let exactly = "x".repeat(256);
    stage.on_notion(|notion, ann, now| notion.set_title(page, &exactly, ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), exactly);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_whose_title_is_too_long_for_github_is_held_once_and_made_when_it_is_shortened()
{
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let page = stage.page(&[("Name", Plain::Text("long ".repeat(60)))]);
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(stage.count_issues(), 1);
    let again = stage.cycle().await;
    assert_eq!(again.held.len(), 1, "{again:#?}");
    stage.on_notion(|notion, ann, now| notion.set_title(page, "short", ann, now));
    stage.wait(300).await;
    stage.good_cycle().await;
    assert_eq!(stage.page_of(2), page);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_title_over_two_thousand_units_comes_from_github_whole() {
    let stage = Stage::with(
        tandem::sim::Setup {
            github: tandem::sim::github::Options {
                max_title_chars: 10_000,
                ..tandem::sim::github::Options::default()
            },
            ..tandem::sim::Setup::default()
        },
        |_| {},
    );
    let long = "🦀x".repeat(1_100);
    let number = stage.issue(&long);
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.title()), long);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_emptied_title_is_held_and_ends_with_a_new_title_from_either_side() {
    let stage = Stage::new();
    let (first, second) = (stage.issue("First"), stage.issue("Second"));
    stage.good_cycle().await;
    stage.wait(600).await;
    for number in [first, second] {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "", ann, now));
    }
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 2, "{report:#?}");
    assert_eq!(stage.shows(first, |issue| issue.title.clone()), "First");
    stage.converge(1).await;
    stage.wait(600).await;
    let page = stage.page_of(first);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "First again", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, second, "Second again"));
    stage.good_cycle().await;
    assert_eq!(stage.shows(first, |issue| issue.title.clone()), "First again");
    assert_eq!(stage.mirrored(second, |page| page.title()), "Second again");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_type_goes_both_ways_and_an_unknown_one_is_held_with_its_name() {
    let stage = Stage::new();
    let number = stage.seed(NewIssue {
        title: "Typed".to_owned(),
        issue_type: Some("Bug".to_owned()),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.option("Type")), Some("Bug".to_owned()));
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Type", "Chore", ann, now));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert!(report.held[0].reason.contains("Chore"), "{:#?}", report.held);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Type", "feature", ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.issue_type.clone()), Some("Feature".to_owned()));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_option_deleted_in_notion_is_a_removal_like_any_other() {
    let stage = Stage::new();
    let number = labelled(&stage, "One", &["bug", "gone soon"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.world.notion(|notion, now| {
        notion.delete_option(stage.table, "Labels", "gone soon", now).unwrap();
    });
    stage.full_cycle().await;
    assert_eq!(labels_on_github(&stage, number), ["bug"]);
    stage.converge(1).await;
    // The label comes back on GitHub: the option is made anew.
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "gone soon"));
    stage.good_cycle().await;
    assert_eq!(labels_in_notion(&stage, number), ["bug", "gone soon"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_repository_of_a_person_has_no_types_and_a_type_in_notion_is_held_with_the_reason() {
    let stage = Stage::configured(|text| *text = text.replace("type = \"Type\"\n", ""));
    let number = stage.issue("No types");
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.option("Type")), None);
    stage.world.notion(|notion, now| {
        notion.add_property(stage.table, "Unrelated", &Type::select([]), now).unwrap()
    });
    stage.converge(1).await;
}
