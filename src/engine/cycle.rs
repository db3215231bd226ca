//! One cycle of one sync, from beginning to end (DESIGN §3).

use std::collections::BTreeSet;

use tracing::Instrument as _;

use super::adopt;
use super::case::Case;
use super::commit::finish_in;
use super::due;
use super::execute::{Job, Ran, execute};
use super::fresh::{self, Fresh};
use super::ground::{Ground, Services, compare_everything};
use super::hands::Hands;
use super::lost;
use super::missing::missing;
use super::moved;
use super::observe::{Observation, Observer};
use super::order::{Mode, Order, Scope};
use super::plan::{plan_cases, set_aside};
use super::recover::recover;
use super::report::{Brake, Held, Problem, Report, Waiting};
use super::trouble::Trouble;
use crate::clock;
use crate::config::SyncConfig;
use crate::merge::{BrakeInput, PairPlan, Verdict, creation_line, guard, lines};
use crate::model::{ItemRef, RepoName, Side};
use crate::sabotage::{Bug, planted};
use crate::store::{BrakeState, CycleEnd, CycleId, PairId, Pending, Store, StoreError, SyncId};

/// So many pairs that a complete listing lacks are read directly in one cycle (I14).
const MAX_DIRECT_READS: usize = 1_000;
/// So many reads run at once while planning.
pub(super) const PARALLEL_READS: usize = 8;
/// So many pairs are committed together when nothing has to be sent for them.
const BATCH: usize = 500;

/// Runs one cycle of one sync. Everything that goes wrong at a distance is in the report.
///
/// # Errors
/// When the database cannot be used. Nothing that was committed is lost by it.
pub async fn run_cycle(
    services: &Services,
    store: &Store,
    config: &SyncConfig,
    order: &Order<'_>,
) -> Result<Report, StoreError> {
    let (sync, cycle) = store.transaction(|tx| {
        let sync = tx.ensure_sync(&config.name)?;
        Ok((sync, tx.begin_cycle(sync, clock::now_utc())?))
    })?;
    let mut report = Report::new(&config.name);
    let before = services.requests_sent();
    let attempt = Attempt { services, store, config, order, sync, cycle };
    let span = tracing::info_span!("cycle", sync = config.name, cycle = %cycle);
    match attempt.run(&mut report).instrument(span).await {
        Ok(()) => {}
        Err(Trouble::Store(error)) => return Err(error),
        Err(Trouble::Remote { what, error }) => {
            report.problems.push(Problem::remote(&what, &error));
        }
        Err(Trouble::Later(reason)) => report.problems.push(Problem::limit(reason)),
        Err(Trouble::Problems(problems)) => report.problems.extend(problems),
    }
    let after = services.requests_sent();
    for side in Side::BOTH {
        report.counts.requests[side] = after[side].saturating_sub(before[side]);
    }
    attempt.close(&mut report)?;
    Ok(report)
}

/// One attempt at a cycle.
struct Attempt<'a> {
    services: &'a Services,
    store: &'a Store,
    config: &'a SyncConfig,
    order: &'a Order<'a>,
    sync: SyncId,
    cycle: CycleId,
}

