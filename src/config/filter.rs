//! `[sync.filter]`: which issues and pages belong to a sync. Leaving the filter is never a deletion (I7).

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::diagnostics::Complaint;
use super::reader::{Entry, Problems, Read, Section};
use super::redact::shown;
use super::vocabulary::FILTER;

/// Which issues and pages belong to a sync.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Issues in these states.
    pub state: StateFilter,
    /// Issues with at least one of these labels; empty: any issue.
    pub labels_any: Vec<String>,
    /// Issues with all of these labels.
    pub labels_all: Vec<String>,
    /// Issues with none of these labels.
    pub labels_none: Vec<String>,
    /// Issues that changed at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Pages that may become issues, in Notion's own filter syntax (notion-api §4.3); `None`: all.
    pub notion: Option<Value>,
}

/// Issues in which state belong to a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// Open ones.
    Open,
    /// Closed ones.
    Closed,
    /// All.
    All,
}

const LABELS_ACCEPTED: &str = "a list of label names, such as [\"bug\", \"help wanted\"]";
const SINCE_ACCEPTED: &str =
    "a date like \"2024-01-01\" (UTC), or a moment like \"2024-01-01T12:00:00Z\"";
const NOTION_ACCEPTED: &str = "a filter as in Notion's API: { property = \"Publish\", checkbox = { equals = true } }, or `and` / `or` with a list of such filters";

/// Reads the section.
pub(super) fn read(sync: &Section<'_>, problems: &mut Problems<'_>) -> Filter {
    let section = sync.sub("filter", &FILTER, problems);
    let states =
        [("open", StateFilter::Open), ("closed", StateFilter::Closed), ("all", StateFilter::All)];
    let state = section.read_or("state", StateFilter::All, problems, |entry| entry.choice(&states));
    let labels_any = labels(&section, "labels_any", problems);
    let labels_all = labels(&section, "labels_all", problems);
    let labels_none = labels(&section, "labels_none", problems);
    let never = labels_none
        .iter()
        .find(|none| labels_all.iter().any(|all| all.to_lowercase() == none.to_lowercase()));
    if let Some(label) = never {
        let complaint = Complaint::new(format!(
            "no issue can pass: {} is in `labels_all` and in `labels_none`",
            shown(label)
        ));
        problems.at_key(
            &format!("{}.labels_none", section.path),
            &section.key_span("labels_none"),
            complaint.accepted("every label in one of the two lists"),
        );
    }
    let since = section.read("since", problems, since);
    section.read("pull_requests", problems, pull_requests);
    let notion = section.read("notion", problems, notion_filter);
    Filter { state, labels_any, labels_all, labels_none, since, notion }
}

fn labels(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Vec<String> {
    let entries =
        section.read(key, problems, |entry| entry.list(LABELS_ACCEPTED)).unwrap_or_default();
    let mut names = Vec::new();
    for entry in entries {
        match entry.filled_text() {
            Ok(name) => names.push(name.to_owned()),
            Err(complaint) => problems.at_value(&entry, complaint.accepted(LABELS_ACCEPTED)),
        }
    }
    names
}

fn pull_requests(entry: &Entry<'_>) -> Read<()> {
    match entry.value.as_bool() {
        Some(false) => Ok(()),
        Some(true) => {
            Err(Complaint::new("`pull_requests = true` is not available in this version")
                .accepted("false"))
        }
        None => Err(entry.wrong_type("false")),
    }
}

fn since(entry: &Entry<'_>) -> Read<DateTime<Utc>> {
    let text = match entry.value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            return Err(entry.wrong_type(SINCE_ACCEPTED));
        }
    };
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let moment = || DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc());
    day().or_else(moment).ok_or_else(|| {
        Complaint::new(format!("{} is not a date", shown(&text))).accepted(SINCE_ACCEPTED)
    })
}

fn notion_filter(entry: &Entry<'_>) -> Read<Value> {
    let Some(table) = entry.value.as_table() else { return Err(entry.wrong_type(NOTION_ACCEPTED)) };
    if !["property", "timestamp", "and", "or"].iter().any(|key| table.contains_key(*key)) {
        return Err(Complaint::new("this is not a Notion filter").accepted(NOTION_ACCEPTED));
    }
    json(entry.value).ok_or_else(|| {
        Complaint::new("a number in this filter is out of range").accepted(NOTION_ACCEPTED)
    })
}

/// The same value in JSON; dates become their text. `None` for a number that JSON cannot hold.
fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            Value::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => Value::Number(Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<Map<_, _>>>()?,
        ),
    })
}
