//! tandem: parse the command line, start logging, run, exit with the contract's code.

use std::process::ExitCode;

use clap::Parser;
use tandem::cli::{self, Cli};
use tandem::config::Env;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("TANDEM_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    cli::run(cli, &Env::of_process()).await.into()
}
