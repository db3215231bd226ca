//! Creating and changing an issue (github-api §1.6, §1.7, §1.9).

use chrono::{DateTime, Utc};
use http::{HeaderValue, header};

use super::call::{Call, Version};
use super::edit::{lag_behind, stored_body};
use super::errors::{Answer, Refusal, answer_json};
use super::input::Input;
use super::labels::check_label_names;
use super::options::{BodyLimit, Options};
use super::render::Render;
use super::repo::Repo;
use super::routes::needs;
use super::state::{Happened, Issue, Permission, RepoId, State, fold, whole_second};

const MAX_BODY: usize = 65_536;
const MAX_ASSIGNEES: usize = 10;

/// The fields of a create or PATCH, read and found acceptable. `None`: not sent (or dropped).
#[derive(Debug, Default)]
struct Fields {
    title: Option<String>,
    body: Option<Option<String>>,
    labels: Option<Vec<String>>,
    assignees: Option<Vec<String>>,
    milestone: Option<Option<u64>>,
    issue_type: Option<Option<u64>>,
}

/// A state change that was asked for.
#[derive(Debug)]
enum StateChange {
    Close { reason: Option<String> },
    Open,
}

/// `POST /repos/{owner}/{repo}/issues`.
pub(super) fn create(state: &mut State, call: &Call<'_>, id: RepoId) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    if !repo.has_issues {
        return Err(Refusal::issues_disabled(410));
    }
    let input = Input::read(call.body)?;
    input.only(state.options.strict, &known_properties(call, &[]))?;
    let mut fields = Fields::read(state, call, repo, None, &input)?;
    let title =
        fields.title.take().ok_or_else(|| Refusal::invalid("Issue", "title", "missing_field"))?;

    if state.pull_request_comes_first() {
        let pull_request =
            blank(state, id, "A pull request that came first", &call.login, call.now);
        put_new(
            state,
            id,
            pull_request.map(|issue| Issue { is_pull_request: true, ..issue }),
            call.now,
        );
    }
    let mut issue =
        blank(state, id, &title, &call.login, call.now).ok_or_else(Refusal::not_found)?;
    issue.body = stored_body(state.options.empty_body, fields.body.take().flatten());
    let number = issue.number;
    put_new(state, id, Some(issue), call.now);
    // Part of the creation: the labels and so on do not lag on their own.
    apply_without_lag(state, call, id, number, fields);

    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    let render = Render::new(state, call);
    let mut response = answer_json(201, &render.whole_issue(repo, issue));
    if let Ok(location) =
        HeaderValue::from_str(&format!("{}/issues/{number}", render.repo_url(repo)))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `PATCH /repos/{owner}/{repo}/issues/{number}`.
pub(super) fn patch(state: &mut State, call: &Call<'_>, id: RepoId, number: u64) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    let is_author = issue.author.as_deref().map(fold) == Some(fold(&call.login));
    if !is_author {
        needs(repo, call, Permission::Triage)?;
    }
    let input = Input::read(call.body)?;
    input.only(
        state.options.strict,
        &known_properties(call, &["state", "state_reason", "duplicate_issue_id"]),
    )?;
    let fields = Fields::read(state, call, repo, Some(issue), &input)?;
    let change = read_state_change(state, call, issue, &input)?;

    let bumps_anyway = state.options.identical_patch_bumps;
    state.edit(id, number, Some(&call.login), call.now, |edit| {
        fields.apply(edit);
        match change {
            Some(StateChange::Close { reason }) => edit.close(reason.as_deref()),
            Some(StateChange::Open) => edit.reopen(),
            None => {}
        }
        if bumps_anyway {
            edit.touch();
        }
    });
    answer_issue(state, call, id, number, 200)
}

/// The issue as it is now.
pub(super) fn answer_issue(
    state: &State,
    call: &Call<'_>,
    id: RepoId,
    number: u64,
    status: u16,
) -> Answer {
    let repo = state.repos.get(&id).ok_or_else(Refusal::not_found)?;
    let issue = repo.issue(number).ok_or_else(Refusal::not_found)?;
    Ok(answer_json(status, &Render::new(state, call).whole_issue(repo, issue)))
}

