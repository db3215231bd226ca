//! multi_select: a set of names.

use serde_json::{Value as Json, json};

use super::super::shapes::OptionName;
use super::option::spelled;
use super::{MAX_ITEMS, wrong_kind};
use crate::model::Value;

pub(super) fn decode(options: &[OptionName]) -> Value {
    Value::Names(options.iter().map(|option| option.name.as_str()).collect())
}

pub(super) fn encode(value: &Value, options: &[String]) -> Result<Json, String> {
    let Value::Names(names) = value else { return Err(wrong_kind(value, "a set of names")) };
    if names.len() > MAX_ITEMS {
        return Err(format!(
            "{} names, of which Notion takes {MAX_ITEMS} in one property; take some away on GitHub",
            names.len()
        ));
    }
    Ok(names.names().map(|name| json!({"name": spelled(name, options)})).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NameSet;
    use proptest::prelude::*;

    fn back(json: Json) -> Value {
        decode(&serde_json::from_value::<Vec<OptionName>>(json).unwrap())
    }

    fn names(list: &[&str]) -> Value {
        Value::Names(list.iter().copied().collect())
    }

    #[test]
    fn a_label_with_a_comma_comes_back_as_the_same_label() {
        let json = encode(&names(&["needs: a, b", "求才", "? follow-up"]), &[]).unwrap();
        assert!(!json.to_string().contains("a, b"));
        assert_eq!(back(json), names(&["needs: a, b", "求才", "? follow-up"]));
    }

    #[test]
    fn labels_that_differ_only_in_case_are_one_option_in_the_spelling_notion_has() {
        let json = encode(&names(&["bug"]), &["BUG".to_owned()]).unwrap();
        assert_eq!(json, json!([{"name": "BUG"}]));
        assert_eq!(back(json), names(&["Bug"]));
    }

    #[test]
    fn the_hundred_and_first_label_is_refused_before_anything_is_sent() {
        let many = |n: usize| Value::Names((0..n).map(|i| format!("label {i}")).collect());
        assert!(encode(&many(100), &[]).is_ok());
        assert!(encode(&many(101), &[]).unwrap_err().starts_with("101 names"));
    }

    #[test]
    fn no_label_is_an_empty_list() {
        assert_eq!(encode(&names(&[]), &[]).unwrap(), json!([]));
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_set(list in proptest::collection::vec("\\PC{1,130}", 0..8)) {
            let value = Value::Names(list.iter().filter(|name| !name.trim().is_empty()).collect::<Vec<_>>().into_iter().cloned().collect::<NameSet>());
            let json = encode(&value, &[]).unwrap();
            prop_assert_eq!(back(json), value);
        }
    }
}
