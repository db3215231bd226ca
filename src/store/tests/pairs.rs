//! Pairs: found by every name, unique, renamed, unlinked.

use chrono::{DateTime, Utc};

use super::{at, issue, new_pair, page, pair, store, write};
use crate::model::{IssueId, ItemRef, RepoId, Side, Sides};
use crate::store::{BodyRead, Digest, HoldRow, Link, NewPair, PairCount, Pending, StoreError};

#[test]
fn a_pair_is_found_by_every_name_it_has() {
    let (store, sync) = store();
    let id = write(&store, |tx| tx.insert_pair(&new_pair(sync, "Acme/App#12", 12)));
    let found = store.pair(id).unwrap().unwrap();
    assert_eq!(found.issue.to_string(), "Acme/App#12");
    assert_eq!((found.link.clone(), found.own), (Link::Linked, Sides::default()));
    let found = Some(found);
    assert_eq!(store.pair_by_issue(sync, &issue("acme/app#12")).unwrap(), found);
    assert_eq!(store.pair_by_issue_id(sync, IssueId(1012)).unwrap(), found);
    assert_eq!(store.pair_by_page(sync, page(12)).unwrap(), found);
    assert_eq!(store.pairs_of(&ItemRef::Page(page(12))).unwrap().first(), found.as_ref());
    assert_eq!(store.pairs_of(&ItemRef::Issue(issue("ACME/app#12"))).unwrap().len(), 1);
    assert_eq!(store.pair_by_issue(sync, &issue("acme/app#13")).unwrap(), None);
    assert_eq!(store.pair_by_page(sync, page(13)).unwrap(), None);
}

#[test]
fn neither_item_gets_a_second_partner_in_one_sync() {
    let (store, sync) = store();
    write(&store, |tx| tx.insert_pair(&new_pair(sync, "acme/app#1", 1)));
    let same_issue = new_pair(sync, "ACME/APP#1", 2);
    let same_page = new_pair(sync, "acme/app#2", 1);
    let mut same_id = new_pair(sync, "acme/renamed#1", 3);
    same_id.issue_id = IssueId(1001);
    for second in [same_issue, same_page, same_id] {
        let error = store.transaction(|tx| tx.insert_pair(&second)).unwrap_err();
        assert!(matches!(error, StoreError::AlreadyPaired { .. }), "{error}");
    }
    let other = write(&store, |tx| tx.ensure_sync("other"));
    write(&store, |tx| tx.insert_pair(&new_pair(other, "acme/app#1", 1)));
    assert_eq!(store.pairs_of(&ItemRef::Page(page(1))).unwrap().len(), 2);
}

#[test]
fn issues_without_a_known_id_are_not_each_other() {
    let (store, sync) = store();
    for number in 1..=2 {
        let mut new = new_pair(sync, &format!("acme/app#{number}"), number);
        new.issue_id = IssueId(0);
        write(&store, |tx| tx.insert_pair(&new));
    }
    assert_eq!(store.pair_by_issue_id(sync, IssueId(0)).unwrap(), None);
}

#[test]
fn when_a_pages_content_was_read_is_remembered_and_so_is_the_marker() {
    let (store, sync) = store();
    let new = NewPair { marked: true, ..new_pair(sync, "acme/app#1", 1) };
    let id = write(&store, |tx| tx.insert_pair(&new));
    assert!(store.pair(id).unwrap().unwrap().marked);
    assert_eq!(store.pair(id).unwrap().unwrap().body_read, BodyRead::NotYet);
    for read in [BodyRead::Again, BodyRead::At(at("2026-01-05T09:10:11Z")), BodyRead::NotYet] {
        write(&store, |tx| tx.set_body_read(id, read));
        assert_eq!(store.pair(id).unwrap().unwrap().body_read, read);
        assert_eq!(store.outlines(sync).unwrap()[0].body_read, read);
    }
}

#[test]
fn numbers_beyond_a_signed_integer_survive() {
    let (store, sync) = store();
    let mut new = new_pair(sync, "acme/app#18446744073709551615", 1);
    new.issue_id = IssueId(u64::MAX);
    new.repo_id = RepoId(u64::MAX - 1);
    let id = write(&store, |tx| tx.insert_pair(&new));
    let found = store.pair_by_issue_id(sync, IssueId(u64::MAX)).unwrap().unwrap();
    assert_eq!((found.id, found.issue, found.repo_id), (id, new.issue, new.repo_id));
}

#[test]
fn the_pairs_of_a_sync_come_in_outline_in_their_order_and_none_twice() {
    let (store, sync) = store();
    let other = write(&store, |tx| tx.ensure_sync("other"));
    let mut all = Vec::new();
    for number in 1..=25 {
        all.push(pair(&store, sync, number));
        write(&store, |tx| tx.insert_pair(&new_pair(other, &format!("a/b#{number}"), number)));
    }
    let outlined: Vec<_> = store.outlines(sync).unwrap().iter().map(|pair| pair.id).collect();
    assert_eq!(outlined, all);
}

