//! A Notion that answers what it is told to, for what the stand-in would not say.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::DATE;
use serde_json::{Value as Json, json};

use super::*;
use crate::remote::{Request, Response, Transport, TransportError};

pub(super) const AT: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

/// One answer in waiting.
pub(super) enum Line {
    Says(u16, Json),
    /// The connection closes after the request went out.
    Breaks,
    /// The stand-in answers, once the body is taken out of the request.
    World,
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub line: String,
    pub body: Json,
}

#[derive(Default)]
pub(super) struct Script {
    lines: Mutex<VecDeque<Line>>,
    asked: Mutex<Vec<Asked>>,
    world: Option<WorldTransport>,
}

impl Script {
    pub(super) fn of(lines: impl IntoIterator<Item = Line>) -> (Arc<Script>, Reader, Writer) {
        Script::before(None, lines)
    }

    /// The same, with a stand-in behind it.
    pub(super) fn before(
        world: Option<&Arc<World>>,
        lines: impl IntoIterator<Item = Line>,
    ) -> (Arc<Script>, Reader, Writer) {
        let script = Arc::new(Script {
            lines: Mutex::new(lines.into_iter().collect()),
            world: world.map(|world| WorldTransport::new(world, Side::Notion)),
            ..Script::default()
        });
        let channel = Channel::new(
            Arc::clone(&script) as Arc<dyn Transport>,
            Arc::new(NotionDialect),
            Pace::notion(180),
            Patience::endless(),
        );
        let api = url::Url::parse("https://api.notion.com").unwrap();
        let reader = Reader::new(&api, SecretString::from("secret"), channel);
        let writer = Writer::new(&reader, &Permit::grant());
        (script, reader, writer)
    }

    /// What was asked, and nothing is left to say.
    pub(super) fn asked(&self) -> Vec<Asked> {
        assert!(self.lines.lock().unwrap().is_empty(), "not everything was asked for");
        self.asked.lock().unwrap().clone()
    }
}

impl Transport for Script {
    fn send(&self, mut request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let path = request.uri().path_and_query().unwrap().as_str();
        let line = format!("{} {path}", request.method());
        let mut body: Json = serde_json::from_slice(request.body()).unwrap_or_default();
        self.asked.lock().unwrap().push(Asked { line: line.clone(), body: body.clone() });
        let said = self.lines.lock().unwrap().pop_front();
        let answer = match said.unwrap_or_else(|| panic!("nobody foresaw {line}")) {
            Line::Says(status, body) => {
                let response = http::Response::builder().status(status).header(DATE, AT);
                Ok(response.body(Bytes::from(body.to_string())).unwrap())
            }
            Line::World => {
                if let Some(body) = body.as_object_mut() {
                    body.retain(|key, _| !key.starts_with("markdown") && key != "allow_async");
                    *request.body_mut() = Bytes::from(Json::from(body.clone()).to_string());
                }
                return self.world.as_ref().unwrap().send(request);
            }
            Line::Breaks => Err(TransportError::Unclear("the connection was reset".to_owned())),
        };
        Box::pin(async move { answer })
    }
}

pub(super) fn page_id() -> PageId {
    "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11".parse().unwrap()
}

/// The body of the page as the markdown endpoints answer it.
pub(super) fn shows(markdown: &str) -> Line {
    Line::Says(200, shown(markdown))
}

pub(super) fn shown(markdown: &str) -> Json {
    json!({"object": "page_markdown", "id": page_id(), "markdown": markdown, "truncated": false,
        "unknown_block_ids": [], "request_id": "x"})
}

pub(super) fn refuses(message: &str) -> Line {
    Line::Says(400, error(400, "validation_error", message))
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Json {
    json!({"object": "error", "status": status, "code": code, "message": message})
}

/// The page itself, in the trash or not.
pub(super) fn page(in_trash: bool) -> Line {
    Line::Says(200, json!({"object": "page", "id": page_id(), "in_trash": in_trash}))
}

pub(super) fn task(status: &str, more: Json) -> Line {
    let mut task = json!({"object": "async_task", "id": "task_7e86", "status": status,
        "operation": {"surface": "rest", "name": "PATCH /v1/pages/:page_id/markdown"}});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Line::Says(if status == "queued" { 202 } else { 200 }, task)
}
