//! What people do in Notion.

use std::collections::BTreeSet;

use super::super::stage::{COMPLETED, DEVELOPER, OPEN, PLANNER, Stage};
use super::super::tell::quoted;
use super::{Act, Cast, Done, issue_is, page_is, retitled};
use crate::sim::agreement::What;
use crate::sim::notion::{PageId, Plain, Unknown, UserId};

/// The planner sets one property.
fn set(stage: &Stage, page: PageId, what: What, value: &Plain) -> Result<(), Unknown> {
    let property = stage.property(what);
    stage.world.notion(|notion, now| notion.set(page, property, value, stage.planner, now))
}

pub(super) fn writes_a_new_page(cast: &mut Cast<'_>) -> Done {
    const TITLE: &str = "Plan the open day: tours, tickets, tea";
    let (stage, status) = (cast.stage, OPEN[1]);
    let properties = [
        (stage.property(What::Title), Plain::Text(TITLE.to_owned())),
        (stage.property(What::State), Plain::Option(status.to_owned())),
        (stage.property(What::Labels), Plain::Options(vec!["events".to_owned()])),
    ];
    let page = stage
        .world
        .notion(|notion, now| notion.add_page(stage.source, &properties, stage.planner, now))?;
    let said = format!(
        "Notion: {PLANNER} writes a new page {}, \"{status}\", labelled events",
        quoted(TITLE)
    );
    let expected = format!(
        "it is an issue now: open, labelled events; the page names it and still says \"{status}\""
    );
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let issues = stage.world.github(|github, _| github.issues(stage.repo));
        let mut titled = issues.iter().filter(|issue| issue.title == TITLE);
        let (Some(issue), None) = (titled.next(), titled.next()) else { return false };
        let state = stage.property(What::State);
        !issue.is_closed
            && issue.labels.contains("events")
            && page_is(stage, page, |page| {
                page.url(&stage.terms.url).as_ref() == Some(&issue.url)
                    && page.option(state).as_deref() == Some(status)
            })
    })))
}

pub(super) fn retitles(cast: &mut Cast<'_>) -> Done {
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    let title = retitled(&issue, "(agreed in the planning)");
    set(stage, page, What::Title, &Plain::Text(title.clone()))?;
    let said = format!("Notion: {PLANNER} renames the page of {item} to {}", quoted(&title));
    let expected = format!("{item} has the new title");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |issue| issue.title == title)
    })))
}

pub(super) fn closes(cast: &mut Cast<'_>) -> Done {
    let Some((issue, page)) = cast.take(|issue| !issue.is_closed) else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    set(stage, page, What::State, &Plain::Option(COMPLETED.to_owned()))?;
    let said = format!("Notion: {PLANNER} sets {item} to \"{COMPLETED}\"");
    let expected = format!("{item} is closed as completed");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |issue| {
            issue.is_closed && issue.state_reason.as_deref() == Some("completed")
        })
    })))
}

pub(super) fn reopens(cast: &mut Cast<'_>) -> Done {
    let Some((issue, page)) = cast.take(|issue| issue.is_closed) else { return Ok(None) };
    let (stage, number, status) = (cast.stage, issue.number, OPEN[2]);
    let item = stage.item(number);
    set(stage, page, What::State, &Plain::Option(status.to_owned()))?;
    let said = format!("Notion: {PLANNER} moves {item}, which was closed, to \"{status}\"");
    let expected = format!("{item} is open again, and its page still says \"{status}\"");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let state = stage.property(What::State);
        issue_is(stage, number, |issue| !issue.is_closed)
            && page_is(stage, page, |page| page.option(state).as_deref() == Some(status))
    })))
}

pub(super) fn assigns(cast: &mut Cast<'_>) -> Done {
    let stage = cast.stage;
    let known = stage.terms.people.iter().find(|(login, _)| login.eq_ignore_ascii_case(DEVELOPER));
    let Some(developer) = known.map(|(_, person)| *person) else { return Ok(None) };
    let is_free = |logins: &BTreeSet<String>| {
        !logins.iter().any(|login| login.eq_ignore_ascii_case(DEVELOPER))
    };
    let Some((issue, page)) = cast.take(|issue| is_free(&issue.assignees)) else { return Ok(None) };
    let property = stage.property(What::Assignees);
    let mut people: Vec<UserId> = stage.world.notion(|notion, _| {
        notion.page(page).map(|page| page.people(property)).unwrap_or_default()
    });
    people.push(developer);
    set(stage, page, What::Assignees, &Plain::People(people))?;
    let number = issue.number;
    let item = stage.item(number);
    let said = format!("Notion: {PLANNER} adds {DEVELOPER} to the people of {item}");
    let expected = format!("{item} is assigned to {DEVELOPER}, besides whoever was before");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |now| {
            !is_free(&now.assignees) && now.assignees.is_superset(&issue.assignees)
        })
    })))
}

pub(super) fn plans(cast: &mut Cast<'_>) -> Done {
    const MILESTONE: &str = "Open day";
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    set(stage, page, What::Milestone, &Plain::Option(MILESTONE.to_owned()))?;
    let said = format!(
        "Notion: {PLANNER} plans {item} for \"{MILESTONE}\", a milestone GitHub has never heard of"
    );
    let expected = format!("{item} is in the milestone \"{MILESTONE}\", made on GitHub");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |issue| issue.milestone.as_deref() == Some(MILESTONE))
    })))
}

pub(super) fn types_over_a_number(cast: &mut Cast<'_>) -> Done {
    const TYPED: f64 = 4711.0;
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    set(stage, page, What::Number, &Plain::Number(TYPED))?;
    let said = format!(
        "Notion: {PLANNER} types {TYPED} over the number of {item}, which is GitHub's to give"
    );
    let expected = format!("the page shows {number} again");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let property = stage.property(What::Number);
        let shown = |shown: f64| shown.to_string() == number.to_string();
        page_is(stage, page, |page| page.number(property).is_some_and(shown))
    })))
}

pub(super) fn picks_a_type_github_lacks(cast: &mut Cast<'_>) -> Done {
    const TYPE: &str = "Epic";
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    set(stage, page, What::Type, &Plain::Option(TYPE.to_owned()))?;
    let said =
        format!("Notion: {PLANNER} picks the type \"{TYPE}\" for {item}, which GitHub lacks");
    let expected = format!(
        "nothing is lost: the page keeps \"{TYPE}\", {item} its own type, and the field is listed as held"
    );
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let property = stage.property(What::Type);
        page_is(stage, page, |page| page.option(property).as_deref() == Some(TYPE))
            && issue_is(stage, number, |now| now.issue_type == issue.issue_type)
    })))
}
