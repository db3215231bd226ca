//! Who may ask, how often, and for what.

use serde_json::{Value as Json, json};

use super::super::{Capabilities, Options, UserInfo};
use super::{Bench, Bytes, Request, TOKEN};

#[test]
fn a_window_admits_its_budget_and_says_when_the_next_begins() {
    let mut bench = Bench::with(Options::default());
    let answers: Vec<_> = (0..181).map(|_| bench.get("/v1/users/me").status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 180);
    let refused = bench.get("/v1/users/me");
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    let data = &refused.body["additional_data"];
    assert_eq!(data["rate_limit_reason"], "public_api_request_rate_limit");
    assert_eq!(data["retry_after"], json!(wait.to_string()));
    assert_eq!(
        refused.refused(429, "rate_limited"),
        "You have been rate limited. Please try again in a few minutes."
    );
    bench.later(wait - 1);
    assert_eq!(bench.get("/v1/users/me").status, 429);
    bench.later(1);
    assert_eq!(bench.get("/v1/users/me").status, 200);
    assert_eq!(bench.state.refused_for_pace(), 3);
}

#[test]
fn a_burst_at_the_end_of_one_window_and_the_start_of_the_next_is_admitted() {
    let mut bench = Bench::with(Options { requests_per_window: 5, ..Options::default() });
    while bench.get("/v1/users/me").status == 200 {}
    let wait: i64 =
        bench.get("/v1/users/me").headers["retry-after"].to_str().unwrap().parse().unwrap();
    bench.later(wait + 59);
    for _ in 0..5 {
        assert_eq!(bench.get("/v1/users/me").status, 200);
    }
    bench.later(1);
    assert_eq!(bench.get("/v1/users/me").status, 200);
}

#[test]
fn tokens_have_their_own_windows_and_the_workspace_may_have_one_for_all() {
    let mut bench = Bench::with(Options { requests_per_window: 3, ..Options::default() });
    bench.state.add_token("ntn_other", "other", Capabilities::full());
    for _ in 0..3 {
        bench.get("/v1/users/me").ok();
    }
    assert_eq!(bench.get("/v1/users/me").status, 429);
    bench.token = "ntn_other";
    bench.get("/v1/users/me").ok();

    let mut bench =
        Bench::with(Options { workspace_requests_per_window: Some(2), ..Options::default() });
    bench.state.add_token("ntn_other", "other", Capabilities::full());
    bench.get("/v1/users/me").ok();
    bench.token = "ntn_other";
    bench.get("/v1/users/me").ok();
    let refused = bench.get("/v1/users/me");
    assert_eq!(
        refused.body["additional_data"]["rate_limit_reason"],
        "public_api_space_request_rate_limit"
    );
}

#[test]
fn a_blocked_connection_is_told_so_without_a_time() {
    let mut bench = Bench::new();
    bench.state.set_blocked(TOKEN, true).unwrap();
    let refused = bench.get("/v1/users/me");
    assert_eq!(
        refused.body["additional_data"],
        json!({ "rate_limit_reason": "public_api_request_blocked" })
    );
    assert!(!refused.headers.contains_key("retry-after"));
    assert_eq!(refused.status, 429);
}

#[test]
fn overload_is_529_and_nothing_happens() {
    let mut bench = Bench::new();
    bench.state.overload(1);
    assert_eq!(
        bench.create(&json!({})).refused(529, "service_overload"),
        "Notion is overloaded. Please try again later."
    );
    assert!(bench.state.pages(bench.tasks).is_empty());
    bench.create(&json!({})).ok();
}

#[test]
fn a_503_may_hide_a_saved_page_and_then_names_it() {
    let mut bench = Bench::new();
    bench.state.commit_then_503(2);
    let answer = bench.create(&json!({ "Number": { "number": 1 } }));
    let id =
        answer.body["additional_data"]["committed_resource_id"].as_str().unwrap().parse().unwrap();
    answer.refused(503, "service_unavailable");
    assert_eq!(bench.read(id)["properties"]["Number"]["number"], 1);
    let answer = bench.set(id, &json!({ "Number": { "number": 2 } }));
    assert!(answer.body["additional_data"].get("committed_resource_id").is_none());
    answer.refused(503, "service_unavailable");
    assert_eq!(bench.read(id)["properties"]["Number"]["number"], 2);
    bench.set(id, &json!({ "Number": { "number": 3 } })).ok();
}

#[test]
fn the_url_is_looked_at_first_then_the_token_then_the_version_then_the_body() {
    let mut bench = Bench::new();
    bench.token = "ntn_wrong";
    assert_eq!(
        bench.get("/v1/nothing").refused(400, "invalid_request_url"),
        "Invalid request URL."
    );
    assert_eq!(bench.get("/v1/users").refused(401, "unauthorized"), "API token is invalid.");
    bench.token = TOKEN;
    let request = |version: Option<&str>, body: &'static str| {
        let mut request = Request::post("/v1/pages").header("Authorization", "Bearer ntn_test");
        if let Some(version) = version {
            request = request.header("Notion-Version", version);
        }
        request
            .header("Content-Type", "application/json")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    };
    assert_eq!(
        bench.send(&request(None, "{")).refused(400, "missing_version"),
        "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`."
    );
    assert!(bench.send(&request(Some("2022-06-28"), "{")).invalid().contains("2022-06-28"));
    assert_eq!(
        bench.send(&request(Some("2026-03-11"), "{")).refused(400, "invalid_json"),
        "Error parsing JSON body."
    );
    assert_eq!(
        bench.send(&request(Some("2026-03-11"), "\"\\ud800\"")).refused(400, "invalid_json"),
        "Error parsing JSON body."
    );
    assert_eq!(
        bench.send(&request(Some("2026-03-11"), "[]")).invalid(),
        "body failed validation: body should be an object, instead was `[]`."
    );
    assert_eq!(bench.state.strays(), ["GET https://api.notion.com/v1/nothing"]);
}

