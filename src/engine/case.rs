//! One pair in a cycle: what is known of both sides, and what the merge makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::content::Reading;
use super::ground::Ground;
use super::holds;
use super::images::Images;
use super::trouble::Trouble;
use crate::body::Place;
use crate::clock;
use crate::merge::{
    FieldHold, FieldTimes, PairInput, PairPlan, Presence, Step, base_of_other_half, place_of_issue,
    plan_pair,
};
use crate::model::{
    Bases, Field, Fields, Interval, Issue, ItemRef, Observed, Page, Side, Sides, Value,
};
use crate::notion::page_url;
use crate::remote::Lookup;
use crate::sabotage::{Bug, planted};
use crate::store::{BaseRow, HoldRow, Pair, PairId};

/// What is written over has to have been seen at most this long ago.
const STALE_AFTER: Duration = Duration::from_secs(5);
/// So many times a plan may ask for more before it is taken as it is (I14).
const MAX_QUESTIONS: usize = 6;

/// What is known of one item in this cycle.
#[derive(Debug, Clone)]
pub(super) enum Sight<T> {
    /// It was not looked at: taken to show what the base says.
    NotLooked,
    /// Observed.
    Here {
        /// What it shows.
        item: Box<T>,
        /// When it was observed, by our own clock.
        at: Instant,
        /// Whether by a list, which may be minutes behind.
        is_listed: bool,
    },
    /// Surely deleted.
    Gone,
    /// Elsewhere now.
    Moved(String),
    /// Not shown, which proves nothing (I7).
    Hidden(String),
}

impl<T> Sight<T> {
    /// Read or answered just now.
    pub(super) fn here(item: T) -> Sight<T> {
        Sight::Here { item: Box::new(item), at: clock::monotonic(), is_listed: false }
    }

    /// Shown by a list just now.
    pub(super) fn listed(item: T) -> Sight<T> {
        Sight::Here { item: Box::new(item), at: clock::monotonic(), is_listed: true }
    }

    pub(super) fn item(&self) -> Option<&T> {
        match self {
            Sight::Here { item, .. } => Some(item),
            Sight::NotLooked | Sight::Gone | Sight::Moved(_) | Sight::Hidden(_) => None,
        }
    }

    /// Whether it has to be read before it is written over.
    pub(super) fn is_stale(&self) -> bool {
        match self {
            Sight::NotLooked => true,
            Sight::Here { at, is_listed, .. } => {
                let is_old = clock::monotonic().saturating_duration_since(*at) > STALE_AFTER;
                (*is_listed || is_old) && !planted(Bug::TargetNotReread)
            }
            Sight::Gone | Sight::Moved(_) | Sight::Hidden(_) => false,
        }
    }

    fn is_looked_at(&self) -> bool {
        !matches!(self, Sight::NotLooked)
    }

    fn presence<'a>(&'a self, fields: fn(&'a T) -> &'a Fields) -> Presence<&'a Fields> {
        match self {
            Sight::NotLooked => Presence::NotLooked,
            Sight::Here { item, .. } => Presence::Here(fields(item)),
            Sight::Gone => Presence::Gone,
            Sight::Moved(to) => Presence::Moved(to.clone()),
            Sight::Hidden(words) => Presence::Hidden(words.clone()),
        }
    }
}

/// One pair in a cycle.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) pair: Pair,
    /// Made under this very mapping (I13).
    pub(super) bases: Bases,
    pub(super) github: Sight<Issue>,
    pub(super) notion: Sight<Page>,
    pub(super) holds: Vec<HoldRow>,
    /// Whether it is recorded as pending, and how often it failed.
    pub(super) pending: Option<u32>,
    /// What the page's content showed in this cycle.
    pub(super) reading: Option<Reading>,
    /// What became of images that the body is to show.
    pub(super) images: Images,
    /// Whether the content has to be read whatever the page's times say.
    pub(super) wants_content: bool,
    /// Whether the content was read in this cycle: then no later reading is the first.
    pub(super) was_read: bool,
    /// Whether the body's base, which was sent, was seen by now: it is to be recorded.
    pub(super) is_base_seen: bool,
    /// Whether a hold was found that is not recorded yet.
    pub(super) is_hold_new: bool,
}

impl Case {
    /// The pair with nothing looked at yet.
    pub(super) fn load(ground: &Ground<'_>, pair: Pair) -> Result<Case, Trouble> {
        let rows = ground.store.bases(pair.id)?;
        let holds = ground.store.holds_of(pair.id)?;
        Ok(Case {
            bases: usable(ground, rows),
            pair,
            github: Sight::NotLooked,
            notion: Sight::NotLooked,
            holds,
            pending: None,
            reading: None,
            images: Images::new(),
            wants_content: false,
            was_read: false,
            is_base_seen: false,
            is_hold_new: false,
        })
    }

