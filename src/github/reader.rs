//! What tandem asks GitHub. Nothing here can change anything (I15).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use url::Url;

use super::client::{Auth, Client, SharedClient};
use super::links::{self, issue_path, repo_path};
use super::pages::{Newest, Pages, at, decode, issues_in, link};
use super::repository::Repository;
use super::{codec, edited, timeline, wire};
use crate::model::{Field, Issue, IssueRef, Login, Mapping, RepoId, RepoName, Side};
use crate::remote::{Channel, Lookup, RemoteError, Response};

/// GitHub, for asking. Clones share token and pace.
#[derive(Clone)]
pub struct Reader {
    client: SharedClient,
}

impl Reader {
    /// A reader of the GitHub at `api_url`. Must be called inside a runtime.
    pub fn new(api_url: &Url, auth: Auth, channel: Channel) -> Result<Reader, RemoteError> {
        Ok(Reader { client: Arc::new(Client::new(api_url, auth, channel)?) })
    }

    pub(super) fn client(&self) -> &SharedClient {
        &self.client
    }

    /// GitHub's clock, as far as its answers told it.
    #[must_use]
    pub fn server_now(&self) -> Option<DateTime<Utc>> {
        self.client.channel().server_now()
    }

    /// The repository's address for people.
    #[must_use]
    pub fn web_url(&self, repo: &RepoName) -> String {
        self.client.web_url(repo)
    }

    /// Requests sent so far, each attempt counted.
    #[must_use]
    pub fn requests_sent(&self) -> u64 {
        self.client.channel().sent()
    }

    /// Who we are: the token's account, or `slug[bot]` for an app.
    pub async fn viewer(&self) -> Result<Login, RemoteError> {
        if let Some(response) = self.client.get_as_app("/app").await? {
            let app: wire::App = decode(&response, "the app")?;
            return Ok(Login(format!("{}[bot]", app.slug)));
        }
        let user: wire::User =
            decode(&self.client.get("/user", None).await?, "the token's account")?;
        Ok(Login(user.login))
    }

    /// A repository, with what the token may do there. Renamed or transferred: [`RemoteError::Moved`].
    pub async fn repository(&self, repo: &RepoName) -> Result<Repository, RemoteError> {
        Repository::read(&self.client, repo).await
    }

    /// What keeps us from working in a repository, each with its remedy; for `tandem check`.
    pub async fn missing_permissions(&self, repo: &RepoName) -> Result<Vec<String>, RemoteError> {
        let repository = self.repository(repo).await?;
        let list = format!("{}?per_page=1", repo_path(repo, "/issues"));
        match self.client.get(&list, None).await {
            Ok(_) => Ok(repository.obstacles()),
            Err(RemoteError::Auth { what, .. } | RemoteError::Refused { what, .. }) => {
                let mut obstacles = repository.obstacles();
                if obstacles.is_empty() {
                    obstacles.push(format!("{repo}: its issues cannot be listed: {what}"));
                }
                Ok(obstacles)
            }
            Err(other) => Err(about_repository(other, repo)),
        }
    }

    /// The most recently updated issues, or that nothing changed. The address never varies, so that
    /// the etag stays good (github-api §5).
    pub async fn newest(
        &self,
        repo: &RepoName,
        mapping: &Mapping,
        etag: Option<&str>,
    ) -> Result<Newest, RemoteError> {
        let path = repo_path(repo, "/issues?state=all&sort=updated&direction=desc&per_page=100");
        let response =
            self.client.get(&path, etag).await.map_err(|error| about_repository(error, repo))?;
        let at = at(&self.client, &response)?;
        if response.status() == http::StatusCode::NOT_MODIFIED {
            return Ok(Newest::Unchanged { at });
        }
        let (issues, rows) = issues_in(&response, &format!("the issues of {repo}"), mapping)?;
        let etag = response.headers().get(http::header::ETAG).and_then(|etag| etag.to_str().ok());
        Ok(Newest::Rows {
            issues,
            rows: rows.len(),
            oldest_update: rows.iter().map(|row| row.updated_at).min(),
            more: link(&response, "next").is_some(),
            etag: etag.map(str::to_owned),
            at,
        })
    }

    /// Every issue updated at `since` or later, those longest unchanged first: what moves while we read
    /// moves to the end (github-api §1.3).
    #[must_use]
    pub fn changed_since(&self, repo: &RepoName, mapping: &Mapping, since: DateTime<Utc>) -> Pages {
        let since = moment(since);
        let query = format!("state=all&sort=updated&direction=asc&since={since}&per_page=100");
        self.list(repo, mapping, &query)
    }

    /// Every issue, the oldest first.
    #[must_use]
    pub fn all(&self, repo: &RepoName, mapping: &Mapping) -> Pages {
        self.list(repo, mapping, "state=all&sort=created&direction=asc&per_page=100")
    }

    fn list(&self, repo: &RepoName, mapping: &Mapping, query: &str) -> Pages {
        let path = repo_path(repo, &format!("/issues?{query}"));
        Pages::new(self.client.clone(), mapping, repo.clone(), path)
    }

