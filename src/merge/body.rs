//! The body among the fields. [`reconcile`] merges the texts; here is decided what is decided for every field: which way
//! it flows, who wins what overlaps, and by which rule.

use super::field::{FieldOutcome, Times, Winner, winner};
use super::plan::FieldHold;
use super::rule::Rule;
use crate::body::{How, Input, Outcome, Place, reconcile, to_github, to_notion};
use crate::model::{BodyText, Direction, Field, Mapping, Policy, Side, Sides, Value};

/// What is known of a page's content, which is read by a request of its own and only when it may matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Read in this cycle.
    Read(&'a Value),
    /// Not read in this cycle: as it was when it was last read.
    AsKnown(&'a Value),
    /// Nothing is known of it.
    Unknown,
}

impl<'a> Content<'a> {
    pub(super) fn value(self) -> Option<&'a Value> {
        match self {
            Content::Read(value) | Content::AsKnown(value) => Some(value),
            Content::Unknown => None,
        }
    }

    pub(super) fn is_fresh(self) -> bool {
        match self {
            Content::Read(_) => true,
            Content::AsKnown(_) | Content::Unknown => false,
        }
    }
}

/// What short references in the body of the issue with that address mean, and who is who.
#[must_use]
pub fn place_of_issue(html_url: &str, mapping: &Mapping) -> Option<Place> {
    Place::of_issue(html_url).map(|place| peopled(place, mapping))
}

/// The same for an issue that is yet to be made in the repository with that address.
#[must_use]
pub fn place_of_repository(web_url: &str, mapping: &Mapping) -> Option<Place> {
    Place::of_repository(web_url).map(|place| peopled(place, mapping))
}

fn peopled(place: Place, mapping: &Mapping) -> Place {
    let links = mapping.users.links();
    let people = links.map(|(login, user)| (login.to_string(), user.to_string())).collect();
    place.with_people(people, mapping.body.mentions)
}

/// The body a new item on that side starts with, from the text of the other side. One that cannot be carried does not
/// keep the item out (DESIGN §3, Body).
pub fn new_body(on: Side, text: &BodyText, place: Option<&Place>) -> Result<Value, FieldHold> {
    let hold = |side: Side, reason: String| FieldHold {
        field: Some(Field::Body),
        side,
        value: None,
        reason,
    };
    let Some(place) = place else { return Err(hold(Side::GitHub, no_place())) };
    let carried = match on {
        Side::GitHub => to_github(&text.0, place),
        Side::Notion => to_notion(&text.0, place),
    };
    carried.map(|text| Value::Body(BodyText(text))).map_err(|reason| hold(on.other(), reason))
}

/// All that decides the bodies of one pair.
pub(super) struct BodyInput<'a> {
    pub(super) direction: Direction,
    pub(super) policy: &'a Policy,
    pub(super) base: Option<Sides<&'a BodyText>>,
    /// Each in its own side's dialect.
    pub(super) now: Sides<&'a BodyText>,
    pub(super) times: Times,
    pub(super) place: Option<&'a Place>,
}

/// Merges the bodies of one pair.
pub(super) fn merge_body(input: &BodyInput<'_>) -> FieldOutcome {
    let Some(place) = input.place else {
        return FieldOutcome::Hold { side: Side::GitHub, reason: no_place() };
    };
    let source = input.direction.source();
    // A field mapped lately to an empty source: re-baselining deletes nothing (I13).
    if input.base.is_none() && source.is_some_and(|source| input.now[source].is_blank()) {
        return FieldOutcome::Nothing;
    }
    let asked = Input {
        base: input.base.map(|base| base.map(|text| text.0.as_str())),
        now: input.now.map(|text| text.0.as_str()),
        source,
        winner: None,
        place,
    };
    let decided = reconcile(&asked);
    if decided != Outcome::Overlap {
        return input.outcome(decided, None);
    }
    match winner(input.policy, input.times) {
        Winner::Is(side, why) => {
            input.outcome(reconcile(&Input { winner: Some(side), ..asked }), Some(why))
        }
        Winner::NeedsTimes => FieldOutcome::NeedsTimes,
        Winner::Nobody => input.conflict(input.policy.tie),
    }
}

