//! GitHub's limits, and a switch for everything the reference could not confirm.

use std::time::Duration;

/// Limits and switches. The defaults keep the real numbers and the likelier behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Put before every path: empty, or `/api/v3` as on GitHub Enterprise Server.
    pub base_path: String,
    /// Where `html_url`s point, without a trailing slash.
    pub web_url: String,
    /// Rate limits (github-api §6).
    pub limits: Limits,
    /// What moves an issue's `updated_at` beyond the certain cases (§1.11).
    pub bumps: Bumps,
    /// What a cleared body reads as (§1.5).
    pub empty_body: EmptyBody,
    /// The longest title, in characters: 256 by the error text, 1,024 by some reports (§1.7).
    pub max_title_chars: usize,
    /// Whether white space around a title is cut off.
    pub trims_titles: bool,
    /// How the 65,536 of a body are counted (§1.7).
    pub body_limit: BodyLimit,
    /// Whether a label name may hold a comma (data-hazards 7).
    pub commas_in_labels: bool,
    /// Whether create and PATCH of an issue create missing labels, as the labels endpoint does (§1.8).
    pub issue_writes_create_labels: bool,
    /// Whether an unknown `X-GitHub-Api-Version` is refused with 400, or served as 2022-11-28 (§7).
    pub refuses_unknown_version: bool,
    /// Whether a `per_page` over 100 is refused with 422, or clamped (§1.3).
    pub refuses_large_pages: bool,
    /// Whether `since` includes that very second (§1.2).
    pub since_is_inclusive: bool,
    /// How the pages of the issue list are linked (§1.3).
    pub links: Links,
    /// Page numbers that reach this many rows are answered 422 (§1.3).
    pub max_numbered_rows: usize,
    /// For so long a created or edited issue is missing from lists, or old in them (§11).
    pub list_lag: Duration,
    /// Whether the reason of a closed issue changes only together with its state (§1.6).
    pub reason_needs_state_change: bool,
    /// Whether a PATCH that changes nothing moves `updated_at`.
    pub identical_patch_bumps: bool,
    /// Whether unknown properties and parameters of a request are answered 422. GitHub ignores most of
    /// them; a test wants to know.
    pub strict: bool,
    /// The status of the issue list while issues are disabled (§2.7).
    pub disabled_list_status: u16,
    /// Whether a transferred issue keeps its id in the other repository (§2.7).
    pub transfer_keeps_id: bool,
    /// The status of an issue that became a discussion (§2.7).
    pub discussion_status: u16,
    /// What an account that was deleted reads as.
    pub deleted_user: DeletedUser,
    /// Values that nobody knows yet, served on demand (§7: enum values are added without notice).
    pub unknown: UnknownValues,
    /// Out of 100 new issue numbers, how many are taken by a pull request first.
    pub pull_request_percent: u8,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            base_path: String::new(),
            web_url: "https://github.com".to_owned(),
            limits: Limits::default(),
            bumps: Bumps::default(),
            empty_body: EmptyBody::Null,
            max_title_chars: 256,
            trims_titles: true,
            body_limit: BodyLimit::Characters,
            commas_in_labels: true,
            issue_writes_create_labels: true,
            refuses_unknown_version: true,
            refuses_large_pages: false,
            since_is_inclusive: true,
            links: Links::Cursors,
            max_numbered_rows: 10_000,
            list_lag: Duration::ZERO,
            reason_needs_state_change: true,
            identical_patch_bumps: false,
            strict: true,
            disabled_list_status: 410,
            transfer_keeps_id: false,
            discussion_status: 404,
            deleted_user: DeletedUser::Ghost,
            unknown: UnknownValues::default(),
            pull_request_percent: 0,
        }
    }
}

impl Options {
    /// Budgets so large that thousands of issues take seconds (for the demo).
    #[must_use]
    pub fn raised() -> Options {
        Options { limits: Limits::raised(), ..Options::default() }
    }
}

/// Rate limits, per user (github-api §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests per hour; a 304 is free.
    pub primary_per_hour: u32,
    /// Points per minute; a read costs 1, a write 5.
    pub points_per_minute: u32,
    /// Created issues, comments, labels and milestones per minute.
    pub creations_per_minute: u32,
    /// The same per hour.
    pub creations_per_hour: u32,
    /// How an exhausted primary limit is answered: 403 or 429.
    pub primary_status: u16,
    /// How a secondary limit is answered: 403 or 429.
    pub secondary_status: u16,
    /// Whether a secondary limit names `Retry-After`; it was seen without any header (§6.3).
    pub secondary_retry_after: bool,
    /// Whether `x-ratelimit-*` headers are sent at all; GitHub Enterprise Server may not (§6.4).
    pub headers: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            primary_per_hour: 5_000,
            points_per_minute: 900,
            creations_per_minute: 80,
            creations_per_hour: 500,
            primary_status: 403,
            secondary_status: 403,
            secondary_retry_after: true,
            headers: true,
        }
    }
}

impl Limits {
    fn raised() -> Limits {
        const MANY: u32 = 100_000_000;
        Limits {
            primary_per_hour: MANY,
            points_per_minute: MANY,
            creations_per_minute: MANY,
            creations_per_hour: MANY,
            ..Limits::default()
        }
    }
}

/// The rows of §1.11 that are marked as unconfirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bumps {
    /// A comment was edited.
    pub comment_edited: bool,
    /// A comment was deleted.
    pub comment_deleted: bool,
    /// A reaction was added.
    pub reaction: bool,
    /// Another issue began to mention this one.
    pub mentioned_elsewhere: bool,
    /// One of its labels was renamed.
    pub label_renamed: bool,
    /// Its milestone was renamed.
    pub milestone_renamed: bool,
}

impl Default for Bumps {
    fn default() -> Bumps {
        Bumps {
            comment_edited: true,
            comment_deleted: true,
            reaction: false,
            mentioned_elsewhere: false,
            label_renamed: false,
            milestone_renamed: false,
        }
    }
}

/// What a body that was set to null or `""` reads as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyBody {
    /// Always null.
    Null,
    /// Always `""`.
    Empty,
    /// Whichever was sent.
    AsSent,
}

/// How the limit of 65,536 is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    /// In Unicode characters.
    Characters,
    /// In bytes of UTF-8.
    Bytes,
}

/// How the pages of the issue list are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// `next` with an `after=` cursor, nothing else.
    Cursors,
    /// `prev`, `next`, `last` and `first` with page numbers, as until 2025.
    Pages,
}

/// What a deleted account reads as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedUser {
    /// The account `ghost`.
    Ghost,
    /// Null.
    Null,
}

/// Values that nobody knows yet; `None` serves the ordinary ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownValues {
    /// Instead of every `state_reason` of a closed issue.
    pub state_reason: Option<String>,
    /// Instead of every `author_association`.
    pub author_association: Option<String>,
    /// The name of one more event at the start of every timeline.
    pub event: Option<String>,
}
