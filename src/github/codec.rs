//! From GitHub's JSON to canonical values. The way back is in `outgoing`.

use chrono::{DateTime, SubsecRound, Utc};

use super::{body, wire};
use crate::model::{
    BodyText, Field, Fields, Issue, IssueId, IssueNumber, IssueRef, Login, Mapping, Name, NameSet,
    Observed, Reason, RepoId, RepoName, State, Value,
};

/// How accounts that were deleted are shown (data-hazards, 6).
const GHOST: &str = "ghost";

/// Reads an issue. `repo_id` is what the answer's own links tell, 0 when they do not.
pub(super) fn issue(
    wire: &wire::Issue,
    mapping: &Mapping,
    repo_id: RepoId,
) -> Result<Issue, String> {
    if !is_web_address(&wire.html_url) {
        // It becomes the anchor of the pair: garbage must not.
        return Err(format!("issue {} without a web address", wire.number));
    }
    if wire.number == 0 {
        // No issue has that number, and nothing that is written down under it could be read again.
        return Err("an issue without a number".to_owned());
    }
    let at = name_of(wire)?;
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
        marker: wire.body.as_deref().and_then(|it| body::split(it).1),
        fields,
        labels,
        is_open: wire.state != "closed",
        at,
    })
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.has_host() && url.scheme().starts_with("http"))
}

