//! References to secrets. The config file names where a secret is; the secret itself is read when it is needed and never
//! written anywhere.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Env;
use super::diagnostics::Complaint;
use super::reader::{Entry, Read, a_token_stands_here};
use super::redact::{is_token, may_hold_token};

/// How a secret is referred to, for messages.
pub(super) const ACCEPTED: &str =
    "\"env:NAME\" (an environment variable), \"file:PATH\", or \"credential:NAME\" (systemd)";

/// Nothing that is read as a secret is longer: a private key has a few kilobytes.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In an environment variable.
    Env(String),
    /// In a file; a relative path counts from the current directory.
    File(PathBuf),
    /// In a systemd credential: a file of this name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// Why a secret could not be read (exit code 2). Holds nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret `{from}` {problem}\n  help: {remedy}")]
pub struct SecretError {
    from: String,
    problem: String,
    remedy: String,
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Env(name) => write!(f, "env:{name}"),
            SecretRef::File(path) => write!(f, "file:{}", path.display()),
            SecretRef::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

impl SecretRef {
    /// Reads the secret. White space around it is dropped, such as the newline an editor puts at the end.
    ///
    /// # Errors
    /// When it is missing, empty, too long or not text; the error says where it was looked for and how to put it there.
    pub fn resolve(&self, env: &Env) -> Result<SecretString, SecretError> {
        let text = match self {
            SecretRef::Env(name) => {
                env.get(name).map(str::to_owned).ok_or_else(|| self.error("is not set"))?
            }
            SecretRef::File(path) => self.read(path)?,
            SecretRef::Credential(name) => match env.get_filled("CREDENTIALS_DIRECTORY") {
                Some(directory) => self.read(&Path::new(directory).join(name))?,
                None => {
                    return Err(
                        self.error("is not there: this process got no credentials from systemd")
                    );
                }
            },
        };
        match text.trim() {
            "" => Err(self.error("is empty")),
            secret => Ok(SecretString::from(secret)),
        }
    }

    fn read(&self, path: &Path) -> Result<String, SecretError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => self.error("is not there"),
            std::io::ErrorKind::InvalidData => self.error("is not text (UTF-8)"),
            _ => self.error(&format!("could not be read: {error}")),
        };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > MAX_SECRET_BYTES {
            return Err(self.error("is longer than 64 KiB, which no token or key is"));
        }
        Ok(text)
    }

    fn error(&self, problem: &str) -> SecretError {
        let remedy = match self {
            SecretRef::Env(name) => {
                format!(
                    "set it in the environment tandem starts with: export {name}=... (systemd: prefer credential:NAME)"
                )
            }
            SecretRef::File(path) => {
                format!("put the secret, and nothing else, into {}", path.display())
            }
            SecretRef::Credential(name) => {
                format!(
                    "give it to the service: LoadCredential={name}:/path/to/file (outside systemd use env:NAME or file:PATH)"
                )
            }
        };
        SecretError { from: self.to_string(), problem: problem.to_owned(), remedy }
    }
}

/// Reads a reference from the config; anything else may be the secret itself and is refused unseen.
pub(super) fn read(entry: &Entry<'_>) -> Read<SecretRef> {
    let Some(text) = entry.value.as_str() else { return Err(entry.wrong_type(ACCEPTED)) };
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let reference = match scheme {
        "env" if is_variable_name(rest) => Some(SecretRef::Env(rest.to_owned())),
        "file" if is_path(rest) => Some(SecretRef::File(PathBuf::from(rest))),
        "credential" if is_credential_name(rest) => Some(SecretRef::Credential(rest.to_owned())),
        _ => None,
    };
    if let Some(reference) = reference {
        return Ok(reference);
    }
    Err(match scheme {
        _ if is_token(rest) => a_token_stands_here(),
        "env" => Complaint::new("what follows `env:` is not the name of an environment variable (it is not shown)")
            .accepted("env:NAME with letters, digits and _, such as env:GITHUB_TOKEN"),
        "file" => Complaint::new("what follows `file:` is not a path (it is not shown)")
            .accepted("file:PATH, such as file:/etc/tandem/github-token"),
        "credential" => Complaint::new("what follows `credential:` is not the name of a credential (it is not shown)")
            .accepted("credential:NAME with letters, digits, _, - and ., such as credential:github-token"),
        _ => Complaint::new("this is not a reference to a secret (it is not shown)")
            .accepted(ACCEPTED)
            .hint("the file holds no secrets, only where they are; if this was a token, take it out of the file"),
    })
}

fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !(may_hold_token(text) && text.contains(|c: char| c.is_ascii_lowercase()))
}

fn is_path(text: &str) -> bool {
    !text.trim().is_empty()
        && !text.contains(char::is_control)
        && (!may_hold_token(text) || text.contains('/'))
        && !is_token(text)
}

/// As systemd has them: a plain file name.
fn is_credential_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.@".contains(c))
        && !may_hold_token(text)
}
