//! tandem: parse the command line, run, exit with the contract's code.

use std::process::ExitCode;

use tandem::cli::{self, Cli, Screen};
use tandem::config::Env;

fn main() -> ExitCode {
    let screen = Screen::default();
    match Cli::read(std::env::args_os(), &screen) {
        Ok(cli) => cli::run(cli, &Env::of_process(), &screen).into(),
        Err(exit) => exit.into(),
    }
}
