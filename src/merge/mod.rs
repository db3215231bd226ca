//! PURE core: what one cycle would do, as plain data. No I/O, no clock, no randomness, no panic (I10).
//!
//! [`merge_field`] is the three-way merge of one field, [`plan_pair`] the decision table of one pair,
//! [`plan_fresh_issue`] and [`plan_fresh_page`] decide what has no partner yet, and [`guard`] judges
//! the plans of a whole cycle. Nothing here knows how a value is read or written.

mod body;
mod brake;
mod digest;
mod draft;
mod field;
mod filter;
mod fresh;
mod gone;
mod line;
mod pair;
mod plan;
mod rule;
mod sets;

#[cfg(test)]
mod tests;

pub use body::{Content, base_of_other_half, new_body, place_of_issue, place_of_repository};
pub use brake::{BrakeInput, Verdict, guard};
pub use digest::digest;
pub use field::{FieldInput, FieldOutcome, FieldTimes, Times, merge_field};
pub use filter::{Filter, StateFilter};
pub use fresh::{Fresh, FreshPlan, PageRules, plan_fresh, plan_fresh_issue, plan_fresh_page};
pub use line::{PlanLine, creation_line, lines};
pub use pair::{PairInput, Presence, plan_pair};
pub use plan::{FieldHold, PairPlan, Planned, Step};
pub use rule::Rule;
pub use sets::agreed_sets;
