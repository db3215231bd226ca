//! What the stand-ins answer, as a list. Whatever is not in it is a stray, so the list cannot lag behind the
//! code; `tests/vendors.rs` has the vendors' own clients walk all of it.

use http::Method;

use super::{github, notion};
use crate::model::Side;

/// One kind of request: a method and a path in which `{...}` stands for any one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, without base path and query.
    pub path: &'static str,
}

impl Operation {
    pub(super) const fn new(method: &'static str, path: &'static str) -> Operation {
        Operation { method, path }
    }

    fn is(&self, method: &Method, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        self.method == method.as_str()
            && loop {
                match (wanted.next(), given.next()) {
                    (None, None) => break true,
                    (Some(wanted), Some(given)) if wanted == given => {}
                    (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                    }
                    (Some(_), Some(_)) | (Some(_), None) | (None, Some(_)) => break false,
                }
            }
    }
}

/// Everything that side's stand-in answers.
#[must_use]
pub fn operations(side: Side) -> &'static [Operation] {
    match side {
        Side::GitHub => github::OPERATIONS,
        Side::Notion => notion::OPERATIONS,
    }
}

/// Which operation of that side a request is for; `path` is as sent, without base path and query.
#[must_use]
pub fn operation(side: Side, method: &Method, path: &str) -> Option<Operation> {
    match side {
        Side::GitHub => find(github::OPERATIONS, method, &github::by_name(path)),
        Side::Notion => find(notion::OPERATIONS, method, path),
    }
}

/// The first that fits: a list names a fixed segment before one that varies.
fn find(operations: &[Operation], method: &Method, path: &str) -> Option<Operation> {
    operations.iter().find(|operation| operation.is(method, path)).copied()
}
