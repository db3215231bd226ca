//! Stories about the content of pages, through the markdown endpoints and by people's hands.

use serde_json::{Value as Json, json};

use super::super::{BlockId, Capabilities, Options, PageId, Rendering};
use super::{Answer, Bench, TOKEN};

const SAMPLE: &str = "\
# Title

First paragraph with **bold** words.

- one
\t- two
- three

- [ ] to do

```js
let x = 1;
```

Last paragraph.";

impl Bench {
    fn with_rendering(rendering: Rendering) -> Bench {
        Bench::with(Options { rendering, ..Options::raised() })
    }

    fn create_with(&mut self, properties: &Json, markdown: &str) -> Answer {
        let parent = json!({ "data_source_id": self.tasks.to_string() });
        let body = json!({
            "parent": parent, "properties": properties, "markdown": markdown, "markdown_version": "v2",
        });
        self.call("POST", "/v1/pages", Some(&body))
    }

    /// A page called "x" with this content.
    pub(super) fn holding(&mut self, markdown: &str) -> PageId {
        let title = json!({ "Name": { "title": [{ "text": { "content": "x" } }] } });
        let page = self.create_with(&title, markdown).ok();
        page["id"].as_str().unwrap().parse().unwrap()
    }

    fn read_markdown(&mut self, id: impl std::fmt::Display) -> Answer {
        self.get(&format!("/v1/pages/{id}/markdown?markdown_version=v2"))
    }

    fn markdown(&mut self, page: PageId) -> String {
        self.read_markdown(page).ok()["markdown"].as_str().unwrap().to_owned()
    }

    fn write(&mut self, page: PageId, body: &Json) -> Answer {
        let mut body = body.clone();
        body["markdown_version"] = json!("v2");
        self.call("PATCH", &format!("/v1/pages/{page}/markdown"), Some(&body))
    }

    pub(super) fn replace(&mut self, page: PageId, text: &str) -> Answer {
        self.write(
            page,
            &json!({ "type": "replace_content", "replace_content": { "new_str": text } }),
        )
    }

    fn update(&mut self, page: PageId, updates: &[(&str, &str)]) -> Answer {
        let updates: Vec<Json> =
            updates.iter().map(|(old, new)| json!({ "old_str": old, "new_str": new })).collect();
        self.write(
            page,
            &json!({ "type": "update_content", "update_content": { "content_updates": updates } }),
        )
    }

    fn ids(&self, page: PageId) -> Vec<BlockId> {
        self.state.block_ids(page)
    }

    fn block(&self, page: PageId, words: &str) -> BlockId {
        self.state.block_saying(page, words).unwrap_or_else(|| panic!("no block says {words}"))
    }
}

#[test]
fn a_page_is_made_with_its_content_and_the_answer_does_not_show_it() {
    let mut bench = Bench::new();
    let title = json!({ "Name": { "title": [{ "text": { "content": "x" } }] } });
    let made = bench.create_with(&title, "Hello **there**").ok();
    assert_eq!((&made["object"], made.get("markdown")), (&json!("page"), None));
    let page: PageId = made["id"].as_str().unwrap().parse().unwrap();
    let read = bench.read_markdown(page).ok();
    assert_eq!(read["object"], "page_markdown");
    assert_eq!(read["id"], page.to_string());
    assert_eq!(read["markdown"], "Hello **there**");
    assert_eq!((&read["truncated"], &read["unknown_block_ids"]), (&json!(false), &json!([])));
    assert_eq!(bench.state.outline(page), "paragraph \"Hello \" bold \"there\"\n");
    assert_eq!((bench.state.body_writes(), bench.state.body_reads()), (1, 1));
    assert_eq!(bench.state.page_writes(), 1);
}

