//! What people do on both sides while tandem is not looking, and what must have come of it.

mod body;
mod both;
mod github;
mod notion;

use std::collections::VecDeque;

use super::stage::Stage;
use crate::sim;
use crate::sim::github::IssueView;
use crate::sim::notion::{PageId, PageView};
use crate::store::Store;

/// Minutes between two acts.
const MINUTES_APART: u64 = 3;
/// So many characters of a title are kept when it is changed.
const KEPT_TITLE_CHARS: usize = 40;

/// Whether something came true.
type Claim = Box<dyn Fn(&Stage, &Store) -> bool + Send>;

/// Something people did.
pub(super) struct Act {
    /// When, on the stand-ins' clocks.
    pub(super) at: String,
    /// Who did what.
    pub(super) said: String,
    /// What must have come of it.
    pub(super) expected: String,
    holds: Claim,
}

impl Act {
    fn new(
        stage: &Stage,
        said: String,
        expected: String,
        holds: impl Fn(&Stage, &Store) -> bool + Send + 'static,
    ) -> Act {
        Act { at: stage.time(), said, expected, holds: Box::new(holds) }
    }

    /// Whether it came true.
    pub(super) fn holds(&self, stage: &Stage, store: &Store) -> bool {
        (self.holds)(stage, store)
    }
}

/// Somebody tried to do something to what is not there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// On GitHub.
    #[error(transparent)]
    GitHub(#[from] sim::github::Unknown),
    /// In Notion.
    #[error(transparent)]
    Notion(#[from] sim::notion::Unknown),
}

/// One act; none when no issue is fit for it.
type Done = Result<Option<Act>, Failed>;

/// Everything that is done, in the order it is done in. Each act has an issue of its own.
pub(super) fn perform(stage: &Stage) -> Result<Vec<Act>, Failed> {
    let all: [fn(&mut Cast<'_>) -> Done; 18] = [
        body::ticks_and_rewords,
        body::adds_a_paragraph,
        body::edit_one_body,
        body::mentions_somebody,
        notion::writes_a_new_page,
        notion::retitles,
        notion::closes,
        notion::reopens,
        notion::assigns,
        notion::plans,
        notion::picks_a_type_github_lacks,
        notion::types_over_a_number,
        github::retitles,
        github::adds_a_label_with_a_comma,
        github::closes_as_not_planned,
        github::opens_an_issue,
        both::add_a_label,
        both::retitle,
    ];
    let mut cast = Cast { stage, free: stage.pairs().into() };
    let mut done = Vec::new();
    for act in all {
        stage.wait(MINUTES_APART);
        done.extend(act(&mut cast)?);
    }
    Ok(done)
}

/// The pairs nobody has acted on.
struct Cast<'a> {
    stage: &'a Stage,
    free: VecDeque<(IssueView, PageId)>,
}

impl Cast<'_> {
    /// The next pair that fits.
    fn take(&mut self, fits: impl Fn(&IssueView) -> bool) -> Option<(IssueView, PageId)> {
        let at = self.free.iter().position(|(issue, _)| fits(issue))?;
        self.free.remove(at)
    }

    /// The next pair that has what is looked for, and that.
    fn find<T>(
        &mut self,
        look: impl Fn(&IssueView, PageId) -> Option<T>,
    ) -> Option<((IssueView, PageId), T)> {
        let mut free = self.free.iter().enumerate();
        let (at, found) = free.find_map(|(at, (issue, page))| Some((at, look(issue, *page)?)))?;
        Some((self.free.remove(at)?, found))
    }

    /// The next pair, an open one if there is any.
    fn take_any(&mut self) -> Option<(IssueView, PageId)> {
        self.take(|issue| !issue.is_closed).or_else(|| self.free.pop_front())
    }
}

/// The title with something new at its end.
fn retitled(issue: &IssueView, end: &str) -> String {
    let start: String = issue.title.trim().chars().take(KEPT_TITLE_CHARS).collect();
    format!("{} {end}", start.trim_end().replace(['\n', '\r'], " "))
}

fn issue_is(stage: &Stage, number: u64, test: impl FnOnce(&IssueView) -> bool) -> bool {
    let issue = stage.world.github(|github, _| github.issue(stage.repo, number));
    issue.is_some_and(|issue| test(&issue))
}

fn page_is(stage: &Stage, page: PageId, test: impl FnOnce(&PageView<'_>) -> bool) -> bool {
    stage.world.notion(|notion, _| notion.page(page).is_some_and(|page| test(&page)))
}
