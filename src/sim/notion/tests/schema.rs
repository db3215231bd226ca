//! Editing schemas through the API, and what people do to them meanwhile.

use serde_json::{Value as Json, json};

use super::super::{Kind, Options, Type};
use super::{Bench, names};

#[test]
fn a_property_is_added_renamed_by_id_and_deleted() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let added = bench
        .schema_patch(&json!({ "Milestone": { "select": {} }, "Closed": { "date": {} } }))
        .ok();
    let id = added["properties"]["Milestone"]["id"].as_str().unwrap().to_owned();
    assert_eq!(added["properties"]["Milestone"]["type"], "select");
    bench.set(page, &json!({ "Milestone": { "select": { "name": "1.0" } } })).ok();
    let renamed = bench.schema_patch(&json!({ id.as_str(): { "name": "Release" } })).ok();
    assert_eq!(renamed["properties"]["Release"]["id"], json!(id));
    assert_eq!(bench.read(page)["properties"]["Release"]["select"]["name"], "1.0");
    let deleted = bench.schema_patch(&json!({ "Release": null })).ok();
    assert!(deleted["properties"].get("Release").is_none());
    assert!(bench.read(page)["properties"].get("Release").is_none());
}

#[test]
fn what_a_schema_cannot_do_is_refused_whole() {
    let mut bench = Bench::new();
    let before = bench.state.schema(bench.tasks).to_vec();
    for change in [
        json!({ "Name": null }),
        json!({ "Name": { "rich_text": {} } }),
        json!({ "Second": { "title": {} } }),
        json!({ "Nope": null }),
        json!({ "Nope": { "name": "Other" } }),
        json!({ "Number": { "name": "Status" } }),
        json!({ "New": { "hologram": {} } }),
        json!({ "New": { "type": "number", "select": {} } }),
        json!({ "New": { "relation": { "data_source_id": bench.tasks.to_string() } } }),
        json!({ "New": { "relation": {
            "data_source_id": bench.tasks.to_string(), "single_property": {}, "dual_property": {} } } }),
        json!({ "New": { "select": { "options": [{ "name": "a,b" }] } } }),
        json!({ "New": { "select": { "options": [{ "name": "a" }, { "name": "A" }] } } }),
        json!({ "Good": { "number": {} }, "Nope": null }),
    ] {
        bench.schema_patch(&change).invalid();
    }
    assert_eq!(bench.state.schema(bench.tasks), before);
}

#[test]
fn options_sent_are_the_options_that_remain_or_not_as_the_switch_says() {
    for (removed, expected) in [(true, vec!["red", "green"]), (false, vec!["Blue", "red", "green"])]
    {
        let mut bench =
            Bench::with(Options { omitted_options_removed: removed, ..Options::raised() });
        let page = bench.made(
            &json!({ "Labels": { "multi_select": [{ "name": "red" }, { "name": "Blue" }] } }),
        );
        let id = bench.read(page)["properties"]["Labels"]["multi_select"][0]["id"].clone();
        let sent = json!({ "Labels": { "multi_select": { "options": [{ "id": id }, { "name": "green" }] } } });
        bench.schema_patch(&sent).ok();
        assert_eq!(bench.state.option_names(bench.tasks, "Labels"), expected);
        let left = bench.read(page);
        let left = names(&left["properties"]["Labels"]["multi_select"]).join(" ");
        assert_eq!(left, if removed { "red" } else { "red Blue" });
    }
}

#[test]
fn colours_never_change_and_names_only_if_the_switch_says_so() {
    let mut bench = Bench::new();
    let source = bench.get(&format!("/v1/data_sources/{}", bench.tasks)).ok();
    let mut options = source["properties"]["Type"]["select"]["options"].clone();
    let patch = |options: &Json| json!({ "Type": { "select": { "options": options } } });
    // As read, description and all: taken.
    bench.schema_patch(&patch(&options)).ok();
    options[0]["color"] = json!("default");
    assert!(
        bench.schema_patch(&patch(&options)).invalid().starts_with("Cannot update color of select")
    );
    options[0].as_object_mut().unwrap().remove("color");
    options[0]["name"] = json!("Defect");
    bench.schema_patch(&patch(&options)).invalid();
    bench.state.options.options_renamable = true;
    bench.schema_patch(&patch(&options)).ok();
    assert_eq!(bench.state.option_names(bench.tasks, "Type"), ["Defect", "Feature"]);
}

#[test]
fn a_status_property_is_made_with_three_options_and_takes_more() {
    let mut bench = Bench::new();
    let made = bench.schema_patch(&json!({ "Phase": { "status": {} } })).ok();
    let config = &made["properties"]["Phase"]["status"];
    assert_eq!(names(&config["options"]), ["Not started", "In progress", "Done"]);
    assert_eq!(names(&config["groups"]), ["To-do", "In progress", "Complete"]);
    let mut options = config["options"].clone();
    options.as_array_mut().unwrap().push(json!({ "name": "Won't do", "group": "Complete" }));
    let more = bench.schema_patch(&json!({ "Phase": { "status": { "options": options } } })).ok();
    let config = &more["properties"]["Phase"]["status"];
    assert_eq!(config["groups"][2]["option_ids"].as_array().unwrap().len(), 2);
    let page = bench.titled("x");
    assert_eq!(bench.read(page)["properties"]["Phase"]["status"]["name"], "Not started");
    bench.set(page, &json!({ "Phase": { "status": { "name": "Won't do" } } })).ok();
}