#[test]
fn a_body_over_500_kilobytes_is_refused_by_the_edge_without_json() {
    let mut bench = Bench::new();
    let huge = "x".repeat(520_000);
    let answer = bench.create(&json!({ "Notes": super::text(&huge) }));
    assert!(answer.headers.contains_key("cf-ray"));
    assert!(!answer.headers.contains_key("x-notion-request-id"));
    assert_eq!((answer.status, answer.body), (413, Json::Null));
}

#[test]
fn each_capability_is_needed_for_what_it_names() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let mut with = |change: fn(&mut Capabilities)| {
        let mut capabilities = Capabilities::full();
        change(&mut capabilities);
        bench.state.set_capabilities(TOKEN, capabilities).unwrap();
        let page = format!("/v1/pages/{page}");
        let users = bench.get("/v1/users").status;
        let read = bench.get(&page).status;
        let create = bench.create(&json!({}));
        let update = bench.call("PATCH", &page, Some(&json!({})));
        assert_eq!(bench.query(&json!({})).status, read);
        (users, read, create.status, update.status, create.body["properties"].is_object())
    };
    assert_eq!(with(|_| {}), (200, 200, 200, 200, true));
    assert_eq!(with(|able| able.read = false), (200, 403, 200, 200, false));
    assert_eq!(with(|able| able.insert = false), (200, 200, 403, 200, false));
    assert_eq!(with(|able| able.update = false), (200, 200, 200, 403, true));
    assert_eq!(with(|able| able.users = UserInfo::Nothing), (403, 200, 200, 200, true));
}

#[test]
fn what_is_not_shared_or_of_another_kind_is_not_found_and_the_answer_names_the_connection() {
    let mut bench = Bench::new();
    let page = bench.titled("x");
    let (database, tasks) = (bench.database, bench.tasks);
    for path in [
        format!("/v1/pages/{tasks}"),
        format!("/v1/data_sources/{database}"),
        format!("/v1/databases/{tasks}"),
    ] {
        bench.get(&path).refused(404, "object_not_found");
    }
    bench.state.unshare(tasks, TOKEN).unwrap();
    for path in [
        format!("/v1/pages/{page}"),
        format!("/v1/data_sources/{tasks}"),
        format!("/v1/databases/{database}"),
    ] {
        assert!(bench.get(&path).refused(404, "object_not_found").contains("\"tandem\""));
    }
    bench.query(&json!({})).refused(404, "object_not_found");
    bench.create(&json!({})).refused(404, "object_not_found");
    assert_eq!(
        bench.get("/v1/pages/abc").invalid(),
        "path failed validation: path.page_id should be a valid uuid, instead was `\"abc\"`."
    );
}

#[test]
fn people_are_shown_as_far_as_the_capability_goes() {
    let mut bench = Bench::new();
    let ann = bench.ann;
    let page = bench.made(&json!({ "Assignees": { "people": [{ "id": ann.to_string() }] } }));
    let mut seen = |users: UserInfo| {
        bench
            .state
            .set_capabilities(TOKEN, Capabilities { users, ..Capabilities::full() })
            .unwrap();
        bench.read(page)["properties"]["Assignees"]["people"][0].clone()
    };
    assert_eq!(seen(UserInfo::Nothing), json!({ "object": "user", "id": ann.to_string() }));
    assert_eq!(seen(UserInfo::WithoutEmail)["person"], json!({}));
    assert_eq!(seen(UserInfo::WithEmail)["person"]["email"], "ann@example.com");
}

#[test]
fn a_personal_token_acts_as_the_person_and_lists_nobody() {
    let mut bench = Bench::new();
    let (ann, tasks) = (bench.ann, bench.tasks);
    bench.state.add_personal_token("ntn_ann", ann).unwrap();
    bench.state.share(tasks, "ntn_ann").unwrap();
    bench.token = "ntn_ann";
    assert_eq!(bench.get("/v1/users/me").ok()["person"]["email"], "ann@example.com");
    bench.get("/v1/users").refused(403, "restricted_resource");
    let page = bench.titled("x");
    assert_eq!(bench.state.page(page).unwrap().created_by(), ann);
}

#[test]
fn a_revoked_token_is_refused() {
    let mut bench = Bench::new();
    bench.state.revoke_token(TOKEN);
    bench.get("/v1/users/me").refused(401, "unauthorized");
}

#[test]
fn users_come_in_pages_and_by_id() {
    let mut bench = Bench::new();
    for index in 0..150 {
        bench.state.add_user(&format!("u{index}"), "u@example.com");
    }
    let first = bench.get("/v1/users").ok();
    assert_eq!(first["results"].as_array().unwrap().len(), 100);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = bench.get(&format!("/v1/users?start_cursor={cursor}")).ok();
    assert_eq!(
        (second["results"].as_array().unwrap().len(), &second["has_more"]),
        (52, &json!(false))
    );
    let ann = bench.ann;
    assert_eq!(bench.get(&format!("/v1/users/{ann}")).ok()["name"], "Ann");
    bench.get("/v1/users?page_size=101").invalid();
    bench.get("/v1/users?start_cursor=nonsense").invalid();
    bench.get(&format!("/v1/users/{}", bench.tasks)).refused(404, "object_not_found");
}
