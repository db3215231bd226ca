//! `tandem plan`, also `run --dry-run`: what the next cycle would write, with its cost. It works on a copy of the
//! database, so it changes nothing and may run beside a daemon (I15).

use super::connect::services;
use super::output::print_round;
use super::render::Show;
use super::round::{Round, run_round};
use super::{Context, Exit, Failure};
use crate::config::Config;
use crate::engine::{Halt, Mode, Order, Scope, Unwatched};
use crate::remote::Patience;
use crate::store::Store;

/// Runs the command.
pub(super) async fn run(scope: Scope, context: &Context<'_>) -> Result<Exit, Failure> {
    let config = context.config()?;
    let round = plan(scope, &config, context).await?;
    let notion_per_minute = config.notion.requests_per_minute;
    print_round(&round, Show::Planned { notion_per_minute }, context.json)
}

/// Plans the next cycle of every sync.
pub(super) async fn plan(
    scope: Scope,
    config: &Config,
    context: &Context<'_>,
) -> Result<Round, Failure> {
    let services = services(config, context.env, &Patience::at_most(config.safety.max_wait))?;
    let scratch = Store::open_scratch(&config.database)?;
    let (mode, halt) = (Mode::PlanOnly, Halt::default());
    let order = Order { scope, mode, halt: &halt, progress: &Unwatched };
    Ok(run_round(&services, &scratch, &config.syncs, &order).await)
}
