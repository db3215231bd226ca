//! GitHub's REST API for issues, as strict as its documentation says.
//!
//! * [`handle`] answers requests: `call` knows who asks, `limits` whether they may, `routes` where to go;
//!   `issues`, `lists`, `labels`, `assignees`, `milestones`, `timeline` are the endpoints.
//! * [`State`] holds everything; `admin`, `people` and `seed` are the acts of people, `edit` is what every change
//!   of an issue has in common.
//! * [`Options`] has the limits, and a switch for everything the reference could not confirm.

mod admin;
mod assignees;
mod call;
mod edit;
mod errors;
mod graph;
mod handle;
mod images;
mod input;
mod issues;
mod labels;
mod limits;
mod lists;
mod milestones;
mod operations;
mod options;
mod paging;
mod people;
mod render;
mod repo;
mod routes;
mod seed;
mod state;
#[cfg(test)]
mod tests;
mod timeline;
mod view;

pub use admin::NewRepo;
pub use handle::handle;
pub use operations::OPERATIONS;
pub(in crate::sim) use operations::by_name;
pub use options::{
    BodyLimit, Bumps, DeletedUser, EmptyBody, Limits, Links, Options, UnknownValues,
};
pub use people::{Person, Unknown};
pub use seed::{ImportError, NewIssue};
pub use state::{Permission, RepoId, State};
pub use view::{EventView, IssueView};
