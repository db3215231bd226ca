//! One file per command; the only place that prints. Results go to stdout, everything else to stderr.

mod check;
mod connect;
mod cost;
mod daemon;
#[cfg(feature = "sim")]
mod demo;
mod exit;
mod failure;
mod handles;
mod history;
mod interrupt;
mod output;
mod plan;
mod progress;
mod release;
mod render;
mod round;
mod run;
mod screen;
mod status;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

pub use exit::Exit;
pub use screen::Screen;

use crate::config::{Config, Env, find_config};
use crate::engine::Scope;
use crate::model::ItemRef;
use failure::Failure;

/// Keeps GitHub issues and a Notion database in step, in both directions.
///
/// Without a command it is `tandem run`.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// Config file; else $TANDEM_CONFIG, ./config.toml, /etc/tandem/config.toml
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Print exactly one JSON document on stdout
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    run: RunArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Keep everything in step: the daemon, or one cycle with --once (the default command)
    Run(RunArgs),
    /// What the next cycle would write, with its cost in requests and minutes; changes nothing
    Plan {
        /// Compare everything, not only what changed
        #[arg(long)]
        full: bool,
    },
    /// Let go the plan that the brake stopped
    Release {
        /// The digest that `tandem run` and `tandem plan` show
        #[arg(long = "plan", value_name = "DIGEST")]
        digest: String,
    },
    /// Freshness of each sync, what is pending, held or failed, recent conflicts; exit code 3 when stale
    ///
    /// A sync is stale when five minutes have passed since the third run of `daemon.schedule` that followed its last
    /// fresh cycle, or when it never had one. A fresh cycle saw both sides whole and was not stopped by the brake. Where
    /// cron starts tandem, set `daemon.schedule` to the same times.
    Status,
    /// Every value tandem replaced, newest first, whole
    History {
        /// Only this item: owner/repo#n, an issue URL, a page id or a page URL
        #[arg(value_name = "ITEM")]
        item: Option<ItemRef>,
    },
    /// Config, tokens, permissions, capabilities, schema, mapping: every problem at once, with its remedy
    Check,
    /// The whole thing against the bundled stand-ins for GitHub and Notion: no account, no token, no network
    #[cfg(feature = "sim")]
    Demo(demo::Options),
}

/// How `run` runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
struct RunArgs {
    /// Run one cycle of every sync, then end
    #[arg(long)]
    once: bool,
    /// Compare everything now, not only what changed
    #[arg(long)]
    full: bool,
    /// Plan one cycle and print it; write nothing anywhere
    #[arg(long)]
    dry_run: bool,
}

impl RunArgs {
    /// Given before the command name and after it: both count.
    fn and(self, other: RunArgs) -> RunArgs {
        RunArgs {
            once: self.once || other.once,
            full: self.full || other.full,
            dry_run: self.dry_run || other.dry_run,
        }
    }
}

impl Cli {
    /// Reads a command line. On an `Err` everything is told already: a mistake, or the help that was asked for.
    pub fn read(args: impl IntoIterator<Item = OsString>, screen: &Screen) -> Result<Cli, Exit> {
        let args: Vec<OsString> = args.into_iter().collect();
        let wants_json = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
        let error = match Cli::try_parse_from(args).and_then(Cli::checked) {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        if !error.use_stderr() {
            // Help or version, on stdout. A reader who left is no failure.
            let _ = error.print();
            return Err(Exit::Done);
        }
        let message = error.render().to_string();
        Err(Failure::new(Exit::BadConfig, message.trim_end()).tell(wants_json, screen))
    }

    /// Refuses an option of `run` in front of another command, which would have no effect there.
    fn checked(self) -> Result<Cli, clap::Error> {
        let is_run = matches!(self.command, None | Some(Command::Run(_)));
        if is_run || self.run == RunArgs::default() {
            return Ok(self);
        }
        let message = "--once, --full and --dry-run in front of a command belong to `run`; write them behind the command they are for, or leave them out";
        Err(Cli::command().error(ErrorKind::ArgumentConflict, message))
    }

    /// The command that is meant.
    fn chosen(self) -> Command {
        match self.command {
            None => Command::Run(self.run),
            Some(Command::Run(args)) => Command::Run(args.and(self.run)),
            Some(command) => command,
        }
    }
}

/// What every command works with.
struct Context<'a> {
    config: Option<PathBuf>,
    json: bool,
    env: &'a Env,
    screen: &'a Screen,
}

