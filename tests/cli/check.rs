//! `tandem check`.

use tandem::model::Side;
use tandem::sim::{Fault, Planned};

use crate::stage::{GITHUB_TOKEN, Stage, Told, WRONG_TOKEN};

impl Stage {
    fn check(&self, state_property: &str, github_token: &str) -> Told {
        self.configure(state_property, "");
        self.command(&["check"]).env("GITHUB_TOKEN", github_token).output().unwrap().into()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_without_fault_is_called_so() {
    let stage = Stage::new().await;
    let output = stage.check("Status", GITHUB_TOKEN);
    let stdout = &output.stdout;
    assert_eq!(output.code, 0, "{stdout}{}", output.stderr);
    assert!(stdout.contains("signed in as octocat"), "{stdout}");
    assert!(stdout.contains("No problem found."), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_ends_with_5() {
    let stage = Stage::new().await;
    let output = stage.check("Status", WRONG_TOKEN);
    let all = output.all();
    assert_eq!(output.code, 5, "{all}");
    assert!(all.contains("GitHub refuses access"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_never_existed_ends_with_2_and_names_those_that_do() {
    let stage = Stage::new().await;
    let output = stage.check("Statsu", GITHUB_TOKEN);
    let stdout = &output.stdout;
    assert_eq!(output.code, 2, "{stdout}");
    assert!(stdout.contains("Statsu") && stdout.contains("Status"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_out_of_reach_is_said_once_and_ends_with_7() {
    let stage = Stage::new().await;
    let hung_up = Planned::once(Side::Notion, Fault::Reset).times(1000);
    stage.world.inject(hung_up);
    let output = stage.check("Status", GITHUB_TOKEN);
    let stdout = &output.stdout;
    assert_eq!(output.code, 7, "{stdout}");
    assert_eq!(stdout.matches("Notion could not be reached").count(), 1, "{stdout}");
    assert!(stdout.contains("repository octocat/app"), "GitHub was still looked at: {stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_config_file_ends_with_2_and_is_named() {
    let stage = Stage::new().await;
    let output = stage.tandem(&["check", "--config", "no-such-config.toml"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("no-such-config.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_not_set_ends_with_2_and_is_named() {
    let stage = Stage::new().await;
    let output = stage.check("Status", "");
    let stderr = &output.stderr;
    assert_eq!(output.code, 2, "{stderr}");
    assert!(stderr.contains("GITHUB_TOKEN"), "{stderr}");
}
