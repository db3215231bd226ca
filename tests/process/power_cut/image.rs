//! What a disk holds of a database, and what it may hold after a power cut.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use rand::{Rng, RngCore};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tandem::store::Store;

/// Disks write whole sectors, in any order.
const SECTOR: usize = 512;

/// The file and its write-ahead log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub file: Vec<u8>,
    pub log: Vec<u8>,
}

/// Everything in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents(u64);

fn log_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

impl Image {
    /// As it is now.
    pub fn of(file: &Path) -> Image {
        Image { file: fs::read(file).unwrap(), log: fs::read(log_of(file)).unwrap_or_default() }
    }

    /// Puts it on another disk.
    pub fn put(&self, file: &Path) {
        fs::write(file, &self.file).unwrap();
        fs::write(log_of(file), &self.log).unwrap();
    }

    /// What the next run finds on such a disk. It must open and be sound.
    pub fn contents(&self, what: &str) -> Contents {
        let dir = in_memory();
        let file = dir.path().join("after.db");
        self.put(&file);
        let store = Store::open(&file).unwrap_or_else(|error| panic!("{what}: {error}"));
        store.check_integrity().unwrap_or_else(|error| panic!("{what}: {error}"));
        drop(store);
        contents(&file)
    }

    /// What the disk may hold when the power goes between these two moments: all of `self`, and a part of what `after` has
    /// more. Second, what it may hold once the last of the commits in between was synced: all of the log, and a part of
    /// what a checkpoint then copied into the file; nothing where there was no checkpoint.
    pub fn torn(&self, after: &Image, dice: &mut impl RngCore) -> (Image, Option<Image>) {
        let log = torn(&self.log, &after.log, dice);
        let unsynced = Image { file: self.file.clone(), log };
        let checkpoint = (self.file != after.file)
            .then(|| Image { file: torn(&self.file, &after.file, dice), log: after.log.clone() });
        (unsynced, checkpoint)
    }
}

/// A directory for thousands of disks that nobody needs to keep: in memory, where the system has such a place.
pub fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Some of the sectors that changed, up to some length, perhaps with garbage behind.
fn torn(before: &[u8], after: &[u8], dice: &mut impl RngCore) -> Vec<u8> {
    let end = dice.random_range(before.len().min(after.len())..=before.len().max(after.len()));
    let wholly = dice.random_bool(0.3);
    let mut disk = Vec::with_capacity(end);
    while disk.len() < end {
        let (from, to) = (disk.len(), end.min(disk.len() + SECTOR));
        let arrived = wholly || dice.random_bool(0.5);
        let source = if arrived && from < after.len() { after } else { before };
        let sector = source.get(from..to.min(source.len())).unwrap_or_default();
        disk.extend_from_slice(sector);
        // A hole in a file that grew reads as zeros.
        disk.resize(to, 0);
    }
    if dice.random_bool(0.2) {
        let mut garbage = vec![0; dice.random_range(1..9000)];
        dice.fill_bytes(&mut garbage);
        disk.extend(garbage);
    }
    disk
}

/// Everything in the tables of a closed database.
fn contents(file: &Path) -> Contents {
    let connection = Connection::open(file).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut select = connection.prepare(tables).unwrap();
    let names: Vec<String> =
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut hasher = DefaultHasher::new();
    for name in names {
        name.hash(&mut hasher);
        let mut select = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    ValueRef::Null => 0u8.hash(&mut hasher),
                    ValueRef::Integer(value) => value.hash(&mut hasher),
                    ValueRef::Real(value) => value.to_bits().hash(&mut hasher),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut hasher),
                }
            }
        }
    }
    Contents(hasher.finish())
}
