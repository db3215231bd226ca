//! What came of the demo: the claims that did not hold, the cycles, the verdict; as a table and as one JSON document.

use serde_json::{Value as Json, json};

use super::cycles::Cycle;
use super::stage::Stage;
use super::story::troubles;
use super::tell::{Tell, number};
use crate::cli::Exit;
use crate::engine::{Held, Report};
use crate::sim::Counts;
use crate::sim::agreement::{Difference, Verdict};

/// So many differences are shown one by one.
pub(super) const SHOWN: usize = 20;

/// Everything that came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Claims that did not hold.
    failures: Vec<String>,
    /// The cycles, in their order.
    pub(super) cycles: Vec<Cycle>,
    /// What people did, and whether it came true.
    pub(super) edits: Vec<Edit>,
    /// What the comparison of both sides said.
    pub(super) agreement: Option<Agreement>,
}

/// Something people did.
#[derive(Debug)]
pub(super) struct Edit {
    /// Who did what.
    pub(super) said: String,
    /// What must have come of it.
    pub(super) expected: String,
    /// Whether it came true.
    pub(super) holds: bool,
}

/// The verdict on both sides, with what the engine itself says it could not carry over.
#[derive(Debug)]
pub(super) struct Agreement {
    pub(super) issues: usize,
    pub(super) pages: usize,
    pub(super) values: usize,
    /// Differences that the report of the last cycle does not name.
    pub(super) unexcused: Vec<String>,
    /// What is held, each with item, field and reason.
    pub(super) held: Vec<String>,
}

impl Agreement {
    pub(super) fn new(verdict: Verdict, last: Option<&Report>) -> Agreement {
        let held = last.map_or(&[][..], |report| report.held.as_slice());
        let is_listed = |difference: &Difference| {
            let item = difference.item();
            held.iter().any(|held| {
                let field = held.field.map(|field| field.as_str());
                held.item == item && (field.is_none() || field == difference.field())
            })
        };
        let unexcused = verdict.differences.iter().filter(|difference| !is_listed(difference));
        Agreement {
            issues: verdict.issues,
            pages: verdict.pages,
            values: verdict.values,
            unexcused: unexcused.map(ToString::to_string).collect(),
            held: held.iter().map(line_of).collect(),
        }
    }
}

fn line_of(held: &Held) -> String {
    let field = held.field.map_or("everything", |field| field.as_str());
    let value = held.value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
    format!("{}, {field}{value}: {}", held.item, held.reason)
}

impl Outcome {
    /// Notes whether a claim holds, and says it.
    pub(super) fn check(&mut self, tell: &Tell, holds: bool, claim: &str) {
        tell.checked(holds, claim);
        if !holds {
            self.failures.push(claim.to_owned());
        }
    }

    /// Notes a cycle; nothing may have gone wrong in it.
    pub(super) fn add(&mut self, tell: &Tell, cycle: Cycle) {
        for trouble in troubles(&cycle.report).into_iter().take(SHOWN) {
            self.check(tell, false, &trouble);
        }
        self.cycles.push(cycle);
    }

    /// What the last cycle said.
    pub(super) fn last_report(&self) -> Option<&Report> {
        self.cycles.last().map(|cycle| &cycle.report)
    }

    /// 0 only when everything held.
    pub(super) fn exit(&self) -> Exit {
        if self.failures.is_empty() { Exit::Done } else { Exit::Failed }
    }

    /// The end of the story, or the document.
    pub(super) fn show(&self, tell: &Tell, stage: &Stage, goes_on: bool) {
        tell.chapter("In numbers, as the stand-ins counted them");
        for line in self.table() {
            tell.line(&line);
        }
        let verdict = match self.failures.len() {
            0 => "Everything held.".to_owned(),
            some => format!("{} did not hold.", number(some, "claim", "claims")),
        };
        tell.chapter(&verdict);
        if !stage.place.is_temporary() {
            let config = stage.config.path.display();
            tell.line("Kept, to look at any time:");
            tell.line(&format!("  tandem status --config {config}"));
            tell.line(&format!("  tandem history --config {config}"));
        }
        tell.document(&self.document(stage, goes_on));
    }

    fn table(&self) -> Vec<String> {
        let head = format!(
            "  {:5}  {:20} {:>8} {:>6} {:>7}   {:>8} {:>7}   {:>9}",
            "cycle", "", "GitHub", "(304)", "writes", "Notion", "writes", "time"
        );
        let row = |(index, cycle): (usize, &Cycle)| {
            let Counts { reads, not_modified, writes, limited: _ } = cycle.counts.github;
            let notion = cycle.counts.notion;
            let number = index + 1;
            let secs = cycle.took.as_secs_f64();
            format!(
                "  {number:>5}  {:20} {reads:>8} {not_modified:>6} {writes:>7}   {:>8} {:>7}   {secs:>7.2} s",
                cycle.purpose, notion.reads, notion.writes
            )
        };
        [head].into_iter().chain(self.cycles.iter().enumerate().map(row)).collect()
    }

    fn document(&self, stage: &Stage, goes_on: bool) -> Json {
        json!({
            "ok": self.failures.is_empty(),
            "exit": self.exit().code(),
            "failures": self.failures,
            "repository": stage.repository(),
            "issues": stage.issues,
            "pull_requests": stage.pull_requests,
            "cycles": self.cycles.iter().map(cycle_document).collect::<Vec<_>>(),
            "edits": self.edits.iter().map(|edit| json!({
                "said": edit.said, "expected": edit.expected, "holds": edit.holds,
            })).collect::<Vec<_>>(),
            "agreement": self.agreement.as_ref().map(|agreement| json!({
                "issues": agreement.issues,
                "pages": agreement.pages,
                "values": agreement.values,
                "differences": agreement.unexcused,
                "held": agreement.held,
            })),
            "serving": goes_on.then(|| json!({
                "github": stage.served.github_url(),
                "notion": stage.served.notion_url(),
                "config": stage.config.path.display().to_string(),
            })),
            "kept": (!stage.place.is_temporary()).then(|| stage.config.path.display().to_string()),
        })
    }
}

fn cycle_document(cycle: &Cycle) -> Json {
    let counts = |counts: &Counts| {
        let Counts { reads, not_modified, writes, limited } = counts;
        json!({ "reads": reads, "not_modified": not_modified, "writes": writes, "limited": limited })
    };
    json!({
        "purpose": cycle.purpose,
        "github": counts(&cycle.counts.github),
        "notion": counts(&cycle.counts.notion),
        "secs": cycle.took.as_secs_f64(),
        "outcome": cycle.report.outcome(),
    })
}
