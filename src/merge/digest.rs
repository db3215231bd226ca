//! The name of a plan: what a person releases is exactly what will be done.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::plan::{PairPlan, Step};
use crate::model::{ItemRef, Side, Value};

/// Hex digits shown: 64 bits, short enough to copy by hand.
const DIGITS: usize = 16;

/// Digest over what would be written where (item, field, side, value): not over order, and not over
/// times, because a comment alone moves `updated` and would void every release.
#[must_use]
pub fn digest(plans: &[(ItemRef, &PairPlan)]) -> String {
    let effects: BTreeSet<Vec<String>> = plans
        .iter()
        .flat_map(|(item, plan)| plan.steps.iter().flat_map(|step| effects_of(item, step)))
        .collect();
    let mut hasher = Sha256::new();
    for effect in effects {
        feed(&mut hasher, &effect.len().to_string());
        for part in effect {
            feed(&mut hasher, &part);
        }
    }
    let hex = hex::encode(hasher.finalize());
    hex.get(..DIGITS).unwrap_or(&hex).to_owned()
}

/// Length first, so that no two different plans read the same.
fn feed(hasher: &mut Sha256, part: &str) {
    hasher.update(part.len().to_string().as_bytes());
    hasher.update(b":");
    hasher.update(part.as_bytes());
}

fn effects_of(item: &ItemRef, step: &Step) -> Vec<Vec<String>> {
    let alone = |what: &str| vec![vec![item.to_string(), what.to_owned()]];
    match step {
        Step::Agree(_) => Vec::new(),
        Step::Write { side, changes } => changes
            .iter()
            .filter(|planned| !matches!(planned.change.to, Value::Time(_)))
            .map(|planned| {
                let change = &planned.change;
                write_effect(item, *side, change.field.as_str(), &change.to)
            })
            .collect(),
        Step::RestorePage => alone("restore"),
        Step::CloseIssue => alone("close"),
        Step::TrashPage => alone("trash"),
        Step::Unlink { .. } => alone("unlink"),
    }
}

fn write_effect(item: &ItemRef, side: Side, field: &str, to: &Value) -> Vec<String> {
    let head = [item.to_string(), side.as_str().to_owned(), field.to_owned()];
    let value: Vec<String> = match to {
        Value::Names(names) => names.names().map(str::to_owned).collect(),
        // What people see of it is its size, which two texts may share.
        Value::Body(text) => vec![text.0.clone()],
        Value::Text(_) | Value::Number(_) | Value::State(_) | Value::Name(_) | Value::Time(_) => {
            vec![to.to_string()]
        }
    };
    head.into_iter().chain(value).collect()
}
