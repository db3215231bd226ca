//! A stable digest of what gives a field's values their meaning.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::model::Field;

use super::sync::SyncConfig;
use super::users::UserLink;

/// So many hexadecimal digits are kept.
const DIGEST_CHARS: usize = 16;
/// Notion's markdown of this version is asked for (notion-api §6.3.1); texts of another one cannot be compared with it.
const BODY_DIALECT: &str = "v2";

impl SyncConfig {
    /// A digest of everything in the config that decides what the values of a field mean: the lists of the state, the users
    /// of assignees, how bodies are shown. A base made under another digest is void (I13). The property is not part of it (it is known by its id),
    /// nor the direction, nor the order of options.
    #[must_use]
    pub fn mapping_digest(&self, field: Field, users: &[UserLink]) -> String {
        let meaning = match field {
            Field::State => self.state_meaning(),
            // A login and its live mention are two ways to show one thing, and each undoes the other.
            Field::Body => {
                let mentions = self.body.is_some_and(|body| body.options.mentions);
                json!({ "dialect": BODY_DIALECT, "mentions": mentions })
            }
            Field::Assignees => {
                let mut pairs: Vec<_> =
                    users.iter().map(|link| (link.login.key(), link.notion.key())).collect();
                pairs.sort();
                json!(pairs)
            }
            Field::Url
            | Field::Number
            | Field::Title
            | Field::Labels
            | Field::Milestone
            | Field::Type
            | Field::Repository
            | Field::Author
            | Field::Created
            | Field::Updated
            | Field::Closed => json!(null),
        };
        // JSON keeps texts apart that would run together if they were joined.
        let digest = Sha256::digest(json!([field.as_str(), meaning]).to_string());
        let mut hex = hex::encode(digest);
        hex.truncate(DIGEST_CHARS);
        hex
    }

    fn state_meaning(&self) -> serde_json::Value {
        let Some(options) = self.state.as_ref().and_then(|state| state.options.as_ref()) else {
            return json!(null);
        };
        let sorted = |list: &[String]| {
            let mut folded: Vec<String> = list.iter().map(|option| option.to_lowercase()).collect();
            folded.sort();
            folded
        };
        json!(
            [&options.open, &options.completed, &options.not_planned, &options.duplicate]
                .map(|list| sorted(list))
        )
    }
}
