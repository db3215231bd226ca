//! What became of a round, for people and as a document.

use std::fmt::Display;

use serde::Serialize;

use super::cost::Cost;
use super::progress::spoken;
use super::round::{Outcome, Round};
use crate::engine::{Brake, Counts, Held, Problem, Report, Waiting};
use crate::model::{Field, Side};

/// Pending items that are named to people; a document names all of them.
const NAMED_PENDING: usize = 20;

/// Whether a round wrote, or only planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// It wrote what had to be written.
    Done,
    /// It planned only; Notion may be sent so many requests a minute.
    Planned {
        /// The configured budget.
        notion_per_minute: u32,
    },
}

/// A round as the one document of a command.
#[derive(Debug, Serialize)]
pub(super) struct RoundDocument<'a> {
    exit: u8,
    dry_run: bool,
    /// A signal ended the run before everything was done.
    halted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
    syncs: Vec<SyncDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct SyncDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<&'a str>,
    outcome: &'static str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
    #[serde(flatten)]
    report: Option<&'a Report>,
}

/// A round as a document; `exit` is what the process ends with.
pub(super) fn document(round: &Round, show: Show, exit: u8) -> RoundDocument<'_> {
    RoundDocument {
        exit,
        dry_run: show != Show::Done,
        halted: round.halted,
        cost: total(round, show),
        syncs: round.outcomes.iter().map(|outcome| sync_document(outcome, show)).collect(),
    }
}

fn sync_document(outcome: &Outcome, show: Show) -> SyncDocument<'_> {
    let (report, error) = match outcome {
        Outcome::Ran(report) => (Some(report.as_ref()), None),
        Outcome::Broke { error, .. } => (None, Some(error.to_string())),
        Outcome::Skipped { .. } => (None, Some(SKIPPED.to_owned())),
    };
    SyncDocument {
        // A report has its own name of the sync.
        sync: report.is_none().then(|| outcome.sync()),
        outcome: outcome.word(),
        exit: outcome.exit().code(),
        error,
        release: report.and_then(|report| report.brake.as_ref()).map(release),
        cost: report.and_then(|report| cost(report, show)),
        report,
    }
}

const SKIPPED: &str = "not run: a signal came first";

/// What lets a braked plan go.
pub(super) fn release(brake: &Brake) -> String {
    release_of(&brake.digest)
}

/// What lets the plan of this digest go.
pub(super) fn release_of(digest: &str) -> String {
    format!("tandem release --plan {digest}")
}

fn cost(report: &Report, show: Show) -> Option<Cost> {
    match show {
        Show::Done => None,
        Show::Planned { notion_per_minute } => Some(Cost::of(&report.plan, notion_per_minute)),
    }
}

fn total(round: &Round, show: Show) -> Option<Cost> {
    let costs = round.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Ran(report) => cost(report, show),
        Outcome::Broke { .. } | Outcome::Skipped { .. } => None,
    });
    costs.reduce(|sum, cost| sum + cost)
}

/// A round for people, line by line.
pub(super) fn lines(round: &Round, show: Show) -> Vec<String> {
    let mut lines = Vec::new();
    for outcome in &round.outcomes {
        match outcome {
            Outcome::Ran(report) => report_lines(report, show, &mut lines),
            Outcome::Broke { sync, error } => {
                lines.push(format!("sync `{sync}`: failed"));
                lines.push(labelled("problem", error));
            }
            Outcome::Skipped { sync } => lines.push(format!("sync `{sync}`: {SKIPPED}")),
        }
    }
    if round.outcomes.len() > 1
        && let Some(cost) = total(round, show)
    {
        lines.push(format!("in all: {}", cost_line(cost)));
    }
    if round.halted {
        lines.push("stopped by a signal; nothing is lost: run again".to_owned());
    }
    lines
}

/// What needs a person or another try, line by line: held, failed, problems, the brake.
pub(super) fn trouble_lines(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    match outcome {
        Outcome::Ran(report) => {
            lines.extend(report.held.iter().map(held_line));
            lines.extend(report.failed.iter().map(failed_line));
            lines.extend(report.problems.iter().map(problem_line));
            if let Some(brake) = &report.brake {
                brake_lines(brake, &mut lines);
            }
        }
        Outcome::Broke { error, .. } => lines.push(labelled("problem", error)),
        Outcome::Skipped { .. } => {}
    }
    lines
}

fn problem_line(problem: &Problem) -> String {
    labelled("problem", &problem.message)
}

