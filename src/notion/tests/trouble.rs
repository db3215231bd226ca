use super::*;
use crate::remote::RemoteError;
use crate::sim::{Fault, LimitKind, Planned};

#[tokio::test(start_paused = true)]
async fn a_missing_capability_is_named_by_the_thing_it_is_missing_for() {
    let all = Capabilities::full();
    let office = Office::with(Options::default(), all, |_| {}).await;
    let page = office.read(office.page(&[])).await;
    let values = BTreeMap::from([(Field::Url, text("https://x")), (Field::Title, text("x"))]);
    let set =
        |capabilities| office.act(|notion, _| notion.set_capabilities("secret", capabilities));

    set(Capabilities { insert: false, ..all });
    let error = office.writer.create(&office.source, &office.mapping, &values).await.unwrap_err();
    assert!(error.to_string().contains("`insert content`"), "{error}");

    set(Capabilities { update: false, ..all });
    let changes = changes_of(&page, &[(Field::Title, text("x"))]);
    let error =
        office.writer.update(&page, &office.source, &office.mapping, &changes).await.unwrap_err();
    assert!(error.to_string().contains("`update content`"), "{error}");

    set(Capabilities { read: false, ..all });
    let error = office.reader.all(&office.source, &office.mapping).next().await.unwrap_err();
    assert!(error.to_string().contains("`read content`"), "{error}");
    assert!(matches!(error, RemoteError::Auth { .. }));
    let error = office.reader.page(page.id, &office.mapping).await.unwrap_err();
    assert!(error.to_string().contains("`read content`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_page_made_without_read_access_is_not_lost_but_unclear_with_its_id() {
    let office = Office::open(Options::default()).await;
    let blind = Capabilities { read: false, ..Capabilities::full() };
    office.act(|notion, _| notion.set_capabilities("secret", blind));
    let values = BTreeMap::from([(Field::Url, text("https://x")), (Field::Title, text("x"))]);
    let error = office.writer.create(&office.source, &office.mapping, &values).await.unwrap_err();
    let made = office.world.notion(|notion, _| notion.pages(office.table)[0].id().to_string());
    let RemoteError::Unclear { made: Some(id), .. } = error else { panic!("{error:?}") };
    assert_eq!(id.to_string(), made);
}

#[tokio::test(start_paused = true)]
async fn a_blocked_connection_is_reported_at_once() {
    let office = Office::open(Options::default()).await;
    let before = office.world.seen().len();
    let blocked = Fault::Limited { retry_after_secs: None, kind: LimitKind::Blocked };
    office.world.inject(Planned::once(Side::Notion, blocked).times(99));
    let error = office.reader.me().await.unwrap_err();
    assert!(
        matches!(&error, RemoteError::Auth { what, .. } if what.contains("support")),
        "{error:?}"
    );
    assert_eq!(office.world.seen().len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn our_own_pace_provokes_no_refusal_however_many_pages_are_read() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[]);
    for _ in 0..400 {
        office.read(id).await;
    }
    assert_eq!(office.world.counts().notion.limited, 0);
}
