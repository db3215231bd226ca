//! What happened to an issue (github-api §4).

use super::call::Call;
use super::errors::Answer;
use super::paging;
use super::render::Render;
use super::repo::Repo;
use super::state::{Event, Happened, Issue, State};

/// `GET .../issues/{number}/timeline`: events and comments, oldest first.
pub(super) fn timeline(state: &State, call: &Call<'_>, repo: &Repo, issue: &Issue) -> Answer {
    call.only(state.options.strict, &["per_page", "page"])?;
    let rows: Vec<&Event> =
        issue.timeline.iter().filter(|event| is_still_there(issue, event)).collect();
    page_of(state, call, repo, issue, "timeline", &rows)
}

/// `GET .../issues/{number}/events`: the same without comments.
pub(super) fn events(state: &State, call: &Call<'_>, repo: &Repo, issue: &Issue) -> Answer {
    call.only(state.options.strict, &["per_page", "page"])?;
    let is_event = |event: &&Event| !matches!(event.what, Happened::Commented { .. });
    let rows: Vec<&Event> = issue.timeline.iter().filter(is_event).collect();
    page_of(state, call, repo, issue, "events", &rows)
}

fn is_still_there(issue: &Issue, event: &Event) -> bool {
    if let Happened::Commented { comment } = event.what {
        return issue.comments.iter().any(|known| known.id == comment);
    }
    true
}

fn page_of(
    state: &State,
    call: &Call<'_>,
    repo: &Repo,
    issue: &Issue,
    name: &str,
    rows: &[&Event],
) -> Answer {
    let render = Render::new(state, call);
    let rest = format!("/issues/{}/{name}", issue.number);
    paging::numbered(&state.options, call, repo.id, &rest, rows, |event| {
        render.event(repo, issue, event).unwrap_or_default()
    })
}
