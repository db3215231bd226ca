//! Reading a JSON request body, strictly (github-api §1.7, §13).

use bytes::Bytes;
use serde_json::{Map, Value};

use super::errors::Refusal;

/// A JSON object sent to us.
#[derive(Debug)]
pub(super) struct Input(Map<String, Value>);

impl Input {
    /// The body as an object. An empty one is `{}`.
    pub(super) fn read(body: &Bytes) -> Result<Input, Refusal> {
        if body.is_empty() {
            return Ok(Input(Map::new()));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(Input(object)),
            Ok(_) => Err(Refusal::new(400, "Body should be a JSON object")),
            Err(_) => Err(Refusal::new(400, "Problems parsing JSON")),
        }
    }

    /// The body as an object with one list in it, or that list alone (§1.8).
    pub(super) fn read_object_or_list(body: &Bytes, key: &str) -> Result<Input, Refusal> {
        match serde_json::from_slice(body) {
            Ok(list @ Value::Array(_)) => Ok(Input(Map::from_iter([(key.to_owned(), list)]))),
            Ok(_) | Err(_) => Input::read(body),
        }
    }

    /// Refuses any property that GitHub's description does not name.
    pub(super) fn only(&self, strict: bool, known: &[&str]) -> Result<(), Refusal> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) if strict => Err(Refusal::unknown_property(unknown)),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A string; `None` when absent or null.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::wrong_type(key, "a string")),
        }
    }

    /// A string or an integer, as a title may be (§1.6).
    pub(super) fn text_or_integer(&self, key: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(key) {
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => {
                Ok(Some(number.to_string()))
            }
            _ => self.text(key),
        }
    }

    /// A positive integer (also as a string); `None` when absent or null.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => {
                number.as_u64().map(Some).ok_or_else(|| Refusal::wrong_type(key, "an integer"))
            }
            Some(Value::String(text)) => {
                text.parse().map(Some).map_err(|_| Refusal::wrong_type(key, "an integer"))
            }
            Some(_) => Err(Refusal::wrong_type(key, "an integer")),
        }
    }

    /// An object; empty when absent or null.
    pub(super) fn object(&self, key: &str) -> Result<Map<String, Value>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object.clone()),
            Some(_) => Err(Refusal::wrong_type(key, "an object")),
        }
    }

    /// A list of strings, or of objects with a `name`; `None` when absent or null.
    pub(super) fn names(&self, key: &str, strict: bool) -> Result<Option<Vec<String>>, Refusal> {
        let list = match self.0.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Refusal::wrong_type(key, "an array")),
        };
        list.iter().map(|item| name_of(key, item, strict)).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

/// Agents may send `rationale`, `confidence` and `suggest` along; the last parks the change without applying
/// it, so we never send any (§1.6).
fn name_of(key: &str, item: &Value, strict: bool) -> Result<String, Refusal> {
    const DESCRIBED: [&str; 4] = ["id", "name", "description", "color"];
    match item {
        Value::String(name) => Ok(name.clone()),
        Value::Object(object) => {
            match object.keys().find(|property| !DESCRIBED.contains(&property.as_str())) {
                Some(unknown) if strict => Err(Refusal::unknown_property(unknown)),
                Some(_) | None => match object.get("name") {
                    Some(Value::String(name)) => Ok(name.clone()),
                    Some(_) | None => Err(Refusal::wrong_type(key, "an array of names")),
                },
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(Refusal::wrong_type(key, "an array of names"))
        }
    }
}
