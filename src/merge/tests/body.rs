//! Bodies in the plan of a pair: when the page's content is asked for, and what decides.

use super::support::{Bench, brief, mapping, policy};
use crate::body::Place;
use crate::merge::{PairPlan, Presence, Rule, Step, digest, lines, new_body};
use crate::model::{
    BodyText, ConflictPolicy, Direction, Field, Interval, ItemRef, Side, Sides, Value,
};

const OLD: &str = "First.\n\nSecond.\n\nThird.";

fn body(text: &str) -> Value {
    Value::Body(BodyText(text.to_owned()))
}

/// A pair whose bodies are in step; the page's content was not read in this cycle.
fn in_step() -> Bench {
    let mut bench = Bench::in_step(&[(Field::Body, body(OLD))]);
    bench.notion.remove(&Field::Body);
    bench
}

/// The only value the plan writes to that side, with its rule.
fn written(plan: &PairPlan, to: Side) -> Option<(String, Rule, bool)> {
    plan.steps.iter().find_map(|step| match step {
        Step::Write { side, changes } if *side == to => {
            let planned = changes.first()?;
            let Value::Body(text) = &planned.change.to else { return None };
            Some((text.0.clone(), planned.why, planned.conflict))
        }
        _ => None,
    })
}

#[test]
fn the_page_is_read_only_when_what_is_known_of_it_does_not_settle_the_matter() {
    let mut bench = in_step();
    assert_eq!(brief(&bench.plan()), "nothing");
    bench.edit(Side::GitHub, Field::Body, body("First.\n\n2nd.\n\nThird."));
    assert_eq!(brief(&bench.plan()), "read the page");
    bench.edit(Side::Notion, Field::Body, body(OLD));
    assert_eq!(brief(&bench.plan()), "write body to Notion (only GitHub changed it)");
}

#[test]
fn a_page_that_was_read_is_enough_and_the_issue_need_not_be_looked_at() {
    let mut bench = in_step();
    bench.edit(Side::Notion, Field::Body, body("First.\n\nSecond.\n\n3rd."));
    let presence = Sides { github: Presence::NotLooked, notion: Presence::NotLooked };
    let plan = bench.plan_with(presence);
    assert_eq!(brief(&plan), "write body to GitHub (only Notion changed it)");
    let (text, ..) = written(&plan, Side::GitHub).unwrap();
    assert_eq!(text, "First.\n\nSecond.\n\n3rd.");
}

#[test]
fn without_a_base_an_empty_side_is_filled_once_the_page_is_read() {
    let mut bench = in_step();
    bench.bases.clear();
    assert_eq!(brief(&bench.plan()), "read the page");
    bench.edit(Side::Notion, Field::Body, body(""));
    assert_eq!(brief(&bench.plan()), "write body to Notion (only GitHub has a value)");
    bench.edit(Side::Notion, Field::Body, body(OLD));
    assert_eq!(brief(&bench.plan()), "agree on body");
    bench.edit(Side::GitHub, Field::Body, body(""));
    assert_eq!(brief(&bench.plan()), "write body to GitHub (only Notion has a value)");
    bench.notion.clear();
    assert_eq!(brief(&bench.plan()), "nothing");
}

#[test]
fn edits_of_different_blocks_are_both_kept() {
    let mut bench = in_step();
    bench.edit(Side::GitHub, Field::Body, body("1st.\n\nSecond.\n\nThird."));
    bench.edit(Side::Notion, Field::Body, body("First.\n\nSecond.\n\n3rd."));
    let plan = bench.plan();
    for side in Side::BOTH {
        let (text, why, conflict) = written(&plan, side).unwrap();
        assert_eq!((text.trim_end(), why), ("1st.\n\nSecond.\n\n3rd.", Rule::BothKept));
        assert!(!conflict);
    }
}

#[test]
fn what_overlaps_goes_to_the_conflict_rule() {
    let mut bench = in_step();
    bench.edit(Side::GitHub, Field::Body, body("First.\n\nours.\n\nThird."));
    bench.edit(Side::Notion, Field::Body, body("First.\n\ntheirs.\n\nThird."));
    let (text, why, conflict) = written(&bench.plan(), Side::Notion).unwrap();
    assert!(text.contains("ours."));
    assert_eq!((why, conflict), (Rule::Tie(Side::GitHub), true));

    let at = |text: &str| Some(Interval::minute(text.parse().unwrap()));
    let times = Sides { github: at("2026-01-05T09:10:00Z"), notion: at("2026-01-05T09:15:00Z") };
    bench.times.insert(Field::Body, times);
    let (text, why, _) = written(&bench.plan(), Side::GitHub).unwrap();
    assert!(text.contains("theirs."));
    assert_eq!(why, Rule::Newest(Side::Notion));

    bench.policy.conflict = ConflictPolicy::Notion;
    assert_eq!(written(&bench.plan(), Side::GitHub).unwrap().1, Rule::Policy(Side::Notion));

    bench.policy.conflict = ConflictPolicy::Hold;
    let plan = bench.plan();
    assert_eq!(brief(&plan), "hold body");
    let hold = &plan.holds[0];
    assert!(hold.reason.contains("5 lines") && !hold.reason.contains("theirs"), "{}", hold.reason);
    // What the page shows is kept with the hold, so that it need not be read again.
    assert_eq!(hold.value.as_ref(), bench.value(Side::Notion, Field::Body));
}

