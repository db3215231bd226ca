//! What the operating system tells us to do.

use std::future::pending;
use std::io;

use tokio::signal::unix::{self, SignalKind};

/// A signal, by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT: finish what is in hand and end. A second one: end at once.
    Stop,
    /// SIGHUP: read the config again.
    Reload,
}

/// Where signals come from.
pub trait Signals {
    /// The next signal. A future that is dropped before it is ready has taken none.
    fn next(&mut self) -> impl Future<Output = Signal>;
}

/// The signals of this process.
#[derive(Debug)]
pub struct ProcessSignals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hangup: unix::Signal,
}

impl ProcessSignals {
    /// Takes the signals over; from here on none of them ends the process by itself. To be called before the config is
    /// read, so that a SIGHUP that comes early is not the end. Must run inside a runtime.
    ///
    /// # Errors
    /// When the operating system refuses it.
    pub fn listen() -> io::Result<ProcessSignals> {
        Ok(ProcessSignals {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            hangup: unix::signal(SignalKind::hangup())?,
        })
    }
}

impl Signals for ProcessSignals {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            Some(()) = self.terminate.recv() => Signal::Stop,
            Some(()) = self.interrupt.recv() => Signal::Stop,
            Some(()) = self.hangup.recv() => Signal::Reload,
            else => pending().await,
        }
    }
}
