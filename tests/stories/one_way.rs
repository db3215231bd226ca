//! Fields with a direction, GitHub's own fields, and new items, which start with every value whatever the direction.

use tandem::model::Side;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{PageId, Plain};

use crate::stage::Stage;

fn directed(field: &str, direction: &str) -> impl FnOnce(&mut String) {
    let (field, direction) = (field.to_owned(), direction.to_owned());
    move |text| {
        let lines = text.lines().map(|line| match line.strip_prefix(&format!("{field} = ")) {
            Some(property) if !property.starts_with('{') => {
                format!("{field} = {{ property = {property}, direction = \"{direction}\" }}")
            }
            _ => line.to_owned(),
        });
        *text = lines.collect::<Vec<_>>().join("\n");
    }
}

fn set(stage: &Stage, page: PageId, property: &str, value: &Plain) {
    stage.on_notion(|notion, ann, now| notion.set(page, property, value, ann, now));
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_over_githubs_own_fields_in_notion_is_put_right_and_kept_in_history() {
    let stage = Stage::new();
    let number = stage.issue("Own");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    let text = |text: &str| Plain::Text(text.to_owned());
    set(&stage, page, "Number", &Plain::Number(777.0));
    set(&stage, page, "Author", &text("typed author"));
    set(&stage, page, "Created", &Plain::Date("2020-02-02".to_owned()));
    set(&stage, page, "Closed", &Plain::Date("2020-02-03T10:00:00+02:00".to_owned()));
    set(&stage, page, "Repository", &Plain::Option("acme/other".to_owned()));
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.number("Number")), Some(1.0));
    assert_eq!(stage.mirrored(number, |page| page.text("Author")), "octocat");
    assert_eq!(stage.mirrored(number, |page| page.date("Closed")), None);
    assert_eq!(
        stage.mirrored(number, |page| page.option("Repository")).as_deref(),
        Some("acme/app")
    );
    let lost: Vec<String> = stage.history().into_iter().map(|(_, _, lost)| lost).collect();
    for typed in ["777", "typed author", "2020-02-02", "2020-02-03T08:00:00", "acme/other"] {
        assert!(lost.iter().any(|lost| lost.contains(typed)), "{typed} in {lost:?}");
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_url_emptied_or_pointed_elsewhere_is_put_right_and_pairs_nothing_anew() {
    let stage = Stage::new();
    let (first, second) = (stage.issue("First"), stage.issue("Second"));
    stage.good_cycle().await;
    stage.wait(600).await;
    let pages = [stage.page_of(first), stage.page_of(second)];
    set(&stage, pages[0], "GitHub", &Plain::Empty);
    let elsewhere = Plain::Url("https://github.com/acme/app/issues/1".to_owned());
    set(&stage, pages[1], "GitHub", &elsewhere);
    stage.good_cycle().await;
    assert_eq!([stage.page_of(first), stage.page_of(second)], pages);
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 2));
    stage.converge(1).await;
    set(&stage, pages[0], "GitHub", &Plain::Url("not an address".to_owned()));
    stage.good_cycle().await;
    assert_eq!(stage.page_of(first), pages[0]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_to_notion_follows_github_and_what_is_typed_in_notion_is_put_right() {
    let stage = Stage::configured(directed("labels", "to_notion"));
    let number = stage.seed(NewIssue {
        title: "Labels".to_owned(),
        labels: vec!["bug".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["typed"], ann, now));
    stage.good_cycle().await;
    let shown = |stage: &Stage| stage.mirrored(number, |page| page.options("Labels"));
    assert_eq!(shown(&stage).into_iter().collect::<Vec<_>>(), ["bug"]);
    assert_eq!(stage.shows(number, |issue| issue.labels.len()), 1);
    assert!(
        stage
            .history()
            .iter()
            .any(|(side, _, lost)| { *side == Side::Notion && lost.contains("typed") })
    );
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.remove_label(repo, number, "bug"));
    stage.good_cycle().await;
    assert!(shown(&stage).is_empty());
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_to_github_follows_notion_and_what_is_typed_on_github_is_put_right() {
    let stage = Stage::configured(directed("title", "to_github"));
    let number = stage.issue("From the issue");
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Typed on GitHub"));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "From the issue");
    assert!(stage.history().iter().any(|(_, _, lost)| lost.contains("Typed on GitHub")));
    stage.converge(1).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "From Notion", ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "From Notion");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_state_to_notion_cannot_be_closed_from_notion() {
    let stage = Stage::configured(|text| {
        *text = text
            .replace("property = \"Status\"", "property = \"Status\"\ndirection = \"to_notion\"");
    });
    let number = stage.issue("Open");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    for option in ["Done", "Blocked"] {
        stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", option, ann, now));
        stage.good_cycle().await;
        assert!(!stage.shows(number, |issue| issue.is_closed));
        assert_eq!(stage.mirrored(number, |page| page.option("Status")).as_deref(), Some("To do"));
        stage.converge(1).await;
    }
    assert!(stage.history().iter().any(|(_, _, lost)| lost.contains("Blocked")));
    // Between options of one meaning everybody is free.
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "In review", ann, now));
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_item_starts_with_every_value_whatever_the_direction() {
    for direction in ["to_notion", "to_github"] {
        let stage = Stage::configured(|text| {
            for field in ["labels", "assignees", "milestone", "type"] {
                directed(field, direction)(text);
            }
        });
        let number = stage.seed(NewIssue {
            title: "From GitHub".to_owned(),
            labels: vec!["bug".to_owned()],
            assignees: vec!["octocat".to_owned()],
            milestone: Some("v1".to_owned()),
            issue_type: Some("Bug".to_owned()),
            is_closed: true,
            state_reason: Some("duplicate".to_owned()),
            ..NewIssue::default()
        });
        stage.good_cycle().await;
        let text = |text: &str| Plain::Text(text.to_owned());
        let option = |name: &str| Plain::Option(name.to_owned());
        let page = stage.page(&[
            ("Name", text("From Notion")),
            ("Labels", Plain::Options(vec!["bug".to_owned(), "new".to_owned()])),
            ("Assignees", Plain::People(vec![stage.ann])),
            ("Milestone", option("v2")),
            ("Type", option("Feature")),
            ("Status", option("Done")),
            ("Author", text("somebody typed this")),
        ]);
        stage.wait(300).await;
        stage.good_cycle().await;
        let made = stage.mirrored(number, |page| {
            (
                page.options("Labels").into_iter().collect::<Vec<_>>(),
                page.people("Assignees"),
                page.option("Milestone"),
                page.option("Type"),
                page.option("Status"),
            )
        });
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            made,
            (vec!["bug".to_owned()], vec![stage.ann], some("v1"), some("Bug"), some("Duplicate")),
            "{direction}"
        );
        let made = stage.shows(2, |issue| {
            let labels: Vec<String> = issue.labels.iter().cloned().collect();
            let assignees: Vec<String> = issue.assignees.iter().cloned().collect();
            let reason = issue.state_reason.clone();
            (labels, assignees, issue.milestone.clone(), issue.issue_type.clone(), reason)
        });
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            made,
            (
                words(&["bug", "new"]),
                words(&["octocat"]),
                some("v2"),
                some("Feature"),
                some("completed")
            ),
            "{direction}"
        );
        assert_eq!(stage.page_of(2), page);
        assert_eq!(stage.mirrored(2, |page| page.text("Author")), "tandem-bot");
        stage.converge(1).await;
        stage.full_cycle().await;
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_copied_page_is_held_and_makes_no_second_issue_until_its_url_is_emptied() {
    let stage = Stage::new();
    let number = stage.issue("Original");
    stage.good_cycle().await;
    stage.wait(600).await;
    let original = stage.page_of(number);
    let copy = stage.on_notion(|notion, ann, now| notion.duplicate_page(original, ann, now));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    stage.wait(900).await;
    stage.cycle().await;
    stage.full_cycle().await;
    assert_eq!(stage.count_issues(), 1);
    stage.converge(1).await;
    set(&stage, copy, "GitHub", &Plain::Empty);
    stage.on_notion(|notion, ann, now| notion.set_title(copy, "A new one", ann, now));
    stage.wait(900).await;
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(stage.count_issues(), 2);
    assert_eq!(stage.page_of(2), copy);
    assert_eq!(stage.page_of(number), original);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_mapped_lately_to_an_empty_source_empties_nothing() {
    // I13: with no base and nothing at the source there is nothing to follow yet.
    let mut stage = Stage::configured(|text| *text = text.replace("labels = \"Labels\"\n", ""));
    let numbers: Vec<u64> = (0..12)
        .map(|n| {
            stage.seed(NewIssue {
                title: format!("Labelled {n}"),
                labels: vec!["bug".to_owned()],
                ..NewIssue::default()
            })
        })
        .collect();
    stage.good_cycle().await;
    stage.reconfigure(directed("labels", "to_github"));
    stage.converge(1).await;
    for number in &numbers {
        assert!(stage.shows(*number, |issue| issue.labels.contains("bug")), "#{number}");
    }
    // From the first value on, the source is followed.
    stage.wait(600).await;
    let page = stage.page_of(numbers[0]);
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Labels", &["ui"], ann, now));
    stage.good_cycle().await;
    assert!(stage.shows(numbers[0], |issue| issue.labels.iter().eq(["ui"])));
    stage.converge(1).await;
}
