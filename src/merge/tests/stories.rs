//! The traps, one story each.

use super::support::{Bench, DONE, OPEN, agreed, brief, mapping, name, names, shown, text};
use crate::merge::{PairPlan, Presence, Rule, Step, lines};
use crate::model::{
    Change, ConflictPolicy, Direction, Field, Interval, Observed, OnIssueDeleted, OnPageTrashed,
    Reason, Side, Sides, State, StateMapping, Value,
};

/// The changes a plan writes to one side.
fn written(plan: &PairPlan, to: Side) -> Vec<&Change> {
    plan.steps
        .iter()
        .filter_map(|step| match step {
            Step::Write { side, changes } if *side == to => Some(changes),
            _ => None,
        })
        .flatten()
        .map(|planned| &planned.change)
        .collect()
}

fn rules(plan: &PairPlan) -> Vec<(Rule, bool)> {
    plan.steps
        .iter()
        .filter_map(|step| match step {
            Step::Write { changes, .. } => Some(changes),
            _ => None,
        })
        .flatten()
        .map(|planned| (planned.why, planned.conflict))
        .collect()
}

#[test]
fn moving_a_card_among_columns_that_all_mean_open_writes_nothing() {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let state = StateMapping::Options {
        open: words(&["To do", "In progress", "In review"]),
        completed: words(&["Done"]),
        not_planned: vec![],
        duplicate: vec![],
    };
    let mut bench = Bench::in_step(&[(Field::State, OPEN)]);
    for column in ["in progress", "In review", "To do"] {
        let moved = state.state_of(column).map(Value::State).unwrap();
        bench.edit(Side::Notion, Field::State, moved);
        assert!(bench.plan().is_empty(), "{column}");
    }
}

#[test]
fn a_label_that_changed_only_its_case_is_the_same_label() {
    let mut bench = Bench::in_step(&[(Field::Labels, names(&["bug", "p1"]))]);
    bench.edit(Side::GitHub, Field::Labels, names(&["Bug", "P1"]));
    assert!(bench.plan().is_empty());
}

#[test]
fn a_label_with_a_comma_travels_as_the_same_label() {
    let mut bench = Bench::in_step(&[(Field::Labels, names(&[]))]);
    bench.edit(Side::GitHub, Field::Labels, names(&["0.2 release, detail"]));
    bench.edit(Side::Notion, Field::Labels, names(&["0.2 release‚ detail"]));
    assert_eq!(brief(&bench.plan()), "agree on labels");
}

#[test]
fn closing_and_reopening_does_not_go_back_and_forth() {
    let mut bench = Bench::in_step(&[(Field::State, OPEN)]);
    let follow = |bench: &mut Bench, state: Value| {
        bench.edit(Side::GitHub, Field::State, state.clone());
        let plan = bench.plan();
        assert_eq!(brief(&plan), "write state to Notion (only GitHub changed it)");
        bench.edit(Side::Notion, Field::State, written(&plan, Side::Notion)[0].to.clone());
        bench.bases = agreed(&[(Field::State, state)]);
        assert!(bench.plan().is_empty());
    };
    follow(&mut bench, DONE);
    follow(&mut bench, OPEN);
    follow(&mut bench, Value::State(State::Closed(Reason::NotPlanned)));
}

#[test]
fn two_different_sets_without_a_base_are_put_together_whatever_the_conflict_policy() {
    let mut bench = Bench::in_step(&[(Field::Labels, names(&["bug"]))]);
    bench.bases.clear();
    bench.policy.conflict = ConflictPolicy::Notion;
    bench.edit(Side::GitHub, Field::Labels, names(&["bug", "from github"]));
    bench.edit(Side::Notion, Field::Labels, names(&["from notion"]));
    let plan = bench.plan();
    assert_eq!(plan.steps.len(), 2, "{plan:?}");
    assert!(rules(&plan).iter().all(|(_, conflict)| !conflict));
    let sent = plan.steps.iter().flat_map(|step| match step {
        Step::Write { changes, .. } => changes.as_slice(),
        _ => &[],
    });
    let all = names(&["bug", "from github", "from notion"]);
    assert!(sent.map(|planned| &planned.change.to).all(|to| *to == all));
}

