//! `[[sync]]`: one or more repositories and one Notion data source, with what happens between them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::model::{
    ConflictPolicy, CreatePolicy, DataSourceId, Field, OnIssueDeleted, OnPageTrashed, Policy,
    RepoName, Side,
};

use super::body::{self, BodyConfig};
use super::diagnostics::Complaint;
use super::fields::{self, FieldConfig, StateConfig};
use super::filter::{self, Filter};
use super::reader::{Entry, Problems, Read, Section};
use super::redact::shown;
use super::services::length_of_time;
use super::vocabulary::{FIELDS, SYNC};

/// One `[[sync]]`.
#[derive(Debug, Clone)]
pub struct SyncConfig {
    /// Its name in messages, on the command line and in the database.
    pub name: String,
    /// The repositories, at least one.
    pub repositories: Vec<RepoName>,
    /// The data source, or the database that has it.
    pub data_source: DataSourceId,
    /// Which side may get new partners.
    pub create: CreatePolicy,
    /// Who wins when both sides changed one value.
    pub conflict: ConflictPolicy,
    /// Who wins when the times cannot tell.
    pub tie: Side,
    /// A new page becomes an issue once nobody has edited it for this long.
    pub settle: Duration,
    /// What a trashed page does to its issue.
    pub on_page_trashed: OnPageTrashed,
    /// What a deleted issue does to its page.
    pub on_issue_deleted: OnIssueDeleted,
    /// Which issues and pages belong to it.
    pub filter: Filter,
    /// Where each field lives that has a property, the state included.
    pub fields: BTreeMap<Field, FieldConfig>,
    /// How the state is written, when it is mapped.
    pub state: Option<StateConfig>,
    /// How bodies are kept in step, when they are.
    pub body: Option<BodyConfig>,
}

impl SyncConfig {
    /// The policies as the pure core takes them.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            create: self.create,
            conflict: self.conflict,
            tie: self.tie,
            on_page_trashed: self.on_page_trashed,
            on_issue_deleted: self.on_issue_deleted,
        }
    }
}

const SYNC_ACCEPTED: &str = "[[sync]] with name, repositories, data_source and [sync.fields]";
const NAME_ACCEPTED: &str = "a short name such as \"app\", at most 60 characters";
const MAX_NAME_CHARS: usize = 60;
const REPOSITORIES_ACCEPTED: &str = "a list of repositories, such as [\"acme/app\"]";
const REPOSITORY_ACCEPTED: &str = "owner/name, such as \"acme/app\"";
const DATA_SOURCE_ACCEPTED: &str = "the URL or the id (32 hexadecimal digits) of a Notion data source or database; what follows `?` does not count";
const CREATE: [(&str, CreatePolicy); 4] = [
    ("both", CreatePolicy::Both),
    ("to_notion", CreatePolicy::ToNotion),
    ("to_github", CreatePolicy::ToGithub),
    ("none", CreatePolicy::None),
];
const CONFLICT: [(&str, ConflictPolicy); 4] = [
    ("newest", ConflictPolicy::Newest),
    ("github", ConflictPolicy::Github),
    ("notion", ConflictPolicy::Notion),
    ("hold", ConflictPolicy::Hold),
];
const TIE: [(&str, Side); 2] = [("github", Side::GitHub), ("notion", Side::Notion)];
const ON_PAGE_TRASHED: [(&str, OnPageTrashed); 2] =
    [("unlink", OnPageTrashed::Unlink), ("close", OnPageTrashed::Close)];
const ON_ISSUE_DELETED: [(&str, OnIssueDeleted); 2] =
    [("unlink", OnIssueDeleted::Unlink), ("trash", OnIssueDeleted::Trash)];

/// A sync that could be read, with its place in the file.
struct Placed {
    path: String,
    at: Range<usize>,
    sync: SyncConfig,
}

