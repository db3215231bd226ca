//! All or nothing, whatever ends it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{at, issue, new_pair, pair, store, write};
use crate::model::{Side, Value};
use crate::store::{InFlight, Store, StoreError};

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let (store, sync) = store();
    let commits = store.commits();
    let result: Result<(), StoreError> = store.transaction(|tx| {
        tx.insert_pair(&new_pair(sync, "acme/app#1", 1))?;
        assert!(tx.pair_by_issue(sync, &issue("acme/app#1"))?.is_some(), "it sees its own writes");
        Err(StoreError::Nested)
    });
    assert!(result.is_err());
    assert_eq!(store.pair_by_issue(sync, &issue("acme/app#1")).unwrap(), None);
    assert_eq!(store.commits(), commits);
}

#[test]
fn a_panic_leaves_nothing_and_the_store_goes_on() {
    let (store, sync) = store();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| {
            tx.insert_pair(&new_pair(sync, "acme/app#1", 1))?;
            if tx.count_pairs(sync)?.linked == 1 {
                panic!("in the middle");
            }
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.count_pairs(sync).unwrap().linked, 0);
    pair(&store, sync, 1);
}

#[test]
fn what_a_killed_process_leaves_behind_is_its_last_commit() {
    let directory = tempfile::tempdir().unwrap();
    let (alive, dead) = (directory.path().join("alive.db"), directory.path().join("dead.db"));
    let store = Store::open(&alive).unwrap();
    let sync = write(&store, |tx| tx.ensure_sync("app"));
    pair(&store, sync, 1);
    write(&store, |tx| {
        // Enough to spill into the log before the commit.
        for number in 2..20_000 {
            tx.insert_pair(&new_pair(sync, &format!("acme/app#{number}"), number))?;
        }
        fs::copy(&alive, &dead).unwrap();
        let log =
            fs::copy(directory.path().join("alive.db-wal"), directory.path().join("dead.db-wal"));
        assert!(log.unwrap() > 1_000_000, "the transaction did not reach the disk at all");
        Ok(())
    });
    let survivor = Store::open(&dead).unwrap();
    survivor.check_integrity().unwrap();
    assert_eq!(survivor.count_pairs(sync).unwrap().linked, 1);
    assert_eq!(store.count_pairs(sync).unwrap().linked, 19_999);
}

#[test]
fn the_store_asked_inside_its_own_transaction_says_so_instead_of_waiting_for_ever() {
    let (store, sync) = store();
    write(&store, |tx| {
        assert!(matches!(store.count_pairs(sync), Err(StoreError::Nested)));
        assert!(matches!(store.transaction(|_| Ok(())), Err(StoreError::Nested)));
        tx.count_pairs(sync)
    });
    store.count_pairs(sync).unwrap();
}

#[test]
fn only_transactions_that_wrote_are_counted() {
    let (store, sync) = store();
    let before = store.commits();
    write(&store, |tx| tx.count_pairs(sync));
    assert_eq!(store.commits(), before);
    pair(&store, sync, 1);
    assert_eq!(store.commits(), before + 1);
}

#[test]
fn threads_take_turns() {
    let (store, sync) = store();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 1..=50 {
                    pair(store, sync, thread * 50 + number);
                }
            });
        }
    });
    assert_eq!(store.count_pairs(sync).unwrap().linked, 200);
}

#[test]
fn in_flight_writes_are_found_by_pair_and_cleared_by_side() {
    let (store, sync) = store();
    let (one, two) = (pair(&store, sync, 1), pair(&store, sync, 2));
    let flight = |pair, side, field, to: &str| InFlight {
        pair,
        side,
        field,
        from: Value::Text("old".into()),
        to: Value::Text(to.into()),
        other: (field == Body).then(|| Value::Text("the other's".into())),
        half: (field == Body).then(|| Value::Text("less of it".into())),
        sent_at: (side == Side::GitHub).then(|| at("2026-01-02T03:04:05.000006Z")),
    };
    use crate::model::Field::{Body, Title, Url};
    let writes = [
        flight(one, Side::GitHub, Title, "a"),
        flight(one, Side::Notion, Body, "b"),
        flight(one, Side::Notion, Url, "c"),
        flight(two, Side::Notion, Title, "d"),
    ];
    write(&store, |tx| tx.put_in_flight(&writes));
    write(&store, |tx| tx.put_in_flight(&[flight(two, Side::Notion, Title, "e")]));
    let open = store.in_flight(sync).unwrap();
    assert_eq!(open[&one], writes[..3]);
    assert_eq!(open[&two], [flight(two, Side::Notion, Title, "e")]);
    write(&store, |tx| tx.clear_in_flight(one, Side::Notion));
    assert_eq!(store.in_flight(sync).unwrap()[&one], writes[..1]);
    write(&store, |tx| tx.remove_pair(one));
    assert!(!store.in_flight(sync).unwrap().contains_key(&one));
}
