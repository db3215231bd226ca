//! What can change something, as the engine alone can obtain it (I15).

use tokio::sync::Mutex;

use super::ground::Ground;
use crate::remote::Permit;
use crate::{github, notion};

/// What can change something. Only the engine can make these (I15).
pub(super) struct Hands {
    pub(super) github: github::Writer,
    pub(super) notion: notion::Writer,
    /// GitHub takes one write at a time: whoever waits for it waits before looking, not between look and write.
    pub(super) github_turn: Mutex<()>,
}

impl Hands {
    pub(super) fn new(ground: &Ground<'_>) -> Hands {
        let permit = Permit::grant();
        Hands {
            github: github::Writer::new(&ground.services.github, &permit),
            notion: notion::Writer::new(&ground.services.notion, &permit),
            github_turn: Mutex::new(()),
        }
    }
}
