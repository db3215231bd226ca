//! `tandem status`: how fresh every sync is, and what waits, is held or failed. It only reads, also while a daemon runs.

mod fresh;
mod past;
mod view;

use crate::clock;
use crate::config::Config;
use crate::store::Store;

use super::output::{Out, print_document};
use super::{Context, Exit, Failure, has_database};
use view::Status;

/// Runs the command.
pub(super) fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let config = context.config()?;
    let status = Status::read(&config, open(&config)?.as_ref(), clock::now_utc())?;
    let exit = status.exit();
    if context.json {
        return print_document(&status, exit);
    }
    let mut out = Out::stdout();
    for line in status.lines() {
        out.line(line);
    }
    out.close(exit)
}

/// The database; `None` before the first cycle.
fn open(config: &Config) -> Result<Option<Store>, Failure> {
    if !has_database(config) {
        return Ok(None);
    }
    Ok(Some(Store::open_read_only(&config.database)?))
}
