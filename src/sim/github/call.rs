//! One request, with everything about it that endpoints ask for.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, header};

use super::errors::Refusal;
use super::state::{State, Token};

/// The two published API versions (github-api §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Still with the singular `assignee`.
    V2022,
    /// Without it.
    V2026,
}

impl Version {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Version::V2022 => "2022-11-28",
            Version::V2026 => "2026-03-10",
        }
    }

    /// A missing header means the old version; what an unknown one does is a switch.
    pub(super) fn read(state: &State, request: &Request<Bytes>) -> Result<Version, Refusal> {
        let mut sent = request.headers().get_all("x-github-api-version").iter();
        let (first, more) = (sent.next(), sent.next());
        match (first.map(|value| value.as_bytes()), more) {
            (None | Some(b"2022-11-28"), None) => Ok(Version::V2022),
            (Some(b"2026-03-10"), None) => Ok(Version::V2026),
            (Some(_) | None, _) if state.options.refuses_unknown_version => {
                let sent: Vec<_> =
                    request.headers().get_all("x-github-api-version").iter().collect();
                Err(Refusal::new(400, format!("Version {sent:?} is not a valid API version.")))
            }
            (Some(_) | None, _) => Ok(Version::V2022),
        }
    }
}

/// One request.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) method: &'a Method,
    /// `scheme://host` plus the base path; every `url` in an answer begins with it.
    pub(super) base: String,
    /// The path after the base path, as sent.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: &'a Bytes,
    pub(super) login: String,
    pub(super) may_write: bool,
    pub(super) version: Version,
}

impl<'a> Call<'a> {
    /// Knows who asks and in which version; `base` and `path` come from [`address`].
    pub(super) fn read(
        state: &State,
        now: DateTime<Utc>,
        request: &'a Request<Bytes>,
        base: String,
        path: String,
    ) -> Result<Call<'a>, Refusal> {
        let token = authenticate(state, request)?;
        let query = request.uri().query().unwrap_or_default();
        Ok(Call {
            now,
            method: request.method(),
            base,
            path,
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            body: request.body(),
            login: token.login.clone(),
            may_write: token.may_write,
            version: Version::read(state, request)?,
        })
    }

    /// The last value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses any parameter that the endpoint does not have.
    pub(super) fn only(&self, strict: bool, known: &[&str]) -> Result<(), Refusal> {
        match self.query.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((unknown, _)) if strict => Err(Refusal::unknown_property(unknown)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Where the client found us (with the base path), and the path behind it; `None` when the base path is missing.
pub(super) fn address(state: &State, request: &Request<Bytes>) -> (String, Option<String>) {
    let uri = request.uri();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = match (uri.scheme_str(), uri.authority(), host) {
        (Some(scheme), Some(authority), _) => format!("{scheme}://{authority}"),
        (_, _, Some(host)) => format!("http://{host}"),
        (_, _, None) => "https://api.github.com".to_owned(),
    };
    let base_path = state.options.base_path.as_str();
    // GraphQL is beside REST, not below it (§9).
    let graph = format!("{}/graphql", base_path.trim_end_matches("/v3"));
    let path = if uri.path() == graph {
        Some("/graphql".to_owned())
    } else {
        uri.path()
            .strip_prefix(base_path)
            .filter(|rest| rest.starts_with('/') && (base_path.is_empty() || *rest != "/graphql"))
            .map(ToOwned::to_owned)
    };
    (format!("{origin}{base_path}"), path)
}

/// The token as sent, whatever it is worth.
pub(super) fn sent_token(request: &Request<Bytes>) -> Option<&str> {
    let sent = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = sent.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token"))
        .then(|| token.trim())
}

fn authenticate<'a>(state: &'a State, request: &Request<Bytes>) -> Result<&'a Token, Refusal> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Refusal::new(401, "Requires authentication"));
    }
    sent_token(request)
        .and_then(|token| state.tokens.get(token))
        .ok_or_else(|| Refusal::new(401, "Bad credentials"))
}
