//! Whether the system lets tandem open as many files as any command needs. Found out before anything is begun: later it
//! would look like a bad config, a missing database or a bug, according to which file came one too late.

use std::fs::File;
use std::io;

use super::{Exit, Failure};

/// The runtime, the database with its log and lock, the config: what is open before the first connection.
const NEEDED: usize = 12;

/// "Too many open files": of the process, and of the whole system.
const TOO_MANY: [i32; 2] = [24, 23];

/// Opens so many files at a time, and closes them again.
pub(super) fn check() -> Result<(), Failure> {
    let opened: io::Result<Vec<File>> = (0..NEEDED).map(|_| File::open("/dev/null")).collect();
    match opened {
        Err(error) if error.raw_os_error().is_some_and(|code| TOO_MANY.contains(&code)) => {
            let message = format!(
                "the system lets tandem open too few files at a time: {error}; allow it at least 64 (`ulimit -n 64`, or `LimitNOFILE=64` in its systemd unit) and run again: nothing is lost"
            );
            Err(Failure::new(Exit::Failed, message))
        }
        // Where there is no such file nothing can be told.
        Ok(_) | Err(_) => Ok(()),
    }
}
