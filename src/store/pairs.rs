//! Pairs: one issue and one page that are the same work item.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Params, Row, params};

use super::base::Digest;
use super::db::Access;
use super::error::is_duplicate;
use super::sql::{Micros, SideKey, Text, count, limited, time, times};
use super::{Db, PairId, StoreError, SyncId, Tx};
use crate::model::{
    IssueId, IssueNumber, IssueRef, ItemRef, PageId, RepoId, RepoName, Side, Sides,
};

/// One issue and one page that are the same work item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its id.
    pub id: PairId,
    /// The sync it belongs to.
    pub sync: SyncId,
    /// The issue, by its present name.
    pub issue: IssueRef,
    /// The issue, by GitHub's own id; 0 when it is not known.
    pub issue_id: IssueId,
    /// The repository, by GitHub's own id; 0 when it is not known.
    pub repo_id: RepoId,
    /// The page.
    pub page: PageId,
    /// Whether the two are still kept in step.
    pub link: Link,
    /// The last known title, for messages.
    pub title: String,
    /// The time our own last write returned, per side: it is nobody's edit.
    pub own: Sides<Option<DateTime<Utc>>>,
    /// When the page's content was last read.
    pub body_read: BodyRead,
    /// Whether the issue was made for the page, so that its body ends with the page's marker.
    pub marked: bool,
}

/// When a page's content was last read, by Notion's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRead {
    /// Not since the page was made: what is known of it was sent and never seen.
    NotYet,
    /// It has to be read again, whatever the page's times say: a write to it was cut off.
    Again,
    /// Then.
    At(DateTime<Utc>),
}

/// Whether the two items of a pair are kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// They are.
    Linked,
    /// They are not, and neither gets a new partner.
    Unlinked {
        /// Why, for people.
        why: String,
        /// Which side is gone.
        side: Side,
    },
}

/// What is known of a pair when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPair {
    /// The sync it belongs to.
    pub sync: SyncId,
    /// The issue.
    pub issue: IssueRef,
    /// The issue, by GitHub's own id; 0 when it is not known.
    pub issue_id: IssueId,
    /// The repository, by GitHub's own id; 0 when it is not known.
    pub repo_id: RepoId,
    /// The page.
    pub page: PageId,
    /// The title, for messages.
    pub title: String,
    /// Whether the issue was made for the page.
    pub marked: bool,
}

/// As much of a pair as a full scan keeps in memory for every pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Its id.
    pub id: PairId,
    /// The issue's own id; 0 when it is not known.
    pub issue_id: IssueId,
    /// The page.
    pub page: PageId,
    /// Whether the two are kept in step.
    pub is_linked: bool,
    /// What each side showed when the base was committed; `None` when that must be compared in full.
    pub digests: Sides<Option<Digest>>,
    /// When the page's content was last read.
    pub body_read: BodyRead,
}

/// How many pairs a sync has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PairCount {
    /// Kept in step.
    pub linked: usize,
    /// Remembered only.
    pub unlinked: usize,
}

const COLUMNS: &str = "id, sync, repo, number, issue_id, repo_id, page, gone_side, gone_why, title, \
                       own_github, own_notion, body_read, marked";

impl<A: Access> Db<A> {
    /// A pair by its id.
    pub fn pair(&self, id: PairId) -> Result<Option<Pair>, StoreError> {
        self.one_pair("id = ?1", [id])
    }

    /// The pair of an issue by name; repositories are compared without case.
    pub fn pair_by_issue(
        &self,
        sync: SyncId,
        issue: &IssueRef,
    ) -> Result<Option<Pair>, StoreError> {
        let key = params![issue.repo.as_str(), issue.number.0.cast_signed(), sync];
        self.one_pair("repo = ?1 AND number = ?2 AND sync = ?3", key)
    }

    /// The pair of an issue by GitHub's own id, which survives renames.
    pub fn pair_by_issue_id(
        &self,
        sync: SyncId,
        issue: IssueId,
    ) -> Result<Option<Pair>, StoreError> {
        let key = params![issue.0.cast_signed(), sync];
        self.one_pair("issue_id = ?1 AND issue_id <> 0 AND sync = ?2", key)
    }

    /// The pair of a page.
    pub fn pair_by_page(&self, sync: SyncId, page: PageId) -> Result<Option<Pair>, StoreError> {
        self.one_pair("page = ?1 AND sync = ?2", params![Text(page), sync])
    }

