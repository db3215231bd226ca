//! One file per command; the only place that prints. Results go to stdout, everything else to stderr.

mod check;
mod connect;
mod exit;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use exit::Exit;

use crate::config::Env;

/// Keeps GitHub issues and a Notion database in step, in both directions.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Config, tokens, permissions, capabilities, schema, mapping: every problem at once, with its remedy
    Check {
        /// Config file; else $TANDEM_CONFIG, ./config.toml, /etc/tandem/config.toml
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Runs one command with an environment, and says how it ended.
pub async fn run(cli: Cli, env: &Env) -> Exit {
    match cli.command {
        Command::Check { config } => check::run(config, env).await,
    }
}
