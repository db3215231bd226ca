//! What tandem changed: was the old value kept (I2), did anybody want the new one (I1)?

use std::collections::BTreeSet;

use super::{Oracle, RECENT};
use crate::people::is_renamed;
use crate::snapshot::{Key, Object, Snapshot};

/// Something that was shown and is not, or the other way round.
#[derive(Debug)]
pub struct Change {
    pub object: Object,
    pub key: Key,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl Oracle {
    /// A change that tandem made: was the old value kept (I2), did anybody want the new one?
    pub(super) fn judge(&mut self, change: &Change) {
        let Change { object, key, old, new } = change;
        let is_raced = self.is_raced(*object, key);
        // Reopened by tandem itself, to be closed for another reason.
        let is_completed = *key == Key::State
            && old.as_deref() == Some("open")
            && self.put.contains_key(&(*object, Key::State));
        if let Some(old) = old.as_ref().filter(|old| !old.is_empty() && *key != Key::Trash) {
            // A new issue is open for a moment before it is closed as its page is, and so is one whose reason changes.
            let put = self.put.get(&(*object, key.clone())).copied();
            let is_passing = *key == Key::State && put.is_some_and(|seq| seq > self.cycle.began);
            let is_judged = !is_raced && !is_passing;
            self.replaced += u64::from(is_judged);
            if is_judged && !self.is_in_history(*object, key, old) {
                self.complain(
                    "I2",
                    format!("{object:?} {key:?}: {old:?} was replaced by {new:?}, without history"),
                );
            }
            self.cycle.closings += u64::from(is_completed);
            let scalar = !matches!(key, Key::Label(_) | Key::Assignee(_) | Key::Said(_));
            let issue = self.now.objects.get(object).and_then(|shown| shown.issue);
            let is_planned = !self.is_news_of_the_cycle(*object, key);
            // A new issue is closed as its page is: that belongs to its creation.
            let is_new = self.born.get(object).is_some_and(|born| *born >= self.cycle.at);
            self.cycle.overwritten.extend(issue.filter(|_| scalar && is_planned && !is_new));
        }
        // Typed between a look and the write that followed it: neither service has conditional writes.
        if is_raced {
            return;
        }
        let partners = self.now.partners(*object);
        let [partner] = partners[..] else { return };
        let issue = match (*object, partner) {
            (Object::Issue(issue), _) | (_, Object::Issue(issue)) => issue,
            (Object::Page(_), Object::Page(_)) => return,
        };
        if self.now.pages_of(issue).len() > 1 || self.cycle.was_deceived() {
            return;
        }
        if !self.has_cause(issue, partner, change) {
            self.complain(
                "I1",
                format!(
                    "{object:?} {key:?}: {old:?} became {new:?}, and nobody had touched {partner:?} since both agreed"
                ),
            );
        } else if !self.is_towards(partner, change) && !is_completed {
            let shown = self.now.value(partner, key);
            self.complain(
                "I1",
                format!(
                    "{object:?} {key:?}: {old:?} became {new:?}, and {partner:?} shows {shown:?}"
                ),
            );
        }
    }

    /// Whether the brake may not have known why: a list is behind, and only the look right before the write showed it.
    fn is_news_of_the_cycle(&self, object: Object, key: &Key) -> bool {
        self.now.partners(object).into_iter().any(|partner| {
            let lag = match partner {
                Object::Issue(_) => self.lags.github,
                Object::Page(_) => self.lags.notion,
            };
            self.touch_of(partner, key).is_some_and(|touch| {
                touch.at.elapsed() <= self.cycle.at.elapsed() + lag && !lag.is_zero()
            })
        })
    }

    /// Whether a person has changed the other side since both last agreed, or there is nothing tandem could know.
    fn has_cause(&self, issue: u64, partner: Object, change: &Change) -> bool {
        // Put there by tandem itself, from a list that showed what was: it may take it back.
        let is_own = self.put.contains_key(&(change.object, change.key.clone()));
        let key = change.key.decided_as();
        let is_set = matches!(key, Key::Label(_) | Key::Assignee(_));
        let agreed = self.agreed.get(&(issue, key.clone())).copied();
        let differed = self.differed.contains(&(issue, key.clone()));
        let paired = self.paired.get(&issue).copied();
        let agreed = agreed.or_else(|| paired.filter(|_| is_set && !differed));
        let (Some(agreed), Some(known)) = (agreed, self.known.get(&issue)) else { return true };
        let by = |key: &Key| {
            self.touch_of(partner, key)
                .is_some_and(|touch| touch.seq > agreed || touch.at.elapsed() < RECENT)
        };
        // A write whose answer was lost looks like an edit of that side until it is heard of: what a person took away again
        // meanwhile comes back. Nothing typed is lost by it.
        // A title says whose it is: what was sent is known again where it arrived, unless it arrives later still.
        let place = (issue, change.key.clone());
        let is_known_again = change.key == Key::Title && !self.late.contains(&place);
        let is_unheard = self.unsure.contains(&place)
            && (self.put.contains_key(&(partner, change.key.clone())) && !is_known_again
                || is_set && self.is_unanswered([change.object, partner]));
        let is_listed = self.may_be_listed(partner, &change.key);
        is_own || is_unheard || is_listed || *known > agreed || by(&key) || by(&Key::Trash)
    }

    /// Whether one of a pair was made by a request whose answer was lost: what both were then is not known, and of two sets
    /// without a base nothing is taken away.
    fn is_unanswered(&self, pair: [Object; 2]) -> bool {
        let mut made = self.made.values().filter(|made| pair.contains(*made));
        made.any(|made| !self.answered.contains(made))
    }

    /// Whether the change brings the item closer to what the other side shows, or showed a while ago.
    fn is_towards(&self, partner: Object, change: &Change) -> bool {
        let shown = self.now.value(partner, &change.key);
        let is_ours = |key: &Key| match key {
            Key::Assignee(login) => login == "octocat",
            Key::Title | Key::State | Key::Milestone | Key::Type | Key::Label(_) => true,
            Key::Said(_) => true,
            Key::Trash => false,
        };
        // A cycle may wait for a service for longer than that.
        let recent = RECENT + self.cycle.at.elapsed();
        let recently = |key: &Key| {
            self.touch_of(partner, key)
                .is_some_and(|touch| touch.seq > self.cycle.began || touch.at.elapsed() < recent)
        };
        // Of a single value that is one which was there then, and no other.
        let showed = || {
            let showed = self.showed.get(&(partner, change.key.clone()));
            showed.is_some_and(|all| {
                all.iter().any(|was| was.value == change.new && was.until.elapsed() < recent)
            })
        };
        let was_so = match change.key {
            Key::Title | Key::State | Key::Milestone | Key::Type => showed(),
            Key::Label(_) | Key::Assignee(_) | Key::Said(_) | Key::Trash => {
                recently(&change.key) || recently(&change.key.decided_as())
            }
        };
        // A reason is changed by way of reopening.
        let is_halfway = change.key == Key::State
            && change.new.as_deref() == Some("open")
            && shown.is_some_and(|state| state != "open");
        let is_one_of_two = matches!(&change.key, Key::Said(word) if self.twice.contains(word));
        shown == change.new.as_ref()
            || is_one_of_two
            || !is_ours(&change.key)
            || is_halfway
            || was_so
            || self.touch_of(partner, &Key::Trash).is_some()
            || self.may_be_listed(partner, &change.key)
    }

    /// Whether a list that is behind may show that label there: taken away a while ago, and renamed since.
    fn may_be_listed(&self, partner: Object, key: &Key) -> bool {
        let lag = match partner {
            Object::Issue(_) => self.lags.github,
            Object::Page(_) => self.lags.notion,
        };
        if lag.is_zero() || !matches!(key, Key::Label(name) if is_renamed(name)) {
            return false;
        }
        let late = lag + self.cycle.at.elapsed();
        let mut touched = self.touched.range((partner, Key::Title)..=(partner, Key::Trash));
        touched.any(|((_, key), touch)| matches!(key, Key::Label(_)) && touch.at.elapsed() < late)
    }
}

pub fn changes(old: &Snapshot, new: &Snapshot) -> Vec<Change> {
    let mut changes = Vec::new();
    let objects: BTreeSet<Object> = old.objects.keys().chain(new.objects.keys()).copied().collect();
    for object in objects {
        let (before, after) = (old.objects.get(&object), new.objects.get(&object));
        if before == after {
            continue;
        }
        let values = |shown: Option<&crate::snapshot::Shown>| {
            shown.map(|shown| shown.values.clone()).unwrap_or_default()
        };
        let (before, after) = (values(before), values(after));
        let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (old, new) = (before.get(key).cloned(), after.get(key).cloned());
            if old != new {
                changes.push(Change { object, key: key.clone(), old, new });
            }
        }
    }
    changes
}
