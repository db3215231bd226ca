use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::sim::Setup;
use crate::sim::github::{NewIssue, NewRepo};
use crate::sim::notion::{Capabilities, Plain, Type};

/// One repository and one database with a property for everything, both empty.
struct Stage {
    world: Arc<World>,
    repo: RepoId,
    source: DataSourceId,
    person: UserId,
    terms: Terms,
}

impl Stage {
    fn new() -> Stage {
        let world = World::new(Setup::default());
        let repo = world.github(|github, now| {
            let types = vec!["Bug".to_owned()];
            github.add_repo("acme/app", &NewRepo { types, ..NewRepo::default() }, now)
        });
        let (source, person) = world.notion(|notion, now| {
            let bot = notion.add_token("token", "tandem", Capabilities::full());
            let person = notion.add_user("Octo Cat", "octo@example.com");
            let schema = [
                ("Name", Type::Title),
                ("GitHub", Type::Url),
                ("Number", Type::Number),
                ("Status", Type::status(&["To do"], &["Doing"], &["Done", "Won't do"])),
                ("Labels", Type::MultiSelect(Vec::new())),
                ("Assignees", Type::People),
                ("Milestone", Type::Select(Vec::new())),
                ("Type", Type::Select(Vec::new())),
                ("Repository", Type::Select(Vec::new())),
                ("Author", Type::RichText),
                ("Created", Type::Date),
                ("Updated", Type::Date),
                ("Closed", Type::Date),
            ];
            (notion.add_data_source("Work", &schema, bot, now).1, person)
        });
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let terms = Terms {
            repos: vec![repo],
            url: "GitHub".to_owned(),
            places: USUAL_PLACES.into_iter().map(|(what, name)| (what, name.to_owned())).collect(),
            words: StateWords {
                open: words(&["To do", "Doing"]),
                completed: words(&["Done"]),
                not_planned: words(&["Won't do"]),
                duplicate: Vec::new(),
            },
            people: vec![("octocat".to_owned(), person)],
            body: false,
            own_login: None,
        };
        Stage { world, repo, source, person, terms }
    }

    /// An issue with something in every field, and a page that shows it as Notion can.
    fn pair(&self) -> PageId {
        let long = "the milestone with the long name, ".repeat(4);
        let new = NewIssue {
            number: Some(7),
            title: " Crash\ton save\u{0} ".to_owned(),
            is_closed: true,
            state_reason: Some("duplicate".to_owned()),
            labels: vec!["needs: a, b".to_owned(), "Bug".to_owned()],
            assignees: vec!["OctoCat".to_owned(), "nobody-we-know".to_owned()],
            milestone: Some(long.clone()),
            issue_type: Some("Bug".to_owned()),
            ..NewIssue::default()
        };
        self.world.github(|github, now| github.seed_issue(self.repo, &new, now)).unwrap();
        let shortened: String = long.replace(',', "\u{201A}").chars().take(91).collect();
        let at = || Plain::Date("2026-01-05T10:00:00.000+01:00".to_owned());
        self.page(&[
            ("Name", Plain::Text("Crash\ton save".to_owned())),
            ("GitHub", Plain::Url("https://github.com/acme/app/issues/7".to_owned())),
            ("Number", Plain::Number(7.0)),
            ("Status", Plain::Option("Done".to_owned())),
            ("Labels", Plain::Options(vec!["needs: a\u{201A} b".to_owned(), "BUG".to_owned()])),
            ("Assignees", Plain::People(vec![self.person])),
            ("Milestone", Plain::Option(format!("{shortened}…0123abcd"))),
            ("Type", Plain::Option("bug".to_owned())),
            ("Repository", Plain::Option("acme/app".to_owned())),
            ("Author", Plain::Text("ghost".to_owned())),
            ("Created", at()),
            ("Updated", at()),
            ("Closed", at()),
        ])
    }

    fn page(&self, properties: &[(&str, Plain)]) -> PageId {
        let added = self
            .world
            .notion(|notion, now| notion.add_page(self.source, properties, self.person, now));
        added.unwrap()
    }

    fn set(&self, page: PageId, property: &str, value: &Plain) {
        let set =
            self.world.notion(|notion, now| notion.set(page, property, value, self.person, now));
        set.unwrap();
    }

    fn judge(&self) -> Verdict {
        judge(&self.world, self.source, &self.terms)
    }

    /// What differs.
    fn fields(&self) -> Vec<Option<&'static str>> {
        self.judge().differences.iter().map(Difference::field).collect()
    }
}

#[tokio::test]
async fn a_page_that_shows_an_issue_as_notion_can_agrees_in_every_value() {
    let stage = Stage::new();
    stage.pair();
    let verdict = stage.judge();
    assert_eq!(verdict.differences, []);
    assert_eq!((verdict.issues, verdict.pages, verdict.values), (1, 1, 12));
}

#[tokio::test]
async fn each_value_that_is_another_is_found_and_only_that_one() {
    let other = |what: What| match what {
        What::Number => Plain::Number(8.0),
        What::Title => Plain::Text("Crash on save".to_owned()),
        What::State => Plain::Option("Won't do".to_owned()),
        What::Labels => Plain::Options(vec!["Bug".to_owned()]),
        What::Assignees
        | What::Milestone
        | What::Type
        | What::Repository
        | What::Author
        | What::Created
        | What::Closed => Plain::Empty,
        What::Updated => Plain::Date("2026-01-05T09:00:01Z".to_owned()),
    };
    for (what, property) in USUAL_PLACES {
        let stage = Stage::new();
        let page = stage.pair();
        stage.set(page, property, &other(what));
        assert_eq!(stage.fields(), [Some(what.as_str())], "{property}");
    }
}