    /// A pair that was made just now.
    pub(super) fn new(pair: Pair, issue: Sight<Issue>, page: Sight<Page>) -> Case {
        Case {
            pair,
            bases: Bases::new(),
            github: issue,
            notion: page,
            holds: Vec::new(),
            pending: None,
            reading: None,
            images: Images::new(),
            wants_content: false,
            was_read: false,
            is_base_seen: false,
            is_hold_new: false,
        }
    }

    pub(super) fn id(&self) -> PairId {
        self.pair.id
    }

    /// Its name in any output.
    pub(super) fn item(&self) -> ItemRef {
        ItemRef::Issue(self.pair.issue.clone())
    }

    /// What a side shows, if it was looked at and is there.
    pub(super) fn fields(&self, side: Side) -> Option<&Fields> {
        match side {
            Side::GitHub => self.github.item().map(|issue| &issue.fields),
            Side::Notion => self.notion.item().map(|page| &page.fields),
        }
    }

    pub(super) fn is_stale(&self, side: Side) -> bool {
        match side {
            Side::GitHub => self.github.is_stale(),
            Side::Notion => self.notion.is_stale(),
        }
    }

    pub(super) fn is_looked_at(&self, side: Side) -> bool {
        match side {
            Side::GitHub => self.github.is_looked_at(),
            Side::Notion => self.notion.is_looked_at(),
        }
    }

    /// Whether a look at that side proved nothing (I7).
    pub(super) fn is_out_of_sight(&self, side: Side) -> bool {
        match side {
            Side::GitHub => matches!(self.github, Sight::Hidden(_) | Sight::Moved(_)),
            Side::Notion => matches!(self.notion, Sight::Hidden(_) | Sight::Moved(_)),
        }
    }

    /// Takes back what was observed on one side.
    pub(super) fn forget(&mut self, side: Side) {
        match side {
            Side::GitHub => self.github = Sight::NotLooked,
            Side::Notion => self.notion = Sight::NotLooked,
        }
    }

    /// Concludes what nothing proves (I7): what [`Bug::UnlistedIsDeleted`] does.
    pub(super) fn take_for_deleted(&mut self, side: Side) {
        match side {
            Side::GitHub => self.github = Sight::Gone,
            Side::Notion => self.notion = Sight::Gone,
        }
    }

    /// The value a side shows: observed, or as in the base when it was not looked at.
    pub(super) fn value(&self, side: Side, field: Field) -> Option<Value> {
        if (side, field) == (Side::Notion, Field::Body) {
            return self.known_body().cloned();
        }
        if self.is_looked_at(side) {
            self.fields(side)?.get(&field).and_then(Observed::value).cloned()
        } else {
            self.bases.get(&field).map(|base| base[side].clone())
        }
    }

    /// Whether one side shows in every field what its base says.
    pub(super) fn agrees(&self, ground: &Ground<'_>, side: Side) -> bool {
        self.fields(side).is_some_and(|fields| agrees(ground, fields, &self.bases, side))
    }

    /// The issue with the marker its body has to end with: that of its page, if it was made for it, whatever became of the
    /// one it had (DESIGN §3, Body).
    pub(super) fn marked_issue(&self) -> Option<Issue> {
        let mut issue = self.github.item()?.clone();
        if self.pair.marked {
            issue.marker = Some(self.pair.page.0);
        }
        Some(issue)
    }

    /// The title for messages.
    pub(super) fn title(&self) -> String {
        let shown = self.value(Side::GitHub, Field::Title);
        match shown.or_else(|| self.value(Side::Notion, Field::Title)) {
            Some(Value::Text(title)) => title,
            Some(
                Value::Body(_)
                | Value::Number(_)
                | Value::State(_)
                | Value::Names(_)
                | Value::Name(_)
                | Value::Time(_),
            )
            | None => self.pair.title.clone(),
        }
    }

    /// Reads one side directly: the freshest there is.
    pub(super) async fn look(&mut self, ground: &Ground<'_>, side: Side) -> Result<(), Trouble> {
        let name = self.item().to_string();
        match side {
            Side::GitHub => {
                self.github = look_at_issue(ground, &mut self.pair).await?;
            }
            Side::Notion => {
                let found = ground.services.notion.page(self.pair.page, &ground.mapping).await;
                self.notion = match found.map_err(|error| Trouble::remote(&name, error))? {
                    Lookup::Found(page) if page.in_trash => Sight::Gone,
                    Lookup::Found(page) => Sight::here(page),
                    Lookup::Gone => Sight::Gone,
                    Lookup::Hidden(_) if planted(Bug::HiddenIsDeleted) => Sight::Gone,
                    Lookup::Moved(to) => Sight::Moved(to),
                    Lookup::Hidden(words) => Sight::Hidden(words),
                };
            }
        }
        Ok(())
    }

