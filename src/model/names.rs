//! Names both sides can hold: labels, milestones, types, logins, in one spelling that compares.
//!
//! A Notion option may hold no comma and at most 100 UTF-16 units, and is unique without case
//! (notion-api §3); a GitHub label is unique without case (github-api §1.8). So two names are the
//! same when their *keys* are: Notion's spelling, folded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest option name in UTF-16 units (notion-api §3: commonly reported, hence a margin is of no use).
pub const MAX_OPTION_UNITS: usize = 100;

/// What stands for a comma in an option: U+201A, which looks like one (DESIGN §2, Values).
const COMMA: char = '\u{201A}';

/// Hex digits of the hash that keeps two shortened names apart.
const HASH_DIGITS: usize = 8;

/// What all spellings of one name have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameKey(String);

impl NameKey {
    /// The key of a name as either side spells it.
    #[must_use]
    pub fn of(name: &str) -> NameKey {
        NameKey(fold(&option_spelling(name)))
    }
}

/// How a name is written as a Notion option. Writing it again changes nothing.
#[must_use]
pub fn option_spelling(name: &str) -> String {
    let name = name.trim();
    let spelled: String = name.chars().map(|c| if c == ',' { COMMA } else { c }).collect();
    if utf16_len(&spelled) <= MAX_OPTION_UNITS {
        return spelled;
    }
    let hash = hex::encode(Sha256::digest(fold(&spelled).as_bytes()));
    let hash = hash.get(..HASH_DIGITS).unwrap_or(&hash);
    let room = MAX_OPTION_UNITS - HASH_DIGITS - 1;
    let mut units = 0;
    let start: String = spelled
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= room
        })
        .collect();
    format!("{start}…{hash}")
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Length as Notion's server counts it (notion-api §3, Counting).
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// One name, compared by its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(pub String);

impl Name {
    /// What all spellings of this name have in common.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Name {}

/// A set of names, compared by their keys, each in the spelling it was met in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct NameSet(BTreeMap<NameKey, String>);

impl NameSet {
    /// Whether a spelling of the name is in the set.
    #[must_use]
    pub fn contains(&self, key: &NameKey) -> bool {
        self.0.contains_key(key)
    }

    /// Keys and spellings, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&NameKey, &str)> {
        self.0.iter().map(|(key, name)| (key, name.as_str()))
    }

    /// The spellings, in the order of the keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in `self` and not in `other`, as spelled in `self`.
    #[must_use]
    pub fn minus(&self, other: &NameSet) -> NameSet {
        let kept = self.0.iter().filter(|(key, _)| !other.contains(key));
        NameSet(kept.map(|(key, name)| (key.clone(), name.clone())).collect())
    }

    /// What is in either; `self`'s spelling wins.
    #[must_use]
    pub fn plus(&self, other: &NameSet) -> NameSet {
        let mut all = other.0.clone();
        all.extend(self.0.iter().map(|(key, name)| (key.clone(), name.clone())));
        NameSet(all)
    }
}

impl PartialEq for NameSet {
    fn eq(&self, other: &Self) -> bool {
        self.0.keys().eq(other.0.keys())
    }
}
impl Eq for NameSet {}

impl<S: Into<String>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let names = names.into_iter().map(Into::into);
        NameSet(names.map(|name: String| (NameKey::of(&name), name)).collect())
    }
}

impl From<Vec<String>> for NameSet {
    fn from(names: Vec<String>) -> Self {
        names.into_iter().collect()
    }
}

impl From<NameSet> for Vec<String> {
    fn from(set: NameSet) -> Self {
        set.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_comma_becomes_a_look_alike_and_the_name_stays_the_same_name() {
        let spelled = option_spelling("0.2 release, detail work");
        assert_eq!(spelled, "0.2 release‚ detail work");
        assert_eq!(NameKey::of(&spelled), NameKey::of("0.2 release, detail work"));
    }

    #[test]
    fn two_long_names_with_one_beginning_stay_apart() {
        let start = "x".repeat(120);
        let (a, b) = (format!("{start}a"), format!("{start}b"));
        assert_eq!(utf16_len(&option_spelling(&a)), MAX_OPTION_UNITS);
        assert_ne!(NameKey::of(&a), NameKey::of(&b));
    }

    #[test]
    fn sets_that_differ_in_case_only_are_equal() {
        let a: NameSet = ["Bug", "help wanted"].into_iter().collect();
        let b: NameSet = ["bug", "Help Wanted"].into_iter().collect();
        assert_eq!(a, b);
        assert!(a.minus(&b).is_empty());
    }

    proptest! {
        #[test]
        fn spelling_twice_is_spelling_once_and_always_fits(name in "\\PC{0,200}") {
            let once = option_spelling(&name);
            prop_assert_eq!(option_spelling(&once), once.clone());
            prop_assert!(utf16_len(&once) <= MAX_OPTION_UNITS);
            prop_assert!(!once.contains(','));
            prop_assert_eq!(NameKey::of(&once), NameKey::of(&name));
        }
    }
}
