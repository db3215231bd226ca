//! Pairs that were given up because their page was in the trash, from which it may be back.

use super::again::to_compare;
use super::ground::Ground;
use super::trouble::Trouble;
use crate::model::Page;
use crate::remote::Lookup;
use crate::store::{Link, Pair};

/// So many such pages are looked at in one cycle (I14); the next goes on with the others.
const MAX_BACK: usize = 200;

/// Pairs that were given up for a page in the trash, which a list shows outside of it.
#[derive(Default)]
pub(super) struct Returned {
    pairs: Vec<(Pair, Page)>,
    left: usize,
}

impl Returned {
    pub(super) fn push(&mut self, pair: Pair, page: Page) {
        if self.pairs.len() < MAX_BACK {
            self.pairs.push((pair, page));
        } else {
            self.left += 1;
        }
    }

    /// Those that this cycle looks at, and whether they are all.
    pub(super) fn take(&mut self, sync: &str) -> (Vec<(Pair, Page)>, bool) {
        let Returned { pairs, left } = std::mem::take(self);
        if left > 0 {
            tracing::info!(%sync, left, "more pages may be back from the trash than one cycle looks at; the next goes on");
        }
        (pairs, left == 0)
    }
}

/// What became of a page in the trash that a list shows outside of it.
pub(super) enum Back {
    /// It is back, and shows this now; the two are a pair again.
    Paired(Box<Page>),
    /// The list is behind.
    StillTrashed,
    /// It could not be seen: it has to be listed again.
    Unclear,
}

/// Looks at the page, and makes the two a pair again. A list alone may show what was: the pair's next step could be to take
/// the page out of the trash, where somebody has just put it.
pub(super) async fn look(ground: &Ground<'_>, pair: &Pair, listed: &Page) -> Result<Back, Trouble> {
    let page = match ground.services.notion.page(listed.id, &ground.mapping).await {
        Ok(Lookup::Found(page)) if !page.in_trash => page,
        Ok(Lookup::Found(_) | Lookup::Gone) => return Ok(Back::StillTrashed),
        Ok(Lookup::Moved(why) | Lookup::Hidden(why)) => {
            tracing::warn!(pair = %pair.issue, why, "its page may be back from the trash and is not shown; the next cycle looks again");
            return Ok(Back::Unclear);
        }
        Err(error) if error.stops_the_side() => {
            return Err(Trouble::remote(&pair.issue.to_string(), error));
        }
        Err(error) => {
            tracing::warn!(pair = %pair.issue, %error, "its page may be back from the trash and cannot be looked at; the next cycle does");
            return Ok(Back::Unclear);
        }
    };
    // What happened to the issue meanwhile is in no listing any more.
    let back = to_compare(ground, &pair.issue, "the page is back: both sides are compared");
    ground.store.transaction(|tx| {
        tx.set_link(pair.id, &Link::Linked)?;
        tx.put_pending(&back)
    })?;
    Ok(Back::Paired(Box::new(page)))
}
