//! When each field last changed, from the issue's timeline (github-api §4). Asked only when a conflict
//! needs it.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};

use super::client::Client;
use super::links::issue_path;
use super::pages::{Links, decode};
use super::reader::about;
use super::wire;
use crate::model::{Field, IssueRef, Login};
use crate::remote::RemoteError;

/// Longest timeline that is read: 3,000 events (I14).
const MAX_PAGES: usize = 30;

/// The field an event is about. Events nobody knows yet are about none (github-api §10.3).
fn field_of(event: &str) -> Option<Field> {
    match event {
        "renamed" => Some(Field::Title),
        "closed" | "reopened" => Some(Field::State),
        "labeled" | "unlabeled" => Some(Field::Labels),
        "assigned" | "unassigned" => Some(Field::Assignees),
        "milestoned" | "demilestoned" => Some(Field::Milestone),
        "issue_type_added" | "issue_type_removed" | "issue_type_changed" => Some(Field::Type),
        _ => None,
    }
}

/// The time of the last event per field. A title without one is as old as the issue, which was `created` then; of another
/// field without one nothing is known. The events come oldest first, so of a timeline too long to be read to
/// its end nothing is known either: the answer is then empty, and conflicts are ties.
pub(super) async fn field_times(
    client: &Client,
    at: &IssueRef,
    created: DateTime<Utc>,
) -> Result<BTreeMap<Field, DateTime<Utc>>, RemoteError> {
    let mut times = BTreeMap::new();
    let Some(events) = events(client, at).await? else { return Ok(times) };
    for event in events {
        if let Some((field, time)) = event.event.as_deref().and_then(field_of).zip(event.created_at)
        {
            let latest = times.entry(field).or_insert(time);
            *latest = time.trunc_subsecs(0).max(*latest);
        }
    }
    times.entry(Field::Title).or_insert(created);
    Ok(times)
}

/// Who reopened the issue last, as far as the timeline tells.
pub(super) async fn last_reopened_by(
    client: &Client,
    at: &IssueRef,
) -> Result<Option<Login>, RemoteError> {
    let events = events(client, at).await?.unwrap_or_default();
    Ok(events.iter().rfind(|event| is(event, "reopened")).map(actor))
}

/// Whether the issue was reopened after `by` had closed it at that time, in whole seconds as the events have it, or later.
pub(super) async fn was_reopened_after(
    client: &Client,
    at: &IssueRef,
    by: &Login,
    since: DateTime<Utc>,
) -> Result<bool, RemoteError> {
    let since = since.trunc_subsecs(0);
    let events = events(client, at).await?.unwrap_or_default();
    let reopened = events.iter().rposition(|event| is(event, "reopened")).unwrap_or(0);
    let mut closings = events.iter().take(reopened).filter(|event| is(event, "closed"));
    Ok(closings.any(|event| event.created_at.is_some_and(|at| at >= since) && actor(event) == *by))
}

fn is(event: &wire::Event, name: &str) -> bool {
    event.event.as_deref() == Some(name)
}

/// Whose event it is; of a deleted account as GitHub shows it.
fn actor(event: &wire::Event) -> Login {
    let login = event.actor.as_ref().map_or("ghost", |actor| &actor.login);
    Login(login.to_owned())
}

/// Every event, oldest first; `None` when there are too many.
async fn events(client: &Client, at: &IssueRef) -> Result<Option<Vec<wire::Event>>, RemoteError> {
    let what = format!("the timeline of {at}");
    let path = issue_path(&at.repo, at.number, "/timeline?per_page=100");
    let mut links = Links::new(what.clone(), path);
    let mut events = Vec::new();
    for _ in 0..MAX_PAGES {
        let answer = links.next(client).await.map_err(|error| about(error, &at.to_string()))?;
        let Some(response) = answer else { return Ok(Some(events)) };
        events.extend(decode::<Vec<wire::Event>>(&response, &what)?);
        links.follow(client, &response)?;
    }
    tracing::warn!(issue = %at, pages = MAX_PAGES, "timeline too long to be read");
    Ok(None)
}
