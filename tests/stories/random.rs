//! A randomized story: people edit both sides, requests fail, processes die, databases are lost. Then everybody
//! stops, and everything has to agree (I2, I3, I5, I6). `TANDEM_SEEDS` says how many seeds, `TANDEM_SEED` which one.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use tandem::engine::Report;
use tandem::sim::github::IssueView;
use tandem::sim::notion::{PageId, PageView};

use crate::chaos::Chaos;
use crate::chaos::bodies::{is_marker, paragraphs};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_people_and_networks_do_everything_agrees_in_the_end_and_nothing_typed_is_lost() {
    let seeds = match number("TANDEM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("TANDEM_SEEDS").unwrap_or(30)).collect(),
    };
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(story(seed));
    }
}

async fn story(seed: u64) {
    let mut chaos = Chaos::new(seed);
    for _ in 0..chaos.rng.random_range(0..8) {
        chaos.on_github();
    }
    for _ in 0..chaos.rng.random_range(0..3) {
        chaos.in_notion();
    }
    let has_faults = chaos.rng.random_bool(0.7);
    for _ in 0..25 {
        for _ in 0..chaos.rng.random_range(0..5) {
            chaos.somebody();
            let secs = chaos.rng.random_range(0..90);
            chaos.stage.wait(secs).await;
        }
        if has_faults && chaos.rng.random_bool(0.4) {
            chaos.fault();
        }
        chaos.cycle().await;
        let secs = chaos.rng.random_range(0..900);
        chaos.stage.wait(secs).await;
    }
    chaos.stage.world.clear_faults();
    chaos.say("people and faults stop".to_owned());
    // Past the longest retry delay.
    chaos.stage.wait(25 * 3_600).await;
    let mut report = None;
    for round in 0..3 {
        // What no list shows is found by the daily full scan.
        let full = round == 0 && chaos.quiet_acts;
        let scope = match full {
            true => tandem::engine::Scope::Everything,
            false => tandem::engine::Scope::Changes,
        };
        let now = chaos.stage.run(scope, tandem::engine::Mode::Execute).await;
        chaos.say(format!("last cycles: {now:?}"));
        report = Some(now);
        chaos.stage.wait(120).await;
    }
    let report = report.unwrap();
    let wrong = faults_of(&chaos, &report);
    for (side, field, lost) in chaos.stage.history().into_iter().rev() {
        chaos.say(format!("history: {side:?} {field} {lost}"));
    }
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    let cost = chaos.stage.cost().await;
    assert_eq!((cost.github.writes, cost.notion.writes), (0, 0), "seed {seed}: a cycle in step");
    let before = chaos.stage.world.counts();
    let again = chaos.stage.full_cycle().await;
    let after = chaos.stage.world.counts();
    assert_eq!(
        (after.github.writes, after.notion.writes),
        (before.github.writes, before.notion.writes),
        "seed {seed}: a full scan in step: {again:?}"
    );
}

/// Everything that is not as it has to be.
fn faults_of(chaos: &Chaos, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    if !report.problems.is_empty() || !report.failed.is_empty() {
        wrong.push(format!("still failing: {report:?}"));
    }
    let held: BTreeSet<&str> = report.held.iter().map(|held| held.item.as_str()).collect();
    let issues = chaos.issues();
    let mut by_url: BTreeMap<String, Vec<PageId>> = BTreeMap::new();
    for (page, title, url, in_trash) in chaos.pages() {
        match url {
            _ if in_trash || held.contains(page.to_string().as_str()) => {}
            Some(url) => by_url.entry(url).or_default().push(page),
            None if title.trim().is_empty() => {}
            None => wrong.push(format!("page {page} ({title}) has no issue")),
        }
    }
    for issue in &issues {
        let pages = by_url.remove(&issue.url).unwrap_or_default();
        let item = format!("acme/app#{}", issue.number);
        match &pages[..] {
            [page] => compare(chaos, issue, *page, &item, report, &mut wrong),
            [] if had_a_trashed_page(chaos, issue) => {}
            _ => wrong.push(format!("{item} has {} pages: {pages:?}", pages.len())),
        }
    }
    for (url, pages) in by_url {
        let number = url.rsplit('/').next().and_then(|number| number.parse().ok());
        if !number.is_some_and(|number| chaos.deleted.contains(&number)) {
            wrong.push(format!("{pages:?} name {url}, which is nowhere"));
        }
    }
    let mut markers = BTreeSet::new();
    for issue in &issues {
        let marker = issue.body.as_deref().and_then(|body| body.split("<!-- tandem:").nth(1));
        if let Some(marker) = marker
            && !markers.insert(marker.to_owned())
        {
            wrong.push(format!("#{} is a second issue of one page", issue.number));
        }
    }
    let nowhere = chaos.nowhere().into_iter();
    wrong.extend(nowhere.map(|title| format!("{title} was typed and is nowhere")));
    wrong
}

