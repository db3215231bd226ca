//! `run`, `plan`, `release`, `status` and `history`.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tandem::store::Lock;

use crate::stage::{Stage, Told};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_makes_the_pages_and_the_next_one_writes_nothing() {
    let stage = Stage::new().await;
    stage.seed(&["One", "Two", "Three"]);
    let first = stage.tandem(&["--once", "--json"]);
    assert_eq!(first.code, 0, "{}", first.all());
    let sync = &first.document()["syncs"][0];
    assert_eq!((&sync["sync"], &sync["outcome"]), (&"app".into(), &"done".into()));
    assert_eq!(sync["counts"]["created"]["notion"], 3, "{sync}");
    let writes = stage.writes();
    let second = stage.tandem(&["run", "--once"]);
    assert_eq!((second.code, stage.writes()), (0, writes), "{}", second.all());
    assert!(second.stdout.contains("sync `app`: done; 3 pairs"), "{}", second.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_names_every_change_and_its_cost_and_leaves_no_trace() {
    let stage = Stage::new().await;
    stage.seed(&["One", "Two"]);
    for args in [&["plan"][..], &["run", "--dry-run"], &["--once", "--dry-run"]] {
        let plan = stage.tandem(args);
        assert_eq!(plan.code, 0, "{}", plan.all());
        assert!(
            plan.stdout.contains("octocat/app#1 \"One\" page on Notion: new page"),
            "{}",
            plan.all()
        );
        assert!(plan.stdout.contains("0 writes to GitHub and 2 to Notion"), "{}", plan.all());
    }
    let document = stage.tandem(&["plan", "--json"]).document();
    assert_eq!(document["cost"]["requests"]["notion"], 2);
    assert_eq!(document["syncs"][0]["plan"].as_array().unwrap().len(), 2);
    assert_eq!(stage.writes(), 0);
    assert!(!stage.database().exists());
}

/// Three pairs, and then two titles edited, which is more than this brake lets through.
async fn braked() -> Stage {
    let stage = Stage::new().await;
    stage.configure("Status", "[safety]\nbrake_percent = 0\nbrake_floor = 1");
    stage.seed(&["One", "Two", "Three"]);
    let import = stage.tandem(&["--once"]);
    assert_eq!(import.code, 0, "{}", import.all());
    stage.world.github(|github, now| {
        for number in [1, 2] {
            github.by("octocat", now).set_title(stage.repo, number, "Another").unwrap();
        }
    });
    stage
}

fn release_line(told: &Told) -> Vec<String> {
    let line = told.stdout.lines().find(|line| line.trim().starts_with("tandem release --plan "));
    let line = line.unwrap_or_else(|| panic!("{}", told.all()));
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

fn strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_brake_stopped_goes_once_its_very_plan_is_released() {
    let stage = braked().await;
    let writes = stage.writes();
    let run = stage.tandem(&["--once"]);
    assert_eq!((run.code, stage.writes()), (4, writes), "{}", run.all());
    let release = release_line(&run);

    let refused = stage.tandem(&["release", "--plan", "0000000000000000"]);
    assert_eq!(refused.code, 2, "{}", refused.all());
    assert!(refused.stderr.contains(&release.join(" ")), "{}", refused.stderr);
    let status = stage.tandem(&["status"]);
    assert!(status.stdout.contains(&release.join(" ")), "{}", status.all());

    assert_eq!(stage.tandem(&strs(&release)).code, 0);
    let run = stage.tandem(&["--once"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("2 updated"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shown_by_plan_alone_can_be_released_too() {
    let stage = braked().await;
    let plan = stage.tandem(&["plan"]);
    assert_eq!(plan.code, 4, "{}", plan.all());
    let released = stage.tandem(&strs(&release_line(&plan)));
    assert_eq!(released.code, 0, "{}", released.all());
    assert_eq!(stage.tandem(&["--once"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_daemon_has_the_database_a_run_ends_with_6_and_all_else_works() {
    let stage = braked().await;
    let _daemon = Lock::take(&stage.database()).unwrap();
    let run = stage.tandem(&["--once", "--json"]);
    assert_eq!(run.code, 6, "{}", run.all());
    let error = run.document()["error"].as_str().unwrap().to_owned();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    let plan = stage.tandem(&["plan"]);
    assert_eq!(plan.code, 4, "{}", plan.all());
    assert_eq!(stage.tandem(&strs(&release_line(&plan))).code, 0);
    assert_eq!(stage.tandem(&["status"]).code, 0);
    assert_eq!(stage.tandem(&["history"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_stale_before_the_first_cycle_and_fresh_after_it() {
    let stage = Stage::new().await;
    let before = stage.tandem(&["status", "--json"]);
    assert_eq!(before.code, 3, "{}", before.all());
    assert_eq!(before.document()["syncs"][0]["stale"], true);
    assert!(!stage.database().exists(), "status only reads");
    stage.seed(&["One"]);
    stage.tandem(&["--once"]);
    let after = stage.tandem(&["status", "--json"]);
    assert_eq!(after.code, 0, "{}", after.all());
    let sync = &after.document()["syncs"][0];
    assert_eq!((&sync["stale"], &sync["pairs"]["linked"]), (&false.into(), &1.into()));
    assert_eq!(sync["seen"]["github"][0]["of"], "octocat/app", "{sync}");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_what_an_item_showed_before_and_ends_quietly_when_nobody_reads() {
    let stage = Stage::new().await;
    stage.seed(&["One", "Two"]);
    stage.tandem(&["--once"]);
    stage.world.github(|github, now| {
        github.by("octocat", now).set_title(stage.repo, 1, "One, better").unwrap();
    });
    let run = stage.tandem(&["--once"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let history = stage.tandem(&["history", "octocat/app#1"]);
    assert!(history.stdout.contains("\"One\" -> \"One, better\""), "{}", history.all());
    let document = stage.tandem(&["history", "--json"]).document();
    assert_eq!(document["history"][0]["lost"]["text"], "One");
    assert_eq!(stage.tandem(&["history", "octocat/app#2"]).stdout, "");

    for args in [&["history"][..], &["history", "--json"], &["status"]] {
        let mut child =
            stage.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let told = Told::from(child.wait_with_output().unwrap());
        assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_json_is_one_document_with_the_exit_code() {
    let stage = Stage::new().await;
    let says = |told: Told, code: i32, what: &str| {
        assert_eq!(told.code, code, "{}", told.all());
        let error = told.document()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(what), "{error}");
    };
    says(stage.tandem(&["plan", "--json", "--once"]), 2, "--once");
    says(stage.tandem(&["history", "--json", "seven"]), 2, "seven");
    says(stage.tandem(&["--json", "--dry-run", "status"]), 2, "--dry-run");
    says(stage.tandem(&["status", "--json", "--config", "none.toml"]), 2, "none.toml");
    let no_token: Told =
        stage.command(&["--once", "--json"]).env_remove("NOTION_TOKEN").output().unwrap().into();
    says(no_token, 2, "NOTION_TOKEN");
    let bad_filter: Told =
        stage.command(&["status", "--json"]).env("TANDEM_LOG", "a=b=c").output().unwrap().into();
    says(bad_filter, 2, "TANDEM_LOG");

    std::fs::write(stage.database(), "this is a letter and no database at all. ".repeat(200))
        .unwrap();
    for args in [
        &["--once", "--json"][..],
        &["plan", "--json"],
        &["status", "--json"],
        &["history", "--json"],
    ] {
        says(stage.tandem(args), 1, "tandem.db");
    }

    stage.configure("Status", "[daemon]\nschedul = \"* * * * *\"");
    for args in [&["--once", "--json"][..], &["plan", "--json"], &["check", "--json"]] {
        says(stage.tandem(args), 2, "schedul");
    }
}

/// Waits for what must come; how long that takes does not matter.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited a minute for {what}");
}

/// A process that does not outlive a test that fails.
struct Running(Option<Child>);

impl Running {
    fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_starts_with_a_cycle_is_watched_by_status_and_ends_with_0_on_sigterm() {
    let stage = Stage::new().await;
    stage.configure("Status", "[daemon]\nschedule = \"* * * * * *\"");
    stage.seed(&["One"]);
    let daemon = stage.command(&["--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut daemon = Running(Some(daemon.unwrap()));
    until("the first cycle", || stage.tandem(&["status"]).code == 0).await;
    assert_eq!(stage.writes(), 1, "the page");
    assert_eq!(stage.tandem(&["--once"]).code, 6);
    let retitle = |title: &str| {
        stage.world.github(|github, now| {
            github.by("octocat", now).set_title(stage.repo, 1, title).unwrap();
        });
    };
    let signal = |name: &str| {
        let kill = Command::new("kill").args([name, &daemon.id().to_string()]).status();
        assert!(kill.unwrap().success());
    };
    stage.configure("Status", "[daemon]\nschedul = \"* * * * * *\"");
    signal("-HUP");
    for (title, writes) in [("One, better", 2), ("One, best", 3)] {
        retitle(title);
        until("a later cycle", || stage.writes() == writes).await;
    }
    signal("-TERM");
    let told = Told::from(daemon.0.take().unwrap().wait_with_output().unwrap());
    assert_eq!(told.code, 0, "{}", told.all());
    assert_eq!(told.document(), serde_json::json!({"exit": 0}));
    assert!(told.stderr.contains("Notion: 0 created, 1 updated"), "{}", told.stderr);
    assert!(told.stderr.contains("schedul"), "the new config was refused: {}", told.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_no_failure() {
    let stage = Stage::new().await;
    let help = stage.tandem(&["--help"]);
    assert_eq!(help.code, 0);
    for word in ["run", "plan", "release", "status", "history", "check", "--once", "--json"] {
        assert!(help.stdout.contains(word), "{word}: {}", help.stdout);
    }
}
