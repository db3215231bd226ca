//! From canonical values to what GitHub is asked to do, and whether it did it. Pure.

use serde_json::{Map, Value as Json, json};

use super::{body, links};
use crate::model::{Change, Field, Issue, Name, NameKey, NameSet, State, Value, one_line};
use crate::remote::Refusal;

// github-api §1.7
const MAX_TITLE_CHARS: usize = 256;
const MAX_LABEL_CHARS: usize = 50;
const MAX_LABELS: usize = 100;
const MAX_ASSIGNEES: usize = 10;

/// What shall be true of an issue, as far as GitHub can be expected to take it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wishes {
    pub(super) title: Option<String>,
    /// Without the marker, which is put back when it is sent.
    pub(super) body: Option<String>,
    pub(super) state: Option<State>,
    pub(super) milestone: Option<Option<Name>>,
    pub(super) kind: Option<Option<Name>>,
    pub(super) labels: SetWish,
    pub(super) assignees: SetWish,
}

/// Additions and removals, never a whole set: what others do meanwhile stays (github-api §0.7).
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SetWish {
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
}

impl SetWish {
    fn new(from: &NameSet, to: &NameSet) -> SetWish {
        let names = |set: NameSet| set.names().map(str::to_owned).collect();
        SetWish { add: names(to.minus(from)), remove: names(from.minus(to)) }
    }
}

/// Reads changes; what GitHub surely refuses is not asked for but named (github-api §1.7).
/// `labels` are all labels the issue has, in GitHub's spelling.
pub(super) fn wishes(labels: &NameSet, changes: &[Change], refused: &mut Vec<Refusal>) -> Wishes {
    let mut wishes = Wishes::default();
    for change in changes {
        let field = change.field;
        let mut refuse = |reason: String| refused.push(Refusal { field, reason });
        match (field, &change.from, &change.to) {
            (Field::Title, _, Value::Text(text)) => match title(text) {
                Ok(title) => wishes.title = Some(title),
                Err(reason) => refuse(reason),
            },
            (Field::Body, _, Value::Body(text)) => match body::too_long(&text.0) {
                Some(reason) => refuse(reason),
                None => wishes.body = Some(text.0.clone()),
            },
            (Field::State, _, Value::State(state)) => wishes.state = Some(*state),
            (Field::Milestone, _, Value::Name(name)) => wishes.milestone = Some(name.clone()),
            (Field::Type, _, Value::Name(name)) => wishes.kind = Some(name.clone()),
            (Field::Labels, Value::Names(from), Value::Names(to)) => {
                wishes.labels = label_wish(labels, SetWish::new(from, to), &mut refuse);
            }
            (Field::Assignees, Value::Names(from), Value::Names(to)) => {
                wishes.assignees = assignee_wish(from, SetWish::new(from, to), &mut refuse);
            }
            (
                Field::Title
                | Field::Body
                | Field::State
                | Field::Milestone
                | Field::Type
                | Field::Labels
                | Field::Assignees
                | Field::Url
                | Field::Number
                | Field::Repository
                | Field::Author
                | Field::Created
                | Field::Updated
                | Field::Closed,
                _,
                value,
            ) => refuse(format!("`{field}` cannot be set to {value} on GitHub")),
        }
    }
    wishes
}

/// A title as GitHub keeps it: on one line.
pub(super) fn title(text: &str) -> Result<String, String> {
    let title = one_line(text);
    let chars = title.chars().count();
    if chars == 0 {
        return Err("an issue needs a title: give the page one".to_owned());
    }
    if chars > MAX_TITLE_CHARS {
        return Err(format!(
            "the title has {chars} characters, and GitHub takes {MAX_TITLE_CHARS}: shorten it"
        ));
    }
    Ok(title)
}

fn label_wish(labels: &NameSet, wish: SetWish, refuse: &mut impl FnMut(String)) -> SetWish {
    // The very spelling GitHub has: it stands in the address of the request.
    let gone: Vec<NameKey> = wish.remove.iter().map(|name| NameKey::of(name)).collect();
    let is_gone = |key: &NameKey| gone.contains(key);
    let mut remove = Vec::new();
    for (_, name) in labels.iter().filter(|(key, _)| is_gone(key)) {
        match links::segment(name) {
            Some(_) => remove.push(name.to_owned()),
            None => refuse(format!(
                "the label `{name}` can be taken off on GitHub's page only: no address can hold it"
            )),
        }
    }
    let mut add = Vec::new();
    for name in wish.add {
        let chars = name.chars().count();
        if chars > MAX_LABEL_CHARS {
            refuse(format!(
                "the label `{name}` has {chars} characters, and GitHub takes {MAX_LABEL_CHARS}: rename the option"
            ));
        } else if !name.trim().is_empty() {
            add.push(name);
        }
    }
    let after = labels.len() + add.len() - remove.len().min(labels.len());
    if after > MAX_LABELS && !add.is_empty() {
        refuse(format!(
            "the issue would have {after} labels, and GitHub takes {MAX_LABELS}: remove some"
        ));
        add.clear();
    }
    SetWish { add, remove }
}

