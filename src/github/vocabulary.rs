//! The names a repository already has: labels, milestones, types. A name that comes from Notion may be
//! spelled as an option (DESIGN §2, Values), so it is looked up here before it becomes a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::{Client, Errand};
use super::links::repo_path;
use super::pages::{Links, decode};
use super::reader::about_repository;
use super::wire;
use crate::model::{Name, NameKey, RepoName, one_line, option_spelling};
use crate::remote::{RemoteError, WriteChannel};

/// Why a name cannot be used.
#[derive(Debug)]
pub(super) enum Snag {
    /// GitHub has no such thing, or does not take it; the reason, for people.
    Refused(String),
    /// It could not be found out.
    Remote(RemoteError),
}

impl From<RemoteError> for Snag {
    fn from(error: RemoteError) -> Snag {
        Snag::Remote(error)
    }
}

/// What is known of each repository's names.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// One lock per repository, held while its names are read, so that two issues that need one new
    /// milestone make it once.
    repos: Mutex<BTreeMap<RepoName, Arc<tokio::sync::Mutex<Names>>>>,
}

/// `None`: not read yet.
#[derive(Default)]
struct Names {
    labels: Option<Vec<String>>,
    milestones: Option<Vec<wire::Milestone>>,
    types: Option<Vec<String>>,
}

impl Vocabulary {
    fn of(&self, repo: &RepoName) -> Arc<tokio::sync::Mutex<Names>> {
        let mut repos = self.repos.lock().unwrap_or_else(PoisonError::into_inner);
        repos.entry(repo.clone()).or_default().clone()
    }

    /// Forgets what is known of a repository: GitHub refused a name it had yesterday.
    pub(super) fn forget(&self, repo: &RepoName) {
        self.repos.lock().unwrap_or_else(PoisonError::into_inner).remove(repo);
    }

    /// How GitHub spells a label; the name itself when it has none of that name.
    pub(super) async fn label(
        &self,
        client: &Client,
        repo: &RepoName,
        wanted: &str,
    ) -> Result<String, RemoteError> {
        // GitHub itself finds a plain name in any case; only a name that may be an option's spelling of
        // another one needs the list.
        if wanted.is_ascii() {
            return Ok(wanted.to_owned());
        }
        let names = self.of(repo);
        let mut names = names.lock().await;
        if let Some(known) = names.labels.as_deref().and_then(|all| spelled(all, wanted)) {
            return Ok(known.to_owned());
        }
        let labels: Vec<wire::Label> = list(client, repo, "/labels?per_page=100")
            .await
            .map_err(|error| about_repository(error, repo))?;
        let all = names
            .labels
            .insert(labels.iter().filter_map(wire::Label::name).map(str::to_owned).collect());
        if let Some(known) = spelled(all, wanted) {
            return Ok(known.to_owned());
        }
        // Whoever asks is about to make it.
        all.push(wanted.to_owned());
        Ok(wanted.to_owned())
    }

    /// The number of a milestone, which is made when the repository has none of that title.
    pub(super) async fn milestone(
        &self,
        client: &Client,
        channel: &WriteChannel,
        repo: &RepoName,
        wanted: &Name,
    ) -> Result<u64, Snag> {
        let names = self.of(repo);
        let mut names = names.lock().await;
        let number_in = |all: &[wire::Milestone]| {
            let found = best(all, wanted.0.as_str(), |milestone| milestone.title.as_str());
            found.map(|milestone| milestone.number)
        };
        if let Some(number) = names.milestones.as_deref().and_then(number_in) {
            return Ok(number);
        }
        // Closed milestones count: making one again would be refused.
        let all = list(client, repo, "/milestones?state=all&per_page=100")
            .await
            .map_err(|error| about_repository(error, repo))?;
        let all: &mut Vec<wire::Milestone> = names.milestones.insert(all);
        if let Some(number) = number_in(all) {
            return Ok(number);
        }
        let made = make_milestone(client, channel, repo, &wanted.0).await?;
        let number = made.number;
        all.push(made);
        Ok(number)
    }

