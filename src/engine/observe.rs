//! What changed on each side since its cursor, sorted into known pairs and items without a partner (DESIGN §3, Observe).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::back::{self, Back, Returned};
use super::case::Case;
use super::content::is_surely_read;
use super::ground::Ground;
use super::index::Index;
use super::pairs::{follow_name, is_linked, pair_of_issue};
use super::recover::DOUBT;
use super::report::{Counts, Problem};
use super::sight::{Sight, has_another_pair, taken_by_another};
use super::trouble::Trouble;
use crate::github::Newest;
use crate::model::{Issue, Page, PageId, RepoName, Side, Sides, earlier};
use crate::sabotage::{Bug, planted};
use crate::store::{Cursor, Digest, Link, Pair, PairId, Pending};

/// GitHub's lists were seen eight minutes late (DESIGN §3, Creates).
const GITHUB_LAG_SECS: i64 = 15 * 60;

/// Notion's may lag, and its edit times are rounded down to the minute (notion-api §9).
const NOTION_LAG_SECS: i64 = 5 * 60;

/// For how long that side's lists may show what was.
pub(super) fn lag_secs(side: Side) -> i64 {
    match side {
        Side::GitHub => GITHUB_LAG_SECS,
        Side::Notion => NOTION_LAG_SECS,
    }
}

/// Everything a cycle saw.
pub(super) struct Observation {
    /// Pairs that differ from their base, or are to be looked at again.
    pub(super) cases: BTreeMap<PairId, Case>,
    /// What a list showed as it may have been before our own last write: to be read directly.
    pub(super) doubtful: Vec<(PairId, Side)>,
    /// Issues without a partner.
    pub(super) issues: BTreeMap<crate::model::IssueRef, Issue>,
    /// Pages without a partner.
    pub(super) pages: BTreeMap<PageId, Page>,
    /// What agreed with its base in a full scan, to be known by its digest next time.
    pub(super) digests: Vec<(PairId, Side, Digest)>,
    /// Where the next cycle may start, once everything here is reconciled or pending.
    pub(super) cursors: Vec<(Side, String, Cursor)>,
    /// When the first answer of each side's listing was given, by its clock.
    pub(super) started: Sides<Option<DateTime<Utc>>>,
    /// Repositories that could not be listed.
    pub(super) unseen: BTreeSet<RepoName>,
    /// A side whose complete listing was empty.
    pub(super) empty: Option<Side>,
    /// What could not be looked at: tried again in the next cycle.
    pub(super) failed: Vec<Pending>,
    pub(super) counts: Counts,
    pub(super) problems: Vec<Problem>,
}

/// Lists both sides.
pub(super) struct Observer<'g, 'a> {
    ground: &'g Ground<'a>,
    full: bool,
    /// Pairs that are looked at whatever they show: held, pending, or written when an earlier process ended.
    attention: BTreeMap<PairId, Option<u32>>,
    /// The oldest intent per target: its object has to be in the listing.
    oldest_intent: Sides<Option<DateTime<Utc>>>,
    index: Index,
    back: Returned,
    seen: Observation,
}

impl<'g, 'a> Observer<'g, 'a> {
    pub(super) fn new(
        ground: &'g Ground<'a>,
        full: bool,
        attention: BTreeMap<PairId, Option<u32>>,
    ) -> Result<Self, Trouble> {
        let mut oldest_intent = Sides::default();
        for intent in ground.store.intents(ground.sync)? {
            let oldest: &mut Option<DateTime<Utc>> = &mut oldest_intent[intent.target];
            *oldest = Some(oldest.map_or(intent.at, |at| at.min(intent.at)));
        }
        let index = if full { Index::outlines(ground)? } else { Index::Lookups };
        let seen = Observation {
            cases: BTreeMap::new(),
            doubtful: Vec::new(),
            issues: BTreeMap::new(),
            pages: BTreeMap::new(),
            digests: Vec::new(),
            cursors: Vec::new(),
            started: Sides::default(),
            unseen: BTreeSet::new(),
            empty: None,
            failed: Vec::new(),
            counts: Counts::default(),
            problems: Vec::new(),
        };
        Ok(Observer {
            ground,
            full,
            attention,
            oldest_intent,
            index,
            back: Returned::default(),
            seen,
        })
    }

