//! Opening the file, and the two ways to it: a [`Store`] that anybody may read, and a [`Tx`] that
//! alone may write. What is asked of either is written once, for [`Db`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::{classify, of_io};
use super::lock::{private, real_path};
use super::{StoreError, migrations};

/// How long to wait for a stranger's lock. Short: the calling thread waits.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);
/// Statements kept prepared; more than there are in this folder.
const CACHED_STATEMENTS: usize = 96;
/// What is left of the write-ahead log after it was folded into the file.
const KEPT_LOG_BYTES: u32 = 16 << 20;

/// The database, as [`Store`] or as [`Tx`]: every question can be put to both.
pub struct Db<A>(A);

/// The database of one process, shared by its threads. SQLite runs on the calling thread: its work
/// is tiny, and another thread would let tokio's paused clock run ahead in simulations.
pub type Store = Db<Shared>;

/// An open transaction of a [`Store`]; the only thing that writes.
pub type Tx<'a> = Db<Open<'a>>;

/// How a [`Store`] reaches the connection: by a lock.
pub struct Shared {
    connection: Mutex<Connection>,
    /// Who is inside, so that a call from inside is an error instead of a wait without end.
    inside: Mutex<Option<ThreadId>>,
    path: PathBuf,
    commits: AtomicU64,
}

/// How a [`Tx`] reaches the connection: it has it.
pub struct Open<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

/// Something that can run statements.
pub trait Access {
    /// Runs `f` on the connection and names its error.
    fn run<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError>;
}

impl Access for Shared {
    fn run<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.enter(|connection| f(connection).map_err(|error| classify(&self.path, &error)))
    }
}

impl Access for Open<'_> {
    fn run<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        f(self.connection).map_err(|error| classify(self.path, &error))
    }
}

impl<A: Access> Db<A> {
    pub(super) fn run<T>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.0.run(f)
    }
}

impl Shared {
    fn new(connection: Connection, path: PathBuf) -> Store {
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Db(Shared {
            connection: Mutex::new(connection),
            inside: Mutex::new(None),
            path,
            commits: AtomicU64::new(0),
        })
    }

    /// Runs `f` alone. A panic inside has rolled its transaction back, so poison means nothing.
    fn enter<T>(
        &self,
        f: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let me = thread::current().id();
        if self.is_inside(me) {
            return Err(StoreError::Nested);
        }
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        self.set_inside(Some(me));
        let _leaving = Leaving(self);
        f(&mut connection)
    }

    fn is_inside(&self, who: ThreadId) -> bool {
        *self.inside.lock().unwrap_or_else(PoisonError::into_inner) == Some(who)
    }

    fn set_inside(&self, who: Option<ThreadId>) {
        *self.inside.lock().unwrap_or_else(PoisonError::into_inner) = who;
    }
}

/// Notes that nobody is inside any more, also after a panic.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.set_inside(None);
    }
}

impl Store {
    /// Opens the database, making or migrating it as needed. Take its [`super::Lock`] first.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let path = real_path(path)?;
        create_private(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let named = |error: rusqlite::Error| classify(&path, &error);
        let mut connection = Connection::open_with_flags(&path, flags).map_err(named)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(named)?;
        migrations::version(&connection, &path)?;
        // SQLite falls back to reading when a file may not be written, and says so only here.
        if connection.is_readonly("main").map_err(named)? {
            return Err(StoreError::ReadOnly { path });
        }
        set_up(&connection).map_err(named)?;
        migrations::apply(&mut connection, &migrations::ALL).map_err(named)?;
        Ok(Shared::new(connection, path))
    }

