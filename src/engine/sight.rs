//! What is known of one item in a cycle, and the direct look that finds it out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::case::Case;
use super::content::ROUNDING_SECS;
use super::ground::Ground;
use super::observe::lag_secs;
use super::trouble::Trouble;
use crate::clock;
use crate::merge::Presence;
use crate::model::{Fields, Issue, Side, earlier, later};
use crate::remote::{Lookup, RemoteError};
use crate::sabotage::{Bug, planted};
use crate::store::Pair;

/// What is written over has to have been seen at most this long ago.
const STALE_AFTER: Duration = Duration::from_secs(5);

/// So long GitHub may take to answer what it has done.
const ANSWER_SECS: i64 = 10;

/// What is known of one item in this cycle.
#[derive(Debug, Clone, Default)]
pub(super) enum Sight<T> {
    /// It was not looked at: taken to show what the base says.
    #[default]
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

    /// How long ago it was observed.
    pub(super) fn age(&self) -> Option<Duration> {
        match self {
            Sight::Here { at, .. } => Some(clock::monotonic().saturating_duration_since(*at)),
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

    pub(super) fn is_looked_at(&self) -> bool {
        !matches!(self, Sight::NotLooked)
    }

    pub(super) fn presence<'a>(&'a self, fields: fn(&'a T) -> &'a Fields) -> Presence<&'a Fields> {
        match self {
            Sight::NotLooked => Presence::NotLooked,
            Sight::Here { item, .. } => Presence::Here(fields(item)),
            Sight::Gone => Presence::Gone,
            Sight::Moved(to) => Presence::Moved(to.clone()),
            Sight::Hidden(words) => Presence::Hidden(words.clone()),
        }
    }
}

impl Case {
    /// Reads one side directly: the freshest there is.
    pub(super) async fn look(&mut self, ground: &Ground<'_>, side: Side) -> Result<(), Trouble> {
        let name = self.item().to_string();
        match side {
            Side::GitHub => {
                self.github = look_at_issue(ground, &mut self.pair).await?;
                let at = self.github.item().map(|issue| issue.updated);
                self.must_be_later(ground, side, at)
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
                let at = self.notion.item().map(|page| page.edited);
                self.must_be_later(ground, side, at)
            }
        }
    }

    /// A direct look may be answered by a replica that has not heard of our own last write (github-api §11): what is then
    /// not as both sides agreed is nobody's edit. What is longer ago than lists are behind, or is yet to come, was misdated
    /// once.
    fn must_be_later(
        &mut self,
        ground: &Ground<'_>,
        side: Side,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), Trouble> {
        let (Some(at), Some(own)) = (at, self.pair.own[side]) else { return Ok(()) };
        // When we wrote is sometimes known by nothing but the date of the answer, which may be later.
        let at = match side {
            Side::GitHub => later(at, ANSWER_SECS),
            Side::Notion => later(at, ROUNDING_SECS),
        };
        let now = ground.services.server_now(side);
        let is_lately = now.is_some_and(|now| own <= now && earlier(now, lag_secs(side)) <= own);
        if at >= own || !is_lately || self.agrees(ground, side) {
            return Ok(());
        }
        self.forget(side);
        let name = self.item().to_string();
        let what = format!("{name} as our own last write left it");
        Err(Trouble::remote(&name, RemoteError::Missing { side, what }))
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
