//! What every request goes through: agent, token, version, ETag, strictness.

use super::*;

#[test]
fn a_request_without_a_user_agent_is_refused_in_plain_words() {
    let mut hub = Hub::new();
    let mut request = hub.request("GET", "/user", "");
    request.headers_mut().remove("user-agent");
    let response = handle(&mut hub.state, hub.now, &request);
    assert_eq!(response.status(), 403);
    assert!(String::from_utf8_lossy(response.body()).contains("User-Agent"));
}

#[test]
fn a_wrong_token_is_401_and_so_is_none() {
    let mut hub = Hub::new();
    let got = hub.get_as("nonsense", "/user");
    assert_eq!((got.status, got.json["message"].as_str()), (401, Some("Bad credentials")));
    let mut request = hub.request("GET", "/user", "");
    request.headers_mut().remove("authorization");
    assert_eq!(hub.ask(&request).status, 401);
}

#[test]
fn the_older_token_scheme_is_taken_too() {
    let mut hub = Hub::new();
    let mut request = hub.request("GET", "/user", "");
    request.headers_mut().insert("authorization", "token admin".parse().unwrap());
    assert_eq!(hub.ask(&request).json["login"], "ada");
}

#[test]
fn a_revoked_token_is_401() {
    let mut hub = Hub::new();
    assert_eq!(hub.get("/user").status, 200);
    hub.state.revoke_token("admin");
    assert_eq!(hub.get("/user").status, 401);
}

#[test]
fn a_private_repository_is_404_for_strangers_and_not_403() {
    let mut hub = Hub::new();
    hub.state.add_token("stranger", "steve");
    assert_eq!(hub.get_as("stranger", "/repos/acme/app").status, 200);
    hub.state.set_private(hub.repo, true).unwrap();
    assert_eq!(hub.get_as("stranger", "/repos/acme/app").status, 404);
    assert_eq!(hub.get_as("stranger", &format!("/repositories/{}/issues", hub.repo.0)).status, 404);
    assert_eq!(hub.get_as("reader", "/repos/acme/app").status, 200);
}

#[test]
fn the_repository_says_what_the_token_may_do() {
    let mut hub = Hub::new();
    let may = |got: &Got| {
        let permissions = &got.json["permissions"];
        ["pull", "triage", "push", "admin"].map(|name| permissions[name].as_bool().unwrap())
    };
    assert_eq!(may(&hub.get_as("reader", "/repos/acme/app")), [true, false, false, false]);
    assert_eq!(may(&hub.get_as("triager", "/repos/acme/app")), [true, true, false, false]);
    assert_eq!(may(&hub.get_as("pusher", "/repos/acme/app")), [true, true, true, false]);
    assert_eq!(may(&hub.get_as("admin", "/repos/Acme/APP")), [true, true, true, true]);
}

#[test]
fn both_api_versions_are_served_and_named() {
    let mut hub = Hub::new();
    let number = hub.seed("one");
    let path = format!("{ISSUES}/{number}");
    let old = hub.get(&path);
    assert_eq!(old.header("x-github-api-version-selected"), Some("2022-11-28"));
    assert!(old.json.as_object().unwrap().contains_key("assignee"));

    let mut request = hub.request("GET", &path, "");
    request.headers_mut().insert("x-github-api-version", "2026-03-10".parse().unwrap());
    let new = hub.ask(&request);
    assert_eq!(new.header("x-github-api-version-selected"), Some("2026-03-10"));
    assert!(!new.json.as_object().unwrap().contains_key("assignee"));
}

#[test]
fn an_unknown_version_is_400_unless_switched_off() {
    for (refuses, status) in [(true, 400), (false, 200)] {
        let mut hub = Hub::with(Options { refuses_unknown_version: refuses, ..Options::default() });
        let mut request = hub.request("GET", "/user", "");
        request.headers_mut().insert("x-github-api-version", "2031-01-01".parse().unwrap());
        assert_eq!(hub.ask(&request).status, status);
    }
}

