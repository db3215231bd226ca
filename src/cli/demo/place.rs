//! Where the demo keeps its config, tokens and database: a directory of its own, or the one it was given.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A directory. A temporary one goes when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    is_temporary: bool,
}

/// Why there is no place for the files.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoPlace {
    /// Something is there already.
    #[error(
        "--keep {0}: there is already a {1} in it, which belongs to another world; name an empty or new directory"
    )]
    Taken(PathBuf, &'static str),
    /// The system refuses.
    #[error("{path}: {error}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The names of the files in the directory.
pub(super) const CONFIG: &str = "config.toml";
pub(super) const DATABASE: &str = "tandem.db";
pub(super) const GITHUB_TOKEN: &str = "github.token";
pub(super) const NOTION_TOKEN: &str = "notion.token";
pub(super) const LOG: &str = "tandem.log";

impl Place {
    /// A new directory that only we may enter, gone in the end.
    pub(super) fn temporary() -> Result<Place, NoPlace> {
        let name = format!("tandem-demo-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| NoPlace::Io { path: path.clone(), error })?;
        Ok(Place { path, is_temporary: true })
    }

    /// The directory that was asked for, made when missing. Nothing in it is written over.
    pub(super) fn kept(path: &Path) -> Result<Place, NoPlace> {
        let failed = |error| NoPlace::Io { path: path.to_owned(), error };
        fs::create_dir_all(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        for name in [CONFIG, DATABASE, GITHUB_TOKEN, NOTION_TOKEN, LOG] {
            if path.join(name).exists() {
                return Err(NoPlace::Taken(path, name));
            }
        }
        Ok(Place { path, is_temporary: false })
    }

    /// The path of a file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes a new file that only its owner may read.
    pub(super) fn create(&self, name: &str) -> Result<File, NoPlace> {
        let path = self.file(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|error| NoPlace::Io { path, error })
    }

    /// Writes a new file that only its owner may read; its path.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, NoPlace> {
        let path = self.file(name);
        let written = self.create(name)?.write_all(text.as_bytes());
        written.map_err(|error| NoPlace::Io { path: path.clone(), error })?;
        Ok(path)
    }

    /// Whether it goes in the end.
    pub(super) fn is_temporary(&self) -> bool {
        self.is_temporary
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_temporary && fs::remove_dir_all(&self.path).is_err() {
            tracing::warn!("{} could not be removed", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_place_goes_with_what_is_in_it() {
        let place = Place::temporary().unwrap();
        let file = place.write(CONFIG, "text").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        drop(place);
        assert!(!file.exists() && !file.parent().unwrap().exists());
    }

    #[test]
    fn a_kept_place_stays_and_the_database_of_another_world_is_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new").join("place");
        let place = Place::kept(&path).unwrap();
        let database = place.write(DATABASE, "precious").unwrap();
        drop(place);
        let refused = Place::kept(&path).unwrap_err();
        assert!(refused.to_string().contains("tandem.db"), "{refused}");
        assert_eq!(fs::read_to_string(database).unwrap(), "precious");
    }
}
