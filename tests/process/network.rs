//! Servers that are there and no use: silent, slow, endless, gone in the middle, strangers to TLS. A run ends within its
//! bounds, says which side it is and what to do, takes no memory for it, loses nothing, and the next run goes on.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem::model::Side;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::place::{Place, Told, setup};

/// A certificate of nobody's for this machine, with its key.
const SELF_SIGNED: &[u8] = include_bytes!("self-signed.pem");

/// More than any answer that is taken (16 MiB), and all else that a run needs.
const MOST_MEMORY_KIB: u64 = 120 * 1024;

/// What a server does with a connection.
type Manners = fn(TcpStream);

/// A server with such manners; it is there until the test process ends. Its address.
fn server(manners: Manners) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || manners(stream));
        }
    });
    address
}

/// Reads the head of a request, or what there is of it.
fn hear(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while !heard.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => heard.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Says the same again and again, until nobody listens any more.
fn repeat(stream: &mut TcpStream, words: &[u8], pause: Duration) {
    while stream.write_all(words).is_ok() {
        std::thread::sleep(pause);
    }
}

fn waits_for_the_end(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

fn never_answers(stream: TcpStream) {
    waits_for_the_end(stream);
}

fn answers_a_byte_now_and_then(mut stream: TcpStream) {
    hear(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
    repeat(&mut stream, b" ", Duration::from_millis(300));
}

fn answers_with_headers_and_then_stops(mut stream: TcpStream) {
    hear(&mut stream);
    let _ = stream.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n",
    );
    waits_for_the_end(stream);
}

fn answers_with_headers_without_end(mut stream: TcpStream) {
    hear(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
    let header = format!("x-more: {}\r\n", "and more ".repeat(1000));
    repeat(&mut stream, header.as_bytes(), Duration::ZERO);
}

fn answers_with_a_body_without_end(mut stream: TcpStream) {
    hear(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
    repeat(&mut stream, chunk.as_bytes(), Duration::ZERO);
}

fn hears_and_closes(mut stream: TcpStream) {
    hear(&mut stream);
}

fn resets(stream: TcpStream) {
    // Closing with something unread is a reset.
    let _ = stream.peek(&mut [0]);
}

fn is_a_mail_server(mut stream: TcpStream) {
    let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    waits_for_the_end(stream);
}

/// Three pairs in step.
async fn in_step() -> Place {
    let place = Place::new(setup(), 3).await;
    place.tandem(&["--once"]).assert(0, &[]);
    place.settle();
    place
}

/// The config with one side elsewhere; no pause is sat out, so that every request is sent once.
fn lead_astray(place: &Place, side: Side, to: &str) {
    let right = match side {
        Side::GitHub => place.served.github_url(),
        Side::Notion => place.served.notion_url(),
    };
    place.configure(|text| {
        *text = text.replace(&right, to).replace("[safety]", "[safety]\nmax_wait = \"0s\"");
    });
}

fn key(side: Side) -> &'static str {
    match side {
        Side::GitHub => "`github.api_url`",
        Side::Notion => "`notion.api_url`",
    }
}

/// Edits on both sides, and a run that cannot reach one of them; what it said.
fn run_astray(place: &Place, side: Side, to: &str, what: &str) -> Told {
    place.retitle_issue(1, &format!("{what}, on GitHub"));
    place.settle();
    lead_astray(place, side, to);
    let (told, peak_kib) = watched(place);
    let words = [&format!("{side} ") as &str, key(side), "nothing is lost"];
    told.assert(7, &words);
    assert!(peak_kib < MOST_MEMORY_KIB, "{what}: {peak_kib} KiB");
    place.configure(|_| {});
    told
}

/// The next run has all that the one before could not carry.
fn assert_carried(place: &Place, what: &str) {
    place.tandem(&["--once"]).assert(0, &[]);
    let title = format!("{what}, on GitHub");
    assert!(place.pages().iter().any(|(_, shown, _)| *shown == title), "{what}");
}

/// Runs once; the most memory it ever had, as far as that can be seen here.
fn watched(place: &Place) -> (Told, u64) {
    let mut command = place.command(&["--once"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        let seen = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak.unwrap_or(0).max(peak_kib);
        std::thread::sleep(Duration::from_millis(5));
    }
    (child.wait_with_output().unwrap().into(), peak_kib)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_no_use_is_named_and_costs_nothing_but_time() {
    let place = in_step().await;
    let no_use: [(&str, Manners); 4] = [
        ("headers without end", answers_with_headers_without_end),
        ("a body without end", answers_with_a_body_without_end),
        ("closed at once", hears_and_closes),
        ("reset", resets),
    ];
    for (what, manners) in no_use {
        for side in Side::BOTH {
            let what = format!("{what} by {side}");
            run_astray(&place, side, &format!("http://{}", server(manners)), &what);
            assert_carried(&place, &what);
        }
    }
    for side in Side::BOTH {
        let what = format!("plain text by {side}");
        let to = format!("https://{}", server(is_a_mail_server));
        run_astray(&place, side, &to, &what).assert(7, &["no connection to 127.0.0.1:"]);
        assert_carried(&place, &what);
        let what = format!("no name of {side}");
        let told = run_astray(&place, side, "https://no-such-host.invalid", &what);
        told.assert(7, &["no connection to no-such-host.invalid"]);
        assert_carried(&place, &what);
    }
    place.comes_to_rest();
}

/// An answer may take 60 seconds: these runs wait for theirs at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_keeps_us_waiting_is_given_up_after_a_minute() {
    let slow: [(&str, Manners); 3] = [
        ("never answers", never_answers),
        ("a byte now and then", answers_a_byte_now_and_then),
        ("only headers", answers_with_headers_and_then_stops),
    ];
    let mut waiting = Vec::new();
    for (what, manners) in slow {
        for side in Side::BOTH {
            let place = in_step().await;
            waiting.push(std::thread::spawn(move || {
                let what = format!("{what} by {side}");
                let begun = Instant::now();
                let told = run_astray(&place, side, &format!("http://{}", server(manners)), &what);
                told.assert(7, &[" could not be reached: ", "nothing came within 60 s"]);
                // One request of 60 s each; the rest is a slow machine.
                let took = begun.elapsed().as_secs();
                assert!((59..180).contains(&took), "{what}: {took} s");
                assert_carried(&place, &what);
            }));
        }
    }
    // They wait in threads of their own, so that the stand-ins go on.
    tokio::task::spawn_blocking(|| waiting.into_iter().for_each(|run| run.join().unwrap()))
        .await
        .unwrap();
}

/// A stand-in behind TLS.
async fn behind_tls(url: &str) -> String {
    let certificates = CertificateDer::pem_slice_iter(SELF_SIGNED).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(SELF_SIGNED).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let (acceptor, to) = (TlsAcceptor::from(Arc::new(config)), url.replace("http://", ""));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut safe) = acceptor.accept(stream).await else { return };
                let mut plain = tokio::net::TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut safe, &mut plain).await;
            });
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_signed_is_refused_unless_it_is_trusted_by_name() {
    let place = in_step().await;
    for side in Side::BOTH {
        let url = match side {
            Side::GitHub => place.served.github_url(),
            Side::Notion => place.served.notion_url(),
        };
        let tls = behind_tls(&url).await;
        let what = format!("self-signed {side}");
        let before = place.world.counts()[side];
        run_astray(&place, side, &tls, &what).assert(7, &["certificate"]);
        assert_eq!(place.world.counts()[side], before, "no request passed");

        let trusted = place.dir.path().join("trusted.pem");
        std::fs::write(&trusted, SELF_SIGNED).unwrap();
        lead_astray(&place, side, &tls);
        let told = place.command(&["--once"]).env("SSL_CERT_FILE", &trusted).output().unwrap();
        Told::from(told).assert(0, &[]);
        assert!(place.world.counts()[side].reads > before.reads);
        place.configure(|_| {});
        assert_carried(&place, &what);
    }
}
