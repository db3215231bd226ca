//! What can be set about this Notion: its budgets, and a switch for every fact its documentation leaves open.

use std::time::Duration;

use super::content::Rendering;

/// How a cursor finds its place again while rows move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Behind the last row that was given out: a moved row is seen twice, none is missed.
    AfterRow,
    /// At a count of rows: when a row moves to the end, the next one is missed.
    ByPosition,
}

/// What a page write does with an option name that differs only in case from an existing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseRule {
    /// 400, because names are unique case-insensitively.
    Refuse,
    /// The existing option is taken.
    Match,
}

/// Budgets and switches. The default has Notion's real numbers and, where its documents leave something open, what seems
/// the likeliest; the simulation and the stories of doubt have it the other way, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests one token may send in one window (180 on most plans, 600 on Business and Enterprise).
    pub requests_per_window: u32,
    /// Length of the fixed window.
    pub window_secs: u32,
    /// Requests all tokens together may send in one window; the real number is not published.
    pub workspace_requests_per_window: Option<u32>,
    /// Rows one query gives out at most, over all its pages.
    pub query_cap: usize,
    /// How long a created or edited row looks old to queries. `GET` by id is immediate.
    pub list_lag: Duration,
    /// How long an edited page is not found by search.
    pub search_lag: Duration,
    /// Pages of query results hold fewer rows than asked for, sometimes none, though more follow.
    pub short_pages: bool,
    /// How cursors behave while rows move.
    pub paging: Paging,
    /// A write that changes nothing still moves `last_edited_time`.
    pub identical_rewrite_bumps: bool,
    /// A schema edit moves the `last_edited_time` of every page.
    pub schema_edit_bumps_pages: bool,
    /// Moving a page to the trash, or out of it, moves its `last_edited_time`.
    pub trash_bumps_page: bool,
    /// Option names differing only in case.
    pub case_rule: CaseRule,
    /// Options missing from the list sent to a data source are removed.
    pub omitted_options_removed: bool,
    /// An option can be renamed by sending its id with another name.
    pub options_renamable: bool,
    /// A filter that names an unknown option is refused; otherwise it matches nothing.
    pub unknown_filter_option_refused: bool,
    /// `in_trash` is a known key of a query and selects trashed rows; otherwise it is refused.
    pub query_takes_in_trash: bool,
    /// Date properties keep seconds; otherwise they are cut to the minute.
    pub dates_keep_seconds: bool,
    /// Neighbouring texts of the same look come back as one.
    pub merges_text: bool,
    /// Titles and option names lose the blanks at their ends.
    pub trims: bool,
    /// People beyond 25 are missing from page objects.
    pub people_cut: bool,
    /// Answers carry fields no documentation knows yet.
    pub newer_fields: bool,
    /// How content is read and given out, as far as that is left open.
    pub rendering: Rendering,
    /// Blocks one reading of a page shows; the rest is `<unknown>`.
    pub records_shown: usize,
    /// Several `content_updates` are written together or not at all.
    pub updates_atomic: bool,
    /// A write of content through the API moves the page's `last_edited_time`.
    pub body_write_bumps_page: bool,
    /// The URLs of files Notion keeps are signed, and differ at every read.
    pub signed_urls: bool,
    /// Bytes of text a page may hold after an edit; the real number is not published.
    pub page_text_bytes: usize,
    /// Pieces of rich text it may hold; the real number is not published.
    pub page_runs: usize,
    /// How long an asynchronous write takes.
    pub async_secs: u32,
    /// Words that get lost on their way into a page, without a word about it; empty: none do.
    pub loses: String,
    /// URLs with any of these in them cannot be fetched by Notion.
    pub unreachable: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            requests_per_window: 180,
            window_secs: 60,
            workspace_requests_per_window: None,
            query_cap: 10_000,
            list_lag: Duration::ZERO,
            search_lag: Duration::from_secs(30),
            short_pages: false,
            paging: Paging::AfterRow,
            identical_rewrite_bumps: true,
            schema_edit_bumps_pages: false,
            trash_bumps_page: true,
            case_rule: CaseRule::Refuse,
            omitted_options_removed: true,
            options_renamable: false,
            unknown_filter_option_refused: true,
            query_takes_in_trash: false,
            dates_keep_seconds: true,
            merges_text: false,
            trims: false,
            people_cut: true,
            newer_fields: true,
            rendering: Rendering::default(),
            records_shown: 20_000,
            updates_atomic: true,
            body_write_bumps_page: true,
            signed_urls: true,
            page_text_bytes: 1_000_000,
            page_runs: 50_000,
            async_secs: 2,
            loses: String::new(),
            unreachable: Vec::new(),
        }
    }
}

impl Options {
    /// Budgets so high that a demo is not slowed by them.
    #[must_use]
    pub fn raised() -> Options {
        Options { requests_per_window: 1_000_000, ..Options::default() }
    }
}
