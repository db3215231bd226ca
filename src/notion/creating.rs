//! Making a page, body and all, in one request; what Notion will not take of it does not keep the page out.

use std::collections::BTreeMap;

use http::Method;
use serde_json::json;

use super::NOT_WRITTEN_YET;
use super::content::MARKDOWN_VERSION;
use super::dialect::is_refused_value;
use super::draft::{Part, not_as_meant, properties};
use super::edit::why_refused;
use super::observe::raw_page;
use super::schema::DataSource;
use super::sift::sift;
use super::task::{awaited, is_large};
use super::writer::{Writer, unclear};
use crate::model::{Field, Mapping, Page, PageId, Side, Value};
use crate::remote::{Kind, Refusal, RemoteError, Written, without_bodies};

impl Writer {
    /// Makes a page with these values, a body (in Notion's markdown) among them or not. A value that Notion will not take
    /// is left out and reported, so that it does not keep the page out; only the anchor cannot be left out (DESIGN §3,
    /// Creates). The answer shows no body: whether the page shows what was meant is seen when it is read.
    pub async fn create(
        &self,
        source: &DataSource,
        mapping: &Mapping,
        values: &BTreeMap<Field, Value>,
    ) -> Result<Written<Page>, RemoteError> {
        let body = body_of(values);
        let mut values = values.clone();
        values.remove(&Field::Body);
        let mut draft = self.draft(source, mapping, &values, Some(&[])).await?;
        let refused = std::mem::take(&mut draft.refused);
        if let Some(refusal) = refused.iter().find(|refusal| refusal.field == Field::Url) {
            return Err(refused_whole(refusal));
        }
        // Without a title in the request, Notion would make the body's first heading the title (notion-api §6.2).
        let has_title = draft.parts.iter().any(|part| part.field == Field::Title);
        let making = Making { writer: self, source, mapping, body: body.filter(|_| has_title) };
        let mut written = making.make(draft.parts, refused).await?;
        if let Some(body) = body.filter(|_| !has_title) {
            written.refused.extend(making.add_body(written.observed.id, body).await);
        }
        Ok(written)
    }
}

/// The body to make the page with; an empty one is none.
fn body_of(values: &BTreeMap<Field, Value>) -> Option<&str> {
    match values.get(&Field::Body) {
        Some(Value::Body(body)) if !body.is_blank() => Some(&body.0),
        Some(
            Value::Body(_)
            | Value::Text(_)
            | Value::Number(_)
            | Value::State(_)
            | Value::Names(_)
            | Value::Name(_)
            | Value::Time(_),
        )
        | None => None,
    }
}

/// A page on its way.
struct Making<'a> {
    writer: &'a Writer,
    source: &'a DataSource,
    mapping: &'a Mapping,
    body: Option<&'a str>,
}

