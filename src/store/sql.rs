//! How our types are written in a column. A column that cannot be read is a damaged database.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Side, Sides};

/// What a column should have held. Never what it holds (I17).
#[derive(Debug, thiserror::Error)]
#[error("not {0}")]
struct Unreadable(&'static str);

fn unreadable(expected: &'static str) -> FromSqlError {
    FromSqlError::Other(Box::new(Unreadable(expected)))
}

/// A time as microseconds since 1970: finer than any server tells.
pub(super) struct Micros(pub(super) DateTime<Utc>);

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_micros().into())
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = i64::column_result(value)?;
        DateTime::from_timestamp_micros(micros).map(Micros).ok_or_else(|| unreadable("a time"))
    }
}

/// Anything that is read back from what it displays: ids, items, fields.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl<T: FromStr> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Text).map_err(|_| unreadable("an id, an item or a field"))
    }
}

/// A side by its key (its display is for people).
pub(super) struct SideKey(pub(super) Side);

impl ToSql for SideKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for SideKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let key = value.as_str()?;
        let side = Side::BOTH.into_iter().find(|side| side.as_str() == key);
        side.map(SideKey).ok_or_else(|| unreadable("a side"))
    }
}

/// A value as JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Json)
            .map_err(|_| unreadable("a value this tandem wrote"))
    }
}

/// Two time columns, GitHub's first.
pub(super) fn times(
    row: &rusqlite::Row<'_>,
    at: usize,
) -> rusqlite::Result<Sides<Option<DateTime<Utc>>>> {
    Ok(Sides { github: time(row, at)?, notion: time(row, at + 1)? })
}

/// A time column that may be empty.
pub(super) fn time(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<Micros>>(at)?.map(|Micros(time)| time))
}

/// A count; never negative in SQL.
pub(super) fn count(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<usize> {
    let count: i64 = row.get(at)?;
    usize::try_from(count).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, count))
}

/// A limit as SQL takes it.
pub(super) fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
