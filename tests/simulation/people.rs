//! What people do: an act of the script, done to what is there.

use tandem::model::Side;
use tandem::sim::World;
use tandem::sim::github::{IssueView, Person};
use tandem::sim::notion::{BlockId, DataSourceId, PageId, PageView, Plain, UserId};

use crate::script::{Act, What};
use crate::snapshot::Scene;

/// How the names begin that labels and options are given when they are renamed.
const RENAMED: [&str; 2] = ["renamed ", "opt"];
const LABELS: [&str; 6] = ["bug", "p1", "a, b", "Ünïcode 🦀", "needs info", "BUG-ish"];
const MILESTONES: [&str; 3] = ["1.0", "2.0, later", "Ω"];
const TAILS: [&str; 5] = ["", " (é ✓ 🦀)", " a, b", " שלום", " #12 @octocat"];
/// The last one is in no list of the config: it holds the field.
const STATUSES: [&str; 7] =
    ["To do", "In progress", "In review", "Done", "Won't do", "Duplicate", "Blocked"];
/// What a paragraph looks like; `T` is the word nobody else types.
const PARAGRAPHS: [&str; 8] = [
    "T was typed here.",
    "T was typed here, **boldly**.",
    "- T in a list",
    "- [ ] T to do",
    "## T heads it",
    "`code` of T",
    "T says it\nin two lines.",
    "T for @octocat, see #1",
];
/// The properties that are renamed: the oracle looks at none of them.
const PROPERTIES: [&str; 4] = ["Created", "Closed", "Repository", "Updated"];
/// Of these, what no title says.
pub const BODY_WORDS: [&str; 4] = ["was typed", "began it", "in a list", "heads it"];
/// So many items a side has at most, and at least.
const MAX_ITEMS: usize = 14;
const MIN_ITEMS: usize = 7;

/// Whether it is a name that a label or an option was given later.
pub fn is_renamed(name: &str) -> bool {
    RENAMED.iter().any(|beginning| name.starts_with(beginning))
}

/// Gives every property its own name again: a config that nobody has read yet knows no other.
pub fn tidy(world: &World, scene: Scene) {
    for name in PROPERTIES {
        rename_property(world, scene.table, name, Some(name));
    }
}

/// Renames a property, to and fro or to what is wanted; says what was done.
fn rename_property(world: &World, table: DataSourceId, name: &str, wanted: Option<&str>) -> String {
    let other = format!("{name} (renamed)");
    world.notion(|notion, now| {
        let is_usual = notion.schema(table).iter().any(|property| property.name == name);
        let (from, to) = if is_usual { (name, &*other) } else { (&*other, name) };
        if wanted.is_none_or(|wanted| wanted == to) {
            notion.rename_property(table, from, to, now).unwrap();
        }
        format!("property {from} renamed {to}")
    })
}

/// Does it, and says what was done.
pub fn act(world: &World, scene: Scene, act: &Act) -> String {
    let doer = Doer { scene, act };
    let done = match act.side {
        Side::GitHub => doer.on_github(world),
        Side::Notion => doer.in_notion(world),
    };
    let at = world.now(Side::GitHub).format("%d %H:%M:%S");
    format!("{at} {}: {:?}: {done}", act.id, act.side)
}

struct Doer<'a> {
    scene: Scene,
    act: &'a Act,
}

