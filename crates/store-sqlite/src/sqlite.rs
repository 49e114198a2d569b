use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Weak},
};

use rusqlite::Connection;
use thaiyyal_model::Clock;
use thaiyyal_store::Error;

use crate::{
    error,
    readers::Readers,
    writer::{Durability, Writer},
};

/// An open file: what all four traits of the back end stand on.
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    /// Itself, for transactions, which keep the file open.
    pub(crate) shared: Weak<Sqlite>,
    /// Held, shared, while the file is open; declared last, so that it is let go when the threads have ended.
    pub(crate) _lock: File,
}

impl Sqlite {
    /// Runs statements in a transaction of the writer. Nothing is kept unless all of them succeed.
    pub(crate) async fn write<R, F>(&self, durability: Durability, work: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    {
        self.writer.write(durability, move |connection| work(connection).map_err(error::statement)).await
    }

    /// Runs queries on one snapshot.
    pub(crate) async fn read<R, F>(&self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    {
        self.readers.read(move |connection| query(connection).map_err(error::statement)).await
    }
}