#[test]
fn a_field_whose_mapping_changed_has_no_base_and_deletes_nothing() {
    let mut bench = Bench::in_step(&[
        (Field::Title, text("Crash")),
        (Field::Labels, names(&["bug"])),
        (Field::Milestone, name("v1")),
    ]);
    bench.bases.clear();
    bench.policy.conflict = ConflictPolicy::Notion;
    // The newly mapped properties are still empty.
    bench.edit(Side::Notion, Field::Labels, names(&[]));
    bench.edit(Side::Notion, Field::Milestone, Value::Name(None));
    let plan = bench.plan();
    assert_eq!(
        brief(&plan),
        "agree on title, write labels+milestone to Notion (only GitHub has a value)"
    );
    assert!(rules(&plan).iter().all(|(_, conflict)| !conflict));
}

#[test]
fn a_rebuilt_pair_that_differs_is_decided_by_the_conflict_policy_and_recorded() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.bases.clear();
    bench.policy.conflict = ConflictPolicy::Notion;
    bench.edit(Side::Notion, Field::Title, text("Crash on save"));
    let plan = bench.plan();
    assert_eq!(rules(&plan), [(Rule::Policy(Side::Notion), true)]);
    let change = written(&plan, Side::GitHub)[0];
    assert_eq!((&change.from, &change.to), (&text("Crash"), &text("Crash on save")));
}

#[test]
fn the_newer_edit_wins_and_a_shared_minute_is_a_tie() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.edit(Side::GitHub, Field::Title, text("Crash on save"));
    bench.edit(Side::Notion, Field::Title, text("Crash on load"));
    bench.policy.tie = Side::Notion;
    let minute = Some(Interval::minute("2026-01-05T09:10:00Z".parse().unwrap()));
    for (second, rule) in [
        ("2026-01-05T09:09:59Z", Rule::Newest(Side::Notion)),
        ("2026-01-05T09:10:00Z", Rule::Tie(Side::Notion)),
        ("2026-01-05T09:10:59Z", Rule::Tie(Side::Notion)),
        ("2026-01-05T09:11:00Z", Rule::Newest(Side::GitHub)),
    ] {
        let github = Some(Interval::second(second.parse().unwrap()));
        bench.times = [(Field::Title, Sides { github, notion: minute })].into();
        assert_eq!(rules(&bench.plan()), [(rule, true)], "{second}");
    }
}

#[test]
fn one_field_in_conflict_does_not_keep_the_others_waiting() {
    let mut bench = Bench::in_step(&[(Field::Title, text("a")), (Field::State, OPEN)]);
    bench.policy.conflict = ConflictPolicy::Hold;
    bench.edit(Side::GitHub, Field::Title, text("b"));
    bench.edit(Side::Notion, Field::Title, text("c"));
    bench.edit(Side::GitHub, Field::State, DONE);
    let plan = bench.plan();
    assert_eq!(brief(&plan), "write state to Notion (only GitHub changed it), hold title");
    let reason = &plan.holds[0].reason;
    assert!(reason.contains("\"b\"") && reason.contains("\"c\""), "{reason}");
}

#[test]
fn labels_added_on_both_sides_end_up_on_both() {
    let mut bench = Bench::in_step(&[(Field::Labels, names(&["bug"]))]);
    bench.edit(Side::GitHub, Field::Labels, names(&["bug", "p1"]));
    bench.edit(Side::Notion, Field::Labels, names(&["ui"]));
    let plan = bench.plan();
    let both = names(&["p1", "ui"]);
    assert_eq!(written(&plan, Side::GitHub)[0].to, both);
    assert_eq!(written(&plan, Side::Notion)[0].to, both);
    assert!(rules(&plan).iter().all(|rule| *rule == (Rule::Merged, false)));
}

#[test]
fn what_is_typed_over_a_one_way_field_is_put_right_and_kept() {
    let mut bench = Bench::in_step(&[(Field::Number, Value::Number(12))]);
    bench.mapping = mapping(&[(Field::Number, Direction::ToNotion)]);
    bench.edit(Side::Notion, Field::Number, Value::Number(13));
    let plan = bench.plan();
    assert_eq!(rules(&plan), [(Rule::PutRight(Side::GitHub), false)]);
    assert_eq!(written(&plan, Side::Notion)[0].from, Value::Number(13));
}

