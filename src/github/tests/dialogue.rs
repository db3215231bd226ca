//! Limits, failures, and signing in as an app.

use std::sync::Mutex;

use futures::future::BoxFuture;
use http::{Method, header};
use tokio::time::Instant;

use super::*;
use crate::remote::{RemoteError, Request, Response, Transport, TransportError};
use crate::sim::{Fault, LimitKind, Planned};

#[tokio::test(start_paused = true)]
async fn every_form_of_not_now_is_sat_out_and_the_request_sent_again() {
    for kind in [
        LimitKind::Primary403,
        LimitKind::Primary429,
        LimitKind::Secondary403,
        LimitKind::Secondary429,
    ] {
        for retry_after_secs in [Some(7), Some(150), None] {
            let stage = Stage::new();
            let at = stage.titled("One");
            let fault = Fault::Limited { retry_after_secs, kind };
            stage.world.inject(Planned::once(Side::GitHub, fault));
            let began = Instant::now();
            stage.read(&at).await;
            let waited = began.elapsed().as_secs();
            assert!(waited >= retry_after_secs.unwrap_or(60), "{fault:?}: {waited} s");
            assert_eq!(stage.asked().len(), 2);

            let fault = Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1");
            stage.world.inject(fault);
            assert_eq!(stage.set(&at, &[(Field::Title, text("T"))]).await.refused, []);
            assert_eq!(stage.github(1).title, "T");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_unclear_and_not_repeated() {
    for fault in [
        Fault::CommitThenReset,
        Fault::CommitThenServerError(500),
        Fault::Reset,
        Fault::Hang,
        Fault::TruncatedBody,
        Fault::HtmlBody(200),
        Fault::Garbage,
    ] {
        let stage = Stage::new();
        let at = stage.titled("One");
        let issue = stage.read(&at).await;
        stage.world.clear_seen();
        stage.world.inject(Planned::once(Side::GitHub, fault).on(Method::PATCH, "/issues/1"));
        let change = Change { field: Field::Title, from: text("One"), to: text("T") };
        let error = stage.writer().update(&issue, &stage.mapping, &[change]).await.unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { .. }), "{fault:?}: {error}");
        assert_eq!(stage.asked().len(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_is_repeated_and_one_that_makes_no_sense_is_not() {
    let stage = Stage::new();
    let at = stage.titled("One");
    for fault in [Fault::ServerError(502), Fault::Reset, Fault::Hang, Fault::TruncatedBody] {
        stage.world.inject(Planned::once(Side::GitHub, fault).times(4));
        stage.world.clear_seen();
        stage.read(&at).await;
        assert_eq!(stage.asked().len(), 5, "{fault:?}");
    }
    for fault in [Fault::HtmlBody(200), Fault::Garbage] {
        stage.world.inject(Planned::once(Side::GitHub, fault));
        let error = stage.reader.issue(&at, &stage.mapping).await.unwrap_err();
        assert!(matches!(error, RemoteError::Nonsense { .. }), "{fault:?}: {error}");
    }
}

const KEY: &str = include_str!("throwaway-app-key.pem");

/// A GitHub with one app, that answers by a script and notes who asked.
#[derive(Default)]
struct AppServer {
    minted: Mutex<u32>,
    /// Tokens that are refused although they have not run out.
    revoked: Mutex<Vec<String>>,
    asked: Mutex<Vec<String>>,
}

impl AppServer {
    fn answer(&self, request: &Request) -> Response {
        let path = request.uri().path_and_query().unwrap().as_str().to_owned();
        let token =
            request.headers().get(header::AUTHORIZATION).map_or("", |it| it.to_str().unwrap());
        let who = token.strip_prefix("Bearer ").unwrap_or_default();
        let is_jwt = who.split('.').count() == 3;
        let who = if is_jwt { "the app" } else { who };
        self.asked.lock().unwrap().push(format!("{} {path} as {who}", request.method()));
        let json = |status: u16, body: String| {
            http::Response::builder()
                .status(status)
                .header(header::DATE, "Mon, 05 Jan 2026 09:00:00 GMT")
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(bytes::Bytes::from(body))
                .unwrap()
        };
        if self.revoked.lock().unwrap().iter().any(|token| token == who) {
            return json(401, r#"{"message":"Bad credentials","status":"401"}"#.to_owned());
        }
        let path = path.strip_prefix("/api/v3").unwrap_or(&path);
        match path {
            "/app/installations/7/access_tokens" => {
                let mut minted = self.minted.lock().unwrap();
                *minted += 1;
                json(
                    201,
                    format!(
                        r#"{{"token":"ghs_{minted}","expires_at":"2999-01-01T00:00:00Z","permissions":{{}}}}"#
                    ),
                )
            }
            "/app" => json(200, r#"{"id":1,"slug":"tandem"}"#.to_owned()),
            "/app/installations/7" => {
                json(200, r#"{"id":7,"permissions":{"issues":"write"}}"#.to_owned())
            }
            "/repos/acme/app" => json(
                200,
                r#"{"id":9,"full_name":"acme/app","permissions":{"push":false,"triage":false}}"#
                    .to_owned(),
            ),
            "/repositories/9/issues?after=x" => json(200, "[]".to_owned()),
            path if path.starts_with("/repos/acme/app/issues?") => {
                let mut response = json(200, "[]".to_owned());
                let link =
                    "<https://ghe.example/api/v3/repositories/9/issues?after=x>; rel=\"next\"";
                response.headers_mut().insert(header::LINK, link.parse().unwrap());
                response
            }
            _ => json(404, r#"{"message":"Not Found"}"#.to_owned()),
        }
    }
}

impl Transport for Arc<AppServer> {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let response = self.answer(&request);
        Box::pin(async move { Ok(response) })
    }
}

fn app(server: &Arc<AppServer>, installation: u64) -> Reader {
    let transport = Arc::new(server.clone());
    let channel =
        Channel::new(transport, Arc::new(GithubDialect), Pace::github(), Patience::endless());
    let auth = Auth::App { id: 1, installation, private_key: SecretString::from(KEY) };
    Reader::new(&Url::parse("https://ghe.example/api/v3/").unwrap(), auth, channel).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_app_signs_in_once_and_stays_signed_in_on_the_next_page() {
    let server = Arc::new(AppServer::default());
    let reader = app(&server, 7);
    let mut pages = reader.all(&acme(), &mapping(PropertyKind::MultiSelect));
    assert!(pages.next().await.unwrap().unwrap().items.is_empty());
    assert!(pages.next().await.unwrap().is_some());
    assert!(pages.next().await.unwrap().is_none());
    let list = "state=all&sort=created&direction=asc&per_page=100";
    assert_eq!(
        *server.asked.lock().unwrap(),
        [
            "POST /api/v3/app/installations/7/access_tokens as the app".to_owned(),
            format!("GET /api/v3/repos/acme/app/issues?{list} as ghs_1"),
            "GET /api/v3/repositories/9/issues?after=x as ghs_1".to_owned(),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_is_its_own_bot_and_has_the_rights_of_its_installation() {
    let server = Arc::new(AppServer::default());
    let reader = app(&server, 7);
    assert_eq!(reader.viewer().await.unwrap(), login("tandem[bot]"));
    let repository = reader.repository(&acme()).await.unwrap();
    assert!(repository.can_triage && repository.can_push);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_revoked_early_is_replaced() {
    let server = Arc::new(AppServer::default());
    let reader = app(&server, 7);
    reader.repository(&acme()).await.unwrap();
    server.revoked.lock().unwrap().push("ghs_1".to_owned());
    reader.repository(&acme()).await.unwrap();
    assert_eq!(*server.minted.lock().unwrap(), 2);
    server.revoked.lock().unwrap().extend(["ghs_2".to_owned(), "ghs_3".to_owned()]);
    let error = reader.repository(&acme()).await.unwrap_err();
    assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_cannot_sign_in_is_told_which_setting_to_check() {
    let server = Arc::new(AppServer::default());
    let error = app(&server, 8).repository(&acme()).await.unwrap_err();
    let RemoteError::Auth { what, .. } = &error else { panic!("{error}") };
    assert!(what.contains("github.app.installation"), "{what}");

    server.revoked.lock().unwrap().push("the app".to_owned());
    let error = app(&server, 7).repository(&acme()).await.unwrap_err();
    let RemoteError::Auth { what, .. } = &error else { panic!("{error}") };
    assert!(what.contains("github.app.private_key"), "{what}");

    let channel = Channel::new(
        Arc::new(server),
        Arc::new(GithubDialect),
        Pace::github(),
        Patience::endless(),
    );
    let auth = Auth::App { id: 1, installation: 7, private_key: SecretString::from("s3cret") };
    let error =
        Reader::new(&Url::parse("https://ghe.example").unwrap(), auth, channel).err().unwrap();
    let text = error.to_string();
    assert!(text.contains("github.app.private_key") && !text.contains("s3cret"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn everything_can_be_done_from_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let stage = Stage::new();
    let at = stage.titled("One");
    let issue = stage.read(&at).await;
    let (writer, values) = (stage.writer(), BTreeMap::new());
    is_send(&stage.reader.all(&acme(), &stage.mapping).next());
    is_send(&writer.update(&issue, &stage.mapping, &[]));
    is_send(&writer.create(&acme(), &stage.mapping, &values, uuid::Uuid::nil()));
    // Nothing to change is nothing to send.
    stage.world.clear_seen();
    let written = writer.update(&issue, &stage.mapping, &[]).await.unwrap();
    assert_eq!((written.observed, written.refused), (issue, vec![]));
    assert_eq!(stage.asked(), Vec::<String>::new());
}