impl Making<'_> {
    /// Everything in one request; after a definite refusal, which made nothing, a smaller one: without the body first,
    /// then with what nearly never is refused, so that one bad value costs only itself.
    async fn make(
        &self,
        parts: Vec<Part>,
        mut refused: Vec<Refusal>,
    ) -> Result<Written<Page>, RemoteError> {
        let mut error = match self.post(&parts, self.body).await {
            Ok(made) => return Ok(seen(made, &parts, refused)),
            Err(error) if is_refused_value(&error) => error,
            Err(error) => return Err(error),
        };
        if self.body.is_some() {
            error = match self.post(&parts, None).await {
                Ok(made) => {
                    refused.push(body_refused(why_refused(&error)));
                    return Ok(seen(made, &parts, refused));
                }
                Err(error) if is_refused_value(&error) => error,
                Err(error) => return Err(error),
            };
        }
        let (core, rest): (Vec<Part>, Vec<Part>) =
            parts.into_iter().partition(|part| is_core(part.field));
        if core.is_empty() || rest.is_empty() {
            return Err(error);
        }
        let made = seen(self.post(&core, None).await?, &core, refused);
        let mut written = self.complete(made, rest).await;
        if let Some(body) = self.body {
            written.refused.extend(self.add_body(written.observed.id, body).await);
        }
        Ok(written)
    }

    async fn post(&self, parts: &[Part], body: Option<&str>) -> Result<Page, RemoteError> {
        let Making { writer, source, mapping, .. } = self;
        let wire = &writer.reader.wire;
        let parent = json!({"type": "data_source_id", "data_source_id": source.id});
        let mut page = json!({"parent": parent, "properties": properties(parts)});
        if let Some(body) = body {
            page["markdown"] = body.into();
            page["markdown_version"] = MARKDOWN_VERSION.into();
            if is_large([body]) {
                page["allow_async"] = true.into();
            }
        }
        let request = wire.request(Method::POST, "pages", Some(&page))?;
        let answer = match writer.channel.create(request).await {
            Ok(answer) => awaited(wire, Kind::Create, answer).await,
            Err(error) => Err(error),
        };
        let made = match answer {
            Ok(answer) => match raw_page(&answer) {
                Ok(raw) => {
                    let id = PageId(raw.id);
                    if raw.properties.is_some() {
                        let seen = writer.reader.observe(raw, mapping).await;
                        return seen.map_err(|error| unclear(error, Some(id)));
                    }
                    id
                }
                Err(error) => return Err(unclear(error, None)),
            },
            // The page is there; only the answer took too long (notion-api §2).
            Err(RemoteError::Unclear { made: Some(id), .. }) => PageId(id),
            Err(error) if body.is_some() => return Err(without_bodies(error, body.as_slice())),
            Err(error) => return Err(error),
        };
        writer.read_back(made, mapping).await.map_err(|error| unclear(error, Some(made)))
    }

    /// Writes the rest of the values to the page that was made with the first of them.
    async fn complete(&self, made: Written<Page>, rest: Vec<Part>) -> Written<Page> {
        let Making { writer, source, mapping, .. } = self;
        let Written { observed: made, mut refused } = made;
        let fields: Vec<Field> = rest.iter().map(|part| part.field).collect();
        let written = match writer.patch(made.id, mapping, &rest).await {
            Ok(observed) => Ok((observed, rest, Vec::new())),
            Err(error) if is_refused_value(&error) => {
                let sifted = sift(writer, made.id, source, mapping, rest, error).await;
                sifted.map(|sifted| (sifted.observed, sifted.sent, sifted.refused))
            }
            Err(error) => Err(error),
        };
        match written {
            Ok((observed, sent, more)) => {
                refused.extend(more);
                seen(observed, &sent, refused)
            }
            // The page exists, and whoever asked has to know it more than anything else.
            Err(error) => {
                refused.extend(
                    fields.into_iter().map(|field| Refusal {
                        field,
                        reason: format!("{NOT_WRITTEN_YET}{error}"),
                    }),
                );
                Written { observed: made, refused }
            }
        }
    }

    /// Gives the page its body by a request of its own.
    async fn add_body(&self, page: PageId, body: &str) -> Option<Refusal> {
        match self.writer.write_body(page, "", body).await {
            Ok(written) => written.refused.map(body_refused),
            Err(error) => Some(body_refused(format!("{NOT_WRITTEN_YET}{error}"))),
        }
    }
}

fn seen(observed: Page, sent: &[Part], mut refused: Vec<Refusal>) -> Written<Page> {
    refused.extend(not_as_meant(&observed, sent));
    Written { observed, refused }
}

fn body_refused(reason: String) -> Refusal {
    Refusal { field: Field::Body, reason }
}

/// The fields that a page is made with when Notion refuses it with all of them.
fn is_core(field: Field) -> bool {
    matches!(field, Field::Url | Field::Number | Field::Title)
}

fn refused_whole(refusal: &Refusal) -> RemoteError {
    RemoteError::Refused {
        side: Side::Notion,
        status: 400,
        code: "anchor_refused".to_owned(),
        what: format!("a page cannot be made without its anchor: {}", refusal.reason),
        fields: vec![refusal.field.as_str().to_owned()],
    }
}
