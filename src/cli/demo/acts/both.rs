//! What people do on both sides at once.

use std::ops::ControlFlow;

use super::super::stage::{DEVELOPER, PLANNER};
use super::super::tell::quoted;
use super::{Act, Cast, Done, issue_is, page_is, retitled};
use crate::sim::agreement::What;
use crate::sim::notion::Plain;
use crate::store::Store;

/// How much later the second of two conflicting edits is made: Notion's times are whole minutes.
const MINUTES_LATER: u64 = 10;

pub(super) fn add_a_label(cast: &mut Cast<'_>) -> Done {
    const ON_GITHUB: &str = "reproduced";
    const IN_NOTION: &str = "this quarter";
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    stage
        .world
        .github(|github, now| github.by(DEVELOPER, now).add_label(stage.repo, number, ON_GITHUB))?;
    let property = stage.property(What::Labels);
    stage.world.notion(|notion, now| {
        let before = notion.page(page).map(|page| page.options(property)).unwrap_or_default();
        let options = before.into_iter().chain([IN_NOTION.to_owned()]).collect();
        notion.set(page, property, &Plain::Options(options), stage.planner, now)
    })?;
    let said = format!(
        "Both:   {DEVELOPER} labels {item} \"{ON_GITHUB}\", {PLANNER} its page \"{IN_NOTION}\""
    );
    let expected = format!("{item} and its page have both labels, and all they had");
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let property = stage.property(What::Labels);
        let both = [ON_GITHUB, IN_NOTION];
        issue_is(stage, number, |now| {
            both.iter().all(|label| now.labels.contains(*label))
                && now.labels.is_superset(&issue.labels)
        }) && page_is(stage, page, |page| {
            let options = page.options(property);
            both.iter().all(|label| options.contains(*label))
        })
    })))
}

pub(super) fn retitle(cast: &mut Cast<'_>) -> Done {
    const LOSER: &str = "(first try)";
    let Some((issue, page)) = cast.take_any() else { return Ok(None) };
    let (stage, number) = (cast.stage, issue.number);
    let item = stage.item(number);
    let (earlier, later) = (retitled(&issue, LOSER), retitled(&issue, "(second thought)"));
    let begun = stage.time();
    stage
        .world
        .github(|github, now| github.by(DEVELOPER, now).set_title(stage.repo, number, &earlier))?;
    stage.wait(MINUTES_LATER);
    stage.world.notion(|notion, now| notion.set_title(page, &later, stage.planner, now))?;
    let said = format!(
        "Both:   {DEVELOPER} renames {item} at {begun}, {PLANNER} its page now, to {}",
        quoted(&later)
    );
    let expected = "the later title is on both sides; the other one is in the history".to_owned();
    Ok(Some(Act::new(stage, said, expected, move |stage, store| {
        issue_is(stage, number, |issue| issue.title == later)
            && page_is(stage, page, |page| page.title() == later)
            && is_in_history(store, &earlier)
    })))
}

/// Whether the history holds a title that lost.
fn is_in_history(store: &Store, title: &str) -> bool {
    let mut found = false;
    let told = store.history(None, |_, entry| {
        found |= entry.field == "title" && holds_text(&entry.lost, title);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    told.is_ok() && found
}

fn holds_text(value: &serde_json::Value, text: &str) -> bool {
    match value {
        serde_json::Value::String(held) => held == text,
        serde_json::Value::Array(items) => items.iter().any(|item| holds_text(item, text)),
        serde_json::Value::Object(keys) => keys.values().any(|item| holds_text(item, text)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            false
        }
    }
}