fn had_a_trashed_page(chaos: &Chaos, issue: &IssueView) -> bool {
    let pages = chaos.pages();
    let mut named = pages.iter().filter(|page| page.2.as_deref() == Some(&issue.url));
    named.any(|page| chaos.trashed.contains(&page.0))
}

/// An issue and its page, side by side, by rules of our own.
fn compare(
    chaos: &Chaos,
    issue: &IssueView,
    page: PageId,
    item: &str,
    report: &Report,
    wrong: &mut Vec<String>,
) {
    let is_held = |field: &str| {
        let mut held = report.held.iter().filter(|held| held.item == item);
        held.any(|held| held.field.is_none_or(|held| held.as_str() == field))
    };
    let fold = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().map(|name| name.replace(',', "‚").to_lowercase()).collect()
    };
    let state = match (issue.is_closed, issue.state_reason.as_deref()) {
        (false, _) => "open",
        (true, Some("not_planned")) => "not_planned",
        (true, Some("duplicate")) => "duplicate",
        (true, _) => "completed",
    };
    let ann = chaos.stage.ann;
    let of_page = |page: PageView<'_>| {
        let status = match page.option("Status").as_deref() {
            None | Some("To do" | "In progress" | "In review") => "open",
            Some("Blocked") => "in no list",
            Some("Won't do") => "not_planned",
            Some("Duplicate") => "duplicate",
            Some(_) => "completed",
        };
        let closed = page.date("Closed").is_some();
        [
            ("title", page.title()),
            ("state", status.to_owned()),
            ("labels", format!("{:?}", fold(&page.options("Labels")))),
            ("assignees", page.people("Assignees").contains(&ann).to_string()),
            ("milestone", format!("{:?}", page.option("Milestone"))),
            ("type", format!("{:?}", page.option("Type"))),
            ("number", format!("{:?}", page.number("Number"))),
            ("author", page.text("Author")),
            ("closed", closed.to_string()),
            ("repository", format!("{:?}", page.option("Repository"))),
        ]
    };
    #[allow(clippy::cast_precision_loss, reason = "numbers of issues are small")]
    let number = Some(issue.number as f64);
    let expected = [
        ("title", issue.title.clone()),
        ("state", state.to_owned()),
        ("labels", format!("{:?}", fold(&issue.labels))),
        ("assignees", issue.assignees.contains("octocat").to_string()),
        ("milestone", format!("{:?}", issue.milestone.as_ref().map(|m| m.replace(',', "‚")))),
        ("type", format!("{:?}", issue.issue_type)),
        ("number", format!("{number:?}")),
        ("author", issue.author.clone().unwrap_or_else(|| "ghost".to_owned())),
        ("closed", issue.closed_at.is_some().to_string()),
        ("repository", format!("{:?}", Some("acme/app"))),
    ];
    if chaos.has_bodies && !is_held("body") {
        let mut github = paragraphs(issue.body.as_deref().unwrap_or_default());
        github.retain(|paragraph| !is_marker(paragraph));
        let notion: Vec<String> = chaos.blocks(page).into_iter().map(|(_, said)| said).collect();
        if github != notion {
            wrong.push(format!("{item} body: GitHub {github:?}, Notion {notion:?}"));
        }
    }
    let shown = chaos.stage.page_shows(page, of_page);
    for ((field, github), (_, notion)) in expected.into_iter().zip(shown) {
        if github != notion && !is_held(field) {
            wrong.push(format!("{item} {field}: GitHub {github}, Notion {notion}"));
        }
    }
}
