//! The client over a real wire, byte for byte.

use std::io::Write;
use std::sync::Arc;

use ::http::Method;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use super::*;
use crate::remote::tests::alone;

/// A server that gives each request the next of these answers, byte for byte, and then closes the connection,
/// unless the answer is the last: that one is left open.
struct Wire {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    async fn serve(answers: Vec<Vec<u8>>) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            let count = answers.len();
            for (n, answer) in answers.into_iter().enumerate() {
                let (mut stream, _) = listener.accept().await.unwrap();
                seen.lock().await.push(read_request(&mut stream).await);
                // The client may have gone already, which is what some tests are about.
                let _ = stream.write_all(&answer).await;
                if n + 1 == count {
                    open.push(stream);
                }
            }
            std::future::pending::<()>().await;
        });
        Wire { address, requests }
    }

    async fn requests(&self) -> Vec<String> {
        self.requests.lock().await.clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse::<usize>().unwrap());
        let whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length);
        if whole || count == 0 {
            return text;
        }
    }
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn request(method: Method, address: &str) -> Request {
    ::http::Request::builder()
        .method(method)
        .uri(format!("http://{address}/path?query=1"))
        .header("authorization", "Bearer hush")
        .body(Bytes::from_static(b"{}"))
        .unwrap()
}

async fn send_to(wire: &Wire, transport: &HttpTransport) -> Result<Response, TransportError> {
    transport.send(request(Method::POST, &wire.address)).await
}

fn what_is_unclear(result: Result<Response, TransportError>) -> String {
    match result {
        Err(TransportError::Unclear(what)) => what,
        Err(TransportError::NotSent(_)) | Ok(_) => panic!("not unclear: {result:?}"),
    }
}

#[tokio::test]
async fn an_answer_comes_whole_and_a_redirect_is_an_answer() {
    let wire = Wire::serve(vec![
        answer("301 Moved\r\nlocation: http://127.0.0.1:1/elsewhere", b"gone"),
        answer("503 Busy\r\nretry-after: 7", b""),
    ])
    .await;
    let transport = HttpTransport::new().unwrap();
    let moved = send_to(&wire, &transport).await.unwrap();
    assert_eq!(moved.status(), 301);
    assert_eq!(moved.headers()["location"], "http://127.0.0.1:1/elsewhere");
    assert_eq!(moved.body(), "gone");
    let busy = send_to(&wire, &transport).await.unwrap();
    assert_eq!(
        (busy.status().as_u16(), &busy.headers()["retry-after"]),
        (503, &"7".parse().unwrap())
    );

    let requests = wire.requests().await;
    assert_eq!(requests.len(), 2, "nothing is repeated: {requests:?}");
    assert!(requests[0].starts_with("POST /path?query=1 HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains(concat!("user-agent: tandem/", env!("CARGO_PKG_VERSION"))));
    assert!(requests[0].contains("authorization: Bearer hush"));
    assert!(requests[0].ends_with("\r\n\r\n{}"));
}

#[tokio::test]
async fn a_get_without_a_body_says_nothing_about_a_body() {
    let wire = Wire::serve(vec![answer("200 OK", b"")]).await;
    let mut get = request(Method::GET, &wire.address);
    *get.body_mut() = Bytes::new();
    HttpTransport::new().unwrap().send(get).await.unwrap();
    let requests = wire.requests().await;
    assert!(!requests[0].contains("content-length"), "{}", requests[0]);
    assert!(!requests[0].contains("transfer-encoding"), "{}", requests[0]);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let result = HttpTransport::new().unwrap().send(request(Method::POST, &address)).await;
    let Err(TransportError::NotSent(what)) = result else { panic!("{result:?}") };
    assert!(what.to_lowercase().contains("refused"), "{what}");
    assert!(!what.contains("query") && !what.contains("hush"), "{what}");
}

#[tokio::test]
async fn where_tls_fails_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut tls = request(Method::POST, "x");
    let port = listener.local_addr().unwrap().port();
    *tls.uri_mut() = format!("https://127.0.0.1:{port}/path").parse().unwrap();
    let no_tls = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 this is a mail server\r\n").await.unwrap();
        stream
    };
    let transport = HttpTransport::new().unwrap();
    let (result, _open) = futures::join!(transport.send(tls), no_tls);
    assert!(matches!(result, Err(TransportError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_unclear_and_not_tried_again() {
    let wire = Wire::serve(vec![Vec::new(), answer("200 OK", b"never asked for")]).await;
    let what = what_is_unclear(send_to(&wire, &HttpTransport::new().unwrap()).await);
    assert!(!what.contains("hush") && !what.contains("query"), "{what}");
    assert_eq!(wire.requests().await.len(), 1);
}

#[tokio::test]
async fn a_body_cut_off_is_unclear() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec();
    let wire = Wire::serve(vec![cut, Vec::new()]).await;
    what_is_unclear(send_to(&wire, &HttpTransport::new().unwrap()).await);
}

#[tokio::test]
async fn an_answer_larger_than_agreed_is_not_taken_packed_or_not() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&[b' '; 1001]).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 100);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        " ".repeat(1001)
    );
    let wire = Wire::serve(vec![
        answer("200 OK", &[b' '; 1000]),
        answer("200 OK", &[b' '; 1001]),
        chunked.into_bytes(),
        answer("200 OK\r\ncontent-encoding: gzip", &packed),
    ])
    .await;
    let transport = HttpTransport::with(READ_WITHIN, 1000).unwrap();
    assert_eq!(send_to(&wire, &transport).await.unwrap().body().len(), 1000);
    for _ in 0..3 {
        let what = what_is_unclear(send_to(&wire, &transport).await);
        assert!(what.contains("too large"), "{what}");
    }
}

