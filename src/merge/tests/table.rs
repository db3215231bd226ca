//! The two decision tables, enumerated whole and kept as snapshots that people can read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::support::{Bench, DONE, OPEN, brief, name, policy, text};
use crate::merge::{FieldInput, FieldOutcome, Presence, Times, merge_field};
use crate::model::{
    ConflictPolicy, Direction, Field, Fields, Interval, Observed, OnIssueDeleted, OnPageTrashed,
    Policy, Side, Sides, Value,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Changed,
    Gone,
    Moved,
    Hidden,
    NotLooked,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::Same, Kind::Changed, Kind::Gone, Kind::Moved, Kind::Hidden, Kind::NotLooked];

    fn name(self) -> &'static str {
        match self {
            Kind::Same => "here, same",
            Kind::Changed => "here, changed",
            Kind::Gone => "gone",
            Kind::Moved => "moved",
            Kind::Hidden => "hidden",
            Kind::NotLooked => "not looked at",
        }
    }

    fn presence(self, fields: &Fields) -> Presence<&Fields> {
        match self {
            Kind::Same | Kind::Changed => Presence::Here(fields),
            Kind::Gone => Presence::Gone,
            Kind::Moved => Presence::Moved("acme/other#3".to_owned()),
            Kind::Hidden => Presence::Hidden("404 Not Found".to_owned()),
            Kind::NotLooked => Presence::NotLooked,
        }
    }
}

const CONFLICTS: [(&str, ConflictPolicy); 4] = [
    ("newest", ConflictPolicy::Newest),
    ("github", ConflictPolicy::Github),
    ("notion", ConflictPolicy::Notion),
    ("hold", ConflictPolicy::Hold),
];

/// Every policy, as its settings by key.
fn all_policies() -> Vec<(BTreeMap<&'static str, &'static str>, Policy)> {
    let mut all = Vec::new();
    for (conflict_name, conflict) in CONFLICTS {
        for (tie_name, tie) in [("github", Side::GitHub), ("notion", Side::Notion)] {
            for (page_name, on_page_trashed) in
                [("unlink", OnPageTrashed::Unlink), ("close", OnPageTrashed::Close)]
            {
                for (issue_name, on_issue_deleted) in
                    [("unlink", OnIssueDeleted::Unlink), ("trash", OnIssueDeleted::Trash)]
                {
                    let settings = [
                        ("conflict", conflict_name),
                        ("tie", tie_name),
                        ("on_page_trashed", page_name),
                        ("on_issue_deleted", issue_name),
                    ];
                    let policy =
                        Policy { conflict, tie, on_page_trashed, on_issue_deleted, ..policy() };
                    all.push((settings.into_iter().collect(), policy));
                }
            }
        }
    }
    all
}

fn outcome(policy: Policy, github: Kind, notion: Kind) -> String {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, OPEN)]);
    bench.policy = policy;
    if github == Kind::Changed {
        bench.edit(Side::GitHub, Field::Title, text("Crash on save"));
    }
    if notion == Kind::Changed {
        bench.edit(Side::Notion, Field::Title, text("Crash on load"));
    }
    brief(&bench.plan_with(Sides {
        github: github.presence(&bench.github),
        notion: notion.presence(&bench.notion),
    }))
}

