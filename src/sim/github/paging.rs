//! Pages and their `Link` header (github-api §1.3).

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde_json::Value;

use super::call::Call;
use super::errors::{Refusal, answer_json};
use super::options::Options;
use super::state::RepoId;

/// Which page of a list was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    /// Nonsense means the default; more than 100 is clamped or refused.
    pub(super) fn read(options: &Options, call: &Call<'_>) -> Result<Page, Refusal> {
        let read = |name: &str| {
            call.parameter(name).and_then(|text| text.parse::<usize>().ok()).filter(|n| *n > 0)
        };
        let size = read("per_page").unwrap_or(30);
        if size > 100 && options.refuses_large_pages {
            return Err(Refusal::invalid("Issue", "per_page", "invalid"));
        }
        let page = Page { number: read("page").unwrap_or(1), size: size.min(100) };
        if page.number.saturating_mul(page.size) >= options.max_numbered_rows && page.number > 1 {
            let message = "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)";
            return Err(Refusal::new(422, message));
        }
        Ok(page)
    }

    /// How many rows come before it.
    pub(super) fn start(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }
}

/// One page of rows that are all at hand, linked by page numbers. `rest` is the path behind the repository.
pub(super) fn numbered<T>(
    options: &Options,
    call: &Call<'_>,
    repo: RepoId,
    rest: &str,
    rows: &[T],
    write: impl Fn(&T) -> Value,
) -> Result<Response<Bytes>, Refusal> {
    let page = Page::read(options, call)?;
    let body: Vec<Value> = rows.iter().skip(page.start()).take(page.size).map(write).collect();
    let last = rows.len().div_ceil(page.size).max(1);
    Ok(with_links(
        answer_json(200, &Value::Array(body)),
        &numbered_links(call, repo, rest, page, last),
    ))
}

/// `prev`, `next`, `last` and `first`, in the recorded order.
pub(super) fn numbered_links(
    call: &Call<'_>,
    repo: RepoId,
    rest: &str,
    page: Page,
    last: usize,
) -> Vec<(&'static str, String)> {
    let to = |number: usize| link(call, repo, rest, "page", &number.to_string());
    let mut links = Vec::new();
    if page.number > 1 {
        links.push(("prev", to(page.number - 1)));
    }
    if page.number < last {
        links.push(("next", to(page.number + 1)));
        links.push(("last", to(last)));
    }
    if page.number > 1 {
        links.push(("first", to(1)));
    }
    links
}

/// The same request by the numeric route, with one parameter set.
pub(super) fn link(call: &Call<'_>, repo: RepoId, rest: &str, name: &str, value: &str) -> String {
    let others = call.query.iter().filter(|(key, _)| key != "page" && key != "after");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(name, value)
        .finish();
    format!("{}/repositories/{}{rest}?{query}", call.base, repo.0)
}

/// Without links there is no header.
pub(super) fn with_links(
    mut response: Response<Bytes>,
    links: &[(&str, String)],
) -> Response<Bytes> {
    let text: Vec<String> =
        links.iter().map(|(relation, url)| format!("<{url}>; rel=\"{relation}\"")).collect();
    if let Ok(value) = HeaderValue::from_str(&text.join(", "))
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}
