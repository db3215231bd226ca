//! The invariants as properties over related random inputs (DESIGN §4).

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::related::{pairs, value_of};
use super::support::{Bench, policy};
use crate::merge::{FieldInput, FieldOutcome, PairPlan, Presence, Rule, Step, Times, merge_field};
use crate::model::{
    ConflictPolicy, Direction, Field, Fields, NameSet, Observed, Policy, Side, Sides, Value,
    one_line,
};

/// Pretends that every step succeeded. `trims` is a server that stores titles without outer blanks.
fn apply(bench: &mut Bench, plan: &PairPlan, trims: bool) {
    let mut settled: Vec<Field> = Vec::new();
    for step in &plan.steps {
        match step {
            Step::Agree(fields) => settled.extend(fields),
            Step::Write { side, changes } => {
                for planned in changes {
                    let stored = match &planned.change.to {
                        Value::Text(text) if trims && *side == Side::GitHub => {
                            Value::Text(one_line(text))
                        }
                        value => value.clone(),
                    };
                    bench.edit(*side, planned.change.field, stored);
                    settled.push(planned.change.field);
                }
            }
            Step::RestorePage | Step::CloseIssue | Step::TrashPage | Step::Unlink { .. } => {
                panic!("nothing was deleted, yet: {step:?}")
            }
        }
    }
    for field in settled {
        let now = Sides {
            github: bench.value(Side::GitHub, field).cloned().unwrap(),
            notion: bench.value(Side::Notion, field).cloned().unwrap(),
        };
        assert!(now.github.means_same(&now.notion), "I1: {field} agrees, {now:?}");
        bench.bases.insert(field, now);
    }
}

fn held(plan: &PairPlan, field: Field) -> bool {
    plan.holds.iter().any(|hold| hold.field == Some(field))
}

fn names_of(value: Option<&Value>) -> NameSet {
    match value {
        Some(Value::Names(names)) => names.clone(),
        _ => NameSet::default(),
    }
}

fn presence(kind: u8, fields: &Fields) -> Presence<&Fields> {
    match kind {
        0 => Presence::Here(fields),
        1 => Presence::Moved("acme/other#1".to_owned()),
        2 => Presence::Hidden("404".to_owned()),
        _ => Presence::NotLooked,
    }
}

/// The pair, its policy and its mapping with the sides exchanged.
fn swapped(bench: &Bench) -> Bench {
    let mut swapped = bench.clone();
    std::mem::swap(&mut swapped.github, &mut swapped.notion);
    swapped.bases = bench.bases.iter().map(|(f, base)| (*f, base.clone().swap())).collect();
    swapped.times = bench.times.iter().map(|(f, times)| (*f, times.swap())).collect();
    for mapping in swapped.mapping.fields.values_mut() {
        mapping.direction = mapping.direction.swap();
    }
    swapped.policy = swapped_policy(bench.policy);
    swapped
}

fn swapped_policy(policy: Policy) -> Policy {
    let conflict = match policy.conflict {
        ConflictPolicy::Github => ConflictPolicy::Notion,
        ConflictPolicy::Notion => ConflictPolicy::Github,
        same @ (ConflictPolicy::Newest | ConflictPolicy::Hold) => same,
    };
    Policy { conflict, tie: policy.tie.other(), ..policy }
}

/// One planned write as comparable data: where, field, old, new, why.
type Write = (Side, Field, String, String, Rule);

/// What is held, and on which side the reason lies.
type Held = (Option<Field>, Side);

