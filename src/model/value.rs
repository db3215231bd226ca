//! Canonical values: what a field holds, in one form for both sides.
//!
//! `==` asks whether one side still shows what it showed (change detection, per side against its own
//! base); [`Value::means_same`] asks whether the two sides agree.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::{Name, NameSet};

/// Why an issue is closed. What GitHub adds later, or the mapping does not tell apart, counts as
/// completed (DESIGN §2, Values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Done.
    Completed,
    /// Will not be done.
    NotPlanned,
    /// Another issue has it.
    Duplicate,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 3] = [Reason::Completed, Reason::NotPlanned, Reason::Duplicate];

    /// GitHub's word for it, also the key in the config.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Completed => "completed",
            Reason::NotPlanned => "not_planned",
            Reason::Duplicate => "duplicate",
        }
    }
}

/// Open, or closed for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Work may be needed.
    Open,
    /// No work is needed.
    Closed(Reason),
}

/// The text of a body in its own side's dialect. Never printed as it is (I17).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BodyText(pub String);

impl BodyText {
    /// Whether there is nothing to see in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Display for BodyText {
    /// How much there is, never what (I17).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_blank(), self.0.lines().count()) {
            (true, _) => f.write_str("(empty)"),
            (false, 1) => f.write_str("1 line"),
            (false, lines) => write!(f, "{lines} lines"),
        }
    }
}

impl fmt::Debug for BodyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyText({self})")
    }
}

/// What a field holds on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Title, url, repository, author: as that side shows it.
    Text(String),
    /// The body, in that side's dialect; whether two dialects say the same is for `body` to judge.
    Body(BodyText),
    /// The number.
    Number(u64),
    /// Open or closed.
    State(State),
    /// Labels, assignees.
    Names(NameSet),
    /// Milestone, type.
    Name(Option<Name>),
    /// A moment, to the second; `None` when it has not come.
    Time(Option<DateTime<Utc>>),
}

impl Value {
    /// Whether the two sides agree when one shows `self` and the other `other`. Titles agree up to
    /// outer blanks and line breaks, which one of the sides cannot hold (data-hazards, 9).
    #[must_use]
    pub fn means_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => a == b || one_line(a) == one_line(b),
            (
                Value::Text(_)
                | Value::Body(_)
                | Value::Number(_)
                | Value::State(_)
                | Value::Names(_)
                | Value::Name(_)
                | Value::Time(_),
                _,
            ) => self == other,
        }
    }

    /// Whether nothing is lost when the value is replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => one_line(text).is_empty(),
            Value::Body(text) => text.is_blank(),
            Value::Names(names) => names.is_empty(),
            Value::Name(name) => name.is_none(),
            Value::Time(time) => time.is_none(),
            Value::Number(_) | Value::State(_) => false,
        }
    }
}

/// A text on one line: line breaks become blanks, outer blanks go.
#[must_use]
pub fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ");
    text.replace(['\n', '\r', '\u{2028}', '\u{2029}'], " ").trim().to_owned()
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Open => f.write_str("open"),
            State::Closed(Reason::Completed) => f.write_str("closed as completed"),
            State::Closed(Reason::NotPlanned) => f.write_str("closed as not planned"),
            State::Closed(Reason::Duplicate) => f.write_str("closed as duplicate"),
        }
    }
}

impl fmt::Display for Value {
    /// For people: texts quoted, sets sorted, a body as its size, nothing as `(empty)`. Whole; callers shorten.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Body(text) => text.fmt(f),
            Value::Number(number) => write!(f, "{number}"),
            Value::State(state) => state.fmt(f),
            Value::Names(names) if names.is_empty() => f.write_str("(empty)"),
            Value::Names(names) => {
                for (i, name) in names.names().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    f.write_str(name)?;
                }
                Ok(())
            }
            Value::Name(None) | Value::Time(None) => f.write_str("(empty)"),
            Value::Name(Some(name)) => f.write_str(&name.0),
            Value::Time(Some(at)) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_agree_up_to_line_breaks_and_outer_blanks_but_a_changed_blank_is_a_change() {
        let github = Value::Text("Crash on  save ".into());
        let notion = Value::Text("Crash\non  save".into());
        assert_ne!(github, notion);
        assert!(!github.means_same(&Value::Text("Crash on save".into())));
        assert!(Value::Text(" a\r\nb ".into()).means_same(&Value::Text("a b".into())));
        assert!(github.means_same(&notion));
    }

    #[test]
    fn a_body_is_told_by_its_size_and_never_by_its_words() {
        for (text, told) in [
            ("", "(empty)"),
            (" \r\n\t", "(empty)"),
            ("secret", "1 line"),
            ("secret\r\n\r\nsecret\r\n", "3 lines"),
        ] {
            let value = Value::Body(BodyText(text.into()));
            assert_eq!(value.to_string(), told, "{text:?}");
            assert!(!format!("{value:?}").contains("secret"));
            assert_eq!(value.is_empty(), told == "(empty)");
        }
    }

    #[test]
    fn a_value_survives_its_trip_through_json() {
        for value in [
            Value::Text("Ünï ❤️ \"q\"".into()),
            Value::Body(BodyText("a\r\n\u{200b}#1".into())),
            Value::State(State::Closed(Reason::NotPlanned)),
            Value::Names(["a", "B"].into_iter().collect()),
            Value::Name(None),
            Value::Name(Some(Name("v1, beta".into()))),
            Value::Time(Some("2026-01-05T09:10:00Z".parse().unwrap())),
        ] {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value, "{json}");
        }
    }
}
