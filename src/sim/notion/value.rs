//! Property values: what a page holds, and how it looks in an answer (notion-api.md §5.3).

use serde_json::{Value as Json, json};

use super::ids::{ChoiceId, PageId, UserId};
use super::richtext::RichText;
use super::time::Moment;

/// What a page holds for one property. Absent means empty; computed properties hold nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Title and rich text.
    Text(Vec<RichText>),
    Number(f64),
    Url(String),
    /// Select and status.
    Choice(ChoiceId),
    Choices(Vec<ChoiceId>),
    Checkbox(bool),
    People(Vec<UserId>),
    Date(DateValue),
    Relation(Vec<PageId>),
    UniqueId(u64),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct DateValue {
    pub(super) start: Moment,
    pub(super) end: Option<Moment>,
    pub(super) time_zone: Option<String>,
}

impl Value {
    /// Whether a page with this value is the same as one without any.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Value::Text(runs) => runs.is_empty(),
            Value::Choices(choices) => choices.is_empty(),
            Value::People(people) => people.is_empty(),
            Value::Relation(pages) => pages.is_empty(),
            Value::Checkbox(ticked) => !ticked,
            Value::Number(_)
            | Value::Url(_)
            | Value::Choice(_)
            | Value::Date(_)
            | Value::UniqueId(_) => false,
        }
    }
}

impl DateValue {
    pub(super) fn render(&self) -> Json {
        json!({
            "start": self.start.to_string(),
            "end": self.end.map(|end| end.to_string()),
            "time_zone": self.time_zone,
        })
    }
}

/// A number as JavaScript prints it: 7, not 7.0.
pub(super) fn number(value: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        // In range, and whole: the conversion is exact.
        #[allow(clippy::cast_possible_truncation)]
        let whole = value as i64;
        json!(whole)
    } else {
        json!(value)
    }
}
