//! Page content through the markdown endpoints (notion-api.md §6.2), in the newer dialect only.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::bodies::{Rewrite, Shown};
use super::content::{Block, BlockId};
use super::errors::{Outcome, Refusal};
use super::ids::PageId;
use super::pages::page_to_write;
use super::routes::{Caller, QueryString, path_id};
use super::shape::Path;
use super::state::State;

const BODY: Path<'_> = Path::Root("body");
/// Edits of one request (notion-api.md §3).
const UPDATES: usize = 100;

/// Refuses any dialect but the newer one: tandem never asks for the older, and no answer is better than a wrong one.
pub(super) fn only_v2(path: &Path<'_>, version: Option<&str>) -> Outcome<()> {
    let path = path.key("markdown_version");
    match version {
        Some("v2") => Ok(()),
        Some(other @ "v1") => {
            Err(path.refuse("`\"v2\"`, as this stand-in has no v1", format_args!("\"{other}\"")))
        }
        Some(other) => Err(path.refuse("`\"v1\"` or `\"v2\"`", format_args!("\"{other}\""))),
        None => Err(path.refuse("`\"v2\"`, as this stand-in has no v1", "undefined")),
    }
}

/// `GET /pages/{id}/markdown`.
pub(super) fn retrieve(
    state: &mut State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&["include_transcript", "markdown_version"])?;
    only_v2(&Path::Root("query"), query.first("markdown_version"))?;
    let target = target(state, caller, raw)?;
    caller.may_read()?;
    state.body_reads += 1;
    let (page, blocks) = match target {
        Target::Page(page) => (page, state.content(page).to_vec()),
        Target::Block(page, block) => (page, vec![block]),
    };
    let shown = state.shown(page, &blocks, caller.bot);
    Ok(answer(raw, &shown, &[]))
}

/// What the id of a markdown endpoint names.
enum Target {
    /// A page, or a page below one.
    Page(PageId),
    /// A block of a page: what stands behind an `<unknown>`.
    Block(PageId, Block),
}

fn target(state: &State, caller: &Caller, raw: &str) -> Outcome<Target> {
    let id = path_id("page_id", raw)?;
    if state.may_see_page(PageId(id), caller.bot) {
        return Ok(Target::Page(PageId(id)));
    }
    state
        .bodies
        .iter()
        .filter(|(page, _)| state.may_see_page(**page, caller.bot))
        .find_map(|(page, body)| Some((*page, find(&body.blocks, BlockId(id))?.clone())))
        .map(|(page, block)| Target::Block(page, block))
        .ok_or_else(|| caller.not_found("page", id))
}

/// A block at any depth.
pub(super) fn find(blocks: &[Block], id: BlockId) -> Option<&Block> {
    let mut waiting: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = waiting.pop() {
        if block.id == id {
            return Some(block);
        }
        waiting.extend(&block.children);
    }
    None
}

fn answer(id: &str, shown: &Shown, warnings: &[String]) -> Json {
    let id = id.parse::<PageId>().map_or_else(|_| id.to_owned(), |id| id.to_string());
    let unknown: Vec<String> = shown.unknown.iter().map(ToString::to_string).collect();
    let mut answer = json!({
        "object": "page_markdown", "id": id, "markdown": shown.text,
        "truncated": shown.is_truncated, "unknown_block_ids": unknown,
    });
    if !warnings.is_empty() {
        let warnings: Vec<Json> =
            warnings.iter().map(|warning| json!({ "message": warning })).collect();
        answer["warnings"] = json!(warnings);
    }
    answer
}

/// One way to change a text.
enum Command<'b> {
    Updates(Vec<(&'b str, &'b str, bool)>),
    Replace(&'b str),
    /// Behind the selected text, or at an end of the page.
    Insert(&'b str, Place<'b>),
    ReplaceRange(&'b str, &'b str),
}

enum Place<'b> {
    Start,
    End,
    After(&'b str),
}

/// `PATCH /pages/{id}/markdown`.
pub(super) fn write(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    raw: &str,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    let commands = ["update_content", "replace_content", "insert_content", "replace_content_range"];
    let known: Vec<&str> =
        commands.into_iter().chain(["type", "allow_async", "markdown_version"]).collect();
    BODY.only(body, &known)?;
    let given: Vec<&str> =
        commands.into_iter().filter(|command| body.contains_key(*command)).collect();
    let kind = BODY.key("type").string(body.get("type"))?;
    if given != [kind] {
        return Err(BODY
            .key(kind)
            .refuse("the only command, and named by `type`", given.join(", ")));
    }
    let version = body.get("markdown_version").map(|version| version.as_str().unwrap_or_default());
    only_v2(&BODY, version)?;
    let (command, may_delete) = command(kind, body)?;
    let page = page_to_write(state, caller, raw)?;
    if state.bodies.get(&page).is_some_and(|body| body.is_synced) {
        return Err(Refusal::validation("Externally synced pages cannot be edited."));
    }
    let blocks = state.content(page).to_vec();
    let shown = state.shown(page, &blocks, caller.bot);
    let rewrite = Rewrite { page, by: caller.bot, now, may_delete, is_request: true };
    let warnings = apply(state, &rewrite, shown, &command)?;
    state.count_body_write(page);
    let blocks = state.content(page).to_vec();
    let shown = state.shown(page, &blocks, caller.bot);
    Ok(answer(raw, &shown, &warnings))
}

