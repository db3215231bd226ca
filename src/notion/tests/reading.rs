use super::*;
use crate::notion::{Bot, NOT_ONE_DATA_SOURCE, User};
use crate::remote::RemoteError;
use crate::sim::notion::UserInfo;

#[tokio::test(start_paused = true)]
async fn a_page_is_read_into_canonical_values() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[
        ("Name", Plain::Text("Crash on save ❤️ שלום".into())),
        ("GitHub", Plain::Url("https://github.com/acme/app/issues/3".into())),
        ("Number", Plain::Number(3.0)),
        ("Status", Plain::Option("In progress".into())),
        ("Labels", Plain::Options(vec!["Bug".into()])),
        ("Assignees", Plain::People(vec![office.ann])),
        ("Milestone", Plain::Option("v1‚ beta".into())),
        ("Repository", Plain::Option("acme/app".into())),
        ("Author", Plain::Text("ghost".into())),
        ("Created", Plain::Date("2026-01-05T10:10:30+01:00".into())),
        ("Closed", Plain::Date("2026-01-06".into())),
    ]);
    let page = office.read(id).await;
    let value = |field: Field| page.fields[&field].value().unwrap().clone();
    assert_eq!(value(Field::Title), text("Crash on save ❤️ שלום"));
    assert_eq!(page.anchor.as_deref(), Some("https://github.com/acme/app/issues/3"));
    assert_eq!(page.repository.as_deref(), Some("acme/app"));
    assert_eq!(value(Field::Number), Value::Number(3));
    assert_eq!(value(Field::State), Value::State(State::Open));
    assert_eq!(value(Field::Labels), names(["bug"]));
    assert_eq!(value(Field::Assignees), names(["octocat"]));
    assert_eq!(value(Field::Milestone), Value::Name(Some(crate::model::Name("v1, beta".into()))));
    assert_eq!(value(Field::Type), Value::Name(None));
    assert_eq!(value(Field::Author), text("ghost"));
    assert_eq!(value(Field::Created), Value::Time(Some("2026-01-05T09:10:30Z".parse().unwrap())));
    assert_eq!(value(Field::Closed), Value::Time(Some("2026-01-06T00:00:00Z".parse().unwrap())));
    assert!(!page.in_trash && page.unmapped_people.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_has_empty_values_and_an_empty_status_means_open() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Status", Plain::Empty)]);
    let page = office.read(id).await;
    assert_eq!(page.anchor, None);
    for (field, observed) in &page.fields {
        let value = observed.value().unwrap();
        assert!(value.is_empty() || *value == Value::State(State::Open), "{field}: {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_in_no_list_is_unreadable_and_raises_a_doubt_about_the_schema_once() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Status", Plain::Option("Blocked".into()))]);
    assert!(!office.reader.take_schema_doubt(office.source.id));
    let page = office.read(id).await;
    let Observed::Unreadable(why) = &page.fields[&Field::State] else { panic!() };
    assert!(why.contains("`Blocked`"), "{why}");
    assert!(office.reader.take_schema_doubt(office.source.id));
    assert!(!office.reader.take_schema_doubt(office.source.id));
}