    /// How GitHub spells an issue type. Types belong to the organisation: tandem makes none.
    pub(super) async fn issue_type(
        &self,
        client: &Client,
        repo: &RepoName,
        wanted: &Name,
    ) -> Result<String, Snag> {
        let names = self.of(repo);
        let mut names = names.lock().await;
        if let Some(known) = names.types.as_deref().and_then(|all| spelled(all, &wanted.0)) {
            return Ok(known.to_owned());
        }
        let types: Vec<wire::IssueType> =
            match list(client, repo, "/issue-types?per_page=100").await {
                Ok(types) => types,
                // Repositories of users, and older GitHub Enterprise Servers, have none (github-api §2.1).
                Err(RemoteError::Missing { .. }) => Vec::new(),
                // Types are the organisation's; the issue may be ours to write all the same.
                Err(RemoteError::Auth { what, .. } | RemoteError::Refused { what, .. }) => {
                    return Err(Snag::Refused(format!(
                        "the issue types of {repo} cannot be read: {what}"
                    )));
                }
                Err(other) => return Err(other.into()),
            };
        let enabled = types.into_iter().filter(|kind| kind.is_enabled != Some(false));
        let all = names.types.insert(enabled.map(|kind| kind.name).collect());
        spelled(all, &wanted.0).map(str::to_owned).ok_or_else(|| {
            let known = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            Snag::Refused(format!(
                "{repo} has no issue type `{wanted}` (it has: {known}): choose one of these, or let an owner of \
                 the organisation add it",
                wanted = wanted.0
            ))
        })
    }
}

/// The spelling among these names that the wanted one means.
fn spelled<'a>(all: &'a [String], wanted: &str) -> Option<&'a str> {
    best(all, wanted, String::as_str).map(String::as_str)
}

/// The very name, else the one an option of that name shows, else one that is the same name.
fn best<'a, T>(all: &'a [T], wanted: &str, name: impl Fn(&T) -> &str) -> Option<&'a T> {
    let key = NameKey::of(wanted);
    all.iter()
        .find(|it| name(it) == wanted)
        .or_else(|| all.iter().find(|it| option_spelling(name(it)) == wanted))
        .or_else(|| all.iter().find(|it| NameKey::of(name(it)) == key))
}

async fn list<T: DeserializeOwned>(
    client: &Client,
    repo: &RepoName,
    rest: &str,
) -> Result<Vec<T>, RemoteError> {
    let what = rest.split('?').next().unwrap_or_default().trim_start_matches('/');
    let what = format!("the {what} of {repo}");
    let mut links = Links::new(what.clone(), repo_path(repo, rest));
    let mut all = Vec::new();
    while let Some(response) = links.next(client).await? {
        all.extend(decode::<Vec<T>>(&response, &what)?);
        links.follow(client, &response)?;
    }
    Ok(all)
}

async fn make_milestone(
    client: &Client,
    channel: &WriteChannel,
    repo: &RepoName,
    title: &str,
) -> Result<wire::Milestone, Snag> {
    let body = json!({ "title": one_line(title) });
    let path = repo_path(repo, "/milestones");
    let answer =
        client.send(Errand::Create(channel.clone()), Method::POST, &path, Some(&body)).await;
    let what = format!("the new milestone `{title}` of {repo}");
    match answer.and_then(|response| decode(&response, &what)) {
        Ok(made) => Ok(made),
        // Whoever may triage need not be allowed to make milestones; the other fields can go on.
        Err(
            RemoteError::Refused { what: why, .. }
            | RemoteError::Auth { what: why, .. }
            | RemoteError::Missing { what: why, .. },
        ) => Err(Snag::Refused(format!(
            "{repo} has no milestone `{title}`, and GitHub does not let this token make it: {why}"
        ))),
        // The issue itself is untouched, and the next attempt finds the milestone if it was made.
        Err(RemoteError::Unclear { side, what: why, .. }) => {
            Err(RemoteError::Transient { side, what: format!("{what}: {why}") }.into())
        }
        Err(other) => Err(about_repository(other, repo).into()),
    }
}
