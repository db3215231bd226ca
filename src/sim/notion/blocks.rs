//! The blocks of a page one by one (notion-api.md §6.1), as far as anyone needs to look at them.

use serde_json::{Value as Json, json};

use super::content::{Block, BlockId, Kind, Run, What};
use super::errors::Outcome;
use super::ids::PageId;
use super::markdown::find;
use super::objects::{list, page_size};
use super::routes::{Caller, QueryString, path_id};
use super::shape::Path;
use super::state::State;
use super::time;

/// `GET /blocks/{id}/children`: one level, of a page or of a block.
pub(super) fn children(
    state: &mut State,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&["page_size", "start_cursor"])?;
    let id = path_id("block_id", raw)?;
    let visible = state.bodies.iter().filter(|(page, _)| state.may_see_page(**page, caller.bot));
    let blocks = if state.may_see_page(PageId(id), caller.bot) {
        Some(state.content(PageId(id)))
    } else {
        visible
            .into_iter()
            .find_map(|(_, body)| find(&body.blocks, BlockId(id)))
            .map(|block| block.children.as_slice())
    };
    let blocks = blocks.ok_or_else(|| caller.not_found("block", id))?;
    caller.may_read()?;
    let all: Vec<Json> = blocks.iter().map(|block| shown(block, id)).collect();
    let size = query.first("page_size").map(|size| json!(size.parse::<u64>().ok()));
    let size = page_size(&Path::Root("query"), size.as_ref())?;
    list(state, &all, size, query.first("start_cursor"), ("children", id, caller.bot), "block")
}

fn shown(block: &Block, parent: uuid::Uuid) -> Json {
    let kind = block.content.kind.api_type();
    let text: Vec<Json> = block.content.text.iter().map(run).collect();
    let mut own = match block.content.kind {
        Kind::Divider | Kind::Row | Kind::Table | Kind::Unknown => json!({}),
        Kind::Equation => json!({ "expression": block.content.words() }),
        Kind::Page | Kind::Database => json!({ "title": block.content.words() }),
        Kind::Image => json!({
            "type": "external", "caption": text,
            "external": { "url": block.content.attribute("source") },
        }),
        Kind::ToDo(checked) => json!({ "rich_text": text, "checked": checked }),
        Kind::Toggle(Some(_)) => json!({ "rich_text": text, "is_toggleable": true }),
        Kind::Code => json!({
            "rich_text": text, "caption": [], "language": block.content.attribute("language"),
        }),
        Kind::Paragraph
        | Kind::Heading(_)
        | Kind::Toggle(None)
        | Kind::Bulleted
        | Kind::Numbered
        | Kind::Quote
        | Kind::Callout
        | Kind::Cell
        | Kind::Tagged(_) => json!({ "rich_text": text }),
    };
    if let (Some(color), Some(own)) = (block.content.attribute("color"), own.as_object_mut()) {
        own.insert("color".to_owned(), json!(color.replace("_bg", "_background")));
    }
    json!({
        "object": "block", "id": block.id.to_string(), "type": kind, kind.as_str(): own,
        "parent": { "type": "block_id", "block_id": parent.to_string() },
        "created_time": time::minute(block.created_at), "last_edited_time": time::minute(block.edited_at),
        "has_children": !block.children.is_empty(), "in_trash": false,
    })
}

fn run(run: &Run) -> Json {
    let words = run.words();
    let (kind, own) = match &run.what {
        What::Text(_) | What::Citation(_) | What::Emoji(_) => (
            "text",
            json!({ "content": words, "link": run.look.link.as_ref().map(|url| json!({ "url": url })) }),
        ),
        What::Equation(_) => ("equation", json!({ "expression": words })),
        What::Mention(attributes, _) | What::Date(attributes) => ("mention", json!(attributes)),
    };
    json!({
        "type": kind, kind: own, "plain_text": words, "href": run.look.link,
        "annotations": {
            "bold": run.look.bold, "italic": run.look.italic, "strikethrough": run.look.strike,
            "underline": run.look.underline, "code": run.look.code,
            "color": run.look.color.as_deref().unwrap_or("default").replace("_bg", "_background"),
        },
    })
}
