use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, functions::FunctionFlags};
use thaiyyal_model::Clock;
use thaiyyal_store::Storage;

use crate::{Settings, admin, readers::Readers, sqlite::Sqlite, writer::Writer};

/// The back end of one SQLite file.
#[derive(Debug)]
pub struct SqliteStorage;

impl SqliteStorage {
    /// Opens the file, or creates an empty one; `clock` is the database's clock from now on. Migrations are not applied here.
    ///
    /// Beside `path` stand `path-wal` and `path-shm`, which belong to the data, and `path.lock`, which tells whether other
    /// processes have the file open. When none has, all workers the file knows are dead, and the next reaping frees what they held
    /// without waiting for their time to run out.
    ///
    /// Dropping the last clone of the storage waits for the writes that were submitted, and closes the file.
    ///
    /// # Errors
    /// When the file cannot be opened, is not an SQLite database, or was made by a newer version of the program.
    pub fn open(path: impl AsRef<Path>, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Storage, OpenError> {
        let path = path.as_ref();
        let sqlite = open(path, settings, clock)?;
        Ok(Storage { store: sqlite.clone(), dispatch: sqlite.clone(), directory: sqlite.clone(), admin: sqlite })
    }
}

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file exists and is something else, or its first page is damaged.
    #[error("{} is not an SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file has migrations that this program does not have.
    #[error("{} was written by a newer version of this program (schema {found}, this program knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Number of the latest migration in the file.
        found: i32,
        /// Number of the latest migration of this program.
        known: i32,
    },
    /// SQLite refused.
    #[error("{} cannot be opened", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Its reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The system refused a lock or a thread.
    #[error("{} cannot be opened", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its reason.
        #[source]
        source: io::Error,
    },
}

fn open(path: &Path, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Arc<Sqlite>, OpenError> {
    let by_sqlite = |source: rusqlite::Error| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::NotADatabase { path: path.to_owned() },
        _ => OpenError::Sqlite { path: path.to_owned(), source },
    };
    let by_system = |source: io::Error| OpenError::Io { path: path.to_owned(), source };

    let lock = Lock::take(path).map_err(by_system)?;
    let writing = connect(path, settings.busy_timeout_ms, settings.writer_cache_kib).map_err(by_sqlite)?;
    // Setting the mode writes to an empty file, which is safe here: others wait for the lock.
    writing.pragma_update(None, "journal_mode", "WAL").map_err(by_sqlite)?;
    writing.pragma_update(None, "synchronous", "FULL").map_err(by_sqlite)?;
    refuse_newer(path, &writing, by_sqlite)?;
    if lock.is_alone {
        forget_workers(&writing).map_err(by_sqlite)?;
    }
    let reading = (0..settings.readers.max(1))
        .map(|_| {
            let connection = connect(path, settings.busy_timeout_ms, settings.reader_cache_kib)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        })
        .collect::<rusqlite::Result<Vec<_>>>()
        .map_err(by_sqlite)?;

    let timeout = Duration::from_millis(settings.transaction_timeout_ms);
    let writer = Writer::spawn(writing, settings.max_waiting.max(1), settings.max_group.max(1), timeout).map_err(by_system)?;
    let readers = Readers::spawn(reading, settings.max_waiting.max(1)).map_err(by_system)?;
    let lock = lock.share().map_err(by_system)?;
    let path = path.to_owned();
    Ok(Arc::new_cyclic(|shared| Sqlite { path, clock, writer, readers, shared: shared.clone(), _lock: lock }))
}

/// A connection with the settings that all of them share.
pub(crate) fn connect(path: &Path, busy_timeout_ms: u64, cache_kib: u32) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_millis(busy_timeout_ms))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.set_prepared_statement_cache_capacity(128);
    // SQLite's own lower() knows ASCII letters only.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("folded", 1, flags, |context| Ok(context.get_raw(0).as_str()?.to_lowercase()))?;
    Ok(connection)
}

fn refuse_newer(path: &Path, connection: &Connection, by_sqlite: impl Fn(rusqlite::Error) -> OpenError) -> Result<(), OpenError> {
    let found = admin::applied(connection).map_err(by_sqlite)?.into_iter().max().unwrap_or(0);
    let known = admin::latest();
    if found > known { Err(OpenError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

/// A lease whose worker is unknown is freed by the next reaping.
fn forget_workers(connection: &Connection) -> rusqlite::Result<()> {
    let is_there = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'workers'";
    if connection.query_row(is_there, [], |_| Ok(())).optional()?.is_some() {
        connection.execute("DELETE FROM workers", [])?;
    }
    Ok(())
}

/// The lock file: exclusive while a process sets the file up, shared while it uses it.
struct Lock {
    file: File,
    is_alone: bool,
}

impl Lock {
    fn take(path: &Path) -> io::Result<Self> {
        let mut name = OsString::from(path);
        name.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, is_alone: true }),
            Err(TryLockError::WouldBlock) => {
                // Either someone uses the file, or someone sets it up and is done in a moment.
                file.lock_shared()?;
                Ok(Self { file, is_alone: false })
            }
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(Self { file, is_alone: false }),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn share(self) -> io::Result<File> {
        if self.is_alone {
            self.file.lock_shared()?;
        }
        Ok(self.file)
    }
}
