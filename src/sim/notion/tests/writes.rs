//! Writing pages: what is taken, what is refused, and in which words.

use serde_json::{Value as Json, json};

use super::super::{CaseRule, Options, PageId};
use super::{Bench, names, text};

#[test]
fn every_type_comes_back_as_it_was_written() {
    let mut bench = Bench::new();
    let ann = bench.ann.to_string();
    let page = bench
        .create(&json!({
            "Name": { "title": [{ "text": { "content": "Crash 🧨" } }] },
            "Notes": { "rich_text": [{ "text": { "content": "a" } }, { "text": { "content": "b", "link": { "url": "https://example.com" } }, "annotations": { "bold": true } }] },
            "GitHub": { "url": "https://github.com/acme/app/issues/1" },
            "Number": { "number": 1.0 },
            "Type": { "select": { "name": "Bug" } },
            "Labels": { "multi_select": [{ "name": "red" }, { "name": "new one" }, { "name": "red" }] },
            "Status": { "status": { "name": "Done" } },
            "Urgent": { "checkbox": true },
            "Assignees": { "people": [{ "object": "user", "id": ann }] },
            "Due": { "date": { "start": "2026-02-01", "end": "2026-02-03" } },
        }))
        .ok();
    let properties = &page["properties"];
    assert_eq!(properties["Name"]["title"][0]["plain_text"], "Crash 🧨");
    assert_eq!(properties["Notes"]["rich_text"][1]["href"], "https://example.com");
    assert_eq!(properties["Notes"]["rich_text"][1]["annotations"]["bold"], true);
    assert_eq!(properties["GitHub"]["url"], "https://github.com/acme/app/issues/1");
    assert_eq!(properties["Number"]["number"].to_string(), "1");
    assert_eq!(properties["Type"]["select"]["name"], "Bug");
    assert_eq!(names(&properties["Labels"]["multi_select"]), ["red", "new one"]);
    assert_eq!(properties["Status"]["status"]["name"], "Done");
    assert_eq!(properties["Urgent"]["checkbox"], true);
    assert_eq!(properties["Assignees"]["people"][0]["id"], json!(ann));
    assert_eq!(
        properties["Due"]["date"],
        json!({ "start": "2026-02-01", "end": "2026-02-03", "time_zone": null })
    );
    assert_eq!(properties["ID"]["unique_id"], json!({ "prefix": "T", "number": 1 }));
    assert_eq!(properties["Made"]["created_time"], "2026-01-05T09:00:00.000Z");
    assert_eq!(properties["Maker"]["created_by"]["name"], "tandem");
    assert!(page["url"].as_str().unwrap().starts_with("https://app.notion.com/p/Crash-"));
    let id: PageId = page["id"].as_str().unwrap().parse().unwrap();
    let mut read = bench.read(id);
    read["request_id"] = page["request_id"].clone();
    assert_eq!(read, page);
    assert_eq!(bench.state.option_names(bench.tasks, "Labels"), ["red", "Blue", "new one"]);
}

#[test]
fn what_is_not_sent_stays_and_null_or_nothing_clears() {
    let mut bench = Bench::new();
    let ann = bench.ann.to_string();
    let page = bench.made(&json!({
        "Name": { "title": [{ "text": { "content": "x" } }] }, "Notes": text("y"), "Number": { "number": 3 },
        "GitHub": { "url": "https://example.com" }, "Type": { "select": { "name": "Bug" } },
        "Labels": { "multi_select": [{ "name": "red" }] }, "Status": { "status": { "name": "Done" } },
        "Assignees": { "people": [{ "id": ann }] }, "Due": { "date": { "start": "2026-02-01" } },
    }));
    bench.set(page, &json!({ "Urgent": { "checkbox": true } })).ok();
    assert_eq!(bench.read(page)["properties"]["Notes"]["rich_text"][0]["plain_text"], "y");
    let cleared = bench
        .set(page, &json!({
            "Name": { "title": [] }, "Notes": { "rich_text": [] }, "Number": { "number": null },
            "GitHub": { "url": null }, "Type": { "select": null }, "Labels": { "multi_select": [] },
            "Status": { "status": null }, "Assignees": { "people": [] }, "Due": { "date": null },
        }))
        .ok();
    let properties = &cleared["properties"];
    for (name, kind, empty) in [
        ("Name", "title", json!([])),
        ("Notes", "rich_text", json!([])),
        ("Number", "number", Json::Null),
        ("GitHub", "url", Json::Null),
        ("Type", "select", Json::Null),
        ("Labels", "multi_select", json!([])),
        ("Assignees", "people", json!([])),
        ("Due", "date", Json::Null),
        ("Urgent", "checkbox", json!(true)),
    ] {
        assert_eq!(properties[name][kind], empty, "{name}");
    }
    // A status falls back to its default.
    assert_eq!(properties["Status"]["status"]["name"], "To do");
}

