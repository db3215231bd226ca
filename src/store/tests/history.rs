//! History: append-only, whole, found by either name.

use std::ops::ControlFlow;

use serde_json::json;

use super::{at, issue, page, pair, store, write};
use crate::model::{ItemRef, PageId, Side};
use crate::store::{CycleId, HistoryEntry, HistorySize, PairId, Store};

fn entry(item: ItemRef, page: Option<PageId>, pair: Option<PairId>, lost: &str) -> HistoryEntry {
    HistoryEntry {
        item,
        page,
        pair,
        side: Side::Notion,
        field: "title".into(),
        lost: json!(lost),
        kept: Some(json!({"text": "new"})),
        rule: "only GitHub changed it".into(),
        cycle: CycleId(1),
        at: at("2026-01-05T09:10:11.123456Z"),
    }
}

/// The lost values, newest first.
fn lost(store: &Store, item: Option<&ItemRef>) -> Vec<String> {
    let mut all = Vec::new();
    store
        .history(item, |_, entry| {
            all.push(entry.lost.as_str().unwrap().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
    all
}

#[test]
fn an_entry_comes_back_whole() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let body = "naïve \u{0} \"q\" \r\n".repeat(100_000);
    let mut written = entry(ItemRef::Issue(issue("Acme/App#1")), Some(page(1)), Some(id), &body);
    let first = write(&store, |tx| tx.add_history(&written));
    assert_eq!(store.history_entry(first).unwrap().as_ref(), Some(&written));
    (written.page, written.pair, written.kept) = (None, None, None);
    let second = write(&store, |tx| tx.add_history(&written));
    assert_eq!(store.history_entry(second).unwrap(), Some(written));
    assert_eq!(second.to_string().parse(), Ok(second));
}

#[test]
fn an_issue_and_its_page_find_the_same_entries_newest_first() {
    let (store, sync) = store();
    let (one, two) = (pair(&store, sync, 1), pair(&store, sync, 2));
    let (by_issue, by_page) = (ItemRef::Issue(issue("acme/app#1")), ItemRef::Page(page(1)));
    let stranger = ItemRef::Issue(issue("acme/app#2"));
    write(&store, |tx| {
        tx.add_history(&entry(by_page.clone(), Some(page(1)), None, "before the pair"))?;
        tx.add_history(&entry(by_issue.clone(), None, Some(one), "by pair"))?;
        tx.add_history(&entry(stranger.clone(), Some(page(2)), Some(two), "not mine"))?;
        tx.add_history(&entry(by_page.clone(), Some(page(1)), Some(one), "by page"))
    });
    let mine = ["by page", "by pair", "before the pair"];
    assert_eq!(lost(&store, Some(&by_issue)), mine);
    assert_eq!(lost(&store, Some(&by_page)), mine);
    assert_eq!(lost(&store, Some(&"ACME/App#1".parse().unwrap())), mine);
    assert_eq!(lost(&store, Some(&stranger)), ["not mine"]);
    assert_eq!(lost(&store, None).len(), 4);
    assert!(lost(&store, Some(&ItemRef::Page(page(9)))).is_empty());
}

#[test]
fn a_renamed_issue_is_found_by_its_old_and_its_new_name() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let (old, new) = (ItemRef::Issue(issue("acme/app#1")), issue("acme/core#5"));
    write(&store, |tx| {
        tx.add_history(&entry(old.clone(), Some(page(1)), Some(id), "then"))?;
        tx.rename_issue(id, &new)?;
        tx.add_history(&entry(ItemRef::Issue(new.clone()), Some(page(1)), Some(id), "now"))
    });
    for name in [old, ItemRef::Issue(new), ItemRef::Page(page(1))] {
        assert_eq!(lost(&store, Some(&name)), ["now", "then"], "{name}");
    }
}

#[test]
fn history_outlives_its_pair() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let name = ItemRef::Issue(issue("acme/app#1"));
    write(&store, |tx| {
        tx.add_history(&entry(name.clone(), Some(page(1)), Some(id), "kept"))?;
        tx.remove_pair(id)
    });
    assert_eq!(lost(&store, Some(&name)), ["kept"]);
    assert_eq!(lost(&store, Some(&ItemRef::Page(page(1)))), ["kept"]);
}

#[test]
fn a_reader_may_stop_early() {
    let (store, _) = store();
    let name = ItemRef::Page(page(1));
    for number in 0..10 {
        write(&store, |tx| tx.add_history(&entry(name.clone(), None, None, &number.to_string())));
    }
    let mut seen = Vec::new();
    let told = store.history(None, |id, _| {
        seen.push(id);
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    told.unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.is_sorted_by(|a, b| a > b));
}

#[test]
fn an_entry_can_never_be_changed() {
    let (store, _) = store();
    write(&store, |tx| tx.add_history(&entry(ItemRef::Page(page(1)), None, None, "x")));
    let error = store.run(|connection| connection.execute("UPDATE history SET lost = '1'", []));
    assert!(error.unwrap_err().to_string().contains("append-only"));
    assert_eq!(lost(&store, None), ["x"]);
}

#[test]
fn the_size_is_known_without_reading_it() {
    let (store, _) = store();
    assert_eq!(store.history_size().unwrap(), HistorySize::default());
    for lost in ["ä", "bb"] {
        write(&store, |tx| tx.add_history(&entry(ItemRef::Page(page(1)), None, None, lost)));
    }
    // As JSON: 4 bytes each, and 14 for what took their place.
    assert_eq!(store.history_size().unwrap(), HistorySize { rows: 2, bytes: 36 });
    store.run(|connection| connection.execute("DELETE FROM history WHERE id = 1", [])).unwrap();
    assert_eq!(store.history_size().unwrap(), HistorySize { rows: 1, bytes: 18 });
}
