//! The dialect of crontab, translated for the `cron` crate. That crate has no five-field form, counts Sunday as 1 and
//! takes no range over the end of the week (crates §4), so every field is read here and handed over as a plain list.

use std::collections::BTreeSet;

use super::redact::shown;

/// What is wrong with a cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five, six or seven fields.
    #[error("a schedule has 5 fields, 6 or 7 with seconds, and this has {0}")]
    FieldCount(usize),
    /// `@something` that is not known.
    #[error("this @word is not known; known are @hourly, @daily, @weekly, @monthly and @yearly")]
    Word,
    /// A field that cannot be read.
    #[error("the {field} field: {part} is not {expected}")]
    Field {
        /// Which field.
        field: &'static str,
        /// The part of it that cannot be read, made safe to show.
        part: String,
        /// What would be accepted.
        expected: String,
    },
    /// Day of month and weekday both restricted.
    #[error(
        "day of month and weekday are both restricted, and crontabs disagree what that means: leave one of them `*`"
    )]
    TwoDays,
    /// No moment matches.
    #[error("no moment ever matches this schedule")]
    Never,
}

/// One field of an expression.
struct Unit {
    name: &'static str,
    first: u32,
    last: u32,
    /// Where `*` ends, so that `*/2` does not meet Sunday as 7 where it left it out as 0.
    star_last: u32,
    /// The names of the values, from `first` on.
    names: &'static [&'static str],
}

const SECOND: Unit = Unit { name: "second", first: 0, last: 59, star_last: 59, names: &[] };
const MINUTE: Unit = Unit { name: "minute", first: 0, last: 59, star_last: 59, names: &[] };
const HOUR: Unit = Unit { name: "hour", first: 0, last: 23, star_last: 23, names: &[] };
const DAY: Unit = Unit { name: "day of month", first: 1, last: 31, star_last: 31, names: &[] };
const MONTH: Unit = Unit {
    name: "month",
    first: 1,
    last: 12,
    star_last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Sunday is 0 and 7, as in crontab, so that `5-7` and `FRI-SUN` are ranges.
const WEEKDAY: Unit = Unit {
    name: "weekday",
    first: 0,
    last: 7,
    star_last: 6,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};
/// The last year the `cron` crate knows is 2100.
const YEAR: Unit = Unit { name: "year", first: 1970, last: 2100, star_last: 2100, names: &[] };

/// Translates an expression as in crontab into the seven fields of the `cron` crate.
pub(super) fn translate(text: &str) -> Result<String, ScheduleError> {
    let text = match text.trim() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        word if word.starts_with('@') => return Err(ScheduleError::Word),
        fields => fields,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let (second, [minute, hour, day, month, weekday], year) = match *words.as_slice() {
        [minute, hour, day, month, weekday] => ("0", [minute, hour, day, month, weekday], "*"),
        [second, minute, hour, day, month, weekday] => {
            (second, [minute, hour, day, month, weekday], "*")
        }
        [second, minute, hour, day, month, weekday, year] => {
            (second, [minute, hour, day, month, weekday], year)
        }
        _ => return Err(ScheduleError::FieldCount(words.len())),
    };
    let (days, weekdays) = (DAY.values(day)?, week(&WEEKDAY.values(weekday)?));
    if !DAY.is_full(&days) && weekdays.len() < WEEKDAY.names.len() {
        return Err(ScheduleError::TwoDays);
    }
    let fields = [
        SECOND.list(&SECOND.values(second)?),
        MINUTE.list(&MINUTE.values(minute)?),
        HOUR.list(&HOUR.values(hour)?),
        DAY.list(&days),
        MONTH.list(&MONTH.values(month)?),
        names_of(&weekdays),
        YEAR.list(&YEAR.values(year)?),
    ];
    Ok(fields.join(" "))
}

impl Unit {
    /// Every value a field names.
    fn values(&self, field: &str) -> Result<BTreeSet<u32>, ScheduleError> {
        let mut values = BTreeSet::new();
        for part in field.split(',') {
            values.extend(self.part(part).ok_or_else(|| self.error(part))?);
        }
        Ok(values)
    }

    /// `*`, `a`, `a-b`, each with or without `/step`; `a/step` runs from `a` to the end. `?` is `*`.
    fn part(&self, part: &str) -> Option<impl Iterator<Item = u32> + use<>> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step >= 1)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            None if range == "*" || range == "?" => (self.first, self.star_last),
            None if step.is_some() => (self.value(range)?, self.last),
            None => (self.value(range)?, self.value(range)?),
            Some((first, last)) => {
                let first = self.value(first)?;
                (first, self.range_end(first, last)?)
            }
        };
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        (first <= last).then(|| (first..=last).step_by(step))
    }

    fn value(&self, word: &str) -> Option<u32> {
        let by_name =
            self.names.iter().zip(self.first..).find(|(name, _)| name.eq_ignore_ascii_case(word));
        match by_name {
            Some((_, value)) => Some(value),
            None => number(word).filter(|value| (self.first..=self.last).contains(value)),
        }
    }

    /// Sunday ends a week that began on another day, so it is 7 there.
    fn range_end(&self, first: u32, word: &str) -> Option<u32> {
        let value = self.value(word)?;
        let is_sunday = self.star_last < self.last && value == self.first;
        Some(if is_sunday && first > value { self.last } else { value })
    }

    fn is_full(&self, values: &BTreeSet<u32>) -> bool {
        (self.first..=self.last).all(|value| values.contains(&value))
    }

    fn list(&self, values: &BTreeSet<u32>) -> String {
        if self.is_full(values) {
            return "*".to_owned();
        }
        values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    }

    fn error(&self, part: &str) -> ScheduleError {
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(" or {first} to {last}"),
            (None, _) | (_, None) => String::new(),
        };
        let expected = format!(
            "a value from {} to {}{names}, `*`, a range like `{}-{}`, or one of these with a step like `*/2`",
            self.first,
            self.last,
            self.first + 1,
            self.first + 3
        );
        ScheduleError::Field { field: self.name, part: shown(part), expected }
    }
}

