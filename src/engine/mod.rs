//! The cycle: recover, observe, plan, guard, execute, advance the cursors. The only place that orders effects, and the
//! only one that can obtain what mutates.

mod order;
mod report;

pub use order::{Halt, Mode, Order, Progress, Scope, Unwatched};
pub use report::{Brake, Counts, Held, Problem, ProblemKind, Report, Waiting};
