//! Stories about the stand-in for GitHub.

mod lifecycle;
mod limits;
mod lists;
mod people;
mod requests;
mod shapes;
mod writes;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use http::{HeaderMap, Request};
use serde_json::{Value, json};

use super::{NewIssue, NewRepo, Options, Permission, RepoId, State, handle};

/// A GitHub with one repository, `acme/app`, and an administrator's token `admin`.
struct Hub {
    state: State,
    now: DateTime<Utc>,
    repo: RepoId,
    token: &'static str,
}

struct Got {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Hub {
    fn new() -> Hub {
        Hub::with(Options::default())
    }

    fn with(options: Options) -> Hub {
        let now = Utc.with_ymd_and_hms(2026, 1, 5, 9, 0, 0).unwrap();
        let mut state = State::new(options, 7);
        let types = vec!["Bug".to_owned(), "Task".to_owned()];
        let repo = state.add_repo("acme/app", &NewRepo { types, ..NewRepo::default() }, now);
        for (token, login, permission) in [
            ("admin", "ada", Permission::Admin),
            ("pusher", "paul", Permission::Push),
            ("triager", "tess", Permission::Triage),
            ("reader", "rita", Permission::Read),
        ] {
            state.add_token(token, login);
            state.set_permission(repo, login, permission).unwrap();
        }
        Hub { state, now, repo, token: "admin" }
    }

    fn later(&mut self, secs: i64) {
        self.now += TimeDelta::seconds(secs);
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Request<Bytes> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "api.github.test")
            .header("user-agent", "tandem")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    fn ask(&mut self, request: &Request<Bytes>) -> Got {
        let response = handle(&mut self.state, self.now, request);
        let json = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Got { status: response.status().as_u16(), headers: response.headers().clone(), json }
    }

    fn get(&mut self, path: &str) -> Got {
        let request = self.request("GET", path, "");
        self.ask(&request)
    }

    fn get_as(&mut self, token: &'static str, path: &str) -> Got {
        let before = std::mem::replace(&mut self.token, token);
        let got = self.get(path);
        self.token = before;
        got
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> Got {
        let request = self.request(method, path, &body.to_string());
        self.ask(&request)
    }

    fn send_as(&mut self, token: &'static str, method: &str, path: &str, body: &Value) -> Got {
        let before = std::mem::replace(&mut self.token, token);
        let got = self.send(method, path, body);
        self.token = before;
        got
    }

    /// An issue that has always been there; its number.
    fn seed(&mut self, title: &str) -> u64 {
        let new = NewIssue {
            title: title.to_owned(),
            author: Some("olga".to_owned()),
            ..NewIssue::default()
        };
        self.state.seed_issue(self.repo, &new, self.now).unwrap()
    }
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The target of one relation in the `Link` header.
    fn link(&self, relation: &str) -> Option<String> {
        let end = format!("; rel=\"{relation}\"");
        let link = self.header("link")?.split(", ").find(|link| link.ends_with(&end))?;
        Some(link.trim_start_matches('<').split('>').next()?.to_owned())
    }

    fn numbers(&self) -> Vec<u64> {
        self.json.as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect()
    }

    /// The `code` of the only entry in `errors`.
    fn code(&self) -> &str {
        self.json["errors"][0]["code"].as_str().unwrap_or_default()
    }

    fn names(&self) -> Vec<&str> {
        names(&self.json)
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn logins(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["login"].as_str().unwrap()).collect()
}

const ISSUES: &str = "/repos/acme/app/issues";

fn no_body() -> Value {
    json!({})
}
