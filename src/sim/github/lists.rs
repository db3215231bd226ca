//! The list of issues: filters, order, cursors (github-api §1.2, §1.3).

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

use super::call::Call;
use super::errors::{Answer, Refusal, answer_json};
use super::options::{Links, Options};
use super::paging::{Page, link, numbered_links, with_links};
use super::render::Render;
use super::repo::Repo;
use super::state::{Issue, RepoId, State, fold};

const PARAMETERS: [&str; 14] = [
    "milestone",
    "state",
    "assignee",
    "type",
    "creator",
    "mentioned",
    "labels",
    "sort",
    "direction",
    "since",
    "per_page",
    "page",
    "after",
    "filter",
];

/// `GET /repos/{owner}/{repo}/issues`.
pub(super) fn list(state: &State, call: &Call<'_>, id: RepoId) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    call.only(state.options.strict, &PARAMETERS)?;
    if !repo.has_issues {
        return match state.options.disabled_list_status {
            200 => Ok(answer_json(200, &Value::Array(Vec::new()))),
            status => Err(Refusal::issues_disabled(status)),
        };
    }
    let order = Order::read(call)?;
    let filter = Filter::read(&state.options, call, repo)?;
    let page = Page::read(&state.options, call)?;
    let after = call.parameter("after").map(|cursor| Cursor::read(cursor, order)).transpose()?;

    let rows = rows(repo, order, after.as_ref(), filter.since, call.now);
    let mut rows = rows.filter(|issue| filter.takes(repo, issue));
    let render = Render::new(state, call);
    let start = if after.is_some() { 0 } else { page.start() };
    let shown: Vec<&Issue> = rows.by_ref().skip(start).take(page.size).collect();
    let body = Value::Array(shown.iter().map(|issue| render.issue(repo, issue)).collect());
    let links = match (state.options.links, shown.last()) {
        (Links::Pages, _) => {
            let total = start + shown.len() + rows.count();
            numbered_links(call, id, "/issues", page, total.div_ceil(page.size).max(1))
        }
        (Links::Cursors, Some(last)) if rows.next().is_some() => {
            vec![(
                "next",
                link(call, id, "/issues", "after", &Cursor::at(order, last).write(order)),
            )]
        }
        (Links::Cursors, Some(_) | None) => Vec::new(),
    };
    Ok(with_links(answer_json(200, &body), &links))
}

/// By what, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    by: SortKey,
    ascending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SortKey {
    Created,
    Updated,
    Comments,
}

impl SortKey {
    fn of(self, issue: &Issue) -> i64 {
        match self {
            SortKey::Created => issue.created_at.timestamp(),
            SortKey::Updated => issue.updated_at.timestamp(),
            SortKey::Comments => i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
        }
    }
}

impl Order {
    fn read(call: &Call<'_>) -> Result<Order, Refusal> {
        let by = match call.parameter("sort") {
            None | Some("created") => SortKey::Created,
            Some("updated") => SortKey::Updated,
            Some("comments") => SortKey::Comments,
            Some(_) => return Err(Refusal::invalid("Issue", "sort", "invalid")),
        };
        let ascending = match call.parameter("direction") {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return Err(Refusal::invalid("Issue", "direction", "invalid")),
        };
        Ok(Order { by, ascending })
    }

    fn compare(self, one: (i64, u64), other: (i64, u64)) -> Ordering {
        if self.ascending { one.cmp(&other) } else { other.cmp(&one) }
    }
}

/// The place behind a row. Opaque to clients, and bound to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    key: i64,
    number: u64,
}

impl Cursor {
    fn at(order: Order, issue: &Issue) -> Cursor {
        Cursor { key: order.by.of(issue), number: issue.number }
    }

    fn write(self, order: Order) -> String {
        hex::encode(format!("{order:?} {} {}", self.key, self.number))
    }

    fn read(text: &str, order: Order) -> Result<Cursor, Refusal> {
        let parse = || {
            let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
            let (key, number) = text.strip_prefix(&format!("{order:?} "))?.split_once(' ')?;
            Some(Cursor { key: key.parse().ok()?, number: number.parse().ok()? })
        };
        parse().ok_or_else(|| Refusal::invalid_value("Issue", "after", text))
    }
}

/// The rows of the list in order, from behind the cursor on. With an index where there is one and nothing
/// lags, so that 100,000 issues can be paged through.
fn rows<'a>(
    repo: &'a Repo,
    order: Order,
    after: Option<&Cursor>,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Box<dyn Iterator<Item = &'a Issue> + 'a> {
    let is_after = move |issue: &Issue, after: &Cursor| {
        order.compare((order.by.of(issue), issue.number), (after.key, after.number))
            == Ordering::Greater
    };
    let index = match order.by {
        SortKey::Created => Some(repo.issues_by_created()),
        SortKey::Updated => Some(repo.issues_by_updated()),
        SortKey::Comments => None,
    };
    if let Some(index) =
        index.filter(|_| repo.lagging.values().flatten().all(|old| old.until <= now))
    {
        let begin =
            since.filter(|_| order.by == SortKey::Updated).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let place =
            after.and_then(|after| Some((DateTime::from_timestamp(after.key, 0)?, after.number)));
        return match (order.ascending, place) {
            (true, None) => {
                Box::new(index.range((begin, 0)..).filter_map(|(_, number)| repo.issue(*number)))
            }
            (true, Some((time, number))) => {
                let from = (time, number.saturating_add(1)).max((begin, 0));
                Box::new(index.range(from..).filter_map(|(_, number)| repo.issue(*number)))
            }
            (false, None) => Box::new(
                index.range((begin, 0)..).rev().filter_map(|(_, number)| repo.issue(*number)),
            ),
            (false, Some(place)) if place > (begin, 0) => Box::new(
                index.range((begin, 0)..place).rev().filter_map(|(_, number)| repo.issue(*number)),
            ),
            (false, Some(_)) => Box::new(std::iter::empty()),
        };
    }
    let mut issues: Vec<&Issue> =
        repo.issues().filter_map(|issue| as_listed(repo, issue, now)).collect();
    issues.sort_by(|one, other| {
        order.compare((order.by.of(one), one.number), (order.by.of(other), other.number))
    });
    let after = after.copied();
    Box::new(
        issues.into_iter().filter(move |issue| after.is_none_or(|after| is_after(issue, &after))),
    )
}

