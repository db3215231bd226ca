//! One process per database, by an OS lock (I12). The lock ends with the process, however it ends.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::error::of_io;

/// Longest text read from a lock file: a process id.
const MAX_PID_BYTES: u64 = 20;

/// The right to write to one database, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the database at `path`, or says who has it.
    pub fn take(path: &Path) -> Result<Lock, StoreError> {
        let path = real_path(path)?;
        let cannot = |error: std::io::Error| of_io(&path, "its lock file: ", &error);
        let mut file = private().read(true).create(true).open(beside(&path)).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { pid: written_pid(&mut file), path });
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        write_pid(&mut file).map_err(cannot)?;
        Ok(Lock { _file: file })
    }
}

/// Options for a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The one path all names of a database lead to, so that a link is not a way around the lock. The
/// file itself need not exist yet.
pub(super) fn real_path(path: &Path) -> Result<PathBuf, StoreError> {
    let cannot = |detail: String| StoreError::CannotOpen { path: path.to_path_buf(), detail };
    if let Ok(real) = path.canonicalize() {
        if real.is_dir() {
            return Err(cannot("it is a directory; `database` is the name of a file".to_owned()));
        }
        return Ok(real);
    }
    let name = path.file_name().ok_or_else(|| cannot("not the name of a file".to_owned()))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let directory = directory.canonicalize().map_err(|error| cannot(error.to_string()))?;
    Ok(directory.join(name))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    PathBuf::from(name)
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}

fn written_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(MAX_PID_BYTES).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
