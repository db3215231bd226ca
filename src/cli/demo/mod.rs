//! `tandem demo`: the whole thing against the bundled stand-ins for GitHub and Notion. No account, no token, no network.
//!
//! Everything goes the way it goes in earnest: a config file, a database file, real HTTP (to this machine), the same
//! engine. What is claimed is counted by the stand-ins and compared by them, not by the engine.

mod acts;
mod cycles;
mod differently;
mod issues;
mod outcome;
mod place;
mod stage;
mod story;
mod tell;

use std::path::PathBuf;

use clap::Args;

use self::issues::{BadFile, Issues};
use self::outcome::Outcome;
use self::place::{NoPlace, Place};
use self::stage::{NoStage, Stage};
use self::tell::Tell;
use super::interrupt;
use super::{Context, Exit, Failure, Screen};
use crate::daemon::{Signal, Signals};

/// What is logged: beside the story, only how far a long cycle has come.
pub(super) const LOG: &str = "warn,tandem::cli::progress=info";
/// What goes into the log file that `--keep` keeps: every request and every decision.
pub(super) const KEPT_LOG: &str = "info,tandem=debug";

/// What `tandem demo` can be told.
#[derive(Debug, Clone, Args)]
pub(super) struct Options {
    /// Begin with these issues: GitHub's REST shape, one JSON object a line, plain or gzipped
    #[arg(long, value_name = "FILE")]
    issues: Option<PathBuf>,
    /// Hold Notion's stand-in and tandem to this pace (180 on most plans) instead of taking seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests_per_minute: Option<u32>,
    /// Keep config, database and log in this directory, to try `tandem status` and `tandem history` on
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Keep the stand-ins running afterwards, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

/// Runs the command: as a story, or as one JSON document.
pub(super) async fn run(options: Options, context: &Context<'_>) -> Result<Exit, Failure> {
    if context.config.is_some() {
        let message = "`tandem demo` writes a config of its own; leave --config out";
        return Err(Failure::new(Exit::BadConfig, message));
    }
    let mut signals = interrupt::listen()?;
    let tell = if context.json { Tell::silently() } else { Tell::aloud() };
    let (outcome, stage) = tokio::select! {
        played = play(&options, &tell, context.screen) => played?,
        () = stop(&mut signals) => return Err(Failure::new(Exit::Failed, "the demo was interrupted")),
    };
    outcome.show(&tell, &stage, options.serve);
    if options.serve {
        invite(&tell, &stage);
        stop(&mut signals).await;
    }
    Ok(outcome.exit())
}

/// Comes back when somebody wants the end.
async fn stop(signals: &mut impl Signals) {
    while signals.next().await != Signal::Stop {}
}

/// Sets the stage and plays the story on it.
async fn play(
    options: &Options,
    tell: &Tell,
    screen: &Screen,
) -> Result<(Outcome, Stage), Failure> {
    let issues = match &options.issues {
        Some(path) => Issues::read(path)?,
        None => Issues::bundled()?,
    };
    let place = match &options.keep {
        Some(path) => {
            let place = Place::kept(path)?;
            screen.copy_log_to(place.create(place::LOG)?);
            place
        }
        None => Place::temporary()?,
    };
    let stage = Stage::set(&issues, options.requests_per_minute, place).await?;
    drop(issues);
    let outcome = story::play(&stage, tell, screen).await?;
    Ok((outcome, stage))
}

/// Says where the stand-ins are, and what to try on them.
fn invite(tell: &Tell, stage: &Stage) {
    let config = stage.config.path.display();
    let (github, notion) = (stage.served.github_url(), stage.served.notion_url());
    let repository = stage.repository();
    let number = stage.pairs().first().map_or(1, |(issue, _)| issue.number);
    tell.chapter("The stand-ins go on until Ctrl-C");
    tell.line(&format!("  GitHub  {github}"));
    tell.line(&format!("  Notion  {notion}"));
    tell.line(&format!("  Config  {config}"));
    tell.line("  Try, in another terminal:");
    tell.line(&format!("    tandem check --config {config}"));
    tell.line(&format!("    tandem run --once --config {config}"));
    tell.line(&format!(
        "    curl -X PATCH {github}/repos/{repository}/issues/{number} -H 'Authorization: Bearer {}' -d '{{\"title\": \"Another title\"}}'",
        stage::GITHUB_TOKEN
    ));
}

impl From<BadFile> for Failure {
    fn from(error: BadFile) -> Failure {
        Failure::new(Exit::BadConfig, error.to_string())
    }
}

impl From<NoPlace> for Failure {
    fn from(error: NoPlace) -> Failure {
        let exit = match &error {
            NoPlace::Taken(..) => Exit::BadConfig,
            NoPlace::Io { .. } => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<NoStage> for Failure {
    fn from(error: NoStage) -> Failure {
        let exit = match &error {
            NoStage::Import(..) => Exit::BadConfig,
            NoStage::GitHub(_)
            | NoStage::Notion(_)
            | NoStage::Place(_)
            | NoStage::Serve(_)
            | NoStage::Config(_) => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    }
}
