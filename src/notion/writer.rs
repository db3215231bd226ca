//! Everything tandem changes in Notion. Only the engine can make a [`Writer`], because only it has a permit (I15).

use std::collections::BTreeMap;

use http::Method;
use serde_json::json;

use super::PAGE_IN_TRASH;
use super::dialect::is_refused_value;
use super::draft::{Draft, Part, draft, kept, not_as_meant, properties};
use super::observe::raw_page;
use super::reader::Reader;
use super::schema::DataSource;
use super::sift::sift;
use super::wire::nonsense;
use crate::model::{Change, Field, Mapping, NotionUserId, Page, PageId, Side, Value};
use crate::remote::{Lookup, Permit, RemoteError, Response, WriteChannel, Written};

/// Changes Notion. Clones share the line.
#[derive(Clone)]
pub struct Writer {
    pub(super) reader: Reader,
    pub(super) channel: WriteChannel,
}

impl Writer {
    /// A writer over the reader's line.
    #[must_use]
    pub fn new(reader: &Reader, permit: &Permit) -> Writer {
        Writer { reader: reader.clone(), channel: reader.wire.channel.writing(permit) }
    }

    /// Writes all changes of one page in one request; fields that Notion will not take are left out and reported.
    /// `page` is as last observed: its unmapped people stay, a status that already means the state stays.
    pub async fn update(
        &self,
        page: &Page,
        source: &DataSource,
        mapping: &Mapping,
        changes: &[Change],
    ) -> Result<Written<Page>, RemoteError> {
        let values = changes.iter().map(|change| (change.field, change.to.clone())).collect();
        let mut draft = self.draft(source, mapping, &values, kept(page)).await?;
        let mut refused = std::mem::take(&mut draft.refused);
        // A status that already means the state stays the one that people chose.
        draft.parts.retain(|part| part.field != Field::State || !part.is_shown(page));
        if draft.parts.is_empty() {
            return Ok(Written { observed: page.clone(), refused });
        }
        let (observed, sent) = match self.patch(page.id, mapping, &draft.parts).await {
            Ok(observed) => (observed, draft.parts),
            Err(error) if is_refused_value(&error) => {
                let sifted = sift(self, page.id, source, mapping, draft.parts, error).await?;
                refused.extend(sifted.refused);
                (sifted.observed, sifted.sent)
            }
            Err(error) => return Err(error),
        };
        refused.extend(not_as_meant(&observed, &sent));
        Ok(Written { observed, refused })
    }

    /// Puts a page into the trash, or takes it out again.
    pub async fn set_in_trash(
        &self,
        id: PageId,
        in_trash: bool,
        mapping: &Mapping,
    ) -> Result<Page, RemoteError> {
        let body = json!({"in_trash": in_trash});
        let request =
            self.reader.wire.request(Method::PATCH, &format!("pages/{id}"), Some(&body))?;
        let answer = self.channel.write(request).await.map_err(|error| named(id, error))?;
        let page = self.seen(&answer, id, mapping).await?;
        if page.in_trash != in_trash {
            let what = format!(
                "after a request to set `in_trash` to {in_trash} the page {id} still shows the contrary"
            );
            return Err(nonsense(what));
        }
        Ok(page)
    }

    /// What can be sent. The schema is read again when the one we know has no place for a value.
    pub(super) async fn draft(
        &self,
        source: &DataSource,
        mapping: &Mapping,
        values: &BTreeMap<Field, Value>,
        kept: Option<&[NotionUserId]>,
    ) -> Result<Draft, RemoteError> {
        let known = draft(&self.reader.newest(source), mapping, values, kept);
        if !known.outdated {
            return Ok(known);
        }
        self.reader.doubt(Some(source.id));
        Ok(draft(&self.reader.source(source.id).await?, mapping, values, kept))
    }

    /// One PATCH for these parts; the page as it is then.
    pub(super) async fn patch(
        &self,
        id: PageId,
        mapping: &Mapping,
        parts: &[Part],
    ) -> Result<Page, RemoteError> {
        let body = json!({"properties": properties(parts)});
        let request =
            self.reader.wire.request(Method::PATCH, &format!("pages/{id}"), Some(&body))?;
        let answer = self.channel.write(request).await.map_err(|error| named(id, error))?;
        self.seen(&answer, id, mapping).await
    }

    /// The page in an answer to a write; an answer that does not show it whole is followed by a read.
    async fn seen(
        &self,
        answer: &Response,
        id: PageId,
        mapping: &Mapping,
    ) -> Result<Page, RemoteError> {
        let page = match raw_page(answer) {
            Ok(raw) if raw.properties.is_some() => self.reader.observe(raw, mapping).await,
            Ok(_) | Err(_) => self.read_back(id, mapping).await,
        };
        page.map_err(|error| unclear(error, None))
    }

    pub(super) async fn read_back(
        &self,
        id: PageId,
        mapping: &Mapping,
    ) -> Result<Page, RemoteError> {
        match self.reader.page(id, mapping).await? {
            Lookup::Found(page) => Ok(page),
            Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => Err(missing(id)),
        }
    }
}

/// A write that was acknowledged and cannot be seen: recovery has to look.
pub(super) fn unclear(error: RemoteError, made: Option<PageId>) -> RemoteError {
    let what = format!("the write was taken, but the page could not be read: {error}");
    RemoteError::Unclear { side: Side::Notion, what, made: made.map(|id| id.0) }
}

/// A page that is not shown.
pub(super) fn missing(id: PageId) -> RemoteError {
    RemoteError::Missing { side: Side::Notion, what: format!("the page {id}") }
}

/// The error, with the page named where it is the page that is missing.
pub(super) fn named(id: PageId, error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Missing { .. } => missing(id),
        other => other,
    }
}

/// A page in the trash takes no edits.
pub(super) fn in_trash(id: PageId) -> RemoteError {
    RemoteError::Refused {
        side: Side::Notion,
        status: 400,
        code: PAGE_IN_TRASH.to_owned(),
        what: format!("the page {id} is in the trash"),
        fields: Vec::new(),
    }
}
