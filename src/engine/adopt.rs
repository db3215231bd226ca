//! Items that name their partner are paired again: pages by their url, issues by their marker. So a lost database and a
//! create whose answer was lost are found by one and the same way.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::again::{retry, to_compare};
use super::case::{Case, usable};
use super::ground::Ground;
use super::lost;
use super::observe::Observation;
use super::pairs::pair_of_issue;
use super::sight::Sight;
use super::trouble::Trouble;
use crate::model::{
    Field, Issue, IssueRef, ItemRef, Login, Observed, Page, PageId, Side, Sides, State, Value,
};
use crate::remote::{Lookup, RemoteError};
use crate::sabotage::{Bug, planted};
use crate::store::{Link, NewPair, PairId};

/// Pairs what already names its partner: pages by their url, issues by their marker. With that every pair is found
/// again in an empty database, and every create whose answer was lost.
pub(super) async fn adopt(ground: &Ground<'_>, seen: &mut Observation) -> Result<(), Trouble> {
    let mut matches: Vec<(Issue, Page)> = Vec::new();
    if !planted(Bug::UrlIgnored) {
        adopt_by_url(ground, seen, &mut matches).await?;
    }
    if !planted(Bug::MarkerIgnored) {
        adopt_by_marker(ground, seen, &mut matches).await?;
    }
    let half_made = half_made(ground, seen, &mut matches).await?;
    if matches.is_empty() {
        return Ok(());
    }
    seen.counts.adopted += matches.len() as u64;
    // One transaction for all: after the loss of a database there are thousands.
    let ids: Vec<(PairId, Option<u32>)> = ground.store.transaction(|tx| {
        let intents = tx.intents(ground.sync)?;
        let mut open: BTreeMap<String, Uuid> =
            intents.into_iter().map(|intent| (intent.source.to_string(), intent.uuid)).collect();
        let held = tx.holds(ground.sync)?.into_iter().filter(|hold| !hold.by_person);
        let waited = tx.pending(ground.sync)?.into_iter().map(|pending| pending.item);
        let waited: BTreeSet<String> =
            waited.chain(held.map(|hold| hold.item)).map(|item| item.to_string()).collect();
        matches
            .iter()
            .map(|(issue, page)| {
                let mut has_waited = false;
                for item in [ItemRef::Issue(issue.at.clone()), ItemRef::Page(page.id)] {
                    if let Some(uuid) = open.remove(&item.to_string()) {
                        tx.drop_intent(ground.sync, uuid)?;
                        has_waited = true;
                    }
                    has_waited |= waited.contains(&item.to_string());
                    tx.drop_hold(ground.sync, &item, None)?;
                    tx.drop_pending(ground.sync, &item)?;
                }
                let id = tx.insert_pair(&new_pair(ground, issue, page))?;
                let why = "its page was found, and the two are to be compared";
                let compared = to_compare(ground, &issue.at, why);
                if has_waited && !page.in_trash {
                    tx.put_pending(&compared)?;
                }
                if page.in_trash {
                    // Its issue gets no other page, and the two are a pair again when it is restored.
                    let why = "the page was in the trash when its issue was found".to_owned();
                    tx.set_link(id, &Link::Unlinked { why, side: Side::Notion })?;
                }
                if half_made.contains(&page.id)
                    && let Some(fingerprint) = ground.fingerprint(Field::State)
                {
                    let born = Sides { github: &OPEN, notion: &OPEN };
                    tx.put_base(id, Field::State, born, fingerprint)?;
                }
                Ok((id, has_waited.then_some(compared.attempts)))
            })
            .collect()
    })?;
    for ((id, pending), (issue, page)) in ids.into_iter().zip(matches) {
        if page.in_trash {
            continue;
        }
        let Some(pair) = ground.store.pair(id)? else { continue };
        let is_half_made = half_made.contains(&page.id);
        let mut case = Case::new(pair, Sight::listed(issue), Sight::listed(page));
        case.pending = pending;
        if is_half_made {
            case.bases = usable(ground, ground.store.bases(id)?);
        }
        seen.cases.insert(id, case);
    }
    Ok(())
}

/// What every issue is born as.
pub(super) const OPEN: Value = Value::State(State::Open);

/// The pages whose issue was made by an unfinished creation of ours and is open only because the answer was lost, or the
/// process died, before it was closed as its page is. Nobody has ever said that it is open, so this is no conflict: the
/// page is taken to have been closed since. One that somebody reopened is open because a person wants it so.
async fn half_made(
    ground: &Ground<'_>,
    seen: &mut Observation,
    matches: &mut Vec<(Issue, Page)>,
) -> Result<BTreeSet<PageId>, Trouble> {
    let intents = ground.store.intents(ground.sync)?;
    let is_intended = |page: &Page| {
        let source = ItemRef::Page(page.id);
        intents.iter().any(|intent| intent.target == Side::GitHub && intent.source == source)
    };
    let is_closed = |page: &Page| {
        let state = page.fields.get(&Field::State).and_then(Observed::value);
        matches!(state, Some(Value::State(State::Closed(_))))
    };
    let mut half_made = BTreeSet::new();
    for (issue, page) in std::mem::take(matches) {
        if issue.is_open
            && issue.marker == Some(page.id.0)
            && is_closed(&page)
            && is_intended(&page)
        {
            match ground.services.github.last_reopened_by(&issue.at).await {
                Ok(None) => drop(half_made.insert(page.id)),
                Ok(Some(_)) => {}
                Err(trouble) => {
                    skip(ground, seen, &ItemRef::Page(page.id), &trouble)?;
                    continue;
                }
            }
        }
        matches.push((issue, page));
    }
    Ok(half_made)
}

