//! A new issue: sent once, and never forgotten once GitHub said yes.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::body;
use super::client::Errand;
use super::hand::{Hand, decode_issue, is_assignable, not_assignable, refusal, unclear};
use super::links::repo_path;
use super::outgoing::{self, Wishes};
use super::reader::about_repository;
use super::vocabulary::Snag;
use super::writer::Writer;
use crate::model::{
    BodyText, Change, Field, Issue, Mapping, NameSet, RepoId, RepoName, Side, State, Value,
};
use crate::remote::{Refusal, RemoteError, Written};

/// What a new issue starts with, besides title and marker. A milestone and a type are here under the
/// number and the spelling GitHub knows.
#[derive(Default)]
struct Extras {
    labels: Vec<String>,
    assignees: Vec<String>,
    milestone: Option<u64>,
    kind: Option<String>,
    text: Option<String>,
}

impl Extras {
    fn remove(&mut self, field: Field) -> bool {
        match field {
            Field::Labels => !std::mem::take(&mut self.labels).is_empty(),
            Field::Assignees => !std::mem::take(&mut self.assignees).is_empty(),
            Field::Milestone => self.milestone.take().is_some(),
            Field::Type => self.kind.take().is_some(),
            Field::Body => self.text.take().is_some(),
            Field::Title
            | Field::State
            | Field::Url
            | Field::Number
            | Field::Repository
            | Field::Author
            | Field::Created
            | Field::Updated
            | Field::Closed => false,
        }
    }

    fn body(&self, title: &str, marker: Uuid) -> Json {
        let mut object = Map::new();
        let mut set = |key: &str, value: Json| object.insert(key.to_owned(), value);
        set("title", json!(title));
        let text = self.text.as_deref().unwrap_or_default();
        set("body", json!(body::join(text, Some(marker))));
        if !self.labels.is_empty() {
            set("labels", json!(self.labels));
        }
        if !self.assignees.is_empty() {
            set("assignees", json!(self.assignees));
        }
        if let Some(number) = self.milestone {
            set("milestone", json!(number));
        }
        if let Some(kind) = &self.kind {
            set("type", json!(kind));
        }
        Json::Object(object)
    }
}

/// Makes an issue with these values.
pub(super) async fn create(
    writer: &Writer,
    repo: &RepoName,
    mapping: &Mapping,
    values: &BTreeMap<Field, Value>,
    marker: Uuid,
) -> Result<Written<Issue>, RemoteError> {
    let mut refused = Vec::new();
    let changes: Vec<Change> =
        values.iter().filter_map(|(field, to)| from_nothing(*field, to)).collect();
    let mut wishes = outgoing::wishes(&NameSet::default(), &changes, &mut refused);
    let Some(title) = wishes.title.clone() else { return Err(no_title(repo, &refused)) };
    let extras = extras(writer, repo, &mut wishes, &mut refused).await?;

    let issue =
        send(writer, repo, mapping, (&title, marker), extras, &mut wishes, &mut refused).await?;
    let mut hand = writer.hand(&issue, mapping);
    hand.refused = refused;
    complete(&mut hand, &wishes).await;
    Ok(hand.finish(wishes).await)
}

/// A value of a new issue, as a change from nothing; `None` where nothing is what it already is.
fn from_nothing(field: Field, to: &Value) -> Option<Change> {
    let from = match to {
        Value::Names(_) => Value::Names(NameSet::default()),
        Value::Name(_) => Value::Name(None),
        Value::State(_) => Value::State(State::Open),
        Value::Text(_) => Value::Text(String::new()),
        Value::Body(_) => Value::Body(BodyText(String::new())),
        Value::Number(_) | Value::Time(_) => return None,
    };
    let is_needed = !field.is_githubs_own() && (field == Field::Title || from != *to);
    is_needed.then(|| Change { field, from, to: to.clone() })
}

fn no_title(repo: &RepoName, refused: &[Refusal]) -> RemoteError {
    let reason = refused.iter().find(|refusal| refusal.field == Field::Title);
    let reason =
        reason.map_or("an issue needs a title: give the page one", |refusal| &refusal.reason);
    RemoteError::Refused {
        side: Side::GitHub,
        status: 422,
        code: "title".to_owned(),
        what: format!("no issue can be made in {repo}: {reason}"),
        fields: vec![Field::Title.as_str().to_owned()],
    }
}

