//! Which path means what, and who may go there (github-api §1.1, §2.7).

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::call::{Call, Version};
use super::errors::{Answer, Refusal, answer_json};
use super::render::Render;
use super::repo::Repo;
use super::state::{Gone, Permission, RepoId, State, fold};
use super::{assignees, graph, issues, labels, lists, milestones, timeline};

/// A path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    User,
    RateLimit,
    GraphQl,
    /// In a repository; `rest` is the path behind it, as sent.
    In {
        repo: RepoName,
        rest: String,
        place: Place,
    },
}

/// How a path names its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RepoName {
    Named { owner: String, name: String },
    Numbered(RepoId),
}

/// A place in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Itself,
    Issues,
    Issue(u64),
    IssueLabels(u64),
    IssueLabel(u64, String),
    IssueAssignees(u64),
    IssueAssignee(u64, String),
    IssueEvents(u64),
    IssueTimeline(u64),
    Labels,
    Label(String),
    Assignees,
    Assignee(String),
    Milestones,
    Milestone(u64),
    IssueTypes,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    GetUser,
    GetRateLimit,
    AskGraphQl,
    Repo { repo: RepoName, rest: String, act: Act },
}

/// What a request asks for in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    GetRepo,
    ListIssues,
    CreateIssue,
    ListLabels,
    CreateLabel,
    GetLabel(String),
    ListAssignees,
    ProbeAssignee(String),
    ListMilestones,
    CreateMilestone,
    GetMilestone(u64),
    ListTypes,
    OnIssue(u64, IssueAct),
}

/// What a request asks for of one issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IssueAct {
    Get,
    Patch,
    ListLabels,
    AddLabels,
    ReplaceLabels,
    ClearLabels,
    RemoveLabel(String),
    AddAssignees,
    RemoveAssignees,
    ProbeAssignee(String),
    ListEvents,
    ListTimeline,
}

impl Route {
    /// Whether a POST here makes something new, which has a limit of its own (§6.2).
    pub(super) fn holds_what_can_be_created(&self) -> bool {
        matches!(self, Route::In { place: Place::Issues | Place::Labels | Place::Milestones, .. })
    }
}

/// Reads a path. A trailing slash means nothing to GitHub, so it leads nowhere.
pub(super) fn parse(path: &str) -> Option<Route> {
    let segments: Vec<String> = path
        .strip_prefix('/')?
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned()))
        .collect::<Option<_>>()?;
    let raw: Vec<&str> = path.split('/').skip(1).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (repo, used) = match segments.as_slice() {
        ["user"] => return Some(Route::User),
        ["rate_limit"] => return Some(Route::RateLimit),
        ["graphql"] => return Some(Route::GraphQl),
        ["repos", owner, name, ..] => {
            (RepoName::Named { owner: (*owner).to_owned(), name: (*name).to_owned() }, 3)
        }
        ["repositories", id, ..] => (RepoName::Numbered(RepoId(id.parse().ok()?)), 2),
        _ => return None,
    };
    let place = place(segments.get(used..)?)?;
    let rest = raw.get(used..)?.iter().map(|segment| format!("/{segment}")).collect();
    Some(Route::In { repo, rest, place })
}

fn place(segments: &[&str]) -> Option<Place> {
    Some(match segments {
        [] => Place::Itself,
        ["issues"] => Place::Issues,
        ["issues", number] => Place::Issue(number.parse().ok()?),
        ["issues", number, "labels"] => Place::IssueLabels(number.parse().ok()?),
        ["issues", number, "labels", name] => {
            Place::IssueLabel(number.parse().ok()?, (*name).to_owned())
        }
        ["issues", number, "assignees"] => Place::IssueAssignees(number.parse().ok()?),
        ["issues", number, "assignees", login] => {
            Place::IssueAssignee(number.parse().ok()?, (*login).to_owned())
        }
        ["issues", number, "events"] => Place::IssueEvents(number.parse().ok()?),
        ["issues", number, "timeline"] => Place::IssueTimeline(number.parse().ok()?),
        ["labels"] => Place::Labels,
        ["labels", name] => Place::Label((*name).to_owned()),
        ["assignees"] => Place::Assignees,
        ["assignees", login] => Place::Assignee((*login).to_owned()),
        ["milestones"] => Place::Milestones,
        ["milestones", number] => Place::Milestone(number.parse().ok()?),
        ["issue-types"] => Place::IssueTypes,
        _ => return None,
    })
}