fn assignee_wish(from: &NameSet, wish: SetWish, refuse: &mut impl FnMut(String)) -> SetWish {
    let SetWish { mut add, remove } = wish;
    let after = from.len() + add.len() - remove.len().min(from.len());
    if after > MAX_ASSIGNEES && !add.is_empty() {
        refuse(format!(
            "the issue would have {after} assignees, and GitHub takes {MAX_ASSIGNEES}: remove some"
        ));
        add.clear();
    }
    SetWish { add, remove }
}

/// One thing a PATCH sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// The title.
    Title(String),
    /// The body as GitHub has it, the marker included.
    Body(String),
    /// State and reason, which only count together (github-api §1.6).
    State(State),
    /// The milestone, by number.
    Milestone(Option<u64>),
    /// The type, by name.
    Type(Option<String>),
}

impl Part {
    pub(super) fn field(&self) -> Field {
        match self {
            Part::Title(_) => Field::Title,
            Part::Body(_) => Field::Body,
            Part::State(_) => Field::State,
            Part::Milestone(_) => Field::Milestone,
            Part::Type(_) => Field::Type,
        }
    }

    fn put(&self, body: &mut Map<String, Json>) {
        let mut set = |key: &str, value: Json| body.insert(key.to_owned(), value);
        match self {
            Part::Title(title) => set("title", json!(title)),
            Part::Body(whole) => set("body", json!(whole)),
            Part::State(State::Open) => set("state", json!("open")),
            Part::State(State::Closed(reason)) => {
                set("state", json!("closed"));
                set("state_reason", json!(reason.as_str()))
            }
            Part::Milestone(number) => set("milestone", json!(number)),
            Part::Type(name) => set("type", json!(name)),
        };
    }
}

/// The body of one PATCH.
pub(super) fn patch(parts: &[Part]) -> Json {
    let mut body = Map::new();
    for part in parts {
        part.put(&mut body);
    }
    Json::Object(body)
}

/// The field GitHub means by a word in a 422.
pub(super) fn field_named(word: &str) -> Option<Field> {
    match word {
        "title" => Some(Field::Title),
        "body" => Some(Field::Body),
        "state" | "state_reason" => Some(Field::State),
        "milestone" => Some(Field::Milestone),
        "type" | "issue_type" | "issue_type_id" => Some(Field::Type),
        "labels" | "label" => Some(Field::Labels),
        "assignees" | "assignee" => Some(Field::Assignees),
        _ => None,
    }
}

/// What GitHub answered yes to and left out all the same (github-api §1.6, silent drops).
pub(super) fn left_out(wishes: &Wishes, shown: &Issue) -> Vec<Refusal> {
    let repo = &shown.at.repo;
    let mut refused = Vec::new();
    let mut refuse = |field: Field, what: String| {
        let reason = format!(
            "GitHub answered yes but left out {what}: the token may lack triage or push access to {repo}"
        );
        refused.push(Refusal { field, reason });
    };
    let value = |field: Field| shown.fields.get(&field).and_then(|observed| observed.value());
    let differs =
        |field: Field, wish: &Value| value(field).is_some_and(|shown| !shown.means_same(wish));

    if let Some(title) = &wishes.title
        && differs(Field::Title, &Value::Text(title.clone()))
    {
        refuse(Field::Title, format!("the title {title:?}"));
    }
    if let (Some(text), Some(Value::Body(now))) = (&wishes.body, value(Field::Body))
        && !body::is_as_sent(text, shown.marker, &now.0)
    {
        refuse(Field::Body, "the new body".to_owned());
    }
    if let Some(state) = wishes.state
        && differs(Field::State, &Value::State(state))
    {
        refuse(Field::State, format!("the state `{state}`"));
    }
    for (field, wish) in [(Field::Milestone, &wishes.milestone), (Field::Type, &wishes.kind)] {
        if let Some(name) = wish
            && differs(field, &Value::Name(name.clone()))
        {
            let what =
                name.as_ref().map_or("its removal".to_owned(), |name| format!("`{}`", name.0));
            refuse(field, format!("the {field} ({what})"));
        }
    }
    let no_assignees = NameSet::default();
    let assignees = match value(Field::Assignees) {
        Some(Value::Names(names)) => names,
        Some(_) | None => &no_assignees,
    };
    for (field, wish, names) in [
        (Field::Labels, &wishes.labels, &shown.labels),
        (Field::Assignees, &wishes.assignees, assignees),
    ] {
        let lacks = |name: &&String| !names.contains(&NameKey::of(name));
        for name in wish.add.iter().filter(lacks) {
            refuse(field, format!("`{name}`"));
        }
        for name in wish.remove.iter().filter(|name| !lacks(name)) {
            refuse(field, format!("the removal of `{name}`"));
        }
    }
    refused
}
