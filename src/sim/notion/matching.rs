//! Whether a row passes a filter.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveTime, Utc};

use super::filter::{DateTest, Filter, Span, Subject, Test, TextTest, When};
use super::ids::UserId;
use super::render::Words;
use super::richtext;
use super::state::{Page, State};
use super::time::{self, Moment};
use super::value::Value;

impl Filter {
    pub(super) fn holds(&self, state: &State, now: DateTime<Utc>, page: &Page) -> bool {
        match self {
            Filter::And(all) => all.iter().all(|filter| filter.holds(state, now, page)),
            Filter::Or(all) => all.iter().any(|filter| filter.holds(state, now, page)),
            Filter::One(Subject::CreatedTime, test) => instant_holds(test, now, page.created_at),
            Filter::One(Subject::LastEditedTime, test) => instant_holds(test, now, page.edited_at),
            Filter::One(Subject::CreatedBy, test) => people_hold(test, &[page.created_by]),
            Filter::One(Subject::LastEditedBy, test) => people_hold(test, &[page.edited_by]),
            Filter::One(Subject::Property(id), test) => {
                value_holds(state, test, now, page.values.get(id))
            }
        }
    }
}

fn value_holds(state: &State, test: &Test, now: DateTime<Utc>, value: Option<&Value>) -> bool {
    match test {
        Test::Empty(wanted) => value.is_none_or(Value::is_empty) == *wanted,
        Test::Ticked(wanted) => matches!(value, Some(Value::Checkbox(true))) == *wanted,
        Test::Text(test, words) => match value {
            Some(Value::Text(runs)) => {
                test.holds(&richtext::plain_text(runs, &Words(state)), words)
            }
            Some(Value::Url(url)) => test.holds(url, words),
            Some(_) | None => test.holds("", words),
        },
        Test::Number(order, wanted, limit) => match value {
            Some(Value::Number(number)) => (number.total_cmp(limit) == *order) == *wanted,
            // Issue numbers and unique ids are far below 2^53.
            #[allow(clippy::cast_precision_loss)]
            Some(Value::UniqueId(number)) => {
                ((*number as f64).total_cmp(limit) == *order) == *wanted
            }
            Some(_) | None => false,
        },
        Test::Choice { any_of, wanted } => {
            let held = match value {
                Some(Value::Choice(id)) => any_of.contains(id),
                Some(Value::Choices(ids)) => ids.iter().any(|id| any_of.contains(id)),
                Some(_) | None => false,
            };
            held == *wanted
        }
        Test::Person { .. } => match value {
            Some(Value::People(people)) => people_hold(test, people),
            Some(_) | None => people_hold(test, &[]),
        },
        Test::Page { id, wanted } => {
            matches!(value, Some(Value::Relation(pages)) if pages.contains(id)) == *wanted
        }
        Test::Date(test) => match value {
            Some(Value::Date(date)) => test.holds(now, date.start.begins()),
            Some(_) | None => false,
        },
    }
}

fn people_hold(test: &Test, people: &[UserId]) -> bool {
    match test {
        Test::Person { id, wanted } => id.is_some_and(|id| people.contains(&id)) == *wanted,
        Test::Empty(wanted) => people.is_empty() == *wanted,
        Test::Text(..)
        | Test::Number(..)
        | Test::Ticked(_)
        | Test::Choice { .. }
        | Test::Page { .. }
        | Test::Date(_) => false,
    }
}

/// Compared as shown: rounded down to the minute (notion-api.md §9).
fn instant_holds(test: &Test, now: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    match test {
        Test::Date(test) => test.holds(now, time::to_minute(at)),
        Test::Empty(wanted) => !wanted,
        Test::Text(..)
        | Test::Number(..)
        | Test::Ticked(_)
        | Test::Choice { .. }
        | Test::Person { .. }
        | Test::Page { .. } => false,
    }
}

impl TextTest {
    /// Equality is exact; the others disregard case.
    fn holds(self, text: &str, words: &str) -> bool {
        let low_holds =
            |test: fn(&str, &str) -> bool| test(&text.to_lowercase(), &words.to_lowercase());
        match self {
            TextTest::Equals => text == words,
            TextTest::DoesNotEqual => text != words,
            TextTest::Contains => low_holds(|text, words| text.contains(words)),
            TextTest::DoesNotContain => low_holds(|text, words| !text.contains(words)),
            TextTest::StartsWith => low_holds(|text, words| text.starts_with(words)),
            TextTest::EndsWith => low_holds(|text, words| text.ends_with(words)),
        }
    }
}

impl When {
    fn moment(self, now: DateTime<Utc>) -> Moment {
        match self {
            When::At(moment) => moment,
            When::Days(days) => Moment::Day((now + Duration::days(days)).date_naive()),
            When::Months(months) => Moment::Day(shift(now.date_naive(), months)),
        }
    }
}

fn shift(day: NaiveDate, months: i32) -> NaiveDate {
    let by = Months::new(months.unsigned_abs());
    let moved = if months < 0 { day.checked_sub_months(by) } else { day.checked_add_months(by) };
    moved.unwrap_or(day)
}

impl DateTest {
    fn holds(self, now: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        match self {
            DateTest::Equals(when) => {
                let moment = when.moment(now);
                at == moment.begins() || (moment.begins() <= at && at < moment.ends())
            }
            DateTest::Before(when) => at < when.moment(now).begins(),
            DateTest::OnOrAfter(when) => at >= when.moment(now).begins(),
            DateTest::After(when) => {
                let moment = when.moment(now);
                at >= moment.ends() && at > moment.begins()
            }
            DateTest::OnOrBefore(when) => {
                let moment = when.moment(now);
                at < moment.ends() || at == moment.begins()
            }
            DateTest::Within(span) => {
                let today = now.date_naive();
                let (from, to) = match span {
                    Span::ThisWeek => {
                        let monday = today
                            - Duration::days(i64::from(today.weekday().num_days_from_monday()));
                        (monday, monday + Duration::days(7))
                    }
                    Span::Days(from, to) => {
                        (today + Duration::days(from), today + Duration::days(to + 1))
                    }
                    Span::Months(months) if months < 0 => {
                        (shift(today, months), today + Duration::days(1))
                    }
                    Span::Months(months) => (today, shift(today, months) + Duration::days(1)),
                };
                let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
                midnight(from) <= at && at < midnight(to)
            }
        }
    }
}
