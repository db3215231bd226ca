//! What users are promised beyond the loss of nothing: who wins a conflict, how long a new page is left alone, what becomes
//! of the page of a deleted issue, that what was typed in Notion notifies nobody, and that nothing is passed over.

use std::collections::BTreeSet;

use http::Method;
use tandem::engine::Report;
use tandem::model::Side;
use tandem::sim::Seen;
use tokio::time::{Duration, Instant};

use super::agreement::LONGEST_LAG;
use super::changes::Change;
use super::past::keeps;
use super::{Oracle, name_of};
use crate::snapshot::{Key, Object, Shown, Snapshot};

/// Notion's times are rounded down to the minute.
const A_MINUTE: Duration = Duration::from_secs(60);
/// What was typed so long before a write of ours, in a minute that a reading did not see the end of, is hidden by it.
const COVERED: Duration = Duration::from_secs(70);
/// So long after it was sent a write may come to effect without that being noticed.
const LATEST: Duration = Duration::from_secs(5);
/// Longer than lists lag and the windows of creates last.
const LONG: Duration = Duration::from_secs(30 * 60);
/// `settle` is two minutes. A late list may hide the last edit of a page, but not show one from before the page was there.
const SURELY_NOT_SETTLED: Duration = Duration::from_secs(2 * 60);

impl Oracle {
    /// Judges a change that tandem made to an item that was there.
    pub(super) fn judge_promises(&mut self, change: &Change) {
        self.judge_trash(change);
        self.judge_winner(change);
    }

    /// Sets are written as additions and removals: what somebody adds between our look and our write would be gone, which is
    /// too rare to wait for (DESIGN §2, Values).
    pub(super) fn judge_sets(&mut self, seen: &Seen, body: &[u8]) {
        if seen.side != Side::GitHub || !seen.mutating || seen.method == Method::POST {
            return;
        }
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let is_whole = ["labels", "assignees"].iter().any(|set| body.get(set).is_some());
        let is_put = seen.method == Method::PUT && seen.path.ends_with("/labels");
        if is_put || seen.method == Method::PATCH && is_whole {
            self.complain("sets", format!("{} {} replaces the whole set", seen.method, seen.path));
        }
    }

    /// What was typed in Notion notifies nobody on GitHub, and links to nothing there (I16).
    pub(super) fn judge_quiet(&mut self, old: &Snapshot) {
        let now = std::mem::take(&mut self.now);
        for (object, shown) in &now.objects {
            let before = old.objects.get(object).map_or(0, |shown| shown.mentions);
            // What somebody took away in that very moment comes back.
            let is_raced = self.is_raced(*object, &Key::Said(String::new()));
            if before < shown.mentions && !is_raced {
                let mentions = shown.mentions;
                self.complain("I16", format!("{object:?} came to mention {mentions} others"));
            }
        }
        self.now = now;
    }

    /// A paragraph that nobody wrote twice does not come to stand twice, whatever became of the answers to our own writes, unless
    /// somebody typed into the page in the second between our look and our write: what the write then makes of it only Notion
    /// knows.
    pub(super) fn judge_copies(&mut self, old: &Snapshot) {
        let times = |said: &[String], word: &String| said.iter().filter(|is| *is == word).count();
        let mut copies = Vec::new();
        for (object, shown) in &self.now.objects {
            let partners = self.now.partners(*object);
            let beside = partners.iter().filter_map(|partner| self.now.objects.get(partner));
            let before: Vec<&Shown> = old.objects.get(object).into_iter().chain(beside).collect();
            for word in &shown.said {
                let known = before.iter().map(|shown| times(&shown.said, word)).max();
                let is_raced = shown.issue.is_some_and(|issue| self.raced.contains(&issue));
                if times(&shown.said, word) > known.unwrap_or(0).max(1) && !is_raced {
                    copies.push(format!("{object:?} came to say {word} once more"));
                }
            }
        }
        for copy in copies {
            self.complain("copies", copy);
        }
    }

    /// Judges an item that tandem made.
    pub(super) fn judge_birth(&mut self, object: Object, shown: &Shown) {
        let (Object::Issue(number), Some(made_from)) = (object, &shown.made_from) else { return };
        let pages = self.now.objects.keys();
        let page = pages.copied().find(|page| name_of(*page) == *made_from);
        let age = page.and_then(|page| self.born.get(&page)).map(Instant::elapsed);
        if let Some(age) = age.filter(|age| *age < SURELY_NOT_SETTLED) {
            let secs = age.as_secs();
            self.complain("settle", format!("#{number} was made of a page {secs} s old"));
        }
    }

    /// After a cycle that went well nothing that people did long before it is left undone without a word (I9).
    pub(super) fn judge_skipped(&mut self, report: &Report) {
        let noted: BTreeSet<&str> = [&report.failed, &report.pending]
            .into_iter()
            .flat_map(|waiting| waiting.iter().map(|waiting| waiting.item.as_str()))
            .chain(report.held.iter().map(|held| held.item.as_str()))
            .collect();
        let mut skipped = Vec::new();
        for (object, shown) in &self.now.objects {
            let (Object::Issue(number), [page]) = (*object, &self.now.partners(*object)[..]) else {
                continue;
            };
            let is_noted = noted.contains(&*name_of(*object)) || noted.contains(&*name_of(*page));
            if is_noted || !self.known.contains_key(&number) {
                continue;
            }
            let there = &self.now.objects[page].values;
            let is_covered = self.may_be_covered(*page) || !self.has_seen_whole(number, *page);
            let keys: BTreeSet<&Key> = shown.values.keys().chain(there.keys()).collect();
            let differs = |key: &&&Key| shown.values.get(**key) != there.get(**key);
            for key in keys.iter().filter(differs).filter(|key| self.is_synced(key)) {
                let is_late = self.unsure.contains(&(number, (*key).clone()));
                // What is typed in the minute of our own write is hidden by it until the page's next edit or the full scan.
                let is_hidden = is_covered && matches!(key, Key::Said(_));
                let is_seen = self.has_seen(number, *page, &key.decided_as());
                if is_seen && !is_late && !is_hidden && !there.contains_key(&Key::Trash) {
                    skipped.push(format!(
                        "{object:?} {key:?} was changed long ago, and {page:?} shows another"
                    ));
                }
            }
        }
        for object in self.now.objects.keys().filter(|object| self.has_no_partner(**object)) {
            // An issue made from a page is told by its page.
            let made_from = self.now.objects[object].made_from.as_deref();
            if !noted.contains(&*name_of(*object))
                && made_from.is_none_or(|page| !noted.contains(page))
            {
                skipped.push(format!("{object:?} was made long ago, and has no partner"));
            }
        }
        for what in skipped {
            self.complain("I9", what);
        }
    }

