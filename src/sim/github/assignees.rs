//! Assignees: who can be, and who is (github-api §1.9).

use super::call::Call;
use super::errors::{Answer, Refusal, no_content};
use super::input::Input;
use super::issues::answer_issue;
use super::paging;
use super::render::Render;
use super::repo::Repo;
use super::routes::needs;
use super::state::{Issue, Permission, RepoId, State, User, fold};

const MAX_ASSIGNEES: usize = 10;

/// `GET /repos/{owner}/{repo}/assignees`.
pub(super) fn list(state: &State, call: &Call<'_>, repo: &Repo) -> Answer {
    call.only(state.options.strict, &["per_page", "page"])?;
    let rows: Vec<&User> = state
        .users
        .values()
        .filter(|user| !user.is_bot && repo.is_assignable(None, &user.login))
        .collect();
    let render = Render::new(state, call);
    paging::numbered(&state.options, call, repo.id, "/assignees", &rows, |user| {
        render.user(Some(&user.login))
    })
}

/// 204 when that account can be assigned, 404 when not.
pub(super) fn probe(repo: &Repo, issue: Option<&Issue>, login: &str) -> Answer {
    let is_bot = login.ends_with("[bot]");
    if !is_bot && repo.is_assignable(issue, login) {
        Ok(no_content())
    } else {
        Err(Refusal::not_found())
    }
}

/// `POST .../issues/{number}/assignees`: who cannot be assigned is ignored.
pub(super) fn add(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let logins = read_logins(state, call, id)?;
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    let assignable = |login: &String| {
        let user = state.users.get(&fold(login))?;
        (!user.is_bot && repo.is_assignable(Some(issue), &user.login)).then(|| user.login.clone())
    };
    let logins: Vec<String> = logins.iter().filter_map(assignable).collect();
    state.edit(id, number, Some(&call.login), call.now, |edit| {
        for login in &logins {
            if edit.issue.assignees.len() < MAX_ASSIGNEES {
                edit.assign(login);
            }
        }
    });
    answer_issue(state, call, id, number, 201)
}

/// `DELETE .../issues/{number}/assignees`, with a JSON body. A body without `assignees` does nothing, with 200
/// (github-api §12, 8).
pub(super) fn remove(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let logins = read_logins(state, call, id)?;
    state.edit(id, number, Some(&call.login), call.now, |edit| {
        for login in &logins {
            edit.unassign(login);
        }
    });
    answer_issue(state, call, id, number, 200)
}

fn read_logins(state: &State, call: &Call<'_>, id: RepoId) -> Result<Vec<String>, Refusal> {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    needs(repo, call, Permission::Triage)?;
    let input = Input::read(call.body)?;
    input.only(state.options.strict, &["assignees"])?;
    Ok(input.names("assignees", state.options.strict)?.unwrap_or_default())
}
