//! Acts of people: what happens to issues without us.

mod moving;
mod shared;

use chrono::{DateTime, Utc};

use super::edit::Edit;
use super::issues::{blank, put_new};
use super::state::{Happened, Permission, RepoId, State, fold, whole_second};

/// Somebody tried to do something to what is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} `{name}` in this world")]
pub struct Unknown {
    what: &'static str,
    name: String,
}

impl Unknown {
    pub(super) fn new(what: &'static str, name: impl ToString) -> Unknown {
        Unknown { what, name: name.to_string() }
    }
}

impl State {
    /// Somebody (made when there is nobody of that login) who acts now.
    pub fn by(&mut self, login: &str, now: DateTime<Utc>) -> Person<'_> {
        let login = self.ensure_user(login);
        Person { state: self, login, now }
    }
}

/// Somebody who acts. Permissions are not asked for: a person's own client saw to that.
#[derive(Debug)]
pub struct Person<'a> {
    state: &'a mut State,
    login: String,
    now: DateTime<Utc>,
}

/// Every act fails only when the thing it is done to is not there.
impl Person<'_> {
    fn edit<T>(
        &mut self,
        repo: RepoId,
        number: u64,
        change: impl FnOnce(&mut Edit<'_>) -> T,
    ) -> Result<T, Unknown> {
        let done = self.state.edit(repo, number, Some(&self.login), self.now, change);
        done.ok_or_else(|| Unknown::new("issue", number))
    }

    /// Opens an issue.
    ///
    /// # Errors
    /// [`Unknown`] repository.
    pub fn open_issue(
        &mut self,
        repo: RepoId,
        title: &str,
        body: Option<&str>,
    ) -> Result<u64, Unknown> {
        let issue = blank(self.state, repo, title, &self.login, self.now);
        let mut issue = issue.ok_or_else(|| Unknown::new("repository", repo.0))?;
        issue.body = body.map(ToOwned::to_owned);
        let number = issue.number;
        put_new(self.state, repo, Some(issue), self.now);
        Ok(number)
    }

    /// Changes the title.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn set_title(&mut self, repo: RepoId, number: u64, title: &str) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.set_title(title))
    }

    /// Changes the body.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn set_body(
        &mut self,
        repo: RepoId,
        number: u64,
        body: Option<&str>,
    ) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.set_body(body.map(ToOwned::to_owned)))
    }

    /// Closes as `completed`, `not_planned`, `duplicate`.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn close(&mut self, repo: RepoId, number: u64, reason: &str) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.close(Some(reason)))
    }

    /// Reopens.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn reopen(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.reopen())
    }

    /// Adds a label, made when the repository has none of that name.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn add_label(&mut self, repo: RepoId, number: u64, name: &str) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.add_label(name))
    }

    /// Takes a label off.
    ///
    /// # Errors
    /// [`Unknown`] issue or label.
    pub fn remove_label(&mut self, repo: RepoId, number: u64, name: &str) -> Result<(), Unknown> {
        let was_there = self.edit(repo, number, |edit| edit.remove_label(name))?;
        was_there.then_some(()).ok_or_else(|| Unknown::new("label", name))
    }

    /// Puts into the milestone of that title, made when there is none; or takes out.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn set_milestone(
        &mut self,
        repo: RepoId,
        number: u64,
        title: Option<&str>,
    ) -> Result<(), Unknown> {
        let (login, now) = (self.login.clone(), self.now);
        self.edit(repo, number, |edit| {
            let milestone = title.map(|title| match edit.repo.milestone_titled(title) {
                Some(known) => known.number,
                None => edit.repo.add_milestone(edit.ids, title, &login, now),
            });
            edit.set_milestone(milestone);
        })
    }

    /// Assigns somebody, made when there is nobody of that login; a collaborator from now on.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn assign(&mut self, repo: RepoId, number: u64, login: &str) -> Result<(), Unknown> {
        let login = self.state.ensure_user(login);
        self.state.repo_mut(repo)?.permissions.entry(fold(&login)).or_insert(Permission::Triage);
        self.edit(repo, number, |edit| edit.assign(&login))
    }

    /// Unassigns somebody.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn unassign(&mut self, repo: RepoId, number: u64, login: &str) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| edit.unassign(login))
    }

    /// Gives a type by name, or takes it away.
    ///
    /// # Errors
    /// [`Unknown`] issue or type.
    pub fn set_type(
        &mut self,
        repo: RepoId,
        number: u64,
        name: Option<&str>,
    ) -> Result<(), Unknown> {
        let known = self.state.repo_mut(repo)?;
        let id = match name {
            Some(name) => {
                Some(known.type_named(name).ok_or_else(|| Unknown::new("issue type", name))?.id)
            }
            None => None,
        };
        self.edit(repo, number, |edit| edit.set_type(id))
    }

    /// Comments; the comment's id.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn comment(&mut self, repo: RepoId, number: u64, body: &str) -> Result<u64, Unknown> {
        self.edit(repo, number, |edit| edit.comment(body))
    }

    /// Edits a comment.
    ///
    /// # Errors
    /// [`Unknown`] issue or comment.
    pub fn edit_comment(
        &mut self,
        repo: RepoId,
        number: u64,
        comment: u64,
        body: &str,
    ) -> Result<(), Unknown> {
        let now = whole_second(self.now);
        let edited = self.edit(repo, number, |edit| {
            let known = edit.issue.comments.iter_mut().find(|known| known.id == comment)?;
            known.body = body.to_owned();
            known.updated_at = now;
            if edit.options.bumps.comment_edited {
                edit.touch();
            }
            Some(())
        })?;
        edited.ok_or_else(|| Unknown::new("comment", comment))
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn delete_comment(
        &mut self,
        repo: RepoId,
        number: u64,
        comment: u64,
    ) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| {
            edit.issue.comments.retain(|known| known.id != comment);
            if edit.options.bumps.comment_deleted {
                edit.touch();
            }
        })
    }

    /// Adds a thumb up.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn react(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| {
            edit.issue.reactions += 1;
            if edit.options.bumps.reaction {
                edit.touch();
            }
        })
    }

    /// Mentions the issue in another one.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn mention_elsewhere(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| {
            if edit.options.bumps.mentioned_elsewhere {
                edit.touch();
            }
        })
    }

    /// Locks the conversation.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn lock(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.edit(repo, number, |edit| {
            edit.issue.is_locked = true;
            edit.record(Happened::Other("locked".to_owned()));
        })
    }
}
