//! The mapped things of a pair, and which way each of them flows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Side;

/// A mapped thing of a pair. The order is the order of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The web address: the anchor that survives the loss of the database file.
    Url,
    /// The number.
    Number,
    /// The title of both.
    Title,
    /// The body and the page's content.
    Body,
    /// Open or closed, with the reason.
    State,
    /// Labels.
    Labels,
    /// Assignees.
    Assignees,
    /// Milestone, by title.
    Milestone,
    /// Issue type, by name.
    Type,
    /// `owner/name`.
    Repository,
    /// Login of who opened the issue.
    Author,
    /// When the issue was opened.
    Created,
    /// When the issue last changed on GitHub.
    Updated,
    /// When the issue was closed.
    Closed,
}

impl Field {
    /// Every field, in the order of output.
    pub const ALL: [Field; 14] = [
        Field::Url,
        Field::Number,
        Field::Title,
        Field::Body,
        Field::State,
        Field::Labels,
        Field::Assignees,
        Field::Milestone,
        Field::Type,
        Field::Repository,
        Field::Author,
        Field::Created,
        Field::Updated,
        Field::Closed,
    ];

    /// The key in config, SQL and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Url => "url",
            Field::Number => "number",
            Field::Title => "title",
            Field::Body => "body",
            Field::State => "state",
            Field::Labels => "labels",
            Field::Assignees => "assignees",
            Field::Milestone => "milestone",
            Field::Type => "type",
            Field::Repository => "repository",
            Field::Author => "author",
            Field::Created => "created",
            Field::Updated => "updated",
            Field::Closed => "closed",
        }
    }

    /// Whether GitHub alone decides this field (DESIGN §2, Values).
    #[must_use]
    pub fn is_githubs_own(self) -> bool {
        match self {
            Field::Url
            | Field::Number
            | Field::Repository
            | Field::Author
            | Field::Created
            | Field::Updated
            | Field::Closed => true,
            Field::Title
            | Field::Body
            | Field::State
            | Field::Labels
            | Field::Assignees
            | Field::Milestone
            | Field::Type => false,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the key of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field")]
pub struct UnknownField(pub String);

impl FromStr for Field {
    type Err = UnknownField;
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        Field::ALL
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| UnknownField(text.to_owned()))
    }
}

/// Which way a field flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Edits on either side reach the other.
    Both,
    /// GitHub decides.
    ToNotion,
    /// Notion decides.
    ToGithub,
}

impl Direction {
    /// The only side whose edits count, when there is only one.
    #[must_use]
    pub fn source(self) -> Option<Side> {
        match self {
            Direction::Both => None,
            Direction::ToNotion => Some(Side::GitHub),
            Direction::ToGithub => Some(Side::Notion),
        }
    }

    /// The direction with the sides exchanged (for I11).
    #[must_use]
    pub fn swap(self) -> Direction {
        match self {
            Direction::Both => Direction::Both,
            Direction::ToNotion => Direction::ToGithub,
            Direction::ToGithub => Direction::ToNotion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_key() {
        for field in Field::ALL {
            assert_eq!(field.as_str().parse(), Ok(field));
        }
        assert!("titel".parse::<Field>().is_err());
    }
}
