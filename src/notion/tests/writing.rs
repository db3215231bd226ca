use super::*;
use crate::model::Name;
use crate::notion::PAGE_IN_TRASH;
use crate::remote::{RemoteError, Written};
use crate::sim::notion::CaseRule;
use crate::sim::{Fault, Planned};
use http::Method;
use std::time::Duration;

const URL: &str = "https://github.com/acme/app/issues/3";

fn issue() -> BTreeMap<Field, Value> {
    let at = |text: &str| Value::Time(Some(text.parse().unwrap()));
    BTreeMap::from([
        (Field::Url, text(URL)),
        (Field::Number, Value::Number(3)),
        (Field::Title, text(" Crash on `save` ")),
        (Field::State, closed(Reason::NotPlanned)),
        (Field::Labels, names(["bug", "area: a, b", "求才"])),
        (Field::Assignees, names(["Octocat"])),
        (Field::Milestone, Value::Name(Some(Name("0.2 release, detail work".into())))),
        (Field::Type, Value::Name(Some(Name("task".into())))),
        (Field::Repository, text("Acme/App")),
        (Field::Author, text("ghost")),
        (Field::Created, at("2026-01-05T09:10:33Z")),
        (Field::Closed, Value::Time(None)),
    ])
}

fn reasons(written: &Written<Page>) -> BTreeMap<Field, String> {
    written.refused.iter().map(|refusal| (refusal.field, refusal.reason.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_made_with_every_value_in_one_request_whatever_notion_leaves_open() {
    for options in [
        Options::default(),
        Options { trims: true, merges_text: true, dates_keep_seconds: false, ..Options::default() },
        Options { case_rule: CaseRule::Match, newer_fields: false, ..Options::default() },
    ] {
        let office = Office::open(options).await;
        let before = (office.reads(), office.writes());
        let made = office.writer.create(&office.source, &office.mapping, &issue()).await.unwrap();
        assert_eq!(made.refused, []);
        assert_eq!((office.reads(), office.writes()), (before.0, before.1 + 1));
        assert_eq!(made.observed.anchor.as_deref(), Some(URL));
        for (field, value) in issue() {
            let shown = made.observed.fields[&field].value().unwrap();
            let minute = matches!(field, Field::Created);
            let same_name = field == Field::Repository;
            assert!(
                shown.means_same(&value) || minute || same_name,
                "{field}: {shown} for {value}"
            );
        }
        office.shows(made.observed.id, |page| {
            assert_eq!(
                page.options("Labels"),
                ["Bug", "area: a‚ b", "求才"].map(String::from).into()
            );
            assert_eq!(page.option("Status").as_deref(), Some("Won't do"));
            assert_eq!(page.option("Repository").as_deref(), Some("acme/app"));
            assert_eq!(page.option("Type").as_deref(), Some("Task"));
            assert_eq!(page.people("Assignees"), [office.ann]);
        });
        assert_eq!(office.read(made.observed.id).await, made.observed);
    }
}

#[tokio::test(start_paused = true)]
async fn all_changes_of_a_page_go_in_one_request() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Name", Plain::Text("Old".into()))]);
    let page = office.read(id).await;
    let reads = office.reads();
    let values: Vec<_> = issue().into_iter().collect();
    let written = office.update(&page, &values).await;
    assert_eq!(written.refused, []);
    assert_eq!((office.writes(), office.reads()), (1, reads));
    assert_eq!(office.read(id).await, written.observed);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_already_means_the_state_is_left_as_people_chose_it() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Status", Plain::Option("In progress".into()))]);
    let page = office.read(id).await;
    let written = office.update(&page, &[(Field::State, Value::State(State::Open))]).await;
    assert_eq!((written.refused.len(), office.writes()), (0, 0));
    office.update(&page, &[(Field::State, closed(Reason::Duplicate))]).await;
    office.shows(id, |page| assert_eq!(page.option("Status").as_deref(), Some("Done")));
    let page = office.read(id).await;
    office.update(&page, &[(Field::State, Value::State(State::Open))]).await;
    office.shows(id, |page| assert_eq!(page.option("Status").as_deref(), Some("To do")));
}

#[tokio::test(start_paused = true)]
async fn people_nobody_mapped_stay_when_assignees_are_written_even_beyond_25() {
    let office = Office::open(Options::default()).await;
    let crowd: Vec<UserId> = office.world.notion(|notion, _| {
        (0..40).map(|i| notion.add_user(&format!("P{i}"), &format!("p{i}@example.com"))).collect()
    });
    let id = office.page(&[("Assignees", Plain::People(crowd.clone()))]);
    let page = office.read(id).await;
    let written = office.update(&page, &[(Field::Assignees, names(["octocat"]))]).await;
    assert_eq!(written.refused, []);
    office.shows(id, |page| {
        assert_eq!(page.people("Assignees").len(), 41);
        assert!(crowd.iter().all(|person| page.people("Assignees").contains(person)));
    });
    let written = office.update(&written.observed, &[(Field::Assignees, names([]))]).await;
    assert_eq!(written.refused, []);
    office.shows(id, |page| assert_eq!(page.people("Assignees").len(), 40));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_left_out_and_the_rest_arrives() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    let many = Value::Names((0..101).map(|i| format!("label {i}")).collect());
    let written = office
        .update(
            &page,
            &[
                (Field::Labels, many),
                (Field::Assignees, names(["stranger"])),
                (Field::Title, text(&"🦀".repeat(3_000))),
                (Field::Updated, Value::Time(None)),
            ],
        )
        .await;
    let reasons = reasons(&written);
    assert!(reasons[&Field::Labels].contains("101"), "{reasons:?}");
    assert!(reasons[&Field::Assignees].contains("`stranger`"), "{reasons:?}");
    assert!(reasons[&Field::Updated].contains("not mapped"), "{reasons:?}");
    assert_eq!(reasons.len(), 3);
    assert_eq!(office.writes(), 1);
    office.shows(page.id, |page| assert_eq!(page.title(), "🦀".repeat(3_000)));
}

/// A value that only the server knows to be bad: an option whose name differs only in case from one made meanwhile.
fn new_option_in_other_case(office: &Office) {
    office.act(|notion, now| notion.add_option(office.table, "Labels", "REGRESSION", now));
}

#[tokio::test(start_paused = true)]
async fn an_option_made_meanwhile_is_met_by_reading_the_schema_again() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    new_option_in_other_case(&office);
    let written = office
        .update(&page, &[(Field::Labels, names(["regression"])), (Field::Title, text("x"))])
        .await;
    assert_eq!(written.refused, []);
    office.shows(page.id, |page| {
        assert_eq!(page.options("Labels"), ["REGRESSION".to_owned()].into())
    });
}

#[tokio::test(start_paused = true)]
async fn a_status_option_added_meanwhile_is_found_and_a_missing_one_holds_the_state_only() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    office.act(|notion, now| notion.delete_option(office.table, "Status", "Done", now));
    let done = (Field::State, closed(Reason::Completed));
    let written = office.update(&page, &[done.clone(), (Field::Title, text("x"))]).await;
    assert!(reasons(&written)[&Field::State].contains("Done"), "{:?}", written.refused);
    assert_eq!(written.observed.fields[&Field::Title].value(), Some(&text("x")));
    office.act(|notion, now| notion.add_option(office.table, "Status", "DONE", now));
    let written = office.update(&written.observed, &[done]).await;
    assert_eq!(written.refused, []);
    office.shows(page.id, |page| assert_eq!(page.option("Status").as_deref(), Some("DONE")));
}

