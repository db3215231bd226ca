//! The page's content: when it has to be read, what a reading shows, and what is remembered of it.
//!
//! No listing shows it, and reading it is a request of its own. So it is read only when it may be another than the one
//! that is known: when the page was edited by somebody else since, when GitHub's body is to be written over it, or when
//! what is known was sent and never seen (DESIGN §3, Body). Notion's times are rounded down to the minute (notion-api §9):
//! only a reading after the minute of an edit is sure to show it (I9).

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::case::Case;
use super::ground::Ground;
use super::holds;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::body::{as_meant, is_somebody_elses};
use crate::clock;
use crate::merge::Content;
use crate::model::{BodyText, Field, Page, Side, Value, later};
use crate::notion;
use crate::remote::{Lookup, RemoteError};
use crate::sabotage::{Bug, planted};
use crate::store::{BaseRow, BodyRead, StoreError, Tx};

/// An edit may have been made until the end of the minute it is dated to.
pub(super) const ROUNDING_SECS: i64 = 60;
/// What is written over has to have been read at most this long ago.
const STALE_AFTER: Duration = Duration::from_secs(5);

/// What a page's content showed.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    body: Value,
    /// By Notion's clock.
    at: DateTime<Utc>,
    /// By our own.
    came: Instant,
}

impl Reading {
    pub(super) fn of(content: notion::Content) -> Reading {
        let body = Value::Body(BodyText(content.markdown));
        Reading { body, at: content.at, came: clock::monotonic() }
    }

    pub(super) fn body(&self) -> &Value {
        &self.body
    }

    pub(super) fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

/// Whether a reading is sure to show every edit up to the page's last one. What is dated later than `now`, Notion's
/// clock, was misdated once, and proves nothing.
pub(super) fn is_surely_read(
    read: BodyRead,
    edited: DateTime<Utc>,
    now: Option<DateTime<Utc>>,
) -> bool {
    match read {
        BodyRead::NotYet | BodyRead::Again => false,
        BodyRead::At(at) => at >= later(edited, ROUNDING_SECS) && now.is_none_or(|now| at <= now),
    }
}

/// Reads a page's content.
pub(super) async fn read(
    ground: &Ground<'_>,
    page: crate::model::PageId,
) -> Result<Lookup<Reading>, RemoteError> {
    Ok(match ground.services.notion.body(page).await? {
        Lookup::Found(content) => Lookup::Found(Reading::of(content)),
        Lookup::Gone => Lookup::Gone,
        Lookup::Moved(to) => Lookup::Moved(to),
        Lookup::Hidden(words) => Lookup::Hidden(words),
    })
}

impl Case {
    /// What is known of the page's content, for the merge.
    pub(super) fn content(&self) -> Content<'_> {
        match (&self.reading, self.known_body()) {
            (Some(reading), _) => Content::Read(&reading.body),
            (None, Some(body)) => Content::AsKnown(body),
            (None, None) => Content::Unknown,
        }
    }

    /// What the page's content showed last: in this cycle, when it was held, or when both sides agreed.
    pub(super) fn known_body(&self) -> Option<&Value> {
        let held = || {
            let holds = self.holds.iter().filter(|hold| hold.field == Some(Field::Body));
            holds.filter(|hold| !hold.by_person).find_map(|hold| hold.value.as_ref())
        };
        let read = self.reading.as_ref().map(|reading| &reading.body);
        read.or_else(held).or_else(|| self.bases.get(&Field::Body).map(|base| &base.notion))
    }

    /// Whether the page that was looked at may have another content than the one that is known.
    pub(super) fn is_content_due(&self, ground: &Ground<'_>, full: bool) -> bool {
        let Some(page) = self.notion.item().filter(|_| ground.mapping.has_body()) else {
            return false;
        };
        let is_ours = ground.is_surely_our_edit(self.pair.own.notion, page);
        let now = ground.services.server_now(Side::Notion);
        match self.last_read() {
            BodyRead::Again => true,
            BodyRead::NotYet => full || !is_ours,
            read if is_surely_read(read, page.edited, now) => full && self.known_body().is_none(),
            BodyRead::At(_) if full => true,
            BodyRead::At(_) if is_ours => false,
            // Read within the minute of the edit: once more when that is over.
            BodyRead::At(at) => {
                at < page.edited || is_over(ground, page) && !planted(Bug::MinuteReadOnce)
            }
        }
    }

    fn last_read(&self) -> BodyRead {
        self.reading.as_ref().map_or(self.pair.body_read, |reading| BodyRead::At(reading.at))
    }

    /// Whether it has to be read again before it is written over.
    pub(super) fn is_content_stale(&self) -> bool {
        let age = |reading: &Reading| clock::monotonic().saturating_duration_since(reading.came);
        self.reading.as_ref().is_none_or(|reading| age(reading) > STALE_AFTER)
    }

    /// Reads the page's content.
    pub(super) async fn read_content(&mut self, ground: &Ground<'_>) -> Result<(), Trouble> {
        let name = self.item().to_string();
        let found = read(ground, self.pair.page).await;
        match found.map_err(|error| Trouble::remote(&name, error))? {
            Lookup::Found(reading) => self.take_reading(ground, reading).await,
            Lookup::Gone => {
                self.notion = Sight::Gone;
                Ok(())
            }
            Lookup::Moved(to) => {
                self.notion = Sight::Moved(to);
                Ok(())
            }
            Lookup::Hidden(words) => {
                self.notion = Sight::Hidden(words);
                Ok(())
            }
        }
    }

