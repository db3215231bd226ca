//! Labels go out as additions and removals, each as GitHub spells it.

use super::writing::{labelled, reasons};
use super::*;
use crate::model::option_spelling;
use crate::sim::github::Options;

#[tokio::test(start_paused = true)]
async fn labels_are_added_in_one_request_and_removed_one_by_one() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&["a", "b", "c"]));
    stage.world.advance(Duration::from_secs(300));
    let written = stage.set(&at, &[(Field::Labels, names(&["b", "d", "e"]))]).await;
    assert_eq!(written.refused, []);
    let asked = stage.asked();
    assert_eq!(
        asked,
        [
            "DELETE /repos/acme/app/issues/1/labels/a",
            "DELETE /repos/acme/app/issues/1/labels/c",
            "POST /repos/acme/app/issues/1/labels",
            "GET /repos/acme/app/issues/1",
        ]
    );
    assert_eq!(value(&written.observed, Field::Labels), names(&["b", "d", "e"]));
    assert_eq!(written.observed, stage.read(&at).await);
}

#[tokio::test(start_paused = true)]
async fn labels_alone_cost_no_reading_where_nobody_maps_the_update_time() {
    let mut stage = Stage::new();
    let at = stage.seed(labelled(&["a"]));
    stage.mapping.fields.remove(&Field::Updated);
    let written = stage.set(&at, &[(Field::Labels, names(&["a", "b"]))]).await;
    assert_eq!(stage.asked(), ["POST /repos/acme/app/issues/1/labels"]);
    assert_eq!(value(&written.observed, Field::Labels), names(&["a", "b"]));
}

#[tokio::test(start_paused = true)]
async fn an_old_reading_after_a_write_hides_no_label() {
    use crate::sim::{Fault, Planned};
    let stage = Stage::new();
    let at = stage.seed(labelled(&["a"]));
    let issue = stage.read(&at).await;
    let stale = Planned::once(Side::GitHub, Fault::Stale).on(http::Method::GET, "/issues/1");
    stage.world.inject(stale);
    let change = Change { field: Field::Labels, from: names(&["a"]), to: names(&["a", "b"]) };
    let written = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap();
    assert!(stage.world.planned().is_empty(), "the reading was not an old one");
    assert_eq!(value(&written.observed, Field::Labels), names(&["a", "b"]));
    assert_eq!(written.refused, []);
}

#[tokio::test(start_paused = true)]
async fn what_others_do_to_a_set_meanwhile_stays() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&["a", "b"]));
    let issue = stage.read(&at).await;
    stage.later("hubot", |it, repo| it.add_label(repo, 1, "theirs").unwrap());
    let change =
        Change { field: Field::Labels, from: names(&["a", "b"]), to: names(&["a", "ours"]) };
    let written = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap();
    assert_eq!(value(&written.observed, Field::Labels), names(&["a", "ours", "theirs"]));
    assert_eq!(written.refused, []);
}