    /// Opens the database for reading, while another tandem may be writing to it. It must exist.
    pub fn open_read_only(path: &Path) -> Result<Store, StoreError> {
        let path = real_path(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let named = |error: rusqlite::Error| classify(&path, &error);
        let connection = Connection::open_with_flags(&path, flags).map_err(named)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(named)?;
        let (found, known) = (migrations::version(&connection, &path)?, migrations::newest());
        if found < known {
            return Err(StoreError::Older { path, found, known });
        }
        Ok(Shared::new(connection, path))
    }

    /// A private copy of the database as it is now, on disk but without a name, which ends with the
    /// process: a dry run may write to it, whoever holds the file (I15). No file: an empty one.
    pub fn open_scratch(path: &Path) -> Result<Store, StoreError> {
        let path = real_path(path)?;
        let named = |error: rusqlite::Error| classify(&path, &error);
        // An empty name: SQLite keeps what does not fit its cache in a temporary file.
        let mut scratch = Connection::open("").map_err(named)?;
        if path.try_exists().unwrap_or(true) {
            copy_into(&mut scratch, &path)?;
        }
        set_up(&scratch).map_err(named)?;
        migrations::apply(&mut scratch, &migrations::ALL).map_err(named)?;
        Ok(Shared::new(scratch, path))
    }

    /// A database that ends with the process: for tests, the demo and dry runs without a file.
    pub fn open_in_memory() -> Result<Store, StoreError> {
        let path = PathBuf::from(":memory:");
        let named = |error: rusqlite::Error| classify(&path, &error);
        let mut connection = Connection::open_in_memory().map_err(named)?;
        set_up(&connection).map_err(named)?;
        migrations::apply(&mut connection, &migrations::ALL).map_err(named)?;
        Ok(Shared::new(connection, path))
    }

    /// Does everything `f` does, or nothing. When it returns, the change is on the disk.
    pub fn transaction<T>(
        &self,
        f: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = &self.0.path;
        self.0.enter(|connection| {
            let named = |error: rusqlite::Error| classify(path, &error);
            // Immediate: a reader that turns writer fails at once, whatever the busy timeout says.
            let before = connection.total_changes();
            let behavior = TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(behavior).map_err(named)?;
            let done = f(&Db(Open { connection: &transaction, path }))?;
            let wrote = transaction.total_changes() != before;
            transaction.commit().map_err(named)?;
            self.0.commits.fetch_add(u64::from(wrote), Ordering::Relaxed);
            Ok(done)
        })
    }

    /// Asks before each commit whether it may happen, from now on: where `may` says no, nothing is written.
    #[cfg(feature = "sim")]
    pub fn ask_before_commits(
        &self,
        mut may: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        self.0.enter(|connection| {
            let set = connection.commit_hook(Some(move || !may()));
            set.map_err(|error| classify(&self.0.path, &error))
        })
    }

    /// How many transactions wrote something since the store was opened.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// The file, every link followed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Reads the whole file and says what is damaged. Takes seconds when it is large.
    pub fn check_integrity(&self) -> Result<(), StoreError> {
        let found: String = self.run(|connection| {
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        })?;
        if found == "ok" {
            return Ok(());
        }
        Err(StoreError::Corrupt { path: self.0.path.clone(), detail: found.replace('\n', " ") })
    }
}

impl<A> fmt::Debug for Db<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Db")
    }
}

/// Makes the file readable for its owner only. Never opens one that exists: closing it again would
/// drop the locks SQLite holds on it elsewhere in this process.
fn create_private(path: &Path) -> Result<(), StoreError> {
    match private().create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(of_io(path, "", &error)),
    }
}

/// Copies the file at one moment of it; a copy made in several steps would begin anew whenever a
/// running daemon writes.
fn copy_into(scratch: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let named = |error: rusqlite::Error| classify(path, &error);
    let file = Connection::open_with_flags(path, flags).map_err(named)?;
    file.busy_timeout(BUSY_TIMEOUT).map_err(named)?;
    migrations::version(&file, path)?;
    match Backup::new(&file, scratch).and_then(|copy| copy.step(-1)).map_err(named)? {
        StepResult::Done => Ok(()),
        StepResult::More | StepResult::Busy | StepResult::Locked => {
            Err(StoreError::Busy { path: path.to_path_buf() })
        }
        _ => Err(StoreError::Other {
            path: path.to_path_buf(),
            detail: "it could not be copied".to_owned(),
        }),
    }
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    // Answers with the mode it could get; where there is no WAL the old journal serves as well.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", KEPT_LOG_BYTES, |_| Ok(()))
}
