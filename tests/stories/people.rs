//! People: who is mapped and who is not, on either side, and how many.

use tandem::model::{Field, Side};
use tandem::sim::github::{NewIssue, Permission};
use tandem::sim::notion::{Plain, Type, UserId};

use crate::stage::Stage;

const BOB: &str = "octocat = \"ann@example.com\"\nhubot = \"bob@example.com\"";

fn member(stage: &Stage, name: &str) -> UserId {
    let email = format!("{}@example.com", name.to_lowercase());
    stage.world.notion(|notion, _| notion.add_user(name, &email))
}

fn assigned(stage: &Stage, number: u64) -> Vec<String> {
    stage.shows(number, |issue| issue.assignees.iter().cloned().collect())
}

fn people(stage: &Stage, number: u64) -> Vec<UserId> {
    let mut people = stage.mirrored(number, |page| page.people("Assignees"));
    people.sort();
    people
}

fn sorted<const N: usize>(mut users: [UserId; N]) -> Vec<UserId> {
    users.sort();
    users.to_vec()
}

fn give_to(stage: &Stage, number: u64, people: &[UserId]) {
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", people, ann, now));
}

fn two_known() -> (Stage, UserId) {
    let stage = Stage::configured(|text| {
        *text = text.replace("octocat = \"ann@example.com\"", BOB);
    });
    let bob = member(&stage, "Bob");
    (stage, bob)
}