/// The base once GitHub has its half of a merge: its body with the page's edits alone, which says what the page says. What
/// GitHub shows differs from that by its own edits, and these are the other half. Merged once more from the old base, an
/// edit that stands beside another could be told twice. `None` where the page's edits alone cannot be carried.
#[must_use]
pub fn base_of_other_half(
    base: Sides<&Value>,
    page: &Value,
    place: &Place,
) -> Option<Sides<Value>> {
    let (github, page_was) = (text_of(base.github)?, text_of(base.notion)?);
    let alone = Input {
        base: Some(Sides { github: github.0.as_str(), notion: page_was.0.as_str() }),
        now: Sides { github: github.0.as_str(), notion: text_of(page)?.0.as_str() },
        source: None,
        winner: None,
        place,
    };
    match reconcile(&alone) {
        Outcome::Write { to: Sides { github: Some(text), notion: None }, .. } => {
            Some(Sides { github: Value::Body(BodyText(text)), notion: page.clone() })
        }
        Outcome::Write { .. }
        | Outcome::Nothing
        | Outcome::Agree
        | Outcome::Overlap
        | Outcome::Hold { .. } => None,
    }
}

/// The text of a body; every other value is none.
pub(super) fn text_of(value: &Value) -> Option<&BodyText> {
    match value {
        Value::Body(text) => Some(text),
        Value::Text(_)
        | Value::Number(_)
        | Value::State(_)
        | Value::Names(_)
        | Value::Name(_)
        | Value::Time(_) => None,
    }
}

fn no_place() -> String {
    "the issue's web address cannot be read, and what its body refers to starts from there"
        .to_owned()
}

impl BodyInput<'_> {
    /// The outcome in the words of every field; `won` is the rule by which one side wins what overlaps.
    fn outcome(&self, outcome: Outcome, won: Option<Rule>) -> FieldOutcome {
        match outcome {
            Outcome::Nothing => FieldOutcome::Nothing,
            Outcome::Agree => FieldOutcome::Agree,
            Outcome::Write { to, how } => {
                let value = |text: String| Value::Body(BodyText(text));
                let (why, conflict) = self.rule(how, won);
                FieldOutcome::Write { to: to.map(|text| text.map(value)), why, conflict }
            }
            Outcome::Hold { side, reason } => FieldOutcome::Hold { side, reason },
            // With a winner nothing overlaps any more.
            Outcome::Overlap => self.conflict(Side::GitHub),
        }
    }

    /// The rule that decided, and whether an edit loses.
    fn rule(&self, how: How, won: Option<Rule>) -> (Rule, bool) {
        let why = match how {
            How::OneWay(source) if self.is_unchanged(source) => Rule::PutRight(source),
            How::OneWay(source) => Rule::OneWay(source),
            How::OnlyChanged(side) if self.base.is_none() => Rule::OnlyHas(side),
            How::OnlyChanged(side) => Rule::OnlyChanged(side),
            How::Merged => Rule::BothKept,
            How::PutBack(side) => Rule::PutBack(side),
            How::Won(side) => return (won.unwrap_or(Rule::Policy(side)), true),
        };
        (why, false)
    }

    fn is_unchanged(&self, side: Side) -> bool {
        self.base.is_some_and(|base| base[side] == self.now[side])
    }

    fn conflict(&self, side: Side) -> FieldOutcome {
        let reason = format!(
            "conflict: both sides changed the same part of the body (GitHub shows {}, Notion {}); make both the same there, or one as it was",
            self.now.github, self.now.notion
        );
        FieldOutcome::Hold { side, reason }
    }
}