    /// Asks the merge, and looks where it has to be looked. A held pair is seen whole.
    pub(super) async fn plan(&mut self, ground: &Ground<'_>) -> Result<PairPlan, Trouble> {
        if !self.holds.is_empty() || self.pending.is_some() {
            for side in Side::BOTH {
                if !self.is_looked_at(side) {
                    self.look(ground, side).await?;
                }
            }
        }
        if self.reading.is_none() && self.wants_content || self.is_content_due(ground, false) {
            self.read_content(ground).await?;
        }
        let mut times = None;
        for _ in 0..MAX_QUESTIONS {
            let plan = self.plan_with(ground, times.as_ref());
            if let Some(side) =
                plan.needs_look.iter().copied().find(|side| !self.is_looked_at(*side))
            {
                self.look(ground, side).await?;
            } else if plan.needs_body && self.reading.is_none() {
                self.read_content(ground).await?;
            } else if !plan.needs_times.is_empty() && times.is_none() {
                times = Some(self.times(ground, &plan.needs_times).await?);
            } else {
                return Ok(plan);
            }
        }
        Ok(self.plan_with(ground, times.as_ref()))
    }

    /// The plan with what is known now: a pure function.
    pub(super) fn plan_with(
        &self,
        ground: &Ground<'_>,
        times: Option<&BTreeMap<Field, FieldTimes>>,
    ) -> PairPlan {
        let resting = holds::resting(ground, self);
        let none = BTreeMap::new();
        let place = self.place(ground);
        let over_base = planted(Bug::BodyOverBase).then(|| self.with_body_of_base()).flatten();
        let github = over_base.as_ref().unwrap_or(&self.github);
        let mut plan = plan_pair(&PairInput {
            policy: &ground.policy,
            mapping: &ground.mapping,
            bases: &self.bases,
            github: github.presence(|issue| &issue.fields),
            notion: self.notion.presence(|page| &page.fields),
            times: times.unwrap_or(&none),
            times_asked: times.is_some(),
            resting: &resting,
            content: self.content(),
            place: place.as_ref(),
        });
        // What was refused as a whole, or is held by a person, is left alone: nothing is closed or trashed either.
        if let Some(held) = holds::whole_resting(ground, self) {
            plan.steps.retain(|step| matches!(step, Step::Agree(_)));
            if !held.by_person && !plan.holds.iter().any(|hold| hold.field.is_none()) {
                let (side, reason) = (held.side, held.reason.clone());
                plan.holds.push(FieldHold { field: None, side, value: None, reason });
            }
        }
        // A broken property is told once for the whole sync, not once per pair.
        plan.holds.retain(|hold| {
            hold.field.is_none_or(|field| !ground.mapping.broken.contains_key(&field))
        });
        plan
    }

    /// The issue with the body it had when both sides agreed, where the page shows another by now: what
    /// [`Bug::BodyOverBase`] sees.
    fn with_body_of_base(&self) -> Option<Sight<Issue>> {
        let base = self.bases.get(&Field::Body)?;
        let mut sight = self.github.clone();
        if let Sight::Here { item, .. } = &mut sight
            && self.known_body() != Some(&base.notion)
        {
            item.fields.insert(Field::Body, Observed::Value(base.github.clone()));
        }
        Some(sight)
    }

    /// The body's base once GitHub has its half of a merge.
    pub(super) fn base_of_other_half(&self, ground: &Ground<'_>) -> Option<Sides<Value>> {
        let base = self.bases.get(&Field::Body)?;
        let page = self.value(Side::Notion, Field::Body)?;
        base_of_other_half(base.as_ref(), &page, &self.place(ground)?)
    }

    /// What references in the body mean; `None` where bodies are left alone.
    fn place(&self, ground: &Ground<'_>) -> Option<Place> {
        if !ground.mapping.has_body() {
            return None;
        }
        let url = match (self.github.item(), self.bases.get(&Field::Url)) {
            (Some(issue), _) => issue.html_url.clone(),
            (None, Some(Sides { github: Value::Text(url), .. })) => url.clone(),
            (None, Some(_) | None) => return None,
        };
        Some(place_of_issue(&url, &ground.mapping)?.with_page(&page_url(self.pair.page)))
    }

