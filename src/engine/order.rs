//! How a cycle is to be run: how much it compares, whether it may write, who watches, who may stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much a cycle compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What changed since the cursors, and what is due.
    Changes,
    /// Everything, whatever the cursors say.
    Everything,
}

/// Whether a cycle may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Plan, guard and execute.
    Execute,
    /// Plan and guard, holding nothing that could send a mutation (I15).
    PlanOnly,
}

/// Tells a running cycle to finish what it has in hand and to begin nothing new. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Asks for the halt; it cannot be taken back.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Told how far the execution of a plan has come.
pub trait Progress: Send + Sync {
    /// So many pairs and new items will be written.
    fn begin(&self, sync: &str, total: usize);
    /// One of them is done, or failed.
    fn advance(&self);
    /// Nothing more will be done in this cycle.
    fn end(&self);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: &str, _: usize) {}
    fn advance(&self) {}
    fn end(&self) {}
}

/// One order to run a cycle.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// How much to compare.
    pub scope: Scope,
    /// Whether to write.
    pub mode: Mode,
    /// Who may stop it.
    pub halt: &'a Halt,
    /// Who watches.
    pub progress: &'a dyn Progress,
}
