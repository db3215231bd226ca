//! GitHub's JSON as it comes: every enum open, everything optional that may be missing or null
//! (github-api §1.5, §10.3). Both API versions fit; the singular `assignee` is never read (§7).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// One issue, or a pull request in an issue's clothes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) html_url: String,
    #[serde(default)]
    pub(super) repository_url: Option<String>,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) body: Option<String>,
    pub(super) state: String,
    #[serde(default)]
    pub(super) state_reason: Option<String>,
    #[serde(default)]
    pub(super) user: Option<User>,
    /// An absent list is not an empty one (data-hazards, 17).
    #[serde(default)]
    pub(super) labels: Option<Vec<Label>>,
    #[serde(default)]
    pub(super) assignees: Option<Vec<User>>,
    /// Absent, null, or there.
    #[serde(default, deserialize_with = "present")]
    pub(super) milestone: Option<Option<Milestone>>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<IssueType>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) pull_request: Option<serde::de::IgnoredAny>,
}

/// Tells a null from a missing key.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// An account.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

/// A label: an object, or by the schema a mere name (github-api §1.5).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Label {
    /// Its name.
    Name(String),
    /// The object.
    Object {
        /// Its name, nullable by the schema.
        #[serde(default)]
        name: Option<String>,
    },
}

impl Label {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Label::Name(name) => Some(name),
            Label::Object { name } => name.as_deref(),
        }
    }
}

/// A milestone.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) number: u64,
    pub(super) title: String,
}

/// An issue type.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct IssueType {
    pub(super) name: String,
    #[serde(default)]
    pub(super) is_enabled: Option<bool>,
}

/// A repository.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) has_issues: Option<bool>,
    #[serde(default)]
    pub(super) permissions: Option<RepositoryPermissions>,
}

/// What the token's account may do in a repository.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct RepositoryPermissions {
    #[serde(default)]
    pub(super) push: bool,
    #[serde(default)]
    pub(super) triage: bool,
}

/// The app that owns the key.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct App {
    pub(super) slug: String,
}

/// An installation of the app.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Installation {
    #[serde(default)]
    pub(super) permissions: InstallationPermissions,
}

/// What an installation was granted.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct InstallationPermissions {
    #[serde(default)]
    pub(super) issues: Option<String>,
}

/// One event of an issue's timeline; comments and cross-references have other keys, or none.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) event: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) actor: Option<User>,
}

/// The body of a refusal. Everything in it may be missing or of another type.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    message: Option<serde_json::Value>,
    #[serde(default)]
    errors: Option<serde_json::Value>,
}

impl ErrorBody {
    /// Reads a body; what is no JSON object says nothing.
    pub(super) fn read(body: &[u8]) -> ErrorBody {
        serde_json::from_slice(body).unwrap_or_default()
    }

    fn entries(&self) -> impl Iterator<Item = &serde_json::Value> {
        self.errors.iter().filter_map(serde_json::Value::as_array).flatten()
    }

    /// The message and the messages of the entries, or what the entries name instead.
    pub(super) fn all_words(&self) -> String {
        let message = self.message.iter().filter_map(serde_json::Value::as_str).map(str::to_owned);
        let details = self.entries().filter_map(|entry| {
            let text = |key: &str| entry.get(key).and_then(serde_json::Value::as_str);
            entry.as_str().or_else(|| text("message")).map(str::to_owned).or_else(|| {
                Some(format!("{} is {}", text("field")?, text("code").unwrap_or("refused")))
            })
        });
        message.chain(details).collect::<Vec<_>>().join("; ")
    }

    /// The code of the first entry that has one.
    pub(super) fn code(&self) -> Option<String> {
        self.entries().find_map(|entry| entry.get("code")?.as_str().map(str::to_owned))
    }

    /// The fields the entries name. A label refused while it is put on an issue is named by its own
    /// field `name` (github-api §1.7), which is the issue's `labels`.
    pub(super) fn fields(&self) -> Vec<String> {
        let named = self.entries().filter_map(|entry| {
            let field = entry.get("field")?.as_str()?;
            match entry.get("resource").and_then(serde_json::Value::as_str) {
                Some("Label") => Some("labels".to_owned()),
                Some(_) | None => Some(field.to_owned()),
            }
        });
        let mut fields: Vec<String> = named.collect();
        fields.sort();
        fields.dedup();
        fields
    }
}
