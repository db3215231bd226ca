//! Acts on what the issues of a repository share: its labels and milestones.

use super::{Person, Unknown};
use crate::sim::github::state::{Issue, RepoId, fold, whole_second};

impl Person<'_> {
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
