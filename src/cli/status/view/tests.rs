//! A database in every kind of trouble, and one in none.

use std::path::Path;

use super::*;
use crate::config::Env;
use crate::model::{ItemRef, Value};
use crate::store::{BrakeState, Cursor, CycleEnd, HistoryEntry, StoreError, Tx};

const CONFIG: &str = r#"
database = "/var/lib/tandem/tandem.db"
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "00000000000000000000000000000001"
[sync.fields]
url = "GitHub"
title = "Name"
[[sync]]
name = "lib"
repositories = ["acme/lib"]
data_source = "00000000000000000000000000000002"
[sync.fields]
url = "GitHub"
title = "Name"
"#;

fn config() -> Config {
    Config::parse(CONFIG, Path::new("config.toml"), &Env::default()).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-21T09:10:00Z")
}

fn cycle(tx: &Tx<'_>, sync: SyncId, ended: &str, problem: Option<&str>) -> Result<(), StoreError> {
    let cycle = tx.begin_cycle(sync, at(ended) - chrono::TimeDelta::seconds(3))?;
    let counts = match problem {
        Some(problem) => serde_json::json!({"pairs": 2, "problems": [problem]}),
        None => serde_json::json!({"pairs": 2}),
    };
    let outcome = if problem.is_some() { "incomplete" } else { "done" };
    let end = CycleEnd { at: at(ended), outcome: outcome.into(), fresh: problem.is_none(), counts };
    tx.end_cycle(cycle, &end)
}

fn put_right(tx: &Tx<'_>, when: &str, rule: Rule) -> Result<(), StoreError> {
    let cycle = tx.begin_cycle(tx.ensure_sync("app")?, at(when))?;
    let value = |text: &str| serde_json::to_value(Value::Text(text.into())).unwrap();
    let entry = HistoryEntry {
        item: "acme/app#7".parse().unwrap(),
        page: None,
        pair: None,
        side: Side::GitHub,
        field: "title".into(),
        lost: value("old"),
        kept: Some(value("new")),
        rule: rule.to_string(),
        cycle,
        at: at(when),
    };
    tx.add_history(&entry).map(|_| ())
}

use crate::merge::Rule;

/// `app` is fresh, with something of everything; `lib` has failed for an hour.
fn troubled(store: &Store) -> Result<(), StoreError> {
    store.transaction(|tx| {
        put_right(tx, "2026-11-01T09:00:00Z", Rule::Newest(Side::Notion))?;
        put_right(tx, "2026-11-20T09:00:00Z", Rule::OnlyChanged(Side::Notion))?;
        put_right(tx, "2026-11-20T09:10:00Z", Rule::Tie(Side::Notion))?;
        let app = tx.ensure_sync("app")?;
        cycle(tx, app, "2026-11-21T09:06:05Z", Some("GitHub answered nonsense"))?;
        cycle(tx, app, "2026-11-21T09:08:05Z", None)?;
        let cursor = Cursor { at: at("2026-11-21T09:07:00Z"), etag: None };
        tx.put_cursor(app, Side::GitHub, "acme/app", &cursor)?;
        tx.put_hold(&HoldRow {
            sync: app,
            item: item("acme/app#7"),
            pair: None,
            field: Some(Field::Assignees),
            side: Side::GitHub,
            value: Some(Value::Names(["nobody"].into_iter().collect())),
            reason: "nobody cannot be assigned in acme/app".into(),
            digest: "d".into(),
            attempts: 1,
            next_try: None,
            since: at("2026-11-20T00:00:00Z"),
            by_person: false,
        })?;
        for (number, waits, reason) in
            [(8, true, "not settled yet"), (9, false, "GitHub did not answer")]
        {
            tx.put_pending(&Pending {
                sync: app,
                item: item(&format!("acme/app#{number}")),
                reason: reason.into(),
                waits,
                due: None,
                side: Side::GitHub,
                attempts: 2,
            })?;
        }
        let lib = tx.ensure_sync("lib")?;
        cycle(tx, lib, "2026-11-21T08:00:05Z", None)?;
        for minute in [10, 20, 30, 40, 50] {
            let ended = format!("2026-11-21T08:{minute}:05Z");
            cycle(tx, lib, &ended, Some("Notion could not be reached"))?;
        }
        let reasons = vec!["would change all 12 known pairs at once on Notion".into()];
        let since = at("2026-11-21T09:00:00Z");
        let brake = BrakeState { digest: "0123456789abcdef".into(), reasons, since };
        tx.put_brake(lib, Some(&brake))?;
        tx.begin_cycle(lib, at("2026-11-21T09:09:30Z")).map(|_| ())
    })
}

fn item(text: &str) -> ItemRef {
    text.parse().unwrap()
}

fn status(fill: impl FnOnce(&Store) -> Result<(), StoreError>) -> Status {
    let store = Store::open_in_memory().unwrap();
    fill(&store).unwrap();
    Status::read(&config(), Some(&store), now()).unwrap()
}

#[test]
fn trouble_is_told_to_people() {
    let status = status(troubled);
    assert_eq!(status.exit(), Exit::Held, "lib is stale");
    insta::assert_snapshot!(status.lines().join("\n"));
}

#[test]
fn trouble_is_told_in_one_document() {
    insta::assert_json_snapshot!(status(troubled));
}

#[test]
fn what_is_held_or_braked_but_fresh_ends_with_0() {
    let status = status(|store| {
        store.transaction(|tx| {
            for name in ["app", "lib"] {
                cycle(tx, tx.ensure_sync(name)?, "2026-11-21T09:08:05Z", None)?;
            }
            Ok(())
        })
    });
    assert_eq!(status.exit(), Exit::Done);
    assert_eq!(status.exit, 0);
}

#[test]
fn before_the_first_cycle_every_sync_is_stale() {
    let status = Status::read(&config(), None, now()).unwrap();
    assert_eq!(status.exit(), Exit::Held);
    assert!(status.lines().iter().any(|line| line.contains("no fresh cycle yet")));
}

#[test]
fn a_released_plan_is_said_to_be() {
    let status = status(|store| {
        troubled(store)?;
        store.transaction(|tx| tx.put_release(tx.ensure_sync("lib")?, "0123456789abcdef"))
    });
    let lines = status.lines().join("\n");
    assert!(lines.contains("plan 0123456789abcdef is released"), "{lines}");
    assert!(!lines.contains("tandem release"), "{lines}");
}
