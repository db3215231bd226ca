//! date: always written as a full UTC date-time, read in every form Notion has.

use chrono::{
    DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Timelike, Utc,
};
use serde_json::{Value as Json, json};

use super::super::shapes::DateValue;
use super::wrong_kind;
use crate::model::Value;

pub(super) fn decode(date: Option<&DateValue>) -> Result<Value, String> {
    let Some(date) = date else { return Ok(Value::Time(None)) };
    let at = moment(date).ok_or_else(|| "a date in a form tandem does not know".to_owned())?;
    Ok(Value::Time(Some(at.with_nanosecond(0).unwrap_or(at))))
}

/// With offset, with a time zone beside it, without either, or a bare date (notion-api §5.3).
fn moment(date: &DateValue) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(&date.start) {
        return Some(at.to_utc());
    }
    let local = match NaiveDateTime::parse_from_str(&date.start, "%Y-%m-%dT%H:%M:%S%.f") {
        Ok(local) => local,
        Err(_) => NaiveDate::parse_from_str(&date.start, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN),
    };
    match date.time_zone.as_deref().map(str::parse::<chrono_tz::Tz>) {
        Some(Ok(zone)) => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
        Some(Err(_)) => None,
        None => Some(local.and_utc()),
    }
}

pub(super) fn encode(value: &Value) -> Result<Json, String> {
    match value {
        Value::Time(Some(at)) => {
            Ok(json!({"start": at.to_rfc3339_opts(SecondsFormat::Millis, true)}))
        }
        Value::Time(None) => Ok(Json::Null),
        Value::Text(_)
        | Value::Body(_)
        | Value::Number(_)
        | Value::State(_)
        | Value::Names(_)
        | Value::Name(_) => Err(wrong_kind(value, "a time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: Json) -> Result<Value, String> {
        decode(serde_json::from_value::<Option<DateValue>>(json).unwrap().as_ref())
    }

    #[test]
    fn one_moment_is_read_in_every_form_notion_gives_it() {
        let at = Ok(Value::Time(Some("2026-01-05T09:10:00Z".parse().unwrap())));
        assert_eq!(read(json!({"start": "2026-01-05T09:10:00.000+00:00", "end": null})), at);
        assert_eq!(read(json!({"start": "2026-01-05T10:10:00.999+01:00", "new": 1})), at);
        assert_eq!(
            read(json!({"start": "2026-01-05T10:10:00.000", "time_zone": "Europe/Berlin"})),
            at
        );
        let midnight = Ok(Value::Time(Some("2026-01-05T00:00:00Z".parse().unwrap())));
        assert_eq!(read(json!({"start": "2026-01-05"})), midnight);
    }

    #[test]
    fn a_date_of_no_known_form_is_unreadable_not_empty() {
        for start in ["", "soon", "2026-13-01", "2026-01-05T25:00:00Z"] {
            assert!(read(json!({"start": start})).is_err(), "{start}");
        }
        assert!(read(json!({"start": "2026-01-05", "time_zone": "Mars/Base"})).is_err());
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_moment(secs in 0i64..4_102_444_800) {
            let value = Value::Time(DateTime::from_timestamp(secs, 0));
            prop_assert_eq!(read(encode(&value).unwrap()), Ok(value));
        }
    }

    #[test]
    fn no_moment_is_null() {
        assert_eq!(encode(&Value::Time(None)), Ok(Json::Null));
        assert_eq!(read(Json::Null), Ok(Value::Time(None)));
    }
}