#[test]
fn an_unchanged_answer_is_304_without_body_link_or_type_and_free() {
    let mut hub = Hub::with(Options { links: super::super::Links::Pages, ..Options::default() });
    for n in 0..3 {
        hub.seed(&format!("issue {n}"));
    }
    let path = format!("{ISSUES}?per_page=2");
    let first = hub.get(&path);
    assert!(first.header("link").is_some());
    let remaining = first.header("x-ratelimit-remaining").unwrap().to_owned();

    let mut request = hub.request("GET", &path, "");
    request.headers_mut().insert("if-none-match", first.headers["etag"].clone());
    let second = hub.ask(&request);
    assert_eq!((second.status, &second.json), (304, &Value::Null));
    assert_eq!((second.header("link"), second.header("content-type")), (None, None));
    assert_eq!(second.header("x-ratelimit-remaining"), Some(remaining.as_str()));
    assert_eq!(second.header("etag"), first.header("etag"));

    hub.state.by("olga", hub.now).set_title(hub.repo, 3, "new").unwrap();
    assert_eq!(hub.ask(&request).status, 200);
}

#[test]
fn an_etag_belongs_to_one_token_and_one_accept() {
    let mut hub = Hub::new();
    let tag = hub.get("/repos/acme/app").headers["etag"].clone();
    hub.state.add_token("rotated", "ada");
    for (name, value) in [("authorization", "Bearer rotated"), ("accept", "application/json")] {
        let mut request = hub.request("GET", "/repos/acme/app", "");
        request.headers_mut().insert("if-none-match", tag.clone());
        assert_eq!(hub.ask(&request).status, 304, "before changing {name}");
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(hub.ask(&request).status, 200, "after changing {name}");
    }
}

#[test]
fn what_nobody_serves_is_404_and_remembered() {
    let mut hub = Hub::new();
    assert_eq!(hub.get("/repos/acme/app/pulls").status, 404);
    assert_eq!(hub.get("/repos/acme/app/issues/").status, 404);
    assert_eq!(hub.send("DELETE", "/repos/acme/app", &no_body()).status, 404);
    assert_eq!(
        hub.state.strays,
        ["GET /repos/acme/app/pulls", "GET /repos/acme/app/issues/", "DELETE /repos/acme/app"]
    );
    assert_eq!(hub.get("/repos/acme/unheard-of").status, 404);
    assert_eq!(hub.state.strays.len(), 3, "a missing thing is no stray request");
}

#[test]
fn malformed_json_and_json_that_is_no_object_are_400() {
    let mut hub = Hub::new();
    let mut message = |body: &str| {
        let request = hub.request("POST", ISSUES, body);
        let got = hub.ask(&request);
        (got.status, got.json["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(message("{\"title\":"), (400, "Problems parsing JSON".to_owned()));
    assert_eq!(message("[]"), (400, "Body should be a JSON object".to_owned()));
}

#[test]
fn an_unknown_property_is_422_only_in_strict_mode() {
    for (strict, status) in [(true, 422), (false, 201)] {
        let mut hub = Hub::with(Options { strict, ..Options::default() });
        assert_eq!(hub.send("POST", ISSUES, &json!({"title": "x", "lables": []})).status, status);
    }
    let mut hub = Hub::new();
    assert_eq!(hub.get(&format!("{ISSUES}?stat=open")).status, 422);
    let suggestion = json!({"labels": [{"name": "bug", "suggest": true}]});
    assert_eq!(hub.send("POST", ISSUES, &suggestion).status, 422);
}

#[test]
fn an_enterprise_server_answers_below_its_base_path_only() {
    let mut hub = Hub::with(Options { base_path: "/api/v3".to_owned(), ..Options::default() });
    hub.seed("one");
    assert_eq!(hub.get("/user").status, 404);
    let got = hub.get("/api/v3/repos/acme/app/issues/1");
    assert_eq!(got.json["url"], "http://api.github.test/api/v3/repos/acme/app/issues/1");
}

#[test]
fn a_read_only_token_may_read_and_nothing_else() {
    let mut hub = Hub::new();
    hub.state.make_token_read_only("admin");
    let got = hub.send("POST", ISSUES, &json!({"title": "x"}));
    assert_eq!(got.status, 403);
    assert_eq!(got.json["message"], "Resource not accessible by personal access token");
    assert_eq!(hub.get(ISSUES).status, 200);
}
