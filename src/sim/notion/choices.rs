//! Editing the options of a property through the API (notion-api.md §4.2): what is sent is what remains.

use std::sync::Arc;

use rand::RngCore;
use serde_json::{Map, Value as Json};

use super::errors::{Outcome, Refusal};
use super::ids::ChoiceId;
use super::schema::{Choice, Kind, StatusKind};
use super::shape::Path;
use super::state::State;
use super::write::color;

/// The options as sent: known ones by id or name, the others new.
pub(super) fn edit_choices(
    state: &mut State,
    kind: &mut Kind,
    path: &Path<'_>,
    config: Option<&Json>,
) -> Outcome<()> {
    let config = path.object(config)?;
    let known = kind.choices().to_vec();
    if kind.choices_mut().is_none() || !config.contains_key("options") {
        return Ok(());
    }
    let path = path.key("options");
    let mut result: Vec<Choice> = Vec::new();
    let mut groups: Vec<(ChoiceId, String)> = Vec::new();
    for (index, item) in path.array(config.get("options"), usize::MAX)?.iter().enumerate() {
        let path = path.at(index);
        let item = path.object(Some(item))?;
        path.only(item, &["id", "name", "color", "description", "group"])?;
        let choice = edit_choice(state, &known, &path, item)?;
        if result.iter().any(|other| other.folded == choice.folded || other.id == choice.id) {
            return Err(Refusal::validation(format!(
                "{path}: duplicate option \"{}\".",
                choice.name
            )));
        }
        if let Some(group) = item.get("group") {
            groups
                .push((Arc::clone(&choice.id), path.key("group").string(Some(group))?.to_owned()));
        }
        result.push(choice);
    }
    if !state.options.omitted_options_removed {
        let kept = known
            .into_iter()
            .filter(|old| !result.iter().any(|new| new.id == old.id))
            .collect::<Vec<_>>();
        result.splice(0..0, kept);
    }
    if let Some(choices) = kind.choices_mut() {
        *choices = result;
    }
    if let Kind::Status(status) = kind {
        regroup(status, &path, groups)?;
    }
    Ok(())
}

fn edit_choice(
    state: &mut State,
    known: &[Choice],
    path: &Path<'_>,
    item: &Map<String, Json>,
) -> Outcome<Choice> {
    let name = match item.get("name") {
        None => None,
        name @ Some(_) => Some(path.key("name").filled_string(name, 100)?),
    };
    if let Some(name) = name
        && name.contains(',')
    {
        return Err(Refusal::validation(format!(
            "Invalid select option, commas not allowed: {name}"
        )));
    }
    let sent_color = match item.get("color") {
        None => None,
        color @ Some(_) => Some(path.key("color").string(color)?),
    };
    let old = match (item.get("id"), name) {
        (Some(id), _) => {
            let id = path.key("id").string(Some(id))?;
            let old = known.iter().find(|choice| &*choice.id == id);
            Some(old.ok_or_else(|| {
                path.key("id").refuse("the id of an existing option", format_args!("\"{id}\""))
            })?)
        }
        (None, Some(name)) => known.iter().find(|choice| choice.name == name),
        (None, None) => return Err(path.key("name").refuse("defined", "undefined")),
    };
    let Some(old) = old else {
        let name = name.unwrap_or_default();
        let color = sent_color.unwrap_or(color(state.rng.next_u32()));
        return Ok(Choice::new(state.fresh_choice_id(), name, color));
    };
    if sent_color.is_some_and(|color| color != old.color) {
        return Err(Refusal::validation(format!(
            "Cannot update color of select with name: {}.",
            old.name
        )));
    }
    let mut choice = old.clone();
    if let Some(name) = name.filter(|name| *name != old.name) {
        if !state.options.options_renamable {
            return Err(Refusal::validation(format!(
                "Cannot update name of option \"{}\" to \"{name}\".",
                old.name
            )));
        }
        choice.rename(name);
    }
    Ok(choice)
}

/// Options in the groups they were sent with; new ones without a group go to the first.
fn regroup(
    status: &mut StatusKind,
    path: &Path<'_>,
    groups: Vec<(ChoiceId, String)>,
) -> Outcome<()> {
    for (choice, name) in groups {
        if !status.groups.iter().any(|group| group.name == name) {
            return Err(path.refuse("in a group that exists", format_args!("\"{name}\"")));
        }
        for group in &mut status.groups {
            group.choices.retain(|known| *known != choice);
            if group.name == name {
                group.choices.push(Arc::clone(&choice));
            }
        }
    }
    let all: Vec<ChoiceId> = status.choices.iter().map(|choice| Arc::clone(&choice.id)).collect();
    for group in &mut status.groups {
        group.choices.retain(|choice| all.contains(choice));
    }
    let loose: Vec<ChoiceId> = all
        .iter()
        .filter(|id| !status.groups.iter().any(|group| group.choices.contains(id)))
        .cloned()
        .collect();
    if let Some(first) = status.groups.first_mut() {
        first.choices.extend(loose);
    }
    if status.default.as_ref().is_some_and(|default| !all.contains(default)) {
        status.default = None;
    }
    Ok(())
}
