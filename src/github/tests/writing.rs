//! Changing.

use super::*;
use crate::model::option_spelling;
use crate::remote::{Refusal, RemoteError};
use crate::sim::github::Options;

pub(super) fn reasons(refused: &[Refusal], field: Field) -> Vec<&str> {
    refused.iter().filter(|it| it.field == field).map(|it| it.reason.as_str()).collect()
}

pub(super) fn labelled(labels: &[&str]) -> NewIssue {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    NewIssue { title: "One".to_owned(), labels, ..NewIssue::default() }
}

#[tokio::test(start_paused = true)]
async fn title_state_milestone_and_type_go_in_one_request() {
    let stage = Stage::new();
    stage.seed(NewIssue { milestone: Some("v1".to_owned()), ..labelled(&[]) });
    let at = stage.titled("Two");
    let writer = stage.writer();
    let wanted = [
        (Field::Title, text("Second")),
        (Field::State, closed(Reason::NotPlanned)),
        (Field::Milestone, name("v1")),
        (Field::Type, name("Bug")),
    ];
    let written = stage.set_by(&writer, &at, &wanted).await;
    assert_eq!(written.refused, []);
    for (field, value_wanted) in &wanted {
        assert_eq!(value(&written.observed, *field), *value_wanted);
    }
    let asked = stage.asked();
    assert_eq!(asked.iter().filter(|it| !it.starts_with("GET")).count(), 1, "{asked:?}");

    // What is known by now need not be asked again.
    stage
        .set_by(
            &writer,
            &at,
            &[(Field::State, Value::State(State::Open)), (Field::Milestone, name("V1"))],
        )
        .await;
    assert_eq!(stage.asked(), ["PATCH /repos/acme/app/issues/2"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_answer_shows_is_what_a_reading_shows() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&["old", "kept"]));
    let wanted = [
        (Field::Title, text("First")),
        (Field::Labels, names(&["kept", "new"])),
        (Field::Assignees, names(&["hubot"])),
        (Field::Milestone, name("v2")),
    ];
    let written = stage.set(&at, &wanted).await;
    assert_eq!(written.refused, []);
    assert_eq!(written.observed, stage.read(&at).await);
}

