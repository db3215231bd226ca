//! Items without a partner: found again by their identity (adopted), or planned as new ones.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::case::{Case, Sight};
use super::execute::retry;
use super::ground::Ground;
use super::holds;
use super::observe::{Observation, is_linked, pair_of_issue};
use super::trouble::Trouble;
use crate::merge::{FreshPlan, PageRules, plan_fresh_issue, plan_fresh_page};
use crate::model::{
    Field, Issue, IssueRef, ItemRef, Login, Observed, Page, PageId, Side, Sides, Value,
};
use crate::remote::{Lookup, RemoteError};
use crate::store::{HoldRow, Intent, NewPair, PairId, Pending};

/// How long an object that was perhaps made may take to appear in a listing (DESIGN §3, Creates).
pub(super) fn window(target: Side) -> TimeDelta {
    match target {
        Side::GitHub => TimeDelta::minutes(15),
        Side::Notion => TimeDelta::minutes(2),
    }
}

/// An item whose partner was perhaps made: it may still appear in a listing.
pub(super) fn unclear(
    ground: &Ground<'_>,
    item: &ItemRef,
    target: Side,
    since: DateTime<Utc>,
) -> Pending {
    Pending {
        sync: ground.sync,
        item: item.clone(),
        reason: "an earlier attempt to make its partner may still appear".to_owned(),
        waits: true,
        due: Some(since + window(target)),
        side: target,
        attempts: 0,
    }
}

/// A new item to be made.
pub(super) struct Making {
    /// The item it is made from.
    pub(super) source: Source,
    /// A [`FreshPlan::Create`].
    pub(super) plan: FreshPlan,
    /// Its identity; that of an earlier attempt when there was one.
    pub(super) uuid: Uuid,
    /// How often it was refused before.
    pub(super) attempts: u32,
    /// How often it failed before otherwise.
    pub(super) failures: u32,
}

/// The item a new one is made from.
pub(super) enum Source {
    Issue(Box<Issue>),
    Page(Box<Page>),
}

impl Source {
    /// Its name in any output.
    pub(super) fn item(&self) -> ItemRef {
        match self {
            Source::Issue(issue) => ItemRef::Issue(issue.at.clone()),
            Source::Page(page) => ItemRef::Page(page.id),
        }
    }

    pub(super) fn side(&self) -> Side {
        match self {
            Source::Issue(_) => Side::GitHub,
            Source::Page(_) => Side::Notion,
        }
    }
}

/// What is to become of all items without a partner.
#[derive(Default)]
pub(super) struct Fresh {
    pub(super) makings: Vec<Making>,
    pub(super) pending: Vec<Pending>,
    pub(super) holds: Vec<HoldRow>,
    /// Looked at, and nothing waits or is held any more.
    pub(super) settled: Vec<ItemRef>,
}

/// Pairs what already names its partner: pages by their url, issues by their marker. With that every pair is found
/// again in an empty database, and every create whose answer was lost.
pub(super) async fn adopt(ground: &Ground<'_>, seen: &mut Observation) -> Result<(), Trouble> {
    let mut matches: Vec<(Issue, Page)> = Vec::new();
    adopt_by_url(ground, seen, &mut matches).await?;
    adopt_by_marker(ground, seen, &mut matches).await?;
    if matches.is_empty() {
        return Ok(());
    }
    seen.counts.adopted += matches.len() as u64;
    // One transaction for all: after the loss of a database there are thousands.
    let ids: Vec<PairId> = ground.store.transaction(|tx| {
        let intents = tx.intents(ground.sync)?;
        let mut open: BTreeMap<String, Uuid> =
            intents.into_iter().map(|intent| (intent.source.to_string(), intent.uuid)).collect();
        matches
            .iter()
            .map(|(issue, page)| {
                for item in [ItemRef::Issue(issue.at.clone()), ItemRef::Page(page.id)] {
                    if let Some(uuid) = open.remove(&item.to_string()) {
                        tx.drop_intent(ground.sync, uuid)?;
                    }
                    tx.drop_hold(ground.sync, &item, None)?;
                    tx.drop_pending(ground.sync, &item)?;
                }
                tx.insert_pair(&new_pair(ground, issue, page))
            })
            .collect()
    })?;
    for (id, (issue, page)) in ids.into_iter().zip(matches) {
        let Some(pair) = ground.store.pair(id)? else { continue };
        seen.cases.insert(id, Case::new(pair, Sight::listed(issue), Sight::listed(page)));
    }
    Ok(())
}

