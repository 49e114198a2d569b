//! Databases for tests, copied from a migrated template, on the server that `DATABASE_URL` names.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::Path,
    thread,
};

use thaiyyal_model::{Clock, ExecutionId, SystemClock, Timestamp};
use thaiyyal_store::Storage;
use thaiyyal_store_postgres::{Settings, connect};
use tokio_postgres::{Client, NoTls, error::SqlState};

/// An empty, migrated store.
pub(crate) async fn fresh_store() -> (Storage, Database) {
    let database = Database::borrow().await;
    (connect(&database.settings()).expect("the settings are right"), database)
}

/// A database of one test.
pub(crate) struct Database {
    pub(crate) name: String,
    /// Holds the lock on a database that others may borrow later; none on one that goes with the test.
    pub(crate) lease: Option<Client>,
}

impl Database {
    /// An empty, migrated database that other tests used before and will use later, since dropping one makes the server write a
    /// checkpoint. The test must leave the schema as it is.
    pub(crate) async fn borrow() -> Self {
        let server = server().await;
        let template = template(&server).await;
        let mut number = 1;
        while !lock(&server, number).await {
            number += 1;
        }
        let name = format!("thaiyyal_test_{:016x}_{number}", fingerprint());
        if exists(&server, &name).await {
            empty(&server, &name).await;
        } else {
            server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.expect("the server does it");
        }
        Self { name, lease: Some(server) }
    }

    /// Settings that lead to it.
    pub(crate) fn settings(&self) -> Settings {
        Settings { url: url(&self.name).into(), ..Settings::default() }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.lease.is_some() {
            return;
        }
        let name = std::mem::take(&mut self.name);
        // Dropping is not async, and the test's own runtime is busy dropping us.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                server().await.batch_execute(&drop).await.expect("the server does it");
            });
        });
        drop(dropped.join());
    }
}

async fn lock(server: &Client, number: i32) -> bool {
    let row = server.query_one("SELECT pg_try_advisory_lock(hashtext('thaiyyal.test'), $1)", &[&number]).await;
    row.expect("the server does it").get(0)
}

async fn exists(server: &Client, name: &str) -> bool {
    server.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.expect("the server does it").is_some()
}

/// Removes what an earlier test left, once all its connections are gone.
async fn empty(server: &Client, name: &str) {
    let connections = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    while !server.query(connections, &[&name]).await.expect("the server does it").is_empty() {}
    let tables =
        "approvals, installation, sign_in_links, sessions, idempotency_keys, versions, workflows, definitions, api_keys, users, tenants,
                  executions, journal, run_queue, outbox, timers, signals, children, closed_windows, workers, tiers";
    let delete: String = tables.split(',').map(|table| format!("DELETE FROM thaiyyal.{};", table.trim())).collect();
    client(&url(name)).await.batch_execute(&delete).await.expect("the server does it");
}

/// Name of the migrated template; makes it if this is the first test since the migrations changed, and removes what tests that were
/// killed left behind.
pub(crate) async fn template(server: &Client) -> String {
    let name = format!("thaiyyal_template_{:016x}", fingerprint());
    server.batch_execute("SELECT pg_advisory_lock(hashtext('thaiyyal.template'))").await.expect("the server does it");
    if !exists(server, &name).await {
        remove_leftovers(server).await;
        let fresh = format!("thaiyyal_test_{}", stamp());
        server.batch_execute(&format!("CREATE DATABASE {fresh}")).await.expect("the server does it");
        let storage = connect(&Settings { url: url(&fresh).into(), ..Settings::default() }).expect("the settings are right");
        storage.admin.migrate().await.expect("migrating the template");
        drop(storage);
        // The connections of the migration may take a moment to close.
        let rename = format!("ALTER DATABASE {fresh} RENAME TO {name}");
        while let Err(error) = server.batch_execute(&rename).await {
            assert_eq!(error.code(), Some(&SqlState::OBJECT_IN_USE), "{error:?}");
            server
                .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", &[&fresh])
                .await
                .expect("the server does it");
        }
        server.batch_execute(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await.expect("the server does it");
    }
    server.batch_execute("SELECT pg_advisory_unlock(hashtext('thaiyyal.template'))").await.expect("the server does it");
    name
}

/// Databases older than a day that nobody uses.
async fn remove_leftovers(server: &Client) {
    let old = "SELECT datname FROM pg_database d
               WHERE datname ~ '^thaiyyal_(test|template)_'
                   AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 day'
                   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)";
    // Only a superuser may look at files; others keep the leftovers.
    for row in server.query(old, &[]).await.unwrap_or_default() {
        let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {}", row.get::<_, String>(0))).await;
    }
}

/// Changes with the migrations, and with the day, because they create partitions for the days to come.
fn fingerprint() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(root.join("../../migrations/postgres"))
        .expect("the migrations")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.push(root.join("src/migrate/roles.sql"));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).expect("a migration").hash(&mut hasher);
    }
    (SystemClock.now().as_second() / 86_400).hash(&mut hasher);
    hasher.finish()
}

/// Unique, and begins with the time.
pub(crate) fn stamp() -> String {
    let now: Timestamp = SystemClock.now();
    format!("{}_{}", now.as_second(), ExecutionId::mint(&SystemClock).uuid().simple())
}

pub(crate) fn url(database: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests are configured through the environment only")]
    let base = std::env::var("DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    if database.is_empty() {
        return base;
    }
    let mut url = url::Url::parse(&base).expect("DATABASE_URL is a URL");
    url.set_path(database);
    url.into()
}

pub(crate) async fn server() -> Client {
    client(&url("")).await
}

pub(crate) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a PostgreSQL server answers on DATABASE_URL");
    #[expect(clippy::disallowed_methods, reason = "ends with the client")]
    tokio::spawn(async move {
        let _ = connection.await;
    });
    client
}
