//! The words of the config file: which key belongs where, which come in a later version, which hold secrets.

/// A kind of section, with its keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// As a person would write it; empty for the top of the file.
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Keys of the design that this version does not have yet; `false` says that they are not wanted, which is true.
    pub(super) later: &'static [&'static str],
}

pub(super) const ROOT: Kind = Kind {
    name: "",
    keys: &["database", "daemon", "github", "notion", "safety", "users", "sync"],
    later: &[],
};
pub(super) const DAEMON: Kind =
    Kind { name: "[daemon]", keys: &["schedule", "timezone", "full_scan"], later: &["listen"] };
pub(super) const GITHUB: Kind =
    Kind { name: "[github]", keys: &["api_url", "token", "app"], later: &["webhook_secret"] };
pub(super) const GITHUB_APP: Kind =
    Kind { name: "[github.app]", keys: &["id", "installation", "private_key"], later: &[] };
pub(super) const NOTION: Kind = Kind {
    name: "[notion]",
    keys: &["api_url", "token", "requests_per_minute"],
    later: &["oauth", "webhook_token"],
};
pub(super) const SAFETY: Kind =
    Kind { name: "[safety]", keys: &["brake_percent", "brake_floor", "max_wait"], later: &[] };
pub(super) const SYNC: Kind = Kind {
    name: "[[sync]]",
    keys: &[
        "name",
        "repositories",
        "data_source",
        "create",
        "conflict",
        "tie",
        "settle",
        "on_page_trashed",
        "on_issue_deleted",
        "filter",
        "fields",
    ],
    later: &[],
};
pub(super) const FILTER: Kind = Kind {
    name: "[sync.filter]",
    keys: &["state", "labels_any", "labels_all", "labels_none", "since", "pull_requests", "notion"],
    later: &[],
};
pub(super) const FIELDS: Kind = Kind {
    name: "[sync.fields]",
    keys: &[
        "url",
        "number",
        "title",
        "body",
        "state",
        "labels",
        "assignees",
        "milestone",
        "type",
        "repository",
        "author",
        "created",
        "updated",
        "closed",
    ],
    later: &["comments", "parent", "blocked_by"],
};
pub(super) const FIELD: Kind =
    Kind { name: "the table of a field", keys: &["property", "direction"], later: &[] };
pub(super) const BODY_FIELD: Kind = Kind {
    name: "[sync.fields.body]",
    keys: &["direction", "mentions", "upload_images"],
    later: &[],
};
pub(super) const STATE_FIELD: Kind = Kind {
    name: "[sync.fields.state]",
    keys: &["property", "direction", "open", "completed", "not_planned", "duplicate"],
    later: &[],
};

/// Every kind of section that has a place of its own.
pub(super) const KINDS: [&Kind; 11] = [
    &ROOT,
    &DAEMON,
    &GITHUB,
    &GITHUB_APP,
    &NOTION,
    &SAFETY,
    &SYNC,
    &FILTER,
    &FIELDS,
    &STATE_FIELD,
    &BODY_FIELD,
];

/// Keys whose values are never shown, not even when they are wrong.
const SECRET: [&str; 7] =
    ["token", "app", "private_key", "webhook_secret", "webhook_token", "oauth", "client_secret"];

/// Where the file refers to secrets.
pub(super) const REFERENCES: [&str; 3] = ["github.token", "github.app.private_key", "notion.token"];

/// Whether the value of this key stays hidden.
pub(super) fn is_secret(key: &str) -> bool {
    SECRET.contains(&key)
}

/// Whether this is a key of ours, in whatever section.
pub(super) fn is_known(key: &str) -> bool {
    KINDS.iter().any(|kind| kind.keys.contains(&key) || kind.later.contains(&key))
}

/// Whether this is a key of ours whose value is not a secret.
pub(super) fn is_harmless(key: &str) -> bool {
    is_known(key) && !is_secret(key)
}

/// Where a key that stands in the wrong section belongs.
pub(super) fn home_of(key: &str) -> Option<String> {
    let kind = KINDS.iter().find(|kind| kind.keys.contains(&key))?;
    Some(match kind.name {
        "" => format!("`{key}` belongs at the top of the file, before the first [section]"),
        section => format!("`{key}` belongs in {section}"),
    })
}

/// The word nearest to a misspelt one, if any is near enough to be meant.
pub(super) fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let folded = word.to_lowercase().replace('-', "_");
    words
        .into_iter()
        .map(|candidate| (candidate, strsim::jaro_winkler(&folded, &candidate.to_lowercase())))
        .filter(|(_, likeness)| *likeness >= 0.8)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(candidate, _)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_finds_the_word_that_was_meant() {
        assert_eq!(
            nearest("requests_per_minuet", NOTION.keys.iter().copied()),
            Some("requests_per_minute")
        );
        assert_eq!(nearest("Repository", SYNC.keys.iter().copied()), Some("repositories"));
        assert_eq!(nearest("data-source", SYNC.keys.iter().copied()), Some("data_source"));
        assert_eq!(nearest("tokn", GITHUB.keys.iter().copied()), Some("token"));
        assert_eq!(nearest("zzz", GITHUB.keys.iter().copied()), None);
    }

    #[test]
    fn a_key_in_the_wrong_section_is_sent_home() {
        assert_eq!(
            home_of("requests_per_minute").unwrap(),
            "`requests_per_minute` belongs in [notion]"
        );
        assert_eq!(
            home_of("database").unwrap(),
            "`database` belongs at the top of the file, before the first [section]"
        );
        assert_eq!(home_of("nonsense"), None);
    }
}
