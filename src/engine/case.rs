//! One pair in a cycle: what is known of both sides.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::content::Reading;
use super::ground::Ground;
use super::images::Images;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::model::{Bases, Field, Fields, Issue, ItemRef, Observed, Page, Side, Value};
use crate::store::{BaseRow, HoldRow, Pair, PairId};

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
    /// When the fields in conflict changed, as far as that was asked.
    pub(super) asked: Option<Asked>,
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
            asked: None,
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
            asked: None,
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

    /// Whether that side was not shown to us at the last look.
    pub(super) fn is_hidden(&self, side: Side) -> bool {
        match side {
            Side::GitHub => matches!(self.github, Sight::Hidden(_)),
            Side::Notion => matches!(self.notion, Sight::Hidden(_)),
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
