//! What tandem changes on GitHub: the narrowest request that does it, and a look at every answer.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::client::SharedClient;
use super::reader::Reader;
use crate::model::{Change, Field, Issue, Mapping, RepoName, Side, Value};
use crate::remote::{Permit, RemoteError, WriteChannel, Written};

/// GitHub, for changing. Clones share token, pace and what is known of the repositories' names.
#[derive(Clone)]
pub struct Writer {
    client: SharedClient,
    channel: WriteChannel,
}

impl Writer {
    /// A writer beside that reader.
    #[must_use]
    pub fn new(reader: &Reader, permit: &Permit) -> Writer {
        let client = reader.client().clone();
        let channel = client.channel().writing(permit);
        Writer { client, channel }
    }

    /// Writes these changes to an issue, and returns it as GitHub then shows it. A value GitHub does
    /// not take is left out and named; the rest is written.
    pub async fn update(
        &self,
        issue: &Issue,
        mapping: &Mapping,
        changes: &[Change],
    ) -> Result<Written<Issue>, RemoteError> {
        let _ = (&self.client, &self.channel, issue, mapping, changes);
        Err(RemoteError::Nonsense { side: Side::GitHub, what: "not written yet".to_owned() })
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
        let _ = (repo, mapping, values, marker);
        Err(RemoteError::Nonsense { side: Side::GitHub, what: "not written yet".to_owned() })
    }
}
