//! The law of the codec pair: what is written reads back as it was meant.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;
use crate::model::{NameSet, one_line};

/// A name as people give them: no outer blanks, on one line, nothing GitHub cannot hold.
fn given_name() -> impl Strategy<Value = String> {
    "[\\PC]{1,20}".prop_map(|name| one_line(&name)).prop_filter("a name", |name| {
        !name.is_empty() && name.trim() == name && !matches!(name.as_str(), "." | "..")
    })
}

fn any_value() -> impl Strategy<Value = (Field, Value)> {
    let people = proptest::sample::subsequence(vec!["hubot", "octocat", "tandem-bot"], 0..=3);
    let states = vec![
        Value::State(State::Open),
        closed(Reason::Completed),
        closed(Reason::NotPlanned),
        closed(Reason::Duplicate),
    ];
    let types = vec![Value::Name(None), name("Bug"), name("Feature")];
    prop_oneof![
        "[\\PC]{1,300}"
            .prop_map(|title| (Field::Title, text(&one_line(&title))))
            .prop_filter("a title", |(_, value)| !value.is_empty()
                && value.to_string().chars().count() < 250),
        proptest::sample::select(states).prop_map(|state| (Field::State, state)),
        proptest::collection::vec(given_name(), 0..5)
            .prop_map(|all| (Field::Labels, Value::Names(all.into_iter().collect::<NameSet>()))),
        people.prop_map(|logins| (Field::Assignees, names(&logins))),
        proptest::option::of(given_name())
            .prop_map(|title| (Field::Milestone, Value::Name(title.map(Name)))),
        proptest::sample::select(types).prop_map(|kind| (Field::Type, kind)),
    ]
}

fn round_trip(wanted: &[(Field, Value)]) -> TestCaseResult {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let stage = Stage::new();
        let at = stage.titled("One");
        for (field, to) in wanted {
            let written = stage.set(&at, &[(*field, to.clone())]).await;
            prop_assert_eq!(&written.refused, &[]);
            prop_assert!(value(&written.observed, *field).means_same(to), "{} {:?}", field, to);
            prop_assert_eq!(&written.observed, &stage.read(&at).await);
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_reads_back_as_it_was_meant(wanted in proptest::collection::vec(any_value(), 1..6)) {
        round_trip(&wanted)?;
    }
}