#[tokio::test]
async fn a_packed_answer_is_unpacked() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(b"hello").unwrap();
    let body = packed.finish().unwrap();
    let wire = Wire::serve(vec![answer("200 OK\r\ncontent-encoding: gzip", &body)]).await;
    let response = send_to(&wire, &HttpTransport::new().unwrap()).await.unwrap();
    assert_eq!(response.body(), "hello");
}

#[tokio::test]
async fn a_server_that_hangs_is_unclear() {
    let wire = Wire::serve(vec![Vec::new()]).await;
    let transport = HttpTransport::with(Duration::from_millis(50), 1000).unwrap();
    what_is_unclear(send_to(&wire, &transport).await);
}

#[test]
fn this_machine_is_known_by_its_names() {
    let near = |uri: &str| is_plain_and_near(&uri.parse().unwrap());
    for uri in
        ["http://localhost:1/", "http://127.0.0.1/", "http://127.8.8.8:1/", "http://[::1]:1/"]
    {
        assert!(near(uri), "{uri}");
    }
    for uri in [
        "https://api.notion.com/",
        "http://10.0.0.1/",
        "http://localhost.com/",
        "https://localhost/",
        "/path",
    ] {
        assert!(!near(uri), "{uri}");
    }
}

#[test]
fn a_system_without_ca_certificates_is_a_clear_error_but_not_for_the_demo() {
    let nowhere = [("SSL_CERT_FILE", "/nonexistent/ca.pem"), ("SSL_CERT_DIR", "/nonexistent")];
    alone("remote::http::tests::without_ca_certificates", &nowhere);
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn without_ca_certificates() {
    let error = HttpTransport::new().unwrap_err().to_string();
    assert!(error.contains("ca-certificates") && error.contains("SSL_CERT_FILE"), "{error}");

    let wire = Wire::serve(vec![answer("200 OK", b"near")]).await;
    let transport = HttpTransport::loopback().unwrap();
    assert_eq!(send_to(&wire, &transport).await.unwrap().body(), "near");
    let far = transport.send(request(Method::GET, "far.invalid")).await;
    assert!(matches!(far, Err(TransportError::NotSent(_))), "{far:?}");
}

#[test]
fn a_proxy_does_not_stand_before_this_very_machine() {
    alone(
        "remote::http::tests::beside_a_dead_proxy",
        &[("http_proxy", "http://127.0.0.1:1"), ("no_proxy", "")],
    );
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn beside_a_dead_proxy() {
    let wire = Wire::serve(vec![answer("200 OK", b"near")]).await;
    let transport = HttpTransport::new().unwrap();
    assert_eq!(send_to(&wire, &transport).await.unwrap().body(), "near");
    let far = transport.send(request(Method::GET, "far.invalid")).await;
    assert!(matches!(far, Err(TransportError::NotSent(_))), "{far:?}");
}