pub(super) fn new_pair(ground: &Ground<'_>, issue: &Issue, page: &Page) -> NewPair {
    NewPair {
        sync: ground.sync,
        issue: issue.at.clone(),
        issue_id: issue.id,
        repo_id: issue.repo_id,
        page: page.id,
        title: new_title(issue),
    }
}

fn new_title(issue: &Issue) -> String {
    match issue.fields.get(&Field::Title).and_then(Observed::value) {
        Some(Value::Text(title)) => title.clone(),
        Some(
            Value::Number(_) | Value::State(_) | Value::Names(_) | Value::Name(_) | Value::Time(_),
        )
        | None => String::new(),
    }
}

async fn adopt_by_url(
    ground: &Ground<'_>,
    seen: &mut Observation,
    matches: &mut Vec<(Issue, Page)>,
) -> Result<(), Trouble> {
    let mut claims: BTreeMap<IssueRef, Vec<PageId>> = BTreeMap::new();
    for page in seen.pages.values().filter(|page| !page.in_trash) {
        if let Some(issue) = page.anchor.as_deref().and_then(IssueRef::from_html_url)
            && ground.config.repositories.contains(&issue.repo)
        {
            claims.entry(issue).or_default().push(page.id);
        }
    }
    for (at, mut pages) in claims {
        if ground.store.pair_by_issue(ground.sync, &at)?.is_some() {
            continue;
        }
        let issue = match seen.issues.remove(&at) {
            Some(issue) => Some(issue),
            None if seen.unseen.contains(&at.repo) => None,
            None => match read_issue(ground, &at).await {
                Ok(issue) => issue,
                Err(trouble) => {
                    // Whatever its issue is, the pages that name it are no new ones.
                    for page in pages {
                        seen.pages.remove(&page);
                        skip(ground, seen, &ItemRef::Page(page), &trouble)?;
                    }
                    continue;
                }
            },
        };
        let Some(issue) = issue else { continue };
        // Listed under another name too, when it was transferred.
        seen.issues.remove(&issue.at);
        if pair_of_issue(ground, &issue)?.is_some() {
            continue;
        }
        // Of two pages with one identity the older is the partner.
        pages.sort_by_key(|id| seen.pages.get(id).map(|page| (page.created, page.id)));
        if let Some(page) = pages.first().and_then(|id| seen.pages.remove(id)) {
            matches.push((issue, page));
        }
    }
    Ok(())
}

/// An item that cannot be looked at is tried again in the next cycle, and does not keep the others (I9).
fn skip(
    ground: &Ground<'_>,
    seen: &mut Observation,
    item: &ItemRef,
    trouble: &RemoteError,
) -> Result<(), Trouble> {
    if trouble.stops_the_side() {
        return Err(Trouble::remote(&item.to_string(), trouble.clone()));
    }
    tracing::warn!(%item, error = %trouble, "cannot be looked at; the others go on");
    let known = ground.store.pending(ground.sync)?;
    let before = known.iter().find(|pending| pending.item == *item);
    let attempts = before.map(|pending| pending.attempts);
    seen.failed.extend(retry(ground, item, attempts, trouble));
    Ok(())
}

/// The issue of that name, followed to where it was transferred inside the sync.
async fn read_issue(ground: &Ground<'_>, at: &IssueRef) -> Result<Option<Issue>, RemoteError> {
    let reader = &ground.services.github;
    let found = match reader.issue(at, &ground.mapping).await? {
        Lookup::Moved(to) => reader.issue_at(&to, &ground.mapping).await?,
        other => other,
    };
    Ok(match found {
        Lookup::Found(issue) if !issue.is_pull_request && ground.covers(&issue.at.repo) => {
            Some(issue)
        }
        Lookup::Found(_) | Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => None,
    })
}

