//! What went wrong, told in the words of [`thaiyyal_store::Error`].

use std::sync::Arc;

use rusqlite::{Error as Sqlite, ErrorCode};
use thaiyyal_store::{BoxError, Error};

/// Maps an error of a single statement, outside of a commit.
pub(crate) fn statement(error: Sqlite) -> Error {
    match &error {
        Sqlite::FromSqlConversionFailure(column, ..)
        | Sqlite::InvalidColumnType(column, ..)
        | Sqlite::IntegralValueOutOfRange(column, ..) => {
            Error::Corrupt { table: "sqlite", row: format!("(column {column} of a result)"), source: Box::new(error) }
        }
        _ if is_unavailable(&error) => Error::Unavailable(Box::new(error)),
        _ => Error::Internal(Box::new(error)),
    }
}

/// Maps an error of an insert whose unique key a caller chose.
pub(crate) fn insert(what: &'static str) -> impl FnOnce(Sqlite) -> Error {
    move |error| if is_unique_violation(&error) { Error::Exists { what } } else { statement(error) }
}

/// Why a whole group of writes did not become durable; each of its members hears of it.
#[derive(Debug, Clone)]
pub(crate) enum Refused {
    /// Nothing was written.
    NotWritten(Arc<Sqlite>),
    /// The commit broke off in the middle of writing to the disk: after a crash it may turn out to be there.
    InDoubt(Arc<Sqlite>),
}

impl Refused {
    /// Judges an error of `BEGIN`.
    pub(crate) fn by_begin(error: Sqlite) -> Self {
        Self::NotWritten(Arc::new(error))
    }

    /// Judges an error of `COMMIT`. A busy file or a full disk leaves the log as it was; an I/O error may come after the frames
    /// have reached the file, and a recovery would find them.
    pub(crate) fn by_commit(error: Sqlite) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::SystemIoFailure) => Self::InDoubt(Arc::new(error)),
            _ => Self::NotWritten(Arc::new(error)),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotWritten(error) => Self::Unavailable(Box::new(error)),
            Refused::InDoubt(error) => Self::Unknown(Box::new(error)),
        }
    }
}

/// The storage was closed, or the thread that should have answered died.
pub(crate) fn closed() -> Error {
    Error::Unavailable(Box::new(Closed))
}

/// A closure that ran on a database thread panicked; its writes were rolled back.
pub(crate) fn panicked() -> Error {
    Error::Internal("the code that ran in the transaction panicked".into())
}

/// The error for what a caller must not do.
pub(crate) fn misuse(what: &'static str) -> Error {
    Error::Internal(BoxError::from(what))
}

#[derive(Debug, thiserror::Error)]
#[error("the SQLite file is closed")]
struct Closed;

fn is_unique_violation(error: &Sqlite) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    let Sqlite::SqliteFailure(failure, _) = error else { return false };
    [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_ROWID].contains(&failure.extended_code)
}

fn is_unavailable(error: &Sqlite) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
        )
    )
}
