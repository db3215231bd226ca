//! What `status` tells: read from the database, shown to people or as a document.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::super::progress::spoken;
use super::super::render::{brake_lines, counted, held_text, labelled, release_of};
use super::super::round::PROBLEMS;
use super::super::{Exit, Failure};
use super::fresh::{is_stale, stale_from};
use super::past::{Conflicts, History};
use crate::config::{Config, Schedule};
use crate::engine::Brake;
use crate::model::{Field, Side, Sides};
use crate::store::{Cycle, HoldRow, Pending, Store, SyncId};

/// Cycles looked at for what went wrong.
const LAST_CYCLES: usize = 20;
/// Of those that did, so many are told to people: one outage is in every cycle it lasted.
const NAMED_ERRORS: usize = 3;
/// Pending items that are named to people; a document names all of them.
const NAMED_PENDING: usize = 20;

/// How everything stands.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    exit: u8,
    database: String,
    syncs: Vec<SyncStatus>,
    conflicts: Conflicts,
    history: History,
    #[serde(skip)]
    now: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct SyncStatus {
    sync: String,
    stale: bool,
    last_fresh: Option<DateTime<Utc>>,
    stale_from: Option<DateTime<Utc>>,
    last_cycle: Option<CycleStatus>,
    /// Up to where each side has been read, by that server's clock.
    seen: Sides<Vec<Seen>>,
    pairs: Pairs,
    brake: Option<BrakeStatus>,
    held: Vec<HeldStatus>,
    failed: Vec<Waiting>,
    pending: Vec<Waiting>,
    errors: Vec<CycleStatus>,
}

#[derive(Debug, Clone, Serialize)]
struct CycleStatus {
    started: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    outcome: Option<String>,
    fresh: bool,
    counts: Option<serde_json::Value>,
    /// What kept it from being whole.
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Seen {
    of: String,
    up_to: DateTime<Utc>,
}

#[derive(Debug, Default, Serialize)]
struct Pairs {
    linked: usize,
    unlinked: usize,
}

#[derive(Debug, Serialize)]
struct BrakeStatus {
    digest: String,
    reasons: Vec<String>,
    since: DateTime<Utc>,
    release: String,
    /// Whether this plan is let go already, and waits for the next cycle.
    released: bool,
}

#[derive(Debug, Serialize)]
struct HeldStatus {
    item: String,
    field: Option<Field>,
    side: Side,
    value: Option<String>,
    reason: String,
    since: DateTime<Utc>,
    by_person: bool,
}

#[derive(Debug, Serialize)]
struct Waiting {
    item: String,
    reason: String,
    attempts: u32,
}

impl Status {
    /// Reads it; without a database no cycle has run yet.
    pub(super) fn read(
        config: &Config,
        store: Option<&Store>,
        now: DateTime<Utc>,
    ) -> Result<Status, Failure> {
        let schedule = &config.daemon.schedule;
        let mut syncs = Vec::with_capacity(config.syncs.len());
        for sync in &config.syncs {
            let id = store.map_or(Ok(None), |store| store.sync_id(&sync.name))?;
            syncs.push(match (store, id) {
                (Some(store), Some(id)) => SyncStatus::read(&sync.name, store, id, schedule, now)?,
                (Some(_) | None, _) => SyncStatus::unknown(&sync.name),
            });
        }
        let (conflicts, history) = match store {
            Some(store) => (Conflicts::read(store, now)?, History::read(store)?),
            None => (Conflicts::none(), History::default()),
        };
        let database = config.database.display().to_string();
        let mut status = Status { exit: 0, database, syncs, conflicts, history, now };
        status.exit = status.exit().code();
        Ok(status)
    }

    /// How the command ends: 3 when a sync is stale.
    pub(super) fn exit(&self) -> Exit {
        if self.syncs.iter().any(|sync| sync.stale) { Exit::Held } else { Exit::Done }
    }

    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("database {}", self.database)];
        for sync in &self.syncs {
            sync.lines(self.now, &mut lines);
        }
        self.conflicts.lines(self.now, &mut lines);
        self.history.lines(&mut lines);
        lines
    }
}