/// A marker counts only in an issue our own account opened, for a page that no other issue has.
async fn adopt_by_marker(
    ground: &Ground<'_>,
    seen: &mut Observation,
    matches: &mut Vec<(Issue, Page)>,
) -> Result<(), Trouble> {
    let marked: Vec<(IssueRef, PageId)> = seen
        .issues
        .values()
        .filter_map(|issue| Some((issue.at.clone(), PageId(issue.marker?))))
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    let viewer = ground.services.github.viewer().await;
    let viewer = viewer.map_err(|error| Trouble::remote("GitHub token", error))?;
    let mut taken: BTreeSet<PageId> = BTreeSet::new();
    let mut ours: Vec<(IssueRef, PageId)> = marked
        .into_iter()
        .filter(|(at, _)| seen.issues.get(at).is_some_and(|issue| is_by(issue, &viewer)))
        .collect();
    ours.sort_by_key(|(at, _)| seen.issues.get(at).map(|issue| (issue.created, issue.at.number)));
    for (at, page) in ours {
        if taken.contains(&page) || ground.store.pair_by_page(ground.sync, page)?.is_some() {
            continue;
        }
        let found = match seen.pages.remove(&page) {
            Some(page) => Some(page),
            None => match read_page(ground, page).await {
                Ok(page) => page,
                Err(trouble) => {
                    seen.issues.remove(&at);
                    skip(ground, seen, &ItemRef::Issue(at), &trouble)?;
                    continue;
                }
            },
        };
        let Some(found) = found else { continue };
        let named = found.anchor.as_deref().and_then(IssueRef::from_html_url);
        if named.is_some_and(|named| named != at) {
            seen.pages.insert(found.id, found);
            continue;
        }
        if let Some(issue) = seen.issues.remove(&at) {
            taken.insert(page);
            matches.push((issue, found));
        }
    }
    Ok(())
}

fn is_by(issue: &Issue, login: &Login) -> bool {
    issue.author.as_ref() == Some(login)
}

