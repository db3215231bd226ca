//! stderr, shared by log lines, messages and progress bars so that none tears the other.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, registry};

use super::{Exit, Failure};
use crate::config::Env;

/// Our share of the user's screen. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Screen {
    bars: MultiProgress,
    copy: LogCopy,
}

impl Screen {
    /// Whether a person may be watching.
    pub(super) fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Shows a bar below everything else, until it is finished.
    pub(super) fn show(&self, bar: ProgressBar) -> ProgressBar {
        self.bars.add(bar)
    }

    /// Tells something to whoever reads stderr. Nobody there is no failure.
    pub(super) fn say(&self, text: &str) {
        let _ = self.put(format!("{text}\n").as_bytes());
    }

    /// Writes whole lines while the bars stand aside.
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        self.bars.suspend(|| io::stderr().lock().write_all(bytes))
    }

    /// Writes what is logged from now on into this file as well, if [`Screen::log`] was told what to copy.
    #[cfg(feature = "sim")]
    pub(super) fn copy_log_to(&self, file: File) {
        *self.copy.lock() = Some(file);
    }

    /// Starts logging to stderr, as `$TANDEM_LOG` says, else with `default`; and with `copied` to a file named later.
    pub(super) fn log(
        &self,
        env: &Env,
        default: &str,
        copied: Option<&str>,
    ) -> Result<(), Failure> {
        let wanted = env.get_filled("TANDEM_LOG");
        let filter = EnvFilter::try_new(wanted.unwrap_or(default)).map_err(|error| {
            let what = format!("$TANDEM_LOG is not a log filter ({error})");
            Failure::new(Exit::BadConfig, what + "; write it as in `info` or `warn,tandem=debug`")
        })?;
        let colours = self.is_watched() && env.get_filled("NO_COLOR").is_none();
        let format = fmt::layer().with_ansi(colours).with_writer(self.clone());
        let format = if is_journal(env) { format.without_time().boxed() } else { format.boxed() };
        let copy = copied.map(|copied| {
            let format = fmt::layer().with_ansi(false).with_writer(self.copy.clone());
            format.with_filter(EnvFilter::new(copied))
        });
        let started = registry().with(format.with_filter(filter)).with(copy).try_init();
        // A second logger in one process is a test's.
        drop(started);
        Ok(())
    }
}

/// Whether stderr is systemd's journal, which has the time of every line itself. The variable alone does not tell: it
/// is handed down to whatever is started from there.
fn is_journal(env: &Env) -> bool {
    let Some(journal) = env.get_filled("JOURNAL_STREAM") else { return false };
    let stderr = io::stderr().as_fd().try_clone_to_owned().map(File::from);
    stderr
        .and_then(|stderr| stderr.metadata())
        .is_ok_and(|stream| journal == format!("{}:{}", stream.dev(), stream.ino()))
}

/// One log line on its way to the screen.
#[derive(Debug)]
pub struct LogLine<'a>(&'a Screen);

impl Write for LogLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where log lines are copied to, once there is such a file.
#[derive(Debug, Clone, Default)]
struct LogCopy(Arc<Mutex<Option<File>>>);

impl LogCopy {
    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for LogCopy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.lock().as_mut() {
            Some(file) => file.write_all(bytes).map(|()| bytes.len()),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogCopy {
    type Writer = LogCopy;
    fn make_writer(&self) -> LogCopy {
        self.clone()
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = LogLine<'a>;
    fn make_writer(&'a self) -> LogLine<'a> {
        LogLine(self)
    }
}
