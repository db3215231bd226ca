//! A database whose properties are not, or no longer, what the config says.

use tandem::sim::notion::Type;

use crate::stage::Stage;

/// A pair in step.
async fn in_step() -> Stage {
    let stage = Stage::new().await;
    stage.seed(&["One"]);
    stage.transcript(&[("--once", 0)]);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_property_breaks_nothing() {
    let stage = in_step().await;
    stage.world.notion(|notion, now| {
        notion.rename_property(stage.tasks.1, "Status", "State", now).unwrap();
    });
    insta::assert_snapshot!(stage.transcript(&[("check", 0), ("--once", 0)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_was_deleted() {
    let stage = in_step().await;
    stage.world.notion(|notion, now| {
        notion.delete_property(stage.tasks.1, "Status", now).unwrap();
    });
    let lines = [("check", 3), ("--once", 3), ("--once --json", 3)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_property_that_was_deleted() {
    let stage = in_step().await;
    stage.world.notion(|notion, now| {
        notion.delete_property(stage.tasks.1, "GitHub", now).unwrap();
    });
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("--once", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_never_existed() {
    let stage = Stage::new().await;
    stage.configure("Statsu", "");
    let lines = [("check", 2), ("--once", 2), ("--once --json", 2)];
    insta::assert_snapshot!(stage.transcript(&lines));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_whose_type_was_changed() {
    let stage = in_step().await;
    stage.world.notion(|notion, now| {
        notion.change_property_type(stage.tasks.1, "Status", &Type::RichText, now).unwrap();
    });
    insta::assert_snapshot!(stage.transcript(&[("check", 3), ("--once", 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_was_of_a_wrong_type_from_the_beginning() {
    let stage = Stage::new().await;
    stage.world.notion(|notion, now| {
        notion.change_property_type(stage.tasks.1, "Status", &Type::RichText, now).unwrap();
    });
    insta::assert_snapshot!(stage.transcript(&[("check", 2), ("--once", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_that_nobody_made() {
    let stage = Stage::new().await;
    stage.edit_config("[\"Done\"]", "[\"Done\", \"Shipped\"]");
    insta::assert_snapshot!(stage.transcript(&[("check", 3), ("--once", 3)]));
}