#[tokio::test(start_paused = true)]
async fn a_pull_request_is_never_written_to() {
    let stage = Stage::new();
    let at = stage.seed(NewIssue { is_pull_request: true, ..labelled(&[]) });
    let issue = stage.read(&at).await;
    let change = Change { field: Field::Labels, from: names(&[]), to: names(&["a"]) };
    stage.world.clear_seen();
    let error = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap_err();
    assert!(error.to_string().contains("pull request"), "{error}");
    assert_eq!(stage.asked(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_milestone_cut_to_fit_an_option_is_still_that_milestone() {
    let stage = Stage::new();
    let long = format!("{}, and performance", "cleanup ".repeat(15));
    stage.seed(NewIssue { milestone: Some(long.clone()), ..labelled(&[]) });
    let at = stage.titled("Two");
    let option = option_spelling(&long);
    assert!(option.contains('…'));
    let written = stage.set(&at, &[(Field::Milestone, name(&option))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.github(2).milestone, Some(long));
    assert_eq!(stage.world.github(|github, _| github.milestones(stage.repo).len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_milestone_is_made_once_and_found_though_it_is_closed() {
    let stage = Stage::new();
    let (one, two) = (stage.titled("One"), stage.titled("Two"));
    let writer = stage.writer();
    let wanted = [(Field::Milestone, name("v9"))];
    assert_eq!(stage.set_by(&writer, &one, &wanted).await.refused, []);
    assert_eq!(stage.set_by(&writer, &two, &wanted).await.refused, []);
    stage.later("octocat", |it, repo| it.close_milestone(repo, "v9").unwrap());
    let three = stage.titled("Three");
    assert_eq!(stage.set(&three, &wanted).await.refused, []);
    assert_eq!(stage.world.github(|github, _| github.milestones(stage.repo).len()), 1);

    stage.set(&three, &[(Field::Milestone, Value::Name(None))]).await;
    assert_eq!(stage.github(3).milestone, None);
}

#[tokio::test(start_paused = true)]
async fn the_milestone_of_exactly_that_spelling_is_preferred() {
    let stage = Stage::new();
    stage.seed(NewIssue { milestone: Some("Beta".to_owned()), ..labelled(&[]) });
    stage.seed(NewIssue { milestone: Some("beta".to_owned()), ..labelled(&[]) });
    let at = stage.titled("Three");
    stage.set(&at, &[(Field::Milestone, name("beta"))]).await;
    assert_eq!(stage.github(3).milestone.as_deref(), Some("beta"));
}

#[tokio::test(start_paused = true)]
async fn two_issues_that_need_one_new_milestone_at_once_make_it_once() {
    let stage = Stage::new();
    let (one, two) = (stage.titled("One"), stage.titled("Two"));
    let (one, two) = (stage.read(&one).await, stage.read(&two).await);
    let writer = stage.writer();
    let change = [Change { field: Field::Milestone, from: Value::Name(None), to: name("v1") }];
    let (first, second) = futures::future::join(
        writer.update(&one, &stage.mapping, &change),
        writer.update(&two, &stage.mapping, &change),
    )
    .await;
    assert_eq!((first.unwrap().refused, second.unwrap().refused), (vec![], vec![]));
    assert_eq!(stage.world.github(|github, _| github.milestones(stage.repo).len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_does_not_exist_is_named_and_never_made() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let wanted = [(Field::Type, name("Epic")), (Field::Title, text("T"))];
    let written = stage.set(&at, &wanted).await;
    let reason = reasons(&written.refused, Field::Type)[0];
    assert!(reason.contains("`Epic`") && reason.contains("Bug, Feature"), "{reason}");
    assert_eq!((stage.github(1).issue_type, stage.github(1).title.as_str()), (None, "T"));
    assert_eq!(stage.set(&at, &[(Field::Type, name("bug"))]).await.refused, []);
    assert_eq!(stage.github(1).issue_type.as_deref(), Some("Bug"));
    assert_eq!(stage.set(&at, &[(Field::Type, Value::Name(None))]).await.refused, []);
    assert_eq!(stage.github(1).issue_type, None);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_cannot_be_assigned_is_named_and_the_others_are_assigned() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let written = stage.set(&at, &[(Field::Assignees, names(&["hubot", "nobody"]))]).await;
    let reason = reasons(&written.refused, Field::Assignees);
    assert!(reason.len() == 1 && reason[0].contains("`nobody`"), "{reason:?}");
    assert_eq!(stage.github(1).assignees, ["hubot".to_owned()].into());
    assert_eq!(stage.set(&at, &[(Field::Assignees, names(&[]))]).await.refused, []);
    assert!(stage.github(1).assignees.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_login_that_no_address_can_hold_is_nobodys_and_not_asked_for() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let written = stage.set(&at, &[(Field::Assignees, names(&["octocat", ".."]))]).await;
    let asked = stage.asked();
    assert!(asked.iter().all(|request| !request.starts_with("GET")), "{asked:?}");
    let reasons = reasons(&written.refused, Field::Assignees);
    assert!(reasons.len() == 1 && reasons[0].contains("`..` cannot be assigned"), "{reasons:?}");
    assert!(stage.github(1).assignees.contains("octocat"));
}

#[tokio::test(start_paused = true)]
async fn an_assignee_nobody_mapped_is_left_alone() {
    let mut stage = Stage::new();
    let assignees = vec!["hubot".to_owned(), "stranger".to_owned()];
    let at = stage.seed(NewIssue { assignees, ..labelled(&[]) });
    stage.mapping = mapping(PropertyKind::People);
    stage.mapping.users.link(login("hubot"), person(1));
    stage.mapping.users.link(login("octocat"), person(2));
    let written = stage.set(&at, &[(Field::Assignees, names(&["octocat"]))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.github(1).assignees, ["octocat".to_owned(), "stranger".to_owned()].into());
    assert_eq!(value(&written.observed, Field::Assignees), names(&["octocat"]));
}

#[tokio::test(start_paused = true)]
async fn more_than_ten_assignees_are_refused() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let people: Vec<String> = (0..26).map(|number| format!("user{number}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let written = stage.set(&at, &[(Field::Assignees, names(&people))]).await;
    assert!(reasons(&written.refused, Field::Assignees)[0].contains("26"));
    assert_eq!(stage.asked(), Vec::<String>::new());
    assert_eq!(written.observed, stage.read(&at).await);
}

#[tokio::test(start_paused = true)]
async fn titles_go_on_one_line_and_their_length_counts_characters() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let written = stage.set(&at, &[(Field::Title, text(" Crash\r\non\nsave "))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.github(1).title, "Crash on save");

    let fits = "🦀".repeat(256);
    assert_eq!(stage.set(&at, &[(Field::Title, text(&fits))]).await.refused, []);
    for bad in ["🦀".repeat(257), "a".repeat(2_001), " \n ".to_owned()] {
        let written = stage.set(&at, &[(Field::Title, text(&bad))]).await;
        assert_eq!(written.refused.len(), 1);
        assert_eq!(stage.github(1).title, fits);
        assert_eq!(stage.asked(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_that_a_422_names_is_left_out_and_the_rest_sent_again() {
    // GitHub's limit is lower than we believe.
    let options = Options { max_title_chars: 20, ..Options::default() };
    let stage = Stage::with(Setup { github: options, ..Setup::default() });
    let at = stage.titled("One");
    let wanted = [
        (Field::Title, text("A title of more than twenty")),
        (Field::State, closed(Reason::Completed)),
    ];
    let written = stage.set(&at, &wanted).await;
    assert_eq!(written.refused.len(), 1);
    assert!(reasons(&written.refused, Field::Title)[0].contains("too long"));
    assert!(stage.github(1).is_closed);
    assert_eq!(written.observed, stage.read(&at).await);
}

#[tokio::test(start_paused = true)]
async fn a_422_that_names_nothing_is_found_out_part_by_part() {
    use crate::sim::{Fault, Planned};
    let stage = Stage::new();
    let at = stage.titled("One");
    let fault =
        Planned::once(Side::GitHub, Fault::Refuse(422)).on(http::Method::PATCH, "/issues/1");
    stage.world.inject(fault.times(2));
    let wanted = [(Field::Title, text("T")), (Field::State, closed(Reason::Completed))];
    let written = stage.set(&at, &wanted).await;
    // The first refusal is for both, the second for the one sent first alone.
    assert_eq!(written.refused.len(), 1, "{:?}", written.refused);
    let issue = stage.github(1);
    assert!((issue.title == "T") ^ issue.is_closed);
}

#[tokio::test(start_paused = true)]
async fn another_reason_on_a_closed_issue_takes_a_reopening() {
    let stage = Stage::new();
    let at = stage.titled("One");
    assert_eq!(stage.set(&at, &[(Field::State, closed(Reason::Completed))]).await.refused, []);
    let written = stage.set(&at, &[(Field::State, closed(Reason::NotPlanned))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.asked(), ["PATCH /repos/acme/app/issues/1"; 3]);
    assert_eq!(stage.github(1).state_reason.as_deref(), Some("not_planned"));
    assert_eq!(value(&written.observed, Field::State), closed(Reason::NotPlanned));
}

#[tokio::test(start_paused = true)]
async fn another_reason_costs_one_request_where_github_takes_it_at_once() {
    let options = Options { reason_needs_state_change: false, ..Options::default() };
    let stage = Stage::with(Setup { github: options, ..Setup::default() });
    let at = stage.titled("One");
    stage.set(&at, &[(Field::State, closed(Reason::Completed))]).await;
    let written = stage.set(&at, &[(Field::State, closed(Reason::Duplicate))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.asked(), ["PATCH /repos/acme/app/issues/1"]);
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_was_reopened_is_open_and_nothing_else() {
    let stage = Stage::new();
    let at = stage.titled("One");
    stage.set(&at, &[(Field::State, closed(Reason::Completed))]).await;
    let written = stage.set(&at, &[(Field::State, Value::State(State::Open))]).await;
    assert_eq!(stage.github(1).state_reason.as_deref(), Some("reopened"));
    assert_eq!(value(&written.observed, Field::State), Value::State(State::Open));
}

#[tokio::test(start_paused = true)]
async fn what_a_weak_token_makes_github_drop_in_silence_is_named() {
    let stage = Stage::new();
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Triage).unwrap();
    });
    stage.seed(NewIssue { milestone: Some("v1".to_owned()), ..labelled(&[]) });
    let at = stage.titled("Two");
    // The world gives these to whoever may push only, and says yes to the others all the same.
    let wanted = [
        (Field::Title, text("Second")),
        (Field::Milestone, name("v1")),
        (Field::Type, name("Bug")),
    ];
    let written = stage.set(&at, &wanted).await;
    assert_eq!(written.observed.fields[&Field::Title].value(), Some(&text("Second")));
    for field in [Field::Milestone, Field::Type] {
        let reason = reasons(&written.refused, field)[0];
        assert!(reason.contains("left out") && reason.contains("acme/app"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_milestone_the_token_may_not_make_holds_only_that_field() {
    let stage = Stage::new();
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Triage).unwrap();
    });
    let at = stage.titled("One");
    let wanted = [(Field::Title, text("First")), (Field::Milestone, name("v1"))];
    let written = stage.set(&at, &wanted).await;
    assert!(reasons(&written.refused, Field::Milestone)[0].contains("`v1`"));
    assert_eq!(stage.github(1).title, "First");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_write_is_told_what_it_lacks() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let issue = stage.read(&at).await;
    stage.world.github(|github, _| github.make_token_read_only(TOKEN));
    let change = Change { field: Field::Title, from: text("One"), to: text("Two") };
    let error = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap_err();
    let RemoteError::Auth { what, .. } = &error else { panic!("{error}") };
    assert!(what.contains("acme/app"), "{what}");
}

#[tokio::test(start_paused = true)]
async fn an_archived_repository_refuses_and_is_no_matter_of_the_token() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let issue = stage.read(&at).await;
    stage.world.github(|github, _| github.set_archived(stage.repo, true).unwrap());
    let change = Change { field: Field::Title, from: text("One"), to: text("Two") };
    let error = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap_err();
    assert!(matches!(&error, RemoteError::Refused { status: 403, .. }), "{error}");
    assert!(error.to_string().contains("acme/app#1"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_transferred_issue_is_not_written_in_its_new_home() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let issue = stage.read(&at).await;
    let lib = stage.world.github(|github, now| {
        let lib = github.add_repo("acme/lib", &NewRepo::default(), now);
        github.set_permission(lib, "tandem-bot", Permission::Admin).unwrap();
        lib
    });
    stage.later("octocat", |it, repo| it.transfer_issue(repo, 1, lib).unwrap());
    for change in [
        Change { field: Field::Title, from: text("One"), to: text("Mine") },
        Change { field: Field::Labels, from: names(&[]), to: names(&["mine"]) },
        Change { field: Field::Assignees, from: names(&[]), to: names(&["hubot"]) },
    ] {
        let result = stage.writer().update(&issue, &stage.mapping, &[change]).await;
        assert!(matches!(result, Err(RemoteError::Moved { .. })), "{result:?}");
    }
    let there = stage.world.github(|github, _| github.issue(lib, 1)).unwrap();
    assert_eq!((there.title.as_str(), there.labels.len(), there.assignees.len()), ("One", 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_field_of_githubs_own_is_never_written() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let written =
        stage.set(&at, &[(Field::Number, Value::Number(7)), (Field::Url, text("x"))]).await;
    assert_eq!(written.refused.len(), 2);
    assert_eq!(stage.asked(), Vec::<String>::new());
}
