//! The brake (I8): what it counts, when it stops, and what it may never do.

use proptest::prelude::*;

use super::related::pairs;
use super::support::{Bench, DONE, OPEN, mapping, name, names, shown, text};
use crate::merge::{BrakeInput, PairPlan, Presence, Verdict, digest, guard};
use crate::model::{Direction, Field, ItemRef, OnIssueDeleted, OnPageTrashed, Side, Sides, Value};

fn item(number: usize) -> ItemRef {
    ItemRef::Issue(format!("acme/app#{}", number + 1).parse().unwrap())
}

fn named(plans: &[PairPlan]) -> Vec<(ItemRef, &PairPlan)> {
    plans.iter().enumerate().map(|(number, plan)| (item(number), plan)).collect()
}

fn input<'a>(plans: &'a [(ItemRef, &'a PairPlan)], known_pairs: usize) -> BrakeInput<'a> {
    BrakeInput { plans, known_pairs, percent: 30, floor: 10, empty_side: None, released: None }
}

/// The verdict over `count` times this plan among `known` pairs.
fn stops(plan: &PairPlan, count: usize, known: usize) -> bool {
    let plans = vec![plan.clone(); count];
    guard(&input(&named(&plans), known)) != Verdict::Go
}

fn pair() -> Bench {
    Bench::in_step(&[
        (Field::Title, text("Crash")),
        (Field::State, OPEN),
        (Field::Labels, names(&["bug"])),
        (Field::Milestone, Value::Name(None)),
    ])
}

fn edited(side: Side, field: Field, value: Value) -> PairPlan {
    let mut bench = pair();
    bench.edit(side, field, value);
    bench.plan()
}

#[test]
fn eleven_of_a_hundred_may_change_and_thirty_one_may_not() {
    let renamed = edited(Side::Notion, Field::Title, text("x"));
    assert!(!stops(&renamed, 11, 100));
    assert!(!stops(&renamed, 30, 100));
    assert!(stops(&renamed, 31, 100));
}

#[test]
fn no_reason_acts_on_the_floor_or_fewer() {
    let renamed = edited(Side::Notion, Field::Title, text("x"));
    assert!(!stops(&renamed, 10, 10));
    assert!(stops(&renamed, 11, 11));
    let none = named(&[]);
    let empty = |known| BrakeInput { empty_side: Some(Side::Notion), ..input(&none, known) };
    assert_eq!(guard(&empty(10)), Verdict::Go);
    assert_ne!(guard(&empty(11)), Verdict::Go);
}

#[test]
fn every_pair_at_once_is_suspicious_even_where_any_share_is_allowed() {
    let plans = vec![edited(Side::GitHub, Field::Title, text("x")); 20];
    let plans = named(&plans);
    let all = BrakeInput { percent: 100, ..input(&plans, 20) };
    let Verdict::Stop { reasons, .. } = guard(&all) else { panic!("stops") };
    assert_eq!(reasons, ["would change all 20 known pairs at once on Notion"]);
    assert_eq!(guard(&BrakeInput { known_pairs: 21, ..all }), Verdict::Go);
}

#[test]
fn what_counts_is_what_can_be_lost() {
    let counted = [
        edited(Side::Notion, Field::State, DONE),
        edited(Side::GitHub, Field::Title, text("x")),
        edited(Side::Notion, Field::Labels, names(&[])),
        edited(Side::Notion, Field::Labels, names(&["other"])),
    ];
    for plan in &counted {
        assert!(plan.writes() && stops(plan, 50, 100), "{plan:?}");
    }
    let free = [
        edited(Side::Notion, Field::Milestone, name("v1")),
        edited(Side::Notion, Field::Labels, names(&["bug", "p1"])),
    ];
    for plan in &free {
        assert!(plan.writes() && !stops(plan, 100, 100), "{plan:?}");
    }
}

#[test]
fn one_way_fields_do_not_count_unless_they_close_issues() {
    let one_way = |direction, side, field, value: Value| {
        let mut bench = pair();
        bench.mapping = mapping(&[(field, direction)]);
        bench.edit(side, field, value);
        bench.plan()
    };
    let mirror = one_way(Direction::ToNotion, Side::GitHub, Field::Title, text("x"));
    let mirrored_close = one_way(Direction::ToNotion, Side::GitHub, Field::State, DONE);
    let close = one_way(Direction::ToGithub, Side::Notion, Field::State, DONE);
    assert!(mirror.writes() && !stops(&mirror, 100, 100));
    assert!(mirrored_close.writes() && !stops(&mirrored_close, 100, 100));
    assert!(stops(&close, 50, 100));
}

#[test]
fn deletions_count_whatever_the_policy_makes_of_them() {
    let mut bench = pair();
    for (on_page_trashed, on_issue_deleted) in [
        (OnPageTrashed::Unlink, OnIssueDeleted::Unlink),
        (OnPageTrashed::Close, OnIssueDeleted::Trash),
    ] {
        bench.policy.on_page_trashed = on_page_trashed;
        bench.policy.on_issue_deleted = on_issue_deleted;
        let here = bench.here();
        let page = Sides { github: here.github, notion: Presence::Gone };
        let issue = Sides { github: Presence::Gone, notion: here.notion };
        let both = Sides { github: Presence::Gone, notion: Presence::Gone };
        for presence in [page, issue, both] {
            assert!(stops(&bench.plan_with(presence), 31, 100));
        }
    }
}

#[test]
fn a_restored_page_counts_only_for_what_is_written_over() {
    let mut bench = pair();
    bench.github = shown(&[(Field::Milestone, name("v1"))]);
    let page = Sides { github: Presence::Here(&bench.github), notion: Presence::Gone };
    let plan = bench.plan_with(page);
    assert!(plan.writes() && !stops(&plan, 100, 100), "{plan:?}");
}

#[test]
fn a_released_plan_goes_and_another_one_does_not() {
    let plans = vec![edited(Side::Notion, Field::Title, text("x")); 40];
    let plans = named(&plans);
    let Verdict::Stop { digest: name, .. } = guard(&input(&plans, 100)) else { panic!("stops") };
    assert_eq!(name.len(), 16);
    let released = |plans| BrakeInput { released: Some(&name), ..input(plans, 100) };
    assert_eq!(guard(&released(&plans)), Verdict::Go);
    let others = vec![edited(Side::Notion, Field::Title, text("y")); 40];
    let others = named(&others);
    assert_ne!(guard(&released(&others)), Verdict::Go);
    assert_ne!(guard(&released(&plans[..39])), Verdict::Go);
}

#[test]
fn a_digest_names_the_effects_and_neither_order_nor_times() {
    let moment = |text: &str| Value::Time(Some(text.parse().unwrap()));
    let plan = |title: &str, updated: &str| {
        let before = moment("2026-01-05T09:00:00Z");
        let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::Updated, before)]);
        bench.mapping =
            mapping(&[(Field::Title, Direction::Both), (Field::Updated, Direction::ToNotion)]);
        bench.edit(Side::GitHub, Field::Title, text(title));
        bench.edit(Side::GitHub, Field::Updated, moment(updated));
        bench.plan()
    };
    let (early, late) = (plan("x", "2026-01-05T09:10:00Z"), plan("x", "2026-01-05T10:00:00Z"));
    let other = plan("y", "2026-01-05T09:10:00Z");
    let name = |plans: [(ItemRef, &PairPlan); 2]| digest(&plans);
    let reference = name([(item(0), &early), (item(1), &other)]);
    assert_eq!(reference, name([(item(1), &other), (item(0), &late)]));
    assert_ne!(reference, name([(item(0), &other), (item(1), &early)]));
    let mut other_side = pair();
    other_side.edit(Side::Notion, Field::Title, text("x"));
    let other_side = other_side.plan();
    assert_ne!(reference, name([(item(0), &other_side), (item(1), &other)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn i8_a_stop_stays_a_stop_when_more_pairs_change_or_less_is_allowed(
        benches in proptest::collection::vec(pairs(false), 1..12),
        more in proptest::collection::vec(pairs(false), 0..6),
        percent in 0_u8..=100,
        floor in 0_usize..6,
        stricter in (0_u8..=100, 0_usize..6),
    ) {
        let known = benches.len() + more.len();
        let plans: Vec<PairPlan> = benches.iter().chain(&more).map(Bench::plan).collect();
        let named = named(&plans);
        let few = &named[..benches.len()];
        let strict = (percent.min(stricter.0), floor.min(stricter.1));
        let judge = |plans, (percent, floor)| {
            guard(&BrakeInput { percent, floor, ..input(plans, known) }) != Verdict::Go
        };
        if judge(few, (percent, floor)) {
            prop_assert!(judge(&named, (percent, floor)), "more changes");
            prop_assert!(judge(few, strict), "less allowed");
        }
        prop_assert!(!judge(few, (percent, few.len())), "the floor protects small cycles");
    }
}
