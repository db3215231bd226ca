//! One issue being changed: sends single requests, keeps what GitHub shows of it, and what it refused.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::client::{Client, Errand};
use super::links::{issue_path, segment};
use super::outgoing::{self, Part, Wishes};
use super::pages::decode;
use super::reader::{about, about_repository};
use super::{body, codec, wire};
use crate::model::{Field, Issue, Mapping, NameKey, RepoId, Side, State, Value};
use crate::remote::{Channel, Refusal, RemoteError, Response, WriteChannel, Written};

/// An issue in the hand of a writer.
pub(super) struct Hand<'a> {
    pub(super) client: &'a Client,
    pub(super) channel: &'a WriteChannel,
    pub(super) mapping: &'a Mapping,
    /// The issue as last shown.
    pub(super) seen: Issue,
    /// Whether the last answer showed the whole issue.
    pub(super) is_whole: bool,
    /// What was left out, for people.
    pub(super) refused: Vec<Refusal>,
    /// The fields that were declined as a whole, so that it needs no finding out what became of them.
    pub(super) declined: BTreeSet<Field>,
}

impl Hand<'_> {
    pub(super) fn decline(&mut self, field: Field, reason: String) {
        self.declined.insert(field);
        self.refused.push(Refusal { field, reason });
    }

    pub(super) fn has_label(&self, name: &str) -> bool {
        self.seen.labels.contains(&NameKey::of(name))
    }

    pub(super) fn has_text(&self, text: &str) -> bool {
        let is_as_sent = |shown: &str| body::is_as_sent(text, self.seen.marker, shown);
        matches!(self.shown(Field::Body), Some(Value::Body(shown)) if is_as_sent(&shown.0))
    }

    fn path(&self, rest: &str) -> String {
        issue_path(&self.seen.at.repo, self.seen.at.number, rest)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Response, RemoteError> {
        let errand = Errand::Write(self.channel.clone());
        self.client.send(errand, method, path, body).await.map_err(|error| match error {
            RemoteError::Auth { .. } => about_repository(error, &self.seen.at.repo),
            other => about(other, &self.seen.at.to_string()),
        })
    }

    /// Adds labels, all in one request; where GitHub refuses it, each alone, so that one bad name does
    /// not keep the others away.
    pub(super) async fn add_labels(&mut self, names: &[String]) -> Result<(), RemoteError> {
        let path = self.path("/labels");
        let body = json!({ "labels": names });
        let answer = self.send(Method::POST, &path, Some(&body)).await;
        if names.len() < 2 || !matches!(answer, Err(RemoteError::Refused { status: 422, .. })) {
            return self.take_labels(answer);
        }
        for name in names {
            let answer = self.send(Method::POST, &path, Some(&json!({ "labels": [name] }))).await;
            self.take_labels(answer)?;
        }
        Ok(())
    }

    /// Sends the labels as one set: what [`Bug::LabelsReplaced`] does.
    pub(super) async fn replace_labels(&mut self, names: &[String]) -> Result<(), RemoteError> {
        let body = json!({ "labels": names });
        let answer = self.send(Method::PUT, &self.path("/labels"), Some(&body)).await;
        self.take_labels(answer)
    }

    /// Takes one label off. One that is off already is as it should be.
    pub(super) async fn remove_label(&mut self, name: &str) -> Result<(), RemoteError> {
        let Some(segment) = segment(name) else { return Ok(()) };
        let answer =
            self.send(Method::DELETE, &self.path(&format!("/labels/{segment}")), None).await;
        if let Err(RemoteError::Missing { .. }) = answer {
            return self.look_again().await;
        }
        self.take_labels(answer)
    }

    /// Takes over the labels: GitHub answers with these and nothing else.
    fn take_labels(&mut self, answer: Result<Response, RemoteError>) -> Result<(), RemoteError> {
        let Some(response) = self.or_refuse(Field::Labels, answer)? else { return Ok(()) };
        let labels: Vec<wire::Label> = decode(&response, "the labels").map_err(unclear)?;
        codec::fold_labels(&mut self.seen, codec::label_names(&labels), self.mapping);
        // It shows no time either; the issue changed no later than this was answered, and a list from before is older.
        if let Some(date) = Channel::date_of(&response) {
            self.seen.updated = self.seen.updated.max(date);
        }
        self.is_whole = false;
        Ok(())
    }

    /// Assigns (POST) or unassigns (DELETE, with a body too: without one GitHub says yes and does
    /// nothing, github-api §12.8). Logins that cannot be assigned are passed over in silence (§1.9).
    pub(super) async fn assign(
        &mut self,
        method: Method,
        logins: &[String],
    ) -> Result<(), RemoteError> {
        let body = json!({ "assignees": logins });
        let answer = self.send(method, &self.path("/assignees"), Some(&body)).await;
        match self.or_refuse(Field::Assignees, answer)? {
            Some(response) => self.take_issue(&response),
            None => Ok(()),
        }
    }

    /// Sets all of this in one PATCH. A refused request changed nothing: what it names is left out and
    /// the rest sent again; where it names nothing, each part is sent alone.
    pub(super) async fn patch(&mut self, parts: Vec<Part>) -> Result<(), RemoteError> {
        let mut to_send = vec![parts];
        while let Some(parts) = to_send.pop() {
            if parts.is_empty() {
                continue;
            }
            let body = outgoing::patch(&parts);
            match self.send(Method::PATCH, &self.path(""), Some(&body)).await {
                Ok(response) => self.take_issue(&response)?,
                Err(RemoteError::Refused { status: 422, what, fields, .. }) => {
                    let is_named = |part: &Part| {
                        let mut named =
                            fields.iter().filter_map(|word| outgoing::field_named(word));
                        named.any(|field| field == part.field())
                    };
                    let is_alone = parts.len() == 1;
                    let (bad, rest): (Vec<Part>, Vec<Part>) =
                        parts.into_iter().partition(|part| is_alone || is_named(part));
                    if bad.is_empty() {
                        to_send.extend(rest.into_iter().map(|part| vec![part]));
                        continue;
                    }
                    for part in &bad {
                        self.decline(part.field(), refusal(&what));
                    }
                    to_send.push(rest);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Sets the state alone, after other values were sent. Of the answer it takes nothing else: what shows there was typed since
    /// by somebody, who must not be taken for GitHub leaving out what we sent.
    pub(super) async fn patch_state(&mut self, state: State) -> Result<(), RemoteError> {
        let before = self.seen.clone();
        self.patch(vec![Part::State(state)]).await?;
        let mut now = std::mem::replace(&mut self.seen, before);
        (self.seen.is_open, self.seen.updated) = (now.is_open, now.updated);
        for field in [Field::State, Field::Closed, Field::Updated] {
            match now.fields.remove(&field) {
                Some(value) => drop(self.seen.fields.insert(field, value)),
                None => drop(self.seen.fields.remove(&field)),
            }
        }
        Ok(())
    }

    /// Gives a closed issue another reason where the answer still shows the old one: GitHub looks at a
    /// reason only when the state changes, so the issue is reopened and closed again (github-api §1.6).
    pub(super) async fn insist_on_reason(&mut self, wanted: State) -> Result<(), RemoteError> {
        let is_closed_otherwise = match (wanted, self.shown(Field::State)) {
            (State::Closed(_), Some(Value::State(shown @ State::Closed(_)))) => *shown != wanted,
            (State::Closed(_) | State::Open, _) => false,
        };
        if !is_closed_otherwise {
            return Ok(());
        }
        self.patch_state(State::Open).await?;
        let is_halfway = !self.declined.contains(&Field::State);
        self.patch_state(wanted).await?;
        if is_halfway && self.declined.contains(&Field::State) {
            // That it is open now is nobody's wish; recovery completes it.
            let what =
                format!("{}: its closing for another reason was refused halfway", self.seen.at);
            return Err(RemoteError::Unclear { side: Side::GitHub, what, made: None });
        }
        Ok(())
    }

    /// Reads the issue, to see what the answers so far did not show.
    pub(super) async fn look_again(&mut self) -> Result<(), RemoteError> {
        let name = self.seen.at.to_string();
        let answer = self.client.get(&self.path(""), None).await;
        let response = answer.map_err(|error| about(error, &name))?;
        self.take(&response)
    }

    /// Takes over the whole issue from the answer to a write.
    fn take_issue(&mut self, response: &Response) -> Result<(), RemoteError> {
        self.take(response).map_err(unclear)
    }

    fn take(&mut self, response: &Response) -> Result<(), RemoteError> {
        let shown = decode_issue(response, self.mapping, self.seen.repo_id)?;
        self.seen = shown;
        self.is_whole = true;
        Ok(())
    }

    /// A 422 refuses this field alone.
    fn or_refuse(
        &mut self,
        field: Field,
        answer: Result<Response, RemoteError>,
    ) -> Result<Option<Response>, RemoteError> {
        match answer {
            Ok(response) => Ok(Some(response)),
            Err(RemoteError::Refused { status: 422, what, .. }) => {
                self.decline(field, refusal(&what));
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// The labels endpoint shows no times, and a stale `updated` would go to Notion now and be
    /// corrected in the next cycle (I6). The labels themselves were answered: a reading may be older.
    async fn complete_times(&mut self) {
        if self.is_whole || !self.mapping.fields.contains_key(&Field::Updated) {
            return;
        }
        let (answered, at) = (self.seen.labels.clone(), self.seen.updated);
        match self.look_again().await {
            Ok(()) => {
                // A reading from before our write has an older time, too: a list that shows the same is no news.
                if self.seen.labels != answered {
                    self.seen.updated = self.seen.updated.max(at);
                }
                codec::fold_labels(&mut self.seen, answered, self.mapping);
            }
            Err(error) => {
                tracing::warn!(issue = %self.seen.at, %error, "not read again after a write")
            }
        }
    }

    /// Tells those who cannot be assigned from those GitHub left out for another reason.
    async fn name_unassignable(&mut self, logins: &mut Vec<String>) {
        let Some(Value::Names(shown)) = self.shown(Field::Assignees).cloned() else { return };
        for login in std::mem::take(logins) {
            if !shown.contains(&NameKey::of(&login)) && self.is_unassignable(&login).await {
                let reason = not_assignable(&login, &self.seen.at.to_string());
                self.refused.push(Refusal { field: Field::Assignees, reason });
            } else {
                logins.push(login);
            }
        }
    }

    async fn is_unassignable(&self, login: &str) -> bool {
        matches!(is_assignable(self.client, &self.path("/assignees"), login).await, Ok(false))
    }

    /// Looks at what became of the wishes: a yes proves nothing (github-api §1.6).
    pub(super) async fn finish(mut self, mut wishes: Wishes) -> Written<Issue> {
        self.complete_times().await;
        if !self.declined.contains(&Field::Assignees) {
            self.name_unassignable(&mut wishes.assignees.add).await;
        }
        for refusal in outgoing::left_out(&wishes, &self.seen) {
            if !self.declined.contains(&refusal.field) {
                self.refused.push(refusal);
            }
        }
        Written { observed: self.seen, refused: self.refused }
    }

    fn shown(&self, field: Field) -> Option<&Value> {
        self.seen.fields.get(&field).and_then(|observed| observed.value())
    }
}

/// Asks below that address who may be assigned. 204: that login may; 404: it may not (github-api §1.1).
pub(super) async fn is_assignable(
    client: &Client,
    assignees: &str,
    login: &str,
) -> Result<bool, RemoteError> {
    // What no address can hold is nobody's login, and the address without it is that of everybody.
    let Some(login) = segment(login) else { return Ok(false) };
    match client.get(&format!("{assignees}/{login}"), None).await {
        Ok(response) => Ok(response.status() == StatusCode::NO_CONTENT),
        Err(RemoteError::Missing { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// What people read about a login that cannot be assigned.
pub(super) fn not_assignable(login: &str, issue: &str) -> String {
    format!(
        "`{login}` cannot be assigned to {issue}: correct the login, or give that account access to the repository"
    )
}

/// What people read about a 422.
pub(super) fn refusal(what: &str) -> String {
    format!("GitHub refused it: {what}")
}

/// Reads the one issue of an answer.
pub(super) fn decode_issue(
    response: &Response,
    mapping: &Mapping,
    repo_id: RepoId,
) -> Result<Issue, RemoteError> {
    let row: wire::Issue = decode(response, "the issue")?;
    codec::issue(&row, mapping, repo_id)
        .map_err(|what| RemoteError::Nonsense { side: Side::GitHub, what })
}

/// A write whose answer makes no sense may have been carried out.
pub(super) fn unclear(error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Nonsense { side, what } => RemoteError::Unclear { side, what, made: None },
        other => other,
    }
}