/// Finds out beforehand what would make GitHub refuse the whole issue: one unknown login is enough
/// (github-api §1.9).
async fn extras(
    writer: &Writer,
    repo: &RepoName,
    wishes: &mut Wishes,
    refused: &mut Vec<Refusal>,
) -> Result<Extras, RemoteError> {
    let mut extras = Extras { text: wishes.body.clone(), ..Extras::default() };
    for label in &wishes.labels.add {
        extras.labels.push(writer.names.label(&writer.client, repo, label).await?);
    }
    let mut assignees = Vec::new();
    for login in &wishes.assignees.add {
        if is_assignable(&writer.client, &repo_path(repo, "/assignees"), login).await? {
            assignees.push(login.clone());
        } else {
            let reason = not_assignable(login, &format!("issues of {repo}"));
            refused.push(Refusal { field: Field::Assignees, reason });
        }
    }
    wishes.assignees.add.clone_from(&assignees);
    extras.assignees = assignees;
    if let Some(Some(name)) = &wishes.milestone {
        match writer.names.milestone(&writer.client, &writer.channel, repo, name).await {
            Ok(number) => extras.milestone = Some(number),
            Err(Snag::Refused(reason)) => {
                refused.push(Refusal { field: Field::Milestone, reason });
                wishes.milestone = None;
            }
            Err(Snag::Remote(error)) => return Err(error),
        }
    }
    if let Some(Some(name)) = &wishes.kind {
        match writer.names.issue_type(&writer.client, repo, name).await {
            Ok(kind) => extras.kind = Some(kind),
            Err(Snag::Refused(reason)) => {
                refused.push(Refusal { field: Field::Type, reason });
                wishes.kind = None;
            }
            Err(Snag::Remote(error)) => return Err(error),
        }
    }
    Ok(extras)
}

/// Sends the issue. Only a 422 leads to another request: GitHub surely made nothing then.
async fn send(
    writer: &Writer,
    repo: &RepoName,
    mapping: &Mapping,
    (title, marker): (&str, Uuid),
    mut extras: Extras,
    wishes: &mut Wishes,
    refused: &mut Vec<Refusal>,
) -> Result<Issue, RemoteError> {
    const EXTRAS: [Field; 5] =
        [Field::Body, Field::Labels, Field::Assignees, Field::Milestone, Field::Type];
    loop {
        let errand = Errand::Create(writer.channel.clone());
        let (path, body) = (repo_path(repo, "/issues"), extras.body(title, marker));
        let answer = writer.client.send(errand, Method::POST, &path, Some(&body)).await;
        match answer {
            Ok(response) => return decode_issue(&response, mapping, RepoId(0)).map_err(unclear),
            Err(RemoteError::Refused { side, status: 422, code, what, fields }) => {
                writer.names.forget(repo);
                let named: Vec<Field> =
                    fields.iter().filter_map(|word| outgoing::field_named(word)).collect();
                let is_bad = |field: &Field| named.is_empty() || named.contains(field);
                let bad: Vec<Field> = EXTRAS
                    .into_iter()
                    .filter(is_bad)
                    .filter(|field| extras.remove(*field))
                    .collect();
                if bad.is_empty() || named.contains(&Field::Title) {
                    let error = RemoteError::Refused { side, status: 422, code, what, fields };
                    return Err(about_repository(error, repo));
                }
                for field in bad {
                    // Labels get another chance: putting them on an issue makes those that are missing. So does a
                    // body that was left out only to be sure.
                    let is_tried_again =
                        field == Field::Labels || (field == Field::Body && !named.contains(&field));
                    if !is_tried_again {
                        drop_wish(wishes, field);
                        refused.push(Refusal { field, reason: refusal(&what) });
                    }
                }
            }
            Err(other) => return Err(about_repository(other, repo)),
        }
    }
}

fn drop_wish(wishes: &mut Wishes, field: Field) {
    match field {
        Field::Assignees => wishes.assignees.add.clear(),
        Field::Milestone => wishes.milestone = None,
        Field::Type => wishes.kind = None,
        Field::Body => wishes.body = None,
        Field::Title
        | Field::State
        | Field::Labels
        | Field::Url
        | Field::Number
        | Field::Repository
        | Field::Author
        | Field::Created
        | Field::Updated
        | Field::Closed => {}
    }
}

/// What a creation cannot say, or did not do. The issue is there whatever comes of it, so a failure
/// becomes a refusal.
async fn complete(hand: &mut Hand<'_>, wishes: &Wishes) {
    let lacking: Vec<String> =
        wishes.labels.add.iter().filter(|name| !hand.has_label(name)).cloned().collect();
    if !lacking.is_empty()
        && let Err(error) = hand.add_labels(&lacking).await
    {
        hand.decline(Field::Labels, format!("the issue was made without its labels: {error}"));
    }
    if let Some(text) = wishes.body.as_deref().filter(|text| !hand.has_text(text)) {
        let whole = body::join(text, hand.seen.marker);
        if let Err(error) = hand.patch(vec![outgoing::Part::Body(whole)]).await {
            hand.decline(Field::Body, format!("the issue was made without its body: {error}"));
        }
    }
    if let Some(closed @ State::Closed(_)) = wishes.state
        && let Err(error) = hand.patch_state(closed).await
    {
        hand.decline(Field::State, format!("the issue was made, but could not be closed: {error}"));
    }
}
