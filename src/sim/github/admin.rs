//! Acts of owners and administrators: repositories, accounts, tokens, permissions.

use chrono::{DateTime, Utc};

use super::people::Unknown;
use super::repo::Repo;
use super::state::{IssueType, Permission, RepoId, State, Token, fold, whole_second};

/// A repository to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRepo {
    /// Only those with a permission see it.
    pub is_private: bool,
    /// A person owns it, so it has no issue types.
    pub owned_by_person: bool,
    /// The issue types of its organisation.
    pub types: Vec<String>,
}

impl State {
    /// Makes a repository `owner/name`; its owner may do everything there.
    pub fn add_repo(&mut self, full_name: &str, new: &NewRepo, now: DateTime<Utc>) -> RepoId {
        let (owner, name) = full_name.split_once('/').unwrap_or(("acme", full_name));
        // An even id: the odd one above it is the owner's.
        let id = RepoId(1_300_000_000 + 2 * self.repos.len() as u64);
        let mut repo = Repo::new(id, owner, name, now);
        repo.is_private = new.is_private;
        repo.owner_is_organization = !new.owned_by_person;
        for name in &new.types {
            repo.types.push(IssueType {
                id: self.ids.next(),
                name: name.clone(),
                created_at: whole_second(now),
            });
        }
        repo.permissions.insert(fold(owner), Permission::Admin);
        self.names.insert(fold(full_name), id);
        self.repos.insert(id, repo);
        if new.owned_by_person {
            self.ensure_user(owner);
        }
        id
    }

    /// The repository that has this name now.
    #[must_use]
    pub fn repo_id(&self, full_name: &str) -> Option<RepoId> {
        self.names.get(&fold(full_name)).copied()
    }

    /// Makes an account (there may be one already).
    pub fn add_user(&mut self, login: &str) {
        self.ensure_user(login);
    }

    /// Deletes an account: what it wrote stays, without an author.
    pub fn delete_user(&mut self, login: &str) {
        let folded = fold(login);
        self.users.remove(&folded);
        self.tokens.retain(|_, token| fold(&token.login) != folded);
    }

    /// Gives out a token for an account, made when there is none.
    pub fn add_token(&mut self, token: &str, login: &str) {
        let login = self.ensure_user(login);
        self.tokens.insert(token.to_owned(), Token { login, may_write: true });
    }

    /// Takes a token back: 401 from now on.
    pub fn revoke_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Leaves a token only what reads: every write is 403 from now on.
    pub fn make_token_read_only(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.may_write = false;
        }
    }

    /// Gives an account (made when there is none) a permission in a repository.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_permission(
        &mut self,
        repo: RepoId,
        login: &str,
        permission: Permission,
    ) -> Result<(), Unknown> {
        self.ensure_user(login);
        self.repo_mut(repo)?.permissions.insert(fold(login), permission);
        Ok(())
    }

    /// Whether an account may be assigned in a repository, wherever it commented.
    pub fn may_be_assigned(&self, repo: RepoId, login: &str) -> bool {
        self.repos.get(&repo).is_some_and(|repo| repo.is_assignable(None, login))
    }

    /// Gives a repository another name; the old one leads there from now on.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn rename_repo(&mut self, repo: RepoId, full_name: &str) -> Result<(), Unknown> {
        let (owner, name) =
            full_name.split_once('/').ok_or_else(|| Unknown::new("owner/name in", full_name))?;
        let renamed = self.repo_mut(repo)?;
        let old = fold(&renamed.full_name());
        (renamed.owner, renamed.name) = (owner.to_owned(), name.to_owned());
        self.names.remove(&old);
        self.old_names.insert(old, repo);
        self.names.insert(fold(full_name), repo);
        Ok(())
    }

    /// Archives a repository, or brings it back.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_archived(&mut self, repo: RepoId, is_archived: bool) -> Result<(), Unknown> {
        self.repo_mut(repo)?.is_archived = is_archived;
        Ok(())
    }

    /// Makes a repository private or public.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_private(&mut self, repo: RepoId, is_private: bool) -> Result<(), Unknown> {
        self.repo_mut(repo)?.is_private = is_private;
        Ok(())
    }

    /// Turns the issues of a repository on or off.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_issues_enabled(&mut self, repo: RepoId, has_issues: bool) -> Result<(), Unknown> {
        self.repo_mut(repo)?.has_issues = has_issues;
        Ok(())
    }

    /// Makes one issue unreadable (404, and in no list), or readable again; it exists all the same.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_hidden(
        &mut self,
        repo: RepoId,
        number: u64,
        is_hidden: bool,
    ) -> Result<(), Unknown> {
        let hidden = &mut self.repo_mut(repo)?.hidden;
        if is_hidden {
            hidden.insert(number);
        } else {
            hidden.remove(&number);
        }
        Ok(())
    }

    pub(super) fn repo_mut(&mut self, repo: RepoId) -> Result<&mut Repo, Unknown> {
        self.repos.get_mut(&repo).ok_or_else(|| Unknown::new("repository", repo.0))
    }
}
