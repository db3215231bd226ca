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
