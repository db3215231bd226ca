//! The request budgets (notion-api.md §2): a fixed window per token, its start the server's secret.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::errors::{Outcome, Refusal};
use super::state::State;

/// One fixed window, counted from a secret offset.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    offset_ms: i64,
    index: i64,
    used: u32,
}

/// What concerns all tokens together.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    workspace: Window,
    /// How many of the next requests are answered 529.
    overloaded: u32,
    /// How many of the next accepted writes are answered 503 all the same.
    unanswered: u32,
    refused: u64,
    requests: u64,
}

impl Window {
    /// A window with this secret start.
    pub(super) fn starting(offset_ms: i64) -> Window {
        Window { offset_ms, ..Window::default() }
    }

    /// Counts a request; when the budget is spent, the seconds until the window ends.
    fn admit(&mut self, budget: u32, window_secs: u32, now: DateTime<Utc>) -> Result<(), u64> {
        let length_ms = i64::from(window_secs.max(1)) * 1000;
        let since = now.timestamp_millis() + self.offset_ms;
        let index = since.div_euclid(length_ms);
        if index != self.index {
            self.index = index;
            self.used = 0;
        }
        if self.used < budget {
            self.used += 1;
            return Ok(());
        }
        let left_ms = length_ms - since.rem_euclid(length_ms);
        Err(u64::try_from(left_ms).unwrap_or(0).div_ceil(1000))
    }
}

impl State {
    pub(super) fn admit(&mut self, token: &str, now: DateTime<Utc>) -> Outcome<()> {
        self.limits.requests += 1;
        if self.limits.overloaded > 0 {
            self.limits.overloaded -= 1;
            self.limits.refused += 1;
            let mut refusal = Refusal::new(
                529,
                "service_overload",
                "Notion is overloaded. Please try again later.",
            );
            refusal.retry_after_secs = Some(5);
            return Err(refusal.with("retry_after", "5"));
        }
        let (budget, secs) = (self.options.requests_per_window, self.options.window_secs);
        let Some(token) = self.tokens.get_mut(token) else { return Err(Refusal::unauthorized()) };
        if token.blocked {
            self.limits.refused += 1;
            return Err(limited("public_api_request_blocked", None));
        }
        if let Err(wait) = token.window.admit(budget, secs, now) {
            self.limits.refused += 1;
            return Err(limited("public_api_request_rate_limit", Some(wait)));
        }
        if let Some(budget) = self.options.workspace_requests_per_window
            && let Err(wait) = self.limits.workspace.admit(budget, secs, now)
        {
            self.limits.refused += 1;
            return Err(limited("public_api_space_request_rate_limit", Some(wait)));
        }
        Ok(())
    }

    /// Requests answered 429 or 529 so far.
    #[must_use]
    pub fn refused_for_pace(&self) -> u64 {
        self.limits.refused
    }

    /// Requests with a known token so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.limits.requests
    }

    /// Answers the next `requests` requests with 529.
    pub fn overload(&mut self, requests: u32) {
        self.limits.overloaded = requests;
    }
}

impl State {
    /// Answers the next `writes` accepted writes with the documented 503: saved, but too slow to say so.
    pub fn commit_then_503(&mut self, writes: u32) {
        self.limits.unanswered = writes;
    }

    /// The answer to an accepted write, or the 503 in its place (notion-api.md §2, "503 after a committed write").
    pub(super) fn acknowledge(&mut self, answer: Json, created: bool) -> Outcome<Json> {
        if self.limits.unanswered == 0 {
            return Ok(answer);
        }
        self.limits.unanswered -= 1;
        let guidance = [
            "The write may have been saved.",
            "Read the object back instead of repeating the request.",
        ];
        let refusal = Refusal::new(
            503,
            "service_unavailable",
            "Notion is unavailable. Please try again later.",
        )
        .with("retry_guidance", guidance.as_slice())
        .with("elapsed_ms", "55012")
        .with("deadline_ms", "55000")
        .with("from", "response_build");
        Err(match answer.get("id").and_then(Json::as_str) {
            Some(id) if created => refusal.with("committed_resource_id", id),
            Some(_) | None => refusal,
        })
    }
}

fn limited(reason: &str, retry_after_secs: Option<u64>) -> Refusal {
    let mut refusal = Refusal::new(
        429,
        "rate_limited",
        "You have been rate limited. Please try again in a few minutes.",
    )
    .with("rate_limit_reason", reason);
    if let Some(secs) = retry_after_secs {
        refusal.retry_after_secs = Some(secs);
        refusal = refusal.with("retry_after", secs.to_string());
    }
    refusal
}
