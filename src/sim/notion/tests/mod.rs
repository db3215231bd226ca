//! Stories about this Notion, told through its HTTP interface.

mod content;
mod limits;
mod nonsense;
mod people;
mod queries;
mod schema;
mod shapes;
mod uploads;
mod writes;

use bytes::Bytes;
use chrono::{DateTime, Duration, TimeZone, Utc};
use http::Request;
use serde_json::{Value as Json, json};

use super::{Capabilities, DataSourceId, DatabaseId, Options, PageId, State, Type, UserId, handle};

const TOKEN: &str = "ntn_test";

/// One workspace with a task database, a connection and a person.
struct Bench {
    state: State,
    now: DateTime<Utc>,
    version: &'static str,
    token: &'static str,
    database: DatabaseId,
    tasks: DataSourceId,
    bot: UserId,
    ann: UserId,
}

struct Answer {
    status: u16,
    body: Json,
    headers: http::HeaderMap,
}

impl Answer {
    fn ok(self) -> Json {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    fn refused(self, status: u16, code: &str) -> String {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        self.body["message"].as_str().unwrap().to_owned()
    }

    fn invalid(self) -> String {
        self.refused(400, "validation_error")
    }
}

impl Bench {
    fn new() -> Bench {
        Bench::with(Options { search_lag: std::time::Duration::ZERO, ..Options::raised() })
    }

    fn with(options: Options) -> Bench {
        let now = Utc.with_ymd_and_hms(2026, 1, 5, 9, 0, 27).unwrap() + Duration::milliseconds(345);
        let mut state = State::new(options, 7);
        let bot = state.add_token(TOKEN, "tandem", Capabilities::full());
        let ann = state.add_user("Ann", "ann@example.com");
        let properties = [
            ("Name", Type::Title),
            ("Notes", Type::RichText),
            ("GitHub", Type::Url),
            ("Number", Type::Number),
            ("Type", Type::select(["Bug", "Feature"])),
            ("Labels", Type::multi_select(["red", "Blue"])),
            ("Status", Type::status(&["To do"], &["In progress"], &["Done"])),
            ("Urgent", Type::Checkbox),
            ("Assignees", Type::People),
            ("Due", Type::Date),
            ("ID", Type::UniqueId(Some("T".to_owned()))),
            ("Made", Type::CreatedTime),
            ("Edited", Type::LastEditedTime),
            ("Maker", Type::CreatedBy),
            ("Editor", Type::LastEditedBy),
            ("Sum", Type::Other("formula".to_owned())),
        ];
        let (database, tasks) = state.add_data_source("Tasks", &properties, ann, now);
        state.share(tasks, TOKEN).unwrap();
        Bench { state, now, version: "2026-03-11", token: TOKEN, database, tasks, bot, ann }
    }

    fn later(&mut self, seconds: i64) {
        self.now += Duration::seconds(seconds);
    }

    fn send(&mut self, request: &Request<Bytes>) -> Answer {
        let response = handle(&mut self.state, self.now, request);
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
        Answer { status: parts.status.as_u16(), body, headers: parts.headers }
    }

    fn call(&mut self, method: &str, path: &str, body: Option<&Json>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://api.notion.com{path}"))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Notion-Version", self.version);
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let body = body.map(Json::to_string).unwrap_or_default();
        self.send(&request.body(Bytes::from(body)).unwrap())
    }

    fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    fn create(&mut self, properties: &Json) -> Answer {
        let parent = json!({ "data_source_id": self.tasks.to_string() });
        self.call("POST", "/v1/pages", Some(&json!({ "parent": parent, "properties": properties })))
    }

    /// A page made through the API.
    fn made(&mut self, properties: &Json) -> PageId {
        self.create(properties).ok()["id"].as_str().unwrap().parse().unwrap()
    }

    fn titled(&mut self, title: &str) -> PageId {
        self.made(&json!({ "Name": { "title": [{ "text": { "content": title } }] } }))
    }

    fn patch(&mut self, page: PageId, body: &Json) -> Answer {
        self.call("PATCH", &format!("/v1/pages/{page}"), Some(body))
    }

    fn set(&mut self, page: PageId, properties: &Json) -> Answer {
        self.patch(page, &json!({ "properties": properties }))
    }

    fn read(&mut self, page: PageId) -> Json {
        self.get(&format!("/v1/pages/{page}")).ok()
    }

    fn query(&mut self, body: &Json) -> Answer {
        let path = format!("/v1/data_sources/{}/query", self.tasks);
        self.call("POST", &path, Some(body))
    }

    /// Every title a query finds, over all its pages.
    fn found(&mut self, body: &Json) -> Vec<String> {
        let mut titles = Vec::new();
        let mut body = body.clone();
        for _ in 0..10_000 {
            let list = self.query(&body).ok();
            for page in list["results"].as_array().unwrap() {
                titles.push(
                    page["properties"]["Name"]["title"][0]["plain_text"]
                        .as_str()
                        .unwrap_or("")
                        .to_owned(),
                );
            }
            if list["has_more"] == json!(false) {
                assert_eq!(list["next_cursor"], Json::Null);
                return titles;
            }
            body["start_cursor"] = list["next_cursor"].clone();
        }
        panic!("the query never ended");
    }

    fn schema_patch(&mut self, properties: &Json) -> Answer {
        let path = format!("/v1/data_sources/{}", self.tasks);
        self.call("PATCH", &path, Some(&json!({ "properties": properties })))
    }
}

fn text(content: &str) -> Json {
    json!({ "rich_text": [{ "text": { "content": content } }] })
}

fn names(value: &Json) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|option| option["name"].as_str().unwrap()).collect()
}
