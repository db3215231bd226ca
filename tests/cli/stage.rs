//! A repository, a database that fits it, and a config file that joins them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use tandem::sim::github::{NewIssue, NewRepo, Permission, RepoId};
use tandem::sim::notion::{Capabilities, DataSourceId, DatabaseId, Type, UserId};
use tandem::sim::{Served, Setup, World, github, serve};

/// What signs in at GitHub.
pub const GITHUB_TOKEN: &str = "a-token-of-github";
/// What signs in at Notion.
pub const NOTION_TOKEN: &str = "a-token-of-notion";

/// Known to neither side.
pub const WRONG_TOKEN: &str = "some-other-token";
/// Looks like a token of GitHub, and is written where none may be.
pub const LITERAL_TOKEN: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";

/// What no output may ever hold (I17).
const SECRETS: [&str; 4] = [GITHUB_TOKEN, NOTION_TOKEN, WRONG_TOKEN, LITERAL_TOKEN];

/// The stand-ins, and a directory to start tandem in.
pub struct Stage {
    pub world: Arc<World>,
    pub repo: RepoId,
    /// Notion's database "Tasks", its only data source, and the bot that made it.
    pub tasks: (DatabaseId, DataSourceId, UserId),
    pub dir: tempfile::TempDir,
    served: Served,
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
        let told = Told {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        for secret in SECRETS {
            assert!(!told.all().contains(secret), "`{secret}` is shown: {}", told.all());
        }
        told
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
        let tasks = world.notion(|notion, now| {
            let bot = notion.add_token(NOTION_TOKEN, "tandem", Capabilities::full());
            let schema = [
                ("Name", Type::Title),
                ("GitHub", Type::Url),
                ("Status", Type::status(&["To do"], &["In progress"], &["Done"])),
            ];
            let (database, source) = notion.add_data_source("Tasks", &schema, bot, now);
            notion.share(source, NOTION_TOKEN).unwrap();
            (database, source, bot)
        });
        let served = serve(Arc::clone(&world)).await.unwrap();
        let stage = Stage { world, repo, tasks, dir: tempfile::tempdir().unwrap(), served };
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
            source = self.tasks.1,
        );
        std::fs::write(self.config(), text).unwrap();
    }

    /// Replaces something that is in the config.
    pub fn edit_config(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "no `{from}` in {text}");
        std::fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    /// Where GitHub's stand-in listens.
    pub fn github_url(&self) -> String {
        self.served.github_url()
    }

    /// Where Notion's stand-in listens.
    pub fn notion_url(&self) -> String {
        self.served.notion_url()
    }

    /// The config file.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.dir.path().join("tandem.db")
    }

    /// The binary with its arguments, tokens and config.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(args);
        self.at_home(&mut command);
        command
    }

    /// Gives a command its directory, tokens and config.
    pub fn at_home(&self, command: &mut Command) {
        command
            .current_dir(self.dir.path())
            .env_remove("TANDEM_LOG")
            .env("TANDEM_CONFIG", self.config())
            .env("GITHUB_TOKEN", GITHUB_TOKEN)
            .env("NOTION_TOKEN", NOTION_TOKEN);
    }

    /// Runs it to its end.
    pub fn tandem(&self, args: &[&str]) -> Told {
        self.command(args).output().unwrap().into()
    }

    /// What a person sees who types these command lines one after another; each must end with its exit code. What
    /// differs from run to run is replaced by its name.
    pub fn transcript(&self, lines: &[(&str, i32)]) -> String {
        self.transcript_with(lines, |_| {})
    }

    /// The same, with something about each command changed.
    pub fn transcript_with(&self, lines: &[(&str, i32)], change: impl Fn(&mut Command)) -> String {
        self.transcript_of(lines, |args| {
            let mut command = self.command(args);
            change(&mut command);
            command
        })
    }

    /// The same, with commands that another program starts.
    pub fn transcript_of(
        &self,
        lines: &[(&str, i32)],
        make: impl Fn(&[&str]) -> Command,
    ) -> String {
        let mut all = String::new();
        for (line, code) in lines {
            let mut command = make(&line.split_whitespace().collect::<Vec<_>>());
            let told = Told::from(command.output().unwrap());
            assert_eq!(told.code, *code, "tandem {line}: {}", told.all());
            let stderr = told.stderr.lines().map(|line| format!("2> {}\n", untimed(line)));
            let said = format!("{}{}", uncounted(&told.stdout), stderr.collect::<String>());
            all += &format!("$ tandem {line}\n{}[exit {code}]\n\n", self.unplaced(&said));
        }
        all.trim_end().to_owned()
    }

    /// Without what is different in every run: directory, ports, process.
    fn unplaced(&self, text: &str) -> String {
        let dir = self.dir.path().canonicalize().unwrap();
        let process = format!("process {}", std::process::id());
        text.replace(&dir.display().to_string(), "[DIR]")
            .replace(&self.served.github_url(), "[GITHUB]")
            .replace(&self.served.notion_url(), "[NOTION]")
            .replace(&process, "process [PID]")
    }

    /// Requests that asked either side for a change.
    pub fn writes(&self) -> u64 {
        let counts = self.world.counts();
        counts.github.writes + counts.notion.writes
    }
}

/// A line of the log without its time.
fn untimed(line: &str) -> String {
    match line.split_once(' ') {
        Some((time, rest)) if time.ends_with('Z') && time.contains('T') => {
            format!("[TIME] {}", rest.trim_start())
        }
        Some(_) | None => line.to_owned(),
    }
}

/// A document without its counts, which say nothing of trouble; what is no document stays.
fn uncounted(stdout: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<serde_json::Value>(stdout) else {
        return stdout.to_owned();
    };
    for sync in document["syncs"].as_array_mut().into_iter().flatten() {
        sync.as_object_mut().and_then(|sync| sync.remove("counts"));
    }
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}
