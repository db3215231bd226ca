//! What a plan costs: how many requests that write, and how long they take at the pace tandem keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Add;

use serde::Serialize;

use crate::merge::PlanLine;
use crate::model::{Field, Side, Sides};
use crate::remote::GITHUB_CREATIONS_PER_HOUR;

/// The price of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Cost {
    /// Requests that write, per side. Reading before a write that comes late is not in it.
    pub(super) requests: Sides<u64>,
    /// How long they take at least; the two sides are written to at the same time.
    pub(super) minutes: u64,
}

impl Cost {
    /// The price of these lines, when Notion may be sent so many requests a minute.
    pub(super) fn of(lines: &[PlanLine], notion_per_minute: u32) -> Cost {
        let mut parts: BTreeMap<(Side, &str), BTreeSet<Part>> = BTreeMap::new();
        let mut creations: u64 = 0;
        for line in lines {
            if line.field == "issue" && line.old.is_none() {
                creations += 1;
            }
            parts.entry((line.side, &line.item)).or_default().extend(parts_of(line));
        }
        let mut requests = Sides::default();
        for ((side, _), parts) in &parts {
            requests[*side] += parts.len() as u64;
        }
        let secs = github_secs(requests.github, creations)
            .max((requests.notion * 60).div_ceil(u64::from(notion_per_minute.max(1))));
        Cost { requests, minutes: secs.div_ceil(60) }
    }
}

impl Add for Cost {
    type Output = Cost;
    /// Syncs run one after another.
    fn add(self, other: Cost) -> Cost {
        Cost {
            requests: Sides {
                github: self.requests.github + other.requests.github,
                notion: self.requests.notion + other.requests.notion,
            },
            minutes: self.minutes + other.minutes,
        }
    }
}

/// One request of those that bring a plan about for one item on one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// All that one PATCH, or one creation, carries.
    Whole,
    /// The page's content, which has a request of its own.
    Content,
    /// All additions to a set.
    Additions(Field),
    /// A removal from a set.
    Removal(Field, String),
}

/// GitHub's sets are written as one request for all additions and one per removed label (DESIGN §2, Values).
fn parts_of(line: &PlanLine) -> Vec<Part> {
    let field = match (line.side, line.field.parse()) {
        (Side::GitHub, Ok(field @ (Field::Labels | Field::Assignees))) => field,
        // A pair that is no longer one costs no request.
        (Side::GitHub | Side::Notion, _) if line.field == "pair" => return Vec::new(),
        (Side::Notion, Ok(Field::Body)) => return vec![Part::Content],
        (Side::GitHub | Side::Notion, _) => return vec![Part::Whole],
    };
    let (old, new) = (names(line.old.as_deref()), names(line.new.as_deref()));
    let additions = new.difference(&old).next().map(|_| Part::Additions(field));
    // Assignees are removed all at once.
    let one_by_one = field == Field::Labels;
    let removed = old.difference(&new).map(|name| {
        Part::Removal(field, if one_by_one { (*name).to_owned() } else { String::new() })
    });
    removed.chain(additions).collect()
}

/// The names a plan line lists. One with a comma in it counts as two, which a cost may.
fn names(shown: Option<&str>) -> BTreeSet<&str> {
    shown.unwrap_or_default().split(", ").filter(|name| !matches!(*name, "" | "(empty)")).collect()
}

/// One write a second, and so many creations in any hour.
fn github_secs(requests: u64, creations: u64) -> u64 {
    let per_hour = GITHUB_CREATIONS_PER_HOUR as u64;
    let full_hours = creations.saturating_sub(1) / per_hour;
    requests.max(full_hours * 3_600 + (creations - full_hours * per_hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: &str, side: Side, field: &str, old: Option<&str>, new: Option<&str>) -> PlanLine {
        PlanLine {
            item: item.to_owned(),
            title: String::new(),
            side,
            field: field.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            why: String::new(),
        }
    }

    #[test]
    fn all_fields_of_a_pair_are_one_write_on_each_side() {
        let lines = [
            line("a/b#1", Side::Notion, "title", Some("x"), Some("y")),
            line("a/b#1", Side::Notion, "labels", Some("x"), Some("y")),
            line("a/b#1", Side::GitHub, "state", Some("open"), Some("closed")),
            line("a/b#1", Side::GitHub, "milestone", None, Some("v1")),
            line("a/b#2", Side::Notion, "page", None, Some("new page")),
            line("a/b#3", Side::Notion, "pair", Some("linked"), Some("unlinked")),
        ];
        let cost = Cost::of(&lines, 180);
        assert_eq!(cost, Cost { requests: Sides { github: 1, notion: 2 }, minutes: 1 });
        assert_eq!(Cost::of(&[], 180), Cost::default());
    }

    #[test]
    fn labels_cost_github_one_request_for_all_additions_and_one_for_each_removal() {
        let cost = |field, old, new| {
            Cost::of(&[line("a/b#1", Side::GitHub, field, Some(old), Some(new))], 180)
                .requests
                .github
        };
        assert_eq!(cost("labels", "a, b", "a, c, d"), 2);
        assert_eq!(cost("labels", "a, b, c", "(empty)"), 3);
        assert_eq!(cost("assignees", "a, b, c", "d"), 2);
    }

    #[test]
    fn time_follows_the_slower_side_and_githubs_hourly_creations() {
        let pages: Vec<PlanLine> = (0..1_000)
            .map(|n| line(&format!("a/b#{n}"), Side::Notion, "page", None, Some("new page")))
            .collect();
        assert_eq!(Cost::of(&pages, 180).minutes, 6);
        assert_eq!(Cost::of(&pages, 600).minutes, 2);
        let issues = |count: u32| -> Vec<PlanLine> {
            (0..count)
                .map(|n| line(&format!("page {n}"), Side::GitHub, "issue", None, Some("new issue")))
                .collect()
        };
        assert_eq!(Cost::of(&issues(450), 180).minutes, 8);
        assert_eq!(Cost::of(&issues(451), 180).minutes, 61);
        assert_eq!(Cost::of(&issues(901), 180).minutes, 121);
    }
}
