//! The part of GitHub's REST API that is answered here.

use std::borrow::Cow;

use crate::sim::Operation;

/// Every repository path also exists as `/repositories/{id}/...`, which is how GitHub itself links (github-api §1.3).
pub const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/user"),
    Operation::new("GET", "/rate_limit"),
    Operation::new("POST", "/graphql"),
    Operation::new("GET", "/repos/{owner}/{repo}"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues"),
    Operation::new("POST", "/repos/{owner}/{repo}/issues"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues/{issue_number}"),
    Operation::new("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    Operation::new("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    Operation::new("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    Operation::new("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    Operation::new("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}"),
    Operation::new("POST", "/repos/{owner}/{repo}/issues/{issue_number}/assignees"),
    Operation::new("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/assignees"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues/{issue_number}/assignees/{assignee}"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues/{issue_number}/events"),
    Operation::new("GET", "/repos/{owner}/{repo}/issues/{issue_number}/timeline"),
    Operation::new("GET", "/repos/{owner}/{repo}/labels"),
    Operation::new("POST", "/repos/{owner}/{repo}/labels"),
    Operation::new("GET", "/repos/{owner}/{repo}/labels/{name}"),
    Operation::new("GET", "/repos/{owner}/{repo}/assignees"),
    Operation::new("GET", "/repos/{owner}/{repo}/assignees/{assignee}"),
    Operation::new("GET", "/repos/{owner}/{repo}/milestones"),
    Operation::new("POST", "/repos/{owner}/{repo}/milestones"),
    Operation::new("GET", "/repos/{owner}/{repo}/milestones/{milestone_number}"),
    Operation::new("GET", "/repos/{owner}/{repo}/issue-types"),
];

/// The path with its repository by owner and name, where it was given by number.
pub(in crate::sim) fn by_name(path: &str) -> Cow<'_, str> {
    match path.strip_prefix("/repositories/") {
        None => Cow::Borrowed(path),
        Some(numbered) => {
            let rest = numbered.find('/').and_then(|slash| numbered.get(slash..));
            Cow::Owned(format!("/repos/{{owner}}/{{repo}}{}", rest.unwrap_or_default()))
        }
    }
}
