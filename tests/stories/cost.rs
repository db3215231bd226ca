//! What a cycle costs (DESIGN §6), counted in the world: requests on both sides, and commits of the database.

use std::time::Duration;

use tandem::engine::{Mode, Report, Scope};
use tandem::model::Side;
use tandem::sim::github::{NewIssue, NewRepo, Options, Permission};
use tandem::sim::notion::{Options as NotionOptions, Plain};
use tandem::sim::{Counts, Setup};

use crate::stage::{Stage, since};

/// Requests and commits of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    github: Counts,
    notion: Counts,
    commits: u64,
}

impl Cost {
    fn writes(&self) -> (u64, u64) {
        (self.github.writes, self.notion.writes)
    }

    fn reads(&self) -> (u64, u64) {
        (self.github.reads, self.notion.reads)
    }
}

async fn cost_of(stage: &Stage, scope: Scope) -> (Cost, Report) {
    let (before, commits) = (stage.world.counts(), stage.store.commits());
    let report = stage.run(scope, Mode::Execute).await;
    assert_eq!(report.problems, []);
    assert_eq!((&report.held[..], &report.failed[..]), (&[][..], &[][..]));
    let counts = since(before, stage.world.counts());
    let commits = stage.store.commits() - commits;
    (Cost { github: counts.github, notion: counts.notion, commits }, report)
}

async fn cycle(stage: &Stage) -> Cost {
    cost_of(stage, Scope::Changes).await.0
}

/// Both services without limits, and tandem with a budget to match: for stories about counts, not about pace.
fn unlimited(config: impl FnOnce(&mut String)) -> Stage {
    let many = 1_000_000;
    let setup = Setup {
        github: Options::raised(),
        notion: NotionOptions { requests_per_window: many, ..NotionOptions::default() },
        ..Setup::default()
    };
    Stage::with(setup, |text| {
        *text = text.replace("[notion]\n", "[notion]\nrequests_per_minute = 600\n");
        config(text);
    })
}

fn assert_idle(cost: Cost, repositories: u64) {
    let Cost { github, notion, commits } = cost;
    assert_eq!(cost.writes(), (0, 0), "{cost:?}");
    assert_eq!((github.reads, github.not_modified), (repositories, repositories), "{cost:?}");
    assert_eq!((notion.reads, notion.not_modified), (1, 0), "{cost:?}");
    assert!(commits <= 3, "{cost:?}");
}

/// A pair in step, its import long ago, and a quiet cycle behind it.
async fn one_pair() -> (Stage, u64) {
    let stage = Stage::new();
    for n in 0..5 {
        stage.issue(&format!("Another {n}"));
    }
    let number = stage.seed(NewIssue {
        title: "The one".to_owned(),
        labels: vec!["a".to_owned(), "b".to_owned()],
        assignees: vec!["octocat".to_owned()],
        milestone: Some("1.0".to_owned()),
        issue_type: Some("Bug".to_owned()),
        ..NewIssue::default()
    });
    stage.good_cycle().await;
    for _ in 0..3 {
        stage.wait(3_600).await;
        stage.good_cycle().await;
    }
    assert_idle(cycle(&stage).await, 1);
    (stage, number)
}

#[tokio::test(start_paused = true)]
async fn an_idle_cycle_is_one_free_request_per_repository_and_one_query_however_many_pairs_there_are()
 {
    let mut stage = unlimited(|text| {
        let three = "[\"acme/app\", \"acme/lib\", \"acme/web\"]";
        *text = text.replace("[\"acme/app\"]", three);
    });
    for name in ["acme/lib", "acme/web"] {
        stage.world.github(|github, now| {
            let repo = github.add_repo(name, &NewRepo::default(), now);
            github.set_permission(repo, "tandem-bot", Permission::Push).unwrap();
            let new = |n: u64| NewIssue { title: format!("{name} {n}"), ..NewIssue::default() };
            for n in 0..200 {
                github.seed_issue(repo, &new(n), now).unwrap();
            }
        });
    }
    for n in 0..600 {
        stage.issue(&format!("Issue {n}"));
    }
    stage.wait(3_600).await;
    let import = cycle(&stage).await;
    assert_eq!(import.writes(), (0, 1_000));
    // Right after the import its own pages are listed once more, twice because those of the present minute move while
    // they are listed; nothing is written, and nothing is read one by one.
    let second = cycle(&stage).await;
    assert_eq!(second.writes(), (0, 0));
    assert_eq!(second.github.reads, 3);
    assert!(second.notion.reads <= 21, "{second:?}");
    // Notion's lists may lag five minutes, and so long a cursor looks back over what the import wrote.
    let mut cycles = 2;
    loop {
        stage.wait(120).await;
        cycles += 1;
        let cost = cycle(&stage).await;
        assert_eq!(cost.writes(), (0, 0), "{cost:?}");
        assert_eq!((cost.github.reads, cost.github.not_modified), (3, 3), "{cost:?}");
        if cost.notion.reads == 1 {
            break;
        }
        assert!(cost.notion.reads <= 10 && cycles < 7, "cycle {cycles}: {cost:?}");
    }
    println!("cycle {cycles}, two minutes apart, is the first idle one");
    stage.wait(120).await;
    assert_idle(cycle(&stage).await, 3);
    stage.restart();
    stage.wait(120).await;
    assert_idle(cycle(&stage).await, 3);
}

