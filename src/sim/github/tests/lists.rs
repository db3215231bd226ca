//! The list of issues: pages, order, filters, lag.

use proptest::prelude::*;

use super::super::Links;
use super::*;

fn filled(count: usize, options: Options) -> Hub {
    let mut hub = Hub::with(options);
    for n in 0..count {
        hub.later(1);
        hub.seed(&format!("issue {n}"));
    }
    hub
}

/// Follows `next` to the end; the numbers, page by page.
fn walk(hub: &mut Hub, path: &str) -> Vec<Vec<u64>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let got = hub.get(&path);
        assert_eq!(got.status, 200, "{path}");
        pages.push(got.numbers());
        next = got.link("next");
    }
    pages
}

#[test]
fn pages_of_nothing_one_a_hundred_and_a_hundred_and_one() {
    for links in [Links::Cursors, Links::Pages] {
        for (count, sizes) in [(0, vec![0]), (1, vec![1]), (100, vec![100]), (101, vec![100, 1])] {
            let mut hub = filled(count, Options { links, ..Options::default() });
            let pages = walk(
                &mut hub,
                &format!("{ISSUES}?per_page=100&state=all&sort=updated&direction=asc"),
            );
            assert_eq!(
                pages.iter().map(Vec::len).collect::<Vec<_>>(),
                sizes,
                "{count} by {links:?}"
            );
            let numbers: Vec<u64> = pages.concat();
            assert_eq!(numbers, (1..=count as u64).collect::<Vec<_>>());
        }
    }
}

#[test]
fn links_are_absolute_and_use_the_numeric_route() {
    let mut hub = filled(3, Options::default());
    let next = hub.get(&format!("{ISSUES}?per_page=2&state=all")).link("next").unwrap();
    let start = format!(
        "http://api.github.test/repositories/{}/issues?per_page=2&state=all&after=",
        hub.repo.0
    );
    assert!(next.starts_with(&start), "{next}");
}

#[test]
fn numbered_links_are_like_the_recorded_ones() {
    let mut hub = filled(13, Options { links: Links::Pages, ..Options::default() });
    let relations =
        |got: &Got| ["prev", "next", "last", "first"].map(|name| got.link(name).is_some());
    let first = hub.get(&format!("{ISSUES}?per_page=3"));
    assert_eq!(relations(&first), [false, true, true, false]);
    assert!(first.link("last").unwrap().ends_with("/issues?per_page=3&page=5"));
    let middle = hub.get(&first.link("next").unwrap());
    assert_eq!((relations(&middle), middle.numbers()), ([true; 4], vec![10, 9, 8]));
    let last = hub.get(&first.link("last").unwrap());
    assert_eq!((relations(&last), last.numbers()), ([true, false, false, true], vec![1]));
}

#[test]
fn per_page_is_clamped_to_a_hundred_or_refused() {
    let mut hub = filled(101, Options::default());
    assert_eq!(hub.get(&format!("{ISSUES}?per_page=500")).numbers().len(), 100);
    hub.state.options.refuses_large_pages = true;
    assert_eq!(hub.get(&format!("{ISSUES}?per_page=500")).status, 422);
}

#[test]
fn page_numbers_end_in_422_and_cursors_go_on() {
    let mut hub = filled(12, Options { max_numbered_rows: 10, ..Options::default() });
    assert_eq!(hub.get(&format!("{ISSUES}?per_page=2&page=4")).status, 200);
    let got = hub.get(&format!("{ISSUES}?per_page=2&page=5"));
    assert_eq!(got.status, 422);
    assert!(got.json["message"].as_str().unwrap().contains("cursor"));
    assert_eq!(walk(&mut hub, &format!("{ISSUES}?per_page=2")).concat().len(), 12);
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let mut hub = filled(3, Options::default());
    let next = hub.get(&format!("{ISSUES}?per_page=2")).link("next").unwrap();
    assert_eq!(hub.get(&format!("{next}&sort=updated")).status, 422);
    assert_eq!(hub.get(&format!("{ISSUES}?after=zzz")).status, 422);
}

#[test]
fn an_issue_that_moves_during_a_scan_is_seen_at_its_new_place_and_nobody_is_skipped() {
    let mut hub = filled(6, Options::default());
    let first = hub.get(&format!("{ISSUES}?per_page=3&sort=updated&direction=asc"));
    hub.later(10);
    hub.state.by("olga", hub.now).set_title(hub.repo, 2, "moved").unwrap();
    let rest = walk(&mut hub, &first.link("next").unwrap()).concat();
    assert_eq!((first.numbers(), rest), (vec![1, 2, 3], vec![4, 5, 6, 2]));
}

#[test]
fn since_includes_that_very_second_unless_switched_off() {
    let mut hub = filled(3, Options::default());
    let since = format!("{ISSUES}?state=all&since=2026-01-05T09:00:02Z");
    assert_eq!(hub.get(&since).numbers(), [3, 2]);
    hub.state.options.since_is_inclusive = false;
    assert_eq!(hub.get(&since).numbers(), [3]);
    for odd in ["yesterday", "2026-01-05", "2026-01-05T09:00:02.5Z", "2026-01-05T09:00:02%2B00:00"]
    {
        assert_eq!(hub.get(&format!("{ISSUES}?since={odd}")).status, 422, "{odd}");
    }
}

#[test]
fn only_open_issues_are_listed_unless_asked_otherwise() {
    let mut hub = filled(2, Options::default());
    hub.state.by("olga", hub.now).close(hub.repo, 1, "completed").unwrap();
    assert_eq!(hub.get(ISSUES).numbers(), [2]);
    assert_eq!(hub.get(&format!("{ISSUES}?state=closed")).numbers(), [1]);
    assert_eq!(hub.get(&format!("{ISSUES}?state=all")).numbers(), [2, 1]);
    for query in ["state=both", "sort=title", "direction=up"] {
        assert_eq!(hub.get(&format!("{ISSUES}?{query}")).status, 422, "{query}");
    }
}

