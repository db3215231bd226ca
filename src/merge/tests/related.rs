//! Related random inputs: a base, then each side derived from it by a few edits, as people make them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::support::{Bench, mapping, name, names, policy, text};
use crate::merge::FieldTimes;
use crate::model::{
    BodyText, ConflictPolicy, Direction, Field, Interval, NameSet, Observed, OnIssueDeleted,
    OnPageTrashed, Policy, Reason, Side, Sides, State, Value,
};

/// Fields of every kind of value.
const FIELDS: [Field; 7] = [
    Field::Number,
    Field::Title,
    Field::State,
    Field::Labels,
    Field::Assignees,
    Field::Milestone,
    Field::Updated,
];

const WORDS: [&str; 6] = ["bug", "help wanted", "a, b", "p1", "P2", "求才"];

pub(super) fn value_of(field: Field) -> BoxedStrategy<Value> {
    match field {
        Field::Title | Field::Url | Field::Repository | Field::Author => {
            prop::sample::select(vec!["Crash", "Crash ", "Crash\non save", "Slow", "Ünï ❤️"])
                .prop_map(text)
                .boxed()
        }
        Field::Body => prop::sample::select(vec!["", "one", "one\r\n\r\ntwo"])
            .prop_map(|text| Value::Body(BodyText(text.to_owned())))
            .boxed(),
        Field::Number => (1_u64..4).prop_map(Value::Number).boxed(),
        Field::State => {
            let states: Vec<State> =
                [State::Open].into_iter().chain(Reason::ALL.map(State::Closed)).collect();
            prop::sample::select(states).prop_map(Value::State).boxed()
        }
        Field::Labels | Field::Assignees => {
            prop::sample::subsequence(WORDS.to_vec(), 0..=WORDS.len())
                .prop_map(|words| names(&words))
                .boxed()
        }
        Field::Milestone | Field::Type => option::of(prop::sample::select(WORDS.to_vec()))
            .prop_map(|word| word.map_or(Value::Name(None), name))
            .boxed(),
        Field::Created | Field::Updated | Field::Closed => option::of(0_i64..4)
            .prop_map(|hour| Value::Time(hour.map(|hour| moment(hour * 3600))))
            .boxed(),
    }
}

fn moment(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_600_000 + secs, 0).unwrap()
}

/// The same value as the other service would spell it.
fn respelled(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(format!("{} ", text.replace('\n', " "))),
        Value::Names(names) => {
            Value::Names(names.names().map(str::to_uppercase).collect::<NameSet>())
        }
        Value::Name(Some(word)) => name(&word.0.to_uppercase()),
        Value::Body(_)
        | Value::Number(_)
        | Value::State(_)
        | Value::Name(None)
        | Value::Time(_) => value.clone(),
    }
}

/// What people did to one side: sets gain and lose single names, everything else is replaced.
fn after(start: &Value, edits: &[Value]) -> Value {
    edits.iter().fold(start.clone(), |value, edit| match (&value, edit) {
        (Value::Names(now), Value::Names(toggled)) => {
            let toggled: NameSet = toggled.names().take(2).collect();
            let added = toggled.minus(now);
            Value::Names(now.minus(&toggled).plus(&added))
        }
        _ => edit.clone(),
    })
}

/// One field of a pair: how it flows, its base, and what each side made of it.
#[derive(Debug, Clone)]
struct Row {
    field: Field,
    direction: Direction,
    has_base: bool,
    base: Value,
    edits: Sides<Vec<Value>>,
    unreadable: Sides<bool>,
    missing: Sides<bool>,
    times: Option<FieldTimes>,
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.05)
}

fn sides<T: std::fmt::Debug>(
    one: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Sides<T>> {
    (one.clone(), one).prop_map(|(github, notion)| Sides { github, notion })
}

fn interval() -> impl Strategy<Value = Option<Interval>> + Clone {
    option::of((0_i64..200, any::<bool>()).prop_map(|(secs, exact)| {
        if exact { Interval::second(moment(secs)) } else { Interval::minute(moment(secs)) }
    }))
}

fn row(field: Field, readable: bool) -> impl Strategy<Value = Row> {
    let direction =
        prop::sample::select(vec![Direction::Both, Direction::ToNotion, Direction::ToGithub]);
    let odd = if readable { Just(false).boxed() } else { rarely().boxed() };
    (
        direction,
        prop::bool::weighted(0.8),
        value_of(field),
        sides(vec(value_of(field), 0..3)),
        sides(odd.clone()),
        sides(odd),
        option::of(sides(interval())),
    )
        .prop_map(move |(direction, has_base, base, edits, unreadable, missing, times)| Row {
            field,
            direction,
            has_base,
            base,
            edits,
            unreadable,
            missing,
            times,
        })
}

pub(super) fn policies() -> impl Strategy<Value = Policy> {
    use ConflictPolicy::{Github, Hold, Newest, Notion};
    (
        prop::sample::select(vec![Newest, Github, Notion, Hold]),
        prop::sample::select(Side::BOTH.to_vec()),
        prop::sample::select(vec![OnPageTrashed::Unlink, OnPageTrashed::Close]),
        prop::sample::select(vec![OnIssueDeleted::Unlink, OnIssueDeleted::Trash]),
    )
        .prop_map(|(conflict, tie, on_page_trashed, on_issue_deleted)| Policy {
            conflict,
            tie,
            on_page_trashed,
            on_issue_deleted,
            ..policy()
        })
}

/// A whole pair; `readable` leaves out values without meaning and sides without the field.
pub(super) fn pairs(readable: bool) -> impl Strategy<Value = Bench> {
    let rows = FIELDS.map(|field| row(field, readable));
    (policies(), rows).prop_map(|(policy, rows)| {
        let fields: Vec<_> = rows.iter().map(|row| (row.field, row.direction)).collect();
        let mut bench = Bench {
            policy,
            mapping: mapping(&fields),
            bases: BTreeMap::new(),
            github: BTreeMap::new(),
            notion: BTreeMap::new(),
            times: BTreeMap::new(),
            resting: BTreeMap::new(),
        };
        for row in rows {
            let base = Sides { github: row.base.clone(), notion: respelled(&row.base) };
            for side in Side::BOTH {
                let shown = if row.unreadable[side] {
                    Observed::Unreadable(format!("{side} shows what is in no list"))
                } else {
                    Observed::Value(after(&base[side], &row.edits[side]))
                };
                if !row.missing[side] {
                    bench.show(side, row.field, shown);
                }
            }
            if row.has_base && !row.missing.github && !row.missing.notion {
                bench.bases.insert(row.field, base);
            }
            if let Some(times) = row.times {
                bench.times.insert(row.field, times);
            }
        }
        bench
    })
}
