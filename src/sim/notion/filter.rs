//! Filters of a query (notion-api.md §4.3), read strictly; `matching` asks them of each row.

use serde_json::{Map, Value as Json};

use super::errors::{Outcome, Refusal};
use super::ids::{ChoiceId, PropertyId, UserId};
use super::options::Options;
use super::schema::{Kind, Property, Schema};
use super::shape::Path;
use super::time::Moment;

/// `and`/`or` may stand in `and`/`or`, and no deeper.
const LEVELS: usize = 2;
const OPERANDS: usize = 100;

/// A filter whose names were all found in the schema.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    One(Subject, Test),
}

/// What is looked at.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    CreatedTime,
    LastEditedTime,
    CreatedBy,
    LastEditedBy,
    Property(PropertyId),
}

/// What it must be.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Empty(bool),
    Text(TextTest, String),
    Number(std::cmp::Ordering, bool, f64),
    Ticked(bool),
    /// Any of these options, or none of them.
    Choice {
        any_of: Vec<ChoiceId>,
        wanted: bool,
    },
    Person {
        id: Option<UserId>,
        wanted: bool,
    },
    Page {
        id: super::ids::PageId,
        wanted: bool,
    },
    Date(DateTest),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum TextTest {
    Equals,
    DoesNotEqual,
    Contains,
    DoesNotContain,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum DateTest {
    Equals(When),
    Before(When),
    After(When),
    OnOrBefore(When),
    OnOrAfter(When),
    Within(Span),
}

/// A moment, or a word for one.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    At(Moment),
    Days(i64),
    Months(i32),
}

/// A stretch of time around now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Span {
    ThisWeek,
    Days(i64, i64),
    Months(i32),
}

impl Filter {
    pub(super) fn read(
        options: &Options,
        schema: &Schema,
        path: &Path<'_>,
        value: &Json,
        level: usize,
    ) -> Outcome<Filter> {
        let filter = path.object(Some(value))?;
        for (word, make) in [("and", Filter::And as fn(Vec<Filter>) -> Filter), ("or", Filter::Or)]
        {
            if filter.contains_key(word) {
                path.only(filter, &[word])?;
                let path = path.key(word);
                if level == LEVELS {
                    return Err(path.refuse("not present", "a third level of compound filters"));
                }
                let operands = path.array(filter.get(word), OPERANDS)?;
                let read = |(index, operand)| {
                    Filter::read(options, schema, &path.at(index), operand, level + 1)
                };
                return operands.iter().enumerate().map(read).collect::<Result<_, _>>().map(make);
            }
        }
        if filter.contains_key("timestamp") {
            return timestamp(path, filter);
        }
        let key = path.key("property").string(filter.get("property"))?;
        let property = schema.find(key).ok_or_else(|| {
            Refusal::validation(format!("Could not find property with name or id: {key}"))
        })?;
        property_filter(options, path, filter, property)
    }

    /// Whether it means something else tomorrow.
    pub(super) fn is_relative(&self) -> bool {
        match self {
            Filter::And(all) | Filter::Or(all) => all.iter().any(Filter::is_relative),
            Filter::One(_, Test::Date(test)) => match test {
                DateTest::Equals(when)
                | DateTest::Before(when)
                | DateTest::After(when)
                | DateTest::OnOrBefore(when)
                | DateTest::OnOrAfter(when) => match when {
                    When::At(_) => false,
                    When::Days(_) | When::Months(_) => true,
                },
                DateTest::Within(_) => true,
            },
            Filter::One(
                _,
                Test::Empty(_)
                | Test::Text(..)
                | Test::Number(..)
                | Test::Ticked(_)
                | Test::Choice { .. }
                | Test::Person { .. }
                | Test::Page { .. },
            ) => false,
        }
    }
}

fn timestamp(path: &Path<'_>, filter: &Map<String, Json>) -> Outcome<Filter> {
    let stamp = path.key("timestamp");
    let (name, subject) = match stamp.string(filter.get("timestamp"))? {
        "created_time" => ("created_time", Subject::CreatedTime),
        "last_edited_time" => ("last_edited_time", Subject::LastEditedTime),
        other => return Err(stamp.refuse("`\"created_time\"` or `\"last_edited_time\"`", other)),
    };
    path.only(filter, &["timestamp", "type", name])?;
    let path = path.key(name);
    let (condition, value) = condition(&path, filter.get(name))?;
    date(&path, condition, value).map(|test| Filter::One(subject, test))
}

