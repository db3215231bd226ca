//! The adapter against the stand-in, in process and under paused time.

mod bodies;
mod body;
mod creating;
mod listing;
mod reading;
mod recorded;
mod script;
mod trouble;
mod upload;
mod writing;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use super::{DataSource, NotionDialect, Reader, Writer, resolve};
use crate::config::{Config, Env};
use crate::model::{
    Change, DataSourceId, Field, Login, Mapping, NameSet, NotionUserId, Observed, Page, PageId,
    Reason, Side, State, Users, Value,
};
use crate::remote::{Channel, Lookup, Pace, Patience, Permit};
use crate::sim::notion::{self, Capabilities, Options, Plain, Type, UserId};
use crate::sim::{Setup, World, WorldTransport};

const CONFIG: &str = r#"
[github]
token = "env:G"
[notion]
token = "env:N"
[[sync]]
name = "app"
repositories = ["acme/app"]
data_source = "0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11"
[sync.fields]
url = "GitHub"
number = "Number"
title = "Name"
labels = "Labels"
assignees = "Assignees"
milestone = "Milestone"
type = "Type"
repository = "Repository"
author = "Author"
created = "Created"
closed = "Closed"
[sync.fields.state]
property = "Status"
open = ["To do", "In progress"]
completed = ["Done"]
not_planned = ["Won't do"]
"#;

/// A workspace with one database that fits [`CONFIG`], and a line to it.
struct Office {
    world: Arc<World>,
    reader: Reader,
    writer: Writer,
    source: DataSource,
    mapping: Mapping,
    /// The data source, as the stand-in names it.
    table: notion::DataSourceId,
    /// Somebody who edits in Notion, known on GitHub as `octocat`.
    ann: UserId,
}

fn properties() -> Vec<(&'static str, Type)> {
    vec![
        ("Name", Type::Title),
        ("GitHub", Type::Url),
        ("Number", Type::Number),
        ("Status", Type::status(&["To do"], &["In progress", "Blocked"], &["Done", "Won't do"])),
        ("Labels", Type::multi_select(["Bug", "Needs Triage"])),
        ("Assignees", Type::People),
        ("Milestone", Type::select([])),
        ("Type", Type::select(["Task"])),
        ("Repository", Type::select(["acme/app"])),
        ("Author", Type::RichText),
        ("Created", Type::Date),
        ("Closed", Type::Date),
        ("Unmapped", Type::Other("formula".to_owned())),
    ]
}

impl Office {
    async fn open(options: Options) -> Office {
        Office::with(options, Capabilities::full(), |_| {}).await
    }

    async fn with(
        options: Options,
        capabilities: Capabilities,
        config: impl FnOnce(&mut String),
    ) -> Office {
        let world = World::new(Setup { notion: options, ..Setup::default() });
        let (ann, table) = world.notion(|notion, now| {
            notion.add_token("secret", "tandem", capabilities);
            let ann = notion.add_user("Ann", "ann@example.com");
            let (_, table) = notion.add_data_source("Tasks", &properties(), ann, now);
            notion.share(table, "secret").unwrap();
            (ann, table)
        });
        let reader = reader(&world, "secret");
        let writer = Writer::new(&reader, &Permit::grant());
        let source = reader.source(id(table)).await.unwrap();
        let mut text = CONFIG.to_owned();
        config(&mut text);
        let mapping = mapping(&text, &source, ann);
        Office { world, reader, writer, source, mapping, table, ann }
    }

    /// A page as somebody makes it in Notion.
    fn page(&self, properties: &[(&str, Plain)]) -> PageId {
        let page = self
            .world
            .notion(|notion, now| notion.add_page(self.table, properties, self.ann, now).unwrap());
        page.to_string().parse().unwrap()
    }

    /// Somebody does something in Notion.
    fn act<T, E: std::fmt::Debug>(
        &self,
        act: impl FnOnce(&mut notion::State, chrono::DateTime<chrono::Utc>) -> Result<T, E>,
    ) -> T {
        self.world.notion(|notion, now| act(notion, now).unwrap())
    }

    async fn read(&self, id: PageId) -> Page {
        match self.reader.page(id, &self.mapping).await.unwrap() {
            Lookup::Found(page) => page,
            other => panic!("{other:?}"),
        }
    }

    /// The page's value as the stand-in holds it.
    fn shows<T>(&self, id: PageId, look: impl FnOnce(notion::PageView<'_>) -> T) -> T {
        self.world.notion(|notion, _| look(notion.page(sim(id)).unwrap()))
    }

    async fn update(
        &self,
        page: &Page,
        changes: &[(Field, Value)],
    ) -> crate::remote::Written<Page> {
        let changes = changes_of(page, changes);
        self.writer.update(page, &self.source, &self.mapping, &changes).await.unwrap()
    }

    fn writes(&self) -> u64 {
        self.world.counts().notion.writes
    }

    fn reads(&self) -> u64 {
        self.world.counts().notion.reads
    }
}

fn reader(world: &Arc<World>, token: &str) -> Reader {
    let line = Arc::new(WorldTransport::new(world, Side::Notion));
    let channel =
        Channel::new(line, Arc::new(NotionDialect), Pace::notion(180), Patience::endless());
    let api = url::Url::parse("https://api.notion.com").unwrap();
    Reader::new(&api, SecretString::from(token), channel)
}

fn mapping(config: &str, source: &DataSource, ann: UserId) -> Mapping {
    let config = Config::parse(config, Path::new("config.toml"), &Env::default()).unwrap();
    let mut users = Users::default();
    users.link(Login("octocat".into()), person(ann));
    resolve(&config.syncs[0], source, &BTreeMap::new(), &users).unwrap()
}

fn changes_of(page: &Page, changes: &[(Field, Value)]) -> Vec<Change> {
    let from = |field: &Field| match page.fields.get(field) {
        Some(Observed::Value(value)) => value.clone(),
        Some(Observed::Unreadable(_)) | None => Value::Text(String::new()),
    };
    let change =
        |(field, to): &(Field, Value)| Change { field: *field, from: from(field), to: to.clone() };
    changes.iter().map(change).collect()
}

fn id(table: notion::DataSourceId) -> DataSourceId {
    table.to_string().parse().unwrap()
}

fn sim(page: PageId) -> notion::PageId {
    page.to_string().parse().unwrap()
}

fn person(user: UserId) -> NotionUserId {
    user.to_string().parse().unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn names<const N: usize>(list: [&str; N]) -> Value {
    Value::Names(list.into_iter().collect::<NameSet>())
}

fn closed(reason: Reason) -> Value {
    Value::State(State::Closed(reason))
}