/// Garbage may say two numbers at once, and the one in the web address becomes the anchor.
fn name_of(wire: &wire::Issue) -> Result<IssueRef, String> {
    let number = IssueNumber(wire.number);
    let by_api = || {
        let mut parts = wire.repository_url.as_deref()?.rsplit('/');
        let (name, owner) = (parts.next()?, parts.next()?);
        let repo: RepoName = format!("{owner}/{name}").parse().ok()?;
        Some(repo)
    };
    match (IssueRef::from_html_url(&wire.html_url), by_api()) {
        (Some(at), _) if at.number == number => Ok(at),
        (Some(at), _) => Err(format!("issue {} whose web address says {at}", wire.number)),
        (None, Some(repo)) => Ok(IssueRef { repo, number }),
        (None, None) => Err(format!("issue {} whose address names no repository", wire.number)),
    }
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
        // No issue is without one, so an empty one is not what somebody typed.
        Field::Title => match &wire.title {
            Some(title) => text(title),
            None => return Some(Observed::Unreadable("GitHub shows no title".to_owned())),
        },
        // Null, "" and absent are all empty (github-api §1.5).
        Field::Body => {
            let (text, _) = body::split(wire.body.as_deref().unwrap_or_default());
            Value::Body(BodyText(text.to_owned()))
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::model::{Direction, FieldMapping, PropertyId, PropertyKind, StateMapping};

    fn everything() -> Mapping {
        let mapped = |kind| FieldMapping {
            direction: Direction::Both,
            property: PropertyId(String::new()),
            property_name: String::new(),
            kind,
            fingerprint: String::new(),
        };
        let fields = Field::ALL.into_iter().map(|field| (field, mapped(PropertyKind::RichText)));
        Mapping { fields: fields.collect(), ..Mapping::default() }
    }

    fn decode(mut over: serde_json::Value, mapping: &Mapping) -> Result<Issue, String> {
        let mut row = json!({
            "id": 1, "number": 12, "html_url": "https://github.com/acme/app/issues/12",
            "title": "t", "state": "open",
            "created_at": "2026-01-05T09:10:11Z", "updated_at": "2026-01-05T09:10:12.345+00:00",
        });
        row.as_object_mut().unwrap().append(over.as_object_mut().unwrap());
        let row: wire::Issue = serde_json::from_value(row).map_err(|error| error.to_string())?;
        issue(&row, mapping, RepoId(0))
    }

    fn shown(over: serde_json::Value, field: Field) -> Option<Value> {
        let issue = decode(over, &everything()).unwrap();
        issue.fields.get(&field).and_then(|observed| observed.value().cloned())
    }

    #[test]
    fn the_marker_is_no_part_of_the_body_and_no_body_is_an_empty_one() {
        let marked = "one\r\ntwo\r\n\r\n<!-- tandem:0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11 -->";
        let issue = decode(json!({ "body": marked }), &everything()).unwrap();
        assert!(issue.marker.is_some());
        let text = |text: &str| Some(Value::Body(BodyText(text.to_owned())));
        assert_eq!(issue.fields[&Field::Body].value().cloned(), text("one\r\ntwo"));
        for none in [json!({ "body": null }), json!({ "body": "" }), json!({})] {
            assert_eq!(shown(none, Field::Body), text(""));
        }
    }

    #[test]
    fn an_issue_of_number_0_is_nonsense() {
        let said = decode(json!({ "number": 0 }), &everything()).unwrap_err();
        assert_eq!(said, "an issue without a number");
    }

    #[test]
    fn the_least_an_answer_can_hold_is_enough() {
        let issue = decode(json!({}), &everything()).unwrap();
        assert_eq!(issue.at.to_string(), "acme/app#12");
        assert_eq!(issue.updated.to_rfc3339(), "2026-01-05T09:10:12+00:00");
        // Absent is not empty (data-hazards, 17).
        for field in [Field::Labels, Field::Assignees, Field::Milestone] {
            assert!(!issue.fields.contains_key(&field), "{field}");
        }
        assert_eq!(issue.fields[&Field::Type].value(), Some(&Value::Name(None)));
    }

    #[test]
    fn an_issue_without_a_title_is_not_one_with_an_empty_title() {
        let issue = decode(json!({ "title": null }), &everything()).unwrap();
        assert!(matches!(&issue.fields[&Field::Title], Observed::Unreadable(_)));
    }

    #[test]
    fn labels_come_as_objects_or_names_and_may_lack_one() {
        let labels = json!({ "labels": ["a", {"name": "b", "color": null}, {"name": null}] });
        assert_eq!(
            shown(labels, Field::Labels),
            Some(Value::Names(["a", "b"].into_iter().collect()))
        );
    }

    #[test]
    fn a_milestone_that_is_null_is_none_and_a_reason_nobody_knows_is_completed() {
        assert_eq!(shown(json!({ "milestone": null }), Field::Milestone), Some(Value::Name(None)));
        let closed = json!({ "state": "closed", "state_reason": "superseded" });
        let completed = Value::State(State::Closed(Reason::Completed));
        assert_eq!(shown(closed, Field::State), Some(completed.clone()));
        assert_eq!(
            shown(json!({ "state": "closed", "state_reason": null }), Field::State),
            Some(completed)
        );
    }

    #[test]
    fn an_open_issue_with_a_reason_is_open_and_a_state_nobody_knows_cannot_be_read() {
        let reopened = json!({ "state": "open", "state_reason": "reopened" });
        assert_eq!(shown(reopened, Field::State), Some(Value::State(State::Open)));
        let issue = decode(json!({ "state": "parked" }), &everything()).unwrap();
        assert!(
            matches!(&issue.fields[&Field::State], Observed::Unreadable(why) if why.contains("parked"))
        );
    }

    #[test]
    fn a_reason_the_mapping_does_not_tell_apart_is_completed() {
        let mapping = Mapping { state: Some(StateMapping::Checkbox), ..everything() };
        let issue =
            decode(json!({ "state": "closed", "state_reason": "duplicate" }), &mapping).unwrap();
        let completed = Value::State(State::Closed(Reason::Completed));
        assert_eq!(issue.fields[&Field::State].value(), Some(&completed));
    }

    #[test]
    fn an_issue_whose_web_address_is_none_is_not_believed() {
        for none in ["", " ", "acme/app#12", "mailto:x@example.com"] {
            let repository = "https://api.github.com/repos/acme/app";
            let row = json!({ "html_url": none, "repository_url": repository });
            assert!(decode(row, &everything()).is_err(), "{none:?}");
        }
    }

    #[test]
    fn an_issue_whose_web_address_is_another_issues_is_not_believed() {
        for (url, is_it) in [
            ("https://github.com/acme/app/issues/12", true),
            ("https://github.com/acme/app/pull/12", true),
            ("https://github.com/acme/app/issues/13", false),
        ] {
            assert_eq!(decode(json!({ "html_url": url }), &everything()).is_ok(), is_it, "{url}");
        }
    }

    #[test]
    fn an_issue_whose_web_address_is_odd_is_named_by_its_api_address() {
        let odd = json!({
            "html_url": "https://ghe.example/weird", "repository_url": "https://ghe.example/api/v3/repos/acme/lib",
        });
        assert_eq!(decode(odd, &everything()).unwrap().at.to_string(), "acme/lib#12");
        assert!(decode(json!({ "html_url": "https://ghe.example/weird" }), &everything()).is_err());
    }
}
