//! The brake (I8): a cycle that would change suspiciously much sends nothing.

use super::digest::digest;
use super::plan::{PairPlan, Planned, Step};
use crate::model::{ItemRef, Side, Sides, State, Value};

/// All that decides whether a cycle may send anything.
#[derive(Debug, Clone, Copy)]
pub struct BrakeInput<'a> {
    /// The plans of every pair that has one, each pair once.
    pub plans: &'a [(ItemRef, &'a PairPlan)],
    /// How many pairs the sync knows.
    pub known_pairs: usize,
    /// At most this share of them ...
    pub percent: u8,
    /// ... or this many, whichever is more.
    pub floor: usize,
    /// A side whose complete listing was empty while pairs are known.
    pub empty_side: Option<Side>,
    /// The digest a person released.
    pub released: Option<&'a str>,
}

/// The judgement over one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Go,
    /// Send nothing until a person releases this very plan.
    Stop {
        /// Each suspicion, for people.
        reasons: Vec<String>,
        /// What to release.
        digest: String,
    },
}

/// Judges the plans of one cycle. A released plan goes.
#[must_use]
pub fn guard(input: &BrakeInput<'_>) -> Verdict {
    let reasons = suspicions(input);
    if reasons.is_empty() {
        return Verdict::Go;
    }
    let digest = digest(input.plans);
    if input.released == Some(digest.as_str()) {
        return Verdict::Go;
    }
    Verdict::Stop { reasons, digest }
}

fn suspicions(input: &BrakeInput<'_>) -> Vec<String> {
    let known = input.known_pairs;
    let lossy: Vec<Sides<bool>> = input.plans.iter().map(|(_, plan)| loses(plan)).collect();
    let count = lossy.iter().filter(|side| side.github || side.notion).count();
    let mut reasons = Vec::new();
    if count > input.floor && exceeds_share(count, known, input.percent) {
        reasons.push(format!(
            "would overwrite, close or delete something in {count} of {known} known pairs; at most {} % of them or {} may change so in one cycle (`safety.brake_percent`, `safety.brake_floor`)",
            input.percent, input.floor
        ));
    }
    for side in Side::BOTH {
        let there = lossy.iter().filter(|lossy| lossy[side]).count();
        if there > input.floor && there >= known {
            reasons.push(format!("would change all {known} known pairs at once on {side}"));
        }
    }
    if let Some(side) = input.empty_side.filter(|_| known > input.floor) {
        reasons.push(format!("{side} lists nothing at all, although {known} pairs are known"));
    }
    reasons
}

fn exceeds_share(count: usize, known: usize, percent: u8) -> bool {
    (count as u128) * 100 > (known as u128) * u128::from(percent)
}

/// On which sides a pair would lose something.
fn loses(plan: &PairPlan) -> Sides<bool> {
    let mut lost = Sides::default();
    for step in &plan.steps {
        match step {
            Step::Write { side, changes } => {
                lost[*side] |= changes.iter().any(|planned| overwrites(*side, planned));
            }
            Step::CloseIssue => lost.github = true,
            Step::TrashPage => lost.notion = true,
            Step::Unlink { gone, .. } => {
                lost.github |= gone.github;
                lost.notion |= gone.notion;
            }
            Step::Agree(_) | Step::RestorePage => {}
        }
    }
    lost
}

/// Whether a write replaces or empties a two-way value, or closes an issue. A set that only gains
/// names loses nothing.
fn overwrites(side: Side, planned: &Planned) -> bool {
    let (from, to) = (&planned.change.from, &planned.change.to);
    let replaced = match (from, to) {
        (Value::Names(from), Value::Names(to)) => !from.minus(to).is_empty(),
        (
            Value::Text(_)
            | Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Names(_)
            | Value::Name(_)
            | Value::Time(_),
            _,
        ) => !from.is_empty(),
    };
    let closes = *from == Value::State(State::Open) && matches!(to, Value::State(State::Closed(_)));
    (planned.two_way && replaced) || (side == Side::GitHub && closes)
}
