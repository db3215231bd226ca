//! Why a command could not do its work: what, where, what to do; and the exit code that says so.

use serde::Serialize;

use super::Exit;
use super::connect::ConnectError;
use super::output::print_document;
use super::screen::Screen;
use crate::config::{Diagnostics, NoConfig};
use crate::store::StoreError;

/// A command that could not do its work.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// How the process ends.
    pub(super) exit: Exit,
    /// What, where and what to do.
    pub(super) message: String,
}

/// A failure as the one JSON document of its command.
#[derive(Debug, Serialize)]
struct Document<'a> {
    exit: u8,
    error: &'a str,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into() }
    }

    /// Tells it: as a JSON document on stdout where one was asked for, and to people on stderr.
    pub(super) fn tell(&self, json: bool, screen: &Screen) -> Exit {
        screen.say(&self.message);
        if json {
            let document = Document { exit: self.exit.code(), error: &self.message };
            // When stdout is gone there is nobody left to tell.
            return print_document(&document, self.exit).unwrap_or(self.exit);
        }
        self.exit
    }
}

impl From<NoConfig> for Failure {
    fn from(missing: NoConfig) -> Failure {
        Failure::new(Exit::BadConfig, missing.to_string())
    }
}

impl From<Diagnostics> for Failure {
    fn from(problems: Diagnostics) -> Failure {
        Failure::new(Exit::BadConfig, problems.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::new(Exit::of_store(&error), error.to_string())
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Failure {
        let exit = match &error {
            ConnectError::Secrets(_) => Exit::BadConfig,
            ConnectError::Transport(_) => Exit::Failed,
            ConnectError::Remote(error) => Exit::of(error),
        };
        Failure::new(exit, error.to_string())
    }
}