#[tokio::test(start_paused = true)]
async fn people_beyond_25_are_read_whole_in_listings_and_alone() {
    let office = Office::open(Options::default()).await;
    let crowd: Vec<UserId> = office.world.notion(|notion, _| {
        (0..39).map(|i| notion.add_user(&format!("P{i}"), &format!("p{i}@example.com"))).collect()
    });
    let all = crowd.iter().copied().chain([office.ann]).collect();
    let id = office.page(&[("Assignees", Plain::People(all))]);
    let alone = office.read(id).await;
    let listed = office.reader.all(&office.source, &office.mapping).next().await.unwrap().unwrap();
    for page in [&alone, &listed.items[0]] {
        assert_eq!(page.fields[&Field::Assignees].value(), Some(&names(["octocat"])));
        assert_eq!(
            page.unmapped_people,
            crowd.iter().map(|user| person(*user)).collect::<Vec<_>>()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_title_with_more_than_25_mentions_is_read_whole() {
    let office = Office::open(Options::default()).await;
    let crowd: Vec<UserId> = office.world.notion(|notion, _| {
        (0..30)
            .map(|i| notion.add_user(&format!("Person{i}"), &format!("p{i}@example.com")))
            .collect()
    });
    let id = office.page(&[("Name", Plain::Text("With ".into()))]);
    office.act(|notion, now| notion.mention_in_title(sim(id), &crowd, office.ann, now));
    let page = office.read(id).await;
    let Some(Value::Text(title)) = page.fields[&Field::Title].value() else { panic!() };
    assert!(title.contains("Person0") && title.contains("Person29"), "{title}");
}

#[tokio::test(start_paused = true)]
async fn a_trashed_page_is_found_in_the_trash_and_an_unknown_one_is_hidden() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[]);
    office.act(|notion, now| notion.trash_page(sim(id), office.ann, now));
    assert!(office.read(id).await.in_trash);
    let unknown = PageId(uuid::Uuid::from_u128(1));
    let lookup = office.reader.page(unknown, &office.mapping).await.unwrap();
    assert!(matches!(lookup, Lookup::Hidden(_)), "{lookup:?}");
}

#[tokio::test(start_paused = true)]
async fn a_renamed_property_is_still_read_and_raises_a_doubt() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Labels", Plain::Options(vec!["Bug".into()]))]);
    office.act(|notion, now| notion.rename_property(office.table, "Labels", "Tags", now));
    let page = office.read(id).await;
    assert_eq!(page.fields[&Field::Labels].value(), Some(&names(["Bug"])));
    assert!(office.reader.take_schema_doubt(office.source.id));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_or_retyped_property_holds_its_field_only() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Name", Plain::Text("T".into()))]);
    office.act(|notion, now| notion.delete_property(office.table, "Labels", now));
    office
        .act(|notion, now| notion.change_property_type(office.table, "Type", &Type::RichText, now));
    let page = office.read(id).await;
    for (field, word) in [(Field::Labels, "gone"), (Field::Type, "rich_text")] {
        let Observed::Unreadable(why) = &page.fields[&field] else { panic!("{field}") };
        assert!(why.contains(word), "{why}");
    }
    assert_eq!(page.fields[&Field::Title].value(), Some(&text("T")));
}

#[tokio::test(start_paused = true)]
async fn a_page_without_the_url_property_is_hidden_never_taken_for_a_new_one() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[("Name", Plain::Text("T".into()))]);
    office.act(|notion, now| notion.delete_property(office.table, "GitHub", now));
    let lookup = office.reader.page(id, &office.mapping).await.unwrap();
    assert!(matches!(lookup, Lookup::Hidden(_)), "{lookup:?}");
    let error = office.reader.all(&office.source, &office.mapping).next().await.unwrap_err();
    let RemoteError::Refused { code, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, crate::notion::ANCHOR_LOST);
    assert!(office.reader.take_schema_doubt(office.source.id));
}

#[tokio::test(start_paused = true)]
async fn a_database_id_leads_to_its_only_data_source_and_several_are_listed_by_name() {
    let office = Office::open(Options::default()).await;
    let (database, table) = office.world.notion(|notion, now| {
        let (database, table) = notion.add_data_source("Second", &properties(), office.ann, now);
        notion.share(table, "secret").unwrap();
        (database, table)
    });
    let as_source: DataSourceId = database.to_string().parse().unwrap();
    let found = office.reader.source(as_source).await.unwrap();
    assert_eq!((found.id, found.title.as_str()), (id(table), "Second"));
    let third = office.act(|notion, now| {
        let third =
            notion.add_second_data_source(database, "Third", &properties(), office.ann, now)?;
        notion.share(third, "secret").map(|()| third)
    });
    let error = office.reader.source(as_source).await.unwrap_err();
    let RemoteError::Refused { code, what, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, NOT_ONE_DATA_SOURCE);
    assert!(what.contains("`Third`") && what.contains(&third.to_string()), "{what}");
}

