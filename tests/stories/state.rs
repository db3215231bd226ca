//! The state: many options for one meaning, reasons, reopening, and everything nobody has heard of.

use std::time::Duration;

use http::Method;
use tandem::model::{Field, Side};
use tandem::sim::github::{self, NewIssue, UnknownValues};
use tandem::sim::notion::{Plain, Type};
use tandem::sim::{Fault, Planned, Setup};

use crate::stage::Stage;

fn status(stage: &Stage, number: u64) -> Option<String> {
    stage.mirrored(number, |page| page.option("Status"))
}

fn move_to(stage: &Stage, number: u64, option: &str) {
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", option, ann, now));
}

fn state(stage: &Stage, number: u64) -> (bool, Option<String>) {
    stage.shows(number, |issue| (issue.is_closed, issue.state_reason.clone()))
}

fn closed(reason: &str) -> (bool, Option<String>) {
    (true, Some(reason.to_owned()))
}

async fn with_one_issue(stage: &Stage) -> u64 {
    let number = stage.issue("One");
    stage.good_cycle().await;
    stage.wait(600).await;
    number
}

#[tokio::test(start_paused = true)]
async fn moving_between_options_of_one_meaning_writes_nothing_anywhere() {
    let stage = Stage::new();
    let number = with_one_issue(&stage).await;
    for option in ["In progress", "In review", "To do"] {
        move_to(&stage, number, option);
        let cost = stage.cost().await;
        assert_eq!((cost.github.writes, cost.notion.writes), (0, 0), "{option}");
        assert_eq!(status(&stage, number).as_deref(), Some(option));
    }
    assert_eq!(state(&stage, number), (false, None));
}

