//! Items that have no partner yet: create one, wait, leave them be, or hold them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::body::{new_body, place_of_issue};
use super::filter::Filter;
use super::plan::FieldHold;
use crate::body::Place;
use crate::model::{
    Field, Fields, Issue, IssueRef, Mapping, Observed, Page, Policy, RepoName, Side, Value, later,
};

/// Notion rounds an edit down to the minute (notion-api §9).
const NOTION_ROUNDING_SECS: i64 = 60;

/// An item without a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh<'a> {
    /// An issue.
    Issue(&'a Issue),
    /// A page.
    Page(&'a Page),
}

/// What decides pages beyond policy and mapping.
#[derive(Debug, Clone, Copy)]
pub struct PageRules<'a> {
    /// A new page is left alone for this long after its last edit.
    pub settle: Duration,
    /// Notion's present time.
    pub notion_now: DateTime<Utc>,
    /// Where issues may be made.
    pub repositories: &'a [RepoName],
    /// Whether `sync.filter.notion` lets the page through; `None` when there is no such filter.
    pub publish: Option<bool>,
}

/// What is to be done about an item without a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreshPlan {
    /// Make its partner.
    Create {
        /// Where.
        on: Side,
        /// For an issue: in which repository.
        repository: Option<RepoName>,
        /// Every value the new item can take, whatever the field's direction.
        values: BTreeMap<Field, Value>,
        /// Fields left out, because their value cannot be read or their property is broken.
        holds: Vec<FieldHold>,
    },
    /// Not yet.
    Wait {
        /// For what.
        reason: String,
        /// Until when, by Notion's clock, when that is known.
        until: Option<DateTime<Utc>>,
    },
    /// Not ours to pair: pending, and no failure.
    Leave {
        /// Why.
        reason: String,
    },
    /// Something is wrong with the item itself.
    Hold {
        /// What, where and what to do.
        reason: String,
    },
}

/// Plans an item without a partner.
#[must_use]
pub fn plan_fresh(
    item: Fresh<'_>,
    policy: &Policy,
    mapping: &Mapping,
    filter: &Filter,
    rules: &PageRules<'_>,
) -> FreshPlan {
    match item {
        Fresh::Issue(issue) => plan_fresh_issue(issue, policy, filter, mapping),
        Fresh::Page(page) => plan_fresh_page(page, policy, mapping, rules),
    }
}

/// Plans an issue without a page.
#[must_use]
pub fn plan_fresh_issue(
    issue: &Issue,
    policy: &Policy,
    filter: &Filter,
    mapping: &Mapping,
) -> FreshPlan {
    if issue.is_pull_request {
        return leave("a pull request, not an issue");
    }
    if !policy.create.allows(Side::Notion) {
        return leave("`create` makes no pages");
    }
    if let Some(reason) = filter.excludes(issue) {
        return FreshPlan::Leave { reason };
    }
    let place = place_of_issue(&issue.html_url, mapping);
    create(Side::Notion, None, &issue.fields, mapping, place.as_ref())
}

/// Plans a page without an issue.
#[must_use]
pub fn plan_fresh_page(
    page: &Page,
    policy: &Policy,
    mapping: &Mapping,
    rules: &PageRules<'_>,
) -> FreshPlan {
    if page.in_trash {
        return leave("the page is in the trash");
    }
    if !policy.create.allows(Side::GitHub) {
        return leave("`create` makes no issues");
    }
    if rules.publish == Some(false) {
        return leave("excluded by `sync.filter.notion`");
    }
    if let Some(issue) = page.anchor.as_deref().and_then(IssueRef::from_html_url) {
        // A copied page carries the url of the original: it must not make a second issue (I3).
        return FreshPlan::Hold {
            reason: format!(
                "its url names {issue}, which is not its partner: empty the url to make a new issue of it"
            ),
        };
    }
    match page.fields.get(&Field::Title) {
        Some(Observed::Value(title)) if !title.is_empty() => {}
        Some(Observed::Value(_)) | None => return wait("has no title yet".to_owned(), None),
        Some(Observed::Unreadable(reason)) => return FreshPlan::Hold { reason: reason.clone() },
    }
    let settled = settled_at(page.edited, rules.settle);
    if settled > rules.notion_now {
        return wait("may still be edited (`settle`)".to_owned(), Some(settled));
    }
    match target_repository(page, rules.repositories) {
        // The page's content is not known yet; it is read when the issue is made.
        Ok(repository) => create(Side::GitHub, Some(repository), &page.fields, mapping, None),
        Err(reason) => wait(reason, None),
    }
}

/// The first moment at which the last edit is surely `settle` ago.
fn settled_at(edited: DateTime<Utc>, settle: Duration) -> DateTime<Utc> {
    let settle = TimeDelta::from_std(settle).unwrap_or(TimeDelta::MAX);
    later(edited, NOTION_ROUNDING_SECS)
        .checked_add_signed(settle)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Where the page's issue is to be made; the error says what the page lacks.
fn target_repository(page: &Page, repositories: &[RepoName]) -> Result<RepoName, String> {
    if let [only] = repositories {
        return Ok(only.clone());
    }
    let named = page.repository.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = named
        .and_then(|text| text.parse::<RepoName>().ok())
        .and_then(|name| repositories.iter().find(|repo| **repo == name));
    if let Some(repository) = found {
        return Ok(repository.clone());
    }
    let accepted: Vec<&str> = repositories.iter().map(RepoName::as_str).collect();
    let accepted = accepted.join(", ");
    Err(match named {
        Some(text) => format!("its repository {text:?} is none of {accepted}"),
        None => format!("names no repository yet: one of {accepted}"),
    })
}

/// The new item starts with every value the existing one has (DESIGN §2, Values); what is GitHub's
/// own cannot be given to a new issue.
fn create(
    on: Side,
    repository: Option<RepoName>,
    fields: &Fields,
    mapping: &Mapping,
    place: Option<&Place>,
) -> FreshPlan {
    let mut values = BTreeMap::new();
    let mut holds = Vec::new();
    for (field, reason) in &mapping.broken {
        holds.push(hold(*field, Side::Notion, reason));
    }
    for field in mapping.fields.keys() {
        if on == Side::GitHub && field.is_githubs_own() {
            continue;
        }
        match fields.get(field) {
            Some(Observed::Value(Value::Body(text))) => match new_body(on, text, place) {
                Ok(value) => {
                    values.insert(*field, value);
                }
                Err(hold) => holds.push(hold),
            },
            Some(Observed::Value(value)) => {
                values.insert(*field, value.clone());
            }
            Some(Observed::Unreadable(reason)) => holds.push(hold(*field, on.other(), reason)),
            None => {}
        }
    }
    FreshPlan::Create { on, repository, values, holds }
}

fn hold(field: Field, side: Side, reason: &str) -> FieldHold {
    FieldHold { field: Some(field), side, value: None, reason: reason.to_owned() }
}

fn leave(reason: &str) -> FreshPlan {
    FreshPlan::Leave { reason: reason.to_owned() }
}

fn wait(reason: String, until: Option<DateTime<Utc>>) -> FreshPlan {
    FreshPlan::Wait { reason, until }
}
