//! What can end a cycle, or one piece of its work, early.

use super::report::Problem;
use crate::remote::RemoteError;
use crate::store::StoreError;

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database cannot be used: the run ends.
    Store(StoreError),
    /// One request did not bring what was asked for.
    Remote {
        /// What was asked.
        what: String,
        /// What came.
        error: RemoteError,
    },
    /// Nothing went wrong at a distance: this item has to wait for the next cycle, for the reason given.
    Later(String),
    /// Config and reality do not fit.
    Problems(Vec<Problem>),
}

impl Trouble {
    pub(super) fn remote(what: &str, error: RemoteError) -> Trouble {
        Trouble::Remote { what: what.to_owned(), error }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Store(error)
    }
}