    /// The pairs an item belongs to, in whatever sync: what a command line names.
    pub fn pairs_of(&self, item: &ItemRef) -> Result<Vec<Pair>, StoreError> {
        match item {
            ItemRef::Issue(issue) => self.many_pairs(
                "repo = ?1 AND number = ?2 ORDER BY id",
                params![issue.repo.as_str(), issue.number.0.cast_signed()],
            ),
            ItemRef::Page(page) => self.many_pairs("page = ?1 ORDER BY id", [Text(page)]),
        }
    }

    /// At most `limit` pairs of a sync whose issue was last known by that title.
    pub fn pairs_titled(
        &self,
        sync: SyncId,
        title: &str,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let key = params![sync, title, limited(limit)];
        self.many_pairs("sync = ?1 AND title = ?2 ORDER BY id LIMIT ?3", key)
    }

    /// All pairs of a sync in outline, in the order of their ids: 80 bytes each.
    pub fn outlines(&self, sync: SyncId) -> Result<Vec<Outline>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, issue_id, page, gone_side IS NULL, digest_github, digest_notion,
                            body_read
                     FROM pair WHERE sync = ?1 ORDER BY id",
                )?
                .query_map([sync], read_outline)?
                .collect()
        })
    }

    /// How many pairs a sync has.
    pub fn count_pairs(&self, sync: SyncId) -> Result<PairCount, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT count(*), count(gone_side) FROM pair WHERE sync = ?1")?
                .query_row([sync], |row| {
                    let (all, unlinked) = (count(row, 0)?, count(row, 1)?);
                    Ok(PairCount { linked: all.saturating_sub(unlinked), unlinked })
                })
        })
    }

    fn one_pair(&self, which: &str, key: impl Params) -> Result<Option<Pair>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM pair WHERE {which}"))?
                .query_row(key, read)
                .optional()
        })
    }

    fn many_pairs(&self, which: &str, key: impl Params) -> Result<Vec<Pair>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM pair WHERE {which}"))?
                .query_map(key, read)?
                .collect()
        })
    }
}

