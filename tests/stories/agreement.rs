//! Whether both sides say the same, looked at from outside: every issue has exactly one page, and every field of it
//! shows the same. Independent of the engine and of the adapters.

use std::collections::{BTreeMap, BTreeSet};

use tandem::sim::github::{IssueView, RepoId};
use tandem::sim::notion::PageView;

use crate::stage::Stage;

impl Stage {
    /// Every issue of these repositories has exactly one live page that shows the same, and every live page that names
    /// an issue names one of them.
    pub fn assert_agreement(&self, repos: &[RepoId]) {
        let differences = self.differences(repos);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    /// The same for the only repository.
    pub fn assert_in_step(&self) {
        self.assert_agreement(&[self.repo]);
    }

    fn differences(&self, repos: &[RepoId]) -> Vec<String> {
        let issues: Vec<IssueView> = self.world.github(|github, _| {
            let all = repos.iter().flat_map(|repo| github.issues(*repo));
            all.filter(|issue| !issue.is_pull_request).collect()
        });
        self.world.notion(|notion, _| {
            let pages = notion.pages(self.table);
            let mut by_url: BTreeMap<String, Vec<&PageView<'_>>> = BTreeMap::new();
            let mut problems = Vec::new();
            for page in pages.iter().filter(|page| !page.in_trash()) {
                match page.url("GitHub") {
                    Some(url) => by_url.entry(url).or_default().push(page),
                    None => problems.push(format!("page {:?} has no issue", page.title())),
                }
            }
            for issue in &issues {
                match by_url.remove(&issue.url).as_deref() {
                    Some([page]) => problems.extend(compare(issue, page)),
                    found => {
                        let count = found.map_or(0, <[_]>::len);
                        problems.push(format!("{} has {count} pages", issue.url));
                    }
                }
            }
            problems.extend(by_url.into_keys().map(|url| format!("a page names {url}")));
            problems
        })
    }
}

fn compare(issue: &IssueView, page: &PageView<'_>) -> Option<String> {
    let github = (
        issue.title.clone(),
        state_of(issue),
        issue.labels.iter().map(|name| name.replace(',', "‚")).collect::<BTreeSet<String>>(),
        issue.milestone.clone(),
        issue.issue_type.clone(),
    );
    let state = match page.option("Status").as_deref() {
        Some("Done") => "completed",
        Some("Won't do") => "not_planned",
        Some("Duplicate") => "duplicate",
        Some(_) | None => "open",
    };
    let notion = (
        page.title(),
        state.to_owned(),
        page.options("Labels"),
        page.option("Milestone"),
        page.option("Type"),
    );
    (github != notion).then(|| format!("{}: {github:?} and {notion:?}", issue.url))
}

fn state_of(issue: &IssueView) -> String {
    let reason = issue.state_reason.clone().unwrap_or_else(|| "completed".to_owned());
    if issue.is_closed { reason } else { "open".to_owned() }
}
