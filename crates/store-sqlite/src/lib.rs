//! Storage in one SQLite file, for one process on one machine.
//!
//! Owns: the file, its connections and threads, every SQL statement in SQLite's dialect, the migrations under `migrations/sqlite`.
//! Must not know: HTTP, queues, how a workflow is run; a statement of a tenant never leaves out the tenant.
//!
//! One thread writes (`writer`), a few read (`readers`). Whatever waits while a commit is on its way to the disk shares the next
//! transaction, so durable writes cost few commits. A tenant's transaction reads on the reading threads until it writes for the
//! first time; from then on it has the writing thread to itself, until it ends or its time is over. Like that it sees what
//! PostgreSQL shows at `READ COMMITTED`: every statement sees what was committed before it, and its own writes.

mod admin;
mod directory;
mod dispatch;
mod error;
mod open;
mod readers;
mod scoped;
mod settings;
mod sql;
mod sqlite;
mod tenant;
mod writer;

pub use open::{OpenError, SqliteStorage};
pub use settings::Settings;
