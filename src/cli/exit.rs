//! Exit codes (DESIGN §2): the contract with scripts and service managers.

use std::process::ExitCode;

use crate::remote::RemoteError;

/// How a command ended. When several apply, [`Exit::first`] chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A bug, an unexpected failure, or a database file that cannot be used.
    Failed,
    /// Bad usage or bad config.
    BadConfig,
    /// A token was refused, lacks a permission, or cannot see something.
    NoAccess,
    /// A side could not be reached, answers nonsense, or limits us for too long.
    Unreachable,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::BadConfig => 2,
            Exit::NoAccess => 5,
            Exit::Unreachable => 7,
        }
    }

    /// What a remote failure means for the run.
    #[must_use]
    pub fn of(error: &RemoteError) -> Exit {
        match error {
            RemoteError::Auth { .. } | RemoteError::Missing { .. } => Exit::NoAccess,
            RemoteError::Transient { .. }
            | RemoteError::Limited { .. }
            | RemoteError::Unclear { .. }
            | RemoteError::Nonsense { .. } => Exit::Unreachable,
            RemoteError::Gone { .. } | RemoteError::Moved { .. } | RemoteError::Refused { .. } => {
                Exit::BadConfig
            }
        }
    }

    /// The one that is told when several apply: the first of 2, 6, 1, 5, 4, 7, 3.
    #[must_use]
    pub fn first(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::BadConfig => 0,
            Exit::Failed => 1,
            Exit::NoAccess => 2,
            Exit::Unreachable => 3,
            Exit::Done => 4,
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_config_is_told_before_a_refused_token_and_that_before_an_outage() {
        assert_eq!(Exit::Unreachable.first(Exit::NoAccess).code(), 5);
        assert_eq!(Exit::NoAccess.first(Exit::BadConfig).code(), 2);
        assert_eq!(Exit::Done.first(Exit::Unreachable).code(), 7);
        assert_eq!(Exit::Failed.first(Exit::Done).code(), 1);
    }
}