impl Context<'_> {
    /// The config, checked.
    fn config(&self) -> Result<Config, Failure> {
        let path = find_config(self.config.clone(), self.env)?;
        Ok(Config::load(&path, self.env)?)
    }
}

/// Whether there is a database; one that cannot even be looked for is for opening to complain about.
fn has_database(config: &Config) -> bool {
    config.database.try_exists().unwrap_or(true)
}

/// Runs one command with an environment, and says how it ended. Makes the runtime for it.
pub fn run(cli: Cli, env: &Env, screen: &Screen) -> Exit {
    let context = Context { config: cli.config.clone(), json: cli.json, env, screen };
    let command = cli.chosen();
    // A panic is a bug, and ends with the exit code of one.
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        handles::check()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Failure::new(Exit::Failed, format!("the system gives tandem no threads: {error}"))
        })?;
        runtime.block_on(dispatch(command, &context))
    }));
    match ended.unwrap_or_else(|_| Err(bug())) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(context.json, screen),
    }
}

fn bug() -> Failure {
    let message = "this is a bug in tandem: please report it, with the lines above; nothing is lost, the next run goes on from here";
    Failure::new(Exit::Failed, message)
}

async fn dispatch(command: Command, context: &Context<'_>) -> Result<Exit, Failure> {
    let (filter, copied) = match &command {
        Command::Run(_) => ("warn,tandem=info", None),
        Command::Plan { .. }
        | Command::Release { .. }
        | Command::Status
        | Command::History { .. }
        | Command::Check => ("warn", None),
        #[cfg(feature = "sim")]
        Command::Demo(_) => (demo::LOG, Some(demo::KEPT_LOG)),
    };
    context.screen.log(context.env, filter, copied)?;
    match command {
        Command::Run(args) => run::run(args, context).await,
        Command::Plan { full } => {
            let scope = if full { Scope::Everything } else { Scope::Changes };
            plan::run(scope, context).await
        }
        Command::Release { digest } => release::run(&digest, context).await,
        Command::Status => status::run(context),
        Command::History { item } => history::run(item.as_ref(), context),
        Command::Check => check::run(context).await,
        #[cfg(feature = "sim")]
        Command::Demo(options) => demo::run(options, context).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Cli, clap::Error> {
        let args = line.split(' ').filter(|word| !word.is_empty());
        Cli::try_parse_from(std::iter::once("tandem").chain(args)).and_then(Cli::checked)
    }

    fn run_args(line: &str) -> RunArgs {
        match read(line).unwrap().chosen() {
            Command::Run(args) => args,
            other => panic!("`{line}` is {other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_the_default_and_its_options_work_with_and_without_its_name() {
        assert_eq!(run_args(""), RunArgs::default());
        let once_full = RunArgs { once: true, full: true, dry_run: false };
        for line in ["--once --full", "run --once --full", "--once run --full"] {
            assert_eq!(run_args(line), once_full, "{line}");
        }
        assert!(run_args("--dry-run").dry_run && run_args("run --dry-run").dry_run);
    }

    #[test]
    fn config_and_json_are_taken_before_and_after_the_command() {
        for line in ["--config a.toml --json status", "status --json --config a.toml"] {
            let cli = read(line).unwrap();
            assert_eq!((cli.config, cli.json), (Some(PathBuf::from("a.toml")), true), "{line}");
        }
        let cli = read("--config a.toml --once --json").unwrap();
        assert_eq!((cli.config, cli.json), (Some(PathBuf::from("a.toml")), true));
    }

    #[test]
    fn an_option_without_effect_is_refused() {
        for line in ["--once plan", "--dry-run status", "status --once", "plan --dry-run"] {
            assert!(read(line).is_err(), "{line}");
        }
        assert!(read("plan --full").is_ok());
    }

    #[test]
    fn release_needs_the_digest_of_a_plan() {
        assert!(read("release").is_err());
        assert!(read("release --plan 0123456789abcdef").is_ok());
    }

    #[test]
    fn an_item_is_named_in_any_of_its_forms_and_nothing_else_is_one() {
        let url = "https://www.notion.so/Title-00000000000000000000000000000001";
        for item in ["acme/app#7", "https://github.com/acme/app/issues/7", url] {
            assert!(read(&format!("history {item}")).is_ok(), "{item}");
        }
        let refused = read("history seven").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(refused.to_string().contains("owner/name#12"), "{refused}");
    }
}
