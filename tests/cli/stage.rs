//! A repository, a database that fits it, and a config file that joins them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use tandem::sim::github::{NewIssue, NewRepo, Permission, RepoId};
use tandem::sim::notion::{Capabilities, Type};
use tandem::sim::{Served, Setup, World, github, serve};

/// What signs in at GitHub.
pub const GITHUB_TOKEN: &str = "a-token-of-github";
/// What signs in at Notion.
pub const NOTION_TOKEN: &str = "a-token-of-notion";

/// The stand-ins, and a directory to start tandem in.
pub struct Stage {
    pub world: Arc<World>,
    pub repo: RepoId,
    pub dir: tempfile::TempDir,
    served: Served,
    source: String,
}

/// What a command said and how it ended.
pub struct Told {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Told {
    /// The one document on stdout, which must name the exit code.
    pub fn document(&self) -> serde_json::Value {
        let document: serde_json::Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr));
        assert_eq!(document["exit"], self.code, "{document}");
        document
    }

    /// All of it, for messages.
    pub fn all(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.stdout, self.stderr)
    }
}

impl From<Output> for Told {
    fn from(output: Output) -> Told {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Told {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Stage {
    /// With a config that has nothing wrong in it.
    pub async fn new() -> Stage {
        let world: Arc<World> = World::new(Setup::default());
        let repo = world.github(|github, now| {
            github.add_user("octocat");
            github.add_token(GITHUB_TOKEN, "octocat");
            let repo =
                github.add_repo("octocat/app", &github::NewRepo { ..NewRepo::default() }, now);
            github.set_permission(repo, "octocat", Permission::Admin).unwrap();
            repo
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
        let stage = Stage { world, repo, dir: tempfile::tempdir().unwrap(), served, source };
        stage.configure("Status", "");
        stage
    }

    /// Issues that were always there.
    pub fn seed(&self, titles: &[&str]) {
        self.world.github(|github, now| {
            for title in titles {
                let issue = NewIssue { title: (*title).to_owned(), ..NewIssue::default() };
                github.seed_issue(self.repo, &issue, now).unwrap();
            }
        });
    }

    /// Writes the config anew: where the state is, and more at its end.
    pub fn configure(&self, state_property: &str, more: &str) {
        let text = format!(
            r#"
database = "{database}"
[github]
api_url = "{github}"
[notion]
api_url = "{notion}"
requests_per_minute = 100000
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
{more}
"#,
            database = self.database().display(),
            github = self.served.github_url(),
            notion = self.served.notion_url(),
            source = self.source,
        );
        std::fs::write(self.dir.path().join("config.toml"), text).unwrap();
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.dir.path().join("tandem.db")
    }

    /// The binary with its arguments, tokens and config.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("TANDEM_LOG")
            .env("TANDEM_CONFIG", self.dir.path().join("config.toml"))
            .env("GITHUB_TOKEN", GITHUB_TOKEN)
            .env("NOTION_TOKEN", NOTION_TOKEN);
        command
    }

    /// Runs it to its end.
    pub fn tandem(&self, args: &[&str]) -> Told {
        self.command(args).output().unwrap().into()
    }

    /// Requests that asked either side for a change.
    pub fn writes(&self) -> u64 {
        let counts = self.world.counts();
        counts.github.writes + counts.notion.writes
    }
}