/// What a method means at a path; `None` when we do not serve it.
pub(super) fn endpoint(method: &Method, route: Route) -> Option<Endpoint> {
    match route {
        Route::User => (*method == Method::GET).then_some(Endpoint::GetUser),
        Route::RateLimit => (*method == Method::GET).then_some(Endpoint::GetRateLimit),
        Route::GraphQl => (*method == Method::POST).then_some(Endpoint::AskGraphQl),
        Route::In { repo, rest, place } => {
            act(method, place).map(|act| Endpoint::Repo { repo, rest, act })
        }
    }
}

fn act(method: &Method, place: Place) -> Option<Act> {
    let only_get = |act: Act| (*method == Method::GET).then_some(act);
    let on = |number: u64, act: IssueAct| Some(Act::OnIssue(number, act));
    match place {
        Place::Itself => only_get(Act::GetRepo),
        Place::Issues => match method.as_str() {
            "GET" => Some(Act::ListIssues),
            "POST" => Some(Act::CreateIssue),
            _ => None,
        },
        Place::Issue(number) => match method.as_str() {
            "GET" => on(number, IssueAct::Get),
            "PATCH" => on(number, IssueAct::Patch),
            _ => None,
        },
        Place::IssueLabels(number) => match method.as_str() {
            "GET" => on(number, IssueAct::ListLabels),
            "POST" => on(number, IssueAct::AddLabels),
            "PUT" => on(number, IssueAct::ReplaceLabels),
            "DELETE" => on(number, IssueAct::ClearLabels),
            _ => None,
        },
        Place::IssueLabel(number, name) => match method.as_str() {
            "DELETE" => on(number, IssueAct::RemoveLabel(name)),
            _ => None,
        },
        Place::IssueAssignees(number) => match method.as_str() {
            "POST" => on(number, IssueAct::AddAssignees),
            "DELETE" => on(number, IssueAct::RemoveAssignees),
            _ => None,
        },
        Place::IssueAssignee(number, login) => {
            only_get(Act::OnIssue(number, IssueAct::ProbeAssignee(login)))
        }
        Place::IssueEvents(number) => only_get(Act::OnIssue(number, IssueAct::ListEvents)),
        Place::IssueTimeline(number) => only_get(Act::OnIssue(number, IssueAct::ListTimeline)),
        Place::Labels => match method.as_str() {
            "GET" => Some(Act::ListLabels),
            "POST" => Some(Act::CreateLabel),
            _ => None,
        },
        Place::Label(name) => only_get(Act::GetLabel(name)),
        Place::Assignees => only_get(Act::ListAssignees),
        Place::Assignee(login) => only_get(Act::ProbeAssignee(login)),
        Place::Milestones => match method.as_str() {
            "GET" => Some(Act::ListMilestones),
            "POST" => Some(Act::CreateMilestone),
            _ => None,
        },
        Place::Milestone(number) => only_get(Act::GetMilestone(number)),
        Place::IssueTypes => only_get(Act::ListTypes),
    }
}

/// Answers a request for which there is an endpoint.
pub(super) fn answer(state: &mut State, call: &Call<'_>, endpoint: Endpoint) -> Answer {
    match endpoint {
        Endpoint::GetUser => Ok(user(state, call)),
        Endpoint::GetRateLimit => Ok(rate_limit(state, call)),
        Endpoint::AskGraphQl => graph::ask(state, call),
        Endpoint::Repo { repo, rest, act } => {
            let repo = find_repo(state, call, &repo, &rest)?;
            in_repo(state, call, repo, act)
        }
    }
}

fn user(state: &State, call: &Call<'_>) -> http::Response<bytes::Bytes> {
    let mut user = Render::new(state, call).user(Some(&call.login));
    if let Some(user) = user.as_object_mut() {
        user.insert("name".to_owned(), json!(call.login));
        user.insert("email".to_owned(), json!(null));
    }
    answer_json(200, &user)
}

/// In 2026-03-10 the top-level `rate` is gone (§6.1).
fn rate_limit(state: &State, call: &Call<'_>) -> http::Response<bytes::Bytes> {
    let spending = state.spending.get(&call.login).cloned().unwrap_or_default();
    let core = spending.json(&state.options.limits, call.now);
    let body = match call.version {
        Version::V2022 => json!({ "resources": { "core": core }, "rate": core }),
        Version::V2026 => json!({ "resources": { "core": core } }),
    };
    answer_json(200, &body)
}