/// The singular `assignee` exists in the old version only (§7). `issue_field_values` is real, but not served.
fn known_properties(call: &Call<'_>, more: &[&'static str]) -> Vec<&'static str> {
    let mut known = vec!["title", "body", "milestone", "labels", "assignees", "type"];
    if call.version == Version::V2022 {
        known.push("assignee");
    }
    known.extend(more);
    known
}

impl Fields {
    fn read(
        state: &State,
        call: &Call<'_>,
        repo: &Repo,
        issue: Option<&Issue>,
        input: &Input,
    ) -> Result<Fields, Refusal> {
        let options = &state.options;
        let mut fields = Fields {
            title: input
                .text_or_integer("title")?
                .map(|title| check_title(options, &title))
                .transpose()?,
            ..Fields::default()
        };
        if input.has("body") {
            fields.body =
                Some(input.text("body")?.map(|body| check_body(options, body)).transpose()?);
        }
        let labels = input.names("labels", options.strict)?;
        let assignees = match input.names("assignees", options.strict)? {
            None => input.text("assignee")?.map(|login| vec![login]),
            several => several,
        };
        let milestone = input.has("milestone").then(|| input.number("milestone")).transpose()?;
        let issue_type = input.has("type").then(|| input.text("type")).transpose()?;
        if repo.permission(&call.login) < Permission::Push {
            // Dropped without a word: the answer is still 201 or 200 (§1.6).
            return Ok(fields);
        }
        fields.labels = labels.map(|names| check_label_names(options, repo, names)).transpose()?;
        if let Some(unknown) =
            fields.labels.iter().flatten().find(|name| repo.label_named(name).is_none())
            && !options.issue_writes_create_labels
        {
            return Err(Refusal::invalid_value("Label", "name", unknown));
        }
        fields.assignees =
            assignees.map(|logins| check_assignees(state, repo, issue, &logins)).transpose()?;
        if let Some(Some(number)) = milestone
            && !repo.milestones.contains_key(&number)
        {
            return Err(Refusal::invalid_value("Issue", "milestone", &number.to_string()));
        }
        fields.milestone = milestone;
        fields.issue_type = issue_type
            .map(|name| name.map(|name| check_type(repo, &name)).transpose())
            .transpose()?;
        Ok(fields)
    }

    fn apply(self, edit: &mut super::edit::Edit<'_>) {
        if let Some(title) = &self.title {
            edit.set_title(title);
        }
        if let Some(body) = self.body {
            edit.set_body(body);
        }
        if let Some(labels) = &self.labels {
            edit.replace_labels(labels);
        }
        if let Some(logins) = &self.assignees {
            edit.replace_assignees(logins);
        }
        if let Some(milestone) = self.milestone {
            edit.set_milestone(milestone);
        }
        if let Some(issue_type) = self.issue_type {
            edit.set_type(issue_type);
        }
    }
}

/// A title is one line.
fn check_title(options: &Options, title: &str) -> Result<String, Refusal> {
    let title = title.replace("\r\n", " ").replace(['\r', '\n'], " ");
    let title = if options.trims_titles { title.trim().to_owned() } else { title };
    if title.trim().is_empty() {
        return Err(Refusal::invalid("Issue", "title", "missing_field"));
    }
    if title.chars().count() > options.max_title_chars {
        let message =
            format!("title is too long (maximum is {} characters)", options.max_title_chars);
        return Err(Refusal::custom("Issue", "title", &message));
    }
    Ok(title)
}

fn check_body(options: &Options, body: String) -> Result<String, Refusal> {
    let length = match options.body_limit {
        BodyLimit::Characters => body.chars().count(),
        BodyLimit::Bytes => body.len(),
    };
    if length > MAX_BODY {
        return Err(Refusal::custom(
            "Issue",
            "body",
            "body is too long (maximum is 65536 characters)",
        ));
    }
    Ok(body)
}

/// One login that cannot be assigned fails the whole call (§1.9).
fn check_assignees(
    state: &State,
    repo: &Repo,
    issue: Option<&Issue>,
    logins: &[String],
) -> Result<Vec<String>, Refusal> {
    if logins.len() > MAX_ASSIGNEES {
        return Err(Refusal::invalid("Issue", "assignees", "invalid"));
    }
    let spelled = |login: &String| {
        let user = state
            .users
            .get(&fold(login))
            .filter(|user| !user.is_bot && repo.is_assignable(issue, &user.login));
        let user = user.ok_or_else(|| Refusal::invalid_value("Issue", "assignees", login))?;
        Ok(user.login.clone())
    };
    logins.iter().map(spelled).collect()
}

