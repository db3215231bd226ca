//! What people type into a body in the very moment in which tandem reads or writes it.

use std::time::Duration;

use http::Method;
use tandem::sim::{Fault, Planned};

use super::*;

#[tokio::test(start_paused = true)]
async fn an_edit_between_reading_and_writing_is_seen_and_merged() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "First", "At first");
    // The answer to the write comes late: Ann types before Notion has looked at it.
    let late = Fault::Slow(Duration::from_secs(2));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::GET, "/markdown"));
    let typing = async {
        stage.wait(1).await;
        in_notion(&stage, page, "Third", "Finally");
    };
    tokio::join!(stage.cycle(), typing);
    stage.wait(120).await;
    stage.good_cycle().await;
    stage.converge(1).await;
    let both = BODY.replace("First", "At first").replace("Third", "Finally");
    assert_eq!(source(&stage, number), both);
    assert_eq!(says(&stage, page)[2], "Finally, the last.");
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_beside_our_own_write_reaches_github_though_that_cycle_came_no_further() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "Second, more", "Second, and quite a few more");
    // Ann types between our reading of the page and our writing to it, and then GitHub is out.
    let late = Fault::Slow(Duration::from_secs(2));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::GET, "/markdown"));
    let outage = Planned::once(Side::GitHub, Fault::ServerError(502)).times(50);
    let path = format!("/issues/{number}");
    stage.world.inject(outage.on(Method::GET, &path));
    let typing = async {
        stage.wait(1).await;
        stage.on_notion(|notion, ann, now| {
            notion.append_content(page, "Fourth, what Ann typed.", ann, now)
        });
    };
    let (report, ()) = tokio::join!(stage.cycle(), typing);
    assert_eq!(report.failed.len(), 1, "{report:#?}");
    stage.world.clear_faults();
    stage.wait(1_200).await;
    stage.good_cycle().await;
    assert!(source(&stage, number).ends_with("Fourth, what Ann typed."), "it is not passed over");
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_around_our_own_write_to_a_page_never_read_is_not_taken_for_notions_spelling()
{
    // The answer to the new title names us as who edited the page last: Ann types before it comes, or before it is sent.
    for (method, path, secs) in [(Method::PATCH, "/pages/", 8), (Method::GET, "/markdown", 2)] {
        let stage = stage();
        let number = issue(&stage, "The one", BODY);
        stage.good_cycle().await;
        stage.wait(600).await;
        let page = stage.page_of(number);
        // Beside the words that Ann types over.
        on_github(&stage, number, "Third, the", "Added.\r\n\r\nThird, the");
        stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another"));
        let late = Fault::Slow(Duration::from_secs(secs));
        stage.world.inject(Planned::once(Side::Notion, late).on(method, path));
        let typing = async {
            stage.wait(secs / 2).await;
            in_notion(&stage, page, "Third", "Finally");
        };
        tokio::join!(stage.cycle(), typing);
        stage.wait(120).await;
        stage.good_cycle().await;
        stage.converge(1).await;
        let both = BODY.replace("Third", "Added.\r\n\r\nFinally");
        assert_eq!(source(&stage, number), both, "{path}");
        assert_eq!(says(&stage, page)[2..], ["Added.", "Finally, the last."], "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_typed_where_our_own_paragraph_joins_it_reaches_github() {
    let stage = stage();
    let (number, page) = paired(&stage, "- [ ] To do").await;
    on_github(&stage, number, "- [ ]", "Added.\r\n\r\n- [ ]");
    let late = Fault::Slow(Duration::from_secs(2));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::GET, "/markdown"));
    let typing = async {
        stage.wait(1).await;
        stage.on_notion(|notion, ann, now| notion.insert_content(page, 0, "- An item", ann, now));
    };
    tokio::join!(stage.cycle(), typing);
    for _ in 0..2 {
        stage.wait(120).await;
        stage.good_cycle().await;
    }
    let body = source(&stage, number);
    for words in ["An item", "Added.", "To do"] {
        assert!(body.contains(words), "{words}: {body:?}");
        assert!(says(&stage, page).iter().any(|said| said.contains(words)), "{words}");
    }
    stage.assert_in_step();
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_over_a_page_after_its_first_reading_is_typed_although_that_cycle_came_no_further()
 {
    let stage = stage();
    let number = issue(&stage, "The one", "It began so.");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    on_github(&stage, number, "It began", "Listen.\r\n\r\nIt began");
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another title"));
    stage.wait(120).await;
    // The new title arrives after Ann has typed, and makes us the page's last editor.
    let late = Fault::CommitLater(Duration::from_secs(5));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::PATCH, "/pages/"));
    let typing = async {
        stage.wait(2).await;
        in_notion(&stage, page, "It began so.", "Nobody knows how it began.");
    };
    tokio::join!(stage.cycle(), typing);
    stage.comes_to_rest("typed over").await;
    let now = ["Listen.", "Nobody knows how it began."];
    assert_eq!(source(&stage, number), now.join("\r\n\r\n"));
    assert_eq!(says(&stage, page), now);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_over_a_page_found_again_is_typed_although_our_write_to_it_arrives_late() {
    let mut stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Ours"));
    stage.lose_database();
    // The page is read and agreed on, and then our own write hides who types this, and when.
    let late = Fault::CommitLater(Duration::from_secs(55));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::PATCH, "/v1/pages/"));
    let typing = async {
        stage.wait(30).await;
        in_notion(&stage, page, "more of them", "fewer");
    };
    tokio::join!(stage.cycle(), typing);
    stage.wait(600).await;
    stage.cycle().await;
    on_github(&stage, number, "the words", "a few words");
    stage.wait(600).await;
    stage.good_cycle().await;
    let both = ["First, a few words.", "Second, fewer.", "Third, the last."];
    assert_eq!(says(&stage, page), both);
    assert_eq!(source(&stage, number), both.join("\r\n\r\n"));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_while_our_own_write_to_the_page_waits_or_loses_its_answer_reaches_github() {
    let limited =
        Fault::Limited { retry_after_secs: Some(300), kind: tandem::sim::LimitKind::Primary429 };
    for fault in [limited, Fault::CommitLater(Duration::from_secs(55))] {
        let stage = stage();
        let (number, page) = paired(&stage, BODY).await;
        stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Ours"));
        let planned = Planned::once(Side::Notion, fault).on(Method::PATCH, "/v1/pages/");
        stage.world.inject(planned);
        // Our own write comes after this, and hides who typed it, and when.
        let typing = async {
            stage.wait(30).await;
            in_notion(&stage, page, "more of them", "fewer");
        };
        tokio::join!(stage.cycle(), typing);
        stage.wait(600).await;
        stage.good_cycle().await;
        assert!(source(&stage, number).contains("Second, fewer."), "{fault:?}");
        assert_eq!(stage.page_shows(page, |page| page.title()), "Ours");
        stage.converge(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_write_meets_what_somebody_types_again_and_again_is_not_held() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "Second", "Secondly");
    // Faster than tandem reads and writes: what it would replace is another by then.
    let typing = async {
        let mut last = "of them".to_owned();
        for nth in 0..40 {
            let next = format!("of them {nth}");
            in_notion(&stage, page, &last, &next);
            last = next;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    };
    let (report, ()) = tokio::join!(stage.cycle(), typing);
    assert_eq!(report.held, []);
    stage.comes_to_rest("typed and typed").await;
    assert_eq!(says(&stage, page)[1], "Secondly, more of them 39.");
    assert!(source(&stage, number).contains("Secondly, more of them 39."));
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_over_a_new_page_in_the_second_of_our_own_write_is_typed() {
    let stage = stage();
    let number = issue(&stage, "The one", "It began so.");
    stage.good_cycle().await;
    stage.wait(600).await;
    let page = stage.page_of(number);
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Another title"));
    // The new title arrives after Ann has typed, and makes us the page's last editor, before its first reading.
    let late = Fault::CommitLater(Duration::from_secs(5));
    stage.world.inject(Planned::once(Side::Notion, late).on(Method::PATCH, "/pages/"));
    let typing = async {
        stage.wait(2).await;
        in_notion(&stage, page, "It began so.", "Nobody knows.");
    };
    tokio::join!(stage.cycle(), typing);
    on_github(&stage, number, "It began", "Listen.\r\n\r\nIt began");
    stage.comes_to_rest("typed over").await;
    let now = ["Listen.", "Nobody knows."];
    assert_eq!(source(&stage, number), now.join("\r\n\r\n"));
    assert_eq!(says(&stage, page), now);
}

/// Until it is dropped, Ann and octocat write a paragraph each anew every second, and every answer takes longer than that.
async fn both_type(stage: &Stage, number: u64, page: PageId) {
    for side in Side::BOTH {
        let slow = Planned::once(side, Fault::Slow(Duration::from_secs(6)));
        stage.world.inject(slow.times(10_000));
    }
    for nth in 0.. {
        stage.on_notion(|notion, ann, now| {
            let second = notion.blocks(page)[1].id;
            notion.set_words(page, second, &format!("Ann's, number {nth}."), ann, now)
        });
        let body = source(stage, number);
        let third = body.rsplit("\r\n\r\n").next().unwrap();
        on_github(stage, number, third, &format!("Octocat's, number {nth}."));
        stage.wait(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_bodies_that_come_to_rest_in_none_of_three_cycles_are_held_until_they_do() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    let mut reports = Vec::new();
    let cycles = async {
        for _ in 0..3 {
            stage.wait(300).await;
            reports.push(stage.cycle().await);
        }
    };
    tokio::select! {
        () = cycles => {}
        () = both_type(&stage, number, page) => {}
    }
    let [first, second, third] = &reports[..] else { panic!("{reports:#?}") };
    for report in [first, second] {
        assert_eq!(report.held, []);
        assert!(
            report.failed[0].reason.starts_with("both bodies were changed again"),
            "{report:#?}"
        );
    }
    assert!(third.held[0].reason.starts_with("the two bodies do not come to rest"), "{third:#?}");
    stage.world.clear_faults();
    stage.comes_to_rest("typed and typed").await;
    assert_eq!(source(&stage, number).split("\r\n\r\n").collect::<Vec<_>>(), says(&stage, page));
}
