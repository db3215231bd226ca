//! From a config to the two adapters: secrets, one HTTP client, a pace and a channel per side.

use std::sync::Arc;

use super::Failure;
use crate::config::{Config, Env, GitHubAuth, SecretError};
use crate::engine::Services;
use crate::github::{self, GithubDialect};
use crate::notion::{self, NotionDialect};
use crate::remote::{Channel, HttpTransport, NoTransport, Pace, Patience, RemoteError, Transport};

/// Why the adapters could not be built.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// Secrets that are not set; all of them, each with its remedy.
    #[error("{}", join(.0))]
    Secrets(Vec<SecretError>),
    /// No HTTP client.
    #[error(transparent)]
    Transport(#[from] NoTransport),
    /// The GitHub key is not one.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

fn join(errors: &[SecretError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The reading halves of both adapters.
pub(super) struct Readers {
    /// GitHub's.
    pub(super) github: github::Reader,
    /// Notion's.
    pub(super) notion: notion::Reader,
}

/// Builds both readers. Must run inside a runtime (octocrab spawns its buffer).
pub(super) fn connect(
    config: &Config,
    env: &Env,
    patience: &Patience,
) -> Result<Readers, ConnectError> {
    connect_over(HttpTransport::new, Pace::github(), config, env, patience)
}

/// The same over another transport, and at another pace on GitHub.
pub(super) fn connect_over(
    transport: impl FnOnce() -> Result<HttpTransport, NoTransport>,
    github_pace: Pace,
    config: &Config,
    env: &Env,
    patience: &Patience,
) -> Result<Readers, ConnectError> {
    let mut unset = Vec::new();
    let auth = match &config.github.auth {
        GitHubAuth::Token(secret) => secret.resolve(env).map(github::Auth::Token),
        GitHubAuth::App { id, installation, private_key } => private_key.resolve(env).map(|key| {
            github::Auth::App { id: *id, installation: *installation, private_key: key }
        }),
    };
    let auth = auth.map_err(|error| unset.push(error)).ok();
    let token = config.notion.token.resolve(env).map_err(|error| unset.push(error)).ok();
    let (Some(auth), Some(token)) = (auth, token) else {
        return Err(ConnectError::Secrets(unset));
    };

    let transport: Arc<dyn Transport> = Arc::new(transport()?);
    let github = Channel::new(
        Arc::clone(&transport),
        Arc::new(GithubDialect),
        github_pace,
        patience.clone(),
    );
    let notion = Channel::new(
        transport,
        Arc::new(NotionDialect),
        Pace::notion(config.notion.requests_per_minute),
        patience.clone(),
    );
    Ok(Readers {
        github: github::Reader::new(&config.github.api_url, auth, github)?,
        notion: notion::Reader::new(&config.notion.api_url, token, notion),
    })
}

/// All that a cycle reaches out with.
pub(super) fn services(
    config: &Config,
    env: &Env,
    patience: &Patience,
) -> Result<Services, Failure> {
    let Readers { github, notion } = connect(config, env, patience)?;
    Ok(Services { github, notion, users: config.users.clone(), safety: config.safety })
}
