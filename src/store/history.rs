//! History: every value tandem replaced, with why (I2). Only ever added to.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};

use super::db::Access;
use super::sql::{Json, Micros, SideKey, Text};
use super::{CycleId, Db, HistoryId, PairId, StoreError, Tx};
use crate::model::{ItemRef, PageId, Side};

/// A replaced value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The item it was found in.
    pub item: ItemRef,
    /// The page of the pair.
    pub page: Option<PageId>,
    /// The pair.
    pub pair: Option<PairId>,
    /// Where the value was replaced.
    pub side: Side,
    /// The key of a field, or what else was replaced.
    pub field: String,
    /// The value that was replaced, whole.
    pub lost: serde_json::Value,
    /// The value that took its place.
    pub kept: Option<serde_json::Value>,
    /// Why.
    pub rule: String,
    /// The cycle that did it.
    pub cycle: CycleId,
    /// When, by our clock, for people.
    pub at: DateTime<Utc>,
}

/// How much history there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistorySize {
    /// Entries.
    pub rows: u64,
    /// Bytes of the values kept in them.
    pub bytes: u64,
}

const COLUMNS: &str = "id, item, page, pair, side, field, lost, kept, rule, cycle, at";

/// What belongs to `?1`: rows that name it, rows of its pair, and rows of that pair's page. The ids
/// alone are collected and sorted; the rows, which may hold long bodies, are then read one by one.
const OF_ITEM: &str = "
    WITH known (pair, page) AS (
      SELECT pair, page FROM history WHERE item = ?1 OR page = ?1
      UNION SELECT id, page FROM pair WHERE repo = ?2 AND number = ?3
      UNION SELECT id, page FROM pair WHERE page = ?1
    )";
const NAMES_ITEM: &str = "
    id IN (SELECT id FROM history WHERE item = ?1 OR page = ?1
      OR pair IN (SELECT pair FROM known WHERE pair IS NOT NULL)
      OR page IN (SELECT page FROM known WHERE page IS NOT NULL)
      OR item IN (SELECT page FROM known WHERE page IS NOT NULL))";

impl<A: Access> Db<A> {
    /// Tells the history to `each`, newest first, until it breaks. With an item: all of that item,
    /// whether its issue or its page is named.
    pub fn history(
        &self,
        item: Option<&ItemRef>,
        mut each: impl FnMut(HistoryId, HistoryEntry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.run(|connection| {
            let mut select;
            let mut rows = match item {
                None => {
                    let sql = format!("SELECT {COLUMNS} FROM history ORDER BY id DESC");
                    select = connection.prepare_cached(&sql)?;
                    select.query([])?
                }
                Some(item) => {
                    let (repo, number) = match item {
                        ItemRef::Issue(issue) => {
                            (Some(issue.repo.as_str()), Some(issue.number.0.cast_signed()))
                        }
                        ItemRef::Page(_) => (None, None),
                    };
                    let sql = format!(
                        "{OF_ITEM} SELECT {COLUMNS} FROM history WHERE {NAMES_ITEM} ORDER BY id DESC"
                    );
                    select = connection.prepare_cached(&sql)?;
                    select.query(params![Text(item), repo, number])?
                }
            };
            while let Some(row) = rows.next()? {
                let (id, entry) = read(row)?;
                if each(id, entry).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// One entry, to put its value back.
    pub fn history_entry(&self, id: HistoryId) -> Result<Option<HistoryEntry>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM history WHERE id = ?1"))?
                .query_row([id], |row| Ok(read(row)?.1))
                .optional()
        })
    }

    /// How much history there is; costs nothing, however much it is.
    pub fn history_size(&self) -> Result<HistorySize, StoreError> {
        self.run(|connection| {
            connection.prepare_cached("SELECT rows, bytes FROM history_size")?.query_row(
                [],
                |row| {
                    Ok(HistorySize {
                        rows: row.get::<_, i64>(0)?.unsigned_abs(),
                        bytes: row.get::<_, i64>(1)?.unsigned_abs(),
                    })
                },
            )
        })
    }
}

impl Tx<'_> {
    /// Adds an entry: before the request that replaces the value is sent.
    pub fn add_history(&self, entry: &HistoryEntry) -> Result<HistoryId, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO history (item, page, pair, side, field, lost, kept, rule, cycle, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    Text(&entry.item),
                    entry.page.map(Text),
                    entry.pair,
                    SideKey(entry.side),
                    entry.field,
                    Json(&entry.lost),
                    entry.kept.as_ref().map(Json),
                    entry.rule,
                    entry.cycle,
                    Micros(entry.at),
                ])?;
            Ok(HistoryId(connection.last_insert_rowid()))
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(HistoryId, HistoryEntry)> {
    let Text(item) = row.get(1)?;
    let page: Option<Text<PageId>> = row.get(2)?;
    let SideKey(side) = row.get(4)?;
    let Json(lost) = row.get(6)?;
    let kept: Option<Json<serde_json::Value>> = row.get(7)?;
    let Micros(at) = row.get(10)?;
    let entry = HistoryEntry {
        item,
        page: page.map(|Text(page)| page),
        pair: row.get(3)?,
        side,
        field: row.get(5)?,
        lost,
        kept: kept.map(|Json(kept)| kept),
        rule: row.get(8)?,
        cycle: row.get(9)?,
        at,
    };
    Ok((row.get(0)?, entry))
}
