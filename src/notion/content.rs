//! A page's content: the markdown of its body as Notion shows it (notion-api §6.2).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::files::stable_files;
use super::reader::Reader;
use super::wire::{self, Wire, nonsense};
use crate::model::PageId;
use crate::remote::{Channel, Lookup, RemoteError, Response};

/// The dialect in which bodies are read and written; it is asked for each time (notion-api §6.3).
pub(super) const MARKDOWN_VERSION: &str = "v2";

/// A page's address that needs no reading: it leads to the page whatever its title is.
#[must_use]
pub fn page_url(page: PageId) -> String {
    format!("https://www.notion.so/{}", page.0.simple())
}

/// What a page's body showed at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Notion's markdown; lines end in LF, and files that Notion hosts have their addresses without the signature.
    pub markdown: String,
    /// Whether something is left out: too much for one answer, or not for us to see. A small page with one unshared
    /// sub-page is truncated.
    pub truncated: bool,
    /// What is left out; each stands in the text as an `<unknown>` tag.
    pub unknown: Vec<Uuid>,
    /// What Notion remarks about a write; bodies may be quoted in it.
    pub warnings: Vec<String>,
    /// The server's clock when it answered.
    pub at: DateTime<Utc>,
}

/// A body as it came, signatures and all.
pub(super) struct RawContent {
    pub markdown: String,
    pub content: Content,
}

/// The answer of the markdown endpoints.
#[derive(Deserialize)]
struct Answer {
    markdown: String,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    unknown_block_ids: Vec<String>,
    /// The shape of one is not documented (notion-api §6.3.1).
    #[serde(default)]
    warnings: Vec<Json>,
}

impl RawContent {
    /// Reads an answer; the transport bounds its size, as that of every other (I14).
    pub(super) fn of(wire: &Wire, answer: &Response) -> Result<RawContent, RemoteError> {
        let read: Answer = wire::parse(answer, "the markdown of a page")?;
        let at = Channel::date_of(answer).or_else(|| wire.channel.server_now());
        let at = at.ok_or_else(|| nonsense("an answer without a Date header".to_owned()))?;
        let unknown = read.unknown_block_ids.iter();
        let content = Content {
            markdown: stable_files(&read.markdown.replace("\r\n", "\n")),
            truncated: read.truncated,
            unknown: unknown.filter_map(|id| Uuid::try_parse(id).ok()).collect(),
            warnings: read.warnings.iter().map(words).collect(),
            at,
        };
        Ok(RawContent { markdown: read.markdown, content })
    }
}

/// A warning's text, wherever it keeps it.
fn words(warning: &Json) -> String {
    let text = warning.as_str().or_else(|| warning.get("message").and_then(Json::as_str));
    text.map_or_else(|| warning.to_string(), str::to_owned)
}

impl Reader {
    /// The body of a page, in one request. What is not shown proves nothing (I7).
    pub async fn body(&self, page: PageId) -> Result<Lookup<Content>, RemoteError> {
        Ok(match self.raw_body(page).await? {
            Lookup::Found(raw) => Lookup::Found(raw.content),
            Lookup::Gone => Lookup::Gone,
            Lookup::Moved(to) => Lookup::Moved(to),
            Lookup::Hidden(why) => Lookup::Hidden(why),
        })
    }

    pub(super) async fn raw_body(&self, page: PageId) -> Result<Lookup<RawContent>, RemoteError> {
        let path = format!("pages/{page}/markdown?markdown_version={MARKDOWN_VERSION}");
        match self.wire.get(&path).await {
            Ok(answer) => RawContent::of(&self.wire, &answer).map(Lookup::Found),
            Err(RemoteError::Missing { what, .. }) => Ok(Lookup::Hidden(what)),
            Err(error) => Err(error),
        }
    }
}
