//! Whether the two sides of a world agree, judged by what each really holds: every issue has one page of its own, and
//! every field means the same on both. Knows nothing of the engine or the adapters; `meaning` says in its own words
//! when an issue's value and a page's are the same.

mod body;
mod meaning;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::World;
use super::github::{IssueView, RepoId};
use super::notion::{DataSourceId, PageId, PageView, UserId};
use meaning::{Case, Shortened};

/// What was agreed on: which issues have pages where, and which property shows what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The repositories.
    pub repos: Vec<RepoId>,
    /// The url property, by name: which issue a page belongs to.
    pub url: String,
    /// What is compared, and the name of the property that shows it.
    pub places: BTreeMap<What, String>,
    /// Whether the body is compared with the page's content.
    pub body: bool,
    /// What the options of a status or select say about an issue. A checkbox needs no words.
    pub words: StateWords,
    /// Who is who. Only these people are compared in a people property.
    pub people: Vec<(String, UserId)>,
    /// Whose own changes need not move the page's [`What::Updated`].
    pub own_login: Option<String>,
}

/// What options say about an issue. A reason without options counts as completed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateWords {
    /// Open.
    pub open: Vec<String>,
    /// Closed as completed, for no reason, or for one that is not told apart.
    pub completed: Vec<String>,
    /// Closed as not planned.
    pub not_planned: Vec<String>,
    /// Closed as a duplicate.
    pub duplicate: Vec<String>,
}

/// What a page can show of its issue in a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The number.
    Number,
    /// The title.
    Title,
    /// Open or closed, and why.
    State,
    /// The labels.
    Labels,
    /// The assignees.
    Assignees,
    /// The milestone, by title.
    Milestone,
    /// The type, by name.
    Type,
    /// `owner/name`.
    Repository,
    /// Who opened it.
    Author,
    /// When it was opened.
    Created,
    /// When it last changed.
    Updated,
    /// When it was closed.
    Closed,
}

impl What {
    /// Everything a page can show in a property.
    pub const ALL: [What; 12] = [
        What::Number,
        What::Title,
        What::State,
        What::Labels,
        What::Assignees,
        What::Milestone,
        What::Type,
        What::Repository,
        What::Author,
        What::Created,
        What::Updated,
        What::Closed,
    ];

    /// The word for it in messages and configs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            What::Number => "number",
            What::Title => "title",
            What::State => "state",
            What::Labels => "labels",
            What::Assignees => "assignees",
            What::Milestone => "milestone",
            What::Type => "type",
            What::Repository => "repository",
            What::Author => "author",
            What::Created => "created",
            What::Updated => "updated",
            What::Closed => "closed",
        }
    }
}

/// A name for the property of each, as in every world of ours that shows everything.
pub const USUAL_PLACES: [(What, &str); What::ALL.len()] = [
    (What::Number, "Number"),
    (What::Title, "Name"),
    (What::State, "Status"),
    (What::Labels, "Labels"),
    (What::Assignees, "Assignees"),
    (What::Milestone, "Milestone"),
    (What::Type, "Type"),
    (What::Repository, "Repository"),
    (What::Author, "Author"),
    (What::Created, "Created"),
    (What::Updated, "Updated"),
    (What::Closed, "Closed"),
];

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was compared, and where the sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Issues that were looked at.
    pub issues: usize,
    /// Pages outside the trash that were looked at.
    pub pages: usize,
    /// Values that were compared.
    pub values: usize,
    /// Where the sides differ, issues first, by number.
    pub differences: Vec<Difference>,
}

/// One thing the sides do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An issue has no page.
    NoPage {
        /// `owner/name#number`.
        issue: String,
    },
    /// An issue has several pages.
    ManyPages {
        /// `owner/name#number`.
        issue: String,
        /// All of them.
        pages: Vec<PageId>,
    },
    /// A page belongs to no issue.
    NoIssue {
        /// The page.
        page: PageId,
        /// What its url property holds.
        url: Option<String>,
    },
    /// A value is not the same.
    Value {
        /// `owner/name#number`.
        issue: String,
        /// Which.
        what: What,
        /// What GitHub holds.
        github: String,
        /// What the page holds.
        notion: String,
    },
    /// The body and the page's content do not say the same.
    Body {
        /// `owner/name#number`.
        issue: String,
        /// The first line that differs, as GitHub shows it.
        github: String,
        /// The same place on the page.
        notion: String,
    },
}

impl Difference {
    /// The issue as `owner/name#number`, or the id of a page without one.
    #[must_use]
    pub fn item(&self) -> String {
        match self {
            Difference::NoPage { issue }
            | Difference::ManyPages { issue, .. }
            | Difference::Value { issue, .. }
            | Difference::Body { issue, .. } => issue.clone(),
            Difference::NoIssue { page, .. } => page.to_string(),
        }
    }

