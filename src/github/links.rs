//! Addresses: paths built from names, and the links GitHub hands back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::model::{IssueNumber, RepoName, Side};
use crate::remote::RemoteError;

/// What may stand in a path segment as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One path segment. `None` for what no address can hold: an empty one would name the whole
/// collection, and dots are folded away by every URL library, however they are written.
pub(super) fn segment(name: &str) -> Option<String> {
    let is_addressable = !matches!(name, "" | "." | "..");
    is_addressable.then(|| utf8_percent_encode(name, SEGMENT).to_string())
}

/// `/repos/owner/name` and what follows.
pub(super) fn repo_path(repo: &RepoName, rest: &str) -> String {
    format!("/repos/{}/{}{rest}", repo.owner(), repo.name())
}

/// `/repos/owner/name/issues/12` and what follows.
pub(super) fn issue_path(repo: &RepoName, number: IssueNumber, rest: &str) -> String {
    repo_path(repo, &format!("/issues/{number}{rest}"))
}

/// The path and query of an address GitHub gave us, to be asked of the server we know.
///
/// Scheme and host are cut off: with them octocrab drops an App's token (github-api §10.5), and a
/// token must never follow a link to somebody else's server.
pub(super) fn local(api_url: &Url, link: &str) -> Result<String, RemoteError> {
    let nonsense = |what: String| RemoteError::Nonsense { side: Side::GitHub, what };
    let url = api_url
        .join(link)
        .map_err(|error| nonsense(format!("a link that is no address: {error}")))?;
    if url.host() != api_url.host() {
        let host = url.host_str().unwrap_or("no host");
        return Err(nonsense(format!("a link to another server ({host}), which is not followed")));
    }
    let path = url.path();
    Ok(match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// The target of one relation in a `Link` header (RFC 8288).
pub(super) fn relation<'a>(header: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let params = after.split_once('<').map_or(after, |(params, _)| params);
        let names_it = params.split([';', ',']).any(|param| {
            let value = param.trim().strip_prefix("rel=").unwrap_or_default();
            value
                .trim_matches('"')
                .split_ascii_whitespace()
                .any(|rel| rel.eq_ignore_ascii_case(wanted))
        });
        if names_it {
            return Some(target);
        }
        rest = after;
    }
    None
}

/// The repository id in a path like `/repositories/123/issues`, the form GitHub's own links have
/// (github-api §1.3).
pub(super) fn repository_id(path: &str) -> Option<u64> {
    let (_, after) = path.split_once("/repositories/")?;
    after.split(['/', '?']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn api(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn relations_are_found_whatever_stands_around_them() {
        let header = r#"<https://h/a?x=1,2;3>; rel="prev", <https://h/b?after=Y3%3D>; title="a, b"; rel=next, <https://h/c>; rel="last first""#;
        assert_eq!(relation(header, "prev"), Some("https://h/a?x=1,2;3"));
        assert_eq!(relation(header, "next"), Some("https://h/b?after=Y3%3D"));
        assert_eq!(relation(header, "first"), Some("https://h/c"));
        assert_eq!(relation(header, "up"), None);
        assert_eq!(relation("", "next"), None);
    }

    #[test]
    fn a_link_loses_its_server_and_keeps_its_query_to_the_letter() {
        let github = api("https://api.github.com");
        let link =
            "https://api.github.com/repositories/7/issues?after=Y3Vyc29yOnYy%3D%3D&per_page=100";
        let expected = "/repositories/7/issues?after=Y3Vyc29yOnYy%3D%3D&per_page=100";
        assert_eq!(local(&github, link).as_deref(), Ok(expected));
        assert_eq!(local(&github, expected).as_deref(), Ok(expected));
        let enterprise = api("https://ghe.example/api/v3");
        let link = "https://ghe.example/api/v3/repositories/7";
        assert_eq!(local(&enterprise, link).as_deref(), Ok("/api/v3/repositories/7"));
    }

    #[test]
    fn a_link_to_another_server_is_refused() {
        let github = api("https://api.github.com");
        for link in
            ["https://evil.example/x", "//evil.example/x", "https://api.github.com.evil.example/x"]
        {
            assert!(matches!(local(&github, link), Err(RemoteError::Nonsense { .. })), "{link}");
        }
    }

    #[test]
    fn names_no_address_can_hold_have_no_segment() {
        for name in ["", ".", ".."] {
            assert_eq!(segment(name), None);
        }
        assert_eq!(segment("a/b ?#%ü").as_deref(), Some("a%2Fb%20%3F%23%25%C3%BC"));
    }

    #[test]
    fn the_repository_id_is_read_from_githubs_own_paths_only() {
        assert_eq!(repository_id("/api/v3/repositories/42/issues/1?page=2"), Some(42));
        assert_eq!(repository_id("/repositories/42"), Some(42));
        assert_eq!(repository_id("/repos/acme/app/issues"), None);
        assert_eq!(repository_id("/repositories/x/issues"), None);
    }

    proptest! {
        #[test]
        fn no_header_and_no_link_is_too_odd(text in "\\PC{0,80}") {
            relation(&text, "next");
            let found = local(&api("https://api.github.com"), &text);
            if let Ok(path) = found {
                prop_assert!(path.starts_with('/'));
            }
        }

        #[test]
        fn a_segment_is_one_segment_and_comes_back(name in "\\PC{1,30}") {
            if let Some(segment) = segment(&name) {
                prop_assert!(!segment.contains(['/', '?', '#', ' ']));
                let back = percent_encoding::percent_decode_str(&segment).decode_utf8().unwrap();
                prop_assert_eq!(back, name);
            }
        }
    }
}
