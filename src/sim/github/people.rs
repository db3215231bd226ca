//! Acts of people: what happens on GitHub without us.

use chrono::{DateTime, Utc};

use super::edit::{Edit, lag_behind};
use super::issues::{blank, put_new};
use super::state::{
    Event, Gone, Happened, Issue, IssueType, Permission, Repo, RepoId, State, Token, fold,
    whole_second,
};

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

    /// Somebody (made when there is nobody of that login) who acts now.
    pub fn by(&mut self, login: &str, now: DateTime<Utc>) -> Person<'_> {
        let login = self.ensure_user(login);
        Person { state: self, login, now }
    }

    pub(super) fn repo_mut(&mut self, repo: RepoId) -> Result<&mut Repo, Unknown> {
        self.repos.get_mut(&repo).ok_or_else(|| Unknown::new("repository", repo.0))
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

    /// Makes a label of the repository.
    ///
    /// # Errors
    /// [`Unknown`] repository.
    pub fn make_label(&mut self, repo: RepoId, name: &str) -> Result<(), Unknown> {
        let known =
            self.state.repos.get_mut(&repo).ok_or_else(|| Unknown::new("repository", repo.0))?;
        known.ensure_label(&mut self.state.ids, name);
        Ok(())
    }

    /// Renames a label of the repository; it keeps its id, and old events keep the old name.
    ///
    /// # Errors
    /// [`Unknown`] label.
    pub fn rename_label(&mut self, repo: RepoId, from: &str, to: &str) -> Result<(), Unknown> {
        let known = self.state.repo_mut(repo)?;
        let id =
            known.label_names.remove(&fold(from)).ok_or_else(|| Unknown::new("label", from))?;
        known.label_names.insert(fold(to), id);
        if let Some(label) = known.labels.get_mut(&id) {
            label.name = to.to_owned();
        }
        let bumps = self.state.options.bumps.label_renamed;
        self.touch_where(repo, bumps, |issue| issue.labels.contains(&id))
    }

    /// Deletes a label of the repository, and so from every issue.
    ///
    /// # Errors
    /// [`Unknown`] label.
    pub fn delete_label(&mut self, repo: RepoId, name: &str) -> Result<(), Unknown> {
        let known = self.state.repo_mut(repo)?;
        let id = known
            .label_named(name)
            .map(|label| label.id)
            .ok_or_else(|| Unknown::new("label", name))?;
        let on: Vec<u64> = known
            .issues()
            .filter(|issue| issue.labels.contains(&id))
            .map(|issue| issue.number)
            .collect();
        for number in on {
            self.edit(repo, number, |edit| edit.remove_label(name))?;
        }
        let known = self.state.repo_mut(repo)?;
        known.labels.remove(&id);
        known.label_names.remove(&fold(name));
        Ok(())
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

    /// Renames a milestone of the repository.
    ///
    /// # Errors
    /// [`Unknown`] milestone.
    pub fn rename_milestone(&mut self, repo: RepoId, from: &str, to: &str) -> Result<(), Unknown> {
        let now = whole_second(self.now);
        let known = self.state.repo_mut(repo)?;
        let milestone = known.milestones.values_mut().find(|milestone| milestone.title == from);
        let milestone = milestone.ok_or_else(|| Unknown::new("milestone", from))?;
        milestone.title = to.to_owned();
        milestone.updated_at = now;
        let number = milestone.number;
        let bumps = self.state.options.bumps.milestone_renamed;
        self.touch_where(repo, bumps, |issue| issue.milestone == Some(number))
    }

    /// Closes a milestone of the repository.
    ///
    /// # Errors
    /// [`Unknown`] milestone.
    pub fn close_milestone(&mut self, repo: RepoId, title: &str) -> Result<(), Unknown> {
        let now = whole_second(self.now);
        let known = self.state.repo_mut(repo)?;
        let milestone = known.milestones.values_mut().find(|milestone| milestone.title == title);
        let milestone = milestone.ok_or_else(|| Unknown::new("milestone", title))?;
        milestone.is_closed = true;
        milestone.closed_at = Some(now);
        milestone.updated_at = now;
        Ok(())
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

    /// Deletes an issue: 410 from now on, and in no list.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn delete_issue(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.take_away(repo, number, Gone::Deleted).map(drop)
    }

    /// Turns an issue into a discussion.
    ///
    /// # Errors
    /// [`Unknown`] issue.
    pub fn convert_to_discussion(&mut self, repo: RepoId, number: u64) -> Result<(), Unknown> {
        self.take_away(repo, number, Gone::Discussion).map(drop)
    }

    /// Moves an issue to another repository; its number there. Labels stay where the other repository has
    /// the same name, the milestone where it has the same title and due date (§2.7).
    ///
    /// # Errors
    /// [`Unknown`] issue or repository.
    pub fn transfer_issue(
        &mut self,
        repo: RepoId,
        number: u64,
        to: RepoId,
    ) -> Result<u64, Unknown> {
        let target = self.state.repos.get(&to).ok_or_else(|| Unknown::new("repository", to.0))?;
        let there = target.next_number;
        let mut issue = self.take_away(repo, number, Gone::Transferred { to, number: there })?;
        let from = self.state.repos.get(&repo).ok_or_else(|| Unknown::new("repository", repo.0))?;
        let target = self.state.repos.get(&to).ok_or_else(|| Unknown::new("repository", to.0))?;
        let names = issue.labels.iter().filter_map(|id| from.labels.get(id));
        issue.labels = names
            .filter_map(|label| target.label_named(&label.name))
            .map(|label| label.id)
            .collect();
        let milestone = issue.milestone.and_then(|number| from.milestones.get(&number));
        issue.milestone = milestone
            .and_then(|old| {
                target.milestone_titled(&old.title).filter(|new| new.due_on == old.due_on)
            })
            .map(|milestone| milestone.number);
        let type_name = issue.issue_type.and_then(|id| from.type_name(id));
        issue.issue_type = type_name.and_then(|name| target.type_named(name)).map(|known| known.id);

        let at = whole_second(self.now);
        issue.number = there;
        issue.updated_at = at;
        if !self.state.options.transfer_keeps_id {
            issue.id = self.state.ids.next();
            issue.node_id = format!("I_{}", issue.id);
        }
        let what = Happened::Other("transferred".to_owned());
        issue.timeline.push(Event {
            id: self.state.ids.next(),
            actor: Some(self.login.clone()),
            at,
            what,
        });
        let (lag, now) = (self.state.options.list_lag, self.now);
        let target = self.state.repo_mut(to)?;
        lag_behind(target, there, None, now, lag);
        target.put_issue(issue);
        Ok(there)
    }

    fn take_away(&mut self, repo: RepoId, number: u64, gone: Gone) -> Result<Issue, Unknown> {
        let known = self.state.repo_mut(repo)?;
        let issue = known.take_issue(number).ok_or_else(|| Unknown::new("issue", number))?;
        known.gone.insert(number, gone);
        known.lagging.remove(&number);
        Ok(issue)
    }

    fn touch_where(
        &mut self,
        repo: RepoId,
        bumps: bool,
        is_meant: impl Fn(&Issue) -> bool,
    ) -> Result<(), Unknown> {
        let known = self.state.repo_mut(repo)?;
        let meant: Vec<u64> =
            known.issues().filter(|issue| is_meant(issue)).map(|issue| issue.number).collect();
        for number in meant.into_iter().filter(|_| bumps) {
            self.edit(repo, number, |edit| edit.touch())?;
        }
        Ok(())
    }
}
