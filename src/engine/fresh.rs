//! Items without a partner, planned as new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::adopt::is_by;
use super::ground::Ground;
use super::holds;
use super::lost;
use super::observe::Observation;
use super::pairs::is_linked;
use super::trouble::Trouble;
use crate::merge::{FreshPlan, PageRules, plan_fresh_issue, plan_fresh_page};
use crate::model::{Issue, ItemRef, Page, PageId, Side, Sides};
use crate::sabotage::{Bug, planted};
use crate::store::{HoldRow, Intent, Pending};

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
            settle: if planted(Bug::NoSettling) { Duration::ZERO } else { ground.config.settle },
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
                "another issue had this name before (GitHub's id {} then, {} now): trash the page {} and start with an empty database file (keep the old one: it holds the history)",
                other.issue_id, issue.id, other.page
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
            FreshPlan::Create { .. } => {
                let name = item.to_string();
                let earlier = self.intents.get(&name);
                if let Some(made) = earlier.and_then(|intent| intent.made.as_ref()) {
                    let reason = lost::unpairable(made);
                    self.hold(&item, source.side().other(), &reason);
                    return;
                }
                if let Some(intent) = earlier
                    && !lost::is_over(intent, self.started)
                {
                    self.fresh.pending.push(lost::unclear(self.ground, intent));
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
