//! Issues that leave: deleted, moved to another repository, turned into a discussion.

use super::{Person, Unknown};
use crate::sim::github::edit::lag_behind;
use crate::sim::github::state::{Event, Gone, Happened, Issue, RepoId, whole_second};

impl Person<'_> {
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
}
