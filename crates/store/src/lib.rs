//! What storage must be able to do, for both back ends, and the conformance suite that holds them to it.
//!
//! Owns: the traits, the rows that cross them, the errors a caller acts on. Must not know: SQL, a database client, HTTP, queues,
//! how a workflow is run.
//!
//! Storage has two parts. [`Dispatch`] is the hot path: batches that may span tenants, used by the batchers and the scheduler loops
//! only. Everything else goes through a [`TenantTx`], opened with a scope. [`Directory`] finds out who is calling, before there is
//! a scope.

pub mod approvals;
pub mod directory;
pub mod dispatch;
mod error;
pub mod signals;
pub mod tenant;
pub mod windows;

#[cfg(feature = "conformance")]
#[expect(missing_docs, reason = "a case says in its name what it shows")]
#[expect(clippy::unwrap_used, reason = "these are tests, though they are compiled as a library")]
pub mod conformance;

pub use directory::Directory;
pub use dispatch::Dispatch;
pub use error::{BoxError, Error};
pub use tenant::TenantTx;

use std::sync::Arc;

use async_trait::async_trait;
use thaiyyal_model::TenantScope;

/// Opens transactions for one tenant. It has no query of its own: there is no unscoped finder to reach for.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins a read-write transaction that sees and touches the rows of one tenant only. Dropping it rolls it back, also when the
    /// future that holds it is cancelled at any await point: an open transaction never reaches the next user of a connection.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, Error>;
}

/// One back end, as the binary wires it.
#[derive(Clone)]
pub struct Storage {
    /// Transactions for one tenant.
    pub store: Arc<dyn Store>,
    /// The hot path.
    pub dispatch: Arc<dyn Dispatch>,
    /// Who is calling.
    pub directory: Arc<dyn Directory>,
    /// Set-up and health.
    pub admin: Arc<dyn Admin>,
}

/// Set-up and health of a back end.
#[async_trait]
pub trait Admin: Send + Sync + 'static {
    /// Applies the migrations that are missing; returns the names of those it applied. Safe to run from several processes at once.
    async fn migrate(&self) -> Result<Vec<String>, Error>;
    /// Names of the migrations that are missing.
    async fn missing_migrations(&self) -> Result<Vec<String>, Error>;
    /// Answers within two seconds whether the database takes writes.
    async fn ping(&self) -> Result<(), Error>;
    /// A secret that all processes of the installation share: `fresh`, if there was none before.
    async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], Error>;
    /// Creates the partitions of the coming weeks, where the back end has partitions.
    async fn maintain(&self) -> Result<(), Error>;
}