    /// One issue, read directly: the freshest there is.
    pub async fn issue(
        &self,
        at: &IssueRef,
        mapping: &Mapping,
    ) -> Result<Lookup<Issue>, RemoteError> {
        let answer = self.client.get(&issue_path(&at.repo, at.number, ""), None).await;
        look_up(answer, &at.to_string(), mapping, RepoId(0))
    }

    /// The issue at an API address GitHub gave us, to learn where one has moved.
    pub async fn issue_at(
        &self,
        location: &str,
        mapping: &Mapping,
    ) -> Result<Lookup<Issue>, RemoteError> {
        let path = self.client.local(location)?;
        let repo_id = RepoId(links::repository_id(&path).unwrap_or(0));
        look_up(self.client.get(&path, None).await, &path, mapping, repo_id)
    }

    /// When each two-way field of an issue that was `created` then last changed, as far as the timeline tells (github-api §4).
    pub async fn field_times(
        &self,
        at: &IssueRef,
        created: DateTime<Utc>,
    ) -> Result<BTreeMap<Field, DateTime<Utc>>, RemoteError> {
        timeline::field_times(&self.client, at, created).await
    }

    /// When its body was last edited; `None` when this token is not told. The timeline is silent about it.
    pub async fn body_edited(&self, at: &IssueRef) -> Result<Option<DateTime<Utc>>, RemoteError> {
        edited::body_edited(&self.client, at).await
    }

    /// Who reopened the issue last, as far as its timeline tells.
    pub async fn last_reopened_by(&self, at: &IssueRef) -> Result<Option<Login>, RemoteError> {
        timeline::last_reopened_by(&self.client, at).await
    }

    /// Whether somebody reopened the issue after `by` had closed it at that time, by GitHub's clock, or later.
    pub async fn was_reopened_after(
        &self,
        at: &IssueRef,
        by: &Login,
        since: DateTime<Utc>,
    ) -> Result<bool, RemoteError> {
        timeline::was_reopened_after(&self.client, at, by, since).await
    }
}

/// Whole seconds with a `Z`, the only form GitHub documents (github-api §1.2).
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn look_up(
    answer: Result<Response, RemoteError>,
    what: &str,
    mapping: &Mapping,
    repo_id: RepoId,
) -> Result<Lookup<Issue>, RemoteError> {
    match answer {
        Ok(response) => {
            let row: wire::Issue = decode(&response, what)?;
            codec::issue(&row, mapping, repo_id).map(Lookup::Found).map_err(|fault| {
                RemoteError::Nonsense { side: Side::GitHub, what: format!("{what}: {fault}") }
            })
        }
        Err(RemoteError::Gone { .. }) => Ok(Lookup::Gone),
        Err(RemoteError::Moved { to, .. }) => Ok(Lookup::Moved(to)),
        Err(RemoteError::Missing { what: words, .. }) => Ok(Lookup::Hidden(words)),
        // 451: taken down for legal reasons; 410: issues are switched off, which deletes nothing.
        Err(RemoteError::Refused { status: 403 | 410 | 451, what: words, .. }) => {
            Ok(Lookup::Hidden(words))
        }
        Err(other) => Err(other),
    }
}

/// Names the repository. One that is not shown is a matter of the token (exit code 5): GitHub answers
/// 404, not 403, for what a token may not see (github-api §8).
pub(super) fn about_repository(error: RemoteError, repo: &RepoName) -> RemoteError {
    match error {
        RemoteError::Missing { side, .. } => RemoteError::Auth {
            side,
            what: format!(
                "{repo} is not shown to this token (404): check its spelling, and that the token may read it \
                 (`Issues: read and write` for that repository, or the scope `repo`)"
            ),
        },
        RemoteError::Auth { side, what } => {
            RemoteError::Auth { side, what: format!("{repo}: {what}") }
        }
        // Switched-off issues (github-api §2.7).
        RemoteError::Refused { side, status: 410, what, .. } => RemoteError::Auth {
            side,
            what: format!(
                "{repo}: {what}; switch them on in its settings, or take it out of `repositories`"
            ),
        },
        // By its id, which is nothing to read for people.
        RemoteError::Moved { .. } => RemoteError::Moved {
            what: repo.to_string(),
            to: "another name or owner: open it in a browser, which leads there, and write what it is called now into `repositories`".to_owned(),
        },
        other => about(other, &repo.to_string()),
    }
}

/// Names what an answer without a name of its own was about.
pub(super) fn about(error: RemoteError, name: &str) -> RemoteError {
    let what = name.to_owned();
    match error {
        RemoteError::Gone { .. } => RemoteError::Gone { what },
        RemoteError::Moved { to, .. } => RemoteError::Moved { what, to },
        RemoteError::Missing { side, .. } => RemoteError::Missing { side, what },
        RemoteError::Refused { side, status, code, what, fields } => {
            RemoteError::Refused { side, status, code, what: format!("{name}: {what}"), fields }
        }
        RemoteError::Transient { .. }
        | RemoteError::Limited { .. }
        | RemoteError::Unclear { .. }
        | RemoteError::Auth { .. }
        | RemoteError::Nonsense { .. } => error,
    }
}
