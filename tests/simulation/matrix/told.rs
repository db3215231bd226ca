//! The world at rest, told line by line in words that do not depend on when, or in which order, things were made: what two
//! ways of getting there are compared by.

use std::collections::BTreeMap;

use tandem::engine::Report;
use tandem::sim::github::IssueView;
use tandem::sim::notion::PageView;

use crate::place::Place;

/// Everything both sides hold, whole, and what is held back. Times are left out: they say when, and the judge of the
/// end compares them side with side.
pub fn told(place: &Place, report: &Report) -> Vec<String> {
    let names = Names::of(place);
    let mut lines: Vec<String> = names.issues.values().map(told_issue).collect();
    let (world, scene) = (&place.stage.world, place.stage.scene);
    world.notion(|notion, _| {
        let pages = notion.pages(scene.table);
        lines.extend(pages.into_iter().map(|page| {
            let outline = without_keys(&notion.outline(page.id()));
            told_page(&names, page, &outline, page.created_by() == scene.bot)
        }));
        for property in ["Labels", "Milestone", "Type", "Repository"] {
            lines.push(format!(
                "options {property}: {:?}",
                sorted(notion.option_names(scene.table, property))
            ));
        }
    });
    world.github(|github, _| {
        lines.push(format!("labels: {:?}", github.labels(scene.repo)));
        lines.push(format!("milestones: {:?}", github.milestones(scene.repo)));
    });
    for held in &report.held {
        let item = names.item(&held.item);
        lines.push(format!(
            "held: {item} {:?} {}: {}",
            held.field,
            held.side,
            names.said(&held.reason)
        ));
    }
    lines.sort();
    lines
}

/// What is in one of two tellings and not in the other.
pub fn difference(wanted: &[String], found: &[String]) -> Vec<String> {
    let left = |from: &[String], without: &[String]| {
        let mut without: Vec<&String> = without.iter().collect();
        let mut left = Vec::new();
        for line in from {
            match without.iter().position(|other| *other == line) {
                Some(at) => drop(without.swap_remove(at)),
                None => left.push(line.clone()),
            }
        }
        left
    };
    let missing = left(wanted, found).into_iter().map(|line| format!("the world lacks: {line}"));
    let strange = left(found, wanted).into_iter().map(|line| format!("the world has: {line}"));
    missing.chain(strange).collect()
}

/// Numbers and ids depend on the order of things; titles do not.
struct Names {
    issues: BTreeMap<u64, IssueView>,
    pages: BTreeMap<String, String>,
}

impl Names {
    fn of(place: &Place) -> Names {
        let (world, scene) = (&place.stage.world, place.stage.scene);
        let issues = world.github(|github, _| github.issues(scene.repo));
        let pages = world.notion(|notion, _| {
            let pages = notion.pages(scene.table);
            pages.iter().map(|page| (page.id().to_string(), page.title())).collect()
        });
        Names { issues: issues.into_iter().map(|issue| (issue.number, issue)).collect(), pages }
    }

    /// The issue that an address or `owner/name#number` ends in.
    fn issue(&self, name: &str) -> Option<&IssueView> {
        self.issues.get(&name.rsplit(['/', '#']).next()?.parse().ok()?)
    }

    fn item(&self, name: &str) -> String {
        match (self.pages.get(name), self.issue(name)) {
            (Some(title), _) => format!("page {title:?}"),
            (None, Some(issue)) => format!("issue {:?}", issue.title),
            (None, None) => name.to_owned(),
        }
    }

    /// A sentence in which items are called by their names.
    fn said(&self, sentence: &str) -> String {
        let is_part = |c: char| c.is_alphanumeric() || "-#/".contains(c);
        let words = sentence.split(' ').map(|word| {
            let item = word.trim_matches(|c| !is_part(c));
            let is_item = item.contains('#') || self.pages.contains_key(item);
            if is_item { self.item(item) } else { word.to_owned() }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn told_issue(issue: &IssueView) -> String {
    let IssueView {
        title, body, labels, assignees, milestone, issue_type, author, comments, ..
    } = issue;
    let state = match (issue.is_closed, &issue.state_reason) {
        (true, reason) => format!("closed {reason:?}"),
        (false, _) => "open".to_owned(),
    };
    format!(
        "issue {title:?} of {author:?}: {state} {labels:?} {assignees:?} {milestone:?} {issue_type:?} {comments:?} {body:?}"
    )
}

fn told_page(names: &Names, page: PageView<'_>, outline: &str, by_tandem: bool) -> String {
    let url = page.url("GitHub");
    let partner = url.as_deref().map(|url| match names.issue(url) {
        Some(issue) => {
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let is_numbered = page.number("Number") == Some(issue.number as f64);
            format!("{:?}{}", issue.title, if is_numbered { "" } else { " (numbered otherwise)" })
        }
        None => format!("{url} (which is not there)"),
    });
    let options: Vec<_> = ["Status", "Milestone", "Type", "Repository"]
        .iter()
        .map(|name| page.option(name))
        .collect();
    format!(
        "page {:?} (tandem's: {by_tandem}, trash: {}) of {partner:?}: {options:?} {:?} {:?} {:?}\n{outline}",
        page.title(),
        page.in_trash(),
        page.options("Labels"),
        page.people("Assignees"),
        page.text("Author"),
    )
}

/// An upload is told by its name: the rest of its address is a key that is another one each time.
fn without_keys(outline: &str) -> String {
    let told = |word: &str| match word.strip_prefix("source=https://prod-files-secure.") {
        Some(address) => {
            let name = address.split('?').next().and_then(|path| path.rsplit('/').next());
            format!("upload={}", name.unwrap_or_default())
        }
        None => word.to_owned(),
    };
    let lines = outline.lines().map(|line| line.split(' ').map(told).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
