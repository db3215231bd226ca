//! A repository, and what the token may do there.

use super::client::Client;
use super::links::repo_path;
use super::pages::decode;
use super::reader::about_repository;
use super::wire;
use crate::model::{RepoId, RepoName, Side};
use crate::remote::RemoteError;

/// A repository as GitHub shows it to our token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its id, which survives renames.
    pub id: RepoId,
    /// Its name as GitHub writes it.
    pub name: RepoName,
    /// Whether it is read-only.
    pub archived: bool,
    /// Whether issues are switched on.
    pub has_issues: bool,
    /// Whether we may write everything.
    pub can_push: bool,
    /// Whether we may write labels, assignees, milestones and types; without it GitHub leaves them out
    /// and says yes (github-api §1.6).
    pub can_triage: bool,
}

impl Repository {
    pub(super) async fn read(client: &Client, repo: &RepoName) -> Result<Repository, RemoteError> {
        let answer = client.get(&repo_path(repo, ""), None).await;
        let response = answer.map_err(|error| about_repository(error, repo))?;
        let what = repo.to_string();
        let wire: wire::Repository = decode(&response, &what)?;
        let name = wire.full_name.parse().map_err(|error| RemoteError::Nonsense {
            side: Side::GitHub,
            what: format!("{what}: its name: {error}"),
        })?;
        // An installation's rights are the installation's; the repository's answer shows none of them.
        let (can_push, can_triage) = match client.installation() {
            Some(installation) => {
                let may_write = installation_may_write(client, installation).await?;
                (may_write, may_write)
            }
            None => wire.permissions.map_or((true, true), |may| (may.push, may.push || may.triage)),
        };
        Ok(Repository {
            id: RepoId(wire.id),
            name,
            archived: wire.archived,
            has_issues: wire.has_issues.unwrap_or(true),
            can_push,
            can_triage,
        })
    }

    /// What keeps us from working here, each with its remedy.
    pub(super) fn obstacles(&self) -> Vec<String> {
        let name = &self.name;
        let mut obstacles = Vec::new();
        if self.archived {
            obstacles
                .push(format!("{name} is archived, so nothing can be written to it: unarchive it, or take it out of `repositories`"));
        }
        if !self.has_issues {
            obstacles
                .push(format!("issues are switched off in {name}: switch them on in its settings, or take it out of `repositories`"));
        }
        if !self.can_triage {
            obstacles.push(format!(
                "the token may not triage in {name}, so GitHub would leave out labels, assignees, milestones and \
                 types without a word: give its account the role Triage or Write there, and the token \
                 `Issues: read and write` (fine-grained) or the scope `repo` (classic)"
            ));
        }
        obstacles
    }
}

async fn installation_may_write(client: &Client, id: u64) -> Result<bool, RemoteError> {
    let Some(response) = client.get_as_app(&format!("/app/installations/{id}")).await? else {
        return Ok(false);
    };
    let installation: wire::Installation = decode(&response, "the app's installation")?;
    Ok(installation.permissions.issues.as_deref() == Some("write"))
}
