//! Intents, cursors, pending items, holds, cycles, the brake, the cache.

use serde_json::json;
use uuid::Uuid;

use super::{at, issue, page, pair, store, write};
use crate::model::{Field, ItemRef, Side, Value};
use crate::store::{
    BrakeState, Cursor, CycleEnd, HoldRow, Intent, Pending, Store, StoreError, SyncId,
};

#[test]
fn a_sync_keeps_its_id() {
    let (store, sync) = store();
    assert_eq!(store.sync_id("app").unwrap(), Some(sync));
    assert_eq!(store.sync_id("App").unwrap(), None);
    let commits = store.commits();
    assert_eq!(write(&store, |tx| tx.ensure_sync("app")), sync);
    assert_eq!(store.commits(), commits, "knowing a sync is no write");
    let other = write(&store, |tx| tx.ensure_sync("other"));
    assert_eq!(store.syncs().unwrap(), [(sync, "app".into()), (other, "other".into())]);
}

#[test]
fn an_intent_stays_until_it_is_dropped() {
    let (store, sync) = store();
    let other = write(&store, |tx| tx.ensure_sync("other"));
    let intent = |sync, uuid, time| Intent {
        uuid: Uuid::from_u128(uuid),
        sync,
        target: Side::GitHub,
        source: ItemRef::Page(page(uuid)),
        at: at(time),
        lost: None,
        made: None,
    };
    let late = intent(sync, 1, "2026-01-05T09:10:12Z");
    let early = intent(sync, 2, "2026-01-05T09:10:11Z");
    let elsewhere = intent(other, 1, "2026-01-05T09:10:11Z");
    for intent in [&late, &early, &elsewhere] {
        write(&store, |tx| tx.put_intent(intent));
    }
    assert_eq!(store.intents(sync).unwrap(), [early.clone(), late.clone()]);
    let made = Some(ItemRef::Issue("acme/app#3".parse().unwrap()));
    let lost = Intent { lost: Some(at("2026-01-05T09:20:00Z")), made, ..late.clone() };
    write(&store, |tx| tx.put_intent(&lost));
    assert_eq!(store.intents(sync).unwrap()[1], lost);
    assert_eq!(store.intents(other).unwrap(), [elsewhere]);

    let again = Intent { at: at("2026-01-05T09:30:00Z"), ..late };
    write(&store, |tx| tx.put_intent(&again));
    assert_eq!(store.intents(sync).unwrap()[1], again);
    write(&store, |tx| tx.drop_intent(sync, again.uuid));
    assert_eq!(store.intents(sync).unwrap(), [early]);
    assert_eq!(store.intents(other).unwrap().len(), 1);
}

#[test]
fn a_cursor_belongs_to_one_place_of_one_side() {
    let (store, sync) = store();
    let cursor = Cursor { at: at("2026-01-05T09:10:11Z"), etag: Some("W/\"x\"".into()) };
    write(&store, |tx| tx.put_cursor(sync, Side::GitHub, "Acme/App", &cursor));
    let read = |side, key: &str| store.cursor(sync, side, key).unwrap();
    assert_eq!(read(Side::GitHub, "acme/app"), Some(cursor));
    assert_eq!(read(Side::Notion, "acme/app"), None);
    assert_eq!(read(Side::GitHub, "acme/core"), None);
    let moved = Cursor { at: at("2026-01-06T00:00:00Z"), etag: None };
    write(&store, |tx| tx.put_cursor(sync, Side::GitHub, "acme/app", &moved));
    assert_eq!(read(Side::GitHub, "Acme/App"), Some(moved));
    let all = store.cursors(sync).unwrap();
    let keys: Vec<_> = all.iter().map(|(side, key, _)| (*side, key.as_str())).collect();
    assert!(keys.contains(&(Side::GitHub, "acme/app")), "{keys:?}");
    write(&store, |tx| tx.drop_cursors(sync));
    assert_eq!(store.cursors(sync).unwrap(), []);
    assert_eq!(read(Side::GitHub, "acme/app"), None);
}

#[test]
fn what_waits_and_what_failed_are_kept_apart_once_each() {
    let (store, sync) = store();
    let pending = |item: &str, waits| Pending {
        sync,
        item: item.parse().unwrap(),
        reason: "has no title yet".into(),
        waits,
        due: Some(at("2026-01-05T09:10:00Z")),
        side: Side::Notion,
        attempts: 2,
    };
    assert_eq!(store.pending(sync).unwrap(), []);
    let (one, two) = (pending("acme/app#1", true), pending("acme/app#2", false));
    write(&store, |tx| {
        tx.put_pending(&two)?;
        tx.put_pending(&one)
    });
    assert_eq!(store.pending(sync).unwrap(), [one, two.clone()]);
    write(&store, |tx| tx.put_pending(&pending("ACME/app#1", false)));
    let now = store.pending(sync).unwrap();
    assert_eq!(now.iter().map(|pending| pending.waits).collect::<Vec<_>>(), [false, false]);
    write(&store, |tx| tx.drop_pending(sync, &ItemRef::Issue(issue("Acme/app#1"))));
    assert_eq!(store.pending(sync).unwrap(), [two]);
}