    /// Lists every repository and the data source. A repository that cannot be listed does not keep the others.
    pub(super) async fn observe(mut self) -> Result<(Observation, Index), Trouble> {
        for repo in &self.ground.config.repositories {
            if let Err(trouble) = self.list_repository(repo).await {
                let Trouble::Remote { what, error } = trouble else { return Err(trouble) };
                self.seen.problems.push(Problem::remote(&what, &error));
                self.seen.unseen.insert(repo.clone());
                let now = self.ground.services.server_now(Side::GitHub);
                if let Some(now) = now.filter(|_| planted(Bug::CursorsAfterError)) {
                    self.advance(Side::GitHub, repo.as_str(), now, None);
                }
            }
        }
        self.list_pages().await?;
        if self.full {
            let nothing = |side: Side| self.seen.counts.seen[side] == 0;
            let reached = self.seen.unseen.is_empty();
            self.seen.empty = Side::BOTH.into_iter().find(|side| nothing(*side) && reached);
        }
        Ok((self.seen, self.index))
    }

    /// From when on a side has to be listed; `None` is from the beginning.
    fn since(&self, side: Side, cursor: Option<&Cursor>, lag_secs: i64) -> Option<DateTime<Utc>> {
        if self.full {
            return None;
        }
        let at = cursor?.at;
        let at = self.oldest_intent[side].map_or(at, |intent| at.min(intent));
        Some(if planted(Bug::NoOverlap) { at } else { earlier(at, lag_secs) })
    }

    async fn list_repository(&mut self, repo: &RepoName) -> Result<(), Trouble> {
        let ground = self.ground;
        let reader = &ground.services.github;
        let key = repo.as_str();
        let cursor = ground.store.cursor(ground.sync, Side::GitHub, key)?;
        let since = self.since(Side::GitHub, cursor.as_ref(), GITHUB_LAG_SECS);
        let what = |error| Trouble::remote(&format!("sync `{}`", ground.config.name), error);
        // A cycle that compares everything asks for no etag: the next probe pays for one answer.
        let mut etag = None;
        let mut pages = match since {
            None => reader.all(repo, &ground.mapping),
            Some(since) => {
                let known = match self.oldest_intent.github {
                    None => cursor.as_ref().and_then(|cursor| cursor.etag.as_deref()),
                    Some(_) => None,
                };
                match reader.newest(repo, &ground.mapping, known).await.map_err(what)? {
                    Newest::Unchanged { at } => {
                        self.began(Side::GitHub, at);
                        let etag = cursor.and_then(|cursor| cursor.etag);
                        self.advance(Side::GitHub, key, at, etag);
                        return Ok(());
                    }
                    Newest::Rows { issues, oldest_update, more, etag: new, at, .. } => {
                        self.began(Side::GitHub, at);
                        if !more || oldest_update.is_some_and(|oldest| oldest < since) {
                            for issue in issues.into_iter().filter(|issue| issue.updated >= since) {
                                self.meet_issue(issue)?;
                            }
                            self.advance(Side::GitHub, key, at, new);
                            return Ok(());
                        }
                        etag = new;
                        reader.changed_since(repo, &ground.mapping, since)
                    }
                }
            }
        };
        let mut first = None;
        while let Some(listed) = pages.next().await.map_err(what)? {
            first = first.or(Some(listed.at));
            self.began(Side::GitHub, listed.at);
            for issue in listed.items {
                self.meet_issue(issue)?;
            }
        }
        if let Some(at) = first {
            self.advance(Side::GitHub, key, at, etag);
        }
        Ok(())
    }