#[test]
fn the_first_top_heading_is_the_title_of_a_page_made_without_one() {
    let mut bench = Bench::new();
    let page = bench.create_with(&json!({}), "# The title\n\nText").ok();
    let page: PageId = page["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(bench.state.page(page).unwrap().title(), "The title");
    assert_eq!(bench.markdown(page), "Text");
    let page = bench.holding("# No title\n\nText");
    assert_eq!(bench.state.page(page).unwrap().title(), "x");
    assert_eq!(bench.markdown(page), "# No title\n\nText");
}

#[test]
fn a_text_comes_back_in_notions_own_form() {
    let mut bench = Bench::new();
    let page = bench.holding(
        "Setext\n======\n\n* one\n* two\n\n7. seven\n8. eight\n\n~~~ts\ncode\n~~~\n\n*a* __b__\n\n<div>x</div>",
    );
    assert_eq!(
        bench.markdown(page),
        "# Setext\n\n- one\n- two\n\n1. seven\n2. eight\n\n```typescript\ncode\n```\n\n*a* **b**\n\n\\<div>x\\</div>"
    );
}

#[test]
fn only_the_newer_dialect_is_spoken_and_only_with_a_text() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    bench.get(&format!("/v1/pages/{page}/markdown")).invalid();
    bench.get(&format!("/v1/pages/{page}/markdown?markdown_version=v1")).invalid();
    bench.get(&format!("/v1/pages/{page}/markdown?markdown_version=v3")).invalid();
    let path = format!("/v1/pages/{page}/markdown");
    let body = json!({ "type": "replace_content", "replace_content": { "new_str": "x" } });
    bench.call("PATCH", &path, Some(&body)).invalid();
    let parent = json!({ "data_source_id": bench.tasks.to_string() });
    for wrong in [
        json!({ "parent": parent, "properties": {}, "markdown_version": "v2" }),
        json!({ "parent": parent, "properties": {}, "allow_async": true }),
        json!({ "parent": parent, "properties": {}, "markdown": "x" }),
        json!({ "parent": parent, "properties": {}, "markdown": "x", "markdown_version": "v2", "children": [] }),
    ] {
        bench.call("POST", "/v1/pages", Some(&wrong)).invalid();
    }
    assert_eq!(bench.markdown(page), "text");
}

#[test]
fn an_update_changes_only_the_blocks_it_names() {
    let mut bench = Bench::new();
    let page = bench.holding(SAMPLE);
    let before = bench.ids(page);
    let two = bench.block(page, "two");
    bench.state.comment_on(page, two, "why?").unwrap();
    let answer = bench.update(page, &[("Last", "Final"), ("- one", "- uno")]).ok();
    assert_eq!(answer["markdown"].as_str().unwrap(), bench.markdown(page));
    assert!(answer.get("warnings").is_none());
    let after = bench.ids(page);
    assert_eq!(bench.block(page, "two"), two, "an unchanged child of a changed block keeps its id");
    assert_eq!(bench.state.comments_on(page), [(two, "why?")]);
    let changed: Vec<usize> =
        (0..before.len()).filter(|at| before.get(*at) != after.get(*at)).collect();
    assert_eq!((before.len(), changed), (after.len(), vec![2, 7]), "{}", bench.state.outline(page));
    assert_eq!(bench.state.page_writes(), 2);
}

#[test]
fn a_changed_block_keeps_its_id_where_notion_does_it_so() {
    let rendering = Rendering { changed_keeps_id: true, ..Rendering::default() };
    let mut bench = Bench::with_rendering(rendering);
    let page = bench.holding(SAMPLE);
    let before = bench.ids(page);
    bench.update(page, &[("Last", "Final")]).ok();
    assert_eq!(bench.ids(page), before);
}

#[test]
fn a_moved_block_keeps_its_id() {
    let mut bench = Bench::new();
    let page = bench.holding("one\n\ntwo\n\nthree");
    let [one, two, three] = ["one", "two", "three"].map(|words| bench.block(page, words));
    bench.replace(page, "three\n\none\n\ntwo").ok();
    assert_eq!(bench.ids(page), [three, one, two]);
}