impl SyncStatus {
    /// A sync that never ran.
    fn unknown(name: &str) -> SyncStatus {
        SyncStatus {
            sync: name.to_owned(),
            stale: true,
            last_fresh: None,
            stale_from: None,
            last_cycle: None,
            seen: Sides::default(),
            pairs: Pairs::default(),
            brake: None,
            held: Vec::new(),
            failed: Vec::new(),
            pending: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn read(
        name: &str,
        store: &Store,
        sync: SyncId,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Result<SyncStatus, Failure> {
        let last_fresh = store.last_success(sync)?;
        let cycles: Vec<CycleStatus> =
            store.last_cycles(sync, LAST_CYCLES)?.into_iter().map(CycleStatus::of).collect();
        let count = store.count_pairs(sync)?;
        let released = store.released(sync)?;
        let brake = store.brake(sync)?.map(|brake| BrakeStatus {
            release: release_of(&brake.digest),
            released: released.as_ref() == Some(&brake.digest),
            digest: brake.digest,
            reasons: brake.reasons,
            since: brake.since,
        });
        let mut seen: Sides<Vec<Seen>> = Sides::default();
        for (side, of, cursor) in store.cursors(sync)? {
            seen[side].push(Seen { of, up_to: cursor.at });
        }
        let (pending, failed): (Vec<Pending>, Vec<Pending>) =
            store.pending(sync)?.into_iter().partition(|pending| pending.waits);
        Ok(SyncStatus {
            stale: is_stale(last_fresh, schedule, now),
            last_fresh,
            stale_from: last_fresh.and_then(|fresh| stale_from(fresh, schedule)),
            last_cycle: cycles.first().cloned(),
            seen,
            pairs: Pairs { linked: count.linked, unlinked: count.unlinked },
            brake,
            held: store.holds(sync)?.into_iter().map(HeldStatus::of).collect(),
            failed: failed.into_iter().map(Waiting::of).collect(),
            pending: pending.into_iter().map(Waiting::of).collect(),
            errors: cycles.into_iter().filter(CycleStatus::went_wrong).collect(),
            ..SyncStatus::unknown(name)
        })
    }

    fn lines(&self, now: DateTime<Utc>, lines: &mut Vec<String>) {
        let word = if self.stale { "STALE" } else { "fresh" };
        let fresh = match self.last_fresh {
            Some(at) => format!("last fresh cycle ended {}", ago(at, now)),
            None => "no fresh cycle yet".to_owned(),
        };
        let Pairs { linked, unlinked } = self.pairs;
        lines.push(format!(
            "sync `{}`: {word}; {fresh}; {}, {unlinked} unlinked",
            self.sync,
            counted(linked as u64, "pair")
        ));
        lines.extend(self.last_cycle.iter().map(|cycle| labelled("cycle", cycle.text(now))));
        for side in Side::BOTH {
            for Seen { of, up_to } in &self.seen[side] {
                let up_to = rfc3339(*up_to);
                lines.push(labelled("seen", format!("{side} {of} up to {up_to}, by its clock")));
            }
        }
        lines.extend(self.held.iter().map(HeldStatus::line));
        lines.extend(self.failed.iter().map(|failed| labelled("failed", failed.text())));
        let named = self.pending.iter().take(NAMED_PENDING);
        lines.extend(named.map(|pending| labelled("pending", pending.text())));
        if let Some(more @ 1..) = self.pending.len().checked_sub(NAMED_PENDING) {
            lines.push(labelled("pending", format!("{more} more (`--json` names them)")));
        }
        for cycle in self.errors.iter().take(NAMED_ERRORS) {
            lines.push(labelled("error", cycle.text(now)));
            lines.extend(cycle.problems.iter().map(|problem| labelled("", problem)));
        }
        if let Some(brake) = &self.brake {
            let BrakeStatus { digest, reasons, since, released, .. } = brake;
            lines.push(labelled("brake", format!("on since {}", rfc3339(*since))));
            let told = Brake { digest: digest.clone(), reasons: reasons.clone() };
            if *released {
                lines.push(labelled("brake", format!("plan {digest} is released")));
            } else {
                brake_lines(&told, lines);
            }
        }
    }
}

impl CycleStatus {
    fn of(cycle: Cycle) -> CycleStatus {
        let Cycle { started, end, id: _ } = cycle;
        let Some(mut end) = end else {
            let (ended, outcome, counts) = (None, None, None);
            return CycleStatus { started, ended, outcome, fresh: false, counts, problems: vec![] };
        };
        let problems = end.counts.as_object_mut().and_then(|counts| counts.remove(PROBLEMS));
        CycleStatus {
            started,
            ended: Some(end.at),
            outcome: Some(end.outcome),
            fresh: end.fresh,
            counts: Some(end.counts),
            problems: problems
                .and_then(|list| serde_json::from_value(list).ok())
                .unwrap_or_default(),
        }
    }

    /// What it was to write and did not come to.
    fn not_begun(&self) -> u64 {
        let counts = self.counts.as_ref().and_then(|counts| counts.get("not_begun"));
        counts.and_then(serde_json::Value::as_u64).unwrap_or(0)
    }

    fn went_wrong(&self) -> bool {
        self.ended.is_some() && !self.fresh
    }

    fn text(&self, now: DateTime<Utc>) -> String {
        match (&self.outcome, self.ended) {
            (Some(outcome), Some(ended)) => {
                let text = format!("{outcome}, ended {}", ago(ended, now));
                match self.not_begun() {
                    0 => text,
                    left => format!("{text}; {} not begun", counted(left, "change")),
                }
            }
            (Some(_) | None, _) => {
                format!("begun {}, still running or cut off", ago(self.started, now))
            }
        }
    }
}

impl HeldStatus {
    fn of(hold: HoldRow) -> HeldStatus {
        HeldStatus {
            item: hold.item.to_string(),
            field: hold.field,
            side: hold.side,
            value: hold.value.map(|value| value.to_string()),
            reason: hold.reason,
            since: hold.since,
            by_person: hold.by_person,
        }
    }

    fn line(&self) -> String {
        let text = held_text(&self.item, self.field, self.side, self.value.as_ref(), &self.reason);
        let whose = if self.by_person { ", by a person" } else { "" };
        labelled("held", format!("{text} (since {}{whose})", rfc3339(self.since)))
    }
}

impl Waiting {
    fn of(pending: Pending) -> Waiting {
        let Pending { item, reason, attempts, .. } = pending;
        Waiting { item: item.to_string(), reason, attempts }
    }

    fn text(&self) -> String {
        format!("{}: {}", self.item, self.reason)
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// How long ago that was by our own clock.
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match u64::try_from(now.signed_duration_since(at).num_seconds()) {
        Ok(secs) => format!("{} ago", spoken(secs)),
        // Our clock was set back.
        Err(_) => format!("at {}", rfc3339(at)),
    }
}

#[cfg(test)]
mod tests;
