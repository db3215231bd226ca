//! The data source changes under tandem: properties renamed, retyped, deleted, mapped to another field's place.

use tandem::engine::ProblemKind;
use tandem::model::Field;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{Plain, Type};

use crate::stage::Stage;

fn labelled(stage: &Stage, title: &str, labels: &[&str]) -> u64 {
    stage.seed(NewIssue {
        title: title.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        milestone: Some("v1".to_owned()),
        ..NewIssue::default()
    })
}

fn labels(stage: &Stage, number: u64) -> Vec<String> {
    stage.shows(number, |issue| issue.labels.iter().cloned().collect())
}

fn options(stage: &Stage, number: u64, property: &str) -> Vec<String> {
    stage.mirrored(number, |page| page.options(property).into_iter().collect())
}

fn retype(stage: &Stage, property: &str, kind: &Type) {
    stage.world.notion(|notion, now| {
        notion.change_property_type(stage.table, property, kind, now).unwrap();
    });
}

fn retitle(stage: &Stage, number: u64, title: &str) {
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, title));
}

#[tokio::test(start_paused = true)]
async fn renaming_every_property_in_notion_breaks_nothing_and_writes_nothing() {
    let mut stage = Stage::new();
    let number = labelled(&stage, "One", &["bug"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    let names = ["Name", "GitHub", "Labels", "Milestone", "Status", "Assignees", "Updated"];
    stage.world.notion(|notion, now| {
        for name in names {
            notion.rename_property(stage.table, name, &format!("{name} 2"), now).unwrap();
        }
    });
    stage.converge(0).await;
    retitle(&stage, number, "Retitled");
    stage.on_github(|octocat, repo| octocat.add_label(repo, number, "new"));
    stage.good_cycle().await;
    let url = "https://github.com/acme/app/issues/1";
    let page = stage.world.notion(|notion, _| {
        let pages = notion.pages(stage.table);
        assert_eq!(pages.len(), 1);
        assert_eq!(pages[0].url("GitHub 2").as_deref(), Some(url));
        assert_eq!(pages[0].title(), "Retitled");
        assert_eq!(pages[0].options("Labels 2").len(), 2);
        pages[0].id()
    });
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status 2", "Done", ann, now));
    stage.good_cycle().await;
    assert!(stage.shows(number, |issue| issue.is_closed));
    stage.restart();
    stage.full_cycle().await;
    stage.converge(0).await;
    // The config follows later: nothing to do.
    stage.reconfigure(|text| {
        for name in names {
            *text = text.replace(&format!("\"{name}\""), &format!("\"{name} 2\""));
        }
    });
    stage.good_cycle().await;
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_property_of_the_wrong_type_holds_that_field_and_comes_back_by_itself() {
    let stage = Stage::new();
    let number = labelled(&stage, "One", &["bug"]);
    stage.good_cycle().await;
    stage.wait(600).await;
    retype(&stage, "Milestone", &Type::Number);
    retitle(&stage, number, "Retitled");
    stage.on_github(|octocat, repo| octocat.set_milestone(repo, number, Some("v2")));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.held[0].field, Some(Field::Milestone));
    assert!(report.held[0].reason.contains("number"), "{report:#?}");
    assert_eq!(stage.mirrored(number, |page| page.title()), "Retitled");
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "told in every cycle: {report:#?}");
    stage.converge(1).await;
    let fresh = labelled(&stage, "Born meanwhile", &["new"]);
    stage.cycle().await;
    assert_eq!(options(&stage, fresh, "Labels"), ["new"]);
    retype(&stage, "Milestone", &Type::select([]));
    stage.good_cycle().await;
    for (number, milestone) in [(number, "v2"), (fresh, "v1")] {
        let shown = stage.mirrored(number, |page| page.option("Milestone"));
        assert_eq!(shown.as_deref(), Some(milestone));
        let kept = stage.shows(number, |issue| issue.milestone.clone());
        assert_eq!(kept.as_deref(), Some(milestone));
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_property_emptied_by_a_detour_through_another_type_empties_nothing_on_github() {
    let stage = Stage::new();
    let numbers: Vec<u64> = (0..5).map(|n| labelled(&stage, &format!("I{n}"), &["bug"])).collect();
    stage.good_cycle().await;
    stage.wait(600).await;
    retype(&stage, "Labels", &Type::Number);
    retype(&stage, "Milestone", &Type::Date);
    stage.on_github(|octocat, repo| octocat.set_title(repo, numbers[0], "Seen meanwhile"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 2, "{report:#?}");
    stage.wait(300).await;
    retype(&stage, "Labels", &Type::multi_select([]));
    retype(&stage, "Milestone", &Type::select([]));
    stage.good_cycle().await;
    stage.good_cycle().await;
    for number in numbers {
        assert_eq!(labels(&stage, number), ["bug"]);
        assert_eq!(options(&stage, number, "Labels"), ["bug"]);
        let milestone = stage.mirrored(number, |page| page.option("Milestone"));
        assert_eq!(milestone.as_deref(), Some("v1"));
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_property_holds_its_field_and_one_made_anew_under_its_name_is_filled() {
    let stage = Stage::new();
    let numbers: Vec<u64> = (0..5).map(|n| labelled(&stage, &format!("I{n}"), &["bug"])).collect();
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.world.notion(|notion, now| {
        notion.delete_property(stage.table, "Labels", now).unwrap();
    });
    retitle(&stage, numbers[0], "Retitled");
    stage.on_github(|octocat, repo| octocat.add_label(repo, numbers[0], "more"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert_eq!(report.held[0].field, Some(Field::Labels));
    assert_eq!(stage.mirrored(numbers[0], |page| page.title()), "Retitled");
    assert_eq!(labels(&stage, numbers[1]), ["bug"]);
    stage.converge(1).await;
    stage.world.notion(|notion, now| {
        notion.add_property(stage.table, "Labels", &Type::multi_select([]), now).unwrap();
    });
    stage.good_cycle().await;
    assert_eq!(options(&stage, numbers[0], "Labels"), ["bug", "more"]);
    for number in &numbers[1..] {
        assert_eq!(options(&stage, *number, "Labels"), ["bug"]);
        assert_eq!(labels(&stage, *number), ["bug"]);
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn without_its_url_property_a_sync_stops_says_why_and_goes_on_once_it_is_back() {
    let stage = Stage::new();
    let number = labelled(&stage, "One", &[]);
    stage.good_cycle().await;
    stage.wait(600).await;
    retype(&stage, "GitHub", &Type::RichText);
    retitle(&stage, number, "Retitled");
    let page = stage.world.notion(|notion, _| notion.pages(stage.table)[0].id());
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Done", ann, now));
    for _ in 0..3 {
        let report = stage.cycle().await;
        assert_eq!(report.problems.len(), 1, "{report:#?}");
        assert_eq!(report.problems[0].kind, ProblemKind::Config, "{report:#?}");
        assert!(report.problems[0].message.contains("GitHub"), "{report:#?}");
    }
    assert_eq!(stage.count_pages(), 1);
    retype(&stage, "GitHub", &Type::Url);
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(stage.page_of(number), page, "the url is written again");
    assert_eq!(stage.mirrored(number, |page| page.title()), "Retitled");
    assert!(stage.shows(number, |issue| issue.is_closed));
    assert_eq!(stage.count_pages(), 1);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_property_that_never_existed_is_a_problem_of_the_config() {
    let stage = Stage::configured(|text| *text = text.replace("\"Labels\"", "\"Lables\""));
    labelled(&stage, "One", &[]);
    let report = stage.cycle().await;
    assert_eq!(report.problems.len(), 1, "{report:#?}");
    assert_eq!(report.problems[0].kind, ProblemKind::Config);
    assert!(report.problems[0].message.contains("did you mean `Labels`"), "{report:#?}");
    assert_eq!(stage.count_pages(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slip_in_the_config_is_a_problem_even_when_the_field_was_mapped_before() {
    let mut stage = Stage::new();
    let number = labelled(&stage, "One", &["bug"]);
    stage.good_cycle().await;
    stage.reconfigure(|text| *text = text.replace("\"Labels\"", "\"Lables\""));
    let report = stage.cycle().await;
    assert_eq!(report.problems.len(), 1, "not taken for a rename in Notion: {report:#?}");
    assert_eq!(report.problems[0].kind, ProblemKind::Config);
    stage.reconfigure(|_| {});
    stage.good_cycle().await;
    assert_eq!(labels(&stage, number), ["bug"]);
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_mapped_to_another_property_is_compared_anew_and_nothing_is_deleted() {
    let mut stage = Stage::new();
    let (first, second) = (labelled(&stage, "First", &["bug"]), labelled(&stage, "Second", &[]));
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.world.notion(|notion, now| {
        notion.add_property(stage.table, "Tags", &Type::multi_select([]), now).unwrap();
        notion.add_property(stage.table, "Version", &Type::select([]), now).unwrap();
    });
    for number in [first, second] {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| {
            notion.set_options(page, "Tags", &["from notion"], ann, now)
        });
    }
    stage.wait(300).await;
    stage.reconfigure(|text| {
        *text = text.replace("\"Labels\"", "\"Tags\"").replace("\"Milestone\"", "\"Version\"");
    });
    let report = stage.good_cycle().await;
    assert!(report.full);
    assert_eq!(labels(&stage, first), ["bug", "from notion"]);
    assert_eq!(options(&stage, first, "Tags"), ["bug", "from notion"]);
    assert_eq!(labels(&stage, second), ["from notion"]);
    for number in [first, second] {
        let shown = stage.mirrored(number, |page| page.option("Version"));
        assert_eq!(shown.as_deref(), Some("v1"));
    }
    assert_eq!(options(&stage, first, "Labels"), ["bug"], "no longer ours");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_added_to_the_config_later_is_filled_on_whichever_side_lacks_it() {
    let mut stage = Stage::configured(|text| *text = text.replace("labels = \"Labels\"\n", ""));
    let (first, second) = (labelled(&stage, "First", &["bug"]), labelled(&stage, "Second", &[]));
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(second);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["typed"], ann, now));
    stage.converge(1).await;
    stage.reconfigure(|_| {});
    stage.good_cycle().await;
    assert_eq!(options(&stage, first, "Labels"), ["bug"]);
    assert_eq!(labels(&stage, first), ["bug"]);
    assert_eq!(labels(&stage, second), ["typed"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn swapping_two_properties_in_the_config_loses_nothing() {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("author = \"Author\"", "author = \"Author\"\n");
    });
    let number = stage.seed(NewIssue {
        title: "Swap".to_owned(),
        milestone: Some("v1".to_owned()),
        issue_type: Some("Bug".to_owned()),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.reconfigure(|text| {
        *text = text
            .replace("milestone = \"Milestone\"", "milestone = \"Type\"")
            .replace("type = \"Type\"", "type = \"Milestone\"");
    });
    stage.cycle().await;
    stage.cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Swap");
    // Both sides of each field hold different values now: the conflict policy decides, and history has the rest.
    let (milestone, kind) =
        stage.shows(number, |issue| (issue.milestone.clone(), issue.issue_type.clone()));
    let lost: Vec<String> = stage.history().into_iter().map(|(_, _, lost)| lost).collect();
    for value in ["v1", "Bug"] {
        let is_kept = milestone.as_deref() == Some(value) || kind.as_deref() == Some(value);
        assert!(is_kept || lost.iter().any(|lost| lost.contains(value)), "{value}: {lost:?}");
    }
    stage.converge(2).await;
}

#[tokio::test(start_paused = true)]
async fn a_text_property_serves_where_a_select_does() {
    let stage = Stage::new();
    retype(&stage, "Author", &Type::select([]));
    let number = labelled(&stage, "One", &[]);
    let report = stage.cycle().await;
    if report.problems.is_empty() && report.held.is_empty() {
        let shown = stage.mirrored(number, |page| page.option("Author"));
        assert_eq!(shown.as_deref(), Some("octocat"));
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set(page, "Author", &Plain::Empty, ann, now));
        stage.good_cycle().await;
        stage.converge(1).await;
    } else {
        assert!(!report.problems.is_empty() || report.held[0].field == Some(Field::Author));
    }
}
