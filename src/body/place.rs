//! Where a body lives: what short references in it mean, and who is who.

use std::collections::BTreeMap;

use url::Url;

/// Where a body lives, and who is who there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `https://github.com`
    host: String,
    /// `owner/name`
    repository: String,
    /// What relative links start from.
    base: Option<Url>,
    page: Option<String>,
    /// Login and Notion user id.
    people: Vec<(String, String)>,
    mentions: bool,
    /// People are told apart by their ids, whatever they are called.
    by_id: bool,
    /// Images that were uploaded into Notion, by the names of their files there.
    uploads: BTreeMap<String, String>,
}

impl Place {
    /// The place of an issue by its web address, `https://HOST/owner/name/issues/12`.
    #[must_use]
    pub fn of_issue(html_url: &str) -> Option<Place> {
        let base = Url::parse(html_url).ok()?;
        let mut parts = base.path_segments()?;
        let (owner, name) = (parts.next()?, parts.next()?);
        if owner.is_empty() || name.is_empty() || !matches!(base.scheme(), "http" | "https") {
            return None;
        }
        let host = base.origin().ascii_serialization();
        let repository = format!("{owner}/{name}");
        let base = Some(base);
        Some(Place {
            host,
            repository,
            base,
            page: None,
            people: Vec::new(),
            mentions: false,
            by_id: false,
            uploads: BTreeMap::new(),
        })
    }

    /// The place of an issue that is yet to be made in the repository with this web address.
    #[must_use]
    pub fn of_repository(web_url: &str) -> Option<Place> {
        Place::of_issue(&format!("{}/issues/new", web_url.trim_end_matches('/')))
    }

    /// No place: for comparing two texts of one side.
    pub(super) fn nowhere() -> Place {
        Place {
            host: String::new(),
            repository: String::new(),
            base: None,
            page: None,
            people: Vec::new(),
            mentions: false,
            by_id: true,
            uploads: BTreeMap::new(),
        }
    }

    /// With the page's own address: where files that Notion hosts are found for good.
    #[must_use]
    pub fn with_page(self, page_url: &str) -> Place {
        Place { page: Some(page_url.to_owned()), ..self }
    }

    /// With logins and the Notion users they belong to, and whether `@login` becomes a live mention.
    #[must_use]
    pub fn with_people(self, people: Vec<(String, String)>, mentions: bool) -> Place {
        Place { people, mentions, ..self }
    }

    /// With images that may have been uploaded into Notion, by their names there (see [`super::images`]).
    pub(super) fn with_uploads(self, uploads: BTreeMap<String, String>) -> Place {
        Place { uploads, ..self }
    }

    /// The address on GitHub of the image that was uploaded into Notion under that name.
    pub(super) fn uploaded(&self, name: &str) -> Option<&str> {
        self.uploads.get(name).map(String::as_str)
    }