/// The one condition of a filter.
fn condition<'v>(path: &Path<'_>, value: Option<&'v Json>) -> Outcome<(&'v str, &'v Json)> {
    let object = path.object(value)?;
    let mut conditions = object.iter();
    match (conditions.next(), conditions.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        (_, _) => Err(path
            .refuse("an object with exactly one condition", format_args!("{} keys", object.len()))),
    }
}

fn property_filter(
    options: &Options,
    path: &Path<'_>,
    filter: &Map<String, Json>,
    property: &Property,
) -> Outcome<Filter> {
    let (subject, words): (Subject, &[&str]) = match &property.kind {
        // `rich_text` for a title or a URL is seen in recorded requests and accepted.
        Kind::Title => (Subject::Property(property.id.clone()), &["title", "rich_text"]),
        Kind::Url => (Subject::Property(property.id.clone()), &["url", "rich_text"]),
        Kind::CreatedTime => (Subject::CreatedTime, &["created_time", "date"]),
        Kind::LastEditedTime => (Subject::LastEditedTime, &["last_edited_time", "date"]),
        Kind::CreatedBy => (Subject::CreatedBy, &["created_by", "people"]),
        Kind::LastEditedBy => (Subject::LastEditedBy, &["last_edited_by", "people"]),
        Kind::UniqueId { .. } => (Subject::Property(property.id.clone()), &["unique_id", "number"]),
        Kind::RichText
        | Kind::Number
        | Kind::Select(_)
        | Kind::MultiSelect(_)
        | Kind::Status(_)
        | Kind::Checkbox
        | Kind::People
        | Kind::Date
        | Kind::Relation(_)
        | Kind::Other(_) => (Subject::Property(property.id.clone()), &[]),
    };
    let own = [property.kind.name()];
    let words = if words.is_empty() { own.as_slice() } else { words };
    let word = words.iter().find(|word| filter.contains_key(**word)).ok_or_else(|| {
        Refusal::validation(format!(
            "The filter of property \"{}\" should be of type {}.",
            property.name, words[0]
        ))
    })?;
    path.only(filter, &["property", "type", word])?;
    let path = path.key(word);
    let (condition, value) = condition(&path, filter.get(*word))?;
    if matches!(condition, "is_empty" | "is_not_empty") && property.kind != Kind::Checkbox {
        return if value == &Json::Bool(true) {
            Ok(Filter::One(subject, Test::Empty(condition == "is_empty")))
        } else {
            Err(path.key(condition).refuse("`true`", value))
        };
    }
    let test = match &property.kind {
        Kind::Title | Kind::RichText | Kind::Url => text(&path, condition, value)?,
        Kind::Number | Kind::UniqueId { .. } => number(&path, condition, value)?,
        Kind::Checkbox => match condition {
            "equals" => Test::Ticked(path.key(condition).boolean(Some(value))?),
            "does_not_equal" => Test::Ticked(!path.key(condition).boolean(Some(value))?),
            other => return Err(unknown(&path, other)),
        },
        Kind::Select(_) | Kind::Status(_) => {
            choice(options, &path, property, condition, value, ("equals", "does_not_equal"))?
        }
        Kind::MultiSelect(_) => {
            choice(options, &path, property, condition, value, ("contains", "does_not_contain"))?
        }
        Kind::People | Kind::CreatedBy | Kind::LastEditedBy => person(&path, condition, value)?,
        Kind::Relation(_) => related(&path, condition, value)?,
        Kind::Date | Kind::CreatedTime | Kind::LastEditedTime => date(&path, condition, value)?,
        Kind::Other(_) => return Err(unknown(&path, condition)),
    };
    Ok(Filter::One(subject, test))
}

fn unknown(path: &Path<'_>, condition: &str) -> Refusal {
    path.key(condition).refuse("not present", "an unknown condition")
}

fn text(path: &Path<'_>, condition: &str, value: &Json) -> Outcome<Test> {
    let test = match condition {
        "equals" => TextTest::Equals,
        "does_not_equal" => TextTest::DoesNotEqual,
        "contains" => TextTest::Contains,
        "does_not_contain" => TextTest::DoesNotContain,
        "starts_with" => TextTest::StartsWith,
        "ends_with" => TextTest::EndsWith,
        other => return Err(unknown(path, other)),
    };
    Ok(Test::Text(test, path.key(condition).string(Some(value))?.to_owned()))
}