#[tokio::test(start_paused = true)]
async fn a_property_deleted_meanwhile_costs_only_its_own_field() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    office.act(|notion, now| notion.delete_property(office.table, "Milestone", now));
    office
        .act(|notion, now| notion.change_property_type(office.table, "Author", &Type::Number, now));
    let values: Vec<_> = issue().into_iter().collect();
    let written = office.update(&page, &values).await;
    let refused = reasons(&written);
    assert_eq!(
        refused.keys().copied().collect::<Vec<_>>(),
        [Field::Milestone, Field::Author],
        "{refused:?}"
    );
    for (field, value) in issue() {
        if !refused.contains_key(&field) && field != Field::Repository {
            assert!(written.observed.fields[&field].value().unwrap().means_same(&value), "{field}");
        }
    }
    assert!(office.writes() <= 2 * 12, "{}", office.writes());
    assert!(office.reader.take_schema_doubt(office.source.id));
}

#[tokio::test(start_paused = true)]
async fn one_bad_value_does_not_keep_a_new_page_out() {
    let office = Office::open(Options::default()).await;
    office.act(|notion, now| notion.delete_property(office.table, "Milestone", now));
    let made = office.writer.create(&office.source, &office.mapping, &issue()).await.unwrap();
    assert_eq!(reasons(&made).keys().copied().collect::<Vec<_>>(), [Field::Milestone]);
    let pages = office.world.notion(|notion, _| notion.pages(office.table).len());
    assert_eq!(pages, 1);
    office.shows(made.observed.id, |page| assert_eq!(page.options("Labels").len(), 3));
}

