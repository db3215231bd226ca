//! The scenarios of the kill matrix, each a few lines: under which terms, what people do, and what befalls tandem. What is
//! typed once has a word of its own (`T` and a number), which the oracle follows.

use std::time::Duration;

use tandem::engine::Scope;
use tandem::sim::Setup;
use tandem::sim::github::{NewIssue, Permission};
use tandem::sim::notion::{Plain, Type};

use super::deeds::People;
use crate::place::Terms;

type Deeds = fn(&People<'_>);

/// One thing that happens between people and tandem. Its parts come in this order.
pub struct Scenario {
    pub name: &'static str,
    pub terms: Terms,
    pub setup: Setup,
    /// What is there before tandem runs for the first time.
    pub begins: Deeds,
    /// What people do then, and tandem carries over undisturbed.
    pub earlier: Option<Deeds>,
    /// What people do next, and what tandem is killed over.
    pub acts: Deeds,
    pub befalls: Befalls,
    /// How much the cycle after that compares.
    pub scope: Scope,
}

/// What happens to tandem itself, after the acts.
#[derive(Clone, Copy)]
pub enum Befalls {
    Nothing,
    TheDatabaseIsLost,
    OtherTerms(fn(&mut Terms)),
}

impl Scenario {
    fn new(name: &'static str, acts: Deeds) -> Scenario {
        Scenario {
            name,
            terms: USUAL,
            setup: Setup::default(),
            begins: three_issues,
            earlier: None,
            acts,
            befalls: Befalls::Nothing,
            scope: Scope::Changes,
        }
    }

    fn under(mut self, change: fn(&mut Terms)) -> Scenario {
        change(&mut self.terms);
        self
    }

    fn where_world(mut self, change: fn(&mut Setup)) -> Scenario {
        change(&mut self.setup);
        self
    }

    fn beginning_with(self, begins: Deeds) -> Scenario {
        Scenario { begins, ..self }
    }

    fn after(self, earlier: Deeds) -> Scenario {
        Scenario { earlier: Some(earlier), ..self }
    }

    fn and_then(self, befalls: Befalls) -> Scenario {
        Scenario { befalls, ..self }
    }

    /// Only a cycle that compares everything sees it.
    fn in_a_full_scan(self) -> Scenario {
        Scenario { scope: Scope::Everything, ..self }
    }
}

const USUAL: Terms = Terms {
    conflict: "newest",
    on_page_trashed: "unlink",
    on_issue_deleted: "unlink",
    has_bodies: true,
    uploads_images: false,
    brake_floor: 1_000,
};

const CAT: &str = "https://example.com/cat.png";
const PRIVATE: &str =
    "https://github.com/user-attachments/assets/0fe1e3ab-5d2d-4f6b-9a55-0123456789ab";

/// The first has a value in every field, the third is closed.
fn three_issues(people: &People<'_>) {
    people.open(full_issue());
    people.open(NewIssue { title: "T2 is bare".to_owned(), ..NewIssue::default() });
    people.open(NewIssue {
        title: "T3 is done".to_owned(),
        body: Some("T31 was said.".to_owned()),
        is_closed: true,
        state_reason: Some("completed".to_owned()),
        ..NewIssue::default()
    });
}

fn full_issue() -> NewIssue {
    NewIssue {
        title: "T1 has it all".to_owned(),
        body: Some("T11 comes first.\r\n\r\nT12 is **second**.\r\n\r\n- T13\r\n- T14".to_owned()),
        labels: texts(&["bug", "a, b"]),
        assignees: texts(&["octocat"]),
        milestone: Some("1.0".to_owned()),
        issue_type: Some("Bug".to_owned()),
        ..NewIssue::default()
    }
}

fn five_issues(people: &People<'_>) {
    for title in ["T1 a", "T2 b", "T3 c", "T4 d", "T5 e"] {
        people.open(NewIssue { title: title.to_owned(), ..NewIssue::default() });
    }
}

fn nothing(_: &People<'_>) {}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(str::to_owned).collect()
}

fn text(text: &str) -> Plain {
    Plain::Text(text.to_owned())
}

fn option(name: &str) -> Plain {
    Plain::Option(name.to_owned())
}

fn options(names: &[&str]) -> Plain {
    Plain::Options(texts(names))
}

fn lists_are_late(setup: &mut Setup) {
    setup.github.list_lag = Duration::from_secs(480);
    setup.notion.list_lag = Duration::from_secs(100);
}

/// All of them, in the order of the report.
pub fn all() -> Vec<Scenario> {
    let mut all = creations();
    all.extend(scalars());
    all.extend(sets());
    all.extend(states());
    all.extend(conflicts());
    all.extend(bodies());
    all.extend(endings());
    all.extend(names());
    all.extend(tandem_itself());
    all.extend(trouble());
    all
}

fn creations() -> Vec<Scenario> {
    let a_rich_page: Deeds = |people| {
        let values = [
            ("Name", text("T41 from a page")),
            ("Status", option("Won't do")),
            ("Labels", options(&["bug", "quite new"])),
            ("Milestone", option("2.0")),
            ("Type", option("Feature")),
            ("Assignees", Plain::People(vec![people.0.stage.scene.ann])),
        ];
        people.make_page(&values, "T42 was typed in Notion.\n- T43 too");
    };
    let issues: Deeds = |people| {
        three_issues(people);
        people.open(NewIssue {
            title: "T4".to_owned(),
            labels: texts(&["bug"]),
            ..NewIssue::default()
        });
    };
    let pages: Deeds = |people| {
        for title in ["T41 one", "T42 two", "T43 three"] {
            people.make_page(&[("Name", text(title))], "");
        }
    };
    vec![
        Scenario::new("several issues get their pages", issues).beginning_with(nothing),
        Scenario::new("several issues get their pages while lists are late", issues)
            .beginning_with(nothing)
            .where_world(lists_are_late),
        Scenario::new("a page with everything becomes an issue", a_rich_page),
        Scenario::new("a page with everything becomes an issue while lists are late", a_rich_page)
            .where_world(lists_are_late),
        Scenario::new("a page that somebody made for an issue is its page", |people| {
            people.open(NewIssue { title: "T4 on GitHub".to_owned(), ..NewIssue::default() });
            let url = Plain::Url("https://github.com/acme/app/issues/4".to_owned());
            people.make_page(&[("Name", text("T41 in Notion")), ("GitHub", url)], "T42 was typed.");
        }),
        Scenario::new("several pages become issues", pages),
        Scenario::new("several pages become issues while lists are late", pages)
            .where_world(lists_are_late),
    ]
}

fn scalars() -> Vec<Scenario> {
    vec![
        Scenario::new("a title is typed on GitHub", |people| {
            people.on_github(|it, repo| it.set_title(repo, 1, "T51 better"));
        }),
        Scenario::new("a title is typed in Notion", |people| {
            people.set(1, "Name", text("T51 better"));
        }),
        Scenario::new("a title is typed in Notion while lists are late", |people| {
            people.set(1, "Name", text("T51 better"));
        })
        .where_world(lists_are_late),
        Scenario::new("both sides change different fields", |people| {
            people.on_github(|it, repo| it.set_title(repo, 1, "T51 better"));
            people.set(1, "Milestone", option("2.0"));
            people.set(1, "Type", option("Feature"));
        }),
        Scenario::new("both sides type the same", |people| {
            people.on_github(|it, repo| it.set_title(repo, 1, "T51 better"));
            people.set(1, "Name", text("T51 better"));
        }),
        Scenario::new("a milestone is new in Notion", |people| {
            people.set(2, "Milestone", option("3.0‚ later"));
        }),
        Scenario::new("two issues get a milestone that is new in Notion", |people| {
            people.set(1, "Milestone", option("3.0"));
            people.set(2, "Milestone", option("3.0"));
        }),
        Scenario::new("milestone and type change on GitHub", |people| {
            people.on_github(|it, repo| it.set_milestone(repo, 1, Some("2.0, later")));
            people.on_github(|it, repo| it.set_type(repo, 1, Some("Feature")));
        }),
        Scenario::new("everything that can be emptied is emptied in Notion", |people| {
            for property in ["Milestone", "Type", "Labels", "Assignees"] {
                people.set(1, property, Plain::Empty);
            }
        }),
        Scenario::new("everything that can be emptied is emptied on GitHub", |people| {
            people.on_github(|it, repo| {
                it.set_milestone(repo, 1, None)?;
                it.set_type(repo, 1, None)?;
                it.remove_label(repo, 1, "bug")?;
                it.remove_label(repo, 1, "a, b")?;
                it.unassign(repo, 1, "octocat")?;
                it.set_body(repo, 1, None)
            });
        }),
        Scenario::new("GitHub's own fields are typed over in Notion", |people| {
            people.set(1, "Number", Plain::Number(999.0));
            people.set(1, "Author", text("somebody else"));
            people.set(1, "Repository", option("acme/other"));
            people.set(1, "Created", Plain::Date("2020-02-02".to_owned()));
            people.set(3, "Closed", Plain::Empty);
            people.set(2, "GitHub", Plain::Url("https://example.com/T5".to_owned()));
        }),
        Scenario::new("many fields of one issue change at once in Notion", |people| {
            people.set(1, "Name", text("T51 better"));
            people.set(1, "Status", option("Done"));
            people.set(1, "Labels", options(&["bug", "new", "p1"]));
            people.set(1, "Milestone", option("2.0"));
            people.type_in_notion(1, "second", "T52");
        }),
        Scenario::new("many fields of one issue change at once on GitHub", |people| {
            people.on_github(|it, repo| {
                it.set_title(repo, 1, "T51 better")?;
                it.close(repo, 1, "not_planned")?;
                it.add_label(repo, 1, "p1")?;
                it.set_milestone(repo, 1, Some("2.0"))
            });
            people.type_on_github(1, "comes first", "T52 comes first");
        }),
        Scenario::new("five pairs change in one cycle, on both sides", |people| {
            people.on_github(|it, repo| it.set_title(repo, 1, "T51"));
            people.set(2, "Name", text("T52"));
            people.on_github(|it, repo| it.close(repo, 3, "duplicate"));
            people.set(4, "Labels", options(&["bug"]));
            people.on_github(|it, repo| it.set_body(repo, 5, Some("T55 was said.")));
            people.set(5, "Type", option("Bug"));
        })
        .beginning_with(five_issues),
    ]
}

fn sets() -> Vec<Scenario> {
    vec![
        Scenario::new("labels come and go on GitHub", |people| {
            people.on_github(|it, repo| {
                it.add_label(repo, 1, "p1, new")?;
                it.remove_label(repo, 1, "bug")?;
                it.add_label(repo, 2, "p1, new")
            });
        }),
        Scenario::new("labels come and go in Notion", |people| {
            people.set(1, "Labels", options(&["p1", "new"]));
            people.set(2, "Labels", options(&["new"]));
        }),
        Scenario::new("labels of both sides are put together", |people| {
            people.on_github(|it, repo| {
                it.add_label(repo, 1, "from GitHub")?;
                it.remove_label(repo, 1, "bug")
            });
            people.set(1, "Labels", options(&["bug", "from Notion"]));
        }),
        Scenario::new("somebody is assigned, somebody else no longer, on GitHub", |people| {
            people.on_github(|it, repo| {
                it.unassign(repo, 1, "octocat")?;
                it.assign(repo, 2, "octocat")
            });
        }),
        Scenario::new("somebody is assigned, somebody else no longer, in Notion", |people| {
            people.set(1, "Assignees", Plain::People(Vec::new()));
            people.set(2, "Assignees", Plain::People(vec![people.0.stage.scene.ann]));
        }),
    ]
}

fn states() -> Vec<Scenario> {
    vec![
        Scenario::new("one is closed on GitHub, another reopened", |people| {
            people.on_github(|it, repo| {
                it.close(repo, 1, "not_planned")?;
                it.reopen(repo, 3)
            });
        }),
        Scenario::new("one is closed in Notion, another reopened", |people| {
            people.set(1, "Status", option("Won't do"));
            people.set(3, "Status", option("In review"));
        }),
        Scenario::new("the reason of a closed issue changes on GitHub", |people| {
            people.on_github(|it, repo| {
                it.reopen(repo, 3)?;
                it.close(repo, 3, "duplicate")
            });
        }),
        Scenario::new("the reason of a closed issue changes in Notion", |people| {
            people.set(3, "Status", option("Won't do"));
        }),
        Scenario::new("the reason and the title of a closed issue change in Notion", |people| {
            people.set(3, "Status", option("Won't do"));
            people.set(3, "Name", text("T51 better"));
        }),
        Scenario::new(
            "the reason of a closed issue changes in Notion where GitHub takes it",
            |people| {
                people.set(3, "Status", option("Duplicate"));
            },
        )
        .where_world(|setup| setup.github.reason_needs_state_change = false),
    ]
}

/// GitHub first, Notion minutes later.
fn two_titles(people: &People<'_>) {
    people.on_github(|it, repo| it.set_title(repo, 1, "T51 on GitHub"));
    people.pause_minutes(5);
    people.set(1, "Name", text("T52 in Notion"));
}

/// Notion first, GitHub minutes later.
fn two_milestones(people: &People<'_>) {
    people.set(1, "Milestone", option("2.0"));
    people.pause_minutes(5);
    people.on_github(|it, repo| it.set_milestone(repo, 1, Some("3.0")));
}

fn conflicts() -> Vec<Scenario> {
    vec![
        Scenario::new("two titles: Notion's is newer", two_titles),
        Scenario::new("two titles: GitHub wins", two_titles)
            .under(|terms| terms.conflict = "github"),
        Scenario::new("two titles: Notion wins", two_titles)
            .under(|terms| terms.conflict = "notion"),
        Scenario::new("two titles: held", two_titles).under(|terms| terms.conflict = "hold"),
        Scenario::new("two milestones: GitHub's is newer", two_milestones),
        Scenario::new("two titles within a minute: a tie", |people| {
            people.set(1, "Name", text("T51 in Notion"));
            people.on_github(|it, repo| it.set_title(repo, 1, "T52 on GitHub"));
        }),
        Scenario::new("a conflict was held until the terms changed", nothing)
            .under(|terms| terms.conflict = "hold")
            .after(two_titles)
            .and_then(Befalls::OtherTerms(|terms| terms.conflict = "newest")),
    ]
}

/// The same block, Notion first.
fn two_bodies(people: &People<'_>) {
    people.type_in_notion(1, "comes first", "T51 comes from Notion");
    people.pause_minutes(5);
    people.type_on_github(1, "comes first", "T52 comes from GitHub");
}

fn bodies() -> Vec<Scenario> {
    let both: Deeds = |people| {
        people.type_on_github(1, "comes first", "T51 comes first");
        people.type_in_notion(1, "second", "T52");
    };
    vec![
        Scenario::new("a body is typed on GitHub", |people| {
            people.type_on_github(1, "T12 is **second**.", "T51 is new.\r\n\r\nT52 is *second*.");
        }),
        Scenario::new("a body is typed in Notion", |people| {
            people.type_in_notion(1, "second", "T51");
            let page = people.page_of(1);
            people.in_notion(|it, ann, now| it.insert_content(page, 1, "T52 between", ann, now));
        }),
        Scenario::new("both bodies are typed in, in different blocks", both),
        Scenario::new("both bodies are typed in, in different blocks, while lists are late", both)
            .where_world(lists_are_late),
        Scenario::new("two bodies: GitHub's is newer", two_bodies),
        Scenario::new("two bodies: Notion wins", two_bodies)
            .under(|terms| terms.conflict = "notion"),
        Scenario::new("two bodies: held", two_bodies).under(|terms| terms.conflict = "hold"),
        Scenario::new("an issue gets its first body", |people| {
            people.on_github(|it, repo| {
                it.set_body(repo, 2, Some("T51 is the first.\r\n\r\nT52 too."))
            });
        }),
        Scenario::new("a page gets its first content", |people| {
            let page = people.page_of(2);
            people.in_notion(|it, ann, now| {
                it.append_content(page, "T51 is the first.\nT52 too.", ann, now)
            });
        }),
        Scenario::new("a page is emptied", |people| {
            let page = people.page_of(3);
            people.in_notion(|it, ann, now| it.write_content(page, "", ann, now));
        }),
        Scenario::new("a body with its marker, typed in on both sides", both_of_a_made_issue)
            .after(|people| {
                let content = "T51 was typed in Notion.\n\nT52 below it.";
                people.make_page(&[("Name", text("T41 from a page"))], content);
            }),
        Scenario::new("an image is uploaded", image).under(|terms| terms.uploads_images = true),
        Scenario::new("an image of a private repository is fetched and sent", private_image)
            .under(|terms| terms.uploads_images = true)
            .where_world(|setup| {
                setup.notion.unreachable = texts(&["user-attachments", "private-user-images"]);
            }),
    ]
}

fn both_of_a_made_issue(people: &People<'_>) {
    people.type_in_notion(4, "below", "T53 below");
    people.type_on_github(4, "was typed", "T54 was typed");
}

fn image(people: &People<'_>) {
    people.type_on_github(1, "T12 is", &format!("![cat]({CAT})\r\n\r\nT51 is"));
}

fn private_image(people: &People<'_>) {
    let body = format!("T52 shows it.\r\n\r\n![shot]({PRIVATE})");
    people.open(NewIssue { title: "T51".to_owned(), body: Some(body), ..NewIssue::default() });
}

fn trash_first(people: &People<'_>) {
    let page = people.page_of(1);
    people.in_notion(|it, ann, now| it.trash_page(page, ann, now));
}

fn delete_first(people: &People<'_>) {
    people.on_github(|it, repo| it.delete_issue(repo, 1));
}

fn endings() -> Vec<Scenario> {
    vec![
        Scenario::new("a page is trashed", trash_first).in_a_full_scan(),
        Scenario::new("a page is trashed, and its issue is to be closed", trash_first)
            .under(|terms| terms.on_page_trashed = "close")
            .in_a_full_scan(),
        Scenario::new("a page is trashed, and its issue was edited", |people| {
            trash_first(people);
            people.on_github(|it, repo| it.set_title(repo, 1, "T51 still needed"));
            people.type_on_github(1, "comes first", "T52 comes first");
        })
        .in_a_full_scan(),
        Scenario::new("a trashed page is restored, and both were edited meanwhile", |people| {
            people.on_github(|it, repo| it.add_label(repo, 1, "late"));
            let page = people.page_of(1);
            people.in_notion(|it, ann, now| it.restore_page(page, ann, now));
            people.set(1, "Name", text("T51 is back"));
        })
        .after(trash_first)
        .in_a_full_scan(),
        Scenario::new("an issue is deleted", delete_first).in_a_full_scan(),
        Scenario::new("an issue is deleted, and its page is to be trashed", delete_first)
            .under(|terms| terms.on_issue_deleted = "trash")
            .in_a_full_scan(),
        Scenario::new("an issue is deleted, and its page was edited", |people| {
            delete_first(people);
            people.set(1, "Name", text("T51 still needed"));
        })
        .under(|terms| terms.on_issue_deleted = "trash")
        .beginning_with(|people| {
            people.open(full_issue());
            people.open(NewIssue { title: "T2".to_owned(), ..NewIssue::default() });
        })
        .in_a_full_scan(),
        Scenario::new("a page is duplicated", |people| {
            let page = people.page_of(1);
            people.in_notion(|it, ann, now| it.duplicate_page(page, ann, now));
        })
        .in_a_full_scan(),
    ]
}

fn names() -> Vec<Scenario> {
    vec![
        Scenario::new("a label is renamed on GitHub", |people| {
            people.on_github(|it, repo| it.rename_label(repo, "bug", "defect"));
        })
        .in_a_full_scan(),
        Scenario::new("a label is deleted on GitHub", |people| {
            people.on_github(|it, repo| it.delete_label(repo, "bug"));
        })
        .in_a_full_scan(),
        Scenario::new("an option is renamed in Notion", |people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| {
                it.rename_option(table, "Labels", "bug", "defect", now)?;
                it.rename_option(table, "Milestone", "1.0", "1.1", now)
            });
        })
        .in_a_full_scan(),
        Scenario::new("an option is deleted in Notion", |people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| it.delete_option(table, "Labels", "bug", now));
        })
        .in_a_full_scan(),
        Scenario::new("a property gets its old name back, and pages are edited", |people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| it.rename_property(table, "Release", "Milestone", now));
            people.set(1, "Milestone", option("2.0"));
            people.on_github(|it, repo| it.set_milestone(repo, 2, Some("2.0")));
        })
        .after(|people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| it.rename_property(table, "Milestone", "Release", now));
            people.set(1, "Name", text("T51 better"));
        }),
        Scenario::new("a property has its type again, and an issue is edited", |people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| {
                it.change_property_type(table, "Author", &Type::RichText, now)
            });
            people.on_github(|it, repo| it.set_title(repo, 1, "T52 better still"));
        })
        .after(|people| {
            let table = people.0.stage.scene.table;
            people.in_notion(|it, _, now| {
                it.change_property_type(table, "Author", &Type::Number, now)
            });
            people.set(1, "Name", text("T51 better"));
        })
        .in_a_full_scan(),
    ]
}

