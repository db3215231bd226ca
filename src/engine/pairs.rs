//! Which pair an item belongs to, whatever it is called now.

use super::ground::Ground;
use super::trouble::Trouble;
use crate::model::{Issue, ItemRef};
use crate::store::{Link, Pair};

pub(super) fn is_linked(pair: &Pair) -> bool {
    match pair.link {
        Link::Linked => true,
        Link::Unlinked { .. } => false,
    }
}

/// The pair of an issue, by its id, else by its name.
pub(super) fn pair_of_issue(ground: &Ground<'_>, issue: &Issue) -> Result<Option<Pair>, Trouble> {
    if issue.id.0 != 0
        && let Some(pair) = ground.store.pair_by_issue_id(ground.sync, issue.id)?
    {
        return Ok(Some(pair));
    }
    let named = ground.store.pair_by_issue(ground.sync, &issue.at)?;
    // Under a name that was used before, another id is another issue.
    Ok(named.filter(|pair| pair.issue_id.0 == 0 || issue.id.0 == 0 || pair.issue_id == issue.id))
}

/// Takes over a new name (a renamed repository) and ids that were not known yet.
pub(super) fn follow_name(
    ground: &Ground<'_>,
    pair: &mut Pair,
    issue: &Issue,
) -> Result<(), Trouble> {
    let renamed = pair.issue.repo.as_str() != issue.at.repo.as_str() || pair.issue != issue.at;
    let learned = pair.issue_id.0 == 0 && issue.id.0 != 0;
    if renamed || learned {
        ground.store.transaction(|tx| {
            if renamed {
                tx.rename_issue(pair.id, &issue.at)?;
            }
            tx.set_issue_ids(pair.id, issue.id, issue.repo_id)
        })?;
        (pair.issue, pair.issue_id) = (issue.at.clone(), issue.id);
    }
    Ok(())
}

/// The item a pending row or an intent names, as the sync's pair if it has one.
pub(super) fn pair_of(ground: &Ground<'_>, item: &ItemRef) -> Result<Option<Pair>, Trouble> {
    Ok(match item {
        ItemRef::Issue(issue) => ground.store.pair_by_issue(ground.sync, issue)?,
        ItemRef::Page(page) => ground.store.pair_by_page(ground.sync, *page)?,
    })
}
