//! The marker: no part of the body, whatever people do with it.

use tandem::sim::notion::Plain;

use super::*;

/// An issue made from a page; its number, the page, and the marker's line.
async fn made_from_a_page(stage: &Stage) -> (u64, PageId, String) {
    let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
    stage.on_notion(|notion, ann, now| notion.write_content(page, "One.\n\nTwo.", ann, now));
    stage.wait(300).await;
    stage.good_cycle().await;
    stage.wait(600).await;
    stage.converge(2).await;
    (1, page, format!("<!-- tandem:{page} -->"))
}

fn set(stage: &Stage, number: u64, body: &str) {
    stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some(body)));
}

#[tokio::test(start_paused = true)]
async fn removed_or_moved_by_a_person_it_causes_no_write_and_comes_back_with_the_next_one() {
    for edit in ["One.\n\nTwo.", "MARKER\n\nOne.\n\nTwo."] {
        let stage = stage();
        let (number, page, marker) = made_from_a_page(&stage).await;
        let moved = edit.replace("MARKER", &marker);
        set(&stage, number, &moved);
        let before = traffic(&stage).1;
        stage.good_cycle().await;
        stage.converge(0).await;
        assert_eq!(traffic(&stage).1, before);
        assert_eq!(source(&stage, number), moved);
        assert_eq!(says(&stage, page), ["One.", "Two."]);
        stage.wait(120).await;
        in_notion(&stage, page, "Two", "Twice");
        stage.good_cycle().await;
        let body = source(&stage, number);
        assert!(body.ends_with(&format!("Twice.\n\n{marker}")), "{body:?}");
        assert_eq!(body.matches("tandem:").count(), 1, "{body:?}");
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_strange_one_takes_no_pair_over_and_is_not_shown() {
    let stage = stage();
    let (number, page, marker) = made_from_a_page(&stage).await;
    let (other, other_page) = paired(&stage, BODY).await;
    // Copied with the whole body into an issue that has a page of its own, and forged in this one.
    set(&stage, other, &format!("Copied.\n\n{marker}"));
    let forged = format!("<!-- tandem:{other_page} -->");
    set(&stage, number, &format!("One.\n\nTwo.\n\n{forged}"));
    stage.good_cycle().await;
    stage.converge(1).await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (2, 2));
    assert_eq!(says(&stage, other_page), ["Copied."]);
    assert_eq!(says(&stage, page), ["One.", "Two."]);
    // What tandem writes carries the right one again; in the issue that never had one the stranger stays.
    stage.wait(120).await;
    in_notion(&stage, page, "Two", "Twice");
    in_notion(&stage, other_page, "Copied", "Typed");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), format!("One.\n\nTwice.\n\n{marker}"));
    assert_eq!(source(&stage, other), format!("Typed.\n\n{marker}"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_a_person_opened_gets_none() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    in_notion(&stage, page, "Second", "Next");
    stage.good_cycle().await;
    assert!(!source(&stage, number).contains("tandem:"));
}
