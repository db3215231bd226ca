//! The base: what both sides showed when they last agreed, per field.
//!
//! All fields of a pair are one row, because a full scan reads every one of them; beside the pair
//! stands a digest per side, by which an item that nobody touched is known without decoding anything.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::db::Access;
use super::sql::Json;
use super::{Db, PairId, StoreError, Tx};
use crate::model::{Field, Side, Sides, Value};

/// The base of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseRow {
    /// What each side showed, in its own form.
    pub value: Sides<Value>,
    /// The mapping it was made with; under another one it is void (I13).
    pub fingerprint: String,
}

/// A digest of all one side showed, under the mapping of that time. The caller's to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub u64);

/// A base as stored: short keys, and Notion's value only when it is spelled in another way.
#[derive(Serialize, Deserialize)]
struct Stored {
    f: String,
    g: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<Value>,
}

type Row = BTreeMap<Field, Stored>;

impl Stored {
    fn of(value: Sides<&Value>, fingerprint: &str) -> Stored {
        Stored {
            f: fingerprint.to_owned(),
            g: value.github.clone(),
            n: (!same_spelling(value)).then(|| value.notion.clone()),
        }
    }

    fn into_base(self) -> BaseRow {
        let notion = self.n.unwrap_or_else(|| self.g.clone());
        BaseRow { value: Sides { github: self.g, notion }, fingerprint: self.f }
    }
}

/// Whether both are equal to the letter: `==` on names ignores case, the base must not.
fn same_spelling(value: Sides<&Value>) -> bool {
    match (value.github, value.notion) {
        (Value::Names(a), Value::Names(b)) => a.iter().eq(b.iter()),
        (Value::Name(a), Value::Name(b)) => {
            a.as_ref().map(|name| &name.0) == b.as_ref().map(|name| &name.0)
        }
        (
            a @ (Value::Text(_)
            | Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Names(_)
            | Value::Name(_)
            | Value::Time(_)),
            b,
        ) => a == b,
    }
}

impl<A: Access> Db<A> {
    /// The base of every field of a pair.
    pub fn bases(&self, pair: PairId) -> Result<BTreeMap<Field, BaseRow>, StoreError> {
        let row = self.base_row(pair)?;
        Ok(row.into_iter().map(|(field, stored)| (field, stored.into_base())).collect())
    }

    fn base_row(&self, pair: PairId) -> Result<Row, StoreError> {
        self.run(|connection| {
            let row: Option<Json<Row>> = connection
                .prepare_cached("SELECT fields FROM base WHERE pair = ?1")?
                .query_row([pair], |row| row.get(0))
                .optional()?;
            Ok(row.map_or_else(Row::new, |Json(row)| row))
        })
    }
}

impl Tx<'_> {
    /// Commits what both sides were observed to hold (I1). Voids the digests.
    pub fn put_base(
        &self,
        pair: PairId,
        field: Field,
        value: Sides<&Value>,
        fingerprint: &str,
    ) -> Result<(), StoreError> {
        let mut row = self.base_row(pair)?;
        row.insert(field, Stored::of(value, fingerprint));
        self.write_base(pair, &row)
    }

    /// Commits the bases of several fields at once; the other fields keep theirs. Voids the digests.
    pub fn put_bases(
        &self,
        pair: PairId,
        bases: &BTreeMap<Field, BaseRow>,
    ) -> Result<(), StoreError> {
        let mut row = self.base_row(pair)?;
        for (field, base) in bases {
            row.insert(*field, Stored::of(base.value.as_ref(), &base.fingerprint));
        }
        self.write_base(pair, &row)
    }

    /// Forgets the base of a field. Voids the digests.
    pub fn drop_base(&self, pair: PairId, field: Field) -> Result<(), StoreError> {
        let mut row = self.base_row(pair)?;
        match row.remove(&field) {
            Some(_) => self.write_base(pair, &row),
            None => Ok(()),
        }
    }

    /// Notes what a side showed when it agreed with the base; `None`: compare in full next time.
    pub fn set_digest(
        &self,
        pair: PairId,
        side: Side,
        digest: Option<Digest>,
    ) -> Result<(), StoreError> {
        // The same digest again is no change, and costs no commit.
        let sql = match side {
            Side::GitHub => {
                "UPDATE pair SET digest_github = ?2 WHERE id = ?1 AND digest_github IS NOT ?2"
            }
            Side::Notion => {
                "UPDATE pair SET digest_notion = ?2 WHERE id = ?1 AND digest_notion IS NOT ?2"
            }
        };
        let bits = digest.map(|Digest(bits)| bits.cast_signed());
        let changed =
            self.run(|connection| connection.prepare_cached(sql)?.execute(params![pair, bits]))?;
        if changed == 0 && self.pair(pair)?.is_none() {
            return Err(StoreError::NoSuchPair(pair));
        }
        Ok(())
    }

    fn write_base(&self, pair: PairId, row: &Row) -> Result<(), StoreError> {
        // First the pair's row: it tells whether there is such a pair at all.
        self.on_pair(
            pair,
            "UPDATE pair SET digest_github = NULL, digest_notion = NULL WHERE id = ?1",
            params![pair],
        )?;
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO base (pair, fields) VALUES (?1, ?2)
                     ON CONFLICT (pair) DO UPDATE SET fields = excluded.fields",
                )?
                .execute(params![pair, Json(row)])?;
            Ok(())
        })
    }
}