    /// Whether it was there long before the cycle, untouched, and nothing was made for it.
    fn has_no_partner(&self, object: Object) -> bool {
        let shown = &self.now.objects[&object];
        let has_one = match object {
            Object::Issue(_) => !self.now.partners(object).is_empty(),
            Object::Page(page) => {
                shown.issue.is_some() || self.made.contains_key(&format!("the issue of {page}"))
            }
        };
        let places = self.touched.range((object, Key::Title)..=(object, Key::Trash));
        let times = places.map(|(_, touch)| touch.at).chain(self.born.get(&object).copied());
        !has_one
            && !shown.values.contains_key(&Key::Trash)
            && shown.values.get(&Key::Title).is_some_and(|title| !title.is_empty())
            && times.max().is_some_and(|last| last + LONG < self.cycle.at)
    }

    /// Whether tandem has seen whatever people last did to that page.
    fn has_seen_whole(&self, issue: u64, page: Object) -> bool {
        // An edit that changes no word here stirs the page as well.
        let Object::Page(id) = page else { return false };
        let edited = self.world.notion(|notion, now| {
            let age = now - notion.page(id)?.edited_at();
            age.to_std().ok()
        });
        if edited.is_none_or(|age| age < LONGEST_LAG + A_MINUTE + self.cycle.at.elapsed()) {
            return false;
        }
        let mut places = self.touched.range((page, Key::Title)..=(page, Key::Trash));
        places.all(|((_, key), _)| self.has_seen(issue, page, key))
    }

    /// Whether a write of tandem's own may hide what was last typed into that page, until somebody edits it again or a full
    /// scan reads it.
    pub fn may_be_covered(&self, page: Object) -> bool {
        let Object::Page(id) = page else { return false };
        let is_ours = self.world.notion(|notion, _| {
            notion.page(id).is_some_and(|page| page.edited_by() == self.scene.bot)
        });
        let typed = self.touch_of(page, &Key::Said(String::new()));
        let typed = typed.map(|touch| touch.at).or(self.born.get(&page).copied());
        let is_around = |sent: &Instant| {
            typed.is_some_and(|typed| typed <= *sent + LATEST && *sent <= typed + COVERED)
        };
        is_ours && self.sent.get(&page).is_some_and(|sent| sent.iter().any(is_around))
    }

    /// Whether both sides are to show it.
    fn is_synced(&self, key: &Key) -> bool {
        match key {
            Key::Assignee(login) => login == "octocat",
            Key::Said(_) => self.terms.has_bodies,
            Key::Title | Key::State | Key::Milestone | Key::Type | Key::Label(_) => true,
            Key::Trash => false,
        }
    }

    fn judge_trash(&mut self, change: &Change) {
        let is_trashed = change.key == Key::Trash && change.new.is_some();
        if is_trashed && self.terms.on_issue_deleted == "unlink" {
            self.complain("I7", format!("{:?} was trashed, and nobody wants that", change.object));
        }
    }

    /// Whether an older edit won where the history says that the newer one did. Only where the page lost: of a page the time
    /// of its last edit is known, whatever was edited, so that its older edit may well win.
    fn judge_winner(&mut self, change: &Change) {
        let Change { object, key, old, .. } = change;
        // Whoever closes a closed issue edits it, and nothing shows it; each title is another one.
        let (Object::Page(_), Key::Title, Some(old)) = (object, key, old) else { return };
        let [issue] = self.now.partners(*object)[..] else { return };
        // Of two servers that are years apart nobody can tell which edit was the later.
        let apart = self.world.now(Side::GitHub) - self.world.now(Side::Notion);
        if apart.num_seconds().abs() > 1 {
            return;
        }
        let names = [name_of(*object), name_of(issue)];
        let past = self.history.iter().rev().find(|past| {
            let is_its = names.contains(&past.item) || past.page.as_ref() == Some(&names[0]);
            is_its && past.side == Side::Notion && past.field == key.field()
        });
        let Some(past) = past else { return };
        if !past.rule.starts_with("newer edit") || !keeps(&past.lost, key, old) {
            return;
        }
        // A late effect of tandem's own has a time of its own.
        if self.put.contains_key(&(issue, key.clone())) {
            return;
        }
        let touches = [self.touch_of(*object, key), self.touch_of(issue, key)];
        let [Some(lost), Some(won)] = touches else { return };
        if lost.seq <= self.cycle.began && lost.at > won.at + A_MINUTE {
            let secs = lost.at.duration_since(won.at).as_secs();
            self.complain(
                "conflict",
                format!("{object:?} {key:?}: {old:?} lost against an edit {secs} s older"),
            );
        }
    }
}
