//! Labels of a repository and of an issue (github-api §1.7, §1.8).

use http::{HeaderValue, header};

use super::call::Call;
use super::errors::{Answer, Refusal, answer_json, no_content};
use super::input::Input;
use super::options::Options;
use super::paging;
use super::render::{Render, segment};
use super::repo::Repo;
use super::routes::needs;
use super::state::{Issue, Label, Permission, RepoId, State, fold};

const MAX_NAME: usize = 50;
const MAX_DESCRIPTION: usize = 100;
const MAX_PER_ISSUE: usize = 100;

/// Label names to put on an issue: trimmed, each once, in the repository's own spelling.
pub(super) fn check_label_names(
    options: &Options,
    repo: &Repo,
    names: Vec<String>,
) -> Result<Vec<String>, Refusal> {
    let mut checked: Vec<String> = Vec::new();
    for name in names {
        let trimmed = name.trim();
        let is_new = repo.label_named(trimmed).is_none();
        let refused = trimmed.is_empty()
            || (is_new && trimmed.chars().count() > MAX_NAME)
            || (is_new && trimmed.contains(',') && !options.commas_in_labels);
        if refused {
            return Err(Refusal::invalid_value("Label", "name", &name));
        }
        if !checked.iter().any(|known| fold(known) == fold(trimmed)) {
            checked.push(trimmed.to_owned());
        }
    }
    if checked.len() > MAX_PER_ISSUE {
        return Err(Refusal::invalid("Issue", "labels", "invalid"));
    }
    Ok(checked)
}

/// `GET /repos/{owner}/{repo}/labels`, by name.
pub(super) fn list(state: &State, call: &Call<'_>, repo: &Repo) -> Answer {
    call.only(state.options.strict, &["per_page", "page"])?;
    let rows: Vec<&Label> =
        repo.label_names.values().filter_map(|id| repo.labels.get(id)).collect();
    let render = Render::new(state, call);
    paging::numbered(&state.options, call, repo.id, "/labels", &rows, |label| {
        render.label(repo, label)
    })
}

/// `GET /repos/{owner}/{repo}/labels/{name}`.
pub(super) fn get(state: &State, call: &Call<'_>, repo: &Repo, name: &str) -> Answer {
    let label = repo.label_named(name).ok_or_else(Refusal::not_found)?;
    Ok(answer_json(200, &Render::new(state, call).label(repo, label)))
}

/// `POST /repos/{owner}/{repo}/labels`.
pub(super) fn create(state: &mut State, call: &Call<'_>, id: RepoId) -> Answer {
    let repo = state.repos.get_mut(&id).ok_or_else(Refusal::not_found)?;
    needs(repo, call, Permission::Push)?;
    let input = Input::read(call.body)?;
    input.only(state.options.strict, &["name", "color", "description"])?;
    let name =
        input.text("name")?.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::invalid("Label", "name", "missing_field"))?;
    if name.chars().count() > MAX_NAME {
        return Err(Refusal::custom(
            "Label",
            "name",
            "name is too long (maximum is 50 characters)",
        ));
    }
    if name.contains(',') && !state.options.commas_in_labels {
        return Err(Refusal::invalid("Label", "name", "invalid"));
    }
    let color = input.text("color")?.unwrap_or_else(|| "ededed".to_owned());
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refusal::invalid("Label", "color", "invalid"));
    }
    let description = input.text("description")?;
    if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        let message = "description is too long (maximum is 100 characters)";
        return Err(Refusal::custom("Label", "description", message));
    }
    if repo.label_named(&name).is_some() {
        return Err(Refusal::invalid("Label", "name", "already_exists"));
    }
    repo.add_label(&mut state.ids, &name, &color, description);

    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let label = repo.label_named(&name).ok_or_else(Refusal::not_found)?;
    let render = Render::new(state, call);
    let mut response = answer_json(201, &render.label(repo, label));
    if let Ok(location) =
        HeaderValue::from_str(&format!("{}/labels/{}", render.repo_url(repo), segment(&name)))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET .../issues/{number}/labels`.
pub(super) fn list_on_issue(state: &State, call: &Call<'_>, repo: &Repo, issue: &Issue) -> Answer {
    call.only(state.options.strict, &["per_page", "page"])?;
    let rows: Vec<&Label> = issue.labels.iter().filter_map(|id| repo.labels.get(id)).collect();
    let render = Render::new(state, call);
    let rest = format!("/issues/{}/labels", issue.number);
    paging::numbered(&state.options, call, repo.id, &rest, &rows, |label| render.label(repo, label))
}

/// `POST .../issues/{number}/labels`: creates what the repository lacks.
pub(super) fn add(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let names = read_names(state, call, id)?;
    let has = state
        .repos
        .get(&id)
        .and_then(|repo| repo.issue(number))
        .map_or(0, |issue| issue.labels.len());
    let new = state.repos.get(&id).map_or(0, |repo| {
        let on_issue = |label: &Label| {
            repo.issue(number).is_some_and(|issue| issue.labels.contains(&label.id))
        };
        names.iter().filter(|name| !repo.label_named(name).is_some_and(on_issue)).count()
    });
    if has + new > MAX_PER_ISSUE {
        return Err(Refusal::invalid("Issue", "labels", "invalid"));
    }
    state.edit(id, number, Some(&call.login), call.now, |edit| {
        for name in &names {
            edit.add_label(name);
        }
    });
    answer_labels(state, call, id, number)
}

/// `PUT .../issues/{number}/labels`.
pub(super) fn replace(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let names = read_names(state, call, id)?;
    state.edit(id, number, Some(&call.login), call.now, |edit| edit.replace_labels(&names));
    answer_labels(state, call, id, number)
}

/// `DELETE .../issues/{number}/labels`.
pub(super) fn clear(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    may_label(state, call, id)?;
    state.edit(id, number, Some(&call.login), call.now, |edit| edit.replace_labels(&[]));
    Ok(no_content())
}

/// `DELETE .../issues/{number}/labels/{name}`.
pub(super) fn remove(
    state: &mut State,
    call: &Call<'_>,
    id: RepoId,
    number: u64,
    name: &str,
) -> Answer {
    may_label(state, call, id)?;
    match state.edit(id, number, Some(&call.login), call.now, |edit| edit.remove_label(name)) {
        Some(true) => answer_labels(state, call, id, number),
        Some(false) => Err(Refusal::new(404, "Label does not exist")),
        None => Err(Refusal::not_found()),
    }
}

fn may_label(state: &State, call: &Call<'_>, id: RepoId) -> Result<(), Refusal> {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    needs(repo, call, Permission::Triage)
}

fn read_names(state: &State, call: &Call<'_>, id: RepoId) -> Result<Vec<String>, Refusal> {
    may_label(state, call, id)?;
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let input = Input::read_object_or_list(call.body, "labels")?;
    input.only(state.options.strict, &["labels"])?;
    let names = input.names("labels", state.options.strict)?.unwrap_or_default();
    check_label_names(&state.options, repo, names)
}

fn answer_labels(state: &State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    Ok(answer_json(200, &Render::new(state, call).labels(repo, issue)))
}
