//! status, select and checkbox for the state: many options may mean one state.

use serde_json::{Value as Json, json};

use super::super::shapes::OptionName;
use super::{Target, Unfit, wrong_kind};
use crate::model::{FieldMapping, Mapping, PropertyKind, Reason, State, Value};

/// An empty status means open (DESIGN §2, Values).
pub(super) fn decode(
    option: Option<&OptionName>,
    place: &FieldMapping,
    mapping: &Mapping,
) -> Result<Value, String> {
    let Some(option) = option else { return Ok(Value::State(State::Open)) };
    let state = mapping.state.as_ref().and_then(|lists| lists.state_of(&option.name));
    state.map(Value::State).ok_or_else(|| {
        format!(
            "the option `{}` of `{}` is in no list of [sync.fields.state]; add it to `open`, `completed`, `not_planned` or `duplicate`, or choose another option in Notion",
            option.name, place.property_name
        )
    })
}

/// Ticked means closed, as completed.
pub(super) fn ticked(ticked: bool) -> Value {
    Value::State(if ticked { State::Closed(Reason::Completed) } else { State::Open })
}

pub(super) fn tick(value: &Value) -> Result<Json, String> {
    Ok(json!(state_of(value)? != State::Open))
}

/// The first option of the list, in the schema's spelling: status options are never made on the fly (notion-api §5.3).
pub(super) fn encode(target: Target<'_>, value: &Value) -> Result<Json, Unfit> {
    let state = state_of(value).map_err(Unfit::Value)?;
    let lists = target.mapping.state.as_ref();
    let wanted = lists.and_then(|lists| lists.options(lists.canonical(state)).first());
    let Some(wanted) = wanted else {
        return Err(Unfit::Value(format!(
            "no option is mapped to {state}; add one to [sync.fields.state]"
        )));
    };
    let folded = wanted.to_lowercase();
    match target.options.iter().find(|option| option.to_lowercase() == folded) {
        Some(there) => Ok(json!({"name": there})),
        None if target.place.kind == PropertyKind::Select => Ok(json!({"name": wanted})),
        None => Err(Unfit::Schema(format!(
            "the property `{}` has no option `{wanted}` (it has {}); add it in Notion, or change [sync.fields.state]",
            target.place.property_name,
            quoted(target.options)
        ))),
    }
}

fn state_of(value: &Value) -> Result<State, String> {
    match value {
        Value::State(state) => Ok(*state),
        Value::Text(_)
        | Value::Body(_)
        | Value::Number(_)
        | Value::Names(_)
        | Value::Name(_)
        | Value::Time(_) => Err(wrong_kind(value, "a state")),
    }
}

/// Names for a message.
pub(in super::super) fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
