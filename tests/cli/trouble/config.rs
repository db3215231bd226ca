//! A config file that cannot be used: every problem at once, each with its place.

use crate::stage::{LITERAL_TOKEN, Stage};

/// What is said of a config in which one thing is another.
async fn with(from: &str, to: &str) -> String {
    let stage = Stage::new().await;
    stage.edit_config(from, to);
    stage.transcript(&[("check", 2), ("--once", 2)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_syntax() {
    insta::assert_snapshot!(with("[\"octocat/app\"]", "[\"octocat/app\"").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key() {
    insta::assert_snapshot!(with("repositories", "repositorys").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_type() {
    insta::assert_snapshot!(with("[\"octocat/app\"]", "\"octocat/app\"").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_file() {
    let stage = Stage::new().await;
    stage.edit_config("[notion]", &format!("token = \"{LITERAL_TOKEN}\"\n[notion]"));
    let lines = [("check", 2), ("--once", 2), ("--once --json", 2)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_of_one_name() {
    let stage = Stage::new().await;
    let text = std::fs::read_to_string(stage.config()).unwrap();
    let (_, sync) = text.split_once("[[sync]]").unwrap();
    stage.edit_config("[[sync]]", &format!("[[sync]]{sync}\n[[sync]]"));
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("--once", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_property_for_two_fields() {
    insta::assert_snapshot!(with("title = \"Name\"", "title = \"Name\"\nlabels = \"Name\"").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_problems_at_once() {
    let stage = Stage::new().await;
    stage.edit_config("name = \"app\"", "name = \"\"\nconflict = \"newer\"");
    stage.edit_config("[\"octocat/app\"]", "[\"octocat\"]");
    stage.edit_config("[[sync]]", "[daemon]\nschedule = \"often\"\n[[sync]]");
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("check --json", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_not_set_and_one_whose_file_is_not_there() {
    let stage = Stage::new().await;
    stage.edit_config("[notion]", "[notion]\ntoken = \"file:no-such-file\"");
    let lines = [("check", 2), ("--once", 2), ("--once --json", 2)];
    insta::assert_snapshot!(stage.transcript_with(&lines, |command| {
        command.env_remove("GITHUB_TOKEN");
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_config_at_all() {
    let stage = Stage::new().await;
    let lines = [("check --config no-such.toml", 2), ("--once --config no-such.toml", 2)];
    insta::assert_snapshot!(stage.transcript(&lines));
}