pub(super) fn new_pair(ground: &Ground<'_>, issue: &Issue, page: &Page) -> NewPair {
    NewPair {
        sync: ground.sync,
        issue: issue.at.clone(),
        issue_id: issue.id,
        repo_id: issue.repo_id,
        page: page.id,
        title: new_title(issue),
        marked: issue.marker == Some(page.id.0),
    }
}

fn new_title(issue: &Issue) -> String {
    match issue.fields.get(&Field::Title).and_then(Observed::value) {
        Some(Value::Text(title)) => title.clone(),
        Some(
            Value::Body(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Names(_)
            | Value::Name(_)
            | Value::Time(_),
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
    let mut taken: BTreeSet<IssueRef> = BTreeSet::new();
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
        // Listed under another name too, when it was transferred; and another page may name it so.
        seen.issues.remove(&issue.at);
        if taken.contains(&issue.at) || pair_of_issue(ground, &issue)?.is_some() {
            continue;
        }
        if ground.store.pair_by_issue(ground.sync, &issue.at)?.is_some() {
            seen.issues.insert(issue.at.clone(), issue);
            continue;
        }
        // Of two pages with one identity the older is the partner.
        pages.sort_by_key(|id| seen.pages.get(id).map(|page| (page.created, page.id)));
        if let Some(page) = pages.first().and_then(|id| seen.pages.remove(id)) {
            taken.insert(issue.at.clone());
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

/// A marker counts only in an issue our own account opened, for a page that no other issue has. One that an open intent waits
/// for is ours whoever is said to have opened it, once ours would be listed: the token may be another account's since it was
/// sent, or an answer may misname ours.
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
    let mut taken: BTreeSet<PageId> = matches.iter().map(|(_, page)| page.id).collect();
    let intents = ground.store.intents(ground.sync)?;
    let awaited = |page: PageId| {
        let source = ItemRef::Page(page);
        intents.iter().find(|intent| {
            intent.target == Side::GitHub && intent.source == source && intent.made.is_none()
        })
    };
    let is_ours = |at: &IssueRef| seen.issues.get(at).is_some_and(|issue| is_by(issue, &viewer));
    let mut ours: Vec<(IssueRef, PageId)> =
        marked.into_iter().filter(|(at, page)| is_ours(at) || awaited(*page).is_some()).collect();
    // Whoever copies a marker copies it from the issue that we made.
    ours.sort_by_key(|(at, _)| {
        seen.issues.get(at).map(|issue| (!is_by(issue, &viewer), issue.created, issue.at.number))
    });
    for (at, page) in ours {
        if taken.contains(&page) || ground.store.pair_by_page(ground.sync, page)?.is_some() {
            continue;
        }
        let strangers = seen.issues.get(&at).filter(|issue| !is_by(issue, &viewer));
        if let Some(intent) = awaited(page).filter(|_| strangers.is_some())
            && !(lost::is_over(intent, seen.started) && seen.unseen.is_empty())
        {
            seen.issues.remove(&at);
            seen.failed.push(lost::unclear(ground, intent));
            continue;
        }
        // Under a name that another issue had before.
        if ground.store.pair_by_issue(ground.sync, &at)?.is_some() {
            taken.insert(page);
            lost::note_unpairable(ground, page, &at)?;
            continue;
        }
        let found = match seen.pages.remove(&page) {
            Some(page) => Lookup::Found(page),
            None => match read_page(ground, page).await {
                Ok(found) => found,
                Err(trouble) => {
                    taken.insert(page);
                    seen.issues.remove(&at);
                    skip(ground, seen, &ItemRef::Issue(at), &trouble)?;
                    continue;
                }
            },
        };
        let found = match found {
            Lookup::Found(found) => found,
            // In another table, or none of Notion's.
            Lookup::Gone | Lookup::Moved(_) => continue,
            Lookup::Hidden(why) => {
                // Which proves nothing (I7), and a page of its own would be a second one.
                let source = ItemRef::Page(page);
                let waits = match intents.iter().find(|intent| intent.source == source) {
                    Some(intent) => Some(lost::unclear(ground, intent)),
                    None => lost::looked_for_again(ground, &at, page, &why)?,
                };
                if let Some(waits) = waits {
                    taken.insert(page);
                    seen.issues.remove(&at);
                    seen.failed.push(waits);
                }
                continue;
            }
        };
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

pub(super) fn is_by(issue: &Issue, login: &Login) -> bool {
    issue.author.as_ref() == Some(login)
}

async fn read_page(ground: &Ground<'_>, id: PageId) -> Result<Lookup<Page>, RemoteError> {
    match ground.services.notion.page(id, &ground.mapping).await {
        // A marker may be copied from anywhere, but a refusal of one request does not prove that it was (I7).
        Err(error @ RemoteError::Refused { .. }) => Ok(Lookup::Hidden(error.to_string())),
        found => found,
    }
}
