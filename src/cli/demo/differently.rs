//! What the two sides spell differently and mean alike: one example of each kind, from what each really holds.

use std::collections::BTreeSet;

use super::stage::Stage;
use super::tell::quoted;
use crate::sim::agreement::What;
use crate::sim::github::IssueView;
use crate::sim::notion::PageId;

/// What a page shows of what cannot be shown as it is.
struct Page {
    labels: BTreeSet<String>,
    milestone: Option<String>,
    state: Option<String>,
    people: usize,
}

/// What is worth telling of an issue and its page.
type Kind = fn(&Stage, &IssueView, &Page) -> Option<String>;

/// One line for each kind of difference in spelling that is there.
pub(super) fn examples(stage: &Stage) -> Vec<String> {
    let kinds: [Kind; 5] = [comma, letter_case, long_milestone, reason, guest];
    let mut found: [Option<String>; 5] = Default::default();
    for (issue, id) in stage.pairs() {
        let Some(page) = page(stage, id) else { continue };
        for (kind, example) in kinds.iter().zip(&mut found) {
            if example.is_none() {
                *example = kind(stage, &issue, &page)
                    .map(|text| format!("{}: {text}", stage.item(issue.number)));
            }
        }
    }
    found.into_iter().flatten().collect()
}

fn page(stage: &Stage, id: PageId) -> Option<Page> {
    let property = |what| stage.property(what);
    stage.world.notion(|notion, _| {
        let page = notion.page(id)?;
        Some(Page {
            labels: page.options(property(What::Labels)),
            milestone: page.option(property(What::Milestone)),
            state: page.option(property(What::State)),
            people: page.people(property(What::Assignees)).len(),
        })
    })
}

/// The one label of an issue that fits, and the one option of its page that no label spells.
fn respelled<'a>(
    issue: &'a IssueView,
    page: &'a Page,
    fits: impl Fn(&str) -> bool,
) -> Option<(&'a str, &'a str)> {
    let mut labels = issue.labels.difference(&page.labels);
    let mut options = page.labels.difference(&issue.labels);
    match (labels.next(), labels.next(), options.next(), options.next()) {
        (Some(label), None, Some(option), None) if fits(label) => Some((label, option)),
        (_, _, _, _) => None,
    }
}

fn comma(_: &Stage, issue: &IssueView, page: &Page) -> Option<String> {
    let (label, option) = respelled(issue, page, |label| label.contains(','))?;
    Some(format!(
        "the label {} is the option {}, with a look-alike, because an option can hold no comma",
        quoted(label),
        quoted(option)
    ))
}

fn letter_case(_: &Stage, issue: &IssueView, page: &Page) -> Option<String> {
    let (label, option) = respelled(issue, page, |label| !label.contains(','))?;
    (label.to_lowercase() == option.to_lowercase()).then(|| {
        format!(
            "the label {} is the option {}, which was there before in its own spelling",
            quoted(label),
            quoted(option)
        )
    })
}

fn long_milestone(_: &Stage, issue: &IssueView, page: &Page) -> Option<String> {
    let (title, option) = (issue.milestone.as_ref()?, page.milestone.as_ref()?);
    let end: Vec<char> = option.chars().rev().take(18).collect();
    let end: String = end.into_iter().rev().collect();
    (title.chars().count() > option.chars().count()).then(|| {
        format!(
            "the milestone of {} characters is an option of {}, ending in {}",
            title.chars().count(),
            option.chars().count(),
            quoted(&end)
        )
    })
}

fn reason(_: &Stage, issue: &IssueView, page: &Page) -> Option<String> {
    let reason = issue.state_reason.as_deref().filter(|reason| *reason != "completed")?;
    let state = page.state.as_ref().filter(|_| issue.is_closed)?;
    Some(format!("closed as {} is {}", reason.replace('_', " "), quoted(state)))
}

fn guest(stage: &Stage, issue: &IssueView, page: &Page) -> Option<String> {
    let known = |login: &String| {
        stage.terms.people.iter().any(|(known, _)| known.eq_ignore_ascii_case(login))
    };
    let guest = issue.assignees.iter().find(|login| !known(login))?;
    Some(format!(
        "assigned to {guest}, who is not in [users]: left alone on GitHub, not shown in Notion ({} here)",
        super::tell::number(page.people, "person", "people")
    ))
}
