//! Running cycles of the engine, and counting what each asked of the two services: the stand-ins count, not we.

use std::time::Duration;

use super::stage::Stage;
use crate::cli::connect::{Readers, connect_over};
use crate::cli::progress::Watch;
use crate::cli::{Exit, Failure, Screen};
use crate::clock;
use crate::config::{Env, SyncConfig};
use crate::engine::{Halt, Mode, Order, Report, Scope, Services, run_cycle};
use crate::model::Sides;
use crate::remote::{HttpTransport, Pace, Patience};
use crate::sim::Counts;
use crate::store::{Lock, Store};

/// One cycle: what it was for and what it cost.
#[derive(Debug, Clone)]
pub(super) struct Cycle {
    pub(super) purpose: &'static str,
    pub(super) counts: Sides<Counts>,
    pub(super) took: Duration,
    pub(super) report: Report,
}

impl Cycle {
    /// Requests to both sides that asked for a change.
    pub(super) fn writes(&self) -> u64 {
        self.counts.github.writes + self.counts.notion.writes
    }
}

/// Runs cycles of the one sync.
pub(super) struct Runner {
    services: Services,
    store: Store,
    sync: SyncConfig,
    progress: Watch,
    _lock: Lock,
}

impl Runner {
    /// Opens the database and builds both adapters, over real HTTP. Must run inside a runtime.
    pub(super) fn new(stage: &Stage, screen: &Screen) -> Result<Runner, Failure> {
        let config = &stage.config;
        let patience = Patience::at_most(config.safety.max_wait);
        // The tokens are in files: nothing of this process's environment counts.
        let (transport, pace, env) =
            (HttpTransport::loopback, Pace::github_raised(), Env::default());
        let Readers { github, notion } = connect_over(transport, pace, config, &env, &patience)?;
        let sync = config.syncs.first().cloned();
        Ok(Runner {
            services: Services {
                github,
                notion,
                users: config.users.clone(),
                safety: config.safety,
            },
            sync: sync
                .ok_or_else(|| Failure::new(Exit::Failed, "the demo's config has no sync"))?,
            _lock: Lock::take(&config.database)?,
            store: Store::open(&config.database)?,
            progress: Watch::new(screen),
        })
    }

    /// Runs one cycle and counts.
    pub(super) async fn cycle(
        &self,
        stage: &Stage,
        purpose: &'static str,
        scope: Scope,
    ) -> Result<Cycle, Failure> {
        stage.world.clear_seen();
        let begun = clock::monotonic();
        let halt = Halt::default();
        let order = Order { scope, mode: Mode::Execute, halt: &halt, progress: &self.progress };
        let report = run_cycle(&self.services, &self.store, &self.sync, &order).await?;
        let took = clock::monotonic() - begun;
        Ok(Cycle { purpose, counts: stage.world.counts(), took, report })
    }

    /// The database.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}