    /// The field that differs, as configs name it; `None`: the pair itself is not right.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Difference::Value { what, .. } => Some(what.as_str()),
            Difference::Body { .. } => Some("body"),
            Difference::NoPage { .. }
            | Difference::ManyPages { .. }
            | Difference::NoIssue { .. } => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::NoPage { issue } => write!(f, "{issue}: has no page"),
            Difference::ManyPages { issue, pages } => {
                write!(f, "{issue}: has {} pages", pages.len())
            }
            Difference::NoIssue { page, url: None } => write!(f, "page {page}: has no issue"),
            Difference::NoIssue { page, url: Some(url) } => {
                write!(f, "page {page}: names {url:?}, which is no issue of these repositories")
            }
            Difference::Value { issue, what, github, notion } => {
                write!(f, "{issue}, {what}: {github} on GitHub, {notion} in Notion")
            }
            Difference::Body { issue, github, notion } => {
                write!(f, "{issue}, body: {github} on GitHub, {notion} in Notion")
            }
        }
    }
}

/// Compares both sides of a world as they are at this moment.
#[must_use]
pub fn judge(world: &World, source: DataSourceId, terms: &Terms) -> Verdict {
    let issues: Vec<(RepoId, IssueView)> = world.github(|github, _| {
        let of = |repo: &RepoId| {
            let repo = *repo;
            github.issues(repo).into_iter().map(move |issue| (repo, issue))
        };
        terms.repos.iter().flat_map(of).collect()
    });
    let strangers = last_change_by_others(world, &issues, terms);
    world.notion(|notion, _| {
        let schema = notion.schema(source);
        let pages: Vec<PageView<'_>> =
            notion.pages(source).into_iter().filter(|page| !page.in_trash()).collect();
        let mut by_url: BTreeMap<String, Vec<PageView<'_>>> = BTreeMap::new();
        for page in &pages {
            by_url.entry(page.url(&terms.url).unwrap_or_default()).or_default().push(*page);
        }
        let mut verdict =
            Verdict { issues: issues.len(), pages: pages.len(), ..Verdict::default() };
        let mut shortened = Shortened::default();
        for ((_, issue), changed_by_others) in issues.iter().zip(strangers) {
            let name = name_of(issue);
            match by_url.get(&issue.url).map(Vec::as_slice) {
                None | Some([]) => verdict.differences.push(Difference::NoPage { issue: name }),
                Some([page]) => {
                    let case = Case { issue, page: *page, schema, terms, changed_by_others };
                    verdict.values += terms.places.len();
                    let differs = |(what, property): (&What, &String)| {
                        let (github, notion) = case.differs(*what, property, &mut shortened)?;
                        let issue = name.clone();
                        Some(Difference::Value { issue, what: *what, github, notion })
                    };
                    verdict.differences.extend(terms.places.iter().filter_map(differs));
                    if terms.body {
                        verdict.values += 1;
                        let body = issue.body.as_deref().unwrap_or_default();
                        let blocks = notion.blocks(page.id());
                        let differs = body::differs(body, &issue.url, blocks, &terms.people);
                        verdict.differences.extend(differs.map(|(github, notion)| {
                            Difference::Body { issue: name, github, notion }
                        }));
                    }
                }
                Some(many) => verdict.differences.push(Difference::ManyPages {
                    issue: name,
                    pages: many.iter().map(PageView::id).collect(),
                }),
            }
        }
        let known: BTreeSet<&str> = issues.iter().map(|(_, issue)| issue.url.as_str()).collect();
        let stray = |page: &&PageView<'_>| {
            !page.url(&terms.url).is_some_and(|url| known.contains(url.as_str()))
        };
        let strays = pages.iter().filter(stray);
        verdict.differences.extend(
            strays.map(|page| Difference::NoIssue { page: page.id(), url: page.url(&terms.url) }),
        );
        verdict
    })
}

/// An issue as people name it: `owner/name#number`.
#[must_use]
pub fn name_of(issue: &IssueView) -> String {
    format!("{}#{}", meaning::repository_of(issue), issue.number)
}

/// For each issue, when somebody else than ourselves last did something to it that its timeline shows.
fn last_change_by_others(
    world: &World,
    issues: &[(RepoId, IssueView)],
    terms: &Terms,
) -> Vec<Option<chrono::DateTime<chrono::Utc>>> {
    let Some(own) = terms.own_login.as_deref() else { return vec![None; issues.len()] };
    world.github(|github, _| {
        let last = |(repo, issue): &(RepoId, IssueView)| {
            let events = github.events(*repo, issue.number).into_iter();
            let others = events.filter(|event| {
                event.actor.as_deref().is_none_or(|actor| !actor.eq_ignore_ascii_case(own))
            });
            others.map(|event| event.at).max().or(Some(issue.created_at))
        };
        issues.iter().map(last).collect()
    })
}
