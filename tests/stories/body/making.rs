//! New items with their bodies, and bodies that are switched on later.

use std::time::Duration;

use http::Method;
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, Planned};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_new_page_is_made_with_the_body_in_one_request_and_read_once() {
    let stage = stage();
    let number = issue(&stage, "The one", BODY);
    let cost = stage.cost().await;
    assert_eq!((cost.notion.writes, traffic(&stage)), (1, (0, 1)));
    let page = stage.page_of(number);
    assert_eq!(says(&stage, page).len(), 3);
    for _ in 0..3 {
        stage.wait(120).await;
        stage.good_cycle().await;
    }
    assert_eq!(traffic(&stage), (0, 1), "a creation alone costs no reading");
    stage.full_cycle().await;
    assert_eq!(traffic(&stage), (1, 1));
    stage.wait(600).await;
    stage.full_cycle().await;
    assert_eq!(traffic(&stage), (1, 1), "what was surely seen is not read again");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_becomes_an_issue_brings_its_content() {
    let stage = stage();
    let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.on_notion(|notion, ann, now| {
        notion.write_content(page, "One paragraph.\n\nAnother one.", ann, now)
    });
    stage.good_cycle().await;
    stage.wait(300).await;
    stage.good_cycle().await;
    let body = source(&stage, 1);
    let marker = format!("<!-- tandem:{page} -->");
    assert_eq!(body, format!("One paragraph.\n\nAnother one.\n\n{marker}"));
    assert_eq!(says(&stage, page), ["One paragraph.", "Another one."], "the marker is not shown");
    assert_eq!(traffic(&stage), (1, 0));
    stage.wait(300).await;
    stage.converge(1).await;

    in_notion(&stage, page, "Another", "A second");
    stage.good_cycle().await;
    assert_eq!(source(&stage, 1), format!("One paragraph.\n\nA second one.\n\n{marker}"));
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_edit_of_a_page_that_was_never_read_is_carried_over() {
    let stage = stage();
    let number = issue(&stage, "The one", BODY);
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    in_notion(&stage, page, "Second", "Next");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("Second", "Next"));
    stage.converge(0).await;

    let number = issue(&stage, "Another", BODY);
    stage.good_cycle().await;
    stage.wait(600).await;
    on_github(&stage, number, "Second", "Next");
    stage.good_cycle().await;
    assert_eq!(says(&stage, stage.page_of(number))[1], "Next, more of them.");
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_over_a_body_that_was_never_read_is_carried_although_the_list_still_names_us_as_its_editor()
 {
    for is_issue_edited_too in [false, true] {
        let mut setup = Setup::default();
        setup.notion.list_lag = Duration::from_secs(100);
        let stage = Stage::with(setup, with_bodies);
        let number = issue(&stage, "The one", BODY);
        stage.good_cycle().await;
        stage.wait(600).await;
        stage.good_cycle().await;
        let page = stage.page_of(number);
        in_notion(&stage, page, "Second", "Next");
        let mut both = BODY.replace("Second", "Next");
        if is_issue_edited_too {
            on_github(&stage, number, "First", "At first");
            both = both.replace("First", "At first");
        }
        assert_eq!(traffic(&stage).0, 0, "never read");
        let report = stage.full_cycle().await;
        assert_eq!(report.held, []);
        assert_eq!(source(&stage, number), both);
        assert_eq!(says(&stage, page)[1], "Next, more of them.");
        stage.wait(600).await;
        stage.good_cycle().await;
        assert_eq!(source(&stage, number), both);
        stage.assert_in_step();
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_switched_on_later_are_adopted_filled_in_or_decided() {
    let mut stage = Stage::new();
    let numbers: Vec<u64> = ["same", "only on GitHub", "only in Notion", "different"]
        .into_iter()
        .map(|title| match title {
            "only in Notion" => stage.issue(title),
            _ => issue(&stage, title, "From GitHub."),
        })
        .collect();
    stage.good_cycle().await;
    stage.wait(600).await;
    let pages: Vec<PageId> = numbers.iter().map(|number| stage.page_of(*number)).collect();
    for (page, content) in [(0, "From GitHub."), (2, "From Notion."), (3, "From Notion.")] {
        let page = pages[page];
        stage.on_notion(|notion, ann, now| notion.write_content(page, content, ann, now));
    }
    stage.wait(600).await;
    stage.reconfigure(with_bodies);
    let report = stage.good_cycle().await;
    assert!(report.full);
    let shown = |at: usize| (source(&stage, numbers[at]), says(&stage, pages[at]).join("|"));
    let both = |text: &str| (text.to_owned(), text.to_owned());
    assert_eq!(shown(0), both("From GitHub."));
    assert_eq!(shown(1), both("From GitHub."));
    assert_eq!(shown(2), both("From Notion."));
    // Edited later there.
    assert_eq!(shown(3), both("From Notion."));
    assert_eq!(lost(&stage, Side::GitHub), ["From GitHub.", ""]);
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_database_finds_the_bodies_in_step() {
    let mut stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    stage.lose_database();
    stage.good_cycle().await;
    stage.converge(0).await;
    stage.wait(120).await;
    in_notion(&stage, page, "Second", "Next");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("Second", "Next"));
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_over_a_new_issue_before_it_is_closed_as_its_page_is_reaches_the_page() {
    let stage = stage();
    let done = ("Status", Plain::Option("Done".to_owned()));
    let page = stage.page(&[("Name", Plain::Text("From a page".to_owned())), done]);
    stage.on_notion(|notion, ann, now| notion.append_content(page, "It began so.", ann, now));
    stage.wait(300).await;
    // GitHub gets a second between two writes.
    let typing = async {
        while stage.count_issues() == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        on_github(&stage, 1, "It began so.", "Listen.\r\n\r\nIt began so.");
        assert!(!stage.shows(1, |issue| issue.is_closed), "typed too late");
    };
    let (report, ()) = tokio::join!(stage.cycle(), typing);
    assert_eq!(report.held, []);
    stage.wait(600).await;
    stage.good_cycle().await;
    assert_eq!(says(&stage, page), ["Listen.", "It began so."]);
    assert!(stage.shows(1, |issue| issue.is_closed));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_did_not_reach_its_new_page_is_tried_again() {
    for fault in [Fault::ServerError(503), Fault::CommitThenServerError(503)] {
        let stage = stage();
        let number = issue(&stage, "The one", BODY);
        // Notion refuses the page twice and takes it without its values; then it fails.
        let bad = Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::POST, "/v1/pages");
        stage.world.inject(bad.times(2));
        let down = Planned::once(Side::Notion, fault).on(Method::PATCH, "/markdown");
        stage.world.inject(down.times(9));
        stage.cycle().await;
        let page = stage.page_of(number);
        stage.world.clear_faults();
        stage.comes_to_rest("it failed once").await;
        assert_eq!(says(&stage, page), BODY.split("\r\n\r\n").collect::<Vec<_>>(), "{fault:?}");
        assert_eq!(source(&stage, number), BODY, "{fault:?}");
    }
}
