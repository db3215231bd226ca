//! Listings: one page at a time, along GitHub's own links.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::client::{Client, SharedClient};
use super::reader::about_repository;
use super::{codec, links, wire};
use crate::model::{Issue, Mapping, RepoId, RepoName, Side};
use crate::remote::{Channel, Listed, RemoteError, Response, Trail};

/// Longest listing that is followed: a million issues (I14).
const MAX_PAGES: usize = 10_000;

/// What the change probe found (github-api §5).
#[derive(Debug, Clone, PartialEq)]
pub enum Newest {
    /// Nothing on the first page has changed since the etag was given.
    Unchanged {
        /// The server's clock.
        at: DateTime<Utc>,
    },
    /// The most recently updated issues.
    Rows {
        /// The issues among the rows.
        issues: Vec<Issue>,
        /// How many rows there were, pull requests included.
        rows: usize,
        /// Update time of the last row, whatever it is.
        oldest_update: Option<DateTime<Utc>>,
        /// Whether there are further pages.
        more: bool,
        /// To be sent next time, once everything the rows led to is done.
        etag: Option<String>,
        /// The server's clock.
        at: DateTime<Utc>,
    },
}

/// A listing of issues, without the pull requests among them. An empty page is not the end.
pub struct Pages {
    client: SharedClient,
    mapping: Arc<Mapping>,
    repo: RepoName,
    links: Links,
}

impl Pages {
    pub(super) fn new(
        client: SharedClient,
        mapping: &Mapping,
        repo: RepoName,
        path: String,
    ) -> Pages {
        let links = Links::new(format!("the issues of {repo}"), path);
        Pages { client, mapping: Arc::new(mapping.clone()), repo, links }
    }

    /// The next page; `None` after the last. After an error the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Listed<Issue>>, RemoteError> {
        let answer = self.links.next(&self.client).await;
        let answer = answer.map_err(|error| about_repository(error, &self.repo))?;
        let Some(response) = answer else { return Ok(None) };
        let (items, _) = issues_in(&response, &self.links.what, &self.mapping)?;
        let at = at(&self.client, &response)?;
        self.links.follow(&self.client, &response)?;
        Ok(Some(Listed { items, at }))
    }
}

/// Where a listing stands.
pub(super) struct Links {
    /// What is listed, for messages.
    what: String,
    /// The page to ask for next.
    next: Option<String>,
    pages: usize,
    trail: Trail,
}

impl Links {
    pub(super) fn new(what: String, path: String) -> Links {
        Links { what, next: Some(path), pages: 0, trail: Trail::default() }
    }

    /// Asks for the page where the listing stands.
    pub(super) async fn next(&self, client: &Client) -> Result<Option<Response>, RemoteError> {
        match &self.next {
            Some(path) => client.get(path, None).await.map(Some),
            None => Ok(None),
        }
    }

    /// Steps on, along the link as GitHub wrote it: page numbers end at 10,000 rows (github-api §1.3).
    pub(super) fn follow(
        &mut self,
        client: &Client,
        response: &Response,
    ) -> Result<(), RemoteError> {
        let next = link(response, "next").map(|link| client.local(link)).transpose()?;
        self.pages += 1;
        let is_back = next.as_deref().is_some_and(|next| self.trail.is_back_at(next));
        if next.is_some() && (is_back || next == self.next || self.pages >= MAX_PAGES) {
            return Err(RemoteError::Nonsense {
                side: Side::GitHub,
                what: format!("{}: the listing does not end ({} pages)", self.what, self.pages),
            });
        }
        self.next = next;
        Ok(())
    }
}

/// A link in the answer's header.
pub(super) fn link<'a>(response: &'a Response, relation: &str) -> Option<&'a str> {
    let header = response.headers().get(http::header::LINK)?.to_str().ok()?;
    links::relation(header, relation)
}

/// The issues of a page, and every row of it.
pub(super) fn issues_in(
    response: &Response,
    what: &str,
    mapping: &Mapping,
) -> Result<(Vec<Issue>, Vec<wire::Issue>), RemoteError> {
    let rows: Vec<wire::Issue> = decode(response, what)?;
    let repo_id = repository_id(response);
    let issues = rows.iter().filter(|row| row.pull_request.is_none());
    let issues: Result<Vec<Issue>, String> =
        issues.map(|row| codec::issue(row, mapping, repo_id)).collect();
    Ok((issues.map_err(|error| nonsense(what, &error))?, rows))
}

/// GitHub's own links name the repository by its id; 0 where there are none.
fn repository_id(response: &Response) -> RepoId {
    let of = |relation| link(response, relation).and_then(links::repository_id);
    RepoId(["next", "prev", "first", "last"].into_iter().find_map(of).unwrap_or(0))
}

/// Reads an answer's JSON. The message never quotes it: it may hold what people wrote (I17).
pub(super) fn decode<T: DeserializeOwned>(
    response: &Response,
    what: &str,
) -> Result<T, RemoteError> {
    serde_json::from_slice(response.body()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let fault = match error.classify() {
            serde_json::error::Category::Data => "JSON of an unexpected shape",
            serde_json::error::Category::Eof => "JSON that ends too early",
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => "no JSON",
        };
        nonsense(what, &format!("{fault} (line {line}, column {column})"))
    })
}

/// The server's clock when it answered. Cursors are made of it, so ours will not do.
pub(super) fn at(client: &Client, response: &Response) -> Result<DateTime<Utc>, RemoteError> {
    Channel::date_of(response)
        .or_else(|| client.channel().server_now())
        .ok_or_else(|| nonsense("the answer", "no `Date` header"))
}

fn nonsense(what: &str, fault: &str) -> RemoteError {
    RemoteError::Nonsense { side: Side::GitHub, what: format!("{what}: {fault}") }
}
