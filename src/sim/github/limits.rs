//! Rate limits: the hourly budget, and the secondary limits that nobody can query (github-api §6).

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::errors::Refusal;
use super::options::Limits;

const HOUR: TimeDelta = TimeDelta::hours(1);
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// What one account has spent.
#[derive(Debug, Clone, Default)]
pub(super) struct Spending {
    hour_began: Option<DateTime<Utc>>,
    used: u32,
    points: VecDeque<(DateTime<Utc>, u32)>,
    points_in_minute: u32,
    creations: VecDeque<DateTime<Utc>>,
}

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) points: u32,
    pub(super) creates: bool,
    /// `GET /rate_limit` is free on the hourly budget only.
    pub(super) is_free: bool,
}

impl Spending {
    /// Refuses when a budget is spent, else notes what the secondary limits count.
    pub(super) fn admit(
        &mut self,
        limits: &Limits,
        cost: Cost,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.forget_the_past(now);
        if !cost.is_free && self.used >= limits.primary_per_hour {
            let message = "API rate limit exceeded for user ID 1000. If you reach out to GitHub Support for help, please include the request ID.";
            return Err(Refusal::new(limits.primary_status, message));
        }
        if self.points_in_minute + cost.points > limits.points_per_minute {
            let free_at = self.points.front().map_or(now, |(at, _)| *at + MINUTE);
            return Err(secondary(limits, free_at - now));
        }
        if cost.creates {
            self.admit_creation(limits, now)?;
            self.creations.push_back(now);
        }
        self.points.push_back((now, cost.points));
        self.points_in_minute += cost.points;
        Ok(())
    }

    fn admit_creation(&self, limits: &Limits, now: DateTime<Utc>) -> Result<(), Refusal> {
        for (most, window) in
            [(limits.creations_per_minute, MINUTE), (limits.creations_per_hour, HOUR)]
        {
            let recent = self.creations.iter().rev().take_while(|at| **at + window > now);
            if let Some(oldest) = recent.skip((most as usize).saturating_sub(1)).last() {
                return Err(secondary(limits, *oldest + window - now));
            }
        }
        Ok(())
    }

    /// Takes one request from the hourly budget; its hour begins with the first one.
    pub(super) fn pay(&mut self, now: DateTime<Utc>) {
        self.hour_began.get_or_insert(now);
        self.used = self.used.saturating_add(1);
    }

    fn forget_the_past(&mut self, now: DateTime<Utc>) {
        if self.hour_began.is_some_and(|began| began + HOUR <= now) {
            self.hour_began = None;
            self.used = 0;
        }
        while let Some((_, points)) =
            self.points.front().copied().filter(|(at, _)| *at + MINUTE <= now)
        {
            self.points_in_minute = self.points_in_minute.saturating_sub(points);
            self.points.pop_front();
        }
        while self.creations.front().is_some_and(|at| *at + HOUR <= now) {
            self.creations.pop_front();
        }
    }

    fn reset_at(&self, now: DateTime<Utc>) -> i64 {
        (self.hour_began.unwrap_or(now) + HOUR).timestamp()
    }

    /// The `x-ratelimit-*` headers.
    pub(super) fn write_headers(
        &self,
        limits: &Limits,
        now: DateTime<Utc>,
        headers: &mut HeaderMap,
    ) {
        headers.insert("x-ratelimit-limit", limits.primary_per_hour.into());
        headers.insert(
            "x-ratelimit-remaining",
            limits.primary_per_hour.saturating_sub(self.used).into(),
        );
        headers.insert("x-ratelimit-used", self.used.into());
        headers.insert("x-ratelimit-reset", self.reset_at(now).into());
        headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
    }

    /// One budget as `GET /rate_limit` shows it.
    pub(super) fn json(&self, limits: &Limits, now: DateTime<Utc>) -> Value {
        json!({
            "limit": limits.primary_per_hour,
            "used": self.used,
            "remaining": limits.primary_per_hour.saturating_sub(self.used),
            "reset": self.reset_at(now),
        })
    }
}

fn secondary(limits: &Limits, wait: TimeDelta) -> Refusal {
    let message =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let secs = limits.secondary_retry_after.then(|| wait.num_seconds().max(0) + 1);
    Refusal::new(limits.secondary_status, message).retry_after(secs)
}
