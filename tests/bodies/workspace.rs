//! A Notion with one database, and a connection that reads and writes the content of its pages as tandem does.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use serde_json::{Value as Json, json};
use tandem::body::{Place, updates};
use tandem::model::Side;
use tandem::sim::notion::{
    Block, BlockKind, Capabilities, DataSourceId, Options, PageId, Rendering, State, Type, UserId,
    What,
};
use tandem::sim::{Reply, Setup, World};

const TOKEN: &str = "ours";
/// Updates one request may hold (notion-api §3).
const MAX_UPDATES: usize = 100;

/// Where every body of these tests lives.
pub fn place() -> Place {
    Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
}

pub struct Workspace {
    pub world: Arc<World>,
    table: DataSourceId,
    /// Edits pages by hand.
    pub ann: UserId,
    pub rendering: Rendering,
}

impl Workspace {
    /// With one reading of what Notion's documentation leaves open.
    pub fn new(rendering: Rendering) -> Workspace {
        let notion = Options { rendering: rendering.clone(), ..Options::raised() };
        let world = World::new(Setup { notion, ..Setup::default() });
        let (ann, table) = world.notion(|notion, now| {
            notion.add_token(TOKEN, "tandem", Capabilities::full());
            let ann = notion.add_user("Ann", "ann@example.com");
            let (_, table) = notion.add_data_source("Tasks", &[("Name", Type::Title)], ann, now);
            notion.share(table, TOKEN).unwrap();
            (ann, table)
        });
        Workspace { world, table, ann, rendering }
    }

    /// What is left open, read in several ways: as it is by default, and in one way that is drawn; in eight when
    /// everything is asked for.
    pub fn readings(seed: u64) -> impl Iterator<Item = Rendering> {
        let drawn = if crate::corpus::everything() { 8 } else { 1 };
        std::iter::once(Rendering::default()).chain((seed..seed + drawn).map(Rendering::drawn))
    }

    /// A page with this body; `Err` says why Notion refuses it.
    pub fn make(&self, body: &str) -> Result<PageId, String> {
        let title = json!({ "Name": { "title": [{ "text": { "content": "x" } }] } });
        let parent = json!({ "type": "data_source_id", "data_source_id": self.table.to_string() });
        let mut page = json!({ "parent": parent, "properties": title });
        if !body.trim().is_empty() {
            page["markdown"] = body.into();
            page["markdown_version"] = "v2".into();
        }
        let made = self.call("POST", "/v1/pages", Some(&page))?;
        Ok(made["id"].as_str().unwrap().parse().unwrap())
    }

    /// The body as the API shows it.
    pub fn read(&self, page: PageId) -> String {
        let path = format!("/v1/pages/{page}/markdown?markdown_version=v2");
        text(&self.call("GET", &path, None).unwrap())
    }

    /// Turns what the page shows into another text as tandem does: by targeted edits where there are unambiguous ones.
    /// The answer is what it shows then.
    pub fn write(&self, page: PageId, from: &str, to: &str) -> Result<String, String> {
        let commands = match updates(from, to) {
            Some(updates) => {
                let updates: Vec<Json> = updates
                    .iter()
                    .map(|update| json!({ "old_str": update.old, "new_str": update.new }))
                    .collect();
                let command = |updates: &[Json]| json!({ "type": "update_content", "update_content": { "content_updates": updates } });
                updates.chunks(MAX_UPDATES).map(command).collect()
            }
            None => {
                vec![json!({ "type": "replace_content", "replace_content": { "new_str": to } })]
            }
        };
        let path = format!("/v1/pages/{page}/markdown");
        for mut command in commands {
            command["markdown_version"] = "v2".into();
            let answer = self.call("PATCH", &path, Some(&command))?;
            if let Some(warnings) = answer.get("warnings") {
                return Err(format!("a warning: {warnings}"));
            }
        }
        Ok(self.read(page))
    }

    /// What the page really holds.
    pub fn blocks(&self, page: PageId) -> Vec<Block> {
        self.look(|notion| notion.blocks(page).to_vec())
    }

    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.world.notion(|notion, _| look(notion))
    }

    /// What a person does.
    pub fn act<T>(&self, act: impl FnOnce(&mut State, UserId, DateTime<Utc>) -> T) -> T {
        self.world.notion(|notion, now| act(notion, self.ann, now))
    }

    fn call(&self, method: &str, path: &str, body: Option<&Json>) -> Result<Json, String> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Notion-Version", "2026-03-11")
            .header("Content-Type", "application/json")
            .body(body.map_or_else(Bytes::new, |body| body.to_string().into()))
            .unwrap();
        let Reply::Answer(answer) = self.world.handle(Side::Notion, &request) else {
            panic!("no answer to {method} {path}");
        };
        let json: Json = serde_json::from_slice(answer.body()).unwrap();
        if answer.status().is_success() { Ok(json) } else { Err(json["message"].to_string()) }
    }
}

fn text(answer: &Json) -> String {
    answer["markdown"].as_str().unwrap().to_owned()
}

/// Every block, children after their parents.
pub fn flat(blocks: &[Block]) -> Vec<&Block> {
    let mut all = Vec::new();
    for block in blocks {
        all.push(block);
        all.extend(flat(&block.children));
    }
    all
}

/// The words of a block as they stand on the page, whatever their look.
pub fn words_of(block: &Block) -> String {
    match &block.content.kind {
        BlockKind::Equation => block.content.words(),
        _ => block
            .content
            .text
            .iter()
            .map(|run| match &run.what {
                What::Citation(url) => url.as_str(),
                _ => run.words(),
            })
            .collect(),
    }
}
