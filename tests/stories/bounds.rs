//! What one cycle looks at, at most (I14); the next goes on with the others.

use tandem::sim::github::Permission;
use tandem::sim::notion::PageId;

use crate::absence::trash;
use crate::stage::{Stage, paired, since};

/// The most pages out of the trash, and the most pairs out of sight, that one cycle looks at.
const MAX_BACK: u64 = 200;
const MAX_LOOKS: u64 = 50;

/// Restores the page and edits it, so that a list shows it.
fn restore(stage: &Stage, page: PageId) {
    stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Back", ann, now));
}

fn hide(stage: &Stage, count: u64, is_hidden: bool) {
    for number in 1..=count {
        stage.world.github(|github, _| github.set_hidden(stage.repo, number, is_hidden).unwrap());
    }
}

fn count_titled(stage: &Stage, count: u64, title: &str) -> u64 {
    (1..=count).filter(|number| stage.shows(*number, |issue| issue.title == title)).count() as u64
}

/// Reads of one cycle: GitHub's, and Notion's.
async fn reads(stage: &Stage) -> (u64, u64) {
    let before = stage.world.counts();
    stage.cycle().await;
    let counts = since(before, stage.world.counts());
    (counts.github.reads, counts.notion.reads)
}

/// A stage where whatever happens to every pair at once is what people want.
async fn unbraked(count: u64) -> Stage {
    let text = |text: &mut String| {
        *text = text.replace("[[sync]]", "[safety]\nbrake_floor = 1000\n[[sync]]");
    };
    paired(Stage::configured(text), count.try_into().unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn of_many_pages_out_of_the_trash_each_cycle_looks_at_some_and_all_are_pairs_in_the_end() {
    let count = MAX_BACK + 50;
    let stage = unbraked(count).await;
    let pages: Vec<PageId> = (1..=count).map(|number| stage.page_of(number)).collect();
    pages.iter().for_each(|page| trash(&stage, *page));
    assert_eq!(stage.full_cycle().await.counts.unlinked, count);
    stage.wait(1_800).await;
    pages.iter().for_each(|page| restore(&stage, *page));
    for (looks, back) in [(MAX_BACK, MAX_BACK), (count - MAX_BACK, count)] {
        let (_, notion) = reads(&stage).await;
        // Beside the looks, the list itself: 100 pages a request, and those of the next minute once more.
        assert!((looks..looks + 10).contains(&notion), "{notion} reads for {looks} pages");
        assert_eq!(count_titled(&stage, count, "Back"), back);
    }
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn of_many_pairs_out_of_sight_each_cycle_looks_for_some_and_all_arrive_in_the_end() {
    let count = MAX_LOOKS + 20;
    let stage = unbraked(count).await;
    hide(&stage, count, true);
    for number in 1..=count {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed", ann, now));
    }
    let report = stage.cycle().await;
    assert_eq!(report.held.len() as u64, count, "{report:#?}");
    stage.wait(400).await;
    stage.cycle().await;
    hide(&stage, count, false);
    // No list shows the pages any more, and the time at which their issues are looked for has come.
    stage.wait(1_200).await;
    for arrived in [MAX_LOOKS, count] {
        stage.cycle().await;
        assert_eq!(count_titled(&stage, count, "Typed"), arrived);
    }
    stage.assert_in_step();
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn pairs_out_of_sight_with_a_refused_value_are_no_more_than_the_others_in_one_cycle() {
    let count = MAX_LOOKS + 20;
    let stage = unbraked(count).await;
    let permit = |permission| {
        stage.world.github(|github, _| {
            github.set_permission(stage.repo, "octocat", permission).unwrap();
        });
    };
    permit(Permission::None);
    for number in 1..=count {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set_people(page, "Assignees", &[ann], ann, now));
    }
    let report = stage.cycle().await;
    assert_eq!(report.held.len() as u64, count, "{report:#?}");
    hide(&stage, count, true);
    stage.wait(400).await;
    for number in 1..=count {
        let page = stage.page_of(number);
        stage.on_notion(|notion, ann, now| notion.set_title(page, "Typed", ann, now));
    }
    let report = stage.cycle().await;
    assert_eq!(report.held.len() as u64, 2 * count, "{report:#?}");
    stage.wait(400).await;
    stage.cycle().await;
    hide(&stage, count, false);
    permit(Permission::Push);
    // The time of the refused values has come as well as that of the looks.
    stage.wait(1_200).await;
    for arrived in [MAX_LOOKS, count] {
        stage.cycle().await;
        assert_eq!(count_titled(&stage, count, "Typed"), arrived);
    }
    stage.comes_to_rest("shown again").await;
}