#[tokio::test(start_paused = true)]
async fn a_page_is_never_made_without_its_anchor() {
    let office = Office::open(Options::default()).await;
    let mut values = issue();
    values.insert(Field::Url, text(&"x".repeat(2_001)));
    let error = office.writer.create(&office.source, &office.mapping, &values).await.unwrap_err();
    assert!(matches!(error, RemoteError::Refused { .. }), "{error:?}");
    assert_eq!(office.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_trash_refuses_edits_and_says_so() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    office.act(|notion, now| notion.trash_page(sim(page.id), office.ann, now));
    let changes =
        changes_of(&page, &[(Field::Title, text("x")), (Field::Number, Value::Number(3))]);
    let error =
        office.writer.update(&page, &office.source, &office.mapping, &changes).await.unwrap_err();
    let RemoteError::Refused { code, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, PAGE_IN_TRASH);
    let restored = office.writer.set_in_trash(page.id, false, &office.mapping).await.unwrap();
    assert!(!restored.in_trash);
    assert!(office.writer.set_in_trash(page.id, true, &office.mapping).await.unwrap().in_trash);
    office.shows(page.id, |page| assert!(page.in_trash()));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_gone_is_missing_by_name() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    office.act(|notion, _| notion.delete_forever(sim(page.id)));
    let changes = changes_of(&page, &[(Field::Title, text("x"))]);
    let error =
        office.writer.update(&page, &office.source, &office.mapping, &changes).await.unwrap_err();
    assert!(
        matches!(&error, RemoteError::Missing { what, .. } if what.contains(&page.id.to_string())),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_503_that_names_the_page_it_made_is_an_answer() {
    let office = Office::open(Options::default()).await;
    office.world.notion(|notion, _| notion.commit_then_503(1));
    let made = office.writer.create(&office.source, &office.mapping, &issue()).await.unwrap();
    assert_eq!(made.refused, []);
    assert_eq!(made.observed.anchor.as_deref(), Some(URL));
    assert_eq!(office.world.notion(|notion, _| notion.pages(office.table).len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_create_is_sent_once_whatever_comes_of_it() {
    let faults = [
        Fault::CommitThenServerError(500),
        Fault::CommitThenReset,
        Fault::CommitThenHang,
        Fault::ServerError(502),
        Fault::HtmlBody(504),
        Fault::Refuse(409),
        Fault::Reset,
        Fault::Hang,
        Fault::TruncatedBody,
        Fault::Garbage,
    ];
    for fault in faults {
        let office = Office::open(Options::default()).await;
        office.world.inject(Planned::once(Side::Notion, fault).on(Method::POST, "/v1/pages"));
        let error =
            office.writer.create(&office.source, &office.mapping, &issue()).await.unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { made: None, .. }), "{fault:?}: {error:?}");
        let posts = office.world.seen().iter().filter(|seen| seen.path == "/v1/pages").count();
        assert_eq!(posts, 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_answer_makes_no_sense_is_read_back() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    office.world.inject(Planned::once(Side::Notion, Fault::Garbage).on(Method::PATCH, "/v1/pages"));
    let written = office.update(&page, &[(Field::Title, text("x"))]).await;
    assert!(reasons(&written)[&Field::Title].contains("shows"), "{:?}", written.refused);
}

#[tokio::test(start_paused = true)]
async fn a_write_refused_for_load_waits_and_is_sent_again() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    let limited =
        Fault::Limited { retry_after_secs: Some(371), kind: crate::sim::LimitKind::Primary429 };
    office.world.inject(Planned::once(Side::Notion, limited).on(Method::PATCH, "/v1/pages"));
    office.world.inject(
        Planned::once(Side::Notion, Fault::Refuse(409)).on(Method::PATCH, "/v1/pages").after(1),
    );
    let start = tokio::time::Instant::now();
    let written = office.update(&page, &[(Field::Title, text("x"))]).await;
    assert_eq!(written.refused, []);
    assert!(start.elapsed() >= Duration::from_secs(371));
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_left_to_recovery() {
    for fault in [Fault::CommitThenReset, Fault::CommitThenServerError(503), Fault::Hang] {
        let office = Office::open(Options::default()).await;
        let page = office.read(office.page(&[])).await;
        office.world.inject(Planned::once(Side::Notion, fault).on(Method::PATCH, "/v1/pages"));
        let changes = changes_of(&page, &[(Field::Title, text("x"))]);
        let error = office
            .writer
            .update(&page, &office.source, &office.mapping, &changes)
            .await
            .unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { .. }), "{fault:?}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_title_with_line_breaks_over_2000_units_and_right_to_left_text_arrives_whole() {
    let office = Office::open(Options::default()).await;
    let page = office.read(office.page(&[])).await;
    let title = format!("שלום\nعالم {}", "👩‍👩‍👧".repeat(700));
    let written = office.update(&page, &[(Field::Title, text(&title))]).await;
    assert_eq!(written.refused, []);
    office.shows(page.id, |page| assert_eq!(page.title(), title));
}

#[tokio::test(start_paused = true)]
async fn awkward_names_and_titles_of_real_issues_arrive_and_stay() {
    let titles = [
        "  blanks at both ends ",
        "`code` *bold* _it_ <b> [x](y) #12 @octocat",
        "NUL \u{0} and backspace \u{8}",
        "nbsp\u{a0}zero\u{200b}width \u{202e}bidi",
        "lone\rreturn and\r\nboth",
        "🇩🇪👩‍👩‍👧 astral 𝔘𝔫𝔦",
        "   ",
        "",
    ];
    let labels = ["a, b", "today! (?)", "缺特/彈休資訊", "Needs backport (30.x)", ",", "x,y,z"];
    for options in
        [Options::default(), Options { trims: true, merges_text: true, ..Options::default() }]
    {
        let office = Office::open(options).await;
        for title in titles {
            let long = "milestone, ".repeat(30);
            let values = BTreeMap::from([
                (Field::Url, text(URL)),
                (Field::Title, text(title)),
                (Field::Labels, names(labels)),
                (Field::Milestone, Value::Name(Some(Name(long.clone())))),
            ]);
            let made =
                office.writer.create(&office.source, &office.mapping, &values).await.unwrap();
            assert_eq!(made.refused, [], "{title:?}");
            assert_eq!(made.observed.fields[&Field::Labels].value(), Some(&names(labels)));
            assert_eq!(
                made.observed.fields[&Field::Milestone].value(),
                Some(&Value::Name(Some(Name(long))))
            );
            assert_eq!(office.read(made.observed.id).await.fields, made.observed.fields);
        }
    }
}
