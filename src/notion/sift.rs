//! Finding the value for which Notion refused a whole request, by halving: a 400 changed nothing.

use super::dialect::is_refused_value;
use super::draft::{Draft, Part, draft, kept};
use super::schema::DataSource;
use super::writer::{Writer, in_trash, missing};
use crate::model::{Mapping, Page, PageId};
use crate::remote::{Lookup, Refusal, RemoteError};

/// What came of it.
pub(super) struct Sifted {
    pub observed: Page,
    pub sent: Vec<Part>,
    pub refused: Vec<Refusal>,
}

/// Sends the parts again without those that are refused. At most `2 n` requests for `n` parts, and two reads before:
/// the page, which may be in the trash, and the schema, which may have changed.
pub(super) async fn sift(
    writer: &Writer,
    id: PageId,
    source: &DataSource,
    mapping: &Mapping,
    parts: Vec<Part>,
    error: RemoteError,
) -> Result<Sifted, RemoteError> {
    let now = match writer.reader.page(id, mapping).await? {
        Lookup::Found(page) if page.in_trash => return Err(in_trash(id)),
        Lookup::Found(page) => page,
        Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => return Err(missing(id)),
    };
    let mut sifted = Sifted { observed: now, sent: Vec::new(), refused: Vec::new() };
    let mut waiting = Vec::new();
    match renewed(writer, source, mapping, &parts, &sifted.observed).await? {
        Some(again) => {
            sifted.refused.extend(again.refused);
            waiting.extend(Some(again.parts).filter(|parts| !parts.is_empty()));
        }
        None => split(parts, &error, &mut waiting, &mut sifted.refused),
    }
    while let Some(group) = waiting.pop() {
        match writer.patch(id, mapping, &group).await {
            Ok(page) => {
                sifted.observed = page;
                sifted.sent.extend(group);
            }
            Err(error) if is_refused_value(&error) => {
                split(group, &error, &mut waiting, &mut sifted.refused)
            }
            // Something was written already, so this may not be called a failure without effect (I4).
            Err(RemoteError::Transient { side, what }) if !sifted.sent.is_empty() => {
                return Err(RemoteError::Unclear { side, what, made: None });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(sifted)
}

/// The same request under the present schema and with the present people, when that makes a difference.
async fn renewed(
    writer: &Writer,
    source: &DataSource,
    mapping: &Mapping,
    parts: &[Part],
    now: &Page,
) -> Result<Option<Draft>, RemoteError> {
    let newer = writer.reader.source(source.id).await?;
    let values = parts.iter().map(|part| (part.field, part.value.clone())).collect();
    let again = draft(&newer, mapping, &values, kept(now));
    if again.parts == parts {
        return Ok(None);
    }
    writer.reader.doubt(Some(source.id));
    Ok(Some(again))
}

/// Two halves wait to be sent again; a single part is the culprit.
fn split(
    mut parts: Vec<Part>,
    error: &RemoteError,
    waiting: &mut Vec<Vec<Part>>,
    refused: &mut Vec<Refusal>,
) {
    let rest = parts.split_off(parts.len() / 2);
    if parts.is_empty() {
        refused.extend(rest.iter().map(|part| part.refusal(error)));
    } else {
        waiting.extend([rest, parts]);
    }
}