fn hold(store: &Store, sync: SyncId, field: Option<Field>, by_person: bool) -> HoldRow {
    let found = store.pair_by_page(sync, page(1)).unwrap();
    HoldRow {
        sync,
        item: ItemRef::Issue(issue("acme/app#1")),
        pair: found.map(|pair| pair.id),
        field,
        side: Side::GitHub,
        value: Some(Value::Text("too long".into())),
        reason: "GitHub refuses it".into(),
        digest: "d1".into(),
        attempts: 1,
        next_try: Some(at("2026-01-05T09:20:00Z")),
        since: at("2026-01-05T09:10:00Z"),
        by_person,
    }
}

#[test]
fn a_hold_that_is_made_again_keeps_its_beginning() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let first = hold(&store, sync, Some(Field::Title), false);
    let again = HoldRow {
        reason: "GitHub still refuses it".into(),
        digest: "d2".into(),
        attempts: 2,
        next_try: None,
        value: None,
        since: at("2026-02-01T00:00:00Z"),
        ..first.clone()
    };
    write(&store, |tx| tx.put_hold(&first));
    assert_eq!(store.holds(sync).unwrap(), std::slice::from_ref(&first));
    write(&store, |tx| tx.put_hold(&again));
    assert_eq!(store.holds_of(id).unwrap(), [HoldRow { since: first.since, ..again }]);
}

#[test]
fn tandem_never_ends_what_a_person_holds() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let item = ItemRef::Issue(issue("acme/app#1"));
    let persons = hold(&store, sync, None, true);
    let own = hold(&store, sync, None, false);
    let field = hold(&store, sync, Some(Field::Title), false);
    let put_all = || {
        write(&store, |tx| {
            for hold in [&own, &field, &persons] {
                tx.put_hold(hold)?;
            }
            Ok(())
        });
    };
    put_all();
    assert_eq!(store.holds(sync).unwrap().len(), 3);
    write(&store, |tx| tx.drop_hold(sync, &item, None));
    assert_eq!(store.holds(sync).unwrap().len(), 2);
    write(&store, |tx| tx.drop_holds_of(id));
    assert_eq!(store.holds(sync).unwrap(), std::slice::from_ref(&persons));
    put_all();
    assert!(write(&store, |tx| tx.release_hold(sync, &item, None)));
    assert!(!write(&store, |tx| tx.release_hold(sync, &item, None)));
    assert_eq!(store.holds(sync).unwrap().len(), 2, "a release ends the person's hold only");
}

#[test]
fn an_item_without_a_pair_can_be_held_and_a_pair_takes_its_holds_along() {
    let (store, sync) = store();
    let lonely = hold(&store, sync, None, false);
    assert_eq!(lonely.pair, None);
    write(&store, |tx| tx.put_hold(&lonely));
    let id = pair(&store, sync, 1);
    let paired = hold(&store, sync, Some(Field::Labels), false);
    write(&store, |tx| tx.put_hold(&paired));
    assert_eq!(store.holds_of(id).unwrap(), [paired]);
    write(&store, |tx| tx.remove_pair(id));
    assert_eq!(store.holds(sync).unwrap(), [lonely]);
}

#[test]
fn a_cycle_that_never_ended_is_told_apart_and_freshness_counts_from_the_last_fresh_one() {
    let (store, sync) = store();
    let end = |time, fresh| CycleEnd {
        at: at(time),
        outcome: if fresh { "done" } else { "unreachable" }.into(),
        fresh,
        counts: json!({"written": 3}),
    };
    assert_eq!(store.last_success(sync).unwrap(), None);
    let begin = |time| write(&store, |tx| tx.begin_cycle(sync, at(time)));
    let first = begin("2026-01-05T09:00:00Z");
    write(&store, |tx| tx.end_cycle(first, &end("2026-01-05T09:00:05Z", true)));
    let second = begin("2026-01-05T09:02:00Z");
    write(&store, |tx| tx.end_cycle(second, &end("2026-01-05T09:02:05Z", false)));
    let third = begin("2026-01-05T09:04:00Z");
    let last = store.last_cycles(sync, 2).unwrap();
    assert_eq!((last[0].id, &last[0].end), (third, &None));
    assert_eq!(last[1].end, Some(end("2026-01-05T09:02:05Z", false)));
    assert_eq!(store.last_success(sync).unwrap(), Some(at("2026-01-05T09:00:05Z")));
}

