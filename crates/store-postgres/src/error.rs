use thaiyyal_store::{BoxError, Error};
use tokio_postgres::error::{DbError, SqlState};

use crate::connection::Failed;

/// What was going on when an error came up: whether it may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    /// A statement inside a transaction that is not committed yet, or one that only reads.
    Read,
    /// A statement that is its own transaction, or a commit.
    Write,
}

/// Whether the statement lost against another one and may simply be tried again.
pub(crate) fn is_conflict(failed: &Failed) -> bool {
    let Failed::Refused(error) = failed else { return false };
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// What a caller can make of a failed statement.
pub(crate) fn refused(failed: Failed, during: During) -> Error {
    let error = match failed {
        Failed::Unsent(source) => return Error::Unavailable(source),
        Failed::NoAnswer(_) => return lost(failed.into(), during),
        Failed::Refused(error) => error,
    };
    let Some(refusal) = error.as_db_error() else {
        // Without an answer of the server it is the connection that failed, or our own encoding of a value.
        return if is_connection(&error) { lost(error.into(), during) } else { Error::Internal(error.into()) };
    };
    let code = refusal.code().code();
    if *refusal.code() == SqlState::UNIQUE_VIOLATION {
        return Error::Exists { what: thing(refusal) };
    }
    if *refusal.code() == SqlState::QUERY_CANCELED || *refusal.code() == SqlState::LOCK_NOT_AVAILABLE {
        return Error::Unavailable(error.into());
    }
    // The server goes down: it may have committed before it said so.
    if code.starts_with("57P") || code.starts_with("08") {
        return lost(error.into(), during);
    }
    // Out of space or connections, read-only (a standby, or a full disk made it so), or still losing after several attempts.
    if code.starts_with("53") || code == "25006" || code.starts_with("40") {
        return Error::Unavailable(error.into());
    }
    Error::Internal(error.into())
}

fn lost(source: BoxError, during: During) -> Error {
    match during {
        During::Read => Error::Unavailable(source),
        During::Write => Error::Unknown(source),
    }
}

fn is_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// What it is that exists already, for people.
fn thing(refusal: &DbError) -> &'static str {
    let table = refusal.table().unwrap_or_default();
    match table {
        "users" => "an account with this e-mail address",
        "tenants" => "the tenant",
        "api_keys" => "the API key",
        "sessions" => "the session",
        "sign_in_links" => "the sign-in link",
        "workflows" => "the workflow",
        "versions" => "the version",
        "run_queue" => "the execution",
        _ if table.starts_with("executions") => "the execution",
        _ if table.starts_with("journal") => "the journal segment",
        _ => "the row",
    }
}