/// Reads every `[[sync]]` and checks them against each other.
pub(super) fn read_all(root: &Section<'_>, problems: &mut Problems<'_>) -> Vec<SyncConfig> {
    let Some(entry) = root.entry("sync") else {
        let complaint = Complaint::new("there is no [[sync]]: nothing says what to keep in step");
        problems.at_key("sync", &(0..0), complaint.accepted(SYNC_ACCEPTED));
        return Vec::new();
    };
    let entries = match entry.list(SYNC_ACCEPTED) {
        Ok(entries) => entries,
        Err(complaint) => {
            let complaint =
                complaint.hint("write [[sync]] with two brackets: there can be several");
            problems.at_key(&entry.path, &entry.at, complaint);
            return Vec::new();
        }
    };
    if entries.is_empty() {
        problems.at_value(
            &entry,
            Complaint::new("this list of syncs is empty").accepted(SYNC_ACCEPTED),
        );
    }
    let mut placed: Vec<Placed> = Vec::new();
    for entry in &entries {
        let Some(sync) = read(entry, problems) else { continue };
        let new = Placed { path: entry.path.clone(), at: entry.at.clone(), sync };
        for earlier in &placed {
            check_against(earlier, &new, problems);
        }
        placed.push(new);
    }
    placed.into_iter().map(|placed| placed.sync).collect()
}

fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<SyncConfig> {
    let section = Section::of(entry, &SYNC, problems);
    let name = section.require("name", NAME_ACCEPTED, problems, name);
    let repositories = repositories(&section, problems);
    let data_source = section.require("data_source", DATA_SOURCE_ACCEPTED, problems, data_source);
    let create =
        section.read_or("create", CreatePolicy::Both, problems, |entry| entry.choice(&CREATE));
    let conflict = section
        .read_or("conflict", ConflictPolicy::Newest, problems, |entry| entry.choice(&CONFLICT));
    let tie = section.read_or("tie", Side::GitHub, problems, |entry| entry.choice(&TIE));
    let settle = section.read_or("settle", Duration::from_secs(120), problems, length_of_time);
    let on_page_trashed =
        section.read_or("on_page_trashed", OnPageTrashed::Unlink, problems, |entry| {
            entry.choice(&ON_PAGE_TRASHED)
        });
    let on_issue_deleted =
        section.read_or("on_issue_deleted", OnIssueDeleted::Unlink, problems, |entry| {
            entry.choice(&ON_ISSUE_DELETED)
        });
    let filter = filter::read(&section, problems);
    let mapped = section.sub("fields", &FIELDS, problems);
    let (fields, state) = fields::read(&mapped, problems);
    let body = body::read(&mapped, problems);
    if create.allows(Side::GitHub) {
        check_what_new_issues_need(&section, &repositories, problems);
    }
    Some(SyncConfig {
        name: name?,
        repositories,
        data_source: data_source?,
        create,
        conflict,
        tie,
        settle,
        on_page_trashed,
        on_issue_deleted,
        filter,
        fields,
        state,
        body,
    })
}

/// An issue needs a title, and one repository to be made in.
fn check_what_new_issues_need(
    section: &Section<'_>,
    repositories: &[RepoName],
    problems: &mut Problems<'_>,
) {
    let fields = section.entry("fields");
    let is_mapped = |field: Field| {
        let table = fields.as_ref().and_then(|entry| entry.value.as_table());
        table.is_some_and(|table| table.contains_key(field.as_str()))
    };
    let at = fields.as_ref().map_or_else(|| section.at.clone(), |entry| entry.at.clone());
    let mut missing = |field: Field, why: &str, accepted: &str| {
        let problem = format!("`{field}` is missing in [sync.fields]: {why}");
        let hint = "or set create = \"to_notion\" (or \"none\") if pages shall never become issues";
        let path = format!("{}.fields.{field}", section.path);
        problems.at_key(&path, &at, Complaint::new(problem).accepted(accepted).hint(hint));
    };
    if !is_mapped(Field::Title) {
        missing(
            Field::Title,
            "a page becomes an issue only with a title",
            "title = \"Name\", the page's title property",
        );
    }
    if repositories.len() > 1 && !is_mapped(Field::Repository) {
        let why = "with several repositories it says where a new page's issue is made";
        missing(Field::Repository, why, "repository = \"Repository\", a Notion select property");
    }
}

