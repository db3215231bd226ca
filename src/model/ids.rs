//! Identities on both sides, as newtypes: an issue number can never be taken for an issue id.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `owner/name` of a repository. Compared without case, as GitHub does (github-api §1.1); shown as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoName(String);

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct NotAnId {
    /// The text as given.
    pub text: String,
    /// What would have been accepted.
    pub expected: &'static str,
}

impl RepoName {
    /// The part before the slash.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// The part after the slash.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// `owner/name` as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for RepoName {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let word = |s: &str| {
            !s.is_empty()
                && s != "."
                && s != ".."
                && s.len() <= 100
                && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        match text.split_once('/') {
            Some((owner, name)) if word(owner) && word(name) => Ok(RepoName(text.to_owned())),
            Some(_) | None => {
                Err(NotAnId { text: text.to_owned(), expected: "a repository like `owner/name`" })
            }
        }
    }
}

impl TryFrom<String> for RepoName {
    type Error = NotAnId;
    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<RepoName> for String {
    fn from(repo: RepoName) -> String {
        repo.0
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for RepoName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for RepoName {}
impl PartialOrd for RepoName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for RepoName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
impl Hash for RepoName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// GitHub's number of a repository; survives renames (github-api §2.7).
    RepoId
);
number_id!(
    /// The number people use (`#12`), unique within its repository and shared with pull requests.
    IssueNumber
);
number_id!(
    /// GitHub's own id of an issue, unique over all repositories (github-api §1.5).
    IssueId
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            /// Takes the id with or without dashes, and URLs that end in it (notion-api, introduction).
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                uuid_at_end(text)
                    .map($name)
                    .ok_or_else(|| NotAnId { text: text.to_owned(), expected: $expected })
            }
        }
    };
}

uuid_id!(
    /// A Notion page.
    PageId,
    "a Notion page id or page URL"
);
uuid_id!(
    /// A Notion data source (the table inside a database).
    DataSourceId,
    "a Notion data source or database, by id or URL"
);
uuid_id!(
    /// A Notion user: a person or a bot.
    NotionUserId,
    "a Notion user id"
);

/// The UUID a Notion URL or id ends in. Query and fragment (`?v=` names a view) are not part of it.
fn uuid_at_end(text: &str) -> Option<Uuid> {
    let path = text.split(['?', '#']).next()?.trim_end_matches('/');
    let last = path.rsplit('/').next()?;
    if let Ok(id) = Uuid::try_parse(last) {
        return Some(id);
    }
    let hex: String = last.chars().rev().filter(|c| *c != '-').take(32).collect();
    let hex: String = hex.chars().rev().collect();
    (hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| Uuid::try_parse(&hex).ok())
        .flatten()
}

/// The id of a Notion property, as Notion returned it; survives renames (notion-api §4.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PropertyId(pub String);

/// A GitHub login. Compared without case, shown as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Login(pub String);

impl Login {
    /// What two spellings of one login have in common.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Login {}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An issue as people name it: `owner/name#12`.
///
/// ```
/// use tandem::model::IssueRef;
/// let issue: IssueRef = "https://github.com/acme/app/issues/12".parse()?;
/// assert_eq!(issue.to_string(), "acme/app#12");
/// # Ok::<(), tandem::model::NotAnId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueRef {
    /// The repository.
    pub repo: RepoName,
    /// The number in it.
    pub number: IssueNumber,
}

impl IssueRef {
    /// Reads an issue's web address: `https://HOST/owner/name/issues/12`, with or without what follows.
    #[must_use]
    pub fn from_html_url(text: &str) -> Option<IssueRef> {
        let url = url::Url::parse(text.trim()).ok()?;
        let mut parts = url.path_segments()?;
        let (owner, name) = (parts.next()?, parts.next()?);
        if !matches!(parts.next()?, "issues" | "pull") {
            return None;
        }
        let number = parts.next()?.parse().ok().filter(|n| *n > 0)?;
        Some(IssueRef {
            repo: format!("{owner}/{name}").parse().ok()?,
            number: IssueNumber(number),
        })
    }
}

impl FromStr for IssueRef {
    type Err = NotAnId;
    /// Takes `owner/name#12` or the issue's web address.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let short = || {
            let (repo, number) = text.split_once('#')?;
            let number = number.parse().ok().filter(|n| *n > 0)?;
            Some(IssueRef { repo: repo.parse().ok()?, number: IssueNumber(number) })
        };
        short().or_else(|| IssueRef::from_html_url(text)).ok_or_else(|| NotAnId {
            text: text.to_owned(),
            expected: "an issue like `owner/name#12` or its web address",
        })
    }
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repo, self.number)
    }
}

/// Either side of a pair, named as on the command line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemRef {
    /// An issue.
    Issue(IssueRef),
    /// A page, which may have no issue yet.
    Page(PageId),
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ItemRef::Issue(issue) => issue.fmt(f),
            ItemRef::Page(page) => page.fmt(f),
        }
    }
}

impl FromStr for ItemRef {
    type Err = NotAnId;
    /// Takes `owner/name#12`, an issue URL, a page id or a page URL.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if let Ok(issue) = text.parse() {
            return Ok(ItemRef::Issue(issue));
        }
        text.parse().map(ItemRef::Page).map_err(|_| NotAnId {
            text: text.to_owned(),
            expected: "an item: `owner/name#12`, an issue URL, a page id or a page URL",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_compared_without_case_and_shown_as_written() {
        let a: RepoName = "Acme/App".parse().unwrap();
        let b: RepoName = "acme/app".parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
        assert_eq!(a.to_string(), "Acme/App");
        assert_eq!((a.owner(), a.name()), ("Acme", "App"));
    }

    #[test]
    fn a_repository_needs_two_plain_words() {
        for bad in ["", "acme", "acme/", "/app", "a/b/c", "a b/c", "../x", "a/.."] {
            assert!(bad.parse::<RepoName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_item_is_named_in_four_ways() {
        let issue = ItemRef::Issue("acme/app#12".parse().unwrap());
        assert_eq!("acme/app#12".parse(), Ok(issue.clone()));
        assert_eq!("https://github.com/acme/app/issues/12#issuecomment-1".parse(), Ok(issue));
        let id = "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11";
        let page = ItemRef::Page(PageId(Uuid::try_parse(id).unwrap()));
        assert_eq!(id.parse(), Ok(page.clone()));
        assert_eq!(
            "https://app.notion.com/p/Title-dead-0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11?v=1".parse(),
            Ok(page)
        );
        assert!("nothing".parse::<ItemRef>().is_err());
        assert!("acme/app#0".parse::<ItemRef>().is_err());
    }

    #[test]
    fn a_notion_id_with_letters_of_many_bytes_is_refused_not_cut() {
        assert!(
            "https://www.notion.so/ééééééééééééééééééééééééééééééééé".parse::<PageId>().is_err()
        );
    }
}
