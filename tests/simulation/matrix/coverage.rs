//! That nothing tandem can do is left without a scenario: every kind of step, every field on every side, every request
//! that changes something.

use std::collections::BTreeSet;

use tandem::merge::{PairPlan, PlanLine, Planned, Rule, Step, lines};
use tandem::model::{Change, Field, ItemRef, PageId, Side, Sides, Value};
use tandem::sim::{Operation, operations};

use super::ordeal::{Outcome, planned};
use super::scenarios::Scenario;

/// What the stand-ins answer and a cycle has no use for, and why.
const UNUSED: [(&str, &str, &str); 4] = [
    (
        "PUT",
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "labels are added and removed, never set as a whole",
    ),
    (
        "DELETE",
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "labels are removed by name, never all at once",
    ),
    ("POST", "/repos/{owner}/{repo}/labels", "GitHub makes the labels that an issue is given"),
    (
        "PATCH",
        "/v1/data_sources/{data_source_id}",
        "a cycle leaves the schema alone, and Notion makes the options that a page is given",
    ),
];

/// What a scenario made tandem do.
#[derive(Default)]
pub struct Covered {
    operations: BTreeSet<(Side, Operation)>,
    /// What the dry run said that it would write: side and field, and of the pair as a whole also what it comes to.
    plan: BTreeSet<(Side, String, Option<String>)>,
}

impl Covered {
    pub fn by(scenario: &Scenario, calm: &Outcome) -> Covered {
        let plan = planned(scenario).iter().map(told).collect();
        Covered { operations: calm.operations.clone(), plan }
    }
}

fn told(line: &PlanLine) -> (Side, String, Option<String>) {
    let is_field = Field::ALL.iter().any(|field| field.as_str() == line.field);
    let why = line.why.as_str();
    let is_whole = !is_field || why == "the page was trashed";
    (line.side, line.field.clone(), line.new.clone().filter(|_| is_whole))
}

/// What no scenario has led to.
pub fn lacking<'a>(all: impl Iterator<Item = &'a Covered>) -> Vec<String> {
    let (mut seen, mut plan) = (BTreeSet::new(), BTreeSet::new());
    for covered in all {
        seen.extend(covered.operations.iter().copied());
        plan.extend(covered.plan.iter().cloned());
    }
    let mut lacking = lacking_requests(&seen);
    let fields = Field::ALL.into_iter().flat_map(|field| Side::BOTH.map(|side| (side, field)));
    for (side, field) in fields {
        let is_possible = side == Side::Notion || !field.is_githubs_own();
        if is_possible && !plan.contains(&(side, field.to_string(), None)) {
            lacking.push(format!("no scenario writes the {field} to {side}"));
        }
    }
    let mut step = Some(Step::Agree(Vec::new()));
    while let Some(this) = step {
        let item = ItemRef::Page(PageId(uuid::Uuid::nil()));
        let only = PairPlan { steps: vec![this.clone()], ..PairPlan::default() };
        // Agreeing leaves no line in a plan; every creation and every write ends in it.
        for line in lines(&item, "", &only).iter().map(told) {
            if !plan.contains(&line) {
                lacking.push(format!("no scenario plans {this:?}"));
            }
        }
        step = next(&this);
    }
    lacking
}

fn lacking_requests(seen: &BTreeSet<(Side, Operation)>) -> Vec<String> {
    let mut lacking = Vec::new();
    for side in Side::BOTH {
        for operation in operations(side).iter().filter(|operation| is_mutating(operation)) {
            let Operation { method, path } = *operation;
            let excuse = UNUSED.iter().find(|(m, p, _)| (*m, *p) == (method, path));
            match (seen.contains(&(side, *operation)), excuse) {
                (false, None) => lacking.push(format!("no scenario sends {method} {path}")),
                (true, Some((_, _, why))) => {
                    lacking.push(format!("{method} {path} is sent, though {why}"));
                }
                (true, None) | (false, Some(_)) => {}
            }
        }
    }
    lacking
}

/// Notion reads lists by POST, and GraphQL asks by it.
fn is_mutating(operation: &Operation) -> bool {
    let asks = ["/graphql", "/query", "/search"];
    operation.method != "GET" && !asks.iter().any(|end| operation.path.ends_with(end))
}

/// Every kind of step after the first, one after the other: a new one does not compile until it has its place here.
fn next(step: &Step) -> Option<Step> {
    let write = |side: Side| {
        let text = |text: &str| Value::Text(text.to_owned());
        let change = Change { field: Field::Title, from: text("a"), to: text("b") };
        let why = Rule::OnlyChanged(side.other());
        let changes = vec![Planned { change, why, conflict: false, two_way: true }];
        Step::Write { side, changes }
    };
    match step {
        Step::Agree(_) => Some(write(Side::GitHub)),
        Step::Write { side: Side::GitHub, .. } => Some(write(Side::Notion)),
        Step::Write { side: Side::Notion, .. } => Some(Step::RestorePage),
        Step::RestorePage => Some(Step::CloseIssue),
        Step::CloseIssue => Some(Step::TrashPage),
        Step::TrashPage => {
            let gone = Sides { github: false, notion: true };
            Some(Step::Unlink { why: String::new(), gone })
        }
        Step::Unlink { .. } => None,
    }
}