fn apply(
    state: &mut State,
    rewrite: &Rewrite,
    shown: Shown,
    command: &Command<'_>,
) -> Outcome<Vec<String>> {
    let text = match command {
        Command::Replace(text) => (*text).to_owned(),
        Command::Insert(text, place) => inserted(&shown.text, text, place)?,
        Command::ReplaceRange(text, range) => {
            let (start, end) = selection(&shown.text, range)?;
            let before = shown.text.get(..start).unwrap_or_default();
            let after = shown.text.get(end..).unwrap_or_default();
            format!("{before}{text}{after}")
        }
        Command::Updates(updates) => {
            let mut text = shown.text.clone();
            for (at, (old, new, all)) in updates.iter().enumerate() {
                match updated(&text, old, new, *all) {
                    Ok(next) => text = next,
                    Err(refusal) if at == 0 || state.options.updates_atomic => return Err(refusal),
                    Err(refusal) => {
                        state.rewrite(rewrite, &shown, &text)?;
                        return Err(refusal);
                    }
                }
            }
            text
        }
    };
    state.rewrite(rewrite, &shown, &text)
}

fn updated(text: &str, old: &str, new: &str, all: bool) -> Outcome<String> {
    let excerpt: String = old.chars().take(100).collect();
    match (text.match_indices(old).count(), all) {
        (0, _) => {
            Err(Refusal::validation(format!("Could not find old_str in the page: {excerpt}")))
        }
        (1, _) | (_, true) => Ok(text.replace(old, new)),
        (times, false) => Err(Refusal::validation(format!(
            "old_str matches {times} places in the page. Make it unique, or set replace_all_matches: {excerpt}"
        ))),
    }
}

fn inserted(text: &str, new: &str, place: &Place<'_>) -> Outcome<String> {
    Ok(match place {
        Place::Start => format!("{new}\n\n{text}"),
        Place::End => format!("{}\n\n{new}", text.trim_end_matches('\n')),
        Place::After(range) => {
            let (_, end) = selection(text, range)?;
            let (before, after) = text.split_at_checked(end).unwrap_or((text, ""));
            format!("{before}\n\n{new}\n\n{}", after.trim_start_matches('\n'))
        }
    })
}

/// `start...end`: from the first place of the one to the next place of the other.
fn selection(text: &str, range: &str) -> Outcome<(usize, usize)> {
    let missing = || Refusal::validation("Could not find the selection in the page.");
    let (start, end) = range.split_once("...").ok_or_else(missing)?;
    if start.is_empty() || end.is_empty() {
        return Err(missing());
    }
    let from = text.find(start).ok_or_else(missing)?;
    let rest = text.get(from + start.len()..).unwrap_or_default();
    let length = rest.find(end).ok_or_else(missing)?;
    Ok((from, from + start.len() + length + end.len()))
}

fn command<'b>(kind: &str, body: &'b Map<String, Json>) -> Outcome<(Command<'b>, bool)> {
    let path = BODY.key(kind);
    let payload = path.object(body.get(kind))?;
    let flag = |path: &Path<'_>, of: &Map<String, Json>, key: &str| match of.get(key) {
        None => Ok(false),
        value => path.key(key).boolean(value),
    };
    let text = |key: &str| path.key(key).string(payload.get(key));
    let may_delete = flag(&path, payload, "allow_deleting_content")?;
    let command = match kind {
        "update_content" => {
            path.only(payload, &["content_updates", "allow_deleting_content"])?;
            let list = path.key("content_updates");
            let mut updates = Vec::new();
            for (at, update) in
                list.array(payload.get("content_updates"), UPDATES)?.iter().enumerate()
            {
                let path = list.at(at);
                let update = path.object(Some(update))?;
                path.only(update, &["old_str", "new_str", "replace_all_matches"])?;
                let old = path.key("old_str").string(update.get("old_str"))?;
                if old.is_empty() {
                    return Err(Refusal::validation(format!(
                        "{path}.old_str should not be empty."
                    )));
                }
                let new = path.key("new_str").string(update.get("new_str"))?;
                updates.push((old, new, flag(&path, update, "replace_all_matches")?));
            }
            Command::Updates(updates)
        }
        "replace_content" => {
            path.only(payload, &["new_str", "allow_deleting_content"])?;
            Command::Replace(text("new_str")?)
        }
        "insert_content" => {
            path.only(payload, &["content", "after", "position"])?;
            Command::Insert(text("content")?, place(&path, payload)?)
        }
        _ => {
            path.only(payload, &["content", "content_range", "allow_deleting_content"])?;
            Command::ReplaceRange(text("content")?, text("content_range")?)
        }
    };
    Ok((command, may_delete))
}

fn place<'b>(path: &Path<'_>, payload: &'b Map<String, Json>) -> Outcome<Place<'b>> {
    match (payload.get("after"), payload.get("position")) {
        (Some(_), Some(position)) => Err(path.key("position").refuse("not present", position)),
        (None, None) => Ok(Place::End),
        (after @ Some(_), None) => Ok(Place::After(path.key("after").string(after)?)),
        (None, position @ Some(_)) => {
            let path = path.key("position");
            let kind = path.object(position)?.get("type");
            match path.key("type").string(kind)? {
                "start" => Ok(Place::Start),
                "end" => Ok(Place::End),
                other => Err(path.key("type").refuse("`start` or `end`", other)),
            }
        }
    }
}
