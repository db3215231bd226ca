//! `tandem history [ITEM]`: every value tandem replaced, newest first, whole.

use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::output::Out;
use super::{Context, Exit, Failure, has_database};
use crate::model::{ItemRef, Side, Value};
use crate::store::{HistoryEntry, HistoryId, Store, StoreError};

/// One entry in the document.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: HistoryId,
    at: DateTime<Utc>,
    item: String,
    page: Option<String>,
    side: Side,
    field: &'a str,
    lost: &'a serde_json::Value,
    kept: Option<&'a serde_json::Value>,
    rule: &'a str,
}

/// Runs the command.
pub(super) fn run(item: Option<&ItemRef>, context: &Context<'_>) -> Result<Exit, Failure> {
    let config = context.config()?;
    let mut out = Out::stdout();
    if !has_database(&config) {
        let path = config.database.display();
        context.screen.say(&format!("there is no database {path} yet: no cycle has run"));
        if context.json {
            out.raw("{\"history\":[],\"exit\":0}\n");
        }
        return out.close(Exit::Done);
    }
    let store = Store::open_read_only(&config.database)?;
    if !context.json {
        tell(&store, item, &mut out)?;
        return out.close(Exit::Done);
    }
    match tell_as_document(&store, item, &mut out) {
        Ok(()) => out.close(Exit::Done),
        // The document has begun, and says itself how it ended.
        Err(error) => {
            context.screen.say(&error.to_string());
            out.close(Exit::of_store(&error))
        }
    }
}

/// Every entry as lines, as it is read.
fn tell<W: Write>(
    store: &Store,
    item: Option<&ItemRef>,
    out: &mut Out<W>,
) -> Result<(), StoreError> {
    store.history(item, |id, entry| {
        out.line(line(id, &entry));
        go_on(out)
    })
}

/// Every entry in one document, as it is read: history may be larger than memory.
fn tell_as_document<W: Write>(
    store: &Store,
    item: Option<&ItemRef>,
    out: &mut Out<W>,
) -> Result<(), StoreError> {
    out.raw("{\"history\":[");
    let mut before = "\n";
    let told = store.history(item, |id, entry| {
        out.raw(before);
        before = ",\n";
        out.part(&Entry {
            id,
            at: entry.at,
            item: entry.item.to_string(),
            page: entry.page.map(|page| page.to_string()),
            side: entry.side,
            field: &entry.field,
            lost: &entry.lost,
            kept: entry.kept.as_ref(),
            rule: &entry.rule,
        });
        go_on(out)
    });
    match &told {
        Ok(()) => out.raw("],\"exit\":0}\n"),
        Err(error) => {
            out.raw("],\"error\":");
            out.part(&error.to_string());
            out.raw(&format!(",\"exit\":{}}}\n", Exit::of_store(error).code()));
        }
    }
    told
}

fn go_on<W: Write>(out: &Out<W>) -> ControlFlow<()> {
    if out.is_open() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// An entry on one line: when, what, where, the value that went, the one that came, and why.
fn line(id: HistoryId, entry: &HistoryEntry) -> String {
    let at = entry.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let kept = entry.kept.as_ref().map_or_else(|| "nothing".to_owned(), shown);
    format!(
        "{at} {} {} on {}: {} -> {kept} ({}) [{id}]",
        entry.item,
        entry.field,
        entry.side,
        shown(&entry.lost),
        entry.rule,
    )
}

/// A value as people read it; what is no field's value is shown as it was kept.
fn shown(value: &serde_json::Value) -> String {
    match serde_json::from_value(value.clone()) {
        // Elsewhere a body is told by its size; here it can be had back.
        Ok(Value::Body(text)) => format!("{:?}", text.0),
        Ok(value) => value.to_string(),
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NameSet;

    /// A store in which a title was replaced, and then some labels.
    fn store() -> Store {
        let store = Store::open_in_memory().unwrap();
        let entry = |secs: i64, field: &str, lost: Value, kept: Option<Value>| HistoryEntry {
            item: "acme/app#7".parse().unwrap(),
            page: Some("00000000-0000-0000-0000-000000000001".parse().unwrap()),
            pair: None,
            side: Side::GitHub,
            field: field.to_owned(),
            lost: serde_json::to_value(lost).unwrap(),
            kept: kept.map(|kept| serde_json::to_value(kept).unwrap()),
            rule: "newer edit, on Notion".to_owned(),
            cycle: cycle(&store),
            at: DateTime::from_timestamp(1_800_000_000 + secs, 0).unwrap(),
        };
        let long = "é\n".repeat(3_000);
        let labels: NameSet = ["a, b", "C"].into_iter().collect();
        let entries = [
            entry(0, "title", Value::Text(long), Some(Value::Text("short".into()))),
            entry(1, "labels", Value::Names(labels), None),
        ];
        store
            .transaction(|tx| {
                entries.iter().try_for_each(|entry| tx.add_history(entry).map(|_| ()))
            })
            .unwrap();
        store
    }

    fn cycle(store: &Store) -> crate::store::CycleId {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        store.transaction(|tx| tx.begin_cycle(tx.ensure_sync("app")?, at)).unwrap()
    }

    fn text(tell: impl FnOnce(&mut Out<&mut Vec<u8>>)) -> String {
        let mut bytes = Vec::new();
        tell(&mut Out::to(&mut bytes));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_newest_comes_first_and_a_long_value_is_whole() {
        let told = text(|out| tell(&store(), None, out).unwrap());
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 2);
        let newest = "2027-01-15T08:00:01Z acme/app#7 labels on GitHub: a, b, C -> nothing (newer edit, on Notion) [2]";
        assert_eq!(lines[0], newest);
        assert!(lines[1].contains(&"é\\n".repeat(3_000)));
        assert!(lines[1].ends_with(" -> \"short\" (newer edit, on Notion) [1]"), "{}", lines[1]);
    }

    #[test]
    fn the_document_is_one_and_whole() {
        let page = "00000000-0000-0000-0000-000000000001".parse().unwrap();
        let told = text(|out| tell_as_document(&store(), Some(&page), out).unwrap());
        let document: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(document["exit"], 0);
        assert_eq!(document["history"][0]["field"], "labels");
        assert_eq!(document["history"][1]["lost"]["text"].as_str().unwrap().len(), 9_000);
        assert_eq!(document["history"][1]["item"], "acme/app#7");
    }

    #[test]
    fn no_history_is_a_document_too() {
        let store = Store::open_in_memory().unwrap();
        let told = text(|out| tell_as_document(&store, None, out).unwrap());
        let document: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(document, serde_json::json!({"history": [], "exit": 0}));
    }

    #[test]
    fn telling_ends_when_nobody_reads_any_more() {
        struct Closed(usize);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                self.0 += 1;
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut closed = Closed(0);
        let mut out = Out::to(&mut closed);
        tell(&store(), None, &mut out).unwrap();
        assert_eq!(out.close(Exit::Done).unwrap(), Exit::Done);
        assert_eq!(closed.0, 1);
    }
}
