//! Names of things: one newtype per kind of object, so that a page id never lands where a user id belongs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

/// A text that is not a Notion id (32 hex digits, with or without dashes).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Notion id")]
pub struct NotAnId(pub String);

macro_rules! object_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse(text).map($name)
            }
        }
    )+};
}

object_id! {
    /// A page: a row of a data source.
    PageId,
    /// A data source: a table with a schema.
    DataSourceId,
    /// A database: the container of data sources.
    DatabaseId,
    /// A person or a bot.
    UserId,
}

fn parse(text: &str) -> Result<Uuid, NotAnId> {
    // `Uuid` also takes braces and `urn:`; Notion takes neither.
    match text.len() {
        32 | 36 => Uuid::parse_str(text).map_err(|_| NotAnId(text.to_owned())),
        0..=31 | 33..=35 | 37.. => Err(NotAnId(text.to_owned())),
    }
}

/// A property's id in the percent-encoded form Notion returns; it survives renames.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyId(pub(super) Arc<str>);

impl PropertyId {
    pub(super) fn title() -> PropertyId {
        PropertyId(Arc::from("title"))
    }

    /// The id as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id itself, as a path or a query string holds it after one decoding.
    pub(super) fn decoded(&self) -> String {
        percent_encoding::percent_decode_str(&self.0).decode_utf8_lossy().into_owned()
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of an option of a select, multi-select or status property; it survives renames.
pub(super) type ChoiceId = Arc<str>;
