//! What both sides were seen to agree on: nothing has to change there before somebody touches it.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

use tandem::engine::{Report, Scope};
use tokio::time::{Duration, Instant};

use super::{Oracle, name_of};
use crate::snapshot::{Key, Object};

/// Lists are behind by less than this.
pub(super) const LONGEST_LAG: Duration = Duration::from_secs(10 * 60);
/// So far back a list surely reaches before the begin of the cycle before: Notion's overlap, without the minutes that its times
/// are rounded by.
const SHORTEST_OVERLAP: Duration = Duration::from_secs(3 * 60);

impl Oracle {
    /// A cycle went well, but for the items that failed: tandem knows the others as they were when it began.
    pub(super) fn has_got_to_know(&mut self, report: &Report, failed: impl Fn(u64) -> bool) {
        if !self.cycle.was_deceived() {
            let is_shown = |object: &Object| {
                self.born.get(object).is_none_or(|born| *born + LONGEST_LAG < self.cycle.at)
                    && self.now.value(*object, &Key::Trash).is_none()
            };
            self.heard.extend(self.now.objects.keys().filter(|object| is_shown(object)));
        }
        if self.cycle.scope == Scope::Everything {
            self.was_misled &= self.cycle.was_deceived();
            if !self.cycle.was_deceived() {
                self.hidden.clear();
            }
        }
        let held = |issue: u64| {
            let name = name_of(Object::Issue(issue));
            report.held.iter().any(|held| held.field.is_none() && held.item == name)
        };
        let seen = self.cycle.at.checked_sub(LONGEST_LAG);
        let seen = seen.filter(|_| !self.cycle.was_deceived());
        for object in self.now.objects.keys() {
            let Object::Issue(issue) = *object else { continue };
            if failed(issue) {
                continue;
            }
            if !self.was_misled {
                self.known.entry(issue).or_insert(self.seq);
            }
            if let Some(seen) = seen.filter(|_| !held(issue)) {
                self.seen.insert(issue, seen);
                if self.cycle.scope == Scope::Everything {
                    self.seen_whole.insert(issue, seen);
                }
            }
        }
    }

    /// What an answer hid that was not to be trusted no later list shows, unless it was done within their overlap.
    pub(super) fn note_hidden(&mut self) {
        let Some(until) = self.cycle.at.checked_sub(SHORTEST_OVERLAP) else { return };
        for object in self.now.objects.keys() {
            let Object::Issue(issue) = *object else { continue };
            let since = self.seen.get(&issue).copied().unwrap_or(self.opened);
            if since < until {
                self.hidden.entry(issue).or_default().push(since..until);
            }
        }
    }

    /// Whether tandem has seen what people last did there.
    pub(super) fn has_seen(&self, issue: u64, page: Object, key: &Key) -> bool {
        // That a name was renamed is in no list of changes, and that a page came back from the trash may be in none.
        let is_name = matches!(key, Key::Label(_) | Key::Milestone | Key::Type);
        let is_trash = *key == Key::Trash && !self.is_trash_listed;
        let seen = match is_name && !self.is_listed || is_trash {
            true => self.seen_whole.get(&issue),
            false => self.seen.get(&issue),
        };
        [Object::Issue(issue), page].into_iter().all(|object| {
            let touch = self.touch_of(object, key);
            touch.is_none_or(|touch| {
                seen.is_some_and(|seen| touch.at < *seen) && !self.is_hidden(issue, touch.at)
            })
        })
    }

    fn is_hidden(&self, issue: u64, at: Instant) -> bool {
        self.hidden.get(&issue).is_some_and(|times| times.iter().any(|times| times.contains(&at)))
    }

    pub(super) fn note_agreement(&mut self) {
        for (object, shown) in &self.now.objects {
            let Object::Issue(issue) = *object else { continue };
            let pages = self.now.pages_of(issue);
            let [page] = pages[..] else { continue };
            let Some(there) = self.now.objects.get(&page) else { continue };
            if there.values.contains_key(&Key::Trash) || !self.has_seen(issue, page, &Key::Trash) {
                continue;
            }
            if let Entry::Vacant(vacant) = self.paired.entry(issue) {
                vacant.insert(self.seq);
                let keys = shown.values.keys().chain(there.values.keys());
                let differ = keys.filter(|key| shown.values.get(key) != there.values.get(key));
                self.differed.extend(differ.map(|key| (issue, key.clone())));
            }
            let known = self.agreed.range((issue, Key::Title)..=(issue, Key::Trash));
            let mut keys: BTreeSet<Key> = known.map(|((_, key), _)| key.clone()).collect();
            keys.extend(shown.values.keys().chain(there.values.keys()).cloned());
            keys.extend([Key::Milestone, Key::Type]);
            let whole = Key::Said(String::new());
            keys.remove(&whole);
            // Where one side only moved a paragraph, both have the same words.
            if shown.said == there.said {
                keys.insert(whole);
            }
            for key in keys {
                let place = (issue, key);
                let same = shown.values.get(&place.1) == there.values.get(&place.1);
                if same && !self.unsure.contains(&place) && self.has_seen(issue, page, &place.1) {
                    self.agreed.insert(place, self.seq);
                }
            }
        }
    }
}
