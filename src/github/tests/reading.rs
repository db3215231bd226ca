//! Asking.

use super::*;
use crate::github::{Newest, Pages};
use crate::remote::RemoteError;
use crate::sim::github::{DeletedUser, Links, Options, UnknownValues};

async fn numbers(mut pages: Pages) -> Vec<u64> {
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        all.extend(page.items.iter().map(|issue| issue.at.number.0));
    }
    all
}

fn github(options: Options) -> Setup {
    Setup { github: options, ..Setup::default() }
}

#[tokio::test(start_paused = true)]
async fn an_issue_shows_every_field() {
    let stage = Stage::new();
    let body = "Steps:\r\n1. go\r\n\r\n<!-- tandem:0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11 -->\r\n";
    let at = stage.seed(NewIssue {
        title: " Crash ❤️ على الحفظ ".to_owned(),
        body: Some(body.to_owned()),
        is_closed: true,
        state_reason: Some("not_planned".to_owned()),
        labels: vec!["good, first".to_owned(), "Bug".to_owned()],
        assignees: vec!["hubot".to_owned()],
        milestone: Some("0.2, cleanup".to_owned()),
        issue_type: Some("Feature".to_owned()),
        ..NewIssue::default()
    });
    let issue = stage.read(&at).await;
    assert_eq!(issue.at, at);
    assert_eq!(issue.author, Some(login("octocat")));
    assert!(!issue.is_open && !issue.is_pull_request);
    assert_eq!(issue.marker.unwrap().to_string(), "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11");
    let now = stage.now();
    let expected = [
        (Field::Url, text("https://github.com/acme/app/issues/1")),
        (Field::Number, Value::Number(1)),
        (Field::Title, text(" Crash ❤️ على الحفظ ")),
        (Field::State, closed(Reason::NotPlanned)),
        (Field::Labels, names(&["Bug", "good, first"])),
        (Field::Assignees, names(&["hubot"])),
        (Field::Milestone, name("0.2, cleanup")),
        (Field::Type, name("Feature")),
        (Field::Repository, text("acme/app")),
        (Field::Author, text("octocat")),
        (Field::Created, Value::Time(Some(now))),
        (Field::Updated, Value::Time(Some(now))),
        (Field::Closed, Value::Time(Some(now))),
    ];
    for (field, expected) in expected {
        assert_eq!(value(&issue, field), expected, "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_mapped_fields_are_shown() {
    let mut stage = Stage::new();
    let at = stage.titled("One");
    stage.mapping.fields.retain(|field, _| matches!(field, Field::Url | Field::Title));
    assert_eq!(stage.read(&at).await.fields.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn with_a_people_property_only_known_logins_are_assignees() {
    let mut stage = Stage::new();
    let assignees = vec!["hubot".to_owned(), "stranger".to_owned()];
    let at = stage.seed(NewIssue { title: "One".to_owned(), assignees, ..NewIssue::default() });
    stage.mapping = mapping(PropertyKind::People);
    stage.mapping.users.link(login("HuBot"), person(1));
    assert_eq!(value(&stage.read(&at).await, Field::Assignees), names(&["hubot"]));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_account_is_the_ghost_in_either_form() {
    for (deleted_user, author) in [(DeletedUser::Ghost, Some("ghost")), (DeletedUser::Null, None)] {
        let stage = Stage::with(github(Options { deleted_user, ..Options::default() }));
        let at = stage.titled("One");
        stage.world.github(|github, _| github.delete_user("octocat"));
        let issue = stage.read(&at).await;
        assert_eq!(value(&issue, Field::Author), text("ghost"));
        assert_eq!(issue.author, author.map(login));
    }
}

#[tokio::test(start_paused = true)]
async fn words_nobody_knows_yet_fail_nothing() {
    let unknown = UnknownValues {
        state_reason: Some("archived_by_policy".to_owned()),
        author_association: Some("COSMONAUT".to_owned()),
        event: Some("teleported".to_owned()),
    };
    let stage = Stage::with(github(Options { unknown, ..Options::default() }));
    let at = stage.seed(NewIssue {
        title: "One".to_owned(),
        is_closed: true,
        state_reason: Some("completed".to_owned()),
        ..NewIssue::default()
    });
    let issue = stage.read(&at).await;
    assert_eq!(value(&issue, Field::State), closed(Reason::Completed));
    assert!(!issue.is_open);
    assert!(stage.reader.field_times(&at, issue.created).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_repository_of_a_person_has_no_types_and_its_issues_none() {
    let stage = Stage::new();
    let repo = stage.world.github(|github, now| {
        let new = NewRepo { owned_by_person: true, ..NewRepo::default() };
        let repo = github.add_repo("octocat/dots", &new, now);
        github.by("octocat", now).open_issue(repo, "One", None).unwrap();
        repo
    });
    assert_ne!(repo, stage.repo);
    let at = "octocat/dots#1".parse().unwrap();
    assert_eq!(value(&stage.read(&at).await, Field::Type), Value::Name(None));
}

#[tokio::test(start_paused = true)]
async fn lists_follow_every_link_and_leave_pull_requests_out() {
    for links in [Links::Cursors, Links::Pages] {
        for (count, pages) in [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)] {
            let stage = Stage::with(github(Options { links, ..Options::default() }));
            for number in 1..=count {
                stage.seed(NewIssue {
                    title: format!("Issue {number}"),
                    is_pull_request: number % 3 == 0,
                    ..NewIssue::default()
                });
            }
            let expected: Vec<u64> = (1..=count).filter(|number| number % 3 != 0).collect();
            let acme = acme();
            stage.world.clear_seen();
            assert_eq!(numbers(stage.reader.all(&acme, &stage.mapping)).await, expected);
            assert_eq!(stage.asked().len(), pages, "{links:?} {count}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_nothing_but_pull_requests_is_not_the_end() {
    let stage = Stage::new();
    for _ in 0..100 {
        let new = NewIssue { title: "PR".to_owned(), is_pull_request: true, ..NewIssue::default() };
        stage.seed(new);
    }
    stage.titled("The issue");
    assert_eq!(numbers(stage.reader.all(&acme(), &stage.mapping)).await, [101]);
}

#[tokio::test(start_paused = true)]
async fn changed_since_includes_that_very_second_and_ends_with_the_latest() {
    let stage = Stage::new();
    for title in ["One", "Two", "Three"] {
        stage.titled(title);
    }
    stage.later("octocat", |it, repo| it.set_title(repo, 3, "Third").unwrap());
    let since = stage.now();
    stage.later("octocat", |it, repo| it.set_title(repo, 1, "First").unwrap());
    let changed = stage.reader.changed_since(&acme(), &stage.mapping, since);
    assert_eq!(numbers(changed).await, [3, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_page_can_be_asked_for_again() {
    use crate::sim::{Fault, Planned};
    let stage = Stage::new();
    for number in 0..150 {
        stage.titled(&format!("Issue {number}"));
    }
    let mut pages = stage.reader.all(&acme(), &stage.mapping);
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 100);
    stage.world.inject(Planned::once(Side::GitHub, Fault::ServerError(502)).times(5));
    assert!(matches!(pages.next().await, Err(RemoteError::Transient { .. })));
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 50);
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_probe_costs_nothing_while_nothing_changes() {
    let stage = Stage::new();
    stage.titled("One");
    stage.seed(NewIssue { title: "PR".to_owned(), is_pull_request: true, ..NewIssue::default() });
    let first = stage.reader.newest(&acme(), &stage.mapping, None).await.unwrap();
    let Newest::Rows { issues, rows, oldest_update, more, etag, at } = first else {
        panic!("{first:?}")
    };
    assert_eq!((issues.len(), rows, more), (1, 2, false));
    assert_eq!(oldest_update, Some(issues[0].updated));
    assert_eq!(at, stage.now());
    let etag = etag.unwrap();

    let again = stage.reader.newest(&acme(), &stage.mapping, Some(&etag)).await.unwrap();
    assert!(matches!(again, Newest::Unchanged { .. }));
    assert_eq!(stage.world.counts().github.not_modified, 1);

    stage.later("octocat", |it, repo| it.set_title(repo, 1, "First").unwrap());
    let changed = stage.reader.newest(&acme(), &stage.mapping, Some(&etag)).await.unwrap();
    assert!(matches!(changed, Newest::Rows { .. }));
}

#[tokio::test(start_paused = true)]
async fn the_probe_tells_when_one_page_is_not_all() {
    let stage = Stage::new();
    for number in 0..101 {
        stage.titled(&format!("Issue {number}"));
    }
    let newest = stage.reader.newest(&acme(), &stage.mapping, None).await.unwrap();
    assert!(matches!(newest, Newest::Rows { rows: 100, more: true, .. }));
}

#[tokio::test(start_paused = true)]
async fn the_link_header_tells_the_repository_id() {
    let stage = Stage::new();
    for number in 0..101 {
        stage.titled(&format!("Issue {number}"));
    }
    let mut pages = stage.reader.all(&acme(), &stage.mapping);
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items[0].repo_id.0, stage.repo.0);
}

#[tokio::test(start_paused = true)]
async fn an_enterprise_server_with_a_base_path_works_page_after_page() {
    let options = Options { base_path: "/api/v3".to_owned(), ..Options::default() };
    let stage = Stage::with(github(options));
    for number in 0..101 {
        stage.titled(&format!("Issue {number}"));
    }
    assert_eq!(numbers(stage.reader.all(&acme(), &stage.mapping)).await.len(), 101);
    let asked = stage.asked();
    assert!(asked.iter().all(|it| it.starts_with("GET /api/v3/rep")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn deleted_moved_hidden_and_switched_off_are_four_different_answers() {
    let stage = Stage::new();
    for title in ["Kept", "Deleted", "Transferred", "Hidden"] {
        stage.titled(title);
    }
    let lib =
        stage.world.github(|github, now| github.add_repo("acme/lib", &NewRepo::default(), now));
    stage.later("octocat", |it, repo| {
        it.delete_issue(repo, 2).unwrap();
        it.transfer_issue(repo, 3, lib).unwrap();
    });
    stage.world.github(|github, _| github.set_hidden(stage.repo, 4, true).unwrap());

    let look = async |number| stage.reader.issue(&at(number), &stage.mapping).await.unwrap();
    assert!(matches!(look(1).await, Lookup::Found(_)));
    assert_eq!(look(2).await, Lookup::Gone);
    let Lookup::Moved(location) = look(3).await else { panic!("not moved") };
    assert!(matches!(look(4).await, Lookup::Hidden(_)));
    assert!(matches!(look(99).await, Lookup::Hidden(_)));

    let there = stage.reader.issue_at(&location, &stage.mapping).await.unwrap();
    let Lookup::Found(there) = there else { panic!("{there:?}") };
    assert_eq!(there.at.to_string(), "acme/lib#1");
    assert_eq!(there.repo_id.0, lib.0);

    // Switching issues off answers 410 as well, and deletes nothing (I7).
    stage.world.github(|github, _| github.set_issues_enabled(stage.repo, false).unwrap());
    assert!(matches!(look(1).await, Lookup::Hidden(_) | Lookup::Found(_)));
}

#[tokio::test(start_paused = true)]
async fn a_location_on_another_server_is_not_visited() {
    let stage = Stage::new();
    let elsewhere = "https://evil.example/repositories/1/issues/1";
    let error = stage.reader.issue_at(elsewhere, &stage.mapping).await.unwrap_err();
    assert!(matches!(error, RemoteError::Nonsense { .. }), "{error}");
    assert!(stage.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_renamed_repository_is_not_followed_by_itself() {
    let stage = Stage::new();
    stage.titled("One");
    stage.world.github(|github, _| github.rename_repo(stage.repo, "acme/product").unwrap());
    let moved = |error: &RemoteError| matches!(error, RemoteError::Moved { .. });
    assert!(moved(&stage.reader.repository(&acme()).await.unwrap_err()));
    assert!(moved(&stage.reader.newest(&acme(), &stage.mapping, None).await.unwrap_err()));
    let Lookup::Moved(to) = stage.reader.issue(&at(1), &stage.mapping).await.unwrap() else {
        panic!("not moved")
    };
    let Lookup::Found(issue) = stage.reader.issue_at(&to, &stage.mapping).await.unwrap() else {
        panic!("not found")
    };
    assert_eq!((issue.at.to_string().as_str(), issue.repo_id.0), ("acme/product#1", stage.repo.0));
}

#[tokio::test(start_paused = true)]
async fn a_direct_read_of_a_pull_request_says_so() {
    let stage = Stage::new();
    let new = NewIssue { title: "PR".to_owned(), is_pull_request: true, ..NewIssue::default() };
    let at = stage.seed(new);
    assert!(stage.read(&at).await.is_pull_request);
}

#[tokio::test(start_paused = true)]
async fn the_repository_tells_its_name_and_our_rights() {
    let stage = Stage::new();
    let repository = stage.reader.repository(&"ACME/App".parse().unwrap()).await.unwrap();
    assert_eq!((repository.id.0, repository.name.as_str()), (stage.repo.0, "acme/app"));
    assert!(repository.can_push && repository.can_triage && repository.has_issues);
    assert!(!repository.archived);
    assert_eq!(stage.reader.viewer().await.unwrap(), login("tandem-bot"));
    assert_eq!(stage.reader.missing_permissions(&acme()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn every_obstacle_is_named_at_once() {
    let stage = Stage::new();
    stage.world.github(|github, _| {
        github.set_permission(stage.repo, "tandem-bot", Permission::Read).unwrap();
        github.set_archived(stage.repo, true).unwrap();
        github.set_issues_enabled(stage.repo, false).unwrap();
    });
    let obstacles = stage.reader.missing_permissions(&acme()).await.unwrap().join("\n");
    for word in ["archived", "switched off", "triage"] {
        assert!(obstacles.contains(word), "{word}: {obstacles}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_and_an_invisible_repository_name_what_is_wrong() {
    let stage = Stage::new();
    let secret = stage.world.github(|github, now| {
        let new = NewRepo { is_private: true, ..NewRepo::default() };
        github.add_repo("acme/secret", &new, now)
    });
    assert_ne!(secret, stage.repo);
    let error = stage.reader.repository(&"acme/secret".parse().unwrap()).await.unwrap_err();
    let RemoteError::Auth { what, .. } = &error else { panic!("{error}") };
    assert!(what.contains("acme/secret"), "{what}");

    stage.world.github(|github, _| github.revoke_token(TOKEN));
    let error = stage.reader.viewer().await.unwrap_err();
    let RemoteError::Auth { what, .. } = &error else { panic!("{error}") };
    assert!(what.contains("github.token") && !what.contains(TOKEN), "{what}");
}

#[tokio::test(start_paused = true)]
async fn each_field_has_the_time_of_its_own_last_event() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let opened = stage.now();
    let mut times: BTreeMap<Field, DateTime<Utc>> = BTreeMap::from([(Field::Title, opened)]);
    let now = || stage.now();
    stage.later("octocat", |it, repo| it.add_label(repo, 1, "bug").unwrap());
    stage.later("octocat", |it, repo| it.assign(repo, 1, "hubot").unwrap());
    times.insert(Field::Assignees, now());
    stage.later("octocat", |it, repo| it.set_milestone(repo, 1, Some("v1")).unwrap());
    times.insert(Field::Milestone, now());
    stage.later("octocat", |it, repo| it.set_type(repo, 1, Some("Bug")).unwrap());
    times.insert(Field::Type, now());
    stage.later("octocat", |it, repo| it.close(repo, 1, "completed").unwrap());
    stage.later("octocat", |it, repo| it.reopen(repo, 1).unwrap());
    times.insert(Field::State, now());
    stage.later("octocat", |it, repo| it.remove_label(repo, 1, "bug").unwrap());
    times.insert(Field::Labels, now());
    stage.later("octocat", |it, repo| it.comment(repo, 1, "hello").unwrap());
    assert_eq!(stage.reader.field_times(&at, opened).await.unwrap(), times);

    stage.later("octocat", |it, repo| it.set_title(repo, 1, "First").unwrap());
    times.insert(Field::Title, now());
    assert_eq!(stage.reader.field_times(&at, opened).await.unwrap(), times);
}

#[tokio::test(start_paused = true)]
async fn the_last_event_counts_though_it_is_on_a_later_page() {
    let stage = Stage::new();
    let at = stage.titled("One");
    for number in 0..120 {
        stage.later("octocat", |it, repo| {
            it.set_title(repo, 1, &format!("Title {number}")).unwrap()
        });
    }
    let times = stage.reader.field_times(&at, stage.now()).await.unwrap();
    assert_eq!(times[&Field::Title], stage.now());
}