#[tokio::test(start_paused = true)]
async fn a_label_with_a_comma_comes_back_as_the_same_label() {
    let stage = Stage::new();
    stage.seed(labelled(&["good, first"]));
    let at = stage.titled("Two");
    let option = option_spelling("good, first");
    assert!(!option.contains(','));
    let written = stage.set(&at, &[(Field::Labels, names(&[&option]))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.github(2).labels, ["good, first".to_owned()].into());
    assert_eq!(stage.world.github(|github, _| github.labels(stage.repo).len()), 1);

    let written = stage.set(&at, &[(Field::Labels, names(&[]))]).await;
    assert_eq!(written.refused, []);
    assert!(stage.github(2).labels.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_label_in_another_case_is_the_label_there_is() {
    let stage = Stage::new();
    stage.seed(labelled(&["Bug", "ÉTÉ"]));
    let at = stage.titled("Two");
    let written = stage.set(&at, &[(Field::Labels, names(&["bug", "été"]))]).await;
    assert_eq!(written.refused, []);
    assert_eq!(stage.github(2).labels, ["Bug".to_owned(), "ÉTÉ".to_owned()].into());
    assert_eq!(stage.world.github(|github, _| github.labels(stage.repo).len()), 2);
}

#[tokio::test(start_paused = true)]
async fn labels_with_letters_that_mean_something_in_an_address_can_be_removed() {
    let odd = ["a/b", "what?", "50%", "C#", "求才", "? follow-up", "x y", "🐛", "..."];
    let stage = Stage::new();
    let at = stage.seed(labelled(&odd));
    let written = stage.set(&at, &[(Field::Labels, names(&[]))]).await;
    assert_eq!(written.refused, []);
    assert!(stage.github(1).labels.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_label_of_dots_is_never_removed_by_an_address_that_means_all_labels() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&["..", "kept"]));
    let written = stage.set(&at, &[(Field::Labels, names(&["kept"]))]).await;
    assert!(reasons(&written.refused, Field::Labels)[0].contains("`..`"));
    assert_eq!(stage.asked(), Vec::<String>::new());
    assert_eq!(stage.github(1).labels.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_label_that_somebody_took_off_before_us_is_off() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&["a", "b"]));
    let issue = stage.read(&at).await;
    stage.later("hubot", |it, repo| it.remove_label(repo, 1, "a").unwrap());
    let change = Change { field: Field::Labels, from: names(&["a", "b"]), to: names(&["b"]) };
    let written = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap();
    assert_eq!(written.refused, []);
    assert_eq!(written.observed, stage.read(&at).await);
}

#[tokio::test(start_paused = true)]
async fn a_label_too_long_is_named_and_the_others_are_added() {
    let stage = Stage::new();
    let at = stage.seed(labelled(&[]));
    let long = "ü".repeat(51);
    let written =
        stage.set(&at, &[(Field::Labels, names(&["ok", &long])), (Field::Title, text("T"))]).await;
    assert!(reasons(&written.refused, Field::Labels)[0].contains(&long));
    assert_eq!(stage.github(1).labels, ["ok".to_owned()].into());
    assert_eq!(stage.github(1).title, "T");
    let fits = "ü".repeat(50);
    assert_eq!(stage.set(&at, &[(Field::Labels, names(&["ok", &fits]))]).await.refused, []);
}

#[tokio::test(start_paused = true)]
async fn one_label_github_refuses_does_not_keep_the_others_away() {
    let options = Options { commas_in_labels: false, ..Options::default() };
    let stage = Stage::with(Setup { github: options, ..Setup::default() });
    let at = stage.seed(labelled(&[]));
    let written = stage.set(&at, &[(Field::Labels, names(&["fine", "not, fine"]))]).await;
    assert_eq!(reasons(&written.refused, Field::Labels).len(), 1, "{:?}", written.refused);
    assert_eq!(stage.github(1).labels, ["fine".to_owned()].into());
}

#[tokio::test(start_paused = true)]
async fn more_than_a_hundred_labels_are_refused_and_the_rest_is_written() {
    let stage = Stage::new();
    let at = stage.titled("One");
    let many: Vec<String> = (0..101).map(|number| format!("label {number:03}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let written = stage.set(&at, &[(Field::Labels, names(&many)), (Field::Title, text("T"))]).await;
    assert!(reasons(&written.refused, Field::Labels)[0].contains("101"));
    assert_eq!((stage.github(1).labels.len(), stage.github(1).title.as_str()), (0, "T"));
    let hundred = names(&many[..100]);
    assert_eq!(stage.set(&at, &[(Field::Labels, hundred)]).await.refused, []);
    assert_eq!(stage.github(1).labels.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_is_full_can_still_be_exchanged() {
    let stage = Stage::new();
    let labels: Vec<String> = (0..100).map(|number| format!("label {number:03}")).collect();
    let people: Vec<String> = (0..10).map(|number| format!("user{number}")).collect();
    let new =
        NewIssue { title: "One".to_owned(), labels, assignees: people, ..NewIssue::default() };
    let (at, mut other) = (stage.seed(new.clone()), new);
    other.labels[99] = "another".to_owned();
    other.assignees[9] = "hubot".to_owned();
    let set = |names: &[String]| Value::Names(names.iter().cloned().collect());
    let wanted = [(Field::Labels, set(&other.labels)), (Field::Assignees, set(&other.assignees))];
    let written = stage.set(&at, &wanted).await;
    assert_eq!(written.refused, []);
    assert!(stage.github(1).labels.contains("another"));
    assert!(stage.github(1).assignees.contains("hubot"));
}
