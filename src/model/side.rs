//! The two sides of a pair, and a container with one slot for each.

use std::fmt;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// One of the two services a pair lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The issue.
    GitHub,
    /// The page.
    Notion,
}

impl Side {
    /// Both sides, GitHub first.
    pub const BOTH: [Side; 2] = [Side::GitHub, Side::Notion];

    /// The opposite side.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::GitHub => Side::Notion,
            Side::Notion => Side::GitHub,
        }
    }

    /// The name as written in SQL, JSON and config values.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Side::GitHub => "github",
            Side::Notion => "notion",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::GitHub => "GitHub",
            Side::Notion => "Notion",
        })
    }
}

/// One value for each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sides<T> {
    /// GitHub's.
    pub github: T,
    /// Notion's.
    pub notion: T,
}

impl<T> Sides<T> {
    /// The same pair with the two values exchanged (for I11).
    #[must_use]
    pub fn swap(self) -> Sides<T> {
        Sides { github: self.notion, notion: self.github }
    }

    /// Applies `f` to both values.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Sides<U> {
        Sides { github: f(self.github), notion: f(self.notion) }
    }

    /// Borrows both values.
    pub fn as_ref(&self) -> Sides<&T> {
        Sides { github: &self.github, notion: &self.notion }
    }
}

impl<T> Index<Side> for Sides<T> {
    type Output = T;
    fn index(&self, side: Side) -> &T {
        match side {
            Side::GitHub => &self.github,
            Side::Notion => &self.notion,
        }
    }
}

impl<T> IndexMut<Side> for Sides<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::GitHub => &mut self.github,
            Side::Notion => &mut self.notion,
        }
    }
}
