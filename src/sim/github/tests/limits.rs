//! Rate limits in each of their forms (github-api §6).

use super::super::Limits;
use super::*;

fn limited(limits: Limits) -> Hub {
    Hub::with(Options { limits, ..Options::default() })
}

#[test]
fn the_real_numbers_are_the_default() {
    let mut hub = Hub::new();
    let got = hub.get("/user");
    assert_eq!(
        ["limit", "remaining", "used", "reset", "resource"]
            .map(|name| got.header(&format!("x-ratelimit-{name}")).unwrap().to_owned()),
        ["5000", "4999", "1", "1767607200", "core"]
    );
    assert_eq!(hub.now.timestamp() + 3_600, 1_767_607_200);
    let limits = Limits::default();
    assert_eq!(
        (limits.points_per_minute, limits.creations_per_minute, limits.creations_per_hour),
        (900, 80, 500)
    );
}

#[test]
fn an_empty_hour_refuses_with_remaining_zero_until_its_reset() {
    for status in [403, 429] {
        let mut hub =
            limited(Limits { primary_per_hour: 2, primary_status: status, ..Limits::default() });
        hub.get("/user");
        hub.get("/user");
        let got = hub.get("/user");
        assert_eq!((got.status, got.header("x-ratelimit-remaining")), (status, Some("0")));
        assert!(got.json["message"].as_str().unwrap().contains("API rate limit exceeded"));
        assert_eq!(got.header("retry-after"), None);
        let reset: i64 = got.header("x-ratelimit-reset").unwrap().parse().unwrap();
        assert_eq!(hub.get("/rate_limit").json["rate"]["remaining"], 0, "asking is free");
        assert_eq!(hub.get_as("reader", "/user").status, 200, "another account has its own hour");
        hub.later(reset - hub.now.timestamp() - 1);
        assert_eq!(hub.get("/user").status, status);
        hub.later(1);
        assert_eq!(hub.get("/user").status, 200);
    }
}

#[test]
fn a_refused_request_and_a_rate_limit_question_cost_nothing() {
    let mut hub = limited(Limits { points_per_minute: 5, ..Limits::default() });
    hub.get("/rate_limit");
    assert_eq!(hub.get("/user").header("x-ratelimit-used"), Some("1"));
    let refused = hub.send("POST", ISSUES, &json!({"title": "x"}));
    assert_eq!((refused.status, refused.header("x-ratelimit-used")), (403, Some("1")));
    assert!(hub.state.issues(hub.repo).is_empty(), "a refusal has no effect");
}

#[test]
fn too_many_creations_a_minute_are_a_secondary_limit_with_retry_after() {
    let mut hub = limited(Limits { creations_per_minute: 2, ..Limits::default() });
    for _ in 0..2 {
        assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x"})).status, 201);
        hub.later(10);
    }
    let got = hub.send("POST", ISSUES, &json!({"title": "x"}));
    assert_eq!((got.status, got.header("retry-after")), (403, Some("41")));
    assert!(got.json["message"].as_str().unwrap().contains("secondary rate limit"));
    assert_ne!(got.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(
        hub.send("PATCH", &format!("{ISSUES}/1"), &json!({"title": "y"})).status,
        200,
        "an edit creates nothing"
    );
    hub.later(41);
    assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x"})).status, 201);
}

#[test]
fn too_many_creations_an_hour_are_refused_too() {
    let mut hub = limited(Limits { creations_per_hour: 3, ..Limits::default() });
    for _ in 0..3 {
        assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x"})).status, 201);
        hub.later(100);
    }
    assert_eq!(
        hub.send("POST", ISSUES, &json!({"title": "x"})).header("retry-after"),
        Some("3301")
    );
    hub.later(3_301);
    assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x"})).status, 201);
}

#[test]
fn a_secondary_limit_without_any_header_looks_so() {
    let limits = Limits {
        points_per_minute: 0,
        secondary_status: 429,
        secondary_retry_after: false,
        ..Limits::default()
    };
    let got = limited(limits).get("/user");
    assert_eq!(got.status, 429);
    assert!(
        got.headers
            .keys()
            .all(|name| !name.as_str().contains("ratelimit") && name != "retry-after")
    );
    assert!(got.json["message"].as_str().unwrap().contains("secondary rate limit"));
}

#[test]
fn an_enterprise_server_may_tell_nothing_about_limits() {
    let mut hub = limited(Limits { headers: false, ..Limits::default() });
    let got = hub.get("/user");
    assert_eq!(got.status, 200);
    assert!(got.headers.keys().all(|name| !name.as_str().contains("ratelimit")));
}

#[test]
fn a_write_costs_five_points_and_a_read_one() {
    let mut hub = limited(Limits { points_per_minute: 11, ..Limits::default() });
    hub.seed("one");
    assert_eq!(hub.get("/user").status, 200);
    for title in ["a", "b"] {
        assert_eq!(
            hub.send("PATCH", &format!("{ISSUES}/1"), &json!({ "title": title })).status,
            200
        );
    }
    assert_eq!(hub.get("/user").status, 403);
    hub.later(60);
    assert_eq!(hub.get("/user").status, 200);
}

#[test]
fn the_new_version_has_no_top_level_rate() {
    let mut hub = Hub::new();
    let mut request = hub.request("GET", "/rate_limit", "");
    request.headers_mut().insert("x-github-api-version", "2026-03-10".parse().unwrap());
    let got = hub.ask(&request);
    assert_eq!((got.json.get("rate"), &got.json["resources"]["core"]["used"]), (None, &json!(0)));
}
