//! What a service manager hears from us (sd_notify(3)).

use std::time::Duration;

use sd_notify::NotifyState;

/// Longest status that is sent, in bytes: systemd drops a message over 4096 bytes whole.
const MAX_STATUS_BYTES: usize = 1000;

/// Something the service manager wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// Started, or done with reading the config again; with a status line.
    Ready(&'a str),
    /// A status line.
    Status(&'a str),
    /// The config is about to be read again; `Ready` follows at once.
    Reloading,
    /// On the way out, which takes at most so long.
    Stopping {
        /// A status line.
        status: &'a str,
        /// At most so long.
        within: Duration,
    },
    /// The loop is alive.
    Alive,
}

/// Who is told the news.
pub trait Notifier {
    /// Tells it. Never fails: nobody's work depends on who listens.
    fn tell(&mut self, news: News<'_>);

    /// How long the listener waits for [`News::Alive`] before it takes us for dead; `None`: it does not care.
    fn watchdog(&self) -> Option<Duration>;
}

/// systemd, or whoever set `NOTIFY_SOCKET`; without it the news goes nowhere.
#[derive(Debug, Default)]
pub struct Systemd {
    /// Whether a failure was logged already: one line is enough, and `Alive` comes all the time.
    failed: bool,
}

impl Notifier for Systemd {
    fn tell(&mut self, news: News<'_>) {
        let sent = with_states(news, sd_notify::notify);
        if let Err(error) = sent
            && !self.failed
        {
            self.failed = true;
            tracing::warn!(%error, "the service manager cannot be told how we are (NOTIFY_SOCKET)");
        }
    }

    fn watchdog(&self) -> Option<Duration> {
        sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero())
    }
}

/// Spells the news as systemd reads it.
fn with_states<T>(news: News<'_>, send: impl FnOnce(&[NotifyState<'_>]) -> T) -> T {
    match news {
        News::Ready(status) => send(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]),
        News::Status(status) => send(&[NotifyState::Status(&one_line(status))]),
        News::Stopping { status, within } => send(&[
            NotifyState::Stopping,
            // Only ever lengthens TimeoutStopSec, which an administrator may have set shorter than our grace.
            NotifyState::ExtendTimeoutUsec(u32::try_from(within.as_micros()).unwrap_or(u32::MAX)),
            NotifyState::Status(&one_line(status)),
        ]),
        News::Alive => send(&[NotifyState::Watchdog]),
        // The time is for Type=notify-reload, should somebody use it. It is systemd's monotonic clock and no other, so
        // the crate reads it.
        News::Reloading => match NotifyState::monotonic_usec_now() {
            Ok(now) => send(&[NotifyState::Reloading, now]),
            Err(_) => send(&[]),
        },
    }
}

/// A status as systemd takes it: a line break in it would begin another message, such as another main process.
fn one_line(status: &str) -> String {
    let mut line = String::new();
    for c in status.chars() {
        if line.len() + c.len_utf8() > MAX_STATUS_BYTES {
            line.push('…');
            break;
        }
        line.push(if c.is_control() { ' ' } else { c });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(news: News<'_>) -> String {
        with_states(news, |states| {
            states.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn news_is_spelled_as_systemd_reads_it() {
        assert_eq!(spelled(News::Ready("up")), "READY=1\nSTATUS=up");
        assert_eq!(spelled(News::Alive), "WATCHDOG=1");
        assert_eq!(
            spelled(News::Stopping { status: "ending", within: Duration::from_secs(25) }),
            "STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000\nSTATUS=ending",
        );
        assert!(spelled(News::Reloading).starts_with("RELOADING=1\nMONOTONIC_USEC="));
    }

    #[test]
    fn a_status_cannot_smuggle_in_another_message() {
        assert_eq!(spelled(News::Status("done\nMAINPID=1\r\0")), "STATUS=done MAINPID=1  ");
    }

    #[test]
    fn a_long_status_is_cut_between_two_characters() {
        let line = one_line(&"ä".repeat(3000));
        assert!(line.len() <= MAX_STATUS_BYTES + '…'.len_utf8());
        assert!(line.ends_with("ä…"));
    }
}
