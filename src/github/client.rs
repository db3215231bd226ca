//! octocrab over our own channel: it signs requests and knows the base address, nothing more.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::BodyExt;
use octocrab::auth::AppAuth;
use octocrab::models::{AppId, InstallationId};
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, EncodingKey, OctoBody, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tower::Service;
use url::Url;

use super::dialect::BAD_CREDENTIALS;
use super::links;
use crate::model::{RepoName, Side};
use crate::remote::{Channel, RemoteError, Request, Response, WriteChannel};

/// Supported until March 2028 at least; what changed since, we do not use (github-api §7).
const API_VERSION: &str = "2022-11-28";
const ACCEPT: &str = "application/vnd.github+json";
/// GitHub refuses requests that do not say who asks.
pub(super) const USER_AGENT: &str = concat!("tandem/", env!("CARGO_PKG_VERSION"));

/// Who we are to GitHub.
#[derive(Debug)]
pub enum Auth {
    /// A personal access token.
    Token(SecretString),
    /// An installation of a GitHub App.
    App {
        /// The app's id.
        id: u64,
        /// The installation's id.
        installation: u64,
        /// The app's RSA key, in PEM.
        private_key: SecretString,
    },
}

/// What a request may do travels with it, so that nothing can be changed without a [`WriteChannel`] (I15).
#[derive(Clone)]
pub(super) enum Errand {
    /// Doing it twice is doing it once.
    Write(WriteChannel),
    /// It makes something.
    Create(WriteChannel),
    /// It only asks, in GraphQL.
    Ask,
}

/// One GitHub, seen with one token.
pub(super) struct Client {
    api_url: Url,
    channel: Channel,
    /// Never cloned: a copy of an octocrab has a copy of the installation's token, which then ages alone.
    crab: Octocrab,
    /// The app itself, where there is one: only it may ask for its name and rights.
    app: Option<AppClient>,
}

struct AppClient {
    crab: Octocrab,
    installation: u64,
}

impl Client {
    /// Must be called inside a runtime: octocrab starts a task.
    pub(super) fn new(api_url: &Url, auth: Auth, channel: Channel) -> Result<Client, RemoteError> {
        let base: Uri = api_url.as_str().parse().map_err(|error| {
            nonsense(format!("`github.api_url` is no address requests can be sent to: {error}"))
        })?;
        let build = |auth: AuthState| {
            let built = OctocrabBuilder::new_empty()
                .with_service(Leaf { channel: channel.clone() })
                .with_layer(&BaseUriLayer::new(base))
                .with_auth(auth)
                .build();
            match built {
                Ok(crab) => crab,
                Err(never) => match never {},
            }
        };
        let (crab, app) = match auth {
            Auth::Token(token) => (build(AuthState::AccessToken { token }), None),
            Auth::App { id, installation, private_key } => {
                let key = EncodingKey::from_rsa_pem(private_key.expose_secret().as_bytes())
                    .map_err(|error| {
                        refused_access(format!(
                            "`github.app.private_key` is no RSA key in PEM ({error}): take the file the app's settings page gave"
                        ))
                    })?;
                let app = build(AuthState::App(AppAuth { app_id: AppId(id), key }));
                let crab = app
                    .installation(InstallationId(installation))
                    .map_err(|error| nonsense(format!("octocrab: {error}")))?;
                (crab, Some(AppClient { crab: app, installation }))
            }
        };
        Ok(Client { api_url: api_url.clone(), channel, crab, app })
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The repository's address for people: `api.github.com` is at `github.com`, an Enterprise Server at its own host.
    pub(super) fn web_url(&self, repo: &RepoName) -> String {
        let mut root = self.api_url.clone();
        root.set_path("");
        let root =
            root.as_str().trim_end_matches('/').replacen("://api.github.com", "://github.com", 1);
        format!("{root}/{repo}")
    }

    /// The installation, where we are one.
    pub(super) fn installation(&self) -> Option<u64> {
        self.app.as_ref().map(|app| app.installation)
    }

    /// The path and query of an address GitHub gave us.
    pub(super) fn local(&self, link: &str) -> Result<String, RemoteError> {
        links::local(&self.api_url, link)
    }

    /// Reads; with an etag the answer may be 304.
    pub(super) async fn get(
        &self,
        path: &str,
        etag: Option<&str>,
    ) -> Result<Response, RemoteError> {
        let mut request = request(Method::GET, path, None)?;
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            request.headers_mut().insert(header::IF_NONE_MATCH, etag);
        }
        execute(&self.crab, request).await
    }

    /// Reads in another media type.
    pub(super) async fn get_as(
        &self,
        path: &str,
        accept: &'static str,
    ) -> Result<Response, RemoteError> {
        let mut request = request(Method::GET, path, None)?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
        execute(&self.crab, request).await
    }

    /// Reads as the app itself; `None` where we are no app.
    pub(super) async fn get_as_app(&self, path: &str) -> Result<Option<Response>, RemoteError> {
        match &self.app {
            Some(app) => execute(&app.crab, request(Method::GET, path, None)?).await.map(Some),
            None => Ok(None),
        }
    }

    /// Asks in GraphQL.
    pub(super) async fn ask(&self, question: &Json) -> Result<Response, RemoteError> {
        self.send(Errand::Ask, Method::POST, "/graphql", Some(question)).await
    }