/// The version of an issue that lists show now.
fn as_listed<'a>(repo: &'a Repo, issue: &'a Issue, now: DateTime<Utc>) -> Option<&'a Issue> {
    match repo
        .lagging
        .get(&issue.number)
        .and_then(|versions| versions.iter().find(|old| old.until > now))
    {
        Some(old) => old.version.as_ref(),
        None => Some(issue),
    }
}

/// Which rows belong to the list.
#[derive(Debug)]
struct Filter {
    closed: Option<bool>,
    since: Option<DateTime<Utc>>,
    since_is_inclusive: bool,
    labels: Vec<String>,
    milestone: Option<Wanted<u64>>,
    assignee: Option<Wanted<String>>,
    issue_type: Option<Wanted<String>>,
    creator: Option<String>,
    mentioned: Option<String>,
}

/// `*`, `none`, or one in particular.
#[derive(Debug)]
enum Wanted<T> {
    Any,
    None,
    This(T),
}

impl<T: PartialEq> Wanted<T> {
    fn takes(&self, mut present: impl Iterator<Item = T>) -> bool {
        match self {
            Wanted::Any => present.next().is_some(),
            Wanted::None => present.next().is_none(),
            Wanted::This(wanted) => present.any(|value| value == *wanted),
        }
    }
}

fn wanted(text: &str) -> Wanted<String> {
    match text {
        "*" => Wanted::Any,
        "none" => Wanted::None,
        name => Wanted::This(fold(name)),
    }
}

impl Filter {
    fn read(options: &Options, call: &Call<'_>, repo: &Repo) -> Result<Filter, Refusal> {
        let closed = match call.parameter("state") {
            None | Some("open") => Some(false),
            Some("closed") => Some(true),
            Some("all") => None,
            Some(_) => return Err(Refusal::invalid("Issue", "state", "invalid")),
        };
        let milestone = match call.parameter("milestone").map(wanted) {
            None => None,
            Some(Wanted::Any) => Some(Wanted::Any),
            Some(Wanted::None) => Some(Wanted::None),
            Some(Wanted::This(number)) => {
                let number =
                    number.parse().ok().filter(|number| repo.milestones.contains_key(number));
                Some(Wanted::This(
                    number.ok_or_else(|| Refusal::invalid("Issue", "milestone", "invalid"))?,
                ))
            }
        };
        let labels = call.parameter("labels").unwrap_or_default().split(',').map(fold);
        Ok(Filter {
            closed,
            since: call.parameter("since").map(read_time).transpose()?,
            since_is_inclusive: options.since_is_inclusive,
            labels: labels.filter(|label| !label.is_empty()).collect(),
            milestone,
            assignee: call.parameter("assignee").map(wanted),
            issue_type: call.parameter("type").map(wanted),
            creator: call.parameter("creator").map(fold),
            mentioned: call.parameter("mentioned").map(|login| format!("@{}", fold(login))),
        })
    }

    fn takes(&self, repo: &Repo, issue: &Issue) -> bool {
        let has_label = |wanted: &String| {
            issue
                .labels
                .iter()
                .filter_map(|id| repo.labels.get(id))
                .any(|label| fold(&label.name) == *wanted)
        };
        let issue_type = || issue.issue_type.and_then(|id| repo.type_name(id)).map(fold);
        let body = || issue.body.as_deref().map(fold).unwrap_or_default();
        !repo.hidden.contains(&issue.number)
            && self.closed.is_none_or(|closed| issue.is_closed == closed)
            && self.since.is_none_or(|since| {
                issue.updated_at > since || (self.since_is_inclusive && issue.updated_at == since)
            })
            && self.labels.iter().all(has_label)
            && self
                .milestone
                .as_ref()
                .is_none_or(|wanted| wanted.takes(issue.milestone.into_iter()))
            && self
                .assignee
                .as_ref()
                .is_none_or(|wanted| wanted.takes(issue.assignees.iter().map(|login| fold(login))))
            && self.issue_type.as_ref().is_none_or(|wanted| wanted.takes(issue_type().into_iter()))
            && self
                .creator
                .as_ref()
                .is_none_or(|login| issue.author.as_deref().map(fold).as_ref() == Some(login))
            && self.mentioned.as_ref().is_none_or(|mention| body().contains(mention.as_str()))
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ` and nothing else (§1.2).
pub(super) fn read_time(text: &str) -> Result<DateTime<Utc>, Refusal> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ")
        .map(|time| time.and_utc())
        .map_err(|_| Refusal::invalid_value("Issue", "since", text))
}