impl Attempt<'_> {
    async fn run(&self, report: &mut Report) -> Result<(), Trouble> {
        if self.order.scope == Scope::Everything {
            compare_everything(self.store, self.sync)?;
        }
        let (services, store, scope) = (self.services, self.store, self.order.scope);
        let mut ground =
            Ground::survey(services, store, self.config, self.sync, self.cycle, scope).await?;
        let hands = match self.order.mode {
            Mode::Execute => Some(Hands::new(&ground)),
            Mode::PlanOnly => planted(Bug::DryRunWrites).then(|| Hands::new(&ground)),
        };
        let recovered = recover(&ground, hands.as_ref()).await?;
        let (mut seen, index, full) = self.observe(&mut ground, &recovered.pairs).await?;
        let unclear = recovered.show(&ground, &mut seen)?;
        report.full = full;
        lost::date(&ground, seen.started)?;
        report_broken(&ground, report);
        report.problems.append(&mut seen.problems);
        self.store.transaction(|tx| {
            seen.digests
                .iter()
                .try_for_each(|(pair, side, digest)| tx.set_digest(*pair, *side, Some(*digest)))
        })?;
        let (mut missing, too_many) = missing(&ground, &mut seen, &index, MAX_DIRECT_READS)?;
        if too_many {
            report.problems.push(Problem::limit(format!(
                "sync `{}`: complete listings lack more than {MAX_DIRECT_READS} pairs: so many were read one by one, and the next cycle goes on with the others",
                self.config.name
            )));
        }
        missing.append(&mut seen.doubtful);
        moved::look_at_missing(&ground, &mut seen, missing).await?;
        due::add(&ground, &mut seen, full).await?;
        moved::follow_titles(&ground, &mut seen, full).await?;
        adopt::adopt(&ground, &mut seen).await?;
        set_aside(&ground, &mut seen, &unclear);
        let mut fresh = fresh::plan(&ground, &mut seen).await?;
        let (planned, mut failed) = plan_cases(&ground, &mut seen, &unclear).await?;

        if self.is_braked(&ground, &seen, &planned, report)? {
            self.show(report, &planned, &fresh);
            report.counts = seen.counts;
            return Ok(());
        }
        report.counts = seen.counts;
        report.counts.left_out = fresh.settled.len() as u64;
        let Some(hands) = hands else {
            self.show(report, &planned, &fresh);
            self.record(&ground, &seen, &fresh, &failed, Advance::Nothing)?;
            return Ok(());
        };
        let jobs = commit_quiet(&ground, planned, &mut fresh)?;
        let ran = execute(&ground, &hands, jobs, self.order.halt, self.order.progress).await?;
        let cut_short = ran.cut_short;
        add(report, &mut failed, ran);
        let advance = match (cut_short, full && !too_many) {
            (true, _) if !planted(Bug::CursorsAfterError) => Advance::Nothing,
            (_, false) => Advance::Cursors,
            (_, true) => Advance::CursorsAndShape,
        };
        self.record(&ground, &seen, &fresh, &failed, advance)?;
        ground.forget_doubted_schema()?;
        Ok(())
    }

    /// Lists both sides, twice when what came changed the meaning of what we know.
    async fn observe(
        &self,
        ground: &mut Ground<'_>,
        recovered: &[PairId],
    ) -> Result<(Observation, super::index::Index, bool), Trouble> {
        let owed = ground.owed()?;
        let mut full = self.order.scope == Scope::Everything
            || !ground.is_known_shape()?
            || self.lacks_a_cursor(ground, &owed)?;
        if full {
            compare_everything(self.store, self.sync)?;
        }
        let attention = due::attention(ground, recovered)?;
        let (seen, index) = Observer::new(ground, full, attention.clone())?.observe().await?;
        // Back in sight: its issues and pages were never compared with the rest.
        let is_back = !full && owed.iter().any(|repo| !seen.unseen.contains(repo));
        let is_misled = !full && Observer::is_misled(ground, &seen)?;
        if !ground.refresh_if_doubted().await? && !is_back && !is_misled {
            return Ok((seen, index, full));
        }
        full = true;
        compare_everything(self.store, self.sync)?;
        let (seen, index) = Observer::new(ground, full, attention)?.observe().await?;
        Ok((seen, index, full))
    }

    fn lacks_a_cursor(
        &self,
        ground: &Ground<'_>,
        owed: &BTreeSet<RepoName>,
    ) -> Result<bool, Trouble> {
        let source = ground.source.id.to_string();
        if self.store.cursor(self.sync, Side::Notion, &source)?.is_none() {
            return Ok(true);
        }
        for repo in &self.config.repositories {
            if !owed.contains(repo)
                && self.store.cursor(self.sync, Side::GitHub, repo.as_str())?.is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The brake over the whole plan; a released plan is spent here.
    fn is_braked(
        &self,
        ground: &Ground<'_>,
        seen: &Observation,
        planned: &[(Case, PairPlan)],
        report: &mut Report,
    ) -> Result<bool, Trouble> {
        let plans: Vec<(ItemRef, &PairPlan)> =
            planned.iter().map(|(case, plan)| (case.item(), plan)).collect();
        let released = self.store.released(self.sync)?;
        let safety = &self.services.safety;
        let verdict = guard(&BrakeInput {
            plans: &plans,
            known_pairs: self.store.count_pairs(self.sync)?.linked,
            percent: safety.brake_percent,
            floor: safety.brake_floor,
            empty_side: seen.empty,
            released: released.as_deref(),
        });
        let (reasons, digest) = match verdict {
            Verdict::Go => {
                self.store.transaction(|tx| {
                    if self.order.mode == Mode::Execute
                        && let Some(released) = &released
                        && *released == crate::merge::digest(&plans)
                    {
                        tx.take_release(self.sync, released)?;
                    }
                    tx.put_brake(self.sync, None)
                })?;
                return Ok(false);
            }
            Verdict::Stop { .. } if planted(Bug::BrakeOff) => return Ok(false),
            Verdict::Stop { reasons, digest } => (reasons, digest),
        };
        let since = clock::now_utc();
        let brake = BrakeState { digest: digest.clone(), reasons: reasons.clone(), since };
        self.store.transaction(|tx| tx.put_brake(self.sync, Some(&brake)))?;
        tracing::warn!(sync = ground.config.name, %digest, reasons = reasons.join("; "), "the brake is on: nothing is written");
        report.brake = Some(Brake { digest, reasons });
        Ok(!planted(Bug::BrakeIgnored))
    }

    /// What would be done, for people.
    fn show(&self, report: &mut Report, planned: &[(Case, PairPlan)], fresh: &Fresh) {
        for (case, plan) in planned {
            report.plan.extend(lines(&case.item(), &case.title(), plan));
        }
        for making in &fresh.makings {
            report.plan.extend(creation_line(&making.source.item(), &making.plan));
        }
    }

    /// What waits, what failed, and, when nothing was left out, from where the next cycle may start: one transaction
    /// (I9).
    fn record(
        &self,
        ground: &Ground<'_>,
        seen: &Observation,
        fresh: &Fresh,
        failed: &[Pending],
        advance: Advance,
    ) -> Result<(), Trouble> {
        let owed = ground.owed()?;
        self.store.transaction(|tx| {
            let known = tx.pending(self.sync)?;
            let held = tx.holds(self.sync)?;
            let items = known.iter().map(|row| &row.item).chain(held.iter().map(|row| &row.item));
            let noted: BTreeSet<String> = items.map(ToString::to_string).collect();
            for pending in fresh.pending.iter().chain(failed) {
                let is_lost = match pending.waits {
                    true => planted(Bug::WaitingForgotten),
                    false => planted(Bug::FailureNotRecorded),
                };
                if !known.contains(pending) && !is_lost {
                    tx.put_pending(pending)?;
                }
                if pending.waits {
                    tx.drop_hold(self.sync, &pending.item, None)?;
                }
            }
            for hold in &fresh.holds {
                tx.put_hold(hold)?;
                tx.drop_pending(self.sync, &hold.item)?;
            }
            // Few of what is left out waited before, and there may be a hundred thousand.
            for item in &fresh.settled {
                if noted.contains(&item.to_string()) {
                    tx.drop_pending(self.sync, item)?;
                    tx.drop_hold(self.sync, item, None)?;
                }
            }
            let is_whole = advance == Advance::CursorsAndShape;
            if advance != Advance::Nothing {
                for (side, key, cursor) in &seen.cursors {
                    // What a page says of an issue that could not be seen is still to be done, if not by the full
                    // scan that its repository gets when it is back.
                    if *side == Side::GitHub || is_whole || seen.unseen.is_subset(&owed) {
                        tx.put_cursor(self.sync, *side, key, cursor)?;
                    }
                }
            }
            if is_whole {
                ground.compared_everything(tx, &seen.unseen)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Fills in what the store knows now, and notes how the cycle ended.
    fn close(&self, report: &mut Report) -> Result<(), StoreError> {
        report.counts.pairs = self.store.count_pairs(self.sync)?.linked as u64;
        // A repository that left the config takes what is known of it along.
        let covers = |item: &ItemRef| match item {
            ItemRef::Issue(issue) => self.config.repositories.contains(&issue.repo),
            ItemRef::Page(_) => true,
        };
        for hold in self.store.holds(self.sync)?.iter().filter(|hold| covers(&hold.item)) {
            let value = hold.value.as_ref();
            report.held.push(Held::new(&hold.item, hold.field, hold.side, value, &hold.reason));
        }
        let pending = self.store.pending(self.sync)?.into_iter();
        for pending in pending.filter(|pending| covers(&pending.item)) {
            let waiting = Waiting { item: pending.item.to_string(), reason: pending.reason };
            if pending.waits { &mut report.pending } else { &mut report.failed }.push(waiting);
        }
        for intent in self.store.intents(self.sync)? {
            let item = intent.source.to_string();
            if intent.made.is_none() && !report.pending.iter().any(|waiting| waiting.item == item) {
                let reason = "an attempt to make its partner has no known outcome yet".to_owned();
                report.pending.push(Waiting { item, reason });
            }
        }
        let end = CycleEnd {
            at: clock::now_utc(),
            outcome: report.outcome().to_owned(),
            fresh: report.is_fresh(),
            counts: serde_json::to_value(report.counts).unwrap_or_default(),
        };
        self.store.transaction(|tx| tx.end_cycle(self.cycle, &end))
    }
}

/// How far the cursors may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Advance {
    /// Something was left out: the next cycle lists the same again.
    Nothing,
    /// Everything listed is reconciled or pending.
    Cursors,
    /// And everything that could be seen was compared under this config and mapping.
    CursorsAndShape,
}

/// Commits, many at a time, the pairs for which nothing has to be sent; the rest are jobs.
fn commit_quiet(
    ground: &Ground<'_>,
    planned: Vec<(Case, PairPlan)>,
    fresh: &mut Fresh,
) -> Result<Vec<Job>, Trouble> {
    let (mut quiet, mut jobs) = (Vec::new(), Vec::new());
    for (case, plan) in planned {
        let unlinks =
            plan.steps.iter().any(|step| matches!(step, crate::merge::Step::Unlink { .. }));
        if plan.writes() || unlinks {
            jobs.push(Job::Pair(Box::new(case), plan));
        } else {
            quiet.push((case, plan));
        }
    }
    for batch in quiet.chunks_mut(BATCH) {
        ground.store.transaction(|tx| {
            batch.iter_mut().try_for_each(|(case, plan)| finish_in(tx, ground, case, plan))
        })?;
    }
    let makings = std::mem::take(&mut fresh.makings).into_iter();
    jobs.extend(makings.map(|making| Job::Make(Box::new(making))));
    Ok(jobs)
}

fn add(report: &mut Report, failed: &mut Vec<Pending>, ran: Ran) {
    for side in Side::BOTH {
        report.counts.created[side] += ran.counts.created[side];
        report.counts.updated[side] += ran.counts.updated[side];
    }
    report.counts.unlinked += ran.counts.unlinked;
    report.counts.not_begun += ran.counts.not_begun;
    report.problems.extend(ran.problems);
    failed.extend(ran.failed);
}

/// A broken property is told once for the whole sync.
fn report_broken(ground: &Ground<'_>, report: &mut Report) {
    for (field, reason) in &ground.mapping.broken {
        report.held.push(Held {
            item: format!("every pair of sync `{}`", ground.config.name),
            field: Some(*field),
            side: Side::Notion,
            value: None,
            reason: reason.clone(),
        });
    }
}
