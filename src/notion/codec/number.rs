//! number. An empty one reads as the empty text, because a number cannot be empty.

use serde_json::{Number, Value as Json, json};

use super::wrong_kind;
use crate::model::Value;

pub(super) fn decode(number: Option<&Number>) -> Result<Value, String> {
    let Some(number) = number else { return Ok(Value::Text(String::new())) };
    let whole = number.as_u64().or_else(|| whole(number.as_f64()?));
    whole.map(Value::Number).ok_or_else(|| format!("{number} is not an issue number"))
}

/// JavaScript writes whole numbers as `12.0` or `1e3` where it pleases; beyond 2^53 it rounds.
fn whole(number: f64) -> Option<u64> {
    let exact = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    exact.then(|| format!("{number:.0}").parse().ok()).flatten()
}

pub(super) fn encode(value: &Value) -> Result<Json, String> {
    match value {
        Value::Number(number) => Ok(json!(number)),
        Value::Text(text) if text.is_empty() => Ok(Json::Null),
        Value::Text(_)
        | Value::Body(_)
        | Value::State(_)
        | Value::Names(_)
        | Value::Name(_)
        | Value::Time(_) => Err(wrong_kind(value, "a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: Json) -> Result<Value, String> {
        decode(serde_json::from_value::<Option<Number>>(json).unwrap().as_ref())
    }

    #[test]
    fn an_empty_number_counts_as_empty_and_a_fraction_as_unreadable() {
        assert!(read(Json::Null).unwrap().is_empty());
        assert_eq!(read(json!(12.0)), Ok(Value::Number(12)));
        assert!(
            read(json!(1.5)).is_err() && read(json!(-3)).is_err() && read(json!(1e300)).is_err()
        );
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_number(number: u64) {
            let value = Value::Number(number);
            prop_assert_eq!(read(encode(&value).unwrap()), Ok(value));
        }
    }
}