/// The outcomes of one cell with the settings that lead to each, as few settings as will do.
fn cell(github: Kind, notion: Kind) -> Vec<(String, String)> {
    let all: Vec<_> = all_policies()
        .into_iter()
        .map(|(settings, policy)| (settings, outcome(policy, github, notion)))
        .collect();
    let distinct: BTreeSet<&String> = all.iter().map(|(_, outcome)| outcome).collect();
    if let (Some(only), 1) = (distinct.first(), distinct.len()) {
        return vec![("any".to_owned(), (*only).clone())];
    }
    let keysets: [&[&'static str]; 5] = [
        &["conflict"],
        &["tie"],
        &["on_page_trashed"],
        &["on_issue_deleted"],
        &["conflict", "tie"],
    ];
    for keys in keysets {
        let mut by_setting: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for (settings, outcome) in &all {
            let setting: Vec<String> =
                keys.iter().map(|key| format!("{key} = {}", settings[key])).collect();
            by_setting.entry(setting.join(", ")).or_default().insert(outcome);
        }
        if by_setting.values().all(|outcomes| outcomes.len() == 1) {
            let rows: Vec<(String, String)> = by_setting
                .into_iter()
                .filter_map(|(setting, outcomes)| Some((setting, (*outcomes.first()?).clone())))
                .collect();
            return without_needless_tie(&rows);
        }
    }
    panic!("{github:?} / {notion:?} depends on more than this table can show: {all:#?}");
}

/// One row where `tie` makes no difference.
fn without_needless_tie(rows: &[(String, String)]) -> Vec<(String, String)> {
    let key = |setting: &str| setting.split(", tie").next().unwrap_or(setting).to_owned();
    let mut kept: Vec<(String, String)> = Vec::new();
    for (setting, plan) in rows {
        let same = |(other, there): &&(String, String)| key(other) == key(setting) && there == plan;
        let both = rows.iter().filter(same).count() > 1;
        let row = (if both { key(setting) } else { setting.clone() }, plan.clone());
        if !kept.contains(&row) {
            kept.push(row);
        }
    }
    kept
}

#[test]
fn the_decision_table_of_pairs() {
    let mut table = format!("{:<14}| {:<14}| {:<33}| plan\n", "issue", "page", "policy");
    for github in Kind::ALL {
        for notion in Kind::ALL {
            for (setting, plan) in cell(github, notion) {
                let (github, notion) = (github.name(), notion.name());
                writeln!(table, "{github:<14}| {notion:<14}| {setting:<33}| {plan}").unwrap();
            }
        }
    }
    insta::assert_snapshot!("pairs", table);
}

fn field_outcome(outcome: &FieldOutcome) -> String {
    match outcome {
        FieldOutcome::Nothing => "nothing".to_owned(),
        FieldOutcome::Agree => "base := now".to_owned(),
        FieldOutcome::NeedsTimes => "ask the times".to_owned(),
        FieldOutcome::Hold { side, reason } => format!("hold ({side}): {reason}"),
        FieldOutcome::Write { to, why, conflict } => {
            let targets: Vec<String> = Side::BOTH
                .into_iter()
                .filter_map(|side| Some(format!("{} to {side}", to[side].as_ref()?)))
                .collect();
            let recorded = if *conflict { ", recorded" } else { "" };
            format!("{} ({why}{recorded})", targets.join(" and "))
        }
    }
}

/// In words, the base, and what GitHub and Notion show.
type Situation = (&'static str, Option<Value>, Option<Observed>, Option<Observed>);

fn situations() -> Vec<Situation> {
    let value = |value: Value| Some(Observed::Value(value));
    let unreadable = || Some(Observed::Unreadable("`Blocked` is in no list".to_owned()));
    let (b, x, y) = (|| name("B"), || name("X"), || name("Y"));
    let none = || Value::Name(None);
    vec![
        ("same, same", Some(b()), value(b()), value(b())),
        ("changed, same", Some(b()), value(x()), value(b())),
        ("same, changed", Some(b()), value(b()), value(y())),
        ("emptied, same", Some(b()), value(none()), value(b())),
        ("same, emptied", Some(b()), value(b()), value(none())),
        ("changed, changed alike", Some(b()), value(x()), value(name("x"))),
        ("changed, changed", Some(b()), value(x()), value(y())),
        ("changed, emptied", Some(b()), value(x()), value(none())),
        ("no base, alike", None, value(x()), value(name("x"))),
        ("no base, different", None, value(x()), value(y())),
        ("no base, empty there", None, value(x()), value(none())),
        ("no base, empty here", None, value(none()), value(y())),
        ("unreadable, same", Some(b()), unreadable(), value(b())),
        ("changed, unreadable", Some(b()), value(x()), unreadable()),
        ("lacking, empty", None, None, value(none())),
        ("lacking, shown", None, None, value(y())),
        ("shown, lacking", None, value(x()), None),
        ("lacking, lacking", None, None, None),
    ]
}

#[test]
fn the_decision_table_of_fields() {
    let at = |text: &str| Interval::second(text.parse().unwrap());
    let later_on_notion = Times::Known(Sides {
        github: Some(at("2026-01-05T09:00:00Z")),
        notion: Some(at("2026-01-05T09:05:00Z")),
    });
    let unknown = Times::Known(Sides { github: None, notion: None });
    let flows: [(&str, Direction, ConflictPolicy, Times); 8] = [
        ("both, newest, not asked", Direction::Both, ConflictPolicy::Newest, Times::NotAsked),
        ("both, newest, Notion later", Direction::Both, ConflictPolicy::Newest, later_on_notion),
        ("both, newest, tie = github", Direction::Both, ConflictPolicy::Newest, unknown),
        ("both, conflict = github", Direction::Both, ConflictPolicy::Github, unknown),
        ("both, conflict = notion", Direction::Both, ConflictPolicy::Notion, unknown),
        ("both, conflict = hold", Direction::Both, ConflictPolicy::Hold, unknown),
        ("to_notion", Direction::ToNotion, ConflictPolicy::Newest, unknown),
        ("to_github", Direction::ToGithub, ConflictPolicy::Newest, unknown),
    ];
    let mut table = String::from("Base B; GitHub shows X, Notion shows Y where they changed.\n");
    for (situation, base, github, notion) in situations() {
        writeln!(table, "\n{situation}").unwrap();
        let mut by_outcome: Vec<(String, Vec<&str>)> = Vec::new();
        for (flow, direction, conflict, times) in flows {
            let outcome = field_outcome(&merge_field(&FieldInput {
                field: Field::Type,
                direction,
                policy: &Policy { conflict, ..policy() },
                base: base.as_ref().map(|base| Sides { github: base, notion: base }),
                now: Sides { github: github.as_ref(), notion: notion.as_ref() },
                times,
            }));
            match by_outcome.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, flows)) => flows.push(flow),
                None => by_outcome.push((outcome, vec![flow])),
            }
        }
        for (outcome, led) in by_outcome {
            let two_way = led.iter().filter(|flow| flow.starts_with("both, ")).count();
            let one_way: Vec<&str> = led.iter().filter(|f| f.starts_with("to_")).copied().collect();
            let led = match (two_way, one_way.len()) {
                (6, 2) => "any".to_owned(),
                (6, _) => [&["both"], one_way.as_slice()].concat().join("; "),
                _ => led.join("; "),
            };
            writeln!(table, "  {led:<28}{outcome}").unwrap();
        }
    }
    insta::assert_snapshot!("fields", table);
}

#[test]
fn a_closed_issue_keeps_its_reason_when_its_page_is_trashed() {
    let mut bench = Bench::in_step(&[(Field::Title, text("Crash")), (Field::State, DONE)]);
    bench.policy.on_page_trashed = OnPageTrashed::Close;
    let plan =
        bench.plan_with(Sides { github: Presence::Here(&bench.github), notion: Presence::Gone });
    assert_eq!(brief(&plan), "unlink");
}
