//! The oracle: knows everything that anybody did, sees every change tandem makes at the moment it is made, and says which
//! of them nobody could have wanted. It shares no code with the engine.

mod agreement;
mod births;
mod changes;
mod cycle;
mod looks;
mod past;
mod promises;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tandem::model::Sides;
use tandem::sim::notion::PageId;
use tandem::sim::{Fault, World};
use tandem::store::Store;
use tokio::time::{Duration, Instant};

use self::changes::{Change, changes};
use self::cycle::Running;
use self::looks::Part;
use self::past::Past;
use crate::place::Terms;
use crate::snapshot::{Key, Object, Scene, Snapshot};

/// For so long a list may show what was, and a cycle may go on with it: the longest lag and the longest pauses.
const RECENT: Duration = Duration::from_secs(30 * 60);

/// When a person last had a hand in something.
#[derive(Debug, Clone, Copy)]
struct Touch {
    seq: u64,
    at: Instant,
}

/// A value that was there, or none.
#[derive(Debug)]
struct Showed {
    value: Option<String>,
    until: Instant,
}

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Person,
    Tandem,
    /// A request of tandem's whose effect came after everybody had given it up.
    Late,
}

/// What was seen so far.
pub struct Oracle {
    world: Arc<World>,
    scene: Scene,
    terms: Terms,
    now: Snapshot,
    /// How many late effects it shows.
    late_effects: u64,
    opened: Instant,
    seq: u64,
    touched: BTreeMap<(Object, Key), Touch>,
    /// When both sides last showed the same, by issue.
    agreed: BTreeMap<(u64, Key), u64>,
    /// Up to when tandem has surely seen what people did to an issue and its page. What agreed for a moment between two
    /// cycles never was an agreement.
    seen: BTreeMap<u64, Instant>,
    /// The same for what only a full scan sees.
    seen_whole: BTreeMap<u64, Instant>,
    /// What a list surely showed to a cycle that ended well.
    heard: BTreeSet<Object>,
    /// When people did what an answer that was not to be trusted may have hidden, by issue, until a full scan.
    hidden: BTreeMap<u64, Vec<Range<Instant>>>,
    /// That was so when tandem got to know everything: what the list hid it does not know.
    was_misled: bool,
    /// What tandem wrote and may not have heard of: no agreement until a cycle ends well.
    unsure: BTreeSet<(u64, Key)>,
    /// Issues made by tandem whose marker somebody deleted, and which do not show it again.
    unmarked: BTreeSet<Object>,
    /// When an item was made, by whomever.
    born: BTreeMap<Object, Instant>,
    /// When an issue first had a page.
    paired: BTreeMap<u64, u64>,
    /// What the two did not have in common then.
    differed: BTreeSet<(u64, Key)>,
    /// How many items people took away, and how many pairs tandem gave up.
    removed: u64,
    unlinked: u64,
    /// What came to effect after everybody had given it up, of what is unsure.
    late: BTreeSet<(u64, Key)>,
    /// How long the history was when a value appeared.
    appeared: BTreeMap<(Object, Key), usize>,
    /// What it showed before, and until when.
    showed: BTreeMap<(Object, Key), Vec<Showed>>,
    /// Issues to whose page tandem wrote in the moment in which somebody typed there.
    raced: BTreeSet<u64>,
    /// When tandem last looked at it directly.
    looked: BTreeMap<(Object, Part), u64>,
    /// When tandem sent what it wrote to a page.
    sent: BTreeMap<Object, Vec<Instant>>,
    /// When tandem itself last wrote it.
    put: BTreeMap<(Object, Key), u64>,
    /// What tandem made, by what it was made for.
    made: BTreeMap<String, Object>,
    /// Of these, what it surely heard of.
    answered: BTreeSet<Object>,
    /// What was made a second time because a list was not to be trusted, and the first.
    pub made_again: BTreeSet<Object>,
    /// Words that a body had twice: each of the two may be edited on another side.
    twice: BTreeSet<String>,
    /// Whether tandem ever lost its database.
    pub has_forgotten: bool,
    /// When tandem had got to know an issue again, after it forgot all or learned other terms.
    known: BTreeMap<u64, u64>,
    past: Option<(PathBuf, Store)>,
    history: Vec<Past>,
    cycle: Running,
    /// How far lists are behind.
    pub lags: Sides<Duration>,
    /// Whether a list of changes shows that a page came back from the trash.
    pub is_trash_listed: bool,
    /// Whether lists show everything people do, so that nothing waits for a full scan.
    pub is_listed: bool,
    pub keeps_trace: bool,
    pub trace: Vec<String>,
    pub wrong: Vec<String>,
    pub faults_met: BTreeMap<String, u64>,
    pub replaced: u64,
    /// Values decided by the conflict rule or merged, as the history says.
    pub conflicts: u64,
}

