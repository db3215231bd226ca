//! What the lens promises, told as stories.

mod carry;
mod conflicts;
mod github;

use super::{Input, Outcome, Place, reconcile, to_notion};
use crate::model::Sides;

/// Where every body of these stories lives.
fn place() -> Place {
    Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
}

/// A body and how Notion shows it.
struct Pair {
    github: String,
    notion: String,
}

/// Makes the page of a body.
fn mirrored(github: &str) -> Pair {
    Pair { github: github.to_owned(), notion: to_notion(github, &place()).unwrap() }
}

impl Pair {
    fn reconciled(&self, github: &str, notion: &str) -> Outcome {
        let base = Sides { github: self.github.as_str(), notion: self.notion.as_str() };
        let now = Sides { github, notion };
        reconcile(&Input { base: Some(base), now, source: None, winner: None, place: &place() })
    }

    /// What GitHub gets after somebody replaced a text in Notion.
    fn edited_in_notion(&self, old: &str, new: &str) -> String {
        assert_eq!(self.notion.matches(old).count(), 1, "{old:?} in\n{}", self.notion);
        let notion = self.notion.replace(old, new);
        match self.reconciled(&self.github, &notion) {
            Outcome::Write { to: Sides { github: Some(text), notion: None }, .. } => text,
            other => panic!("{other:?}"),
        }
    }

    /// What Notion gets after somebody replaced a text on GitHub.
    fn edited_on_github(&self, old: &str, new: &str) -> String {
        assert_eq!(self.github.matches(old).count(), 1, "{old:?} in\n{}", self.github);
        let github = self.github.replace(old, new);
        match self.reconciled(&github, &self.notion) {
            Outcome::Write { to: Sides { github: None, notion: Some(text) }, .. } => text,
            other => panic!("{other:?}"),
        }
    }
}