fn name(entry: &Entry<'_>) -> Read<String> {
    let name = entry.filled_text().map_err(|complaint| complaint.accepted(NAME_ACCEPTED))?;
    let too_long = name.chars().count() > MAX_NAME_CHARS;
    if too_long || name.trim() != name || name.contains(char::is_control) {
        let problem = format!("{} cannot be the name of a sync", shown(name));
        return Err(
            Complaint::new(problem).accepted(format!("{NAME_ACCEPTED}, without blanks around it"))
        );
    }
    Ok(name.to_owned())
}

fn repositories(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<RepoName> {
    let entries = section.require("repositories", REPOSITORIES_ACCEPTED, problems, |entry| {
        match entry.list(REPOSITORIES_ACCEPTED)? {
            none if none.is_empty() => {
                Err(Complaint::new("this list is empty").accepted(REPOSITORIES_ACCEPTED))
            }
            some => Ok(some),
        }
    });
    let mut names: Vec<RepoName> = Vec::new();
    for entry in entries.unwrap_or_default() {
        match repository(&entry) {
            Err(complaint) => problems.at_value(&entry, complaint),
            Ok(name) if names.contains(&name) => {
                let complaint = Complaint::new(format!(
                    "the repository {} is listed twice",
                    shown(name.as_str())
                ));
                problems.at_value(
                    &entry,
                    complaint.accepted("every repository once (case does not count)"),
                );
            }
            Ok(name) => names.push(name),
        }
    }
    names
}

fn repository(entry: &Entry<'_>) -> Read<RepoName> {
    let text = entry.value.as_str().ok_or_else(|| entry.wrong_type(REPOSITORY_ACCEPTED))?;
    text.parse().map_err(|_| {
        let complaint = Complaint::new(format!("{} is not a repository", shown(text)))
            .accepted(REPOSITORY_ACCEPTED);
        let path = text.trim_end_matches('/').trim_end_matches(".git");
        let short = path.split_once("://").and_then(|(_, rest)| Some(rest.split_once('/')?.1));
        match short.and_then(|short| short.parse::<RepoName>().ok()) {
            Some(name) => complaint.hint(format!("write {}", shown(name.as_str()))),
            None => complaint,
        }
    })
}

fn data_source(entry: &Entry<'_>) -> Read<DataSourceId> {
    let text = entry.value.as_str().ok_or_else(|| entry.wrong_type(DATA_SOURCE_ACCEPTED))?;
    text.trim().parse().map_err(|_| {
        Complaint::new("there is no Notion id in this").accepted(DATA_SOURCE_ACCEPTED).hint(
            "in Notion open the database as a full page and copy its link (\u{201c}\u{22ef}\u{201d}, Copy link)",
        )
    })
}

/// Two syncs must not make one issue or page twice (I3).
fn check_against(earlier: &Placed, new: &Placed, problems: &mut Problems<'_>) {
    let (one, two) = (&earlier.sync, &new.sync);
    if one.name == two.name {
        let complaint = Complaint::new(format!("two syncs are named {}", shown(&two.name)));
        problems.at_key(
            &format!("{}.name", new.path),
            &new.at,
            complaint.accepted("a name of its own for each sync"),
        );
    }
    if one.data_source != two.data_source {
        return;
    }
    if let Some(shared) = two.repositories.iter().find(|name| one.repositories.contains(name)) {
        let problem = format!(
            "{} and {} share this data source and the repository {}",
            shown(&one.name),
            shown(&two.name),
            shown(shared.as_str())
        );
        let complaint =
            Complaint::new(problem).accepted("one sync for each repository and data source");
        problems.at_key(&format!("{}.repositories", new.path), &new.at, complaint);
        return;
    }
    let both_make_issues = [one, two].iter().all(|sync| sync.create.allows(Side::GitHub));
    let told_apart = [one, two].iter().all(|sync| sync.filter.notion.is_some())
        || [one, two].iter().all(|sync| sync.fields.contains_key(&Field::Repository));
    if both_make_issues && !told_apart {
        let problem = format!(
            "{} and {} would both make an issue of the same new page",
            shown(&one.name),
            shown(&two.name)
        );
        let complaint = Complaint::new(problem)
            .accepted("`repository` mapped in both, or [sync.filter] notion in both, or create = \"to_notion\" in one");
        problems.at_key(&format!("{}.data_source", new.path), &new.at, complaint);
    }
}
