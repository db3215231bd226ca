//! What people do on GitHub.

use super::super::stage::{DEVELOPER, NOT_PLANNED};
use super::super::tell::quoted;
use super::{Act, Cast, Done, issue_is, page_is, retitled};
use crate::sim::agreement::What;

pub(super) fn retitles(cast: &mut Cast<'_>) -> Done {
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    let title = retitled(&issue, "(reworded by a developer)");
    stage
        .world
        .github(|github, now| github.by(DEVELOPER, now).set_title(stage.repo, number, &title))?;
    let said = format!("GitHub: {DEVELOPER} renames {item} to {}", quoted(&title));
    let expected = format!("the page of {item} has the new title");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        page_is(stage, page, |page| page.title() == title)
    })))
}

pub(super) fn adds_a_label_with_a_comma(cast: &mut Cast<'_>) -> Done {
    const LABEL: &str = "waiting: for parts, or a call";
    const OPTION: &str = "waiting: for parts\u{201A} or a call";
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    stage
        .world
        .github(|github, now| github.by(DEVELOPER, now).add_label(stage.repo, number, LABEL))?;
    let said = format!("GitHub: {DEVELOPER} puts the label \"{LABEL}\" on {item}");
    let expected =
        format!("the page of {item} has the option \"{OPTION}\": options can hold no comma");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let labels = stage.property(What::Labels);
        page_is(stage, page, |page| page.options(labels).contains(OPTION))
            && issue_is(stage, number, |issue| issue.labels.contains(LABEL))
    })))
}

pub(super) fn closes_as_not_planned(cast: &mut Cast<'_>) -> Done {
    let Some((issue, page)) = cast.take(|issue| !issue.is_closed) else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    stage
        .world
        .github(|github, now| github.by(DEVELOPER, now).close(stage.repo, number, "not_planned"))?;
    let said = format!("GitHub: {DEVELOPER} closes {item} as not planned");
    let expected = format!("the page of {item} says \"{NOT_PLANNED}\"");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let state = stage.property(What::State);
        page_is(stage, page, |page| page.option(state).as_deref() == Some(NOT_PLANNED))
    })))
}

pub(super) fn opens_an_issue(cast: &mut Cast<'_>) -> Done {
    const TITLE: &str = "Kiln door: the latch rattles";
    let stage = cast.stage;
    let number = stage.world.github(|github, now| {
        let number = github.by(DEVELOPER, now).open_issue(stage.repo, TITLE, None)?;
        github.by(DEVELOPER, now).add_label(stage.repo, number, "bug")?;
        Ok::<u64, crate::sim::github::Unknown>(number)
    })?;
    let item = stage.item(number);
    let said = format!("GitHub: {DEVELOPER} opens {item} {}, labelled bug", quoted(TITLE));
    let expected = format!("{item} has a page, the only one of that title");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let labels = stage.property(What::Labels);
        stage.world.notion(|notion, _| {
            let pages = notion.pages(stage.source);
            let mut titled = pages.iter().filter(|page| page.title() == TITLE);
            let is_labelled = |option: &String| option.to_lowercase() == "bug";
            titled.next().is_some_and(|page| page.options(labels).iter().any(is_labelled))
                && titled.next().is_none()
        })
    })))
}
