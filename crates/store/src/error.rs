/// Any error of a library below, kept as the source.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a caller of storage can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or does not take writes now; nothing is known to have been written. Try again later.
    #[error("the database cannot be reached")]
    Unavailable(#[source] BoxError),
    /// The connection broke while committing: the write may or may not have happened. Look it up, never guess.
    #[error("the outcome of the commit is unknown")]
    Unknown(#[source] BoxError),
    /// Another row already has this unique value.
    #[error("{what} already exists")]
    Exists {
        /// The thing and its key, for people.
        what: &'static str,
    },
    /// A row does not fit the model: a bug or a bad migration, never the user's fault.
    #[error("{table} row {row} is inconsistent")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What did not fit.
        #[source]
        source: BoxError,
    },
    /// The back end refused a statement for a reason no caller can act on.
    #[error("a database statement failed")]
    Internal(#[source] BoxError),
}