/// The repository, if the caller may know about it. A former name leads to the number: 301 for a read,
/// 307 for anything else.
fn find_repo(
    state: &State,
    call: &Call<'_>,
    name: &RepoName,
    rest: &str,
) -> Result<RepoId, Refusal> {
    let visible = |id: RepoId| {
        state
            .repos
            .get(&id)
            .filter(|repo| repo.permission(&call.login) >= Permission::Read)
            .map(|repo| repo.id)
    };
    match name {
        RepoName::Numbered(id) => visible(*id).ok_or_else(Refusal::not_found),
        RepoName::Named { owner, name } => {
            let folded = fold(&format!("{owner}/{name}"));
            if let Some(id) = state.names.get(&folded) {
                return visible(*id).ok_or_else(Refusal::not_found);
            }
            let id = state
                .old_names
                .get(&folded)
                .copied()
                .and_then(visible)
                .ok_or_else(Refusal::not_found)?;
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&call.query)
                .finish();
            let query = if query.is_empty() { query } else { format!("?{query}") };
            let status = if call.method.is_safe() { 301 } else { 307 };
            Err(Refusal::moved(status, format!("{}/repositories/{}{rest}{query}", call.base, id.0)))
        }
    }
}

fn in_repo(state: &mut State, call: &Call<'_>, id: RepoId, act: Act) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    if !call.method.is_safe() {
        may_be_written(repo, call)?;
    }
    match act {
        Act::GetRepo => Ok(answer_json(200, &Render::new(state, call).repo(repo, &call.login))),
        Act::ListIssues => lists::list(state, call, id),
        Act::CreateIssue => issues::create(state, call, id),
        Act::ListLabels => labels::list(state, call, repo),
        Act::CreateLabel => labels::create(state, call, id),
        Act::GetLabel(name) => labels::get(state, call, repo, &name),
        Act::ListAssignees => assignees::list(state, call, repo),
        Act::ProbeAssignee(login) => assignees::probe(repo, None, &login),
        Act::ListMilestones => milestones::list(state, call, repo),
        Act::CreateMilestone => milestones::create(state, call, id),
        Act::GetMilestone(number) => milestones::get(state, call, repo, number),
        Act::ListTypes => milestones::list_types(state, call, repo),
        Act::OnIssue(number, act) => {
            find_issue(state, call, repo, number)?;
            on_issue(state, call, id, number, act)
        }
    }
}

fn may_be_written(repo: &Repo, call: &Call<'_>) -> Result<(), Refusal> {
    if !call.may_write {
        return Err(Refusal::new(403, "Resource not accessible by personal access token"));
    }
    if repo.is_archived {
        return Err(Refusal::new(403, "Repository was archived so is read-only."));
    }
    Ok(())
}

/// Whether the issue is here; if not, what became of it (§2.7).
fn find_issue(state: &State, call: &Call<'_>, repo: &Repo, number: u64) -> Result<(), Refusal> {
    if !repo.has_issues {
        return Err(Refusal::issues_disabled(410));
    }
    match repo.gone.get(&number) {
        Some(Gone::Deleted) => return Err(Refusal::new(410, "This issue was deleted")),
        Some(Gone::Discussion) => {
            return Err(Refusal::new(
                state.options.discussion_status,
                "This issue was converted to a discussion",
            ));
        }
        Some(Gone::Transferred { to, number }) => {
            let readable = state
                .repos
                .get(to)
                .is_some_and(|to| to.permission(&call.login) >= Permission::Read);
            return Err(if readable {
                Refusal::moved(301, format!("{}/repositories/{}/issues/{number}", call.base, to.0))
            } else {
                Refusal::not_found()
            });
        }
        None => {}
    }
    if repo.hidden.contains(&number) || repo.issue(number).is_none() {
        return Err(Refusal::not_found());
    }
    Ok(())
}

fn on_issue(state: &mut State, call: &Call<'_>, id: RepoId, number: u64, act: IssueAct) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    match act {
        IssueAct::Get => Ok(answer_json(200, &Render::new(state, call).whole_issue(repo, issue))),
        IssueAct::Patch => issues::patch(state, call, id, number),
        IssueAct::ListLabels => labels::list_on_issue(state, call, repo, issue),
        IssueAct::AddLabels => labels::add(state, call, id, number),
        IssueAct::ReplaceLabels => labels::replace(state, call, id, number),
        IssueAct::ClearLabels => labels::clear(state, call, id, number),
        IssueAct::RemoveLabel(name) => labels::remove(state, call, id, number, &name),
        IssueAct::AddAssignees => assignees::add(state, call, id, number),
        IssueAct::RemoveAssignees => assignees::remove(state, call, id, number),
        IssueAct::ProbeAssignee(login) => assignees::probe(repo, Some(issue), &login),
        IssueAct::ListEvents => timeline::events(state, call, repo, issue),
        IssueAct::ListTimeline => timeline::timeline(state, call, repo, issue),
    }
}

/// Refuses whoever may do less than that in the repository.
pub(super) fn needs(repo: &Repo, call: &Call<'_>, least: Permission) -> Result<(), Refusal> {
    if repo.permission(&call.login) >= least { Ok(()) } else { Err(Refusal::must_be_admin()) }
}