fn tandem_itself() -> Vec<Scenario> {
    let edits: Deeds = |people| {
        two_titles(people);
        people.set(2, "Labels", options(&["new"]));
        people.type_on_github(3, "was said", "T53 was said");
    };
    let lost = Befalls::TheDatabaseIsLost;
    vec![
        Scenario::new("the database is lost when everything is in step", nothing).and_then(lost),
        Scenario::new("the database is lost with edits on both sides", edits).and_then(lost),
        Scenario::new("the database is lost while a page waits for its issue", |people| {
            people.make_page(&[("Name", text("T41 from a page"))], "T42 was typed.");
        })
        .and_then(lost),
        Scenario::new("bodies are switched on", nothing)
            .under(|terms| terms.has_bodies = false)
            .and_then(Befalls::OtherTerms(|terms| terms.has_bodies = true)),
        Scenario::new("bodies are switched off with an edit under way", |people| {
            people.type_on_github(1, "comes first", "T51 comes first");
            people.set(1, "Name", text("T52 better"));
        })
        .and_then(Befalls::OtherTerms(|terms| terms.has_bodies = false)),
        Scenario::new("the brake stops what is too much, and a person lets it go", |people| {
            people.on_github(|it, repo| {
                it.set_title(repo, 1, "T51")?;
                it.set_title(repo, 2, "T52")?;
                it.close(repo, 3, "completed")
            });
            people.set(4, "Name", text("T54"));
            people.set(5, "Name", text("T55"));
        })
        .under(|terms| terms.brake_floor = 2)
        .beginning_with(five_issues),
    ]
}