fn report_lines(report: &Report, show: Show, lines: &mut Vec<String>) {
    lines.push(headline(report, show));
    match show {
        Show::Done => count_lines(&report.counts, lines),
        Show::Planned { .. } => {
            lines.extend(report.plan.iter().map(|line| format!("  {line}")));
            if let Some(cost) = cost(report, show).filter(|_| !report.plan.is_empty()) {
                lines.push(labelled("cost", cost_line(cost)));
            }
        }
    }
    lines.extend(report.held.iter().map(held_line));
    lines.extend(report.failed.iter().map(failed_line));
    pending_lines(&report.pending, lines);
    lines.extend(report.problems.iter().map(problem_line));
    if let Some(brake) = &report.brake {
        brake_lines(brake, lines);
    }
}

fn headline(report: &Report, show: Show) -> String {
    let compared = if report.full { "everything" } else { "changes" };
    let verb = match (show, report.plan.len()) {
        (Show::Done, _) => report.outcome().to_owned(),
        (Show::Planned { .. }, 0) if report.problems.is_empty() => "nothing to write".to_owned(),
        (Show::Planned { .. }, 0) => "no plan".to_owned(),
        (Show::Planned { .. }, 1) => "1 change to write".to_owned(),
        (Show::Planned { .. }, n) => format!("{n} changes to write"),
    };
    format!(
        "sync `{}`: {verb}; {}, {compared} compared",
        report.sync,
        counted(report.counts.pairs, "pair")
    )
}

fn count_lines(counts: &Counts, lines: &mut Vec<String>) {
    for side in Side::BOTH {
        lines.push(format!(
            "  {side}: {} seen, {} created, {} updated; {}",
            counts.seen[side],
            counts.created[side],
            counts.updated[side],
            counted(counts.requests[side], "request"),
        ));
    }
    if counts.left_out > 0 {
        let items = counted(counts.left_out, "item");
        lines.push(format!("  {items} left out by `create` or the filter"));
    }
    if counts.adopted > 0 {
        lines.push(format!("  {} found by url or marker", counted(counts.adopted, "pair")));
    }
    if counts.unlinked > 0 {
        lines.push(format!("  {} unlinked", counted(counts.unlinked, "pair")));
    }
    if counts.not_begun > 0 {
        let changes = counted(counts.not_begun, "change");
        lines.push(format!("  {changes} not begun: the next cycle finds them again"));
    }
}

fn held_line(held: &Held) -> String {
    labelled(
        "held",
        held_text(&held.item, held.field, held.side, held.value.as_ref(), &held.reason),
    )
}

/// What is held: item, field, value and reason.
pub(super) fn held_text(
    item: &str,
    field: Option<Field>,
    side: Side,
    value: Option<&impl Display>,
    reason: &str,
) -> String {
    let field = field.map_or_else(|| "whole item".to_owned(), |field| field.to_string());
    let value = value.map(|value| format!(" = {value}")).unwrap_or_default();
    format!("{item} {field} on {side}{value}: {reason}")
}

/// What failed needs nobody: but who reads of it wants to know.
fn failed_line(failed: &Waiting) -> String {
    waiting_line("failed", failed) + "; tried again in the next cycle"
}

fn waiting_line(label: &str, waiting: &Waiting) -> String {
    labelled(label, format!("{}: {}", waiting.item, waiting.reason))
}

fn pending_lines(pending: &[Waiting], lines: &mut Vec<String>) {
    lines.extend(pending.iter().take(NAMED_PENDING).map(|item| waiting_line("pending", item)));
    if let Some(more) = pending.len().checked_sub(NAMED_PENDING).filter(|more| *more > 0) {
        lines.push(labelled("pending", format!("{more} more (`--json` names them)")));
    }
}

/// Why the brake is on, and what lets the plan go.
pub(super) fn brake_lines(brake: &Brake, lines: &mut Vec<String>) {
    lines.extend(brake.reasons.iter().map(|reason| labelled("brake", reason)));
    lines.push(labelled("brake", "nothing is written until this very plan is let go:"));
    lines.push(format!("  {}", release(brake)));
}

fn cost_line(cost: Cost) -> String {
    format!(
        "{} to GitHub and {} to Notion, about {}",
        counted(cost.requests.github, "write"),
        cost.requests.notion,
        spoken(cost.minutes * 60)
    )
}

/// A line that begins with what it is about.
pub(super) fn labelled(label: &str, text: impl Display) -> String {
    format!("  {label:<8} {text}")
}

/// `1 pair`, `2 pairs`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests;
