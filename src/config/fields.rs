//! `[sync.fields]`: which field lives in which Notion property, and how the state is written.

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::model::{Direction, Field};

use super::diagnostics::Complaint;
use super::reader::{Entry, Problems, Read, Section};
use super::redact::shown;
use super::vocabulary::{FIELD, STATE_FIELD};

/// Where a field lives in Notion, and which way it flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConfig {
    /// The property's name; resolved to its id when the real schema is known.
    pub property: String,
    /// Which way the field flows.
    pub direction: Direction,
}

/// How the state is written. All of its options are given or none: which of the two is right depends on the property's
/// type, which only Notion knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateConfig {
    /// The property's name.
    pub property: String,
    /// Which way the field flows.
    pub direction: Direction,
    /// What the options of a status or select property mean; `None` for a checkbox.
    pub options: Option<StateOptions>,
}

/// What the options of a status or select property mean; the first of each list is the one that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateOptions {
    /// Open. Never empty.
    pub open: Vec<String>,
    /// Closed as completed. Never empty.
    pub completed: Vec<String>,
    /// Closed as not planned; empty: counts as completed.
    pub not_planned: Vec<String>,
    /// Closed as duplicate; empty: counts as completed.
    pub duplicate: Vec<String>,
}

const FIELD_ACCEPTED: &str = "the name of a Notion property, or { property = \"Name\", direction = \"both\" | \"to_notion\" | \"to_github\" }";
const URL_FIELD_ACCEPTED: &str = "url = \"GitHub\": the name of a Notion property of type URL; it holds the issue's address, by which a pair is found again when the database file is lost";
const OPTIONS_ACCEPTED: &str =
    "a list of option names as they are in Notion, such as [\"To do\", \"In progress\"]";
const LISTS: [&str; 4] = ["open", "completed", "not_planned", "duplicate"];

/// Reads what of the section of one sync lives in properties.
pub(super) fn read(
    section: &Section<'_>,
    problems: &mut Problems<'_>,
) -> (BTreeMap<Field, FieldConfig>, Option<StateConfig>) {
    let mut fields: BTreeMap<Field, FieldConfig> = BTreeMap::new();
    let mut state = None;
    // The body lives in no property.
    for field in Field::ALL.into_iter().filter(|field| *field != Field::Body) {
        let Some(entry) = section.entry(field.as_str()) else { continue };
        let config = read_field(field, &entry, problems);
        let options = if field == Field::State { state_options(&entry, problems) } else { None };
        let Some(config) = config else { continue };
        if let Some((other, _)) = fields.iter().find(|(_, there)| there.property == config.property)
        {
            let problem = format!(
                "`{field}` and `{other}` are both mapped to the property {}",
                shown(&config.property)
            );
            problems
                .at_value(&entry, Complaint::new(problem).accepted("one property for each field"));
        }
        if field == Field::State {
            state = Some(StateConfig {
                property: config.property.clone(),
                direction: config.direction,
                options,
            });
        }
        fields.insert(field, config);
    }
    section.require("url", URL_FIELD_ACCEPTED, problems, |_| Ok(()));
    (fields, state)
}

fn read_field(field: Field, entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<FieldConfig> {
    let default = if field.is_githubs_own() { Direction::ToNotion } else { Direction::Both };
    match entry.value {
        DeValue::Table(_) => {
            let kind = if field == Field::State { &STATE_FIELD } else { &FIELD };
            let section = Section::of(entry, kind, problems);
            let property =
                section.require("property", "the name of a Notion property", problems, property);
            let direction =
                section.read_or("direction", default, problems, |entry| direction(field, entry));
            Some(FieldConfig { property: property?, direction })
        }
        DeValue::String(_) => match property(entry) {
            Ok(property) => Some(FieldConfig { property, direction: default }),
            Err(complaint) => {
                problems.at_value(entry, complaint);
                None
            }
        },
        DeValue::Boolean(_) => {
            let complaint = entry
                .wrong_type(FIELD_ACCEPTED)
                .hint(format!("leave `{field}` out if it should not be mapped"));
            problems.at_value(entry, complaint);
            None
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
            problems.at_value(entry, entry.wrong_type(FIELD_ACCEPTED));
            None
        }
    }
}

fn property(entry: &Entry<'_>) -> Read<String> {
    entry
        .filled_text()
        .map(str::to_owned)
        .map_err(|complaint| complaint.accepted("the name of a Notion property"))
}

pub(super) fn direction(field: Field, entry: &Entry<'_>) -> Read<Direction> {
    let words = [
        ("both", Direction::Both),
        ("to_notion", Direction::ToNotion),
        ("to_github", Direction::ToGithub),
    ];
    let direction = entry.choice(&words)?;
    if field.is_githubs_own() && direction != Direction::ToNotion {
        let problem = format!("`{field}` goes only from GitHub to Notion: GitHub alone decides it");
        return Err(Complaint::new(problem).accepted("to_notion, or leave `direction` out"));
    }
    Ok(direction)
}

fn state_options(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<StateOptions> {
    // A plain text names a checkbox; whoever reads the field has checked the keys of a table.
    let table = entry.value.as_table()?;
    if !LISTS.iter().any(|list| table.contains_key(*list)) {
        return None;
    }
    let section = Section::checked(entry, &STATE_FIELD);
    let mut seen: Vec<(String, &str)> = Vec::new();
    let [open, completed, not_planned, duplicate] =
        LISTS.map(|list| option_list(&section, list, &mut seen, problems));
    Some(StateOptions { open, completed, not_planned, duplicate })
}

/// The options of one list. `open` and `completed` must name at least one: it is written when an issue opens or closes.
fn option_list<'k>(
    section: &Section<'_>,
    list: &'k str,
    seen: &mut Vec<(String, &'k str)>,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let must_have = list == "open" || list == "completed";
    let entries = if must_have {
        section.require(list, OPTIONS_ACCEPTED, problems, |entry| {
            match entry.list(OPTIONS_ACCEPTED)? {
                none if none.is_empty() => {
                    let problem =
                        format!("`{list}` is empty, so tandem could not write that state");
                    Err(Complaint::new(problem).accepted(OPTIONS_ACCEPTED))
                }
                some => Ok(some),
            }
        })
    } else {
        section.read(list, problems, |entry| entry.list(OPTIONS_ACCEPTED))
    };
    let mut options = Vec::new();
    for entry in entries.unwrap_or_default() {
        match option(&entry) {
            Err(complaint) => problems.at_value(&entry, complaint),
            Ok(name) => {
                // Options that differ only in case are one (DESIGN §2, Values).
                let folded = name.to_lowercase();
                if let Some((_, other)) = seen.iter().find(|(there, _)| *there == folded) {
                    let problem = format!("the option {} is already in `{other}`", shown(&name));
                    problems.at_value(
                        &entry,
                        Complaint::new(problem).accepted("every option in one list, once"),
                    );
                }
                seen.push((folded, list));
                options.push(name);
            }
        }
    }
    options
}

fn option(entry: &Entry<'_>) -> Read<String> {
    let name = entry.filled_text().map_err(|complaint| complaint.accepted(OPTIONS_ACCEPTED))?;
    if name.contains(',') {
        let problem = format!("{} has a comma, and Notion's options have none", shown(name));
        return Err(Complaint::new(problem)
            .accepted(OPTIONS_ACCEPTED)
            .hint("look the option up in Notion; it may be written with `‚`"));
    }
    Ok(name.to_owned())
}
