//! GraphQL, as far as it is needed for what REST does not tell: when a body was last edited (github-api §4).
//!
//! There is no GraphQL engine here. One question is understood, blanks aside; any other is refused, so that what is
//! asked cannot drift from what was thought through.

use http::Response;
use serde_json::{Value, json};

use super::call::Call;
use super::errors::{Answer, Refusal, answer_json};
use super::input::Input;
use super::repo::Repo;
use super::state::{Permission, State, fold};

/// The one question.
const BODY_EDITED: &str = "query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { issue(number: $number) { createdAt lastEditedAt } } }";

/// `POST /graphql`.
pub(super) fn ask(state: &State, call: &Call<'_>) -> Answer {
    let input = Input::read(call.body)?;
    input.only(state.options.strict, &["query", "variables"])?;
    let query = input.text("query")?.unwrap_or_default();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    if words(&query) != words(BODY_EDITED) {
        return Err(Refusal::new(400, "A query attribute must be specified and must be a string."));
    }
    let variables = input.object("variables")?;
    let text = |name: &str| variables.get(name).and_then(Value::as_str);
    let number = variables.get("number").and_then(Value::as_u64);
    let (Some(owner), Some(name), Some(number)) = (text("owner"), text("name"), number) else {
        return Ok(failed("INVALID", "Variable $number of type Int! was provided invalid value"));
    };
    let Some(repo) = find(state, call, owner, name) else {
        let what = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
        return Ok(failed("NOT_FOUND", &what));
    };
    let Some(issue) = repo.issue(number).filter(|_| !repo.hidden.contains(&number)) else {
        let what = format!("Could not resolve to an Issue with the number of {number}.");
        return Ok(failed("NOT_FOUND", &what));
    };
    let time =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let issue = json!({
        "createdAt": time(issue.created_at),
        "lastEditedAt": issue.body_edited_at.map(time),
    });
    Ok(answer_json(200, &json!({ "data": { "repository": { "issue": issue } } })))
}

fn find<'s>(state: &'s State, call: &Call<'_>, owner: &str, name: &str) -> Option<&'s Repo> {
    let id = state.names.get(&fold(&format!("{owner}/{name}")))?;
    state.repos.get(id).filter(|repo| repo.permission(&call.login) >= Permission::Read)
}

/// What went wrong is told with 200 (github-api §6.3).
fn failed(kind: &str, message: &str) -> Response<bytes::Bytes> {
    let errors = json!([{ "type": kind, "path": ["repository"], "message": message }]);
    answer_json(200, &json!({ "data": { "repository": null }, "errors": errors }))
}
