//! The body of an issue, and the marker, which is no part of it (DESIGN §3, Creates and Body). Pure.

use crate::sabotage::{Bug, planted};
use uuid::Uuid;

const MARKER_START: &str = "<!-- tandem:";
const MARKER_END: &str = " -->";

/// GitHub counts the marker in (github-api §11).
const MAX_CHARS: usize = 65_536;
/// Room for the marker and the blank line before it.
const MARKER_CHARS: usize = 64;

/// The line that ties an issue to its page before the database knows of it.
pub(super) fn marker_line(marker: Uuid) -> String {
    format!("{MARKER_START}{}{MARKER_END}", marker.hyphenated())
}

/// A body as GitHub has it: the text, and the marker on its last line. Elsewhere a marker is text: people quote and
/// copy bodies.
pub(super) fn split(body: &str) -> (&str, Option<Uuid>) {
    let shown = body.trim_end();
    let last = shown.rsplit(['\n', '\r']).next().unwrap_or_default();
    let marker = last.trim().strip_prefix(MARKER_START).and_then(|it| it.strip_suffix(MARKER_END));
    let Some(marker) = marker.and_then(|uuid| Uuid::try_parse(uuid.trim()).ok()) else {
        return (body, None);
    };
    let before = shown.strip_suffix(last).unwrap_or_default();
    (without_line_end(without_line_end(before)), Some(marker))
}

/// The body that holds this text, and the marker as its last line. Where somebody moved that very marker, it comes back.
pub(super) fn join(text: &str, marker: Option<Uuid>) -> String {
    if planted(Bug::NotDefused) && text.contains('\u{200b}') {
        return join(&text.replace('\u{200b}', ""), marker);
    }
    let Some(marker) = marker else { return text.to_owned() };
    let line = marker_line(marker);
    let text: String = text.split_inclusive('\n').filter(|it| it.trim() != line).collect();
    if text.is_empty() {
        return line;
    }
    let line_end = if text.contains('\r') { "\r\n" } else { "\n" };
    format!("{text}{line_end}{line_end}{line}")
}

/// Why GitHub would not take a body with that text.
pub(super) fn too_long(text: &str) -> Option<String> {
    let chars = text.chars().count();
    (chars > MAX_CHARS - MARKER_CHARS).then(|| {
        format!("the body has {chars} characters, and GitHub takes {MAX_CHARS}: shorten the page")
    })
}

/// Whether GitHub shows the text it was given with that marker: line ends and what is blank at the end are its own.
pub(super) fn is_as_sent(sent: &str, marker: Option<Uuid>, shown: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    sent == shown || plain(split(&join(sent, marker)).0) == plain(shown)
}

fn without_line_end(text: &str) -> &str {
    let rest = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
    rest.or_else(|| text.strip_suffix('\r')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UUID: &str = "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11";

    fn uuid() -> Uuid {
        Uuid::try_parse(UUID).unwrap()
    }

    #[test]
    fn a_marker_counts_on_the_last_line_only() {
        let line = format!("<!-- tandem:{UUID} -->");
        assert_eq!(marker_line(uuid()), line);
        for (body, text) in [
            (line.clone(), ""),
            (format!("text\r\n\r\n{line}\r\n"), "text"),
            (format!("a\rb\n {line}  \n\n"), "a\rb"),
            (format!("a\n\n\n{line}"), "a\n"),
        ] {
            assert_eq!(split(&body), (text, Some(uuid())), "{body:?}");
        }
        for body in [
            String::new(),
            format!("{line}\nmore"),
            format!("> {line}"),
            format!("text {line}"),
            "<!-- tandem:no-uuid -->".to_owned(),
            format!("<!-- tandem:{UUID}"),
        ] {
            assert_eq!(split(&body), (body.as_str(), None), "{body:?}");
        }
    }

    #[test]
    fn a_marker_that_somebody_moved_comes_back_to_the_end_and_a_strange_one_stays() {
        let ours = marker_line(uuid());
        let strange = marker_line(Uuid::from_u128(7));
        let moved = format!("{ours}\r\nfirst\r\n{strange}\r\nlast");
        let joined = join(&moved, Some(uuid()));
        assert_eq!(joined, format!("first\r\n{strange}\r\nlast\r\n\r\n{ours}"));
    }

    #[test]
    fn a_body_that_leaves_no_room_for_the_marker_is_too_long() {
        assert_eq!(too_long(&"ü".repeat(MAX_CHARS - MARKER_CHARS)), None);
        assert!(too_long(&"x".repeat(MAX_CHARS - MARKER_CHARS + 1)).is_some());
        assert!(join("a", Some(uuid())).chars().count() - 1 <= MARKER_CHARS);
        assert!(join("\r", Some(uuid())).chars().count() - 1 <= MARKER_CHARS);
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd_for_the_marker(body in "(\\PC|\r|\n|<!-- tandem:){0,60}") {
            split(&body);
        }

        #[test]
        fn the_text_is_the_same_with_and_without_a_marker(text in "(\\PC| |\r|\n|\r\n){0,40}") {
            let body = join(&text, Some(uuid()));
            prop_assert_eq!(split(&body), (text.as_str(), Some(uuid())));
        }
    }
}
