//! What has to hold when people and faults have stopped and three cycles have passed (I3, I5).

use std::collections::{BTreeMap, BTreeSet};

use tandem::engine::{Held, Report};
use tandem::model::Field;
use tandem::sim::agreement::{self, Difference, StateWords, USUAL_PLACES, What, judge};
use tandem::sim::notion::PageId;

use crate::figures::Figures;
use crate::oracle::name_of;
use crate::place::Place;
use crate::snapshot::{BOT, Key, Object, Snapshot};

/// What refusals say that nothing but a fault is the reason of: Notion's and GitHub's.
const REFUSED_BY_A_FAULT: [&str; 2] = ["The request could not be served.", "Bad Request"];

/// GitHub takes no longer one.
const LONGEST_TITLE: usize = 256;

/// What is said of an item that one answer did not show.
const PROVES_NOTHING: &str = "which proves no deletion";

/// Everything that is not as it has to be.
pub fn wrong(place: &Place, report: &Report, figures: &mut Figures) -> Vec<String> {
    let (wrong, values, held) = found(place, report, |_, _| false);
    figures.values_compared += values;
    figures.held += held;
    wrong
}

/// The same, but for what only the full scan finds: an item that one answer did not show, and what was typed into a page in
/// the minute of our own last write, which hides it.
pub fn wrong_before_the_full_scan(place: &Place, report: &Report) -> Vec<String> {
    let is_hidden = |end: &End<'_>, difference: &Difference| match difference {
        Difference::Body { issue, .. } => {
            end.pages_named(issue).iter().any(|page| place.oracle().may_be_covered(*page))
        }
        Difference::NoPage { .. }
        | Difference::ManyPages { .. }
        | Difference::NoIssue { .. }
        | Difference::Value { .. } => false,
    };
    found(place, report, is_hidden).0
}

/// What is wrong and not excused, how many values were compared, and how many of them are held.
fn found(
    place: &Place,
    report: &Report,
    excuse: impl Fn(&End<'_>, &Difference) -> bool,
) -> (Vec<String>, u64, u64) {
    let mut wrong = Vec::new();
    let mut count_held = 0;
    if !report.problems.is_empty() || !report.failed.is_empty() {
        wrong.push(format!("I5: still failing: {:?} {:?}", report.problems, report.failed));
    }
    if report.brake.is_some() {
        wrong.push("I5: the brake is still on".to_owned());
    }
    // A body is never sent again unchanged; everything else is tried again within a day (DESIGN §2, Values).
    let refused = report
        .held
        .iter()
        .filter(|held| REFUSED_BY_A_FAULT.iter().any(|said| held.reason.contains(said)));
    // What one answer did not show is looked at again in the daily full scan.
    let refused = refused.filter(|held| !held.reason.contains(PROVES_NOTHING));
    for held in refused.filter(|held| held.field != Some(Field::Body)) {
        wrong.push(format!(
            "I5: {} {:?} was refused once and not tried again",
            held.item, held.field
        ));
    }
    let stage = &place.stage;
    let end = End {
        now: Snapshot::take(&stage.world, stage.scene),
        made_in_vain: made_in_vain(place),
        sources: sources(place),
        meddled: stage.crowd.lock().unwrap().meddled.clone(),
        was_refused: place.oracle().faults_met.contains_key("Refuse"),
        conflict: place.terms.conflict,
        may_be_assigned: stage
            .world
            .github(|github, _| github.may_be_assigned(stage.scene.repo, "octocat")),
        report,
    };
    let verdict = judge(&stage.world, stage.scene.table, &terms(place));
    for difference in verdict.differences {
        if let Some(held) = end.hold_of(&difference) {
            count_held += 1;
            if !end.has_reason(held) {
                wrong.push(format!("I5: {difference}, and nothing is to be held: {}", held.reason));
            }
        } else if !end.is_meant(&difference) && !excuse(&end, &difference) {
            wrong.push(format!("I5: {difference}"));
        }
    }
    let mut made_from = BTreeSet::new();
    // A second one that nobody could know of, because a list was short, is held and told.
    let (has_forgotten, made_again) = {
        let oracle = place.oracle();
        (oracle.has_forgotten, oracle.made_again.clone())
    };
    let may_be_told = |object: &Object| has_forgotten || made_again.contains(object);
    let is_untold = |object: &&Object| !may_be_told(object) || !end.is_told_as_second(**object);
    for object in end.now.objects.keys().filter(is_untold) {
        if let Some(page) = &end.now.objects[object].made_from
            && !made_from.insert(page)
        {
            wrong.push(format!("I3: {object:?} is a second issue of {page}"));
        }
    }
    (wrong, verdict.values as u64, count_held)
}

struct End<'a> {
    now: Snapshot,
    /// Pages whose issue somebody deleted before they were told of it.
    made_in_vain: BTreeSet<PageId>,
    /// The pages that issues were made for.
    sources: BTreeMap<u64, Object>,
    /// What people did on GitHub while cycles ran, perhaps in the second of our own write, which has the same time.
    meddled: Vec<String>,
    /// Whether a service ever refused a request for no reason.
    was_refused: bool,
    /// What the config says of conflicts.
    conflict: &'static str,
    may_be_assigned: bool,
    report: &'a Report,
}

