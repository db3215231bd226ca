//! How long a body may be.

use crate::model::Side;

/// So many characters a body may have on GitHub (github-api §1.6), with room for the marker.
pub const GITHUB_LIMIT: usize = 65_536 - 128;
/// So many bytes of markdown are sent to Notion in one request, of 500 KB that it may have (notion-api §3).
const NOTION_LIMIT_BYTES: usize = 450_000;

/// Whether a side takes a text of that length; else the reason, for people.
pub(super) fn fits(side: Side, text: &str) -> Result<(), String> {
    match side {
        Side::GitHub => {
            let count = text.chars().count();
            if count <= GITHUB_LIMIT {
                return Ok(());
            }
            Err(format!(
                "the body has {count} characters on GitHub, which takes {GITHUB_LIMIT} at most when tandem writes it; shorten it, or move a part into a comment or a page of its own"
            ))
        }
        Side::Notion if text.len() <= NOTION_LIMIT_BYTES => Ok(()),
        Side::Notion => Err(format!(
            "the body takes {} bytes in Notion's markdown, and {NOTION_LIMIT_BYTES} are the most that is sent; shorten it",
            text.len()
        )),
    }
}