#[test]
fn a_status_in_no_list_holds_the_state_and_nothing_else() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.show(Side::Notion, Field::State, Observed::Unreadable("`Blocked` is unknown".into()));
    bench.edit(Side::Notion, Field::Title, text("Crash on save"));
    bench.edit(Side::GitHub, Field::State, DONE);
    let plan = bench.plan();
    assert_eq!(brief(&plan), "write title to GitHub (only Notion changed it), hold state");
    assert_eq!(plan.holds[0].reason, "`Blocked` is unknown");
}

#[test]
fn an_emptied_title_is_held_and_goes_on_once_there_is_one_again() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.edit(Side::Notion, Field::Title, text(" "));
    let plan = bench.plan();
    assert_eq!(brief(&plan), "hold title");
    assert_eq!(plan.holds[0].side, Side::Notion);
    bench.edit(Side::Notion, Field::Title, text("Crash"));
    assert!(bench.plan().is_empty());
}

#[test]
fn a_repository_without_types_holds_a_type_only_when_there_is_one() {
    let mut bench = Bench::in_step(&[(Field::Type, name("Bug"))]);
    bench.bases.clear();
    bench.github.clear();
    let plan = bench.plan();
    assert_eq!(brief(&plan), "hold type");
    assert!(plan.holds[0].reason.contains("GitHub has no type here, but Notion shows Bug"));
    bench.edit(Side::Notion, Field::Type, Value::Name(None));
    assert!(bench.plan().is_empty());
}

#[test]
fn a_broken_property_holds_its_field_in_every_plan() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.mapping.broken.insert(Field::Labels, "the property `Labels` is gone".into());
    assert_eq!(brief(&bench.plan()), "hold labels");
    let unseen = Sides { github: Presence::NotLooked, notion: Presence::NotLooked };
    assert_eq!(brief(&bench.plan_with(unseen)), "hold labels");
}

#[test]
fn a_resting_field_is_reported_until_both_sides_are_seen_to_agree() {
    let mut bench = Bench::in_step(&[(Field::Labels, names(&["bug"]))]);
    bench.resting.insert(Field::Labels, "refused: name too long".into());
    bench.edit(Side::Notion, Field::Labels, names(&["bug", "long"]));
    assert_eq!(brief(&bench.plan()), "hold labels");
    let unseen = Sides { github: Presence::Here(&bench.github), notion: Presence::NotLooked };
    assert_eq!(brief(&bench.plan_with(unseen)), "hold labels");
    bench.edit(Side::Notion, Field::Labels, names(&["bug"]));
    assert!(bench.plan().is_empty());
}

#[test]
fn a_side_without_base_is_looked_at_before_anything_is_written_to_it() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.bases.clear();
    let blind = Sides { github: Presence::Here(&bench.github), notion: Presence::NotLooked };
    let plan = bench.plan_with(blind);
    assert_eq!((plan.needs_look.as_slice(), plan.writes()), ([Side::Notion].as_slice(), false));
}

#[test]
fn an_edit_of_the_issue_brings_its_trashed_page_back() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.policy.on_page_trashed = OnPageTrashed::Close;
    bench.edit(Side::GitHub, Field::Title, text("Crash on save"));
    let plan =
        bench.plan_with(Sides { github: Presence::Here(&bench.github), notion: Presence::Gone });
    assert_eq!(brief(&plan), "restore the page, write title to Notion (only GitHub changed it)");
}

#[test]
fn a_comment_alone_is_no_edit_that_brings_a_page_back() {
    let first = Value::Time(Some("2026-01-05T09:10:00Z".parse().unwrap()));
    let later = Value::Time(Some("2026-01-05T09:20:00Z".parse().unwrap()));
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::Updated, first)]);
    bench.mapping =
        mapping(&[(Field::Title, Direction::Both), (Field::Updated, Direction::ToNotion)]);
    bench.edit(Side::GitHub, Field::Updated, later);
    let plan =
        bench.plan_with(Sides { github: Presence::Here(&bench.github), notion: Presence::Gone });
    assert_eq!(brief(&plan), "unlink");
}

#[test]
fn a_held_label_does_not_bring_a_page_back_each_time_a_person_trashes_it() {
    let mut bench =
        Bench::in_step(&[(Field::Title, text("Crash")), (Field::Labels, names(&["bug"]))]);
    bench.edit(Side::GitHub, Field::Labels, names(&["bug", "long"]));
    bench.resting.insert(Field::Labels, "refused".into());
    let plan =
        bench.plan_with(Sides { github: Presence::Here(&bench.github), notion: Presence::Gone });
    assert_eq!(brief(&plan), "unlink");
}

