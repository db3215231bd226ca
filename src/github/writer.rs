//! What tandem changes on GitHub: the narrowest request that does it, and a look at every answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::Method;
use uuid::Uuid;

use super::body;
use super::client::SharedClient;
use super::hand::Hand;
use super::outgoing::{self, Part, SetWish, Wishes};
use super::reader::Reader;
use super::vocabulary::{Snag, Vocabulary};
use crate::model::{Change, Field, Issue, Mapping, RepoName, Side, Value};
use crate::remote::{Permit, RemoteError, WriteChannel, Written};
use crate::sabotage::{Bug, planted};

/// GitHub, for changing. Clones share token, pace and what is known of the repositories' names.
#[derive(Clone)]
pub struct Writer {
    pub(super) client: SharedClient,
    pub(super) channel: WriteChannel,
    pub(super) names: Arc<Vocabulary>,
}

impl Writer {
    /// A writer beside that reader.
    #[must_use]
    pub fn new(reader: &Reader, permit: &Permit) -> Writer {
        let client = reader.client().clone();
        let channel = client.channel().writing(permit);
        Writer { client, channel, names: Arc::default() }
    }

    /// Writes these changes to an issue, and returns it as GitHub then shows it. A value GitHub does
    /// not take is left out and named; the rest is written.
    ///
    /// One PATCH for title, body, state, milestone and type; one request for all added labels, one per removed
    /// label, one each for added and removed assignees. A body keeps the marker of `issue`, as its last line. After an error some of them may have been
    /// carried out: only a reading tells.
    pub async fn update(
        &self,
        issue: &Issue,
        mapping: &Mapping,
        changes: &[Change],
    ) -> Result<Written<Issue>, RemoteError> {
        if issue.is_pull_request {
            return Err(not_an_issue(issue));
        }
        let mut hand = self.hand(issue, mapping);
        let wishes = outgoing::wishes(&issue.labels, changes, &mut hand.refused);
        // Everything is looked up before anything is changed.
        let labels = self.spelled(&issue.at.repo, &wishes.labels.add).await?;
        let parts = self.parts(&mut hand, &wishes).await?;

        // Removals first: an issue that is full has no room before.
        for name in &wishes.labels.remove {
            hand.remove_label(name).await?;
        }
        if planted(Bug::LabelsReplaced) && wishes.labels != SetWish::default() {
            let kept = issue.labels.iter().map(|(_, name)| name.to_owned());
            let kept = kept.filter(|name| !wishes.labels.remove.contains(name));
            hand.replace_labels(&kept.chain(labels).collect::<Vec<_>>()).await?;
        } else if !labels.is_empty() {
            hand.add_labels(&labels).await?;
        }
        for (method, logins) in
            [(Method::DELETE, &wishes.assignees.remove), (Method::POST, &wishes.assignees.add)]
        {
            if !logins.is_empty() {
                hand.assign(method, logins).await?;
            }
        }
        // Last, because its answer shows the whole issue.
        let was_open = issue.is_open;
        hand.patch(parts).await?;
        if let Some(state) = wishes.state
            && !was_open
            && !hand.declined.contains(&Field::State)
        {
            hand.insist_on_reason(state).await?;
        }
        if hand.declined.contains(&Field::Milestone) {
            // It may have been deleted since its number was learned.
            self.names.forget(&issue.at.repo);
        }
        Ok(hand.finish(wishes).await)
    }

    /// Makes an issue with these values. It is sent once; what GitHub does not take is left out and named.
    /// After a success of the creation itself no error hides the issue.
    pub async fn create(
        &self,
        repo: &RepoName,
        mapping: &Mapping,
        values: &BTreeMap<Field, Value>,
        marker: Uuid,
    ) -> Result<Written<Issue>, RemoteError> {
        super::creating::create(self, repo, mapping, values, marker).await
    }

    pub(super) fn hand<'a>(&'a self, issue: &Issue, mapping: &'a Mapping) -> Hand<'a> {
        Hand {
            client: &self.client,
            channel: &self.channel,
            mapping,
            seen: issue.clone(),
            is_whole: true,
            refused: Vec::new(),
            declined: BTreeSet::new(),
        }
    }

    async fn spelled(&self, repo: &RepoName, names: &[String]) -> Result<Vec<String>, RemoteError> {
        let mut spelled = Vec::new();
        for name in names {
            spelled.push(self.names.label(&self.client, repo, name).await?);
        }
        Ok(spelled)
    }

    /// What the PATCH sets. What GitHub has no name for is declined.
    async fn parts(&self, hand: &mut Hand<'_>, wishes: &Wishes) -> Result<Vec<Part>, RemoteError> {
        let repo = hand.seen.at.repo.clone();
        let mut parts = Vec::new();
        parts.extend(wishes.title.clone().map(Part::Title));
        let marker = hand.seen.marker;
        parts.extend(wishes.body.as_ref().map(|text| Part::Body(body::join(text, marker))));
        parts.extend(wishes.state.map(Part::State));
        match &wishes.milestone {
            None => {}
            Some(None) => parts.push(Part::Milestone(None)),
            Some(Some(name)) => {
                match self.names.milestone(&self.client, &self.channel, &repo, name).await {
                    Ok(number) => parts.push(Part::Milestone(Some(number))),
                    Err(Snag::Refused(reason)) => hand.decline(Field::Milestone, reason),
                    Err(Snag::Remote(error)) => return Err(error),
                }
            }
        }
        match &wishes.kind {
            None => {}
            Some(None) => parts.push(Part::Type(None)),
            Some(Some(name)) => match self.names.issue_type(&self.client, &repo, name).await {
                Ok(kind) => parts.push(Part::Type(Some(kind))),
                Err(Snag::Refused(reason)) => hand.decline(Field::Type, reason),
                Err(Snag::Remote(error)) => return Err(error),
            },
        }
        Ok(parts)
    }
}

/// GitHub would take it: pull requests share numbers and endpoints with issues (github-api §1.4).
fn not_an_issue(pull_request: &Issue) -> RemoteError {
    RemoteError::Refused {
        side: Side::GitHub,
        status: 422,
        code: "pull_request".to_owned(),
        what: format!("{} is a pull request, and tandem writes to issues only", pull_request.at),
        fields: Vec::new(),
    }
}
