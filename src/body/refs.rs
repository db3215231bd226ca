//! What GitHub makes of plain text: references to issues, people and commits, and bare addresses.

use std::ops::Range;

use super::place::Place;

/// The zero-width space that keeps `@login` and `#12` from being references (I16).
pub(super) const DEFUSED: char = '\u{200b}';

/// Notion takes no longer address (notion-api §3).
const MAX_ADDRESS_BYTES: usize = 2_000;
const MAX_LOGIN_BYTES: usize = 39;
const MAX_NAME_BYTES: usize = 100;
const MAX_MAIL_BYTES: usize = 64;
const MAX_DOMAIN_BYTES: usize = 253;

/// Something GitHub makes a link of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where in the text.
    pub(super) at: Range<usize>,
    /// Where it leads.
    pub(super) link: String,
}

/// Finds references in running text, from left to right, none inside another.
pub(super) fn find(text: &str, place: &Place) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let hit = start_of(rest, before, place);
        match hit {
            Some(hit) if hit.len > 0 => {
                found.push(Found { at: at..at + hit.len, link: hit.link });
                at += hit.len;
            }
            Some(_) | None => at += skip(rest),
        }
    }
    found
}

/// How far the next place is where a reference might start.
fn skip(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let inside = chars.next().is_some_and(|(_, c)| is_word(c));
    chars.find(|(_, c)| !inside || !is_word(*c)).map_or(rest.len(), |(at, _)| at)
}

/// The beginning of a text: what is looked at from any one place is bounded, so that finding stays linear.
fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

struct Hit {
    len: usize,
    link: String,
}

fn hit(len: usize, link: String) -> Option<Hit> {
    Some(Hit { len, link })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn start_of(rest: &str, before: Option<char>, place: &Place) -> Option<Hit> {
    let at_word = before.is_none_or(|c| !is_word(c));
    if !at_word {
        return None;
    }
    let quoted = before == Some('`');
    address(rest)
        .or_else(|| mail(rest, before))
        .or_else(|| if quoted { None } else { person(rest, before, place) })
        .or_else(|| issue(rest, before, place))
        .or_else(|| commit(rest, before, place))
}

/// A bare address, with GFM's rules for where it ends.
fn address(rest: &str) -> Option<Hit> {
    let start = ["https://", "http://", "www."].into_iter().find(|start| {
        rest.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
    })?;
    if !rest[start.len()..].starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let near = head(rest, MAX_ADDRESS_BYTES);
    // GitHub takes a quotation mark for a part of it; where one stands, it nearly always closes an attribute of a tag.
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '"') || c.is_control();
    let end = near.find(ends);
    if end.is_none() && near.len() < rest.len() {
        return None;
    }
    let len = trim_address(&near[..end.unwrap_or(near.len())]);
    let text = &rest[..len];
    if len <= start.len() || (start == "www." && !text[start.len()..].contains('.')) {
        return None;
    }
    if start == "www." {
        return hit(len, format!("http://{text}"));
    }
    hit(len, text.to_owned())
}

/// Punctuation at the end belongs to the sentence, and so does a bracket that was opened before.
fn trim_address(whole: &str) -> usize {
    let mut text = whole;
    let (mut opened, mut closed) = (0usize, 0usize);
    for c in whole.chars() {
        opened += usize::from(c == '(');
        closed += usize::from(c == ')');
    }
    while let Some(last) = text.chars().next_back() {
        let entity = || {
            let body = text.strip_suffix(';').unwrap_or(text);
            let name = body.rsplit('&').next().unwrap_or_default();
            (name.len() < body.len() && name.chars().all(|c| c.is_ascii_alphanumeric()))
                .then(|| name.len() + 2)
        };
        let cut = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' => 1,
            ')' if closed > opened => {
                closed -= 1;
                1
            }
            ';' => entity().unwrap_or(1),
            _ => break,
        };
        text = &text[..text.len() - cut];
    }
    text.len()
}

fn mail(rest: &str, before: Option<char>) -> Option<Hit> {
    if before.is_some_and(|c| matches!(c, '.' | '-' | '+' | '/' | '@' | ':')) {
        return None;
    }
    let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let local = head(rest, MAX_MAIL_BYTES + 1).find(|c: char| !is_local(c))?;
    let domain = rest.get(local..)?.strip_prefix('@').filter(|_| local > 0)?;
    let domain = head(domain, MAX_DOMAIN_BYTES);
    let end = domain.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')));
    let domain = domain[..end.unwrap_or(domain.len())].trim_end_matches('.');
    let is_domain = domain.contains('.')
        && domain.starts_with(|c: char| c.is_ascii_alphanumeric())
        && domain.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !is_domain {
        return None;
    }
    let len = local + 1 + domain.len();
    hit(len, format!("mailto:{}", &rest[..len]))
}

fn login(text: &str) -> usize {
    let near = head(text, MAX_LOGIN_BYTES + 1);
    let end = near.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(near.len());
    let name = near[..end].trim_end_matches('-');
    if name.len() > MAX_LOGIN_BYTES || name.starts_with('-') { 0 } else { name.len() }
}

fn person(rest: &str, before: Option<char>, place: &Place) -> Option<Hit> {
    let name = rest.strip_prefix('@')?;
    if before.is_some_and(|c| matches!(c, '/' | '@' | '-' | '.')) {
        return None;
    }
    let len = login(name);
    let (who, tail) = name.split_at(len);
    if len == 0 || tail.starts_with('_') {
        return None;
    }
    if let Some(team) = tail.strip_prefix('/') {
        let is_team = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let near = head(team, MAX_NAME_BYTES);
        let end = near.find(|c: char| !is_team(c)).unwrap_or(near.len());
        if end > 0 {
            return hit(1 + len + 1 + end, place.team(who, &team[..end]));
        }
    }
    hit(1 + len, place.profile(who))
}

