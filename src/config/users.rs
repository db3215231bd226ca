//! `[users]`: who on GitHub is who in Notion.

use toml::de::DeValue;
use uuid::Uuid;

use crate::model::{Login, NotionUserId};

use super::diagnostics::Complaint;
use super::reader::{Entry, Problems, Read, table_entries};
use super::redact::shown;

/// One person on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLink {
    /// The GitHub login.
    pub login: Login,
    /// The Notion user.
    pub notion: NotionUser,
}

/// How the config names a Notion user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotionUser {
    /// By e-mail address, which the connection must be allowed to see (notion-api §8).
    Email(String),
    /// By id.
    Id(NotionUserId),
}

const ACCEPTED: &str =
    "a Notion user's e-mail address or user id, as in octocat = \"octo@example.com\"";

/// GitHub's longest login has 39 characters; those of managed users end in `_` and a short code.
const MAX_LOGIN_CHARS: usize = 39;

/// Reads the section, in the order of the logins. Two logins that differ only in case are one, and one Notion user with
/// two logins could not be assigned on GitHub without guessing: both are refused.
pub(super) fn read(entry: Option<Entry<'_>>, problems: &mut Problems<'_>) -> Vec<UserLink> {
    let Some(entry) = entry else { return Vec::new() };
    let DeValue::Table(table) = entry.value else {
        problems.at_value(
            &entry,
            entry.wrong_type(&format!("a table, one line per person: {ACCEPTED}")),
        );
        return Vec::new();
    };
    let mut links: Vec<UserLink> = Vec::new();
    for (name, key_at, entry) in table_entries(table, &entry.path) {
        let login = Login(name.to_owned());
        if !is_login(name) {
            let complaint = Complaint::new(format!("{} is not a GitHub login", shown(name)));
            problems.at_key(
                &entry.path,
                &key_at,
                complaint.accepted("letters, digits and single hyphens, without @"),
            );
            continue;
        }
        if links.iter().any(|link| link.login == login) {
            let complaint = Complaint::new(format!(
                "the login {} is linked twice (case does not count)",
                shown(name)
            ));
            problems.at_key(&entry.path, &key_at, complaint.accepted("every login once"));
            continue;
        }
        match notion_user(&entry) {
            // A token under `[users]` would look like any other text.
            Err(complaint) => problems.at_value(&entry, complaint.unseen()),
            Ok(notion) => {
                if let Some(other) = links.iter().find(|link| link.notion.key() == notion.key()) {
                    let complaint = Complaint::new(format!(
                        "this Notion user is already linked to {}",
                        shown(&other.login.0)
                    ));
                    problems.at_value(&entry, complaint.accepted("one login for each Notion user"));
                }
                links.push(UserLink { login, notion });
            }
        }
    }
    links
}

impl NotionUser {
    /// What two spellings of one user have in common.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            NotionUser::Email(address) => address.to_lowercase(),
            NotionUser::Id(id) => id.to_string(),
        }
    }
}

fn notion_user(entry: &Entry<'_>) -> Read<NotionUser> {
    let text = entry.value.as_str().ok_or_else(|| entry.wrong_type(ACCEPTED))?.trim();
    if let Ok(id) = Uuid::try_parse(text) {
        return Ok(NotionUser::Id(NotionUserId(id)));
    }
    match text.split_once('@') {
        Some((name, host)) if !name.is_empty() && is_host(host) => {
            Ok(NotionUser::Email(text.to_owned()))
        }
        Some(_) | None => {
            let complaint = Complaint::new("this is neither an e-mail address nor a user id");
            Err(complaint.accepted(ACCEPTED))
        }
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c == '@' || c.is_whitespace())
}

fn is_login(text: &str) -> bool {
    let name = text.strip_suffix("[bot]").unwrap_or(text);
    !name.is_empty()
        && name.len() <= MAX_LOGIN_CHARS
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !super::redact::is_token(name)
}
