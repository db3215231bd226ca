//! `body` in `[sync.fields]`: the body and the page's content. It lives in no property, so it is switched on.

use toml::de::DeValue;

use crate::model::{BodyOptions, Direction, Field};

use super::fields;
use super::reader::{Entry, Problems, Read, Section};
use super::vocabulary::BODY_FIELD;

/// How bodies are kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyConfig {
    /// Which way they flow.
    pub direction: Direction,
    /// How they are shown in Notion.
    pub options: BodyOptions,
}

const ACCEPTED: &str = "true, false, or { direction = \"both\" | \"to_notion\" | \"to_github\", mentions = true | false, upload_images = true | false }; the body is the page's content, and lives in no property";

/// Reads the entry; `None` leaves bodies alone.
pub(super) fn read(fields: &Section<'_>, problems: &mut Problems<'_>) -> Option<BodyConfig> {
    let entry = fields.entry(Field::Body.as_str())?;
    let default = BodyConfig { direction: Direction::Both, options: BodyOptions::default() };
    match entry.value {
        DeValue::Boolean(true) => Some(default),
        DeValue::Boolean(false) => None,
        DeValue::Table(_) => {
            let section = Section::of(&entry, &BODY_FIELD, problems);
            let direction = section.read_or("direction", default.direction, problems, |entry| {
                fields::direction(Field::Body, entry)
            });
            let options = BodyOptions {
                mentions: section.read_or("mentions", false, problems, yes_or_no),
                upload_images: section.read_or("upload_images", false, problems, yes_or_no),
            };
            Some(BodyConfig { direction, options })
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => {
            problems.at_value(&entry, entry.wrong_type(ACCEPTED));
            None
        }
    }
}

fn yes_or_no(entry: &Entry<'_>) -> Read<bool> {
    entry.value.as_bool().ok_or_else(|| entry.wrong_type("true or false"))
}
