//! Whether both sides say the same, looked at from outside: [`judge`] says what means the same, and here, where nobody
//! spells one name in two ways, it must be the same to the letter too.

use tandem::sim::agreement::{StateWords, Terms, USUAL_PLACES, judge, name_of};
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

    /// Where that is not so.
    pub fn differences(&self, repos: &[RepoId]) -> Vec<String> {
        let verdict = judge(&self.world, self.table, &self.terms(repos));
        let differences: Vec<String> =
            verdict.differences.iter().map(ToString::to_string).collect();
        if differences.is_empty() { self.spelled_otherwise(repos) } else { differences }
    }

    /// The same for the only repository.
    pub fn assert_in_step(&self) {
        self.assert_agreement(&[self.repo]);
    }

    fn terms(&self, repos: &[RepoId]) -> Terms {
        let options = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
        Terms {
            repos: repos.to_vec(),
            url: "GitHub".to_owned(),
            places: USUAL_PLACES.map(|(what, name)| (what, name.to_owned())).into(),
            words: StateWords {
                open: options(&["To do", "In progress", "In review"]),
                completed: options(&["Done"]),
                not_planned: options(&["Won't do"]),
                duplicate: options(&["Duplicate"]),
            },
            body: self.config.syncs[0].body.is_some(),
            people: vec![("octocat".to_owned(), self.ann)],
            own_login: Some("tandem-bot".to_owned()),
        }
    }

    fn spelled_otherwise(&self, repos: &[RepoId]) -> Vec<String> {
        let issues: Vec<IssueView> = self
            .world
            .github(|github, _| repos.iter().flat_map(|repo| github.issues(*repo)).collect());
        self.world.notion(|notion, _| {
            let pages = notion.pages(self.table);
            let live = pages.iter().filter(|page| !page.in_trash());
            live.filter_map(|page| {
                let url = page.url("GitHub")?;
                let issue = issues.iter().find(|issue| issue.url == url)?;
                spelling(issue, page)
            })
            .collect()
        })
    }
}

fn spelling(issue: &IssueView, page: &PageView<'_>) -> Option<String> {
    let github = (
        issue.title.clone(),
        issue.labels.iter().map(|name| name.replace(',', "‚")).collect(),
        issue.milestone.clone(),
        issue.issue_type.clone(),
    );
    let notion =
        (page.title(), page.options("Labels"), page.option("Milestone"), page.option("Type"));
    (github != notion).then(|| format!("{}: {github:?} and {notion:?}", name_of(issue)))
}
