//! select: one option by name, in the spelling the schema already has.

use serde_json::{Value as Json, json};

use crate::model::{NameKey, option_spelling};

/// How a name is to be sent: as an existing option spells it, because options that differ only in case or in the
/// comma's stand-in would be one name twice (notion-api §3).
pub(super) fn spelled(name: &str, options: &[String]) -> String {
    let key = NameKey::of(name);
    let there = options.iter().find(|option| NameKey::of(option) == key);
    there.cloned().unwrap_or_else(|| option_spelling(&name.replace('\0', "")))
}

/// No name clears the property.
pub(super) fn encode(name: &str, options: &[String]) -> Result<Json, String> {
    let name = name.trim();
    Ok(if name.is_empty() { Json::Null } else { json!({"name": spelled(name, options)}) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MAX_OPTION_UNITS, utf16_len};

    #[test]
    fn a_milestone_longer_than_an_option_may_be_is_shortened_to_fit_and_stays_the_same_name() {
        let title = "0.2 release, detail work, cleanup and performance ".repeat(4);
        let json = encode(&title, &[]).unwrap();
        let sent = json["name"].as_str().unwrap();
        assert!(utf16_len(sent) <= MAX_OPTION_UNITS && !sent.contains(','));
        assert_eq!(NameKey::of(sent), NameKey::of(&title));
    }

    #[test]
    fn an_option_that_differs_only_in_case_is_used_as_it_is() {
        let options = ["Needs Triage".to_owned()];
        assert_eq!(encode("needs triage", &options), Ok(json!({"name": "Needs Triage"})));
        assert_eq!(encode("  ", &options), Ok(Json::Null));
    }
}