#[test]
fn properties_are_written_by_id_too_and_ids_survive_renames() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let id = bench.read(page)["properties"]["Number"]["id"].as_str().unwrap().to_owned();
    bench.state.rename_property(bench.tasks, "Number", "No.", bench.now).unwrap();
    let written = bench.set(page, &json!({ id.as_str(): { "number": 4 } })).ok();
    assert_eq!(written["properties"]["No."], json!({ "id": id, "type": "number", "number": 4 }));
    assert_eq!(
        bench.set(page, &json!({ "Number": { "number": 4 } })).invalid(),
        "Number is not a property that exists."
    );
}

#[test]
fn a_property_id_encoded_twice_in_a_path_is_unknown() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    // Ids are random, so take one that has something to encode.
    let source = bench.get(&format!("/v1/data_sources/{}", bench.tasks)).ok();
    let ids = source["properties"]
        .as_object()
        .unwrap()
        .values()
        .map(|property| property["id"].as_str().unwrap());
    let id =
        ids.into_iter().find(|id| id.contains('%')).expect("a seed with an encoded id").to_owned();
    assert!(bench.get(&format!("/v1/pages/{page}/properties/{id}")).ok().to_string().contains(&id));
    let twice = id.replace('%', "%25");
    bench.get(&format!("/v1/pages/{page}/properties/{twice}")).invalid();
}