fn number(word: &str) -> Option<u32> {
    if word.chars().all(|c| c.is_ascii_digit()) { word.parse().ok() } else { None }
}

/// The days of the week with Sunday as 0 only.
fn week(values: &BTreeSet<u32>) -> BTreeSet<u32> {
    values.iter().map(|day| day % 7).collect()
}

fn names_of(weekdays: &BTreeSet<u32>) -> String {
    if weekdays.len() == WEEKDAY.names.len() {
        return "*".to_owned();
    }
    let named = WEEKDAY.names.iter().zip(0..).filter(|(_, day)| weekdays.contains(day));
    named.map(|(name, _)| *name).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crontab_means_here_what_it_means_in_crontab() {
        for (crontab, translated) in [
            ("*/15 * * * *", "0 0,15,30,45 * * * * *"),
            ("0 9 * * 1-5", "0 0 9 * * MON,TUE,WED,THU,FRI *"),
            ("0 9 * * 0", "0 0 9 * * SUN *"),
            ("0 9 * * 7", "0 0 9 * * SUN *"),
            ("0 9 * * 5-7", "0 0 9 * * SUN,FRI,SAT *"),
            ("0 9 * * fri-sun", "0 0 9 * * SUN,FRI,SAT *"),
            ("0 9 * * 0-0", "0 0 9 * * SUN *"),
            ("0 9 * * sun-tue", "0 0 9 * * SUN,MON,TUE *"),
            ("0 9 * * */2", "0 0 9 * * SUN,TUE,THU,SAT *"),
            ("0 9 * * 0-7", "0 0 9 * * * *"),
            ("0 9 1,15 * ?", "0 0 9 1,15 * * *"),
            ("0 9 1-31 JAN-mar Mon", "0 0 9 * 1,2,3 MON *"),
            ("5/20 * * * *", "0 5,25,45 * * * * *"),
            ("10-20/5 1 * * *", "0 10,15,20 1 * * * *"),
            ("*/10 * * * * *", "0,10,20,30,40,50 * * * * * *"),
            ("0 0 0 1 1 * 2030", "0 0 0 1 1 * 2030"),
            ("@daily", "0 0 0 * * * *"),
            ("  @weekly ", "0 0 0 * * SUN *"),
        ] {
            assert_eq!(translate(crontab).unwrap(), translated, "{crontab}");
        }
    }

    #[test]
    fn what_the_fields_may_not_hold_is_said_field_by_field() {
        let texts = [
            "61 * * * *",
            "0 9 * * MO",
            "0 9 20-10 * *",
            "*/0 * * * *",
            "* * *",
            "@reboot",
            "0 0 1 * MON",
        ];
        let messages = texts.map(|text| format!("{text:15} {}", translate(text).unwrap_err()));
        insta::assert_snapshot!(messages.join("\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_translated_into_what_the_crate_reads_or_refused(
            text in "\\PC{0,30}|[0-9*/,?-]{1,5}( [0-9*/,?-]{1,5}){4,6}|([0-9*]{1,2} ){4}[0-7A-Z*,-]{1,7}"
        ) {
            if let Ok(translated) = translate(&text) {
                proptest::prop_assert!(translated.parse::<cron::Schedule>().is_ok(), "{}", translated);
            }
        }
    }
}
