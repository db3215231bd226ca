//! Tokens, permissions, capabilities, and what they do not show.

use tandem::sim::github::Permission;
use tandem::sim::notion::{Capabilities, Plain, Type, UserInfo};

use crate::stage::{NOTION_TOKEN, Stage, WRONG_TOKEN};

/// A pair in step, whose page then gets another title.
async fn edited_page() -> Stage {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    stage.transcript(&[("--once", 0)]);
    stage.world.notion(|notion, now| {
        let page = notion.pages(stage.tasks.1)[0].id();
        let ann = notion.add_user("Ann", "ann@example.com");
        notion.set(page, "Name", &Plain::Text("One, better".to_owned()), ann, now).unwrap();
    });
    stage
}

/// The connection may do all but this.
fn may_not(stage: &Stage, change: impl FnOnce(&mut Capabilities)) {
    let mut capabilities = Capabilities::full();
    change(&mut capabilities);
    stage.world.notion(|notion, _| notion.set_capabilities(NOTION_TOKEN, capabilities).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_of_github() {
    let stage = Stage::new().await;
    let lines = [("check", 5), ("--once", 5), ("--once --json", 5)];
    insta::assert_snapshot!(stage.transcript_with(&lines, |command| {
        command.env("GITHUB_TOKEN", WRONG_TOKEN);
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_of_notion() {
    let stage = Stage::new().await;
    let lines = [("check", 5), ("--once", 5), ("check --json", 5)];
    insta::assert_snapshot!(stage.transcript_with(&lines, |command| {
        command.env("NOTION_TOKEN", WRONG_TOKEN);
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_github_that_may_only_read() {
    let stage = edited_page().await;
    stage.world.github(|github, _| github.make_token_read_only(crate::stage::GITHUB_TOKEN));
    insta::assert_snapshot!(stage.transcript(&[("--once", 5), ("--once --json", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_only_read_the_repository() {
    let stage = edited_page().await;
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "octocat", Permission::Read).unwrap();
    });
    insta::assert_snapshot!(stage.transcript(&[("check", 5), ("--once", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_may_not_read_content() {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    may_not(&stage, |capabilities| capabilities.read = false);
    insta::assert_snapshot!(stage.transcript(&[("check", 5), ("--once", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_may_not_insert_content() {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    may_not(&stage, |capabilities| capabilities.insert = false);
    insta::assert_snapshot!(stage.transcript(&[("--once", 5), ("--once --json", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_may_not_update_content() {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    stage.transcript(&[("--once", 0)]);
    stage.world.github(|github, now| {
        github.by("octocat", now).set_title(stage.repo, 1, "One, better").unwrap();
    });
    may_not(&stage, |capabilities| capabilities.update = false);
    insta::assert_snapshot!(stage.transcript(&[("--once", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_may_not_read_user_information() {
    let stage = Stage::new().await;
    stage.edit_config("[[sync]]", "[users]\noctocat = \"ann@example.com\"\n[[sync]]");
    stage.seed(&["One"]);
    may_not(&stage, |capabilities| capabilities.users = UserInfo::Nothing);
    insta::assert_snapshot!(stage.transcript(&[("check", 5), ("--once", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_sees_people_without_their_e_mails() {
    let stage = Stage::new().await;
    stage.edit_config("[[sync]]", "[users]\noctocat = \"ann@example.com\"\n[[sync]]");
    stage.world.notion(|notion, _| notion.add_user("Ann", "ann@example.com"));
    may_not(&stage, |capabilities| capabilities.users = UserInfo::WithoutEmail);
    insta::assert_snapshot!(stage.transcript(&[("check", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_that_no_member_of_the_workspace_is() {
    let stage = Stage::new().await;
    stage.edit_config("[[sync]]", "[users]\noctocat = \"nobody@example.com\"\n[[sync]]");
    insta::assert_snapshot!(stage.transcript(&[("check", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_never_shared() {
    let stage = Stage::new().await;
    stage.world.notion(|notion, _| notion.unshare(stage.tasks.1, NOTION_TOKEN).unwrap());
    insta::assert_snapshot!(stage.transcript(&[("check", 5), ("--once", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_shared_no_more() {
    let stage = edited_page().await;
    stage.world.notion(|notion, _| notion.unshare(stage.tasks.1, NOTION_TOKEN).unwrap());
    insta::assert_snapshot!(stage.transcript(&[("check", 5), ("--once", 5)]));
    let status = stage.transcript(&[("status", 0)]);
    assert!(status.contains("add the connection again"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_several_data_sources() {
    let stage = Stage::new().await;
    let (database, source, bot) = stage.tasks;
    stage.world.notion(|notion, now| {
        let schema = [("Name", Type::Title)];
        let other = notion.add_second_data_source(database, "Ideas", &schema, bot, now).unwrap();
        notion.share(other, NOTION_TOKEN).unwrap();
    });
    stage.edit_config(&source.to_string(), &database.to_string());
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("--once", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_there() {
    let stage = Stage::new().await;
    stage.edit_config("octocat/app", "octocat/ap");
    let lines = [("check", 5), ("--once", 5), ("--once --json", 5)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_another_name_now() {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    stage.transcript(&[("--once", 0)]);
    stage.world.github(|github, _| github.rename_repo(stage.repo, "octocat/application").unwrap());
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("--once", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_archived_and_one_without_issues() {
    let stage = edited_page().await;
    stage.world.github(|github, _| github.set_archived(stage.repo, true).unwrap());
    let archived = stage.transcript(&[("check", 5), ("--once", 3)]);
    stage.world.github(|github, _| {
        github.set_archived(stage.repo, false).unwrap();
        github.set_issues_enabled(stage.repo, false).unwrap();
    });
    let disabled = stage.transcript(&[("check", 5), ("--once", 5)]);
    insta::assert_snapshot!(format!("{archived}\n\n{disabled}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_many_items_from_being_written_is_told_once_and_not_asked_for_every_item() {
    let stage = Stage::new().await;
    stage.seed(&["One of many"; 40]);
    may_not(&stage, |capabilities| capabilities.insert = false);
    let told = stage.transcript(&[("--once", 5)]);
    assert_eq!(told.matches("  problem ").count(), 1, "{told}");
    assert!(stage.writes() < 20, "{} of 40 were tried", stage.writes());
}