/// `#12`, `GH-12`, `owner/name#12`
fn issue(rest: &str, before: Option<char>, place: &Place) -> Option<Hit> {
    if before.is_some_and(|c| matches!(c, '/' | '#' | '&' | DEFUSED)) {
        return None;
    }
    let (repository, sign) = match repository(rest) {
        Some(len) if rest[len..].starts_with('#') => (Some(&rest[..len]), len + 1),
        Some(_) | None if rest.starts_with('#') => (None, 1),
        Some(_) | None if rest.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("gh-")) => {
            (None, 3)
        }
        Some(_) | None => return None,
    };
    let number = head(&rest[sign..], MAX_LOGIN_BYTES);
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let (number, tail) = number.split_at(end);
    if number.is_empty() || number.len() > 10 || tail.starts_with(is_word) {
        return None;
    }
    hit(sign + end, place.issue(repository, number))
}

/// The length of `owner/name` at the start.
fn repository(rest: &str) -> Option<usize> {
    let owner = login(rest);
    let name = rest.get(owner..)?.strip_prefix('/').filter(|_| owner > 0)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let near = head(name, MAX_NAME_BYTES + 1);
    let len = near.find(|c: char| !is_name(c)).unwrap_or(near.len());
    (len > 0).then_some(owner + 1 + len)
}

/// A commit's hash, 7 to 40 hex digits; a shorter one has to look like one.
fn commit(rest: &str, before: Option<char>, place: &Place) -> Option<Hit> {
    if before.is_some_and(|c| matches!(c, '/' | '-' | '.' | '#' | '@')) {
        return None;
    }
    let (repository, start) = match repository(rest) {
        Some(len) if rest[len..].starts_with('@') => (Some(&rest[..len]), len + 1),
        Some(_) | None => (None, 0),
    };
    let sha = head(&rest[start..], MAX_LOGIN_BYTES + 2);
    let is_hex = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    let end = sha.find(|c: char| !is_hex(c)).unwrap_or(sha.len());
    let (sha, tail) = sha.split_at(end);
    let looks = sha.len() == 40
        || (7..40).contains(&sha.len())
            && sha.contains(|c: char| c.is_ascii_digit())
            && sha.contains(|c: char| c.is_ascii_lowercase());
    if !looks || tail.starts_with(|c: char| is_word(c) || matches!(c, '-' | '/')) {
        return None;
    }
    hit(start + end, place.commit(repository, sha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place() -> Place {
        Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
    }

    fn links(text: &str) -> Vec<(String, String)> {
        let found = find(text, &place()).into_iter();
        found.map(|hit| (text[hit.at].to_owned(), hit.link)).collect()
    }

    fn pair(text: &str, link: &str) -> Vec<(String, String)> {
        vec![(text.to_owned(), link.to_owned())]
    }

    #[test]
    fn references_lead_where_github_leads() {
        let web = "https://github.com/acme/app";
        assert_eq!(links("see #12, please"), pair("#12", &format!("{web}/issues/12")));
        assert_eq!(links("(GH-7)"), pair("GH-7", &format!("{web}/issues/7")));
        assert_eq!(links("o/r.js#3"), pair("o/r.js#3", "https://github.com/o/r.js/issues/3"));
        assert_eq!(links("cc @octo-cat."), pair("@octo-cat", "https://github.com/octo-cat"));
        assert_eq!(links("@acme/web"), pair("@acme/web", "https://github.com/orgs/acme/teams/web"));
        assert_eq!(links("in 0a1b2c3"), pair("0a1b2c3", &format!("{web}/commit/0a1b2c3")));
        assert_eq!(links("mail me@x.org!"), pair("me@x.org", "mailto:me@x.org"));
    }

    #[test]
    fn what_only_looks_like_a_reference_is_none() {
        for text in [
            "a#12",
            "#12a",
            "##12",
            "#",
            "@",
            "@-x",
            "1234567",
            "deadbeef",
            "x@",
            "C#",
            ":foo bar:",
            "a:b:c",
        ] {
            assert_eq!(links(text), vec![], "{text}");
        }
        assert_eq!(links("@\u{200b}octocat and \u{200b}#12"), vec![]);
    }

    #[test]
    fn an_address_ends_before_the_sentence_does() {
        for (text, address) in [
            ("see https://x.org/a_(b).", "https://x.org/a_(b)"),
            ("(https://x.org/a)", "https://x.org/a"),
            ("https://x.org/?a=1&b=2, and", "https://x.org/?a=1&b=2"),
            ("<page url=\"https://x.org/a\">b", "https://x.org/a"),
        ] {
            assert_eq!(links(text), pair(address, address), "{text}");
        }
        assert_eq!(links("www.x.org"), pair("www.x.org", "http://www.x.org"));
        assert_eq!(links("https://"), vec![]);
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd(text in "[a-f0-9@#:/._()<>;& \u{200b}é🎉-]{0,60}") {
            let mut end = 0;
            for hit in find(&text, &place()) {
                prop_assert!(hit.at.start >= end && text.get(hit.at.clone()).is_some());
                end = hit.at.end;
            }
        }
    }
}
