//! Bodies that cannot be carried, are not taken, or are cut off on their way.

use http::Method;
use tandem::model::Field;
use tandem::sim::notion::{Options, Plain};
use tandem::sim::{Fault, Planned};

use super::*;

fn held(report: &tandem::engine::Report) -> Vec<(Option<Field>, String)> {
    report.held.iter().map(|held| (held.field, held.reason.clone())).collect()
}

/// Cycles during which nothing is written and no content is read.
async fn rests(stage: &Stage) {
    for secs in [120, 600, 90_000] {
        stage.wait(secs).await;
        let before = traffic(stage);
        let counts = stage.world.counts();
        let report = stage.cycle().await;
        assert_eq!(held(&report).len(), 1, "{report:#?}");
        let cost = crate::stage::since(counts, stage.world.counts());
        assert_eq!((cost.github.writes, cost.notion.writes), (0, 0));
        assert_eq!(traffic(stage), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_too_long_for_github_is_held_alone_and_tried_again_when_it_changes() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    let long = "Too long. ".repeat(7_000);
    stage.on_notion(|notion, ann, now| notion.append_content(page, &long, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Still in step", ann, now));
    stage.wait(120).await;
    let report = stage.cycle().await;
    let [(field, reason)] = &held(&report)[..] else { panic!("{report:#?}") };
    assert_eq!(*field, Some(Field::Body));
    assert!(reason.contains("characters"), "{reason}");
    assert_eq!(source(&stage, number), BODY);
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Still in step");
    stage.wait(600).await;
    stage.cycle().await;
    rests(&stage).await;

    let added = stage.world.notion(|notion, _| notion.blocks(page).last().unwrap().id);
    stage.on_notion(|notion, ann, now| notion.set_words(page, added, "Short.", ann, now));
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), format!("{BODY}\r\n\r\nShort."));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_held_stays_held_while_its_issue_is_out_of_sight() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    let long = "Too long. ".repeat(7_000);
    stage.on_notion(|notion, ann, now| notion.append_content(page, &long, ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(page, "Refused once", ann, now));
    let refusal = Planned::once(Side::GitHub, Fault::Refuse(422)).on(Method::PATCH, "/issues/");
    stage.world.inject(refusal);
    stage.wait(120).await;
    stage.cycle().await;
    // Its time to be tried again comes, and the page was edited no more.
    stage.world.github(|github, _| github.set_hidden(stage.repo, number, true).unwrap());
    stage.wait(900).await;
    let report = stage.cycle().await;
    assert!(held(&report).iter().any(|(field, _)| field.is_none()), "{report:#?}");
    stage.world.github(|github, _| github.set_hidden(stage.repo, number, false).unwrap());
    stage.wait(1_200).await;
    let report = stage.cycle().await;
    assert_eq!(stage.shows(number, |issue| issue.title.clone()), "Refused once");
    let [(Some(Field::Body), reason)] = &held(&report)[..] else { panic!("{report:#?}") };
    assert!(reason.contains("characters"), "{reason}");
    rests(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_held_is_held_again_once_its_page_is_back_from_the_trash() {
    for trash_bumps_page in [true, false] {
        let options = Options { trash_bumps_page, ..Options::default() };
        let stage = Stage::with(Setup { notion: options, ..Setup::default() }, with_bodies);
        let (number, page) = paired(&stage, BODY).await;
        let long = "Too long. ".repeat(7_000);
        stage.on_notion(|notion, ann, now| notion.append_content(page, &long, ann, now));
        for _ in 0..2 {
            stage.wait(600).await;
            assert_eq!(held(&stage.cycle().await).len(), 1);
        }
        stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
        let report = stage.full_cycle().await;
        assert_eq!((report.counts.unlinked, report.held), (1, vec![]));
        stage.wait(600).await;
        stage.on_notion(|notion, ann, now| notion.restore_page(page, ann, now));
        // What the page says was known by its hold, and nothing else tells that it is not what both agreed on.
        let report = stage.full_cycle().await;
        let [(Some(Field::Body), reason)] = &held(&report)[..] else { panic!("{report:#?}") };
        assert!(reason.contains("characters"), "{reason}");
        assert_eq!(source(&stage, number), BODY);
        stage.wait(600).await;
        stage.cycle().await;
        rests(&stage).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_too_long_for_github_becomes_an_issue_all_the_same() {
    let stage = stage();
    let page = stage.page(&[("Name", Plain::Text("Long".to_owned()))]);
    let long = "Too long. ".repeat(7_000);
    stage.on_notion(|notion, ann, now| notion.write_content(page, &long, ann, now));
    stage.wait(300).await;
    let report = stage.cycle().await;
    assert_eq!(report.counts.created.github, 1);
    assert_eq!(held(&report).len(), 1, "{report:#?}");
    assert_eq!(source(&stage, 1), format!("<!-- tandem:{page} -->"));
    stage.wait(600).await;
    stage.cycle().await;
    rests(&stage).await;
    stage.on_notion(|notion, ann, now| notion.write_content(page, "Short.", ann, now));
    stage.good_cycle().await;
    assert_eq!(source(&stage, 1), format!("Short.\n\n<!-- tandem:{page} -->"));
}

#[tokio::test(start_paused = true)]
async fn a_body_too_large_for_notion_does_not_keep_the_page_out() {
    let options = Options { page_text_bytes: 20_000, ..Options::default() };
    let stage = Stage::with(Setup { notion: options, ..Setup::default() }, with_bodies);
    let number = issue(&stage, "Large", &"Too large. ".repeat(3_000));
    let report = stage.cycle().await;
    assert_eq!(report.counts.created.notion, 1);
    assert_eq!(held(&report).len(), 1, "{report:#?}");
    let page = stage.page_of(number);
    assert_eq!(says(&stage, page), [""; 0]);
    stage.wait(600).await;
    stage.cycle().await;
    rests(&stage).await;
    stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some("Small.")));
    stage.good_cycle().await;
    assert_eq!(says(&stage, page), ["Small."]);

    // Nor does an edit that is too large change anything.
    stage.wait(600).await;
    let large = "Too large. ".repeat(3_000);
    stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some(&large)));
    let report = stage.cycle().await;
    assert_eq!(held(&report).len(), 1, "{report:#?}");
    assert_eq!(says(&stage, page), ["Small."]);
    stage.wait(600).await;
    stage.cycle().await;
    rests(&stage).await;
    stage.on_github(|octocat, repo| octocat.set_body(repo, number, Some("Small again.")));
    stage.good_cycle().await;
    assert_eq!(says(&stage, page), ["Small again."]);
}

/// A world whose Notion loses these words without telling.
fn losing(words: &str) -> Stage {
    let options = Options { loses: words.to_owned(), ..Options::default() };
    Stage::with(Setup { notion: options, ..Setup::default() }, with_bodies)
}

#[tokio::test(start_paused = true)]
async fn a_write_that_notion_shows_otherwise_is_held_with_the_difference_and_not_sent_again() {
    let stage = losing("few ");
    let (number, page) = paired(&stage, BODY).await;
    on_github(&stage, number, "more of them", "a few of them");
    let report = stage.cycle().await;
    let [(field, reason)] = &held(&report)[..] else { panic!("{report:#?}") };
    assert_eq!(*field, Some(Field::Body));
    assert!(reason.contains("few"), "the difference is shown: {reason}");
    assert_eq!(says(&stage, page)[1], "Second, a of them.");
    rests(&stage).await;
    assert_eq!(source(&stage, number), BODY.replace("more of them", "a few of them"));

    // An edit elsewhere arrives, and does not bring what was lost with it.
    in_notion(&stage, page, "Third", "Finally");
    stage.cycle().await;
    let now = BODY.replace("more of them", "a few of them").replace("Third", "Finally");
    assert_eq!(source(&stage, number), now);
    stage.wait(120).await;
    on_github(&stage, number, "a few", "some");
    stage.good_cycle().await;
    assert_eq!(says(&stage, page)[1], "Second, some of them.");
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_made_otherwise_than_it_was_sent_is_found_out_when_it_is_first_read() {
    let stage = losing("more ");
    let number = issue(&stage, "The one", BODY);
    stage.good_cycle().await;
    stage.wait(600).await;
    let report = stage.full_cycle().await;
    let [(field, reason)] = &held(&report)[..] else { panic!("{report:#?}") };
    assert_eq!(*field, Some(Field::Body));
    assert!(reason.contains("more"), "{reason}");
    rests(&stage).await;
    let page = stage.page_of(number);
    in_notion(&stage, page, "Third", "Finally");
    stage.cycle().await;
    assert_eq!(source(&stage, number), BODY.replace("Third", "Finally"), "nothing was lost here");
}

#[tokio::test(start_paused = true)]
async fn a_page_made_otherwise_than_it_was_sent_takes_an_edit_made_before_its_first_reading() {
    let stage = losing("more ");
    let number = issue(&stage, "The one", BODY);
    stage.good_cycle().await;
    stage.wait(600).await;
    on_github(&stage, number, "Third", "Finally");
    stage.good_cycle().await;
    let page = stage.page_of(number);
    assert_eq!(says(&stage, page), ["First, the words.", "Second, of them.", "Finally, the last."]);
    assert_eq!(source(&stage, number), BODY.replace("Third", "Finally"), "nothing was lost here");
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_request_of_edited_bodies_loses_none_of_them() {
    for side in Side::BOTH {
        for fault in [Fault::Hang, Fault::CommitThenHang] {
            for nth in 0.. {
                let mut stage = stage();
                let (number, page) = paired(&stage, BODY).await;
                on_github(&stage, number, "First", "At first");
                in_notion(&stage, page, "Third", "Finally");
                let new = stage.page(&[("Name", Plain::Text("New".to_owned()))]);
                stage.on_notion(|notion, ann, now| {
                    notion.write_content(new, "Its words.", ann, now)
                });
                let other = issue(&stage, "Another", "Other words.");
                stage.wait(300).await;
                if !crate::recovery::dies_at(&mut stage, side, nth, fault).await {
                    assert!(nth > 3, "{side}: {nth} requests only");
                    break;
                }
                let what = format!("{side} {fault:?} at {nth}");
                stage.comes_to_rest(&what).await;
                let both = BODY.replace("First", "At first").replace("Third", "Finally");
                assert_eq!(source(&stage, number), both, "{what}");
                let now = ["At first, the words.", "Second, more of them.", "Finally, the last."];
                assert_eq!(says(&stage, page), now, "{what}");
                assert_eq!(says(&stage, stage.page_of(other)), ["Other words."], "{what}");
                assert_eq!((stage.count_issues(), stage.count_pages()), (3, 3), "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_paragraph_deleted_after_a_write_whose_answer_was_lost_does_not_come_back() {
    for (side, path) in [(Side::GitHub, "/issues/"), (Side::Notion, "/markdown")] {
        for fault in [Fault::CommitThenHang, Fault::Hang] {
            let mut stage = stage();
            let (number, page) = paired(&stage, BODY).await;
            match side {
                Side::GitHub => stage.on_notion(|notion, ann, now| {
                    notion.append_content(page, "Fourth, too much.", ann, now)
                }),
                Side::Notion => {
                    on_github(&stage, number, "last.", "last.\r\n\r\nFourth, too much.")
                }
            }
            stage.wait(120).await;
            let write = Planned::once(side, fault).on(Method::PATCH, path);
            assert!(crate::recovery::dies_of(&mut stage, write).await);
            stage.wait(120).await;
            match side {
                Side::GitHub => stage.on_notion(|notion, ann, now| {
                    let added = notion.block_saying(page, "Fourth, too much.").unwrap();
                    notion.delete_block(page, added, ann, now)
                }),
                Side::Notion => on_github(&stage, number, "\r\n\r\nFourth, too much.", ""),
            }
            let what = format!("{side} {fault:?}");
            stage.comes_to_rest(&what).await;
            assert_eq!(source(&stage, number), BODY, "{what}");
            assert_eq!(says(&stage, page).len(), 3, "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_paragraph_moved_after_a_write_whose_answer_was_lost_does_not_come_twice() {
    for (side, path) in [(Side::GitHub, "/issues/"), (Side::Notion, "/markdown")] {
        let mut stage = stage();
        let (number, page) = paired(&stage, BODY).await;
        let new = "Between, what is new.";
        match side {
            Side::GitHub => {
                stage.on_notion(|notion, ann, now| notion.insert_content(page, 1, new, ann, now));
            }
            Side::Notion => on_github(&stage, number, "Second,", &format!("{new}\r\n\r\nSecond,")),
        }
        stage.wait(120).await;
        let write = Planned::once(side, Fault::CommitThenHang).on(Method::PATCH, path);
        assert!(crate::recovery::dies_of(&mut stage, write).await);
        stage.wait(120).await;
        match side {
            Side::GitHub => {
                on_github(&stage, number, &format!("{new}\r\n\r\n"), "");
                on_github(&stage, number, "the last.", &format!("the last.\r\n\r\n{new}"));
            }
            Side::Notion => stage.on_notion(|notion, ann, now| {
                let added = notion.block_saying(page, new).unwrap();
                notion.move_block(page, added, 3, ann, now)
            }),
        }
        stage.comes_to_rest(side.as_str()).await;
        let said = says(&stage, page);
        assert_eq!(said.iter().filter(|said| *said == new).count(), 1, "{side}: {said:?}");
        assert_eq!(source(&stage, number).matches(new).count(), 1, "{side}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_does_beside_half_a_merge_whose_answer_was_lost_tells_no_paragraph_twice() {
    const THEIRS: &str = "Between, what Ann typed.";
    const OURS: &str = "Between, what octocat typed.";
    let moved: fn(&Stage, u64) = |stage, number| {
        on_github(stage, number, &format!("{THEIRS}\r\n\r\n"), "");
        on_github(stage, number, "the last.", &format!("the last.\r\n\r\n{THEIRS}"));
    };
    let typed_over: fn(&Stage, u64) = |stage, number| on_github(stage, number, "Second,", "Next,");
    for edit in [moved, typed_over] {
        let mut stage = stage();
        let (number, page) = paired(&stage, BODY).await;
        stage.on_notion(|notion, ann, now| notion.insert_content(page, 1, THEIRS, ann, now));
        on_github(&stage, number, "Third,", &format!("{OURS}\r\n\r\nThird,"));
        stage.wait(120).await;
        let write =
            Planned::once(Side::GitHub, Fault::CommitThenHang).on(Method::PATCH, "/issues/");
        assert!(crate::recovery::dies_of(&mut stage, write).await);
        stage.wait(120).await;
        edit(&stage, number);
        stage.comes_to_rest("beside half a merge").await;
        let (said, source) = (says(&stage, page), source(&stage, number));
        for words in [THEIRS, OURS] {
            assert_eq!(said.iter().filter(|said| *said == words).count(), 1, "{said:?}");
            assert_eq!(source.matches(words).count(), 1, "{source:?}");
        }
        assert_eq!(said.len(), 5, "{said:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_does_alike_elsewhere_does_not_pass_for_a_write_of_ours_that_never_arrived() {
    const LISTS: &str =
        "# Linux\r\n\r\n- [ ] It is built.\r\n\r\n# Windows\r\n\r\n- [ ] It is built.";
    let mut stage = stage();
    let (number, page) = paired(&stage, LISTS).await;
    let tick = |stage: &Stage, nth: usize| {
        stage.on_notion(|notion, ann, now| {
            let block = notion.blocks(page)[nth].id;
            notion.tick(page, block, true, ann, now)
        });
    };
    tick(&stage, 1);
    stage.wait(120).await;
    let write = Planned::once(Side::GitHub, Fault::Hang).on(Method::PATCH, "/issues/");
    assert!(crate::recovery::dies_of(&mut stage, write).await);
    on_github(&stage, number, "# Windows\r\n\r\n- [ ]", "# Windows\r\n\r\n- [x]");
    stage.comes_to_rest("ticked in both lists").await;
    assert_eq!(source(&stage, number), LISTS.replace("[ ]", "[x]"));
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_before_a_page_was_trashed_is_carried_when_an_edit_of_the_issue_restores_it()
{
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    stage.on_notion(|notion, ann, now| {
        notion.append_content(page, "Typed before it went.", ann, now)
    });
    stage.wait(60).await;
    stage.on_notion(|notion, ann, now| notion.trash_page(page, ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, number, "Still needed"));
    stage.wait(300).await;
    stage.full_cycle().await;
    stage.wait(120).await;
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), format!("{BODY}\r\n\r\nTyped before it went."));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn what_tandem_may_not_see_of_a_page_stays_and_the_rest_goes_on() {
    let stage = stage();
    let (number, page) = paired(&stage, BODY).await;
    let sub =
        stage.on_notion(|notion, ann, now| notion.add_sub_page(page, "Secret plans", ann, now));
    stage.world.notion(|notion, _| notion.hide_sub_page(sub, crate::stage::TOKEN, true).unwrap());
    stage.wait(120).await;
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), BODY, "nothing of it reaches GitHub");

    on_github(&stage, number, "Second", "Secondly");
    stage.wait(120).await;
    stage.good_cycle().await;
    let second =
        stage.world.notion(|notion, _| notion.block_saying(page, "First, the words.").unwrap());
    stage.on_notion(|notion, ann, now| {
        notion.set_words(page, second, "First, a few words.", ann, now)
    });
    stage.wait(120).await;
    stage.good_cycle().await;
    let meant = BODY.replace("Second", "Secondly").replace("the words", "a few words");
    assert_eq!(source(&stage, number), meant);
    assert!(stage.world.notion(|notion, _| notion.has_sub_page(sub)));
    stage.converge(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_is_in_the_history_before_the_request_that_replaces_it() {
    for side in Side::BOTH {
        let mut stage = stage();
        let (number, page) = paired(&stage, BODY).await;
        let what = match side {
            Side::GitHub => {
                in_notion(&stage, page, "First", "At first");
                (Method::PATCH, "/issues/")
            }
            Side::Notion => {
                on_github(&stage, number, "First", "At first");
                (Method::PATCH, "/markdown")
            }
        };
        stage.wait(120).await;
        let fault = Planned::once(side, Fault::CommitThenHang).on(what.0, what.1);
        assert!(crate::recovery::dies_of(&mut stage, fault).await);
        let [lost] = &lost(&stage, side)[..] else { panic!("{side}") };
        assert!(lost.contains("First, the words."), "{side}: {lost:?}");
        stage.comes_to_rest("died").await;
        assert_eq!(source(&stage, number), BODY.replace("First", "At first"));
        assert_eq!(says(&stage, page)[0], "At first, the words.");
    }
}
