//! What everybody could see at one moment: every value of every item, in words that mean the same on both sides.

use std::collections::{BTreeMap, BTreeSet};

use tandem::sim::World;
use tandem::sim::github::{IssueView, RepoId};
use tandem::sim::notion::{DataSourceId, PageId, PageView, UserId};

/// An item of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Issue(u64),
    Page(PageId),
}

/// One thing an item shows. Of sets and bodies each element is a thing of its own, there or not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Title,
    State,
    Milestone,
    Type,
    Label(String),
    Assignee(String),
    /// A word of the body that nobody else typed.
    Said(String),
    /// A page in the trash.
    Trash,
}

impl Key {
    /// The field, as the history names it.
    pub fn field(&self) -> &'static str {
        match self {
            Key::Title => "title",
            Key::State => "state",
            Key::Milestone => "milestone",
            Key::Type => "type",
            Key::Label(_) => "labels",
            Key::Assignee(_) => "assignees",
            Key::Said(_) => "body",
            Key::Trash => "trash",
        }
    }

    /// What is decided as one: a body by its blocks, which the elements cannot tell.
    pub fn decided_as(&self) -> Key {
        match self {
            Key::Said(_) => Key::Said(String::new()),
            Key::Title
            | Key::State
            | Key::Milestone
            | Key::Type
            | Key::Label(_)
            | Key::Assignee(_)
            | Key::Trash => self.clone(),
        }
    }
}

/// What one item shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The issue it is, or says it belongs to.
    pub issue: Option<u64>,
    /// The page an issue was made from, as its marker says.
    pub made_from: Option<String>,
    /// Whether tandem made it.
    pub by_tandem: bool,
    /// How many live mentions and references an issue's body has.
    pub mentions: usize,
    /// The words of its body in their order: who moves a paragraph edits it.
    pub said: Vec<String>,
    pub values: BTreeMap<Key, String>,
}

/// Everything at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub objects: BTreeMap<Object, Shown>,
}

/// Where to look, and who is who.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub repo: RepoId,
    pub table: DataSourceId,
    pub bot: UserId,
    pub ann: UserId,
}

/// tandem's login.
pub const BOT: &str = "tandem-bot";

impl Snapshot {
    pub fn take(world: &World, scene: Scene) -> Snapshot {
        let mut objects = BTreeMap::new();
        for issue in world.github(|github, _| github.issues(scene.repo)) {
            objects.insert(Object::Issue(issue.number), shown_on_github(&issue));
        }
        world.notion(|notion, _| {
            for page in notion.pages(scene.table) {
                // A line break is told by its escape, which would be one word with what follows it.
                let outline = notion.outline(page.id()).replace("\\n", " ");
                objects.insert(Object::Page(page.id()), shown_in_notion(page, &outline, scene));
            }
        });
        Snapshot { objects }
    }

    /// The items on the other side that this one belongs to.
    pub fn partners(&self, of: Object) -> Vec<Object> {
        let Some(number) = self.objects.get(&of).and_then(|shown| shown.issue) else {
            return Vec::new();
        };
        match of {
            Object::Page(_) => {
                let issue = Object::Issue(number);
                self.objects.contains_key(&issue).then_some(issue).into_iter().collect()
            }
            Object::Issue(_) => self.pages_of(number),
        }
    }

    /// The pages that say they belong to this issue.
    pub fn pages_of(&self, number: u64) -> Vec<Object> {
        let pages = self.objects.iter().filter(|(object, shown)| {
            matches!(object, Object::Page(_)) && shown.issue == Some(number)
        });
        pages.map(|(object, _)| *object).collect()
    }

    pub fn value(&self, object: Object, key: &Key) -> Option<&String> {
        self.objects.get(&object)?.values.get(key)
    }
}

fn shown_on_github(issue: &IssueView) -> Shown {
    let state = match (issue.is_closed, issue.state_reason.as_deref()) {
        (false, _) => "open",
        (true, Some("not_planned")) => "not_planned",
        (true, Some("duplicate")) => "duplicate",
        (true, _) => "completed",
    };
    let body = issue.body.as_deref().unwrap_or_default();
    let marker = body.split("<!-- tandem:").nth(1).and_then(|rest| rest.get(..36));
    let mut values = common(&issue.title, state, &issue.labels, body);
    values.extend(issue.milestone.as_deref().map(|name| (Key::Milestone, option(name))));
    values.extend(issue.issue_type.clone().map(|name| (Key::Type, name)));
    let assignees = issue.assignees.iter().map(|login| (Key::Assignee(login.clone()), yes()));
    values.extend(assignees);
    let by_tandem = issue.author.as_deref() == Some(BOT);
    Shown {
        issue: Some(issue.number),
        made_from: marker.filter(|_| by_tandem).map(ToOwned::to_owned),
        by_tandem,
        mentions: ["@octocat", " #1"].map(|live| body.matches(live).count()).iter().sum(),
        said: tokens(body).map(ToOwned::to_owned).collect(),
        values,
    }
}

fn shown_in_notion(page: PageView<'_>, outline: &str, scene: Scene) -> Shown {
    let status = page.option("Status");
    let state = match status.as_deref() {
        None | Some("To do" | "In progress" | "In review") => "open",
        Some("Won't do") => "not_planned",
        Some("Duplicate") => "duplicate",
        Some("Done") => "completed",
        Some(other) => other,
    };
    let mut values = common(&page.title(), state, &page.options("Labels"), outline);
    values.extend(page.option("Milestone").map(|name| (Key::Milestone, name)));
    values.extend(page.option("Type").map(|name| (Key::Type, name)));
    let assignees = page.people("Assignees").into_iter().map(|id| match id == scene.ann {
        true => (Key::Assignee("octocat".to_owned()), yes()),
        false => (Key::Assignee(format!("{id:?}")), yes()),
    });
    values.extend(assignees);
    if page.in_trash() {
        values.insert(Key::Trash, yes());
    }
    let url = page.url("GitHub");
    Shown {
        issue: url.and_then(|url| url.rsplit('/').next()?.parse().ok()),
        made_from: None,
        by_tandem: page.created_by() == scene.bot,
        mentions: 0,
        said: tokens(outline).map(ToOwned::to_owned).collect(),
        values,
    }
}

fn common(
    title: &str,
    state: &str,
    labels: &BTreeSet<String>,
    body: &str,
) -> BTreeMap<Key, String> {
    let labels = labels.iter().map(|name| (Key::Label(option(name).to_lowercase()), yes()));
    let said = tokens(body).map(|token| (Key::Said(token.to_owned()), yes()));
    let mut values: BTreeMap<Key, String> = labels.chain(said).collect();
    values.insert(Key::Title, title.trim().to_owned());
    values.insert(Key::State, state.to_owned());
    values
}

fn yes() -> String {
    "there".to_owned()
}

/// A name as a Notion option can hold it.
fn option(name: &str) -> String {
    name.replace(',', "‚")
}

/// The words of a text that one person typed and nobody else: `T` and a number.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| {
        word.strip_prefix('T')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
