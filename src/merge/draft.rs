//! The plan of a live pair in the making.

use std::borrow::Cow;

use super::pair::{PairInput, item_name};
use super::plan::{FieldHold, PairPlan, Planned, Step};
use super::rule::Rule;
use crate::model::{Change, Field, Observed, Side, Sides, Value};

/// What decided a write, without the value.
pub(super) struct Decision {
    pub(super) why: Rule,
    pub(super) conflict: bool,
    pub(super) two_way: bool,
}

/// A plan of a live pair in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) agree: Vec<Field>,
    pub(super) changes: Sides<Vec<Planned>>,
    pub(super) holds: Vec<FieldHold>,
    pub(super) needs_times: Vec<Field>,
    pub(super) needs_look: Sides<bool>,
    pub(super) needs_body: bool,
}

impl Draft {
    pub(super) fn hold(
        &mut self,
        field: Option<Field>,
        side: Side,
        value: Option<Value>,
        reason: String,
    ) {
        self.holds.push(FieldHold { field, side, value, reason });
    }

    /// Reports the field as held when it rests; says whether it does.
    pub(super) fn rest(
        &mut self,
        field: Field,
        side: Side,
        value: Option<Value>,
        input: &PairInput<'_>,
    ) -> bool {
        let Some(reason) = input.resting.get(&field) else { return false };
        self.hold(Some(field), side, value, reason.clone());
        true
    }

    pub(super) fn report_resting(&mut self, input: &PairInput<'_>) {
        for field in input.mapping.fields.keys() {
            self.rest(*field, Side::Notion, None, input);
        }
    }

    pub(super) fn write(
        &mut self,
        input: &PairInput<'_>,
        field: Field,
        now: &Sides<Option<Cow<'_, Observed>>>,
        to: Sides<Option<Value>>,
        decision: Decision,
    ) {
        let first = if to.github.is_some() { Side::GitHub } else { Side::Notion };
        if self.rest(field, first, to[first].clone(), input) {
            return;
        }
        for side in Side::BOTH {
            let Some(to) = to[side].clone() else { continue };
            if field == Field::Title && to.is_empty() {
                let source = side.other();
                let reason = format!(
                    "the title is empty on {source}, and {side} keeps its own: give the {} a title",
                    item_name(source)
                );
                self.hold(Some(field), source, Some(to), reason);
                continue;
            }
            let from = match now[side].as_deref() {
                Some(Observed::Value(from)) => from.clone(),
                // What cannot be read is kept in history as the message that names it (I2).
                Some(Observed::Unreadable(message)) => Value::Text(message.clone()),
                None => continue,
            };
            self.changes[side].push(Planned {
                change: Change { field, from, to },
                why: decision.why,
                conflict: decision.conflict,
                two_way: decision.two_way,
            });
        }
    }

    pub(super) fn finish(self) -> PairPlan {
        let mut steps = Vec::new();
        if !self.agree.is_empty() {
            steps.push(Step::Agree(self.agree));
        }
        for (side, changes) in
            [(Side::GitHub, self.changes.github), (Side::Notion, self.changes.notion)]
        {
            if !changes.is_empty() {
                steps.push(Step::Write { side, changes });
            }
        }
        let needs_look = Side::BOTH.into_iter().filter(|side| self.needs_look[*side]).collect();
        PairPlan {
            steps,
            holds: self.holds,
            needs_times: self.needs_times,
            needs_look,
            needs_body: self.needs_body,
        }
    }
}
