//! What can go wrong at a distance, by what the engine has to do about it.

use std::time::Duration;

use crate::model::Side;

/// A request that did not bring what was asked for. Messages are for people; they hold no token and no body (I17).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The side could not be reached or failed by itself; nothing was changed. Exit code 7 when it stays so.
    #[error("{side} could not be reached: {what}")]
    Transient {
        /// Which side.
        side: Side,
        /// What happened.
        what: String,
    },
    /// The side limits us: for longer than this run may wait (exit code 7), or a create, which is sent only once, was
    /// turned away.
    #[error("{side} limits us for another {}: {what}", spoken(*wait))]
    Limited {
        /// Which side.
        side: Side,
        /// How long it asked us to wait.
        wait: Duration,
        /// Its reason.
        what: String,
        /// Whether this run may sit that out, so that other requests can go on.
        may_wait: bool,
    },
    /// A write may or may not have been carried out: recovery will find out.
    #[error("{side} did not say whether it did it: {what}")]
    Unclear {
        /// Which side.
        side: Side,
        /// What happened.
        what: String,
        /// Notion's 503 that names what it had made (notion-api §2): an answer, not a failure.
        made: Option<uuid::Uuid>,
    },
    /// The token was refused, lacks a permission or capability, or cannot see a repository or database. Exit code 5.
    #[error("{side} refuses access: {what}")]
    Auth {
        /// Which side.
        side: Side,
        /// What is missing, by name, and what to do.
        what: String,
    },
    /// The object is deleted for good, and the server says so (GitHub 410).
    #[error("{what} is deleted")]
    Gone {
        /// What.
        what: String,
    },
    /// The object lives elsewhere now (301, 307, 308).
    #[error("{what} has moved to {to}")]
    Moved {
        /// What.
        what: String,
        /// Where to, as the server says.
        to: String,
    },
    /// Not found, which may mean anything (DESIGN §3: absence is not deletion).
    #[error("{side} does not show {what}")]
    Missing {
        /// Which side.
        side: Side,
        /// What.
        what: String,
    },
    /// The server understood and declined; nothing was changed. Repeating it is useless.
    #[error("{}{what}", refused_by(*side, *status))]
    Refused {
        /// Which side.
        side: Side,
        /// HTTP status; 200 where the answer was fine, and what it says makes the request impossible.
        status: u16,
        /// The server's code, when it gives one (`validation_error`, `custom`, ...).
        code: String,
        /// The server's words, shortened, and what to do where we know.
        what: String,
        /// The fields of the request it names, when it does (GitHub's 422).
        fields: Vec<String>,
    },
    /// The answer makes no sense: HTML, broken JSON, a missing key. Exit code 7.
    #[error("{side} answered nonsense: {what}")]
    Nonsense {
        /// Which side.
        side: Side,
        /// What was expected and what came.
        what: String,
    },
}

impl RemoteError {
    /// Whether the whole side is out of reach, so that trying other items is useless in this cycle.
    #[must_use]
    pub fn stops_the_side(&self) -> bool {
        match self {
            RemoteError::Limited { may_wait, .. } => !may_wait,
            RemoteError::Transient { .. }
            | RemoteError::Unclear { .. }
            | RemoteError::Auth { .. }
            | RemoteError::Gone { .. }
            | RemoteError::Moved { .. }
            | RemoteError::Missing { .. }
            | RemoteError::Refused { .. }
            | RemoteError::Nonsense { .. } => false,
        }
    }

    /// What to do where the message itself does not end with it: exit code 7 means trying again, for a while.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let lossless = "nothing is lost, the next run goes on from here";
        match self {
            RemoteError::Transient { side, .. } | RemoteError::Unclear { side, .. } => {
                Some(format!(
                    "{lossless}; if it stays so, check the network, the proxy and `{}.api_url`",
                    key(*side)
                ))
            }
            RemoteError::Nonsense { side, .. } => Some(format!(
                "{lossless}; if it stays so, check `{}.api_url` and what stands in between (a proxy, a login page)",
                key(*side)
            )),
            RemoteError::Limited { .. } => Some(format!(
                "{lossless}; run again after that time, or let runs wait longer with `safety.max_wait`"
            )),
            RemoteError::Auth { .. }
            | RemoteError::Gone { .. }
            | RemoteError::Moved { .. }
            | RemoteError::Missing { .. }
            | RemoteError::Refused { .. } => None,
        }
    }
}

/// The side's section of the config.
fn key(side: Side) -> &'static str {
    match side {
        Side::GitHub => "github",
        Side::Notion => "notion",
    }
}

/// Who refused: nobody when the answer was fine as such.
fn refused_by(side: Side, status: u16) -> String {
    if status == 200 { String::new() } else { format!("{side} refused it ({status}): ") }
}

/// A wait for people: nobody plans by single seconds.
fn spoken(wait: Duration) -> String {
    let secs = wait.as_secs();
    if secs < 100 { format!("{secs} s") } else { format!("{} min", secs.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_ours_does_not_quote_a_status_that_nobody_sent() {
        let refused = |status| RemoteError::Refused {
            side: Side::Notion,
            status,
            code: String::new(),
            what: "it has several data sources".to_owned(),
            fields: Vec::new(),
        };
        assert_eq!(refused(200).to_string(), "it has several data sources");
        assert_eq!(
            refused(400).to_string(),
            "Notion refused it (400): it has several data sources"
        );
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_in_minutes_and_never_as_less_than_it_is() {
        for (secs, told) in [(1, "1 s"), (99, "99 s"), (100, "2 min"), (3599, "60 min")] {
            assert_eq!(spoken(Duration::from_secs(secs)), told);
        }
    }
}