    pub(super) fn page_url(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Whether people are told apart by their ids, whatever they are called.
    pub(super) fn by_id(&self) -> bool {
        self.by_id
    }

    /// Whether `@login` becomes a live mention in Notion.
    pub(super) fn mentions(&self) -> bool {
        self.mentions
    }

    /// The login of a Notion user.
    pub(super) fn person(&self, user: &str) -> Option<&str> {
        let same = |id: &str| id.replace('-', "").eq_ignore_ascii_case(&user.replace('-', ""));
        self.people.iter().find(|(_, id)| same(id)).map(|(login, _)| login.as_str())
    }

    /// The Notion user of a login.
    pub(super) fn user(&self, login: &str) -> Option<&str> {
        let found = self.people.iter().find(|(known, _)| known.eq_ignore_ascii_case(login));
        found.map(|(_, id)| id.as_str())
    }

    /// A person's page on GitHub.
    pub(super) fn profile(&self, login: &str) -> String {
        format!("{}/{login}", self.host)
    }

    /// A team's page on GitHub.
    pub(super) fn team(&self, organisation: &str, team: &str) -> String {
        format!("{}/orgs/{organisation}/teams/{team}", self.host)
    }

    /// An issue's page, of this repository when none is named.
    pub(super) fn issue(&self, repository: Option<&str>, number: &str) -> String {
        let repository = repository.unwrap_or(&self.repository);
        format!("{}/{repository}/issues/{number}", self.host)
    }

    /// A commit's page, of this repository when none is named.
    pub(super) fn commit(&self, repository: Option<&str>, sha: &str) -> String {
        let repository = repository.unwrap_or(&self.repository);
        format!("{}/{repository}/commit/{sha}", self.host)
    }

    /// Whether an address is an issue or pull request of another repository of GitHub's: a visible mention of it would
    /// leave a trace there (I16).
    pub(super) fn is_elsewhere(&self, address: &str) -> bool {
        let unsafely = address.strip_prefix("http://").map(|rest| format!("https://{rest}"));
        let address = unsafely.as_deref().unwrap_or(address);
        let Some(path) = address.strip_prefix(&self.host) else { return false };
        let mut parts = path.trim_start_matches('/').split('/');
        let (Some(owner), Some(name), Some(kind)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        matches!(kind, "issues" | "pull" | "discussions" | "commit")
            && !format!("{owner}/{name}").eq_ignore_ascii_case(&self.repository)
    }

    /// The address that leads to the same place without leaving a trace there; GitHub has such a host of its own.
    pub(super) fn quiet(&self, address: &str) -> Option<String> {
        let (scheme, rest) = address.split_once("://")?;
        let path = rest.strip_prefix(LOUD).filter(|_| self.is_elsewhere(address))?;
        Some(format!("{scheme}://{QUIET}{path}"))
    }

    /// What [`Place::quiet`] did, undone.
    pub(super) fn loud(address: &str) -> Option<String> {
        let (scheme, rest) = address.split_once("://")?;
        rest.strip_prefix(QUIET).map(|path| format!("{scheme}://{LOUD}{path}"))
    }

    /// The absolute address of a link's target; `None` when GitHub shows no link.
    pub(super) fn absolute(&self, target: &str) -> Option<String> {
        let target = target.trim();
        if let Some(loud) = Place::loud(target) {
            return Some(loud);
        }
        if target.is_empty() {
            return None;
        }
        match Url::parse(target) {
            Ok(url) => {
                matches!(url.scheme(), "http" | "https" | "mailto").then(|| target.to_owned())
            }
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                self.base.as_ref()?.join(target).ok().map(String::from)
            }
            Err(_) => None,
        }
    }
}

const LOUD: &str = "github.com/";
const QUIET: &str = "redirect.github.com/";

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
    }

    #[test]
    fn short_references_mean_this_repository_unless_they_name_another() {
        assert_eq!(place().issue(None, "7"), "https://github.com/acme/app/issues/7");
        assert_eq!(place().issue(Some("o/r"), "7"), "https://github.com/o/r/issues/7");
        let enterprise = Place::of_issue("https://ghe.example:8443/a/b/issues/1").unwrap();
        assert_eq!(enterprise.profile("octocat"), "https://ghe.example:8443/octocat");
    }

    #[test]
    fn relative_links_are_what_the_browser_makes_of_them_on_the_issue() {
        let absolute = |target: &str| place().absolute(target);
        assert_eq!(
            absolute("../blob/main/a.md").unwrap(),
            "https://github.com/acme/app/blob/main/a.md"
        );
        assert_eq!(absolute("#part").unwrap(), "https://github.com/acme/app/issues/12#part");
        assert_eq!(absolute("javascript:alert(1)"), None);
        assert_eq!(absolute("https://a.example/x y").unwrap(), "https://a.example/x y");
    }

    #[test]
    fn a_link_to_an_issue_elsewhere_goes_the_quiet_way_and_comes_back() {
        let loud = "https://github.com/o/r/issues/5";
        let quiet = place().quiet(loud).unwrap();
        assert_eq!(quiet, "https://redirect.github.com/o/r/issues/5");
        assert_eq!(place().absolute(&quiet).as_deref(), Some(loud));
        let unsafely = place().quiet("http://github.com/o/r/pull/5").unwrap();
        assert_eq!(unsafely, "http://redirect.github.com/o/r/pull/5");
        assert_eq!(place().absolute(&unsafely).as_deref(), Some("http://github.com/o/r/pull/5"));
        assert_eq!(place().quiet("https://github.com/acme/app/issues/5"), None);
        assert_eq!(place().quiet("https://github.com/o/r"), None);
    }
}