#[tokio::test(start_paused = true)]
async fn an_unshared_data_source_is_a_matter_of_access_with_the_remedy() {
    let office = Office::open(Options::default()).await;
    office.act(|notion, _| notion.unshare(office.table, "secret"));
    let error = office.reader.source(office.source.id).await.unwrap_err();
    assert!(
        matches!(&error, RemoteError::Auth { what, .. } if what.contains("Connections")),
        "{error}"
    );
    let error = office.reader.all(&office.source, &office.mapping).next().await.unwrap_err();
    assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_schema_survives_its_trip_through_the_store() {
    let office = Office::open(Options::default()).await;
    let json = serde_json::to_string(&office.source).unwrap();
    assert_eq!(serde_json::from_str::<DataSource>(&json).unwrap(), office.source);
    let status =
        office.source.properties.iter().find(|property| property.name == "Status").unwrap();
    assert_eq!(status.options, ["To do", "In progress", "Blocked", "Done", "Won't do"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_editor_of_a_page_is_known_and_whether_we_are_a_bot_of_our_own() {
    let office = Office::open(Options::default()).await;
    office.act(|notion, _| notion.add_personal_token("personal", office.ann));
    let page = office.read(office.page(&[])).await;
    assert_eq!(page.last_editor, Some(person(office.ann)));
    let ours = office.update(&page, &[(Field::Title, text("x"))]).await.observed;
    let us = office.reader.me().await.unwrap();
    assert_eq!((ours.last_editor, us.is_bot), (Some(us.id), true));
    let ann = reader(&office.world, "personal").me().await.unwrap();
    assert_eq!((ann.id, ann.is_bot), (person(office.ann), false));
}

#[tokio::test(start_paused = true)]
async fn the_bot_and_the_people_are_told_apart_by_id_and_e_mail() {
    let office = Office::open(Options::default()).await;
    let Bot { name, .. } = office.reader.me().await.unwrap();
    assert_eq!(name, "tandem");
    let users = office.reader.users().await.unwrap();
    let ann = users.iter().find(|user| user.id == person(office.ann)).unwrap();
    assert_eq!(
        *ann,
        User { id: person(office.ann), name: "Ann".into(), email: Some("ann@example.com".into()) }
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_user_capability_the_message_names_it() {
    let world = World::new(Setup::default());
    let capabilities = Capabilities { users: UserInfo::Nothing, ..Capabilities::full() };
    world.notion(|notion, _| notion.add_token("blind", "tandem", capabilities));
    let error = reader(&world, "blind").users().await.unwrap_err();
    assert!(error.to_string().contains("`read user information`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn people_without_e_mails_are_those_of_a_connection_that_may_not_see_them() {
    let world = World::new(Setup::default());
    let capabilities = Capabilities { users: UserInfo::WithoutEmail, ..Capabilities::full() };
    world.notion(|notion, _| notion.add_token("blind", "tandem", capabilities));
    let alone = reader(&world, "blind").users().await.unwrap();
    assert!(alone.iter().all(|user| user.email.is_none()), "bots have none: {alone:?}");
    world.notion(|notion, _| notion.add_user("Ann", "ann@example.com"));
    let error = reader(&world, "blind").users().await.unwrap_err();
    assert!(error.to_string().contains("e-mail addresses"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn many_people_are_read_page_by_page() {
    let office = Office::open(Options::default()).await;
    office.world.notion(|notion, _| {
        (0..250).for_each(|i| {
            notion.add_user(&format!("P{i}"), &format!("p{i}@example.com"));
        });
    });
    let users = office.reader.users().await.unwrap();
    assert!(users.len() > 250);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_is_refused_access_and_never_shown() {
    let office = Office::open(Options::default()).await;
    for token in ["ntn_wrong", "ntn_with\nnewline"] {
        let error = reader(&office.world, token).me().await.unwrap_err();
        assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("ntn_"));
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_the_adapter_makes_is_one_the_api_serves() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[]);
    office.read(id).await;
    office.reader.users().await.unwrap();
    assert_eq!(office.world.notion(|notion, _| notion.strays().to_vec()), Vec::<String>::new());
}
