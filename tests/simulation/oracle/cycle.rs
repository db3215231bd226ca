//! One cycle from its begin to its end: what it must not have done as a whole.

use std::collections::BTreeSet;

use tandem::engine::{Mode, Report, Scope};
use tandem::model::Sides;
use tokio::time::Instant;

use super::{Oracle, Who, name_of};
use crate::snapshot::{Key, Object};

/// So many requests one cycle of a small world may take (I14).
const MAX_REQUESTS: u64 = 3_000;

/// The cycle that runs, or ran last.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) began: u64,
    pub(super) at: Instant,
    pub(super) scope: Scope,
    is_dry: bool,
    writes_before: u64,
    requests_before: u64,
    /// Whose lists were not to be trusted.
    pub(super) deceived_by: Sides<bool>,
    /// Issues with a value that was not empty and is replaced.
    pub(super) overwritten: BTreeSet<u64>,
    /// Requests to close issues again that tandem had reopened before.
    pub(super) closings: u64,
}

impl Running {
    /// The one before the first.
    pub(super) fn none() -> Running {
        Running {
            began: 0,
            at: Instant::now(),
            scope: Scope::Changes,
            is_dry: false,
            writes_before: 0,
            requests_before: 0,
            deceived_by: Sides::default(),
            overwritten: BTreeSet::new(),
            closings: 0,
        }
    }

    /// Whether a list was not to be trusted.
    pub(super) fn was_deceived(&self) -> bool {
        self.deceived_by.github || self.deceived_by.notion
    }
}

impl Oracle {
    pub fn begin_cycle(&mut self, scope: Scope, mode: Mode) {
        self.note(Who::Late);
        let counts = self.world.counts();
        self.cycle = Running {
            began: self.seq,
            scope,
            is_dry: mode == Mode::PlanOnly,
            writes_before: counts.github.writes + counts.notion.writes,
            requests_before: counts.github.writes
                + counts.notion.writes
                + counts.github.reads
                + counts.notion.reads,
            ..Running::none()
        };
    }

    /// What a cycle as a whole must not have done; without a report it was killed. `is_released`: a person had let go what it
    /// did.
    pub fn end_cycle(&mut self, report: Option<&Report>, is_released: bool) {
        if self.keeps_trace {
            let how = report.map_or("killed", Report::outcome);
            self.trace.push(format!("-- end of the cycle: {how}"));
        }
        let counts = self.world.counts();
        let writes = counts.github.writes + counts.notion.writes - self.cycle.writes_before;
        let requests =
            counts.github.writes + counts.notion.writes + counts.github.reads + counts.notion.reads
                - self.cycle.requests_before;
        if self.cycle.is_dry && writes > 0 {
            self.complain("I15", format!("a dry run wrote {writes} times"));
        }
        if requests > MAX_REQUESTS {
            self.complain("I14", format!("{requests} requests in one cycle"));
        }
        if self.cycle.was_deceived() {
            self.note_hidden();
        }
        self.was_misled |= self.known.is_empty() && self.cycle.was_deceived();
        let Some(report) = report else { return };
        if report.problems.is_empty() && !self.cycle.is_dry {
            let failed = |issue: u64| {
                let name = name_of(Object::Issue(issue));
                let mut waiting = report.failed.iter().chain(&report.pending);
                waiting.any(|waiting| waiting.item == name)
            };
            self.unsure.retain(|(issue, _)| failed(*issue));
            self.raced.retain(|issue| failed(*issue));
            self.late.retain(|place| self.unsure.contains(place));
            if report.is_fresh() {
                self.seq += 1;
                self.has_got_to_know(report, failed);
                if self.is_listed && report.brake.is_none() && !self.cycle.was_deceived() {
                    self.judge_skipped(report);
                }
            }
            self.note_agreement();
        }
        self.unlinked += report.counts.unlinked;
        if self.unlinked > self.removed {
            let (given_up, removed) = (self.unlinked, self.removed);
            self.complain("I7", format!("{given_up} pairs were given up, {removed} taken away"));
        }
        // An issue that was reopened for another reason is closed again, brake or not.
        if report.brake.is_some() && writes > self.cycle.closings {
            self.complain("I8", format!("the brake was on, and {writes} requests wrote"));
        }
        let pairs = usize::try_from(report.counts.pairs).unwrap_or(usize::MAX);
        let most = (self.terms.brake_floor as usize).max(pairs * 30 / 100);
        // What people do while the cycle runs comes on top.
        if !is_released && self.cycle.overwritten.len() > most + 3 {
            let count = self.cycle.overwritten.len();
            self.complain("I8", format!("{count} of {pairs} pairs were overwritten, no brake"));
        }
    }

    /// Whether that is an issue that tandem reopened, to close it for another reason.
    pub(super) fn is_halfway_reopened(&self, path: &str) -> bool {
        let number = path.rsplit_once("/issues/").and_then(|(_, number)| number.parse().ok());
        let issue = number.map(Object::Issue);
        issue.is_some_and(|issue| {
            self.put.contains_key(&(issue, Key::State))
                && self.now.value(issue, &Key::State).is_some_and(|state| state == "open")
        })
    }
}