#[tokio::test(start_paused = true)]
async fn an_edited_field_on_github_costs_one_write_in_notion() {
    let (stage, n) = one_pair().await;
    type Act = fn(&Stage, u64);
    let acts: [(&str, Act); 8] = [
        ("title", |stage, n| stage.on_github(|o, repo| o.set_title(repo, n, "Better"))),
        ("close", |stage, n| stage.on_github(|o, repo| o.close(repo, n, "completed"))),
        ("reopen", |stage, n| stage.on_github(|o, repo| o.reopen(repo, n))),
        ("label", |stage, n| stage.on_github(|o, repo| o.add_label(repo, n, "c"))),
        ("label off", |stage, n| stage.on_github(|o, repo| o.remove_label(repo, n, "a"))),
        ("assignee", |stage, n| stage.on_github(|o, repo| o.unassign(repo, n, "octocat"))),
        ("milestone", |stage, n| stage.on_github(|o, repo| o.set_milestone(repo, n, Some("2.0")))),
        ("type", |stage, n| stage.on_github(|o, repo| o.set_type(repo, n, Some("Feature")))),
    ];
    for (what, act) in acts {
        stage.wait(3_600).await;
        act(&stage, n);
        let cost = cycle(&stage).await;
        assert_eq!(cost.writes(), (0, 1), "{what}: {cost:?}");
        // One more than idle at most, over both sides.
        assert!(cost.github.reads + cost.notion.reads <= 3, "{what}: {cost:?}");
        assert!(cost.commits <= 5, "{what}: {cost:?}");
        stage.wait(1_200).await;
        let after = cycle(&stage).await;
        assert_eq!(after.writes(), (0, 0), "{what}");
        assert!(after.github.reads + after.notion.reads <= 2, "{what}: {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_edited_field_in_notion_costs_one_write_on_github_and_its_time_of_change_one_in_notion()
{
    let (stage, n) = one_pair().await;
    let page = stage.page_of(n);
    let text = |text: &str| Plain::Text(text.to_owned());
    let option = |name: &str| Plain::Option(name.to_owned());
    let options = |names: &[&str]| Plain::Options(names.iter().map(ToString::to_string).collect());
    // What Notion is told back: the closing time, which only GitHub knows.
    let acts = [
        ("Name", text("Better"), 1, 0),
        ("Status", option("In progress"), 0, 0),
        ("Status", option("Done"), 1, 1),
        ("Status", option("To do"), 1, 1),
        ("Labels", options(&["a", "b", "c"]), 1, 0),
        ("Labels", options(&["a"]), 2, 0),
        ("Labels", options(&["d"]), 2, 0),
        ("Assignees", Plain::People(Vec::new()), 1, 0),
        ("Assignees", Plain::People(vec![stage.ann]), 1, 0),
        ("Milestone", option("1.0"), 0, 0),
        ("Milestone", Plain::Empty, 1, 0),
        ("Type", option("Feature"), 1, 0),
    ];
    for (field, value, on_github, in_notion) in acts {
        stage.wait(3_600).await;
        stage.on_notion(|notion, ann, now| notion.set(page, field, &value, ann, now));
        let cost = cycle(&stage).await;
        assert_eq!(cost.writes(), (on_github, in_notion), "{field} {value:?}: {cost:?}");
        // Idle, and each side that is written over read before; a new name is first looked up among those there are.
        let names = u64::from(matches!(field, "Labels" | "Milestone" | "Type"));
        let most = 2 + on_github.min(1) + in_notion + names;
        assert!(cost.github.reads + cost.notion.reads <= most, "{field} {value:?}: {cost:?}");
        let most = if in_notion == 0 { 5 } else { 7 };
        assert!(cost.commits <= most, "{field} {value:?}: {cost:?}");
        stage.wait(1_200).await;
        let after = cycle(&stage).await;
        assert_eq!(after.writes(), (0, 0), "{field} {value:?}: {after:?}");
        assert!(after.github.reads + after.notion.reads <= 2, "{field} {value:?}: {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_costs_one_request_more_than_an_edit() {
    let (stage, n) = one_pair().await;
    let page = stage.page_of(n);
    stage.on_github(|octocat, repo| octocat.close(repo, n, "completed"));
    stage.wait(120).await;
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Status", "Won't do", ann, now));
    let cost = cycle(&stage).await;
    // Idle, the timeline, and the issue right before it is written over; the labels' names are known.
    assert_eq!(cost.github.reads, 3, "{cost:?}");
    assert!(stage.shows(n, |issue| issue.state_reason.as_deref() == Some("not_planned")));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn five_fields_edited_at_once_cost_one_write() {
    let (stage, n) = one_pair().await;
    stage.on_github(|octocat, repo| {
        octocat.set_title(repo, n, "Better")?;
        octocat.add_label(repo, n, "c")?;
        octocat.set_milestone(repo, n, Some("2.0"))?;
        octocat.set_type(repo, n, Some("Feature"))?;
        octocat.close(repo, n, "not_planned")
    });
    let cost = cycle(&stage).await;
    assert_eq!(cost.writes(), (0, 1), "{cost:?}");
    stage.wait(3_600).await;
    cycle(&stage).await;
    let page = stage.page_of(n);
    stage.on_notion(|notion, ann, now| {
        notion.set_title(page, "Best", ann, now)?;
        notion.set_option(page, "Status", "To do", ann, now)?;
        notion.set(page, "Milestone", &Plain::Option("1.0".to_owned()), ann, now)?;
        notion.set(page, "Type", &Plain::Option("Bug".to_owned()), ann, now)
    });
    let cost = cycle(&stage).await;
    assert_eq!(cost.github.writes, 1, "all scalar fields in one PATCH: {cost:?}");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_import_of_many_issues_takes_the_time_the_budget_asks_for_and_provokes_no_limit() {
    const N: u64 = 1_000;
    let stage = Stage::new();
    for n in 0..N {
        stage.issue(&format!("Issue {n}"));
    }
    let began = tokio::time::Instant::now();
    let cost = cycle(&stage).await;
    let took = began.elapsed();
    assert_eq!(stage.count_pages(), 1_000);
    assert_eq!(cost.writes(), (0, N));
    assert!(cost.github.reads <= N / 100 + 2, "{cost:?}");
    assert!(cost.notion.reads <= 5, "the schema, the people, an empty table: {cost:?}");
    assert_eq!((cost.github.limited, cost.notion.limited), (0, 0));
    assert!(cost.commits <= N + N / 25 + 12, "{cost:?}");
    let least = Duration::from_secs_f64(N as f64 / 180.0 * 60.0);
    assert!(took <= least.mul_f64(1.05), "{took:?} instead of {least:?}");
    println!("import of {N}: {took:?} of at least {least:?}; {cost:?}");

    stage.wait(3_600).await;
    cycle(&stage).await;
    let (full, report) = cost_of(&stage, Scope::Everything).await;
    assert!(report.full);
    assert_eq!(full.writes(), (0, 0));
    assert!(full.reads().0 <= N / 100 + 1 && full.reads().1 <= N / 100 + 1, "{full:?}");
    assert!(full.commits <= 4, "{full:?}");
}

#[tokio::test(start_paused = true)]
async fn an_import_of_pages_leaves_a_second_between_writes_and_provokes_no_secondary_limit() {
    const N: u64 = 60;
    let stage = Stage::new();
    for n in 0..N {
        stage.page(&[("Name", Plain::Text(format!("Page {n}")))]);
    }
    stage.wait(300).await;
    let cost = cycle(&stage).await;
    assert_eq!(stage.count_issues(), 60);
    assert_eq!(
        cost.writes(),
        (N, N),
        "one create, and one write that brings the number and the url"
    );
    assert_eq!((cost.github.limited, cost.notion.limited), (0, 0));
    assert!(cost.github.reads <= 10, "{cost:?}");
    // Each page is read again before it is written: it was listed a minute ago.
    assert!(cost.notion.reads <= N + 10, "{cost:?}");
    let seen = stage.world.seen();
    let times: Vec<_> = seen
        .iter()
        .filter(|seen| seen.side == Side::GitHub && seen.mutating)
        .map(|seen| seen.at)
        .collect();
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= chrono::TimeDelta::seconds(1), "{pair:?}");
    }
    stage.wait(1_200).await;
    stage.converge(1).await;
}