#[test]
fn each_wrong_value_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let before = bench.read(page)["properties"].clone();
    let long = |units: usize| "a".repeat(units);
    let many =
        |count: usize| -> Json { (0..count).map(|n| json!({ "name": format!("o{n}") })).collect() };
    let texts: Json = (0..101).map(|_| json!({ "text": { "content": "a" } })).collect();
    let cases = [
        (json!({ "Nope": { "number": 1 } }), "Nope is not a property that exists."),
        (
            json!({ "Number": { "number": "1" } }),
            "body failed validation: body.properties.Number.number should be a number, instead was `\"1\"`.",
        ),
        (json!({ "Number": text("1") }), "Number is expected to be number."),
        (json!({ "Number": { "type": "url", "number": 1 } }), "Number is expected to be number."),
        (
            json!({ "Number": { "number": 1, "color": "red" } }),
            "body failed validation: body.properties.Number.color should be not present, instead was `\"red\"`.",
        ),
        (
            json!({ "Urgent": { "checkbox": null } }),
            "body failed validation: body.properties.Urgent.checkbox should be a boolean, instead was `null`.",
        ),
        (
            json!({ "GitHub": { "url": "" } }),
            "body failed validation: body.properties.GitHub.url.length should be ≥ `1`, instead was `0`.",
        ),
        (
            json!({ "Name": { "title": [{ "text": { "content": long(2001) } }] } }),
            "body failed validation: body.properties.Name.title[0].text.content.length should be ≤ `2000`, instead was `2001`.",
        ),
        (
            json!({ "Notes": { "rich_text": texts } }),
            "body failed validation: body.properties.Notes.rich_text.length should be ≤ `100`, instead was `101`.",
        ),
        (
            json!({ "Type": { "select": { "name": "a, b" } } }),
            "Invalid select option, commas not allowed: a, b",
        ),
        (
            json!({ "Labels": { "multi_select": [{ "name": "a,b" }] } }),
            "Invalid select option, commas not allowed: a,b",
        ),
        (
            json!({ "Type": { "select": { "name": long(101) } } }),
            "body failed validation: body.properties.Type.select.name.length should be ≤ `100`, instead was `101`.",
        ),
        (
            json!({ "Type": { "select": { "name": "" } } }),
            "body failed validation: body.properties.Type.select.name.length should be ≥ `1`, instead was `0`.",
        ),
        (
            json!({ "Labels": { "multi_select": many(101) } }),
            "body failed validation: body.properties.Labels.multi_select.length should be ≤ `100`, instead was `101`.",
        ),
        (
            json!({ "Labels": { "multi_select": null } }),
            "body failed validation: body.properties.Labels.multi_select should be an array, instead was `null`.",
        ),
        (
            json!({ "Status": { "status": { "name": "Nope" } } }),
            "Invalid status option. Status option \"Nope\" does not exist.",
        ),
        (
            json!({ "Due": { "date": { "start": "soon" } } }),
            "body failed validation: body.properties.Due.date.start should be a valid ISO 8601 date string, instead was `\"soon\"`.",
        ),
        (
            json!({ "Notes": { "rich_text": [{ "text": { "content": "a", "link": { "url": "#anchor" } } }] } }),
            "Invalid URL for link.",
        ),
    ];
    for (properties, message) in cases {
        assert_eq!(bench.set(page, &properties).invalid(), message);
    }
    for name in ["ID", "Made", "Edited", "Maker", "Editor", "Sum"] {
        let kind = before[name]["type"].as_str().unwrap();
        let message = bench.set(page, &json!({ name: { kind: null } })).invalid();
        assert!(message.contains("read-only"), "{message}");
    }
    let stranger = uuid::Uuid::nil().to_string();
    bench.set(page, &json!({ "Assignees": { "people": [{ "id": stranger }] } })).invalid();
    assert_eq!(bench.read(page)["properties"], before);
    assert_eq!(bench.state.option_names(bench.tasks, "Labels"), ["red", "Blue"]);
    assert_eq!(bench.state.page(page).unwrap().writes(), 1);
}

#[test]
fn a_refused_write_makes_no_option_either() {
    let mut bench = Bench::new();
    let properties =
        json!({ "Labels": { "multi_select": [{ "name": "fresh" }] }, "Number": { "number": "x" } });
    bench.create(&properties).invalid();
    assert_eq!(bench.state.option_names(bench.tasks, "Labels"), ["red", "Blue"]);
}

#[test]
fn length_is_counted_in_utf16_units() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    bench.set(page, &json!({ "Notes": text(&"é".repeat(2000)) })).ok();
    bench.set(page, &json!({ "Notes": text(&"🧨".repeat(1000)) })).ok();
    assert!(
        bench
            .set(page, &json!({ "Notes": text(&"🧨".repeat(1001)) }))
            .invalid()
            .ends_with("instead was `2002`.")
    );
}

#[test]
fn people_are_limited_per_request_and_not_per_property() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let people: Vec<_> =
        (0..101).map(|n| bench.state.add_user(&format!("u{n}"), "u@example.com")).collect();
    bench.state.add_property(bench.tasks, "More", &super::Type::People, bench.now).unwrap();
    let ids = |from: usize, to: usize| -> Json {
        people[from..to].iter().map(|id| json!({ "id": id.to_string() })).collect()
    };
    bench
        .set(
            page,
            &json!({ "Assignees": { "people": ids(0, 60) }, "More": { "people": ids(60, 100) } }),
        )
        .ok();
    let message = bench
        .set(
            page,
            &json!({ "Assignees": { "people": ids(0, 60) }, "More": { "people": ids(60, 101) } }),
        )
        .invalid();
    assert!(message.contains("instead was `101`"), "{message}");
}

