//! PURE vocabulary: sides, ids, times, fields, canonical values, items. No I/O, no clock, no panic.

mod field;
mod ids;
mod item;
mod mapping;
mod names;
mod policy;
mod side;
mod time;
mod value;

pub use field::{Direction, Field, UnknownField};
pub use ids::{
    DataSourceId, IssueId, IssueNumber, IssueRef, ItemRef, Login, NotAnId, NotionUserId, PageId,
    PropertyId, RepoId, RepoName,
};
pub use item::{Bases, Change, Fields, Issue, Observed, Page};
pub use mapping::{BodyOptions, FieldMapping, Mapping, PropertyKind, StateMapping, Users};
pub use names::{MAX_OPTION_UNITS, Name, NameKey, NameSet, option_spelling, utf16_len};
pub use policy::{ConflictPolicy, CreatePolicy, OnIssueDeleted, OnPageTrashed, Policy};
pub use side::{Side, Sides};
pub use time::{Interval, earlier, later};
pub use value::{BodyText, Reason, State, Value, one_line};