#[test]
fn an_update_that_is_not_clear_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    let page = bench.holding("one two one");
    assert!(bench.update(page, &[("", "x")]).invalid().contains("old_str"));
    assert!(bench.update(page, &[("three", "x")]).invalid().contains("three"));
    assert!(bench.update(page, &[("one", "x")]).invalid().contains("2 places"));
    bench.update(page, &[("two", "2"), ("three", "x")]).invalid();
    assert_eq!(bench.markdown(page), "one two one");
    let many: Vec<(&str, &str)> = vec![("two", "two"); 101];
    bench.update(page, &many).invalid();
    let all = json!({ "type": "update_content", "update_content": {
        "content_updates": [{ "old_str": "one", "new_str": "1", "replace_all_matches": true }],
    } });
    bench.write(page, &all).ok();
    assert_eq!(bench.markdown(page), "1 two 1");
}

#[test]
fn where_updates_are_not_atomic_the_first_ones_stay() {
    let mut bench = Bench::with(Options { updates_atomic: false, ..Options::raised() });
    let page = bench.holding("one two");
    bench.update(page, &[("two", "2"), ("three", "x")]).invalid();
    assert_eq!(bench.markdown(page), "one 2");
}

#[test]
fn the_older_commands_still_work() {
    let mut bench = Bench::new();
    let page = bench.holding("one\n\ntwo");
    let at = |place: Json| json!({ "type": "insert_content", "insert_content": place });
    bench.write(page, &at(json!({ "content": "end", "position": { "type": "end" } }))).ok();
    bench.write(page, &at(json!({ "content": "start", "position": { "type": "start" } }))).ok();
    bench.write(page, &at(json!({ "content": "between", "after": "o...e" }))).ok();
    assert_eq!(bench.markdown(page), "start\n\none\n\nbetween\n\ntwo\n\nend");
    let both = json!({ "content": "x", "after": "o...e", "position": { "type": "end" } });
    bench.write(page, &at(both)).invalid();
    let range = json!({ "content": "x", "content_range": "between...two" });
    bench
        .write(page, &json!({ "type": "replace_content_range", "replace_content_range": range }))
        .ok();
    assert_eq!(bench.markdown(page), "start\n\none\n\nx\n\nend");
    let unnamed = json!({ "type": "insert_content", "replace_content": { "new_str": "x" } });
    bench.write(page, &unnamed).invalid();
}

#[test]
fn a_page_below_is_not_deleted_unasked() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    let (ann, now) = (bench.ann, bench.now);
    let child = bench.state.add_sub_page(page, "Child", ann, now).unwrap();
    let text = bench.markdown(page);
    assert!(text.ends_with("\">Child</page>"), "{text}");
    let said = bench.replace(page, "all new").invalid();
    assert!(said.contains(&child.to_string().replace('-', "")), "{said}");
    assert_eq!(bench.markdown(page), text);
    bench.replace(page, &text.replace("text", "other text")).ok();
    assert!(bench.state.has_sub_page(child));
    let may = json!({ "type": "replace_content", "replace_content": { "new_str": "all new", "allow_deleting_content": true } });
    bench.write(page, &may).ok();
    assert!(!bench.state.has_sub_page(child));
    assert_eq!(bench.markdown(page), "all new");
}

#[test]
fn a_page_tag_makes_a_page_wherever_it_stands_outside_code() {
    for text in [
        "<page>New</page>",
        "words <page>New</page>",
        "- a\n\n\t<page>New</page>",
        "> <page>New</page>",
        "    <page>New</page>",
        "| <page>New</page> |\n| --- |",
    ] {
        let mut bench = Bench::new();
        bench.holding(text);
        assert_eq!(
            bench.state.pages_made_by_text().len(),
            usize::from(!text.contains('|')),
            "{text}"
        );
    }
    for text in [
        "`<page>New</page>`",
        "```\n<page>New</page>\n```",
        "\\<page>New\\</page>",
        "&lt;page&gt;New&lt;/page&gt;",
        "- ```\n  <page>New</page>\n  ```",
        "<details>New</details>",
    ] {
        let mut bench = Bench::new();
        let page = bench.holding(text);
        assert_eq!(bench.state.pages_made_by_text(), [], "{text}");
        assert!(bench.state.outline(page).contains("New"), "{text}: {}", bench.state.outline(page));
    }
}