fn trouble() -> Vec<Scenario> {
    vec![
        Scenario::new("a title that GitHub cannot take is held, the rest is sent", |people| {
            let long = format!("T51 {}", "long ".repeat(60));
            people.set(1, "Name", Plain::Text(long));
            people.set(1, "Type", option("Feature"));
        }),
        Scenario::new("an emptied title is held", |people| people.set(1, "Name", Plain::Empty)),
        Scenario::new("a status in no list is held", |people| {
            people.set(1, "Status", option("Blocked"));
            people.set(1, "Name", text("T51 better"));
        }),
        Scenario::new("somebody who may not be assigned is held", |people| {
            people.permit(Permission::None);
            people.set(2, "Assignees", Plain::People(vec![people.0.stage.scene.ann]));
            people.set(2, "Name", text("T51 better"));
        }),
        Scenario::new("what was refused is tried again and taken", |people| {
            people.permit(Permission::Push);
            people.pause_minutes(15);
        })
        .after(|people| {
            people.permit(Permission::None);
            people.set(2, "Assignees", Plain::People(vec![people.0.stage.scene.ann]));
            people.set(2, "Name", text("T51 better"));
        }),
        Scenario::new("an issue that was out of sight is shown again", |people| {
            people.hide(1, false);
            people.pause_minutes(15);
        })
        .after(|people| {
            people.hide(1, true);
            people.set(1, "Name", text("T51 better"));
        }),
        Scenario::new("a type that GitHub does not know is held", |people| {
            people.set(1, "Type", option("Epic"));
            people.set(2, "Labels", options(&["new"]));
        }),
    ]
}
