//! Images on their way into Notion.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::script::{Line, Script, error, page_id, refuses, shows};
use super::*;
use crate::clock;
use crate::notion::{FileUploadId, Image, MAX_IMAGE_BYTES};
use crate::remote::RemoteError;

const ID: &str = "393abc1e-edcd-81c2-b028-00b21f81936b";
const SEND: &str = "POST /v1/file_uploads/393abc1e-edcd-81c2-b028-00b21f81936b/send";
const LOOK: &str = "GET /v1/file_uploads/393abc1e-edcd-81c2-b028-00b21f81936b";
const PRIVATE: &str = "https://private-user-images.githubusercontent.com/1/2-shot.png?jwt=secret";

fn upload(status: &str) -> Line {
    upload_with(status, json!({}))
}

fn upload_with(status: &str, more: Json) -> Line {
    let mut upload = json!({"object": "file_upload", "id": ID, "status": status});
    upload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Line::Says(200, upload)
}

async fn import(
    lines: impl IntoIterator<Item = Line>,
) -> (Arc<Script>, Result<FileUploadId, RemoteError>) {
    let (script, _, writer) = Script::of(lines);
    let imported = writer.import_image(&url::Url::parse(PRIVATE).unwrap(), "shot").await;
    (script, imported)
}

fn lines(script: &Script) -> Vec<String> {
    script.asked().into_iter().map(|asked| asked.line).collect()
}

#[tokio::test(start_paused = true)]
async fn notion_fetches_an_image_itself_and_is_waited_for() {
    let began = clock::monotonic();
    let (script, imported) =
        import([upload("pending"), upload("pending"), upload("uploaded")]).await;
    assert_eq!(imported.unwrap().address(), format!("file-upload://{ID}"));
    assert_eq!(clock::monotonic() - began, Duration::from_secs(6));
    let asked = script.asked();
    let body = json!({"mode": "external_url", "external_url": PRIVATE, "filename": "shot.png"});
    assert_eq!((asked[0].line.as_str(), &asked[0].body), ("POST /v1/file_uploads", &body));
    assert_eq!([&asked[1].line, &asked[2].line], [LOOK, LOOK]);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_notion_cannot_fetch_is_refused_without_its_address() {
    let said = format!("The URL {PRIVATE} is not publicly accessible.");
    let result = json!({"file_import_result": {"type": "error", "error": {"message": said}}});
    for lines in [vec![refuses(&said)], vec![upload("pending"), upload_with("failed", result)]] {
        let (_, imported) = import(lines).await;
        let error = imported.unwrap_err();
        assert!(matches!(error, RemoteError::Refused { .. }), "{error:?}");
        let told = error.to_string();
        assert!(told.contains("publicly accessible") && !told.contains("secret"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_come_is_given_up() {
    let began = clock::monotonic();
    let (_, imported) = import((0..6).map(|_| upload("pending"))).await;
    assert!(matches!(imported, Err(RemoteError::Refused { .. })), "{imported:?}");
    assert_eq!((clock::monotonic() - began).as_secs(), 62);
}

#[tokio::test(start_paused = true)]
async fn an_image_at_hand_is_sent_in_one_part() {
    let image = |bytes| Image { name: "a b".into(), media_type: "image/png".into(), bytes };
    let (script, _, writer) = Script::of([upload("pending"), upload("uploaded")]);
    let sent = writer.send_image(&image(Bytes::from_static(b"\x89PNG"))).await.unwrap();
    assert_eq!(sent.address(), format!("file-upload://{ID}"));
    let body = json!({"mode": "single_part", "filename": "a_b.png", "content_type": "image/png"});
    assert_eq!(script.asked()[0].body, body);
    assert_eq!(lines(&script), ["POST /v1/file_uploads", SEND]);

    let (script, _, writer) = Script::of([]);
    let error = writer.send_image(&image(vec![0; MAX_IMAGE_BYTES + 1].into())).await.unwrap_err();
    assert!(error.to_string().contains("20 MiB"), "{error}");
    assert!(lines(&script).is_empty());

    let down = Line::Says(500, error_500());
    let (_, _, writer) = Script::of([upload("pending"), down]);
    let error = writer.send_image(&image(Bytes::new())).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unclear { .. }), "{error:?}");
}

fn error_500() -> Json {
    error(500, "internal_server_error", "")
}

#[tokio::test(start_paused = true)]
async fn a_body_with_an_upload_is_as_meant_under_the_address_that_notion_gave_it() {
    let hosted = "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png";
    let sent = format!("![shot](file-upload://{ID})\n");
    let shown = shows(&format!("![shot]({hosted}?X-Amz-Signature=1)\n"));
    let (_, _, writer) = Script::of([shows(""), shown]);
    let written = writer.write_body(page_id(), "", &sent).await.unwrap();
    assert_eq!(written.refused, None);
    assert_eq!(written.content.markdown, format!("![shot]({hosted})\n"));
}