impl Oracle {
    pub fn new(world: &Arc<World>, scene: Scene, terms: Terms) -> Oracle {
        Oracle {
            world: Arc::clone(world),
            scene,
            terms,
            now: Snapshot::take(world, scene),
            late_effects: world.catch_up(),
            opened: Instant::now(),
            seq: 0,
            touched: BTreeMap::new(),
            agreed: BTreeMap::new(),
            seen: BTreeMap::new(),
            seen_whole: BTreeMap::new(),
            heard: BTreeSet::new(),
            hidden: BTreeMap::new(),
            was_misled: false,
            unsure: BTreeSet::new(),
            unmarked: BTreeSet::new(),
            born: BTreeMap::new(),
            paired: BTreeMap::new(),
            differed: BTreeSet::new(),
            removed: 0,
            unlinked: 0,
            late: BTreeSet::new(),
            appeared: BTreeMap::new(),
            showed: BTreeMap::new(),
            raced: BTreeSet::new(),
            looked: BTreeMap::new(),
            sent: BTreeMap::new(),
            put: BTreeMap::new(),
            made: BTreeMap::new(),
            made_again: BTreeSet::new(),
            answered: BTreeSet::new(),
            twice: BTreeSet::new(),
            has_forgotten: false,
            known: BTreeMap::new(),
            past: None,
            history: Vec::new(),
            cycle: Running::none(),
            lags: Sides { github: Duration::ZERO, notion: Duration::ZERO },
            is_trash_listed: true,
            is_listed: false,
            keeps_trace: false,
            trace: Vec::new(),
            wrong: Vec::new(),
            faults_met: BTreeMap::new(),
            replaced: 0,
            conflicts: 0,
        }
    }

    /// tandem uses this database file from now on.
    pub fn reads(&mut self, path: &Path) {
        if self.past.as_ref().is_some_and(|(known, _)| known == path) {
            return;
        }
        self.history.clear();
        self.appeared.clear();
        self.past = Some((path.to_path_buf(), Store::open_read_only(path).unwrap()));
    }

    /// tandem knows nothing any more, or other rules.
    pub fn starts_anew(&mut self, terms: Terms) {
        self.note(Who::Late);
        // What happened so far happened under the terms so far.
        self.read_history();
        self.known.clear();
        self.seen.clear();
        self.seen_whole.clear();
        self.heard.clear();
        self.terms = terms;
    }

    /// What lies in the trash or was deleted is in no list: an empty database cannot know that it was a pair.
    pub fn loses_the_database(&mut self) {
        self.starts_anew(self.terms);
        self.has_forgotten = true;
        let now = &self.now;
        let is_listed = |object: &Object| {
            now.objects.contains_key(object) && now.value(*object, &Key::Trash).is_none()
        };
        self.made.retain(|_, object| is_listed(object));
    }

    /// Whether a cycle went well since tandem lost what it knew.
    pub fn knows_anything(&self) -> bool {
        !self.known.is_empty()
    }

    pub fn before_a_person(&mut self) {
        self.note(Who::Late);
    }

    pub fn after_a_person(&mut self, said: &str) {
        if self.keeps_trace {
            self.trace.push(said.to_owned());
        }
        self.note(Who::Person);
    }

    /// What is durable now was durable before the request is sent (I2).
    pub fn before_a_request(&mut self, may_write: bool) {
        self.note(Who::Late);
        if may_write {
            self.read_history();
        }
    }

    pub fn after_a_request(&mut self, body: &[u8]) {
        let Some(seen) = self.world.last_seen() else { return };
        if let Some(fault) = seen.fault {
            let name = format!("{fault:?}");
            let name = name.split(['(', ' ']).next().unwrap_or_default().to_owned();
            *self.faults_met.entry(name).or_insert(0) += 1;
            self.cycle.deceived_by[seen.side] |= matches!(fault, Fault::ShortList | Fault::Stale);
        }
        if self.keeps_trace {
            let status = seen.status.map_or("-".to_owned(), |status| status.to_string());
            let fault = seen.fault.map_or(String::new(), |fault| format!(" {fault:?}"));
            let body = String::from_utf8_lossy(body);
            self.trace.push(format!(
                "{} {:?} {} {} -> {status}{fault} {body}",
                seen.at, seen.side, seen.method, seen.path
            ));
        }
        self.judge_sets(&seen, body);
        if seen.mutating {
            let page = self.now.objects.keys().find(|object| match object {
                Object::Page(page) => seen.path.contains(&page.to_string()),
                Object::Issue(_) => false,
            });
            if let Some(page) = page {
                self.sent.entry(*page).or_default().push(Instant::now());
                let is_content = seen.path.ends_with("/markdown");
                let is_raced = is_content && self.is_raced(*page, &Key::Said(String::new()));
                let issue = self.now.objects.get(page).and_then(|shown| shown.issue);
                self.raced.extend(issue.filter(|_| is_raced));
            }
            let before: BTreeSet<Object> = self.now.objects.keys().copied().collect();
            self.note(Who::Tandem);
            let is_done = seen.status.is_some_and(|status| (200..300).contains(&status));
            if is_done && seen.fault.is_none() {
                let made = self.now.objects.keys().filter(|object| !before.contains(*object));
                self.answered.extend(made);
            }
            let closes = String::from_utf8_lossy(body).contains("\"state\":\"closed\"");
            let is_closing = closes && self.is_halfway_reopened(&seen.path);
            self.cycle.closings += u64::from(is_closing && !is_done);
        }
        self.note_look(&seen, body);
    }