#[test]
fn filters_by_label_creator_assignee_milestone_and_type() {
    let mut hub = filled(3, Options::default());
    let repo = hub.repo;
    let mut olga = hub.state.by("olga", hub.now);
    olga.add_label(repo, 1, "Bug").unwrap();
    olga.add_label(repo, 1, "urgent").unwrap();
    olga.add_label(repo, 2, "bug").unwrap();
    olga.assign(repo, 2, "paul").unwrap();
    olga.set_milestone(repo, 3, Some("v1")).unwrap();
    olga.set_type(repo, 3, Some("Task")).unwrap();
    for (query, numbers) in [
        ("labels=BUG", vec![2, 1]),
        ("labels=bug,urgent", vec![1]),
        ("creator=Olga", vec![3, 2, 1]),
        ("creator=nobody", vec![]),
        ("assignee=paul", vec![2]),
        ("assignee=none", vec![3, 1]),
        ("assignee=*", vec![2]),
        ("milestone=1", vec![3]),
        ("milestone=none", vec![2, 1]),
        ("type=task", vec![3]),
        ("type=none", vec![2, 1]),
    ] {
        assert_eq!(hub.get(&format!("{ISSUES}?{query}")).numbers(), numbers, "{query}");
    }
    assert_eq!(hub.get(&format!("{ISSUES}?milestone=9")).status, 422);
}

#[test]
fn pull_requests_sit_among_the_issues() {
    let mut hub = Hub::with(Options { pull_request_percent: 100, ..Options::default() });
    let created = hub.send("POST", ISSUES, &json!({"title": "mine"}));
    assert_eq!(created.json["number"], 2, "a pull request took the first number");
    let got = hub.get(ISSUES);
    let rows = got.json.as_array().unwrap();
    assert_eq!(got.numbers(), [2, 1]);
    assert!(rows[0].get("pull_request").is_none());
    assert!(rows[1]["pull_request"]["html_url"].as_str().unwrap().ends_with("/acme/app/pull/1"));
    assert_eq!(hub.state.issues(hub.repo).len(), 1);
}

#[test]
fn a_created_issue_is_there_by_number_before_lists_show_it() {
    let lag = std::time::Duration::from_secs(480);
    let mut hub = Hub::with(Options { list_lag: lag, ..Options::default() });
    hub.send("POST", ISSUES, &json!({"title": "new", "labels": ["bug"]}));
    assert_eq!(hub.get(&format!("{ISSUES}/1")).status, 200);
    hub.later(479);
    assert_eq!(hub.get(ISSUES).numbers(), [0u64; 0]);
    hub.later(1);
    assert_eq!(hub.get(ISSUES).numbers(), [1]);
}

#[test]
fn an_edited_issue_is_old_in_lists_until_the_lag_is_over() {
    let lag = std::time::Duration::from_secs(60);
    let mut hub = filled(2, Options { list_lag: lag, ..Options::default() });
    hub.later(100);
    hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"title": "edited"}));
    let title = |hub: &mut Hub| {
        let got = hub.get(&format!("{ISSUES}?sort=updated&direction=asc"));
        (got.numbers(), got.json[0]["title"].as_str().unwrap().to_owned())
    };
    assert_eq!(hub.get(&format!("{ISSUES}/1")).json["title"], "edited");
    assert_eq!(title(&mut hub), (vec![1, 2], "issue 0".to_owned()));
    hub.later(60);
    assert_eq!(title(&mut hub), (vec![2, 1], "issue 1".to_owned()));
}

#[test]
fn disabled_issues_are_not_listed() {
    for (status, options) in [
        (410, Options::default()),
        (200, Options { disabled_list_status: 200, ..Options::default() }),
    ] {
        let mut hub = filled(1, options);
        hub.state.set_issues_enabled(hub.repo, false).unwrap();
        assert_eq!(hub.get(ISSUES).status, status);
        assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x"})).status, 410);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn cursors_and_page_numbers_tell_the_same_list_in_every_order(
        edits in prop::collection::vec((1u64..=12, 0i64..3, any::<bool>()), 0..20),
        sort in prop::sample::select(vec!["created", "updated", "comments"]),
        direction in prop::sample::select(vec!["asc", "desc"]),
        size in 1usize..6,
    ) {
        let mut hub = Hub::new();
        for n in 0..12 {
            hub.later(n % 2);
            hub.seed("an issue");
        }
        for (number, pause, comments) in edits {
            hub.later(pause);
            let mut olga = hub.state.by("olga", hub.now);
            if comments {
                olga.comment(hub.repo, number, "hm").unwrap();
            } else {
                olga.set_body(hub.repo, number, Some(&pause.to_string())).unwrap();
            }
        }
        let path = format!("{ISSUES}?sort={sort}&direction={direction}&per_page={size}");
        let by_cursor = walk(&mut hub, &path).concat();
        hub.state.options.links = Links::Pages;
        prop_assert_eq!(&walk(&mut hub, &path).concat(), &by_cursor);

        let mut expected = hub.state.issues(hub.repo);
        expected.sort_by_key(|issue| match sort {
            "created" => (issue.created_at.timestamp(), issue.number),
            "updated" => (issue.updated_at.timestamp(), issue.number),
            _ => (issue.comments.len() as i64, issue.number),
        });
        let mut expected: Vec<u64> = expected.into_iter().map(|issue| issue.number).collect();
        if direction == "desc" {
            expected.reverse();
        }
        prop_assert_eq!(by_cursor, expected);
    }
}
