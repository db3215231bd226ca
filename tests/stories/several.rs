//! Several repositories in one data source, several syncs in one config, one repository in two syncs.

use tandem::engine::{Mode, Report, Scope};
use tandem::sim::github::RepoId;
use tandem::sim::notion::{DataSourceId, PageId, Plain};

use crate::stage::{Stage, connect, parse, properties, second_repo, seed_in};

fn titles(stage: &Stage, repo: RepoId) -> Vec<String> {
    stage
        .world
        .github(|github, _| github.issues(repo).iter().map(|issue| issue.title.clone()).collect())
}

/// Title and url of every page, in no order.
fn rows(stage: &Stage, table: DataSourceId) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = stage.world.notion(|notion, _| {
        let pages = notion.pages(table);
        let here = pages.iter().filter(|page| !page.in_trash());
        here.map(|page| (page.title(), page.url("GitHub").unwrap_or_default())).collect()
    });
    rows.sort();
    rows
}

fn two_repositories() -> (Stage, RepoId) {
    let stage = Stage::configured(|text| {
        *text = text.replace("[\"acme/app\"]", "[\"acme/app\", \"acme/Web\"]");
    });
    let web = second_repo(&stage, "acme/Web");
    (stage, web)
}

#[tokio::test(start_paused = true)]
async fn two_repositories_share_a_data_source_and_issues_of_one_number_stay_apart() {
    let (stage, web) = two_repositories();
    stage.issue("App one");
    assert_eq!(seed_in(&stage, web, "Web one"), 1);
    stage.good_cycle().await;
    let of = |repo: &str| format!("https://github.com/{repo}/issues/1");
    let expected = [("App one".to_owned(), of("acme/app")), ("Web one".to_owned(), of("acme/Web"))];
    assert_eq!(rows(&stage, stage.table), expected);
    stage.wait(600).await;
    let page_of_web = stage.world.notion(|notion, _| {
        let pages = notion.pages(stage.table);
        let web = pages.iter().find(|page| page.title() == "Web one").unwrap();
        assert_eq!(web.option("Repository").as_deref(), Some("acme/Web"));
        web.id()
    });
    stage.on_notion(|notion, ann, now| notion.set_title(page_of_web, "Web edited", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 1, "App edited"));
    stage.good_cycle().await;
    assert_eq!(titles(&stage, stage.repo), ["App edited"]);
    assert_eq!(titles(&stage, web), ["Web edited"]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_page_goes_where_its_repository_says_and_waits_while_that_says_nothing_known() {
    let (stage, web) = two_repositories();
    stage.good_cycle().await;
    let page = |title: &str, repository: Option<&str>| {
        let mut properties = vec![("Name", Plain::Text(title.to_owned()))];
        if let Some(repository) = repository {
            properties.push(("Repository", Plain::Option(repository.to_owned())));
        }
        stage.page(&properties)
    };
    page("For web", Some("ACME/web"));
    page("For app", Some(" acme/app "));
    let nowhere = page("For nobody yet", None);
    let elsewhere = page("For somebody else", Some("acme/other"));
    stage.wait(300).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.counts.created.github, 2, "{report:#?}");
    assert_eq!(report.pending.len(), 2, "{report:#?}");
    let reasons: Vec<&str> = report.pending.iter().map(|row| row.reason.as_str()).collect();
    assert!(reasons.iter().all(|reason| reason.contains("acme/app, acme/Web")), "{reasons:?}");
    assert_eq!(titles(&stage, web), ["For web"]);
    assert_eq!(titles(&stage, stage.repo), ["For app"]);
    stage.converge(1).await;
    stage.wait(1200).await;
    stage.full_cycle().await;
    assert_eq!(titles(&stage, web).len() + titles(&stage, stage.repo).len(), 2);
    for page in [nowhere, elsewhere] {
        stage.on_notion(|notion, ann, now| {
            notion.set_option(page, "Repository", "acme/Web", ann, now)
        });
    }
    stage.wait(300).await;
    let report = stage.good_cycle().await;
    assert_eq!(report.pending, [], "{report:#?}");
    assert_eq!(titles(&stage, web).len(), 3);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn the_repository_of_a_pair_typed_over_in_notion_moves_nothing() {
    let (stage, web) = two_repositories();
    let number = stage.issue("Stays");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_option(page, "Repository", "acme/Web", ann, now));
    stage.good_cycle().await;
    assert_eq!(
        stage.page_shows(page, |page| page.option("Repository")).as_deref(),
        Some("acme/app")
    );
    assert!(titles(&stage, web).is_empty());
    stage.converge(1).await;
}

/// `acme/app` with the table of the stage, and a second sync of `repository` with a table of its own.
fn two_syncs(repository: &str) -> (Stage, DataSourceId) {
    two_syncs_with(repository, false)
}

fn two_syncs_with(repository: &str, is_duplicate: bool) -> (Stage, DataSourceId) {
    let mut stage = Stage::new();
    if repository != "acme/app" {
        second_repo(&stage, repository);
    }
    let second = stage.world.notion(|notion, now| {
        let table = if is_duplicate {
            notion.duplicate_data_source(stage.table, "Copy", stage.ann, now).unwrap()
        } else {
            notion.add_data_source("Others", &properties(), stage.ann, now).1
        };
        notion.share(table, crate::stage::TOKEN).unwrap();
        table
    });
    let one = crate::stage::CONFIG.replace("SOURCE", &stage.table.to_string());
    let start = one.find("[[sync]]").unwrap();
    let two = one[start..]
        .replace("name = \"app\"", "name = \"second\"")
        .replace("acme/app", repository)
        .replace(&stage.table.to_string(), &second.to_string());
    stage.config = parse(&format!("{one}\n{two}"));
    stage.services = connect(&stage.world, &stage.config, tandem::remote::Patience::endless());
    (stage, second)
}

async fn both(stage: &Stage) -> [Report; 2] {
    let mut reports = Vec::new();
    for index in 0..2 {
        let report = stage.run_sync(index, Scope::Changes, Mode::Execute).await;
        assert_eq!(report.problems, [], "{report:#?}");
        assert_eq!((&report.held[..], &report.failed[..]), (&[][..], &[][..]), "{report:#?}");
        reports.push(report);
    }
    reports.try_into().unwrap()
}

/// Both syncs have nothing left to write.
async fn at_rest(stage: &Stage) {
    let before = stage.world.counts();
    both(stage).await;
    let after = stage.world.counts();
    assert_eq!(before.github.writes, after.github.writes);
    assert_eq!(before.notion.writes, after.notion.writes);
}

#[tokio::test(start_paused = true)]
async fn two_syncs_of_one_config_keep_to_themselves() {
    let (stage, second) = two_syncs("acme/web");
    let web = stage.world.github(|github, _| github.repo_id("acme/web").unwrap());
    stage.issue("App");
    seed_in(&stage, web, "Web");
    both(&stage).await;
    assert_eq!(rows(&stage, stage.table).len(), 1);
    assert_eq!(rows(&stage, second)[0].0, "Web");
    stage.wait(600).await;
    let add = |table: DataSourceId, title: &str| {
        let name = [("Name", Plain::Text(title.to_owned()))];
        stage.world.notion(|notion, now| notion.add_page(table, &name, stage.ann, now).unwrap())
    };
    add(stage.table, "New in the first");
    add(second, "New in the second");
    stage.wait(300).await;
    both(&stage).await;
    assert_eq!(titles(&stage, stage.repo), ["App", "New in the first"]);
    assert_eq!(titles(&stage, web), ["Web", "New in the second"]);
    at_rest(&stage).await;
    // One of them in trouble is no matter for the other.
    stage.world.notion(|notion, _| notion.unshare(stage.table, crate::stage::TOKEN).unwrap());
    stage.world.github(|github, now| {
        github.by("octocat", now).set_title(web, 1, "Web, retitled").unwrap();
    });
    let first = stage.run_sync(0, Scope::Changes, Mode::Execute).await;
    assert!(!first.problems.is_empty());
    let report = stage.run_sync(1, Scope::Changes, Mode::Execute).await;
    assert_eq!(report.problems, []);
    assert!(rows(&stage, second).iter().any(|(title, _)| title == "Web, retitled"));
}

#[tokio::test(start_paused = true)]
async fn one_repository_in_two_syncs_carries_an_edit_from_either_table_to_the_other() {
    let (stage, second) = two_syncs("acme/app");
    let number = stage.issue("Shared");
    both(&stage).await;
    at_rest(&stage).await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_notion(|notion, ann, now| notion.set_title(page, "From the first table", ann, now));
    both(&stage).await;
    assert_eq!(rows(&stage, second)[0].0, "From the first table");
    both(&stage).await;
    at_rest(&stage).await;
    stage.wait(600).await;
    let other: PageId = stage.world.notion(|notion, _| notion.pages(second)[0].id());
    stage.on_notion(|notion, ann, now| notion.set_option(other, "Status", "Won't do", ann, now));
    both(&stage).await;
    both(&stage).await;
    let status = stage.page_shows(page, |page| page.option("Status"));
    assert_eq!(status.as_deref(), Some("Won't do"));
    assert_eq!(
        stage.shows(number, |issue| issue.state_reason.clone()).as_deref(),
        Some("not_planned")
    );
    at_rest(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_made_in_one_of_two_tables_becomes_one_issue_and_one_page_in_the_other() {
    for is_duplicate in [false, true] {
        born_in_the_second(two_syncs_with("acme/app", is_duplicate)).await;
    }
}

async fn born_in_the_second((mut stage, second): (Stage, DataSourceId)) {
    both(&stage).await;
    let name = [("Name", Plain::Text("Born in the second".to_owned()))];
    let born =
        stage.world.notion(|notion, now| notion.add_page(second, &name, stage.ann, now).unwrap());
    stage.wait(300).await;
    for _ in 0..3 {
        both(&stage).await;
        stage.wait(120).await;
    }
    assert_eq!(titles(&stage, stage.repo), ["Born in the second"]);
    let url = "https://github.com/acme/app/issues/1".to_owned();
    let row = vec![("Born in the second".to_owned(), url)];
    assert_eq!(rows(&stage, stage.table), row);
    assert_eq!(rows(&stage, second), row);
    at_rest(&stage).await;
    // The issue bears the mark of one table's page; with the database gone both tables find their own again.
    stage.lose_database();
    both(&stage).await;
    stage.wait(1200).await;
    both(&stage).await;
    assert_eq!(rows(&stage, stage.table), row);
    assert_eq!(rows(&stage, second), row);
    stage.wait(600).await;
    stage.on_notion(|notion, ann, now| notion.set_title(born, "Retitled", ann, now));
    both(&stage).await;
    both(&stage).await;
    assert_eq!(rows(&stage, stage.table)[0].0, "Retitled");
    assert_eq!(titles(&stage, stage.repo), ["Retitled"]);
    at_rest(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_moved_to_another_data_source_is_held_and_not_written_to_until_it_is_back() {
    let stage = Stage::new();
    let number = stage.issue("Wanders");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    let archive = stage.on_notion(|notion, ann, now| {
        let archive = notion.duplicate_data_source(stage.table, "Archive", ann, now)?;
        notion.share(archive, crate::stage::TOKEN)?;
        notion.move_page(page, archive, ann, now)?;
        notion.set_title(page, "Typed in the archive", ann, now)?;
        Ok::<_, tandem::sim::notion::Unknown>(archive)
    });
    stage.full_cycle().await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Retitled"));
    let report = stage.cycle().await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert!(report.held[0].reason.contains(&archive.to_string()), "{report:#?}");
    assert_eq!(stage.page_shows(page, |page| page.title()), "Typed in the archive");
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Retitled");
    assert_eq!((stage.count_pages(), stage.count_issues()), (0, 1), "no second page either");
    stage.converge(1).await;
    stage.wait(600).await;
    stage.on_notion(|notion, ann, now| notion.move_page(page, stage.table, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Back", ann, now));
    stage.good_cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Back");
    assert_eq!(stage.page_of(number), page);
    stage.converge(1).await;
}
