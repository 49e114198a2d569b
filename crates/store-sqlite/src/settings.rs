use serde::{Deserialize, Serialize};

/// How the SQLite file is used. The defaults suit one process on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Connections that read while the writer writes.
    pub readers: usize,
    /// How long a statement waits for another process that writes to the same file, in milliseconds.
    pub busy_timeout_ms: u64,
    /// How long a transaction that has written may stay open, in milliseconds. Nothing else is written meanwhile, so it is rolled
    /// back when the time is over.
    pub transaction_timeout_ms: u64,
    /// Page cache of the writing connection, in KiB.
    pub writer_cache_kib: u32,
    /// Page cache of each reading connection, in KiB.
    pub reader_cache_kib: u32,
    /// Writes that may wait for the writer; further ones wait for a place.
    pub max_waiting: usize,
    /// Writes that share one transaction at most.
    pub max_group: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            readers: 2,
            busy_timeout_ms: 5_000,
            transaction_timeout_ms: 2_000,
            writer_cache_kib: 8 * 1024,
            reader_cache_kib: 2 * 1024,
            max_waiting: 1_024,
            max_group: 128,
        }
    }
}