#[test]
fn a_deleted_option_vanishes_from_pages_and_a_renamed_one_shows_its_new_name() {
    let mut bench = Bench::new();
    let page = bench.made(&json!({
        "Labels": { "multi_select": [{ "name": "red" }, { "name": "Blue" }] }, "Type": { "select": { "name": "Bug" } },
    }));
    bench.later(120);
    let (tasks, now) = (bench.tasks, bench.now);
    bench.state.delete_option(tasks, "Labels", "red", now).unwrap();
    bench.state.delete_option(tasks, "Type", "Bug", now).unwrap();
    bench.state.rename_option(tasks, "Labels", "Blue", "Azure", now).unwrap();
    let read = bench.read(page);
    assert_eq!(names(&read["properties"]["Labels"]["multi_select"]), ["Azure"]);
    assert_eq!(read["properties"]["Type"]["select"], Json::Null);
    assert_eq!(read["last_edited_time"], "2026-01-05T09:00:00.000Z");
    bench.state.options.schema_edit_bumps_pages = true;
    bench.state.rename_option(tasks, "Labels", "Azure", "Sky", now).unwrap();
    assert_eq!(bench.read(page)["last_edited_time"], "2026-01-05T09:02:00.000Z");
}

#[test]
fn a_changed_type_keeps_the_id_and_loses_the_values() {
    let mut bench = Bench::new();
    let page = bench.made(&json!({ "Number": { "number": 5 } }));
    let id = bench.read(page)["properties"]["Number"]["id"].clone();
    let (tasks, now) = (bench.tasks, bench.now);
    bench.state.change_property_type(tasks, "Number", &Type::RichText, now).unwrap();
    assert_eq!(
        bench.read(page)["properties"]["Number"],
        json!({ "id": id, "type": "rich_text", "rich_text": [] })
    );
    assert_eq!(
        bench.set(page, &json!({ "Number": { "number": 5 } })).invalid(),
        "Number is expected to be rich_text."
    );
    bench.schema_patch(&json!({ "Number": { "checkbox": {} } })).ok();
    assert_eq!(bench.read(page)["properties"]["Number"]["checkbox"], false);
}

#[test]
fn rows_that_were_there_get_numbers_when_numbers_are_introduced() {
    let mut bench = Bench::new();
    let (ann, now) = (bench.ann, bench.now);
    let (_, source) = bench.state.add_data_source("Plain", &[], ann, now);
    bench.state.share(source, super::TOKEN).unwrap();
    let rows: Vec<_> =
        (0..3).map(|_| bench.state.add_page(source, &[], ann, now).unwrap()).collect();
    let path = format!("/v1/data_sources/{source}");
    bench
        .call(
            "PATCH",
            &path,
            Some(&json!({ "properties": { "No": { "unique_id": { "prefix": null } } } })),
        )
        .ok();
    assert_eq!(bench.state.page(rows[2]).unwrap().number("No"), Some(3.0));
    let next = bench.state.add_page(source, &[], ann, now).unwrap();
    assert_eq!(bench.state.page(next).unwrap().number("No"), Some(4.0));
    assert!(matches!(&bench.state.schema(source)[1].kind, Kind::UniqueId { prefix: None }));
}

#[test]
fn a_trashed_data_source_answers_no_query() {
    let mut bench = Bench::new();
    let path = format!("/v1/data_sources/{}", bench.tasks);
    assert_eq!(
        bench.call("PATCH", &path, Some(&json!({ "in_trash": true }))).ok()["in_trash"],
        true
    );
    bench.query(&json!({})).refused(404, "object_not_found");
    assert_eq!(bench.get(&path).ok()["in_trash"], true);
}

#[test]
fn the_title_of_a_data_source_is_edited_and_the_update_capability_needed() {
    let mut bench = Bench::new();
    let path = format!("/v1/data_sources/{}", bench.tasks);
    let title = json!({ "title": [{ "text": { "content": "Work" } }] });
    assert_eq!(bench.call("PATCH", &path, Some(&title)).ok()["title"][0]["plain_text"], "Work");
    let able = super::Capabilities { update: false, ..super::Capabilities::full() };
    bench.state.set_capabilities(super::TOKEN, able).unwrap();
    bench.call("PATCH", &path, Some(&title)).refused(403, "restricted_resource");
}

#[test]
fn an_icon_is_read_back_as_an_icon_and_nonsense_is_none() {
    let mut bench = Bench::new();
    let path = format!("/v1/data_sources/{}", bench.tasks);
    let patch =
        |bench: &mut Bench, icon: Json| bench.call("PATCH", &path, Some(&json!({ "icon": icon })));
    let icon = patch(&mut bench, json!({ "emoji": "🐛" })).ok()["icon"].clone();
    assert_eq!(icon, json!({ "type": "emoji", "emoji": "🐛" }));
    patch(&mut bench, json!("🐛")).invalid();
    assert_eq!(patch(&mut bench, Json::Null).ok()["icon"], Json::Null);
}
