//! `tandem run`: one cycle of every sync with `--once`, only its plan with `--dry-run`; else the daemon.

use super::connect::services;
use super::interrupt;
use super::output::print_round;
use super::progress::Watch;
use super::render::Show;
use super::round::run_round;
use super::{Context, Exit, Failure, RunArgs, daemon, plan};
use crate::engine::{Halt, Mode, Order, Scope};
use crate::remote::Patience;
use crate::store::{Lock, Store};

/// Runs the command.
pub(super) async fn run(args: RunArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    let scope = if args.full { Scope::Everything } else { Scope::Changes };
    match args {
        RunArgs { dry_run: true, .. } => plan::run(scope, context).await,
        RunArgs { once: true, .. } => once(scope, context).await,
        RunArgs { .. } => daemon::run(scope, context).await,
    }
}

async fn once(scope: Scope, context: &Context<'_>) -> Result<Exit, Failure> {
    let signals = interrupt::listen()?;
    let config = context.config()?;
    let services = services(&config, context.env, &Patience::at_most(config.safety.max_wait))?;
    let _lock = Lock::take(&config.database)?;
    let store = Store::open(&config.database)?;
    let (halt, progress) = (Halt::default(), Watch::new(context.screen));
    let order = Order { scope, mode: Mode::Execute, halt: &halt, progress: &progress };
    let work = run_round(&services, &store, &config.syncs, &order);
    let round = interrupt::run(work, &halt, signals).await.ok_or_else(cut_short)?;
    print_round(&round, Show::Done, context.json)
}

fn cut_short() -> Failure {
    let message = "stopped by a signal in the middle of a cycle; nothing is lost: run again";
    Failure::new(Exit::Failed, message)
}
