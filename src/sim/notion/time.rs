//! Times as Notion shows and reads them (notion-api.md §5.3, §9).

use chrono::{
    DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

/// Rounded down to the minute, as every page and data source shows its times.
pub(super) fn to_minute(time: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = i64::from(time.second());
    let nanos = i64::from(time.nanosecond());
    time - chrono::Duration::seconds(seconds) - chrono::Duration::nanoseconds(nanos)
}

/// The minute in the form of page and data-source times.
pub(super) fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:00.000Z").to_string()
}

/// Databases, unlike everything else, show milliseconds and a numeric offset (seen in recorded answers).
pub(super) fn with_millis(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

/// One end of a date value: a day, or a moment with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A day without a time.
    Day(NaiveDate),
    /// A moment.
    Time(DateTime<FixedOffset>),
}

impl Moment {
    /// A date, a date-time with an offset, or one without, which then lies in `zone` (UTC when there is none).
    pub(super) fn parse(text: &str, zone: Option<Tz>) -> Option<Moment> {
        if text.len() == 10 {
            return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Moment::Day);
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return if zone.is_some() { None } else { Some(Moment::Time(time)) };
        }
        let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
            .ok()?;
        let zone = zone.unwrap_or(Tz::UTC);
        zone.from_local_datetime(&naive).earliest().map(|time| Moment::Time(time.fixed_offset()))
    }

    pub(super) fn without_seconds(self) -> Moment {
        match self {
            Moment::Day(day) => Moment::Day(day),
            Moment::Time(time) => {
                let offset = *time.offset();
                Moment::Time(to_minute(time.to_utc()).with_timezone(&offset))
            }
        }
    }

    /// When it begins; a day begins at midnight UTC (notion-api.md §9, own reading).
    pub(super) fn begins(self) -> DateTime<Utc> {
        match self {
            Moment::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
            Moment::Time(time) => time.to_utc(),
        }
    }

    /// The first instant after it: a day lasts a day, a moment no time at all.
    pub(super) fn ends(self) -> DateTime<Utc> {
        match self {
            Moment::Day(day) => {
                day.checked_add_days(Days::new(1)).unwrap_or(day).and_time(NaiveTime::MIN).and_utc()
            }
            Moment::Time(time) => time.to_utc(),
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Moment::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Moment::Time(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3f%:z")),
        }
    }
}
