//! What people do, and how it shows through the API.

use serde_json::json;

use super::super::{Plain, Type};
use super::Bench;

#[test]
fn an_edit_by_a_person_shows_who_and_when() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    bench.later(300);
    let (ann, now) = (bench.ann, bench.now);
    bench.state.set_options(page, "Labels", &["red", "typed just now"], ann, now).unwrap();
    bench.state.set_option(page, "Status", "Done", ann, now).unwrap();
    let read = bench.read(page);
    assert_eq!(read["last_edited_by"]["id"], json!(ann.to_string()));
    assert_eq!(read["last_edited_time"], "2026-01-05T09:05:00.000Z");
    assert_eq!(read["properties"]["Status"]["status"]["name"], "Done");
    assert_eq!(bench.state.page(page).unwrap().writes(), 1);
    assert_eq!(bench.state.page_writes(), 1);
}

#[test]
fn what_a_person_cannot_do_is_an_error_and_changes_nothing() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let before = bench.read(page)["properties"].clone();
    let (ann, now) = (bench.ann, bench.now);
    let said = bench.state.set_option(page, "Status", "Nope", ann, now).unwrap_err();
    assert_eq!(said.to_string(), "this Notion has no status option Nope");
    bench.state.set_options(page, "Labels", &["with, comma"], ann, now).unwrap_err();
    bench.state.set(page, "Number", &Plain::Checked(true), ann, now).unwrap_err();
    bench.state.set(page, "Nope", &Plain::Empty, ann, now).unwrap_err();
    assert_eq!(bench.read(page)["properties"], before);
}

#[test]
fn a_duplicate_has_everything_but_its_own_number_and_maker() {
    let mut bench = Bench::new();
    let page = bench.made(&json!({
        "Name": { "title": [{ "text": { "content": "x" } }] }, "GitHub": { "url": "https://example.com/1" },
    }));
    let (ann, now) = (bench.ann, bench.now);
    let copy = bench.state.duplicate_page(page, ann, now).unwrap();
    let view = bench.state.page(copy).unwrap();
    assert_eq!(
        (view.title(), view.url("GitHub")),
        ("x".to_owned(), Some("https://example.com/1".to_owned()))
    );
    assert_eq!((view.number("ID"), view.created_by(), view.writes()), (Some(2.0), ann, 0));
    assert_eq!(bench.state.pages(bench.tasks).len(), 2);
}

#[test]
fn a_page_deleted_forever_is_gone_and_a_trashed_one_is_not() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let (ann, now) = (bench.ann, bench.now);
    bench.state.trash_page(page, ann, now).unwrap();
    assert_eq!(bench.read(page)["in_trash"], true);
    bench.state.restore_page(page, ann, now).unwrap();
    assert_eq!(bench.read(page)["in_trash"], false);
    bench.state.delete_forever(page).unwrap();
    bench.get(&format!("/v1/pages/{page}")).refused(404, "object_not_found");
    assert!(bench.found(&json!({})).is_empty());
}

#[test]
fn a_touched_page_has_a_new_time_and_nothing_else() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let before = bench.read(page);
    bench.later(120);
    let (ann, now) = (bench.ann, bench.now);
    bench.state.touch_page(page, ann, now).unwrap();
    let after = bench.read(page);
    assert_eq!(after["icon"], before["icon"]);
    assert_ne!(after["last_edited_time"], before["last_edited_time"]);
}

#[test]
fn two_titles_that_mention_each_other_can_still_be_read() {
    let mut bench = Bench::new();
    let (one, two) = (bench.titled("one "), bench.titled("two "));
    for (page, other) in [(one, two), (two, one)] {
        let mention = json!([{ "text": { "content": "see " } }, { "mention": { "page": { "id": other.to_string() } } }]);
        bench.set(page, &json!({ "Name": { "title": mention } })).ok();
    }
    assert_eq!(bench.read(one)["properties"]["Name"]["title"][1]["plain_text"], "see ");
}

#[test]
fn a_type_nobody_knows_is_shown_and_read_only() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let (tasks, now) = (bench.tasks, bench.now);
    bench.state.add_property(tasks, "Odd", &Type::Other("hologram".to_owned()), now).unwrap();
    assert_eq!(bench.read(page)["properties"]["Odd"]["hologram"], json!({}));
    bench.set(page, &json!({ "Odd": { "hologram": {} } })).invalid();
}