impl Tx<'_> {
    /// Makes a pair. Neither item may be in another pair of that sync (I3).
    pub fn insert_pair(&self, new: &NewPair) -> Result<PairId, StoreError> {
        let inserted = self.run(|connection| {
            let values = params![
                new.sync,
                new.issue.repo.as_str(),
                new.issue.number.0.cast_signed(),
                new.issue_id.0.cast_signed(),
                new.repo_id.0.cast_signed(),
                Text(new.page),
                new.title,
                new.marked,
            ];
            let inserted = connection
                .prepare_cached(
                    "INSERT INTO pair (sync, repo, number, issue_id, repo_id, page, title, marked)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(values);
            unless_duplicate(inserted.map(|_| PairId(connection.last_insert_rowid())))
        })?;
        inserted
            .ok_or_else(|| StoreError::AlreadyPaired { issue: new.issue.clone(), page: new.page })
    }

    /// Forgets a pair with its base, in-flight writes and holds; the history stays.
    pub fn remove_pair(&self, pair: PairId) -> Result<(), StoreError> {
        self.on_pair(pair, "DELETE FROM pair WHERE id = ?1", params![pair])
    }

    /// Notes whether the two are kept in step.
    pub fn set_link(&self, pair: PairId, link: &Link) -> Result<(), StoreError> {
        let (side, why) = match link {
            Link::Linked => (None, None),
            Link::Unlinked { why, side } => (Some(SideKey(*side)), Some(why)),
        };
        self.on_pair(
            pair,
            "UPDATE pair SET gone_side = ?2, gone_why = ?3 WHERE id = ?1",
            params![pair, side, why],
        )
    }

    /// Notes the title for messages.
    pub fn set_title(&self, pair: PairId, title: &str) -> Result<(), StoreError> {
        self.on_pair(pair, "UPDATE pair SET title = ?2 WHERE id = ?1", params![pair, title])
    }

    /// Notes the time our own write to `side` returned.
    pub fn set_own_write(
        &self,
        pair: PairId,
        side: Side,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let sql = match side {
            Side::GitHub => "UPDATE pair SET own_github = ?2 WHERE id = ?1",
            Side::Notion => "UPDATE pair SET own_notion = ?2 WHERE id = ?1",
        };
        self.on_pair(pair, sql, params![pair, Micros(at)])
    }

    /// Notes when the page's content was read.
    pub fn set_body_read(&self, pair: PairId, read: BodyRead) -> Result<(), StoreError> {
        let at = match read {
            BodyRead::NotYet => None,
            BodyRead::Again => Some(Micros(DateTime::UNIX_EPOCH)),
            BodyRead::At(at) => Some(Micros(at)),
        };
        self.on_pair(pair, "UPDATE pair SET body_read = ?2 WHERE id = ?1", params![pair, at])
    }

    /// Gives the issue its new name, after its repository was renamed or it was transferred. What is
    /// held and pending follows; history keeps the old name and is found by either.
    pub fn rename_issue(&self, pair: PairId, issue: &IssueRef) -> Result<(), StoreError> {
        let old = self.pair(pair)?.ok_or(StoreError::NoSuchPair(pair))?;
        let renamed = self.run(|connection| {
            unless_duplicate(
                connection
                    .prepare_cached("UPDATE pair SET repo = ?2, number = ?3 WHERE id = ?1")?
                    .execute(params![pair, issue.repo.as_str(), issue.number.0.cast_signed()]),
            )
        })?;
        if renamed.is_none() {
            return Err(StoreError::AlreadyPaired { issue: issue.clone(), page: old.page });
        }
        self.run(|connection| {
            for sql in [
                "UPDATE OR REPLACE hold SET item = ?3 WHERE sync = ?1 AND item = ?2",
                "UPDATE OR REPLACE pending SET item = ?3 WHERE sync = ?1 AND item = ?2",
            ] {
                let key = params![old.sync, Text(&old.issue), Text(issue)];
                connection.prepare_cached(sql)?.execute(key)?;
            }
            Ok(())
        })
    }

    /// Notes GitHub's own ids of the issue and its repository, learned late or changed by a transfer.
    pub fn set_issue_ids(
        &self,
        pair: PairId,
        issue: IssueId,
        repo: RepoId,
    ) -> Result<(), StoreError> {
        self.on_pair(
            pair,
            "UPDATE pair SET issue_id = ?2, repo_id = ?3 WHERE id = ?1",
            params![pair, issue.0.cast_signed(), repo.0.cast_signed()],
        )
    }

    /// Runs a change of one pair's row; a pair that is not there is an error.
    pub(super) fn on_pair(
        &self,
        pair: PairId,
        sql: &str,
        values: impl Params,
    ) -> Result<(), StoreError> {
        match self.run(|connection| connection.prepare_cached(sql)?.execute(values))? {
            0 => Err(StoreError::NoSuchPair(pair)),
            _ => Ok(()),
        }
    }
}

/// `None` when the row was refused because another pair has one of the two items.
fn unless_duplicate<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_duplicate(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Pair> {
    let Text(repo): Text<RepoName> = row.get(2)?;
    let Text(page) = row.get(6)?;
    let side: Option<SideKey> = row.get(7)?;
    let why: Option<String> = row.get(8)?;
    Ok(Pair {
        id: row.get(0)?,
        sync: row.get(1)?,
        issue: IssueRef { repo, number: IssueNumber(unsigned(row, 3)?) },
        issue_id: IssueId(unsigned(row, 4)?),
        repo_id: RepoId(unsigned(row, 5)?),
        page,
        link: side.map_or(Link::Linked, |SideKey(side)| Link::Unlinked {
            why: why.unwrap_or_default(),
            side,
        }),
        title: row.get(9)?,
        own: times(row, 10)?,
        body_read: body_read(row, 12)?,
        marked: row.get(13)?,
    })
}

fn read_outline(row: &Row<'_>) -> rusqlite::Result<Outline> {
    let Text(page) = row.get(2)?;
    Ok(Outline {
        id: row.get(0)?,
        issue_id: IssueId(unsigned(row, 1)?),
        page,
        is_linked: row.get(3)?,
        digests: Sides { github: digest(row, 4)?, notion: digest(row, 5)? },
        body_read: body_read(row, 6)?,
    })
}

fn body_read(row: &Row<'_>, at: usize) -> rusqlite::Result<BodyRead> {
    Ok(match time(row, at)? {
        None => BodyRead::NotYet,
        Some(never) if never == DateTime::UNIX_EPOCH => BodyRead::Again,
        Some(read) => BodyRead::At(read),
    })
}

/// SQLite's integers are signed; a server's number keeps its bits.
fn unsigned(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.cast_unsigned())
}

fn digest(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Digest>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(|bits| Digest(bits.cast_unsigned())))
}
