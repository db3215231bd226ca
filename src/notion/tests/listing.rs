use super::*;
use crate::notion::Pages;
use crate::remote::RemoteError;
use crate::sim::notion::Paging;
use crate::sim::{Fault, Planned};
use chrono::{DateTime, Utc};
use http::Method;
use std::collections::BTreeSet;
use std::time::Duration;

async fn drain(mut pages: Pages) -> Result<Vec<Page>, RemoteError> {
    let mut all = Vec::new();
    while let Some(listed) = pages.next().await? {
        all.extend(listed.items);
    }
    Ok(all)
}

fn ids(pages: &[Page]) -> BTreeSet<PageId> {
    pages.iter().map(|page| page.id).collect()
}

impl Office {
    /// `count` pages, `per_minute` of which are made in one minute.
    fn fill(&self, count: usize, per_minute: usize) -> BTreeSet<PageId> {
        (0..count)
            .map(|i| {
                if i > 0 && i % per_minute == 0 {
                    self.world.advance(Duration::from_secs(60));
                }
                self.page(&[("Name", Plain::Text(format!("Task {i}")))])
            })
            .collect()
    }

    fn query(&self) -> String {
        format!("data_sources/{}/query", self.source.id)
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_listed_once_however_many_there_are() {
    for count in [0, 1, 99, 100, 101, 350] {
        let office =
            Office::open(Options { short_pages: count == 350, ..Options::default() }).await;
        let made = office.fill(count, 10);
        let listed = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap();
        assert_eq!(ids(&listed), made);
        assert_eq!(listed.len(), count);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_listing_still_tells_the_servers_clock() {
    let office = Office::open(Options::default()).await;
    let mut pages = office.reader.all(&office.source, &office.mapping);
    let listed = pages.next().await.unwrap().unwrap();
    assert!(listed.items.is_empty());
    assert_eq!(listed.at, office.world.now(Side::Notion));
    assert_eq!(pages.next().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn an_edit_later_in_the_cursors_own_minute_is_not_missed() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[]);
    office.world.advance(Duration::from_secs(200));
    let cursor = office.world.now(Side::Notion) + chrono::TimeDelta::seconds(10);
    office.act(|notion, now| notion.set_title(sim(id), "x", office.ann, now));
    let changed =
        drain(office.reader.changed_since(&office.source, &office.mapping, cursor)).await.unwrap();
    assert_eq!(ids(&changed), BTreeSet::from([id]));
    let later = cursor + chrono::TimeDelta::minutes(2);
    let changed =
        drain(office.reader.changed_since(&office.source, &office.mapping, later)).await.unwrap();
    assert!(changed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_idle_look_costs_one_request() {
    let office = Office::open(Options::default()).await;
    office.fill(30, 10);
    office.world.advance(Duration::from_secs(600));
    let before = office.reads();
    let since = office.world.now(Side::Notion);
    drain(office.reader.changed_since(&office.source, &office.mapping, since)).await.unwrap();
    assert_eq!(office.reads() - before, 1);
    assert_eq!(office.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn changes_come_oldest_edit_first_so_that_a_cursor_can_follow() {
    let office = Office::open(Options::default()).await;
    office.fill(250, 3);
    let listed = drain(office.reader.changed_since(
        &office.source,
        &office.mapping,
        DateTime::<Utc>::UNIX_EPOCH,
    ))
    .await
    .unwrap();
    assert_eq!(listed.len(), 250);
    assert!(listed.is_sorted_by_key(|page| page.edited));
}

#[tokio::test(start_paused = true)]
async fn beyond_the_cap_the_listing_goes_on_from_the_last_time_seen() {
    for paging in [Paging::AfterRow, Paging::ByPosition] {
        let office = Office::open(Options { query_cap: 100, paging, ..Options::default() }).await;
        let made = office.fill(730, 40);
        let all = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap();
        assert_eq!((ids(&all), all.len()), (made.clone(), 730));
        let since = DateTime::<Utc>::UNIX_EPOCH;
        let changed = drain(office.reader.changed_since(&office.source, &office.mapping, since))
            .await
            .unwrap();
        assert_eq!((ids(&changed), changed.len()), (made, 730));
    }
}

#[tokio::test(start_paused = true)]
async fn more_pages_in_one_minute_than_a_query_lists_are_an_error_not_a_gap() {
    let office = Office::open(Options { query_cap: 100, ..Options::default() }).await;
    office.fill(150, 150);
    let error = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap_err();
    assert!(error.to_string().contains("one minute"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_page_edited_while_it_is_listed_comes_again_and_none_is_lost() {
    for paging in [Paging::AfterRow, Paging::ByPosition] {
        let office = Office::open(Options { paging, ..Options::default() }).await;
        let made = office.fill(250, 10);
        let first = *made.first().unwrap();
        let mut pages = office.reader.all(&office.source, &office.mapping);
        let mut seen = pages.next().await.unwrap().unwrap().items;
        let moved = seen[0].id;
        office.world.advance(Duration::from_secs(120));
        office.act(|notion, now| notion.set_title(sim(moved), "new", office.ann, now));
        while let Some(listed) = pages.next().await.unwrap() {
            seen.extend(listed.items);
        }
        assert_eq!(ids(&seen), made);
        assert!(made.contains(&first));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_cursor_starts_again_from_the_last_time_seen_without_doubles() {
    let office = Office::open(Options::default()).await;
    let made = office.fill(350, 10);
    office.world.inject(
        Planned::once(Side::Notion, Fault::Refuse(400)).on(Method::POST, &office.query()).after(2),
    );
    let all = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap();
    assert_eq!((ids(&all), all.len()), (made, 350));
}

#[tokio::test(start_paused = true)]
async fn cursors_that_always_turn_stale_are_given_up() {
    let office = Office::open(Options::default()).await;
    office.fill(150, 150);
    let fault = Planned::once(Side::Notion, Fault::Refuse(400))
        .on(Method::POST, &office.query())
        .after(1)
        .times(500);
    office.world.inject(fault);
    assert!(drain(office.reader.all(&office.source, &office.mapping)).await.is_err());
    assert!(office.reads() < 20);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_at_full_pages_is_asked_for_smaller_ones() {
    let office = Office::open(Options::default()).await;
    let made = office.fill(120, 10);
    office.world.inject(
        Planned::once(Side::Notion, Fault::ServerError(504))
            .on(Method::POST, &office.query())
            .times(5),
    );
    let mut pages = office.reader.all(&office.source, &office.mapping);
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first.items.len(), 50);
    let mut all = first.items;
    all.extend(drain(pages).await.unwrap());
    assert_eq!(ids(&all), made);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_keeps_failing_is_out_of_reach_in_the_end() {
    let office = Office::open(Options::default()).await;
    office.world.inject(Planned::once(Side::Notion, Fault::HtmlBody(502)).times(1000));
    let error = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap_err();
    assert!(matches!(error, RemoteError::Transient { .. }), "{error:?}");
    assert!(office.world.seen().len() <= 20, "{}", office.world.seen().len());
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_called_nonsense() {
    let office = Office::open(Options::default()).await;
    office.world.inject(Planned::once(Side::Notion, Fault::Garbage).times(10));
    let error = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap_err();
    assert!(matches!(error, RemoteError::Nonsense { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_in_notions_own_syntax_picks_pages_even_beyond_the_cap() {
    let office = Office::open(Options { query_cap: 100, ..Options::default() }).await;
    let made: Vec<PageId> = office.fill(300, 30).into_iter().collect();
    for id in &made[..290] {
        let label = Plain::Options(vec!["Bug".into()]);
        office.act(|notion, now| notion.set(sim(*id), "Labels", &label, office.ann, now));
    }
    let filter = serde_json::json!({"property": "Labels", "multi_select": {"contains": "Bug"}});
    let among = [made[0], made[280], made[295]];
    let matching = office.reader.matching(&office.source, &filter, &among).await.unwrap();
    assert_eq!(matching, BTreeSet::from([made[0], made[280]]));
    let before = office.reads();
    assert!(office.reader.matching(&office.source, &filter, &[]).await.unwrap().is_empty());
    assert_eq!(office.reads(), before);
}

#[tokio::test(start_paused = true)]
async fn a_bad_filter_is_reported_as_the_configs_own() {
    let office = Office::open(Options::default()).await;
    let id = office.page(&[]);
    let filter = serde_json::json!({"property": "Nope", "checkbox": {"equals": true}});
    let error = office.reader.matching(&office.source, &filter, &[id]).await.unwrap_err();
    assert!(error.to_string().contains("`sync.filter.notion`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_change_is_missed_when_an_edit_moves_a_row_while_changes_are_listed() {
    for paging in [Paging::AfterRow, Paging::ByPosition] {
        let office = Office::open(Options { paging, ..Options::default() }).await;
        let made = office.fill(250, 10);
        office.world.advance(Duration::from_secs(600));
        let since = DateTime::<Utc>::UNIX_EPOCH;
        let mut pages = office.reader.changed_since(&office.source, &office.mapping, since);
        let mut seen = pages.next().await.unwrap().unwrap().items;
        let moved = seen[0].id;
        office.act(|notion, now| notion.set_title(sim(moved), "new", office.ann, now));
        while let Some(listed) = pages.next().await.unwrap() {
            seen.extend(listed.items);
        }
        assert_eq!(ids(&seen), made, "{paging:?}");
        let last = seen.iter().rfind(|page| page.id == moved).unwrap();
        assert_eq!(last.fields[&Field::Title].value(), Some(&text("new")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_quiet_listing_is_gone_through_once() {
    let office = Office::open(Options::default()).await;
    office.fill(250, 10);
    office.world.advance(Duration::from_secs(600));
    let before = office.reads();
    drain(office.reader.changed_since(
        &office.source,
        &office.mapping,
        DateTime::<Utc>::UNIX_EPOCH,
    ))
    .await
    .unwrap();
    assert_eq!(office.reads() - before, 3);
}

#[tokio::test(start_paused = true)]
async fn one_page_whose_people_cannot_be_fetched_does_not_stop_the_listing() {
    let office = Office::open(Options::default()).await;
    let crowd: Vec<UserId> = office.world.notion(|notion, _| {
        (0..30).map(|i| notion.add_user(&format!("P{i}"), &format!("p{i}@example.com"))).collect()
    });
    let poison = office.page(&[("Assignees", Plain::People(crowd))]);
    let made = office.fill(5, 10);
    office
        .world
        .inject(Planned::once(Side::Notion, Fault::Refuse(404)).on(Method::GET, "/properties/"));
    let all = drain(office.reader.all(&office.source, &office.mapping)).await.unwrap();
    assert_eq!(all.len(), made.len() + 1);
    let page = all.iter().find(|page| page.id == poison).unwrap();
    assert!(matches!(page.fields[&Field::Assignees], Observed::Unreadable(_)));
    // Whoever could not be read is not removed by a write either.
    let written = office.update(page, &[(Field::Assignees, names(["octocat"]))]).await;
    assert_eq!(written.refused[0].field, Field::Assignees);
    office.shows(poison, |page| assert_eq!(page.people("Assignees").len(), 30));
}

#[test]
fn a_listing_can_be_driven_from_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    fn check(
        reader: &Reader,
        writer: &Writer,
        source: &DataSource,
        mapping: &Mapping,
        page: &Page,
    ) {
        let mut pages = reader.all(source, mapping);
        is_send(&pages.next());
        is_send(&reader.page(page.id, mapping));
        is_send(&writer.update(page, source, mapping, &[]));
        is_send(&writer.create(source, mapping, &BTreeMap::new()));
    }
    let _ = check;
}

#[tokio::test(start_paused = true)]
async fn a_long_listing_that_is_gone_through_again_comes_to_its_end() {
    let office = Office::open(Options::raised()).await;
    let made = office.fill(1_250, 100);
    let since = DateTime::<Utc>::UNIX_EPOCH;
    let pages = office.reader.changed_since(&office.source, &office.mapping, since);
    let listed = drain(pages).await.unwrap();
    assert_eq!((ids(&listed), listed.len()), (made, 1_250));
    let once = 13;
    assert_eq!(office.reads(), 1 + 2 * once, "the last minute was still going on");
}