#[tokio::test]
async fn one_label_too_many_differs_and_so_does_one_too_few() {
    let stage = Stage::new();
    let page = stage.pair();
    let names = |names: &[&str]| Plain::Options(names.iter().map(|n| (*n).to_owned()).collect());
    stage.set(page, "Labels", &names(&["needs: a\u{201A} b", "bug", "more"]));
    assert_eq!(stage.fields(), [Some("labels")]);
    stage.set(page, "Labels", &names(&["needs: a\u{201A} b"]));
    assert_eq!(stage.fields(), [Some("labels")]);
    stage.set(page, "Labels", &names(&["needs: a b", "bug"]));
    assert_eq!(stage.fields(), [Some("labels")]);
}

#[tokio::test]
async fn a_shortened_option_may_not_stand_for_two_names() {
    let mut stage = Stage::new();
    let start = "x".repeat(120);
    let option = format!("{}…0123abcd", "x".repeat(91));
    stage.world.github(|github, now| {
        for (number, end) in [(1, "a"), (2, "b")] {
            let milestone = Some(format!("{start}{end}"));
            let new = NewIssue { number: Some(number), milestone, ..NewIssue::default() };
            github.seed_issue(stage.repo, &new, now).unwrap();
        }
    });
    for number in [1, 2] {
        let url = format!("https://github.com/acme/app/issues/{number}");
        let shown = [("GitHub", Plain::Url(url)), ("Milestone", Plain::Option(option.clone()))];
        stage.page(&shown);
    }
    stage.terms.places.retain(|what, _| *what == What::Milestone);
    let verdict = stage.judge();
    let [Difference::Value { issue, what: What::Milestone, .. }] = verdict.differences.as_slice()
    else {
        panic!("{verdict:?}")
    };
    assert_eq!(issue, "acme/app#2");
}

#[tokio::test]
async fn an_issue_without_a_page_one_with_two_and_a_page_without_an_issue_are_found() {
    let stage = Stage::new();
    let page = stage.pair();
    stage.world.github(|github, now| {
        github.by("octocat", now).open_issue(stage.repo, "No page", None).unwrap();
        let pull = NewIssue { is_pull_request: true, ..NewIssue::default() };
        github.seed_issue(stage.repo, &pull, now).unwrap();
    });
    let copy =
        stage.world.notion(|notion, now| notion.duplicate_page(page, stage.person, now)).unwrap();
    let stray = stage.page(&[("Name", Plain::Text("An idea".to_owned()))]);
    let trashed = stage.page(&[("Name", Plain::Text("No idea".to_owned()))]);
    stage.world.notion(|notion, now| notion.trash_page(trashed, stage.person, now)).unwrap();
    let expected = [
        Difference::ManyPages { issue: "acme/app#7".to_owned(), pages: vec![page, copy] },
        Difference::NoPage { issue: "acme/app#8".to_owned() },
        Difference::NoIssue { page: stray, url: None },
    ];
    assert_eq!(stage.judge().differences, expected);
}

#[tokio::test]
async fn people_nobody_mapped_are_nobodys_business() {
    let stage = Stage::new();
    let page = stage.pair();
    let stranger = stage.world.notion(|notion, _| notion.add_user("Eve", "eve@example.com"));
    stage.set(page, "Assignees", &Plain::People(vec![stranger, stage.person]));
    assert_eq!(stage.judge().differences, []);
    stage.set(page, "Assignees", &Plain::People(vec![stranger]));
    assert_eq!(stage.fields(), [Some("assignees")]);
}

#[tokio::test]
async fn several_options_mean_open_and_so_does_none_of_a_select() {
    let mut stage = Stage::new();
    let page = stage.pair();
    stage.world.github(|github, now| github.by("octocat", now).reopen(stage.repo, 7)).unwrap();
    stage.terms.places.retain(|what, _| *what == What::State);
    for (option, agrees) in [("To do", true), ("Doing", true), ("Done", false)] {
        stage.set(page, "Status", &Plain::Option(option.to_owned()));
        assert_eq!(stage.judge().differences.is_empty(), agrees, "{option}");
    }
    stage.terms.places.insert(What::State, "Type".to_owned());
    stage.set(page, "Type", &Plain::Empty);
    assert_eq!(stage.judge().differences, []);
}

#[tokio::test]
async fn a_page_may_lag_behind_our_own_change_but_not_behind_a_persons() {
    let mut stage = Stage::new();
    stage.pair();
    stage.terms.places.retain(|what, _| *what == What::Updated);
    stage.terms.own_login = Some("Tandem-Bot".to_owned());
    stage.world.advance(Duration::from_secs(600));
    let title = |login: &str| {
        let act = |github: &mut crate::sim::github::State, now| {
            github.by(login, now).set_title(stage.repo, 7, login)
        };
        stage.world.github(act).unwrap();
    };
    title("tandem-bot");
    assert_eq!(stage.judge().differences, []);
    title("octocat");
    assert_eq!(stage.fields(), [Some("updated")]);
}

#[tokio::test]
async fn a_property_that_is_gone_or_of_another_type_differs_and_says_why() {
    let stage = Stage::new();
    stage.pair();
    stage.world.notion(|notion, now| {
        notion.delete_property(stage.source, "Type", now).unwrap();
        let formula = Type::Other("formula".to_owned());
        notion.change_property_type(stage.source, "Author", &formula, now).unwrap();
    });
    let words: Vec<String> = stage.judge().differences.iter().map(ToString::to_string).collect();
    let expected = [
        "acme/app#7, type: \"Bug\" on GitHub, there is no property `Type` in Notion",
        "acme/app#7, author: nothing on GitHub, `Author` is of type formula in Notion",
    ];
    assert_eq!(words, expected);
}