#[test]
fn a_page_edited_while_its_issue_was_deleted_stays_and_is_reported() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.policy.on_issue_deleted = OnIssueDeleted::Trash;
    let gone = |bench: &Bench| {
        let here = Presence::Here(&bench.notion);
        bench.plan_with(Sides { github: Presence::Gone, notion: here })
    };
    assert_eq!(brief(&gone(&bench)), "trash the page, unlink");
    bench.edit(Side::Notion, Field::Title, text("Crash on save"));
    let plan = gone(&bench);
    assert_eq!(brief(&plan), "unlink, hold pair");
    assert!(plan.holds[0].reason.contains("the page stays"));
}

#[test]
fn a_status_without_meaning_is_an_edit_that_keeps_the_page_of_a_deleted_issue() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.policy.on_issue_deleted = OnIssueDeleted::Trash;
    bench.show(Side::Notion, Field::State, Observed::Unreadable("`Blocked` is unknown".into()));
    let issue = Sides { github: Presence::Gone, notion: Presence::Here(&bench.notion) };
    assert_eq!(brief(&bench.plan_with(issue)), "unlink, hold pair");
}

#[test]
fn a_restored_page_is_planned_with_what_it_shows_then() {
    let mut bench =
        Bench::in_step(&[(Field::Title, text("Crash")), (Field::Milestone, name("v1"))]);
    bench.bases.remove(&Field::Milestone);
    bench.edit(Side::GitHub, Field::Title, text("Crash on save"));
    let page = Sides { github: Presence::Here(&bench.github), notion: Presence::Gone };
    assert_eq!(
        brief(&bench.plan_with(page)),
        "restore the page, write title to Notion (only GitHub changed it)"
    );
}

#[test]
fn an_empty_value_without_base_costs_no_look_at_the_other_side() {
    // Issue types on a user's repository: never a base, and mostly nothing to carry.
    let mut bench =
        Bench::in_step(&[(Field::Title, text("Crash")), (Field::Type, Value::Name(None))]);
    bench.bases.remove(&Field::Type);
    let page = |bench: &Bench| {
        let here = Presence::Here(&bench.notion);
        bench.plan_with(Sides { github: Presence::NotLooked, notion: here })
    };
    assert!(page(&bench).is_empty());
    bench.edit(Side::Notion, Field::Type, name("Bug"));
    assert_eq!(brief(&page(&bench)), "look at GitHub");
}

#[test]
fn without_a_base_a_deletion_only_unlinks() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.bases.clear();
    bench.policy.on_page_trashed = OnPageTrashed::Close;
    bench.policy.on_issue_deleted = OnIssueDeleted::Trash;
    let page = Sides { github: Presence::Here(&bench.github), notion: Presence::Gone };
    let issue = Sides { github: Presence::Gone, notion: Presence::Here(&bench.notion) };
    assert_eq!(brief(&bench.plan_with(page)), "unlink");
    assert_eq!(brief(&bench.plan_with(issue)), "unlink");
}

#[test]
fn a_mirror_still_follows_a_deletion() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash"))]);
    bench.mapping = mapping(&[(Field::Title, Direction::ToNotion)]);
    bench.policy.on_issue_deleted = OnIssueDeleted::Trash;
    bench.notion = shown(&[(Field::Title, text("typed over"))]);
    let issue = Sides { github: Presence::Gone, notion: Presence::Here(&bench.notion) };
    assert_eq!(brief(&bench.plan_with(issue)), "trash the page, unlink");
}

#[test]
fn a_plan_line_names_item_field_old_and_new() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.edit(Side::Notion, Field::State, DONE);
    let item = crate::model::ItemRef::Issue("acme/app#12".parse().unwrap());
    let printed: Vec<String> =
        lines(&item, "Crash", &bench.plan()).iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "acme/app#12 \"Crash\" state on GitHub: open -> closed as completed (only Notion changed it)"
        ]
    );
    let json = serde_json::to_value(&lines(&item, "Crash", &bench.plan())[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "item": "acme/app#12", "title": "Crash", "side": "github", "field": "state",
            "old": "open", "new": "closed as completed", "why": "only Notion changed it",
        })
    );
}
