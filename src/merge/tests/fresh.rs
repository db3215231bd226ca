//! Items without a partner.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::support::{mapping, name, names, policy, shown, text};
use crate::merge::{
    Filter, Fresh, FreshPlan, PageRules, StateFilter, creation_line, plan_fresh, plan_fresh_issue,
    plan_fresh_page,
};
use crate::model::{
    CreatePolicy, Direction, Field, Issue, IssueId, ItemRef, Mapping, Observed, Page, PageId,
    Policy, RepoId, RepoName, Side, Value,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn fields() -> Mapping {
    mapping(&[
        (Field::Url, Direction::ToNotion),
        (Field::Number, Direction::ToNotion),
        (Field::Title, Direction::Both),
        (Field::Labels, Direction::ToGithub),
        (Field::Milestone, Direction::Both),
    ])
}

fn issue() -> Issue {
    Issue {
        at: "acme/app#12".parse().unwrap(),
        id: IssueId(100),
        repo_id: RepoId(1),
        html_url: "https://github.com/acme/app/issues/12".to_owned(),
        author: None,
        created: at("2026-01-05T09:00:00Z"),
        updated: at("2026-01-05T09:10:00Z"),
        is_pull_request: false,
        marker: None,
        fields: shown(&[
            (Field::Url, text("https://github.com/acme/app/issues/12")),
            (Field::Number, Value::Number(12)),
            (Field::Title, text("Crash")),
            (Field::Labels, names(&["bug"])),
            (Field::Milestone, Value::Name(None)),
        ]),
        labels: ["bug", "p1"].into_iter().collect(),
        is_open: true,
    }
}

fn page() -> Page {
    Page {
        id: PageId(Uuid::from_u128(7)),
        url: "https://www.notion.so/7".to_owned(),
        created: at("2026-01-05T09:00:00Z"),
        edited: at("2026-01-05T09:10:00Z"),
        last_editor: None,
        in_trash: false,
        anchor: None,
        repository: None,
        fields: shown(&[
            (Field::Url, text("")),
            (Field::Title, text("Crash")),
            (Field::Labels, names(&["bug"])),
            (Field::Milestone, name("v1")),
        ]),
        unmapped_people: vec![],
    }
}

fn repos(names: &[&str]) -> Vec<RepoName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// Long after the page's last edit, one repository.
fn page_plan(page: &Page) -> FreshPlan {
    page_plan_among(page, &["acme/app"])
}

fn page_plan_among(page: &Page, repositories: &[&str]) -> FreshPlan {
    let rules = PageRules {
        settle: Duration::from_secs(120),
        notion_now: at("2026-01-06T00:00:00Z"),
        repositories: &repos(repositories),
        publish: None,
    };
    plan_fresh_page(page, &policy(), &fields(), &rules)
}

fn issue_plan(issue: &Issue) -> FreshPlan {
    plan_fresh_issue(issue, &policy(), &Filter::default(), &fields())
}

fn reason(plan: &FreshPlan) -> &str {
    match plan {
        FreshPlan::Wait { reason, .. }
        | FreshPlan::Leave { reason }
        | FreshPlan::Hold { reason } => reason,
        FreshPlan::Create { .. } => panic!("not to be created: {plan:?}"),
    }
}

fn created(plan: FreshPlan) -> (Side, Vec<Field>, Vec<Field>) {
    match plan {
        FreshPlan::Create { on, values, holds, .. } => {
            let held = holds.into_iter().filter_map(|hold| hold.field).collect();
            (on, values.into_keys().collect(), held)
        }
        other @ (FreshPlan::Wait { .. } | FreshPlan::Leave { .. } | FreshPlan::Hold { .. }) => {
            panic!("to be created: {other:?}")
        }
    }
}

#[test]
fn a_new_page_starts_with_every_value_of_its_issue_whatever_the_direction() {
    let all = vec![Field::Url, Field::Number, Field::Title, Field::Labels, Field::Milestone];
    assert_eq!(created(issue_plan(&issue())), (Side::Notion, all, vec![]));
}

#[test]
fn a_new_issue_starts_with_every_value_it_can_take() {
    let expected = vec![Field::Title, Field::Labels, Field::Milestone];
    let plan = page_plan(&page());
    assert!(matches!(&plan, FreshPlan::Create { repository: Some(repository), .. }
        if repository.as_str() == "acme/app"));
    assert_eq!(created(plan), (Side::GitHub, expected, vec![]));
}

#[test]
fn a_value_without_meaning_is_held_and_keeps_no_item_out() {
    let mut page = page();
    page.fields.insert(Field::Labels, Observed::Unreadable("too many".to_owned()));
    let expected = vec![Field::Title, Field::Milestone];
    assert_eq!(created(page_plan(&page)), (Side::GitHub, expected, vec![Field::Labels]));
}

#[test]
fn pull_requests_are_left_alone() {
    let issue = Issue { is_pull_request: true, ..issue() };
    assert!(matches!(issue_plan(&issue), FreshPlan::Leave { .. }));
}

#[test]
fn what_create_excludes_is_left_alone() {
    let none = Policy { create: CreatePolicy::None, ..policy() };
    let rules = PageRules {
        settle: Duration::ZERO,
        notion_now: at("2026-01-06T00:00:00Z"),
        repositories: &repos(&["acme/app"]),
        publish: Some(true),
    };
    for (create, page_made, issue_made) in [
        (CreatePolicy::Both, true, true),
        (CreatePolicy::ToNotion, true, false),
        (CreatePolicy::ToGithub, false, true),
        (CreatePolicy::None, false, false),
    ] {
        let policy = Policy { create, ..none };
        let plan = |item| plan_fresh(item, &policy, &fields(), &Filter::default(), &rules);
        let (issue, page) = (issue(), page());
        let made = |item| matches!(plan(item), FreshPlan::Create { .. });
        assert_eq!(made(Fresh::Issue(&issue)), page_made, "{create:?}");
        assert_eq!(made(Fresh::Page(&page)), issue_made, "{create:?}");
    }
}

#[test]
fn the_filter_asks_state_labels_and_time() {
    let labels = |names: &[&str]| names.iter().copied().collect();
    let filter = Filter::default;
    let cases = [
        (filter(), None),
        (Filter { state: StateFilter::Open, ..filter() }, None),
        (Filter { state: StateFilter::Closed, ..filter() }, Some("state")),
        (Filter { labels_any: labels(&["BUG", "x"]), ..filter() }, None),
        (Filter { labels_any: labels(&["x"]), ..filter() }, Some("labels_any")),
        (Filter { labels_all: labels(&["bug", "P1"]), ..filter() }, None),
        (Filter { labels_all: labels(&["bug", "x"]), ..filter() }, Some("labels_all")),
        (Filter { labels_none: labels(&["x"]), ..filter() }, None),
        (Filter { labels_none: labels(&["x", "Bug"]), ..filter() }, Some("labels_none")),
        (Filter { since: Some(at("2026-01-05T09:10:00Z")), ..filter() }, None),
        (Filter { since: Some(at("2026-01-05T09:10:01Z")), ..filter() }, Some("since")),
    ];
    for (filter, excluded_by) in cases {
        let plan = plan_fresh_issue(&issue(), &policy(), &filter, &fields());
        match excluded_by {
            None => assert!(matches!(plan, FreshPlan::Create { .. }), "{filter:?}"),
            Some(key) => assert_eq!(reason(&plan), format!("excluded by `sync.filter.{key}`")),
        }
    }
}

#[test]
fn a_page_in_the_trash_makes_no_issue() {
    let page = Page { in_trash: true, ..page() };
    assert!(matches!(page_plan(&page), FreshPlan::Leave { .. }));
}

#[test]
fn a_page_without_a_title_waits_for_one() {
    for title in [None, Some(""), Some(" \n")] {
        let mut page = page();
        page.fields.remove(&Field::Title);
        if let Some(title) = title {
            page.fields.insert(Field::Title, Observed::Value(text(title)));
        }
        let plan = page_plan(&page);
        let waits = FreshPlan::Wait { reason: "has no title yet".to_owned(), until: None };
        assert_eq!(plan, waits, "{title:?}");
    }
}

#[test]
fn a_page_waits_until_nobody_has_edited_it_for_settle_by_notions_clock() {
    // Edited in the minute 09:10, perhaps at 09:10:59; settle is two minutes.
    let plan = |now: &str| {
        let rules = PageRules {
            settle: Duration::from_secs(120),
            notion_now: at(now),
            repositories: &repos(&["acme/app"]),
            publish: None,
        };
        plan_fresh_page(&page(), &policy(), &fields(), &rules)
    };
    let FreshPlan::Wait { until, .. } = plan("2026-01-05T09:12:59Z") else { panic!("waits") };
    assert_eq!(until, Some(at("2026-01-05T09:13:00Z")));
    assert!(matches!(plan("2026-01-05T09:13:00Z"), FreshPlan::Create { .. }));
}

#[test]
fn a_settle_beyond_all_time_waits_and_does_not_panic() {
    let rules = PageRules {
        settle: Duration::MAX,
        notion_now: at("2026-01-06T00:00:00Z"),
        repositories: &repos(&["acme/app"]),
        publish: None,
    };
    let plan = plan_fresh_page(&page(), &policy(), &fields(), &rules);
    assert!(matches!(plan, FreshPlan::Wait { until: Some(_), .. }));
}

#[test]
fn among_several_repositories_the_page_has_to_name_one() {
    let two = ["acme/app", "acme/web"];
    let plan = |repository: Option<&str>| {
        page_plan_among(&Page { repository: repository.map(str::to_owned), ..page() }, &two)
    };
    assert_eq!(reason(&plan(None)), "names no repository yet: one of acme/app, acme/web");
    assert_eq!(reason(&plan(Some(" "))), reason(&plan(None)));
    assert_eq!(
        reason(&plan(Some("acme/other"))),
        "its repository \"acme/other\" is none of acme/app, acme/web"
    );
    let FreshPlan::Create { repository, .. } = plan(Some(" Acme/Web ")) else { panic!("made") };
    assert_eq!(repository.unwrap().as_str(), "acme/web");
}

#[test]
fn a_page_that_the_notion_filter_excludes_is_left_alone() {
    let rules = PageRules {
        settle: Duration::ZERO,
        notion_now: at("2026-01-06T00:00:00Z"),
        repositories: &repos(&["acme/app"]),
        publish: Some(false),
    };
    let plan = plan_fresh_page(&page(), &policy(), &fields(), &rules);
    assert_eq!(reason(&plan), "excluded by `sync.filter.notion`");
}

#[test]
fn a_copied_page_that_carries_the_url_of_the_original_makes_no_second_issue() {
    let anchor = Some("https://github.com/acme/app/issues/12".to_owned());
    let plan = page_plan(&Page { anchor, ..page() });
    assert!(matches!(plan, FreshPlan::Hold { .. }));
    assert!(reason(&plan).contains("acme/app#12"));
}

#[test]
fn a_creation_is_one_line_of_the_plan() {
    let item = ItemRef::Issue("acme/app#12".parse().unwrap());
    let line = creation_line(&item, &issue_plan(&issue())).unwrap();
    assert_eq!(
        line.to_string(),
        "acme/app#12 \"Crash\" page on Notion: new page (the issue has no partner)"
    );
    assert_eq!(creation_line(&item, &FreshPlan::Leave { reason: String::new() }), None);
}