#[test]
fn a_mention_notifies_once_and_shows_the_name() {
    let mut bench = Bench::new();
    let ann = bench.ann;
    let page = bench.holding(&format!("ask <mention url=\"user://{ann}\">someone</mention>"));
    assert_eq!(bench.state.notified(), [(page, ann)]);
    assert_eq!(bench.markdown(page), format!("ask <mention url=\"user://{ann}\">Ann</mention>"));
    bench.update(page, &[("ask", "just ask")]).ok();
    assert_eq!(bench.state.notified().len(), 1, "it was there before");
    let answer = bench
        .replace(
            page,
            "<mention url=\"user://00000000-0000-4000-8000-000000000000\">Nobody</mention>",
        )
        .ok();
    assert_eq!(answer["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(bench.markdown(page), "Nobody");
}

#[test]
fn what_a_connection_may_not_see_is_unknown_and_stays() {
    let mut bench = Bench::new();
    let page = bench.holding("before");
    let (ann, now) = (bench.ann, bench.now);
    let secret = bench.state.add_sub_page(page, "Secret", ann, now).unwrap();
    bench.state.hide_sub_page(secret, TOKEN, true).unwrap();
    bench.state.append_content(page, "after", ann, now).unwrap();
    let read = bench.read_markdown(page).ok();
    assert_eq!(read["truncated"], true);
    assert_eq!(read["unknown_block_ids"], json!([secret.to_string()]));
    let text = read["markdown"].as_str().unwrap();
    assert!(
        text.contains("<unknown alt=\"child_page\" url=") && !text.contains("Secret"),
        "{text}"
    );
    bench.read_markdown(secret).refused(404, "object_not_found");
    let before = bench.ids(page);
    bench.update(page, &[("after", "later")]).ok();
    assert_eq!(bench.ids(page).get(..2), before.get(..2));
    bench.replace(page, "gone").invalid();
    bench.state.hide_sub_page(secret, TOKEN, false).unwrap();
    assert!(bench.markdown(page).contains("Secret"));
}

#[test]
fn a_block_without_a_form_is_unknown_and_stays_while_its_tag_does() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    let (ann, now) = (bench.ann, bench.now);
    let crumb = bench.state.add_unsupported(page, "breadcrumb", ann, now).unwrap();
    let read = bench.read_markdown(page).ok();
    assert_eq!(read["truncated"], false);
    assert_eq!(read["unknown_block_ids"], json!([crumb.to_string()]));
    assert!(read["markdown"].as_str().unwrap().contains("alt=\"breadcrumb\""));
    bench.update(page, &[("text", "words")]).ok();
    assert!(bench.ids(page).contains(&crumb));
    let answer = bench
        .replace(page, "<unknown url=\"https://app.notion.com/p/x\" alt=\"breadcrumb\" />")
        .ok();
    assert!(answer["warnings"].is_array());
    assert!(bench.ids(page).is_empty());
}

#[test]
fn a_long_page_is_truncated_and_what_was_not_loaded_cannot_be_removed() {
    let mut bench = Bench::with(Options { records_shown: 3, ..Options::raised() });
    let page = bench.holding("one\n\n- two\n\t- three\n\t- four\n- five");
    let read = bench.read_markdown(page).ok();
    assert_eq!(read["truncated"], true);
    let unknown: Vec<String> =
        ["four", "five"].map(|words| bench.block(page, words).to_string()).to_vec();
    assert_eq!(read["unknown_block_ids"], json!(unknown));
    bench.update(page, &[("one", "uno")]).ok();
    assert!(bench.state.outline(page).contains("four"));
    let answer = bench.replace(page, "short");
    assert_eq!(answer.body["additional_data"]["limit_kind"], "page_record_count");
    answer.invalid();
    let four = bench.block(page, "four");
    assert_eq!(bench.read_markdown(four).ok()["markdown"], "- four");
    bench.call("PATCH", &format!("/v1/pages/{four}/markdown"), Some(&json!({
        "type": "replace_content", "replace_content": { "new_str": "x" }, "markdown_version": "v2",
    }))).invalid();
}

#[test]
fn a_hosted_image_has_another_url_at_every_read_and_is_still_the_same() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    let (ann, now) = (bench.ann, bench.now);
    let image = bench.state.add_hosted_image(page, "cat.png", "A cat", ann, now).unwrap();
    let (one, two) = (bench.markdown(page), bench.markdown(page));
    assert_ne!(one, two);
    assert!(one.contains("cat.png?X-Amz-"), "{one}");
    bench.replace(page, &one.replace("text", "words")).ok();
    assert!(bench.ids(page).contains(&image));
    bench.state.options.signed_urls = false;
    assert_eq!(bench.markdown(page), bench.markdown(page));
}

