//! One object per intent, and none that nobody asked for (I3).

use tokio::time::Instant;

use super::agreement::LONGEST_LAG;
use super::{Oracle, RECENT, Who, name_of};
use crate::snapshot::{Key, Object, Snapshot};

impl Oracle {
    /// One object per intent, and none that nobody asked for (I3).
    pub(super) fn judge_object(&mut self, who: Who, object: Object) {
        self.born.insert(object, Instant::now());
        let shown = self.now.objects[&object].clone();
        if who == Who::Person || !shown.by_tandem {
            return;
        }
        if who == Who::Tandem {
            self.judge_birth(object, &shown);
        }
        let purpose = match object {
            Object::Page(_) => shown.issue.map(|issue| format!("the page of #{issue}")),
            Object::Issue(_) => shown.made_from.as_ref().map(|page| format!("the issue of {page}")),
        };
        let shown_issue = shown.issue;
        let Some(purpose) = purpose else {
            return self.complain("I3", format!("{object:?} was made, and nothing says what for"));
        };
        if let Object::Page(_) = object
            && self.now.partners(object).is_empty()
            && who == Who::Tandem
            && !self.was_deleted_lately(shown.issue)
        {
            self.complain("I3", format!("{object:?} was made for an issue that is not there"));
        }
        if let Some(first) = self.made.insert(purpose.clone(), object) {
            let knows = shown_issue.is_some_and(|issue| self.known.contains_key(&issue));
            // An empty database knows only what lists show.
            let is_hidden = self.now.value(first, &Key::Trash).is_some()
                || self.is_barely_back(first)
                || self.cycle.was_deceived()
                || self.was_misled;
            // Deleted, or trashed, before any list showed it; or the one that had to was cut short.
            let is_unheard = match first {
                Object::Issue(number) => {
                    !self.now.objects.contains_key(&first) && !self.paired.contains_key(&number)
                }
                Object::Page(_) => {
                    let is_trashed = self.now.value(first, &Key::Trash).is_some();
                    let is_hidden = is_trashed || self.is_barely_back(first);
                    let is_known = self.answered.contains(&first) && !self.has_forgotten;
                    let is_unlisted = self.cycle.deceived_by.notion && !is_known;
                    !self.heard.contains(&first) && (is_hidden || is_unlisted)
                }
            };
            if !knows && is_hidden || is_unheard || self.has_lost_its_marker(object, first) {
                // A list that says it is complete, and is not, is believed; what comes of it is to be told.
                if self.cycle.deceived_by.github {
                    self.made_again.extend([first, object]);
                }
                return;
            }
            self.complain("I3", format!("{purpose} was made twice: {first:?} and {object:?}"));
        }
    }

    /// Taken out of the trash so lately that lists may not show it again yet.
    fn is_barely_back(&self, page: Object) -> bool {
        let touch = self.touch_of(page, &Key::Trash);
        touch.is_some_and(|touch| touch.at + LONGEST_LAG > self.cycle.at)
    }

    /// An issue made for the same page whose marker somebody deleted before its page named it: nothing tells what it was made
    /// for.
    fn has_lost_its_marker(&self, again: Object, first: Object) -> bool {
        let shown = |object: Object| self.now.objects.get(&object);
        let (Object::Issue(number), Some(made_from)) =
            (first, shown(again).and_then(|shown| shown.made_from.as_ref()))
        else {
            return false;
        };
        self.unmarked.contains(&first)
            && !self.now.pages_of(number).iter().any(|page| name_of(*page) == *made_from)
    }

    pub(super) fn note_unmarked(&mut self, old: &Snapshot) {
        let had = old.objects.iter().filter(|(_, shown)| shown.made_from.is_some());
        let has_none = |object: &&Object| {
            self.now.objects.get(object).is_some_and(|shown| shown.made_from.is_none())
        };
        self.unmarked.extend(had.map(|(object, _)| object).filter(has_none));
        let now = &self.now.objects;
        self.unmarked
            .retain(|object| now.get(object).is_none_or(|shown| shown.made_from.is_none()));
    }

    /// Deleted while it was on its way.
    fn was_deleted_lately(&self, issue: Option<u64>) -> bool {
        let Some(issue) = issue else { return false };
        let touch = self.touch_of(Object::Issue(issue), &Key::Title);
        touch.is_some_and(|touch| touch.seq > self.cycle.began || touch.at.elapsed() < RECENT)
    }
}
