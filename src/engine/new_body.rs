//! The body of a new item: what it is made with, and what is known of it afterwards.

use std::collections::BTreeMap;

use super::case::Case;
use super::content::{self, Reading};
use super::ground::Ground;
use super::holds;
use crate::merge::{FieldHold, new_body, place_of_repository};
use crate::model::{BodyText, Field, PageId, RepoName, Side, Sides, Value};
use crate::notion::NOT_WRITTEN_YET;
use crate::remote::{Lookup, Refusal, RemoteError};

/// The body of a new item.
#[derive(Default)]
pub(super) struct NewBody {
    /// What the page's content showed before its issue was made.
    reading: Option<Reading>,
    /// What the new item is made with, in its own dialect.
    sent: Option<Value>,
    /// Why it is made without one.
    held: Option<FieldHold>,
}

impl NewBody {
    /// Of a new page: what the plan says.
    pub(super) fn sent(values: &BTreeMap<Field, Value>, holds: &[FieldHold]) -> NewBody {
        let held = holds.iter().find(|hold| hold.field == Some(Field::Body)).cloned();
        NewBody { reading: None, sent: values.get(&Field::Body).cloned(), held }
    }

    /// Of a new issue: the page's content, which no listing shows.
    pub(super) async fn read(
        ground: &Ground<'_>,
        page: PageId,
        repo: &RepoName,
    ) -> Result<NewBody, RemoteError> {
        if !ground.mapping.has_body() {
            return Ok(NewBody::default());
        }
        let reading = match content::read(ground, page).await? {
            Lookup::Found(reading) => reading,
            Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => {
                let what = format!("the content of the page {page}");
                return Err(RemoteError::Missing { side: Side::Notion, what });
            }
        };
        let Value::Body(text) = reading.body() else { return Ok(NewBody::default()) };
        let web = ground.services.github.web_url(repo);
        let place = place_of_repository(&web, &ground.mapping);
        let (sent, held) = match new_body(Side::GitHub, text, place.as_ref()) {
            Ok(sent) => (Some(sent), None),
            Err(hold) => (None, Some(hold)),
        };
        Ok(NewBody { reading: Some(reading), sent, held })
    }

    /// The values the new issue is made with.
    pub(super) fn added_to(&self, values: &BTreeMap<Field, Value>) -> BTreeMap<Field, Value> {
        let sent = self.sent.iter().map(|body| (Field::Body, body.clone()));
        values.iter().map(|(field, value)| (*field, value.clone())).chain(sent).collect()
    }

    /// What both sides hold now becomes the base: of a new page what was sent, provisionally, until it is read (I1). What
    /// was left out is held.
    pub(super) fn settle(
        self,
        ground: &Ground<'_>,
        case: &mut Case,
        on: Side,
        refused: &[Refusal],
    ) {
        if !ground.mapping.has_body() {
            return;
        }
        case.reading = self.reading;
        let refusal = refused.iter().find(|refusal| refusal.field == Field::Body);
        let left_out = match (refusal, self.held) {
            (Some(refusal), _) => Some((on, refusal.reason.clone())),
            (None, Some(hold)) => Some((hold.side, hold.reason)),
            (None, None) => None,
        };
        if let Some((side, reason)) = left_out {
            let without = || Value::Body(BodyText(String::new()));
            let shown = case.known_body().cloned().unwrap_or_else(without);
            let row = holds::body(ground, case, side, Some(shown), &reason);
            let is_refused = !reason.starts_with(NOT_WRITTEN_YET);
            case.holds.push(if is_refused { row } else { holds::tried_again(ground, row) });
            return;
        }
        let Some(sent) = self.sent else { return };
        let base = match on {
            Side::Notion => {
                case.value(Side::GitHub, Field::Body).map(|github| Sides { github, notion: sent })
            }
            // An answer that shows something else is left to the merge.
            Side::GitHub => (case.value(Side::GitHub, Field::Body).as_ref() == Some(&sent))
                .then(|| case.known_body().cloned())
                .flatten()
                .map(|notion| Sides { github: sent, notion }),
        };
        if let Some(base) = base {
            case.bases.insert(Field::Body, base);
            case.is_base_seen = true;
        }
    }
}