#[test]
fn trash_capabilities_and_foreign_pages_are_said_no_to() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    let (ann, now) = (bench.ann, bench.now);
    bench.state.trash_page(page, ann, now).unwrap();
    assert!(bench.replace(page, "x").invalid().contains("archived"));
    assert_eq!(bench.markdown(page), "text", "it can still be read");
    bench.state.restore_page(page, ann, now).unwrap();
    bench
        .state
        .set_capabilities(TOKEN, Capabilities { update: false, ..Capabilities::full() })
        .unwrap();
    bench.replace(page, "x").refused(403, "restricted_resource");
    bench
        .state
        .set_capabilities(TOKEN, Capabilities { read: false, ..Capabilities::full() })
        .unwrap();
    bench.read_markdown(page).refused(403, "restricted_resource");
    bench.state.set_capabilities(TOKEN, Capabilities::full()).unwrap();
    bench.state.sync_externally(page, true).unwrap();
    assert!(bench.replace(page, "x").invalid().contains("synced"));
    bench.state.unshare(bench.tasks, TOKEN).unwrap();
    bench.read_markdown(page).refused(404, "object_not_found");
    bench.replace(page, "x").refused(404, "object_not_found");
}

#[test]
fn what_is_too_large_is_refused_whole() {
    let mut bench = Bench::with(Options { page_text_bytes: 1000, ..Options::raised() });
    let page = bench.holding("text");
    assert!(bench.replace(page, &"word ".repeat(300)).invalid().contains("too large"));
    assert_eq!(bench.markdown(page), "text");
    let answer = bench.replace(page, &"x".repeat(600 * 1024));
    assert_eq!(answer.status, 413);
    let rendering = Rendering { long_text: super::super::LongText::Refuse, ..Rendering::default() };
    let mut bench = Bench::with_rendering(rendering);
    let page = bench.holding("text");
    bench.replace(page, &"👍".repeat(1000)).ok();
    bench.replace(page, &"👍".repeat(1001)).invalid();
}

#[test]
fn a_write_that_may_be_late_is_asked_for_until_it_is_done() {
    let mut bench = Bench::new();
    let page = bench.holding("text");
    let replaced = |text: &str| {
        json!({ "type": "update_content", "allow_async": true, "update_content": {
            "content_updates": [{ "old_str": text, "new_str": "words" }],
        } })
    };
    let task = bench.write(page, &replaced("text"));
    assert_eq!((task.status, &task.body["status"]), (202, &json!("queued")), "{}", task.body);
    let path = format!("/v1/async_tasks/{}", task.body["id"].as_str().unwrap());
    bench.later(1);
    assert_eq!(bench.get(&path).ok()["status"], "running");
    bench.later(2);
    let done = bench.get(&path).ok();
    assert_eq!(
        (&done["status"], &done["result"]["markdown"]),
        (&json!("succeeded"), &json!("words"))
    );
    let task = bench.write(page, &replaced("text"));
    assert_eq!(task.status, 202, "whether it is valid turns out later");
    bench.later(3);
    let failed = bench.get(&format!("/v1/async_tasks/{}", task.body["id"].as_str().unwrap())).ok();
    assert_eq!((&failed["status"], &failed["error"]["status"]), (&json!("failed"), &json!(400)));
    bench.later(25 * 3600);
    bench.get(&path).refused(404, "object_not_found");
}

