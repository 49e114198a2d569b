//! A database for one test.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use thaiyyal_model::{ExecutionId, SystemClock};
use thaiyyal_store::Storage;
use thaiyyal_store_sqlite::{Settings, SqliteStorage};

/// A folder that goes away with this value.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(ExecutionId::mint(&SystemClock).to_string());
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// Where the database of this folder is.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("thaiyyal.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind lies below the target directory.
        drop(fs::remove_dir_all(&self.path));
    }
}

/// Opens the database with the machine's clock.
pub(crate) fn open(path: &Path) -> Storage {
    SqliteStorage::open(path, &Settings::default(), Arc::new(SystemClock)).unwrap()
}
