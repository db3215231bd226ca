//! The server's clock, and what may be told of a request.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;

#[tokio::test(start_paused = true)]
async fn the_servers_clock_is_its_last_date_plus_the_time_since() {
    let script = [
        Reply::Status(200),
        Reply::Date("Tue, 01 Mar 2044 08:00:00 GMT"),
        Reply::Date("yesterday"),
        Reply::Date("Mon, 29 Feb 2044 23:59:59 GMT"),
    ];
    let (_, channel) = scripted(script);
    let date = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    assert_eq!(channel.server_now(), None);
    channel.read(get("x")).await.unwrap();
    assert_eq!(channel.server_now(), None, "an answer without a date tells nothing");

    let response = channel.read(get("x")).await.unwrap();
    assert_eq!(Channel::date_of(&response), date("2044-03-01T08:00:00Z"));
    assert_eq!(channel.server_now(), date("2044-03-01T08:00:00Z"));
    advance(90 * SECOND).await;
    assert_eq!(channel.server_now(), date("2044-03-01T08:01:30Z"));

    channel.read(get("x")).await.unwrap();
    let now = channel.server_now().unwrap();
    assert_eq!(
        now - date("2044-03-01T08:01:30Z").unwrap(),
        TimeDelta::zero(),
        "nonsense is no date"
    );

    channel.read(get("x")).await.unwrap();
    assert_eq!(channel.server_now(), date("2044-02-29T23:59:59Z"), "a clock that was set back");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// Alone, because whether a line of the log is wanted is remembered for the whole process, by whoever comes first.
#[test]
fn the_log_tells_what_was_asked_but_no_secret() {
    alone("remote::tests::told::what_is_logged", &[]);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by the test above"]
async fn what_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let (_, channel) = scripted([Reply::RetryAfter(3), Reply::Reset]);
    let request = ::http::Request::get("http://host/issues?q=hush1")
        .header("authorization", "Bearer hush2")
        .body(Bytes::from_static(b"hush3"))
        .unwrap();
    channel.read(request).await.unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("hush"), "{log}");
    for part in ["side=Notion", "method=GET", "/issues", "status=429", "attempt=3", "wait_secs=3"] {
        assert!(log.contains(part), "{part} in {log}");
    }
}