#[test]
fn long_past_cycles_are_forgotten_but_not_the_last_fresh_one() {
    let (store, sync) = store();
    let other = write(&store, |tx| tx.ensure_sync("other"));
    let time = at("2026-01-05T09:00:00Z");
    let run = |sync, fresh| {
        write(&store, |tx| {
            let id = tx.begin_cycle(sync, time)?;
            let outcome = "done".to_owned();
            tx.end_cycle(id, &CycleEnd { at: time, outcome, fresh, counts: json!({}) })?;
            Ok(id)
        })
    };
    let neighbour = run(other, false);
    let fresh = run(sync, true);
    for _ in 0..1100 {
        run(sync, false);
    }
    let kept = store.last_cycles(sync, 5000).unwrap();
    assert_eq!(kept.len(), 1001);
    assert_eq!(kept.last().map(|cycle| cycle.id), Some(fresh));
    assert_eq!(store.last_success(sync).unwrap(), Some(time));
    assert_eq!(store.last_cycles(other, 10).unwrap()[0].id, neighbour);
}

#[test]
fn a_release_lets_one_plan_go_once() {
    let (store, sync) = store();
    let other = write(&store, |tx| tx.ensure_sync("other"));
    write(&store, |tx| tx.put_release(sync, "aaa"));
    assert_eq!(store.released(sync).unwrap().as_deref(), Some("aaa"));
    assert!(!write(&store, |tx| tx.take_release(sync, "bbb")));
    assert!(!write(&store, |tx| tx.take_release(other, "aaa")));
    assert!(write(&store, |tx| tx.take_release(sync, "aaa")));
    assert!(!write(&store, |tx| tx.take_release(sync, "aaa")));
    write(&store, |tx| tx.put_release(sync, "ccc"));
    write(&store, |tx| tx.put_release(sync, "ddd"));
    assert!(!write(&store, |tx| tx.take_release(sync, "ccc")));
}

#[test]
fn the_brake_stays_on_since_it_went_on() {
    let (store, sync) = store();
    let brake = |digest: &str, time| BrakeState {
        digest: digest.into(),
        reasons: vec!["50 of 60 pairs would be closed".into()],
        since: at(time),
    };
    let (first, later) = (brake("a", "2026-01-05T09:00:00Z"), brake("b", "2026-01-05T10:00:00Z"));
    write(&store, |tx| tx.put_brake(sync, Some(&first)));
    write(&store, |tx| tx.put_brake(sync, Some(&later)));
    let on = store.brake(sync).unwrap();
    assert_eq!(on, Some(BrakeState { since: first.since, ..later.clone() }));
    write(&store, |tx| tx.put_brake(sync, None));
    assert_eq!(store.brake(sync).unwrap(), None);
    write(&store, |tx| tx.put_brake(sync, Some(&later)));
    assert_eq!(store.brake(sync).unwrap(), Some(later));
}

#[test]
fn what_is_remembered_for_all_is_not_what_is_remembered_for_one() {
    let (store, sync) = store();
    write(&store, |tx| tx.put_cached(None, "viewer", "octocat"));
    write(&store, |tx| tx.put_cached(Some(sync), "viewer", "hubot"));
    assert_eq!(store.cached(None, "viewer").unwrap().as_deref(), Some("octocat"));
    assert_eq!(store.cached(Some(sync), "viewer").unwrap().as_deref(), Some("hubot"));
    write(&store, |tx| tx.drop_cached(Some(sync), "viewer"));
    assert_eq!(store.cached(Some(sync), "viewer").unwrap(), None);
    assert_eq!(store.cached(None, "viewer").unwrap().as_deref(), Some("octocat"));
}

#[test]
fn nothing_is_kept_for_a_sync_that_is_not_there() {
    let (store, _) = store();
    let nobody = SyncId(99);
    let cursor = Cursor { at: at("2026-01-05T09:00:00Z"), etag: None };
    for result in [
        store.transaction(|tx| tx.put_cursor(nobody, Side::GitHub, "a/b", &cursor)),
        store.transaction(|tx| tx.put_release(nobody, "d")),
        store.transaction(|tx| tx.begin_cycle(nobody, cursor.at).map(drop)),
    ] {
        assert!(matches!(result, Err(StoreError::Other { .. })));
    }
}
