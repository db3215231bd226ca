//! Where a listing has been, so that one which leads back to itself is noticed (I14).

/// The cursors a listing came by. It keeps one of them at a time, farther and farther on: in a circle that one comes
/// again (Brent's method), so that a listing of any length costs nothing.
#[derive(Debug, Default)]
pub struct Trail {
    mark: Option<String>,
    since: usize,
    until: usize,
}

impl Trail {
    /// Goes on to this cursor; true when the listing goes in a circle.
    #[must_use]
    pub fn is_back_at(&mut self, cursor: &str) -> bool {
        if self.mark.as_deref() == Some(cursor) {
            return true;
        }
        self.since += 1;
        if self.since > self.until {
            self.mark = Some(cursor.to_owned());
            self.until = self.since.saturating_mul(2);
            self.since = 0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_circle_is_noticed_soon_whatever_leads_to_it(before in 0_usize..50, round in 1_usize..50) {
            let cursor = |n: usize| if n < before { n } else { before + (n - before) % round };
            let mut trail = Trail::default();
            let noticed = (0..).find(|n| trail.is_back_at(&cursor(*n).to_string())).unwrap();
            prop_assert!(noticed >= before.max(1), "no cursor came twice before {noticed}");
            prop_assert!(noticed <= 4 * (before + round) + 4, "{noticed}");
        }

        #[test]
        fn a_listing_that_goes_on_is_no_circle(len in 0_usize..500) {
            let mut trail = Trail::default();
            prop_assert!(!(0..len).any(|n| trail.is_back_at(&n.to_string())));
        }
    }
}