#[tokio::test(start_paused = true)]
async fn an_edit_on_github_leaves_the_option_people_chose() {
    let stage = Stage::new();
    let number = with_one_issue(&stage).await;
    move_to(&stage, number, "In review");
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Other title"));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("In review"));
    stage.full_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("In review"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn closing_and_reopening_on_either_side_does_not_ping_pong() {
    let stage = Stage::new();
    let number = with_one_issue(&stage).await;
    move_to(&stage, number, "In progress");
    stage.good_cycle().await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "not_planned"));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Won't do"));
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.reopen(repo, number));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("To do"), "the first that means open");
    stage.converge(1).await;
    stage.wait(300).await;
    move_to(&stage, number, "Done");
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), closed("completed"));
    stage.converge(1).await;
    stage.wait(300).await;
    move_to(&stage, number, "In review");
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), (false, Some("reopened".to_owned())));
    assert_eq!(status(&stage, number).as_deref(), Some("In review"));
    assert_eq!(stage.mirrored(number, |page| page.date("Closed")), None);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_reason_is_changed_by_reopening_and_closing_where_github_takes_it_in_no_other_way() {
    for reason_needs_state_change in [true, false] {
        let options = github::Options { reason_needs_state_change, ..github::Options::default() };
        let stage = Stage::with(Setup { github: options, ..Setup::default() }, |_| {});
        let number = with_one_issue(&stage).await;
        stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
        stage.good_cycle().await;
        stage.wait(300).await;
        move_to(&stage, number, "Won't do");
        stage.good_cycle().await;
        assert_eq!(state(&stage, number), closed("not_planned"));
        assert_eq!(status(&stage, number).as_deref(), Some("Won't do"));
        stage.converge(1).await;
        stage.wait(300).await;
        move_to(&stage, number, "Duplicate");
        stage.good_cycle().await;
        assert_eq!(state(&stage, number), closed("duplicate"));
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_reason_cut_off_at_any_request_ends_closed_with_the_new_reason() {
    let faults = [Fault::Reset, Fault::CommitThenReset, Fault::ServerError(502), Fault::Garbage];
    for fault in faults {
        for at in 0..4 {
            let mut stage = Stage::new();
            let number = with_one_issue(&stage).await;
            stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
            stage.good_cycle().await;
            stage.wait(300).await;
            move_to(&stage, number, "Won't do");
            let every_patch = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
            stage.world.inject(every_patch.after(at).times(5));
            stage.cycle().await;
            stage.world.clear_faults();
            stage.restart();
            stage.cycle().await;
            stage.cycle().await;
            let what = format!("{fault:?} at patch {at}");
            assert_eq!(state(&stage, number), closed("not_planned"), "{what}");
            assert_eq!(status(&stage, number).as_deref(), Some("Won't do"), "{what}");
            let report = stage.good_cycle().await;
            assert_eq!(report.failed, [], "{what}");
            stage.converge(1).await;
        }
    }
}

/// GitHub takes the reopening that a new reason needs, and not the closing, so many times.
async fn refused_halfway(is_cut_off: bool, times: u32) -> (Stage, u64) {
    let mut stage = Stage::new();
    let number = with_one_issue(&stage).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.good_cycle().await;
    stage.wait(300).await;
    move_to(&stage, number, "Won't do");
    let patch = |fault| Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
    if is_cut_off {
        stage.world.inject(patch(Fault::CommitThenHang).after(1));
        let _ = tokio::time::timeout(Duration::from_secs(30), stage.cycle()).await;
        stage.restart();
        stage.world.inject(patch(Fault::Refuse(422)).times(times));
    } else {
        stage.world.inject(patch(Fault::Refuse(422)).after(2).times(times));
    }
    let report = stage.cycle().await;
    assert_eq!(report.held.len() + report.failed.len(), 1, "{report:#?}");
    assert_eq!(state(&stage, number), (false, Some("reopened".to_owned())));
    (stage, number)
}

#[tokio::test(start_paused = true)]
async fn a_reopening_of_ours_whose_closing_is_refused_is_nobodys_and_the_new_reason_arrives_later()
{
    for (is_cut_off, times) in [(false, 1), (false, 3), (true, 2), (true, 3)] {
        let (stage, number) = refused_halfway(is_cut_off, times).await;
        let what = format!("cut off: {is_cut_off}, refused {times} times");
        stage.comes_to_rest(&what).await;
        assert_eq!(status(&stage, number).as_deref(), Some("Won't do"), "{what}");
        assert_eq!(state(&stage, number), closed("not_planned"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_left_open_halfway_follows_what_is_said_in_notion_meanwhile() {
    for (option, ends) in
        [("Done", closed("completed")), ("To do", (false, Some("reopened".to_owned())))]
    {
        let (stage, number) = refused_halfway(false, 3).await;
        move_to(&stage, number, option);
        stage.comes_to_rest(option).await;
        assert_eq!(status(&stage, number).as_deref(), Some(option));
        assert_eq!(state(&stage, number), ends);
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_a_person_reopens_while_its_new_reason_is_being_written_settles_on_one_state() {
    let mut stage = Stage::new();
    let number = with_one_issue(&stage).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.good_cycle().await;
    stage.wait(300).await;
    move_to(&stage, number, "Won't do");
    // The request to set state and reason together never arrived.
    stage
        .world
        .inject(Planned::once(Side::GitHub, Fault::Reset).on(Method::PATCH, "/issues/1").times(5));
    stage.cycle().await;
    stage.world.clear_faults();
    stage.wait(300).await;
    stage.on_github(|octocat, repo| octocat.reopen(repo, number));
    stage.restart();
    stage.cycle().await;
    stage.converge(2).await;
    let (is_closed, reason) = state(&stage, number);
    let option = status(&stage, number).unwrap();
    assert_eq!(is_closed, option == "Won't do", "{reason:?} {option}");
}

#[tokio::test(start_paused = true)]
async fn an_option_in_no_list_holds_the_state_alone_and_the_hold_ends_by_itself() {
    let stage = Stage::new();
    let number = with_one_issue(&stage).await;
    let other = stage.issue("Other");
    stage.good_cycle().await;
    stage.wait(300).await;
    let page = stage.page_of(number);
    move_to(&stage, number, "Blocked");
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Retitled", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, other, "Other too"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    let held = &report.held[0];
    assert_eq!((held.field, held.side), (Some(Field::State), Side::Notion));
    assert!(held.reason.contains("`Blocked`"), "{held:?}");
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Retitled");
    assert_eq!(stage.mirrored(other, |page| page.title()), "Other too");
    // Closing on GitHub does not write over what cannot be read.
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{:#?}", report.held);
    assert_eq!(status(&stage, number).as_deref(), Some("Blocked"));
    stage.converge(1).await;
    // Ann chooses an option that means something.
    stage.wait(300).await;
    move_to(&stage, number, "Done");
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), closed("completed"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_option_in_no_list_is_put_into_step_by_naming_it_in_the_config() {
    let mut stage = Stage::new();
    let number = with_one_issue(&stage).await;
    move_to(&stage, number, "Blocked");
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    assert_eq!(stage.cycle().await.held.len(), 1);
    stage.reconfigure(|text| *text = text.replace("\"In review\"]", "\"In review\", \"Blocked\"]"));
    let report = stage.good_cycle().await;
    assert!(report.full, "a config change compares everything once");
    let (is_closed, _) = state(&stage, number);
    let option = status(&stage, number).unwrap();
    assert_eq!(is_closed, option == "Done", "one of the two, on both sides: {option}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_reason_nobody_knows_counts_as_completed_and_is_left_as_it_is() {
    let unknown = UnknownValues {
        state_reason: Some("vanished".to_owned()),
        author_association: Some("ALIEN".to_owned()),
        event: Some("teleported".to_owned()),
    };
    let options = github::Options { unknown, ..github::Options::default() };
    let stage = Stage::with(Setup { github: options, ..Setup::default() }, |_| {});
    let number = stage.seed(NewIssue {
        title: "Strange".to_owned(),
        is_closed: true,
        state_reason: Some("completed".to_owned()),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Done"));
    stage.converge(1).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Stranger"));
    stage.good_cycle().await;
    assert_eq!(stage.mirrored(number, |page| page.title()), "Stranger");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_reason_without_an_option_is_shown_as_completed_and_never_rewritten_on_github() {
    let stage = Stage::configured(|text| {
        *text = text
            .replace("not_planned = [\"Won't do\"]\n", "")
            .replace("duplicate = [\"Duplicate\"]\n", "");
    });
    let number = with_one_issue(&stage).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "not_planned"));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Done"));
    stage.converge(1).await;
    stage.full_cycle().await;
    assert_eq!(state(&stage, number), closed("not_planned"));
    // Won't do is now an option like any other, in no list.
    move_to(&stage, number, "Won't do");
    assert_eq!(stage.cycle().await.held.len(), 1);
    move_to(&stage, number, "Done");
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), closed("not_planned"));
}

#[tokio::test(start_paused = true)]
async fn an_empty_status_means_open() {
    let stage = Stage::new();
    stage.world.notion(|notion, now| {
        let bare = Type::Status {
            options: ["To do", "In progress", "In review", "Done", "Won't do", "Duplicate"]
                .map(|name| ("To-do".to_owned(), name.to_owned()))
                .to_vec(),
            default: None,
        };
        notion.change_property_type(stage.table, "Status", &bare, now).unwrap();
    });
    let number = with_one_issue(&stage).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set(page, "Status", &Plain::Empty, ann, now));
    let cost = stage.cost().await;
    assert_eq!((cost.github.writes, cost.notion.writes), (0, 0));
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Done"));
    stage.wait(300).await;
    stage.on_notion(|notion, ann, now| notion.set(page, "Status", &Plain::Empty, ann, now));
    stage.good_cycle().await;
    assert!(!state(&stage, number).0, "emptied: open again");
    assert_eq!(status(&stage, number), None);
    stage.converge(1).await;
}

const CHECKBOX: &str = "state = \"Status\"\n";

fn checkbox() -> Stage {
    let stage = Stage::configured(|text| {
        let lists = text.find("[sync.fields.state]").unwrap();
        text.truncate(lists);
        text.push_str(CHECKBOX);
    });
    stage.world.notion(|notion, now| {
        notion.change_property_type(stage.table, "Status", &Type::Checkbox, now).unwrap();
    });
    stage
}

#[tokio::test(start_paused = true)]
async fn a_checkbox_ticked_closes_as_completed_and_a_reason_on_github_is_left_alone() {
    let stage = checkbox();
    let number = with_one_issue(&stage).await;
    let page = stage.page_of(number);
    let tick = |ticked| {
        stage.on_notion(|notion, ann, now| {
            notion.set(page, "Status", &Plain::Checked(ticked), ann, now)
        });
    };
    tick(true);
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), closed("completed"));
    stage.converge(1).await;
    stage.wait(300).await;
    tick(false);
    stage.good_cycle().await;
    assert!(!state(&stage, number).0);
    stage.on_github(|octocat, repo| octocat.close(repo, number, "not_planned"));
    stage.good_cycle().await;
    assert!(stage.mirrored(number, |page| page.checked("Status")));
    stage.converge(1).await;
    assert_eq!(state(&stage, number), closed("not_planned"));
}

#[tokio::test(start_paused = true)]
async fn a_select_serves_as_state_and_gets_its_options_when_they_are_first_needed() {
    let stage = Stage::new();
    stage.world.notion(|notion, now| {
        notion.change_property_type(stage.table, "Status", &Type::select([]), now).unwrap();
    });
    let number = with_one_issue(&stage).await;
    assert_eq!(status(&stage, number).as_deref(), Some("To do"));
    stage.on_github(|octocat, repo| octocat.close(repo, number, "duplicate"));
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Duplicate"));
    stage.wait(300).await;
    move_to(&stage, number, "won't do");
    stage.good_cycle().await;
    assert_eq!(state(&stage, number), closed("not_planned"), "an option in another case");
    stage.converge(1).await;
    assert_eq!(status(&stage, number).as_deref(), Some("won't do"));
}

#[tokio::test(start_paused = true)]
async fn a_new_page_that_is_done_becomes_a_closed_issue_with_its_reason() {
    let stage = Stage::new();
    stage.issue("There already");
    stage.good_cycle().await;
    let _ = stage.page(&[
        ("Name", Plain::Text("Done long ago".to_owned())),
        ("Status", Plain::Option("Won't do".to_owned())),
    ]);
    let _ = stage.page(&[
        ("Name", Plain::Text("In the middle".to_owned())),
        ("Status", Plain::Option("Blocked".to_owned())),
    ]);
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(report.counts.created.github, 2, "{report:#?}");
    assert_eq!(report.held.len(), 1, "made without its state, which is held: {report:#?}");
    stage.cycle().await;
    let title = |number| stage.shows(number, |issue| issue.title.clone());
    let done = if title(2) == "Done long ago" { 2 } else { 3 };
    assert_eq!(state(&stage, done), closed("not_planned"));
    assert_eq!(state(&stage, 5 - done), (false, None));
    stage.converge(1).await;
    assert_eq!(status(&stage, 5 - done).as_deref(), Some("Blocked"));
}

#[tokio::test(start_paused = true)]
async fn an_option_renamed_in_notion_holds_the_state_until_the_config_or_the_option_follows() {
    let mut stage = Stage::new();
    let number = with_one_issue(&stage).await;
    let rename = |stage: &Stage, from: &str, to: &str| {
        stage.world.notion(|notion, now| {
            notion.rename_option(stage.table, "Status", from, to, now).unwrap();
        });
    };
    rename(&stage, "Done", "Finished");
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Closed"));
    let report = stage.cycle().await;
    assert!(!report.held.is_empty(), "{report:#?}");
    assert_eq!(stage.mirrored(number, |page| page.title()), "Closed", "the rest goes on");
    stage.converge(2).await;
    stage.reconfigure(|text| *text = text.replace("[\"Done\"]", "[\"Finished\"]"));
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Finished"));
    stage.converge(1).await;
    // And without touching the config: the option gets its name back.
    rename(&stage, "Won't do", "Nope");
    stage.on_github(|octocat, repo| octocat.reopen(repo, number));
    stage.on_github(|octocat, repo| octocat.close(repo, number, "not_planned"));
    assert!(!stage.cycle().await.held.is_empty());
    stage.wait(120).await;
    rename(&stage, "Nope", "Won't do");
    stage.wait(1300).await;
    stage.cycle().await;
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Won't do"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn closed_on_github_while_moved_within_open_in_notion_is_no_conflict() {
    let stage = Stage::new();
    let number = with_one_issue(&stage).await;
    stage.on_github(|octocat, repo| octocat.close(repo, number, "completed"));
    stage.wait(61).await;
    move_to(&stage, number, "In progress");
    stage.good_cycle().await;
    assert_eq!(status(&stage, number).as_deref(), Some("Done"));
    assert!(state(&stage, number).0);
    stage.converge(1).await;
}