fn check_type(repo: &Repo, name: &str) -> Result<u64, Refusal> {
    let known = repo.type_named(name).map(|known| known.id);
    known.ok_or_else(|| Refusal::invalid_value("Issue", "type", name))
}

/// A reason is looked at only together with a state, and counts only when the state changes (§1.6).
fn read_state_change(
    state: &State,
    call: &Call<'_>,
    issue: &Issue,
    input: &Input,
) -> Result<Option<StateChange>, Refusal> {
    let reason = input.text("state_reason")?;
    let is_known =
        |reason: &str| matches!(reason, "completed" | "not_planned" | "duplicate" | "reopened");
    if reason.as_deref().is_some_and(|reason| !is_known(reason)) {
        return Err(Refusal::invalid("Issue", "state_reason", "invalid"));
    }
    if let Some(other) = input.number("duplicate_issue_id")? {
        let readable = |repo: &&Repo| repo.permission(&call.login) >= Permission::Read;
        let known = state
            .repos
            .values()
            .filter(readable)
            .flat_map(Repo::issues)
            .any(|issue| issue.id == other);
        if !known || reason.as_deref() != Some("duplicate") {
            return Err(Refusal::invalid("Issue", "duplicate_issue_id", "invalid"));
        }
    }
    match (input.text("state")?.as_deref(), reason.as_deref()) {
        (None, _) => Ok(None),
        (Some("closed"), Some("reopened")) if !issue.is_closed => {
            Err(Refusal::invalid("Issue", "state_reason", "invalid"))
        }
        (Some("closed"), _) => Ok(Some(StateChange::Close { reason })),
        (Some("open"), _) => Ok(Some(StateChange::Open)),
        (Some(_), _) => Err(Refusal::invalid("Issue", "state", "invalid")),
    }
}

/// A new issue with the next number; not put into the repository yet.
pub(super) fn blank(
    state: &mut State,
    id: RepoId,
    title: &str,
    author: &str,
    now: DateTime<Utc>,
) -> Option<Issue> {
    let repo = state.repos.get_mut(&id)?;
    let number = repo.next_number;
    repo.next_number = repo.next_number.saturating_add(1);
    let association = match repo.permission(author) {
        Permission::Admin => "OWNER",
        Permission::Push | Permission::Triage => "COLLABORATOR",
        Permission::Read | Permission::None => "NONE",
    };
    let id = state.ids.next();
    let now = whole_second(now);
    Some(Issue {
        id,
        node_id: format!("I_{id}"),
        number,
        title: title.to_owned(),
        body: None,
        body_edited_at: None,
        is_closed: false,
        state_reason: None,
        is_locked: false,
        labels: std::collections::BTreeSet::new(),
        assignees: Vec::new(),
        milestone: None,
        issue_type: None,
        author: Some(author.to_owned()),
        author_association: association.to_owned(),
        created_at: now,
        updated_at: now,
        closed_at: None,
        closed_by: None,
        is_pull_request: false,
        reactions: 0,
        comments: Vec::new(),
        timeline: Vec::new(),
    })
}

/// Puts a new issue into the repository; lists may take their time to show it.
pub(super) fn put_new(state: &mut State, id: RepoId, issue: Option<Issue>, now: DateTime<Utc>) {
    if let (Some(repo), Some(mut issue)) = (state.repos.get_mut(&id), issue) {
        if let Some(odd) = &state.options.unknown.event {
            let event = super::state::Event {
                id: state.ids.next(),
                actor: issue.author.clone(),
                at: issue.created_at,
                what: Happened::Other(odd.clone()),
            };
            issue.timeline.insert(0, event);
        }
        lag_behind(repo, issue.number, None, now, state.options.list_lag);
        repo.put_issue(issue);
    }
}

fn apply_without_lag(state: &mut State, call: &Call<'_>, id: RepoId, number: u64, fields: Fields) {
    let lag = std::mem::take(&mut state.options.list_lag);
    state.edit(id, number, Some(&call.login), call.now, |edit| fields.apply(edit));
    state.options.list_lag = lag;
}