fn number(path: &Path<'_>, condition: &str, value: &Json) -> Outcome<Test> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let (order, wanted) = match condition {
        "equals" => (Equal, true),
        "does_not_equal" => (Equal, false),
        "greater_than" => (Greater, true),
        "less_than_or_equal_to" => (Greater, false),
        "less_than" => (Less, true),
        "greater_than_or_equal_to" => (Less, false),
        other => return Err(unknown(path, other)),
    };
    Ok(Test::Number(order, wanted, path.key(condition).number(Some(value))?))
}

/// One option name, or since 2026-04-17 several.
fn choice(
    options: &Options,
    path: &Path<'_>,
    property: &Property,
    condition: &str,
    value: &Json,
    (yes, no): (&str, &str),
) -> Outcome<Test> {
    if condition != yes && condition != no {
        return Err(unknown(path, condition));
    }
    let path = path.key(condition);
    let names: Vec<&str> = match value {
        Json::Array(_) => {
            let names = path.array(Some(value), OPERANDS)?.iter().enumerate();
            names
                .map(|(index, name)| path.at(index).string(Some(name)))
                .collect::<Result<_, _>>()?
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {
            vec![path.string(Some(value))?]
        }
    };
    let mut any_of = Vec::new();
    for name in names {
        match property.kind.choice_named(name) {
            Some(choice) => any_of.push(choice.id.clone()),
            None if options.unknown_filter_option_refused => {
                return Err(Refusal::validation(format!(
                    "{} option \"{name}\" not found for property \"{}\".",
                    property.kind.name(),
                    property.name
                )));
            }
            None => {}
        }
    }
    Ok(Test::Choice { any_of, wanted: condition == yes })
}

/// `"me"` matches nothing for internal connections.
fn person(path: &Path<'_>, condition: &str, value: &Json) -> Outcome<Test> {
    let wanted = contains(path, condition)?;
    let path = path.key(condition);
    let id = path.string(Some(value))?;
    if id == "me" {
        return Ok(Test::Person { id: None, wanted });
    }
    let id = id.parse().map_err(|_| path.refuse("a valid uuid", value))?;
    Ok(Test::Person { id: Some(id), wanted })
}

fn related(path: &Path<'_>, condition: &str, value: &Json) -> Outcome<Test> {
    let wanted = contains(path, condition)?;
    let path = path.key(condition);
    let id = path.string(Some(value))?.parse().map_err(|_| path.refuse("a valid uuid", value))?;
    Ok(Test::Page { id, wanted })
}

fn contains(path: &Path<'_>, condition: &str) -> Outcome<bool> {
    match condition {
        "contains" => Ok(true),
        "does_not_contain" => Ok(false),
        other => Err(unknown(path, other)),
    }
}

fn date(path: &Path<'_>, condition: &str, value: &Json) -> Outcome<Test> {
    let span = match condition {
        "this_week" => Some(Span::ThisWeek),
        "past_week" => Some(Span::Days(-7, 0)),
        "next_week" => Some(Span::Days(0, 7)),
        "past_month" => Some(Span::Months(-1)),
        "next_month" => Some(Span::Months(1)),
        "past_year" => Some(Span::Months(-12)),
        "next_year" => Some(Span::Months(12)),
        _ => None,
    };
    let path = path.key(condition);
    if let Some(span) = span {
        path.object(Some(value))?;
        return Ok(Test::Date(DateTest::Within(span)));
    }
    let make = match condition {
        "equals" => DateTest::Equals as fn(When) -> DateTest,
        "before" => DateTest::Before,
        "after" => DateTest::After,
        "on_or_before" => DateTest::OnOrBefore,
        "on_or_after" => DateTest::OnOrAfter,
        _ => return Err(path.refuse("not present", "an unknown condition")),
    };
    let when = match path.string(Some(value))? {
        "today" => When::Days(0),
        "tomorrow" => When::Days(1),
        "yesterday" => When::Days(-1),
        "one_week_ago" => When::Days(-7),
        "one_week_from_now" => When::Days(7),
        "one_month_ago" => When::Months(-1),
        "one_month_from_now" => When::Months(1),
        text => When::At(
            Moment::parse(text, None)
                .ok_or_else(|| path.refuse("a valid ISO 8601 date string", value))?,
        ),
    };
    Ok(Test::Date(make(when)))
}