    /// Changes something.
    pub(super) async fn send(
        &self,
        errand: Errand,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Response, RemoteError> {
        let mut request = request(method, path, body)?;
        request.extensions_mut().insert(errand);
        execute(&self.crab, request).await
    }
}

fn request(
    method: Method,
    path: &str,
    body: Option<&Json>,
) -> Result<http::Request<OctoBody>, RemoteError> {
    let mut builder = http::Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, ACCEPT)
        .header(header::USER_AGENT, USER_AGENT)
        .header("x-github-api-version", API_VERSION);
    if body.is_some() {
        builder = builder.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(OctoBody::empty, |json| OctoBody::from(json.to_string()));
    builder
        .body(body)
        .map_err(|error| nonsense(format!("an address that cannot be asked for: {error}")))
}

async fn execute(
    crab: &Octocrab,
    request: http::Request<OctoBody>,
) -> Result<Response, RemoteError> {
    let response = crab.execute(request).await.map_err(remote_error)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(remote_error)?.to_bytes();
    if parts.status == StatusCode::UNAUTHORIZED {
        return Err(refused_access(BAD_CREDENTIALS.to_owned()));
    }
    Ok(http::Response::from_parts(parts, body))
}

/// Our own errors come back as they were; octocrab's own can only be about the app's key and token.
fn remote_error(error: octocrab::Error) -> RemoteError {
    match error {
        octocrab::Error::Service { source, .. } => match source.downcast::<RemoteError>() {
            Ok(ours) => *ours,
            Err(other) => {
                RemoteError::Transient { side: Side::GitHub, what: format!("octocrab: {other}") }
            }
        },
        octocrab::Error::GitHub { source, .. } => refused_access(format!(
            "the app could not sign in ({}): check `github.app.id`, `github.app.private_key` and this machine's clock",
            source.status_code
        )),
        octocrab::Error::JWT { source, .. } => {
            refused_access(format!("`github.app.private_key` cannot sign ({source})"))
        }
        // What else octocrab reads is the answer to the request for a token; its text may quote it (I17).
        _ => nonsense("the answer to the app's sign-in has not the expected shape".to_owned()),
    }
}

fn nonsense(what: String) -> RemoteError {
    RemoteError::Nonsense { side: Side::GitHub, what }
}

fn refused_access(what: String) -> RemoteError {
    RemoteError::Auth { side: Side::GitHub, what }
}

/// The end of octocrab's stack: our channel.
#[derive(Clone)]
struct Leaf {
    channel: Channel,
}

impl Service<http::Request<OctoBody>> for Leaf {
    type Response = http::Response<OctoBody>;
    type Error = RemoteError;
    type Future = BoxFuture<'static, Result<Self::Response, RemoteError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), RemoteError>> {
        // Waiting here would stop every request behind this one; the channel waits in `call`.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<OctoBody>) -> Self::Future {
        let channel = self.channel.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let errand = parts.extensions.remove::<Errand>();
            let body =
                body.collect().await.map_err(|error| nonsense(format!("octocrab: {error}")))?;
            let request = Request::from_parts(parts, body.to_bytes());
            let answer = send(&channel, errand, request).await;
            answer.map(|response| response.map(OctoBody::from)).or_else(unauthorized_as_answer)
        })
    }
}

async fn send(
    channel: &Channel,
    errand: Option<Errand>,
    request: Request,
) -> Result<Response, RemoteError> {
    match errand {
        Some(Errand::Write(to)) => to.write(request).await,
        Some(Errand::Create(to)) => to.create(request).await,
        Some(Errand::Ask) => channel.read(beside_rest(request)?).await,
        None if request.method() == Method::GET => channel.read(request).await,
        // octocrab asks for an installation's token by itself.
        None if request.uri().path().ends_with("/access_tokens") => {
            channel.read(request).await.map_err(no_such_installation)
        }
        None => Err(nonsense(format!("{} without a permit is not sent", request.method()))),
    }
}

/// On an Enterprise Server GraphQL is at `/api/graphql`, beside `/api/v3` and not below it (github-api §9).
fn beside_rest(request: Request) -> Result<Request, RemoteError> {
    let (mut parts, body) = request.into_parts();
    if let Some(root) = parts.uri.path().strip_suffix("/v3/graphql") {
        let path = format!("{root}/graphql");
        let mut uri = parts.uri.into_parts();
        uri.path_and_query = path.parse().ok();
        parts.uri = Uri::from_parts(uri)
            .map_err(|error| nonsense(format!("an address that cannot be asked for: {error}")))?;
    }
    Ok(Request::from_parts(parts, body))
}

fn no_such_installation(error: RemoteError) -> RemoteError {
    match error {
        RemoteError::Missing { .. } => refused_access(
            "the app has no such installation (404): check `github.app.id` and `github.app.installation`"
                .to_owned(),
        ),
        other => other,
    }
}

/// An installation's token may have been revoked early: octocrab then gets a new one and asks again,
/// if it sees the 401 as an answer.
fn unauthorized_as_answer(error: RemoteError) -> Result<http::Response<OctoBody>, RemoteError> {
    match error {
        RemoteError::Auth { what, .. } if what == BAD_CREDENTIALS => {
            let mut response = http::Response::new(OctoBody::from(Bytes::new()));
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            Ok(response)
        }
        other => Err(other),
    }
}

/// A client that readers and writers share.
pub(super) type SharedClient = Arc<Client>;