#[test]
fn writing_content_moves_the_time_of_the_page_where_notion_does_it_so() {
    for bumps in [true, false] {
        let mut bench = Bench::with(Options { body_write_bumps_page: bumps, ..Options::raised() });
        let page = bench.holding("text");
        let before = bench.read(page)["last_edited_time"].clone();
        bench.later(300);
        bench.update(page, &[("text", "words")]).ok();
        assert_eq!(bench.read(page)["last_edited_time"] != before, bumps);
        bench.later(300);
        let (ann, now) = (bench.ann, bench.now);
        let block = bench.block(page, "words");
        bench.state.change_words(page, block, "words", "more words", ann, now).unwrap();
        let after = bench.read(page);
        assert_eq!(after["last_edited_by"]["id"], ann.to_string());
        assert_ne!(after["last_edited_time"], before);
    }
}

#[test]
fn people_edit_blocks_and_the_others_keep_their_ids() {
    let mut bench = Bench::new();
    let page = bench.holding(SAMPLE);
    let before = bench.ids(page);
    let (ann, now) = (bench.ann, bench.now);
    let todo = bench.block(page, "to do");
    bench.state.tick(page, todo, true, ann, now).unwrap();
    let bold = bench.block(page, "First paragraph with bold words.");
    bench.state.change_words(page, bold, "bold", "strong", ann, now).unwrap();
    assert_eq!(bench.ids(page), before);
    bench.state.insert_content(page, 1, "Inserted *here*", ann, now).unwrap();
    let two = bench.block(page, "two");
    bench.state.delete_block(page, two, ann, now).unwrap();
    let last = bench.block(page, "Last paragraph.");
    bench.state.move_block(page, last, 0, ann, now).unwrap();
    assert_eq!(
        bench.markdown(page),
        "Last paragraph.\n\n# Title\n\nInserted *here*\n\nFirst paragraph with **strong** words.\n\n- one\n- three\n\n\
         - [x] to do\n\n```javascript\nlet x = 1;\n```"
            .replace("- three\n\n- [x]", "- three\n- [x]")
    );
    bench.state.tick(page, last, true, ann, now).unwrap_err();
    bench.state.delete_block(page, two, ann, now).unwrap_err();
    bench.state.write_content(page, "All new", ann, now).unwrap();
    assert_eq!(bench.markdown(page), "All new");
    let copy = bench.state.duplicate_page(page, ann, now).unwrap();
    assert_eq!(bench.markdown(copy), "All new");
    assert_ne!(bench.ids(copy), bench.ids(page));
}

#[test]
fn children_of_a_page_and_of_a_block_are_listed() {
    let mut bench = Bench::new();
    let page = bench.holding(SAMPLE);
    let list = bench.get(&format!("/v1/blocks/{page}/children")).ok();
    let kinds: Vec<&str> = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "heading_1",
            "paragraph",
            "bulleted_list_item",
            "bulleted_list_item",
            "to_do",
            "code",
            "paragraph"
        ]
    );
    let one = bench.block(page, "one");
    let list = bench.get(&format!("/v1/blocks/{one}/children?page_size=1")).ok();
    assert_eq!(list["results"][0]["bulleted_list_item"]["rich_text"][0]["plain_text"], "two");
    assert_eq!(list["has_more"], false);
    bench
        .get("/v1/blocks/00000000-0000-4000-8000-000000000000/children")
        .refused(404, "object_not_found");
}