    /// Takes what was read. The first reading after the page was made tells whether Notion shows what it was sent
    /// (DESIGN §3, PutGet): a base that was sent becomes one that was seen (I1).
    async fn take_reading(&mut self, ground: &Ground<'_>, reading: Reading) -> Result<(), Trouble> {
        let is_first = self.last_read() == BodyRead::NotYet && !self.was_read;
        self.was_read = true;
        let sent = self.bases.get(&Field::Body).filter(|_| is_first).cloned();
        let shown = reading.body.clone();
        self.reading = Some(reading);
        let (Some(sent), Value::Body(text)) = (sent, &shown) else { return Ok(()) };
        let Value::Body(meant) = &sent.notion else { return Ok(()) };
        let Err(difference) = as_meant(&meant.0, &text.0) else {
            self.see_base(shown);
            return self.note_first(ground);
        };
        // Whatever showed the page before, a list's row or the answer to our own write, may name us for what somebody else
        // typed since.
        self.look(ground, Side::Notion).await?;
        let own = self.pair.own.notion;
        // Somebody may have typed right before a write of ours that hides who did.
        let is_ours = !is_somebody_elses("", &meant.0, &text.0)
            && self.notion.item().is_some_and(|page| ground.may_be_our_edit(own, page));
        if !is_ours {
            // Somebody edited it since, and the merge tells what. No later reading is the first, however far that comes.
            let id = self.id();
            ground.store.transaction(|tx| tx.set_body_read(id, BodyRead::Again))?;
            self.pair.body_read = BodyRead::Again;
            return Ok(());
        }
        let is_news = self.value(Side::GitHub, Field::Body).is_some_and(|now| now != sent.github);
        self.see_base(shown);
        if is_news {
            // An edit ends such a hold, and here is one.
            tracing::warn!(pair = %self.item(), "Notion took the body and shows another; the edit made on GitHub since is carried");
        } else {
            let reason = format!(
                "Notion took the body and shows another; change what differs on either side: {difference}"
            );
            let row = holds::refused(ground, self, Side::Notion, Some(Field::Body), None, &reason);
            self.holds.retain(|hold| hold.by_person || hold.field != Some(Field::Body));
            self.holds.push(row);
            self.is_hold_new = true;
        }
        self.note_first(ground)
    }

    /// Keeps the first reading at once: if this cycle came no further, the next reading would be taken for the first, and what
    /// somebody typed in between for Notion's spelling.
    fn note_first(&mut self, ground: &Ground<'_>) -> Result<(), Trouble> {
        ground.store.transaction(|tx| {
            self.remember_reading(tx, ground)?;
            let holds = self.holds.iter().filter(|row| row.field == Some(Field::Body));
            holds.filter(|row| !row.by_person).try_for_each(|row| tx.put_hold(row))
        })?;
        Ok(())
    }

    /// A write of ours hides who edited the page before it, and when. Where the page was not seen a moment before, somebody
    /// may have typed meanwhile: the content is read once more.
    pub(super) fn doubt_content(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        self.reading = None;
        self.wants_content = true;
        match self.pair.body_read {
            BodyRead::At(_) => {
                self.pair.body_read = BodyRead::Again;
                tx.set_body_read(self.id(), BodyRead::Again)
            }
            // The first reading is still to come.
            BodyRead::NotYet | BodyRead::Again => Ok(()),
        }
    }

    fn see_base(&mut self, shown: Value) {
        if let Some(base) = self.bases.get_mut(&Field::Body) {
            base.notion = shown;
            self.is_base_seen = true;
        }
    }

    /// Notes that the content was read, once what it showed is in the base or kept with a hold: from then on it need not
    /// be read again (I9).
    pub(super) fn remember_reading(
        &mut self,
        tx: &Tx<'_>,
        ground: &Ground<'_>,
    ) -> Result<(), StoreError> {
        if self.is_base_seen
            && let (Some(base), Some(fingerprint)) =
                (self.bases.get(&Field::Body), ground.fingerprint(Field::Body))
        {
            let row = BaseRow { value: base.clone(), fingerprint: fingerprint.to_owned() };
            tx.put_base(self.id(), Field::Body, row.value.as_ref(), &row.fingerprint)?;
            self.is_base_seen = false;
        }
        let Some(reading) = self.reading.take() else { return Ok(()) };
        let is_base = self.bases.get(&Field::Body).is_some_and(|base| base.notion == reading.body);
        let is_known = is_base || self.known_body() == Some(&reading.body);
        let read = BodyRead::At(reading.at);
        self.reading = Some(reading);
        if is_known && self.pair.body_read != read {
            tx.set_body_read(self.id(), read)?;
            self.pair.body_read = read;
        }
        Ok(())
    }
}

fn is_over(ground: &Ground<'_>, page: &Page) -> bool {
    let now = ground.services.server_now(Side::Notion);
    now.is_some_and(|now| now >= later(page.edited, ROUNDING_SECS))
}
