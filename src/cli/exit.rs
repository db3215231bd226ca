//! Exit codes (DESIGN §2): the contract with scripts and service managers.

use std::process::ExitCode;

use crate::engine::{ProblemKind, Report};
use crate::remote::RemoteError;
use crate::store::StoreError;

/// How a command ended. When several apply, [`Exit::first`] chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A bug, an unexpected failure, or a database file that cannot be used.
    Failed,
    /// Bad usage or bad config.
    BadConfig,
    /// The cycle ran, but something is held or failed; or `status` finds a sync stale.
    Held,
    /// The brake is on: nothing was written.
    Braked,
    /// A token was refused, lacks a permission, or cannot see something.
    NoAccess,
    /// Another tandem holds this database.
    InUse,
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
            Exit::Held => 3,
            Exit::Braked => 4,
            Exit::NoAccess => 5,
            Exit::InUse => 6,
            Exit::Unreachable => 7,
        }
    }

    /// What a remote failure means for the run.
    #[must_use]
    pub fn of(error: &RemoteError) -> Exit {
        Exit::of_problem(ProblemKind::of(error))
    }

    /// What a problem of a cycle means for the run.
    #[must_use]
    pub fn of_problem(kind: ProblemKind) -> Exit {
        match kind {
            ProblemKind::Config => Exit::BadConfig,
            ProblemKind::Access => Exit::NoAccess,
            ProblemKind::Unreachable => Exit::Unreachable,
        }
    }

    /// What a failure of the database means for the run.
    #[must_use]
    pub fn of_store(error: &StoreError) -> Exit {
        match error {
            StoreError::InUse { .. } => Exit::InUse,
            StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Full { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::Busy { .. }
            | StoreError::AlreadyPaired { .. }
            | StoreError::NoSuchPair(_)
            | StoreError::Nested
            | StoreError::Other { .. } => Exit::Failed,
        }
    }

    /// What one cycle of one sync means for the run.
    #[must_use]
    pub fn of_report(report: &Report) -> Exit {
        let mut exit = Exit::Done;
        for problem in &report.problems {
            exit = exit.first(Exit::of_problem(problem.kind));
        }
        if report.brake.is_some() {
            exit = exit.first(Exit::Braked);
        }
        if !report.held.is_empty() || !report.failed.is_empty() {
            exit = exit.first(Exit::Held);
        }
        exit
    }

    /// The one that is told when several apply: the first of 2, 6, 1, 5, 4, 7, 3.
    #[must_use]
    pub fn first(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::BadConfig => 0,
            Exit::InUse => 1,
            Exit::Failed => 2,
            Exit::NoAccess => 3,
            Exit::Braked => 4,
            Exit::Unreachable => 5,
            Exit::Held => 6,
            Exit::Done => 7,
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
    use crate::engine::{Brake, Problem, Waiting};

    const ALL: [Exit; 8] = [
        Exit::Done,
        Exit::Failed,
        Exit::BadConfig,
        Exit::Held,
        Exit::Braked,
        Exit::NoAccess,
        Exit::InUse,
        Exit::Unreachable,
    ];

    #[test]
    fn of_several_the_first_of_2_6_1_5_4_7_3_is_told() {
        let order = [2, 6, 1, 5, 4, 7, 3, 0];
        let place = |exit: Exit| order.iter().position(|code| *code == exit.code()).unwrap();
        for one in ALL {
            for other in ALL {
                let told = if place(one) < place(other) { one } else { other };
                assert_eq!(one.first(other), told, "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_report_ends_with_its_gravest_part() {
        let mut report = Report::new("app");
        assert_eq!(Exit::of_report(&report), Exit::Done);
        let waiting = Waiting { item: "acme/app#1".into(), reason: "no title yet".into() };
        report.pending.push(waiting.clone());
        assert_eq!(Exit::of_report(&report), Exit::Done, "to wait is no failure");
        report.failed.push(waiting);
        assert_eq!(Exit::of_report(&report), Exit::Held);
        report.problems.push(Problem { kind: ProblemKind::Unreachable, message: String::new() });
        assert_eq!(Exit::of_report(&report), Exit::Unreachable);
        report.brake = Some(Brake { digest: "d".into(), reasons: vec![] });
        assert_eq!(Exit::of_report(&report), Exit::Braked);
        report.problems.push(Problem { kind: ProblemKind::Access, message: String::new() });
        assert_eq!(Exit::of_report(&report), Exit::NoAccess);
        report.problems.push(Problem { kind: ProblemKind::Config, message: String::new() });
        assert_eq!(Exit::of_report(&report), Exit::BadConfig);
    }
}
