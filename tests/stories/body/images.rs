//! Images that are uploaded into Notion, so that those of private repositories show there.

use tandem::body::upload_name;
use tandem::sim::notion;

use super::*;

const PUBLIC: &str = "https://example.com/cat.png";
const PRIVATE: &str =
    "https://github.com/user-attachments/assets/0fe1e3ab-5d2d-4f6b-9a55-0123456789ab";

/// A stage whose Notion cannot fetch what has one of these in its address.
fn uploading(unreachable: &[&str]) -> Stage {
    let unreachable = unreachable.iter().map(|&part| part.to_owned()).collect();
    let notion = notion::Options { unreachable, ..notion::Options::default() };
    Stage::with(Setup { notion, ..Setup::default() }, |text| {
        with_bodies(text);
        *text = text.replace("body = true\n", "body = { upload_images = true }\n");
    })
}

fn body_with(image: &str) -> String {
    format!("First, the words.\r\n\r\n![shot]({image})\r\n\r\nThird, the last.")
}

/// Where the images of the page come from, signatures left out.
fn sources(stage: &Stage, page: PageId) -> Vec<String> {
    stage.world.notion(|notion, _| {
        let blocks = notion.blocks(page).iter();
        let sources = blocks.filter_map(|block| block.content.attribute("source"));
        sources.map(|source| source.split('?').next().unwrap_or_default().to_owned()).collect()
    })
}

/// Whether the page shows the upload of that image, kept by Notion.
fn shows_upload_of(stage: &Stage, page: PageId, image: &str) -> bool {
    let sources = sources(stage, page);
    let name = format!("/{}.png", upload_name(image));
    sources.len() == 1 && sources[0].contains("prod-files-secure") && sources[0].ends_with(&name)
}

/// Uploads that were begun.
fn uploads(stage: &Stage) -> usize {
    let begun = |seen: &&tandem::sim::Seen| {
        seen.side == Side::Notion && seen.method == "POST" && seen.path.ends_with("/file_uploads")
    };
    stage.world.seen().iter().filter(begun).count()
}

#[tokio::test(start_paused = true)]
async fn an_image_is_uploaded_once_and_stays_what_it_is_on_github() {
    let stage = uploading(&[]);
    let (number, page) = paired(&stage, &body_with(PUBLIC)).await;
    assert!(shows_upload_of(&stage, page, PUBLIC), "{:?}", sources(&stage, page));
    assert_eq!(source(&stage, number), body_with(PUBLIC));
    stage.converge(0).await;
    stage.wait(86_400).await;
    let report = stage.full_cycle().await;
    assert_eq!((&report.held[..], uploads(&stage)), (&[][..], 1));
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn edits_of_other_blocks_leave_an_uploaded_image_alone() {
    let stage = uploading(&[]);
    let (number, page) = paired(&stage, &body_with(PUBLIC)).await;
    on_github(&stage, number, "First", "At first");
    stage.good_cycle().await;
    stage.wait(600).await;
    in_notion(&stage, page, "Third", "Finally");
    stage.good_cycle().await;
    let body = body_with(PUBLIC).replace("First", "At first").replace("Third", "Finally");
    assert_eq!(source(&stage, number), body);
    assert_eq!(says(&stage, page)[0], "At first, the words.");
    assert!(shows_upload_of(&stage, page, PUBLIC), "{:?}", sources(&stage, page));
    assert_eq!(uploads(&stage), 1);
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_image_that_comes_later_is_uploaded_then() {
    let stage = uploading(&[]);
    let (number, page) = paired(&stage, BODY).await;
    assert_eq!(uploads(&stage), 0);
    on_github(&stage, number, "Third", &format!("![cat]({PUBLIC})\r\n\r\nThird"));
    stage.good_cycle().await;
    assert!(shows_upload_of(&stage, page, PUBLIC), "{:?}", sources(&stage, page));
    assert_eq!(uploads(&stage), 1);
    stage.converge(0).await;
    // Taken away on one side, it is gone on the other.
    stage.wait(600).await;
    on_github(&stage, number, &format!("![cat]({PUBLIC})\r\n\r\n"), "");
    stage.good_cycle().await;
    assert_eq!(sources(&stage, page), [""; 0]);
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_image_of_a_private_repository_is_had_through_github() {
    // Notion fetches it by the address that is good for minutes, or is sent what we fetched by it.
    for unreachable in [&["user-attachments"][..], &["user-attachments", "private-user-images"]] {
        let stage = uploading(unreachable);
        let (number, page) = paired(&stage, &body_with(PRIVATE)).await;
        assert!(shows_upload_of(&stage, page, PRIVATE), "{:?}", sources(&stage, page));
        assert_eq!(source(&stage, number), body_with(PRIVATE));
        stage.converge(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_had_stays_a_link_and_holds_nothing() {
    let stage = uploading(&["example.com"]);
    let (number, page) = paired(&stage, &body_with(PUBLIC)).await;
    assert_eq!(sources(&stage, page), [PUBLIC]);
    let tried = uploads(&stage);
    on_github(&stage, number, "First", "At first");
    stage.good_cycle().await;
    assert_eq!((sources(&stage, page), uploads(&stage)), (vec![PUBLIC.to_owned()], tried));
    stage.converge(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_database_knows_an_uploaded_image_again() {
    let mut stage = uploading(&[]);
    let (number, page) = paired(&stage, &body_with(PUBLIC)).await;
    stage.lose_database();
    stage.good_cycle().await;
    stage.converge(0).await;
    stage.wait(120).await;
    in_notion(&stage, page, "Third", "Finally");
    stage.good_cycle().await;
    assert_eq!(source(&stage, number), body_with(PUBLIC).replace("Third", "Finally"));
    assert!(shows_upload_of(&stage, page, PUBLIC), "{:?}", sources(&stage, page));
    assert_eq!(uploads(&stage), 1);
}

#[tokio::test(start_paused = true)]
async fn images_are_linked_unless_uploads_are_asked_for_and_links_stay_links_then() {
    let mut stage = stage();
    let (number, page) = paired(&stage, &body_with(PUBLIC)).await;
    stage.reconfigure(|text| {
        with_bodies(text);
        *text = text.replace("body = true\n", "body = { upload_images = true }\n");
    });
    stage.full_cycle().await;
    stage.wait(600).await;
    on_github(&stage, number, "First", "At first");
    stage.good_cycle().await;
    assert_eq!(sources(&stage, page), [PUBLIC]);
    assert_eq!(uploads(&stage), 0);
    stage.converge(0).await;
}