/// What a plan does, without order and without the words of its messages.
fn essence(plan: &PairPlan, swap: bool) -> (Vec<Write>, Vec<Field>, Vec<Held>) {
    let turn = |side: Side| if swap { side.other() } else { side };
    let mut writes = Vec::new();
    let mut agreed = Vec::new();
    for step in &plan.steps {
        match step {
            Step::Agree(fields) => agreed.extend(fields),
            Step::Write { side, changes } => {
                writes.extend(changes.iter().map(|planned| {
                    let change = &planned.change;
                    let why = if swap { planned.why.swap() } else { planned.why };
                    let (from, to) = (format!("{:?}", change.from), format!("{:?}", change.to));
                    let unreadable = from.contains("in no list");
                    let from = if unreadable { "unreadable".to_owned() } else { from };
                    (turn(*side), change.field, from, to, why)
                }));
            }
            other @ (Step::RestorePage
            | Step::CloseIssue
            | Step::TrashPage
            | Step::Unlink { .. }) => panic!("nothing was deleted, yet: {other:?}"),
        }
    }
    let mut holds: Vec<_> = plan.holds.iter().map(|hold| (hold.field, turn(hold.side))).collect();
    writes.sort();
    holds.sort();
    (writes, agreed, holds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn i5_i6_a_pair_left_alone_is_in_step_after_one_cycle_and_stays_so(
        bench in pairs(false),
        trims in any::<bool>(),
    ) {
        let mut now = bench.clone();
        let mut rounds = 0;
        loop {
            let plan = now.plan();
            prop_assert!(plan.needs_times.is_empty() && plan.needs_look.is_empty());
            if plan.steps.is_empty() {
                break;
            }
            apply(&mut now, &plan, trims);
            rounds += 1;
            prop_assert!(rounds <= 3, "{:#?}", now.plan());
        }
        let last = now.plan();
        for (field, mapping) in &now.mapping.fields {
            if mapping.direction == Direction::Both && !held(&last, *field) {
                let both = (now.value(Side::GitHub, *field), now.value(Side::Notion, *field));
                if let (Some(github), Some(notion)) = both {
                    prop_assert!(github.means_same(notion), "{field}: {github} / {notion}");
                }
            }
        }
    }

    #[test]
    fn what_both_end_up_with_is_what_somebody_wrote(bench in pairs(true)) {
        let mut now = bench.clone();
        let plan = now.plan();
        apply(&mut now, &plan, false);
        for (field, mapping) in &bench.mapping.fields {
            if held(&plan, *field) {
                continue;
            }
            let (github, notion) = (
                bench.value(Side::GitHub, *field).unwrap(),
                bench.value(Side::Notion, *field).unwrap(),
            );
            let end = now.value(Side::GitHub, *field).unwrap();
            if let Value::Names(end) = end {
                let everyone = names_of(Some(github)).plus(&names_of(Some(notion)));
                prop_assert!(end.minus(&everyone).is_empty(), "nothing is made up");
            } else {
                prop_assert!(end.means_same(github) || end.means_same(notion));
            }
            let source_wins = mapping.direction.source().map(|side| bench.value(side, *field));
            if let Some(Some(source)) = source_wins
                // A field mapped lately to an empty source deletes nothing (I13).
                && (bench.bases.contains_key(field) || !source.is_empty() || field.is_githubs_own())
            {
                prop_assert!(now.value(Side::Notion, *field).unwrap().means_same(source));
            }
        }
    }

    #[test]
    fn an_edit_of_one_side_alone_always_arrives(bench in pairs(true), side in 0..2_usize) {
        let editor = Side::BOTH[side];
        let mut now = bench.clone();
        // Only one side has edits: the other shows its base.
        for (field, base) in &bench.bases {
            now.edit(editor.other(), *field, base[editor.other()].clone());
        }
        let before = now.clone();
        let plan = now.plan();
        apply(&mut now, &plan, false);
        for field in bench.bases.keys() {
            let counts = bench.mapping.fields[field].direction.source().is_none_or(|s| s == editor);
            let winner = if counts { editor } else { editor.other() };
            let typed = before.value(winner, *field).unwrap();
            let there = now.value(winner.other(), *field).unwrap();
            if *field == Field::Title && typed.is_empty() {
                continue;
            }
            prop_assert!(there.means_same(typed), "{field}: {typed} arrives, not {there}");
        }
    }

    #[test]
    fn i2_every_value_that_is_replaced_is_named_in_the_change_that_replaces_it(
        bench in pairs(false),
    ) {
        for step in &bench.plan().steps {
            let Step::Write { side, changes } = step else { continue };
            prop_assert!(!changes.is_empty());
            for planned in changes {
                let change = &planned.change;
                let fields = Sides { github: &bench.github, notion: &bench.notion };
                match fields[*side].get(&change.field).unwrap() {
                    Observed::Value(value) => prop_assert_eq!(&change.from, value),
                    Observed::Unreadable(message) => {
                        prop_assert_eq!(&change.from, &Value::Text(message.clone()));
                    }
                }
                prop_assert!(!change.from.means_same(&change.to), "a write changes something");
            }
        }
    }

    #[test]
    fn i7_without_a_confirmed_deletion_nothing_is_deleted_closed_restored_or_unlinked(
        bench in pairs(false),
        kinds in (0..4_u8, 0..4_u8),
    ) {
        let plan = bench.plan_with(Sides {
            github: presence(kinds.0, &bench.github),
            notion: presence(kinds.1, &bench.notion),
        });
        let harmless = |step: &Step| match step {
            Step::Agree(_) | Step::Write { .. } => true,
            Step::RestorePage | Step::CloseIssue | Step::TrashPage | Step::Unlink { .. } => false,
        };
        prop_assert!(plan.steps.iter().all(harmless));
        let out_of_reach = |kind| kind == 1 || kind == 2;
        if out_of_reach(kinds.0) || out_of_reach(kinds.1) {
            prop_assert!(plan.steps.is_empty() && !plan.holds.is_empty());
        }
    }

    #[test]
    fn i10_the_same_input_gives_the_same_plan(bench in pairs(false)) {
        prop_assert_eq!(bench.plan(), bench.clone().plan());
    }

    #[test]
    fn i11_exchanging_the_sides_exchanges_them_in_the_plan(
        bench in pairs(false),
        kinds in (0..4_u8, 0..4_u8),
    ) {
        let there = bench.plan_with(Sides {
            github: presence(kinds.0, &bench.github),
            notion: presence(kinds.1, &bench.notion),
        });
        let mirror = swapped(&bench);
        let back = mirror.plan_with(Sides {
            github: presence(kinds.1, &mirror.github),
            notion: presence(kinds.0, &mirror.notion),
        });
        prop_assert_eq!(essence(&there, false), essence(&back, true));
    }

    #[test]
    fn a_field_that_rests_is_never_written_and_always_reported(bench in pairs(true)) {
        let mut resting = bench.clone();
        resting.resting =
            bench.mapping.fields.keys().map(|field| (*field, "refused".to_owned())).collect();
        let (plan, rested) = (bench.plan(), resting.plan());
        prop_assert!(!rested.writes());
        for step in &plan.steps {
            let Step::Write { changes, .. } = step else { continue };
            prop_assert!(changes.iter().all(|planned| held(&rested, planned.change.field)));
        }
    }

    #[test]
    fn a_side_that_was_not_looked_at_counts_as_unchanged(bench in pairs(true)) {
        let mut unchanged = bench.clone();
        unchanged.notion = bench
            .bases
            .iter()
            .map(|(field, base)| (*field, Observed::Value(base.notion.clone())))
            .collect();
        unchanged.github.retain(|field, _| bench.bases.contains_key(field));
        let mut bench = bench;
        bench.github = unchanged.github.clone();
        let blind = bench.plan_with(Sides {
            github: Presence::Here(&bench.github),
            notion: Presence::NotLooked,
        });
        prop_assert_eq!(blind, unchanged.plan());
    }
}

/// A value of some field, its base on both sides, and two edits of it.
fn three() -> impl Strategy<Value = (Field, Value, Value, Value)> {
    prop::sample::select(Field::ALL.to_vec())
        .prop_flat_map(|field| (Just(field), value_of(field), value_of(field), value_of(field)))
}

fn merge(field: Field, base: &Value, github: &Value, notion: &Value) -> FieldOutcome {
    let (github, notion) = (Observed::Value(github.clone()), Observed::Value(notion.clone()));
    merge_field(&FieldInput {
        field,
        direction: Direction::Both,
        policy: &policy(),
        base: Some(Sides { github: base, notion: base }),
        now: Sides { github: Some(&github), notion: Some(&notion) },
        times: Times::Known(Sides { github: None, notion: None }),
    })
}

/// Merges two sets with a base and gives what both sides then hold.
fn merged_set(base: &Value, github: &Value, notion: &Value) -> Value {
    match merge(Field::Labels, base, github, notion) {
        FieldOutcome::Nothing | FieldOutcome::Agree => github.clone(),
        FieldOutcome::Write { to, .. } => to.github.unwrap_or_else(|| github.clone()),
        other @ (FieldOutcome::NeedsTimes | FieldOutcome::Hold { .. }) => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn merging_with_an_unchanged_side_takes_the_changed_one((field, base, x, _) in three()) {
        let outcome = merge(field, &base, &base, &x);
        if x == base {
            prop_assert_eq!(outcome, FieldOutcome::Nothing);
        } else if x.means_same(&base) {
            prop_assert_eq!(outcome, FieldOutcome::Agree);
        } else {
            let why = Rule::OnlyChanged(Side::Notion);
            let to = Sides { github: Some(x), notion: None };
            prop_assert_eq!(outcome, FieldOutcome::Write { to, why, conflict: false });
        }
    }

    #[test]
    fn the_same_edit_on_both_sides_writes_nothing((field, base, x, _) in three()) {
        let outcome = merge(field, &base, &x, &x);
        prop_assert!(matches!(outcome, FieldOutcome::Nothing | FieldOutcome::Agree));
        prop_assert_eq!(outcome == FieldOutcome::Nothing, x == base);
    }

    #[test]
    fn an_edit_never_loses_silently((field, base, x, y) in three()) {
        let outcome = merge(field, &base, &x, &y);
        if let FieldOutcome::Write { to, why, conflict } = outcome {
            let set = matches!(x, Value::Names(_));
            prop_assert_eq!(conflict, !set && x != base && y != base);
            prop_assert_eq!(conflict, why == Rule::Tie(Side::GitHub));
            prop_assert!(to.github.is_some() || to.notion.is_some());
        }
    }

    #[test]
    fn set_edits_may_arrive_together_or_one_after_the_other(
        base in value_of(Field::Labels),
        x in value_of(Field::Labels),
        y in value_of(Field::Labels),
    ) {
        let together = merged_set(&base, &x, &y);
        // First x alone arrives; then y's additions and removals are applied on top of it.
        let first = merged_set(&base, &x, &base);
        prop_assert_eq!(&first, &x);
        let (names_base, names_y) = (names_of(Some(&base)), names_of(Some(&y)));
        let (added, removed) = (names_y.minus(&names_base), names_base.minus(&names_y));
        let later = Value::Names(names_of(Some(&first)).minus(&removed).plus(&added));
        prop_assert_eq!(&together, &merged_set(&first, &first, &later));
        prop_assert_eq!(together, merged_set(&base, &y, &x));
    }
}

#[test]
fn the_times_are_asked_only_when_they_can_decide() {
    let mut bench = Bench::in_step(&[(Field::Title, super::support::text("a"))]);
    bench.edit(Side::GitHub, Field::Title, super::support::text("b"));
    bench.edit(Side::Notion, Field::Title, super::support::text("c"));
    let none = BTreeMap::new();
    let ask = |policy: &Policy| {
        crate::merge::plan_pair(&crate::merge::PairInput {
            policy,
            mapping: &bench.mapping,
            bases: &bench.bases,
            github: Presence::Here(&bench.github),
            notion: Presence::Here(&bench.notion),
            times: &none,
            times_asked: false,
            resting: &bench.resting,
            content: crate::merge::Content::Unknown,
            place: None,
        })
    };
    let newest = ask(&policy());
    assert_eq!((newest.needs_times, newest.steps), (vec![Field::Title], vec![]));
    let github = ask(&Policy { conflict: ConflictPolicy::Github, ..policy() });
    assert!(github.needs_times.is_empty() && github.writes());
}