#[tokio::test(start_paused = true)]
async fn who_becomes_a_member_of_the_workspace_later_is_known_from_the_next_full_scan_on() {
    let stage = Stage::configured(|text| {
        *text = text.replace("octocat = \"ann@example.com\"", BOB);
    });
    let number = stage.seed(NewIssue {
        title: "Whose".to_owned(),
        assignees: vec!["hubot".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(people(&stage, number), []);
    let bob = member(&stage, "Bob");
    stage.wait(86_400).await;
    stage.full_cycle().await;
    assert_eq!(people(&stage, number), [bob]);
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn assignments_go_both_ways_and_somebody_without_a_mapping_is_left_alone_on_both_sides() {
    let (stage, bob) = two_known();
    let stranger = member(&stage, "Zoe");
    let number = stage.seed(NewIssue {
        title: "Whose".to_owned(),
        assignees: vec!["octocat".to_owned(), "nobody-mapped".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(people(&stage, number), [stage.ann]);
    stage.wait(600).await;
    give_to(&stage, number, &[stranger, bob]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["hubot", "nobody-mapped"]);
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.assign(repo, number, "octocat"));
    stage.on_github(|octocat, repo| octocat.unassign(repo, number, "hubot"));
    stage.good_cycle().await;
    assert_eq!(people(&stage, number), sorted([stranger, stage.ann]));
    assert_eq!(assigned(&stage, number), ["nobody-mapped", "octocat"]);
    stage.converge(1).await;
    // The last of the mapped ones goes; the others are nobody's business.
    stage.wait(300).await;
    give_to(&stage, number, &[stranger]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["nobody-mapped"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_more_in_users_adds_people_on_both_sides_and_unassigns_nobody() {
    let mut stage = Stage::new();
    let bob = member(&stage, "Bob");
    let github_only = stage.seed(NewIssue {
        title: "On GitHub".to_owned(),
        assignees: vec!["octocat".to_owned(), "hubot".to_owned()],
        ..NewIssue::default()
    });
    let notion_only = stage.seed(NewIssue {
        title: "In Notion".to_owned(),
        assignees: vec!["octocat".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    stage.wait(600).await;
    give_to(&stage, notion_only, &[stage.ann, bob]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, notion_only), ["octocat"], "bob is nobody yet");
    stage.wait(300).await;
    stage.reconfigure(|text| *text = text.replace("octocat = \"ann@example.com\"", BOB));
    stage.good_cycle().await;
    for number in [github_only, notion_only] {
        assert_eq!(assigned(&stage, number), ["hubot", "octocat"]);
        assert_eq!(people(&stage, number), sorted([stage.ann, bob]));
    }
    stage.converge(1).await;
    // And a line less removes nobody either.
    stage.reconfigure(|_| {});
    stage.good_cycle().await;
    for number in [github_only, notion_only] {
        assert_eq!(assigned(&stage, number), ["hubot", "octocat"]);
        assert_eq!(people(&stage, number), sorted([stage.ann, bob]));
    }
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn people_beyond_the_twenty_five_an_answer_shows_are_neither_lost_nor_removed() {
    let (stage, bob) = two_known();
    let crowd: Vec<UserId> = (0..40).map(|n| member(&stage, &format!("P{n:02}"))).collect();
    let number = stage.issue("Crowded");
    stage.good_cycle().await;
    stage.wait(600).await;
    let mut all = crowd.clone();
    all.push(bob);
    give_to(&stage, number, &all);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["hubot"], "the forty-first");
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.assign(repo, number, "octocat"));
    stage.on_github(|octocat, repo| octocat.unassign(repo, number, "hubot"));
    stage.good_cycle().await;
    let mut expected = crowd;
    expected.push(stage.ann);
    expected.sort();
    assert_eq!(people(&stage, number), expected);
    stage.converge(1).await;
    stage.full_cycle().await;
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn somebody_who_cannot_be_assigned_holds_that_field_until_they_can() {
    let (stage, bob) = two_known();
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "hubot", Permission::None).unwrap();
    });
    let number = stage.issue("For Bob");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    give_to(&stage, number, &[bob, stage.ann]);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "For Bob!", ann, now));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    let held = &report.held[0];
    assert_eq!((held.field, held.side), (Some(Field::Assignees), Side::GitHub));
    assert!(held.reason.contains("`hubot`"), "{held:?}");
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "For Bob!");
    assert_eq!(assigned(&stage, number), ["octocat"], "the others are assigned");
    stage.converge(1).await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "hubot", Permission::Triage).unwrap();
    });
    stage.wait(11 * 60).await;
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["hubot", "octocat"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn logins_in_a_multi_select_need_no_mapping_and_an_unknown_one_is_held_by_name() {
    let stage = Stage::new();
    stage.world.notion(|notion, now| {
        let kind = Type::multi_select([]);
        notion.change_property_type(stage.table, "Assignees", &kind, now).unwrap();
    });
    let number = stage.seed(NewIssue {
        title: "Logins".to_owned(),
        assignees: vec!["octocat".to_owned(), "Some-Body".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    let shown = |stage: &Stage| {
        let options = stage.mirrored(number, |page| page.options("Assignees"));
        options.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(shown(&stage), ["Some-Body", "octocat"]);
    stage.wait(600).await;
    let page = stage.page_of(number);
    let choose = |logins: &[&str]| {
        stage.on_notion(|notion, ann, now| notion.set_options(page, "Assignees", logins, ann, now));
    };
    choose(&["some-body", "hubot"]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["Some-Body", "hubot"]);
    stage.converge(1).await;
    choose(&["hubot", "no such login"]);
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert!(report.held[0].reason.contains("no such login"), "{:#?}", report.held);
    assert_eq!(assigned(&stage, number), ["hubot"]);
    choose(&["hubot", "octocat"]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["hubot", "octocat"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_in_another_case_is_the_same_person() {
    let stage = Stage::configured(|text| *text = text.replace("octocat =", "OctoCat ="));
    let number = stage.seed(NewIssue {
        title: "Case".to_owned(),
        assignees: vec!["octocat".to_owned()],
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(people(&stage, number), [stage.ann]);
    stage.converge(1).await;
    stage.wait(600).await;
    give_to(&stage, number, &[]);
    stage.good_cycle().await;
    assert!(assigned(&stage, number).is_empty());
    give_to(&stage, number, &[stage.ann]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["octocat"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_for_somebody_without_a_mapping_becomes_an_issue_and_keeps_them() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let stranger = member(&stage, "Zoe");
    let page = stage.page(&[
        ("Name", Plain::Text("For two".to_owned())),
        ("Assignees", Plain::People(vec![stranger, stage.ann])),
    ]);
    stage.wait(300).await;
    stage.good_cycle().await;
    assert_eq!(stage.page_of(2), page);
    assert_eq!(assigned(&stage, 2), ["octocat"]);
    assert_eq!(people(&stage, 2), sorted([stranger, stage.ann]));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn more_assignees_than_github_takes_hold_that_field_and_nobody_is_unassigned() {
    let stage = Stage::new();
    stage.world.notion(|notion, now| {
        let kind = Type::multi_select([]);
        notion.change_property_type(stage.table, "Assignees", &kind, now).unwrap();
    });
    let logins: Vec<String> = (0..11).map(|n| format!("worker-{n}")).collect();
    stage.world.github(|github, _| {
        for login in &logins {
            github.set_permission(stage.repo, login, Permission::Push).unwrap();
        }
    });
    let number = stage.seed(NewIssue {
        title: "Many".to_owned(),
        assignees: logins[..9].to_vec(),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    let all: Vec<&str> = logins.iter().map(String::as_str).collect();
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Assignees", &all, ann, now));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert_eq!(assigned(&stage, number).len(), 9);
    stage.converge(1).await;
    stage.on_notion(|notion, ann, now| notion.set_options(page, "Assignees", &all[1..], ann, now));
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number).len(), 10);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_who_left_the_workspace_stays_where_they_are() {
    let (stage, bob) = two_known();
    let number = stage.issue("Bob's");
    stage.good_cycle().await;
    stage.wait(600).await;
    give_to(&stage, number, &[bob]);
    stage.good_cycle().await;
    assert_eq!(assigned(&stage, number), ["hubot"]);
    // The account is deleted on GitHub: assigned to nobody there, and put down as nobody in Notion.
    stage.world.github(|github, _| github.delete_user("hubot"));
    stage.full_cycle().await;
    stage.converge(2).await;
    assert_eq!(stage.count_pages(), 1);
}
