//! Queries: filters, order, cursors, caps and lateness.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::{Options, Paging, Plain, UserId};
use super::{Bench, PageId};

fn by_edit() -> Json {
    json!([{ "timestamp": "last_edited_time", "direction": "ascending" }])
}

/// Pages `p0`, `p1`, …, one a minute.
fn pages(bench: &mut Bench, count: usize) -> Vec<PageId> {
    (0..count)
        .map(|n| {
            bench.later(60);
            bench.titled(&format!("p{n:04}"))
        })
        .collect()
}

#[test]
fn every_row_is_given_out_once_at_every_size() {
    for count in [0, 1, 100, 101, 250] {
        let mut bench = Bench::new();
        pages(&mut bench, count);
        let expected: Vec<String> = (0..count).map(|n| format!("p{n:04}")).collect();
        assert_eq!(bench.found(&json!({ "sorts": by_edit() })), expected);
        assert_eq!(bench.found(&json!({ "sorts": by_edit(), "page_size": 7 })), expected);
        let unsorted = bench.found(&json!({}));
        assert!(count < 100 || unsorted != expected, "without sorts there is no order");
        assert_eq!(unsorted.into_iter().collect::<BTreeSet<_>>().len(), count);
    }
}

#[test]
fn pages_may_be_short_or_empty_though_more_follow() {
    let mut bench = Bench::with(Options { short_pages: true, ..Options::raised() });
    pages(&mut bench, 150);
    assert_eq!(bench.found(&json!({ "sorts": by_edit(), "page_size": 10 })).len(), 150);
    let sizes: BTreeSet<usize> = (0..60)
        .map(|_| bench.query(&json!({ "page_size": 3 })).ok()["results"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn a_cursor_belongs_to_its_query_and_may_be_used_again() {
    let mut bench = Bench::new();
    pages(&mut bench, 5);
    let first = bench.query(&json!({ "page_size": 2, "sorts": by_edit() })).ok();
    let cursor = first["next_cursor"].clone();
    let next = json!({ "page_size": 2, "sorts": by_edit(), "start_cursor": cursor });
    let once = bench.query(&next).ok();
    let twice = bench.query(&next).ok();
    assert_eq!(once["results"], twice["results"]);
    assert!(bench.query(&json!({ "start_cursor": cursor })).invalid().contains("start_cursor"));
    let mut changed = next.clone();
    changed["filter"] = json!({ "property": "Urgent", "checkbox": { "equals": false } });
    bench.query(&changed).invalid();
    bench.query(&json!({ "sorts": by_edit(), "start_cursor": "nonsense" })).invalid();
    bench.query(&json!({ "page_size": 0 })).invalid();
    bench.query(&json!({ "page_size": 101 })).invalid();
}

#[test]
fn a_row_edited_while_paging_is_seen_twice_or_its_neighbour_is_missed() {
    let seen = |paging: Paging| {
        let mut bench = Bench::with(Options { paging, ..Options::raised() });
        let ids = pages(&mut bench, 4);
        let first = bench.query(&json!({ "page_size": 2, "sorts": by_edit() })).ok();
        bench.later(60);
        let (ann, now) = (bench.ann, bench.now);
        bench.state.set(ids[0], "Number", &Plain::Number(1.0), ann, now).unwrap();
        let rest =
            json!({ "page_size": 2, "sorts": by_edit(), "start_cursor": first["next_cursor"] });
        let mut titles = vec!["p0000".to_owned(), "p0001".to_owned()];
        titles.extend(bench.found(&rest));
        titles
    };
    assert_eq!(seen(Paging::AfterRow), ["p0000", "p0001", "p0002", "p0003", "p0000"]);
    assert_eq!(seen(Paging::ByPosition), ["p0000", "p0001", "p0003", "p0000"]);
}

#[test]
fn the_cap_ends_the_list_and_every_page_says_so() {
    let mut bench = Bench::with(Options { query_cap: 25, ..Options::raised() });
    pages(&mut bench, 25);
    assert!(bench.query(&json!({})).ok().get("request_status").is_none());
    bench.titled("one more");
    let mut body = json!({ "sorts": by_edit(), "page_size": 10 });
    let mut given = 0;
    for has_more in [true, true, false] {
        let list = bench.query(&body).ok();
        assert_eq!(
            list["request_status"],
            json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" })
        );
        assert_eq!(list["has_more"], has_more);
        given += list["results"].as_array().unwrap().len();
        body["start_cursor"] = list["next_cursor"].clone();
    }
    assert_eq!(given, 25);
}

#[test]
fn lists_are_late_but_a_read_is_not() {
    let mut bench = Bench::with(Options { list_lag: Duration::from_secs(20), ..Options::raised() });
    let page = bench.titled("before");
    assert!(bench.found(&json!({})).is_empty());
    bench.later(20);
    assert_eq!(bench.found(&json!({})), ["before"]);
    let (ann, now) = (bench.ann, bench.now);
    bench.state.set_title(page, "after", ann, now).unwrap();
    bench.later(19);
    assert_eq!(bench.found(&json!({})), ["before"]);
    assert_eq!(bench.read(page)["properties"]["Name"]["title"][0]["plain_text"], "after");
    let now = bench.now;
    bench.state.trash_page(page, ann, now).unwrap();
    bench.later(1);
    assert_eq!(bench.found(&json!({})), ["after"]);
    bench.later(19);
    assert!(bench.found(&json!({})).is_empty());
}

#[test]
fn trashed_and_archived_rows_vanish_and_archived_ones_can_be_asked_for() {
    let mut bench = Bench::new();
    let ids = pages(&mut bench, 3);
    let (ann, now) = (bench.ann, bench.now);
    bench.state.trash_page(ids[0], ann, now).unwrap();
    bench.state.set_archived(ids[1], true, ann, now).unwrap();
    assert_eq!(bench.found(&json!({})), ["p0002"]);
    assert_eq!(bench.found(&json!({ "is_archived": true })), ["p0001"]);
    bench.query(&json!({ "in_trash": true })).invalid();
    bench.state.options.query_takes_in_trash = true;
    assert_eq!(bench.found(&json!({ "in_trash": true })), ["p0000"]);
    assert!(bench.found(&json!({ "result_type": "data_source" })).is_empty());
}

#[test]
fn a_filter_on_time_compares_what_is_shown_not_what_happened() {
    let mut bench = Bench::new();
    // Edited at 09:01:27, shown as 09:01:00.
    pages(&mut bench, 1);
    let mut edited = |condition: &str, when: &str| {
        let filter =
            json!({ "timestamp": "last_edited_time", "last_edited_time": { condition: when } });
        !bench.found(&json!({ "filter": filter })).is_empty()
    };
    assert!(edited("on_or_after", "2026-01-05T09:01:00.000Z"));
    assert!(!edited("on_or_after", "2026-01-05T09:01:10.000Z"));
    assert!(!edited("after", "2026-01-05T09:01:00.000Z"));
    assert!(edited("before", "2026-01-05T09:01:10.000Z"));
    assert!(edited("equals", "2026-01-05T10:01:00+01:00"));
    assert!(edited("on_or_before", "2026-01-05"));
    assert!(edited("equals", "2026-01-05"));
    assert!(!edited("before", "2026-01-05"));
    assert!(!edited("after", "2026-01-05"));
    assert!(
        edited("on_or_after", "today")
            && edited("after", "yesterday")
            && edited("before", "tomorrow")
    );
}

fn sample(bench: &mut Bench) -> UserId {
    let (ann, now, tasks) = (bench.ann, bench.now, bench.tasks);
    let rows: [(&str, &[(&str, Plain)]); 3] = [
        (
            "Alpha",
            &[
                ("Number", Plain::Number(1.0)),
                ("GitHub", Plain::Url("https://github.com/acme/app/issues/1".to_owned())),
                ("Type", Plain::Option("Bug".to_owned())),
                ("Labels", Plain::Options(vec!["red".to_owned()])),
                ("Assignees", Plain::People(vec![ann])),
                ("Due", Plain::Date("2026-01-05".to_owned())),
            ],
        ),
        (
            "beta",
            &[
                ("Number", Plain::Number(2.0)),
                ("Type", Plain::Option("Feature".to_owned())),
                ("Labels", Plain::Options(vec!["red".to_owned(), "Blue".to_owned()])),
                ("Status", Plain::Option("Done".to_owned())),
                ("Urgent", Plain::Checked(true)),
            ],
        ),
        ("Gamma", &[]),
    ];
    for (title, properties) in rows {
        let mut all = vec![("Name", Plain::Text(title.to_owned()))];
        all.extend_from_slice(properties);
        bench.state.add_page(tasks, &all, ann, now).unwrap();
    }
    ann
}

#[test]
fn each_type_is_filtered_by_its_conditions() {
    let mut bench = Bench::new();
    let ann = sample(&mut bench).to_string();
    let by_name = json!([{ "property": "Name", "direction": "ascending" }]);
    let cases = [
        (json!({ "property": "Name", "title": { "equals": "beta" } }), "beta"),
        (json!({ "property": "Name", "rich_text": { "contains": "A" } }), "Alpha beta Gamma"),
        (json!({ "property": "Name", "title": { "starts_with": "g" } }), "Gamma"),
        (json!({ "property": "title", "title": { "ends_with": "ha" } }), "Alpha"),
        (json!({ "property": "GitHub", "url": { "is_empty": true } }), "beta Gamma"),
        (
            json!({ "property": "GitHub", "url": { "equals": "https://github.com/acme/app/issues/1" } }),
            "Alpha",
        ),
        (json!({ "property": "GitHub", "url": { "is_not_empty": true } }), "Alpha"),
        (json!({ "property": "Number", "number": { "greater_than": 1 } }), "beta"),
        (json!({ "property": "Number", "number": { "less_than_or_equal_to": 2 } }), "Alpha beta"),
        (json!({ "property": "ID", "unique_id": { "equals": 3 } }), "Gamma"),
        (json!({ "property": "Type", "select": { "equals": "Bug" } }), "Alpha"),
        (json!({ "property": "Type", "select": { "equals": ["Bug", "Feature"] } }), "Alpha beta"),
        (json!({ "property": "Type", "select": { "does_not_equal": "Bug" } }), "beta Gamma"),
        (json!({ "property": "Status", "status": { "equals": "To do" } }), "Alpha Gamma"),
        (json!({ "property": "Labels", "multi_select": { "contains": "Blue" } }), "beta"),
        (json!({ "property": "Labels", "multi_select": { "does_not_contain": "red" } }), "Gamma"),
        (json!({ "property": "Urgent", "checkbox": { "equals": true } }), "beta"),
        (json!({ "property": "Urgent", "checkbox": { "does_not_equal": true } }), "Alpha Gamma"),
        (json!({ "property": "Assignees", "people": { "contains": ann } }), "Alpha"),
        (json!({ "property": "Assignees", "people": { "contains": "me" } }), ""),
        (json!({ "property": "Assignees", "people": { "is_empty": true } }), "beta Gamma"),
        (json!({ "property": "Maker", "created_by": { "contains": ann } }), "Alpha beta Gamma"),
        (json!({ "property": "Due", "date": { "equals": "2026-01-05" } }), "Alpha"),
        (json!({ "property": "Due", "date": { "this_week": {} } }), "Alpha"),
        (json!({ "property": "Due", "date": { "next_month": {} } }), "Alpha"),
        (json!({ "property": "Due", "date": { "before": "2026-01-05" } }), ""),
        (json!({ "property": "Made", "created_time": { "past_week": {} } }), "Alpha beta Gamma"),
        (
            json!({ "and": [
            { "or": [{ "property": "Number", "number": { "equals": 1 } }, { "property": "Number", "number": { "equals": 2 } }] },
            { "property": "Urgent", "checkbox": { "equals": false } },
        ] }),
            "Alpha",
        ),
    ];
    for (filter, expected) in cases {
        let found = bench.found(&json!({ "filter": filter, "sorts": by_name })).join(" ");
        assert_eq!(found, expected, "{filter}");
    }
}

#[test]
fn a_filter_or_sort_that_means_nothing_is_refused() {
    let mut bench = Bench::new();
    let third = json!({ "and": [{ "or": [{ "and": [] }] }] });
    for filter in [
        json!({ "property": "Nope", "number": { "equals": 1 } }),
        json!({ "property": "Number", "select": { "equals": "a" } }),
        json!({ "property": "Number", "number": { "contains": 1 } }),
        json!({ "property": "Number", "number": { "equals": "1" } }),
        json!({ "property": "Number", "number": { "equals": 1, "less_than": 3 } }),
        json!({ "property": "GitHub", "url": { "is_empty": false } }),
        json!({ "property": "Type", "select": { "equals": "no such option" } }),
        json!({ "timestamp": "edited", "edited": { "after": "today" } }),
        json!({ "timestamp": "created_time", "created_time": { "after": "sometime" } }),
        third,
    ] {
        bench.query(&json!({ "filter": filter })).invalid();
    }
    bench.query(&json!({ "sorts": [{ "property": "Nope", "direction": "ascending" }] })).invalid();
    bench
        .query(&json!({ "sorts": [{ "timestamp": "last_edited_time", "direction": "up" }] }))
        .invalid();
    bench.query(&json!({ "sort": [] })).invalid();
    bench.state.options.unknown_filter_option_refused = false;
    let nothing =
        json!({ "filter": { "property": "Type", "select": { "equals": "no such option" } } });
    assert!(bench.found(&nothing).is_empty());
}

#[test]
fn a_filter_by_id_survives_a_rename_and_one_by_name_does_not() {
    let mut bench = Bench::new();
    sample(&mut bench);
    let (tasks, now) = (bench.tasks, bench.now);
    let id = bench
        .state
        .schema(tasks)
        .iter()
        .find(|property| property.name == "Number")
        .unwrap()
        .id
        .to_string();
    bench.state.rename_property(tasks, "Number", "No.", now).unwrap();
    assert_eq!(
        bench.found(&json!({ "filter": { "property": id, "number": { "equals": 1 } } })),
        ["Alpha"]
    );
    bench
        .query(&json!({ "filter": { "property": "Number", "number": { "equals": 1 } } }))
        .invalid();
}

#[test]
fn rows_are_sorted_by_several_criteria_with_the_empty_last() {
    let mut bench = Bench::new();
    sample(&mut bench);
    let mut sorted = |sorts: Json| bench.found(&json!({ "sorts": sorts })).join(" ");
    assert_eq!(
        sorted(json!([{ "property": "Number", "direction": "ascending" }])),
        "Alpha beta Gamma"
    );
    assert_eq!(
        sorted(json!([{ "property": "Name", "direction": "descending" }])),
        "Gamma beta Alpha"
    );
    assert_eq!(
        sorted(
            json!([{ "property": "Status", "direction": "descending" }, { "property": "Name", "direction": "descending" }])
        ),
        "beta Gamma Alpha"
    );
}

#[test]
fn only_the_wanted_properties_are_shown() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let id = bench.read(page)["properties"]["Number"]["id"].as_str().unwrap().to_owned();
    let tasks = bench.tasks;
    let path =
        format!("/v1/data_sources/{tasks}/query?filter_properties[]={id}&filter_properties=title");
    let list = bench.call("POST", &path, Some(&json!({}))).ok();
    let shown: Vec<_> =
        list["results"][0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, ["Name", "Number"]);
    bench.get(&format!("/v1/pages/{page}?filter_properties=nope")).invalid();
    assert_eq!(
        bench.get(&format!("/v1/pages/{page}?filter_properties=title")).ok()["properties"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn search_knows_titles_only_and_late() {
    let mut bench =
        Bench::with(Options { search_lag: Duration::from_secs(30), ..Options::raised() });
    let page = bench.titled("Needle");
    let hits = |bench: &mut Bench| {
        let body = json!({ "query": "need", "filter": { "property": "object", "value": "page" } });
        bench.call("POST", "/v1/search", Some(&body)).ok()["results"].as_array().unwrap().len()
    };
    assert_eq!(hits(&mut bench), 0);
    bench.later(30);
    assert_eq!(hits(&mut bench), 1);
    let all = bench.call("POST", "/v1/search", Some(&json!({}))).ok();
    assert_eq!(all["results"].as_array().unwrap().len(), 2);
    let (ann, now) = (bench.ann, bench.now);
    bench.state.trash_page(page, ann, now).unwrap();
    bench.later(60);
    assert_eq!(hits(&mut bench), 0);
}

#[test]
fn search_takes_no_filter_and_no_order_but_its_own() {
    let mut bench = Bench::new();
    bench.titled("Needle");
    let status =
        |bench: &mut Bench, body: Json| bench.call("POST", "/v1/search", Some(&body)).status;
    for good in [
        json!({ "filter": { "property": "object", "value": "data_source" } }),
        json!({ "sort": { "timestamp": "last_edited_time", "direction": "ascending" } }),
        json!({ "sort": { "property": "relevance" } }),
    ] {
        assert_eq!(status(&mut bench, good.clone()), 200, "{good}");
    }
    for bad in [
        json!({ "filter": { "value": "page" } }),
        json!({ "filter": { "property": "title", "value": "page" } }),
        json!({ "sort": { "timestamp": "created_time", "direction": "ascending" } }),
        json!({ "sort": { "timestamp": "last_edited_time", "direction": "up" } }),
        json!({ "sort": { "timestamp": "last_edited_time" } }),
        json!({ "sort": { "property": "Name" } }),
    ] {
        assert_eq!(status(&mut bench, bad.clone()), 400, "{bad}");
    }
}

#[test]
fn two_workspaces_of_one_seed_answer_alike() {
    let run = || {
        let mut bench = Bench::with(Options { short_pages: true, ..Options::raised() });
        pages(&mut bench, 40);
        (0..5)
            .map(|_| bench.query(&json!({ "page_size": 20 })).body.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
