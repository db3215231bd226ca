//! Stories about the store. Helpers here, one file per part.

mod base;
mod files;
mod history;
mod pairs;
mod rest;
mod transactions;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{NewPair, PairId, Store, StoreError, SyncId, Tx};
use crate::model::{IssueId, IssueRef, PageId, RepoId};

/// A store with one sync.
fn store() -> (Store, SyncId) {
    let store = Store::open_in_memory().unwrap();
    let sync = store.transaction(|tx| tx.ensure_sync("app")).unwrap();
    (store, sync)
}

/// One write in a transaction of its own.
fn write<T>(store: &Store, f: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> T {
    store.transaction(f).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn page(number: u128) -> PageId {
    PageId(Uuid::from_u128(number))
}

fn issue(text: &str) -> IssueRef {
    text.parse().unwrap()
}

fn new_pair(sync: SyncId, name: &str, number: u64) -> NewPair {
    NewPair {
        sync,
        issue: issue(name),
        issue_id: IssueId(1000 + number),
        repo_id: RepoId(7),
        page: page(u128::from(number)),
        title: format!("Title {number}"),
        marked: false,
    }
}

/// The pair of `acme/app#number` and page `number`.
fn pair(store: &Store, sync: SyncId, number: u64) -> PairId {
    let name = format!("acme/app#{number}");
    write(store, |tx| tx.insert_pair(&new_pair(sync, &name, number)))
}