    /// The page that tandem made this issue for.
    pub fn source_of(&self, issue: u64) -> Option<Object> {
        let made = self.made.iter().find(|(_, made)| **made == Object::Issue(issue));
        let page = made?.0.strip_prefix("the issue of ")?;
        self.now.objects.keys().find(|object| name_of(**object) == page).copied()
    }

    /// Whether an issue was made for this page and somebody deleted it since.
    pub fn made_in_vain(&self, page: PageId) -> bool {
        let made = self.made.get(&format!("the issue of {page}"));
        made.is_some_and(|issue| !self.now.objects.contains_key(issue))
    }

    fn complain(&mut self, which: &str, what: String) {
        self.wrong.push(format!("{which}: {what}"));
    }

    /// Looks at the world, and judges what is not as it was.
    fn note(&mut self, who: Who) {
        let late_effects = self.world.catch_up();
        // Whatever people and tandem do is noted at once.
        if who == Who::Late && late_effects == self.late_effects {
            return;
        }
        self.late_effects = late_effects;
        let now = Snapshot::take(&self.world, self.scene);
        if now == self.now {
            return;
        }
        let old = std::mem::replace(&mut self.now, now);
        self.seq += 1;
        for object in new_objects(&old, &self.now) {
            self.judge_object(who, object);
        }
        let changes = changes(&old, &self.now);
        self.note_twice();
        self.note_unmarked(&old);
        if who == Who::Person {
            let is_gone = |object: &&Object| !self.now.objects.contains_key(object);
            let is_trashed = |change: &&Change| change.key == Key::Trash && change.new.is_some();
            self.removed += old.objects.keys().filter(is_gone).count() as u64;
            self.removed += changes.iter().filter(is_trashed).count() as u64;
        }
        match who {
            Who::Person => self.touch_moved(&old),
            Who::Tandem => {
                self.judge_quiet(&old);
                self.judge_copies(&old);
            }
            Who::Late => {}
        }
        for change in &changes {
            match who {
                Who::Person => self.touch(change),
                Who::Tandem if old.objects.contains_key(&change.object) => {
                    self.judge(change);
                    self.judge_promises(change);
                }
                Who::Tandem | Who::Late => {}
            }
        }
        for change in changes {
            let place = (change.object, change.key.clone());
            let issue = self.now.objects.get(&change.object).and_then(|shown| shown.issue);
            match who {
                Who::Person => drop(self.put.remove(&place)),
                Who::Tandem | Who::Late => {
                    let decided = change.key.decided_as();
                    self.unsure.extend(issue.map(|issue| (issue, change.key.clone())));
                    self.unsure.extend(issue.map(|issue| (issue, decided)));
                    if who == Who::Late {
                        self.late.extend(issue.map(|issue| (issue, change.key.clone())));
                    }
                    self.put.insert(place, self.seq);
                }
            }
            let showed = self.showed.entry((change.object, change.key.clone())).or_default();
            showed.push(Showed { value: change.old, until: Instant::now() });
            self.appeared.insert((change.object, change.key), self.history.len());
        }
        self.note_agreement();
    }

    fn note_twice(&mut self) {
        for shown in self.now.objects.values() {
            let mut said = BTreeSet::new();
            let again = shown.said.iter().filter(|word| !said.insert(*word));
            self.twice.extend(again.cloned());
        }
    }

    fn touch(&mut self, change: &Change) {
        let touch = Touch { seq: self.seq, at: Instant::now() };
        self.touched.insert((change.object, change.key.clone()), touch);
        self.touched.insert((change.object, change.key.decided_as()), touch);
    }

    /// A paragraph that moved is no other value, and an edit all the same.
    fn touch_moved(&mut self, old: &Snapshot) {
        let touch = Touch { seq: self.seq, at: Instant::now() };
        for (object, shown) in &self.now.objects {
            if old.objects.get(object).is_some_and(|before| before.said != shown.said) {
                self.touched.insert((*object, Key::Said(String::new())), touch);
            }
        }
    }

    fn touch_of(&self, object: Object, key: &Key) -> Option<Touch> {
        self.touched.get(&(object, key.clone())).copied()
    }
}

/// The item as the history names it.
pub fn name_of(object: Object) -> String {
    match object {
        Object::Issue(number) => format!("acme/app#{number}"),
        Object::Page(page) => PageId::to_string(&page),
    }
}

fn new_objects(old: &Snapshot, new: &Snapshot) -> Vec<Object> {
    new.objects.keys().filter(|object| !old.objects.contains_key(object)).copied().collect()
}
