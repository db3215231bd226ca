//! Milestones and issue types (github-api §1.10, §2.1).

use chrono::{DateTime, LocalResult, NaiveTime, TimeZone, Utc};
use http::{HeaderValue, header};

use super::call::Call;
use super::errors::{Answer, Refusal, answer_json};
use super::input::Input;
use super::lists::read_time;
use super::paging;
use super::render::Render;
use super::repo::Repo;
use super::routes::needs;
use super::state::{Milestone, Permission, RepoId, State};

/// `GET /repos/{owner}/{repo}/milestones`; only the open ones unless asked otherwise.
pub(super) fn list(state: &State, call: &Call<'_>, repo: &Repo) -> Answer {
    call.only(state.options.strict, &["state", "sort", "direction", "per_page", "page"])?;
    let closed = match call.parameter("state") {
        None | Some("open") => Some(false),
        Some("closed") => Some(true),
        Some("all") => None,
        Some(_) => return Err(Refusal::invalid("Milestone", "state", "invalid")),
    };
    let takes = |milestone: &&Milestone| closed.is_none_or(|closed| milestone.is_closed == closed);
    let mut rows: Vec<&Milestone> = repo.milestones.values().filter(takes).collect();
    match call.parameter("sort") {
        None | Some("due_on") => {
            rows.sort_by_key(|milestone| milestone.due_on.unwrap_or(DateTime::<Utc>::MAX_UTC))
        }
        Some("completeness") => rows.sort_by_key(|milestone| {
            let (open, closed) = repo.issues_of_milestone(milestone.number);
            (closed * 1_000).checked_div(open + closed).unwrap_or(0)
        }),
        Some(_) => return Err(Refusal::invalid("Milestone", "sort", "invalid")),
    }
    match call.parameter("direction") {
        None | Some("asc") => {}
        Some("desc") => rows.reverse(),
        Some(_) => return Err(Refusal::invalid("Milestone", "direction", "invalid")),
    }
    let render = Render::new(state, call);
    paging::numbered(&state.options, call, repo.id, "/milestones", &rows, |row| {
        render.milestone(repo, row)
    })
}

/// `GET /repos/{owner}/{repo}/milestones/{number}`.
pub(super) fn get(state: &State, call: &Call<'_>, repo: &Repo, number: u64) -> Answer {
    let milestone = repo.milestones.get(&number).ok_or_else(Refusal::not_found)?;
    Ok(answer_json(200, &Render::new(state, call).milestone(repo, milestone)))
}

/// `POST /repos/{owner}/{repo}/milestones`.
pub(super) fn create(state: &mut State, call: &Call<'_>, id: RepoId) -> Answer {
    let repo = state.repos.get_mut(&id).ok_or_else(Refusal::not_found)?;
    needs(repo, call, Permission::Push)?;
    let input = Input::read(call.body)?;
    input.only(state.options.strict, &["title", "state", "description", "due_on"])?;
    let title = input.text("title")?.filter(|title| !title.trim().is_empty());
    let title = title.ok_or_else(|| Refusal::invalid("Milestone", "title", "missing_field"))?;
    let is_closed = match input.text("state")?.as_deref() {
        None | Some("open") => false,
        Some("closed") => true,
        Some(_) => return Err(Refusal::invalid("Milestone", "state", "invalid")),
    };
    let description = input.text("description")?;
    let due_on = input.text("due_on")?.map(|due| read_time(&due)).transpose()?;
    if repo.milestone_titled(&title).is_some() {
        return Err(Refusal::invalid("Milestone", "title", "already_exists"));
    }
    let number = repo.add_milestone(&mut state.ids, &title, &call.login, call.now);
    if let Some(milestone) = repo.milestones.get_mut(&number) {
        milestone.description = description;
        milestone.is_closed = is_closed;
        milestone.closed_at = is_closed.then_some(milestone.created_at);
        milestone.due_on = due_on.map(pacific_midnight);
    }

    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let milestone = repo.milestones.get(&number).ok_or_else(Refusal::not_found)?;
    let render = Render::new(state, call);
    let mut response = answer_json(201, &render.milestone(repo, milestone));
    if let Ok(location) =
        HeaderValue::from_str(&format!("{}/milestones/{number}", render.repo_url(repo)))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A due date loses its time: GitHub floors it to midnight on the Pacific coast (§1.10).
pub(super) fn pacific_midnight(due: DateTime<Utc>) -> DateTime<Utc> {
    let zone = chrono_tz::America::Los_Angeles;
    let day = due.with_timezone(&zone).date_naive();
    match zone.from_local_datetime(&day.and_time(NaiveTime::MIN)) {
        LocalResult::Single(midnight) | LocalResult::Ambiguous(midnight, _) => {
            midnight.with_timezone(&Utc)
        }
        LocalResult::None => due,
    }
}

/// `GET /repos/{owner}/{repo}/issue-types`: none where a person owns the repository.
pub(super) fn list_types(state: &State, call: &Call<'_>, repo: &Repo) -> Answer {
    if !repo.owner_is_organization {
        return Err(Refusal::not_found());
    }
    let render = Render::new(state, call);
    paging::numbered(&state.options, call, repo.id, "/issue-types", &repo.types, |row| {
        render.issue_type(row)
    })
}