#[test]
fn an_unlinked_pair_is_remembered_with_its_reason_until_it_is_linked_again() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    pair(&store, sync, 2);
    let gone = Link::Unlinked { why: "the page is in the trash".into(), side: Side::Notion };
    write(&store, |tx| tx.set_link(id, &gone));
    assert_eq!(store.pair(id).unwrap().unwrap().link, gone);
    assert_eq!(store.count_pairs(sync).unwrap(), PairCount { linked: 1, unlinked: 1 });
    assert!(!store.outlines(sync).unwrap()[0].is_linked);
    let error = store.transaction(|tx| tx.insert_pair(&new_pair(sync, "acme/app#9", 1)));
    assert!(matches!(error, Err(StoreError::AlreadyPaired { .. })), "it got a new partner");
    write(&store, |tx| tx.set_link(id, &Link::Linked));
    assert_eq!(store.pair(id).unwrap().unwrap().link, Link::Linked);
}

#[test]
fn times_of_our_own_writes_are_kept_per_side_and_to_the_millisecond() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let (github, notion) = (at("2026-01-05T09:10:11Z"), at("2031-01-05T09:10:11.123Z"));
    write(&store, |tx| {
        tx.set_own_write(id, Side::GitHub, github)?;
        tx.set_own_write(id, Side::Notion, notion)?;
        tx.set_title(id, "Ünï")
    });
    let found = store.pair(id).unwrap().unwrap();
    assert_eq!(found.own, Sides { github: Some(github), notion: Some(notion) });
    assert_eq!(found.title, "Ünï");
}

#[test]
fn the_ends_of_representable_time_are_kept() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    for end in [DateTime::<Utc>::MIN_UTC, at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z")] {
        write(&store, |tx| tx.set_own_write(id, Side::GitHub, end));
        assert_eq!(store.pair(id).unwrap().unwrap().own.github, Some(end));
    }
}

#[test]
fn a_renamed_issue_takes_its_holds_and_pending_entries_along() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    pair(&store, sync, 2);
    let old = ItemRef::Issue(issue("acme/app#1"));
    write(&store, |tx| {
        tx.put_hold(&HoldRow {
            sync,
            item: old.clone(),
            pair: Some(id),
            field: None,
            side: Side::GitHub,
            value: None,
            reason: "moved".into(),
            digest: String::new(),
            attempts: 0,
            next_try: None,
            since: at("2026-01-01T00:00:00Z"),
            by_person: false,
        })?;
        tx.put_pending(&Pending {
            sync,
            item: old,
            reason: "failed".into(),
            waits: false,
            due: None,
            side: Side::GitHub,
            attempts: 1,
        })
    });
    let taken = store.transaction(|tx| tx.rename_issue(id, &issue("acme/app#2")));
    assert!(matches!(taken, Err(StoreError::AlreadyPaired { .. })));
    write(&store, |tx| {
        tx.rename_issue(id, &issue("acme/core#7"))?;
        tx.set_issue_ids(id, IssueId(5), RepoId(6))
    });
    let new = ItemRef::Issue(issue("acme/core#7"));
    let found = store.pair(id).unwrap().unwrap();
    assert_eq!((found.issue_id, found.repo_id), (IssueId(5), RepoId(6)));
    assert_eq!(ItemRef::Issue(found.issue), new);
    assert_eq!(store.holds(sync).unwrap()[0].item, new);
    assert_eq!(store.pending(sync).unwrap()[0].item, new);
}

#[test]
fn a_change_of_case_alone_is_a_rename() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    write(&store, |tx| tx.rename_issue(id, &issue("Acme/App#1")));
    assert_eq!(store.pair(id).unwrap().unwrap().issue.to_string(), "Acme/App#1");
}

#[test]
fn a_removed_pair_is_gone_and_its_id_never_used_again() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    write(&store, |tx| tx.remove_pair(id));
    assert_eq!(store.pair(id).unwrap(), None);
    assert_ne!(pair(&store, sync, 1), id);
    for error in [
        store.transaction(|tx| tx.remove_pair(id)),
        store.transaction(|tx| tx.set_title(id, "x")),
        store.transaction(|tx| tx.set_link(id, &Link::Linked)),
        store.transaction(|tx| tx.rename_issue(id, &issue("a/b#1"))),
        store.transaction(|tx| tx.set_digest(id, Side::GitHub, Some(Digest(1)))),
    ] {
        assert!(matches!(error, Err(StoreError::NoSuchPair(pair)) if pair == id));
    }
}