#[test]
fn a_one_way_body_follows_its_source() {
    let mut bench = in_step();
    bench.mapping = mapping(&[(Field::Body, Direction::ToNotion)]);
    bench.edit(Side::Notion, Field::Body, body("scribbled over"));
    let (text, why, conflict) = written(&bench.plan(), Side::Notion).unwrap();
    assert_eq!(text.trim_end(), OLD);
    assert_eq!((why, conflict), (Rule::PutRight(Side::GitHub), false));

    // Mapped lately to an empty source: nothing is deleted.
    bench.bases.clear();
    bench.edit(Side::GitHub, Field::Body, body(" \n"));
    assert_eq!(brief(&bench.plan()), "nothing");
}

#[test]
fn a_body_that_rests_is_reported_and_nothing_is_read_for_it() {
    let mut bench = in_step();
    bench.edit(Side::GitHub, Field::Body, body("changed"));
    bench.resting.insert(Field::Body, "Notion refused it".to_owned());
    let plan = bench.plan();
    assert_eq!(brief(&plan), "hold body");
    assert_eq!(plan.holds[0].reason, "Notion refused it");
}

#[test]
fn a_plan_tells_the_size_of_a_body_and_its_digest_knows_the_words() {
    let item: ItemRef = "acme/app#12".parse().unwrap();
    let plan_to = |text: &str| {
        let mut bench = in_step();
        bench.edit(Side::GitHub, Field::Body, body(text));
        bench.edit(Side::Notion, Field::Body, body(OLD));
        bench.plan()
    };
    let (one, two) = (plan_to("a\n\nb\n\nc"), plan_to("a\n\nb\n\nd"));
    let line = &lines(&item, "Title", &one)[0];
    assert_eq!((line.old.as_deref(), line.new.as_deref()), (Some("5 lines"), Some("5 lines")));
    assert_ne!(digest(&[(item.clone(), &one)]), digest(&[(item, &two)]));
}

#[test]
fn a_page_edited_in_its_content_outlives_its_issue() {
    let mut bench = in_step();
    bench.policy =
        crate::model::Policy { on_issue_deleted: crate::model::OnIssueDeleted::Trash, ..policy() };
    let gone = |bench: &Bench| {
        let presence = Sides { github: Presence::Gone, notion: Presence::Here(&bench.notion) };
        brief(&bench.plan_with(presence))
    };
    assert_eq!(gone(&bench), "trash the page, unlink");
    bench.edit(Side::Notion, Field::Body, body("kept"));
    assert_eq!(gone(&bench), "unlink, hold pair");
}

#[test]
fn a_body_that_cannot_be_carried_is_held_alone() {
    let place = Place::of_repository("https://github.com/acme/app");
    let text = BodyText("x\n\n".repeat(40_000));
    let hold = new_body(Side::GitHub, &text, place.as_ref()).unwrap_err();
    assert_eq!((hold.field, hold.side), (Some(Field::Body), Side::Notion));
    let carried = new_body(Side::GitHub, &BodyText("one".to_owned()), place.as_ref());
    assert_eq!(carried, Ok(body("one")));
}

#[test]
fn a_merge_of_which_one_half_has_arrived_is_finished_by_the_other_half() {
    for (github, notion) in [
        ("1st.\n\nSecond.\n\nThird.", "First.\n\nSecond.\n\n3rd."),
        ("First.\n\nNew one.\n\nSecond.\n\nThird.", "First.\n\nNew two.\n\nSecond.\n\nThird."),
        ("First.\n\nSecond.\n\nAnother third.", "First.\n\nSecond.\n\nNew third.\n\nThird."),
        ("First.\n\nThird.", "First.\n\nSecond.\n\nNew.\n\nThird."),
        ("First.\n\nSecond, more.\n\nThird.", "New.\n\nFirst.\n\nSecond.\n\nThird.\n\nLast."),
    ] {
        // GitHub's half is written first.
        let mut bench = in_step();
        bench.edit(Side::GitHub, Field::Body, body(github));
        bench.edit(Side::Notion, Field::Body, body(notion));
        let plan = bench.plan();
        let (text, ..) = written(&plan, Side::GitHub).unwrap();
        let other = written(&plan, Side::Notion);
        bench.edit(Side::GitHub, Field::Body, body(&text));
        let rest = bench.plan();
        assert_eq!(written(&rest, Side::GitHub), None, "twice: {github:?} {notion:?}");
        let words = |of: &Option<(String, Rule, bool)>| of.as_ref().map(|it| it.0.clone());
        assert_eq!(words(&written(&rest, Side::Notion)), words(&other), "{github:?} {notion:?}");
    }
}