    /// When these fields changed on each side (DESIGN §3, Conflict by time).
    async fn times(
        &self,
        ground: &Ground<'_>,
        fields: &[Field],
    ) -> Result<BTreeMap<Field, FieldTimes>, Trouble> {
        let what = |error| Trouble::remote(&self.pair.issue.to_string(), error);
        let reader = &ground.services.github;
        let mut github = BTreeMap::new();
        if fields.iter().any(|field| *field != Field::Body) {
            github = reader.field_times(&self.pair.issue).await.map_err(what)?;
        }
        if fields.contains(&Field::Body)
            && let Some(at) = reader.body_edited(&self.pair.issue).await.map_err(what)?
        {
            github.insert(Field::Body, at);
        }
        // A time that equals the one our own last write returned is nobody's edit.
        let not_ours = |side: Side, at| (self.pair.own[side] != Some(at)).then_some(at);
        let notion = self.notion.item().and_then(|page| not_ours(Side::Notion, page.edited));
        let of = |field: &Field| Sides {
            github: github
                .get(field)
                .and_then(|at| not_ours(Side::GitHub, *at))
                .map(Interval::second),
            notion: notion.map(Interval::minute),
        };
        let of = |field: &Field| match of(field) {
            Sides { github, notion } if planted(Bug::OlderWins) => {
                Sides { github: notion, notion: github }
            }
            times => times,
        };
        Ok(fields.iter().map(|field| (*field, of(field))).collect())
    }
}

/// Reads an issue, and follows a transfer into another repository of the sync.
async fn look_at_issue(ground: &Ground<'_>, pair: &mut Pair) -> Result<Sight<Issue>, Trouble> {
    let name = pair.issue.to_string();
    let reader = &ground.services.github;
    let found = reader.issue(&pair.issue, &ground.mapping).await;
    let sight = match found.map_err(|error| Trouble::remote(&name, error))? {
        Lookup::Found(issue) if issue.is_pull_request => {
            Sight::Hidden("it is a pull request now".to_owned())
        }
        Lookup::Found(issue) if is_another(pair, &issue) => Sight::Hidden(format!(
            "another issue has its name now: GitHub's id was {}, and is {}",
            pair.issue_id, issue.id
        )),
        Lookup::Found(issue) => Sight::here(issue),
        Lookup::Gone => Sight::Gone,
        Lookup::Hidden(_) if planted(Bug::HiddenIsDeleted) => Sight::Gone,
        Lookup::Hidden(words) => Sight::Hidden(words),
        Lookup::Moved(to) => {
            let found = reader.issue_at(&to, &ground.mapping).await;
            match found.map_err(|error| Trouble::remote(&name, error))? {
                Lookup::Found(issue) if !ground.covers(&issue.at.repo) => {
                    Sight::Moved(format!("{}, which this sync does not cover", issue.at))
                }
                Lookup::Found(issue) if has_another_pair(ground, pair, &issue)? => {
                    taken_by_another(&issue)
                }
                Lookup::Found(issue) => {
                    ground.store.transaction(|tx| {
                        tx.rename_issue(pair.id, &issue.at)?;
                        tx.set_issue_ids(pair.id, issue.id, issue.repo_id)
                    })?;
                    (pair.issue, pair.issue_id) = (issue.at.clone(), issue.id);
                    Sight::here(issue)
                }
                Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => {
                    Sight::Moved(format!("{to}, which this sync does not cover"))
                }
            }
        }
    };
    Ok(sight)
}

/// Names are used again, after a repository was renamed or deleted; ids are not.
fn is_another(pair: &Pair, issue: &Issue) -> bool {
    pair.issue_id.0 != 0 && issue.id.0 != 0 && pair.issue_id != issue.id
}

/// What a pair sees of its issue when that is in another pair, under its name or its id.
pub(super) fn taken_by_another(issue: &Issue) -> Sight<Issue> {
    Sight::Moved(format!("{}, which has another page by now: trash one of the two", issue.at))
}

/// Whether an issue is in another pair than this one, under its name or its id.
pub(super) fn has_another_pair(
    ground: &Ground<'_>,
    pair: &Pair,
    issue: &Issue,
) -> Result<bool, Trouble> {
    let named = ground.store.pair_by_issue(ground.sync, &issue.at)?;
    let known = ground.store.pair_by_issue_id(ground.sync, issue.id)?;
    Ok(named.into_iter().chain(known).any(|other| other.id != pair.id))
}

/// The bases that were made under the present mapping.
pub(super) fn usable(ground: &Ground<'_>, rows: BTreeMap<Field, BaseRow>) -> Bases {
    rows.into_iter()
        .filter(|(field, row)| ground.fingerprint(*field) == Some(row.fingerprint.as_str()))
        .map(|(field, row)| (field, row.value))
        .collect()
}

/// Whether what a side shows is what its base says, field by field. An empty value without a base says nothing.
pub(super) fn agrees(ground: &Ground<'_>, fields: &Fields, bases: &Bases, side: Side) -> bool {
    ground.mapping.fields.keys().all(|field| match (fields.get(field), bases.get(field)) {
        (None, _) => true,
        (Some(Observed::Value(value)), Some(base)) => *value == base[side],
        (Some(Observed::Value(value)), None) => value.is_empty(),
        (Some(Observed::Unreadable(_)), _) => false,
    })
}