    async fn list_pages(&mut self) -> Result<(), Trouble> {
        let ground = self.ground;
        let reader = &ground.services.notion;
        let key = ground.source.id.to_string();
        let cursor = ground.store.cursor(ground.sync, Side::Notion, &key)?;
        let since = self.since(Side::Notion, cursor.as_ref(), NOTION_LAG_SECS);
        let mut pages = match since {
            None => reader.all(&ground.source, &ground.mapping),
            Some(since) => reader.changed_since(&ground.source, &ground.mapping, since),
        };
        let mut first = None;
        loop {
            let listed = pages.next().await;
            let what = format!("sync `{}`, data source", ground.config.name);
            let Some(listed) = listed.map_err(|error| Trouble::remote(&what, error))? else {
                break;
            };
            first = first.or(Some(listed.at));
            self.began(Side::Notion, listed.at);
            for page in listed.items {
                self.meet_page(page)?;
            }
        }
        let is_whole = self.meet_again().await?;
        if let Some(at) = first.filter(|_| is_whole) {
            self.advance(Side::Notion, &key, at, None);
        }
        Ok(())
    }

    /// Pages that may be back from the trash; whether all of them could be looked at.
    async fn meet_again(&mut self) -> Result<bool, Trouble> {
        let (pairs, mut is_whole) = self.back.take(&self.ground.config.name);
        for (mut pair, listed) in pairs {
            match back::look(self.ground, &pair, &listed).await? {
                Back::Paired(page) => {
                    pair.link = Link::Linked;
                    self.attention.insert(pair.id, Some(0));
                    let at = page.edited;
                    self.place(pair, |case| case.notion = Sight::here(*page), Side::Notion, at)?;
                }
                Back::StillTrashed => {}
                Back::Unclear => is_whole = false,
            }
        }
        Ok(is_whole)
    }

    /// Whether a cursor lies ahead of its server's clock, farther than lists are read back: it was misdated once, and
    /// what changed since is no news to any list (I9).
    pub(super) fn is_misled(ground: &Ground<'_>, seen: &Observation) -> Result<bool, Trouble> {
        let cursors = ground.store.cursors(ground.sync)?;
        Ok(cursors.iter().any(|(side, _, cursor)| {
            seen.started[*side].is_some_and(|at| earlier(cursor.at, lag_secs(*side)) > at)
        }))
    }

    /// The cursor is the server's time of the first answer: what changes while we list is listed again.
    fn advance(&mut self, side: Side, key: &str, at: DateTime<Utc>, etag: Option<String>) {
        self.seen.cursors.push((side, key.to_owned(), Cursor { at, etag }));
    }

    fn began(&mut self, side: Side, at: DateTime<Utc>) {
        let started = &mut self.seen.started[side];
        *started = Some(started.map_or(at, |before| before.min(at)));
    }

    fn meet_issue(&mut self, issue: Issue) -> Result<(), Trouble> {
        self.seen.counts.seen.github += 1;
        let ground = self.ground;
        if let Some(known) = self.index.mark(Side::GitHub, Some(issue.id), None)
            && self.is_in_step(known.id, known.is_linked, known.digests.github, &issue.fields)
        {
            return Ok(());
        }
        let Some(mut pair) = pair_of_issue(ground, &issue)? else {
            self.seen.issues.insert(issue.at.clone(), issue);
            return Ok(());
        };
        if !is_linked(&pair) {
            return Ok(());
        }
        let at = issue.updated;
        let sight = if pair.issue != issue.at && has_another_pair(ground, &pair, &issue)? {
            taken_by_another(&issue)
        } else {
            follow_name(ground, &mut pair, &issue)?;
            Sight::listed(issue)
        };
        self.place(pair, |case| case.github = sight, Side::GitHub, at)
    }