#[test]
fn an_option_that_differs_only_in_case_is_refused_or_matched_as_the_switch_says() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let blue = json!({ "Labels": { "multi_select": [{ "name": "blue" }] } });
    assert!(bench.set(page, &blue).invalid().contains("there is Blue"));
    let both = json!({ "Labels": { "multi_select": [{ "name": "new" }, { "name": "NEW" }] } });
    assert!(bench.set(page, &both).invalid().contains("there is new"));
    bench.state.options.case_rule = CaseRule::Match;
    let written = bench.set(page, &blue).ok();
    assert_eq!(names(&written["properties"]["Labels"]["multi_select"]), ["Blue"]);
    let written = bench.set(page, &both).ok();
    assert_eq!(names(&written["properties"]["Labels"]["multi_select"]), ["new"]);
}

#[test]
fn a_page_shows_25_people_and_the_property_endpoint_all() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let people: Vec<_> =
        (0..60).map(|n| bench.state.add_user(&format!("u{n}"), "u@example.com")).collect();
    let (ann, now, tasks) = (bench.ann, bench.now, bench.tasks);
    bench.state.set_people(page, "Assignees", &people, ann, now).unwrap();
    assert_eq!(bench.read(page)["properties"]["Assignees"]["people"].as_array().unwrap().len(), 25);
    let id = bench
        .state
        .schema(tasks)
        .iter()
        .find(|property| property.name == "Assignees")
        .unwrap()
        .id
        .to_string();
    let path = format!("/v1/pages/{page}/properties/{id}");
    let first = bench.get(&format!("{path}?page_size=40")).ok();
    assert_eq!(first["results"].as_array().unwrap().len(), 40);
    assert_eq!(first["results"][0]["people"]["id"], json!(people[0].to_string()));
    assert!(first["property_item"]["next_url"].as_str().unwrap().contains("start_cursor="));
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let rest = bench.get(&format!("{path}?start_cursor={cursor}")).ok();
    assert_eq!((rest["results"].as_array().unwrap().len(), &rest["has_more"]), (20, &json!(false)));
    bench.get(&format!("/v1/pages/{page}/properties/title?start_cursor={cursor}")).invalid();
    bench.state.options.people_cut = false;
    assert_eq!(bench.read(page)["properties"]["Assignees"]["people"].as_array().unwrap().len(), 60);
}

#[test]
fn a_title_ends_before_its_26th_mention() {
    let mut bench = Bench::new();
    let page = bench.titled("with: ");
    let (ann, now) = (bench.ann, bench.now);
    bench.state.mention_in_title(page, &[ann; 30], ann, now).unwrap();
    assert_eq!(bench.read(page)["properties"]["Name"]["title"].as_array().unwrap().len(), 26);
    let whole = bench.get(&format!("/v1/pages/{page}/properties/title")).ok();
    assert_eq!(whole["results"].as_array().unwrap().len(), 31);
    assert_eq!(bench.state.page(page).unwrap().title(), format!("with: {}", "@Ann".repeat(30)));
}

#[test]
fn a_relation_shows_25_and_says_that_there_are_more_and_nothing_when_the_other_side_is_not_shared()
{
    let mut bench = Bench::new();
    let (ann, now, tasks) = (bench.ann, bench.now, bench.tasks);
    let (_, other) =
        bench.state.add_data_source("Other", &[("Task", super::Type::Relation(tasks))], ann, now);
    bench.state.share(other, super::TOKEN).unwrap();
    let ids: Vec<PageId> = (0..30).map(|n| bench.titled(&format!("t{n}"))).collect();
    let related: Json = ids.iter().map(|id| json!({ "id": id.to_string() })).collect();
    let body = json!({ "parent": { "data_source_id": other.to_string() }, "properties": { "Task": { "relation": related } } });
    let page = bench.call("POST", "/v1/pages", Some(&body)).ok();
    assert_eq!(page["properties"]["Task"]["relation"].as_array().unwrap().len(), 25);
    assert_eq!(page["properties"]["Task"]["has_more"], true);
    bench.state.unshare(tasks, super::TOKEN).unwrap();
    let page = bench.get(&format!("/v1/pages/{}", page["id"].as_str().unwrap())).ok();
    assert_eq!(
        (&page["properties"]["Task"]["relation"], &page["properties"]["Task"]["has_more"]),
        (&json!([]), &json!(false))
    );
}