impl Doer<'_> {
    fn pick<'x, T: ?Sized>(&self, from: &[&'x T]) -> &'x T {
        from[self.act.pick as usize % from.len()]
    }

    /// A second choice, apart from the first.
    fn chance(&self, percent: u32) -> bool {
        (self.act.pick / 1_000) % 100 < percent
    }

    fn word(&self) -> String {
        format!("T{}", self.act.id)
    }

    fn title(&self) -> String {
        format!("{}{}", self.word(), self.pick(&TAILS))
    }

    fn paragraph(&self) -> String {
        self.pick(&PARAGRAPHS).replacen('T', &self.word(), 1)
    }

    fn on_github(&self, world: &World) -> String {
        let repo = self.scene.repo;
        let issues = world.github(|github, _| github.issues(repo));
        let what = self.fitting(issues.len());
        let counted = issues.get(self.act.item as usize % issues.len().max(1));
        let issue = match self.act.counted_on {
            Side::GitHub => counted,
            Side::Notion => self.issue_of_page(world, &issues).or(counted),
        };
        world.github(|github, now| {
            let mut octocat = github.by("octocat", now);
            match (what, issue) {
                (What::Make, _) | (_, None) => {
                    let body = format!("{} began it.", self.word());
                    let made = octocat.open_issue(repo, &self.title(), Some(&body));
                    format!("#{} opened: {}", made.unwrap(), self.title())
                }
                (_, Some(issue)) => self.to_issue(&mut octocat, issue, what),
            }
        })
    }

    /// Neither too many items nor too few.
    fn fitting(&self, count: usize) -> What {
        match self.act.what {
            What::Make | What::Duplicate if count >= MAX_ITEMS => What::Title,
            What::Trash | What::Delete if count <= MIN_ITEMS => What::Make,
            other => other,
        }
    }

    fn to_issue(&self, person: &mut Person<'_>, issue: &IssueView, what: What) -> String {
        let (repo, n) = (self.scene.repo, issue.number);
        let label = self.pick(&LABELS);
        let login = self.pick(&["octocat", "octocat", "hubot"]);
        let (done, said) = match what {
            What::Make | What::Title => {
                (person.set_title(repo, n, &self.title()), format!("title {}", self.title()))
            }
            What::State if issue.is_closed && self.chance(60) => {
                (person.reopen(repo, n), "reopened".to_owned())
            }
            What::State | What::Sweep | What::RenameProperty => {
                let reason = self.pick(&["completed", "not_planned", "duplicate"]);
                (person.close(repo, n, reason), format!("closed {reason}"))
            }
            What::AddLabel => (person.add_label(repo, n, label), format!("+ label {label}")),
            What::RemoveLabel => match issue.labels.first() {
                Some(label) => (person.remove_label(repo, n, label), format!("- label {label}")),
                None => (Ok(()), "no label to remove".to_owned()),
            },
            What::Milestone => {
                let title = Some(self.pick(&MILESTONES)).filter(|_| self.chance(70));
                (person.set_milestone(repo, n, title), format!("milestone {title:?}"))
            }
            What::Assignee if self.chance(60) => {
                (person.assign(repo, n, login), format!("+ assignee {login}"))
            }
            What::Assignee => (person.unassign(repo, n, login), format!("- assignee {login}")),
            What::Type => {
                let name = [Some("Bug"), Some("Feature"), None][self.act.pick as usize % 3];
                (person.set_type(repo, n, name), format!("type {name:?}"))
            }
            What::BodyChange | What::BodyAdd | What::BodyRemove | What::BodyMove => {
                let body = self.edited(issue.body.as_deref().unwrap_or_default(), what);
                (person.set_body(repo, n, Some(&body)), format!("body {body:?}"))
            }
            What::Comment | What::Trespass | What::Trash | What::Restore | What::Duplicate => {
                (person.comment(repo, n, "hm").map(drop), "a comment".to_owned())
            }
            What::Delete => (person.delete_issue(repo, n), "deleted".to_owned()),
            What::RenameName => {
                let to = format!("{}{}", RENAMED[0], self.act.id);
                (person.rename_label(repo, label, &to), format!("label {label} renamed {to}"))
            }
            What::DeleteName => {
                (person.delete_label(repo, label), format!("label {label} deleted"))
            }
        };
        match done {
            Ok(()) => format!("#{n} {said}"),
            Err(error) => format!("#{n} {said}: {error}"),
        }
    }

    /// The body after an edit. Most people leave the marker where it is.
    fn edited(&self, body: &str, what: What) -> String {
        let unix = body.replace("\r\n", "\n");
        let parts = unix.split("\n\n").map(|part| part.trim_matches('\n').to_owned());
        let mut all: Vec<String> = parts.filter(|part| !part.trim().is_empty()).collect();
        let marker = all.pop_if(|last| last.starts_with("<!-- tandem:"));
        let at = (self.act.pick / 7) as usize % all.len().max(1);
        match what {
            What::BodyChange if !all.is_empty() => all[at] = self.paragraph(),
            What::BodyRemove if all.len() > 1 => drop(all.remove(at)),
            What::BodyMove if all.len() > 1 => {
                let moved = all.remove(at);
                all.insert((self.act.pick / 77) as usize % (all.len() + 1), moved);
            }
            _ => all.insert(at.min(all.len()), self.paragraph()),
        }
        all.extend(marker.filter(|_| self.chance(80)));
        all.join(if self.act.pick.is_multiple_of(2) { "\r\n\r\n" } else { "\n\n" })
    }

    fn in_notion(&self, world: &World) -> String {
        let (table, ann) = (self.scene.table, self.scene.ann);
        let (live, trashed) = self.pages(world);
        let what = self.fitting(live.len());
        let from = if what == What::Restore { &trashed } else { &live };
        let counted = from.get(self.act.item as usize % from.len().max(1)).copied();
        let page = match self.act.counted_on {
            Side::GitHub => self.page_of_issue(world, &live).or(counted),
            Side::Notion => counted,
        };
        match (what, page) {
            (What::Make, _) | (_, None) => {
                let mut values = vec![("Name", Plain::Text(self.title()))];
                if self.chance(50) {
                    values.push(("Status", Plain::Option(self.pick(&STATUSES).to_owned())));
                }
                world.notion(|notion, now| {
                    let page = notion.add_page(table, &values, ann, now).unwrap();
                    if self.chance(70) {
                        let words = self.paragraph();
                        notion.append_content(page, &words, ann, now).unwrap();
                    }
                    format!("new page {page} {values:?}")
                })
            }
            (What::Sweep, Some(_)) => self.sweep(world, &live),
            (What::RenameProperty, Some(_)) => {
                rename_property(world, table, self.pick(&PROPERTIES), None)
            }
            (_, Some(page)) => self.to_page(world, page, what),
        }
    }

    /// The pages, and those in the trash.
    fn pages(&self, world: &World) -> (Vec<PageId>, Vec<PageId>) {
        world.notion(|notion, _| {
            let pages = notion.pages(self.scene.table);
            let (trashed, live): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.in_trash());
            let ids = |pages: Vec<&PageView<'_>>| pages.iter().map(|page| page.id()).collect();
            (ids(live), ids(trashed))
        })
    }

    /// The page of the issue that is counted so.
    fn page_of_issue(&self, world: &World, pages: &[PageId]) -> Option<PageId> {
        let issues = world.github(|github, _| github.issues(self.scene.repo));
        let number = issues.get(self.act.item as usize % issues.len().max(1))?.number;
        pages.iter().copied().find(|page| number_of(world, *page) == Some(number))
    }

    /// The issue of the page that is counted so.
    fn issue_of_page<'i>(&self, world: &World, issues: &'i [IssueView]) -> Option<&'i IssueView> {
        let (pages, _) = self.pages(world);
        let page = pages.get(self.act.item as usize % pages.len().max(1))?;
        let number = number_of(world, *page)?;
        issues.iter().find(|issue| issue.number == number)
    }

    /// Somebody selects every row of the table.
    fn sweep(&self, world: &World, pages: &[PageId]) -> String {
        let status = self.pick(&STATUSES).to_owned();
        world.notion(|notion, now| {
            for page in pages {
                let status = Plain::Option(status.clone());
                notion.set(*page, "Status", &status, self.scene.ann, now).unwrap();
            }
        });
        format!("Status = {status} in every page")
    }

    fn to_page(&self, world: &World, page: PageId, what: What) -> String {
        let (table, ann) = (self.scene.table, self.scene.ann);
        let label = self.pick(&LABELS).replace(',', "‚");
        let url = world.notion(|notion, _| notion.page(page).and_then(|page| page.url("GitHub")));
        let name = url.unwrap_or_else(|| page.to_string());
        if let Some((property, value)) = self.property(world, page, what) {
            let done = world.notion(|notion, now| notion.set(page, property, &value, ann, now));
            done.unwrap();
            return format!("{name} {property} = {value:?}");
        }
        let (said, done) = world.notion(|notion, now| match what {
            What::BodyChange | What::BodyAdd | What::BodyRemove | What::BodyMove => {
                let blocks: Vec<BlockId> = notion.blocks(page).iter().map(|b| b.id).collect();
                let at = (self.act.pick / 7) as usize % blocks.len().max(1);
                match (what, blocks.get(at)) {
                    (What::BodyChange, Some(block)) => {
                        let words = format!("{} was typed over it.", self.word());
                        let done = notion.set_words(page, *block, &words, ann, now);
                        (format!("block {at}: {words}"), done)
                    }
                    (What::BodyRemove, Some(block)) if blocks.len() > 1 => {
                        (format!("block {at} gone"), notion.delete_block(page, *block, ann, now))
                    }
                    (What::BodyMove, Some(block)) if blocks.len() > 1 => {
                        let to = (self.act.pick / 77) as usize % blocks.len();
                        let done = notion.move_block(page, *block, to, ann, now);
                        (format!("block {at} moved to {to}"), done)
                    }
                    _ => {
                        let words = self.paragraph();
                        let done = notion.insert_content(page, at, &words, ann, now);
                        (format!("block at {at}: {words}"), done)
                    }
                }
            }
            What::Trash | What::Delete => ("trashed".to_owned(), notion.trash_page(page, ann, now)),
            What::Restore => ("restored".to_owned(), notion.restore_page(page, ann, now)),
            What::RenameName => {
                let to = format!("{}{}", RENAMED[1], self.act.id);
                let done = notion.rename_option(table, "Labels", &label, &to, now);
                // Nobody has made that option yet.
                (format!("option {label} renamed {to}"), done.or(Ok(())))
            }
            What::DeleteName => {
                let done = notion.delete_option(table, "Labels", &label, now);
                (format!("option {label} deleted"), done.or(Ok(())))
            }
            What::Duplicate => {
                ("duplicated".to_owned(), notion.duplicate_page(page, ann, now).map(drop))
            }
            _ => ("touched".to_owned(), notion.touch_page(page, ann, now)),
        });
        done.unwrap();
        format!("{name} {said}")
    }

    /// The property that an act sets, and its new value.
    fn property(&self, world: &World, page: PageId, what: What) -> Option<(&'static str, Plain)> {
        let labels = || -> Vec<String> {
            let shown = world.notion(|notion, _| {
                notion.page(page).map(|page| page.options("Labels")).unwrap_or_default()
            });
            shown.into_iter().collect()
        };
        Some(match what {
            What::Make | What::Title if self.chance(4) => ("Name", Plain::Empty),
            What::Make | What::Title => ("Name", Plain::Text(self.title())),
            What::State => ("Status", Plain::Option(self.pick(&STATUSES).to_owned())),
            What::AddLabel => {
                let mut labels = labels();
                labels.push(self.pick(&LABELS).replace(',', "‚"));
                ("Labels", Plain::Options(labels))
            }
            What::RemoveLabel => ("Labels", Plain::Options(labels().into_iter().skip(1).collect())),
            What::Milestone => match self.chance(70) {
                true => ("Milestone", Plain::Option(self.pick(&MILESTONES).replace(',', "‚"))),
                false => ("Milestone", Plain::Empty),
            },
            What::Assignee => {
                let ann: UserId = self.scene.ann;
                ("Assignees", Plain::People(if self.chance(60) { vec![ann] } else { Vec::new() }))
            }
            What::Type => match self.chance(70) {
                true => ("Type", Plain::Option(self.pick(&["Bug", "Feature"]).to_owned())),
                false => ("Type", Plain::Empty),
            },
            What::Trespass => match self.chance(50) {
                true => ("Number", Plain::Number(999.0)),
                false => ("Author", Plain::Text("somebody else".to_owned())),
            },
            What::BodyChange
            | What::BodyAdd
            | What::BodyRemove
            | What::BodyMove
            | What::Comment
            | What::Trash
            | What::Restore
            | What::Delete
            | What::RenameName
            | What::DeleteName
            | What::Duplicate
            | What::RenameProperty
            | What::Sweep => return None,
        })
    }
}

/// The number of the issue that a page says it belongs to.
fn number_of(world: &World, page: PageId) -> Option<u64> {
    let url = world.notion(|notion, _| notion.page(page).and_then(|page| page.url("GitHub")))?;
    url.rsplit('/').next()?.parse().ok()
}
