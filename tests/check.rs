//! `tandem check`, as a user runs it: the built binary, over loopback, against the stand-ins.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use tandem::model::Side;
use tandem::sim::notion::{Capabilities, Type};
use tandem::sim::{Fault, Planned, Served, Setup, World, github, serve};

const GITHUB_TOKEN: &str = "a-token-of-github";
const NOTION_TOKEN: &str = "a-token-of-notion";

/// A repository, a database that fits it, and a config file that joins them.
struct Stage {
    world: Arc<World>,
    served: Served,
    source: String,
    dir: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Stage {
        let world: Arc<World> = World::new(Setup::default());
        world.github(|github, now| {
            github.add_user("octocat");
            github.add_token(GITHUB_TOKEN, "octocat");
            let repo = github.add_repo("octocat/app", &github::NewRepo::default(), now);
            github.set_permission(repo, "octocat", github::Permission::Admin).unwrap();
        });
        let source = world.notion(|notion, now| {
            let bot = notion.add_token(NOTION_TOKEN, "tandem", Capabilities::full());
            let schema = [
                ("Name", Type::Title),
                ("GitHub", Type::Url),
                ("Status", Type::status(&["To do"], &["In progress"], &["Done"])),
            ];
            let (_, source) = notion.add_data_source("Tasks", &schema, bot, now);
            notion.share(source, NOTION_TOKEN).unwrap();
            source.to_string()
        });
        let served = serve(Arc::clone(&world)).await.unwrap();
        Stage { world, served, source, dir: tempfile::tempdir().unwrap() }
    }

    fn check(&self, state_property: &str, github_token: &str) -> Output {
        let config = self.dir.path().join("config.toml");
        write_config(&config, self, state_property);
        Command::new(env!("CARGO_BIN_EXE_tandem"))
            .args(["check", "--config"])
            .arg(&config)
            .env("GITHUB_TOKEN", github_token)
            .env("NOTION_TOKEN", NOTION_TOKEN)
            .output()
            .unwrap()
    }
}

fn write_config(path: &Path, stage: &Stage, state_property: &str) {
    let text = format!(
        r#"
[github]
api_url = "{github}"
[notion]
api_url = "{notion}"
[[sync]]
name = "app"
repositories = ["octocat/app"]
data_source = "{source}"
[sync.fields]
url = "GitHub"
title = "Name"
[sync.fields.state]
property = "{state_property}"
open = ["To do", "In progress"]
completed = ["Done"]
"#,
        github = stage.served.github_url(),
        notion = stage.served.notion_url(),
        source = stage.source,
    );
    std::fs::write(path, text).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_without_fault_is_called_so() {
    let stage = Stage::new().await;
    let output = stage.check("Status", GITHUB_TOKEN);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}{}", text(&output.stderr));
    assert!(stdout.contains("signed in as octocat"), "{stdout}");
    assert!(stdout.contains("No problem found."), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_ends_with_5_and_is_never_shown() {
    let stage = Stage::new().await;
    let output = stage.check("Status", "some-other-token");
    let all = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{all}");
    assert!(all.contains("GitHub refuses access"), "{all}");
    assert!(!all.contains("some-other-token"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_never_existed_ends_with_2_and_names_those_that_do() {
    let stage = Stage::new().await;
    let output = stage.check("Statsu", GITHUB_TOKEN);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{stdout}");
    assert!(stdout.contains("Statsu") && stdout.contains("Status"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_out_of_reach_is_said_once_and_ends_with_7() {
    let stage = Stage::new().await;
    let hung_up = Planned::once(Side::Notion, Fault::Reset).times(1000);
    stage.world.inject(hung_up);
    let output = stage.check("Status", GITHUB_TOKEN);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(7), "{stdout}");
    assert_eq!(stdout.matches("Notion could not be reached").count(), 1, "{stdout}");
    assert!(stdout.contains("repository octocat/app"), "GitHub was still looked at: {stdout}");
}

#[test]
fn a_missing_config_file_ends_with_2_and_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(["check", "--config", "no-such-config.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no-such-config.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_not_set_ends_with_2_and_is_named() {
    let stage = Stage::new().await;
    let output = stage.check("Status", "");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("GITHUB_TOKEN"), "{stderr}");
}
