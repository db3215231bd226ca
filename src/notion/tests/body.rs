//! Bodies read and written, answer by answer.

use std::time::Duration;

use serde_json::json;

use super::script::{Line, Script, error, page, page_id, refuses, shown, shows, task};
use super::*;
use crate::clock;
use crate::notion::{BODY_EDITED_MEANWHILE, BodyWritten, PAGE_IN_TRASH};
use crate::remote::RemoteError;

const READ: &str =
    "GET /v1/pages/0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11/markdown?markdown_version=v2";
const WRITE: &str = "PATCH /v1/pages/0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11/markdown";
const PAGE: &str = "GET /v1/pages/0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11";
const FILE: &str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png";

const FROM: &str = "# Steps\n\nOpen the file.\n\nSave it.\n";
const TO: &str = "# Steps\n\nOpen the file.\n\nSave it twice.\n";

fn lines(script: &Script) -> Vec<String> {
    script.asked().into_iter().map(|asked| asked.line).collect()
}

fn done(written: &BodyWritten, shows: &str) {
    assert_eq!(written.refused, None);
    assert_eq!(written.content.markdown, shows);
}

fn is_edited_meanwhile(error: &RemoteError) -> bool {
    matches!(error, RemoteError::Refused { code, .. } if code == BODY_EDITED_MEANWHILE)
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_in_the_second_dialect_without_what_changes_at_each_read() {
    let id = "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a12";
    let mut answer = shown(&format!("One\r\ntwo\n\n![x]({FILE}?X-Amz-Signature=1)\n"));
    answer["truncated"] = true.into();
    answer["unknown_block_ids"] = json!([id, "not an id"]);
    answer["warnings"] = json!(["plain", {"message": "with words"}, {"code": 7}]);
    let (script, reader, _) = Script::of([Line::Says(200, answer)]);
    let Lookup::Found(content) = reader.body(page_id()).await.unwrap() else { panic!() };
    assert_eq!(content.markdown, format!("One\ntwo\n\n![x]({FILE})\n"));
    assert!(content.truncated);
    assert_eq!(content.unknown, [id.parse::<uuid::Uuid>().unwrap()]);
    assert_eq!(content.warnings, ["plain", "with words", "{\"code\":7}"]);
    assert_eq!(content.at.to_rfc3339(), "2026-11-21T10:00:00+00:00");
    assert_eq!(lines(&script), [READ]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_shown_proves_nothing() {
    let (_, reader, _) =
        Script::of([Line::Says(404, error(404, "object_not_found", "Could not find page"))]);
    let lookup = reader.body(page_id()).await.unwrap();
    assert!(matches!(lookup, Lookup::Hidden(why) if why.contains("Could not find")));
    let (_, reader, _) = Script::of([Line::Says(200, json!({"object": "page_markdown"}))]);
    let error = reader.body(page_id()).await.unwrap_err();
    assert!(matches!(error, RemoteError::Nonsense { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_one_request_that_touches_only_what_changed() {
    let (script, _, writer) = Script::of([shows(TO)]);
    done(&writer.write_body(page_id(), FROM, TO).await.unwrap(), TO);
    let [asked] = script.asked().try_into().unwrap();
    assert_eq!(asked.line, WRITE);
    let update = json!({"old_str": "Save it.", "new_str": "Save it twice."});
    let body = json!({"type": "update_content", "update_content": {"content_updates": [update]},
        "markdown_version": "v2"});
    assert_eq!(asked.body, body);
}

#[tokio::test(start_paused = true)]
async fn without_unambiguous_edits_the_whole_is_replaced_but_deletion_is_never_allowed() {
    let (script, _, writer) = Script::of([shows(""), shows(TO)]);
    done(&writer.write_body(page_id(), "", TO).await.unwrap(), TO);
    let [_, asked] = script.asked().try_into().unwrap();
    let body = json!({"type": "replace_content", "replace_content": {"new_str": TO},
        "markdown_version": "v2"});
    assert_eq!(asked.body, body);
}

#[tokio::test(start_paused = true)]
async fn first_words_on_an_empty_page_are_not_written_over() {
    let (script, _, writer) = Script::of([shows("Somebody was quicker.")]);
    let error = writer.write_body(page_id(), "", TO).await.unwrap_err();
    let code = |error| match error {
        RemoteError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(error), BODY_EDITED_MEANWHILE);
    assert_eq!(lines(&script), [READ]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_already_there_costs_a_read_and_no_write() {
    let (script, _, writer) = Script::of([shows(TO)]);
    done(&writer.write_body(page_id(), TO, TO).await.unwrap(), TO);
    assert_eq!(lines(&script), [READ]);
}

#[tokio::test(start_paused = true)]
async fn more_than_a_hundred_edits_go_in_several_requests_in_their_order() {
    let text = |word: &str| (0..250).map(|i| format!("{word} {i:03}.\n\n")).collect::<String>();
    let (from, to) = (text("before"), text("after"));
    let (script, _, writer) = Script::of([shows("on the way"), shows("on the way"), shows(&to)]);
    done(&writer.write_body(page_id(), &from, &to).await.unwrap(), &to);
    let sent: Vec<_> = script.asked();
    let updates = |body: &serde_json::Value| {
        body["update_content"]["content_updates"].as_array().unwrap().clone()
    };
    let counts: Vec<_> = sent.iter().map(|asked| updates(&asked.body).len()).collect();
    assert_eq!(counts, [100, 100, 50]);
    let text = sent.iter().flat_map(|asked| updates(&asked.body)).fold(from, |text, update| {
        text.replacen(update["old_str"].as_str().unwrap(), update["new_str"].as_str().unwrap(), 1)
    });
    assert_eq!(text, to);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_somebody_changed_meanwhile_is_to_be_read_again_and_nothing_is_replaced() {
    let (script, _, writer) = Script::of([
        refuses("No match for old_str."),
        page(false),
        shows("Somebody else's words.\n"),
    ]);
    let error = writer.write_body(page_id(), FROM, TO).await.unwrap_err();
    assert!(is_edited_meanwhile(&error), "{error:?}");
    assert_eq!(lines(&script), [WRITE, PAGE, READ]);
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_trash_takes_no_body() {
    let words = "Can't edit block that is archived.";
    let (_, _, writer) = Script::of([refuses(words), page(true)]);
    let error = writer.write_body(page_id(), FROM, TO).await.unwrap_err();
    assert!(matches!(&error, RemoteError::Refused { code, .. } if code == PAGE_IN_TRASH));
}

#[tokio::test(start_paused = true)]
async fn what_notion_will_not_take_is_refused_in_its_words_without_the_text_they_quote() {
    let secret = "the password is hunter2";
    let to = format!("{FROM}\n{secret}\n");
    let words = format!(
        "This would delete 1 child page; pass `allow_deleting_content`. Near: \"{secret}\""
    );
    let (script, _, writer) = Script::of([refuses(&words), page(false), shows(FROM)]);
    let written = writer.write_body(page_id(), FROM, &to).await.unwrap();
    assert_eq!(written.content.markdown, FROM);
    let reason = written.refused.unwrap();
    assert!(reason.contains("would delete 1 child page"), "{reason}");
    assert!(reason.contains("`allow_deleting_content`") && !reason.contains("hunter2"), "{reason}");
    assert_eq!(lines(&script), [WRITE, PAGE, READ]);
}

#[tokio::test(start_paused = true)]
async fn a_body_too_large_for_notion_says_so() {
    for answer in [
        Line::Says(413, error(413, "payload_too_large", "Payload too large")),
        Line::Says(400, error(400, "validation_error", "Page too large after this edit.")),
        Line::Says(403, error(403, "restricted_resource", "Reached its block limit.")),
    ] {
        let (_, _, writer) = Script::of([answer, page(false), shows(FROM)]);
        let written = writer.write_body(page_id(), FROM, TO).await.unwrap();
        let reason = written.refused.unwrap().to_lowercase();
        assert!(reason.contains("large") || reason.contains("limit"), "{reason}");
        assert!(reason.contains("on github"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_refused_the_second_time_because_the_first_was_carried_out_is_done() {
    let conflict = Line::Says(409, error(409, "conflict_error", "Conflict while saving."));
    let (script, _, writer) =
        Script::of([conflict, refuses("No match for old_str."), page(false), shows(TO)]);
    done(&writer.write_body(page_id(), FROM, TO).await.unwrap(), TO);
    assert_eq!(lines(&script), [WRITE, WRITE, PAGE, READ]);
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_looked_after() {
    let late = || Line::Says(504, error(504, "gateway_timeout", ""));
    for silence in [Line::Breaks, late(), Line::Says(200, json!({"object": "page_markdown"}))] {
        let (script, _, writer) = Script::of([silence, shows(TO)]);
        done(&writer.write_body(page_id(), FROM, TO).await.unwrap(), TO);
        assert_eq!(lines(&script), [WRITE, READ]);
    }
    // It may still be under way, so it did not fail either.
    let (_, _, writer) = Script::of([late(), shows(FROM)]);
    let error = writer.write_body(page_id(), FROM, TO).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unclear { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_otherwise_than_it_was_meant_is_refused_with_what_differs() {
    let (_, _, writer) = Script::of([shows("# Steps\n\nOpen the file.\n")]);
    let written = writer.write_body(page_id(), FROM, TO).await.unwrap();
    assert_eq!(written.content.markdown, "# Steps\n\nOpen the file.\n");
    assert!(written.refused.unwrap().contains("shows another"));
}

#[tokio::test(start_paused = true)]
async fn a_warning_is_a_doubt_that_a_read_settles() {
    let doubtful = |markdown: &str| {
        let mut answer = shown(markdown);
        answer["warnings"] =
            json!([{"message": "Unsupported tag near \"Save it twice.\" was kept"}]);
        Line::Says(200, answer)
    };
    let (script, _, writer) = Script::of([doubtful(TO), shows(TO)]);
    done(&writer.write_body(page_id(), FROM, TO).await.unwrap(), TO);
    assert_eq!(lines(&script), [WRITE, READ]);

    let (_, _, writer) = Script::of([doubtful(TO), shows("# Steps\n")]);
    let reason = writer.write_body(page_id(), FROM, TO).await.unwrap().refused.unwrap();
    assert!(reason.contains("Unsupported tag near \"…\""), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_a_task_that_is_waited_for_as_long_as_it_says() {
    let to = "word ".repeat(2_000);
    let queued = || task("queued", json!({"poll_after_seconds": 7}));
    let running = || task("running", json!({"poll_after_seconds": 5}));
    let (script, _, writer) = Script::of([
        shows(""),
        queued(),
        running(),
        task("succeeded", json!({"result": shown(&to)})),
    ]);
    let began = clock::monotonic();
    done(&writer.write_body(page_id(), "", &to).await.unwrap(), &to);
    assert_eq!(clock::monotonic() - began, Duration::from_secs(12));
    let asked = script.asked();
    assert_eq!(asked[0].line, READ);
    assert_eq!(asked[1].body["allow_async"], true);
    assert_eq!(asked[2].line, "GET /v1/async_tasks/task_7e86");
    assert_eq!(asked.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_is_refused_like_the_request_it_stands_for() {
    let to = "word ".repeat(2_000);
    let why = error(400, "validation_error", "Page too large after this edit.");
    let (_, _, writer) = Script::of([
        shows(""),
        task("queued", json!({})),
        task("failed", json!({"error": why})),
        page(false),
        shows(""),
    ]);
    let written = writer.write_body(page_id(), "", &to).await.unwrap();
    assert!(written.refused.unwrap().contains("Page too large"));
}

#[tokio::test(start_paused = true)]
async fn a_task_without_an_end_is_given_up_after_two_minutes_and_may_still_happen() {
    let to = "word ".repeat(2_000);
    let waiting = (0..4).map(|_| task("retrying", json!({"poll_after_seconds": 3_600})));
    let queued = task("queued", json!({"poll_after_seconds": 3_600}));
    let (_, _, writer) =
        Script::of([shows(""), queued].into_iter().chain(waiting).chain([shows("")]));
    let began = clock::monotonic();
    let error = writer.write_body(page_id(), "", &to).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unclear { .. }), "{error:?}");
    assert_eq!((clock::monotonic() - began).as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_end_is_out_of_sight_is_settled_by_what_the_page_shows() {
    let to = "word ".repeat(2_000);
    let late = error(504, "gateway_timeout", "");
    for end in [
        task("failed", json!({})),
        task("failed", json!({"error": late})),
        Line::Says(404, error(404, "object_not_found", "No such task")),
        Line::Says(200, json!({"object": "something else"})),
    ] {
        let (script, _, writer) =
            Script::of([shows(""), task("queued", json!({})), end, shows(&to)]);
        done(&writer.write_body(page_id(), "", &to).await.unwrap(), &to);
        assert_eq!(lines(&script)[3], READ);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_was_written_is_never_called_a_failure_without_effect() {
    let text = |word: &str| (0..101).map(|i| format!("{word} {i:03}.\n\n")).collect::<String>();
    let (from, to) = (text("before"), text("after"));
    let half = from.replacen("before", "after", 100);
    let (_, _, writer) =
        Script::of([shows(&half), refuses("No match."), page(false), shows(&half)]);
    let error = writer.write_body(page_id(), &from, &to).await.unwrap_err();
    assert!(is_edited_meanwhile(&error), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_notion_hosts_is_found_by_its_present_signature_and_never_written_anew() {
    let with = |file: &str, end: &str| format!("Start\n\n![x]({file})\n\n{end}\n");
    let signed = format!("{FILE}?X-Amz-Signature=9");
    // Words beside it change: nothing special.
    let (script, _, writer) = Script::of([shows(&with(&signed, "After"))]);
    let (from, to) = (with(FILE, "Before"), with(FILE, "After"));
    done(&writer.write_body(page_id(), &from, &to).await.unwrap(), &to);
    assert_eq!(lines(&script), [WRITE]);
    // It goes.
    let to = from.replace(&format!("![x]({FILE})"), "gone");
    let (script, _, writer) = Script::of([shows(&with(&signed, "Before")), shows(&to)]);
    done(&writer.write_body(page_id(), &from, &to).await.unwrap(), &to);
    let update = &script.asked()[1].body["update_content"]["content_updates"][0];
    assert_eq!(update["old_str"], format!("![x]({signed})"));
    // Its caption changes: everything but the address is written.
    let to = from.replace("![x]", "![y]");
    let shown_after = with(&signed, "Before").replace("![x]", "![y]");
    let (script, _, writer) = Script::of([shows(&shown_after)]);
    done(&writer.write_body(page_id(), &from, &to).await.unwrap(), &to);
    let update = &script.asked()[0].body["update_content"]["content_updates"][0];
    assert_eq!(update, &json!({"old_str": "![x](", "new_str": "![y]("}));
    // A second one would be written anew.
    let to = from.replace("Before", &format!("![z]({FILE})"));
    let (script, _, writer) = Script::of([shows(&with(&signed, "Before"))]);
    let written = writer.write_body(page_id(), &from, &to).await.unwrap();
    assert!(written.refused.unwrap().contains("a file that Notion hosts"));
    assert_eq!(lines(&script), [READ]);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_was_written_stays_in_doubt_when_the_page_cannot_be_looked_at() {
    let text = |word: &str| (0..101).map(|i| format!("{word} {i:03}.\n\n")).collect::<String>();
    let (from, to) = (text("before"), text("after"));
    let down = || Line::Says(500, error(500, "internal_server_error", ""));
    let lines = [shows("on the way"), refuses("No match.")];
    let (_, _, writer) = Script::of(lines.into_iter().chain((0..5).map(|_| down())));
    let error = writer.write_body(page_id(), &from, &to).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unclear { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_signed_address_that_came_from_github_is_no_mismatch() {
    let to = format!("![x]({FILE}?X-Amz-Signature=5)\n");
    let (_, _, writer) = Script::of([shows(""), shows(&to)]);
    let written = writer.write_body(page_id(), "", &to).await.unwrap();
    done(&written, &format!("![x]({FILE})\n"));
}

#[tokio::test(start_paused = true)]
async fn what_notion_does_not_show_is_never_removed_but_a_stack_trace_is_text() {
    let tag = "<unknown url=\"https://x\" alt=\"template\"/>";
    let turned = "<unknown alt=\"template\" url=\"https://x\"/>";
    for (tag, to) in [(tag, "Start\n\nEnd\n"), (turned, "Other words\n")] {
        let from = &format!("Start\n\n{tag}\n\nEnd\n");
        let (script, _, writer) = Script::of([shows(from)]);
        let written = writer.write_body(page_id(), from, to).await.unwrap();
        assert!(written.refused.unwrap().contains("does not show"));
        assert_eq!(lines(&script), [READ]);
    }
    let (from, to) = ("```\nat <unknown>\n```\n", "```\nat main\n```\n");
    let (_, _, writer) = Script::of([shows(to)]);
    done(&writer.write_body(page_id(), from, to).await.unwrap(), to);
}
