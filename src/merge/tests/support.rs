//! Small words for the tests of this room.

use std::collections::BTreeMap;

use crate::body::Place;
use crate::merge::{Content, FieldTimes, PairInput, PairPlan, Presence, plan_pair};
use crate::model::{
    Bases, ConflictPolicy, CreatePolicy, Direction, Field, FieldMapping, Fields, Mapping, Name,
    Observed, OnIssueDeleted, OnPageTrashed, Policy, PropertyId, PropertyKind, Reason, Side, Sides,
    State, Value,
};

pub(super) const DONE: Value = Value::State(State::Closed(Reason::Completed));
pub(super) const OPEN: Value = Value::State(State::Open);

pub(super) fn policy() -> Policy {
    Policy {
        create: CreatePolicy::Both,
        conflict: ConflictPolicy::Newest,
        tie: Side::GitHub,
        on_page_trashed: OnPageTrashed::Unlink,
        on_issue_deleted: OnIssueDeleted::Unlink,
    }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn names(names: &[&str]) -> Value {
    Value::Names(names.iter().copied().collect())
}

pub(super) fn name(name: &str) -> Value {
    Value::Name(Some(Name(name.to_owned())))
}

pub(super) fn mapping(fields: &[(Field, Direction)]) -> Mapping {
    let entry = |(field, direction): &(Field, Direction)| {
        let mapping = FieldMapping {
            direction: *direction,
            property: PropertyId(field.to_string()),
            property_name: field.to_string(),
            kind: PropertyKind::RichText,
            fingerprint: String::new(),
        };
        (*field, mapping)
    };
    Mapping { fields: fields.iter().map(entry).collect(), ..Mapping::default() }
}

pub(super) fn shown(values: &[(Field, Value)]) -> Fields {
    values.iter().map(|(field, value)| (*field, Observed::Value(value.clone()))).collect()
}

pub(super) fn agreed(values: &[(Field, Value)]) -> Bases {
    let both = |value: &Value| Sides { github: value.clone(), notion: value.clone() };
    values.iter().map(|(field, value)| (*field, both(value))).collect()
}

/// A pair on the bench: everything a plan depends on, owned.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) policy: Policy,
    pub(super) mapping: Mapping,
    pub(super) bases: Bases,
    pub(super) github: Fields,
    pub(super) notion: Fields,
    pub(super) times: BTreeMap<Field, FieldTimes>,
    pub(super) resting: BTreeMap<Field, String>,
}

impl Bench {
    /// A pair in step, all fields two-way.
    pub(super) fn in_step(values: &[(Field, Value)]) -> Bench {
        let fields: Vec<_> = values.iter().map(|(field, _)| (*field, Direction::Both)).collect();
        Bench {
            policy: policy(),
            mapping: mapping(&fields),
            bases: agreed(values),
            github: shown(values),
            notion: shown(values),
            times: BTreeMap::new(),
            resting: BTreeMap::new(),
        }
    }

    pub(super) fn edit(&mut self, side: Side, field: Field, value: Value) {
        self.show(side, field, Observed::Value(value));
    }

    pub(super) fn show(&mut self, side: Side, field: Field, shown: Observed) {
        match side {
            Side::GitHub => self.github.insert(field, shown),
            Side::Notion => self.notion.insert(field, shown),
        };
    }

    pub(super) fn value(&self, side: Side, field: Field) -> Option<&Value> {
        let fields = Sides { github: &self.github, notion: &self.notion };
        fields[side].get(&field).and_then(Observed::value)
    }

    pub(super) fn here(&self) -> Sides<Presence<&Fields>> {
        Sides { github: Presence::Here(&self.github), notion: Presence::Here(&self.notion) }
    }

    /// Plans as an engine does: asks for the times only when the plan needs them.
    pub(super) fn plan_with(&self, presence: Sides<Presence<&Fields>>) -> PairPlan {
        let place = Place::of_issue("https://github.com/acme/app/issues/12");
        let read = self.value(Side::Notion, Field::Body).map(Content::Read);
        let known = self.bases.get(&Field::Body).map(|base| Content::AsKnown(&base.notion));
        let mut input = PairInput {
            policy: &self.policy,
            mapping: &self.mapping,
            bases: &self.bases,
            github: presence.github,
            notion: presence.notion,
            times: &self.times,
            times_asked: false,
            resting: &self.resting,
            content: read.or(known).unwrap_or(Content::Unknown),
            place: place.as_ref(),
        };
        let plan = plan_pair(&input);
        if plan.needs_times.is_empty() {
            return plan;
        }
        input.times_asked = true;
        plan_pair(&input)
    }

    pub(super) fn plan(&self) -> PairPlan {
        self.plan_with(self.here())
    }
}

/// The plan in one line, for snapshots.
pub(super) fn brief(plan: &PairPlan) -> String {
    use crate::merge::Step;
    let step = |step: &Step| match step {
        Step::Agree(fields) => format!("agree on {}", join(fields)),
        Step::Write { side, changes } => {
            let fields: Vec<_> = changes.iter().map(|planned| planned.change.field).collect();
            let rule = changes.first().map(|planned| planned.why.to_string()).unwrap_or_default();
            format!("write {} to {side} ({rule})", join(&fields))
        }
        Step::RestorePage => "restore the page".to_owned(),
        Step::CloseIssue => "close the issue".to_owned(),
        Step::TrashPage => "trash the page".to_owned(),
        Step::Unlink { .. } => "unlink".to_owned(),
    };
    let mut parts: Vec<String> = plan.steps.iter().map(step).collect();
    for hold in &plan.holds {
        let what = hold.field.map_or("pair".to_owned(), |field| field.to_string());
        parts.push(format!("hold {what}"));
    }
    if !plan.needs_times.is_empty() {
        parts.push(format!("ask the times of {}", join(&plan.needs_times)));
    }
    if !plan.needs_look.is_empty() {
        parts.push(format!("look at {}", join(&plan.needs_look)));
    }
    if plan.needs_body {
        parts.push("read the page".to_owned());
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn join<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("+")
}