impl End<'_> {
    fn hold_of(&self, difference: &Difference) -> Option<&Held> {
        let item = difference.item();
        let mut held = self.report.held.iter().filter(|held| held.item == item);
        held.find(|held| held.field.is_none_or(|field| Some(field.as_str()) == difference.field()))
    }

    /// Whether the world is as the hold says.
    fn has_reason(&self, held: &Held) -> bool {
        let number = held.item.rsplit('#').next().and_then(|number| number.parse().ok());
        let pages = || number.map(|number: u64| self.now.pages_of(number)).unwrap_or_default();
        let page_shows = |key: Key, is_it: fn(&str) -> bool| {
            pages().iter().any(|page| self.now.value(*page, &key).is_some_and(|is| is_it(is)))
        };
        let says = |what: &str| held.reason.starts_with(what);
        match held.field {
            Some(Field::State) if says("the option `Blocked` of ") => {
                page_shows(Key::State, |state| state == "Blocked")
            }
            Some(Field::Title) if says("the title is empty on ") => {
                page_shows(Key::Title, str::is_empty)
            }
            Some(Field::Title) if says("the title has ") => {
                page_shows(Key::Title, |title| title.chars().count() > LONGEST_TITLE)
            }
            Some(Field::Assignees) if says("`octocat` cannot be assigned ") => {
                !self.may_be_assigned
            }
            Some(Field::Type) if says("acme/app has no issue type ") => {
                page_shows(Key::Type, |name| !matches!(name, "Bug" | "Feature"))
            }
            Some(Field::Body)
                if says("GitHub refused it: ") || says("Notion refuses this body: ") =>
            {
                // It is not sent again until it changes.
                self.was_refused
            }
            Some(_) if says("conflict: ") => self.conflict == "hold",
            Some(_) => false,
            // A copy that somebody made of a page, or one whose issue is not there.
            None => {
                let is_page = |object: &&Object| name_of(**object) == held.item;
                let page = self.now.objects.keys().find(is_page);
                let has_one = |page: &Object| match &self.now.partners(*page)[..] {
                    [issue] => self.now.partners(*issue).len() == 1,
                    _ => false,
                };
                page.is_some_and(|page| !has_one(page))
            }
        }
    }

    fn is_page_held(&self, page: PageId) -> bool {
        let page = page.to_string();
        self.report.held.iter().any(|held| held.item == page)
    }

    fn is_told_as_second(&self, object: Object) -> bool {
        let name = name_of(object);
        let mut held = self.report.held.iter().filter(|held| held.item == name);
        held.any(|held| held.reason.starts_with("tandem made it for page "))
    }

    fn pages_named(&self, issue: &str) -> Vec<Object> {
        let number = issue.rsplit('#').next().and_then(|number| number.parse().ok());
        number.map(|number| self.now.pages_of(number)).unwrap_or_default()
    }

    fn was_raced(&self, issue: &str) -> bool {
        let name = issue.rsplit_once('#').map_or(String::new(), |(_, number)| format!("#{number}"));
        // A label that is renamed or deleted is that of many issues.
        let names = |said: &String| {
            said.split_whitespace().any(|word| word == name) || said.contains(" label ")
        };
        self.meddled.iter().any(names)
    }

    /// Whether the page itself is gone, and a copy that somebody made of it is held.
    fn has_only_a_copy(&self, issue: &str) -> bool {
        self.pages_named(issue).iter().all(|object| match object {
            Object::Page(page) => {
                self.is_page_held(*page) || self.now.value(*object, &Key::Trash).is_some()
            }
            Object::Issue(_) => true,
        })
    }

    /// What is no fault: a person took one half of the pair away, or made a second one.
    fn is_meant(&self, difference: &Difference) -> bool {
        match difference {
            Difference::NoPage { issue } => {
                let number = issue.rsplit('#').next().and_then(|number| number.parse().ok());
                let pages = number.map(|number| self.now.pages_of(number)).unwrap_or_default();
                let source = number.and_then(|number| self.sources.get(&number).copied());
                let mut pages = pages.into_iter().chain(source);
                pages.any(|page| self.now.value(page, &Key::Trash).is_some())
            }
            Difference::ManyPages { pages, .. } => {
                pages.iter().filter(|page| !self.is_page_held(**page)).count() <= 1
            }
            Difference::NoIssue { page, url } => {
                let title = self.now.value(Object::Page(*page), &Key::Title);
                let number = url.as_deref().and_then(|url| url.rsplit('/').next()?.parse().ok());
                let is_deleted =
                    |number: u64| !self.now.objects.contains_key(&Object::Issue(number));
                match number {
                    Some(number) => is_deleted(number),
                    None => {
                        title.is_none_or(String::is_empty)
                            || self.is_page_held(*page)
                            || self.made_in_vain.contains(page)
                    }
                }
            }
            Difference::Value { issue, what, .. } => {
                *what == What::Updated && self.was_raced(issue) || self.has_only_a_copy(issue)
            }
            Difference::Body { issue, .. } => self.has_only_a_copy(issue),
        }
    }
}