#[test]
fn times_are_rounded_down_to_the_minute_but_known_to_the_millisecond() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    bench.later(40);
    bench.set(page, &json!({ "Number": { "number": 1 } })).ok();
    let read = bench.read(page);
    assert_eq!(read["created_time"], "2026-01-05T09:00:00.000Z");
    assert_eq!(read["last_edited_time"], "2026-01-05T09:01:00.000Z");
    assert_eq!(bench.state.page(page).unwrap().edited_at(), bench.now);
    assert_eq!(bench.state.page(page).unwrap().edited_by(), bench.bot);
}

#[test]
fn a_rewrite_of_the_same_value_bumps_the_time_or_not_as_the_switch_says() {
    for bumps in [true, false] {
        let mut bench =
            Bench::with(Options { identical_rewrite_bumps: bumps, ..Options::raised() });
        let page = bench.made(&json!({ "Number": { "number": 1 } }));
        bench.later(120);
        bench.set(page, &json!({ "Number": { "number": 1 } })).ok();
        assert_eq!(bench.state.page(page).unwrap().edited_at() == bench.now, bumps);
        bench.later(120);
        bench.set(page, &json!({ "Number": { "number": 2 } })).ok();
        assert_eq!(bench.state.page(page).unwrap().edited_at(), bench.now);
        assert_eq!(bench.state.page(page).unwrap().writes(), 3);
    }
}

#[test]
fn the_way_to_the_trash_and_back_moves_the_time_or_not_as_the_switch_says() {
    for bumps in [true, false] {
        let mut bench = Bench::with(Options { trash_bumps_page: bumps, ..Options::raised() });
        let page = bench.titled("x");
        for in_trash in [true, false] {
            bench.later(120);
            bench.patch(page, &json!({ "in_trash": in_trash })).ok();
            assert_eq!(bench.state.page(page).unwrap().edited_at() == bench.now, bumps);
        }
        bench.later(120);
        let edit = json!({ "Number": { "number": 1 } });
        bench.patch(page, &json!({ "in_trash": false, "properties": edit })).ok();
        assert_eq!(bench.state.page(page).unwrap().edited_at(), bench.now);
    }
}

#[test]
fn a_page_in_the_trash_takes_no_edit_unless_the_same_request_restores_it() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    bench.patch(page, &json!({ "in_trash": true })).ok();
    assert_eq!(bench.read(page)["in_trash"], true);
    let edit = json!({ "properties": { "Number": { "number": 1 } } });
    assert_eq!(
        bench.patch(page, &edit).invalid(),
        "Can't edit block that is archived. You must unarchive the block before editing."
    );
    let restored = bench
        .patch(page, &json!({ "in_trash": false, "properties": { "Number": { "number": 1 } } }))
        .ok();
    assert_eq!(
        (&restored["in_trash"], &restored["properties"]["Number"]["number"]),
        (&json!(false), &json!(1))
    );
}

#[test]
fn archived_is_the_old_name_of_in_trash_and_refused_by_the_new_version() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let archive = json!({ "archived": true });
    assert!(bench.patch(page, &archive).invalid().contains("body.archived should be not present"));
    assert!(bench.read(page).get("archived").is_none());
    bench.version = "2025-09-03";
    assert_eq!(bench.patch(page, &archive).ok()["archived"], true);
    bench.version = "2026-03-11";
    assert_eq!(bench.read(page)["in_trash"], true);
}

