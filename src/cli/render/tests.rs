//! A made-up round, as people and as scripts see it.

use super::*;
use crate::engine::ProblemKind;
use crate::merge::PlanLine;
use crate::model::Sides;
use crate::store::StoreError;

const PLANNED: Show = Show::Planned { notion_per_minute: 180 };

fn waiting(item: &str, reason: &str) -> Waiting {
    Waiting { item: item.to_owned(), reason: reason.to_owned() }
}

/// A cycle that wrote, and left something behind.
fn held() -> Report {
    Report {
        full: true,
        counts: Counts {
            seen: Sides { github: 1_204, notion: 1_201 },
            pairs: 1_203,
            created: Sides { github: 1, notion: 40 },
            updated: Sides { github: 14, notion: 3 },
            adopted: 1,
            left_out: 4,
            unlinked: 2,
            not_begun: 5,
            requests: Sides { github: 28, notion: 56 },
        },
        held: vec![
            Held {
                item: "acme/app#7".into(),
                field: Some(Field::Assignees),
                side: Side::GitHub,
                value: Some("octocat, nobody".into()),
                reason: "nobody cannot be assigned in acme/app; invite them or remove them".into(),
            },
            Held {
                item: "acme/app#8".into(),
                field: None,
                side: Side::Notion,
                value: None,
                reason: "two pages name this issue".into(),
            },
        ],
        failed: vec![waiting("acme/app#9", "GitHub did not answer")],
        pending: vec![waiting("00000000-0000-0000-0000-000000000001", "no title yet")],
        ..Report::new("app")
    }
}

/// A cycle that the brake stopped.
fn braked() -> Report {
    let line = |number: u32, side, field: &str, old: &str, new: &str| PlanLine {
        item: format!("acme/lib#{number}"),
        title: "Crash \"on\" save".into(),
        side,
        field: field.into(),
        old: Some(old.into()),
        new: Some(new.into()),
        why: "only Notion changed it".into(),
    };
    Report {
        plan: vec![
            line(1, Side::GitHub, "title", "\"a\"", "\"b\""),
            line(1, Side::GitHub, "labels", "bug, old", "bug"),
            line(2, Side::Notion, "state", "open", "closed as completed"),
        ],
        brake: Some(Brake {
            digest: "0123456789abcdef".into(),
            reasons: vec!["would overwrite something in 11 of 12 known pairs".into()],
        }),
        counts: Counts { pairs: 12, ..Counts::default() },
        ..Report::new("lib")
    }
}

fn round() -> Round {
    let mut unreachable = Report::new("far");
    unreachable.problems.push(Problem {
        kind: ProblemKind::Unreachable,
        message: "Notion, data source: Notion could not be reached".into(),
    });
    Round {
        outcomes: vec![
            Outcome::Ran(Box::new(held())),
            Outcome::Ran(Box::new(braked())),
            Outcome::Ran(Box::new(unreachable)),
            Outcome::Broke {
                sync: "broken".into(),
                error: StoreError::Full { path: "/var/lib/tandem/tandem.db".into() },
            },
            Outcome::Skipped { sync: "late".into() },
        ],
        halted: true,
    }
}

#[test]
fn a_run_for_people() {
    insta::assert_snapshot!(lines(&round(), Show::Done).join("\n"));
}

#[test]
fn a_plan_for_people() {
    insta::assert_snapshot!(lines(&round(), PLANNED).join("\n"));
}

#[test]
fn a_run_as_a_document() {
    let round = round();
    assert_eq!(round.exit().code(), 1, "the first of 1, 4, 7 and 3");
    insta::assert_json_snapshot!(document(&round, Show::Done, round.exit().code()));
}

#[test]
fn a_plan_as_a_document_has_its_cost() {
    let round = Round { outcomes: vec![Outcome::Ran(Box::new(braked()))], halted: false };
    let document = serde_json::to_value(document(&round, PLANNED, round.exit().code())).unwrap();
    assert_eq!(document["exit"], 4);
    assert_eq!(document["dry_run"], true);
    assert_eq!(document["syncs"][0]["release"], "tandem release --plan 0123456789abcdef");
    let cost = serde_json::json!({"requests": {"github": 2, "notion": 1}, "minutes": 1});
    assert_eq!(document["cost"], cost);
    assert_eq!(document["syncs"][0]["cost"], cost);
}

#[test]
fn ten_thousand_pending_items_are_counted_not_listed() {
    let mut report = Report::new("app");
    report.pending = (0..10_000).map(|n| waiting(&format!("acme/app#{n}"), "excluded")).collect();
    let round = Round { outcomes: vec![Outcome::Ran(Box::new(report))], halted: false };
    let lines = lines(&round, Show::Done);
    assert!(lines.len() < 30);
    assert_eq!(lines.last().unwrap(), "  pending  9980 more (`--json` names them)");
}
