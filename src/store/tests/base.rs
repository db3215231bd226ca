//! The base: both forms to the letter, void digests, nothing between pairs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{pair, store, write};
use crate::model::{Field, Name, Reason, Side, Sides, State, Value};
use crate::store::{BaseRow, Digest, PairId, StoreError};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn names(names: &[&str]) -> Value {
    Value::Names(names.iter().copied().collect())
}

fn base(github: Value, notion: Value) -> BaseRow {
    BaseRow { value: Sides { github, notion }, fingerprint: "f1".into() }
}

/// How a value is written, to the letter: `==` on names ignores case.
fn spelled(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn each_side_keeps_its_own_spelling() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let bases: BTreeMap<Field, BaseRow> = [
        (Field::Title, base(text("a\nb"), text("a b"))),
        (Field::Labels, base(names(&["Bug", "help, wanted"]), names(&["bug", "help‚ wanted"]))),
        (
            Field::Milestone,
            base(Value::Name(Some(Name("V1".into()))), Value::Name(Some(Name("v1".into())))),
        ),
        (Field::Number, base(Value::Number(u64::MAX), Value::Number(1))),
        (Field::Closed, base(Value::Time(None), Value::Time(None))),
    ]
    .into_iter()
    .collect();
    write(&store, |tx| tx.put_bases(id, &bases));
    let read = store.bases(id).unwrap();
    assert_eq!(read, bases);
    for (field, row) in &bases {
        for side in Side::BOTH {
            assert_eq!(spelled(&read[field].value[side]), spelled(&row.value[side]), "{field}");
        }
    }
}

#[test]
fn a_field_is_committed_and_dropped_without_touching_the_others() {
    let (store, sync) = store();
    let (one, two) = (pair(&store, sync, 1), pair(&store, sync, 2));
    let (old, new) = (text("old"), text("new"));
    let state = Value::State(State::Closed(Reason::Duplicate));
    write(&store, |tx| {
        for id in [one, two] {
            tx.put_base(id, Field::Title, Sides { github: &old, notion: &old }, "f1")?;
            tx.put_base(id, Field::State, Sides { github: &state, notion: &state }, "f2")?;
        }
        tx.put_base(one, Field::Title, Sides { github: &new, notion: &old }, "f3")?;
        tx.drop_base(one, Field::State)?;
        tx.drop_base(one, Field::Url)
    });
    let expected = BaseRow { fingerprint: "f3".into(), ..base(new, old) };
    assert_eq!(store.bases(one).unwrap(), [(Field::Title, expected)].into_iter().collect());
    assert_eq!(store.bases(two).unwrap().len(), 2);
    assert_eq!(store.bases(PairId(99)).unwrap(), BTreeMap::new());
}

#[test]
fn a_base_of_no_pair_is_refused() {
    let (store, _) = store();
    let value = text("x");
    let sides = Sides { github: &value, notion: &value };
    let error = store.transaction(|tx| tx.put_base(PairId(1), Field::Title, sides, "f"));
    assert!(matches!(error, Err(StoreError::NoSuchPair(_))));
}

#[test]
fn every_change_of_a_base_voids_both_digests() {
    let (store, sync) = store();
    let id = pair(&store, sync, 1);
    let value = text("x");
    let set = || {
        write(&store, |tx| {
            tx.put_base(id, Field::Title, Sides { github: &value, notion: &value }, "f")?;
            tx.set_digest(id, Side::GitHub, Some(Digest(u64::MAX)))?;
            tx.set_digest(id, Side::Notion, Some(Digest(0)))
        });
    };
    let digests = || store.outlines(sync).unwrap()[0].digests;
    let none = Sides { github: None, notion: None };
    set();
    assert_eq!(digests(), Sides { github: Some(Digest(u64::MAX)), notion: Some(Digest(0)) });
    write(&store, |tx| {
        tx.put_base(id, Field::Title, Sides { github: &value, notion: &value }, "g")
    });
    assert_eq!(digests(), none);
    set();
    write(&store, |tx| tx.drop_base(id, Field::Title));
    assert_eq!(digests(), none);
    set();
    write(&store, |tx| tx.put_bases(id, &[(Field::Url, base(text("u"), text("u")))].into()));
    assert_eq!(digests(), none);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,20}".prop_map(Value::Text),
        any::<u64>().prop_map(Value::Number),
        Just(Value::State(State::Open)),
        prop::collection::vec("[aAbB,‚ ]{1,3}", 0..4)
            .prop_map(|names| Value::Names(names.into_iter().collect())),
        prop::option::of("[aAbB]{1,2}").prop_map(|name| Value::Name(name.map(Name))),
        prop::option::of(0..4_000_000_000_i64).prop_map(|secs| {
            Value::Time(secs.and_then(|secs| chrono::DateTime::from_timestamp(secs, 0)))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_read_is_what_was_committed(github in any_value(), notion in any_value()) {
        let (store, sync) = store();
        let id = pair(&store, sync, 1);
        let committed = base(github, notion);
        write(&store, |tx| tx.put_bases(id, &[(Field::Title, committed.clone())].into()));
        let read = store.bases(id).unwrap().remove(&Field::Title).unwrap();
        for side in Side::BOTH {
            prop_assert_eq!(spelled(&read.value[side]), spelled(&committed.value[side]));
        }
    }
}
