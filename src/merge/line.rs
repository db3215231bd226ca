//! A plan as lines for people and for `--json`.

use std::fmt;

use serde::Serialize;

use super::fresh::FreshPlan;
use super::plan::{PairPlan, Step};
use crate::model::{Field, ItemRef, Reason, Side, State, Value};

/// One line of a printed plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    /// The item, named as on the command line.
    pub item: String,
    /// Its title.
    pub title: String,
    /// The side that would be written to.
    pub side: Side,
    /// The field, or `issue`, `page` or `pair` for what concerns the whole.
    pub field: String,
    /// What that side shows now; absent when something is made.
    pub old: Option<String>,
    /// What it would show.
    pub new: Option<String>,
    /// The rule that decided.
    pub why: String,
}

/// The lines of a pair's plan, in the order of execution.
#[must_use]
pub fn lines(item: &ItemRef, title: &str, plan: &PairPlan) -> Vec<PlanLine> {
    plan.steps.iter().flat_map(|step| lines_of(item, title, step)).collect()
}

/// The line of a creation; `None` when nothing would be created.
#[must_use]
pub fn creation_line(item: &ItemRef, plan: &FreshPlan) -> Option<PlanLine> {
    let FreshPlan::Create { on, repository, values, .. } = plan else { return None };
    let title = match values.get(&Field::Title) {
        Some(Value::Text(title)) => title.as_str(),
        Some(_) | None => "",
    };
    let (field, new) = match (on, repository) {
        (Side::GitHub, Some(repository)) => ("issue", format!("new issue in {repository}")),
        (Side::GitHub, None) => ("issue", "new issue".to_owned()),
        (Side::Notion, _) => ("page", "new page".to_owned()),
    };
    let why =
        format!("{} has no partner", if *on == Side::GitHub { "the page" } else { "the issue" });
    Some(whole(item, title, *on, field, (None, Some(&new)), &why))
}

fn lines_of(item: &ItemRef, title: &str, step: &Step) -> Vec<PlanLine> {
    let whole = |side, field, old: &str, new: &str, why: &str| {
        vec![whole(item, title, side, field, (Some(old), Some(new)), why)]
    };
    match step {
        Step::Agree(_) => Vec::new(),
        Step::Write { side, changes } => changes
            .iter()
            .map(|planned| PlanLine {
                item: item.to_string(),
                title: title.to_owned(),
                side: *side,
                field: planned.change.field.to_string(),
                old: Some(planned.change.from.to_string()),
                new: Some(planned.change.to.to_string()),
                why: planned.why.to_string(),
            })
            .collect(),
        Step::RestorePage => whole(
            Side::Notion,
            "page",
            "in trash",
            "restored",
            "an edit of the issue beats its page's deletion",
        ),
        Step::CloseIssue => {
            let closed = State::Closed(Reason::NotPlanned).to_string();
            whole(Side::GitHub, "state", "open", &closed, "the page was trashed")
        }
        Step::TrashPage => whole(Side::Notion, "page", "here", "in trash", "the issue was deleted"),
        Step::Unlink { why, gone } => {
            let side = if gone.github { Side::Notion } else { Side::GitHub };
            whole(side, "pair", "linked", "unlinked", why)
        }
    }
}

fn whole(
    item: &ItemRef,
    title: &str,
    side: Side,
    field: &str,
    (old, new): (Option<&str>, Option<&str>),
    why: &str,
) -> PlanLine {
    PlanLine {
        item: item.to_string(),
        title: title.to_owned(),
        side,
        field: field.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        why: why.to_owned(),
    }
}

impl fmt::Display for PlanLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {} on {}: ", self.item, self.title, self.field, self.side)?;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "{old} -> {new}")?,
            (Some(old), None) => write!(f, "{old} -> nothing")?,
            (None, Some(new)) => f.write_str(new)?,
            (None, None) => f.write_str("nothing")?,
        }
        write!(f, " ({})", self.why)
    }
}
