//! url: a text or nothing; the empty text is refused (notion-api §3).

use serde_json::{Value as Json, json};

use crate::model::{Value, utf16_len};

/// Longest address Notion takes (notion-api §3).
const MAX_UNITS: usize = 2_000;

pub(super) fn decode(url: Option<&str>) -> Value {
    Value::Text(url.unwrap_or_default().to_owned())
}

pub(super) fn encode(url: &str) -> Result<Json, String> {
    if utf16_len(url) > MAX_UNITS {
        return Err(format!("an address may have {MAX_UNITS} characters in Notion"));
    }
    Ok(if url.is_empty() { Json::Null } else { json!(url) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_address_is_null_because_the_empty_text_is_refused() {
        assert_eq!(encode(""), Ok(Json::Null));
        assert!(encode(&"x".repeat(2_001)).is_err());
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_address(url in "\\PC{0,100}") {
            let json = encode(&url).unwrap();
            prop_assert_eq!(decode(json.as_str()), Value::Text(url));
        }
    }
}
