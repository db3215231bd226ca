//! Looking into request bodies with the server's own complaints: `body.x[0].y should be …, instead was …`.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::errors::{Outcome, Refusal};

/// Where in the request a value stands; printed only when there is something to complain about.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root(&'static str),
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(super) fn key(&'a self, name: &'a str) -> Path<'a> {
        Path::Key(self, name)
    }

    pub(super) fn at(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    fn root(&self) -> &'static str {
        match self {
            Path::Root(name) => name,
            Path::Key(parent, _) | Path::Index(parent, _) => parent.root(),
        }
    }

    pub(super) fn refuse(&self, should: &str, was: impl fmt::Display) -> Refusal {
        Refusal::validation(format!(
            "{} failed validation: {self} should be {should}, instead was `{was}`.",
            self.root()
        ))
    }

    fn refuse_length(&self, limit: &str, was: usize) -> Refusal {
        Refusal::validation(format!(
            "{} failed validation: {self}.length should be {limit}, instead was `{was}`.",
            self.root()
        ))
    }

    fn wrong(&self, should: &str, value: Option<&Json>) -> Refusal {
        match value {
            Some(value) => self.refuse(should, value),
            None => self.refuse("defined", "undefined"),
        }
    }

    pub(super) fn object<'v>(&self, value: Option<&'v Json>) -> Outcome<&'v Map<String, Json>> {
        value.and_then(Json::as_object).ok_or_else(|| self.wrong("an object", value))
    }

    pub(super) fn array<'v>(&self, value: Option<&'v Json>, at_most: usize) -> Outcome<&'v [Json]> {
        let items = value.and_then(Json::as_array).ok_or_else(|| self.wrong("an array", value))?;
        if items.len() > at_most {
            return Err(self.refuse_length(&format!("≤ `{at_most}`"), items.len()));
        }
        Ok(items)
    }

    pub(super) fn string<'v>(&self, value: Option<&'v Json>) -> Outcome<&'v str> {
        value.and_then(Json::as_str).ok_or_else(|| self.wrong("a string", value))
    }

    /// A string of at most so many UTF-16 units, which is what the server's `.length` counts (notion-api.md §3).
    pub(super) fn short_string<'v>(
        &self,
        value: Option<&'v Json>,
        at_most_units: usize,
    ) -> Outcome<&'v str> {
        let text = self.string(value)?;
        let units = text.encode_utf16().count();
        if units > at_most_units {
            return Err(self.refuse_length(&format!("≤ `{at_most_units}`"), units));
        }
        Ok(text)
    }

    /// As `short_string`, and not empty.
    pub(super) fn filled_string<'v>(
        &self,
        value: Option<&'v Json>,
        at_most_units: usize,
    ) -> Outcome<&'v str> {
        let text = self.short_string(value, at_most_units)?;
        if text.is_empty() { Err(self.refuse_length("≥ `1`", 0)) } else { Ok(text) }
    }

    pub(super) fn boolean(&self, value: Option<&Json>) -> Outcome<bool> {
        value.and_then(Json::as_bool).ok_or_else(|| self.wrong("a boolean", value))
    }

    pub(super) fn number(&self, value: Option<&Json>) -> Outcome<f64> {
        value.and_then(Json::as_f64).ok_or_else(|| self.wrong("a number", value))
    }

    /// Refuses keys the documentation does not name: our own misspellings must not pass in silence.
    pub(super) fn only(&self, object: &Map<String, Json>, known: &[&str]) -> Outcome<()> {
        match object.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, value)) => Err(self.key(key).refuse("not present", value)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root(name) => f.write_str(name),
            Path::Key(parent, name) => write!(f, "{parent}.{name}"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
