//! Asks the merge what is to be done with a pair, and finds out what it has to know for that.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::case::Case;
use super::ground::Ground;
use super::holds;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::body::Place;
use crate::merge::{
    FieldHold, FieldTimes, PairInput, PairPlan, Step, base_of_other_half, place_of_issue, plan_pair,
};
use crate::model::{Field, Interval, Issue, Observed, Side, Sides, Value};
use crate::notion::page_url;
use crate::sabotage::{Bug, planted};

/// So many times a plan may ask for more before it is taken as it is (I14).
const MAX_QUESTIONS: usize = 6;

/// Times that were asked for. They hold as long as nobody else has changed either item since.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    of: BTreeSet<Field>,
    /// When the two were last changed.
    at: Sides<Option<DateTime<Utc>>>,
    times: BTreeMap<Field, FieldTimes>,
}

impl Case {
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
        let (mut has_times, mut has_looked) = (false, false);
        for _ in 0..MAX_QUESTIONS {
            let plan = self.plan_with(ground, self.asked.as_ref().filter(|_| has_times));
            if let Some(side) =
                plan.needs_look.iter().copied().find(|side| !self.is_looked_at(*side))
            {
                self.look(ground, side).await?;
            } else if plan.needs_body && self.reading.is_none() {
                self.read_content(ground).await?;
            } else if !plan.needs_times.is_empty() && !has_times {
                // What the look shows may ask for other times, or for none.
                if !std::mem::replace(&mut has_looked, true)
                    && self.look_for_times(ground, &plan.needs_times).await?
                {
                    continue;
                }
                self.ask_times(ground, &plan.needs_times).await?;
                has_times = true;
            } else {
                return Ok(plan);
            }
        }
        Ok(self.plan_with(ground, self.asked.as_ref().filter(|_| has_times)))
    }

    /// The plan with what is known now: a pure function.
    pub(super) fn plan_with(&self, ground: &Ground<'_>, asked: Option<&Asked>) -> PairPlan {
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
            times: asked.map_or(&none, |asked| &asked.times),
            times_asked: asked.is_some(),
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

    /// A content is read apart from its page, and was read just now: the page of a list that is behind would give it the time
    /// of what was there before. Says whether it looked.
    async fn look_for_times(
        &mut self,
        ground: &Ground<'_>,
        fields: &[Field],
    ) -> Result<bool, Trouble> {
        let is_old = fields.contains(&Field::Body) && self.is_stale(Side::Notion);
        if is_old {
            self.look(ground, Side::Notion).await?;
        }
        Ok(is_old)
    }

    /// Finds out when these fields changed, unless that is known.
    async fn ask_times(&mut self, ground: &Ground<'_>, fields: &[Field]) -> Result<(), Trouble> {
        let of: BTreeSet<Field> = fields.iter().copied().collect();
        let at = Sides {
            github: self.github.item().map(|issue| issue.updated),
            notion: self.notion.item().map(|page| page.edited),
        };
        // Our own write since then changed nothing else.
        let is_as_before = |asked: &Asked, side: Side| {
            asked.at[side] == at[side] || at[side].is_some() && at[side] == self.pair.own[side]
        };
        let is_known = |asked: &Asked| {
            asked.of.is_superset(&of)
                && Side::BOTH.into_iter().all(|side| is_as_before(asked, side))
        };
        if !self.asked.as_ref().is_some_and(is_known) {
            let times = self.times(ground, fields).await?;
            self.asked = Some(Asked { of, at, times });
        }
        Ok(())
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
        if fields.iter().any(|field| *field != Field::Body)
            && let Some(issue) = self.github.item()
        {
            let times = reader.field_times(&self.pair.issue, issue.created).await;
            github = times.map_err(what)?;
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
