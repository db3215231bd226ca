//! The cycle: recover, observe, plan, guard, execute, advance the cursors. The only place that orders effects, and the
//! only one that can obtain what mutates.
//!
//! Every decision is made by [`crate::merge`], from what was freshly observed and the base; here it is decided only
//! where to look, in which order to write, and what to remember so that a process may end at any moment.

mod adopt;
mod again;
mod ask;
mod back;
mod case;
mod commit;
mod content;
mod cycle;
mod due;
mod ending;
mod execute;
mod fresh;
mod ground;
mod hands;
mod holds;
mod images;
mod index;
mod lost;
mod make;
mod missing;
mod moved;
mod new_body;
mod observe;
mod order;
mod pairs;
mod people;
mod plan;
mod properties;
mod recover;
mod replaced;
mod report;
mod settle;
mod sight;
mod trouble;
mod write;
mod write_content;

pub use cycle::run_cycle;
pub use ground::{Services, remembered};
pub use order::{Halt, Mode, Order, Progress, Scope, Unwatched};
pub use people::link_up;
pub use report::{Brake, Counts, Held, Problem, ProblemKind, Report, Waiting};