fn made_in_vain(place: &Place) -> BTreeSet<PageId> {
    let pages = place.stage.world.notion(|notion, _| -> Vec<PageId> {
        notion.pages(place.stage.scene.table).iter().map(|page| page.id()).collect()
    });
    let oracle = place.oracle();
    pages.into_iter().filter(|page| oracle.made_in_vain(*page)).collect()
}

fn sources(place: &Place) -> BTreeMap<u64, Object> {
    let oracle = place.oracle();
    let repo = place.stage.scene.repo;
    let issues = place.stage.world.github(|github, _| github.issues(repo));
    let numbers = issues.iter().map(|issue| issue.number);
    numbers.filter_map(|number| Some((number, oracle.source_of(number)?))).collect()
}

fn terms(place: &Place) -> agreement::Terms {
    let options = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
    agreement::Terms {
        repos: vec![place.stage.scene.repo],
        url: "GitHub".to_owned(),
        places: USUAL_PLACES.map(|(what, name)| (what, name.to_owned())).into(),
        words: StateWords {
            open: options(&["To do", "In progress", "In review"]),
            completed: options(&["Done"]),
            not_planned: options(&["Won't do"]),
            duplicate: options(&["Duplicate"]),
        },
        // The judge does not know an image by its upload.
        body: place.terms.has_bodies && !place.terms.uploads_images,
        people: vec![("octocat".to_owned(), place.stage.scene.ann)],
        own_login: Some(BOT.to_owned()),
    }
}
