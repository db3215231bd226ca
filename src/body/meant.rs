//! PutGet: whether Notion shows what was meant (DESIGN §3, Body).

use smol_str::SmolStr;

use super::dialect::Dialect;
use super::images;
use super::place::Place;
use super::reread::reread;
use super::tree::{Block, has_words, plain, words_in};
use crate::model::Side;

/// So many characters of a block are quoted.
const MAX_QUOTED: usize = 80;
/// So many new words are looked for among the letters that were sent (I14) ...
const MAX_FOREIGN: usize = 50;
/// ... and so many of so many letters that are not there were typed by somebody.
const MIN_FOREIGN: usize = 2;
const MIN_LETTERS: usize = 3;

/// Compares what Notion shows after a write with what was meant, both in Notion's markdown.
///
/// # Errors
/// The first difference, for people.
pub fn as_meant(meant: &str, shown: &str) -> Result<(), String> {
    if meant == shown {
        return Ok(());
    }
    let nowhere = Place::nowhere();
    let read = Dialect { side: Side::Notion, place: &nowhere }.read(meant);
    // An image that was uploaded on the way is shown by an address of Notion's own.
    let uploads = images::names_of([&read.blocks[..]]);
    let place = Place::nowhere().with_uploads(uploads);
    let dialect = Dialect { side: Side::Notion, place: &place };
    let shown = if place == nowhere {
        reread(dialect, shown, meant, &read).blocks()
    } else {
        dialect.read(shown).blocks
    };
    let meant = read.blocks;
    match first_difference(&meant, &shown) {
        None => Ok(()),
        Some((Some(meant), Some(shown))) if quoted(meant) == quoted(shown) => {
            Err(format!("“{}” is there, but not in the form that was meant", quoted(meant)))
        }
        Some((Some(meant), Some(shown))) => {
            Err(format!("“{}” was meant, and Notion shows “{}”", quoted(meant), quoted(shown)))
        }
        Some((Some(meant), None)) => {
            Err(format!("“{}” was meant, and is not there", quoted(meant)))
        }
        Some((None, Some(shown))) => {
            Err(format!("“{}” is there, and was not meant", quoted(shown)))
        }
        Some((None, None)) => Err("the form differs".to_owned()),
    }
}

/// Whether words are shown that nobody sent: then somebody typed them, whatever became of the blocks around. One is enough
/// where all that was meant is shown too; where it is not, some have to be beyond all spelling, because Notion may run words
/// together, part them, or write the letters of a script or an address otherwise. All three are Notion's texts; `before` is
/// what the page showed first.
pub(super) fn has_words_typed(before: &str, meant: &str, shown: &str) -> bool {
    let nowhere = Place::nowhere();
    let words_of =
        |text: &str| words_in(&Dialect { side: Side::Notion, place: &nowhere }.read(text).blocks);
    let (was, sent, words) = (words_of(before), words_of(meant), words_of(shown));
    let mut new = words.keys().filter(|word| !sent.contains_key(*word) && !was.contains_key(*word));
    if has_words(&words, &sent) {
        return new.next().is_some();
    }
    let letters = letters_of(before) + &letters_of(meant);
    let is_foreign = |word: &&SmolStr| {
        let is_plain = word.len() >= MIN_LETTERS && word.chars().all(|c| c.is_ascii_alphanumeric());
        is_plain
            && !letters.contains(&word.to_ascii_lowercase())
            && !shown.contains(&format!("%{word}"))
    };
    new.take(MAX_FOREIGN).filter(is_foreign).count() >= MIN_FOREIGN
}

fn letters_of(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// The first pair of blocks that differ, as deep as it can be told.
fn first_difference<'b>(
    meant: &'b [Block],
    shown: &'b [Block],
) -> Option<(Option<&'b Block>, Option<&'b Block>)> {
    let count = meant.len().max(shown.len());
    let (a, b) = (0..count).map(|i| (meant.get(i), shown.get(i))).find(|(a, b)| a != b)?;
    match (a, b) {
        (Some(left), Some(right)) if left.kind == right.kind && left.text == right.text => {
            first_difference(&left.children, &right.children).or(Some((a, b)))
        }
        (_, _) => Some((a, b)),
    }
}

fn quoted(block: &Block) -> String {
    let text = plain(&block.text).replace('\n', " ");
    let text =
        if text.is_empty() { block.children.first().map(quoted).unwrap_or_default() } else { text };
    if text.chars().count() <= MAX_QUOTED {
        return text;
    }
    let start: String = text.chars().take(MAX_QUOTED).collect();
    format!("{start}…")
}
