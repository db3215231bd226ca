//! Bodies never reach an error or a log (I17), and a server's words about a request may quote what was sent.

use super::{RemoteError, Verdict};

/// So many characters of a body in a row are a quotation and no coincidence.
const QUOTATION_CHARS: usize = 12;
/// Stands where something was cut.
const CUT: &str = "…";
const QUOTES: [(char, char); 5] = [('"', '"'), ('`', '`'), ('\'', '\''), ('“', '”'), ('«', '»')];

/// The verdict without what it quotes of these texts.
pub(super) fn heard_without(verdict: Verdict, bodies: impl Fn() -> Vec<String>) -> Verdict {
    if verdict == Verdict::Answer {
        return verdict;
    }
    let bodies = bodies();
    if bodies.is_empty() {
        return verdict;
    }
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    match verdict {
        Verdict::Answer => Verdict::Answer,
        Verdict::Limited { wait, why } => Verdict::Limited { wait, why: unquoted(&why, &bodies) },
        Verdict::Failed { what } => Verdict::Failed { what: unquoted(&what, &bodies) },
        Verdict::Error(error) => Verdict::Error(without_bodies(error, &bodies)),
    }
}

/// The error without what it quotes of these texts.
pub(crate) fn without_bodies(mut error: RemoteError, bodies: &[&str]) -> RemoteError {
    match &mut error {
        RemoteError::Refused { what, code, fields, .. } => {
            *what = unquoted(what, bodies);
            // The names of codes and fields are keys; what is none was put there by somebody else.
            fields.retain(|field| is_key(field));
            if !is_key(code) {
                code.clear();
            }
        }
        RemoteError::Unclear { what, .. }
        | RemoteError::Transient { what, .. }
        | RemoteError::Limited { what, .. }
        | RemoteError::Missing { what, .. }
        | RemoteError::Gone { what }
        | RemoteError::Moved { what, .. }
        | RemoteError::Nonsense { what, .. } => *what = unquoted(what, bodies),
        // About the token and what it may do: words of ours, which quote the names of capabilities, and the server's.
        RemoteError::Auth { what, .. } => *what = without_pieces(what, bodies),
    }
    error
}

/// The words without what they quote of these texts.
pub(crate) fn unquoted(words: &str, bodies: &[&str]) -> String {
    // Words come with their white space folded, so the texts have to be folded as well.
    let folded_bodies: Vec<String> = bodies.iter().map(|body| folded(body)).collect();
    let holds = |piece: &str| folded_bodies.iter().any(|body| body.contains(piece));
    without_pieces(&without_quotes(&folded(words), holds), bodies)
}

/// The words without what of them stands in these texts, whole or in part; quotation marks mean nothing.
fn without_pieces(words: &str, bodies: &[&str]) -> String {
    let bodies: Vec<String> = bodies.iter().map(|body| folded(body)).collect();
    let mut words = folded(words);
    for body in bodies.iter().filter(|body| !body.is_empty()) {
        words = without_whole(&words, body);
    }
    without_runs(&words, |piece| bodies.iter().any(|body| body.contains(piece)))
}

/// Cuts a text that stands whole among the words, however short it is.
fn without_whole(words: &str, text: &str) -> String {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut kept = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once(text) {
        kept.push_str(before);
        let is_part = is_inside(before.chars().next_back()) || is_inside(after.chars().next());
        kept.push_str(if is_part { text } else { CUT });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts what stands in quotation marks, but for names of keys that no body holds.
fn without_quotes(words: &str, holds: impl Fn(&str) -> bool) -> String {
    let mut kept = String::with_capacity(words.len());
    let mut rest = words;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (_, after) = rest.split_at(first.len_utf8());
        let close = QUOTES.iter().find(|(open, _)| *open == first).map(|(_, close)| *close);
        let Some(close) = close.filter(|_| !before.is_alphanumeric()) else {
            kept.push(first);
            (before, rest) = (first, after);
            continue;
        };
        let (quoted, remaining) = split_at_close(after, close);
        kept.push(first);
        kept.push_str(if is_key(quoted) && !holds(quoted) { quoted } else { CUT });
        kept.push(close);
        (before, rest) = (close, remaining);
    }
    kept
}

/// What is quoted, and what follows. A quotation that was cut short goes to the end.
fn split_at_close(text: &str, close: char) -> (&str, &str) {
    let ends_here = |at: usize| {
        let next = text.get(at + close.len_utf8()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|next| !next.is_alphanumeric())
    };
    let end = text.match_indices(close).map(|(at, _)| at).find(|at| ends_here(*at));
    match end.and_then(|end| Some((text.get(..end)?, text.get(end + close.len_utf8()..)?))) {
        Some(split) => split,
        None => (text, ""),
    }
}

/// Whether it looks like a key or a number of the API, as in `body.content_updates[0].old_str`.
fn is_key(quoted: &str) -> bool {
    quoted.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c))
}

/// Cuts every stretch that stands in a body as well.
fn without_runs(words: &str, holds: impl Fn(&str) -> bool) -> String {
    let bounds: Vec<usize> = words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
    let piece = |from: usize, to: usize| {
        let (from, to) = (bounds.get(from)?, bounds.get(to)?);
        words.get(*from..*to).filter(|piece| holds(piece))
    };
    let mut kept = String::with_capacity(words.len());
    let mut at = 0;
    while at + 1 < bounds.len() {
        let mut end = at + QUOTATION_CHARS;
        if piece(at, end).is_some() {
            while piece(at, end + 1).is_some() {
                end += 1;
            }
            kept.push_str(CUT);
            at = end;
        } else {
            let next = bounds.get(at).zip(bounds.get(at + 1));
            kept.push_str(next.and_then(|(from, to)| words.get(*from..*to)).unwrap_or_default());
            at += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_notion_quotes_is_cut_and_what_it_says_stays() {
        let body = "My password is hunter2.\n\nSecond paragraph of *mine*.";
        for (said, told) in [
            (
                "No match found for old_str \"hunter2\" in the page.",
                "No match found for old_str \"…\" in the page.",
            ),
            (
                "old_str `password is hunter2. Second` can't be found, isn't it",
                "old_str `…` can't be found, isn't it",
            ),
            (
                "Could not find: My password is hunter2. Second paragraph (2 places)",
                "Could not find: …(2 places)",
            ),
            (
                "body.content_updates[0].old_str should be defined, instead was `undefined`.",
                "body.content_updates[0].old_str should be defined, instead was `undefined`.",
            ),
            ("it was cut off: \"My pass", "it was cut off: \"…\""),
            ("", ""),
        ] {
            assert_eq!(unquoted(said, &["", body]), told);
        }
    }

    #[test]
    fn a_text_that_stands_there_whole_is_cut_however_short_it_is() {
        let told = unquoted("no place says ab, in about: ab", &["ab", "", "\n"]);
        assert_eq!(told, "no place says …, in about: …");
    }

    proptest! {
        #[test]
        fn no_stretch_of_a_body_gets_through(body in "[a-zé🦀 \\n\"`'.]{12,80}", from in 0_usize..60, len in 12_usize..40) {
            let folded = super::folded(&body);
            let from = from % folded.chars().count().saturating_sub(len).max(1);
            let quoted: String = folded.chars().skip(from).take(len).collect();
            prop_assume!(quoted.chars().count() >= QUOTATION_CHARS);
            let told = unquoted(&format!("refused: {quoted} (see there)"), &[&body]);
            prop_assert!(!told.contains(&quoted), "{told}");
        }
    }
}
