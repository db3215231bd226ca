//! title and rich_text: a list of pieces, each of at most 2,000 UTF-16 units (notion-api §3).

use serde_json::{Value as Json, json};

use super::super::shapes::RichText;
use super::MAX_ITEMS;

/// Longest piece, in UTF-16 units.
const MAX_UNITS: usize = 2_000;
/// Answers cut mentions and people at this many (notion-api §3, read truncation).
pub(in super::super) const SHOWN_AT_MOST: usize = 25;

/// The text that the pieces show.
pub(in super::super) fn plain(items: &[RichText]) -> String {
    items
        .iter()
        .filter_map(|item| {
            let sent = item.text.as_ref().map(|text| text.content.as_str());
            item.plain_text.as_deref().or(sent)
        })
        .collect()
}

/// Whether every piece shows its text. One in a form nobody knows is not an empty one.
pub(super) fn is_whole(items: &[RichText]) -> bool {
    items.iter().all(|item| item.plain_text.is_some() || item.text.is_some())
}

/// Whether a piece counts towards the cut at 25.
pub(in super::super) fn is_mention(item: &RichText) -> bool {
    item.kind == "mention"
}

/// NUL goes (data-hazards 5): no JSON layer behind the API promises to take it.
pub(super) fn encode(text: &str) -> Result<Json, String> {
    let text = text.replace('\0', "");
    let pieces = pieces(&text);
    if pieces.len() > MAX_ITEMS {
        return Err(format!(
            "a text of more than {} characters does not fit into a Notion property; shorten it",
            MAX_ITEMS * MAX_UNITS
        ));
    }
    Ok(pieces
        .into_iter()
        .map(|piece| json!({"type": "text", "text": {"content": piece}}))
        .collect())
}

/// Cuts between characters, never inside a surrogate pair.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut units) = (0, 0);
    for (at, c) in text.char_indices() {
        if units + c.len_utf16() > MAX_UNITS {
            pieces.extend(text.get(start..at));
            (start, units) = (at, 0);
        }
        units += c.len_utf16();
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::utf16_len;
    use proptest::prelude::*;

    fn back(json: Json) -> String {
        plain(&serde_json::from_value::<Vec<RichText>>(json).unwrap())
    }

    #[test]
    fn a_title_over_2000_utf16_units_is_cut_between_characters_and_comes_back_whole() {
        let text = format!("x{}", "🦀".repeat(1_500));
        let json = encode(&text).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 2);
        assert_eq!(back(json), text);
    }

    #[test]
    fn a_text_beyond_100_pieces_is_refused_with_the_limit() {
        assert!(encode(&"x".repeat(200_000)).is_ok());
        assert!(encode(&"x".repeat(200_001)).unwrap_err().contains("200000"));
    }

    #[test]
    fn no_text_is_an_empty_list() {
        assert_eq!(encode("").unwrap(), json!([]));
    }

    #[test]
    fn line_breaks_emoji_and_right_to_left_text_survive_and_nul_goes() {
        let text = "a\nb 👩‍👩‍👧 שלום \u{202e}x\u{0}y";
        assert_eq!(back(encode(text).unwrap()), text.replace('\0', ""));
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_text(text in "([^\u{0}]|🦀){0,5000}") {
            let json = encode(&text).unwrap();
            for item in json.as_array().unwrap() {
                let units = utf16_len(item["text"]["content"].as_str().unwrap());
                prop_assert!((1..=MAX_UNITS).contains(&units));
            }
            prop_assert_eq!(back(json), text);
        }
    }
}
