//! Stories about files on their way to a page.

use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::super::Options;
use super::{Answer, Bench};

impl Bench {
    fn upload(&mut self, body: &serde_json::Value) -> Answer {
        self.call("POST", "/v1/file_uploads", Some(body))
    }

    fn uploaded(&mut self, id: &str) -> serde_json::Value {
        self.get(&format!("/v1/file_uploads/{id}")).ok()
    }

    fn send_file(&mut self, id: &str, content_type: &str, bytes: &[u8]) -> Answer {
        let mut form = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: {content_type}\r\n\r\n"
        )
        .into_bytes();
        form.extend_from_slice(bytes);
        form.extend_from_slice(b"\r\n--XX--\r\n");
        let request = Request::builder()
            .method("POST")
            .uri(format!("https://api.notion.com/v1/file_uploads/{id}/send"))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Notion-Version", self.version)
            .header("Content-Type", "multipart/form-data; boundary=XX");
        self.send(&request.body(Bytes::from(form)).unwrap())
    }
}

#[test]
fn a_file_is_sent_in_one_part() {
    let mut bench = Bench::new();
    let made = bench.upload(&json!({ "filename": "a.png", "content_type": "image/png" })).ok();
    let id = made["id"].as_str().unwrap();
    assert_eq!((&made["object"], &made["status"]), (&json!("file_upload"), &json!("pending")));
    assert!(made["upload_url"].as_str().unwrap().ends_with(&format!("{id}/send")));
    bench.send_file(id, "image/jpeg", b"1234").invalid();
    let sent = bench.send_file(id, "image/png", b"12\r\n34").ok();
    assert_eq!((&sent["status"], &sent["content_length"]), (&json!("uploaded"), &json!(6)));
    bench.send_file(id, "image/png", b"1234").invalid();
    bench.later(3601);
    assert_eq!(bench.uploaded(id)["status"], "expired", "nobody attached it");
}

#[test]
fn an_uploaded_file_is_shown_on_a_page_and_stays() {
    let mut bench = Bench::new();
    let made = bench.upload(&json!({ "filename": "a.png" })).ok();
    let id = made["id"].as_str().unwrap();
    let page = bench.holding("text");
    let shown = format!("![A cat](file-upload://{id})");
    assert!(bench.replace(page, &shown).invalid().contains(id), "it was not sent yet");
    bench.send_file(id, "image/png", b"1234").ok();
    let answer = bench.replace(page, &shown).ok();
    let text = answer["markdown"].as_str().unwrap();
    assert!(text.starts_with("![A cat](https://") && text.contains("a.png?X-Amz-"), "{text}");
    bench.later(3601);
    assert_eq!(bench.uploaded(id)["status"], "uploaded");
}

#[test]
fn a_file_is_fetched_by_its_url() {
    let options = Options { unreachable: vec!["private".to_owned()], ..Options::raised() };
    let mut bench = Bench::with(options);
    let by_url =
        |url: &str| json!({ "mode": "external_url", "external_url": url, "filename": "a.png" });
    let made = bench.upload(&by_url("https://example.com/a.png")).ok();
    let private = bench.upload(&by_url("https://example.com/private.png")).ok();
    assert_eq!(made["status"], "pending");
    bench.later(2);
    assert_eq!(bench.uploaded(made["id"].as_str().unwrap())["status"], "uploaded");
    assert_eq!(bench.uploaded(private["id"].as_str().unwrap())["status"], "failed");
    bench.upload(&by_url("http://example.com/a.png")).invalid();
    bench.upload(&json!({ "mode": "multi_part" })).invalid();
    bench
        .get("/v1/file_uploads/00000000-0000-4000-8000-000000000000")
        .refused(404, "object_not_found");
}
