//! Storage on PostgreSQL: tokio-postgres behind deadpool-postgres pools, one per database role.
//!
//! Owns: the SQL of this dialect, the migrations in `migrations/postgres`, roles and row-level security, pools and what happens when a
//! connection breaks or a caller goes away. Must not know: how a workflow is run, queues, HTTP.

mod admin;
mod at;
mod columns;
mod connection;
mod directory;
mod dispatch;
mod error;
mod migrate;
mod pool;
mod settings;
mod store;
mod tenant;

// The databases that tests of this crate's inside use are made as for its integration tests, which see it from outside.
#[cfg(test)]
#[path = "../tests/postgres/database.rs"]
#[expect(dead_code, reason = "the integration tests use more of it")]
mod database;
#[cfg(test)]
#[path = "../tests/postgres/own.rs"]
#[expect(dead_code, reason = "the integration tests use more of it")]
mod own;
#[cfg(test)]
extern crate self as thaiyyal_store_postgres;

pub use settings::{InvalidSettings, Settings};

use std::sync::Arc;

use thaiyyal_store::Storage;

use crate::{
    admin::PostgresAdmin,
    directory::PostgresDirectory,
    dispatch::PostgresDispatch,
    pool::{Pool, Role},
    store::PostgresStore,
};

/// Storage in the database that `settings` name. Opens no connection yet, so it succeeds while the database is away.
///
/// # Errors
/// When the settings cannot be right, whatever the database says.
pub fn connect(settings: &Settings) -> Result<Storage, InvalidSettings> {
    let control = Pool::new(settings, Role::Dispatch, settings.control_connections)?;
    let directory = Pool::new(settings, Role::Directory, settings.directory_connections)?;
    Ok(Storage {
        store: Arc::new(PostgresStore::new(Pool::new(settings, Role::Tenant, settings.tenant_connections)?)),
        dispatch: Arc::new(PostgresDispatch::new(Pool::new(settings, Role::Dispatch, settings.dispatch_connections)?, control.clone())),
        directory: Arc::new(PostgresDirectory::new(directory.clone())),
        admin: Arc::new(PostgresAdmin::new(settings.clone(), control, directory)),
    })
}