    fn meet_page(&mut self, page: Page) -> Result<(), Trouble> {
        self.seen.counts.seen.notion += 1;
        let ground = self.ground;
        if let Some(known) = self.index.mark(Side::Notion, None, Some(page.id))
            && self.is_in_step(known.id, known.is_linked, known.digests.notion, &page.fields)
            && (!ground.mapping.has_body()
                || is_surely_read(
                    known.body_read,
                    page.edited,
                    ground.services.server_now(Side::Notion),
                ))
        {
            return Ok(());
        }
        let Some(pair) = ground.store.pair_by_page(ground.sync, page.id)? else {
            self.seen.pages.insert(page.id, page);
            return Ok(());
        };
        match &pair.link {
            Link::Linked => {}
            Link::Unlinked { side: Side::Notion, .. } if !page.in_trash => {
                if ground.covers(&pair.issue.repo) {
                    self.back.push(pair, page);
                }
                return Ok(());
            }
            Link::Unlinked { .. } => return Ok(()),
        }
        // A repository that left the config takes its pairs with it; nothing is written to them.
        if !ground.covers(&pair.issue.repo) {
            return Ok(());
        }
        let at = page.edited;
        let sight = if page.in_trash { Sight::Gone } else { Sight::listed(page) };
        self.place(pair, |case| case.notion = sight, Side::Notion, at)
    }

    fn is_in_step(
        &self,
        pair: PairId,
        is_linked: bool,
        digest: Option<Digest>,
        fields: &crate::model::Fields,
    ) -> bool {
        is_linked
            && !self.attention.contains_key(&pair)
            && digest.is_some_and(|digest| digest == self.ground.digest(fields))
    }

    /// Adds what one side shows, last changed `at`, to the pair's case; drops it when that is what the base says and
    /// nothing else is due. What may be from before our own last write is not believed: the item is read directly.
    fn place(
        &mut self,
        pair: Pair,
        see: impl FnOnce(&mut Case),
        side: Side,
        at: DateTime<Utc>,
    ) -> Result<(), Trouble> {
        let id = pair.id;
        if planted(Bug::EchoByTime) && pair.own[side].is_some_and(|own| at <= own) {
            return Ok(());
        }
        let is_late = !planted(Bug::OldRowBelieved) && self.is_late(&pair, side, at);
        if let Some(case) = self.seen.cases.get_mut(&id) {
            see(case);
            case.wants_content |=
                side == Side::Notion && case.is_content_due(self.ground, self.full);
            if is_late && !case.agrees(self.ground, side) {
                case.forget(side);
                self.seen.doubtful.push((id, side));
            }
            return Ok(());
        }
        let mut case = Case::load(self.ground, pair)?;
        see(&mut case);
        let is_content_due = side == Side::Notion && case.is_content_due(self.ground, self.full);
        case.wants_content = is_content_due;
        if self.full
            && planted(Bug::DigestOfDifference)
            && let Some(fields) = case.fields(side)
        {
            self.seen.digests.push((id, side, self.ground.digest(fields)));
        }
        match self.attention.get(&id) {
            Some(pending) => case.pending = *pending,
            None if case.agrees(self.ground, side) && !is_content_due => {
                // A full scan remembers the digest of what agrees, so that the next one need not decode it.
                if self.full
                    && let Some(fields) = case.fields(side)
                {
                    self.seen.digests.push((id, side, self.ground.digest(fields)));
                }
                return Ok(());
            }
            None => {}
        }
        if is_late && !case.bases.is_empty() {
            case.forget(side);
            self.seen.doubtful.push((id, side));
        }
        self.seen.cases.insert(id, case);
        Ok(())
    }

    /// Whether a list may show an item as it was before our own write: its time is not surely later, and lists may lag so far.
    fn is_late(&self, pair: &Pair, side: Side, at: DateTime<Utc>) -> bool {
        let Some(own) = pair.own[side] else { return false };
        let now = self.ground.services.server_now(side);
        at.signed_duration_since(own) <= DOUBT
            && now.is_some_and(|now| earlier(now, lag_secs(side)) <= own)
    }
}