#[test]
fn dates_come_back_with_their_offset_and_lose_their_seconds_if_the_switch_says_so() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let due = |bench: &mut Bench, date: Json| {
        bench.set(page, &json!({ "Due": { "date": date } })).ok()["properties"]["Due"]["date"]
            .clone()
    };
    assert_eq!(
        due(&mut bench, json!({ "start": "2026-02-01T10:11:12Z" }))["start"],
        "2026-02-01T10:11:12.000+00:00"
    );
    assert_eq!(
        due(&mut bench, json!({ "start": "2026-02-01T10:11:12+02:00" }))["start"],
        "2026-02-01T10:11:12.000+02:00"
    );
    let berlin =
        due(&mut bench, json!({ "start": "2026-02-01T10:11:12", "time_zone": "Europe/Berlin" }));
    assert_eq!(berlin["start"], "2026-02-01T10:11:12.000+01:00");
    bench.state.options.dates_keep_seconds = false;
    assert_eq!(
        due(&mut bench, json!({ "start": "2026-02-01T10:11:12Z" }))["start"],
        "2026-02-01T10:11:00.000+00:00"
    );
    let zoned = json!({ "Due": { "date": { "start": "2026-02-01T10:11:12Z", "time_zone": "Europe/Berlin" } } });
    bench.set(page, &zoned).invalid();
}

#[test]
fn neighbouring_texts_come_back_as_one_if_the_switch_says_so() {
    for (merges, runs) in [(false, 2), (true, 1)] {
        let mut bench = Bench::with(Options { merges_text: merges, ..Options::raised() });
        let halves = json!([{ "text": { "content": "a" } }, { "text": { "content": "b" } }, { "text": { "content": "" } }]);
        let page = bench.made(&json!({ "Notes": { "rich_text": halves } }));
        assert_eq!(
            bench.read(page)["properties"]["Notes"]["rich_text"].as_array().unwrap().len(),
            runs
        );
        assert_eq!(bench.state.page(page).unwrap().text("Notes"), "ab");
    }
}

#[test]
fn blanks_at_the_ends_stay_or_go_as_the_switch_says() {
    for (trims, title, label) in [(false, " a  b ", " c "), (true, "a  b", "c")] {
        let mut bench = Bench::with(Options { trims, ..Options::raised() });
        let page = bench.made(&json!({
            "Name": { "title": [{ "text": { "content": " a " } }, { "text": { "content": " b " } }] },
            "Labels": { "multi_select": [{ "name": " c " }] },
        }));
        let page = bench.state.page(page).unwrap();
        assert_eq!(page.title(), title);
        assert!(page.options("Labels").contains(label));
    }
}

#[test]
fn the_parent_is_a_data_source_or_a_database_that_has_just_one() {
    let mut bench = Bench::new();
    let (ann, now, database) = (bench.ann, bench.now, bench.database);
    let body = json!({ "parent": { "database_id": database.to_string() }, "properties": {} });
    bench.call("POST", "/v1/pages", Some(&body)).ok();
    bench.state.add_second_data_source(database, "More", &[], ann, now).unwrap();
    assert!(
        bench.call("POST", "/v1/pages", Some(&body)).invalid().contains("multiple data sources")
    );
    assert_eq!(
        bench
            .call(
                "POST",
                "/v1/pages",
                Some(&json!({ "parent": { "data_source_id": bench.tasks.to_string() } }))
            )
            .invalid(),
        "body failed validation: body.properties should be defined, instead was `undefined`."
    );
}

#[test]
fn blocks_and_templates_are_not_taken() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    for (key, value) in
        [("children", json!([{ "paragraph": { "rich_text": [] } }])), ("template", json!({}))]
    {
        let body = json!({ "parent": { "data_source_id": bench.tasks.to_string() }, "properties": {}, key: value });
        bench.call("POST", "/v1/pages", Some(&body)).invalid();
    }
    assert_eq!(bench.get(&format!("/v1/blocks/{page}/children")).ok()["results"], json!([]));
    bench.get(&format!("/v1/blocks/{page}")).refused(400, "invalid_request_url");
    assert_eq!(bench.state.strays().len(), 1);
}