async fn read_page(ground: &Ground<'_>, id: PageId) -> Result<Option<Page>, RemoteError> {
    match ground.services.notion.page(id, &ground.mapping).await {
        Ok(Lookup::Found(page)) => Ok((!page.in_trash).then_some(page)),
        Ok(Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_)) => Ok(None),
        // A marker may be copied from anywhere: what Notion knows no page for is nobody's partner.
        Err(RemoteError::Refused { .. } | RemoteError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Plans what is left without a partner.
pub(super) async fn plan(ground: &Ground<'_>, seen: &mut Observation) -> Result<Fresh, Trouble> {
    let mut planner = Planner {
        intents: ground
            .store
            .intents(ground.sync)?
            .into_iter()
            .map(|intent| (intent.source.to_string(), intent))
            .collect(),
        attempts: attempts(ground)?,
        failures: failures(ground)?,
        started: seen.started,
        ground,
        fresh: Fresh::default(),
    };
    for issue in std::mem::take(&mut seen.issues).into_values() {
        planner.issue(issue).await?;
    }
    let pages: Vec<Page> = std::mem::take(&mut seen.pages).into_values().collect();
    let published = published(ground, &pages).await?;
    let repositories: Vec<_> = ground
        .config
        .repositories
        .iter()
        .filter(|repo| !seen.unseen.contains(repo))
        .cloned()
        .collect();
    // With a repository out of sight nobody knows whether its issue is there already.
    let all_seen = repositories.len() == ground.config.repositories.len();
    for page in pages.into_iter().filter(|_| all_seen) {
        let publish = published.as_ref().map(|published| published.contains(&page.id));
        planner.page(page, publish);
    }
    Ok(planner.fresh)
}

/// How often each item was refused before.
fn attempts(ground: &Ground<'_>) -> Result<BTreeMap<String, u32>, Trouble> {
    let holds = ground.store.holds(ground.sync)?;
    let whole = holds.into_iter().filter(|hold| hold.pair.is_none() && hold.field.is_none());
    Ok(whole.map(|hold| (hold.item.to_string(), hold.attempts)).collect())
}

/// How often each item failed for another reason.
fn failures(ground: &Ground<'_>) -> Result<BTreeMap<String, u32>, Trouble> {
    let pending = ground.store.pending(ground.sync)?.into_iter().filter(|pending| !pending.waits);
    Ok(pending.map(|pending| (pending.item.to_string(), pending.attempts)).collect())
}

/// Which pages `sync.filter.notion` lets through; `None` without such a filter.
async fn published(
    ground: &Ground<'_>,
    pages: &[Page],
) -> Result<Option<BTreeSet<PageId>>, Trouble> {
    let Some(filter) = &ground.config.filter.notion else { return Ok(None) };
    let ids: Vec<PageId> = pages.iter().map(|page| page.id).collect();
    let matching = ground.services.notion.matching(&ground.source, filter, &ids).await;
    matching
        .map(Some)
        .map_err(|error| Trouble::remote(&format!("sync `{}`", ground.config.name), error))
}

struct Planner<'g, 'a> {
    ground: &'g Ground<'a>,
    intents: BTreeMap<String, Intent>,
    attempts: BTreeMap<String, u32>,
    failures: BTreeMap<String, u32>,
    started: Sides<Option<DateTime<Utc>>>,
    fresh: Fresh,
}

impl Planner<'_, '_> {
    async fn issue(&mut self, issue: Issue) -> Result<(), Trouble> {
        let ground = self.ground;
        if let Some(reason) = self.double(&issue).await? {
            self.hold(&ItemRef::Issue(issue.at), Side::GitHub, &reason);
            return Ok(());
        }
        let plan = plan_fresh_issue(&issue, &ground.policy, &ground.filter, &ground.mapping);
        self.place(Source::Issue(Box::new(issue)), plan, None);
        Ok(())
    }

    fn page(&mut self, page: Page, publish: Option<bool>) {
        let ground = self.ground;
        let Some(notion_now) = ground.services.notion.server_now() else { return };
        let rules = PageRules {
            settle: ground.config.settle,
            notion_now,
            repositories: &ground.config.repositories,
            publish,
        };
        let plan = plan_fresh_page(&page, &ground.policy, &ground.mapping, &rules);
        let uuid = page.id.0;
        self.place(Source::Page(Box::new(page)), plan, Some(uuid));
    }

    /// Whether this issue is a second one for a page that has its partner (I3), or has a name another had before.
    async fn double(&self, issue: &Issue) -> Result<Option<String>, Trouble> {
        let ground = self.ground;
        if let Some(other) = ground.store.pair_by_issue(ground.sync, &issue.at)? {
            return Ok(Some(format!(
                "another issue had this name before (GitHub's id {} then, {} now): `tandem unlink {}` first",
                other.issue_id, issue.id, issue.at
            )));
        }
        let Some(page) = issue.marker.map(PageId) else { return Ok(None) };
        let Some(other) = ground.store.pair_by_page(ground.sync, page)? else { return Ok(None) };
        let viewer = ground.services.github.viewer().await;
        let viewer = viewer.map_err(|error| Trouble::remote("GitHub token", error))?;
        Ok((is_by(issue, &viewer) && is_linked(&other)).then(|| {
            format!(
                "tandem made it for page {page}, whose partner is {}: close or delete one of the two issues",
                other.issue
            )
        }))
    }

    fn place(&mut self, source: Source, plan: FreshPlan, identity: Option<Uuid>) {
        let item = source.item();
        match plan {
            FreshPlan::Create { on, .. } => {
                let name = item.to_string();
                let earlier = self.intents.get(&name);
                if let Some(intent) = earlier
                    && self.started[on].is_none_or(|at| at < intent.at + window(on))
                {
                    let pending = unclear(self.ground, &item, on, intent.at);
                    self.fresh.pending.push(pending);
                    return;
                }
                let uuid = earlier.map(|intent| intent.uuid).or(identity);
                let uuid = uuid.unwrap_or_else(Uuid::new_v4);
                let attempts = self.attempts.get(&name).copied().unwrap_or(0);
                let failures = self.failures.get(&name).copied().unwrap_or(0);
                self.fresh.makings.push(Making { source, plan, uuid, attempts, failures });
            }
            FreshPlan::Wait { reason, until } => self.pend(&item, reason, until, source.side()),
            FreshPlan::Leave { .. } => self.fresh.settled.push(item),
            FreshPlan::Hold { reason } => self.hold(&item, source.side(), &reason),
        }
    }

    fn pend(&mut self, item: &ItemRef, reason: String, due: Option<DateTime<Utc>>, side: Side) {
        self.fresh.pending.push(Pending {
            sync: self.ground.sync,
            item: item.clone(),
            reason,
            waits: true,
            due,
            side,
            attempts: 0,
        });
    }

    fn hold(&mut self, item: &ItemRef, side: Side, reason: &str) {
        let attempts = self.attempts.get(&item.to_string()).copied().unwrap_or(0).saturating_add(1);
        self.fresh.holds.push(holds::item(self.ground, item, side, attempts, reason));
    }
}
