//! From GitHub's JSON to canonical values. The way back is in `outgoing`.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::wire;
use crate::model::{
    Field, Fields, Issue, IssueId, IssueNumber, IssueRef, Login, Mapping, Name, NameSet, Observed,
    Reason, RepoId, RepoName, State, Value,
};

/// How accounts that were deleted are shown (data-hazards, 6).
const GHOST: &str = "ghost";

const MARKER_START: &str = "<!-- tandem:";
const MARKER_END: &str = " -->";

/// The line that ties an issue to its page before the database knows of it (DESIGN §3, Creates).
pub(super) fn marker_line(marker: Uuid) -> String {
    format!("{MARKER_START}{}{MARKER_END}", marker.hyphenated())
}

/// The marker, which counts only on the last line: people quote and copy bodies.
pub(super) fn marker_in(body: &str) -> Option<Uuid> {
    let last = body.trim_end().rsplit(['\n', '\r']).next()?.trim();
    let uuid = last.strip_prefix(MARKER_START)?.strip_suffix(MARKER_END)?;
    Uuid::try_parse(uuid.trim()).ok()
}

/// Reads an issue. `repo_id` is what the answer's own links tell, 0 when they do not.
pub(super) fn issue(
    wire: &wire::Issue,
    mapping: &Mapping,
    repo_id: RepoId,
) -> Result<Issue, String> {
    let at = name_of(wire)
        .ok_or_else(|| format!("issue {} whose address names no repository", wire.number))?;
    let author = wire.user.as_ref().map(|user| Login(user.login.clone()));
    let labels = label_names(wire.labels.iter().flatten());
    let fields = mapping.fields.keys().filter_map(|field| {
        let observed = observe(*field, wire, mapping, &at.repo)?;
        Some((*field, observed))
    });
    let fields: Fields = fields.collect();
    Ok(Issue {
        id: IssueId(wire.id),
        repo_id,
        html_url: wire.html_url.clone(),
        author,
        created: whole(wire.created_at),
        updated: whole(wire.updated_at),
        is_pull_request: wire.pull_request.is_some(),
        marker: wire.body.as_deref().and_then(marker_in),
        fields,
        labels,
        is_open: wire.state != "closed",
        at,
    })
}

fn name_of(wire: &wire::Issue) -> Option<IssueRef> {
    let by_api = || {
        let mut parts = wire.repository_url.as_deref()?.rsplit('/');
        let (name, owner) = (parts.next()?, parts.next()?);
        let repo: RepoName = format!("{owner}/{name}").parse().ok()?;
        Some(repo)
    };
    let repo = IssueRef::from_html_url(&wire.html_url).map(|at| at.repo).or_else(by_api)?;
    Some(IssueRef { repo, number: IssueNumber(wire.number) })
}

/// What the issue shows for one field; `None` when the answer does not have it at all.
fn observe(
    field: Field,
    wire: &wire::Issue,
    mapping: &Mapping,
    repo: &RepoName,
) -> Option<Observed> {
    let text = |text: &str| Value::Text(text.to_owned());
    let value = match field {
        Field::Url => text(&wire.html_url),
        Field::Number => Value::Number(wire.number),
        Field::Title => text(wire.title.as_deref().unwrap_or_default()),
        Field::State => return Some(observe_state(wire, mapping)),
        Field::Labels => Value::Names(label_names(wire.labels.as_ref()?)),
        Field::Assignees => Value::Names(assignees(wire.assignees.as_ref()?, mapping)),
        Field::Milestone => {
            Value::Name(wire.milestone.as_ref()?.as_ref().map(|it| Name(it.title.clone())))
        }
        // Repositories of users have no types, and then not even the key.
        Field::Type => Value::Name(wire.kind.as_ref().map(|kind| Name(kind.name.clone()))),
        Field::Repository => text(repo.as_str()),
        Field::Author => text(wire.user.as_ref().map_or(GHOST, |user| user.login.as_str())),
        Field::Created => Value::Time(Some(whole(wire.created_at))),
        Field::Updated => Value::Time(Some(whole(wire.updated_at))),
        Field::Closed => Value::Time(wire.closed_at.map(whole)),
    };
    Some(Observed::Value(value))
}

fn observe_state(wire: &wire::Issue, mapping: &Mapping) -> Observed {
    let state = match wire.state.as_str() {
        "open" => State::Open,
        "closed" => State::Closed(reason(wire.state_reason.as_deref())),
        other => {
            return Observed::Unreadable(format!(
                "GitHub says the state is `{other}`, which tandem does not know"
            ));
        }
    };
    Observed::Value(Value::State(match &mapping.state {
        Some(told_apart) => told_apart.canonical(state),
        None => state,
    }))
}

/// A closed issue without a reason, or with one nobody knows yet, counts as completed (DESIGN §2, Values).
fn reason(word: Option<&str>) -> Reason {
    let known = |word: &str| Reason::ALL.into_iter().find(|reason| reason.as_str() == word);
    word.and_then(known).unwrap_or(Reason::Completed)
}

/// The names of labels. A label without a name cannot be shown anywhere.
pub(super) fn label_names<'a>(labels: impl IntoIterator<Item = &'a wire::Label>) -> NameSet {
    labels.into_iter().filter_map(wire::Label::name).collect()
}

/// The assignees this sync speaks of: with a people property only those who are mapped, so that the
/// others are neither shown nor removed.
fn assignees(users: &[wire::User], mapping: &Mapping) -> NameSet {
    let only_known = mapping.assigns_people();
    let counts = |login: &Login| !only_known || mapping.users.user(login).is_some();
    users.iter().map(|user| Login(user.login.clone())).filter(counts).map(|login| login.0).collect()
}

/// Notion has no use for less than a second, and GitHub's own times have none (github-api §1.2).
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

/// Sets what the labels endpoint answered, which returns nothing but the labels.
pub(super) fn fold_labels(issue: &mut Issue, labels: NameSet, mapping: &Mapping) {
    if mapping.fields.contains_key(&Field::Labels) {
        issue.fields.insert(Field::Labels, Observed::Value(Value::Names(labels.clone())));
    }
    issue.labels = labels;
}
